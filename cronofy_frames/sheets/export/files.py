"""Write a frame to a file: `export`, by the suffix of the file."""

from __future__ import annotations

import codecs
import io
import json
import os
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO, cast

import numpy as np
import pandas as pd

from cronofy_frames.errors import FrameError
from cronofy_frames.frames.timestamps import to_timezone
from cronofy_frames.local_paths import local_path
from cronofy_frames.schema import LIST_COLUMNS
from cronofy_frames.sheets.export.cells import csv_lines, json_objects, json_value
from cronofy_frames.sheets.export.parts import FramePart, Frames, checked_frames, parts_of
from cronofy_frames.sheets.formatting import FORMULA as FORMULA
from cronofy_frames.sheets.formatting import (
    in_one_zone,
    iso_texts,
    wall_time_texts,
    with_index_columns,
    with_time_texts,
    without_formulas,
    zone_of_times,
)
from cronofy_frames.text import single_line
from cronofy_frames.zones import zone_name

GROUP_ROWS = 65_536  # of a row group, to which the rows of several frames are put together


def export(
    frame: pd.DataFrame | Iterable[pd.DataFrame], path: str | os.PathLike[str], *, tz: str | None = None
) -> Path:
    r"""Write a frame to a file, in the format of its suffix.

    .csv: RFC 4180, in UTF-8 with a byte order mark, which Excel needs. Times are wall times in one zone, named in a
    column `tzid`, with an offset if clocks show the wall time twice. All-day rows have dates, and an exclusive end.
    Text that a spreadsheet would take for a formula (starting with = + - @, the full-width forms of these, tab
    or a line break) gets an apostrophe before it. Lists are JSON text.
    .xlsx: the same columns as an Excel worksheet, with real dates, times, numbers and Booleans. The header stays
    visible and has filters, and columns with few values offer these. Times that Excel cannot hold (repeated wall
    times, fractions of a second, before March 1900 or after 9998) are text.
    .json: a list of objects; times with their offset, and their zone as `tzid`; dates for all-day rows, null for
    missing values. Attendees and other lists are lists. Without rows, an object with the columns, which
    `pandas.read_json(orient="split")` reads too.
    .ndjson: the same objects, each on a line of its own, for programs that read line by line; without rows, nothing.
    .parquet: the frame as it is, with dtypes and `attrs`.
    .ics: an iCalendar file with one event per row. Times are in the rows' own zones if the frame has `start_tzid` and
    `end_tzid`; all-day rows are dates. Deleted rows and rows without a start are left out, with a warning.

    `read_sheet` reads all of these except .ics, and except .ndjson also without rows: the zone is then in the headers,
    as in `start (Europe/London)`. The content is written to a temporary file, which then replaces the file, so that it
    is never incomplete.

    Parameters
    ----------
    frame
        Any frame of this package. An index with a name is written as columns. For .csv, .json, .ndjson and .parquet
        also an iterator of frames with the same columns, which become one file: they are taken one by one, so that
        memory does not grow with their number. A column has fractions of a second in the rows of each frame in which
        some time has them, and .parquet has no `attrs`.
    path
        The file; an existing one is replaced.
    tz
        The zone of the times; by default that of the frame, or of the first one.

    Returns
    -------
    Path
        The absolute path of the file.

    Raises
    ------
    ValueError
        The suffix or the zone is unknown, the frame has times and a column `tzid` (.csv, .xlsx, .json, .ndjson), does
        not fit into a worksheet (.xlsx), or has no start and end (.ics); several frames have different columns, or the
        format is written from one frame only (.xlsx, .ics).

    Examples
    --------
    >>> events = cf.read_events(client, "2026-03-02", "2026-03-09", tz="Europe/London")
    >>> cf.export(events, folder / "events.csv").name
    'events.csv'
    >>> cf.export(events, folder / "events.xlsx").name
    'events.xlsx'
    """
    target = local_path("path", path)
    if target.suffix.lower() not in FORMATS:
        raise ValueError(f"export writes {', '.join(FORMATS)}; not {target.suffix or 'a file without a suffix'!r}.")
    # a frame of another library is refused as one, and not taken for its columns
    frames: Frames = (
        (cast("pd.DataFrame", frame),) if not isinstance(frame, pd.DataFrame) and hasattr(frame, "columns") else frame
    )
    write_file(target, lambda file: FORMATS[target.suffix.lower()](frames, tz, file))
    return target


