"""Zones as sheets name them, and wall times in them -> instants."""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from cronofy_frames.frames.offsets import Micros
from cronofy_frames.frames.timestamps import NAT
from cronofy_frames.sheets.problems import Mask, Problems
from cronofy_frames.sheets.read.date_parser import Walls
from cronofy_frames.sheets.read.file_column import FileColumn
from cronofy_frames.sheets.read.values import text_of
from cronofy_frames.zones import UnknownZone, windows_zone, zone_name


@dataclass(frozen=True, slots=True)
class Zones:
    """A column of zones: IANA names, None where there is none; and which cells hold something else."""

    names: npt.NDArray[np.object_]
    unread: Mask

    @staticmethod
    def all_the_same(name: str | None, count: int) -> Zones:
        """Return a column of one zone."""
        return Zones(np.full(count, name, object), np.zeros(count, np.bool_))

    def else_of(self, other: Zones) -> Zones:
        """Return these zones, and where there is none those of another column."""
        blank = pd.isna(self.names) & ~self.unread
        return Zones(np.where(blank, other.names, self.names), np.where(blank, other.unread, self.unread))

    @property
    def different(self) -> set[str]:
        """The zones that there are."""
        return {str(name) for name in set(self.names.tolist()) if name is not None}


def zones(column: FileColumn, problems: Problems) -> Zones:
    """Read a column of zones; those of Windows become IANA's."""
    texts = ["" if cell is pd.NA or cell is None or cell != cell else text_of(cell).strip() for cell in column.cells]
    known: dict[str, str | None] = {"": None}
    refused: dict[str, str] = {}
    for text in set(texts) - {""}:
        known[text], expected = _named(text)
        if expected:
            refused[text] = expected
    unread = np.array([text in refused for text in texts], np.bool_)
    for at in np.flatnonzero(unread).tolist():
        column.report_cell(problems, at, refused[texts[at]])
    names = np.empty(len(texts), object)
    names[:] = [known[text] for text in texts]
    return Zones(names, unread)


@functools.lru_cache(maxsize=1000)
def _named(text: str) -> tuple[str | None, str]:
    """Return the IANA name of a zone; None, and what was expected, for what is none."""
    try:
        return zone_name(text), ""
    except UnknownZone as unknown:
        name = windows_zone(text)
        return name, "" if name else unknown.expected


@dataclass(frozen=True, slots=True)
class Located:
    """Instants, and which wall times have none: skipped in spring, twice in autumn, without a zone."""

    micros: Micros
    skipped: Mask
    twice: Mask
    nowhere: Mask


def instants(walls: Walls, where: Zones, fold: int | None, wanted: Mask) -> Located:
    """Return the instants of the wanted wall times, by their offset or else in their zones."""
    count = len(walls.micros)
    micros = np.full(count, NAT)
    skipped, twice, nowhere = np.zeros((3, count), np.bool_)
    wanted = wanted & walls.there
    aware = wanted & (walls.offset != NAT)
    micros[aware] = walls.micros[aware] - walls.offset[aware]
    codes, names = pd.factorize(where.names, use_na_sentinel=True)
    for code, zone in enumerate(names):
        at = np.flatnonzero(wanted & ~aware & (codes == code))
        micros[at], skipped[at], twice[at] = _localised(walls.micros[at], zone, fold)
    nowhere[wanted & ~aware & (codes == -1) & ~where.unread] = True
    return Located(micros, skipped, twice, nowhere)


def _localised(walls: Micros, zone: str, fold: int | None) -> tuple[Micros, Mask, Mask]:
    clocks = pd.DatetimeIndex(walls.view("datetime64[us]"))
    times = _utc(clocks.tz_localize(zone, ambiguous="NaT", nonexistent="NaT"))
    skipped, twice = np.zeros((2, len(walls)), np.bool_)
    odd = np.flatnonzero(times == NAT)
    if odd.size:
        first = np.full(odd.size, fold != 1)
        either = _utc(clocks[odd].tz_localize(zone, ambiguous=first, nonexistent="NaT"))
        skipped[odd] = either == NAT
        if fold is None:
            twice[odd] = either != NAT
        else:
            times[odd] = either
    return times, skipped, twice


def _utc(times: pd.DatetimeIndex) -> Micros:
    found: Micros = times.tz_convert(None).to_numpy("datetime64[us]").view(np.int64).copy()
    return found
