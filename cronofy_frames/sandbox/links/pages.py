"""The pages of links: times to choose from, calendars to add to, and what became of it.

Plain HTML, no script; the addresses come from the API, what is on the pages is our own.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from functools import cache
from html import escape
from itertools import groupby
from zoneinfo import ZoneInfo

from oauthlib.common import add_params_to_uri

from cronofy_frames.sandbox.http.fields import Refused
from cronofy_frames.sandbox.http.html import Choice, form, page, paragraph
from cronofy_frames.sandbox.http.routes import Question, Reply, answers
from cronofy_frames.sandbox.links.model import Offer, add, book, event_of, key_of, offer_of, offers, tell_of_no_choice
from cronofy_frames.sandbox.model.state import Link, Slot, Target
from cronofy_frames.sandbox.model.times import Unreadable, read_placed, zone_of
from cronofy_frames.zones import zone_names

# Not of the locale: the pages are in English wherever they are served.
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)

TAKEN = "That time can no longer be had. Please choose another one."
UNWRITTEN = "The event could not be put into the calendar, and nothing was booked."


@answers(
    "GET /rts/{token}",
    auth="browser",
    sure="our reading",
    note="where real_time_scheduling leads; tzid in the query is the visitor's zone; what has been shown can be chosen",
)
def times_page(question: Question) -> Reply:
    """Show the times that are free."""
    link = _link(question, "scheduling")
    return _unknown() if link is None else _show(question, link)


@answers(
    "POST /rts/{token}", auth="browser", sure="our reading", note="the form of that page; 409 where the time was taken"
)
def time_chosen(question: Question) -> Reply:
    """Book the time that was chosen."""
    link = _link(question, "scheduling")
    return _unknown() if link is None else _choose(question, link)


@answers("GET /sequencing/{token}", auth="browser", sure="our reading", note="where real_time_sequencing leads")
def sequences_page(question: Question) -> Reply:
    """Show the ways in which the meetings can follow each other."""
    link = _link(question, "sequencing")
    return _unknown() if link is None else _show(question, link)


@answers("POST /sequencing/{token}", auth="browser", sure="our reading", note="the form of that page")
def sequence_chosen(question: Question) -> Reply:
    """Book the meetings that were chosen."""
    link = _link(question, "sequencing")
    return _unknown() if link is None else _choose(question, link)


@answers("GET /add_to_calendar/{token}", auth="browser", sure="our reading", note="where add_to_calendar leads")
def calendars_page(question: Question) -> Reply:
    """Show the calendars that the event can be added to."""
    link = _link(question, "adding")
    return _unknown() if link is None else _show_calendars(question, link)


@answers("POST /add_to_calendar/{token}", auth="browser", sure="our reading", note="the form of that page")
def calendar_chosen(question: Question) -> Reply:
    """Add the event to the calendar that was chosen."""
    link = _link(question, "adding")
    if link is None:
        return _unknown()
    if question.given.get("decision") != "approve":
        return _leave(link, "Nothing was added", error="access_denied")
    value = question.given.get("account")
    target = next((target for target, choice in _calendars(question, link) if choice.value == value), None)
    if target is None:
        return _show_calendars(question, link, alert="Please choose a calendar.", status=400)
    try:
        add(link, question, target)
    except Refused:
        return _show_calendars(question, link, alert="The event could not be put into that calendar.", status=409)
    return _leave(link, "The event is in the calendar")


def _show(question: Question, link: Link, *, alert: str | None = None, status: int = 200) -> Reply:
    """Show what can be chosen, or what became of the link."""
    if link.status == "disabled":
        return Reply(html=page("This link is closed", _lines(link.display_message or "")))
    if link.status == "completed":
        return Reply(html=_chosen_page(link))
    tzid = _tzid(question, link)
    told = offers(link, question)
    link.offered.update(map(key_of, told))
    if not told and not link.told_of_none:
        link.told_of_none = True
        tell_of_no_choice(link, question, "no_times_displayed_url", tzid=tzid)
    warned = [paragraph(alert, role="alert")] if alert else []
    if told:
        choice = [_choice(link, told, tzid), _form(tzid, _button("decision", "none", "None of these suit me"))]
    else:
        choice = [paragraph("There are no times to choose from at the moment.")]
    parts = [*warned, _zone_form(tzid), *choice]
    return Reply(status, html=page(f"{_title(link)}: choose a time", *parts))


def _choose(question: Question, link: Link) -> Reply:
    """Take a visitor's answer; a time that somebody else has taken by now is offered no longer."""
    if link.status != "open":
        return _show(question, link)
    tzid, key = _tzid(question, link), question.given.get("slot")
    if question.given.get("decision") == "none":
        tell_of_no_choice(link, question, "no_times_suitable_url", tzid=tzid)
        return Reply(html=page("Thank you", paragraph("We have passed on that no time suits you.", role="status")))
    if not isinstance(key, str) or not key:
        return _show(question, link, alert="Please choose a time.", status=400)
    offer = offer_of(link, question, key)
    if offer is None:
        return _show(question, link, alert=TAKEN, status=409)
    try:
        book(link, question, offer, tzid=tzid)
    except Refused:
        return _show(question, link, alert=UNWRITTEN, status=409)
    return Reply(html=_chosen_page(link)) if link.redirect is None else Reply(302, headers={"Location": link.redirect})


