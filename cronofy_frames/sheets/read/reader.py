"""From a spreadsheet to a tidy frame."""

from __future__ import annotations

import copy
import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from cronofy_frames.caller import caller_level
from cronofy_frames.errors import FrameError
from cronofy_frames.frames.timestamps import to_timezone
from cronofy_frames.sheets.problems import Problems
from cronofy_frames.sheets.read.file_column import FileColumn
from cronofy_frames.sheets.read.grids import Choices, Sheet, Source, opened
from cronofy_frames.sheets.read.headers import DTYPES, PARTS, REMINDER, Heading, dropped, headings
from cronofy_frames.sheets.read.outlook_columns import OURS, became, invited, private, shown
from cronofy_frames.sheets.read.timetable import SINGLE, Timetable
from cronofy_frames.sheets.read.uncomputed_cells import Lost
from cronofy_frames.sheets.read.values import as_they_are, booleans, integers, numbers, texts
from cronofy_frames.sheets.unread_cells import records_of
from cronofy_frames.text import by_count, join_names, quantity
from cronofy_frames.zones import zone_name

_QUOTED = 3  # problems that a warning quotes
_TIMES = {"start", "end", *SINGLE, *PARTS}
_OF_TIME = {*_TIMES, *REMINDER, "all_day", "start_tzid", "end_tzid", "tzid"}


class SheetWarning(UserWarning):
    """A file was read, but not all of it as it may have been meant; the message says what."""


def read_sheet(
    source: Source,
    *,
    tz: str | None = None,
    columns: Mapping[str, str | None] | None = None,
    dayfirst: bool | None = None,
    fold: int | None = None,
    sheet: str | int | None = None,
    header: int | None = None,
    encoding: str | None = None,
    delimiter: str | None = None,
) -> pd.DataFrame:
    r"""Read a spreadsheet into a tidy frame.

    .csv (whatever stands between its cells, in UTF-8, UTF-16 or a Windows code page), .xlsx, .xls, .ods, .parquet and
    .json (a list of objects), as the content says. Columns are known by our names, those of Google Calendar's and
    Outlook's files, and plain words such as Title, Date or Guests; others are kept as they are and named in a warning.
    What `export` wrote comes back as it was; in .csv and .xlsx a blank cell is missing.

    Times: as ISO 8601 writes them, with the month in English, with 12 or 24 hours, or as workbooks keep them. Dates
    such as 3/4/2026 need `dayfirst`. A wall time is in the zone of its row: its offset, the column `tzid`, else
    `start_tzid` and `end_tzid`, else `tz`. Columns for the date and the time of day become `start` and `end`. A row is
    all day where the column `all_day` says so, or says nothing and there is no time of day; in columns for date and
    time the last day counts (Google, Outlook), in `end` it does not.

    Parameters
    ----------
    source
        A path, a buffer, or bytes.
    tz
        The IANA zone of the frame's times, and of wall times that have none; by default the zone that all rows share,
        else UTC.
    columns
        What the file's headers mean, as in `{"Was": "summary", "Datum": "start_date"}`: our names, or start_date,
        start_time, end_date, end_time; None leaves a column out.
    dayfirst
        Whether 3/4/2026 is the third of April; never guessed.
    fold
        Which of the two is meant where clocks show a time twice: 0 the first, 1 the second.
    sheet
        Name of the worksheet, or its number from 0; by default the first that can be seen and has anything in it.
    header
        Number of the row that has the names; by default the first with at least two that are known.
    encoding, delimiter
        Of a text file, where what is found is not right.

    Returns
    -------
    DataFrame
        The columns in the file's order, with the dtypes that all our frames have. The labels are the spreadsheet's
        row numbers; Parquet keeps its index, and JSON counts from 0. `attrs["cronofy"]["problems"]` lists the cells
        that could not be read, which are missing.

    Raises
    ------
    FileNotFoundError
        There is no such file.
    FrameError
        The order of day and month, or the zone, is nowhere said: `.problems` is a frame of what is wrong, `.partial`
        what could be read.
    ValueError
        The file cannot be read, an argument makes no sense, or two columns mean the same.

    Warns
    -----
    SheetWarning
        Columns are not known, cells could not be read, or the encoding was guessed.

    Examples
    --------
    >>> lines = ["Title,Date,Start time,End time", "Kick-off,2026-04-03,9:00 AM,10:30 AM", "Offsite,2026-04-06,,"]
    >>> path = folder / "plan.csv"
    >>> path.write_text("\n".join(lines)) > 0
    True
    >>> cf.read_sheet(path, tz="Europe/Paris")[["summary", "start", "all_day"]]
          summary                     start  all_day
    row
    2    Kick-off 2026-04-03 09:00:00+02:00    False
    3     Offsite 2026-04-06 00:00:00+02:00     True
    """
    tz = None if tz is None else zone_name(tz)
    if fold not in (None, 0, 1) or dayfirst not in (None, True, False):
        raise ValueError("fold is 0, 1 or None, and dayfirst True, False or None.")
    meant = {header: name for header, name in (columns or {}).items() if name is not None}
    found = opened(source, Choices(meant, sheet, header, encoding, delimiter))
    found.leave_out(dropped(found.headers, columns))
    names = headings(found.headers, meant)
    frame = _Reading(found, names, tz=tz, dayfirst=dayfirst, fold=fold).frame()
    _tell(found, names, frame)
    return frame


