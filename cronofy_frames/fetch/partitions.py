"""Hive partitions of a fetch: Parquet files by account and month, as pandas, Arrow, DuckDB, Dask and Spark read them.

A folder is named `account=ann%40example.test/month=2026-03`. The files have neither column: readers take both from the
names of the folders.
"""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Iterable, Iterator
from pathlib import Path
from urllib.parse import quote

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from cronofy_frames.errors import FrameError
from cronofy_frames.fetch.tasks import Task
from cronofy_frames.text import shorten

NO_MONTH = "unknown"  # pandas cannot read a folder with Hive's name for a missing value
HIVE_MISSING = "__HIVE_DEFAULT_PARTITION__"
LONGEST_NAME = 255  # bytes of a name in common file systems
TEMPORARY_FILES = "account=*/month=*/.*.part"
"""Pattern of the files that are being written; readers skip names that begin with a dot."""

# readers guess the type of partition values: pandas reads whole numbers and hexadecimal ones, DuckDB binary numbers,
# dates and words for dates, Spark fractions, exponents, suffixes of Java and digits of any script
_NUMBER_OR_DATE = re.compile(
    r"""\s*(
    [+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?[df]?
    |[+-]?0[bx][0-9a-f_.]+(p[+-]?\d+)?
    |[+-]?(nan|inf(inity)?)|epoch
    |\d+-\d{1,2}-\d{1,2}([T\s].*)?
    )\s*""",
    re.VERBOSE | re.IGNORECASE,
)
_TASK_FILE = re.compile(r"[0-9]{8}T[0-9]{6}Z-[0-9]{8}T[0-9]{6}Z\.parquet")

RowCounts = dict[str, int]


def account_folder(label: str) -> str:
    """Return the name of the folder for an account.

    ASCII characters that a file system or Hive reserves are percent-encoded. All others stay, as Spark would decode
    them byte by byte.

    Raises
    ------
    FrameError
        The label cannot be the name of a folder, or readers would change its value.
    """
    name = "account=" + "".join(char if char > "\x7f" else quote(char, safe="") for char in label)
    if name.endswith("."):  # Windows drops a dot at the end
        name = f"{name[:-1]}%2E"
    if not _is_file_name(name) or label == HIVE_MISSING:
        raise FrameError(
            f"the label {shorten(label, 60)!r} cannot be the name of a folder: give the account a shorter one, such as "
            "its address."
        )
    if _NUMBER_OR_DATE.fullmatch(label):
        raise FrameError(
            f"the label {label!r} would be a number or a date for programs that read the folder, as 007 would be 7: "
            f"give the account a longer label, such as {f'person {label}'!r}."
        )
    return name


def _is_file_name(name: str) -> bool:
    """Return whether a file system can store a name: it is short enough, and has no lone surrogates."""
    try:
        return len(name.encode()) <= LONGEST_NAME
    except UnicodeEncodeError:
        return False


def check_labels(labels: Iterable[str]) -> None:
    """Raise for labels that cannot have folders beside each other.

    Raises
    ------
    FrameError
        `account_folder` refuses a label, or some file systems would give two labels one folder: they differ in upper
        and lower case alone, or in how accents are encoded.
    """
    folders: dict[str, str] = {}
    for label in labels:
        other = folders.setdefault(_caseless(account_folder(label)), label)
        if other != label:
            raise FrameError(
                f"the accounts {other!r} and {label!r} differ in upper and lower case alone, or in how an accent is "
                "encoded, and some file systems would give them one folder: write both labels alike, or fetch one to "
                "another folder."
            )


def _caseless(name: str) -> str:
    """Return a key that is equal for equivalent names: Windows ignores case, and macOS how accents are encoded."""
    return unicodedata.normalize("NFD", unicodedata.normalize("NFD", name).casefold())


def written_files(folder: Path) -> Iterator[str]:
    """Yield the files of tasks in a folder, as paths relative to it; files with other names are skipped."""
    for path in folder.glob("account=*/month=*/*.parquet"):
        if _TASK_FILE.fullmatch(path.name):
            yield path.relative_to(folder).as_posix()


def write_partitions(frame: pd.DataFrame, task: Task, folder: Path) -> RowCounts:
    """Write the rows of a task to a file for each month, and return the number of rows of each file.

    A file is written under a temporary name, synchronised and renamed, so that readers never see a part of it.

    Parameters
    ----------
    frame
        The rows; their month is that of `start` in the zone of the frame.
    task
        The task that the rows are of.
    folder
        The folder of the fetch.
    """
    account = folder / account_folder(task.account)
    name = "-".join(task.key[1:]) + ".parquet"
    months = frame["start"].dt.strftime("%Y-%m").fillna(NO_MONTH)
    counts: RowCounts = {}
    for month, part in frame.groupby(months, sort=True):
        path = account / f"month={month}" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        _write_file(part, path)
        counts[path.relative_to(folder).as_posix()] = len(part)
    return counts


def _write_file(part: pd.DataFrame, path: Path) -> None:
    part = part.copy(deep=False)
    part.attrs = {}
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with temporary.open("wb") as file:
            pq.write_table(pa.Table.from_pandas(part, preserve_index=False), file, compression="zstd")
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
