"""Deduplication of rows that overlap the windows of several tasks, such as events over midnight: one task writes each.

The rule: a task writes the rows that begin at an instant `since` or later. For the first task of an account, `since` is
the latest end of the tasks before it in the folder; for the other tasks it is their own start. A task leaves out the
rows that written tasks after it have already. Tasks whose files are missing count as written, because they write the
same rows when they run again; unless tasks of another plan have taken their time.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
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
        The tasks whose files are missing, those of an earlier run first.
    """

    def __init__(
        self,
        tasks: Iterable[Task],
        written: Iterable[WrittenTask],
        lost: Sequence[WrittenTask],
    ) -> None:
        self._lost = {entry.task.key: entry.since for entry in lost}
        self._tasks: defaultdict[str, list[Task]] = defaultdict(list)
        self._written: defaultdict[str, list[WrittenTask]] = defaultdict(list)
        for task in tasks:
            self._tasks[task.account].append(task)
        for entry in written:
            self._written[entry.task.account].append(entry)
        for entry in reversed(lost):
            others = self._all_tasks(entry.task.account)
            if not any(other.key != entry.task.key and _is_overlap(other, entry.task) for other in others):
                self._written[entry.task.account].append(entry)

    def _all_tasks(self, account: str) -> list[Task]:
        return [*self._tasks[account], *(entry.task for entry in self._written[account])]

    def since(self, task: Task) -> pd.Timestamp | None:
        """Return the instant at or after which the rows of a task begin; None for all rows that overlap its window."""
        if task.key in self._lost:
            return self._lost[task.key]
        if not task.is_first:
            return task.start
        others = self._all_tasks(task.account)
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


def _is_overlap(task: Task, other: Task) -> bool:
    return task.start < other.end and other.start < task.end
