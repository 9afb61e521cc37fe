"""Cells of an .xlsx that have no value though there is something: errors, and formulas that nobody has calculated."""

from __future__ import annotations

import io
import re
import warnings
import zipfile
from collections.abc import Iterator

# what says in a worksheet's XML that a cell is an error, or has a formula (ECMA-376 18.3.1.4)
_MARKS = re.compile(rb't="e"|<f[ >/]')


class Lost(str):
    """What stands in such a cell: #N/A and the like, or that it is a formula."""


def lost_cells(content: bytes, name: str) -> Iterator[tuple[int, int, Lost]]:
    """Yield the places, row and column from 0, of cells that may have no value, and what stands there.

    The fast reader gives these as blank; the slow one is asked only when the file has any.

    Parameters
    ----------
    content
        The file; others than .xlsx have none.
    name
        The worksheet.
    """
    if not _marked(content):
        return
    from openpyxl import load_workbook

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of decoration that it would not write again
        book = load_workbook(io.BytesIO(content), read_only=True)
        for at, row in enumerate(book[name].iter_rows(min_row=1, min_col=1)):
            for column, cell in enumerate(row):
                if cell.data_type == "e":
                    yield at, column, Lost(cell.value)
                elif cell.data_type == "f":
                    yield at, column, Lost("a formula without a result")
    book.close()


def _marked(content: bytes) -> bool:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as files:
            sheets = [one for one in files.namelist() if one.startswith("xl/worksheets/sheet")]
            return any(_MARKS.search(files.read(one)) for one in sheets)
    except zipfile.BadZipFile:
        return False
