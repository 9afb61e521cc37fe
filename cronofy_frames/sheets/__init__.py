"""From a frame to a file, and from a file to a frame."""

from cronofy_frames.sheets.export.files import WRITERS, export, write
from cronofy_frames.sheets.read.reader import SheetWarning, read_sheet

__all__ = ["WRITERS", "SheetWarning", "export", "read_sheet", "write"]
