"""From a frame to an iCalendar file (RFC 5545), for calendar programs."""

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

from cronofy_frames.frames.timestamps import to_timezone
from cronofy_frames.sheets.formatting import indexed, whole_days, zone_of
from cronofy_frames.vtimezone import zone_component
from cronofy_frames.zones import UTC_NAMES, zone_name

PRODUCT = "-//cronofy_frames//export//EN"
HOME = "@cronofy"  # ends each UID, which is unique in the world (RFC 5545, 3.8.4.7)
UNDATED = datetime(1970, 1, 1, tzinfo=UTC)

_STATUSES = {"tentative": "TENTATIVE", "confirmed": "CONFIRMED", "cancelled": "CANCELLED"}
_TRANSPARENCIES = {"opaque": "OPAQUE", "transparent": "TRANSPARENT"}
_REPLIES = {
    "needs_action": "NEEDS-ACTION",
    "accepted": "ACCEPTED",
    "declined": "DECLINED",
    "tentative": "TENTATIVE",
}
_BUSY = {  # Outlook's own word, which is finer than TRANSP
    "opaque": "BUSY",
    "transparent": "FREE",
    "tentative": "TENTATIVE",
    "out_of_office": "OOF",
    "working_elsewhere": "WORKINGELSEWHERE",
}
_IDS = ("event_uid", "event_id", "available_period_id")
_CONTENT = ("summary", "start", "end", "all_day", "description", "location_description", "free_busy_status")
# RFC 5545, 3.1: no control characters but the tab and, escaped, the line feed; halves of surrogates are no UTF-8
_FORBIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")

Row = Mapping[str, Any]


class Text(vText):
    r"""A text that keeps what looks like an escape: the library would make a line break of C:\News."""

    def to_ical(self) -> bytes:
        """Return the text as RFC 5545, 3.3.11 escapes it."""
        return re.sub(r"([\\;,])", r"\\\1", self).replace("\n", "\\n").encode()


def calendar_of(frame: pd.DataFrame, tz: str | None = None, *, undated: datetime = UNDATED) -> bytes:
    """Return a frame as an iCalendar file, one VEVENT per row.

    Parameters
    ----------
    frame
        Events, or any other frame with start and end.
    tz
        The zone of rows that have none of their own; by default the frame's.
    undated
        When events were last known to stand so (DTSTAMP) that say nothing of that, in a frame that does not either.

    Raises
    ------
    ValueError
        If the frame has no start and end, or the zone is unknown.

    Warns
    -----
    UserWarning
        Rows are left out, or ends; one warning counts them all.
    """
    frame = indexed(frame)
    for name in ("start", "end"):
        if name not in frame or not isinstance(frame[name].dtype, pd.DatetimeTZDtype):
            raise ValueError(
                f"an .ics file is made of rows with times as start and end, and this frame has none as {name}: "
                "write .csv, .xlsx or .parquet, or give a frame of events."
            )
    zone = str(zone_of(frame, tz))
    shown = to_timezone(frame, zone)
    stays = shown["start"].notna().to_numpy()
    if "deleted" in shown:
        stays = stays & ~shown["deleted"].to_numpy(bool, na_value=False)
    kept = shown[stays].assign(all_day=whole_days(shown)[stays])
    _tell(len(shown) - len(kept), int((kept["end"] < kept["start"]).sum()))
    stamp = _fetched(frame.attrs) or undated
    rows: list[Row] = kept.to_dict("records")  # type: ignore[assignment]
    calendar = _calendar(zone)
    for row, uid in zip(rows, _uids(rows), strict=True):
        calendar.add_component(_event(row, uid=uid, zone=zone, stamp=stamp))
    _add_zones(calendar, [time for name in ("start", "end") for time in kept[name].dropna()])
    content: bytes = calendar.to_ical()
    return content


