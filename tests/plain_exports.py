"""Files of frames, written the plain way by pandas, json and icalendar, which exports are compared with."""

import json
import re
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import icalendar
import numpy as np
import pandas as pd

from cronofy_frames.frames.timestamps import to_timezone
from cronofy_frames.schema import LIST_COLUMNS
from cronofy_frames.zones import UTC_NAMES

FORMULA = r"^'*[=+\-@\t\r\n＝＋－＠]"


def plain_csv(frame: pd.DataFrame, tz: str) -> bytes:
    """Return a frame of events as CSV."""
    shown = _in_zone(frame, tz, _wall_time)
    for name, dtype in shown.dtypes.items():
        if str(dtype) in ("str", "object"):
            cells = [_safe(cell) if isinstance(cell, str) else cell for cell in shown[name]]
            shown[name] = pd.Series(cells, index=shown.index, dtype="object")
    return shown.rename(columns=_safe).to_csv(index=False, lineterminator="\r\n").encode("utf-8-sig")


def plain_json(frame: pd.DataFrame, tz: str) -> bytes:
    """Return a frame of events as a list of JSON objects."""
    return (json.dumps(_objects(frame, tz), ensure_ascii=False, indent=1) + "\n").encode()


def plain_ndjson(frame: pd.DataFrame, tz: str) -> bytes:
    """Return a frame of events as lines of JSON."""
    texts = [json.dumps(row, ensure_ascii=False, separators=(",", ":")) for row in _objects(frame, tz)]
    return "".join(f"{text}\n" for text in texts).encode()


def _in_zone(frame: pd.DataFrame, tz: str, time_text: Any) -> pd.DataFrame:
    """Return a frame in a zone, with its times as text and the zone after the end."""
    shown = to_timezone(frame, tz)
    shown.insert(list(shown.columns).index("end") + 1, "tzid", tz)
    days = shown["all_day"].tolist() if "all_day" in shown else [False] * len(shown)
    for name, dtype in frame.dtypes.items():
        if isinstance(dtype, pd.DatetimeTZDtype):
            fraction = any(time.microsecond for time in shown[name].dropna())
            texts = [
                None
                if time is pd.NaT
                else _date(time)
                if day and name in ("start", "end")
                else time_text(time, fraction)
                for time, day in zip(shown[name], days, strict=True)
            ]
            shown[name] = pd.Series(texts, index=shown.index, dtype="str")
    return shown


def _date(time: pd.Timestamp) -> str:
    return f"{time.year:04}-{time.month:02}-{time.day:02}"


def _wall_time(time: pd.Timestamp, fraction: bool) -> str:
    """Return a wall time, with its offset where clocks show it twice."""
    other = time.to_pydatetime(warn=False).replace(fold=1 - time.fold)
    is_repeated = other.utcoffset() != time.utcoffset() and _exists(other)
    return _iso(time, fraction).replace("T", " ") if is_repeated else _clock(time, fraction).replace("T", " ")


def _exists(time: datetime) -> bool:
    return time.astimezone(UTC).astimezone(time.tzinfo).replace(tzinfo=None) == time.replace(tzinfo=None)


def _iso(time: pd.Timestamp, fraction: bool) -> str:
    offset = time.utcoffset()
    assert offset is not None
    if offset.total_seconds() % 60:
        return _clock(time.tz_convert("UTC"), fraction) + "+00:00"
    minutes = int(abs(offset.total_seconds())) // 60
    sign = "-" if offset.total_seconds() < 0 else "+"
    return f"{_clock(time, fraction)}{sign}{minutes // 60:02}:{minutes % 60:02}"


def _clock(time: pd.Timestamp, fraction: bool) -> str:
    text = f"{_date(time)}T{time.hour:02}:{time.minute:02}:{time.second:02}"
    return f"{text}.{time.microsecond:06}" if fraction else text


def _safe(text: str) -> str:
    return "'" + text if re.match(FORMULA, text) else text


def _objects(frame: pd.DataFrame, tz: str) -> list[dict[str, Any]]:
    shown = _in_zone(frame, tz, _iso)
    rows: list[dict[str, Any]] = json.loads(shown.to_json(orient="records", force_ascii=False, double_precision=15))
    for row in rows:
        row.update({name: _list(row[name]) for name in LIST_COLUMNS & row.keys()})
    return rows


def _list(text: Any) -> Any:
    try:
        value = json.loads(text)
        json.dumps(value, allow_nan=False)
    except (TypeError, ValueError, RecursionError):
        return text
    return value if isinstance(value, list | dict) else text


