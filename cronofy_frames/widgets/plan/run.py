"""Apply or undo a plan behind a widget: a journal that reports progress and can be stopped."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from tempfile import mkdtemp

from cronofy_frames.errors import CronofyError
from cronofy_frames.writing.apply.journal import Journal
from cronofy_frames.writing.apply.journal_state import EntryResponse
from cronofy_frames.writing.apply.undoing import plans_to_undo
from cronofy_frames.writing.plan.plans import Step


class Stopped(CronofyError):
    """The Stop button was pressed."""


class WatchedJournal(Journal):
    """A journal that reports how many rows were answered, and can be stopped before the next batch.

    The answer to a batch that was sent is always recorded: a stop leaves no row with an unknown outcome.

    Parameters
    ----------
    path
        The file.
    on_progress
        Called with the number of rows answered so far.
    stop
        Set to stop before the next batch.
    """

    def __init__(
        self, path: str | os.PathLike[str], *, on_progress: Callable[[int], None], stop: threading.Event
    ) -> None:
        super().__init__(path)
        self._on_progress, self._stop = on_progress, stop
        self._answered_rows: set[int] = set()

    def record_batch(self, steps: Iterable[Step]) -> int:
        """Record the rows to be sent, unless Stop was pressed."""
        if self._stop.is_set():
            raise Stopped("stopped, as you asked, before the next batch was sent.")
        return super().record_batch(steps)

    def record_responses(self, responses: Mapping[int, EntryResponse]) -> None:
        """Record responses, and report how many rows were answered."""
        super().record_responses(responses)
        self._answered_rows |= {position for position, response in responses.items() if not response.transient}
        self._on_progress(len(self._answered_rows))


def undoable_count(path: Path | None) -> int:
    """Return how many events or periods `undo` would take next; 0 if the file does not exist.

    Raises
    ------
    FrameError
        If the file is not a journal, or another process is writing to it.
    """
    if path is None or not path.exists():
        return 0
    with Journal(path) as journal:
        return len({target for plan in plans_to_undo(journal.state, "last") for target in plan.undoable})


def temporary_journal() -> Path:
    """Return a path for a journal in a new folder that only its owner can read.

    It is not removed with the widget: after the kernel has died, undo needs it.
    """
    return Path(mkdtemp(prefix="cronofy_frames-")) / "plan.journal"
