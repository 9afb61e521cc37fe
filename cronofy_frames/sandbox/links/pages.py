"""HTML pages of scheduling links: choose a time or a calendar, and see what was chosen.

They need no script. Their URLs come from the API; their content is our own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from functools import cache
from html import escape
from itertools import groupby
from zoneinfo import ZoneInfo

from oauthlib.common import add_params_to_uri

from cronofy_frames.sandbox.http.fields import ErrorResponse
from cronofy_frames.sandbox.http.html import RadioChoice, form, page, paragraph
from cronofy_frames.sandbox.http.routes import Request, Response, handles
from cronofy_frames.sandbox.links.model import (
    Offer,
    add_event,
    book_offer,
    find_offer,
    find_offers,
    item_event,
    offer_key,
    queue_no_choice_callback,
)
from cronofy_frames.sandbox.model.state import Account, Calendar, Link, Slot, TargetCalendar
from cronofy_frames.sandbox.model.times import InvalidTime, parse_event_time, zone_of
from cronofy_frames.zones import zone_names

# Not from the locale: the pages are in English on every machine.
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)

TAKEN = "That time is no longer available. Please choose another one."
NOT_WRITTEN = "The event could not be written to the calendar, and nothing was booked."


@handles(
    "GET /rts/{token}",
    auth="browser",
    sureness="our reading",
    note="where real_time_scheduling leads; tzid in the query is the visitor's time zone; only shown times can be "
    "chosen",
)
def scheduling_page(request: Request) -> Response:
    """Show the free times."""
    link = _find_link(request, "scheduling")
    return _not_found_page() if link is None else _times_page(request, link)


@handles(
    "POST /rts/{token}",
    auth="browser",
    sureness="our reading",
    note="the form of that page; 409 if the time is no longer free",
)
def submit_time(request: Request) -> Response:
    """Book the chosen time."""
    link = _find_link(request, "scheduling")
    return _not_found_page() if link is None else _submit_choice(request, link)


@handles("GET /sequencing/{token}", auth="browser", sureness="our reading", note="where real_time_sequencing leads")
def sequencing_page(request: Request) -> Response:
    """Show the free sequences."""
    link = _find_link(request, "sequencing")
    return _not_found_page() if link is None else _times_page(request, link)


@handles("POST /sequencing/{token}", auth="browser", sureness="our reading", note="the form of that page")
def submit_sequence(request: Request) -> Response:
    """Book the chosen sequence."""
    link = _find_link(request, "sequencing")
    return _not_found_page() if link is None else _submit_choice(request, link)


@handles("GET /add_to_calendar/{token}", auth="browser", sureness="our reading", note="where add_to_calendar leads")
def add_to_calendar_page(request: Request) -> Response:
    """Show the calendars to which the event can be added."""
    link = _find_link(request, "adding")
    return _not_found_page() if link is None else _calendars_page(request, link)


@handles("POST /add_to_calendar/{token}", auth="browser", sureness="our reading", note="the form of that page")
def submit_calendar(request: Request) -> Response:
    """Add the event to the chosen calendar."""
    link = _find_link(request, "adding")
    if link is None:
        return _not_found_page()
    if request.arguments.get("decision") != "approve":
        return _redirect_or_page(link, "Nothing was added", error="access_denied")
    value = request.arguments.get("account")
    choices = _calendar_choices(request, link)
    target = next((target for target, choice in choices if choice.value == value), None)
    if target is None:
        return _calendars_page(request, link, alert="Please choose a calendar.", status=400)
    try:
        add_event(link, request, target)
    except ErrorResponse:
        return _calendars_page(request, link, alert="The event could not be written to that calendar.", status=409)
    return _redirect_or_page(link, "The event is in the calendar")


def _times_page(request: Request, link: Link, *, alert: str | None = None, status: int = 200) -> Response:
    """Show the offers, or that the link is disabled or completed."""
    if link.status == "disabled":
        return Response(html=page("This link is closed", _multiline_paragraph(link.display_message or "")))
    if link.status == "completed":
        return Response(html=_completed_page(link))
    tzid = _visitor_tzid(request, link)
    offers = find_offers(link, request)
    link.offered_keys.update(map(offer_key, offers))
    if not offers and not link.reported_no_times:
        link.reported_no_times = True
        queue_no_choice_callback(link, request, "no_times_displayed_url", tzid=tzid)
    alerts = [paragraph(alert, role="alert")] if alert else []
    if offers:
        content = [_offers_form(link, offers, tzid), _form(tzid, _button("decision", "none", "None of these suit me"))]
    else:
        content = [paragraph("There are no times to choose from at the moment.")]
    return Response(status, html=page(f"{_title(link)}: choose a time", *alerts, _time_zone_form(tzid), *content))


def _submit_choice(request: Request, link: Link) -> Response:
    """Book the chosen offer, or show the page again with an alert if that is not possible."""
    if link.status != "open":
        return _times_page(request, link)
    tzid, key = _visitor_tzid(request, link), request.arguments.get("slot")
    if request.arguments.get("decision") == "none":
        queue_no_choice_callback(link, request, "no_times_suitable_url", tzid=tzid)
        return Response(html=page("Thank you", paragraph("We have passed on that no time suits you.", role="status")))
    if not isinstance(key, str) or not key:
        return _times_page(request, link, alert="Please choose a time.", status=400)
    offer = find_offer(link, request, key)
    if offer is None:
        return _times_page(request, link, alert=TAKEN, status=409)
    try:
        book_offer(link, request, offer, tzid=tzid)
    except ErrorResponse:
        return _times_page(request, link, alert=NOT_WRITTEN, status=409)
    if link.redirect_url is None:
        return Response(html=_completed_page(link))
    return Response(302, headers={"Location": link.redirect_url})


def _completed_page(link: Link) -> str:
    zone = ZoneInfo(link.chosen_tzid)
    times = [f"{_format_day(slot.start, zone)}, {_format_slot(link, slot, zone)}" for slot in link.chosen_slots]
    lines = [*times, f"Times are in {link.chosen_tzid}."]
    return page(f"{_title(link)}: booked", *(paragraph(line, role="status") for line in lines))


def _offers_form(link: Link, offers: Iterable[Offer], tzid: str) -> str:
    """Return the offers by day: as buttons if one click books, otherwise as radio buttons with Confirm."""
    zone = ZoneInfo(tzid)
    fieldsets = []
    for day, day_offers in groupby(offers, key=lambda offer: _format_day(offer[0].start, zone)):
        lines = "\n".join(_offer_control(link, offer, zone) for offer in day_offers)
        fieldsets.append(f"<fieldset>\n<legend>{escape(day)}</legend>\n{lines}\n</fieldset>")
    confirm = "" if link.one_click else "\n" + _button("decision", "approve", "Confirm")
    return _form(tzid, "\n".join(fieldsets) + confirm)


def _offer_control(link: Link, offer: Offer, zone: ZoneInfo) -> str:
    """Return the button or radio button of an offer; slots on a later day than the first name their day."""
    first_day = _format_day(offer[0].start, zone)
    texts = []
    for slot in offer:
        day = _format_day(slot.start, zone)
        texts.append(("" if day == first_day else f"{day}, ") + _format_slot(link, slot, zone))
    label, value = "; ".join(texts), offer_key(offer)
    if link.one_click:
        return _button("slot", value, label)
    return f'<label><input type="radio" name="slot" value="{escape(value)}" required> {escape(label)}</label>'


def _format_slot(link: Link, slot: Slot, zone: ZoneInfo) -> str:
    """Return the times of a slot, and in a sequence the summary of its event."""
    times = f"{_format_time(slot.start, zone, link)} to {_format_time(slot.end, zone, link)}"
    return f"{times} {item_event(link, slot.item)['summary']}" if link.kind == "sequencing" else times


def _format_time(instant: datetime, zone: ZoneInfo, link: Link) -> str:
    """Return the local time; on a day when clocks change, with the abbreviation of the time zone."""
    local = instant.astimezone(zone)
    text = f"{local.hour:02}:{local.minute:02}"
    if link.hour_format == "h":
        text = f"{local.hour % 12 or 12}:{local.minute:02} {'am' if local.hour < 12 else 'pm'}"
    day_start, day_end = local.replace(hour=0, minute=0, second=0), local.replace(hour=23, minute=59, second=59)
    return f"{text} {local.tzname()}" if day_start.utcoffset() != day_end.utcoffset() else text


def _format_day(instant: datetime, zone: ZoneInfo) -> str:
    return _format_date(instant.astimezone(zone))


def _format_date(day: date) -> str:
    return f"{_DAYS[day.weekday()]} {day.day} {_MONTHS[day.month - 1]} {day.year}"


def _time_zone_form(tzid: str) -> str:
    """Return the form in which a visitor chooses a time zone."""
    options = "\n".join(
        f"<option{' selected' if name == tzid else ''}>{escape(name)}</option>"
        for name in sorted({*_offered_tzids(), tzid})
    )
    return (
        f'<form method="get" action="">\n<label>Times are in <select name="tzid">\n{options}\n</select></label>\n'
        '<button type="submit">Show in this zone</button>\n</form>'
    )


@cache
def _offered_tzids() -> tuple[str, ...]:
    """Return the time zones of places, and UTC."""
    places = (name for name in zone_names() if "/" in name and not name.startswith(("Etc/", "SystemV/")))
    return ("Etc/UTC", *places)


def _form(tzid: str, content: str) -> str:
    hidden = f'<input type="hidden" name="tzid" value="{escape(tzid)}">'
    return f'<form method="post" action="">\n{hidden}\n{content}\n</form>'


def _button(name: str, value: str, label: str) -> str:
    return f'<button type="submit" name="{name}" value="{escape(value)}">{escape(label)}</button>'


def _multiline_paragraph(text: str) -> str:
    """Return plain text as a paragraph that keeps its line breaks."""
    return '<p role="status">' + "<br>\n".join(map(escape, text.splitlines())) + "</p>"


def _title(link: Link) -> str:
    return str(link.event.get("summary") or "Meeting")


def _visitor_tzid(request: Request, link: Link) -> str:
    """Return the time zone that the visitor chose, or else the one of the link or its event."""
    for tzid in (request.arguments.get("tzid"), link.tzid, link.event.get("tzid")):
        try:
            return zone_of(tzid).key
        except InvalidTime:
            continue
    return "Etc/UTC"


def _calendars_page(request: Request, link: Link, *, alert: str | None = None, status: int = 200) -> Response:
    """Show the event, and the calendars to which it can be added."""
    choices = [choice for _, choice in _calendar_choices(request, link)]
    if choices:
        content = form({}, legend="Which calendar?", choices=choices, yes="Add", no="Cancel")
    else:
        content = paragraph("There is no calendar to which it can be added.", role="alert")
    return Response(
        status,
        html=page(
            "Add to your calendar",
            *([paragraph(alert, role="alert")] if alert else []),
            paragraph(_title(link)),
            paragraph(_format_event_times(request, link)),
            content,
        ),
    )


def _format_event_times(request: Request, link: Link) -> str:
    """Return start and end of the event of an Add to Calendar link."""
    times = [parse_event_time(link.event[name]) for name in ("start", "end")]
    tzid = next((time.tzid for time in times if time.tzid), None) or _visitor_tzid(request, link)
    zone = ZoneInfo(tzid)
    start, end = (time.time for time in times)
    if not (isinstance(start, datetime) and isinstance(end, datetime)):
        return " to ".join(dict.fromkeys((_format_date(start), _format_date(max(start, end - timedelta(days=1))))))
    start_day, end_day = _format_day(start, zone), _format_day(end, zone)
    end_time = _format_time(end, zone, link)
    until = end_time if start_day == end_day else f"{end_day}, {end_time}"
    return f"{start_day}, {_format_time(start, zone, link)} to {until} ({tzid})"


def _calendar_choices(request: Request, link: Link) -> list[tuple[TargetCalendar, RadioChoice]]:
    """Return the calendars to choose from, the first one checked."""
    return [
        (
            TargetCalendar(account.sub, calendar.calendar_id),
            RadioChoice(
                f"{account.sub} {calendar.calendar_id}",
                f"{account.name or account.sub}: {calendar.calendar_name}",
                checked=position == 0,
            ),
        )
        for position, (account, calendar) in enumerate(_writable_calendars(request, link))
    ]


def _writable_calendars(request: Request, link: Link) -> Iterator[tuple[Account, Calendar]]:
    """Yield the target calendars of a link, or those of all people if it has none, that can be written to."""
    targets = {(target.sub, target.calendar_id) for target in link.targets}
    for account in request.world.accounts if targets else request.world.people():
        for profile in account.profiles:
            for calendar in profile.calendars if profile.profile_connected else ():
                is_writable = not (calendar.calendar_readonly or calendar.calendar_deleted)
                if is_writable and (not targets or (account.sub, calendar.calendar_id) in targets):
                    yield account, calendar


def _redirect_or_page(link: Link, title: str, *, error: str | None = None) -> Response:
    """Redirect to the application, or show a page if the link has no redirect URL."""
    if link.redirect_url is None:
        return Response(html=page(title, paragraph("You can close this page.", role="status")))
    location = add_params_to_uri(link.redirect_url, [("error", error)]) if error else link.redirect_url
    return Response(302, headers={"Location": location})


def _find_link(request: Request, kind: str) -> Link | None:
    link = request.world.links.get(request.path_args["token"])
    return link if link is not None and link.kind == kind else None


def _not_found_page() -> Response:
    return Response(404, html=page("There is no such page", paragraph("The link is unknown.", role="alert")))
