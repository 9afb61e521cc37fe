"""The rows of a plan as a table: what would happen to each, and what became of it. Titles are strangers': escaped."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from html import escape
from typing import Any, Protocol

import pandas as pd

from cronofy_frames.text import shorten
from cronofy_frames.widgets.parts import LONGEST
from cronofy_frames.writing.plan.plans import Plan
from cronofy_frames.writing.plan.rendering import COLORS, changes_of, purpose

PLANNED = {"create": "create", "update": "update", "delete": "delete", "skip": "problem", "unchanged": "unchanged"}
BECAME = ("failed", "not sent", "problem", "created", "updated", "deleted", "unchanged")  # what needs a person first
TINTS = {
    **{PLANNED[action]: color for action, color in COLORS.items()},
    "created": COLORS["create"],
    "updated": COLORS["update"],
    "deleted": COLORS["delete"],
    "failed": COLORS["delete"],
    "not sent": COLORS["update"],
}
DAYS = "whole days end the day after"


class Listing(Protocol):
    """Rows that can be filtered by their kind, searched, and shown a page at a time."""

    kinds: list[str]

    def counts(self) -> dict[str, int]:
        """Return how many rows there are of each kind that there is, in the order of filters."""

    def chosen(self, kind: str, search: str) -> list[int]:
        """Return the positions of the rows of a kind, or of all for "all", that have a text; in the order shown."""

    def html(self, at: Sequence[int]) -> str:
        """Return the rows at some positions as a table."""

    def saved(self) -> pd.DataFrame:
        """Return all rows as a frame for a file, each with its label and, where it has one, its title."""


class PlanRows:
    """The rows of a plan, with what became of them where it was applied.

    Parameters
    ----------
    plan
        The plan.
    frame
        Its frame, where it was made already.
    outcomes
        What `apply` returned; None before that.
    """

    def __init__(self, plan: Plan, frame: pd.DataFrame | None = None, outcomes: pd.DataFrame | None = None) -> None:
        self.plan = plan
        self.frame = plan.frame() if frame is None else frame
        self.outcomes = outcomes
        kinds = [PLANNED[action] for action in plan.actions]
        if outcomes is not None:
            words = outcomes["outcome"].str.replace("_", " ")
            kinds = ["problem" if kind == "problem" else word for kind, word in zip(kinds, words, strict=True)]
        self.kinds = kinds

    def counts(self) -> dict[str, int]:
        """Return how many rows there are of each kind that there is, in the order of filters."""
        return _counts(self.kinds, tuple(PLANNED.values()) if self.outcomes is None else BECAME)

    def chosen(self, kind: str, search: str) -> list[int]:
        """Return the positions of the rows of a kind that have a text; once applied, those that failed first."""
        texts = [self.frame] if self.outcomes is None else [self.frame, self.outcomes[["message"]]]
        return _chosen(self.kinds, kind, search, texts, () if self.outcomes is None else BECAME)

    def html(self, at: Sequence[int]) -> str:
        """Return the rows at some positions as a table; what would change struck through, and what it would be."""
        page, steps = self.frame.iloc[list(at)], list(self.plan.steps(at))
        notes = page["note"] if self.outcomes is None else self.outcomes["message"].iloc[list(at)]
        columns = {
            "Outcome" if self.outcomes is not None else "What": [escape(self.kinds[n]) for n in at],
            "Note": [_cell(note) for note in notes],
            **_texts(page, {"account": "Account", "summary": "Title", "available_period_id": "Period"}),
            **{name.title(): [escape(text) for text in _times(page, name)] for name in ("start", "end")},
            **self._calendar(page),
            "Changes": [_changed(one, self.plan.tz) for one in steps],
        }
        caption = f"{purpose(self.plan)[:1].upper()}{purpose(self.plan)[1:]}; {DAYS}"
        return table(columns, page.index, [self.kinds[n] for n in at], caption)

    def saved(self) -> pd.DataFrame:
        """Return all rows as a frame for a file: the outcomes, or before them the plan."""
        if self.outcomes is None:
            return _labelled(self.frame)
        titles = {name: self.frame[name].array for name in ("summary",) if name in self.frame}
        return _labelled(self.outcomes.assign(**titles))

    def _calendar(self, page: pd.DataFrame) -> dict[str, list[str]]:
        """Return the column of calendars, where they differ."""
        if "calendar_id" not in self.frame or self.frame["calendar_id"].nunique() < 2:
            return {}
        return _texts(page, {"calendar_id": "Calendar"})


class UndoneRows:
    """What became of each row when a journal was taken back; `undo` has a row for each event, not for each of a plan.

    Parameters
    ----------
    outcomes
        What `undo` returned.
    planned
        The frame of a plan, for the titles of events that it knows.
    """

    def __init__(self, outcomes: pd.DataFrame, planned: pd.DataFrame) -> None:
        self.outcomes = titled(outcomes, planned)
        self.kinds = list(outcomes["outcome"].str.replace("_", " "))

    def counts(self) -> dict[str, int]:
        """Return how many rows there are of each kind that there is, in the order of filters."""
        return _counts(self.kinds, BECAME)

    def chosen(self, kind: str, search: str) -> list[int]:
        """Return the positions of the rows of a kind that have a text, those that failed first."""
        return _chosen(self.kinds, kind, search, [self.outcomes], BECAME)

    def html(self, at: Sequence[int]) -> str:
        """Return the rows at some positions as a table."""
        page, kinds = self.outcomes.iloc[list(at)], [self.kinds[n] for n in at]
        names = {
            "message": "Note",
            "account": "Account",
            "summary": "Title",
            "event_id": "Event",
            "available_period_id": "Period",
        }
        columns = {"Outcome": [escape(kind) for kind in kinds], **_texts(page, names)}
        return table(columns, page.index, kinds, "What became of everything that the journal knew")

    def saved(self) -> pd.DataFrame:
        """Return all rows as a frame for a file."""
        return _labelled(self.outcomes)


def titled(outcomes: pd.DataFrame, planned: pd.DataFrame) -> pd.DataFrame:
    """Return outcomes with the titles of those events that a plan knows, as the column `summary`."""
    if "event_id" not in outcomes or "summary" not in planned:
        return outcomes
    names = ["calendar_id", "event_id"]
    known = planned.dropna(subset=["event_id"]).drop_duplicates(names).set_index(names)["summary"]
    found = known.reindex(pd.MultiIndex.from_frame(outcomes[names]))
    whole = outcomes.assign(summary=pd.Series(found.to_numpy(), index=outcomes.index, dtype="str"))
    whole.attrs = dict(outcomes.attrs)
    return whole


def table(columns: dict[str, list[str]], labels: pd.Index[Any], kinds: Sequence[str], caption: str) -> str:
    """Return rows as an HTML table, each in the tint of its kind.

    Parameters
    ----------
    columns
        HTML, by the columns' names.
    labels
        What each row is called.
    kinds
        Of what kind each row is.
    caption
        What the table shows.
    """
    columns = {name: cells for name, cells in columns.items() if name not in SPARSE or any(cells)}
    head = "".join(
        f'<th scope="col" style="{_WIDTHS.get(name, _FLUSH)}">{escape(name)}</th>' for name in ["Row", *columns]
    )
    rows = zip(labels, kinds, zip(*columns.values(), strict=True), strict=True)
    body = "".join(
        f'<tr style="background:rgba({TINTS[kind]}, .12)"><th scope="row" style="{_FLUSH}">{_label(label)}</th>'
        + "".join(
            f'<td style="{_FLUSH if name in WRAPPED else _WHOLE}">{cell}</td>'
            for name, cell in zip(columns, cells, strict=True)
        )
        + "</tr>"
        for label, kind, cells in rows
    )
    opening = f'<div class="cf-table"><table><caption>{escape(caption)}</caption>'
    return f"{opening}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"


SPARSE = ("Changes", "Note")  # columns that are left out where they say nothing
WRAPPED = ("Title", "Calendar", "Event", "Period", *SPARSE)
_FLUSH = "padding-left:10px"  # a tinted row has its text inside
_WIDTHS = dict.fromkeys(("Title", "Note"), f"{_FLUSH};min-width:12em")
_WHOLE = f"{_FLUSH};white-space:nowrap"


def _labelled(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a frame whose labels have a name, for only then a file has them."""
    return frame if frame.index.nlevels > 1 or frame.index.name is not None else frame.rename_axis("row")


