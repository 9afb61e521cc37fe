"""Folders that a process may read and not write."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

NOBODY = 65534


@contextmanager
def read_only_copy(folder: Path) -> Iterator[Path]:
    """Copy a folder to where nothing can be written while this lasts, and yield the copy.

    Root may write everywhere, so that its process is somebody else's meanwhile: modules have to be imported before.
    """
    parent = Path(tempfile.mkdtemp(prefix="cronofy_frames-"))
    copy = parent / folder.name
    shutil.copytree(folder, copy)
    paths = [parent, copy, *copy.rglob("*")]
    is_root = os.geteuid() == 0
    for path in paths:
        path.chmod(0o555 if path.is_dir() else 0o444)
    if is_root:
        os.setresuid(NOBODY, NOBODY, 0)  # type: ignore[attr-defined, unused-ignore]
    try:
        yield copy
    finally:
        if is_root:
            os.setresuid(0, 0, 0)  # type: ignore[attr-defined, unused-ignore]
        for path in paths:
            path.chmod(0o700)
        shutil.rmtree(parent)
