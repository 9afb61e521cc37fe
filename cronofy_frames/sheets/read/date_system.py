"""The date system of a workbook: most count days from the end of 1899, some of old Macs from 1904."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator, Sequence
from typing import Any

DAYS_BETWEEN_SYSTEMS = 1_462

_SMALLEST_DATE, _LARGEST_DATE = 31_412, 80_000  # smaller ones are dates that are not read in either system
_XLSX_SETTING = re.compile(rb"<(?:\w+:)?workbookPr\b[^>]*\bdate1904=[\"'](?:1|true|on)[\"']")
_ODS_SETTING = re.compile(rb"<table:null-date\b[^>]*\btable:date-value=[\"']1904-01-01")
_XLS_START = b"\x09\x08\x10\x00\x00\x06\x05\x00"  # the record BOF of the workbook ([MS-XLS] 2.4.21)
_XLS_SYSTEM, _XLS_END = 0x22, 0x0A  # the records Date1904 (2.4.77) and EOF (2.4.103)
_XLSB_PROPERTIES = 153  # the record BrtWbProp ([MS-XLSB] 2.4.822), whose lowest bit is f1904


def has_1904_dates(data: bytes) -> bool:
    """Return whether a workbook counts days from 1904; its library only converts cells that are formatted as dates."""
    if not data.startswith(b"PK"):
        return any(number == _XLS_SYSTEM and content == b"\x01\x00" for number, content in _xls_records(data))
    with zipfile.ZipFile(io.BytesIO(data)) as files:
        names = set(files.namelist())
        if "xl/workbook.bin" in names:
            records = _xlsb_records(files.read("xl/workbook.bin"))
            return any(number == _XLSB_PROPERTIES and content[:1] and content[0] & 1 for number, content in records)
        for name, pattern in (("xl/workbook.xml", _XLSX_SETTING), ("content.xml", _ODS_SETTING)):
            if name in names:
                return pattern.search(files.read(name)) is not None
    return False


def in_1900_system(cells: Sequence[Any]) -> list[Any]:
    """Return cells of a workbook that counts from 1904 with the numbers of dates as in the usual system."""
    return [cell + DAYS_BETWEEN_SYSTEMS if _is_date_number(cell) else cell for cell in cells]


def _is_date_number(cell: Any) -> bool:
    return isinstance(cell, int | float) and not isinstance(cell, bool) and _SMALLEST_DATE <= cell < _LARGEST_DATE


def _xls_records(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield the first records of an .xls file, until its list of settings ends."""
    at = data.find(_XLS_START)
    while 0 <= at <= len(data) - 4:
        number, size = int.from_bytes(data[at : at + 2], "little"), int.from_bytes(data[at + 2 : at + 4], "little")
        if number == _XLS_END:
            return
        yield number, data[at + 4 : at + 4 + size]
        at += 4 + size


def _xlsb_records(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield the records of the workbook part of an .xlsb file."""
    at = 0
    while at < len(data):
        number, at = _xlsb_integer(data, at, 2)
        size, at = _xlsb_integer(data, at, 4)
        yield number, data[at : at + size]
        at += size


def _xlsb_integer(data: bytes, at: int, longest: int) -> tuple[int, int]:
    """Return a number of seven bits a byte, where the eighth bit says that there are more, and the position after it.

    In the number of a record the eighth bit of the first byte belongs to it, which for the ones here is the same.
    """
    value = 0
    for index in range(longest):
        byte = data[at] if at < len(data) else 0
        value, at = value | (byte & 0x7F) << (7 * index), at + 1
        if not byte & 0x80:
            break
    return value, at
