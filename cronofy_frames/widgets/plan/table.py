"""The rows of a plan or of an undo as an HTML table, with their outcomes. All texts are escaped."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from html import escape
from typing import Any, Protocol

import pandas as pd

from cronofy_frames.text import shorten
from cronofy_frames.widgets.parts import LONGEST, table_opening
from cronofy_frames.writing.plan.plans import Plan
from cronofy_frames.writing.plan.rendering import COLORS, changes_of, context_line, time_texts

ACTION_LABELS = {
    "create": "create",
    "update": "update",
    "delete": "delete",
    "skip": "problem",
    "unchanged": "unchanged",
}
OUTCOME_ORDER = ("failed", "not sent", "problem", "created", "updated", "deleted", "unchanged")  # errors first
TINTS = {
    **{ACTION_LABELS[action]: color for action, color in COLORS.items()},
    "created": COLORS["create"],
    "updated": COLORS["update"],
    "deleted": COLORS["delete"],
    "failed": COLORS["delete"],
    "not sent": COLORS["update"],
}


class RowTable(Protocol):
    """Rows that can be filtered by kind, searched, and shown a page at a time."""

    kinds: list[str]

    def counts(self) -> dict[str, int]:
        """Return the number of rows of each kind, in the order of the filter buttons."""

    def select(self, kind: str, search: str) -> list[int]:
        """Return the positions of the rows of a kind, or of all for "all", that contain a text; in display order."""

    def html(self, positions: Sequence[int]) -> str:
        """Return the rows at these positions as a table."""

    def file_rows(self) -> pd.DataFrame:
        """Return all rows as a frame for a file, with label and, where known, title."""


class PlanRows:
    """The rows of a plan, with their outcomes if it was applied.

    Parameters
    ----------
    plan
        The plan.
    frame
        The frame of the plan, if it was made already.
    outcomes
        The result of `apply`; None before it.
    """

    def __init__(self, plan: Plan, frame: pd.DataFrame | None = None, outcomes: pd.DataFrame | None = None) -> None:
        self.plan = plan
        self.frame = plan.frame() if frame is None else frame
        self.outcomes = outcomes
        kinds = [ACTION_LABELS[action] for action in plan.actions]
        if outcomes is not None:
            labels = outcomes["outcome"].str.replace("_", " ")
            kinds = ["problem" if kind == "problem" else label for kind, label in zip(kinds, labels, strict=True)]
        self.kinds = kinds

    def counts(self) -> dict[str, int]:
        """Return the number of rows of each kind, in the order of the filter buttons."""
        return _counts(self.kinds, tuple(ACTION_LABELS.values()) if self.outcomes is None else OUTCOME_ORDER)

    def select(self, kind: str, search: str) -> list[int]:
        """Return the positions of the rows of a kind that contain a text; once applied, errors first."""
        texts = [self.frame] if self.outcomes is None else [self.frame, self.outcomes[["message"]]]
        return _select(self.kinds, kind, search, texts, () if self.outcomes is None else OUTCOME_ORDER)

    def html(self, positions: Sequence[int]) -> str:
        """Return the rows at these positions as a table, with the changes of each field."""
        page, steps = self.frame.iloc[list(positions)], list(self.plan.steps(positions))
        notes = page["note"] if self.outcomes is None else self.outcomes["message"].iloc[list(positions)]
        columns = {
            "Outcome" if self.outcomes is not None else "Action": [escape(self.kinds[n]) for n in positions],
            "Note": [_cell(note) for note in notes],
            **_texts(page, {"account": "Account", "summary": "Title", "available_period_id": "Period"}),
            **{name.title(): [escape(text) for text in time_texts(page, name)] for name in ("start", "end")},
            **_texts(page, {"days": "Days"}),
            **self._calendar(page),
            "Changes": [_changes_html(step, self.plan.tz) for step in steps],
        }
        caption = f"{context_line(self.plan)[:1].upper()}{context_line(self.plan)[1:]}"
        return rows_html(columns, page.index, [self.kinds[n] for n in positions], caption)

    def file_rows(self) -> pd.DataFrame:
        """Return all rows as a frame for a file: the outcomes, or before them the plan."""
        if self.outcomes is None:
            return _with_index_name(self.frame)
        titles = {name: self.frame[name].array for name in ("summary",) if name in self.frame}
        return _with_index_name(self.outcomes.assign(**titles))

    def _calendar(self, page: pd.DataFrame) -> dict[str, list[str]]:
        """Return the column of calendars, if there are several."""
        if "calendar_id" not in self.frame or self.frame["calendar_id"].nunique() < 2:
            return {}
        return _texts(page, {"calendar_id": "Calendar"})


class UndoRows:
    """The outcomes of an undo, which has a row for each event, not for each row of a plan.

    Parameters
    ----------
    outcomes
        The result of `undo`.
    planned
        The frame of a plan, for the titles of its events.
    """

    def __init__(self, outcomes: pd.DataFrame, planned: pd.DataFrame) -> None:
        self.outcomes = with_titles(outcomes, planned)
        self.kinds = list(outcomes["outcome"].str.replace("_", " "))

    def counts(self) -> dict[str, int]:
        """Return the number of rows of each kind, in the order of the filter buttons."""
        return _counts(self.kinds, OUTCOME_ORDER)

    def select(self, kind: str, search: str) -> list[int]:
        """Return the positions of the rows of a kind that contain a text, errors first."""
        return _select(self.kinds, kind, search, [self.outcomes], OUTCOME_ORDER)

    def html(self, positions: Sequence[int]) -> str:
        """Return the rows at these positions as a table."""
        page, kinds = self.outcomes.iloc[list(positions)], [self.kinds[n] for n in positions]
        names = {
            "message": "Note",
            "account": "Account",
            "summary": "Title",
            "event_id": "Event",
            "available_period_id": "Period",
        }
        columns = {"Outcome": [escape(kind) for kind in kinds], **_texts(page, names)}
        return rows_html(columns, page.index, kinds, "Outcomes for all events and periods in the journal")

    def file_rows(self) -> pd.DataFrame:
        """Return all rows as a frame for a file."""
        return _with_index_name(self.outcomes)


def with_titles(outcomes: pd.DataFrame, planned: pd.DataFrame) -> pd.DataFrame:
    """Return outcomes with the titles of events that are in a plan, as the column `summary`."""
    if "event_id" not in outcomes or "summary" not in planned:
        return outcomes
    names = ["calendar_id", "event_id"]
    known = planned.dropna(subset=["event_id"]).drop_duplicates(names).set_index(names)["summary"]
    titles = known.reindex(pd.MultiIndex.from_frame(outcomes[names]))
    titled = outcomes.assign(summary=pd.Series(titles.to_numpy(), index=outcomes.index, dtype="str"))
    titled.attrs = dict(outcomes.attrs)
    return titled


def rows_html(columns: dict[str, list[str]], labels: pd.Index[Any], kinds: Sequence[str], caption: str) -> str:
    """Return rows as an HTML table, each tinted by its kind.

    Parameters
    ----------
    columns
        The cells as HTML, by column name.
    labels
        The label of each row.
    kinds
        The kind of each row.
    caption
        A description of the table.
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
    opening = f"{table_opening(caption)}<table><caption>{escape(caption)}</caption>"
    return f"{opening}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"


