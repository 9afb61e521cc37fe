"""How a plan is carried out behind a widget: a journal that says how far it is and can be told to stop."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from tempfile import mkdtemp

from cronofy_frames.errors import CronofyError
from cronofy_frames.writing.apply.journal import EntryResponse, Journal
from cronofy_frames.writing.plan.plans import Step


class Stopped(CronofyError):
    """Somebody pressed Stop."""


class Watched(Journal):
    """A journal that tells how many rows were answered, and stops before a batch when it is told to.

    A batch that was sent gets its answer noted: so a stop leaves no row in doubt.

    Parameters
    ----------
    path
        The file.
    told
        Called with the number of rows that were answered so far.
    halt
        Set to stop before the next batch.
    """

    def __init__(self, path: str | os.PathLike[str], *, told: Callable[[int], None], halt: threading.Event) -> None:
        super().__init__(path)
        self._told, self._halt = told, halt
        self._settled: set[int] = set()

    def record_batch(self, steps: Iterable[Step]) -> int:
        """Note what is about to be sent, unless it was told to stop."""
        if self._halt.is_set():
            raise Stopped("stopped, as you asked, before the next batch was sent.")
        return super().record_batch(steps)

    def record_responses(self, answers: Mapping[int, EntryResponse]) -> None:
        """Note what was answered, and tell how far it is."""
        super().record_responses(answers)
        self._settled |= {position for position, one in answers.items() if not one.transient}
        self._told(len(self._settled))


def to_take_back(path: Path | None) -> int:
    """Return how many events or periods a journal can take back; none where there is no file.

    Raises
    ------
    FrameError
        When the file is no journal, or another process is writing to it.
    """
    if path is None or not path.exists():
        return 0
    with Journal(path) as book:
        return sum(bool(history.effective) for history in book.state.histories.values())


def makeshift() -> Path:
    """Return a place for a journal that nobody named: in a new folder that is its owner's only.

    It is not removed with the widget: after a kernel has died it is what everything can be taken back with.
    """
    return Path(mkdtemp(prefix="cronofy_frames-")) / "plan.journal"
