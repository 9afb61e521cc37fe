"""The columns of a sheet that have to do with time -> columns of instants."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from cronofy_frames.frames.offsets import Micros
from cronofy_frames.frames.timestamps import midnights
from cronofy_frames.sheets.problems import Mask, Problems
from cronofy_frames.sheets.read.date_parser import DAY, Walls
from cronofy_frames.sheets.read.file_column import FileColumn
from cronofy_frames.sheets.read.headers import REMINDER
from cronofy_frames.sheets.read.outlook_columns import reminders
from cronofy_frames.sheets.read.schedule import Schedule, Scheduler
from cronofy_frames.sheets.read.values import texts
from cronofy_frames.sheets.read.zones import Zones, instants, zones

SINGLE = ("created", "updated")
_PERIODS = {"available_period_id", "participants"}  # what frames of periods have, which are never whole days


class Timetable:
    """Reads everything in a sheet that has to do with time.

    Parameters
    ----------
    columns
        The file's columns by our names.
    count
        How many rows there are.
    tz, dayfirst, fold
        As for `read_sheet`.
    problems
        Takes what cannot be read.
    """

    def __init__(
        self,
        columns: Mapping[str, FileColumn],
        count: int,
        *,
        tz: str | None,
        dayfirst: bool | None,
        fold: int | None,
        problems: Problems,
    ) -> None:
        self._columns = columns
        self._count = count
        self._tz = tz
        self._fold = fold
        self._problems = problems
        self._homeless: list[FileColumn] = []
        whole_days = not _PERIODS & set(columns)
        self._scheduler = Scheduler(columns, count, dayfirst=dayfirst, whole_days=whole_days, problems=problems)

    def read(self) -> dict[str, pd.Series[Any]]:
        """Return the columns: start, end, all_day, created, updated, the zones, reminders; those that there are."""
        when = self._scheduler.read()
        said = {name: self._zones(name) for name in ("tzid", "start_tzid", "end_tzid") if name in self._columns}
        row = self._row_zones(said)
        telling = [said["tzid"]] if "tzid" in said else list(said.values())
        shared = {name for one in telling for name in one.different}
        zone = self._tz or (shared.pop() if len(shared) == 1 else "UTC")
        found = self._sides(when, row, zone)
        for name in SINGLE:
            if name in self._columns:
                walls = self._scheduler.moment(name)
                everywhere = np.ones(self._count, np.bool_)
                found[name] = _times(self._located(walls, row["start"], self._columns[name], everywhere), zone)
        if self._homeless:
            names = ", ".join(dict.fromkeys(column.name for column in self._homeless))
            expected = "tz=, or a column tzid, to say in which zone its times are"
            self._homeless[0].report_whole(self._problems, expected, f"wall times and no zone in {names}")
        return found | self._zone_columns(said, row, zone) | self._reminders(when)

    def _zones(self, name: str) -> Zones:
        return zones(self._columns[name], self._problems)

    def _row_zones(self, said: Mapping[str, Zones]) -> dict[str, Zones]:
        """Return the zones of the wall times on each side.

        Beside a column tzid, the zones of the two sides only say where an event is shown.
        """
        fallback = Zones.all_the_same(self._tz, self._count)
        none = Zones.all_the_same(None, self._count)
        if "tzid" in said:
            return dict.fromkeys(("start", "end"), said["tzid"].else_of(fallback))
        start = said.get("start_tzid", none)
        end = said.get("end_tzid", none).else_of(start)
        return {"start": start.else_of(fallback), "end": end.else_of(fallback)}

    def _sides(self, when: Schedule, row: Mapping[str, Zones], zone: str) -> dict[str, pd.Series[Any]]:
        found: dict[str, pd.Series[Any]] = {}
        for side, walls in (("start", when.start), ("end", when.end)):
            if walls is None:
                continue
            column = self._scheduler.column_of(side if side == "start" or self._has(side) else "start")
            micros = self._located(walls, row[side], column, ~when.all_day)
            days = when.all_day & walls.there
            micros[days] = _midnights(walls.micros[days], zone)
            found[side] = _times(micros, zone)
        if when.asked or "all_day" in self._columns:
            found["all_day"] = pd.Series(when.all_day)
        return found

    def _has(self, side: str) -> bool:
        return any(name in self._columns for name in (side, f"{side}_date", f"{side}_time"))

    def _located(self, walls: Walls, where: Zones, column: FileColumn, wanted: Mask) -> Micros:
        """Return the instants of wall times, and note those that have none."""
        found = instants(walls, where, self._fold, wanted)
        for at in np.flatnonzero(found.skipped).tolist():
            expected = f"a time that exists: clocks in {where.names[at]} skip it that night"
            column.report_cell(self._problems, at, expected)
        for at in np.flatnonzero(found.twice).tolist():
            expected = f"an offset such as +01:00, or fold=0 or 1: clocks in {where.names[at]} show it twice that night"
            column.report_cell(self._problems, at, expected)
        if found.nowhere.any():
            self._homeless.append(column)
        return found.micros

    def _zone_columns(
        self, said: Mapping[str, Zones], row: Mapping[str, Zones], zone: str
    ) -> dict[str, pd.Series[Any]]:
        """Return the columns of zones: the file's, else those that keep each row's own."""
        sided = self._has("start") or self._has("end")
        several = "tzid" in said and sided and not row["start"].different <= {zone}
        columns = {
            f"{side}_tzid": said.get(f"{side}_tzid", row[side] if several else None) for side in ("start", "end")
        }
        return {name: texts(one.names.tolist()) for name, one in columns.items() if one is not None}

    def _reminders(self, when: Schedule) -> dict[str, pd.Series[Any]]:
        if not any(name in self._columns for name in REMINDER):
            return {}
        start = when.start or Walls.missing(self._count)
        return {"reminders": reminders(self._columns, self._scheduler, start, self._problems)}


def _midnights(days: Micros, zone: str) -> Micros:
    at = midnights((days - days % DAY).view("datetime64[us]"), zone)
    found: Micros = at.tz_convert(None).to_numpy("datetime64[us]").view(np.int64)
    return found


def _times(micros: Micros, zone: str) -> pd.Series[Any]:
    return pd.Series(pd.DatetimeIndex(micros.view("datetime64[us]")).tz_localize("UTC").tz_convert(zone))