def _add_zones(calendar: Calendar, times: Sequence[datetime]) -> None:
    """Add a VTIMEZONE for each zone that a calendar names, for the years of the given times."""
    if not times:
        return
    # the rules of distant years are a guess, and there would be thousands of changes
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
    event.add("uid", Text(uid), encode=False)
    known = {name: row[name].astimezone(UTC) for name in ("created", "updated") if _is_time(row.get(name))}
    event.add("dtstamp", known.get("updated") or known.get("created") or stamp)
    for name, value in _span(row, zone):
        _add_time(event, name, value)
    for name, text in _texts(row):
        event.add(name, Text(text), encode=False)
    for name, person in _people(row):
        event.add(name, person, encode=False)
    for name, word in (("created", "created"), ("updated", "last-modified")):
        if name in known:
            event.add(word, known[name])
    categories = [_clean(str(one)) for one in _listed(row.get("categories"))]
    if any(categories):
        event.add("categories", [one for one in categories if one])
    place = (row.get("location_lat"), row.get("location_long"))
    if all(isinstance(one, int | float) and math.isfinite(one) for one in place):
        event.add("geo", place)
    for name, address in _addresses(row):
        event.add(name, address, encode=False)
    return event


def _span(row: Row, zone: str) -> Iterator[tuple[str, date]]:
    """Yield start and end, the end only where it is later: RFC 5545, 3.8.2.2 allows no other."""
    start, end = row["start"], row["end"]
    if row["all_day"]:
        start, end = start.date(), None if pd.isna(end) else end.date()
    else:
        start_zone = _zone(row.get("start_tzid")) or _zone(zone)
        end_zone = _zone(row.get("end_tzid")) or start_zone
        start, end = _at(start, start_zone), None if pd.isna(end) else _at(end, end_zone)
    yield "dtstart", start
    if end is not None and end > start:
        yield "dtend", end


def _add_time(event: Event, name: str, when: date) -> None:
    """Add a day, or a time in its zone; the library would write those of Reykjavik and Accra in UTC."""
    tzid = getattr(getattr(when, "tzinfo", None), "key", "UTC")
    if isinstance(when, datetime) and tzid not in UTC_NAMES:
        event.add(name, when.replace(tzinfo=None), parameters={"TZID": tzid})
    else:
        event.add(name, when)


def _at(when: pd.Timestamp, zone: ZoneInfo | None) -> datetime:
    """Return a time in a zone; in UTC where the wall time comes twice and means the first (RFC 5545, 3.3.5)."""
    local = when.to_pydatetime(warn=False).replace(microsecond=0).astimezone(zone)
    return local.astimezone(UTC) if local.fold else local


def _texts(row: Row) -> Iterator[tuple[str, str]]:
    summary, busy = _text(row, "summary"), _text(row, "free_busy_status")
    status, transparency = _text(row, "status"), _text(row, "transparency")
    if "summary" not in row and busy is not None:
        summary = busy.capitalize()
        status, transparency = busy, "transparent" if busy == "free" else "opaque"
    elif "summary" not in row and ("available_period_id" in row or "participants" in row):
        summary, transparency = "Available", "transparent"
    found = {
        "summary": summary,
        "description": _text(row, "description") or None,
        "location": _text(row, "location_description") or None,
        "status": _STATUSES.get(status or ""),
        "transp": _TRANSPARENCIES.get(transparency or ""),
        "class": "PRIVATE" if row.get("event_private") is True else None,
        "x-microsoft-cdo-busystatus": _BUSY.get(_text(row, "extended_transparency") or ""),
    }
    yield from ((name, text) for name, text in found.items() if text is not None)


def _people(row: Row) -> Iterator[tuple[str, vCalAddress]]:
    organizer = _address(row.get("organizer_email"), row.get("organizer_display_name"))
    if organizer is not None:
        yield "organizer", organizer
    for one in _listed(row.get("attendees")):
        person = one if isinstance(one, dict) else {"email": one if "@" in str(one) else None}
        attendee = _address(person.get("email"), person.get("display_name"))
        if attendee is not None:
            reply = _REPLIES.get(str(person.get("status")))
            if reply is not None:
                attendee.params["PARTSTAT"] = reply
            yield "attendee", attendee