def write_csv(frames: Frames, tz: str | None, file: BinaryIO) -> None:
    """Write frames as CSV."""
    file.write(codecs.BOM_UTF8)
    for n, part in enumerate(parts_of(frames, tz)):
        shown = without_formulas(with_time_texts(in_one_zone(part.rows, part.zone), wall_time_texts, part.fractional))
        by_pandas = shown.iloc[:0] if part.is_plain else shown
        if n == 0 or len(by_pandas):
            file.write(by_pandas.to_csv(index=False, header=n == 0, lineterminator="\r\n").encode())
        if part.is_plain and len(shown):
            file.write(csv_lines(shown))


def write_json(frames: Frames, tz: str | None, file: BinaryIO) -> None:
    """Write frames as a list of JSON objects."""
    opening = b"["
    for part in parts_of(frames, tz):
        if not len(part.rows):
            columns = [str(name) for name in in_one_zone(part.rows, part.zone).columns]
            file.write(json_text({"columns": columns, "index": [], "data": []}, indent=1))
            return
        file.write(opening + b"\n")
        file.write(_without_last_comma(_objects_of(part, indent=1)))
        opening = b","
    file.write(b"\n]\n")


def _without_last_comma(lines: memoryview) -> memoryview:
    return lines[: -len(b",\n")]


def write_ndjson(frames: Frames, tz: str | None, file: BinaryIO) -> None:
    """Write frames as lines of JSON."""
    for part in parts_of(frames, tz):
        if len(part.rows):
            file.write(_objects_of(part, indent=None))


def _objects_of(part: FramePart, indent: int | None) -> memoryview:
    """Return rows as JSON objects: one a line, or elements of a list, each with a comma after it."""
    shown = with_time_texts(in_one_zone(part.rows, part.zone), iso_texts, part.fractional)
    lists = [name for name in shown.columns if name in LIST_COLUMNS]
    if part.is_plain:
        return json_objects(shown, lists, indent)
    shown = pd.DataFrame({name: _iso_column(shown[name]) for name in shown.columns}, index=shown.index)
    rows: list[dict[str, Any]] = json.loads(shown.to_json(orient="records", force_ascii=False, double_precision=15))
    for row in rows:
        row.update({name: json_value(row[name]) for name in lists})
    if indent is None:
        return memoryview(b"".join(map(json_text, rows)))
    return memoryview(json_text(rows, indent)[len(b"[\n") : -len(b"\n]\n")] + b",\n")


def _iso_column(column: pd.Series[Any]) -> pd.Series[Any]:
    """Return a column with dates, local times and durations as ISO texts, which pandas writes as milliseconds."""
    is_time = pd.api.types.is_datetime64_dtype(column) or pd.api.types.is_timedelta64_dtype(column)
    return column.astype(object).map(_iso_value) if is_time or column.dtype == object else column


def _iso_value(value: Any) -> Any:
    if value is pd.NaT:
        return None
    if isinstance(value, date):
        return value.isoformat()
    return pd.Timedelta(value).isoformat() if isinstance(value, timedelta | np.timedelta64) else value


def json_text(content: Any, indent: int | None = None) -> bytes:
    """Return a value as JSON and the end of a line; on one line without an indent.

    Slashes stay as they are: pandas escapes each, which makes zones and URLs hard to read.
    """
    separators = (",", ":") if indent is None else None
    text = json.dumps(content, ensure_ascii=False, indent=indent, separators=separators)
    return text.encode("utf-8", errors="surrogatepass") + b"\n"


def write_parquet(frames: Frames, tz: str | None, file: BinaryIO) -> None:
    """Write frames as Parquet; only a single one keeps its `attrs`, as those of several do not hold for all rows."""
    if isinstance(frames, pd.DataFrame):
        frame = with_index_columns(frames)
        (frame if tz is None else to_timezone(frame, zone_name(tz))).to_parquet(file, index=False)
        return
    import pyarrow as pa
    import pyarrow.parquet as pq  # takes long to load, and few files are of this kind

    schema, zone, pending = None, None, []
    with ExitStack() as stack:
        for frame in checked_frames(frames):
            zone = zone or zone_of_times(frame, tz)
            try:
                table = pa.Table.from_pandas(_in_zone(frame, zone), schema=schema, preserve_index=False)
            except pa.ArrowException as error:
                if schema is None:
                    raise
                raise ValueError(
                    "a frame has values that do not fit the type that their column has in the first "
                    f"({single_line('; '.join(map(str, error.args)))}): give the column one type in all frames, as "
                    "frame[name].astype(...) does, before the first is written."
                ) from error
            if schema is None:
                schema = table.schema
                writer = stack.enter_context(pq.ParquetWriter(file, schema))
            pending.append(table)
            if sum(map(len, pending)) >= GROUP_ROWS:
                writer.write_table(pa.concat_tables(pending))
                pending.clear()
        if pending:
            writer.write_table(pa.concat_tables(pending))


