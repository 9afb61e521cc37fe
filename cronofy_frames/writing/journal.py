"""The journal: what is about to be sent, and what was answered, on disk before anything else happens.

The law of this file: a line is written and synchronised before what it announces is sent, and lines are only ever
added. Whatever the moment at which a process dies, the journal then says of every row whether it was answered, may
have been carried out, or was never sent. A line that was cut off by a crash is left where it is: the run after it
starts on a line of its own.

Lines are JSON, one object each, and `is` says what it is: journal (the first), run, send, answer or end.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any

import filelock

from cronofy_frames.errors import FrameError
from cronofy_frames.writing.images import target_of
from cronofy_frames.writing.plans import Step, plain_label

VERSION = 1
HEAD = b'{"is":"journal","of":"cronofy_frames","version":1}'

Line = dict[str, Any]

Place = tuple[str | None, str, str, str]
"""An account's label and a `Target`."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of one row that was sent; without a status nobody knows."""

    status: int | None = None
    data: Any = None
    batch: int | None = None

    @property
    def accepted(self) -> bool:
        """Whether it was carried out."""
        return self.status is not None and 200 <= self.status < 300

    @property
    def maybe_done(self) -> bool:
        """Whether it may have been carried out."""
        return self.status is None or self.accepted or self.status >= 500

    @property
    def transient(self) -> bool:
        """Whether the same row may fare better if sent again."""
        return self.status is not None and (self.status == 429 or self.status >= 500)


@dataclass(slots=True)
class Deed:
    """What was done to one event or period, all runs together.

    Attributes
    ----------
    sent
        By batch, the line that announced a call about it, whether that line knows what stood there before, and what
        was answered.
    """

    sent: dict[int, tuple[Line, bool, Answer]] = field(default_factory=dict)

    @property
    def done(self) -> list[tuple[Line, bool]]:
        """The calls that may have been carried out: accepted, not answered, or answered with a server's failure."""
        return [(line, known) for line, known, answer in self.sent.values() if answer.maybe_done]


@dataclass(slots=True)
class Past:
    """What a journal tells, since everything was last taken back.

    Attributes
    ----------
    made_for
        The application and accounts that it is about; None for a journal without runs.
    kind, tz
        Of the latest plan.
    answers
        By plan and position, the latest answer; one without a status for a row that was sent and not answered.
    deeds
        By account and target, what was done.
    undoing
        Of an undo that did not come to its end, by account and target, the latest answers; None where there is none.
    runs, batches
        How many there are in all.
    """

    made_for: dict[str, Any] | None = None
    kind: str = ""
    tz: str = "UTC"
    answers: dict[str, dict[int, Answer]] = field(default_factory=dict)
    deeds: dict[Place, Deed] = field(default_factory=dict)
    undoing: dict[Place, Answer] | None = None
    runs: int = 0
    batches: int = 0


