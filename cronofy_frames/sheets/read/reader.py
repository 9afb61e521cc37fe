"""Read a spreadsheet file into a DataFrame: `read_sheet`."""

from __future__ import annotations

import copy
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from cronofy_frames.caller import caller_level
from cronofy_frames.frames.extra_columns import Extra, ExtraType, extra_types
from cronofy_frames.frames.timestamps import to_timezone
from cronofy_frames.schema import EVENTS
from cronofy_frames.sheets.read.date_system import in_1900_system
from cronofy_frames.sheets.read.extra_cells import EXPECTED, extra_column
from cronofy_frames.sheets.read.file_column import FileColumn
from cronofy_frames.sheets.read.file_formats import Source, open_table
from cronofy_frames.sheets.read.headers import (
    DTYPES,
    DURATION,
    PARTS,
    REMINDER,
    Heading,
    excluded_positions,
    header_key,
    read_headings,
)
from cronofy_frames.sheets.read.last_day import LastDay
from cronofy_frames.sheets.read.limits.file_limits import MAX_BYTES, MAX_CELLS, FileLimits
from cronofy_frames.sheets.read.outlook_columns import (
    TARGETS,
    attendees_column,
    privacy_column,
    target_columns,
    transparency_columns,
)
from cronofy_frames.sheets.read.raw_table import FileOptions, RawTable
from cronofy_frames.sheets.read.reading_notes import cell_warning, column_error, unknown_columns
from cronofy_frames.sheets.read.start_end_columns import StartEnd
from cronofy_frames.sheets.read.time_columns import SINGLE_TIMES, TimeColumnsReader, TimeOptions
from cronofy_frames.sheets.read.uncomputed_cells import UncomputedCell
from cronofy_frames.sheets.read.unknown_times import LackingTimes, report_unknown_times
from cronofy_frames.sheets.read.values import boolean_column, integer_column, number_column, text_column, untyped_column
from cronofy_frames.sheets.unread_cells import records_of
from cronofy_frames.text import single_line
from cronofy_frames.zone_texts import zone_of_text

_TIMES = {"start", "end", *SINGLE_TIMES, *PARTS}
_PLAIN_TITLES = ("title", "subject")  # headers that need no mention
_ABOUT_TIME = {*_TIMES, *REMINDER, DURATION, "all_day", "start_tzid", "end_tzid", "tzid"}

Columns = dict[str, "pd.Series[Any]"]


class SheetWarning(UserWarning):
    """A file was read, but perhaps not as it was meant; the message says what to check."""