def _in_zone(frame: pd.DataFrame, zone: str | None) -> pd.DataFrame:
    """Return a frame without attrs with its times in a zone."""
    bare = frame.copy(deep=False)
    bare.attrs = {}
    return bare if zone is None else to_timezone(bare, zone)


def write_xlsx(frames: Frames, tz: str | None, file: BinaryIO) -> None:
    """Write a frame as an Excel workbook."""
    from cronofy_frames.sheets.export.workbook import write_workbook  # loads its library only when it is used

    write_workbook(_only_frame(frames, ".xlsx", "the widths of its columns"), tz, file)


def write_ics(frames: Frames, tz: str | None, file: BinaryIO) -> None:
    """Write a frame as an iCalendar file."""
    from cronofy_frames.sheets.export.calendar_file import write_calendar  # loads its library only when it is used

    write_calendar(_only_frame(frames, ".ics", "the time zones before the events, and UIDs that differ"), tz, file)


def _only_frame(frames: Frames, suffix: str, reason: str) -> pd.DataFrame:
    """Return the frame; several are refused."""
    if isinstance(frames, pd.DataFrame):
        return frames
    raise ValueError(
        f"{suffix} is written from one frame, and not from an iterator of frames: {reason} depend on all rows. Pass "
        f"cf.concat(frames), or write {', '.join(STREAMED)}."
    )


Writer = Callable[[Frames, str | None, BinaryIO], None]

FORMATS: dict[str, Writer] = {
    ".csv": write_csv,
    ".xlsx": write_xlsx,
    ".json": write_json,
    ".ndjson": write_ndjson,
    ".parquet": write_parquet,
    ".ics": write_ics,
}
STREAMED = (".csv", ".json", ".ndjson", ".parquet")
"""The formats that an iterator of frames is written to, in constant memory."""


def _bytes_of(writer: Writer, frame: pd.DataFrame, tz: str | None = None) -> bytes:
    content = io.BytesIO()
    writer(frame, tz, content)
    return content.getvalue()


WRITERS: dict[str, Callable[..., bytes]] = {suffix: partial(_bytes_of, writer) for suffix, writer in FORMATS.items()}
"""Functions that return a frame as the bytes of a file, as `export` writes it, by suffix."""

csv_bytes, json_bytes, xlsx_bytes = WRITERS[".csv"], WRITERS[".json"], WRITERS[".xlsx"]


def write_file(target: Path, content: bytes | Callable[[BinaryIO], None], *, private: bool = False) -> None:
    """Write a file by way of a temporary one that replaces it, so that it is never incomplete.

    Parameters
    ----------
    target
        The file.
    content
        What to write, or a function that writes it to the open file.
    private
        Whether only the owner can read the file, whatever the umask.

    Raises
    ------
    FrameError
        The target is a device or a pipe.
    OSError
        It cannot be written.
    """
    if not target.parent.is_dir():
        raise FileNotFoundError(
            f"the folder {single_line(str(target.parent))} does not exist: create it, or choose another."
        )
    if target.exists() and not (target.is_file() or target.is_dir()):
        raise FrameError(f"{target} is a device or a pipe, which a file would replace: choose another file.")
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        part.unlink(missing_ok=True)
        # "x" creates the file: in a shared folder the name may be a link that another user has put there
        with open(part, "xb", opener=_open_private if private else None) as file:
            if isinstance(content, bytes):
                file.write(content)
            else:
                content(file)
        part.replace(target)
    except OSError as error:
        if error.filename not in (None, str(part)):  # of another file, from which the content is read
            raise
        raise OSError(error.errno, f"{error.strerror}; choose another file", str(target)) from error
    finally:
        part.unlink(missing_ok=True)


def _open_private(path: str, flags: int) -> int:
    """Open a file that only its owner can read, from its first byte on."""
    file = os.open(path, flags, 0o600)
    if hasattr(os, "fchmod"):
        os.fchmod(file, 0o600)  # a umask may have taken even the owner's access
    return file