class Journal:
    """An append-only file of what was sent and what was answered, readable as JSON lines, for its owner only.

    A context manager: it is locked while it is open, so that two processes never write to one journal. It holds what
    was written to calendars, and no token or secret.

    Parameters
    ----------
    path
        The file; made when it is not there.
    put, sync
        How bytes get into an open file, and from there to the disk.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        put: Callable[[int, bytes], int] = os.write,
        sync: Callable[[int], None] = os.fsync,
    ) -> None:
        self.path = Path(path).expanduser().absolute()
        self.past = Past()
        self._put, self._sync = put, sync
        self._lock = filelock.FileLock(_lock_of(self.path))
        self._file = -1
        self._torn = False

    def __repr__(self) -> str:
        return f"<Journal {self.path}>"

    def __enter__(self) -> Journal:
        if not self.path.parent.is_dir():
            raise FileNotFoundError(f"the folder {self.path.parent} does not exist: make it, or choose another place.")
        try:
            self._lock.acquire(timeout=0)
        except filelock.Timeout:
            raise FrameError(
                f"another process is writing to {self.path}: wait until it is done, or choose another journal."
            ) from None
        try:
            self.past = self._read()
        except BaseException:
            self._lock.release()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file >= 0:
            os.close(self._file)
        self._file = -1
        self._lock.release()

    def begin(
        self, what: str, *, plan: str, kind: str, tz: str, made_for: Mapping[str, Any], compared: bool, at: str
    ) -> None:
        """Note that a run begins."""
        self.past.runs += 1
        head = [] if self.past.runs > 1 else [json.loads(HEAD)]
        run = {"is": "run", "run": self.past.runs, "what": what, "plan": plan, "kind": kind, "tz": tz}
        self._append([*head, {**run, "compared": compared, "made_for": dict(made_for), "at": at}])

    def sending(self, steps: Iterable[Step]) -> int:
        """Note what is about to be sent as a batch; return the batch's number."""
        self.past.batches += 1
        self._append(
            {
                "is": "send",
                "batch": self.past.batches,
                "position": step.position,
                "row": plain_label(step.label),
                "action": step.action,
                "account": step.account,
                "call": step.call,
                "arguments": step.arguments,
                "before": step.before,
            }
            for step in steps
        )
        return self.past.batches

    def answered(self, answers: Mapping[int, Answer]) -> None:
        """Note what was answered, by position."""
        self._append(
            {"is": "answer", "batch": one.batch, "position": position, "status": one.status, "data": one.data}
            for position, one in answers.items()
        )

    def end(self) -> None:
        """Note that the run came to its end."""
        self._append([{"is": "end", "run": self.past.runs}])

    def _open(self) -> None:
        new = not self.path.exists()
        # a binary mode of its own is what Windows asks for
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_BINARY", 0)
        self._file = os.open(self.path, flags, 0o600)
        if new:
            _sync_folder(self.path.parent)

    def _append(self, lines: Iterable[Line]) -> None:
        content = b"".join(
            json.dumps(line, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass") + b"\n"
            for line in lines
        )
        if self._file < 0:
            self._open()
        content = b"\n" + content if self._torn else content
        self._torn = False
        while content:
            content = content[self._put(self._file, content) :]
        self._sync(self._file)

    def _read(self) -> Past:
        content = self.path.read_bytes() if self.path.exists() else b""
        self._torn = bool(content) and not content.endswith(b"\n")
        teller = _Teller()
        try:
            for line in self._lines(content.split(b"\n")):
                teller.take(line)
        except KeyError as lacking:
            raise self._damaged(f"something announces no {lacking}") from None
        return teller.past

    def _lines(self, texts: list[bytes]) -> Iterator[Line]:
        """Yield the lines; one that a crash cut off is passed over, for a run or nothing follows it."""
        lines = [_line(text) for text in texts]
        if texts[0] and not (HEAD.startswith(texts[0]) or (lines[0] or {}).get("is") == "journal"):
            raise self._damaged("line 1 is none of a journal")
        for n, line in enumerate(lines):
            if line is not None:
                yield line
            elif texts[n]:
                after = next((one["is"] for one in lines[n + 1 :] if one is not None), "run")
                if after not in ("run", "journal"):
                    raise self._damaged(f"line {n + 1} was changed")

    def _damaged(self, how: str) -> FrameError:
        return FrameError(
            f"{self.path} is no journal, or a damaged one ({how}): choose another file, or restore it from a backup."
        )


def _line(text: bytes) -> Line | None:
    try:
        line = json.loads(text)
    except ValueError:
        return None
    return line if isinstance(line, dict) and "is" in line else None


def _lock_of(path: Path) -> Path:
    """Return where the lock of a journal is: not beside it, where it would lie about for ever."""
    whose = hashlib.sha256(os.fsencode(path.resolve())).hexdigest()[:24]
    return Path(tempfile.gettempdir()) / f"cronofy_frames-{whose}.lock"


def _sync_folder(folder: Path) -> None:
    """Make sure that a new file's name survives a crash, where the system can."""
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


class _Teller:
    """Goes through a journal line by line."""

    def __init__(self) -> None:
        self.past = Past()
        self._now: Line = {}
        self._unanswered: dict[tuple[int, int], Line] = {}  # by batch and position
        self._takers = {
            "journal": self._head,
            "run": self._run,
            "send": self._send,
            "answer": self._answer,
            "end": self._end,
        }

    def take(self, line: Line) -> None:
        """Take in the next line."""
        self._takers[line["is"]](line)

    def _head(self, line: Line) -> None:
        if line["version"] > VERSION:
            raise FrameError("this journal is of a newer cronofy_frames: upgrade to go on with it.")

    def _run(self, line: Line) -> None:
        self._now = line
        self.past.runs, self.past.made_for = line["run"], line["made_for"]
        self.past.kind, self.past.tz = line["kind"], line["tz"]
        if line["what"] == "undo" and self.past.undoing is None:
            self.past.undoing = {}

    def _send(self, line: Line) -> None:
        self.past.batches = line["batch"]
        self._unanswered[line["batch"], line["position"]] = line
        self._note(line, Answer(batch=line["batch"]))

    def _answer(self, line: Line) -> None:
        sent = self._unanswered.pop((line["batch"], line["position"]))
        self._note(sent, Answer(line["status"], line["data"], line["batch"]))

    def _note(self, sent: Line, answer: Answer) -> None:
        target = (sent["account"], *target_of(sent["call"], sent["arguments"]))
        if self.past.undoing is not None:
            self.past.undoing[target] = answer
            return
        self.past.answers.setdefault(self._now["plan"], {})[sent["position"]] = answer
        deed = self.past.deeds.setdefault(target, Deed())
        deed.sent[sent["batch"]] = (sent, self._now["compared"], answer)

    def _end(self, _: Line) -> None:
        if self._now["what"] == "undo":
            past = self.past
            self.past = Past(past.made_for, kind=past.kind, tz=past.tz, runs=past.runs, batches=past.batches)
