"""Folders of this computer, as people write them."""

from __future__ import annotations

import os
import re
from pathlib import Path

from cronofy_frames.errors import FrameError


def local_folder(folder: str | os.PathLike[str]) -> Path:
    """Return a folder as a whole path; `~` is the home folder.

    Raises
    ------
    FrameError
        It is a URL, which as a path would be a folder of that name.
    """
    text = os.fspath(folder)
    if re.match(r"[A-Za-z][A-Za-z0-9+.-]+:/", text):
        raise FrameError(f"{text} is a URL: give a folder of this computer, and copy it from there.")
    return Path(text).expanduser().absolute()
