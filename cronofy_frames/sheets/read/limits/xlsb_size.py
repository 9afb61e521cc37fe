"""The size of the worksheets of an .xlsb file, whose parts are lists of records ([MS-XLSB] 2.1.4)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from cronofy_frames.sheets.read.limits.file_limits import FileLimits, Malformed
from cronofy_frames.sheets.read.limits.xlsx_size import LAST_COLUMN, LAST_ROW

_ROW, _LAST_CELL_TYPE, _SHARED_CELL = 0, 11, 7
_SHARED_TEXT = 19
_SMALLEST_ROW, _SMALLEST_CELL = 4, 9  # bytes; a shorter record shows the bytes of the one before it


def check_binary_worksheets(parts: Mapping[str, bytes], limits: FileLimits) -> None:
    """Raise an error if a binary worksheet has too many cells, or if shared texts make it too large."""
    if "xl/workbook.bin" not in parts:
        return
    texts = _records(parts.get("xl/sharedStrings.bin", b""))
    longest = max((size for kind, size, _ in texts if kind == _SHARED_TEXT), default=0)
    shared = 0
    for name, content in parts.items():
        if name.lower().endswith(".bin") and "printersettings" not in name.lower():
            shared += _check_worksheet(name, content, limits)
    limits.check_bytes(shared * longest, "the text of its cells")


def _check_worksheet(name: str, content: bytes, limits: FileLimits) -> int:
    """Check a worksheet, and return how many cells have shared texts."""
    row, last_row, last_column, cells, shared = 0, 0, 0, 0, 0
    for kind, size, at in _records(content):
        if kind > _LAST_CELL_TYPE:
            continue
        if size < (_SMALLEST_ROW if kind == _ROW else _SMALLEST_CELL):
            raise Malformed(f"its part {name} has a record that is too short")
        number = int.from_bytes(content[at : at + 4], "little") + 1
        if number > (LAST_ROW if kind == _ROW else LAST_COLUMN):
            raise Malformed(f"its part {name} has a row or column {number}, outside any worksheet")
        if kind == _ROW:
            row = number
            continue
        cells, shared = cells + 1, shared + (kind == _SHARED_CELL)
        last_row, last_column = max(last_row, row), max(last_column, number)
        limits.check_table(last_row, last_column)
    limits.check_cells(cells)
    return shared


def _records(content: bytes) -> Iterator[tuple[int, int, int]]:
    """Yield the type and size of each record, and the position of its content."""
    at, end = 0, len(content)
    while at < end:
        kind, at = content[at], at + 1
        if kind & 0x80 and at < end:
            kind, at = (kind & 0x7F) | (content[at] & 0x7F) << 7, at + 1
        size = 0
        for index in range(4):
            byte = content[at] if at < end else 0
            size, at = size | (byte & 0x7F) << (7 * index), at + 1
            if not byte & 0x80:
                break
        if at + size > end:
            return
        yield kind, size, at
        at += size
