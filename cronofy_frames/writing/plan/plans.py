"""`Plan`, the finished plan: the call and the remote state before it for each row, as data in memory and in a file."""

from __future__ import annotations

import functools
import hashlib
import itertools
import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import msgspec
import pandas as pd

from cronofy_frames.errors import FrameError
from cronofy_frames.sheets import write_file
from cronofy_frames.sheets.problems import json_label
from cronofy_frames.text import single_line
from cronofy_frames.writing.plan import rendering
from cronofy_frames.writing.plan.source_file import SourceFile
from cronofy_frames.zones import zone_name

VERSION = 1

Action = Literal["create", "update", "delete", "unchanged", "skip"]
Kind = Literal["events", "deletes", "available_periods", "undo"]

_CHUNK = 5_000


@dataclass(frozen=True, slots=True)
class Step:
    """The plan for one row.

    Attributes
    ----------
    position
        Its position in the plan, from 0.
    label
        Its label in the frame that was planned.
    action
        create, update or delete; unchanged: the remote state is already as the row asks; skip: the row has problems
        and was left out.
    account
        The label of its client, in a plan for a mapping of clients.
    call
        The endpoint, even if nothing is sent; None for a skipped row.
    arguments
        The arguments of the endpoint, under wire names.
    before
        The remote state when the plan was made, as a row of the wire; None if it did not exist, or was not read.
    note
        A note for people; None for no note.
    """

    position: int
    label: Any
    action: Action
    account: str | None
    call: str | None
    arguments: dict[str, Any]
    before: dict[str, Any] | None = None
    note: str | None = None

    @property
    def sends(self) -> bool:
        """Whether a call is sent."""
        return self.action in ("create", "update", "delete")


