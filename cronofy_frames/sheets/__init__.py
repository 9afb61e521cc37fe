"""Spreadsheet and calendar files: `read_sheet` reads them, `export` writes them."""

from cronofy_frames.sheets.export.files import WRITERS, export, write_file
from cronofy_frames.sheets.read.reader import SheetWarning, read_sheet

__all__ = ["WRITERS", "SheetWarning", "export", "read_sheet", "write_file"]
