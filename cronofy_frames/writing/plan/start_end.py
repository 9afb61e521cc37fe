"""Start and end of each row: instants or whole days, their zones, and their form on the wire.

A time is an instant only where its zone is known; nothing is guessed. A day is never converted between zones. Wire
formats: docs.cronofy.com/developers/api/data-types.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import pandas as pd

from cronofy_frames.frames.timestamps import parse_time
from cronofy_frames.sheets.problems import Mask, Problems
from cronofy_frames.wire.endpoint import OMITTED
from cronofy_frames.writing.plan.cell_parsers import Cells, InvalidCellError, parse_boolean, parse_text
from cronofy_frames.writing.plan.fields import parse_column, problem_recorder
from cronofy_frames.writing.plan.wall_times import (
    NAT,
    WHOLE_DAY,
    Seconds,
    TimeColumn,
    read_time_column,
    resolve_times,
)
from cronofy_frames.zone_texts import zone_of_text
from cronofy_frames.zones import EXPECTED_ZONE, UTC_NAMES, UnknownZone, tzid_of, zone_names

_DAY = 86_400  # seconds
_MOST_SUGGESTIONS = 20  # of a column: to look for zones with similar names takes a while


@dataclass(slots=True)
class RowTimes:
    """Start and end of all rows.

    Attributes
    ----------
    start, end
        Instants, or midnight UTC for whole days; `NAT` where there is no usable time.
    all_day
        Which rows are whole days.
    zones
        The zones of start and end of each row; None where no zone is known.
    zone_assumed
        True where neither the row nor tz= names a zone; it is the zone of the column's dtype. New events get it, and an
        existing event keeps its own zone.
    tz
        The zone in which a plan shows its times.
    """

    start: Seconds
    end: Seconds
    all_day: Mask
    zones: tuple[Cells, Cells]
    zone_assumed: Mask
    tz: str
    _texts: dict[str, Cells] = field(default_factory=dict)

    def texts(self, name: str) -> Cells:
        """Return the starts or ends as texts: UTC with Z, or dates; `OMITTED` where there is none."""
        if name not in self._texts:
            self._texts[name] = wire_texts(self.start if name == "start" else self.end, self.all_day)
        return self._texts[name]

    def event_fields(self) -> dict[str, Cells]:
        """Return start, end and tzid as events have them: one zone for both, or each time with its own."""
        start, end = self.texts("start").copy(), self.texts("end").copy()
        tzid = self.zones[0].copy()
        tzid[pd.isna(tzid)] = OMITTED
        for position in np.flatnonzero(self._zones_differ()).tolist():
            tzid[position] = OMITTED
            start[position] = time_with_zone(start[position], self.zones[0][position])
            end[position] = time_with_zone(end[position], self.zones[1][position])
        return {"start": start, "end": end, **({"tzid": tzid} if (tzid != OMITTED).any() else {})}

    def period_fields(self) -> dict[str, Cells]:
        """Return start and end, each with its zone, as available periods have them."""
        fields = {"start": self.texts("start").copy(), "end": self.texts("end").copy()}
        for cells, zones in zip(fields.values(), self.zones, strict=True):
            for position in np.flatnonzero((cells != OMITTED) & ~pd.isna(zones)).tolist():
                cells[position] = time_with_zone(cells[position], zones[position])
        return fields

    def _zones_differ(self) -> Mask:
        first, second = self.zones
        differ: Mask = np.asarray(first != second) & ~pd.isna(first) & ~pd.isna(second)
        known: Mask = (self.start != NAT) & (self.end != NAT)
        return differ & known


def wire_texts(times: Seconds, all_day: Mask) -> Cells:
    """Return instants as UTC text with Z and days as dates; `OMITTED` where there is none."""
    texts = np.full(len(times), OMITTED, object)
    timed, days = (times != NAT) & ~all_day, (times != NAT) & all_day
    texts[timed] = np.datetime_as_string(times[timed].view("M8[s]"), timezone="UTC").astype(object)
    texts[days] = np.datetime_as_string(times[days].view("M8[s]").astype("M8[D]")).astype(object)
    return texts


def time_with_zone(text: Any, zone: str) -> Any:
    """Return a time or date as an object with its zone; a time gets the zone's offset."""
    if text is OMITTED:
        return text
    time = parse_time(text)
    if not isinstance(time, datetime):
        return {"time": text, "tzid": zone}
    local = time.astimezone(ZoneInfo(zone))
    # offsets of a hundred years ago have seconds, which the wire cannot write
    keep = zone in UTC_NAMES or (local.utcoffset() or timedelta()) % timedelta(minutes=1)
    return {"time": text if keep else local.isoformat(timespec="seconds"), "tzid": zone}