class Plan:
    """A plan of writes: the call for each row, decided before anything is sent.

    Made by `plan_events`, `plan_deletes` and `plan_available_periods`; sent by `apply`.

    Attributes
    ----------
    kind
        events, deletes or available_periods; undo for the plan that `undo` makes of a journal.
    tz
        The zone in which it shows times.
    made_for
        The application and the accounts that it was compared with: `{"application": client_id, "accounts": {label:
        sub}}`, with the label "" for a single client; None for a plan that was made without a client.
    notes
        Notes on the whole plan.
    compared
        Whether it was compared with the remote state, which needs a client.
    index
        The labels of the frame that was planned.
    source
        The file that the rows were read from, with the digest of its content; None if they were not read from a file.
    made_at
        The time at which it was made, as ISO text; None for a plan without.
    id
        A digest of its content, without source and time: equal plans have equal ids.

    Examples
    --------
    >>> sheet = pd.DataFrame({"summary": ["Stand-up"], "start": ["2031-03-04T09:00Z"], "end": ["2031-03-04T10:00Z"]})
    >>> plan = cf.plan_events(sheet, calendar=primary, client=client)
    >>> plan.frame()["action"].tolist()
    ['create']
    """

    def __init__(
        self,
        steps: Iterable[Step],
        *,
        kind: Kind,
        tz: str = "UTC",
        made_for: Mapping[str, Any] | None = None,
        notes: Sequence[str] = (),
        names: Sequence[str | None] = (None,),
        index: pd.Index | None = None,
        source: SourceFile | None = None,
        made_at: str | None = None,
    ) -> None:
        self.kind = kind
        self.tz = tz
        self.made_for = None if made_for is None else dict(made_for)
        self.notes = list(notes)
        self.source, self.made_at = source, made_at
        self._names, self._index = list(names), index
        self._labels: list[Any] = []
        self._rows = pd.concat([_stored_frame([]), *self._chunks(steps)], ignore_index=True)

    def _chunks(self, steps: Iterable[Step]) -> Iterator[pd.DataFrame]:
        """Yield the rows as frames, some thousand at a time: Python's own strings take twice the memory."""
        remaining = iter(steps)
        while chunk := list(itertools.islice(remaining, _CHUNK)):
            self._labels += [step.label for step in chunk]
            yield _stored_frame(chunk)

    def __len__(self) -> int:
        return len(self._rows)

    def __repr__(self) -> str:
        return rendering.plan_text(self)

    def _repr_html_(self) -> str:
        return rendering.plan_html(self)

    @property
    def compared(self) -> bool:
        """Whether it was compared with the remote state, which needs a client."""
        return self.made_for is not None

    @property
    def names(self) -> list[str | None]:
        """The names of the levels of its index."""
        return list(self._names)

    @property
    def by_account(self) -> bool:
        """Whether its rows belong to the clients of a mapping."""
        return bool(self._rows["account"].notna().any())

    @property
    def index(self) -> pd.Index:
        """The labels of the frame that was planned."""
        if self._index is not None:
            return self._index
        if len(self._names) > 1:
            return pd.MultiIndex.from_tuples(self._labels, names=self._names)
        index: pd.Index = pd.Index(self._labels, name=self._names[0], tupleize_cols=False)
        return index

    @functools.cached_property
    def id(self) -> str:
        """A digest of its content: equal plans have equal ids."""
        digest = hashlib.sha256(f"{VERSION} {self.kind}\n".encode())
        for line in self._lines():
            digest.update(line)
        return digest.hexdigest()[:24]

    def counts(self) -> dict[str, int]:
        """Return the number of rows of each action that occurs."""
        return {str(action): int(count) for action, count in self._rows["action"].value_counts().items()}

    @property
    def actions(self) -> list[str]:
        """The action of each row, in order."""
        return list(self._rows["action"])

    def steps(self, at: Sequence[int] | None = None) -> Iterator[Step]:
        """Yield the steps in order; only those at some positions if `at` gives them."""
        positions = range(len(self)) if at is None else at
        rows = self._rows if at is None else self._rows.iloc[list(at)]
        columns = [[None if value != value else value for value in rows[name]] for name in rows]
        for position, (action, account, call, arguments, before, note) in zip(
            positions, zip(*columns, strict=True), strict=True
        ):
            remote = None if before is None else json.loads(before)
            label = self._labels[position]
            yield Step(position, label, action, account, call, json.loads(arguments), remote, note)

    def frame(self) -> pd.DataFrame:
        """Return a row for each row that was planned, with its labels: the action, the event and what changes.

        Returns
        -------
        DataFrame
            See `cronofy_frames.writing.plan.rendering.plan_frame` for its columns.
        """
        return rendering.plan_frame(self)

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the plan to a file that `load_plan` reads: a line of JSON for the plan, and one for each row.

        Only its owner can read the file, because it has titles, attendees and what calendars hold.

        Parameters
        ----------
        path
            The file; an existing one is replaced.

        Returns
        -------
        Path
            The absolute path of the file.

        Examples
        --------
        >>> plan = cf.plan_events(sheet, calendar=primary)
        >>> cf.load_plan(plan.save(folder / "offsite.plan")).id == plan.id
        True
        """
        target = Path(path).expanduser().absolute()
        head = {
            "cronofy_frames": "plan",
            "version": VERSION,
            "kind": self.kind,
            "tz": self.tz,
            "made_for": self.made_for,
            "notes": self.notes,
            "names": self._names,
            "rows": len(self),
            "source": None if self.source is None else self.source.record(),
            "made_at": self.made_at,
        }
        write_file(target, b"".join([_json_line(head) + b"\n", *self._lines()]), private=True)
        return target

    def _lines(self) -> Iterator[bytes]:
        for step in self.steps():
            row = {"row": json_label(step.label), "action": step.action, "account": step.account, "call": step.call}
            yield _json_line({**row, "arguments": step.arguments, "before": step.before, "note": step.note}) + b"\n"


def load_plan(path: str | os.PathLike[str]) -> Plan:
    """Read a plan that `Plan.save` wrote.

    Parameters
    ----------
    path
        The file.

    Returns
    -------
    Plan
        The plan. Labels that are texts or numbers are the same; others, such as dates, become text.

    Raises
    ------
    FrameError
        The file is no plan, or one of a newer version.
    OSError
        The file cannot be read.

    Examples
    --------
    >>> cf.load_plan(cf.plan_events(sheet, calendar=primary).save(folder / "offsite.plan")).counts()
    {'create': 2}
    """
    file = Path(path).expanduser().absolute()
    if not file.exists():
        raise FileNotFoundError(f"{single_line(str(file))} does not exist: give a file that Plan.save wrote.")
    try:
        head, *rows = map(json.loads, file.read_bytes().splitlines())
        if head.get("cronofy_frames") != "plan":
            raise ValueError
        if head["version"] > VERSION:
            raise FrameError(f"{file} was saved by a newer cronofy_frames: upgrade, or plan the sheet again.")
        if len(rows) != head["rows"]:
            raise ValueError
        if head["kind"] not in _TITLED_KINDS or not isinstance(head["notes"], list):
            raise ValueError
        zone_name(head["tz"])
        steps = [_step_of_row(position, row) for position, row in enumerate(rows)]
        source, made_at = SourceFile.from_record(head.get("source")), head.get("made_at")
        attributes = {name: head[name] for name in ("kind", "tz", "made_for", "notes", "names")}
        return Plan(steps, **attributes, source=source, made_at=made_at)
    except (ValueError, KeyError, AttributeError, TypeError, RecursionError) as error:
        if isinstance(error, FrameError):
            raise
        raise FrameError(f"{file} is no plan, or an incomplete one: give a file that Plan.save wrote.") from None


_CALLS = {
    "create": ("create_event", "upsert_available_period"),
    "update": ("create_event", "update_external_event", "upsert_available_period"),
    "delete": ("delete_event", "delete_external_event", "delete_available_periods"),
    "skip": (None,),
}


_TITLED_KINDS = ("events", "deletes", "available_periods", "undo")
_STEP_TYPES: dict[str, Any] = {
    "action": str,
    "account": str | None,
    "call": str | None,
    "arguments": dict,
    "before": dict | None,
    "note": str | None,
}


def _step_of_row(position: int, row: Mapping[str, Any]) -> Step:
    label = tuple(row["row"]) if isinstance(row["row"], list) else row["row"]
    names = ("action", "account", "call", "arguments", "before", "note")
    step = Step(position, label, **{name: row[name] for name in names})
    if not all(isinstance(getattr(step, name), kind) for name, kind in _STEP_TYPES.items()):
        raise ValueError
    # the file may have been edited: it must not ask for calls that a plan never makes
    allowed = _CALLS.get(step.action, (*_CALLS["update"], *_CALLS["delete"]))
    if step.call not in allowed or "delete_all" in step.arguments:
        raise FrameError(f"row {step.label} asks for the call {step.call}, which a plan never makes: plan again.")
    return step


def _stored_frame(steps: Sequence[Step]) -> pd.DataFrame:
    # as text: a hundred thousand dictionaries would take ten times the memory
    columns: dict[str, list[str | None]] = {
        "action": [step.action for step in steps],
        "account": [step.account for step in steps],
        "call": [step.call for step in steps],
        "arguments": [_json_text(step.arguments) for step in steps],
        "before": [None if step.before is None else _json_text(step.before) for step in steps],
        "note": [step.note for step in steps],
    }
    return pd.DataFrame({name: pd.Series(texts, dtype="str") for name, texts in columns.items()})


def _json_line(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")


def _json_text(value: Any) -> str:
    try:
        return msgspec.json.encode(value).decode()
    except UnicodeEncodeError:  # a lone surrogate, which JSON can only escape
        return json.dumps(value, separators=(",", ":"))
