"""The size of the tables of an OpenDocument spreadsheet, which says how often cells and rows are repeated."""

from __future__ import annotations

import re
from collections.abc import Mapping
from xml.parsers import expat

from cronofy_frames.sheets.read.limits.file_limits import FileLimits, Malformed

_CELLS = ("table:table-cell", "table:covered-table-cell")
_ROW = "table:table-row"


def check_open_document(content: bytes, limits: FileLimits) -> None:
    """Raise an error if the tables have too many cells or too much text.

    Blank cells and rows count only between filled ones: the programs write very many after the last one.
    """
    size = _TablesSize(limits)
    parser = expat.ParserCreate()
    parser.StartElementHandler = size.start_element
    parser.EndElementHandler = size.end_element
    parser.CharacterDataHandler = size.add_text
    try:
        parser.Parse(content, True)
    except (expat.ExpatError, ValueError, LookupError) as error:
        raise Malformed("its part content.xml is no complete XML") from error


class _TablesSize:
    """Follows the tables of a document."""

    def __init__(self, limits: FileLimits) -> None:
        self._limits = limits
        self._other_tables = 0  # cells of the tables before this one
        self._text = 0  # characters of all cells
        self._start_table()

    def _start_table(self) -> None:
        self._rows, self._filled_rows, self._width = 0, 0, 0
        self._in_row = False
        self._in_cell = False

    def start_element(self, tag: str, attributes: Mapping[str, str]) -> None:
        """Take the number of repetitions of a row, cell or space."""
        if tag == "table:table":
            self._end_table()
        elif tag == _ROW:
            self._start_row(_repetitions(attributes, "table:number-rows-repeated"))
        elif tag in _CELLS:
            self._start_cell(attributes)
        elif tag == "text:s" and self._in_cell:
            self._cell_text += _repetitions(attributes, "text:c")
            self._check_text()

    def end_element(self, tag: str) -> None:
        """Add a row or cell that is complete."""
        if tag == "table:table":
            self._end_table()
        elif tag == _ROW and self._in_row:
            self._end_row()
        elif tag in _CELLS and self._in_cell:
            self._end_cell()

    def add_text(self, text: str) -> None:
        """Add text of a cell."""
        if self._in_cell:
            self._cell_text += len(text)

    def _end_table(self) -> None:
        self._other_tables += self._filled_rows * self._width
        self._start_table()

    def _start_row(self, repetitions: int) -> None:
        if self._in_row:
            raise Malformed("its part content.xml has a row in a row")
        self._in_row, self._repeated_rows = True, repetitions
        self._cells, self._filled_cells, self._row_text = 0, 0, 0

    def _start_cell(self, attributes: Mapping[str, str]) -> None:
        if self._in_cell or not self._in_row:
            raise Malformed("its part content.xml has a cell outside a row")
        self._in_cell = True
        self._repeated_cells = _repetitions(attributes, "table:number-columns-repeated")
        self._is_filled = any(name.startswith("office:") or name == "table:formula" for name in attributes)
        self._cell_text = sum(map(len, attributes.values()))

    def _end_cell(self) -> None:
        self._in_cell = False
        self._cells += self._repeated_cells
        if self._is_filled:
            self._filled_cells = self._cells
            self._row_text += self._cell_text * self._repeated_cells
            self._check_table(self._filled_rows)
            self._check_text()

    def _end_row(self) -> None:
        self._in_row = False
        self._rows += self._repeated_rows
        if self._filled_cells:
            self._filled_rows = self._rows
            self._width = max(self._width, self._filled_cells)
            self._text += self._row_text * self._repeated_rows
            self._check_table(self._filled_rows)
            self._check_text()

    def _check_table(self, rows: int) -> None:
        width = max(self._width, self._filled_cells)
        self._limits.check_table(max(1, rows), width)
        self._limits.check_cells(self._other_tables + rows * width)

    def _check_text(self) -> None:
        self._limits.check_bytes(self._text + max(self._row_text, self._cell_text), "the text of its cells")


def _repetitions(attributes: Mapping[str, str], name: str) -> int:
    text = attributes.get(name, "1")
    if re.fullmatch(r"\+?[0-9]{1,18}", text) is None:
        raise Malformed(f"its part content.xml has {name}={text[:20]!r}, which is no count")
    return max(1, int(text))
