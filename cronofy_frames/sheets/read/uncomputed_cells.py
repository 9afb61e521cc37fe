"""Cells of an .xlsx file without a value: error values, and formulas that no program has calculated."""

from __future__ import annotations

import io
import re
import warnings
import zipfile
from collections.abc import Iterator

# marks a cell with an error or a formula in the XML of a worksheet (ECMA-376 18.3.1.4)
_MARKS = re.compile(rb't="e"|<f[ >/]')


class UncomputedCell(str):
    """The content of such a cell: an error value such as #N/A, or a text that tells of the formula."""


def uncomputed_cells(content: bytes, name: str) -> Iterator[tuple[int, int, UncomputedCell]]:
    """Yield row and column, from 0, of cells that may have no value, with their content.

    The fast reader returns them as blank; the slow one is used only if the file has any.

    Parameters
    ----------
    content
        The file; only .xlsx files have such cells.
    name
        The worksheet.
    """
    if not _has_marks(content):
        return
    from openpyxl import load_workbook

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about formatting that openpyxl does not keep
        book = load_workbook(io.BytesIO(content), read_only=True)
        for row, cells in enumerate(book[name].iter_rows(min_row=1, min_col=1)):
            for column, cell in enumerate(cells):
                if cell.data_type == "e":
                    yield row, column, UncomputedCell(cell.value)
                elif cell.data_type == "f":
                    yield row, column, UncomputedCell("a formula without a result")
    book.close()


def _has_marks(content: bytes) -> bool:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as files:
            sheets = [file for file in files.namelist() if file.startswith("xl/worksheets/sheet")]
            return any(_MARKS.search(files.read(file)) for file in sheets)
    except zipfile.BadZipFile:
        return False