def _chosen_page(link: Link) -> str:
    zone = ZoneInfo(link.chosen_tzid)
    told = [f"{_day(slot.start, zone)}, {_item(link, slot, zone)}" for slot in link.chosen]
    words = [*told, f"Times are in {link.chosen_tzid}."]
    return page(f"{_title(link)}: booked", *(paragraph(line, role="status") for line in words))


def _choice(link: Link, told: Iterable[Offer], tzid: str) -> str:
    """Return what can be chosen, day by day: buttons where one click is enough, else radio buttons and Confirm."""
    zone = ZoneInfo(tzid)
    days = []
    for day, offered in groupby(told, key=lambda offer: _day(offer[0].start, zone)):
        lines = "\n".join(_offer(link, offer, zone) for offer in offered)
        days.append(f"<fieldset>\n<legend>{escape(day)}</legend>\n{lines}\n</fieldset>")
    return _form(tzid, "\n".join(days) + ("" if link.one_click else "\n" + _button("decision", "approve", "Confirm")))


def _offer(link: Link, offer: Offer, zone: ZoneInfo) -> str:
    first = _day(offer[0].start, zone)
    words = []
    for slot in offer:
        day = _day(slot.start, zone)
        words.append(("" if day == first else f"{day}, ") + _item(link, slot, zone))
    label, value = "; ".join(words), key_of(offer)
    if link.one_click:
        return _button("slot", value, label)
    return f'<label><input type="radio" name="slot" value="{escape(value)}" required> {escape(label)}</label>'


def _item(link: Link, slot: Slot, zone: ZoneInfo) -> str:
    """Return a slot in words; one of a sequence says what it is for."""
    words = f"{_time(slot.start, zone, link)} to {_time(slot.end, zone, link)}"
    return f"{words} {event_of(link, slot.item)['summary']}" if link.kind == "sequencing" else words


def _time(moment: datetime, zone: ZoneInfo, link: Link) -> str:
    """Return the time on the clock, with the zone's letters on a day on which the clocks change."""
    local = moment.astimezone(zone)
    hour = f"{local.hour:02}:{local.minute:02}"
    if link.hour_format == "h":
        hour = f"{local.hour % 12 or 12}:{local.minute:02} {'am' if local.hour < 12 else 'pm'}"
    ends = (local.replace(hour=0, minute=0, second=0), local.replace(hour=23, minute=59, second=59))
    return f"{hour} {local.tzname()}" if ends[0].utcoffset() != ends[1].utcoffset() else hour


def _day(moment: datetime, zone: ZoneInfo) -> str:
    return _date(moment.astimezone(zone))


def _date(day: date) -> str:
    return f"{_DAYS[day.weekday()]} {day.day} {_MONTHS[day.month - 1]} {day.year}"


def _zone_form(tzid: str) -> str:
    """Return the form in which a visitor says where he is."""
    options = "\n".join(
        f"<option{' selected' if name == tzid else ''}>{escape(name)}</option>" for name in sorted({*_tzids(), tzid})
    )
    return (
        f'<form method="get" action="">\n<label>Times are in <select name="tzid">\n{options}\n</select></label>\n'
        '<button type="submit">Show in this zone</button>\n</form>'
    )