SPARSE = ("Days", "Changes", "Note")  # columns that are left out when they are empty
WRAPPED = ("Title", "Calendar", "Event", "Period", "Changes", "Note")
_FLUSH = "padding-left:10px"  # keeps text inside the tint
_WIDTHS = dict.fromkeys(("Title", "Note"), f"{_FLUSH};min-width:12em")
_WHOLE = f"{_FLUSH};white-space:nowrap"


def _with_index_name(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a frame with a name for its index, because files only include a named index."""
    return frame if frame.index.nlevels > 1 or frame.index.name is not None else frame.rename_axis("row")


def _counts(kinds: Sequence[str], order: Sequence[str]) -> dict[str, int]:
    counts = Counter(kinds)
    return {kind: counts[kind] for kind in order if kind in counts}


def _select(
    kinds: Sequence[str], kind: str, search: str, texts: Sequence[pd.DataFrame], order: Sequence[str]
) -> list[int]:
    positions = [n for n, kind_of_row in enumerate(kinds) if kind in ("all", kind_of_row)]
    if search.strip():
        matches = _contains(texts, search.strip())
        positions = [n for n in positions if matches[n]]
    return sorted(positions, key=lambda n: order.index(kinds[n])) if order else positions


def _contains(frames: Sequence[pd.DataFrame], text: str) -> list[bool]:
    """Return which rows contain a text, literally and in any case, in their label or in a text column."""
    mask: Any = frames[0].index.astype("str").str.contains(text, case=False, regex=False)
    for frame in frames:
        names: list[str] = list(frame.select_dtypes("str"))
        for name in names:
            mask = mask | frame[name].str.contains(text, case=False, regex=False).fillna(value=False).to_numpy()
    return [bool(value) for value in mask]


def _texts(page: pd.DataFrame, headings: dict[str, str]) -> dict[str, list[str]]:
    """Return columns of a frame as HTML, under the given headings; missing columns are left out."""
    return {heading: [_cell(text) for text in page[name]] for name, heading in headings.items() if name in page}


def _cell(text: Any) -> str:
    return "" if pd.isna(text) else escape(shorten(str(text), LONGEST))


def _changes_html(step: Any, tz: str) -> str:
    return "<br>".join(
        f"{escape(change.field)}: <del>{escape(change.before)}</del> &rarr; <ins>{escape(change.after)}</ins>"
        for change in changes_of(step, tz)
    )


def _label(label: Any) -> str:
    return escape(shorten(", ".join(map(str, label)) if isinstance(label, tuple) else str(label), LONGEST))
