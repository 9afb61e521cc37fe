"""Spreadsheet and calendar files: `read_sheet` reads them, `export` writes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cronofy_frames.lazy_names import lazy_names
from cronofy_frames.sheets.export.files import WRITERS, export, write_file

if TYPE_CHECKING:
    from cronofy_frames.sheets.read.reader import SheetWarning, read_sheet

__all__ = ["WRITERS", "SheetWarning", "export", "read_sheet", "write_file"]

__getattr__ = lazy_names(__name__, {"SheetWarning": "read.reader", "read_sheet": "read.reader"})
