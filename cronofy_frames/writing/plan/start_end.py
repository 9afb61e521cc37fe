"""Start and end of each row: instants or days, in which zone, and how the wire writes them.

The law of this file: a time is an instant only when its zone is known; nothing is guessed. A day is a day: it never
passes through a zone. Forms: docs.cronofy.com/developers/api/data-types.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import pandas as pd

from cronofy_frames.sheets.problems import Mask, Problems
from cronofy_frames.wire.endpoint import OMITTED
from cronofy_frames.writing.plan.cell_parsers import Cells, Unfit, boolean, text_of
from cronofy_frames.writing.plan.fields import cells_of, noting
from cronofy_frames.writing.plan.wall_times import NAT, WHOLE_DAY, Clock, Seconds, read_clock, settle
from cronofy_frames.zones import EXPECTED_ZONE, UTC_NAMES, UnknownZone, tzid_of, zone_names

MOST_HINTS = 20


@dataclass(slots=True)
class When:
    """Start and end of all rows, read.

    Attributes
    ----------
    start, end
        Instants, or midnight UTC of days; `NAT` where there is none that can be used.
    dated
        Which rows are whole days.
    zones
        The zone of start and end of each row, None where none is known.
    weak
        Where the zone is that of the column: good for a new event, but no wish to move one that stands elsewhere.
    tz
        The zone in which a plan shows its times.
    """

    start: Seconds
    end: Seconds
    dated: Mask
    zones: tuple[Cells, Cells]
    weak: Mask
    tz: str
    _texts: dict[str, Cells] = field(default_factory=dict)

    def texts(self, name: str) -> Cells:
        """Return the starts or ends as texts: UTC with Z, or dates; `OMITTED` where there is none."""
        if name not in self._texts:
            self._texts[name] = written(self.start if name == "start" else self.end, self.dated)
        return self._texts[name]

    def wire(self) -> dict[str, Cells]:
        """Return start, end and tzid as events have them: one zone beside both, or each with its own."""
        start, end = self.texts("start").copy(), self.texts("end").copy()
        tzid = self.zones[0].copy()
        tzid[pd.isna(tzid)] = OMITTED
        for at in np.flatnonzero(self._apart()).tolist():
            tzid[at] = OMITTED
            start[at] = placed(start[at], self.zones[0][at])
            end[at] = placed(end[at], self.zones[1][at])
        return {"start": start, "end": end, **({"tzid": tzid} if (tzid != OMITTED).any() else {})}

    def wire_apart(self) -> dict[str, Cells]:
        """Return start and end, each with its zone, as available periods have them."""
        told = {"start": self.texts("start").copy(), "end": self.texts("end").copy()}
        for cells, zones in zip(told.values(), self.zones, strict=True):
            for at in np.flatnonzero((cells != OMITTED) & ~pd.isna(zones)).tolist():
                cells[at] = placed(cells[at], zones[at])
        return told

    def _apart(self) -> Mask:
        first, second = self.zones
        apart: Mask = np.asarray(first != second) & ~pd.isna(first) & ~pd.isna(second)
        known: Mask = (self.start != NAT) & (self.end != NAT)
        return apart & known


def written(at: Seconds, dated: Mask) -> Cells:
    """Return instants as UTC text with Z and days as dates; `OMITTED` where there is none."""
    texts = np.full(len(at), OMITTED, object)
    timed, days = (at != NAT) & ~dated, (at != NAT) & dated
    texts[timed] = np.datetime_as_string(at[timed].view("M8[s]"), timezone="UTC").astype(object)
    texts[days] = np.datetime_as_string(at[days].view("M8[s]").astype("M8[D]")).astype(object)
    return texts


def placed(text: Any, zone: str) -> Any:
    """Return a time or date as an object with its zone; times with the zone's offset."""
    if text is OMITTED or len(text) == len("2026-03-04"):
        return text if text is OMITTED else {"time": text, "tzid": zone}
    local = datetime.fromisoformat(text.replace("Z", "+00:00")).astimezone(ZoneInfo(zone))
    offset = local.utcoffset() or timedelta()
    # offsets of a hundred years ago have seconds, which the wire cannot write
    plain = zone in UTC_NAMES or offset % timedelta(minutes=1)
    return {"time": text if plain else local.isoformat(timespec="seconds"), "tzid": zone}