def _counts(kinds: Sequence[str], order: Sequence[str]) -> dict[str, int]:
    found = Counter(kinds)
    return {kind: found[kind] for kind in order if kind in found}


def _chosen(
    kinds: Sequence[str], kind: str, search: str, texts: Sequence[pd.DataFrame], order: Sequence[str]
) -> list[int]:
    keep = [kind in ("all", one) for one in kinds]
    if search.strip():
        found = _having(texts, search.strip())
        keep = [one and two for one, two in zip(keep, found, strict=True)]
    left = [n for n, one in enumerate(keep) if one]
    return sorted(left, key=lambda n: order.index(kinds[n])) if order else left


def _having(frames: Sequence[pd.DataFrame], text: str) -> list[bool]:
    """Return which rows have a text, as it is and in any case, in their label or in a column of texts."""
    found: Any = frames[0].index.astype("str").str.contains(text, case=False, regex=False)
    for frame in frames:
        texts: list[str] = list(frame.select_dtypes("str"))
        for name in texts:
            found = found | frame[name].str.contains(text, case=False, regex=False).fillna(value=False).to_numpy()
    return [bool(one) for one in found]


def _texts(page: pd.DataFrame, names: dict[str, str]) -> dict[str, list[str]]:
    """Return columns as HTML, under the names that people read; those that the frame lacks are left out."""
    return {shown: [_cell(text) for text in page[name]] for name, shown in names.items() if name in page}


def _cell(text: Any) -> str:
    return "" if pd.isna(text) else escape(shorten(str(text), LONGEST))


def _times(page: pd.DataFrame, name: str) -> list[str]:
    whole = page["all_day"] if "all_day" in page else pd.Series(data=False, index=page.index)
    return [
        "" if pd.isna(time) else time.strftime("%Y-%m-%d" if day else "%Y-%m-%d %H:%M")
        for time, day in zip(page[name], whole, strict=True)
    ]


def _changed(step: Any, tz: str) -> str:
    return "<br>".join(
        f"{escape(one.field)}: <del>{escape(one.before)}</del> &rarr; <ins>{escape(one.after)}</ins>"
        for one in changes_of(step, tz)
    )


def _label(label: Any) -> str:
    return escape(shorten(", ".join(map(str, label)) if isinstance(label, tuple) else str(label), LONGEST))
