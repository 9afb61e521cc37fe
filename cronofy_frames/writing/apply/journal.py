"""The journal: what is about to be sent, and what was answered, on disk before anything else happens.

The law of this file: a line is written and synchronised before what it announces is sent, and lines are only ever
added. Whatever the moment at which a process dies, the journal then says of every row whether it was answered, may
have been carried out, or was never sent. A line that was cut off by a crash is left where it is: the run after it
starts on a line of its own.

Lines are JSON, one object each, and `is` says what it is: journal (the first), run, send, answer or end.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any

import filelock

from cronofy_frames.errors import FrameError
from cronofy_frames.sheets.problems import json_label
from cronofy_frames.writing.plan.plans import Step
from cronofy_frames.writing.plan.remote_state import target_of

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
        """Whether it may have been carried out: also where it was put off, for an earlier try may have been lost."""
        return self.status is None or self.accepted or self.transient

    @property
    def transient(self) -> bool:
        """Whether the same row may fare better if sent again."""
        return self.status is not None and (self.status == 429 or self.status >= 500)


@dataclass(frozen=True, slots=True)
class Attempt:
    """One call about an event or period: the line that announced it, what was answered, and whether it was compared.

    Only a plan made with a client knows what stood there before.
    """

    line: Line
    compared: bool
    answer: Answer


@dataclass(slots=True)
class Deed:
    """What was done to one event or period, all runs together.

    Attributes
    ----------
    sent
        The attempts, by batch.
    """

    sent: dict[int, Attempt] = field(default_factory=dict)

    @property
    def done(self) -> list[Attempt]:
        """The calls that may have been carried out: accepted, not answered, put off, or failed on the server's side."""
        return [one for one in self.sent.values() if one.answer.maybe_done]

    @property
    def first(self) -> Attempt:
        """The one that says what stood there before: the first of which that, or that it arrived, is known."""
        for one in self.done:
            if one.compared or one.answer.accepted:
                return one
        return self.done[0]


@dataclass(slots=True)
class Past:
    """What a journal tells, since everything was last taken back.

    Attributes
    ----------
    made_for
        The application and accounts that it is about; None for a journal without runs.
    kind, tz, names
        Of the latest plan; the names are those of its labels.
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
    names: list[str | None] = field(default_factory=lambda: [None])
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
        self._file = -1
        self._torn = self._new = False

    def __repr__(self) -> str:
        return f"<Journal {self.path}>"

    def __enter__(self) -> Journal:
        if not self.path.parent.is_dir():
            raise FileNotFoundError(f"the folder {self.path.parent} does not exist: make it, or choose another place.")
        if self.path.is_dir():
            raise IsADirectoryError(f"{self.path} is a folder: give a file for the journal, such as offsite.journal.")
        self._file = self._locked()
        try:
            self.past = self._read()
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # what was made for the lock's sake goes while it is locked, but Windows removes nothing that is open
        empty, early = os.fstat(self._file).st_size == 0, os.name == "posix"
        if empty and early:
            self.path.unlink()
        os.close(self._file)  # which ends the lock
        self._file = -1
        if empty and not early:
            self.path.unlink(missing_ok=True)

    def _locked(self) -> int:
        """Open the file and lock it: the journal itself, so that no two processes miss each other's lock."""
        while True:
            # a binary mode of its own is what Windows asks for
            flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | getattr(os, "O_BINARY", 0)
            file = os.open(self.path, flags, 0o600)
            if not filelock.lock_descriptor(file, blocking=False):
                os.close(file)
                raise FrameError(
                    f"another process is writing to {self.path}: wait until it is done, or choose another journal."
                )
            if _is(file, self.path):
                self._new = os.fstat(file).st_size == 0
                return file
            os.close(file)  # the one before us removed what was empty

    def begin(
        self,
        what: str,
        *,
        plan: str,
        kind: str,
        tz: str,
        names: Sequence[str | None],
        made_for: Mapping[str, Any],
        compared: bool,
        at: str,
    ) -> None:
        """Note that a run begins."""
        self.past.runs += 1
        head = [] if self.past.runs > 1 else [json.loads(HEAD)]
        run = {
            "is": "run",
            "run": self.past.runs,
            "what": what,
            "plan": plan,
            "kind": kind,
            "tz": tz,
            "names": list(names),
        }
        self._append([*head, {**run, "compared": compared, "made_for": dict(made_for), "at": at}])

    def sending(self, steps: Iterable[Step]) -> int:
        """Note what is about to be sent as a batch; return the batch's number."""
        self.past.batches += 1
        self._append(
            {
                "is": "send",
                "batch": self.past.batches,
                "position": step.position,
                "row": json_label(step.label),
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

    def _append(self, lines: Iterable[Line]) -> None:
        content = b"".join(
            json.dumps(line, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass") + b"\n"
            for line in lines
        )
        content = b"\n" + content if self._torn else content
        self._torn = False
        try:
            while content:
                content = content[self._put(self._file, content) :]
            self._sync(self._file)
        except OSError as full:
            self._torn = True
            raise OSError(
                full.errno,
                f"{full.strerror or full}; nothing more was sent. Mend that, and call it again with the same journal",
                str(self.path),
            ) from full
        if self._new:
            os.chmod(self.path, 0o600)  # noqa: PTH101 - as os.open made it, whatever the umask
            _sync_folder(self.path.parent)
            self._new = False

    def _read(self) -> Past:
        content = _content(self._file)
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
        if texts[0].strip(b"\0") and not (HEAD.startswith(texts[0]) or (lines[0] or {}).get("is") == "journal"):
            raise self._damaged("line 1 is none of a journal")
        for n, line in enumerate(lines):
            if line is not None:
                yield line
            elif texts[n].strip(b"\0"):  # what a power cut leaves may be zeros
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


def _is(file: int, path: Path) -> bool:
    """Return whether an open file is what stands at a path."""
    try:
        return os.path.samestat(os.fstat(file), path.stat())
    except FileNotFoundError:
        return False


def _content(file: int) -> bytes:
    """Read an open file to its end, through the handle that holds the lock: Windows lets no other."""
    os.lseek(file, 0, os.SEEK_SET)
    return b"".join(iter(lambda: os.read(file, 1 << 20), b""))


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
        self.past.kind, self.past.tz, self.past.names = line["kind"], line["tz"], line["names"]
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
        deed.sent[sent["batch"]] = Attempt(sent, self._now["compared"], answer)

    def _end(self, _: Line) -> None:
        if self._now["what"] == "undo":
            past = self.past
            self.past = Past(past.made_for, kind=past.kind, tz=past.tz, runs=past.runs, batches=past.batches)
