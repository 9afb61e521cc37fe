"""Write a frame as an iCalendar file (RFC 5545)."""

from __future__ import annotations

import functools
import hashlib
import json
import math
import re
import warnings
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd
from icalendar import Calendar, Event, vCalAddress, vText, vUri

from cronofy_frames.caller import caller_level
from cronofy_frames.frames.timestamps import to_timezone
from cronofy_frames.sheets.formatting import all_day_mask, with_index_columns, zone_of_times
from cronofy_frames.text import by_count, quantity, single_line
from cronofy_frames.vtimezone import zone_component
from cronofy_frames.zones import UTC_NAMES, zone_name

PRODUCT = "-//cronofy_frames//export//EN"
UID_SUFFIX = "@cronofy"  # makes UIDs globally unique (RFC 5545, 3.8.4.7)
DEFAULT_STAMP = datetime(1970, 1, 1, tzinfo=UTC)

_STATUSES = {"tentative": "TENTATIVE", "confirmed": "CONFIRMED", "cancelled": "CANCELLED"}
_TRANSPARENCIES = {"opaque": "OPAQUE", "transparent": "TRANSPARENT"}
_PARTICIPATION = {
    "needs_action": "NEEDS-ACTION",
    "accepted": "ACCEPTED",
    "declined": "DECLINED",
    "tentative": "TENTATIVE",
}
_BUSY_STATUSES = {  # of Outlook, more detailed than TRANSP
    "opaque": "BUSY",
    "transparent": "FREE",
    "tentative": "TENTATIVE",
    "out_of_office": "OOF",
    "working_elsewhere": "WORKINGELSEWHERE",
}
_IDS = ("event_uid", "event_id", "available_period_id")
_CONTENT = ("summary", "start", "end", "all_day", "description", "location_description", "free_busy_status")
# RFC 5545, 3.1: no control characters but the tab and, escaped, the line feed; lone surrogates are not UTF-8
_FORBIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")

Row = Mapping[str, Any]


class LiteralText(vText):
    r"""A text in which nothing is taken for an escape: the library would turn the \N of C:\News into a line break."""

    def to_ical(self) -> bytes:
        """Return the text as RFC 5545, 3.3.11 escapes it."""
        return re.sub(r"([\\;,])", r"\\\1", self).replace("\n", "\\n").encode()


def calendar_bytes(frame: pd.DataFrame, tz: str | None = None, *, default_stamp: datetime = DEFAULT_STAMP) -> bytes:
    """Return a frame as an iCalendar file, one VEVENT per row.

    Parameters
    ----------
    frame
        Events, or any other frame with start and end.
    tz
        The zone of rows without one of their own; by default that of the frame.
    default_stamp
        The DTSTAMP of events without a time of creation or update, if the frame does not tell when it was read.

    Raises
    ------
    ValueError
        The frame has no start and end, or the zone is unknown.

    Warns
    -----
    UserWarning
        Rows or ends are left out; one warning counts all.
    """
    frame = with_index_columns(frame)
    for name in ("start", "end"):
        if name not in frame or not isinstance(frame[name].dtype, pd.DatetimeTZDtype):
            raise ValueError(
                f"an .ics file needs times in start and end, and this frame has none in {name}: write .csv, .xlsx or "
                ".parquet, or give a frame of events."
            )
    zone = str(zone_of_times(frame, tz))
    shown = to_timezone(frame, zone)
    usable = shown["start"].notna().to_numpy()
    if "deleted" in shown:
        usable = usable & ~shown["deleted"].to_numpy(bool, na_value=False)
    events = shown[usable].assign(all_day=all_day_mask(shown)[usable])
    _warn_left_out(len(shown) - len(events), int((events["end"] < events["start"]).sum()))
    stamp = _fetched_at(frame.attrs) or default_stamp
    rows: list[Row] = events.to_dict("records")  # type: ignore[assignment]
    calendar = _calendar(zone)
    for row, uid in zip(rows, _uids(rows), strict=True):
        calendar.add_component(_event(row, uid=uid, zone=zone, stamp=stamp))
    _add_zones(calendar, [time for name in ("start", "end") for time in events[name].dropna()])
    content: bytes = calendar.to_ical()
    return content


def _add_zones(calendar: Calendar, times: Sequence[datetime]) -> None:
    """Add a VTIMEZONE for each zone that a calendar names, for the years of the given times."""
    if not times:
        return
    # the rules of distant years are a guess, with thousands of changes
    first, last = (min(max(time.year, 1900), 2100) for time in (min(times), max(times)))
    period = datetime(first - 1, 1, 1, tzinfo=UTC), datetime(last + 2, 1, 1, tzinfo=UTC)
    zones = [zone_component(ZoneInfo(tzid), *period) for tzid in sorted(calendar.get_missing_tzids())]
    calendar.subcomponents[:0] = zones


