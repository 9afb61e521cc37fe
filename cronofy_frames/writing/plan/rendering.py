"""A plan as people see it: a frame of what will happen, a page of text, a page in a notebook.

The law of this file: titles come from strangers, so nothing goes into a page that was not escaped.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from html import escape
from typing import Any, NamedTuple, Protocol
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from cronofy_frames.frames.timestamps import NAT, Midnights, instants
from cronofy_frames.text import quantity, shorten
from cronofy_frames.writing.plan.remote_state import difference

ORDER = ("create", "update", "delete", "skip", "unchanged")
COLORS = {
    "create": "46, 160, 67",
    "update": "212, 147, 13",
    "delete": "218, 54, 51",
    "skip": "128, 128, 128",
    "unchanged": "128, 128, 128",
}
SHOWN = 20  # rows of a page in a notebook
PRINTED = 10  # rows of a page of text
_WIDEST = 60  # characters of a text that is shown
_PERIOD = "upsert_available_period", "delete_available_periods"


class Row(Protocol):
    """What has to be known of a row."""

    @property
    def action(self) -> str: ...  # noqa: D102 - as the row of a plan says
    @property
    def account(self) -> str | None: ...  # noqa: D102 - as above
    @property
    def call(self) -> str | None: ...  # noqa: D102 - as above
    @property
    def arguments(self) -> dict[str, Any]: ...  # noqa: D102 - as above
    @property
    def before(self) -> dict[str, Any] | None: ...  # noqa: D102 - as above
    @property
    def note(self) -> str | None: ...  # noqa: D102 - as above


class Shown(Protocol):
    """What has to be known of a plan."""

    kind: Any
    tz: str
    made_for: dict[str, Any] | None
    notes: list[str]

    def __len__(self) -> int: ...
    @property
    def index(self) -> pd.Index[Any]: ...  # noqa: D102 - as a plan says
    @property
    def actions(self) -> list[str]: ...  # noqa: D102 - as above
    def steps(self, at: Sequence[int] | None = None) -> Iterator[Any]: ...  # noqa: D102 - as above
    def counts(self) -> dict[str, int]: ...  # noqa: D102 - as above


class Change(NamedTuple):
    """One field that would change, as people read it."""

    field: str
    before: str
    after: str


def frame_of(plan: Shown) -> pd.DataFrame:
    """Return what will happen to each row.

    Returns
    -------
    DataFrame
        On the plan's index: action, account (in a plan for several), calendar_id, event_id, event_uid (where somebody
        else's event is among them), summary, start, end, all_day, changes, note; for available periods action,
        account, available_period_id, start, end, changes, note. Of a deletion the times are those that stand there.
    """
    return _frame(list(plan.steps()), plan, plan.index)


def _frame(steps: Sequence[Row], plan: Shown, index: pd.Index[Any]) -> pd.DataFrame:
    said = [one.arguments if "start" in one.arguments else {**(one.before or {}), **one.arguments} for one in steps]
    times = {name: _times([one.get(name) for one in said], plan.tz) for name in ("start", "end")}
    calls = [one.call for one in steps if one.call is not None]
    undone = plan.kind == "undo" and bool(calls) and all(call in _PERIOD for call in calls)
    period = plan.kind == "available_periods" or undone
    columns: dict[str, Any] = {"action": [one.action for one in steps]}
    if any(one.account is not None for one in steps):
        columns["account"] = [one.account for one in steps]
    if period:
        columns["available_period_id"] = [one.get("available_period_id") for one in said]
    else:
        columns["calendar_id"] = [one.get("calendar_id") for one in said]
        columns["event_id"] = [one.get("event_id") for one in said]
        if any(one.call is not None and one.call.endswith("external_event") for one in steps):
            columns["event_uid"] = [one.arguments.get("event_uid") for one in steps]
        columns["summary"] = [one.get("summary") for one in said]
    texts = {name: pd.Series(cells, index=index, dtype="str") for name, cells in columns.items()}
    frame = pd.DataFrame(texts, index=index)
    for name, (moments, _) in times.items():
        frame[name] = moments
    if not period:
        frame["all_day"] = times["start"][1]
    changes = ["; ".join(f"{one[0]}: {one[1]} -> {one[2]}" for one in changes_of(row, plan.tz)) for row in steps]
    frame["changes"] = pd.Series([text or None for text in changes], index=index, dtype="str")
    frame["note"] = pd.Series([one.note for one in steps], index=index, dtype="str")
    return frame


def _times(values: Sequence[Any], tz: str) -> tuple[pd.DatetimeIndex, np.ndarray[Any, Any]]:
    """Return moments of the wire as instants, days at their local midnight, and which of them are days."""
    texts = [value.get("time") if isinstance(value, dict) else value for value in values]
    read = instants(texts)
    micros = np.where(read.is_date, Midnights(tz).of(np.where(read.is_date, read.micros, NAT)), read.micros)
    return pd.DatetimeIndex(micros.view("M8[us]")).tz_localize("UTC").tz_convert(tz), read.is_date


def changes_of(row: Row, tz: str) -> list[Change]:
    """Return what a row would change of what stands there; nothing for one that creates or deletes."""
    if row.action != "update" or row.before is None:
        return []
    return [_change(field, *pair, tz) for field, pair in difference(row.arguments, row.before).items()]


def _change(field: str, before: Any, after: Any, tz: str) -> Change:
    if field == "attendees":
        return Change(field, *_people(before or [], after or []))
    return Change(field, _spoken(field, before, tz), _spoken(field, after, tz))


def _people(before: Sequence[str], after: Sequence[str]) -> tuple[str, str]:
    """Return who would leave and who would come: those who stay are not news."""
    leaving, coming = sorted(set(before) - set(after)), sorted(set(after) - set(before))
    return ", ".join(leaving) or "nobody", ", ".join(coming) or "nobody"


def _spoken(field: str, value: Any, tz: str) -> str:
    if value is None:
        return "nothing"
    if field in ("start", "end") and isinstance(value, str) and len(value) > len("2026-03-04"):
        at = datetime.fromisoformat(value.replace("Z", "+00:00")).astimezone(ZoneInfo(tz))
        return at.strftime("%Y-%m-%d %H:%M" if not at.second else "%Y-%m-%d %H:%M:%S")
    if isinstance(value, str) and field not in ("start", "end"):
        return repr(shorten(value, _WIDEST))
    return shorten(str(value), _WIDEST)


def totals(plan: Shown) -> str:
    """Return how many rows there are of each action, in one line."""
    counts = plan.counts()
    parts = [f"{counts[action]:,} {action}" for action in ORDER if counts.get(action)]
    rows = f"{quantity(len(plan), 'row')}"
    return f"{_TITLES[plan.kind]}, {rows}: {', '.join(parts) or 'nothing to do'}"


_TITLES = {
    "events": "Plan of events",
    "deletes": "Plan of deletions",
    "available_periods": "Plan of available periods",
    "undo": "Plan to undo",
}


def purpose(plan: Shown) -> str:
    """Return for whom the plan is, in one line."""
    if plan.made_for is None:
        return "made without a client"
    accounts: Mapping[str, str] = plan.made_for["accounts"]
    whose = ", ".join(f"{label} ({sub})" if label else str(sub) for label, sub in accounts.items())
    return f"for {shorten(whose, _WIDEST) or 'nobody'}, times in {plan.tz}"


def text_of(plan: Shown) -> str:
    """Return a plan as a page of text: totals, whom it is for, notes, and its first rows."""
    lines = [totals(plan), purpose(plan), *(f"note: {note}" for note in plan.notes)]
    at = range(min(PRINTED, len(plan)))
    if len(at):
        lines += ["", _table(_frame(list(plan.steps(at)), plan, plan.index[list(at)]))]
    if len(plan) > len(at):
        lines.append(f"… and {quantity(len(plan) - len(at), 'more row')}; .frame() has all")
    return "\n".join(lines)


def _table(frame: pd.DataFrame) -> str:
    """Return rows as text, without columns that say nothing and with texts cut."""
    shown = pd.DataFrame({name: _flush(_column(frame, name)) for name in _speaking(frame)}, index=frame.index)
    return "\n".join(line.rstrip() for line in shown.to_string(justify="left").splitlines())


def _flush(texts: pd.Series[Any]) -> pd.Series[Any]:
    """Pad texts so that they begin where their heading does; pandas sets them flush right."""
    return texts.str.pad(int(texts.str.len().max()), side="right")


def _speaking(frame: pd.DataFrame) -> list[str]:
    ids = {"calendar_id", "all_day"} | ({"event_id"} if "summary" in frame else set())
    return [name for name in frame.columns if name not in ids and frame[name].notna().any()]


def _column(frame: pd.DataFrame, name: str) -> pd.Series[Any]:
    if name not in ("start", "end"):
        return frame[name].fillna("").map(lambda text: shorten(text, _WIDEST)).astype("str")
    whole = frame["all_day"] if "all_day" in frame else pd.Series(data=False, index=frame.index)
    spelled = [
        "" if time is pd.NaT else time.strftime("%Y-%m-%d" if day else "%Y-%m-%d %H:%M")
        for time, day in zip(frame[name], whole, strict=True)
    ]
    return pd.Series(spelled, index=frame.index, dtype="str")


def html_of(plan: Shown) -> str:
    """Return a plan as a page in a notebook: totals as badges, notes, and the rows that matter most."""
    at = _chosen(plan.actions)
    rest = len(plan) - len(at)
    more = f"<div>… and {quantity(rest, 'more row')}; <code>.frame()</code> has all</div>" if rest else ""
    return (
        f'<div style="line-height:1.6"><div><b>{escape(_TITLES[plan.kind])}</b> {_badges(plan)}</div>'
        f'<div style="opacity:.75">{escape(purpose(plan))}</div>{_notes(plan)}{_rows(plan, at)}{more}</div>'
    )


def _chosen(actions: Sequence[str]) -> list[int]:
    """Return the rows to show, those that change something first, and some of each action."""
    places = {action: [at for at, one in enumerate(actions) if one == action] for action in ORDER}
    present = [action for action in ORDER if places[action]]
    shares = {action: min(len(places[action]), SHOWN // len(present)) for action in present}
    for action in present:
        shares[action] += min(len(places[action]) - shares[action], SHOWN - sum(shares.values()))
    return [at for action in present for at in places[action][: shares[action]]]


def _notes(plan: Shown) -> str:
    listed = "".join(f"<li>{escape(note)}</li>" for note in plan.notes)
    return f'<ul style="margin:.3em 0">{listed}</ul>' if listed else ""


def _badges(plan: Shown) -> str:
    style = "border-radius:.8em;padding:.1em .7em;margin:0 .2em;white-space:nowrap"
    counts = plan.counts()
    return "".join(
        f'<span style="{style};background:rgba({COLORS[action]}, .3)">{counts[action]:,} {action}</span>'
        for action in ORDER
        if counts.get(action)
    )


def _rows(plan: Shown, at: Sequence[int]) -> str:
    """Return the rows at some positions as a table, what they change before struck through and after in bold."""
    if not at:
        return ""
    steps = list(plan.steps(at))
    frame = _frame(steps, plan, plan.index[list(at)])
    names = _speaking(frame)
    cells = {name: [escape(text) for text in _column(frame, name)] for name in names}
    if "changes" in names:
        cells["changes"] = [_changes(changes_of(one, plan.tz)) for one in steps]
    if "note" in names:
        cells["note"] = [escape(one.note or "") for one in steps]
    head = "".join(f"<th {_CELL}>{escape(name)}</th>" for name in ["", *names])
    body = "".join(
        f'<tr style="background:rgba({COLORS[one.action]}, .12)"><th {_CELL}>{_label(label)}</th>'
        + "".join(f"<td {_WRAPS.get(name, _CELL)}>{cells[name][number]}</td>" for name in names)
        + "</tr>"
        for number, (one, label) in enumerate(zip(steps, frame.index, strict=True))
    )
    table = '<table style="color:inherit;border-collapse:collapse">'
    return f"{table}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


_WRAPPED = 'style="text-align:left;vertical-align:top;padding:.15em .6em"'
_CELL = _WRAPPED.replace("padding", "white-space:nowrap;padding")
_WRAPS = dict.fromkeys(["summary", "changes", "note"], _WRAPPED)


def _label(label: Any) -> str:
    return escape(shorten(", ".join(map(str, label)) if isinstance(label, tuple) else str(label), _WIDEST))


def _changes(changes: Sequence[Change]) -> str:
    return "<br>".join(
        f"{escape(one.field)}: <del>{escape(one.before)}</del> &rarr; <b>{escape(one.after)}</b>" for one in changes
    )
