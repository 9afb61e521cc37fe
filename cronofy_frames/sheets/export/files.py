"""Write a frame to a file: `export`, by the suffix of the file."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd

from cronofy_frames.errors import FrameError
from cronofy_frames.frames.timestamps import to_timezone
from cronofy_frames.schema import LIST_COLUMNS
from cronofy_frames.sheets.formatting import FORMULA as FORMULA
from cronofy_frames.sheets.formatting import (
    in_one_zone,
    iso_texts,
    wall_time_texts,
    with_index_columns,
    with_time_texts,
    without_formulas,
)
from cronofy_frames.text import single_line
from cronofy_frames.zones import zone_name


def export(frame: pd.DataFrame, path: str | os.PathLike[str], *, tz: str | None = None) -> Path:
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
        Any frame of this package. An index with a name is written as columns.
    path
        The file; an existing one is replaced.
    tz
        The zone of the times; by default that of the frame.

    Returns
    -------
    Path
        The absolute path of the file.

    Raises
    ------
    ValueError
        The suffix or the zone is unknown, the frame has times and a column `tzid` (.csv, .xlsx, .json, .ndjson), does
        not fit into a worksheet (.xlsx), or has no start and end (.ics).

    Examples
    --------
    >>> events = cf.read_events(client, "2026-03-02", "2026-03-09", tz="Europe/London")
    >>> cf.export(events, folder / "events.csv").name
    'events.csv'
    >>> cf.export(events, folder / "events.xlsx").name
    'events.xlsx'
    """
    target = Path(path).expanduser().absolute()
    if target.suffix.lower() not in WRITERS:
        raise ValueError(f"export writes {', '.join(WRITERS)}; not {target.suffix or 'a file without a suffix'!r}.")
    content = WRITERS[target.suffix.lower()](frame, tz)
    write_file(target, content)
    return target


def csv_bytes(frame: pd.DataFrame, tz: str | None = None) -> bytes:
    """Return a frame as CSV, as `export` writes it."""
    shown = without_formulas(with_time_texts(in_one_zone(frame, tz), wall_time_texts))
    return shown.to_csv(index=False, lineterminator="\r\n").encode("utf-8-sig")


def json_bytes(frame: pd.DataFrame, tz: str | None = None) -> bytes:
    """Return a frame as JSON, as `export` writes it."""
    if frame.empty:
        columns = [str(name) for name in in_one_zone(frame, tz).columns]
        return json_text({"columns": columns, "index": [], "data": []}, indent=1)
    return json_text(json_rows(frame, tz), indent=1)


def ndjson_bytes(frame: pd.DataFrame, tz: str | None = None) -> bytes:
    """Return a frame as lines of JSON, as `export` writes them."""
    return b"".join(json_text(row) for row in json_rows(frame, tz))


def json_rows(frame: pd.DataFrame, tz: str | None) -> list[dict[str, Any]]:
    """Return the rows of a frame as JSON values, in which lists are lists."""
    shown = with_time_texts(in_one_zone(frame, tz), iso_texts)
    rows: list[dict[str, Any]] = json.loads(shown.to_json(orient="records", force_ascii=False, double_precision=15))
    lists = [name for name in shown.columns if name in LIST_COLUMNS]
    for row in rows:
        row.update({name: json_value(row[name]) for name in lists})
    return rows


def json_text(content: Any, indent: int | None = None) -> bytes:
    """Return a value as JSON and the end of a line; on one line without an indent.

    Slashes stay as they are: pandas escapes each, which makes zones and URLs hard to read.
    """
    separators = (",", ":") if indent is None else None
    text = json.dumps(content, ensure_ascii=False, indent=indent, separators=separators)
    return text.encode("utf-8", errors="surrogatepass") + b"\n"


def json_value(text: Any) -> Any:
    """Return the list or object of a JSON text; any other text as it is."""
    if not isinstance(text, str):
        return text
    try:
        value = json.loads(text)
        json.dumps(value, allow_nan=False)
    except (ValueError, RecursionError):
        return text
    return value if isinstance(value, list | dict) else text


def parquet_bytes(frame: pd.DataFrame, tz: str | None = None) -> bytes:
    """Return a frame as Parquet, as `export` writes it."""
    frame = with_index_columns(frame)
    shown = frame if tz is None else to_timezone(frame, zone_name(tz))
    content = shown.to_parquet(index=False)
    assert content is not None
    return content


def xlsx_bytes(frame: pd.DataFrame, tz: str | None = None) -> bytes:
    """Return a frame as an Excel workbook, as `export` writes it."""
    from cronofy_frames.sheets.export.workbook import workbook_bytes  # loads its library only when it is used

    return workbook_bytes(frame, tz)


def ics_bytes(frame: pd.DataFrame, tz: str | None = None) -> bytes:
    """Return a frame as an iCalendar file, as `export` writes it."""
    from cronofy_frames.sheets.export.calendar_file import calendar_bytes  # loads its library only when it is used

    return calendar_bytes(frame, tz)


WRITERS: dict[str, Callable[[pd.DataFrame, str | None], bytes]] = {
    ".csv": csv_bytes,
    ".xlsx": xlsx_bytes,
    ".json": json_bytes,
    ".ndjson": ndjson_bytes,
    ".parquet": parquet_bytes,
    ".ics": ics_bytes,
}


def write_file(target: Path, content: bytes, *, private: bool = False) -> None:
    """Write a file by way of a temporary one that replaces it, so that it is never incomplete.

    Parameters
    ----------
    target
        The file.
    content
        What to write.
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
            file.write(content)
        part.replace(target)
    except OSError as error:
        raise OSError(error.errno, f"{error.strerror}; choose another file", str(target)) from error
    finally:
        part.unlink(missing_ok=True)


def _open_private(path: str, flags: int) -> int:
    """Open a file that only its owner can read, from its first byte on."""
    file = os.open(path, flags, 0o600)
    if hasattr(os, "fchmod"):
        os.fchmod(file, 0o600)  # a umask may have taken even the owner's access
    return file