# reading the columns


def read_times(frame: pd.DataFrame, problems: Problems, *, tz: str | None, timed: bool = False) -> RowTimes:
    """Read start and end of all rows.

    Parameters
    ----------
    frame
        The frame to plan.
    problems
        The problems to add to.
    tz
        The zone of wall times whose row names no zone.
    timed
        Whether whole days are a problem.
    """
    count = len(frame)
    all_day_cells = _read_all_day(frame, problems)
    named = {name: _read_zones(frame, name, problems) for name in ("start_tzid", "end_tzid", "tzid")}
    columns, times, all_day = {}, {}, {}
    for name in ("start", "end"):
        column = columns[name] = read_time_column(frame[name]) if name in frame.columns else TimeColumn.blank(count)
        # in an exported sheet tzid is the zone in which start and end are written, and start_tzid is the event's own
        zones = first_present(named["tzid"], named[f"{name}_tzid"], np.full(count, tz, object))
        resolve_times(column, name, all_day_cells, zones, frame, problems)
        all_day[name] = column.cell_types == WHOLE_DAY
        times[name] = np.where(all_day[name], column.walls, column.instants)
    if timed:
        _report_invalid_periods(times, all_day, frame, problems)
    else:
        _report_invalid_events(times, all_day, frame, problems)
    zones_of_rows, assumed = _row_zones(named, columns, all_day["start"], tz)
    shown = _display_zone(tz, columns["start"].zone)
    return RowTimes(times["start"], times["end"], all_day["start"], zones_of_rows, assumed, shown)


def _read_all_day(frame: pd.DataFrame, problems: Problems) -> npt.NDArray[np.int8]:
    """Return 1 where all_day is True, 0 where it is False, -1 where it is missing."""
    if "all_day" not in frame.columns:
        return np.full(len(frame), -1, np.int8)
    cells = parse_column(frame["all_day"], parse_boolean, problem_recorder(problems, "all_day"))
    return np.where(cells == OMITTED, -1, np.where(cells == True, 1, 0)).astype(np.int8)  # noqa: E712 - cell by cell


def _read_zones(frame: pd.DataFrame, name: str, problems: Problems) -> Cells:
    """Return the zones that a column names; None where it names none.

    An IANA name such as EST, whose meaning is a question, is taken as it is where no wall time depends on it.
    """
    if name not in frame.columns:
        return np.full(len(frame), None, object)
    suggestions = iter(range(_MOST_SUGGESTIONS))
    decides = not all(
        isinstance(frame[side].dtype, pd.DatetimeTZDtype) for side in ("start", "end") if side in frame.columns
    )

    def parse(value: Any) -> Any:
        text = parse_text(value).strip()
        if not text or (not decides and text in zone_names()):
            return tzid_of(text) or OMITTED
        try:
            return tzid_of(zone_of_text(text))
        except UnknownZone as unknown:
            raise InvalidCellError(EXPECTED_ZONE if next(suggestions, None) is None else unknown.expected) from None

    cells = parse_column(frame[name], parse, problem_recorder(problems, name))
    cells[cells == OMITTED] = None
    return cells


