"""Read an .ics file as an office with one account.

Cronofy's API returns occurrences, so recurring events are expanded here, within the time that the sandbox can show.
"""

from __future__ import annotations

import hashlib
import re
from bisect import bisect_left
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

from cronofy_frames.sandbox.ics.occurrences import (
    EventSeries,
    Occurrence,
    TimeRange,
    expand_series,
    overlaps,
)
from cronofy_frames.sandbox.ics.parsing import IcsFile, ParsedCalendar, parse_file, title_of_file
from cronofy_frames.sandbox.ics.properties import email_and_name, event_attributes, is_address
from cronofy_frames.sandbox.ics.rules import last_date, spread_dates
from cronofy_frames.sandbox.ics.times import as_list, utc_instant
from cronofy_frames.sandbox.ics.vevents import ProblemList
from cronofy_frames.sandbox.model.grants import ACCOUNT_SCOPE
from cronofy_frames.sandbox.model.state import Account, Calendar, Event, Office, Profile
from cronofy_frames.zones import ETC_UTC, iana_name

BACK, AHEAD = timedelta(days=42), timedelta(days=201)  # docs.cronofy.com/developers/api/events/read-events
MARGIN = timedelta(days=30)

_PROVIDERS = {
    "google": ("google", "gsuite"),
    "outlook": ("exchange", "office365"),
    "microsoft": ("exchange", "office365"),
}


def read_ics(data: bytes, *, name: str, now: datetime, zone: str | None = None) -> Office:
    """Read an exported calendar as an office: `parse_file`, and `office_of` with what it returns."""
    return office_of(parse_file(data, name=name, zone=zone), now)


def office_of(file: IcsFile, now: datetime) -> Office:
    """Return the office of a file, with one account, from 72 days before now to 231 days after.

    Parameters
    ----------
    file
        The file.
    now
        The sandbox's current time, with a time zone.

    Returns
    -------
    Office
        `problems` lists what could not be read, by component.
    """
    now = _whole_second(now)
    problems = file.problems.copy()
    visible, expanded = (now - BACK, now + AHEAD), (now - BACK - MARGIN, now + AHEAD + MARGIN)
    occurrences = {
        calendar.name: [(series, expand_series(series, expanded, problems=problems)) for series in calendar.series]
        for calendar in file.calendars
    }
    all_occurrences = (item for pairs in occurrences.values() for _, items in pairs for item in items)
    if not any(overlaps(occurrence, visible) for occurrence in all_occurrences):
        problems.add("VCALENDAR", _nothing_visible(file, visible))
    account = _new_account(file.calendars, name=file.name)
    for calendar in file.calendars:
        _add_events(account, calendar, occurrences[calendar.name], now=now, problems=problems)
    return Office([account], problems.rows)


def _add_events(
    account: Account,
    parsed: ParsedCalendar,
    occurrences: list[tuple[EventSeries, list[Occurrence]]],
    *,
    now: datetime,
    problems: ProblemList,
) -> None:
    """Add a calendar and its events to the account."""
    calendar = _add_calendar(account, parsed)
    for series, series_occurrences in occurrences:
        for occurrence in series_occurrences:
            try:
                attributes = event_attributes(occurrence.vevent, owner=str(account.email), now=now)
                event = _new_event(occurrence, series, attributes, calendar, parsed.tzid or ETC_UTC)
            except Exception as error:  # arbitrary input: whatever fails is a problem of this component
                problem = f"cannot be read ({type(error).__name__}); left out"
                problems.add_for_event(occurrence.vevent, problem)
            else:
                account.events[event.event_uid] = event


def suggest_now(file: IcsFile, now: datetime) -> datetime:
    """Return a time at which a sandbox shows events of a file: `now` if it does then.

    Otherwise it is the same time of another day, chosen so that the file's latest busy period can be read.

    Parameters
    ----------
    file
        The file.
    now
        The preferred time, with a time zone.
    """
    now = _whole_second(now)
    problems = ProblemList()
    all_series = [series for calendar in file.calendars for series in calendar.series]
    visible = (now - BACK, now + AHEAD)
    if any(expand_series(series, visible, problems=problems) for series in all_series if _may_overlap(series, visible)):
        return now
    starts = sorted(start for series in all_series for start in _sample_starts(series))
    return now + timedelta(days=_days_to_latest_busy_period(starts, now)) if starts else now


