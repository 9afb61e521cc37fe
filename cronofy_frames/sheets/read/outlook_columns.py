"""Columns of Outlook's files that become columns of ours."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from cronofy_frames.sheets.problems import Mask, Problems
from cronofy_frames.sheets.read.file_column import FileColumn
from cronofy_frames.sheets.read.parsed_times import DAY, WallTimes
from cronofy_frames.sheets.read.start_end_columns import StartEndReader
from cronofy_frames.sheets.read.values import boolean_column, cell_text, text_column

TARGETS = {
    "show_time_as": ("transparency", "extended_transparency"),
    "sensitivity": ("event_private",),
    "required_attendees": ("attendees",),
    "optional_attendees": ("attendees",),
    "reminder_on": ("reminders",),
    "reminder_date": ("reminders",),
    "reminder_time": ("reminders",),
    "duration": ("end",),
}
"""The columns of a frame that a column of the file with another name becomes."""

_BUSY = ("opaque", None)
_TRANSPARENCIES = {
    **dict.fromkeys(("free", "frei", "libre", "disponible", "libero", "disponibile"), ("transparent", None)),
    **dict.fromkeys(("livre", "disponível", "vrij", "beschikbaar", "空き時間"), ("transparent", None)),
    **dict.fromkeys(("busy", "beschäftigt", "gebucht", "occupé", "occupé(e)", "occupée"), _BUSY),
    **dict.fromkeys(("ocupado", "no disponible", "occupato", "non disponibile", "bezet", "予定あり"), _BUSY),
    **dict.fromkeys(("tentative", "mit vorbehalt", "vorbehaltlich", "provisoire"), ("opaque", "tentative")),
    **dict.fromkeys(("provisional", "provvisorio", "provisório", "voorlopig", "仮の予定"), ("opaque", "tentative")),
    **dict.fromkeys(
        ("out of office", "abwesend", "absent", "absent(e)", "absent du bureau"), ("opaque", "out_of_office")
    ),
    **dict.fromkeys(("fuera de la oficina", "fuori sede", "ausente"), ("opaque", "out_of_office")),
    **dict.fromkeys(("fora do escritório", "niet op kantoor", "afwezig", "外出中"), ("opaque", "out_of_office")),
    **dict.fromkeys(("working elsewhere", "an anderem ort tätig"), ("opaque", "working_elsewhere")),
    **dict.fromkeys(("travaille ailleurs", "trabajando en otro lugar"), ("opaque", "working_elsewhere")),
    **dict.fromkeys(("al lavoro in altra sede", "trabalhando em outro lugar"), ("opaque", "working_elsewhere")),
    **dict.fromkeys(("werkt ergens anders", "他の場所で作業中"), ("opaque", "working_elsewhere")),
}
_SENSITIVITIES = {
    **dict.fromkeys(("normal", "normale", "normaal", "標準"), False),
    **dict.fromkeys(("private", "privat", "privé", "privée", "privado", "privato", "particular", "親展"), True),
    **dict.fromkeys(("confidential", "vertraulich", "confidentiel", "confidentielle", "confidencial"), True),
    **dict.fromkeys(("riservato", "vertrouwelijk", "社外秘"), True),
}
_MINUTE = 60_000_000


def target_columns(name: str) -> tuple[str, ...]:
    """Return the columns of a frame that a column of a file becomes."""
    side, _, part = name.partition("_")
    return (side,) if side in ("start", "end") and part in ("date", "time") else TARGETS.get(name, (name,))


def transparency_columns(column: FileColumn, problems: Problems) -> dict[str, pd.Series[Any]]:
    """Return transparency and extended_transparency from the column Show time as."""
    words = [cell_text(cell).strip().lower() for cell in column.cells]
    # Outlook exports digits, and their meaning differs between versions: only 2, busy, is the same in all
    words = ["busy" if word == "2" else "" if word.isdigit() else word for word in words]
    unread = np.array([bool(word) and word not in _TRANSPARENCIES for word in words], np.bool_)
    column.report(problems, unread, "Free, Busy, Tentative, Out of Office or Working Elsewhere, in words")
    pairs = [_TRANSPARENCIES.get(word, (None, None)) for word in words]
    return {
        "transparency": text_column([coarse for coarse, _ in pairs]),
        "extended_transparency": text_column([fine for _, fine in pairs]),
    }


def privacy_column(own: FileColumn | None, sensitivity: FileColumn, problems: Problems) -> pd.Series[Any]:
    """Return whether events are private, from our own column or from Outlook's sensitivity."""
    words = [cell_text(cell).strip().lower() for cell in sensitivity.cells]
    unread = np.array([bool(word) and word not in _SENSITIVITIES for word in words], np.bool_)
    sensitivity.report(problems, unread, "Normal, Private or Confidential")
    sensitive = pd.Series([_SENSITIVITIES.get(word) for word in words], dtype="boolean")
    if own is None:
        return sensitive
    values, unread = boolean_column(own.cells)
    own.report(problems, unread, "True or False")
    either = values.fillna(value=False) | sensitive.fillna(value=False)
    return either.where(values.notna() | sensitive.notna())


def attendees_column(columns: Mapping[str, FileColumn]) -> pd.Series[Any]:
    """Return the required and the optional attendees of each row as one text."""
    lists = [columns[name].cells for name in ("required_attendees", "optional_attendees") if name in columns]
    joined = ["; ".join(text for text in map(_strip_cell, row) if text) for row in zip(*lists, strict=True)]
    return text_column([text or None for text in joined])


def _strip_cell(cell: Any) -> str:
    return cell_text(cell).strip().strip(";").strip()


def reminders_column(
    columns: Mapping[str, FileColumn], reader: StartEndReader, start: WallTimes, problems: Problems
) -> pd.Series[Any]:
    """Return the minutes from each reminder to the start, as text."""
    date, time, switch = (columns.get(name) for name in ("reminder_date", "reminder_time", "reminder_on"))
    column = time or date or switch
    assert column is not None
    start_day = np.where(start.present, start.micros - start.micros % DAY, start.micros)
    reminder = reader.join_parts(date, time, start_day)
    is_on: Mask = np.ones(len(start.micros), np.bool_)
    if switch is not None:
        values, unread = boolean_column(switch.cells)
        switch.report(problems, unread, "True or False")
        is_on = values.to_numpy(np.bool_, na_value=False)
        lacking = is_on & ~reminder.present & ~reminder.unread & start.present
        column.report(problems, lacking, "the time of the reminder, because it is on")
    has_reminder = is_on & reminder.present & start.present
    minutes, rest = np.divmod(np.where(has_reminder, start.micros - reminder.micros, 0), _MINUTE)
    invalid = has_reminder & ((minutes < 0) | (rest != 0))
    column.report(problems, invalid, "a time before the start, in whole minutes")
    usable = has_reminder & ~invalid
    return text_column([str(count) if use else None for count, use in zip(minutes.tolist(), usable, strict=True)])
