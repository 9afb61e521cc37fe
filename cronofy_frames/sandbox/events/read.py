"""Reading events and free/busy, page by page.

Pages: docs.cronofy.com/developers/api/events/read-events and /free-busy.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import msgspec

from cronofy_frames.sandbox.events.window import Query, read_query, select
from cronofy_frames.sandbox.http.fields import Refused
from cronofy_frames.sandbox.http.routes import Question, Reply, answers
from cronofy_frames.sandbox.model.json_rows import Wishes, event_rows, free_busy_row, free_busy_status
from cronofy_frames.sandbox.model.state import Event

Render = Callable[[list[Event]], list[dict[str, Any]]]


@dataclass(frozen=True, slots=True)
class Listing:
    """A read that has been asked for: whose it is, which events it found, and how they become rows."""

    sub: str
    key: str
    scopes: tuple[str, ...]  # any of these is needed for every page; none: no scope is
    events: list[Event]
    keep: Callable[[Event], bool]  # whether one of them still belongs, for it may have been deleted since
    render: Render
    name: str  # what the tokens of its pages are made of


@answers(
    "GET /v1/events",
    note="from before 42 days back is 422, to beyond 201 days ahead too unless strict_window is off; events are "
    "ordered by start, calendar_id, event_uid; a deleted event keeps its ids, deleted and updated",
)
def read_events(question: Question) -> Reply:
    """Answer with the first page of events."""
    query = read_query(question, managed_window=False)
    fields = question.fields
    wishes = Wishes(
        localized=bool(fields.boolean("localized_times")),
        geo=bool(fields.boolean("include_geo")),
        google_ids=bool(fields.boolean("google_event_ids")),
    )
    scopes = () if query.managed == "only" else ("read_events",)
    account, client_id = question.account, question.world.client_id
    return _first_page(
        question,
        query,
        key="events",
        scopes=scopes,
        keep=lambda event: query.deleted or not event.deleted,
        render=lambda events: event_rows(events, account, client_id, wishes),
    )


@answers("GET /v1/events/pages/{token}", note="tokens do not age; a token of another account is 404")
def events_page(question: Question) -> Reply:
    """Answer with a further page of events."""
    return _further_page(question, "events")


@answers(
    "GET /v1/free_busy",
    note="free rows come with include_free only; managed events keep to the default window",
)
def free_busy(question: Question) -> Reply:
    """Answer with the first page of free/busy periods."""
    query = read_query(question, managed_window=True)
    fields = question.fields
    wishes = Wishes(localized=bool(fields.boolean("localized_times")), ids=bool(fields.boolean("include_ids")))
    free = fields.boolean("include_free")
    return _first_page(
        question,
        query,
        key="free_busy",
        scopes=("read_free_busy",),
        keep=lambda event: bool((free or free_busy_status(event) != "free") and (query.deleted or not event.deleted)),
        render=lambda events: [free_busy_row(event, wishes) for event in events],
    )


@answers("GET /v1/free_busy/pages/{token}", note="tokens do not age; a token of another account is 404")
def free_busy_page(question: Question) -> Reply:
    """Answer with a further page of free/busy periods."""
    return _further_page(question, "free_busy")


def _first_page(
    question: Question,
    query: Query,
    *,
    key: str,
    scopes: tuple[str, ...],
    keep: Callable[[Event], bool],
    render: Render,
) -> Reply:
    if scopes:
        question.need_scope(*scopes)
    question.fields.check()
    world = question.world
    asked = msgspec.json.encode(question.given, order="sorted").decode()
    listing = Listing(
        sub=question.account.sub,
        key=key,
        scopes=scopes,
        events=[event for event in select(question.account, query, world.client_id) if keep(event)],
        keep=keep,
        render=render,
        name=world.mint("listing", key, question.account.sub, asked, world.changes),
    )
    return _page(question, listing, 1)


def _further_page(question: Question, key: str) -> Reply:
    listing, number = question.world.pages.get(question.places["token"], (None, 0))
    if listing is None or listing.key != key or listing.sub != question.account.sub:
        raise Refused(404)
    if listing.scopes:
        question.need_scope(*listing.scopes)
    return _page(question, listing, number)


def _page(question: Question, listing: Listing, number: int) -> Reply:
    """Answer with one page; only this page's events are made into rows."""
    size = question.world.manners.page_size
    total = max(1, -(-len(listing.events) // size))
    pages: dict[str, Any] = {"current": number, "total": total}
    if number < total:
        token = question.world.mint("page", listing.name, number + 1)
        question.world.keep_page(token, (listing, number + 1))
        pages["next_page"] = f"{question.base}/v1/{listing.key}/pages/{token}"
    events = [event for event in listing.events[(number - 1) * size : number * size] if listing.keep(event)]
    return Reply(body={"pages": pages, listing.key: listing.render(events)})