def read_when(frame: pd.DataFrame, problems: Problems, *, tz: str | None, timed: bool = False) -> When:
    """Read start and end of all rows.

    Parameters
    ----------
    frame
        The sheet.
    problems
        Where what is wrong goes.
    tz
        The zone of times that name none.
    timed
        Whether days are wrong.
    """
    count = len(frame)
    whole = _whole_days(frame, problems)
    named = {name: _zones(frame, name, problems) for name in ("start_tzid", "end_tzid", "tzid")}
    clocks, places, dated = {}, {}, {}
    for name in ("start", "end"):
        own = first_of(named["tzid"], named[f"{name}_tzid"])
        clock = clocks[name] = read_clock(frame[name]) if name in frame.columns else Clock.blank(count)
        settle(clock, name, whole, first_of(own, np.full(count, tz, object)), frame, problems)
        dated[name] = clock.kinds == WHOLE_DAY
        places[name] = np.where(dated[name], clock.walls, clock.at)
    _check_pairs(places, dated, frame, problems, timed=timed)
    zones, weak = _zones_of_rows(named, clocks, dated["start"], tz)
    return When(places["start"], places["end"], dated["start"], zones, weak, _shown(tz, clocks["start"].zone))


def _whole_days(frame: pd.DataFrame, problems: Problems) -> npt.NDArray[np.int8]:
    """Return 1 where all_day is True, 0 where it is False, -1 where it is not said."""
    if "all_day" not in frame.columns:
        return np.full(len(frame), -1, np.int8)
    cells = cells_of(frame["all_day"], boolean, noting(problems, "all_day"))
    return np.where(cells == OMITTED, -1, np.where(cells == True, 1, 0)).astype(np.int8)  # noqa: E712 - cell by cell


def _zones(frame: pd.DataFrame, name: str, problems: Problems) -> Cells:
    """Return the zones that a column names, None where it names none."""
    if name not in frame.columns:
        return np.full(len(frame), None, object)
    refused = itertools.count()  # looking for the names that resemble one takes a while

    def read(value: Any) -> Any:
        text = text_of(value).strip()
        if not text or text in zone_names():
            return tzid_of(text) or OMITTED
        raise Unfit(UnknownZone(text).expected if next(refused) < MOST_HINTS else EXPECTED_ZONE)

    cells = cells_of(frame[name], read, noting(problems, name))
    cells[cells == OMITTED] = None
    return cells


def _check_pairs(
    places: dict[str, Seconds], dated: dict[str, Mask], frame: pd.DataFrame, problems: Problems, *, timed: bool
) -> None:
    start, end = places["start"], places["end"]
    both = (start != NAT) & (end != NAT)

    def came(at: int) -> Any:
        return frame["end"].iloc[at]

    if timed:
        for name in ("start", "end"):
            for at in np.flatnonzero(dated[name]).tolist():
                problems.add_cell(at, name, "a time, not a day", frame[name].iloc[at])
        problems.add_cells(both & (end <= start), "end", "a time after start", came)
        return
    apart = both & (dated["start"] != dated["end"])
    problems.add_cells(apart, "end", "a time where start is one, and a date where start is one", came)
    days = both & dated["start"] & ~apart
    words = "the day after the last day, for the end of whole days is not one of them"
    problems.add_cells(days & (end == start), "end", words, came)
    problems.add_cells(both & ~apart & (end < start), "end", "a time after start", came)


def first_of(*columns: Cells) -> Cells:
    """Return of each row the first value that is there, None where none is."""
    found = columns[0].copy()
    for other in columns[1:]:
        nothing = pd.isna(found)
        found[nothing] = other[nothing]
    return found


def _zones_of_rows(
    named: dict[str, Cells], clocks: dict[str, Clock], dated: Mask, tz: str | None
) -> tuple[tuple[Cells, Cells], Mask]:
    """Return the zones of start and end of each row, and where they are only those of the columns."""
    own, given = {}, {}
    for name, clock in clocks.items():
        given[name] = first_of(named[f"{name}_tzid"], named["tzid"])
        own[name] = first_of(given[name], _fallback(clock, dated, tz))
    start, end = first_of(own["start"], own["end"]), first_of(own["end"], own["start"])
    weak = pd.isna(given["start"]) & pd.isna(given["end"]) & ~pd.isna(start) & np.full(len(dated), tz is None)
    return (start, end), weak


def _fallback(clock: Clock, dated: Mask, tz: str | None) -> Cells:
    """Return the zones of rows that name none: that of tz=, else of the column; none for days, and none for UTC."""
    count = len(dated)
    if tz is not None:
        zones = np.full(count, tz, object)
    else:
        zones = np.full(count, _named(clock.zone), object) if clock.zones is None else clock.zones.copy()
    zones[dated | np.isin(zones.astype(str), list(UTC_NAMES))] = None
    return zones


def _named(zone: Any) -> str | None:
    """Return a zone's name; None for a fixed offset, which is no zone of the wire."""
    return str(zone) if zone is not None and str(zone) in zone_names() else None


def _shown(tz: str | None, zone: Any) -> str:
    return tz or _named(zone) or "UTC"


def zone_of_column(frame: pd.DataFrame, name: str) -> str:
    """Return the zone of a column of times; UTC where it has none."""
    dtype = frame[name].dtype if name in frame.columns else None
    return _shown(None, dtype.tz if isinstance(dtype, pd.DatetimeTZDtype) else None)
