"""Times of rows as content lines of iCalendar: whole columns at a time, in the zones that the rows name."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from cronofy_frames.sheets.export.cells import LARGE, join_texts
from cronofy_frames.zones import UTC_NAMES, zone_name

Seconds = npt.NDArray[np.datetime64]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class EventTimes:
    """Start and end of each row.

    Attributes
    ----------
    starts, ends
        What follows the name of the property, as `;TZID=Europe/London:20260304T090000`; None without an end, or for an
        end that is not later than the start (RFC 5545, 3.8.2.2).
    zones
        The zones that they name.
    """

    starts: list[str | None]
    ends: list[str | None]
    zones: set[str]


def event_times(rows: pd.DataFrame, zone: str) -> EventTimes:
    """Return start and end of each row: dates for all-day rows, else times in the rows' own zones or the given one."""
    days = rows["all_day"].to_numpy(np.bool_)
    zones: set[str] = set()
    start_zones = _zone_names(rows, "start_tzid", np.full(len(rows), zone_key(zone), object))
    starts = _properties(rows["start"], days, start_zones, zones)
    ends = _properties(rows["end"], days, _zone_names(rows, "end_tzid", start_zones), zones, _is_later(rows, days))
    return EventTimes(starts, ends, zones)


def utc_texts(times: pd.Series[Any]) -> list[str | None]:
    """Return instants as iCalendar writes them in UTC."""
    texts: list[str | None] = _texts(_seconds(times), "Z").to_pylist()
    return texts


@functools.cache
def zone_key(name: Any) -> str | None:
    """Return the name under which a zone is written; None if there is no such zone."""
    try:
        key: str = ZoneInfo(zone_name(name)).key
    except ValueError:
        return None
    return key


def _seconds(times: pd.Series[Any]) -> Seconds:
    seconds: Seconds = times.dt.tz_convert(None).to_numpy("M8[s]")
    return seconds


def _zone_names(rows: pd.DataFrame, column: str, default: npt.NDArray[np.object_]) -> npt.NDArray[np.object_]:
    """Return the zone of each row, that of a column if it is known."""
    if column not in rows:
        return default
    keys = [zone_key(name) if isinstance(name, str) else None for name in rows[column].tolist()]
    return np.array([own or other for own, other in zip(keys, default, strict=True)], object)


def _is_later(rows: pd.DataFrame, days: Mask) -> Mask:
    """Return which ends are later than the start, by the second or by the day."""
    start, end = rows["start"], rows["end"]
    later: Mask = np.where(days, _dates(end) > _dates(start), _seconds(end) > _seconds(start))
    return later


def _dates(times: pd.Series[Any]) -> Seconds:
    dates: Seconds = times.dt.tz_localize(None).to_numpy("M8[D]")
    return dates


def _properties(
    times: pd.Series[Any], days: Mask, names: npt.NDArray[np.object_], zones: set[str], chosen: Mask | None = None
) -> list[str | None]:
    """Return times as properties, and add the zones that they name to a set."""
    properties = np.full(len(times), None, object)
    written = times.notna().to_numpy() if chosen is None else chosen
    dates = _texts(_dates(times)[days & written].astype("M8[s]"), "")
    properties[days & written] = [f";VALUE=DATE:{text[:8]}" for text in dates.to_pylist()]
    timed = written & ~days
    for name in set(names[timed].tolist()):
        mask = timed & (names == name)
        properties[mask] = _properties_in_zone(times[mask], name)
        if name not in UTC_NAMES:
            zones.add(name)
    return properties.tolist()


def _properties_in_zone(times: pd.Series[Any], zone: str) -> list[str]:
    """Return times in a zone; in UTC where clocks show the wall time for the second time (RFC 5545, 3.3.5)."""
    utc = [f":{text}" for text in utc_texts(times)]
    if zone in UTC_NAMES:
        return utc
    instants = pd.DatetimeIndex(_seconds(times)).tz_localize("UTC")
    walls = instants.tz_convert(zone).tz_localize(None)
    first = walls.tz_localize(zone, ambiguous=np.ones(len(walls), np.bool_), nonexistent="NaT")
    local = _texts(walls.to_numpy("M8[s]"), "").to_pylist()
    texts = zip(local, utc, np.asarray(first != instants).tolist(), strict=True)
    return [in_utc if is_second else f";TZID={zone}:{wall}" for wall, in_utc, is_second in texts]


def _texts(times: Seconds, suffix: str) -> Any:
    """Return times without a zone as Arrow texts such as 20260304T090000, and a suffix."""
    texts = pc.replace_substring_regex(pa.array(times).cast(LARGE), "[-:]", "")
    return join_texts([pc.replace_substring(texts, " ", "T"), suffix])
