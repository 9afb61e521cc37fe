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
    is_done
        Whether they are there, or cannot be written.
    error
        Why they cannot be written.
    """

    rows: Any
    sub: str
    sync: int
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
        self._turn, self._guard = threading.Lock(), threading.Lock()
        self._waiting: list[Commit] = []

    def commit(self, rows: Any, sub: str, sync: int) -> None:
        """Commit rows of an account.

        Raises
        ------
        Exception
            They could not be written; those of other accounts may have been.
        """
        own = Commit(rows, sub, sync)
        with self._guard:
            self._waiting.append(own)
        try:
            with self._turn:
                if not own.is_done:
                    self._commit_waiting()
        finally:
            self._remove([own])
        if own.error is not None:
            raise own.error

    @property
    def waiting(self) -> int:
        """How many accounts wait for a commit, or are in the one that is being written."""
        return len(self._waiting)

    def _remove(self, commits: Sequence[Commit]) -> None:
        with self._guard:
            self._waiting = [commit for commit in self._waiting if commit not in commits]

    def _commit_waiting(self) -> None:
        with self._guard:
            commits = list(self._waiting)
        try:
            self._append(commits)
        except Exception:  # one account's rows must not keep those of the others out
            for commit in commits:
                self._commit_alone(commit)
        for commit in commits:
            commit.is_done = True
        self._remove(commits)

    def _commit_alone(self, commit: Commit) -> None:
        try:
            if not self._is_committed(commit):
                self._append([commit])
        except Exception as error:  # raised in the account's own thread
            commit.error = error