def read_sheet(
    source: Source,
    *,
    tz: str | None = None,
    columns: Mapping[str, str | None] | None = None,
    dayfirst: bool | None = None,
    last_day: LastDay | None = None,
    fold: int | None = None,
    overnight: bool = False,
    sheet: str | int | None = None,
    header: int | None = None,
    encoding: str | None = None,
    delimiter: str | None = None,
    max_cells: int = MAX_CELLS,
    max_bytes: int = MAX_BYTES,
    extra: Extra = None,
) -> pd.DataFrame:
    r"""Read a spreadsheet into a DataFrame.

    The format is detected from the content: .csv (with any delimiter, in UTF-8, UTF-16 or a Windows code page), .xlsx,
    .xls, .ods, .parquet, .json (a list of objects) or .ndjson (an object on each line, also .jsonl). Columns are
    recognised by our names, those of Google Calendar's and Outlook's files, and plain words such as Title, Date, From,
    Until or Guests; others are kept as they are, with a warning. Rows that lack a time of day or an end are never read
    without it where another column may hold it: then its meaning has to be given. A file that `export` wrote gives the
    same frame back, except that in .csv and .xlsx a blank cell is missing.

    Times can be in ISO 8601, with the month in English, with 12 or 24 hours, or as workbooks store them. The order of
    day and month in dates such as 3/4/2026 is that of a date in the file that can only be read in one way, such as
    25/4/2026 or Mon 4/5/2026; without one, or with one of each kind, `dayfirst` has to say it. The zone of a wall time
    is its offset, else the column `tzid`, else `start_tzid` and `end_tzid`, else a zone in the header such as Start
    (UTC), else `tz`. Columns with the date and the time of day are joined to `start` and `end`. A row is all day if the
    column `all_day` says so, or if that is missing and the row has no time of day. A time of day can have a point for
    the colon (16.30), or be a share of the day (0.375), if that is clear for the whole column. Dates can be eight
    digits (20260503), and numbers of workbooks for 1990 to 2060. Two times in one cell, such as 09:00-10:30, are start
    and end; the second one is an offset from UTC if it has a plus, if seconds are before it, or if the zone has that
    offset.

    The last day of columns for date and time is included, as in Google's and Outlook's files. In a single column for
    the end it is excluded if the file has a column of ours that people do not type (`all_day`, an id, or `summary`
    under this name), and included if a row starts and ends on one day; otherwise `last_day` has to say it. In the frame
    `end` is always exclusive.

    Parameters
    ----------
    source
        A path, a buffer, or bytes.
    tz
        The zone of the frame's times, and of wall times without a zone; by default the zone that all rows share, else
        UTC. Best its IANA name; EST, MST and HST are refused, because they can mean a zone with summer time or without.
    columns
        What the headers of the file mean, as in `{"Was": "summary", "Datum": "start_date"}`: our names, or start_date,
        start_time, end_date, end_time or duration; None leaves a column out. A second column of one header is called as
        in Start (2).
    dayfirst
        Whether 3/4/2026 is the third of April; by default what the file shows, never guessed.
    last_day
        Whether an event of days that has 8 May as its end is still on that day: included or excluded.
    fold
        Which occurrence to use for a wall time that clocks show twice: 0 for the first, 1 for the second.
    overnight
        Whether a row that ends before its start on the same date, such as from 22:00 to 06:00, ends on the next day; by
        default it is a problem.
    sheet
        The name of the worksheet, or its number from 0; by default the first visible one that is not empty.
    header
        The number of the row with the headers; by default the first row with at least two known names.
    encoding, delimiter
        Of a text file, if they are not detected correctly.
    max_cells, max_bytes
        How many cells and bytes a file may have: blank cells between others included, and bytes unpacked. A small file
        can stand for a table that no memory holds, and is refused. Give more for a large file that you trust.
    extra
        The types of columns that a read had with `extra=`, as in `{"custom.path": "time"}`: text, time, number or json.

    Returns
    -------
    DataFrame
        The columns in the order of the file, with the dtypes of all our frames. The labels are the row numbers of the
        spreadsheet; Parquet keeps its index, and JSON counts from 0. Cells that could not be read are missing, and
        `attrs["cronofy"]["problems"]` lists them.

    Raises
    ------
    FileNotFoundError
        The file does not exist.
    FrameError
        The order of day and month, the zone, whether the last day is included, or the meaning of a column with times is
        not known: `.problems` is a frame of what is needed, `.partial` the columns that could be read.
        Or the file cannot be read, or is larger than `max_cells` and `max_bytes` allow.
    ValueError
        An argument is invalid, or two columns have one meaning.

    Warns
    -----
    SheetWarning
        Columns are unknown, cells could not be read, the encoding was guessed, the order of day and month is that of a
        date in the file, a spreadsheet program may have exchanged day and month, rows or columns are hidden, or other
        worksheets are not read.

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
    if fold not in (None, 0, 1) or dayfirst not in (None, True, False):
        raise ValueError("fold is 0, 1 or None, and dayfirst True, False or None.")
    if last_day not in (None, "included", "excluded"):
        raise ValueError('last_day is "included", "excluded" or None.')
    options = TimeOptions(None if tz is None else zone_of_text(tz), dayfirst, last_day, fold, overnight)
    meanings = {name: meaning for name, meaning in (columns or {}).items() if meaning is not None}
    limits = FileLimits(max_cells, max_bytes)
    table = open_table(source, FileOptions(meanings, sheet, header, encoding, delimiter, limits))
    table.drop_columns(excluded_positions(table.headers, columns))
    table.note_hidden_parts()
    headings = read_headings(table.headers, table.columns, meanings)
    types = extra_types(extra, EVENTS)
    frame = _TableReader(table, headings, options, types).frame()
    _report(table, [heading for heading in headings if heading.name not in types], frame)
    return frame


# warnings and errors


def _report(table: RawTable, headings: list[Heading], frame: pd.DataFrame) -> None:
    """Warn of everything that may not have been read as it was meant; raise if whole columns could not be read."""
    for note in [*table.notes, *unknown_columns(headings)]:
        warnings.warn(single_line(note), SheetWarning, stacklevel=caller_level())
    if table.problems.of_columns:
        raise column_error(table.problems, frame)
    if table.problems:
        warnings.warn(single_line(cell_warning(table.problems)), SheetWarning, stacklevel=caller_level())


# columns


class _TableReader:
    """Makes the frame of a table."""

    def __init__(
        self, table: RawTable, headings: list[Heading], options: TimeOptions, extra: Mapping[str, ExtraType]
    ) -> None:
        self._extra = extra
        self._table = table
        self._headings = headings
        self._tz = options.tz
        self._problems = table.problems
        self._clear_uncomputed_cells()
        self._columns = {
            heading.name: self._file_column(heading, cells)
            for heading, cells in zip(headings, table.columns, strict=True)
            if heading.is_known
        }
        self._time_reader = TimeColumnsReader(self._columns, len(table.labels), options, self._problems)

    def _file_column(self, heading: Heading, cells: Any) -> FileColumn:
        if self._table.has_1904_dates and heading.name in _ABOUT_TIME:
            cells = in_1900_system(cells)
        return FileColumn(target_columns(heading.name)[0], heading.header, cells, heading.suffix, heading.name)

    def frame(self) -> pd.DataFrame:
        """Return the frame."""
        has_instants = self._has_instants()
        times = {} if has_instants or not self._has_times() else self._time_reader.read()
        if times:
            self._table.notes += self._time_reader.notes
        if self._time_reader.start_end is not None:
            self._report_unknown_times(self._time_reader.start_end)
        columns: Columns = {}
        for heading, cells in zip(self._headings, self._table.columns, strict=True):
            for name, values in self._read_column(heading, cells, times, has_instants=has_instants).items():
                columns.setdefault(name, values)
        count = len(self._table.labels)
        frame = pd.DataFrame(_in_column_order(columns, times), index=pd.RangeIndex(count), copy=False)
        frame.index = self._labels(frame)
        frame.attrs = self._attrs(frame)
        return to_timezone(frame, self._tz) if has_instants and self._tz else frame

    def _clear_uncomputed_cells(self) -> None:
        """Make error values and formulas without a result missing, each with a problem.

        Formulas in a text file stay as they are in columns that are not known.
        """
        for at, (heading, cells) in enumerate(zip(self._headings, self._table.columns, strict=True)):
            if not heading.is_known and not self._table.typed:
                continue
            if isinstance(cells, list) and any(isinstance(cell, UncomputedCell) for cell in cells):
                column = FileColumn(target_columns(heading.name)[0], heading.header, cells)
                mask = np.array([isinstance(cell, UncomputedCell) for cell in cells], np.bool_)
                expected = "a value: open the file in a spreadsheet program, correct the cell, and save it"
                column.report(self._problems, mask, expected)
                self._table.columns[at] = [None if isinstance(cell, UncomputedCell) else cell for cell in cells]

    def _has_times(self) -> bool:
        """Return whether there are times; those of availability rules are texts."""
        return bool(_TIMES & set(self._columns)) and "availability_rule_id" not in self._columns

    def _report_unknown_times(self, times: StartEnd) -> None:
        unknown = [
            FileColumn(heading.name, heading.header, cells)
            for heading, cells in zip(self._headings, self._table.columns, strict=True)
            if not heading.is_known and heading.name not in self._extra
        ]
        if times.start is not None:
            report_unknown_times(unknown, LackingTimes.of(times), self._problems)

    def _has_instants(self) -> bool:
        """Return whether the times are instants already, as in Parquet files of ours."""
        times = _TIMES & set(self._columns)
        dtypes = [getattr(self._columns[name].cells, "dtype", None) for name in times]
        are_instants = bool(times) and all(isinstance(dtype, pd.DatetimeTZDtype) for dtype in dtypes)
        return are_instants and not {*PARTS, "tzid"} & set(self._columns)

    def _read_column(
        self, heading: Heading, cells: Any, times: Mapping[str, pd.Series[Any]], *, has_instants: bool
    ) -> Columns:
        """Return the columns of the frame that a column of the file becomes."""
        name = heading.name
        if name in self._extra:
            return {name: self._read_extra(heading, cells, times)}
        if not heading.is_known:
            return {name: untyped_column(cells, typed=self._table.typed)}
        if times and name in _ABOUT_TIME:
            return {target: times[target] for target in target_columns(name) if target in times}
        if name in TARGETS or (name == "event_private" and "sensitivity" in self._columns):
            return self._read_outlook_column(name)
        if has_instants and name in _TIMES:
            instants: pd.Series[Any] = cells.astype(pd.DatetimeTZDtype("us", cells.dtype.tz))
            return {name: instants}
        return {name: self._read_typed(name, self._columns[name])}

    def _read_extra(self, heading: Heading, cells: Any, times: Mapping[str, pd.Series[Any]]) -> pd.Series[Any]:
        """Return a column of `extra`; its wall times are in the zone of their row."""
        named = text_column(self._columns["tzid"].cells) if "tzid" in self._columns else pd.Series([""] * len(cells))
        dtype = times["start"].dtype if "start" in times else None
        tz = str(dtype.tz) if isinstance(dtype, pd.DatetimeTZDtype) else self._tz or "UTC"
        zones = [zone if isinstance(zone, str) and zone else tz for zone in named]
        values, unread = extra_column(cells, self._extra[heading.name], zones, tz)
        if unread.any():
            column = FileColumn(heading.name, heading.header, cells)
            column.report(self._problems, unread, EXPECTED[self._extra[heading.name]])
        return values

    def _read_outlook_column(self, name: str) -> Columns:
        columns = self._columns
        if name == "show_time_as":
            return transparency_columns(columns[name], self._problems)
        if name in ("required_attendees", "optional_attendees"):
            return {"attendees": attendees_column(columns)}
        return {"event_private": privacy_column(columns.get("event_private"), columns["sensitivity"], self._problems)}

    def _read_typed(self, name: str, column: FileColumn) -> pd.Series[Any]:
        """Return a column in its dtype."""
        dtype = DTYPES.get(name, "text")
        if dtype not in _PARSERS:
            return text_column(column.cells)
        parser = _PARSERS[dtype]
        values: pd.Series[Any]
        values, unread = parser.parse(column.cells)
        column.report(self._problems, unread, parser.expected)
        return values.fillna(value=False).astype("bool") if dtype in ("bool", "dated") else values

    def _labels(self, frame: pd.DataFrame) -> pd.Index[Any]:
        labels = self._table.labels
        return labels.rename(None) if labels.name == "row" and "row" in frame.columns else labels

    def _headers(self) -> dict[str, list[str]]:
        """Return the headers in the file of the columns that it calls otherwise; problems of a plan quote them."""
        headers: dict[str, list[str]] = {}
        for heading in self._headings:
            for name in target_columns(heading.name) if heading.is_known else ():
                if header_key(heading.header) not in (header_key(name), *_PLAIN_TITLES):
                    headers.setdefault(name, []).append(heading.header)
        return headers

    def _attrs(self, frame: pd.DataFrame) -> dict[Any, Any]:
        attrs = copy.deepcopy(self._table.attrs)
        origin = attrs.get("cronofy")
        attrs["cronofy"] = (origin if isinstance(origin, dict) else {}) | {
            "sheet": self._table.facts,
            "problems": records_of(self._problems, frame),
            **({"headers": headers} if (headers := self._headers()) else {}),
        }
        return attrs


@dataclass(frozen=True, slots=True)
class _ColumnParser:
    """Parses a column to a dtype; `expected` describes its cells."""

    parse: Any
    expected: str


_PARSERS = {
    "bool": _ColumnParser(boolean_column, "True or False"),
    "dated": _ColumnParser(boolean_column, "True or False"),
    "boolean": _ColumnParser(boolean_column, "True or False"),
    "number": _ColumnParser(number_column, "a number such as 51.5"),
    "integer": _ColumnParser(integer_column, "a whole number"),
}


def _in_column_order(columns: Columns, times: Mapping[str, pd.Series[Any]]) -> Columns:
    """Return the columns with those that the file does not have where our frames have them: after start and end."""
    names = list(columns)
    for name, predecessors in (
        ("end", ("start",)),
        ("all_day", ("end", "start")),
        ("start_tzid", ("all_day", "end", "start")),
        ("end_tzid", ("start_tzid", "all_day", "end", "start")),
    ):
        if name in times and name not in names:
            predecessor = next(other for other in predecessors if other in names)
            names.insert(names.index(predecessor) + 1, name)
    return {name: columns[name] if name in columns else times[name] for name in names}
