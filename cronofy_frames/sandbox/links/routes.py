"""Route handlers that create, return and disable scheduling links.

Pages: docs.cronofy.com/developers/api/scheduling/real-time-scheduling (and /status, /disable), /real-time-sequencing
(and /disable). Add to Calendar is known from the official clients alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from oauthlib.common import add_params_to_uri

from cronofy_frames.sandbox.availability.durations import parse_duration
from cronofy_frames.sandbox.availability.query_parsing import parse_query, parse_sequence_query
from cronofy_frames.sandbox.events.body import parse_event
from cronofy_frames.sandbox.events.series import parse_recurrence
from cronofy_frames.sandbox.http.fields import ErrorResponse, RequestFields
from cronofy_frames.sandbox.http.routes import Request, Response, handles
from cronofy_frames.sandbox.links.model import WIRE_NAMES, item_event, link_row, link_url
from cronofy_frames.sandbox.model.state import Account, Calendar, Link, TargetCalendar
from cronofy_frames.sandbox.model.world import World, find_calendar

MAX_MESSAGE_LENGTH = 500
CALLBACK_NAMES = ("completed_url", "no_times_suitable_url", "no_times_displayed_url")

_ID_PREFIXES = {"scheduling": "sch", "sequencing": "seq", "adding": "atc"}
_PLACEHOLDER_TIMES = {"start": "2026-01-01T00:00:00Z", "end": "2026-01-01T00:00:00Z"}


@handles(
    "POST /v1/real_time_scheduling",
    auth="application or client",
    note="credentials may be in the body; the event is validated like an event write; without target_calendars "
    "nothing is written; event and attendee of a target are used with event_creation single alone; every request "
    "creates a new link; links do not expire, but only times from now on are offered; periods are offered as slots",
)
def create_real_time_scheduling(request: Request) -> Response:
    """Create a link at which a visitor chooses a time."""
    _check_application(request)
    link = _create_link(request, "scheduling", request.fields.nested_fields("availability", required=True))
    return _created_response(request, link)


@handles("GET /v1/real_time_scheduling", auth="application", note="an unknown token is 404; it is the end of the URL")
def read_real_time_scheduling_by_token(request: Request) -> Response:
    """Return the link whose URL ends with the token."""
    token = request.fields.text("token", required=True, allow_empty=False)
    request.fields.raise_errors()
    link = request.world.links.get(token or "")
    if link is None or link.kind != "scheduling":
        raise ErrorResponse(404)
    return Response(body={WIRE_NAMES[link.kind]: link_row(link, request.base_url)})


@handles("GET /v1/real_time_scheduling/{real_time_scheduling_id}", auth="application", note="an unknown id is 404")
def read_real_time_scheduling(request: Request) -> Response:
    """Return the link with the id."""
    link = _find_link(request, "scheduling")
    return Response(body={WIRE_NAMES[link.kind]: link_row(link, request.base_url)})


@handles(
    "POST /v1/real_time_scheduling/{real_time_scheduling_id}/disable",
    auth="application or client",
    note="a completed link is 422; a second time is 200, and the last message counts",
)
def disable_real_time_scheduling(request: Request) -> Response:
    """Disable a link at which no time has been chosen."""
    _check_application(request)
    return _disable_link(request, "scheduling")


@handles(
    "POST /v1/real_time_sequencing",
    auth="application or client",
    note="as real_time_scheduling; an item's event is the common one with its own fields, and each has its own "
    "event_id; it is written to the calendars of the item's participants, and of owners who take part in no item; "
    "availablity, as the official C# client spells it, is accepted",
    stage="BETA",
)
def create_real_time_sequencing(request: Request) -> Response:
    """Create a link at which a visitor chooses the times of several meetings in a row."""
    _check_application(request)
    arguments = request.arguments
    spelling = "availability" if arguments.get("availability") is not None else "availablity"
    fields = RequestFields({"availability": arguments.get(spelling)}, errors=request.fields.errors)
    link = _create_link(request, "sequencing", fields.nested_fields("availability", required=True))
    return _created_response(request, link)


@handles(
    "POST /v1/real_time_sequencing/{real_time_sequencing_id}/disable",
    auth="application or client",
    note="as for real_time_scheduling",
    stage="BETA",
)
def disable_real_time_sequencing(request: Request) -> Response:
    """Disable a link at which no times have been chosen."""
    _check_application(request)
    return _disable_link(request, "sequencing")


@handles(
    "POST /v1/add_to_calendar",
    auth="application or client",
    sureness="from SDKs",
    note="the page offers the calendars of all accounts, or target_calendars, which no official client sends; it may "
    "be used again; the browser goes to oauth.redirect_uri with the state, with access_denied if it was cancelled",
)
def create_add_to_calendar(request: Request) -> Response:
    """Create a link at which a visitor adds an event to a calendar."""
    _check_application(request)
    link = _create_link(request, "adding", None)
    return Response(body={"url": link_url(link, request.base_url)})


def _check_application(request: Request) -> None:
    """Answer with 401 unless the header has the client secret, or the body the client credentials."""
    world, arguments = request.world, request.arguments
    credentials = arguments.get("client_id"), arguments.get("client_secret")
    if request.bearer != world.client_secret and credentials != (world.client_id, world.client_secret):
        raise ErrorResponse(401)


def _created_response(request: Request, link: Link) -> Response:
    """Return a new link; older clients read `url` at the top level."""
    row = link_row(link, request.base_url)
    return Response(body={"url": row["url"], WIRE_NAMES[link.kind]: row})


def _find_link(request: Request, kind: str) -> Link:
    link_id = request.path_args[f"{WIRE_NAMES[kind]}_id"]
    links = request.world.links.values()
    link = next((link for link in links if (link.kind, link.link_id) == (kind, link_id)), None)
    if link is None:
        raise ErrorResponse(404)
    return link


def _disable_link(request: Request, kind: str) -> Response:
    link, fields = _find_link(request, kind), request.fields
    message = fields.text("display_message", required=True, max_length=MAX_MESSAGE_LENGTH, allow_empty=False)
    if link.status == "completed":
        fields.add_error(f"{WIRE_NAMES[kind]}_id", "already_completed", "a time has been chosen at this link")
    fields.raise_errors()
    link.status, link.display_message = "disabled", message
    return Response(body={WIRE_NAMES[kind]: link_row(link, request.base_url)})


def _create_link(request: Request, kind: str, availability: RequestFields | None) -> Link:
    """Parse and validate a link, and store it by its token."""
    fields, world = request.fields, request.world
    targets = _parse_targets(request)
    link = Link("", "", kind, _parse_event_values(fields), targets)
    link.redirect_url = _parse_redirect_url(fields, kind)
    link.single = fields.choice("event_creation", ("default", "single")) == "single" and kind == "scheduling"
    link.callbacks = _parse_callbacks(fields)
    link.notice_seconds = parse_duration(fields, "minimum_notice") or 0
    link.one_click = fields.choice("selection_mode", ("confirm", "no_confirm")) == "no_confirm"
    link.hour_format = _parse_hour_format(fields)
    link.tzid = fields.tzid("tzid")
    if availability is not None:
        link.availability = dict(availability.values)
        _check_availability(availability, world, kind)
    if not fields.errors:
        _check_events(link, request)
    fields.raise_errors()
    link.link_id = f"{_ID_PREFIXES[kind]}_{world.mint('link', kind, world.change_count, len(world.links))[:24]}"
    link.token = world.mint_secret("link token", link.link_id)
    world.links[link.token] = link
    return link


def _parse_event_values(fields: RequestFields) -> dict[str, Any]:
    event = fields.nested_fields("event", required=True)
    return {} if event is None else dict(event.values)


def _parse_hour_format(fields: RequestFields) -> str:
    formatting = fields.nested_fields("formatting")
    hour_format = formatting.choice("hour_format", ("h", "H")) if formatting is not None else None
    return hour_format or "H"


def _parse_redirect_url(fields: RequestFields, kind: str) -> str | None:
    """Return where the browser goes after the choice.

    `oauth` is used for Add to Calendar alone; the other kinds only validate it, as visitors of the sandbox connect no
    calendar.
    """
    is_adding = kind == "adding"
    oauth = fields.nested_fields("oauth", required=not is_adding)
    if oauth is not None:
        redirect_uri = oauth.web_address("redirect_uri", required=not is_adding)
        oauth.text("scope")
        state = oauth.text("state")
        if is_adding:
            return add_params_to_uri(redirect_uri, [("state", state)]) if redirect_uri and state else redirect_uri
    redirect_urls = None if is_adding else fields.nested_fields("redirect_urls")
    return None if redirect_urls is None else _optional_url(redirect_urls, "completed_url")


def _optional_url(fields: RequestFields, name: str) -> str | None:
    return fields.web_address(name, required=False) if fields.values.get(name) != "" else None


def _parse_callbacks(fields: RequestFields) -> dict[str, str]:
    """Return the callback URLs by name; callback_url is the old name of completed_url."""
    urls = {"completed_url": _optional_url(fields, "callback_url")}
    part = fields.nested_fields("callback_urls")
    if part is not None:
        urls |= {name: url for name in CALLBACK_NAMES if (url := _optional_url(part, name)) is not None}
    return {name: url for name, url in urls.items() if url is not None}


def _parse_targets(request: Request) -> list[TargetCalendar]:
    entries = request.fields.nested_list("target_calendars") or []
    targets = [_parse_target(entry, request.world) for entry in entries]
    return [target for target in targets if target is not None]


def _parse_target(fields: RequestFields, world: World) -> TargetCalendar | None:
    sub = fields.text("sub", required=True, allow_empty=False)
    calendar_id = fields.text("calendar_id", required=True, allow_empty=False)
    event, attendee = fields.nested_fields("event"), fields.nested_fields("attendee")
    attendee_row = None
    if attendee is not None:
        attendee_row = {"email": attendee.email("email"), "display_name": attendee.text("display_name")}
    if sub is None or calendar_id is None:
        return None
    account = world.account(sub)
    if account is None:
        fields.add_error("sub", "not_recognized", "sub must be of an account that has authorized the application")
    elif not _is_writable(account, calendar_id):
        fields.add_error("calendar_id", "not_recognized", "calendar_id must be of a calendar that can be written to")
    return TargetCalendar(sub, calendar_id, {} if event is None else dict(event.values), attendee_row)


def _is_writable(account: Account, calendar_id: str) -> bool:
    pair = find_calendar(account, calendar_id)
    return pair is not None and not pair[1].calendar_deleted and not pair[1].calendar_readonly


def _check_availability(fields: RequestFields, world: World, kind: str) -> None:
    """Validate the query; whether members are free is computed when the page is opened."""
    if kind == "scheduling":
        parse_query(fields, world)
        return
    parse_sequence_query(fields, world)
    for item in fields.nested_list("sequence") or []:
        item.nested_fields("event")


def _check_events(link: Link, request: Request) -> None:
    """Validate the events of a link as they would be written."""
    is_sequence = link.kind == "sequencing"
    events = [item_event(link, item) for item in range(len(link.availability["sequence"]) if is_sequence else 1)]
    for item, event in enumerate(events):
        path = f"availability.sequence[{item}].event." if is_sequence else "event."
        for target in link.targets or (None,):
            _check_event(link, request, event, target, path=path)
        if event.get("event_id") in [earlier.get("event_id") for earlier in events[:item]]:
            description = "event_id must be another one for each item of the sequence"
            request.fields.add_error(f"{path}event_id", "duplicate", description)
    for position, target in enumerate(link.targets if link.single else ()):
        path = f"target_calendars[{position}].event."
        _check_event(link, request, {**link.event, **target.event}, target, path=path)


def _check_event(
    link: Link, request: Request, event: Mapping[str, Any], target: TargetCalendar | None, *, path: str
) -> None:
    """Add the errors of an event in a target calendar, each once; without a target, those in any calendar."""
    values = dict(event) if link.kind == "adding" else {**event, **_PLACEHOLDER_TIMES}
    account, calendar = Account(""), Calendar("", "")
    if target is None:
        values.pop("conferencing", None)  # which conferences are allowed depends on the account
    else:
        account = request.world.account(target.sub) or account
        pair = find_calendar(account, target.calendar_id)
        calendar = calendar if pair is None else pair[1]
    fields = RequestFields(values, path=path)
    fields.text("event_id", required=True, allow_empty=False)
    parse_event(fields, account, calendar, attachments=request.world.attachments)
    parse_recurrence(fields)
    for name, errors in fields.errors.items():
        request.fields.errors.setdefault(name, errors)
