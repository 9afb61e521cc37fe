"""Where a calendar in iCalendar form comes from: a file, its content, or a file object."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Protocol

from cronofy_frames.errors import FrameError


class SupportsRead(Protocol):
    """A file object."""

    def read(self) -> bytes | str:
        """Return the content."""
        ...


IcsSource = bytes | str | os.PathLike[str] | SupportsRead


def load_ics(ics: IcsSource) -> tuple[str, bytes]:
    """Return a name for a calendar, and its bytes."""
    if isinstance(ics, bytes | bytearray | memoryview):
        return "calendar", bytes(ics)
    if isinstance(ics, str) and ("\n" in ics or "\r" in ics or "BEGIN:VCALENDAR" in ics.upper()):
        return "calendar", ics.encode("utf-8", "surrogatepass")
    if isinstance(ics, str | os.PathLike):
        path = Path(ics).expanduser()
        if path.is_dir():
            raise FrameError(f"{path} is a folder: give an .ics file in it.")
        return path.stem, path.read_bytes()
    if not hasattr(ics, "read"):
        raise TypeError(f"ics is a path, bytes, text or a file object, not {type(ics).__name__}.")
    content, name = ics.read(), getattr(ics, "name", None)
    title = Path(name).stem if isinstance(name, str) else "calendar"
    return title, content.encode("utf-8", "surrogatepass") if isinstance(content, str) else content
