"""The last error or interrupt of a read or a write of this thread, with the rows that were there before it."""

from __future__ import annotations

import copy
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from cronofy_frames.errors import CronofyError

RecentError = CronofyError | KeyboardInterrupt

_RECENT = threading.local()


def last_error() -> Any:
    """Return the last error or interrupt of a read or a write of this thread, with `.partial` and `.resume`.

    `.partial` is the frame that was read before it (of `apply` and `undo` the outcomes so far), and `.resume` is plain
    data to read on: pass it as `resume=` to the same function. Either is None where there is nothing of the kind.

    Each thread has its own last error. It is kept until the next read or write of this thread, or its end; a read that
    goes on with `resume=` keeps it. What is kept is a copy without a traceback, so that it holds the rows in memory
    and nothing else of the code that failed.

    Returns
    -------
    CronofyError, KeyboardInterrupt or None
        None if the last read or write was complete, or there was none.

    Examples
    --------
    >>> client = cf.connect(
    ...     sandbox=cf.Sandbox(
    ...         now="2026-03-02T09:00:00Z",
    ...         faults=[cf.Fault("status", status=403, route="GET /v1/events", times={1})],
    ...     )
    ... )
    >>> try:
    ...     events = cf.read_events(client, "2026-03-02", "2026-03-09")
    ... except (cf.CronofyError, KeyboardInterrupt):
    ...     stopped = cf.last_error()
    >>> type(stopped).__name__, len(stopped.partial), stopped.resume["start"]
    ('Forbidden', 0, '2026-03-02T00:00:00+00:00')
    >>> rest = cf.read_events(client, resume=stopped.resume)
    >>> len(cf.concat([stopped.partial, rest])) == len(rest)
    True
    """
    return getattr(_RECENT, "error", None)


@contextmanager
def recording_errors(*, continues: bool = False) -> Iterator[None]:
    """Keep the error or interrupt of a read or a write for `last_error`.

    Parameters
    ----------
    continues
        Whether this goes on with an earlier read, whose error is kept then.
    """
    if not continues:
        _RECENT.error = None
    try:
        yield
    except (CronofyError, KeyboardInterrupt) as error:
        _RECENT.error = copy.copy(error).with_traceback(None)  # distributed makes copies keep it
        if isinstance(error, KeyboardInterrupt):
            vars(_RECENT.error).setdefault("partial", None)
            vars(_RECENT.error).setdefault("resume", None)
        raise


def describe_interrupt(error: RecentError, note: str, *, partial: Any, resume: dict[str, Any] | None) -> None:
    """Attach rows and data to continue to an interrupt, and a note that tracebacks show.

    A new class of exception would not do: Python itself ends a process as interrupted only for the exact class.
    """
    vars(error).update(partial=partial, resume=resume, __notes__=[note])
