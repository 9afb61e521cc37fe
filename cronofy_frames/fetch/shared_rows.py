"""Rows that overlap the windows of several tasks of an account, such as an event over midnight: each is written once.

The rule: a task has the rows that begin at `since` or later. For a first task that is the end of the tasks before it
in its folder, and for a later one its own start. A task before others that are written leaves out the rows that they
have.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import pandas as pd

from cronofy_frames.fetch.tasks import Task


@dataclass(frozen=True, slots=True)
class WrittenTask:
    """A task that is written.

    Attributes
    ----------
    task
        The task.
    since
        Its rows begin at this or later; None where all that overlap its window are in it.
    """

    task: Task
    since: pd.Timestamp | None


class SharedRows:
    """Decides which rows of each task of a run are written.

    Parameters
    ----------
    tasks
        The tasks of the run.
    written
        Those that the folder has.
    lost
        `since` of tasks of the run that were written before, by their keys; it holds again.
    """

    def __init__(
        self,
        tasks: Iterable[Task],
        written: Iterable[WrittenTask],
        lost: Mapping[tuple[str, str, str], pd.Timestamp | None],
    ) -> None:
        self._lost = lost
        self._tasks: defaultdict[str, list[Task]] = defaultdict(list)
        self._written: defaultdict[str, list[WrittenTask]] = defaultdict(list)
        for task in tasks:
            self._tasks[task.account].append(task)
        for entry in written:
            self._written[entry.task.account].append(entry)

    def since(self, task: Task) -> pd.Timestamp | None:
        """Return from when on the rows of a task begin; None for all rows that overlap its window."""
        if task.key in self._lost:
            return self._lost[task.key]
        if not task.is_first:
            return task.start
        others = [*self._tasks[task.account], *(entry.task for entry in self._written[task.account])]
        return max((other.end for other in others if other.start < task.start), default=None)

    def own_rows(self, frame: pd.DataFrame, task: Task) -> pd.DataFrame:
        """Return the rows that a task writes; those without times are its own."""
        since = self.since(task)
        is_own = pd.Series(data=True, index=frame.index)
        if since is not None:
            is_own &= ~(frame["start"] < since)
        for entry in self._written[task.account]:
            if entry.task.start >= task.end:
                is_theirs = frame["end"] > entry.task.start
                is_own &= ~(is_theirs if entry.since is None else is_theirs & (frame["start"] >= entry.since))
        return frame if is_own.all() else frame[is_own].reset_index(drop=True)
