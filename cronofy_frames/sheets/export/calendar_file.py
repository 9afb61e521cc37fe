"""Write a frame as an iCalendar file (RFC 5545)."""

from __future__ import annotations

import hashlib
import io
import json
import math
import re
import warnings
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, BinaryIO, TypeGuard
from zoneinfo import ZoneInfo

import pandas as pd
from icalendar import Calendar

from cronofy_frames.caller import caller_level
from cronofy_frames.frames.timestamps import to_timezone
from cronofy_frames.sheets.export.calendar_times import event_times, utc_texts
from cronofy_frames.sheets.export.content_lines import allowed_text, content_line, escape_text
from cronofy_frames.sheets.export.parts import ROWS
from cronofy_frames.sheets.formatting import all_day_mask, with_index_columns, zone_of_times
from cronofy_frames.text import by_count, quantity, single_line
from cronofy_frames.vtimezone import zone_component

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

_COLUMNS = (
    *("summary", "description", "location_description", "status", "transparency", "event_private"),
    *("extended_transparency", "free_busy_status", "available_period_id", "participants", "organizer_email"),
    *("organizer_display_name", "attendees", "url", "conferencing_join_url", "meeting_url"),
    *("conferencing_provider_name", "categories", "location_lat", "location_long"),
)
_ORDER = (
    *("SUMMARY", "DTSTART", "DTEND", "DTSTAMP", "UID", "ATTENDEE", "CATEGORIES", "CLASS", "CONFERENCE", "CREATED"),
    *("DESCRIPTION", "GEO", "LAST-MODIFIED", "LOCATION", "ORGANIZER", "STATUS", "TRANSP", "URL"),
    "X-MICROSOFT-CDO-BUSYSTATUS",
)

Row = Mapping[str, Any]
Property = tuple[str, str, dict[str, str]]
"""Name, value and parameters."""


def calendar_bytes(frame: pd.DataFrame, tz: str | None = None, *, default_stamp: datetime = DEFAULT_STAMP) -> bytes:
    """Return a frame as an iCalendar file: see `write_calendar`."""
    content = io.BytesIO()
    write_calendar(frame, tz, content, default_stamp=default_stamp)
    return content.getvalue()


