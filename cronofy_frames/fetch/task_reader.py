"""Read of one task: its client, the options that its kind takes, and its rows."""

from __future__ import annotations

import inspect
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from typing import Any, Literal

import pandas as pd

from cronofy_frames.argument_types import text_list
from cronofy_frames.errors import Forbidden, FrameError, NotFound
from cronofy_frames.fetch.tasks import Task
from cronofy_frames.frames.calendars import read_calendar_list, with_names
from cronofy_frames.frames.extra_columns import extra_types
from cronofy_frames.frames.reading import read_events, read_free_busy
from cronofy_frames.keyword_suggestions import check_keywords
from cronofy_frames.schema import EVENTS, FREE_BUSY, Table
from cronofy_frames.wire.client import Client
from cronofy_frames.wire.values import wire_value

Kind = Literal["events", "free_busy"]

READ: dict[str, Callable[..., pd.DataFrame]] = {"events": read_events, "free_busy": read_free_busy}
TABLES: dict[str, Table] = {"events": EVENTS, "free_busy": FREE_BUSY}
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


def canonical_options(kind: str, options: Mapping[str, Any]) -> dict[str, Any]:
    """Return options as JSON that is equal for calls of one meaning: without those that have their default.

    Raises
    ------
    ValueError
        An option has no such value.
    """
    parameters = inspect.signature(READ[kind]).parameters
    values = {name: _canonical(kind, name, value) for name, value in options.items()}
    return {name: value for name, value in values.items() if value != _canonical(kind, name, parameters[name].default)}


def _canonical(kind: str, name: str, value: Any) -> Any:
    if name == "extra":
        return extra_types(value, TABLES[kind])
    if name in ("calendars", "include") and value is not None:
        return sorted(text_list(name, value, "texts"))
    return wire_value(value)


def check_moved(tasks: Iterable[Task], options: Mapping[str, Any]) -> None:
    """Raise if options include moved events and an account has several windows.

    Cronofy gives an event with each window that it was in at any time, so that several tasks would have it.

    Raises
    ------
    FrameError
        With the account.
    """
    if "moved" not in text_list("include", options.get("include", ()), "texts"):
        return
    for account, count in Counter(task.account for task in tasks).items():
        if count > 1:
            raise FrameError(
                f"include='moved' gives an event with every window that it was in, and {account} has {count} windows, "
                "so that it would come several times: use one window for an account (no freq=), or leave moved out."
            )


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
