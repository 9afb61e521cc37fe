"""Commits of several accounts at once: those that wait while another commit is written are the next commit together."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(eq=False)
class Commit:
    """Rows of one account that are to be committed.

    Attributes
    ----------
    rows
        The rows of the Delta table.
    sub, sync
        The account, and the number of the commit among those of the account.
    is_begun
        Whether a thread has begun to write them, so that they may be there.
    is_done
        Whether they are there, or cannot be written.
    error
        Why they cannot be written.
    """

    rows: Any
    sub: str
    sync: int
    is_begun: bool = False
    is_done: bool = False
    error: Exception | None = None


class CommitQueue:
    """Commits rows of accounts, together where they wait for each other; a caller returns when its own are there.

    The thread whose turn it is writes all that wait, so that no thread depends on another one that may be killed.

    Parameters
    ----------
    append
        Commits rows of several accounts, all or none.
    is_committed
        Returns whether the rows of an account are there already.
    """

    def __init__(self, append: Callable[[Sequence[Commit]], None], is_committed: Callable[[Commit], bool]) -> None:
        self._append, self._is_committed = append, is_committed
        self._condition = threading.Condition()
        self._waiting: list[Commit] = []
        self._is_writing = False

    def commit(self, rows: Any, sub: str, sync: int) -> None:
        """Commit rows of an account.

        Raises
        ------
        Exception
            They could not be written; those of other accounts may have been.
        """
        own = Commit(rows, sub, sync)
        try:
            if commits := self._turn(own):
                self._write(commits)
        finally:
            with self._condition:
                self._waiting = [commit for commit in self._waiting if commit is not own]
        if own.error is not None:
            raise own.error

    @property
    def waiting(self) -> int:
        """How many accounts wait for a commit, or are in the one that is being written."""
        return len(self._waiting)

    def _turn(self, own: Commit) -> list[Commit]:
        """Wait until a commit is there, or until it is this thread's turn to write; return what it has to write."""
        with self._condition:
            self._waiting.append(own)
            self._condition.wait_for(lambda: own.is_done or not self._is_writing)
            if own.is_done:
                return []
            self._is_writing = True
            return list(self._waiting)

    def _write(self, commits: Sequence[Commit]) -> None:
        try:
            self._write_each_once(commits)
            for commit in commits:
                commit.is_done = True
        finally:
            with self._condition:
                self._waiting = [commit for commit in self._waiting if not commit.is_done]
                self._is_writing = False
                self._condition.notify_all()

    def _write_each_once(self, commits: Sequence[Commit]) -> None:
        missing = [commit for commit in commits if not (commit.is_begun and self._is_committed(commit))]
        for commit in missing:
            commit.is_begun = True
        try:
            if missing:
                self._append(missing)
        except Exception:  # one account's rows must not keep those of the others out
            for commit in missing:
                self._write_alone(commit)

    def _write_alone(self, commit: Commit) -> None:
        try:
            if not self._is_committed(commit):
                self._append([commit])
        except Exception as error:  # raised in the account's own thread
            commit.error = error
