"""State of an archive in SQLite: accounts, calendars, watermarks, coverage, leases, and an index of current versions.

Many processes may read while one writes. Versions themselves are in the Delta table; the index follows from them.
"""

from __future__ import annotations

import os
import sqlite3
import threading
import weakref
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from cronofy_frames.archive.folder_names import require_writable_name
from cronofy_frames.archive.migrations import MIGRATIONS
from cronofy_frames.errors import FrameError
from cronofy_frames.zones import zone_name

FILE = "state.sqlite"
BUSY_SECONDS = 60.0

Row = tuple[Any, ...]


def unwritable(folder: Path, reason: str) -> FrameError:
    """Return an error for an archive that cannot be written."""
    return FrameError(
        f"{folder} cannot be written ({reason}): see that you may write it and that the disk has room, or work on a "
        "copy of it."
    )


class State:
    """The SQLite file of an archive.

    Parameters
    ----------
    folder
        The archive's folder.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE
        self._lock = threading.RLock()
        self._reader: sqlite3.Connection | None = None
        self._writer: sqlite3.Connection | None = None
        self._opened: list[sqlite3.Connection] = []
        # Python warns of connections that are never closed, and an archive may be used in one expression
        weakref.finalize(self, _close_all, self._opened)

    @property
    def exists(self) -> bool:
        """Whether the file is there."""
        return self._path.exists()

    def close(self) -> None:
        """End the connections."""
        with self._lock:
            _close_all(self._opened)
            self._reader = self._writer = None

    def rows(self, query: str, parameters: Sequence[Any] = ()) -> list[Row]:
        """Return the rows of a query.

        Raises
        ------
        FrameError
            The file is damaged, or this user may not read it.
        """
        with self._lock:
            try:
                if self._is_read_only():
                    return self._rows_of_copy(query, parameters)
                return self._connection().execute(query, parameters).fetchall()
            except sqlite3.DatabaseError as error:
                raise self.unusable(error) from error

    def _is_read_only(self) -> bool:
        """Return whether SQLite cannot create the files that it needs beside this one, and nothing waits in them."""
        is_open = self._writer is not None or self._reader is not None
        return not is_open and not os.access(self._path.parent, os.W_OK) and not self._has_waiting_changes()

    def _has_waiting_changes(self) -> bool:
        """Return whether changes wait in the file beside this one; a reader leaves an empty one."""
        beside = self._path.with_name(f"{FILE}-wal")
        return beside.exists() and beside.stat().st_size > 0

    def _rows_of_copy(self, query: str, parameters: Sequence[Any]) -> list[Row]:
        """Return the rows of a query where the folder is read-only, such as a backup.

        SQLite takes the file for one that never changes, so that each query opens it anew.
        """
        with closing(sqlite3.connect(f"{self._path.absolute().as_uri()}?mode=ro&immutable=1", uri=True)) as connection:
            return connection.execute(query, parameters).fetchall()

    def unusable(self, error: sqlite3.DatabaseError) -> FrameError:
        """Return an error for a file that SQLite cannot use, or for a disk that is full."""
        if getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL:
            return unwritable(self._path.parent, "the disk is full")
        if not os.access(self._path.parent, os.W_OK) and self._has_waiting_changes():
            return FrameError(
                f"{self._path} cannot be used ({error}): it has changes in {FILE}-wal that cannot be read where the "
                "folder cannot be written; work on a copy of the folder."
            )
        return FrameError(
            f"{self._path} cannot be used ({error}): see that you may read and write the folder; if the file is "
            "damaged, restore the folder from a copy."
        )

    def row(self, query: str, parameters: Sequence[Any] = ()) -> Row | None:
        """Return the first row of a query; None where there is none."""
        return next(iter(self.rows(query, parameters)), None)

    @property
    def has_labels(self) -> bool:
        """Whether accounts have labels, as those of a mapping of clients: then frames have a column account."""
        return self.row("select 1 from accounts where label != '' limit 1") is not None

    def setting(self, name: str) -> str | None:
        """Return a setting of the archive."""
        row = self.row("select value from settings where name = ?", (name,))
        return None if row is None else row[0]

    def save_setting(self, name: str, value: str) -> None:
        """Keep a setting of the archive."""
        with self.transaction() as connection:
            connection.execute("insert or replace into settings values (?, ?)", (name, value))

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Make all changes within, or none."""
        with self._lock:
            connection = self._open_writer()
            with self._named_errors():
                connection.execute("begin immediate")
                try:
                    yield connection
                except BaseException:
                    connection.rollback()
                    raise
                connection.commit()

    @contextmanager
    def _named_errors(self) -> Iterator[None]:
        """Raise what SQLite and the file system refuse as an error that names the archive."""
        try:
            yield
        except sqlite3.DatabaseError as error:
            raise self.unusable(error) from error
        except OSError as error:
            raise unwritable(self._path.parent, error.strerror or str(error)) from error

    def require_writable(self) -> None:
        """Raise unless the archive can be written.

        Raises
        ------
        FrameError
            It cannot.
        """
        require_writable_name(self._path.parent)
        if not os.access(self._path.parent, os.W_OK):
            raise unwritable(self._path.parent, "permission denied")
        with self.transaction():
            pass

    def check_schema(self) -> int:
        """Return the version of the schema; 0 where there is none yet.

        Raises
        ------
        FrameError
            It is of a newer version of this package.
        """
        version: int = self.rows("pragma user_version")[0][0]
        if version > len(MIGRATIONS):
            raise FrameError(
                f"{self._path.parent} was written by a newer cronofy-frames: its schema is {version}, and this version "
                f"knows {len(MIGRATIONS)}. Upgrade: pip install --upgrade cronofy-frames"
            )
        return version

    def migrate(self) -> None:
        """Bring the schema up to date, one version at a time.

        The version is read in the transaction that changes it: by the time another process has finished, an earlier
        one would set the schema back.

        Raises
        ------
        FrameError
            The folder cannot be written.
        """
        if self.exists and not os.access(self._path.parent, os.W_OK):
            raise FrameError(
                f"{self._path.parent} was written by an earlier release, and is brought up to date when it is opened, "
                "but cannot be written (permission denied): open a copy of it."
            )
        with self._lock:
            self._open_writer()
            while self.check_schema() < len(MIGRATIONS):
                with self.transaction() as connection:
                    version = self.check_schema()
                    if version == len(MIGRATIONS):  # another process has finished meanwhile
                        break
                    for statement in _statements(MIGRATIONS[version]):
                        connection.execute(statement)
                    connection.execute(f"pragma user_version = {version + 1}")

    def tidy(self) -> None:
        """Make the file as small as it can be."""
        with self._lock:
            connection = self._open_writer()
            with self._named_errors():
                connection.execute("vacuum")
                connection.execute("pragma wal_checkpoint(truncate)")

    def settle_zone(self, tz: str | None) -> str:
        """Return the zone of the archive, which is fixed when it is created.

        Raises
        ------
        ValueError
            Another one is given later.
        """
        fixed = self.setting("tz")
        if fixed is None:
            fixed = zone_name(tz or "UTC")
            with self.transaction() as connection:
                connection.execute("insert or ignore into settings values ('tz', ?)", (fixed,))
            fixed = self.setting("tz") or fixed  # another process may have created the archive just now
        if tz is not None and zone_name(tz) != fixed:
            raise ValueError(
                f"the archive {self._path.parent} has the zone {fixed}, which cannot change: leave out tz=, and give "
                f"tz={tz!r} to the functions that read from it."
            )
        return fixed

    def _connection(self) -> sqlite3.Connection:
        if self._writer is not None:
            return self._writer
        if self._reader is None:
            self._reader = self._connect(f"{self._path.absolute().as_uri()}?mode=ro")
        return self._reader

    def _open_writer(self) -> sqlite3.Connection:
        if self._writer is None:
            with self._named_errors():
                self._path.touch(0o600)
                writer = self._connect(self._path.absolute().as_uri())
                writer.execute("pragma journal_mode = wal")
                # a lost transaction is found again in the versions, which are flushed to the disk
                writer.execute("pragma synchronous = normal")
                writer.execute("pragma secure_delete = on")
                self._writer = writer
        return self._writer

    def _connect(self, uri: str) -> sqlite3.Connection:
        connection = sqlite3.connect(uri, uri=True, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
        self._opened.append(connection)
        return connection


def _statements(script: str) -> Iterator[str]:
    """Yield the statements of a script, each of which ends with a line."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""


def _close_all(connections: list[sqlite3.Connection]) -> None:
    while connections:
        connections.pop().close()