def _tell(found: Sheet, names: list[Heading], frame: pd.DataFrame) -> None:
    """Warn of what was not read as it may have been meant, or refuse."""
    for note in [*found.notes, *_unknown(names)]:
        warnings.warn(note, SheetWarning, stacklevel=caller_level())
    if found.problems.of_columns:
        raise _unreadable_columns(found.problems, frame)
    if found.problems:
        warnings.warn(_unread_cells(found.problems), SheetWarning, stacklevel=caller_level())


def _unread_cells(problems: Problems) -> str:
    """Return the warning about cells that could not be read."""
    count = len(problems)
    more = "; …" if count > _QUOTED else ""
    return (
        f"{quantity(count, 'cell')} could not be read and {by_count(count, 'is', 'are')} missing: "
        f"{'; '.join(problems.messages(_QUOTED))}{more}. plan_events reports them again, with its own."
    )


def _unreadable_columns(problems: Problems, partial: pd.DataFrame) -> FrameError:
    """Return the error for a table with columns that cannot be read until the caller says more."""
    columns = [f"{problem.column}: expected {problem.expected}; {problem.actual}" for problem in problems.of_columns]
    cells = len(problems) - len(columns)
    also = f" {quantity(cells, 'single cell')} could not be read either." if cells else ""
    error = FrameError(
        f"{' / '.join(columns)}.{also} Say so and read again; `.problems` has all of them, `.partial` the rest.",
        problems.frame(),
    )
    error.partial = partial
    return error


def _unknown(names: list[Heading]) -> list[str]:
    # a column `row` is what `export` makes of the labels that we gave
    unknown = [heading.name for heading in names if not heading.known and heading.name != "row"]
    if not unknown:
        return []
    if len(unknown) == len(names):
        return [
            f"No column is known here: {join_names(map(repr, unknown))}. If these are not the names, say in which row "
            "they are: header=, or on which worksheet: sheet=; else what they mean: columns={...}."
        ]
    one = by_count(len(unknown), "a column that is", "columns that are")
    which = by_count(len(unknown), "it", "one of them")
    return [
        f"The file has {one} not known here and kept as in the file: {join_names(map(repr, unknown))}. "
        f"If {which} matters, say what it is: columns={{...}}."
    ]


