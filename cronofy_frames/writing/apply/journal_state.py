"""State of a journal: the calls and responses in its lines, and what they mean for each event or period."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from cronofy_frames.errors import FrameError
from cronofy_frames.writing.plan.remote_state import target_of

VERSION = 2

Line = dict[str, Any]
"""A line of a journal."""

_NUMBERS = {"batch": int, "position": int}
LINE_TYPES: dict[str, dict[str, Any]] = {
    "journal": {"version": int},
    "run": {"run": int, "kind": str, "tz": str, "names": list, "compared": bool, "made_for": dict, "at": str}
    | {"what": str, "plan": str},
    "send": _NUMBERS
    | {"row": list | str | int | float | None, "action": str, "account": str | None, "call": str}
    | {"arguments": dict, "before": dict | None},
    "answer": _NUMBERS | {"status": int | None},
    "end": {"run": int},
}
"""The types of the values of each line, by the type of the line."""

AccountTarget = tuple[str | None, str, str, str]
"""The label of an account and a `Target` in it."""


@dataclass(frozen=True, slots=True)
class EntryResponse:
    """The response to one entry of a batch; without a status no response was received."""

    status: int | None = None
    data: Any = None
    batch: int | None = None

    @property
    def accepted(self) -> bool:
        """Whether the call was carried out."""
        return self.status is not None and 200 <= self.status < 300

    @property
    def maybe_carried_out(self) -> bool:
        """Whether the call may have been carried out; with 429 or 5xx an earlier attempt may have succeeded."""
        return self.status is None or self.accepted or self.transient

    @property
    def transient(self) -> bool:
        """Whether the call may succeed if it is sent again."""
        return self.status is not None and (self.status == 429 or self.status >= 500)


@dataclass(frozen=True, slots=True)
class SentCall:
    """A call that was sent.

    Attributes
    ----------
    line
        Its line in the journal.
    plan
        The id of its plan.
    compared
        Whether its plan was compared: only then is the remote state before it known.
    response
        The response to it.
    """

    line: Line
    plan: str
    compared: bool
    response: EntryResponse


@dataclass(slots=True)
class TargetHistory:
    """The calls that wrote to one event or period.

    Attributes
    ----------
    calls
        The calls by the number of their batch.
    """

    calls: dict[int, SentCall] = field(default_factory=dict)

    @property
    def effective(self) -> list[SentCall]:
        """The calls that may have been carried out."""
        return [call for call in self.calls.values() if call.response.maybe_carried_out]

    @property
    def baseline(self) -> SentCall:
        """The call that tells the state before all of them: the first that was compared or accepted."""
        for call in self.effective:
            if call.compared or call.response.accepted:
                return call
        return self.effective[0]


Histories = dict[AccountTarget, TargetHistory]


@dataclass(slots=True)
class AppliedPlan:
    """A plan that was applied, and what is left of it to undo.

    Attributes
    ----------
    number
        Its number among the applied plans of the file, from 1; it does not change when plans are undone.
    plan, kind, tz, names
        The id of the plan and its attributes; `names` are the names of its index levels.
    applied_at
        The time of its first run, as ISO text.
    histories
        Its calls by the event or period they wrote to; without those that were undone.
    undone
        Whether an undo of it has finished.
    """

    number: int
    plan: str
    kind: str
    tz: str
    names: list[str | None]
    applied_at: str
    histories: Histories = field(default_factory=dict)
    undone: bool = False

    @property
    def undoable(self) -> Histories:
        """The histories with a call that may have been carried out."""
        return {target: history for target, history in self.histories.items() if history.effective}


@dataclass(slots=True)
class UnfinishedUndo:
    """An undo that has begun and not ended.

    Attributes
    ----------
    numbers
        The numbers of the applied plans that it undoes.
    responses
        The latest response for each event or period.
    """

    numbers: list[int]
    responses: dict[AccountTarget, EntryResponse] = field(default_factory=dict)


@dataclass(slots=True)
class JournalState:
    """The content of a journal.

    Attributes
    ----------
    made_for
        The application and accounts of its runs; None for a journal without runs.
    applied
        The applied plans, in order, with those that were undone.
    undo
        The undo that did not finish; None if there is no such undo.
    runs, batches
        Their numbers in the whole file.
    version
        The version of the format that the file was written in.
    """

    made_for: dict[str, Any] | None = None
    applied: list[AppliedPlan] = field(default_factory=list)
    undo: UnfinishedUndo | None = None
    runs: int = 0
    batches: int = 0
    version: int = VERSION

    @property
    def histories(self) -> Histories:
        """The calls of all plans that are not undone, by the event or period they wrote to."""
        return merged_histories(self.applied)

    @property
    def responses(self) -> dict[str, dict[int, EntryResponse]]:
        """The response to each row that no later call has replaced, by plan and position."""
        responses: dict[str, dict[int, EntryResponse]] = {}
        for history in self.histories.values():
            latest = history.calls[max(history.calls)]
            responses.setdefault(latest.plan, {})[latest.line["position"]] = latest.response
        return responses

    def last_applied(self) -> AppliedPlan | None:
        """Return the latest plan that has something left to undo."""
        return next((plan for plan in reversed(self.applied) if plan.undoable), None)

    def plans_numbered(self, numbers: Iterable[int]) -> list[AppliedPlan]:
        """Return the applied plans with some numbers, in order."""
        return [plan for plan in self.applied if plan.number in set(numbers)]

    def settle_other_undo(self, numbers: list[int]) -> None:
        """Take an unfinished undo of other plans as ended: what it undid is undone, and the rest is left."""
        if self.undo is None or self.undo.numbers == numbers:
            return
        accepted = {target for target, response in self.undo.responses.items() if response.accepted}
        for plan in self.plans_numbered(self.undo.numbers):
            plan.histories = {target: history for target, history in plan.histories.items() if target not in accepted}
        self.undo = None


def merged_histories(plans: Iterable[AppliedPlan]) -> Histories:
    """Return the calls of some plans, in order, by the event or period they wrote to."""
    merged: Histories = {}
    for plan in plans:
        for target, history in plan.histories.items():
            merged.setdefault(target, TargetHistory()).calls.update(history.calls)
    return merged


def _check_types(line: Line) -> None:
    for name, kind in LINE_TYPES[line["is"]].items():
        if not isinstance(line[name], kind):
            raise TypeError(f"{name} of a line {line['is']}")
    numbers, accounts = line.get("undoes", []), line["made_for"]["accounts"] if line["is"] == "run" else {}
    if not isinstance(accounts, dict) or not all(isinstance(number, int) for number in numbers):
        raise TypeError("accounts or undoes of a run")


class Replay:
    """Rebuilds the state of a journal from its lines."""

    def __init__(self) -> None:
        self.state = JournalState()
        self._run: Line = {}
        self._unanswered: dict[tuple[int, int], Line] = {}  # by batch and position
        self._handlers = {
            "journal": self._set_version,
            "run": self._begin_run,
            "send": self._add_call,
            "answer": self._add_response,
            "end": self._end_run,
        }

    def add(self, line: Line) -> None:
        """Add the next line.

        Raises
        ------
        LookupError
            The line lacks a value, or refers to a line that is missing.
        TypeError
            A value has a type that no journal has there.
        """
        _check_types(line)
        self._handlers[line["is"]](line)

    def _set_version(self, line: Line) -> None:
        if line["version"] > VERSION:
            raise FrameError("this journal was written by a newer cronofy_frames: upgrade to continue with it.")
        self.state.version = line["version"]

    def _begin_run(self, line: Line) -> None:
        self._run = line
        self.state.runs, self.state.made_for = line["run"], line["made_for"]
        if line["what"] == "undo":
            self._begin_undo(line)
        else:
            self._begin_apply(line)

    def _begin_undo(self, line: Line) -> None:
        # the first version of the format undid all plans at once, and did not number them
        numbers = line.get("undoes") or [plan.number for plan in self.state.applied]
        self.state.settle_other_undo(numbers)
        self.state.undo = self.state.undo or UnfinishedUndo(numbers)

    def _begin_apply(self, line: Line) -> None:
        applied = self.state.applied
        if applied and applied[-1].plan == line["plan"] and not applied[-1].undone:
            return  # the plan is resumed
        attributes = (line["plan"], line["kind"], line["tz"], line["names"], line["at"])
        applied.append(AppliedPlan(len(applied) + 1, *attributes))

    def _add_call(self, line: Line) -> None:
        self.state.batches = line["batch"]
        self._unanswered[line["batch"], line["position"]] = line
        self._set_response(line, EntryResponse(batch=line["batch"]))

    def _add_response(self, line: Line) -> None:
        call = self._unanswered.pop((line["batch"], line["position"]))
        self._set_response(call, EntryResponse(line["status"], line["data"], line["batch"]))

    def _set_response(self, call: Line, response: EntryResponse) -> None:
        target = (call["account"], *target_of(call["call"], call["arguments"]))
        if self.state.undo is not None:
            self.state.undo.responses[target] = response
            return
        history = self.state.applied[-1].histories.setdefault(target, TargetHistory())
        history.calls[call["batch"]] = SentCall(call, self._run["plan"], self._run["compared"], response)

    def _end_run(self, line: Line) -> None:
        if self.state.undo is None:
            return
        left = {tuple(target) for target in line.get("left", ())}
        for plan in self.state.plans_numbered(self.state.undo.numbers):
            plan.histories = {target: history for target, history in plan.histories.items() if target in left}
            plan.undone = True
        self.state.undo = None
