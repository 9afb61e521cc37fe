"""The columns of a file that have to do with time, as columns of instants."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from cronofy_frames.frames.clock_changes import Micros, midnights
from cronofy_frames.frames.timestamps import NAT
from cronofy_frames.sheets.problems import Mask, Problems
from cronofy_frames.sheets.read.day_order import day_order, half_converted_note
from cronofy_frames.sheets.read.file_column import FileColumn
from cronofy_frames.sheets.read.header_zones import header_zone
from cronofy_frames.sheets.read.headers import PARTS, REMINDER
from cronofy_frames.sheets.read.last_day import LastDay
from cronofy_frames.sheets.read.outlook_columns import reminders_column
from cronofy_frames.sheets.read.overnight import with_overnight_ends
from cronofy_frames.sheets.read.parsed_times import DAY, WallTimes
from cronofy_frames.sheets.read.row_lengths import with_durations
from cronofy_frames.sheets.read.start_end_columns import StartEnd, StartEndReader
from cronofy_frames.sheets.read.values import cell_text, text_column
from cronofy_frames.sheets.read.zone_columns import ZoneColumn, localize, parse_zone, read_zone_column
from cronofy_frames.text import by_count

SINGLE_TIMES = ("created", "updated")
_DATED = {"start", "end", *SINGLE_TIMES, *PARTS, "reminder_date"}
_PERIOD_COLUMNS = {"available_period_id", "participants"}  # of frames of periods, which are never whole days


@dataclass(frozen=True, slots=True)
class TimeOptions:
    """The arguments of `read_sheet` about times."""

    tz: str | None
    dayfirst: bool | None
    last_day: LastDay | None
    fold: int | None
    overnight: bool


class TimeColumnsReader:
    """Reads the columns of a file that have to do with time.

    Parameters
    ----------
    columns
        The columns of the file by our names.
    count
        The number of rows.
    options
        The arguments of `read_sheet` about times.
    problems
        The problems to add to.

    Attributes
    ----------
    start_end
        Start and end of each row, once they are read.
    notes
        Warnings for the user.
    """

    def __init__(self, columns: Mapping[str, FileColumn], count: int, options: TimeOptions, problems: Problems) -> None:
        self._columns = columns
        self._count = count
        self._options = options
        self._problems = problems
        self._without_zone: list[FileColumn] = []
        self.start_end: StartEnd | None = None
        allow_days = not _PERIOD_COLUMNS & set(columns)
        dated = [column for name, column in columns.items() if name in _DATED]
        dayfirst, self.notes = day_order(dated, options.dayfirst, problems.index)
        self.notes += [note for column in dated if (note := half_converted_note(column, problems.index))]
        self._reader = StartEndReader(
            columns,
            count,
            dayfirst=dayfirst,
            last_day=options.last_day,
            allow_days=allow_days,
            zone_at=self._start_zone_at,
            overnight=options.overnight,
            problems=problems,
        )

    def read(self) -> dict[str, pd.Series[Any]]:
        """Return those of start, end, all_day, created, updated, the zones and reminders that the file has."""
        header_zones = self._header_zones
        start_end = self._reader.read()
        named = self._read_zones(start_end)
        row_zones = self._row_zones(named, header_zones)
        start_end = with_overnight_ends(
            start_end, row_zones, self._columns, overnight=self._options.overnight, problems=self._problems
        )
        start_end, lengths = with_durations(start_end, self._columns, self._problems)
        self.start_end = start_end
        zone = self._options.tz or _shared_zone(named, header_zones)
        columns = self._read_start_end(start_end, lengths, row_zones, zone)
        columns |= self._read_single_times(row_zones["start"], zone)
        self._report_without_zone()
        return columns | self._zone_columns(named, row_zones, zone) | self._read_reminders(start_end)

    def _read_zones(self, start_end: StartEnd) -> dict[str, ZoneColumn]:
        """Return the columns of zones."""
        times = [walls for walls in (start_end.start, start_end.end) if walls is not None]
        is_needed = np.zeros(self._count, np.bool_) if times else np.ones(self._count, np.bool_)
        for walls in times:
            is_needed |= walls.present & (walls.offset == NAT)
        columns = {}
        for name in ("tzid", "start_tzid", "end_tzid"):
            if name in self._columns:
                decides = is_needed & (name == "tzid" or "tzid" not in self._columns)
                columns[name] = read_zone_column(self._columns[name], decides, self._problems)
        return columns

    def _start_zone_at(self, position: int) -> str | None:
        """Return the zone of a row's start, before the columns of zones are read."""
        for name in ("tzid", "start_tzid"):
            text = cell_text(self._columns[name].cells[position]).strip() if name in self._columns else ""
            if text:
                return parse_zone(text)[0]
        return self._header_zones["start"] or self._options.tz

    @functools.cached_property
    def _header_zones(self) -> dict[str, str | None]:
        """Return the zones that the headers of start and end name, of the time of day before the date."""
        zones = {}
        for side in ("start", "end"):
            names = [name for name in (f"{side}_time", side, f"{side}_date") if name in self._columns]
            named_zones = [header_zone(self._columns[name], self._options.tz, self._problems) for name in names]
            zones[side] = next((zone for zone in named_zones if zone is not None), None)
        return zones

    def _row_zones(
        self, named: Mapping[str, ZoneColumn], header_zones: Mapping[str, str | None]
    ) -> dict[str, ZoneColumn]:
        """Return the zones of the wall times of start and of end: of the row, else of the header, else `tz`.

        If there is a column tzid, start_tzid and end_tzid only tell where an event is shown. An end whose header names
        no zone has that of the start.
        """
        tz, count = self._options.tz, self._count
        default = ZoneColumn.constant(header_zones["start"] or tz, count)
        default_end = ZoneColumn.constant(header_zones["end"] or header_zones["start"] or tz, count)
        none = ZoneColumn.constant(None, count)
        if "tzid" in named:
            return {"start": named["tzid"].filled_from(default), "end": named["tzid"].filled_from(default_end)}
        start = named.get("start_tzid", none)
        end = named.get("end_tzid", none).filled_from(start)
        return {"start": start.filled_from(default), "end": end.filled_from(default_end)}

    def _read_start_end(
        self, start_end: StartEnd, lengths: Micros, row_zones: Mapping[str, ZoneColumn], zone: str
    ) -> dict[str, pd.Series[Any]]:
        instants: dict[str, Micros] = {}
        for side, walls in (("start", start_end.start), ("end", start_end.end)):
            if walls is None:
                continue
            column = self._reader.time_column(side if side == "start" or self._has(side) else "start")
            micros = self._localize(walls, row_zones[side], column, ~start_end.all_day)
            days = start_end.all_day & walls.present
            micros[days] = _midnights(walls.micros[days], zone)
            instants[side] = micros
        if (lengths != NAT).any():
            by_length = (lengths != NAT) & (instants["start"] != NAT)
            instants["end"] = np.where(by_length, instants["start"] + lengths, instants["end"])
        columns = {side: _series(micros, zone) for side, micros in instants.items()}
        if start_end.has_days or "all_day" in self._columns:
            columns["all_day"] = pd.Series(start_end.all_day)
        return columns

    def _read_single_times(self, row_zones: ZoneColumn, zone: str) -> dict[str, pd.Series[Any]]:
        columns = {}
        for name in SINGLE_TIMES:
            if name in self._columns:
                walls, every_row = self._reader.read_times(name), np.ones(self._count, np.bool_)
                columns[name] = _series(self._localize(walls, row_zones, self._columns[name], every_row), zone)
        return columns

    def _has(self, side: str) -> bool:
        return any(name in self._columns for name in (side, f"{side}_date", f"{side}_time"))

    def _localize(self, walls: WallTimes, zones: ZoneColumn, column: FileColumn, rows: Mask) -> Micros:
        """Return the instants of wall times, and add a problem for each that has none."""
        times = localize(walls, zones, self._options.fold, rows)
        for position in np.flatnonzero(times.skipped).tolist():
            zone = zones.names[position]
            expected = f"a time that exists: clocks in {zone} skip this one (they go forward)"
            column.report_cell(self._problems, position, expected)
        for position in np.flatnonzero(times.repeated).tolist():
            zone = zones.names[position]
            expected = f"an offset such as +01:00, or fold=0 or 1: clocks in {zone} show this time twice"
            column.report_cell(self._problems, position, expected)
        if times.without_zone.any():
            self._without_zone.append(column)
        return times.micros

    def _report_without_zone(self) -> None:
        """Add a problem if there are wall times without a zone."""
        if self._without_zone:
            names = list(dict.fromkeys(column.name for column in self._without_zone))
            actual = f"{' and '.join(names)} {by_count(len(names), 'has', 'have')} wall times without a zone"
            expected = "tz=, or a column tzid, for the zone of the times"
            self._without_zone[0].report_whole(self._problems, expected, actual)

    def _zone_columns(
        self, named: Mapping[str, ZoneColumn], row_zones: Mapping[str, ZoneColumn], zone: str
    ) -> dict[str, pd.Series[Any]]:
        """Return start_tzid and end_tzid: those of the file, else each row's zone if a column tzid has several."""
        has_sides = self._has("start") or self._has("end")
        several = "tzid" in named and has_sides and not row_zones["start"].distinct <= {zone}
        columns = {}
        for side in ("start", "end"):
            zones = named.get(f"{side}_tzid", row_zones[side] if several else None)
            if zones is not None:
                columns[f"{side}_tzid"] = text_column(zones.names.tolist())
        return columns

    def _read_reminders(self, start_end: StartEnd) -> dict[str, pd.Series[Any]]:
        if not any(name in self._columns for name in REMINDER):
            return {}
        start = start_end.start or WallTimes.missing(self._count)
        return {"reminders": reminders_column(self._columns, self._reader, start, self._problems)}


def _shared_zone(named: Mapping[str, ZoneColumn], header_zones: Mapping[str, str | None]) -> str:
    """Return the zone that all rows share, else UTC."""
    columns = [named["tzid"]] if "tzid" in named else list(named.values())
    zones = {name for column in columns for name in column.distinct} | {zone for zone in header_zones.values() if zone}
    return zones.pop() if len(zones) == 1 else "UTC"


def _midnights(days: Micros, zone: str) -> Micros:
    times = midnights((days - days % DAY).view("datetime64[us]"), zone)
    micros: Micros = times.tz_convert(None).to_numpy("datetime64[us]").view(np.int64)
    return micros


def _series(micros: Micros, zone: str) -> pd.Series[Any]:
    return pd.Series(pd.DatetimeIndex(micros.view("datetime64[us]")).tz_localize("UTC").tz_convert(zone))
