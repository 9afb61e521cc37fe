"""Rendering of a plan for people: a frame of its rows, a page of text, and HTML for a notebook.

Titles and names come from other people, so everything that goes into HTML is escaped.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from html import escape
from typing import Any, Protocol

import numpy as np
import pandas as pd

from cronofy_frames.frames.timestamps import NAT, Midnights, instants
from cronofy_frames.sheets.problems import label_text
from cronofy_frames.text import quantity, shorten
from cronofy_frames.writing.plan.field_changes import FieldChange, changes_text, field_changes
from cronofy_frames.writing.plan.remote_state import differences

ORDER = ("create", "update", "delete", "skip", "unchanged")
COLORS = {
    "create": "46, 160, 67",
    "update": "212, 147, 13",
    "delete": "218, 54, 51",
    "skip": "128, 128, 128",
    "unchanged": "128, 128, 128",
}
HTML_ROWS = 20
TEXT_ROWS = 10
_LONGEST = 60  # characters of a cell
_PERIOD_CALLS = ("upsert_available_period", "delete_available_periods")


class StepLike(Protocol):
    """The attributes of `Step` that are shown; a protocol, because `plans` imports this module."""

    @property
    def action(self) -> str: ...  # noqa: D102 - as in Step
    @property
    def account(self) -> str | None: ...  # noqa: D102 - as in Step
    @property
    def call(self) -> str | None: ...  # noqa: D102 - as in Step
    @property
    def arguments(self) -> dict[str, Any]: ...  # noqa: D102 - as in Step
    @property
    def before(self) -> dict[str, Any] | None: ...  # noqa: D102 - as in Step
    @property
    def note(self) -> str | None: ...  # noqa: D102 - as in Step


class PlanLike(Protocol):
    """The attributes and methods of `Plan` that are shown; a protocol, because `plans` imports this module."""

    kind: Any
    tz: str
    made_for: dict[str, Any] | None
    notes: list[str]

    def __len__(self) -> int: ...
    @property
    def index(self) -> pd.Index[Any]: ...  # noqa: D102 - as in Plan
    @property
    def actions(self) -> list[str]: ...  # noqa: D102 - as in Plan
    def steps(self, at: Sequence[int] | None = None) -> Iterator[Any]: ...  # noqa: D102 - as in Plan
    def counts(self) -> dict[str, int]: ...  # noqa: D102 - as in Plan


# a frame


def plan_frame(plan: PlanLike) -> pd.DataFrame:
    """Return a row for each step of a plan.

    Returns
    -------
    DataFrame
        On the plan's index. For events: action, account (in a plan for several), calendar_id, event_id, event_uid (if
        there are external events), summary, start, end, all_day, days, changes, note. For available periods: action,
        account, available_period_id, start, end, changes, note. A deletion shows the times of its event. `end` is
        exclusive; `days` has the first and the last day that an all-day event takes, such as Mon 4 – Fri 8 May.
    """
    return _display_frame(list(plan.steps()), plan, plan.index)


def _display_frame(steps: Sequence[StepLike], plan: PlanLike, index: pd.Index[Any]) -> pd.DataFrame:
    rows = [_shown_fields(step) for step in steps]
    has_periods = _has_only_periods(steps, plan)
    texts = {**_step_columns(steps), **(_period_columns(rows) if has_periods else _event_columns(steps, rows))}
    start, is_day = _local_times([row.get("start") for row in rows], plan.tz)
    end, _ = _local_times([row.get("end") for row in rows], plan.tz)
    changes = [changes_text(changes_of(step, plan.tz)) for step in steps]
    notes = [step.note for step in steps]
    columns = {
        **{name: _text_series(cells, index) for name, cells in texts.items()},
        "start": start,
        "end": end,
        **({} if has_periods else {"all_day": is_day, "days": _days_column(rows, index)}),
        "changes": _text_series([text or None for text in changes], index),
        "note": _text_series(notes, index),
    }
    return pd.DataFrame(columns, index=index)


def _text_series(cells: Sequence[Any], index: pd.Index[Any]) -> pd.Series[Any]:
    """Return cells as a column of texts; half a character, which no column can hold, becomes a question mark."""
    texts = [None if cell is None else str(cell).encode("utf-8", "replace").decode() for cell in cells]
    return pd.Series(texts, index=index, dtype="str")


def _shown_fields(step: StepLike) -> dict[str, Any]:
    """Return the fields of a step to show; those of the remote state if its call has no times, as in a deletion."""
    return step.arguments if "start" in step.arguments else {**(step.before or {}), **step.arguments}


def _has_only_periods(steps: Sequence[StepLike], plan: PlanLike) -> bool:
    """Return whether a plan is about available periods; a plan to undo can be about either or both."""
    calls = [step.call for step in steps if step.call is not None]
    undoes_periods = plan.kind == "undo" and bool(calls) and all(call in _PERIOD_CALLS for call in calls)
    return plan.kind == "available_periods" or undoes_periods


def _step_columns(steps: Sequence[StepLike]) -> dict[str, list[Any]]:
    columns: dict[str, list[Any]] = {"action": [step.action for step in steps]}
    if any(step.account is not None for step in steps):
        columns["account"] = [step.account for step in steps]
    return columns


def _period_columns(rows: Sequence[Mapping[str, Any]]) -> dict[str, list[Any]]:
    return {"available_period_id": [row.get("available_period_id") for row in rows]}


def _event_columns(steps: Sequence[StepLike], rows: Sequence[Mapping[str, Any]]) -> dict[str, list[Any]]:
    columns = {name: [row.get(name) for row in rows] for name in ("calendar_id", "event_id")}
    if any(step.call is not None and step.call.endswith("external_event") for step in steps):
        columns["event_uid"] = [step.arguments.get("event_uid") for step in steps]
    columns["summary"] = [row.get("summary") for row in rows]
    return columns


def _local_times(values: Sequence[Any], tz: str) -> tuple[pd.DatetimeIndex, np.ndarray[Any, Any]]:
    """Return wire times as instants in a zone, days at their local midnight, and which of them are days."""
    texts = [value.get("time") if isinstance(value, dict) else value for value in values]
    times = instants(texts)
    micros = np.where(times.is_date, Midnights(tz).of(np.where(times.is_date, times.micros, NAT)), times.micros)
    return pd.DatetimeIndex(micros.view("M8[us]")).tz_localize("UTC").tz_convert(tz), times.is_date


def _days_column(rows: Sequence[Mapping[str, Any]], index: pd.Index[Any]) -> pd.Series[Any]:
    """Return the days that all-day rows take, as text; missing for other rows."""
    texts = []
    for row in rows:
        times = _time_texts_of(row)
        is_days = len(times) == 2 and all(len(text) == len("2026-05-04") for text in times)
        texts.append(days_text(*map(date.fromisoformat, times)) if is_days else None)
    return pd.Series(texts, index=index, dtype="str")


def _time_texts_of(row: Mapping[str, Any]) -> list[str]:
    """Return start and end of a row as the wire has them, without their zones; fewer if one is missing."""
    values = [row.get("start"), row.get("end")]
    return [value["time"] if isinstance(value, dict) else value for value in values if value is not None]


_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def days_text(start: date, end: date) -> str:
    """Return the days from a start to an exclusive end: the first and the last, with what both share named once."""
    last = max(start, end - timedelta(days=1))
    if start.year != last.year:
        return f"{_day_text(start)} {start.year} – {_day_text(last)} {last.year}"
    first_text = _day_text(start) if start.month != last.month else f"{_WEEKDAYS[start.weekday()]} {start.day}"
    return _day_text(last) if start == last else f"{first_text} – {_day_text(last)}"


def _day_text(day: date) -> str:
    return f"{_WEEKDAYS[day.weekday()]} {day.day} {_MONTHS[day.month - 1]}"


# changes


def changes_of(step: StepLike, tz: str) -> list[FieldChange]:
    """Return the changes of an update; none for other steps."""
    if step.action != "update" or step.before is None:
        return []
    return field_changes(differences(step.arguments, step.before), tz)


# text


def totals(plan: PlanLike) -> str:
    """Return the number of rows of each action, in one line."""
    counts = plan.counts()
    parts = [f"{counts[action]:,} {action}" for action in ORDER if counts.get(action)]
    return f"{plan_title(plan)}: {', '.join(parts) or 'nothing to do'}"


def plan_title(plan: PlanLike) -> str:
    """Return the kind of a plan and its number of rows."""
    return f"{_TITLES[plan.kind]}, {quantity(len(plan), 'row')}"


_TITLES = {
    "events": "Plan of events",
    "deletes": "Plan of deletions",
    "available_periods": "Plan of available periods",
    "undo": "Plan to undo",
}


def context_line(plan: PlanLike) -> str:
    """Return the accounts that a plan is for, and the zone of its times, in one line."""
    if plan.made_for is None:
        return "made without a client"
    return f"for {account_names(plan)}, times in {plan.tz}"


def account_names(plan: PlanLike) -> str:
    """Return the accounts that a plan is for; "no account" for none."""
    accounts: Mapping[str, str] = {} if plan.made_for is None else plan.made_for["accounts"]
    names = ", ".join(f"{label} ({sub})" if label else str(sub) for label, sub in accounts.items())
    return shorten(names, _LONGEST) or "no account"


def plan_text(plan: PlanLike) -> str:
    """Return a plan as text: totals, accounts, notes, and its first rows."""
    lines = [totals(plan), context_line(plan), *(f"note: {note}" for note in plan.notes)]
    positions = range(min(TEXT_ROWS, len(plan)))
    if len(positions):
        lines += ["", _table_text(_display_frame(list(plan.steps(positions)), plan, plan.index[list(positions)]))]
    if len(plan) > len(positions):
        lines.append(f"… and {quantity(len(plan) - len(positions), 'more row')}; .frame() has all")
    return "\n".join(lines)


def _table_text(frame: pd.DataFrame) -> str:
    """Return rows as text, with long cells shortened and without columns that show nothing."""
    names = _informative_columns(frame)
    texts = pd.DataFrame({name: _left_align(_column_texts(frame, name)) for name in names}, index=frame.index)
    return "\n".join(line.rstrip() for line in texts.to_string(justify="left").splitlines())


def _left_align(texts: pd.Series[Any]) -> pd.Series[Any]:
    """Pad texts to one width, because pandas aligns them to the right."""
    return texts.str.pad(int(texts.str.len().max()), side="right")


def _informative_columns(frame: pd.DataFrame) -> list[str]:
    """Return the columns with any value, but not calendar_id and all_day, nor event_id beside a title."""
    hidden = {"calendar_id", "all_day"} | ({"event_id"} if "summary" in frame else set())
    if "days" in frame and not (frame["end"].notna() & frame["days"].isna()).any():
        hidden.add("end")
    return [name for name in frame.columns if name not in hidden and frame[name].notna().any()]


def _column_texts(frame: pd.DataFrame, name: str) -> pd.Series[Any]:
    if name in ("start", "end"):
        return pd.Series(time_texts(frame, name), index=frame.index, dtype="str")
    return frame[name].fillna("").map(lambda text: shorten(text, _LONGEST)).astype("str")


def time_texts(frame: pd.DataFrame, name: str) -> list[str]:
    """Return the starts or ends in the frame of a plan as text; "" for the end of days, whose last day is in `days`."""
    days = frame["days"].notna() if "days" in frame else pd.Series(data=False, index=frame.index)
    all_day = frame.get("all_day", days)
    return [
        "" if time is pd.NaT or (has_days and name == "end") else time.strftime("%Y-%m-%d" if day else "%Y-%m-%d %H:%M")
        for time, day, has_days in zip(frame[name], all_day, days, strict=True)
    ]


# HTML

_WRAPPED = 'style="text-align:left;vertical-align:top;padding:.15em .6em"'
_CELL = _WRAPPED.replace("padding", "white-space:nowrap;padding")
_STYLES = dict.fromkeys(["summary", "changes", "note"], _WRAPPED)


def plan_html(plan: PlanLike) -> str:
    """Return a plan as HTML: totals as badges, notes, and a sample of its rows."""
    positions = _positions_shown(plan.actions)
    rest = len(plan) - len(positions)
    more = f"<div>… and {quantity(rest, 'more row')}; <code>.frame()</code> has all</div>" if rest else ""
    return (
        f'<div style="line-height:1.6"><div><b>{escape(_TITLES[plan.kind])}</b> {_badges_html(plan)}</div>'
        f'<div style="opacity:.75">{escape(context_line(plan))}</div>{_notes_html(plan)}'
        f"{_rows_html(plan, positions)}{more}</div>"
    )


def _positions_shown(actions: Sequence[str]) -> list[int]:
    """Return the positions of the rows to show: some of each action, and those that change something first."""
    positions = {action: [at for at, other in enumerate(actions) if other == action] for action in ORDER}
    present = [action for action in ORDER if positions[action]]
    shares = {action: min(len(positions[action]), HTML_ROWS // len(present)) for action in present}
    for action in present:
        shares[action] += min(len(positions[action]) - shares[action], HTML_ROWS - sum(shares.values()))
    return [at for action in present for at in positions[action][: shares[action]]]


def _notes_html(plan: PlanLike) -> str:
    items = "".join(f"<li>{escape(note)}</li>" for note in plan.notes)
    return f'<ul style="margin:.3em 0">{items}</ul>' if items else ""


def _badges_html(plan: PlanLike) -> str:
    style = "border-radius:.8em;padding:.1em .7em;margin:0 .2em;white-space:nowrap"
    counts = plan.counts()
    return "".join(
        f'<span style="{style};background:rgba({COLORS[action]}, .3)">{counts[action]:,} {action}</span>'
        for action in ORDER
        if counts.get(action)
    )


def _rows_html(plan: PlanLike, positions: Sequence[int]) -> str:
    """Return the rows at some positions as a table."""
    if not positions:
        return ""
    steps = list(plan.steps(positions))
    frame = _display_frame(steps, plan, plan.index[list(positions)])
    cells = _cells_html(frame, steps, plan.tz)
    head = "".join(f"<th {_CELL}>{escape(name)}</th>" for name in ["", *cells])
    body = "".join(
        f'<tr style="background:rgba({COLORS[step.action]}, .12)"><th {_CELL}>{_label_html(label)}</th>'
        + "".join(f"<td {_STYLES.get(name, _CELL)}>{texts[row]}</td>" for name, texts in cells.items())
        + "</tr>"
        for row, (step, label) in enumerate(zip(steps, frame.index, strict=True))
    )
    table = '<table style="color:inherit;border-collapse:collapse">'
    return f"{table}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _cells_html(frame: pd.DataFrame, steps: Sequence[StepLike], tz: str) -> dict[str, list[str]]:
    """Return the cells of each column; in changes the old value is struck through and the new one is bold."""
    cells = {name: [escape(text) for text in _column_texts(frame, name)] for name in _informative_columns(frame)}
    if "changes" in cells:
        cells["changes"] = [_changes_html(changes_of(step, tz)) for step in steps]
    if "note" in cells:
        cells["note"] = [escape(step.note or "") for step in steps]
    return cells


def _label_html(label: Any) -> str:
    return escape(label_text(label))


def _changes_html(changes: Sequence[FieldChange]) -> str:
    return "<br>".join(
        f"{escape(change.field)}: <del>{escape(change.before)}</del> &rarr; <b>{escape(change.after)}</b>"
        for change in changes
    )
