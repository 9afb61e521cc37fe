"""What pruning has to leave known: up to when, so that no later sync brings events back, and when the archive began."""

from __future__ import annotations

import sqlite3

from cronofy_frames.archive.state import State

_SETTING = "pruned_before"
_BEGINNING = "began_at "


def pruned_before(state: State) -> int | None:
    """Return the time before which events that ended were deleted, in microseconds; None where none were."""
    saved = state.setting(_SETTING)
    return None if saved is None else int(saved)


def save_pruned(state: State, before: int) -> None:
    """Remember that events that ended before a time, in microseconds, are deleted."""
    state.save_setting(_SETTING, str(max(before, pruned_before(state) or before)))


def saved_beginning(state: State, sub: str) -> int | None:
    """Return when the first version of an account was known, in microseconds; None where its versions still say that.

    What was there before is no change.
    """
    saved = state.setting(f"{_BEGINNING}{sub}")
    return None if saved is None else int(saved)


def save_beginning(state: State, sub: str, first: int) -> None:
    """Remember when the first version of an account was known, before it may be deleted."""
    if saved_beginning(state, sub) is None:
        state.save_setting(f"{_BEGINNING}{sub}", str(first))


def delete_beginning(connection: sqlite3.Connection, sub: str) -> None:
    """Delete what is remembered of an account."""
    connection.execute("delete from settings where name = ?", (f"{_BEGINNING}{sub}",))
