"""Read of one task: its client, the options that its kind takes, and its rows."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, Literal

import pandas as pd

from cronofy_frames.errors import Forbidden, FrameError, NotFound
from cronofy_frames.fetch.tasks import Task
from cronofy_frames.frames.calendars import read_calendar_list, with_names
from cronofy_frames.frames.reading import read_events, read_free_busy
from cronofy_frames.keyword_suggestions import check_keywords
from cronofy_frames.wire.client import Client

Kind = Literal["events", "free_busy"]

READ: dict[str, Callable[..., pd.DataFrame]] = {"events": read_events, "free_busy": read_free_busy}
NOT_OPTIONS = ("client", "start", "end", "tz", "resume", "progress", "workers")
"""Arguments of a read that the tasks or `run_fetch` decide."""


def check_options(
    function: str, kind: str, options: Mapping[str, Any], parameters: Mapping[str, inspect.Parameter]
) -> None:
    """Raise for an option that neither the read of a kind has, nor a function with these parameters.

    Raises
    ------
    TypeError
        With the nearest option.
    """
    of_read = inspect.signature(READ[kind]).parameters
    allowed = {name: parameter for name, parameter in of_read.items() if name not in NOT_OPTIONS}
    check_keywords(function, options, {**allowed, **parameters})


def read_task(
    client: Client, task: Task, read: Callable[..., pd.DataFrame], tz: str, options: Mapping[str, Any]
) -> pd.DataFrame:
    """Read the rows of a task; later tasks of an account leave rows that begin before them to the task before.

    Names of calendars that could not be read are read again: the task will not be, and they would stay missing.

    Raises
    ------
    FrameError
        The answer ended before its last page.
    CronofyError
        The task, or the names of its calendars, could not be read.
    """
    frame = read(client, task.start, task.end, tz=tz, workers=1, progress=False, **options)
    if not frame.attrs["cronofy"]["complete"]:
        raise FrameError("the response ended before its last page: run the task again.")
    if "names" in frame.attrs["cronofy"]:
        _add_missing_names(frame, client)
    if task.is_first:
        return frame
    is_own = (frame["start"] >= task.start) | frame["start"].isna()
    return frame if is_own.all() else frame[is_own].reset_index(drop=True)


def _add_missing_names(frame: pd.DataFrame, client: Client) -> None:
    """Add the names of calendars that could not be read with the rows.

    They stay missing for an account whose token may not list its calendars.
    """
    with suppress(Forbidden, NotFound):
        read_calendar_list(client)
        del frame.attrs["cronofy"]["names"]
        with_names(frame, client, send=False)


def connect_label(connect: Callable[[str], Client], label: str) -> Client:
    """Call the user's function for the client of a label, and check the client.

    Raises
    ------
    TypeError
        The function returned something else.
    """
    client = connect(label)
    if not isinstance(client, Client):
        raise TypeError(
            f"the function for clients returned a {type(client).__name__} for {label!r}: return what cf.connect() does."
        )
    return client
