"""Spreadsheet and calendar files: `read_sheet` reads them, `export` writes them."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from cronofy_frames.sheets.export.files import WRITERS, export, write_file

if TYPE_CHECKING:
    from cronofy_frames.sheets.read.reader import SheetWarning, read_sheet

__all__ = ["WRITERS", "SheetWarning", "export", "read_sheet", "write_file"]


def __getattr__(name: str) -> Any:
    """Load what reads files when it is first used: those who only write do not wait for it."""
    if name not in ("SheetWarning", "read_sheet"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module("cronofy_frames.sheets.read.reader"), name)
