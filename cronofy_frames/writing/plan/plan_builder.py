"""The builder that the functions of `planning` share: it reads columns, collects problems and notes, makes a `Plan`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pandas as pd

from cronofy_frames.errors import FrameError
from cronofy_frames.frames.accounts import Clients
from cronofy_frames.sheets.problems import Mask, Problems, label_text, python_label
from cronofy_frames.sheets.unread_cells import add_unread_cells, headers_of
from cronofy_frames.text import by_count, join_names, quantity
from cronofy_frames.wire.endpoint import OMITTED
from cronofy_frames.writing.plan.calendars import TargetAccounts
from cronofy_frames.writing.plan.cell_parsers import Cells, Parser
from cronofy_frames.writing.plan.fields import KNOWN_COLUMNS, Body, is_set, parse_column, problem_recorder
from cronofy_frames.writing.plan.plans import Kind, Plan, Step
from cronofy_frames.writing.plan.remote_state import WRITE_ONLY
from cronofy_frames.writing.plan.source_file import SourceFile

_QUOTED = 5  # problems that a message quotes


class PlanBuilder:
    """A plan in the making.

    Parameters
    ----------
    frame
        The rows to plan.
    client
        The client to compare with; None to compare with nothing.
    required
        The columns that the frame has to have.

    Attributes
    ----------
    frame
        The rows to plan, without attrs.
    accounts
        The accounts that the rows go to; None without a client.
    problems
        The problems of rows and columns.
    notes
        The notes on the whole plan.
    source
        The file that the rows were read from; None if they were not.
    """

    def __init__(self, frame: pd.DataFrame, client: Clients | None, required: Sequence[str]) -> None:
        if not isinstance(frame, pd.DataFrame):
            raise TypeError(f"a plan is made of a DataFrame, not of a {type(frame).__name__}: read_sheet returns one.")
        if not frame.columns.is_unique:
            column = frame.columns[frame.columns.duplicated()][0]
            raise ValueError(f"two columns are called {column!r}: rename one, or drop it.")
        # pandas copies attrs, which may list many unread cells, whenever a column is taken
        self.source = SourceFile.of_frame(frame)
        self.frame = frame.copy(deep=False)
        self.frame.attrs = {}
        self.accounts = None if client is None else TargetAccounts(client)
        self.problems = Problems(frame.index, headers_of(frame))
        self.notes: list[str] = []
        for name in required:
            if name not in frame.columns and len(frame.columns):
                self.problems.add_column(name, f"a column of this name{self._header_hint(name)}", "no such column")
        self._report_several_accounts()
        add_unread_cells(self.problems, frame)

    def _unknown_columns(self) -> list[str]:
        return [str(name) for name in self.frame.columns if name not in KNOWN_COLUMNS]

    def _header_hint(self, name: str) -> str:
        """Return how to give a column of a spreadsheet the meaning of one that it lacks, for a message."""
        unknown = self._unknown_columns()
        if self.source is None or not unknown:
            return ""
        headers = join_names(map(repr, unknown), 10)
        return f', or columns={{"HEADER": "{name}"}} in read_sheet, where HEADER is one of {headers}'

    def _report_several_accounts(self) -> None:
        """Add a problem if rows name several accounts and there is one client: all rows would go to its account."""
        if self.accounts is None or self.accounts.several or "account" not in self.frame.columns:
            return
        if self.frame["account"].nunique() > 1:
            labels = join_names(map(str, self.frame["account"].dropna().unique()), 5)
            expected = "rows of one account, or client= as a mapping label -> client"
            self.problems.add_column("account", expected, labels)

    # reading columns

    def read(self, name: str, parser: Parser, *, rows: Mask | None = None) -> Cells:
        """Return the parsed cells of a column; `OMITTED` for missing cells, and for all if there is no such column."""
        if name not in self.frame.columns:
            return np.full(len(self.frame), OMITTED, object)
        return parse_column(self.frame[name], parser, problem_recorder(self.problems, name), rows=rows)

    def cell_getter(self, name: str) -> Callable[[int], Any]:
        """Return a function from a position to the cell of a column; None if there is no such column."""
        return lambda position: self.frame[name].iloc[position] if name in self.frame.columns else None

    # notes on the whole plan

    def note_unknown_columns(self, key: Iterable[str]) -> None:
        """Add a note with the columns that are not used."""
        unknown = [name for name in self._unknown_columns() if name not in set(key)]
        if unknown:
            self.notes.append(f"unknown columns, not used: {', '.join(unknown)}")

    def note_columns_and_comparison(self, body: Body, key: Sequence[str]) -> None:
        """Add notes on columns that the plan does not use, cannot compare or may misread."""
        self.note_unknown_columns(key)
        if self.accounts is None:
            self.notes.append("not compared with the calendar, so every row counts as new: give client= to compare")
            self.note_invitations(sent=bool(is_set(body.get("attendees"), len(self.frame)).any()))
        else:
            write_only = [name for name in WRITE_ONLY if is_set(body.get(name), len(self.frame)).any()]
            if write_only:
                self.notes.append(
                    f"{', '.join(write_only)} cannot be compared or restored, because reads do not return them: they "
                    "are written only in rows that change something else"
                )
        if self._has_unused_join_urls():
            self.notes.append("conferencing_join_url is only written where conferencing_profile_id is explicit")
        if _has_only_midnights(self.frame):
            self.notes.append("start and end are all midnights and taken as times: for whole days set all_day to True")

    def _has_unused_join_urls(self) -> bool:
        """Return whether a person typed join URLs that are not written; frames of reads have some of their own."""
        if "conferencing_join_url" not in self.frame.columns or "event_uid" in self.frame.columns:
            return False
        unused = self.frame["conferencing_join_url"].notna()
        if "conferencing_profile_id" in self.frame.columns:
            unused &= self.frame["conferencing_profile_id"].isna()
        return bool(unused.any())

    def note_invitations(self, *, sent: bool) -> None:
        """Add a note that invitations cannot be undone, if some would be sent."""
        if sent:
            self.notes.append("invitations cannot be taken back once they are sent")

    # problems

    def report_same_targets(self, targets: Sequence[Any], describe: Callable[[int, str], tuple[str, str]]) -> None:
        """Add a problem for each row with the same target as a row above it.

        Parameters
        ----------
        targets
            The target of each row; None for a row without one.
        describe
            Returns the column and what was expected, for a position and the label of the row above.
        """
        for position, first in _same_target_positions(targets).items():
            column, expected = describe(position, label_text(python_label(self.frame.index[first])))
            self.problems.add_cell(position, column, expected, self.cell_getter(column)(position))

    def raise_problems(self, *, skip_bad: bool) -> None:
        """Raise an error with all problems, unless there are none or their rows can be left out."""
        if self.problems and (self.problems.of_columns or not skip_bad):
            raise self._error()

    def _error(self) -> FrameError:
        count, rows = len(self.problems), int(self.problems.bad.sum())
        where = f" in {rows:,} of {quantity(len(self.frame), 'row')}" if rows else ""
        more = f"; and {count - _QUOTED:,} more" if count > _QUOTED else ""
        advice = (
            "Correct this and plan again; `.problems` lists all."
            if self.problems.of_columns
            else "Correct these rows, or leave them out with skip_bad=True; `.problems` lists all."
        )
        listed = "; ".join(self.problems.messages(_QUOTED))
        message = f"{quantity(count, 'problem')}{where}, and nothing was sent: {listed}{more}. {advice}"
        return FrameError(message, self.problems.frame())

    # the plan

    def plan(self, kind: Kind, steps: Iterable[Step], tz: str) -> Plan:
        """Return the plan; rows with problems become skipped steps."""
        skipped = self.problems.row_notes()
        if skipped:
            has = by_count(len(skipped), "has problems and is", "have problems and are")
            self.notes.append(f"{quantity(len(skipped), 'row')} {has} left out: see the notes on each")
        made_for = None
        if self.accounts is not None:
            steps = list(steps)
            made_for = self.accounts.made_for({step.account for step in steps} if self.accounts.several else {None})
        return Plan(
            self._with_skipped(steps, skipped),
            kind=kind,
            tz=tz,
            made_for=made_for,
            notes=self.notes,
            names=[None if name is None else str(name) for name in self.frame.index.names],
            index=self.frame.index,
            source=self.source,
            made_at=self._now().isoformat(timespec="seconds"),
        )

    def _now(self) -> datetime:
        """Return the time by the clock of the clients; without one, by the system's."""
        clients = [] if self.accounts is None else list(self.accounts.clients.values())
        return clients[0].clock() if clients else datetime.now(UTC)

    def _with_skipped(self, steps: Iterable[Step], skipped: Mapping[int, str]) -> Iterator[Step]:
        """Yield a step for each row of the frame."""
        remaining = iter(steps)
        for position, label in enumerate(self.frame.index):
            if position in skipped:
                yield Step(position, label, "skip", None, None, {}, None, skipped[position])
            else:
                yield next(remaining)


def _has_only_midnights(frame: pd.DataFrame) -> bool:
    """Return whether all times are midnights, so that whole days may have been meant."""
    if "all_day" in frame.columns or not len(frame):
        return False
    columns = [frame[name].dropna() for name in ("start", "end") if name in frame.columns]
    return all(
        len(times) > 0 and pd.api.types.is_datetime64_any_dtype(times) and bool((times == times.dt.normalize()).all())
        for times in columns
    )


def _same_target_positions(targets: Sequence[Any]) -> dict[int, int]:
    """Return the positions of rows with the target of a row above, and the first position of it; None is no target."""
    first: dict[Any, int] = {}
    first_by_position: dict[int, int] = {}
    for position, target in enumerate(targets):
        if target is not None and first.setdefault(target, position) != position:
            first_by_position[position] = first[target]
    return first_by_position
