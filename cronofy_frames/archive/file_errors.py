"""Errors of the files of versions, which name what to do in place of what a library raises."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa

from cronofy_frames.archive.engines import engine
from cronofy_frames.archive.state import unwritable
from cronofy_frames.errors import FrameError

_OS_ERROR = re.compile(r"\(os error (\d+)\)")  # as Rust writes it


@contextmanager
def readable_files() -> Iterator[None]:
    """Turn what Arrow raises for files that are missing or damaged into an error that says what to do.

    Raises
    ------
    FrameError
        A file of versions cannot be read.
    """
    try:
        yield
    except (OSError, pa.ArrowException) as error:
        reason = str(error).partition("\n")[0]
        raise FrameError(
            f"versions of the archive cannot be read ({reason}). Read again, as they may have been compacted just now; "
            "archive.check() names files that are missing or damaged, which a copy of the folder has."
        ) from error


@contextmanager
def writable_files(folder: Path) -> Iterator[None]:
    """Turn what delta-rs raises where the system refuses to write, as on a full disk, into an error that says so.

    Raises
    ------
    FrameError
        A file of versions cannot be written.
    """
    try:
        yield
    except (OSError, engine("deltalake.exceptions").DeltaError) as error:
        refusal = _OS_ERROR.search(str(error))
        if refusal is None:
            raise
        raise unwritable(folder, os.strerror(int(refusal[1])).lower()) from error
