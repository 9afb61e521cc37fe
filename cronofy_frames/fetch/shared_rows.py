"""Deduplication of rows that overlap the windows of several tasks, such as events over midnight: one task writes each.

The rule: a task writes the rows that begin at an instant `since` or later. For the first task of an account, `since` is
the latest end of the tasks before it in the folder; for the other tasks it is their own start. A task leaves out the
rows that written tasks after it have already.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import pandas as pd

from cronofy_frames.fetch.tasks import Task


@dataclass(frozen=True, slots=True)
class WrittenTask:
    """A task whose rows are written.

    Attributes
    ----------
    task
        The task.
    since
        Its rows begin at this instant or later; None if it has all rows that overlap its window.
    """

    task: Task
    since: pd.Timestamp | None


class SharedRows:
    """Decides which rows each task of a run writes.

    Parameters
    ----------
    tasks
        The tasks of the run.
    written
        The tasks that are in the folder.
    lost
        `since` of tasks whose files are missing, by task key: they write the same rows again.
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
        """Return the instant at or after which the rows of a task begin; None for all rows that overlap its window."""
        if task.key in self._lost:
            return self._lost[task.key]
        if not task.is_first:
            return task.start
        others = [*self._tasks[task.account], *(entry.task for entry in self._written[task.account])]
        return max((other.end for other in others if other.start < task.start), default=None)

    def own_rows(self, frame: pd.DataFrame, task: Task) -> pd.DataFrame:
        """Return the rows that a task writes; rows without times are among them."""
        since = self.since(task)
        is_own = pd.Series(data=True, index=frame.index)
        if since is not None:
            is_own &= ~(frame["start"] < since)
        for entry in self._written[task.account]:
            if entry.task.start >= task.end:
                is_written = frame["end"] > entry.task.start
                is_own &= ~(is_written if entry.since is None else is_written & (frame["start"] >= entry.since))
        return frame if is_own.all() else frame[is_own].reset_index(drop=True)
