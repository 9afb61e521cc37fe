"""The spreadsheet that a plan was made of: whether the file has changed since."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pandas as pd


@dataclass(frozen=True, slots=True)
class SourceFile:
    """The file that a frame was read from.

    Attributes
    ----------
    path
        Its absolute path.
    sha256
        The digest of its content when it was read.
    """

    path: str
    sha256: str

    @classmethod
    def of_frame(cls, frame: pd.DataFrame) -> SourceFile | None:
        """Return the file that `read_sheet` read a frame from; None for other frames."""
        about = frame.attrs.get("cronofy")
        facts = about.get("sheet") if isinstance(about, Mapping) else None
        return cls.from_record(facts if isinstance(facts, Mapping) else {})

    @classmethod
    def from_record(cls, record: Mapping[str, Any] | None) -> SourceFile | None:
        """Return the file that a record names; None if it names none."""
        texts = [(record or {}).get(name) for name in ("path", "sha256")]
        path, sha256 = texts
        return cls(path, sha256) if isinstance(path, str) and isinstance(sha256, str) else None

    def record(self) -> dict[str, str]:
        """Return the file as plain JSON."""
        return asdict(self)

    def change_note(self) -> str | None:
        """Return a note if the file is no longer as it was read; None if it is, or cannot be found any more."""
        try:
            content = Path(self.path).read_bytes()
        except OSError:
            return None
        if hashlib.sha256(content).hexdigest() == self.sha256:
            return None
        name = Path(self.path).name
        return (
            f"{name} has changed since the plan was made, and its changes are not in the plan: plan it again for them"
        )
