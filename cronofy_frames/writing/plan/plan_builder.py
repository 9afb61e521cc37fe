"""A frame that is being planned, with what is wrong with it and what a person should know of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from cronofy_frames.errors import FrameError
from cronofy_frames.frames.accounts import Clients
from cronofy_frames.sheets.problems import Mask, Problems, label_text, python_label
from cronofy_frames.sheets.unread_cells import add_unread_cells
from cronofy_frames.text import by_count, join_names, quantity
from cronofy_frames.wire.endpoint import OMITTED
from cronofy_frames.writing.plan.calendars import Accounts
from cronofy_frames.writing.plan.cell_parsers import Cells
from cronofy_frames.writing.plan.fields import KNOWN, Body, cells_of, noting, said
from cronofy_frames.writing.plan.plans import Kind, Plan, Step
from cronofy_frames.writing.plan.remote_state import UNREAD

_QUOTED = 5  # problems that a message quotes


class Sheet:
    """A frame that is being planned, with what is wrong with it and what a person should know of it.

    Attributes
    ----------
    frame
        The rows.
    accounts
        Where they go; None without a client.
    problems
        What is wrong.
    notes
        What a person should know of the whole.
    """

    def __init__(self, frame: pd.DataFrame, client: Clients | None, needed: Sequence[str]) -> None:
        if not isinstance(frame, pd.DataFrame):
            raise TypeError(f"a plan is made of a DataFrame, not of a {type(frame).__name__}: read_sheet gives one.")
        if not frame.columns.is_unique:
            twice = frame.columns[frame.columns.duplicated()][0]
            raise ValueError(f"two columns are called {twice!r}: rename one, or drop it.")
        self.frame = frame
        self.accounts = None if client is None else Accounts(client)
        self.problems = Problems(frame.index)
        self.notes: list[str] = []
        for name in needed:
            if name not in frame.columns and len(frame.columns):
                self.problems.add_column(name, "such a column", "none")
        self._one_account()
        add_unread_cells(self.problems, frame)

    def _one_account(self) -> None:
        """Note rows of several accounts where there is one client, to whom all of them would go."""
        if self.accounts is None or self.accounts.several or "account" not in self.frame.columns:
            return
        if self.frame["account"].nunique() > 1:
            wanted = "rows of one account, or client= as a mapping label -> client"
            self.problems.add_column(
                "account", wanted, join_names(map(str, self.frame["account"].dropna().unique()), 5)
            )

    def read(self, name: str, read: Callable[[Any], Any], *, only: Mask | None = None) -> Cells:
        """Return what a reader makes of a column; `OMITTED` where it says nothing."""
        if name not in self.frame.columns:
            return np.full(len(self.frame), OMITTED, object)
        return cells_of(self.frame[name], read, noting(self.problems, name), only=only)

    def came(self, name: str) -> Callable[[int], Any]:
        """Return what gives a cell of a column, None where there is no such column."""
        return lambda at: self.frame[name].iloc[at] if name in self.frame.columns else None

    def note_unknown(self, key: Iterable[str]) -> None:
        """Name the columns that nobody looks at."""
        unknown = [str(name) for name in self.frame.columns if name not in KNOWN and name not in set(key)]
        if unknown:
            self.notes.append(f"not looked at: {', '.join(unknown)}")

    def note_fields(self, body: Body, key: Sequence[str]) -> None:
        """Note what a plan cannot do with what the sheet says."""
        self.note_unknown(key)
        if self.accounts is None:
            self.notes.append("nothing was compared, so all rows count as new: give client= to see what stands there")
            self.note_invitations(sent=bool(said(body.get("attendees"), self.problems).any()))
        else:
            unread = [name for name in UNREAD if said(body.get(name), self.problems).any()]
            if unread:
                what = ", ".join(unread)
                self.notes.append(f"{what} cannot be compared or restored: written with rows that change otherwise")
        if self._joins_nothing():
            self.notes.append("conferencing_join_url is not written without a conferencing_profile_id of explicit")
        if _midnights_only(self.frame):
            self.notes.append(
                "start and end are midnights, taken as times: a column all_day of True makes days of them"
            )

    def _joins_nothing(self) -> bool:
        """Whether somebody typed addresses of calls that will not be written; reads have some of their own."""
        if "conferencing_join_url" not in self.frame.columns or "event_uid" in self.frame.columns:
            return False
        given = self.frame["conferencing_join_url"].notna()
        if "conferencing_profile_id" in self.frame.columns:
            given &= self.frame["conferencing_profile_id"].isna()
        return bool(given.any())

    def note_invitations(self, *, sent: bool) -> None:
        """Say that there is no way back for invitations, where some would be sent."""
        if sent:
            self.notes.append("invitations cannot be taken back once they are sent")

    def check(self, *, skip_bad: bool) -> None:
        """Raise what is wrong, unless the rows can be left out."""
        if self.problems and (self.problems.of_columns or not skip_bad):
            raise self._error()

    def _error(self) -> FrameError:
        """Return the error that lists all problems."""
        count, rows = len(self.problems), int(self.problems.bad.sum())
        where = f" in {rows:,} of {quantity(len(self.frame), 'row')}" if rows else ""
        more = f"; and {count - _QUOTED:,} more" if count > _QUOTED else ""
        step = (
            "Mend this and plan again; `.problems` lists all."
            if self.problems.of_columns
            else "Mend these rows, or leave them out with skip_bad=True; `.problems` lists all."
        )
        head = f"{quantity(count, 'problem')}{where}, and nothing was sent: "
        return FrameError(f"{head}{'; '.join(self.problems.messages(_QUOTED))}{more}. {step}", self.problems.frame())

    def refuse_repeated(self, keys: Sequence[Any], told: Callable[[int, str], tuple[str, str]]) -> None:
        """Note rows about the same thing as one above; `told` makes column and words of a row and that one's label."""
        for at, first in _repeated(keys).items():
            column, expected = told(at, label_text(python_label(self.frame.index[first])))
            self.problems.add_cell(at, column, expected, self.came(column)(at))

    def plan(self, kind: Kind, steps: Iterable[Step], tz: str) -> Plan:
        """Put the plan together; rows with problems are left out of it."""
        left = self.problems.row_notes()
        if left:
            some = f"{quantity(len(left), 'row')} {by_count(len(left), 'has problems and is', 'have problems and are')}"
            self.notes.append(f"{some} left out: see their notes")
        made_for = None
        if self.accounts is not None:
            steps = list(steps)
            made_for = self.accounts.made_for({step.account for step in steps} if self.accounts.several else {None})
        names = [None if name is None else str(name) for name in self.frame.index.names]
        return Plan(
            self._all(steps, left),
            kind=kind,
            tz=tz,
            made_for=made_for,
            notes=self.notes,
            names=names,
            index=self.frame.index,
        )

    def _all(self, steps: Iterable[Step], left: Mapping[int, str]) -> Iterator[Step]:
        good = iter(steps)
        for at, label in enumerate(self.frame.index):
            yield Step(at, label, "skip", None, None, {}, None, left[at]) if at in left else next(good)


def _midnights_only(frame: pd.DataFrame) -> bool:
    if "all_day" in frame.columns or not len(frame):
        return False
    times = [frame[name].dropna() for name in ("start", "end") if name in frame.columns]
    return all(
        len(one) > 0 and pd.api.types.is_datetime64_any_dtype(one) and bool((one == one.dt.normalize()).all())
        for one in times
    )


def _repeated(keys: Sequence[Any]) -> dict[int, int]:
    """Return the positions whose key came before, and where it came first; None is no key."""
    first: dict[Any, int] = {}
    again: dict[int, int] = {}
    for position, key in enumerate(keys):
        if key is not None and first.setdefault(key, position) != position:
            again[position] = first[key]
    return again
