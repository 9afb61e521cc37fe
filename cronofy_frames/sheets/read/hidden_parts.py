"""Rows and columns of a worksheet that a person does not see, because they are hidden or filtered."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple
from xml.etree import ElementTree

from cronofy_frames.sheets.read.worksheet_xml import WorksheetXml, attribute, local_name
from cronofy_frames.text import by_count, join_names

_MARKS = re.compile(rb"hidden=[\"'](?:1|true)[\"']|visibility=[\"'](?:collapse|filter)[\"']")
_TRUE = ("1", "true")
_MOST_RANGES = 8  # that a message names


class HiddenParts(NamedTuple):
    """The hidden rows, by their numbers from 1, and the hidden columns, by their numbers from 0."""

    rows: frozenset[int] = frozenset()
    columns: frozenset[int] = frozenset()


def hidden_parts(xml: WorksheetXml | None, most_rows: int, most_columns: int) -> HiddenParts:
    """Return the hidden parts among the first rows and columns of a worksheet; none for .xls files.

    Parameters
    ----------
    xml
        The worksheet.
    most_rows, most_columns
        How many rows and columns have cells.
    """
    if xml is None or not _MARKS.search(xml.content):
        return HiddenParts()
    rows, columns = set[int](), set[int]()
    read = _read_ods if xml.is_ods else _read_xlsx
    for tag, numbers in read(xml):
        if tag == "row":
            rows.update(number + 1 for number in range(numbers.start, min(numbers.stop, most_rows)))
        else:
            columns.update(range(numbers.start, min(numbers.stop, most_columns)))
    return HiddenParts(frozenset(rows), frozenset(columns))


def _read_xlsx(xml: WorksheetXml) -> Iterator[tuple[str, range]]:
    """Yield the hidden rows and columns of an .xlsx file, by their numbers from 0."""
    row = -1
    for element in xml.elements("row", "col"):
        is_hidden = element.get("hidden") in _TRUE
        if local_name(element.tag) == "row":
            row = int(element.get("r") or row + 2) - 1
            numbers = range(row, row + 1)
        else:
            numbers = range(int(element.get("min", "1")) - 1, int(element.get("max", "1")))
        if is_hidden:
            yield local_name(element.tag), numbers


def _read_ods(xml: WorksheetXml) -> Iterator[tuple[str, range]]:
    """Yield the hidden rows and columns of an .ods file, by their numbers from 0."""
    starts = {"table-row": 0, "table-column": 0}
    for element in xml.elements(*starts):
        tag = local_name(element.tag)
        count = _repetitions(element, "number-rows-repeated" if tag == "table-row" else "number-columns-repeated")
        numbers = range(starts[tag], starts[tag] + count)
        starts[tag] += count
        if attribute(element, "visibility") in ("collapse", "filter"):
            yield tag.removeprefix("table-").removesuffix("umn"), numbers


def _repetitions(element: ElementTree.Element, name: str) -> int:
    return int(attribute(element, name) or 1)


def hidden_note(hidden: HiddenParts, row_numbers: Sequence[int], headers: Mapping[int, str]) -> str | None:
    """Return a warning about the hidden rows and columns that were read; None if there are none.

    Parameters
    ----------
    hidden
        The hidden parts of the worksheet.
    row_numbers
        The numbers of the rows that were read.
    headers
        The headers of the columns that were read, by their position.
    """
    rows = sorted(hidden.rows.intersection(row_numbers))
    columns = [repr(headers[position]) for position in sorted(hidden.columns) if position in headers]
    names = [f"{by_count(len(rows), 'row', 'rows')} {_ranges(rows)}"] if rows else []
    names += [f"the {by_count(len(columns), 'column', 'columns')} {join_names(columns)}"] if columns else []
    if not names:
        return None
    advice = ["delete in the file the rows that are not meant"] if rows else []
    advice += ["leave out columns with columns={...}, where None is their meaning"] if columns else []
    is_one = len(rows) + len(columns) == 1
    return (
        f"Hidden in the worksheet, by hand or by a filter, {'is' if is_one else 'are'} {' and '.join(names)}; "
        f"{'it was' if is_one else 'they were'} read as well: {', and '.join(advice)}."
    )


def _ranges(numbers: Sequence[int]) -> str:
    """Return ascending numbers as text, with neighbours as a range: 3, 5-7."""
    ranges: list[list[int]] = []
    for number in numbers:
        if ranges and ranges[-1][1] == number - 1:
            ranges[-1][1] = number
        else:
            ranges.append([number, number])
    texts = [f"{first}" if first == last else f"{first}-{last}" for first, last in ranges[:_MOST_RANGES]]
    rest = sum(last - first + 1 for first, last in ranges[_MOST_RANGES:])
    return ", ".join(texts) + (f" and {rest} more" if rest else "")
