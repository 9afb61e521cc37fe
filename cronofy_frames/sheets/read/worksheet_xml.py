"""The XML of one worksheet in a workbook file: .xlsx (ECMA-376 18.3.1) or .ods (OpenDocument 1.3, part 3, 9.1)."""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
from collections.abc import Iterator
from typing import NamedTuple
from xml.etree import ElementTree

_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_RELATION_STRICT = "{http://purl.oclc.org/ooxml/officeDocument/relationships}id"
_LETTERS = re.compile(r"[A-Z]+")


class WorksheetXml(NamedTuple):
    """The part of a workbook file with a worksheet.

    Attributes
    ----------
    content
        The XML. In an .ods file it has all worksheets.
    name
        The name of the worksheet.
    is_ods
        Whether the file is an OpenDocument spreadsheet.
    """

    content: bytes
    name: str
    is_ods: bool

    def elements(self, *tags: str) -> Iterator[ElementTree.Element]:
        """Yield the elements of the worksheet with one of some local names, each when it is complete."""
        inside = not self.is_ods
        for event, element in ElementTree.iterparse(io.BytesIO(self.content), events=("start", "end")):
            tag = local_name(element.tag)
            if self.is_ods and tag == "table":
                inside = event == "start" and attribute(element, "name") == self.name
            elif inside and event == "end" and tag in tags:
                yield element
                element.clear()


def worksheet_xml(data: bytes, name: str) -> WorksheetXml | None:
    """Return the XML of a worksheet; None for a file of another kind, or one without this part."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as files:
            names = set(files.namelist())
            if "content.xml" in names:
                return WorksheetXml(files.read("content.xml"), name, is_ods=True)
            part = _part_of(files, name) if "xl/workbook.xml" in names else None
            return WorksheetXml(files.read(part), name, is_ods=False) if part in names and part else None
    except (zipfile.BadZipFile, ElementTree.ParseError):
        return None


def _part_of(files: zipfile.ZipFile, name: str) -> str | None:
    """Return the name of the part with a worksheet of an .xlsx file."""
    sheets = ElementTree.fromstring(files.read("xl/workbook.xml")).iter()
    relation = next(
        (
            sheet.get(_RELATION) or sheet.get(_RELATION_STRICT)
            for sheet in sheets
            if local_name(sheet.tag) == "sheet" and sheet.get("name") == name
        ),
        None,
    )
    relations = ElementTree.fromstring(files.read("xl/_rels/workbook.xml.rels")).iter()
    target = next((entry.get("Target") for entry in relations if relation and entry.get("Id") == relation), None)
    return None if target is None else posixpath.normpath(posixpath.join("xl", target)).lstrip("/")


def local_name(tag: str) -> str:
    """Return the name of an element or attribute without its namespace."""
    return tag.rpartition("}")[2]


def attribute(element: ElementTree.Element, name: str) -> str | None:
    """Return an attribute by its local name."""
    return next((value for key, value in element.attrib.items() if local_name(key) == name), None)


def column_number(reference: str) -> int:
    """Return the number, from 0, of the column in a reference such as B7.

    Examples
    --------
    >>> column_number("A1"), column_number("AB12")
    (0, 27)
    """
    letters = _LETTERS.match(reference)
    number = 0
    for letter in letters[0] if letters else "A":
        number = number * 26 + ord(letter) - ord("A") + 1
    return number - 1
