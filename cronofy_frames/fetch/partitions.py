"""Parquet files of a fetch, in folders by account and month that pandas, Arrow, DuckDB, Dask and Spark read alike.

The folders are named as Hive names partitions: `account=ann%40example.test/month=2026-03`. Neither column is in the
files, as readers take both from the names.
"""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import quote

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from cronofy_frames.fetch.tasks import Task

NO_MONTH = "__HIVE_DEFAULT_PARTITION__"  # the name that Hive has for a missing value

FileSizes = dict[str, int]


def write_partitions(frame: pd.DataFrame, task: Task, folder: Path) -> FileSizes:
    """Write the rows of a task, in place of what an earlier run left of it, and return how many each file has.

    A file is written under another name, synchronised and renamed, so that no reader sees a part of it.

    Parameters
    ----------
    frame
        The rows; a month is that of their start in the zone of the frame.
    task
        Where they are from.
    folder
        The folder of the fetch.
    """
    account = folder / f"account={quote(task.account, safe='')}"
    name = "-".join(task.key[1:]) + ".parquet"
    for left in account.glob(f"month=*/{name}"):
        left.unlink()
    months = frame["start"].dt.strftime("%Y-%m").fillna(NO_MONTH)
    rows: FileSizes = {}
    for month, part in frame.groupby(months, sort=True):
        path = account / f"month={month}" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        _write_file(part, path)
        rows[path.relative_to(folder).as_posix()] = len(part)
    return rows


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