def write_calendar(
    frame: pd.DataFrame, tz: str | None, file: BinaryIO, *, default_stamp: datetime = DEFAULT_STAMP
) -> None:
    """Write a frame as an iCalendar file, one VEVENT per row.

    Parameters
    ----------
    frame
        Events, or any other frame with start and end.
    tz
        The zone of rows without one of their own; by default that of the frame.
    file
        The open file.
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
    shown.attrs = {}
    usable = shown["start"].notna().to_numpy()
    if "deleted" in shown:
        usable = usable & ~shown["deleted"].to_numpy(bool, na_value=False)
    events = shown[usable].assign(all_day=all_day_mask(shown)[usable])
    _warn_left_out(len(shown) - len(events), int((events["end"] < events["start"]).sum()))
    stamp = _utc_text(_fetched_at(frame.attrs) or default_stamp)
    head, end = _calendar_lines(events, zone)
    file.write(head)
    uids = _uids(events)
    file.writelines(
        _events(events.iloc[first : first + ROWS], uids[first : first + ROWS], zone, stamp)
        for first in range(0, len(events), ROWS)
    )
    file.write(end)


def _utc_text(time: datetime) -> str:
    return f"{time.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _calendar_lines(events: pd.DataFrame, zone: str) -> tuple[bytes, bytes]:
    """Return what comes before and after the events: a VTIMEZONE for each zone, for the years of their times."""
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("x-wr-timezone", zone)
    times = pd.concat([events["start"], events["end"]]).dropna()
    if len(times):
        # the rules of distant years are a guess, with thousands of changes
        first, last = (min(max(time.year, 1900), 2100) for time in (times.min(), times.max()))
        period = datetime(first - 1, 1, 1, tzinfo=UTC), datetime(last + 2, 1, 1, tzinfo=UTC)
        calendar.subcomponents = [zone_component(ZoneInfo(tzid), *period) for tzid in sorted(_tzids(events, zone))]
    content: bytes = calendar.to_ical()
    end = b"END:VCALENDAR\r\n"
    return content.removesuffix(end), end


def _tzids(events: pd.DataFrame, zone: str) -> set[str]:
    """Return the zones that the events name."""
    names: set[str] = set()
    for first in range(0, len(events), ROWS):
        names |= event_times(events.iloc[first : first + ROWS], zone).zones
    return names


def _events(events: pd.DataFrame, uids: list[str], zone: str, stamp: str) -> bytes:
    """Return rows as VEVENTs."""
    times = event_times(events, zone)
    stamps = [
        utc_texts(events[name])
        if name in events and isinstance(events[name].dtype, pd.DatetimeTZDtype)
        else [None] * len(events)
        for name in ("created", "updated")
    ]
    columns = [name for name in _COLUMNS if name in events]
    rows = (
        dict(zip(columns, values, strict=True))
        for values in zip(*(events[name].tolist() for name in columns), strict=True)
    )
    lines = []
    for row, uid, start, end, created, updated in zip(rows, uids, times.starts, times.ends, *stamps, strict=True):
        lines.append(b"BEGIN:VEVENT\r\n")
        lines.extend(_event(row, uid, (start, end), (created, updated), stamp))
        lines.append(b"END:VEVENT\r\n")
    return b"".join(lines)


def _event(
    row: Row, uid: str, times: tuple[str | None, str | None], stamps: tuple[str | None, str | None], stamp: str
) -> Iterator[bytes]:
    """Yield the lines of an event in the order of the iCalendar library."""
    created, updated = stamps
    lines = {name: [content_line(name, escape_text(text))] for name, text in _texts(row)}
    lines |= {
        name: [f"{name}{time}\r\n".encode()] for name, time in zip(("DTSTART", "DTEND"), times, strict=True) if time
    }
    lines["DTSTAMP"] = [f"DTSTAMP:{updated or created or stamp}\r\n".encode()]
    lines["UID"] = [content_line("UID", escape_text(uid))]
    for name, text in (("CREATED", created), ("LAST-MODIFIED", updated)):
        if text:
            lines[name] = [f"{name}:{text}\r\n".encode()]
    for name, value, parameters in (*_people(row), *_urls(row)):
        lines.setdefault(name, []).append(content_line(name, value, parameters))
    categories = [allowed_text(str(category)) for category in _list_items(row.get("categories"))]
    if any(categories):
        lines["CATEGORIES"] = [content_line("CATEGORIES", ",".join(escape_text(text) for text in categories if text))]
    latitude, longitude = row.get("location_lat"), row.get("location_long")
    if _is_finite(latitude) and _is_finite(longitude):
        lines["GEO"] = [content_line("GEO", f"{float(latitude)};{float(longitude)}")]
    for name in _ORDER:
        yield from lines.get(name, ())


def _is_finite(value: Any) -> TypeGuard[float]:
    return isinstance(value, int | float) and math.isfinite(value)


def _texts(row: Row) -> Iterator[tuple[str, str]]:
    summary, busy = _text(row, "summary"), _text(row, "free_busy_status")
    status, transparency = _text(row, "status"), _text(row, "transparency")
    if "summary" not in row and busy is not None:
        summary = busy.capitalize()
        status, transparency = busy, "transparent" if busy == "free" else "opaque"
    elif "summary" not in row and ("available_period_id" in row or "participants" in row):
        summary, transparency = "Available", "transparent"
    texts = {
        "SUMMARY": summary,
        "DESCRIPTION": _text(row, "description") or None,
        "LOCATION": _text(row, "location_description") or None,
        "STATUS": _STATUSES.get(status or ""),
        "TRANSP": _TRANSPARENCIES.get(transparency or ""),
        "CLASS": "PRIVATE" if row.get("event_private") is True else None,
        "X-MICROSOFT-CDO-BUSYSTATUS": _BUSY_STATUSES.get(_text(row, "extended_transparency") or ""),
    }
    yield from ((name, text) for name, text in texts.items() if text is not None)


def _people(row: Row) -> Iterator[Property]:
    organizer = _address(row.get("organizer_email"), row.get("organizer_display_name"))
    if organizer is not None:
        yield "ORGANIZER", *organizer
    for item in _list_items(row.get("attendees")):
        person = item if isinstance(item, dict) else {"email": item if "@" in str(item) else None}
        attendee = _address(person.get("email"), person.get("display_name"))
        if attendee is not None:
            address, parameters = attendee
            status = _PARTICIPATION.get(str(person.get("status")))
            yield "ATTENDEE", address, parameters if status is None else {**parameters, "PARTSTAT": status}


def _address(email: Any, name: Any) -> tuple[str, dict[str, str]] | None:
    """Return an address and its parameters; None without an email address."""
    address = re.sub(r"\s", "", allowed_text(email)) if isinstance(email, str) else ""
    if not address:
        return None
    common_name = re.sub(r"\s+", " ", allowed_text(name)).strip() if isinstance(name, str) else ""
    return f"mailto:{address}", {"CN": common_name} if common_name else {}


def _urls(row: Row) -> Iterator[Property]:
    url, join_url = (re.sub(r"\s", "", _text(row, name) or "") for name in ("url", "conferencing_join_url"))
    join_url = join_url or re.sub(r"\s", "", _text(row, "meeting_url") or "")
    if url:
        yield "URL", url, {}
    if join_url:
        provider = re.sub(r"\s+", " ", _text(row, "conferencing_provider_name") or "").strip()
        yield "CONFERENCE", join_url, {**({"LABEL": provider} if provider else {}), "VALUE": "URI"}  # RFC 7986, 5.11


def _uids(events: pd.DataFrame) -> list[str]:
    """Return a unique UID for each row, made of the id of its event if it has one.

    An event in several calendars gets a UID for each, because programs would take the rows for one event.
    """
    ids = _ids_of(events)
    shared = Counter(ids)
    names = [name for name in ("account", "calendar_id") if name in events]
    parts = zip(*(_clean_texts(events[name]) for name in names), strict=True) if names else [()] * len(ids)
    ids = [
        ".".join([own_id, *filter(None, own_parts)]) if shared[own_id] > 1 else own_id
        for own_id, own_parts in zip(ids, parts, strict=True)
    ]
    uids: dict[str, None] = {}
    counts: Counter[str] = Counter()
    for own_id in ids:
        uid = ""
        while not uid or uid in uids:
            counts[own_id] += 1
            number = f".{counts[own_id]}" if counts[own_id] > 1 else ""
            uid = f"{own_id}{number}{UID_SUFFIX}"
        uids[uid] = None
    return list(uids)


def _ids_of(events: pd.DataFrame) -> list[str]:
    """Return the id of each row, the first that it has, else one derived from its content."""
    ids = [""] * len(events)
    for name in _IDS:
        if name in events:
            ids = [own_id or text or "" for own_id, text in zip(ids, _clean_texts(events[name]), strict=True)]
    without = [n for n, own_id in enumerate(ids) if not own_id]
    content = events[[name for name in _CONTENT if name in events]]
    for first in range(0, len(without), ROWS):
        positions = without[first : first + ROWS]
        for n, row in zip(positions, content.iloc[positions].to_dict("records"), strict=True):
            ids[n] = _digest(row)
    return ids


def _clean_texts(column: pd.Series[Any]) -> list[str | None]:
    return [allowed_text(text) if isinstance(text, str) else None for text in column.tolist()]


def _digest(row: Mapping[Any, Any]) -> str:
    """Return an id derived from the content of a row; it is the same in every zone."""
    texts = [_zone_independent_text(row.get(name), all_day=row["all_day"]) for name in _CONTENT]
    return hashlib.sha256("\n".join(texts).encode("utf-8", "replace")).hexdigest()[:32]


def _zone_independent_text(value: Any, *, all_day: bool) -> str:
    if not isinstance(value, datetime) or pd.isna(value):
        return str(value)
    return str(value.date() if all_day else value.astimezone(UTC).isoformat())


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
    return allowed_text(text) if isinstance(text, str) else None


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