def _calendar(zone: str) -> Calendar:
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("x-wr-timezone", zone)
    return calendar


def _event(row: Row, *, uid: str, zone: str, stamp: datetime) -> Event:
    event = Event()
    event.add("uid", LiteralText(uid), encode=False)
    times = {name: row[name].astimezone(UTC) for name in ("created", "updated") if _is_time(row.get(name))}
    event.add("dtstamp", times.get("updated") or times.get("created") or stamp)
    for name, value in _start_and_end(row, zone):
        _add_time(event, name, value)
    for name, text in _texts(row):
        event.add(name, LiteralText(text), encode=False)
    for name, person in _people(row):
        event.add(name, person, encode=False)
    for name, ics_name in (("created", "created"), ("updated", "last-modified")):
        if name in times:
            event.add(ics_name, times[name])
    categories = [_clean(str(category)) for category in _list_items(row.get("categories"))]
    if any(categories):
        event.add("categories", [category for category in categories if category])
    coordinates = (row.get("location_lat"), row.get("location_long"))
    if all(isinstance(degrees, int | float) and math.isfinite(degrees) for degrees in coordinates):
        event.add("geo", coordinates)
    for name, url in _urls(row):
        event.add(name, url, encode=False)
    return event


def _start_and_end(row: Row, zone: str) -> Iterator[tuple[str, date]]:
    """Yield start and end; the end only if it is later, as RFC 5545, 3.8.2.2 demands."""
    start, end = row["start"], row["end"]
    if row["all_day"]:
        start, end = start.date(), None if pd.isna(end) else end.date()
    else:
        start_zone = _zone(row.get("start_tzid")) or _zone(zone)
        end_zone = _zone(row.get("end_tzid")) or start_zone
        start, end = _local_time(start, start_zone), None if pd.isna(end) else _local_time(end, end_zone)
    yield "dtstart", start
    if end is not None and end > start:
        yield "dtend", end


def _add_time(event: Event, name: str, time: date) -> None:
    """Add a date, or a time in its zone; the library would write times in Reykjavik or Accra in UTC."""
    tzid = getattr(getattr(time, "tzinfo", None), "key", "UTC")
    if isinstance(time, datetime) and tzid not in UTC_NAMES:
        event.add(name, time.replace(tzinfo=None), parameters={"TZID": tzid})
    else:
        event.add(name, time)


def _local_time(time: pd.Timestamp, zone: ZoneInfo | None) -> datetime:
    """Return a time in a zone; in UTC if it is the second of a repeated wall time (RFC 5545, 3.3.5)."""
    local = time.to_pydatetime(warn=False).replace(microsecond=0).astimezone(zone)
    return local.astimezone(UTC) if local.fold else local


def _texts(row: Row) -> Iterator[tuple[str, str]]:
    summary, busy = _text(row, "summary"), _text(row, "free_busy_status")
    status, transparency = _text(row, "status"), _text(row, "transparency")
    if "summary" not in row and busy is not None:
        summary = busy.capitalize()
        status, transparency = busy, "transparent" if busy == "free" else "opaque"
    elif "summary" not in row and ("available_period_id" in row or "participants" in row):
        summary, transparency = "Available", "transparent"
    texts = {
        "summary": summary,
        "description": _text(row, "description") or None,
        "location": _text(row, "location_description") or None,
        "status": _STATUSES.get(status or ""),
        "transp": _TRANSPARENCIES.get(transparency or ""),
        "class": "PRIVATE" if row.get("event_private") is True else None,
        "x-microsoft-cdo-busystatus": _BUSY_STATUSES.get(_text(row, "extended_transparency") or ""),
    }
    yield from ((name, text) for name, text in texts.items() if text is not None)


def _people(row: Row) -> Iterator[tuple[str, vCalAddress]]:
    organizer = _address(row.get("organizer_email"), row.get("organizer_display_name"))
    if organizer is not None:
        yield "organizer", organizer
    for item in _list_items(row.get("attendees")):
        person = item if isinstance(item, dict) else {"email": item if "@" in str(item) else None}
        attendee = _address(person.get("email"), person.get("display_name"))
        if attendee is not None:
            status = _PARTICIPATION.get(str(person.get("status")))
            if status is not None:
                attendee.params["PARTSTAT"] = status
            yield "attendee", attendee