def _days_to_latest_busy_period(starts: list[datetime], now: datetime) -> int:
    """Return the days by which to move the clock so that the latest busy period is visible.

    The very last event may be a birthday in 2099. So the busy period is the latest window with at least half as many
    events as the fullest one, and the clock is as late as possible without losing its start.
    """
    width = BACK + AHEAD - timedelta(days=2)
    window_starts = [bisect_left(starts, last - width) for last in starts]
    counts = [n + 1 - first for n, first in enumerate(window_starts)]
    most = max(counts)
    latest = max(n for n, count in enumerate(counts) if 2 * count >= most)
    return (min(starts[window_starts[latest]] + BACK - timedelta(days=1), starts[latest]) - now).days


def _may_overlap(series: EventSeries, time_range: TimeRange) -> bool:
    """Return whether a series can have an occurrence in a time range: expanding those that cannot takes long."""
    if series.first > time_range[1]:
        return False
    if series.is_recurring:
        has_more = bool(series.changed) or series.master is None or "RDATE" in series.master
        return has_more or any(last_date(rule, series.first) >= time_range[0] for rule in series.rules)
    last = max(utc_instant(vevent.get("DTEND", vevent["DTSTART"]).dt) for vevent in series.vevents)
    return "DURATION" in series.vevents[0] or last >= time_range[0] - timedelta(days=1)


def _sample_starts(series: EventSeries) -> list[datetime]:
    """Return about when a series has dates; of a long one, those of a window at each of its ends."""
    width, last = BACK + AHEAD, max((last_date(rule, series.first) for rule in series.rules), default=series.first)
    starts = [utc_instant(vevent["DTSTART"].dt) for vevent in series.vevents]
    for rule in series.rules:
        starts += spread_dates(rule, series.first, series.first + width)
        if not series.is_endless and last > series.first + width:
            starts += spread_dates(rule, last - width, last)
    return starts


def _sample_occurrences(series: EventSeries, problems: ProblemList) -> list[Occurrence]:
    """Return the occurrences of a series; of a long one, those of a window at each of its ends."""
    width, margin = BACK + AHEAD, timedelta(days=2)
    ranges = [(series.first - margin, series.first + width)]
    if not series.is_endless and series.until is None:
        ranges = [(series.first - margin, datetime(9000, 1, 1, tzinfo=UTC))]
    elif not series.is_endless and series.until is not None:
        until = max(series.until, series.first)
        ranges.append((until - width, until + margin))
    occurrences = {
        occurrence.recurrence_id: occurrence
        for time_range in ranges
        for occurrence in expand_series(series, time_range, problems=problems)
    }
    return list(occurrences.values())


def time_range_of(file: IcsFile) -> tuple[datetime, datetime | None] | None:
    """Return when the first event of a file starts and when the last one ends.

    The end is None for a series without an end; the whole is None if there are no events.
    """
    all_series = [series for calendar in file.calendars for series in calendar.series]
    occurrences = [item for series in all_series for item in _sample_occurrences(series, ProblemList())]
    if not occurrences:
        return None
    first = min(utc_instant(occurrence.start) for occurrence in occurrences)
    if any(series.is_endless for series in all_series):
        return first, None
    return first, max(utc_instant(occurrence.end) for occurrence in occurrences)


def _nothing_visible(file: IcsFile, visible: TimeRange) -> str:
    """Return the problem that the sandbox shows no event of the file."""
    events_range = time_range_of(file)
    if events_range is None:
        return "it has no events that can be read"
    first, last = events_range
    until = "on, without an end" if last is None else f"to {last:%Y-%m-%d}"
    return (
        f"no event is between {visible[0]:%Y-%m-%d} and {visible[1]:%Y-%m-%d}, the time that the sandbox shows now; "
        f"its events are from {first:%Y-%m-%d} {until}: set the sandbox's `now` to one of those days"
    )


