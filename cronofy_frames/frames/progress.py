"""Progress bar of a read or a write."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any


class Progress:
    """A bar over all pages of all accounts, or over the rows that are written.

    The bar appears when there is more than one step and, unless it was asked for, the work takes longer than
    `DELAY`: a bar that lasts a moment only leaves its remains in a notebook.

    Parameters
    ----------
    show
        True or False to show a bar or not; None shows one in a terminal or notebook.
    unit
        What is counted.
    clock
        Seconds since any moment.
    """

    DELAY = 0.5  # seconds

    def __init__(self, *, show: bool | None, unit: str = "page", clock: Callable[[], float] = time.monotonic) -> None:
        self._show, self._unit = show, unit
        self._clock, self._started_at = clock, clock()
        self._lock = threading.Lock()
        self._bar: Any = None
        self._done = 0

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, *_: object) -> None:
        # after an interrupt, a thread that is ending may count another step
        self._show = False
        if self._bar is not None:
            self._bar.close()

    def step(self, total: int | None, count: int = 1) -> None:
        """Count steps that are done, of `total`."""
        with self._lock:
            self._done += count
            if self._show is False or (total or 0) <= 1:
                return
            if self._bar is None:
                if self._show is None and self._clock() - self._started_at < self.DELAY:
                    return
                self._bar = self._new_bar(total)
            self._bar.update(self._done - self._bar.n)

    def _new_bar(self, total: int | None) -> Any:
        # tqdm looks for a notebook when it is imported, which a read of one page need not wait for
        from tqdm.auto import tqdm

        return tqdm(total=total, unit=self._unit, disable=None if self._show is None else not self._show, leave=False)
