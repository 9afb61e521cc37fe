"""Columns of time zones, and the instants of wall times in them."""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from cronofy_frames.frames.clock_changes import Micros
from cronofy_frames.frames.timestamps import NAT
from cronofy_frames.sheets.problems import Mask, Problems
from cronofy_frames.sheets.read.file_column import FileColumn
from cronofy_frames.sheets.read.parsed_times import WallTimes
from cronofy_frames.sheets.read.values import cell_text
from cronofy_frames.zone_texts import zone_of_text
from cronofy_frames.zones import UnknownZone, zone_names


@dataclass(frozen=True, slots=True)
class ZoneColumn:
    """A column of zones: IANA names, None where there is none; and which cells hold something else."""

    names: npt.NDArray[np.object_]
    unread: Mask

    @staticmethod
    def constant(name: str | None, count: int) -> ZoneColumn:
        """Return a column with the same zone in each row."""
        return ZoneColumn(np.full(count, name, object), np.zeros(count, np.bool_))

    def filled_from(self, other: ZoneColumn) -> ZoneColumn:
        """Return these zones, with blank cells filled from another column."""
        is_blank = pd.isna(self.names) & ~self.unread
        return ZoneColumn(np.where(is_blank, other.names, self.names), np.where(is_blank, other.unread, self.unread))

    @property
    def distinct(self) -> set[str]:
        """The zones that occur."""
        return {str(name) for name in set(self.names.tolist()) if name is not None}


def read_zone_column(column: FileColumn, decides: Mask, problems: Problems) -> ZoneColumn:
    """Read a column of zones, in the forms of `zone_of_text`.

    Parameters
    ----------
    column
        The column.
    decides
        The rows whose wall times are in this zone. In the others it only tells where an event is shown, so that an IANA
        name such as EST is taken as it is.
    problems
        The problems to add to.
    """
    texts = ["" if cell is pd.NA or cell is None or cell != cell else cell_text(cell).strip() for cell in column.cells]
    names = np.full(len(texts), None, object)
    unread = np.zeros(len(texts), np.bool_)
    for position, text in enumerate(texts):
        if not text:
            continue
        names[position], expected = parse_zone(text)
        if expected and not decides[position] and text in zone_names():
            names[position] = text
        elif expected:
            unread[position] = True
            column.report_cell(problems, position, expected)
    return ZoneColumn(names, unread)


@functools.lru_cache(maxsize=1000)
def parse_zone(text: str) -> tuple[str | None, str]:
    """Return the IANA name of a zone and ""; for any other text None, and what the cell should hold."""
    try:
        return zone_of_text(text), ""
    except UnknownZone as unknown:
        return None, unknown.expected


@dataclass(frozen=True, slots=True)
class LocalizedTimes:
    """The instants of wall times, and which have none because clocks skip or repeat them, or without a zone."""

    micros: Micros
    skipped: Mask
    repeated: Mask
    without_zone: Mask


def localize(walls: WallTimes, zones: ZoneColumn, fold: int | None, rows: Mask) -> LocalizedTimes:
    """Return the instants of the wall times of some rows, by their own offset or else in their zones.

    Parameters
    ----------
    walls
        The wall times.
    zones
        The zone of each.
    fold
        Which occurrence of a repeated wall time to use, 0 or 1; with None it has no instant.
    rows
        The rows to convert; the others get no instant.
    """
    count = len(walls.micros)
    micros = np.full(count, NAT)
    skipped, repeated, without_zone = np.zeros((3, count), np.bool_)
    rows = rows & walls.present
    with_offset = rows & (walls.offset != NAT)
    micros[with_offset] = walls.micros[with_offset] - walls.offset[with_offset]
    codes, names = pd.factorize(zones.names, use_na_sentinel=True)
    for code, zone in enumerate(names):
        at = np.flatnonzero(rows & ~with_offset & (codes == code))
        micros[at], skipped[at], repeated[at] = _localize_in(zone, walls.micros[at], fold)
    without_zone[rows & ~with_offset & (codes == -1) & ~zones.unread] = True
    return LocalizedTimes(micros, skipped, repeated, without_zone)


def _localize_in(zone: str, walls: Micros, fold: int | None) -> tuple[Micros, Mask, Mask]:
    """Return the instants of wall times in one zone, which are skipped, and which are repeated."""
    times = pd.DatetimeIndex(walls.view("datetime64[us]"))
    instants = _utc_micros(times.tz_localize(zone, ambiguous="NaT", nonexistent="NaT"))
    skipped, repeated = np.zeros((2, len(walls)), np.bool_)
    unclear = np.flatnonzero(instants == NAT)
    if unclear.size:
        use_first = np.full(unclear.size, fold != 1)
        chosen = _utc_micros(times[unclear].tz_localize(zone, ambiguous=use_first, nonexistent="NaT"))
        skipped[unclear] = chosen == NAT
        if fold is None:
            repeated[unclear] = chosen != NAT
        else:
            instants[unclear] = chosen
    return instants, skipped, repeated


def _utc_micros(times: pd.DatetimeIndex) -> Micros:
    micros: Micros = times.tz_convert(None).to_numpy("datetime64[us]").view(np.int64).copy()
    return micros