def _address(email: Any, name: Any) -> vCalAddress | None:
    plain = re.sub(r"\s", "", _clean(email)) if isinstance(email, str) else ""
    if not plain:
        return None
    address = vCalAddress(f"mailto:{plain}")
    shown = re.sub(r"\s+", " ", _clean(name)).strip() if isinstance(name, str) else ""
    if shown:
        address.params["CN"] = shown
    return address


def _addresses(row: Row) -> Iterator[tuple[str, vUri]]:
    url, call = (re.sub(r"\s", "", _text(row, name) or "") for name in ("url", "conferencing_join_url"))
    call = call or re.sub(r"\s", "", _text(row, "meeting_url") or "")
    if url:
        yield "url", vUri(url)
    if call:
        conference = vUri(call)  # RFC 7986, 5.11
        conference.params["VALUE"] = "URI"
        host = re.sub(r"\s+", " ", _text(row, "conferencing_provider_name") or "").strip()
        if host:
            conference.params["LABEL"] = host
        yield "conference", conference


def _uids(rows: list[Row]) -> list[str]:
    """Return an id for each row, of its event where that has one; no two are the same.

    An event that stands in several calendars, which programs would take for one, is told apart by these.
    """
    ids = [next((_clean(text) for name in _IDS if (text := _text(row, name))), "") or _digest(row) for row in rows]
    shared = Counter(ids)
    for n, row in enumerate(rows):
        if shared[ids[n]] > 1:
            own = [_text(row, name) for name in ("account", "calendar_id")]
            ids[n] = ".".join([ids[n], *(one for one in own if one)])
    given: set[str] = set()
    for n, one in enumerate(ids):
        free = (f"{one}{more}{HOME}" for more in _numbers())
        ids[n] = next(uid for uid in free if uid not in given)
        given.add(ids[n])
    return ids


def _numbers() -> Iterator[str]:
    yield ""
    count = 2
    while True:
        yield f".{count}"
        count += 1


def _digest(row: Row) -> str:
    """Return an id of what a row says, the same in every zone."""
    parts = [row.get(name) for name in _CONTENT]
    texts = [_told(part, whole=row["all_day"]) for part in parts]
    return hashlib.sha256("\n".join(texts).encode("utf-8", "replace")).hexdigest()[:32]


def _told(value: Any, *, whole: bool) -> str:
    if not _is_time(value):
        return str(value)
    return str(value.date() if whole else value.astimezone(UTC).isoformat())


@functools.cache
def _zone(name: Any) -> ZoneInfo | None:
    """Return a zone by its name; None where there is none of that name."""
    try:
        return ZoneInfo(zone_name(name))
    except ValueError:
        return None


def _listed(text: Any) -> list[Any]:
    """Return the entries of a list: JSON as our frames hold it, or words between commas as people write them."""
    if not isinstance(text, str) or not text.strip():
        return []
    try:
        found = json.loads(text)
    except ValueError:
        found = [one.strip() for one in re.split(r"[,;]", text)]
    return [one for one in found if one] if isinstance(found, list) else []


def _text(row: Row, name: str) -> str | None:
    text = row.get(name)
    return _clean(text) if isinstance(text, str) else None


def _clean(text: str) -> str:
    return _FORBIDDEN.sub("", re.sub(r"\r\n?", "\n", text))


def _is_time(value: Any) -> bool:
    return isinstance(value, datetime) and not pd.isna(value)


def _fetched(attrs: Mapping[Any, Any]) -> datetime | None:
    """Return when a frame was read, where it says so."""
    origin = attrs.get("cronofy")
    text = origin.get("fetched_at") if isinstance(origin, dict) else None
    try:
        when = datetime.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        return None
    return when.astimezone(UTC) if when is not None and when.tzinfo is not None else None


def _tell(left: int, backwards: int) -> None:
    told = [f"{left} rows are deleted or have no start; they are left out."] if left else []
    told += [f"{backwards} rows end before they start; they are written without an end."] if backwards else []
    if told:
        warnings.warn(" ".join(told), stacklevel=5)
