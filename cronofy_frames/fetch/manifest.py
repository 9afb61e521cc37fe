"""Manifest of a fetch: which tasks are done, a line of JSON for each, in `_manifest.ndjson` beside the data.

A line is written after the files of its task are on disk. A line that a crash cut off counts as not written, so that
its task runs again and writes the same files. Readers of Parquet folders pass over names that begin with `_`.
"""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

import filelock

from cronofy_frames.errors import FrameError
from cronofy_frames.fetch.tasks import Task

NAME = "_manifest.ndjson"
VERSION = 1


class Manifest:
    """The manifest of a folder, open for one run.

    Parameters
    ----------
    folder
        The folder of the fetch; it is created.
    query
        What is read, as plain JSON: a folder has the rows of one query.

    Raises
    ------
    FrameError
        Another run has it open, it is of another query or a newer version, or it is not a manifest.

    Attributes
    ----------
    done
        The lines of the tasks that are done, by their keys.
    """

    def __init__(self, folder: Path, query: Mapping[str, Any]) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._path = folder / NAME
        self._lock = filelock.FileLock(folder / "_lock", timeout=0)
        self._thread_lock = threading.Lock()
        try:
            self._lock.acquire()
        except filelock.Timeout:
            raise FrameError(
                f"another run writes to {folder}: wait for it, or fetch other tasks to another folder."
            ) from None
        try:
            self.done = self._read(query)
        except BaseException:
            self._lock.release()
            raise

    def __enter__(self) -> Manifest:
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self._lock.release()

    def add(self, task: Task, line: Mapping[str, Any]) -> None:
        """Note that a task is done."""
        account, start, end = task.key
        with self._thread_lock:
            self._append({"account": account, "start": start, "end": end, **line})

    def _append(self, line: Mapping[str, Any]) -> None:
        text = json.dumps(line, ensure_ascii=True) + "\n"
        with self._path.open("ab") as file:
            file.write(text.encode())
            file.flush()
            os.fsync(file.fileno())

    def _read(self, query: Mapping[str, Any]) -> dict[tuple[str, str, str], dict[str, Any]]:
        content = self._path.read_bytes() if self._path.exists() else b""
        lines = [line for line in map(_parse_line, content.splitlines()) if line is not None]
        if content and not content.endswith(b"\n"):
            with self._path.open("ab") as file:
                file.write(b"\n")
        head = {"is": "fetch", "version": VERSION, "query": dict(query)}
        if not lines and not content.strip():
            self._append(head)
            return {}
        self._check_head(lines[0] if lines else {}, head)
        tasks = [line for line in lines[1:] if {"account", "start", "end"} <= line.keys()]
        return {(line["account"], line["start"], line["end"]): line for line in tasks}

    def _check_head(self, written: Mapping[str, Any], head: Mapping[str, Any]) -> None:
        if written.get("is") != "fetch":
            raise FrameError(f"{self._path} is not a manifest of run_fetch: choose another folder.")
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


def _parse_line(line: bytes) -> dict[str, Any] | None:
    """Return a line as an object; None for one that is blank or was cut off."""
    try:
        value = json.loads(line)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None
