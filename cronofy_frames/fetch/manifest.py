"""Manifest of a fetch: `_manifest.ndjson` beside the data, with a line of JSON for each task that is done.

A line is written after the files of its task are on disk. A task runs again if a crash cut off its line, or if one of
its files is missing, and writes the same files. A file that no line names is of an unfinished task: it is deleted,
because other tasks may read the same rows. Parquet readers skip names that begin with `_`.
"""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any

import filelock

from cronofy_frames.errors import FrameError
from cronofy_frames.fetch.partitions import TEMPORARY_FILES, written_files
from cronofy_frames.fetch.tasks import Task, TaskKey

NAME = "_manifest.ndjson"
VERSION = 1


class Manifest:
    """Manifest of a folder, locked for one run.

    Parameters
    ----------
    folder
        The folder of the fetch; it is created.
    query
        Kind, zone and options of the fetch, as plain JSON: all rows of a folder are of one query.

    Raises
    ------
    FrameError
        Another run has locked the folder; the manifest is of another query or version, damaged, or no manifest; the
        folder has other files, or cannot be written.

    Attributes
    ----------
    done
        The lines of the tasks that are done, by task key.
    lost
        The lines of tasks that were done, and whose files are missing now.
    """

    def __init__(self, folder: Path, query: Mapping[str, Any]) -> None:
        self._path = folder / NAME
        self._lock = filelock.FileLock(folder / "_lock", timeout=0)
        self._thread_lock = threading.Lock()
        self.lost: dict[TaskKey, dict[str, Any]] = {}
        try:
            _check_foreign_files(folder)
            folder.mkdir(parents=True, exist_ok=True)
            self._lock.acquire()
        except filelock.Timeout:
            raise FrameError(
                f"another run writes to {folder}: wait for it, or fetch other tasks to another folder."
            ) from None
        except OSError as error:
            raise unwritable_error(folder, error) from error
        try:
            self.done = self._read(query)
            self._match_files()
        except BaseException:
            self._lock.release()
            raise

    def __enter__(self) -> Manifest:
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self._lock.release()

    def add(self, task: Task, line: Mapping[str, Any]) -> None:
        """Append the line of a task that is done."""
        account, start, end = task.key
        with self._thread_lock:
            self._append({"account": account, "start": start, "end": end, **line})

    def _append(self, line: Mapping[str, Any]) -> None:
        with self._path.open("ab") as file:
            size = file.tell()
            try:
                file.write(_encode_line(line))
                file.flush()
                os.fsync(file.fileno())
            except OSError:  # half a line would damage the line that another thread appends
                os.truncate(self._path, size)
                raise

    def _read(self, query: Mapping[str, Any]) -> dict[TaskKey, dict[str, Any]]:
        """Return the lines of tasks, after dropping a last line that was cut off; a new manifest gets its head."""
        if self._path.exists() and not self._path.is_file():
            raise self._no_manifest()
        content = self._path.read_bytes() if self._path.exists() else b""
        whole = content[: content.rfind(b"\n") + 1]
        lines = [_parse_line(line) for line in whole.splitlines()]
        head = {"is": "fetch", "version": VERSION, "query": dict(query)}
        if not _encode_line(head).startswith(content):  # empty, and a head that a crash cut off, are new
            self._check_head((lines[0] if lines else None) or {}, head)
        if not lines and any(written_files(self._path.parent)):
            raise self._damage_error(1)
        if len(whole) < len(content):
            os.truncate(self._path, len(whole))
        if not lines:
            self._append(head)
        tasks = [self._task_line(number, line) for number, line in enumerate(lines[1:], 2)]
        return {(line["account"], line["start"], line["end"]): line for line in tasks}

    def _task_line(self, number: int, line: dict[str, Any] | None) -> dict[str, Any]:
        """Return the line of a task.

        Raises
        ------
        FrameError
            The line is damaged. To read its task again would delete its files, and Cronofy may not serve their time
            any more.
        """
        if line is None or not _is_of_task(line):
            raise self._damage_error(number)
        return line

    def _match_files(self) -> None:
        """Move tasks with missing files to `lost`, and delete temporary files and those of unfinished tasks."""
        for temporary in self._path.parent.glob(TEMPORARY_FILES):
            temporary.unlink()
        files = set(written_files(self._path.parent))
        self.lost = {key: line for key, line in self.done.items() if not files.issuperset(line["files"])}
        for key in self.lost:
            del self.done[key]
        for name in files.difference(*(line["files"] for line in self.done.values())):
            (self._path.parent / name).unlink()

    def _damage_error(self, number: int) -> FrameError:
        return FrameError(
            f"line {number} of {self._path} is damaged: restore the file from a copy, or choose another folder."
        )

    def _no_manifest(self) -> FrameError:
        return FrameError(f"{self._path} is not a manifest of run_fetch: choose another folder.")

    def _check_head(self, written: Mapping[str, Any], head: Mapping[str, Any]) -> None:
        if written.get("is") != "fetch":
            raise self._no_manifest()
        if "version" not in written or not isinstance(written.get("query"), dict):
            raise self._damage_error(1)
        if written["version"] != VERSION:
            raise FrameError(
                f"{self._path} has version {written['version']}, and this release writes {VERSION}: update "
                "cronofy-frames, or choose another folder."
            )
        if written["query"] != json.loads(json.dumps(head["query"])):
            old, new = written["query"], head["query"]
            names = [name for name in sorted({*old, *new}) if old.get(name) != json.loads(json.dumps(new.get(name)))]
            differences = "; ".join(f"{name} {old.get(name)!r}, now {new.get(name)!r}" for name in names)
            raise FrameError(
                f"{self._path.parent} has rows that were read with other options: {differences}. Give the same "
                "options to go on, or another folder."
            )


def unwritable_error(folder: Path, error: OSError) -> FrameError:
    """Return an error for a folder that cannot be written."""
    return FrameError(
        f"{folder} cannot be written ({error.strerror or error}): make room or permit it, and run the same call again, "
        "which continues with the tasks that are not done; or choose another folder."
    )


def _check_foreign_files(folder: Path) -> None:
    """Raise for a folder that has files and no manifest: Parquet readers would read them as rows, or fail.

    Raises
    ------
    FrameError
        With the name of one of the files.
    """
    if (folder / NAME).exists() or not folder.exists():
        return
    if not folder.is_dir():
        raise FrameError(f"{folder} is a file: give a folder, or the name of a new one.")
    names = sorted(path.name for path in folder.iterdir() if not path.name.startswith(("_", ".")))
    if names:
        raise FrameError(
            f"{folder} has other files, such as {names[0]}, and no {NAME}: give the name of a new folder, or of one "
            "that run_fetch has written."
        )


def _encode_line(line: Mapping[str, Any]) -> bytes:
    return json.dumps(line, ensure_ascii=True).encode() + b"\n"


def _parse_line(line: bytes) -> dict[str, Any] | None:
    """Return a line as a JSON object; None if it is not one."""
    try:
        value = json.loads(line)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


def _is_of_task(line: Mapping[str, Any]) -> bool:
    """Return whether the values of a line are of a task, as `Manifest.add` writes them."""
    if not isinstance(line.get("account"), str) or not isinstance(line.get("files"), dict):
        return False
    times = [line.get("start"), line.get("end")]
    return all(map(_is_instant, times if line.get("since") is None else [*times, line["since"]]))


def _is_instant(value: Any) -> bool:
    """Return whether a value is the text of a time with an offset."""
    try:
        return datetime.fromisoformat(value).tzinfo is not None
    except (TypeError, ValueError):
        return False
