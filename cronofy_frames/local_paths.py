"""Files and folders of this computer, as people write them."""

from __future__ import annotations

import os
import re
from pathlib import Path

from cronofy_frames.errors import FrameError


def local_path(name: str, value: str | os.PathLike[str]) -> Path:
    """Return an argument that is a path as a whole one; `~` is the home folder.

    Raises
    ------
    ValueError
        It is no path; `name` is that of the argument.
    """
    if not isinstance(value, str | os.PathLike):
        raise ValueError(f"{name} is a path, a text or a pathlib.Path; not {value!r}.")
    return Path(value).expanduser().absolute()


def local_folder(folder: str | os.PathLike[str]) -> Path:
    """Return a folder as a whole path; `~` is the home folder.

    Raises
    ------
    ValueError
        It is no path.
    FrameError
        It is a URL, which as a path would be a folder of that name.
    """
    path, text = local_path("folder", folder), os.fspath(folder)
    if re.match(r"[A-Za-z][A-Za-z0-9+.-]+:/", text):
        raise FrameError(f"{text} is a URL: give a folder of this computer, and copy it from there.")
    return path