def _report_invalid_periods(
    times: dict[str, Seconds], all_day: dict[str, Mask], frame: pd.DataFrame, problems: Problems
) -> None:
    """Add a problem for each period that has whole days, or that does not end after its start."""
    start, end = times["start"], times["end"]
    _report_cells("start", all_day["start"], "a time, not a date", frame, problems)
    _report_cells("end", all_day["end"], "a time, not a date", frame, problems)
    _report_cells("end", (start != NAT) & (end != NAT) & (end <= start), "a time after start", frame, problems)


def _report_invalid_events(
    times: dict[str, Seconds], all_day: dict[str, Mask], frame: pd.DataFrame, problems: Problems
) -> None:
    """Add a problem for each event that ends before its start, or that mixes a time and a date."""
    start, end = times["start"], times["end"]
    both = (start != NAT) & (end != NAT)
    mixed = both & (all_day["start"] != all_day["end"])
    _report_cells("end", mixed, "a time if start is a time, or a date if start is a date", frame, problems)
    days = both & all_day["start"] & ~mixed
    expected = "the day after the last day, because the end of whole days is exclusive"
    _report_cells("end", days & (end == start), expected, frame, problems)
    is_before = both & ~mixed & (end < start)
    is_next_day = is_before & ~days & (start - end < _DAY)
    expected = "a time after start; if the row ends on the next day: its date, or overnight=True in read_sheet"
    _report_cells("end", is_next_day, expected, frame, problems)
    _report_cells("end", is_before & ~is_next_day, "a time after start", frame, problems)


def _report_cells(name: str, mask: Mask, expected: str, frame: pd.DataFrame, problems: Problems) -> None:
    problems.add_cells(mask, name, expected, lambda position: frame[name].iloc[position])


# zones


def first_present(*columns: Cells) -> Cells:
    """Return for each row the first value that is not missing; None if all are."""
    result = columns[0].copy()
    for column in columns[1:]:
        missing = pd.isna(result)
        result[missing] = column[missing]
    return result


def _row_zones(
    named: dict[str, Cells], columns: dict[str, TimeColumn], all_day: Mask, tz: str | None
) -> tuple[tuple[Cells, Cells], Mask]:
    """Return the zones of start and end of each row, and where they are only those of the columns."""
    # the other order than for wall times: tzid may only be the zone in which a sheet shows them
    explicit = {name: first_present(named[f"{name}_tzid"], named["tzid"]) for name in columns}
    zones = {name: first_present(explicit[name], _default_zones(columns[name], all_day, tz)) for name in columns}
    start, end = first_present(zones["start"], zones["end"]), first_present(zones["end"], zones["start"])
    names_no_zone = pd.isna(explicit["start"]) & pd.isna(explicit["end"]) & ~pd.isna(start)
    return (start, end), names_no_zone & np.full(len(all_day), tz is None)


def _default_zones(column: TimeColumn, all_day: Mask, tz: str | None) -> Cells:
    """Return the zones of rows that name none: `tz`, else that of the column; None for whole days and for UTC."""
    count = len(all_day)
    if tz is not None:
        zones = np.full(count, tz, object)
    else:
        zones = np.full(count, _zone_name(column.zone), object) if column.zones is None else column.zones.copy()
    zones[all_day | np.isin(zones.astype(str), list(UTC_NAMES))] = None
    return zones


def _zone_name(zone: Any) -> str | None:
    """Return the name of a zone; None for a fixed offset, which the wire does not take as a zone."""
    return str(zone) if zone is not None and str(zone) in zone_names() else None


def _display_zone(tz: str | None, zone: Any) -> str:
    return tz or _zone_name(zone) or "UTC"


def zone_of_column(frame: pd.DataFrame, name: str) -> str:
    """Return the zone of a column of times; UTC if it has none."""
    dtype = frame[name].dtype if name in frame.columns else None
    return _display_zone(None, dtype.tz if isinstance(dtype, pd.DatetimeTZDtype) else None)
