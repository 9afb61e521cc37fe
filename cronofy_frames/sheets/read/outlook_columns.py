"""Columns that only other programs' files have -> ours."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from cronofy_frames.sheets.problems import Problems
from cronofy_frames.sheets.read.date_parser import Walls
from cronofy_frames.sheets.read.file_column import FileColumn
from cronofy_frames.sheets.read.schedule import Scheduler
from cronofy_frames.sheets.read.values import booleans, text_of, texts

OURS = {
    "show_time_as": ("transparency", "extended_transparency"),
    "sensitivity": ("event_private",),
    "required_attendees": ("attendees",),
    "optional_attendees": ("attendees",),
    "reminder_on": ("reminders",),
    "reminder_date": ("reminders",),
    "reminder_time": ("reminders",),
}
"""Which columns those of Outlook's become."""

# Numbers stand there too, but which is which differs from version to version.
_SHOWN = {
    "free": ("transparent", None),
    "busy": ("opaque", None),
    "tentative": ("opaque", "tentative"),
    "out of office": ("opaque", "out_of_office"),
    "working elsewhere": ("opaque", "working_elsewhere"),
}
_SENSITIVE = {"private": True, "confidential": True, "normal": False}
_MINUTE = 60_000_000


def became(name: str) -> tuple[str, ...]:
    """Return the columns of a frame that a column of a file becomes."""
    side, _, part = name.partition("_")
    return (side,) if side in ("start", "end") and part in ("date", "time") else OURS.get(name, (name,))


def shown(column: FileColumn, problems: Problems) -> dict[str, pd.Series[Any]]:
    """Return transparency and extended_transparency of how Outlook shows the time."""
    words = [text_of(cell).strip().lower() for cell in column.cells]
    # Outlook's export writes digits, whose meaning differs between its versions: only 2, busy, is the same in all
    words = ["busy" if word == "2" else "" if word.isdigit() else word for word in words]
    unread = np.array([bool(word) and word not in _SHOWN for word in words], np.bool_)
    column.report(problems, unread, "Free, Busy, Tentative, Out of Office or Working Elsewhere, in words")
    found = [_SHOWN.get(word, (None, None)) for word in words]
    names = ("transparency", "extended_transparency")
    return {name: texts([one[at] for one in found]) for at, name in enumerate(names)}


def private(own: FileColumn | None, sensitivity: FileColumn, problems: Problems) -> pd.Series[Any]:
    """Return whether events are private: as the column of that name or Outlook's sensitivity says."""
    words = [text_of(cell).strip().lower() for cell in sensitivity.cells]
    unread = np.array([bool(word) and word not in _SENSITIVE for word in words], np.bool_)
    sensitivity.report(problems, unread, "Normal, Private or Confidential")
    found = pd.Series([_SENSITIVE.get(word) for word in words], dtype="boolean")
    if own is None:
        return found
    given, unread = booleans(own.cells)
    own.report(problems, unread, "True or False")
    either = given.fillna(value=False) | found.fillna(value=False)
    return either.where(given.notna() | found.notna())


def invited(columns: Mapping[str, FileColumn]) -> pd.Series[Any]:
    """Return the required and the optional attendees as one text."""
    lists = [columns[name].cells for name in ("required_attendees", "optional_attendees") if name in columns]
    joined = ["; ".join(text for text in map(_bare, row) if text) for row in zip(*lists, strict=True)]
    return texts([text or None for text in joined])


def _bare(cell: Any) -> str:
    return text_of(cell).strip().strip(";").strip()


def reminders(
    columns: Mapping[str, FileColumn], scheduler: Scheduler, start: Walls, problems: Problems
) -> pd.Series[Any]:
    """Return how many minutes before the start the reminder comes, as text."""
    date, time, switch = (columns.get(name) for name in ("reminder_date", "reminder_time", "reminder_on"))
    column = time or date or switch
    assert column is not None
    at = scheduler.parts(date, time, np.where(start.there, start.micros - start.micros % 86_400_000_000, start.micros))
    on: npt.NDArray[np.bool_] = np.ones(len(start.micros), np.bool_)
    if switch is not None:
        given, unread = booleans(switch.cells)
        switch.report(problems, unread, "True or False")
        on = given.to_numpy(np.bool_, na_value=False)
        lacking = on & ~at.there & ~at.unread & start.there
        column.report(problems, lacking, "when the reminder comes, since it is on")
    wanted = on & at.there & start.there
    minutes, rest = np.divmod(np.where(wanted, start.micros - at.micros, 0), _MINUTE)
    odd = wanted & ((minutes < 0) | (rest != 0))
    column.report(problems, odd, "a time before the start, on the minute")
    return texts([str(one) if good else None for one, good in zip(minutes.tolist(), wanted & ~odd, strict=True)])
