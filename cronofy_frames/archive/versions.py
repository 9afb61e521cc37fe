"""The Delta table of versions: rows are only ever added, and a commit is there whole or not at all."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.dataset as ds

from cronofy_frames.archive.commits import Commit, CommitQueue
from cronofy_frames.archive.engines import engine
from cronofy_frames.archive.file_errors import writable_files
from cronofy_frames.archive.rows import Row
from cronofy_frames.errors import FrameError
from cronofy_frames.frames.decoder import Decoder
from cronofy_frames.schema import EVENTS, Dtype

FOLDER = "versions"
OPEN, DELETED, VANISHED = "open", "deleted", "vanished"

_TIME = pa.timestamp("us", "UTC")
_ARROW: dict[Dtype, Any] = {
    "text": pa.string(),
    "list": pa.string(),
    "time": _TIME,
    "moment": _TIME,
    "dated": pa.bool_(),
    "bool": pa.bool_(),
    "boolean": pa.bool_(),
    "number": pa.float64(),
    "integer": pa.int64(),
}
_JOINED = {"calendar_name", "provider_name"}
_COLUMNS = tuple(column for column in EVENTS.columns if column.name not in _JOINED)
UNORDERED = replace(EVENTS, key=(), order=())
"""Events whose frame has a row for each row that was decoded, in their order."""

SCHEMA = pa.schema(
    [
        ("account", pa.string()),
        ("sub", pa.string()),
        ("event_key", pa.string()),
        ("sync", pa.int64()),
        ("state", pa.string()),
        ("seen_at", _TIME),
        ("claimed_at", _TIME),
        ("start_date", pa.date32()),
        ("end_date", pa.date32()),
        *((column.name, _ARROW[column.dtype]) for column in _COLUMNS),
        ("hash", pa.binary()),
        ("raw", pa.binary()),
    ]
)
"""The columns: whose, which event and when we knew, the columns of events, and the row as it was sent."""

# bounds of texts in the log would outlive the rows that are forgotten
_STATISTICS = "sub,sync,seen_at,claimed_at"


@dataclass(frozen=True, slots=True)
class Version:
    """One version of an event, or its end.

    Attributes
    ----------
    key
        The key of the event in its calendar.
    state
        open, or why it ended: deleted or vanished.
    row
        The content; of an end the last one.
    seen_at, claimed_at
        When we knew, and when the provider says that it changed; microseconds.
    """

    key: str
    state: str
    row: Row
    seen_at: int
    claimed_at: int


def version_table(versions: Sequence[Version], *, account: str, sub: str, sync: int, tz: str) -> Any:
    """Return versions as rows of the Delta table.

    Parameters
    ----------
    versions
        The versions of one account.
    account, sub
        The account's label, and its sub.
    sync
        The number of the commit among those of the account.
    tz
        The zone of the archive, at whose midnights all-day events start.
    """
    content = _content([version.row.raw for version in versions], tz)
    columns: dict[str, list[Any]] = {
        "account": [account] * len(versions),
        "sub": [sub] * len(versions),
        "event_key": [version.key for version in versions],
        "sync": [sync] * len(versions),
        "state": [version.state for version in versions],
        "seen_at": [version.seen_at for version in versions],
        "claimed_at": [version.claimed_at for version in versions],
        "start_date": [_day(version.row.start) if version.row.all_day else None for version in versions],
        "end_date": [_day(version.row.end) if version.row.all_day else None for version in versions],
        "hash": [version.row.hash for version in versions],
        "raw": [version.row.raw for version in versions],
    }
    arrays = [
        content[field.name] if field.name in content else pa.array(columns[field.name], field.type) for field in SCHEMA
    ]
    return pa.Table.from_arrays(arrays, schema=SCHEMA)


def _content(raws: Sequence[bytes], tz: str) -> dict[str, Any]:
    """Return the columns of events, of raw rows in their order."""
    decoder = Decoder(UNORDERED, rows="events", tz=tz)
    decoder.add(b'{"events":[%b]}' % b",".join(raws))
    frame = decoder.frame()
    arrays = {column.name: pa.Array.from_pandas(frame[column.name]) for column in _COLUMNS}
    return {name: array.cast(SCHEMA.field(name).type) for name, array in arrays.items()}


def _with_all_columns(rows: Any) -> Any:
    """Return rows of a table of an older version with the columns that it lacks, without values."""
    missing = [field for field in SCHEMA if field.name not in rows.column_names]
    for field in missing:
        rows = rows.append_column(field, pa.nulls(len(rows), field.type))
    return rows.select(SCHEMA.names).cast(SCHEMA)


def _day(micros: int | None) -> int | None:
    return None if micros is None else micros // 86_400_000_000


class Versions:
    """The Delta table in the folder of an archive.

    Parameters
    ----------
    folder
        The archive's folder.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder / FOLDER
        self._lock = threading.RLock()
        self._table: Any = None
        self._queue = CommitQueue(self._append, self._is_committed)

    @property
    def folder(self) -> Path:
        """The folder of the table, which other programs can read."""
        return self._folder

    def create(self) -> None:
        """Create the table where there is none."""
        delta = engine("deltalake")
        if not self.exists:
            configuration = {"delta.dataSkippingStatsColumns": _STATISTICS}
            delta.DeltaTable.create(str(self._folder), SCHEMA, mode="ignore", configuration=configuration)
            self._protect(0)

    def table(self) -> Any:
        """Return the table as it is now."""
        with self._lock:
            if self._table is not None:
                try:
                    self._table.update_incremental()
                except engine("deltalake.exceptions").DeltaError:
                    self._table = None  # its commits were tidied away
            if self._table is None:
                self._table = self._load()
            return self._table

    def _load(self) -> Any:
        """Return the table anew.

        Raises
        ------
        FrameError
            Its log is missing or damaged.
        """
        try:
            return engine("deltalake").DeltaTable(str(self._folder))
        except engine("deltalake.exceptions").DeltaError as error:
            reason = str(error).partition("\n")[0]
            raise FrameError(
                f"the log of {self._folder} cannot be read ({reason}): restore the folder of the archive from a copy."
            ) from error

    @property
    def exists(self) -> bool:
        """Whether the table is there."""
        return bool(engine("deltalake").DeltaTable.is_deltatable(str(self._folder)))

    def dataset(self) -> Any:
        """Return all versions as they are now, as an Arrow dataset."""
        with self._lock:
            return self.table().to_pyarrow_dataset()

    def sequence(self, sub: str) -> int:
        """Return the number of the last commit of an account; 0 where it has none."""
        return self.table().transaction_version(sub) or 0

    def commit(self, rows: Any, sub: str, sync: int) -> None:
        """Commit rows of an account, with the number of the commit among those of the account.

        Accounts of this process that are ready meanwhile are one commit of the table, which is there whole or not at
        all.
        """
        self._queue.commit(rows, sub, sync)

    def _append(self, commits: Sequence[Commit]) -> None:
        delta = engine("deltalake")
        numbers = [delta.Transaction(commit.sub, commit.sync) for commit in commits]
        with self._lock, writable_files(self._folder.parent):
            table = self.table()
            delta.write_deltalake(
                table,
                pa.concat_tables([commit.rows for commit in commits]),
                mode="append",
                schema_mode=self._schema_mode(table),
                writer_properties=delta.WriterProperties(compression="ZSTD"),
                commit_properties=delta.CommitProperties(app_transactions=numbers),
            )
            self._protect(table.version())

    def _is_committed(self, commit: Commit) -> bool:
        return self.sequence(commit.sub) >= commit.sync

    @staticmethod
    def _schema_mode(table: Any) -> str | None:
        """Return how rows are added: a table of an older version gets the columns that it lacks."""
        names = {field.name for field in table.schema().fields}
        return None if names >= set(SCHEMA.names) else "merge"

    def since(self, sub: str, sync: int) -> Any:
        """Return the rows of an account that were committed after a number, without their content."""
        condition = (ds.field("sub") == sub) & (ds.field("sync") > sync)
        names = [name for name in INDEXED if name in SCHEMA.names]
        return self.dataset().to_table(columns=names, filter=condition)

    def last_raws(self, sub: str, keys: Sequence[tuple[str, str]]) -> dict[tuple[str, str], bytes]:
        """Return the newest raw row of events of an account by calendar and key."""
        chosen = pa.array(sorted({key for _, key in keys}), pa.string())
        condition = (ds.field("sub") == sub) & ds.field("event_key").isin(chosen)
        table = self.dataset().to_table(columns=["calendar_id", "event_key", "seen_at", "raw"], filter=condition)
        columns = (table[name].to_pylist() for name in ("calendar_id", "event_key", "raw"))
        pairs = sorted(zip(table["seen_at"].cast(pa.int64()).to_pylist(), *columns, strict=True))
        return {(calendar, key): raw for _, calendar, key, raw in pairs}

    def of(self, sub: str) -> Any:
        """Return all rows of an account."""
        return _with_all_columns(self.dataset().to_table(filter=ds.field("sub") == sub))

    def refill(self, sub: str, tz: str) -> None:
        """Make the columns of all rows of an account anew from what was sent, for columns that came later."""
        rows = self.of(sub)
        if len(rows):
            content = _content(rows["raw"].to_pylist(), tz)
            columns = [content.get(field.name, rows[field.name]) for field in SCHEMA]
            self.replace(sub, pa.Table.from_arrays(columns, schema=SCHEMA))

    def replace(self, sub: str, rows: Any) -> None:
        """Commit rows in place of all rows of an account."""
        delta = engine("deltalake")
        predicate = "sub = '{}'".format(sub.replace("'", "''"))
        with self._lock, writable_files(self._folder.parent):
            table = self.table()
            if not len(rows):
                table.delete(predicate)
                return
            delta.write_deltalake(
                table,
                rows,
                mode="overwrite",
                schema_mode=self._schema_mode(table),
                predicate=predicate,
                writer_properties=delta.WriterProperties(compression="ZSTD"),
            )

    def columns_with(self, texts: Sequence[str]) -> list[str]:
        """Return the columns in whose values a text in lower case occurs."""
        names = set()
        for batch in self.dataset().to_batches():
            for name, column in zip(batch.schema.names, batch.columns, strict=True):
                if pa.types.is_binary(column.type) or pa.types.is_string(column.type):
                    values = column.cast(pa.binary()).to_pylist()
                    content = b"\n".join(value for value in values if value).lower().decode("utf-8", "replace")
                    names |= {name for text in texts if text in content}
        return sorted(names)

    def columns_where(self, is_bad: Callable[[str], bool]) -> list[str]:
        """Return the columns of texts that have a value for which a condition holds."""
        names = set()
        for batch in self.dataset().to_batches():
            for name, column in zip(batch.schema.names, batch.columns, strict=True):
                if name not in names and pa.types.is_string(column.type):
                    names |= {name} if any(map(is_bad, column.unique().drop_null().to_pylist())) else set()
        return sorted(names)

    def compact(self, keep_hours: int) -> None:
        """Make few files of many, and delete those that are older than some hours and that no version needs.

        Two processes must not do this at the same time: both would keep the rows.
        """
        delta = engine("deltalake")
        with self._lock, writable_files(self._folder.parent):
            table = self.table()
            table.optimize.compact(writer_properties=delta.WriterProperties(compression="ZSTD"))
            table.create_checkpoint()
            table.cleanup_metadata()
            table.vacuum(retention_hours=keep_hours, enforce_retention_duration=False, dry_run=False, full=True)
        for path in self._folder.rglob("*"):
            if path.is_file():
                path.chmod(0o600)

    def has_many_files(self, most: int) -> bool:
        """Return whether the table has more than some number of files."""
        return len(self.table().file_uris()) > most

    def _protect(self, version: int) -> None:
        """Let only the owner read the files of a commit, and have them written to the disk."""
        log = self._folder / "_delta_log" / f"{version:020}.json"
        if not log.exists():  # another commit came between
            return
        actions = [msgspec.json.decode(line) for line in log.read_bytes().splitlines()]
        added = [self._folder / action["add"]["path"] for action in actions if "add" in action]
        for path in (*added, log):
            path.chmod(0o600)
            descriptor = os.open(path, os.O_RDWR)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)


INDEXED = (
    "calendar_id",
    "event_key",
    "event_uid",
    "event_id",
    "hash",
    "start",
    "end",
    "start_date",
    "end_date",
    "all_day",
    "state",
    "claimed_at",
    "seen_at",
    "sync",
)
"""The columns from which the index is made."""
