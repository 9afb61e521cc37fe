"""State of a journal: the calls and responses in its lines, and what they mean for each event or period."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from cronofy_frames.errors import FrameError
from cronofy_frames.writing.plan.remote_state import target_of

VERSION = 1

Line = dict[str, Any]
"""A line of a journal."""

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
    """A call that was sent: its line in the journal, whether its plan was compared, and the response.

    Only a compared plan knows the remote state before it.
    """

    line: Line
    compared: bool
    response: EntryResponse


@dataclass(slots=True)
class TargetHistory:
    """The calls that wrote to one event or period, in all runs.

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


@dataclass(slots=True)
class JournalState:
    """The content of a journal since everything in it was last undone.

    Attributes
    ----------
    made_for
        The application and accounts of its runs; None for a journal without runs.
    kind, tz, names
        Those of the latest plan; `names` are the names of its index levels.
    responses
        The latest response to each row, by plan and position.
    histories
        The calls by the event or period they wrote to.
    undo_responses
        In an undo that did not finish, the latest response for each event or period; None if there is no such undo.
    runs, batches
        Their numbers in the whole file.
    """

    made_for: dict[str, Any] | None = None
    kind: str = ""
    tz: str = "UTC"
    names: list[str | None] = field(default_factory=lambda: [None])
    responses: dict[str, dict[int, EntryResponse]] = field(default_factory=dict)
    histories: dict[AccountTarget, TargetHistory] = field(default_factory=dict)
    undo_responses: dict[AccountTarget, EntryResponse] | None = None
    runs: int = 0
    batches: int = 0


class Replay:
    """Rebuilds the state of a journal from its lines."""

    def __init__(self) -> None:
        self.state = JournalState()
        self._run: Line = {}
        self._unanswered: dict[tuple[int, int], Line] = {}  # by batch and position
        self._handlers = {
            "journal": self._check_version,
            "run": self._begin_run,
            "send": self._add_call,
            "answer": self._add_response,
            "end": self._end_run,
        }

    def add(self, line: Line) -> None:
        """Add the next line."""
        self._handlers[line["is"]](line)

    def _check_version(self, line: Line) -> None:
        if line["version"] > VERSION:
            raise FrameError("this journal was written by a newer cronofy_frames: upgrade to continue with it.")

    def _begin_run(self, line: Line) -> None:
        self._run = line
        self.state.runs, self.state.made_for = line["run"], line["made_for"]
        self.state.kind, self.state.tz, self.state.names = line["kind"], line["tz"], line["names"]
        if line["what"] == "undo" and self.state.undo_responses is None:
            self.state.undo_responses = {}

    def _add_call(self, line: Line) -> None:
        self.state.batches = line["batch"]
        self._unanswered[line["batch"], line["position"]] = line
        self._set_response(line, EntryResponse(batch=line["batch"]))

    def _add_response(self, line: Line) -> None:
        call = self._unanswered.pop((line["batch"], line["position"]))
        self._set_response(call, EntryResponse(line["status"], line["data"], line["batch"]))

    def _set_response(self, call: Line, response: EntryResponse) -> None:
        target = (call["account"], *target_of(call["call"], call["arguments"]))
        if self.state.undo_responses is not None:
            self.state.undo_responses[target] = response
            return
        self.state.responses.setdefault(self._run["plan"], {})[call["position"]] = response
        history = self.state.histories.setdefault(target, TargetHistory())
        history.calls[call["batch"]] = SentCall(call, self._run["compared"], response)

    def _end_run(self, _: Line) -> None:
        if self._run["what"] == "undo":
            old = self.state
            self.state = JournalState(old.made_for, kind=old.kind, tz=old.tz, runs=old.runs, batches=old.batches)