@cache
def _tzids() -> tuple[str, ...]:
    """Return the zones of places, and UTC."""
    places = (name for name in zone_names() if "/" in name and not name.startswith(("Etc/", "SystemV/")))
    return ("Etc/UTC", *places)


def _form(tzid: str, inner: str) -> str:
    hidden = f'<input type="hidden" name="tzid" value="{escape(tzid)}">'
    return f'<form method="post" action="">\n{hidden}\n{inner}\n</form>'


def _button(name: str, value: str, label: str) -> str:
    return f'<button type="submit" name="{name}" value="{escape(value)}">{escape(label)}</button>'


def _lines(text: str) -> str:
    """Return plain text as a paragraph that keeps its line breaks."""
    return '<p role="status">' + "<br>\n".join(map(escape, text.splitlines())) + "</p>"


def _title(link: Link) -> str:
    return str(link.event.get("summary") or "Meeting")


def _tzid(question: Question, link: Link) -> str:
    """Return the visitor's zone: as he says, else as the application says."""
    for tzid in (question.given.get("tzid"), link.tzid, link.event.get("tzid")):
        try:
            return zone_of(tzid).key
        except Unreadable:
            continue
    return "Etc/UTC"


def _show_calendars(question: Question, link: Link, *, alert: str | None = None, status: int = 200) -> Reply:
    """Show the event, and the calendars that it can be added to."""
    choices = [choice for _, choice in _calendars(question, link)]
    told = form({}, legend="Which calendar?", choices=choices, yes="Add", no="Cancel")
    return Reply(
        status,
        html=page(
            "Add to your calendar",
            *([paragraph(alert, role="alert")] if alert else []),
            paragraph(_title(link)),
            paragraph(_when(question, link)),
            told if choices else paragraph("There is no calendar that it can be added to.", role="alert"),
        ),
    )


def _when(question: Question, link: Link) -> str:
    """Return when the event is, in words."""
    placed = [read_placed(link.event[name]) for name in ("start", "end")]
    tzid = next((one.tzid for one in placed if one.tzid), None) or _tzid(question, link)
    zone = ZoneInfo(tzid)
    start, end = (one.moment for one in placed)
    if not (isinstance(start, datetime) and isinstance(end, datetime)):
        return " to ".join(dict.fromkeys((_date(start), _date(max(start, end - timedelta(days=1))))))
    days = _day(start, zone), _day(end, zone)
    until = _time(end, zone, link) if days[0] == days[1] else f"{days[1]}, {_time(end, zone, link)}"
    return f"{days[0]}, {_time(start, zone, link)} to {until} ({tzid})"


def _calendars(question: Question, link: Link) -> list[tuple[Target, Choice]]:
    """Return the calendars that can be chosen: those that were asked for, or everybody's that can be written to."""
    asked = {(target.sub, target.calendar_id) for target in link.targets}
    found: list[tuple[Target, Choice]] = []
    for account in question.world.accounts if asked else question.world.people():
        for profile in account.profiles:
            for calendar in profile.calendars:
                open_to = profile.profile_connected and not (calendar.calendar_readonly or calendar.calendar_deleted)
                if open_to and (not asked or (account.sub, calendar.calendar_id) in asked):
                    label = f"{account.name or account.sub}: {calendar.calendar_name}"
                    value = f"{account.sub} {calendar.calendar_id}"
                    found.append((Target(account.sub, calendar.calendar_id), Choice(value, label, chosen=not found)))
    return found


def _leave(link: Link, title: str, *, error: str | None = None) -> Reply:
    """Return to the application, or say what was done where it gave no address."""
    if link.redirect is None:
        return Reply(html=page(title, paragraph("You can close this page.", role="status")))
    told = [("error", error)] if error else []
    return Reply(302, headers={"Location": add_params_to_uri(link.redirect, told) if told else link.redirect})


def _link(question: Question, kind: str) -> Link | None:
    link = question.world.links.get(question.places["token"])
    return link if link is not None and link.kind == kind else None


def _unknown() -> Reply:
    return Reply(404, html=page("There is no such page", paragraph("The link is unknown.", role="alert")))