def _address(email: Any, name: Any) -> vCalAddress | None:
    address_text = re.sub(r"\s", "", _clean(email)) if isinstance(email, str) else ""
    if not address_text:
        return None
    address = vCalAddress(f"mailto:{address_text}")
    common_name = re.sub(r"\s+", " ", _clean(name)).strip() if isinstance(name, str) else ""
    if common_name:
        address.params["CN"] = common_name
    return address


def _urls(row: Row) -> Iterator[tuple[str, vUri]]:
    url, join_url = (re.sub(r"\s", "", _text(row, name) or "") for name in ("url", "conferencing_join_url"))
    join_url = join_url or re.sub(r"\s", "", _text(row, "meeting_url") or "")
    if url:
        yield "url", vUri(url)
    if join_url:
        conference = vUri(join_url)  # RFC 7986, 5.11
        conference.params["VALUE"] = "URI"
        provider = re.sub(r"\s+", " ", _text(row, "conferencing_provider_name") or "").strip()
        if provider:
            conference.params["LABEL"] = provider
        yield "conference", conference


def _uids(rows: list[Row]) -> list[str]:
    """Return a unique UID for each row, made of the id of its event if it has one.

    An event in several calendars gets a UID for each, because programs would take the rows for one event.
    """
    ids = [next((_clean(text) for name in _IDS if (text := _text(row, name))), "") or _digest(row) for row in rows]
    shared = Counter(ids)
    for n, row in enumerate(rows):
        if shared[ids[n]] > 1:
            parts = [_text(row, name) for name in ("account", "calendar_id")]
            ids[n] = ".".join([ids[n], *(part for part in parts if part)])
    uids: dict[str, None] = {}
    for own_id in ids:
        candidates = (f"{own_id}{suffix}{UID_SUFFIX}" for suffix in _number_suffixes())
        uids[next(uid for uid in candidates if uid not in uids)] = None
    return list(uids)


def _number_suffixes() -> Iterator[str]:
    yield ""
    count = 2
    while True:
        yield f".{count}"
        count += 1


def _digest(row: Row) -> str:
    """Return an id derived from the content of a row; it is the same in every zone."""
    texts = [_zone_independent_text(row.get(name), all_day=row["all_day"]) for name in _CONTENT]
    return hashlib.sha256("\n".join(texts).encode("utf-8", "replace")).hexdigest()[:32]


def _zone_independent_text(value: Any, *, all_day: bool) -> str:
    if not _is_time(value):
        return str(value)
    return str(value.date() if all_day else value.astimezone(UTC).isoformat())


@functools.cache
def _zone(name: Any) -> ZoneInfo | None:
    """Return the zone of a name; None if there is no such zone."""
    try:
        return ZoneInfo(zone_name(name))
    except ValueError:
        return None


def _list_items(text: Any) -> list[Any]:
    """Return the items of a list: JSON as in our frames, or words between commas."""
    if not isinstance(text, str) or not text.strip():
        return []
    try:
        items = json.loads(text)
    except ValueError:
        items = [item.strip() for item in re.split(r"[,;]", text)]
    return [item for item in items if item] if isinstance(items, list) else []


def _text(row: Row, name: str) -> str | None:
    text = row.get(name)
    return _clean(text) if isinstance(text, str) else None


def _clean(text: str) -> str:
    return _FORBIDDEN.sub("", re.sub(r"\r\n?", "\n", text))


def _is_time(value: Any) -> bool:
    return isinstance(value, datetime) and not pd.isna(value)


def _fetched_at(attrs: Mapping[Any, Any]) -> datetime | None:
    """Return when a frame was read, if its attrs tell."""
    origin = attrs.get("cronofy")
    text = origin.get("fetched_at") if isinstance(origin, dict) else None
    try:
        time = datetime.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        return None
    return time.astimezone(UTC) if time is not None and time.tzinfo is not None else None


def _warn_left_out(rows: int, ends: int) -> None:
    """Warn of rows that are not written, and of rows that are written without an end."""
    notes = []
    if rows:
        verb = by_count(rows, "is deleted or has no start, and was", "are deleted or have no start, and were")
        notes.append(f"{quantity(rows, 'row')} {verb} left out.")
    if ends:
        verb = by_count(ends, "ends before its start, and was", "end before their start, and were")
        notes.append(f"{quantity(ends, 'row')} {verb} written without an end.")
    if notes:
        warnings.warn(single_line(" ".join(notes)), stacklevel=caller_level())
