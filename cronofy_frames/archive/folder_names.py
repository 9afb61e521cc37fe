"""Names of folders in which there can be no archive, as delta-rs takes a path for a part of a URL.

To it `a%20b` is the folder `a b`, which may be that of another archive.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

from cronofy_frames.errors import FrameError

_UNREADABLE = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff\\]|%[0-9a-f]{2}", re.IGNORECASE)
_UNWRITABLE = re.compile(r"[\[\]^|]")


def require_readable_name(folder: Path) -> None:
    """Raise for a folder whose versions could not be read.

    Raises
    ------
    FrameError
        Its name, or that of a folder above it, has characters that delta-rs cannot read.
    """
    _refuse(folder, _UNREADABLE, "in")


def require_writable_name(folder: Path) -> None:
    """Raise for a folder in which versions could not be written, though they may be read, as those of a copy.

    Raises
    ------
    FrameError
        Its name, or that of a folder above it, has characters that delta-rs cannot write.
    """
    _refuse(folder, _UNWRITABLE, "written in")


def _refuse(folder: Path, characters: re.Pattern[str], place: str) -> None:
    for name in Path(os.path.realpath(folder)).parts[1:]:  # a link is where it leads to
        if match := characters.search(name):
            raise FrameError(
                f"an archive cannot be {place} a folder with {match[0]!r} in its name ({name!r}): rename that folder, "
                "or choose another."
            )
