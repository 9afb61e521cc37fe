"""Index of the current version of each event of an account, which follows from the Delta table."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from cronofy_frames.archive.state import Row, State
from cronofy_frames.archive.versions import OPEN, Version, Versions

Key = tuple[str, str]
"""A calendar and the key of an event in it."""

_DAY = 86_400_000_000


@dataclass(frozen=True, slots=True)
class Known:
    """The current version of an event.

    Attributes
    ----------
    calendar_id, key, uid, id
        What tells it from others.
    hash
        Of its content.
    start, end
        In microseconds, of a date those of its midnight in UTC; None where it has none.
    all_day
        Whether it is given in whole days.
    state
        open, or why it ended.
    claimed_at, seen_at
        When the provider says that it changed, and when we knew.
    """

    calendar_id: str
    key: str
    uid: str | None
    id: str | None
    hash: bytes
    start: int | None
    end: int | None
    all_day: bool
    state: str
    claimed_at: int
    seen_at: int

    @classmethod
    def of(cls, version: Version) -> Known:
        """Return a version as the current one."""
        row = version.row
        return cls(
            calendar_id=row.calendar_id,
            key=version.key,
            uid=row.uid,
            id=row.id,
            hash=row.hash,
            start=row.start,
            end=row.end,
            all_day=row.all_day,
            state=version.state,
            claimed_at=version.claimed_at,
            seen_at=version.seen_at,
        )

    @property
    def is_open(self) -> bool:
        """Whether it has not ended."""
        return self.state == OPEN

    def is_inside(self, start: int, end: int) -> bool:
        """Return whether a read of a window has to show the event.

        Rules differ at the bounds, and those of whole days with the zone, so that it has to reach inside.
        """
        if self.start is None or self.end is None:
            return False
        margin = _DAY if self.all_day else 0
        return self.start < end - margin and self.end > start + margin


def load_index(state: State, sub: str) -> dict[Key, Known]:
    """Return the current version of each event of an account by calendar and key."""
    rows = state.rows(
        "select calendar_id, key, uid, id, hash, start, end, all_day, state, claimed_at, seen_at from current "
        "where sub = ?",
        (sub,),
    )
    return {(row[0], row[1]): _known_of_saved(row) for row in rows}


def _known_of_saved(row: Row) -> Known:
    calendar_id, key, uid, own_id, digest, start, end, all_day, state, claimed_at, seen_at = row
    return Known(calendar_id, key, uid, own_id, digest, start, end, bool(all_day), state, claimed_at, seen_at)


def save_index(connection: sqlite3.Connection, sub: str, known: Iterable[Known]) -> None:
    """Make versions the current ones, unless there is a newer one."""
    connection.executemany(
        "insert into current values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) on conflict do update set uid = excluded.uid, "
        "id = excluded.id, hash = excluded.hash, start = excluded.start, end = excluded.end, "
        "all_day = excluded.all_day, state = excluded.state, claimed_at = excluded.claimed_at, "
        "seen_at = excluded.seen_at where excluded.seen_at >= current.seen_at",
        (
            (
                *(sub, event.calendar_id, event.key, event.uid, event.id, event.hash, event.start, event.end),
                *(event.all_day, event.state, event.claimed_at, event.seen_at),
            )
            for event in known
        ),
    )


def lost_commits(state: State, versions: Versions, sub: str) -> int:
    """Return how many commits of an account were indexed and are not there, as an older copy of the versions has it."""
    return max(0, _indexed_commit(state, sub) - versions.sequence(sub))


def lost_text(name: str, commits: int) -> str:
    """Return what is wrong where the versions of an account are older than the rest of the archive."""
    syncs = f"{commits} sync{'s' * (commits != 1)}"
    return f"versions of {name} are older than the rest of the archive: those of {syncs} are missing."


def _indexed_commit(state: State, sub: str) -> int:
    row = state.row("select sequence from accounts where sub = ?", (sub,))
    return 0 if row is None else row[0]


def newest_versions(versions: Versions, sub: str) -> dict[Key, Known]:
    """Return the current version of each event of an account, from the Delta table."""
    known = sorted(known_of(versions.since(sub, 0)), key=lambda event: event.seen_at)
    return {(event.calendar_id, event.key): event for event in known}


def rebuild_index(state: State, versions: Versions, sub: str) -> None:
    """Make the index of an account anew from its versions; the next sync reads all where commits are lost."""
    is_behind = lost_commits(state, versions, sub) > 0
    newest, sequence = newest_versions(versions, sub), versions.sequence(sub)
    with state.transaction() as connection:
        connection.execute("delete from current where sub = ?", (sub,))
        save_index(connection, sub, newest.values())
        connection.execute("update accounts set sequence = ? where sub = ?", (sequence, sub))
        if is_behind:
            connection.execute("delete from shapes where sub = ?", (sub,))


def empty_index(state: State, versions: Versions, sub: str) -> None:
    """Empty the index of an account, so that the next sync makes it anew; it reads all where commits are lost."""
    is_behind = lost_commits(state, versions, sub) > 0
    with state.transaction() as connection:
        connection.execute("delete from current where sub = ?", (sub,))
        connection.execute("update accounts set sequence = 0 where sub = ?", (sub,))
        if is_behind:
            connection.execute("delete from shapes where sub = ?", (sub,))


def catch_up(state: State, versions: Versions, sub: str) -> int:
    """Make the index that of the versions which are committed.

    A kill between a commit and its index leaves versions that are not in it. A folder whose versions were restored from
    an older copy lacks versions that are in it: what they had is read again.

    Returns
    -------
    The number of the last commit.
    """
    indexed, committed = _indexed_commit(state, sub), versions.sequence(sub)
    if committed < indexed:
        rebuild_index(state, versions, sub)
    if committed <= indexed:
        return committed
    rows = versions.since(sub, indexed)
    known = sorted(known_of(rows), key=lambda event: event.seen_at)
    newest = max((event.seen_at for event in known), default=0)
    with state.transaction() as connection:
        save_index(connection, sub, known)
        connection.execute(
            "update accounts set sequence = ?, seen_at = max(seen_at, ?) where sub = ?", (committed, newest, sub)
        )
    return committed


def known_of(rows: Any) -> list[Known]:
    """Return rows of the Delta table as current versions."""
    columns = {name: _plain(rows[name]) for name in rows.column_names}
    known = []
    for values in zip(*columns.values(), strict=True):
        row = dict(zip(columns, values, strict=True))
        known.append(_known_of_row(row))
    return known


def _known_of_row(row: dict[str, Any]) -> Known:
    is_date = row["start_date"] is not None
    end_date = row["end_date"] if is_date else None
    return Known(
        calendar_id=row["calendar_id"] or "",
        key=row["event_key"],
        uid=row["event_uid"],
        id=row["event_id"],
        hash=row["hash"],
        start=row["start_date"] * _DAY if is_date else row["start"],
        end=row["end"] if end_date is None else end_date * _DAY,
        all_day=is_date,
        state=row["state"],
        claimed_at=row["claimed_at"],
        seen_at=row["seen_at"],
    )


def _plain(column: Any) -> list[Any]:
    """Return a column as Python values; times in microseconds and dates in days."""
    kind = column.type
    if pa.types.is_timestamp(kind):
        column = column.cast(pa.int64())
    elif pa.types.is_date32(kind):
        column = column.cast(pa.int32())
    return list(column.to_pylist())
