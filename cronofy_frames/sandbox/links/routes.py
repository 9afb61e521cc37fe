"""Links at which somebody picks a time, or a calendar: made, looked at, closed.

Pages: docs.cronofy.com/developers/api/scheduling/real-time-scheduling (and /status, /disable), /real-time-sequencing
(and /disable). Add to Calendar is known from the official clients alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from oauthlib.common import add_params_to_uri

from cronofy_frames.sandbox.availability.durations import read_length
from cronofy_frames.sandbox.availability.requests import read_query, read_sequence
from cronofy_frames.sandbox.events.body import read_event
from cronofy_frames.sandbox.events.series import read_recurrence
from cronofy_frames.sandbox.http.fields import Fields, Refused
from cronofy_frames.sandbox.http.routes import Question, Reply, answers
from cronofy_frames.sandbox.links.model import NAMES, event_of, link_row, url_of
from cronofy_frames.sandbox.model.state import Account, Calendar, Link, Target
from cronofy_frames.sandbox.model.world import calendar_of

LONGEST_MESSAGE = 500
CALLBACKS = ("completed_url", "no_times_suitable_url", "no_times_displayed_url")

_PREFIXES = {"scheduling": "sch", "sequencing": "seq", "adding": "atc"}
_ANY_TIME = {"start": "2026-01-01T00:00:00Z", "end": "2026-01-01T00:00:00Z"}


@answers(
    "POST /v1/real_time_scheduling",
    auth="application or client",
    note="credentials may stand in the body; the event is checked as it would be written; without target_calendars "
    "nothing is written; a target's event and attendee count with event_creation single alone; every request makes a "
    "new link; links do not expire, but nothing earlier than now is offered; periods are offered as slots",
)
def real_time_scheduling(question: Question) -> Reply:
    """Make a link at which somebody picks a time."""
    _know_application(question)
    link = _read(question, "scheduling", question.fields.part("availability", required=True))
    return _made(question, link)


@answers(
    "GET /v1/real_time_scheduling", auth="application", note="an unknown token is 404; the token is that of the address"
)
def real_time_scheduling_by_token(question: Question) -> Reply:
    """Answer with the link whose address ends with the token."""
    token = question.fields.text("token", required=True, empty=False)
    question.fields.check()
    link = question.world.links.get(token or "")
    if link is None or link.kind != "scheduling":
        raise Refused(404)
    return Reply(body={NAMES[link.kind]: link_row(link, question.base)})


@answers("GET /v1/real_time_scheduling/{real_time_scheduling_id}", auth="application", note="an unknown id is 404")
def real_time_scheduling_by_id(question: Question) -> Reply:
    """Answer with the link that has the id."""
    link = _find(question, "scheduling")
    return Reply(body={NAMES[link.kind]: link_row(link, question.base)})


@answers(
    "POST /v1/real_time_scheduling/{real_time_scheduling_id}/disable",
    auth="application or client",
    note="a completed link is 422; a second time is 200, and the last message counts",
)
def disable_real_time_scheduling(question: Question) -> Reply:
    """Close a link at which nobody has picked a time."""
    _know_application(question)
    return _disable(question, "scheduling")


@answers(
    "POST /v1/real_time_sequencing",
    auth="application or client",
    note="as real_time_scheduling; an item's event is the common one with its own on top, and each has its own "
    "event_id; it goes to the calendars of those who take part in the item, and of those who take part in none; "
    "availablity, as the official C# client spells it, is understood",
)
def real_time_sequencing(question: Question) -> Reply:
    """Make a link at which somebody picks times for several meetings in a row."""
    _know_application(question)
    given = question.given
    named = given.get("availability") if given.get("availability") is not None else given.get("availablity")
    fields = Fields({"availability": named}, errors=question.fields.errors)
    return _made(question, _read(question, "sequencing", fields.part("availability", required=True)))


@answers(
    "POST /v1/real_time_sequencing/{real_time_sequencing_id}/disable",
    auth="application or client",
    note="as for real_time_scheduling",
)
def disable_real_time_sequencing(question: Question) -> Reply:
    """Close a link at which nobody has picked times."""
    _know_application(question)
    return _disable(question, "sequencing")


@answers(
    "POST /v1/add_to_calendar",
    auth="application or client",
    sure="from SDKs",
    note="the page offers the calendars of everybody here, or target_calendars, which no official client sends; it may "
    "be used again; the browser goes to oauth.redirect_uri with the state, with access_denied where it was cancelled",
)
def add_to_calendar(question: Question) -> Reply:
    """Make a link at which somebody adds an event to a calendar."""
    _know_application(question)
    link = _read(question, "adding", None)
    return Reply(body={"url": url_of(link, question.base)})


def _know_application(question: Question) -> None:
    """Refuse who is not the application: by its secret in the header, or by its credentials in the body."""
    world, given = question.world, question.given
    told = given.get("client_id"), given.get("client_secret")
    if question.bearer != world.client_secret and told != (world.client_id, world.client_secret):
        raise Refused(401)


def _made(question: Question, link: Link) -> Reply:
    """Answer with a new link; `url` stands on top as well, where older clients look for it."""
    return Reply(body={"url": url_of(link, question.base), NAMES[link.kind]: link_row(link, question.base)})


def _find(question: Question, kind: str) -> Link:
    link_id = question.places[f"{NAMES[kind]}_id"]
    found = next((one for one in question.world.links.values() if (one.kind, one.link_id) == (kind, link_id)), None)
    if found is None:
        raise Refused(404)
    return found


def _disable(question: Question, kind: str) -> Reply:
    link, fields = _find(question, kind), question.fields
    message = fields.text("display_message", required=True, longest=LONGEST_MESSAGE, empty=False)
    if link.status == "completed":
        fields.refuse(f"{NAMES[kind]}_id", "already_completed", "a time has been chosen at this link")
    fields.check()
    link.status, link.display_message = "disabled", message
    return Reply(body={NAMES[kind]: link_row(link, question.base)})


def _read(question: Question, kind: str, availability: Fields | None) -> Link:
    """Return the link that is asked for, kept under its token."""
    fields, world = question.fields, question.world
    targets = _targets(question)
    event = _event(question)
    link = Link("", "", kind, event, targets)
    link.redirect = _redirect(fields, kind)
    link.single = fields.choice("event_creation", ("default", "single")) == "single" and kind == "scheduling"
    link.callbacks = _callbacks(fields)
    link.notice = read_length(fields, "minimum_notice") or 0
    link.one_click = fields.choice("selection_mode", ("confirm", "no_confirm")) == "no_confirm"
    formatting = fields.part("formatting")
    link.hour_format = (formatting.choice("hour_format", ("h", "H")) if formatting is not None else None) or "H"
    link.tzid = fields.tzid("tzid")
    if availability is not None:
        link.availability = dict(availability.given)
        _check_availability(availability, question, kind)
    if not fields.errors:
        _check_events(link, question)
    fields.check()
    link.link_id = f"{_PREFIXES[kind]}_{world.mint('link', kind, world.changes, len(world.links))[:24]}"
    link.token = world.mint("link token", link.link_id)
    world.links[link.token] = link
    return link


def _redirect(fields: Fields, kind: str) -> str | None:
    """Return where the browser goes afterwards; nobody connects a calendar here, so that oauth is only checked."""
    oauth = fields.part("oauth", required=kind != "adding")
    if oauth is not None:
        own = oauth.web_address("redirect_uri", required=kind != "adding")
        oauth.text("scope")
        state = oauth.text("state")
        if kind == "adding":
            return add_params_to_uri(own, [("state", state)]) if own and state else own
    redirects = fields.part("redirect_urls") if kind != "adding" else None
    return None if redirects is None else _address(redirects, "completed_url")


def _address(fields: Fields, name: str) -> str | None:
    return fields.web_address(name, required=False) if fields.given.get(name) != "" else None


def _callbacks(fields: Fields) -> dict[str, str]:
    """Return where to post what; callback_url is the old name of completed_url."""
    told = {"completed_url": _address(fields, "callback_url")}
    part = fields.part("callback_urls")
    if part is not None:
        told |= {name: address for name in CALLBACKS if (address := _address(part, name)) is not None}
    return {name: address for name, address in told.items() if address is not None}


def _targets(question: Question) -> list[Target]:
    targets = []
    for part in question.fields.parts("target_calendars") or []:
        sub = part.text("sub", required=True, empty=False)
        calendar_id = part.text("calendar_id", required=True, empty=False)
        event, attendee = part.part("event"), part.part("attendee")
        invited = None
        if attendee is not None:
            invited = {"email": attendee.email("email"), "display_name": attendee.text("display_name")}
        if sub is None or calendar_id is None:
            continue
        account = question.world.account(sub)
        found = None if account is None else calendar_of(account, calendar_id)
        if account is None:
            part.refuse("sub", "not_recognized", "sub must be of an account that has authorized the application")
        elif found is None or found[1].calendar_deleted or found[1].calendar_readonly:
            part.refuse("calendar_id", "not_recognized", "calendar_id must be of a calendar that can be written to")
        targets.append(Target(sub, calendar_id, {} if event is None else dict(event.given), invited))
    return targets


def _event(question: Question) -> dict[str, Any]:
    part = question.fields.part("event", required=True)
    return {} if part is None else dict(part.given)


def _check_availability(part: Fields, question: Question, kind: str) -> None:
    """Note what is wrong with the query; whether anybody is free is looked at when the page is opened."""
    if kind == "scheduling":
        read_query(part, question)
        return
    read_sequence(part, question)
    for item in part.parts("sequence") or []:
        item.part("event")


def _check_events(link: Link, question: Question) -> None:
    """Note what is wrong with the events, as they would be written."""
    sequence = link.kind == "sequencing"
    events = [event_of(link, item) for item in range(len(link.availability["sequence"]) if sequence else 1)]
    for item, event in enumerate(events):
        path = f"availability.sequence[{item}].event." if sequence else "event."
        for target in link.targets or (None,):
            _check_event(link, question, event, target, path=path)
        if event.get("event_id") in [earlier.get("event_id") for earlier in events[:item]]:
            words = "event_id must be another one for each item of the sequence"
            question.fields.refuse(f"{path}event_id", "duplicate", words)
    for number, target in enumerate(link.targets if link.single else ()):
        path = f"target_calendars[{number}].event."
        _check_event(link, question, {**link.event, **target.event}, target, path=path)


def _check_event(link: Link, question: Question, event: Mapping[str, Any], target: Target | None, *, path: str) -> None:
    """Note what is wrong with an event in a calendar, once; without one, what would be wrong in any."""
    said = dict(event) if link.kind == "adding" else {**event, **_ANY_TIME}
    account, calendar = Account(""), Calendar("", "")
    if target is None:
        said.pop("conferencing", None)  # what is good for it depends on the account
    else:
        account = question.world.account(target.sub) or account
        found = calendar_of(account, target.calendar_id)
        calendar = calendar if found is None else found[1]
    part = Fields(said, path=path)
    part.text("event_id", required=True, empty=False)
    read_event(part, account, calendar, attachments=question.world.attachments)
    read_recurrence(part)
    for name, wrong in part.errors.items():
        question.fields.errors.setdefault(name, wrong)
