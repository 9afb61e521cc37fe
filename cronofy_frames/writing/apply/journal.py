"""Write-ahead journal: a file with every call before it is sent, and every response before anything else happens.

A line is written and synchronised to disk before the call that it announces is sent, and lines are only appended. At
whatever moment the process dies, the journal then tells for each row whether it was answered, may have been carried
out, or was never sent. A line that a crash cut off stays in the file, and the next run starts on a new line.

Each line is a JSON object, and its key `is` tells its type: journal (the first line), run, send, answer or end.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

import filelock

from cronofy_frames.errors import FrameError
from cronofy_frames.sheets.problems import json_label
from cronofy_frames.text import single_line
from cronofy_frames.tokens.disk import sync_folder
from cronofy_frames.writing.apply.journal_state import VERSION, AccountTarget, EntryResponse, JournalState, Line, Replay
from cronofy_frames.writing.plan.plans import Step

HEAD = f'{{"is":"journal","of":"cronofy_frames","version":{VERSION}}}'.encode()


@dataclass(frozen=True, slots=True)
class RunInfo:
    """The beginning of a run.

    Attributes
    ----------
    operation
        apply or undo.
    plan_id, kind, tz, names
        Those of its plan; `names` are the names of its index levels.
    compared
        Whether the plan was compared with the remote state.
    made_for
        The application and accounts of the clients.
    started_at
        The time, as ISO text.
    undoes
        The numbers of the applied plans that an undo undoes.
    """

    operation: str
    plan_id: str
    kind: str
    tz: str
    names: Sequence[str | None]
    compared: bool
    made_for: Mapping[str, Any]
    started_at: str
    undoes: Sequence[int] = ()


class Journal:
    """An append-only file of calls and responses, as JSON lines that only its owner can read.

    A context manager: the file is locked while it is open, so that two processes never write to one journal. It
    contains what was written to calendars, and no token or secret.

    Parameters
    ----------
    path
        The file; created if it does not exist.
    put, sync
        Write bytes to an open file, and synchronise it to disk.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        put: Callable[[int, bytes], int] = os.write,
        sync: Callable[[int], None] = os.fsync,
    ) -> None:
        self.path = Path(path).expanduser().absolute()
        self.state = JournalState()
        self._put, self._sync = put, sync
        self._file: int
        self._torn: bool
        self._new: bool

    def __repr__(self) -> str:
        return f"<Journal {self.path}>"

    def __enter__(self) -> Journal:
        if not self.path.parent.is_dir():
            raise FileNotFoundError(
                f"the folder {single_line(str(self.path.parent))} does not exist: create it, or choose another file."
            )
        if self.path.is_symlink():
            raise FrameError(
                f"{self.path} is a symbolic link, and a journal is never written through it: give the file itself."
            )
        if self.path.is_dir():
            raise IsADirectoryError(
                f"{single_line(str(self.path))} is a folder: give a file for the journal, such as offsite.journal."
            )
        if self.path.exists() and not self.path.is_file():
            raise FrameError(
                f"{self.path} is no plain file but a device or a pipe, which keeps nothing for undo: give a file for "
                "the journal, such as offsite.journal."
            )
        self._file = self._open_locked()
        try:
            self.state = self._read_state()
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # a file that was created only to lock it is removed while it is locked; Windows cannot remove an open file
        is_empty, is_posix = os.fstat(self._file).st_size == 0, os.name == "posix"
        if is_empty and is_posix:
            self.path.unlink()
        os.close(self._file)  # releases the lock
        del self._file
        if is_empty and not is_posix:
            self.path.unlink(missing_ok=True)

    def _open_locked(self) -> int:
        """Open the file and lock it; the lock is on the journal itself, so that every process sees it."""
        while True:
            # Windows needs a flag for binary mode
            flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | getattr(os, "O_BINARY", 0)
            # a link that appears after the check above
            file = os.open(self.path, flags | getattr(os, "O_NOFOLLOW", 0), 0o600)
            if not filelock.lock_descriptor(file, blocking=False):
                os.close(file)
                raise FrameError(
                    f"another process is writing to {self.path}: wait until it is done, or choose another journal."
                )
            if _is_file_at(file, self.path):
                self._new = os.fstat(file).st_size == 0
                return file
            os.close(file)  # another process has removed the empty file meanwhile

    # writing

    def begin_run(self, run: RunInfo) -> None:
        """Append the beginning of a run."""
        self.state.runs += 1
        # runs of this version in a file of an earlier one: whatever reads it has to know this version from there on
        is_current = self.state.runs > 1 and self.state.version == VERSION
        head = [] if is_current else [json.loads(HEAD)]
        line = {
            "is": "run",
            "run": self.state.runs,
            "what": run.operation,
            "plan": run.plan_id,
            "kind": run.kind,
            "tz": run.tz,
            "names": list(run.names),
            "compared": run.compared,
            "made_for": dict(run.made_for),
            "at": run.started_at,
            **({"undoes": list(run.undoes)} if run.operation == "undo" else {}),
        }
        self._append([*head, line])
        self.state.version = VERSION

    def record_batch(self, steps: Iterable[Step]) -> int:
        """Append the steps of a batch that is about to be sent; return the number of the batch."""
        self.state.batches += 1
        self._append(
            {
                "is": "send",
                "batch": self.state.batches,
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
        return self.state.batches

    def record_responses(self, responses: Mapping[int, EntryResponse]) -> None:
        """Append the responses to steps, given by position."""
        self._append(
            {
                "is": "answer",
                "batch": response.batch,
                "position": position,
                "status": response.status,
                "data": response.data,
            }
            for position, response in responses.items()
        )

    def end_run(self, left: Iterable[AccountTarget] = ()) -> None:
        """Append the end of the run; an undo gives the events and periods that it left as they are."""
        targets = [list(target) for target in left]
        self._append([{"is": "end", "run": self.state.runs, **({"left": targets} if targets else {})}])

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
            self._secure_new_file()
        except OSError as error:
            self._torn = True
            reason = f"{error.strerror or error}; nothing more was sent. Correct this, and repeat with the same journal"
            raise OSError(error.errno, reason, str(self.path)) from error

    def _secure_new_file(self) -> None:
        """Restrict a file that this run has created to its owner, whatever the umask, and keep its name on disk."""
        if self._new:
            os.chmod(self.path, 0o600)  # noqa: PTH101
            sync_folder(self.path.parent, sync=self._sync)
            self._new = False

    # reading

    def _read_state(self) -> JournalState:
        content = _content(self._file)
        self._torn = bool(content) and not content.endswith(b"\n")
        replay = Replay()
        try:
            for line in self._lines(content.split(b"\n")):
                replay.add(line)
        except LookupError as missing:
            raise self._damage_error(f"a line lacks {missing}, or refers to a line that is missing") from None
        except TypeError as wrong:
            raise self._damage_error(f"{wrong} has another type") from None
        return replay.state

    def _lines(self, texts: list[bytes]) -> Iterator[Line]:
        """Yield the lines; one that a crash cut off is skipped, which only a new run or nothing follows."""
        lines = [_parse_line(text) for text in texts]
        if texts[0].strip(b"\0") and not (HEAD.startswith(texts[0]) or (lines[0] or {}).get("is") == "journal"):
            raise self._damage_error("line 1 is not the first line of a journal")
        for n, line in enumerate(lines):
            if line is not None:
                yield line
            elif texts[n].strip(b"\0"):  # a power cut may leave zeros
                following = next((later["is"] for later in lines[n:] if later is not None), "run")
                if following not in ("run", "journal"):
                    raise self._damage_error(f"line {n + 1} was changed")

    def _damage_error(self, reason: str) -> FrameError:
        return FrameError(
            f"{self.path} is no journal, or a damaged one ({reason}): choose another file, or restore it from a backup."
        )


def _parse_line(text: bytes) -> Line | None:
    try:
        line = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return line if isinstance(line, dict) and "is" in line else None


def _is_file_at(file: int, path: Path) -> bool:
    """Return whether an open file is the file at a path."""
    try:
        return os.path.samestat(os.fstat(file), path.stat())
    except FileNotFoundError:
        return False


def _content(file: int) -> bytes:
    """Return the content of an open file, read through the handle that holds the lock: Windows allows no other."""
    with open(file, "rb", closefd=False) as opened:
        opened.seek(0)
        return opened.read()
