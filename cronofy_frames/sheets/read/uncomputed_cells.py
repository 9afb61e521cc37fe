"""Cells of a workbook without a value: error values, and formulas that no program has calculated."""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.etree import ElementTree

from cronofy_frames.sheets.read.worksheet_xml import WorksheetXml, attribute, column_number, local_name

# marks a cell with an error or a formula in the XML of a worksheet (ECMA-376 18.3.1.4); OpenDocument has no errors, and
# LibreOffice marks them in a namespace of its own
_MARKS = re.compile(rb"t=[\"']e[\"']|<(?:\w+:)?f[ >/]")
_ODS_MARKS = re.compile(rb"calcext:value-type=[\"']error[\"']")


class UncomputedCell(str):
    """The content of such a cell: an error value such as #N/A, or a text that tells of the formula."""


def uncomputed_cells(xml: WorksheetXml | None) -> Iterator[tuple[int, int, UncomputedCell]]:
    """Yield row and column, from 0, of cells that may have no value, with their content.

    The library for workbooks returns them as blank; this slower reader is used only if the file has any. A formula
    whose result is a blank text has a value.
    """
    if xml is None or not (_ODS_MARKS if xml.is_ods else _MARKS).search(xml.content):
        return
    yield from _read_ods(xml) if xml.is_ods else _read_xlsx(xml)


def _read_xlsx(xml: WorksheetXml) -> Iterator[tuple[int, int, UncomputedCell]]:
    row, column = -1, -1
    for element in xml.elements("row"):
        row, column = int(element.get("r") or row + 2) - 1, -1
        for cell in element:
            column = column_number(cell.get("r", "")) if cell.get("r") else column + 1
            content = _uncomputed_content(cell)
            if content is not None:
                yield row, column, UncomputedCell(content)


def _uncomputed_content(cell: ElementTree.Element) -> str | None:
    """Return the content of a cell of an .xlsx file if it has no value; None for other cells."""
    parts = {local_name(part.tag): part.text or "" for part in cell}
    if cell.get("t") == "e":
        return parts.get("v") or "an error value"
    has_value = bool(parts.get("v")) or (cell.get("t") == "str" and "v" in parts)
    return "a formula without a result" if "f" in parts and not has_value else None


def _read_ods(xml: WorksheetXml) -> Iterator[tuple[int, int, UncomputedCell]]:
    row = 0
    for element in xml.elements("table-row"):
        column = 0
        for cell in element:
            if attribute(cell, "value-type") and "error" in cell.attrib.values():
                yield row, column, UncomputedCell("".join(cell.itertext()).strip() or "an error value")
            column += int(attribute(cell, "number-columns-repeated") or 1)
        row += int(attribute(element, "number-rows-repeated") or 1)
