"""The last error or interrupt of a read or write in this thread, with the rows before it."""

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
    """Return the last error or interrupt of a read or write in this thread, with `.partial` and `.resume`.

    `.partial` is the frame of the rows before it (of `apply` and `undo` the outcomes so far), and `.resume` is plain
    data to continue a read: pass it as `resume=` to the same function. Either is None if there is no such thing.

    Each thread has its own last error, until its next read or write; a read with `resume=` keeps it, unless that fails
    itself. It is a copy without a traceback, which holds the rows in memory, and no objects of the code that failed.

    Returns
    -------
    CronofyError, KeyboardInterrupt or None
        None if there is none.

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
    """Record the error or interrupt of a read or write for `last_error`.

    Parameters
    ----------
    continues
        Whether this continues an earlier read, whose error stays until this one has its own.
    """
    if not continues:
        _RECENT.error = None
    try:
        yield
    except (CronofyError, KeyboardInterrupt) as error:
        _RECENT.error = copy.copy(error).with_traceback(None)  # with distributed, copies of errors have a traceback
        if isinstance(error, KeyboardInterrupt):
            vars(_RECENT.error).setdefault("partial", None)
            vars(_RECENT.error).setdefault("resume", None)
        raise


def describe_interrupt(error: KeyboardInterrupt, note: str, *, partial: Any, resume: dict[str, Any] | None) -> None:
    """Set `.partial`, `.resume` and a note of an interrupt; tracebacks show the note.

    The class stays: Python ends a process as interrupted only for `KeyboardInterrupt` itself, not for subclasses.
    """
    vars(error).update(partial=partial, resume=resume, __notes__=[note])