class _Reading:
    """Makes the frame of a sheet."""

    def __init__(
        self, sheet: Sheet, names: list[Heading], *, tz: str | None, dayfirst: bool | None, fold: int | None
    ) -> None:
        self._sheet = sheet
        self._names = names
        self._count = len(sheet.labels)
        self._problems = sheet.problems
        self._note_lost()
        self._columns = {
            heading.name: FileColumn(became(heading.name)[0], heading.header, cells)
            for heading, cells in zip(names, sheet.columns, strict=True)
            if heading.known
        }
        self._tz = tz
        self._table = Timetable(
            self._columns, self._count, tz=tz, dayfirst=dayfirst, fold=fold, problems=self._problems
        )

    def frame(self) -> pd.DataFrame:
        """Return the frame."""
        settled = self._settled()
        times = {} if settled or not self._timed() else self._table.read()
        made: dict[str, pd.Series[Any]] = {}
        for heading, cells in zip(self._names, self._sheet.columns, strict=True):
            for name, values in self._made(heading, cells, times, settled=settled).items():
                made.setdefault(name, values)
        made = _placed(made, times)
        frame = pd.DataFrame(made, index=pd.RangeIndex(self._count), copy=False)
        frame.index = self._labels(frame)
        frame.attrs = self._attrs(frame)
        return to_timezone(frame, self._tz) if settled and self._tz else frame

    def _note_lost(self) -> None:
        """Make cells without a value blank, and say so."""
        for n, (heading, cells) in enumerate(zip(self._names, self._sheet.columns, strict=True)):
            if isinstance(cells, list) and any(isinstance(cell, Lost) for cell in cells):
                column = FileColumn(became(heading.name)[0], heading.header, cells)
                where = np.array([isinstance(cell, Lost) for cell in cells], np.bool_)
                column.report(self._problems, where, "a value: open the file, calculate, mend and save it")
                self._sheet.columns[n] = [None if isinstance(cell, Lost) else cell for cell in cells]

    def _timed(self) -> bool:
        """Whether there are times at all; those of weekly rules are texts."""
        return bool(_TIMES & set(self._columns)) and "availability_rule_id" not in self._columns

    def _settled(self) -> bool:
        """Whether the times are instants already, as in our Parquet."""
        there = _TIMES & set(self._columns)
        aware = [isinstance(getattr(self._columns[name].cells, "dtype", None), pd.DatetimeTZDtype) for name in there]
        return bool(there) and all(aware) and not ({*PARTS, "tzid"} & set(self._columns))

    def _made(
        self, heading: Heading, cells: Any, times: Mapping[str, pd.Series[Any]], *, settled: bool
    ) -> dict[str, pd.Series[Any]]:
        """Return what a column of the file becomes."""
        name = heading.name
        if not heading.known:
            return {name: as_they_are(cells, typed=self._sheet.typed)}
        if times and name in _OF_TIME:
            return {one: times[one] for one in became(name) if one in times}
        if name in OURS or (name == "event_private" and "sensitivity" in self._columns):
            return self._foreign(name)
        if settled and name in _TIMES:
            times_kept: pd.Series[Any] = cells.astype(pd.DatetimeTZDtype("us", cells.dtype.tz))
            return {name: times_kept}
        return {name: self._typed(name, self._columns[name])}

    def _foreign(self, name: str) -> dict[str, pd.Series[Any]]:
        columns = self._columns
        if name == "show_time_as":
            return shown(columns[name], self._problems)
        if name in ("required_attendees", "optional_attendees"):
            return {"attendees": invited(columns)}
        return {"event_private": private(columns.get("event_private"), columns["sensitivity"], self._problems)}

    def _typed(self, name: str, column: FileColumn) -> pd.Series[Any]:
        """Return a column as its dtype wants it."""
        dtype = DTYPES.get(name, "text")
        if dtype not in _READERS:
            return texts(column.cells)
        read, expected = _READERS[dtype]
        values: pd.Series[Any]
        values, unread = read(column.cells)
        column.report(self._problems, unread, expected)
        return values.fillna(value=False).astype("bool") if dtype in ("bool", "dated") else values

    def _labels(self, frame: pd.DataFrame) -> pd.Index[Any]:
        labels = self._sheet.labels
        return labels.rename(None) if labels.name == "row" and "row" in frame.columns else labels

    def _attrs(self, frame: pd.DataFrame) -> dict[Any, Any]:
        attrs = copy.deepcopy(self._sheet.attrs)
        origin = attrs.get("cronofy")
        attrs["cronofy"] = (origin if isinstance(origin, dict) else {}) | {
            "sheet": self._sheet.facts,
            "problems": records_of(self._problems, frame),
        }
        return attrs


_READERS: dict[str, Any] = {
    "bool": (booleans, "True or False"),
    "dated": (booleans, "True or False"),
    "boolean": (booleans, "True or False"),
    "number": (numbers, "a number such as 51.5"),
    "integer": (integers, "a whole number"),
}


def _placed(made: dict[str, Any], times: Mapping[str, pd.Series[Any]]) -> dict[str, Any]:
    """Put the columns that the file has not where our frames have them: after start and end."""
    names = list(made)
    for name, before in (
        ("end", ("start",)),
        ("all_day", ("end", "start")),
        ("start_tzid", ("all_day", "end", "start")),
        ("end_tzid", ("start_tzid", "all_day", "end", "start")),
    ):
        if name in times and name not in names:
            after = next(one for one in before if one in names)
            names.insert(names.index(after) + 1, name)
    return {name: made[name] if name in made else times[name] for name in names}
