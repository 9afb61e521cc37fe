"""Available periods: when an account can be had, once.

Pages: docs.cronofy.com/developers/api/scheduling/available-periods/upsert, /read, /delete, /bulk-delete.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from cronofy_frames.sandbox.availability.durations import read_timed
from cronofy_frames.sandbox.availability.rules import read_id
from cronofy_frames.sandbox.http.fields import Fields, Refused
from cronofy_frames.sandbox.http.routes import Question, Reply, answers
from cronofy_frames.sandbox.model.json_rows import wire_time
from cronofy_frames.sandbox.model.state import AvailablePeriod
from cronofy_frames.sandbox.model.times import instant, read_moment, zone_of


@dataclass(frozen=True, slots=True)
class Listing:
    """A read that has been asked for: whose it is, which periods it found, and how they are shown."""

    sub: str
    ids: list[str]
    localized: bool
    name: str  # what the tokens of its pages are made of
    key: str = "available_periods"  # as other listings whose pages are kept beside it have one


@answers("POST /v1/available_periods", batch=True, note="the zone of a time that names none is UTC")
def upsert_available_period(question: Question) -> Reply:
    """Create or change a period."""
    fields = question.fields
    available_period_id = read_id(fields, "available_period_id")
    start, end = (fields.read(name, read_timed, required=True) for name in ("start", "end"))
    if start is not None and end is not None and end[0] <= start[0]:
        fields.refuse("end", "invalid_time_pair", "end must be after start")
    fields.check()
    assert available_period_id is not None
    assert start is not None
    assert end is not None
    tzids = (tzid or "Etc/UTC" for _, tzid in (start, end))
    period = AvailablePeriod(available_period_id, start[0], end[0], *tzids)
    question.account.available_periods[available_period_id] = period
    return Reply(202)


@answers(
    "GET /v1/available_periods",
    note="ordered by start, end, id; what starts before to and ends on or after from; tzid is UTC where it is left out",
)
def read_available_periods(question: Question) -> Reply:
    """Answer with the first page of periods."""
    fields, account, world = question.fields, question.account, question.world
    localized = bool(fields.boolean("localized_times"))
    periods = _wanted(fields, list(account.available_periods.values()))
    fields.check()
    ids = [one.available_period_id for one in periods]
    name = world.mint("available periods", account.sub, localized, *ids, world.changes)
    listing = Listing(account.sub, ids, localized, name)
    return _page(question, listing, 1)


@answers("GET /v1/available_periods/pages/{token}", note="tokens do not age; a token of another account is 404")
def available_periods_page(question: Question) -> Reply:
    """Answer with a further page of periods."""
    listing, number = question.world.pages.get(question.places["token"], (None, 0))
    if listing is None or listing.key != "available_periods" or listing.sub != question.account.sub:
        raise Refused(404)
    return _page(question, listing, number)


@answers("DELETE /v1/available_periods", batch=True, note="an id that is not there is accepted")
def delete_available_periods(question: Question) -> Reply:
    """Delete one period, or all of them."""
    fields, periods = question.fields, question.account.available_periods
    everything = fields.given.get("delete_all") is not None
    if everything == (fields.given.get("available_period_id") is not None):
        fields.refuse("available_period_id", "required", "either available_period_id or delete_all must be specified")
        fields.check()
    if everything and not fields.boolean("delete_all", default=None) and not fields.errors:
        fields.refuse("delete_all", "must_be_boolean", "delete_all must be true")
    available_period_id = None if everything else fields.text("available_period_id", required=True, empty=False)
    fields.check()
    if everything:
        periods.clear()
    else:
        periods.pop(available_period_id or "", None)
    return Reply(202)


def _wanted(fields: Fields, periods: list[AvailablePeriod]) -> list[AvailablePeriod]:
    """Return the periods between the dates of a read, in order."""
    zone = fields.read("tzid", zone_of) or ZoneInfo("Etc/UTC")
    bounds = [fields.read(name, read_moment) for name in ("from", "to")]
    first, last = (None if bound is None else instant(bound, zone) for bound in bounds)
    if first is not None and last is not None and last < first:
        fields.refuse("to", "invalid_time_pair", "to must not be before from")
    found = [one for one in periods if (last is None or one.start < last) and (first is None or one.end >= first)]
    return sorted(found, key=lambda one: (one.start, one.end, one.available_period_id))


def _page(question: Question, listing: Listing, number: int) -> Reply:
    """Answer with one page; what was deleted since is left out."""
    world, periods = question.world, question.account.available_periods
    size = world.manners.page_size
    total = max(1, -(-len(listing.ids) // size))
    pages: dict[str, Any] = {"current": number, "total": total}
    if number < total:
        token = world.mint("page", listing.name, number + 1)
        world.keep_page(token, (listing, number + 1))
        pages["next_page"] = f"{question.base}/v1/available_periods/pages/{token}"
    shown = [periods[one] for one in listing.ids[(number - 1) * size : number * size] if one in periods]
    return Reply(body={"pages": pages, "available_periods": [_row(one, listing.localized) for one in shown]})


def _row(period: AvailablePeriod, localized: bool) -> dict[str, Any]:
    return {
        "available_period_id": period.available_period_id,
        "start": wire_time(period.start, period.start_tzid, localized=localized),
        "end": wire_time(period.end, period.end_tzid, localized=localized),
    }