class LiteralText(icalendar.vText):
    r"""A text in which nothing is taken for an escape: the library would turn the \N of C:\News into a line break."""

    def to_ical(self) -> bytes:
        """Return the text as RFC 5545, 3.3.11 escapes it."""
        return re.sub(r"([\\;,])", r"\\\1", self).replace("\n", "\\n").encode()


STATUSES = {"tentative": "TENTATIVE", "confirmed": "CONFIRMED", "cancelled": "CANCELLED"}
REPLIES = {"needs_action": "NEEDS-ACTION", "accepted": "ACCEPTED", "declined": "DECLINED", "tentative": "TENTATIVE"}


def plain_events(frame: pd.DataFrame, tz: str) -> list[bytes]:
    """Return the VEVENT of each row of events that has a start and is not deleted, as icalendar writes it."""
    shown = to_timezone(frame, tz)
    rows: list[Any] = shown[shown["start"].notna() & ~shown["deleted"]].to_dict("records")
    return [_vevent(row, tz).to_ical() for row in rows]


def _vevent(row: dict[str, Any], tz: str) -> icalendar.Event:
    event = icalendar.Event()
    stamps = {name: row[name].astimezone(UTC) for name in ("created", "updated") if row[name] is not pd.NaT}
    event.add("uid", LiteralText(f"{row['event_uid']}@cronofy"), encode=False)
    event.add("dtstamp", stamps.get("updated") or stamps.get("created") or datetime(1970, 1, 1, tzinfo=UTC))
    for name, time in stamps.items():
        event.add({"created": "created", "updated": "last-modified"}[name], time)
    _add_times(event, row, tz)
    for name, column in (("summary", "summary"), ("description", "description"), ("location", "location_description")):
        text = _clean(row[column]) if isinstance(row[column], str) else None
        if text or (text is not None and name == "summary"):
            event.add(name, LiteralText(text), encode=False)
    if row["status"] in STATUSES:
        event.add("status", STATUSES[row["status"]])
    _add_people(event, row)
    if isinstance(row["url"], str) and re.sub(r"\s", "", _clean(row["url"])):
        event.add("url", icalendar.vUri(re.sub(r"\s", "", _clean(row["url"]))), encode=False)
    categories = [_clean(text) for text in json.loads(row["categories"])] if isinstance(row["categories"], str) else []
    if any(categories):
        event.add("categories", [text for text in categories if text])
    if np.isfinite(row["location_lat"]) and np.isfinite(row["location_long"]):
        event.add("geo", (row["location_lat"], row["location_long"]))
    return event


def _clean(text: str) -> str:
    return re.sub("[\x00-\x08\x0b-\x1f\x7f]", "", re.sub(r"\r\n?", "\n", text))


def _add_times(event: icalendar.Event, row: dict[str, Any], tz: str) -> None:
    start, end = row["start"], row["end"]
    if row["all_day"]:
        start, end = start.date(), None if pd.isna(end) else end.date()
    else:
        zones = [row[name] if isinstance(row[name], str) else None for name in ("start_tzid", "end_tzid")]
        start = _local(start, zones[0] or tz)
        end = None if pd.isna(end) else _local(end, zones[1] or zones[0] or tz)
    for name, time in (("dtstart", start), ("dtend", end)):
        if time is None or (name == "dtend" and time <= start):
            continue
        zone = getattr(getattr(time, "tzinfo", None), "key", "UTC")
        if isinstance(time, datetime) and zone not in UTC_NAMES:
            event.add(name, time.replace(tzinfo=None), parameters={"TZID": zone})
        else:
            event.add(name, time)


def _local(time: pd.Timestamp, zone: str) -> date:
    local = time.to_pydatetime(warn=False).replace(microsecond=0).astimezone(ZoneInfo(zone))
    return local.astimezone(UTC) if local.fold else local


def _add_people(event: icalendar.Event, row: dict[str, Any]) -> None:
    for person in json.loads(row["attendees"]) if isinstance(row["attendees"], str) else []:
        email = re.sub(r"\s", "", _clean(person.get("email") or ""))
        if not email:
            continue
        address = icalendar.vCalAddress(f"mailto:{email}")
        name = re.sub(r"\s+", " ", _clean(person.get("display_name") or "")).strip()
        if name:
            address.params["CN"] = name
        if person.get("status") in REPLIES:
            address.params["PARTSTAT"] = REPLIES[person["status"]]
        event.add("attendee", address, encode=False)