def _new_account(calendars: list[ParsedCalendar], *, name: str) -> Account:
    """Return an account for the owner of the calendars, without calendars and events."""
    title = calendars[0].name if calendars else title_of_file(name)
    email, display_name = _owner(calendars, title)
    key = _digest(name, email)
    product = calendars[0].text.header.text("PRODID").casefold() if calendars else ""
    provider = next((pair for word, pair in _PROVIDERS.items() if word in product), ("apple", "icloud"))
    tzid = next((calendar.tzid for calendar in calendars if calendar.tzid), None)
    return Account(
        sub=f"acc_{key}",
        email=email,
        name=display_name,
        zoneinfo=tzid or _most_common_tzid(calendars) or ETC_UTC,
        scope=ACCOUNT_SCOPE,
        profiles=[Profile(f"pro_{key[:12]}", email, *provider)],
    )


def _owner(calendars: list[ParsedCalendar], title: str) -> tuple[str, str]:
    """Return e-mail address and name of the owner.

    It is the title if that is an address, otherwise the person in nearly all meetings, otherwise a made-up address.
    """
    if is_address(title):
        return title, title.partition("@")[0]
    vevents = (series.master or series.changed[0] for calendar in calendars for series in calendar.series)
    meetings = [vevent for vevent in vevents if "ATTENDEE" in vevent]
    counts: Counter[str] = Counter()
    names: dict[str, str] = {}
    for vevent in meetings:
        participants = _participants(vevent)
        counts.update(participants.keys())
        names |= {email: name for email, name in participants.items() if name}
    top = counts.most_common(2)
    if len(meetings) >= 3 and top[0][1] >= 0.8 * len(meetings) and (len(top) == 1 or top[1][1] < top[0][1]):
        return top[0][0], names.get(top[0][0], title)
    return f"{_slug(title)}@example.test", title


def _participants(vevent: Any) -> dict[str, str | None]:
    """Return the names of organizer and attendees by address in lower case."""
    values = [value for key in ("ORGANIZER", "ATTENDEE") for value in as_list(vevent.get(key))]
    people = [email_and_name(value) for value in values]
    return {str(person["email"]).casefold(): person["display_name"] for person in people if person["email"]}


def _most_common_tzid(calendars: list[ParsedCalendar]) -> str | None:
    """Return the IANA time zone in which most events start."""
    masters = (series.master for calendar in calendars for series in calendar.series if series.master is not None)
    starts = (master["DTSTART"].dt for master in masters)
    counts = Counter(str(start.tzinfo) for start in starts if isinstance(start, datetime))
    return next((tzid for name, _ in counts.most_common() if (tzid := iana_name(name))), None)


def _add_calendar(account: Account, parsed: ParsedCalendar) -> Calendar:
    profile = account.profiles[0]
    calendar = Calendar(
        calendar_id=f"cal_{profile.profile_id[4:]}_{_digest(account.sub, parsed.name)[:12]}",
        calendar_name=parsed.name,
        calendar_primary=not profile.calendars,
        tzid=parsed.tzid or account.zoneinfo,
    )
    profile.calendars.append(calendar)
    return calendar


def _new_event(
    occurrence: Occurrence, series: EventSeries, attributes: dict[str, Any], calendar: Calendar, default_tzid: str
) -> Event:
    uid = _digest(calendar.calendar_id, series.uid, occurrence.recurrence_id)
    is_recurring = bool(occurrence.recurrence_id)
    return Event(
        calendar_id=calendar.calendar_id,
        event_uid=f"evt_external_{uid}",
        start=occurrence.start,
        end=occurrence.end,
        start_tzid=occurrence.start_tzid or default_tzid,
        end_tzid=occurrence.end_tzid or occurrence.start_tzid or default_tzid,
        recurring=is_recurring,
        series_identifier=_digest(calendar.calendar_id, series.uid) if is_recurring else None,
        **attributes,
    )


def _whole_second(now: datetime) -> datetime:
    if now.tzinfo is None:
        raise ValueError("now has no time zone. Give an aware datetime, as in datetime.now(UTC).")
    return now.astimezone(UTC).replace(microsecond=0)


def _slug(title: str) -> str:
    return re.sub(r"[^a-z0-9]+", ".", title.casefold()).strip(".") or "calendar"


def _digest(*texts: str) -> str:
    return hashlib.sha256("\n".join(texts).encode()).hexdigest()[:24]
