"""From a frame to a file, for people and programs that have no pandas."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pandas as pd

from cronofy_frames.frames.timestamps import to_timezone
from cronofy_frames.sheets.formatting import FORMULA as FORMULA
from cronofy_frames.sheets.formatting import harmless, indexed, iso, spelled, wall, zoned
from cronofy_frames.zones import zone_name


def export(frame: pd.DataFrame, path: str | os.PathLike[str], *, tz: str | None = None) -> Path:
    r"""Write a frame to a file; the suffix says how.

    .csv: as RFC 4180 has it, in UTF-8 with a byte order mark, which Excel needs. Times are wall times in one
    zone, which the column `tzid` names, with an offset where the wall time comes twice; all-day rows have
    dates, the end exclusive. Text that a spreadsheet would take for a formula (starting with = + - @, tab or
    carriage return) gets an apostrophe before it. Lists are the JSON text that the frame holds.
    .xlsx: the same columns as a worksheet of Excel, with real dates, times, numbers and truth values; its header
    stays in sight and filters, and cells of columns with few values offer these. Times that Excel cannot hold (a
    wall time that comes twice, one with fractions of a second, one before March 1900 or after 9998) are text.
    .json: a list of objects; times with their offset, and their zone as `tzid`; dates for all-day rows, null for
    missing.
    .parquet: the frame as it is, dtypes and `attrs` included.
    .ics: a calendar of one event per row, for calendar programs. Times stand in their rows' own zones where the
    frame has `start_tzid` and `end_tzid`, all-day rows are dates. Rows that are deleted or have no start are left
    out, which a warning counts.

    `read_sheet` reads all but .ics back. The file is written beside its place and then moved there, so that no
    half-written one is left.

    Parameters
    ----------
    frame
        Any frame of this package. An index that has a name is written as columns.
    path
        Where; an existing file is replaced.
    tz
        The zone of the times; by default the frame's own.

    Returns
    -------
    Path
        The file, as an absolute path.

    Raises
    ------
    ValueError
        For another suffix, an unknown zone, a frame that has a column `tzid` and times as well (.csv, .xlsx, .json),
        more than a worksheet holds (.xlsx), or a frame without start and end (.ics).

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
    write(target, content)
    return target


def csv_of(frame: pd.DataFrame, tz: str | None = None) -> bytes:
    """Return a frame as CSV, as `export` writes it."""
    shown = harmless(spelled(zoned(frame, tz), wall))
    return shown.to_csv(index=False, lineterminator="\r\n").encode("utf-8-sig")


def json_of(frame: pd.DataFrame, tz: str | None = None) -> bytes:
    """Return a frame as JSON, as `export` writes it."""
    rows: str = spelled(zoned(frame, tz), iso).to_json(orient="records", force_ascii=False, double_precision=15)
    # pandas puts a backslash before every slash, which no reader wants to see in a zone or an address
    text = json.dumps(json.loads(rows), ensure_ascii=False, indent=1)
    return text.encode("utf-8", errors="surrogatepass") + b"\n"


def parquet_of(frame: pd.DataFrame, tz: str | None = None) -> bytes:
    """Return a frame as Parquet, as `export` writes it."""
    frame = indexed(frame)
    shown = frame if tz is None else to_timezone(frame, zone_name(tz))
    content = shown.to_parquet(index=False)
    assert content is not None
    return content


def xlsx_of(frame: pd.DataFrame, tz: str | None = None) -> bytes:
    """Return a frame as an Excel workbook, as `export` writes it."""
    from cronofy_frames.sheets.export.workbook import workbook_of  # its library is loaded by those who use it

    return workbook_of(frame, tz)


def ics_of(frame: pd.DataFrame, tz: str | None = None) -> bytes:
    """Return a frame as an iCalendar file, as `export` writes it."""
    from cronofy_frames.sheets.export.calendar_file import calendar_of  # its library is loaded by those who use it

    return calendar_of(frame, tz)


WRITERS: dict[str, Callable[[pd.DataFrame, str | None], bytes]] = {
    ".csv": csv_of,
    ".xlsx": xlsx_of,
    ".json": json_of,
    ".parquet": parquet_of,
    ".ics": ics_of,
}


def write(target: Path, content: bytes) -> None:
    """Write a file beside its place and move it there, so that no half-written one is left."""
    if not target.parent.is_dir():
        raise FileNotFoundError(f"the folder {target.parent} does not exist: make it, or choose another.")
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        with part.open("wb") as file:
            file.write(content)
        part.replace(target)
    except OSError as refused:
        raise OSError(refused.errno, f"{refused.strerror}; choose another place", str(target)) from refused
    finally:
        part.unlink(missing_ok=True)
