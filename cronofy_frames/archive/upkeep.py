"""Upkeep of an archive: whether it is whole, fewer and larger files, and copies of its tables."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import msgspec
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from cronofy_frames.archive.index import (
    empty_index,
    load_index,
    lost_commits,
    lost_text,
    newest_versions,
    rebuild_index,
)
from cronofy_frames.archive.questions import TABLES, query_table
from cronofy_frames.archive.reading import archived_accounts
from cronofy_frames.archive.rows import content_hash
from cronofy_frames.archive.store import COLUMNS, Store
from cronofy_frames.archive.times import micros
from cronofy_frames.errors import FrameError

_BATCH_ROWS = 10_000
_OF_VERSIONS = ("content", "repeats", "index")


def check_store(store: Store) -> pd.DataFrame:
    """Return what was checked, one row each, and what is wrong."""
    checks = {
        "state": _state_problems,
        "files": _file_problems,
        "content": _content_problems,
        "repeats": _repeat_problems,
        "index": _index_problems,
        "permissions": _permission_problems,
    }
    rows: list[tuple[str, bool, str | None]] = []
    for name, problems_of in checks.items():
        if name in _OF_VERSIONS and not all(ok for _, ok, _ in rows):
            continue  # versions that cannot be read cannot be checked either
        problems = problems_of(store)
        rows += [(name, False, problem) for problem in problems] or [(name, True, None)]
    frame = pd.DataFrame(rows, columns=["check", "ok", "problem"])
    return frame.astype({"check": "str", "ok": "bool", "problem": "str"})


def _state_problems(store: Store) -> list[str]:
    """Return what SQLite finds wrong in its file."""
    texts = [text for (text,) in store.state.rows("pragma integrity_check(10)") if text != "ok"]
    return [f"state.sqlite: {text}. Restore the folder from a copy." for text in texts]


def _file_problems(store: Store) -> list[str]:
    """Return which files of versions are missing or cannot be read."""
    table = store.versions.table()
    problems = []
    for row in pa.table(table.get_add_actions(flatten=True)).to_pylist():
        path = store.versions.folder / row["path"]
        try:
            rows = pq.ParquetFile(path).metadata.num_rows
        except (OSError, pa.ArrowInvalid) as error:
            problems.append(f"{path.name} cannot be read ({type(error).__name__}). Restore it from a copy.")
            continue
        if row["num_records"] not in (None, rows):
            problems.append(f"{path.name} has {rows} rows in place of {row['num_records']}. Restore it from a copy.")
    return problems


def _content_problems(store: Store) -> list[str]:
    """Return how many rows do not have the content that they had when they were stored."""
    altered = 0
    try:
        for batch in store.versions.dataset().to_batches(columns=["hash", "raw"], batch_size=_BATCH_ROWS):
            for digest, raw in zip(batch["hash"].to_pylist(), batch["raw"].to_pylist(), strict=True):
                altered += content_hash(msgspec.json.decode(raw)) != digest
    except (OSError, pa.ArrowInvalid, msgspec.DecodeError) as error:
        return [f"versions cannot be read ({type(error).__name__}). Restore the folder from a copy."]
    return [f"{altered} versions do not have the content that was stored."] if altered else []


def _repeat_problems(store: Store) -> list[str]:
    """Return how many versions are there more than once."""
    query = "select count(*) - count(distinct (sub, calendar_id, event_key, seen_at)) as repeats from versions"
    repeats = query_table(store, query)["repeats"][0].as_py()
    return [f"{repeats} versions are there more than once. Restore the folder from a copy."] if repeats else []


def _index_problems(store: Store) -> list[str]:
    """Return of which accounts the index is not that of their versions."""
    problems = []
    for account in archived_accounts(store.state):
        name = account.label or account.sub
        row = store.state.row("select sequence from accounts where sub = ?", (account.sub,))
        is_behind = row is not None and row[0] < store.versions.sequence(account.sub)
        if lost := lost_commits(store.state, store.versions, account.sub):
            problems.append(
                f"{lost_text(name, lost)} Restore the whole folder from one copy; else the next sync reads again what "
                "Cronofy still shows."
            )
        elif not is_behind and load_index(store.state, account.sub) != newest_versions(store.versions, account.sub):
            problems.append(f"the index of {name} is not that of its versions: archive.compact() mends it.")
    return problems


def _permission_problems(store: Store) -> list[str]:
    """Return which files others can read; on Windows modes say nothing of that."""
    return permission_problems(store.folder, is_posix=os.name == "posix")


def permission_problems(folder: Path, *, is_posix: bool) -> list[str]:
    """Return whether others can read a folder, where its mode says so."""
    if not is_posix or not folder.stat().st_mode & 0o077:
        return []
    return [f"{folder} can be read by others: chmod 700 it."]


def compact_store(store: Store, *, keep_hours: int) -> pd.DataFrame:
    """Make few files of many, delete those that no version needs, and make the index anew.

    Returns
    -------
    Files and bytes before and after.

    Raises
    ------
    FrameError
        A sync is running.
    """
    before = _size(store.folder)
    with store.all_leases():
        _refill(store)
        store.versions.compact(keep_hours)
        rebuild_indexes(store)
        store.state.tidy()
    rows = [("before", *before), ("after", *_size(store.folder))]
    return pd.DataFrame(rows, columns=["moment", "files", "bytes"]).astype({"moment": "str"})


def _refill(store: Store) -> None:
    """Fill the columns that came with a later version of this package."""
    if store.state.setting("columns") != COLUMNS:
        for account in archived_accounts(store.state):
            store.versions.refill(account.sub, store.tz)
        store.state.save_setting("columns", COLUMNS)


def replace_versions(store: Store, sub: str, rows: Any) -> None:
    """Write rows in place of all versions of an account.

    The index is emptied before: it is that of no versions after a kill, and not that of versions that are gone.
    """
    empty_index(store.state, store.versions, sub)
    store.versions.replace(sub, rows)
    store.step("replaced")
    rebuild_index(store.state, store.versions, sub)


def rebuild_indexes(store: Store) -> None:
    """Make the index of every account anew from its versions."""
    for account in archived_accounts(store.state):
        rebuild_index(store.state, store.versions, account.sub)


def _size(folder: Path) -> tuple[int, int]:
    sizes = [path.stat().st_size for path in folder.rglob("*") if path.is_file()]
    return len(sizes), sum(sizes)


def export_tables(store: Store, folder: Path) -> list[Path]:
    """Write the tables into a new folder, a Parquet file each, and remember where they are.

    Raises
    ------
    FrameError
        The folder has files already; it, or the archive, cannot be written.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise FrameError(f"{folder} exists and is not empty: give the name of a new folder.")
    store.state.require_writable()
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        _remember_export(store, folder)
        return [_write_table(store, name, folder) for name in TABLES]
    except OSError as error:
        raise FrameError(
            f"{folder} cannot be written ({error.strerror or error}): make room or allow it, or give another folder."
        ) from error


def _remember_export(store: Store, folder: Path) -> None:
    with store.state.transaction() as connection:
        connection.execute(
            "insert or replace into exports values (?, ?)", (str(folder.absolute()), micros(store.now()))
        )


def _write_table(store: Store, name: str, folder: Path) -> Path:
    path = folder / f"{name}.parquet"
    path.touch(0o600)
    pq.write_table(query_table(store, f"from {name}"), path, compression="zstd")
    return path
