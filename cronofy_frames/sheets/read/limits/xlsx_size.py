"""The size of the worksheets of an .xlsx file."""

from __future__ import annotations

import re
from collections.abc import Mapping
from xml.parsers import expat

from cronofy_frames.sheets.read.limits.file_limits import FileLimits, Malformed

LAST_ROW, LAST_COLUMN = 1_048_576, 16_384

_END = f"worksheets end at XFD{LAST_ROW}"

# the start of a cell as all known programs write it (ECMA-376 18.3.1.4), and of anything else that may be one
_USUAL_CELL = re.compile(rb'<c r="([A-Z]{1,3}[0-9]{1,7})"(?: (?:s|t|cm|vm|ph)="[^"<>]*")*\s?/?>')
_CELL_WITH_PREFIX = re.compile(rb":c[\s/>]")
# the tags cols, conditionalFormatting, cfRule, cellWatches, customSheetViews and chart
_OTHER_TAGS = (b"<co", b"<cf", b"<ce", b"<cu", b"<ch")
_SHARED_STRING = re.compile(rb"[<:]si[\s/>]")
_INDEX = re.compile(rb"<v>([0-9]{1,9})</v>")
_REFERENCE = re.compile(r"([A-Za-z]{1,3})([0-9]{1,7})")


def check_worksheets(parts: Mapping[str, bytes], limits: FileLimits) -> None:
    """Raise an error if a worksheet has too many cells, or if shared texts make it too large.

    Any part can be a worksheet, because another part says which ones are.
    """
    filled = 0
    for name, content in parts.items():
        if name.lower().endswith(".xml") and name != "content.xml" and b"c" in content:
            filled += _check_worksheet(name, content, limits)
    _check_shared_texts(filled, parts, limits)


def _check_worksheet(name: str, content: bytes, limits: FileLimits) -> int:
    """Check a part, and return how many cells it may have."""
    references = _USUAL_CELL.findall(content)
    if _has_other_cells(content, len(references)):
        return _check_exactly(name, content, limits)
    if not references:
        return 0
    columns = {column_number(letters) for letters in {ref.rstrip(b"0123456789") for ref in references}}
    last_row = max(map(int, {ref.lstrip(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ") for ref in references}))
    limits.check_cells(len(references))
    if last_row * max(columns) <= limits.max_cells and last_row <= LAST_ROW and max(columns) <= LAST_COLUMN:
        return len(references)
    return _check_exactly(name, content, limits)


def _has_other_cells(content: bytes, usual: int) -> bool:
    """Return whether there may be cells that are not written as usual."""
    start, end = content.find(b"<sheetData"), content.rfind(b"</sheetData")
    outside = content[: max(0, start)] + content[max(0, end) :]
    if content.count(b"<c") - sum(map(outside.count, _OTHER_TAGS)) != usual:
        return True
    return b":c" in content and _CELL_WITH_PREFIX.search(content) is not None


def column_number(letters: bytes | str) -> int:
    """Return the number of a column, from 1."""
    number = 0
    for letter in letters.upper().encode() if isinstance(letters, str) else letters.upper():
        number = number * 26 + letter - 64
    return number


def _check_exactly(name: str, content: bytes, limits: FileLimits) -> int:
    size = _WorksheetSize(name, limits)
    parser = expat.ParserCreate()
    parser.StartElementHandler = size.start_element
    parser.EndElementHandler = size.end_element
    try:
        parser.Parse(content, True)
    except (expat.ExpatError, ValueError, LookupError) as error:
        raise Malformed(f"its part {name} is no complete XML") from error
    return size.filled


class _WorksheetSize:
    """Follows the cells of a worksheet; blank ones do not make its table larger, because no reader keeps them."""

    def __init__(self, name: str, limits: FileLimits) -> None:
        self.filled = 0
        self._count = 0
        self._name = name
        self._limits = limits
        self._row, self._column = 1, 1
        self._last_row, self._last_column = 0, 0
        self._cell: tuple[int, int] | None = None

    def start_element(self, tag: str, attributes: Mapping[str, str]) -> None:
        """Take the place of a row or cell, or note that the cell has content."""
        local = tag.rpartition(":")[2]
        if local == "row" and (number := attributes.get("r")) is not None:
            self._row = self._number(number)
        elif local == "c":
            self._count += 1
            self._limits.check_cells(self._count)
            if (reference := attributes.get("r")) is not None:
                row, self._column = self._place(reference)
            else:
                row = self._row
            self._cell = (row, self._column)
        elif self._cell is not None:
            self._add(*self._cell)

    def end_element(self, tag: str) -> None:
        """Go on to the next row or cell."""
        local = tag.rpartition(":")[2]
        if local == "row":
            self._row, self._column = self._row + 1, 1
        elif local == "c":
            self._cell, self._column = None, self._column + 1

    def _add(self, row: int, column: int) -> None:
        self._cell = None
        self.filled += 1
        if row > LAST_ROW or column > LAST_COLUMN:
            raise Malformed(f"its part {self._name} has a cell in row {row}, column {column}; {_END}")
        self._last_row, self._last_column = max(self._last_row, row), max(self._last_column, column)
        self._limits.check_table(self._last_row, self._last_column)

    def _place(self, reference: str) -> tuple[int, int]:
        match = _REFERENCE.fullmatch(reference)
        if match is None or int(match[2]) > LAST_ROW or column_number(match[1]) > LAST_COLUMN:
            raise Malformed(f"its part {self._name} has a cell {reference[:20]!r}; {_END}")
        return int(match[2]), column_number(match[1])

    def _number(self, text: str) -> int:
        if re.fullmatch(r"[0-9]{1,7}", text) is None or int(text) > LAST_ROW:
            raise Malformed(f"its part {self._name} has a row {text[:20]!r}; {_END}")
        return int(text)


def _check_shared_texts(filled: int, parts: Mapping[str, bytes], limits: FileLimits) -> None:
    """Raise an error if texts that cells share become too large when each cell has its own."""
    tables = [content for content in parts.values() if b"sst" in content]
    sizes = [len(text) for content in tables for text in _SHARED_STRING.split(content)[1:]]
    longest = max(sizes, default=0)
    if filled * longest <= limits.max_bytes:
        return
    total, counted = 0, 0
    for content in parts.values():
        for index in map(int, _INDEX.findall(content)):
            counted += 1
            total += sizes[index] if index < len(sizes) and len(tables) == 1 else longest
    limits.check_bytes(total + max(0, filled - counted) * longest, "the text of its cells")
