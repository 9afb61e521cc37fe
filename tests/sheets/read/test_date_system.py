"""Workbooks that count days from 1904."""

import zipfile
from datetime import datetime
from io import BytesIO

import openpyxl
import pytest
from openpyxl.utils.datetime import MAC_EPOCH, WINDOWS_EPOCH

from cronofy_frames.sheets.read.date_system import has_1904_dates
from cronofy_frames.sheets.read.reader import read_sheet


def workbook(epoch: datetime, *rows: tuple[object, ...]) -> bytes:
    """Return an .xlsx file that counts from an epoch."""
    book, buffer = openpyxl.Workbook(), BytesIO()
    book.epoch = epoch
    for row in rows:
        book.active.append(row)
    book.save(buffer)
    return buffer.getvalue()


@pytest.mark.parametrize(("epoch", "serial"), [(MAC_EPOCH, 44684), (WINDOWS_EPOCH, 46146)])
def test_numbers_of_dates_are_read_in_the_system_of_the_workbook(epoch: datetime, serial: int) -> None:
    """A cell that is formatted as a number is the same time as one that is formatted as a date; other numbers stay."""
    content = workbook(
        epoch,
        ("Title", "Start", "End", "Cost"),
        ("A", serial + 0.375, serial + 0.4166667, 44684),
        ("B", datetime(2026, 5, 4, 9), datetime(2026, 5, 4, 10), 1),
    )
    with pytest.warns(UserWarning, match="Cost"):
        frame = read_sheet(content, tz="Europe/London")
    assert frame["start"].dt.strftime("%Y-%m-%d %H:%M").tolist() == ["2026-05-04 09:00"] * 2
    assert frame["end"].dt.strftime("%H:%M").tolist() == ["10:00"] * 2
    assert frame["Cost"].tolist() == [44684, 1]


def test_times_of_day_are_the_same_in_both_systems() -> None:
    """They are shares of a day."""
    content = workbook(MAC_EPOCH, ("Title", "Date", "Start time", "End time"), ("A", 44684, 0.375, 0.5))
    assert read_sheet(content, tz="Europe/London").loc[2, "start"].isoformat() == "2026-05-04T09:00:00+01:00"


XLS_START = b"\x09\x08\x10\x00\x00\x06\x05\x00" + b"\x00" * 12
XLSB_PROPERTIES = b"\x83\x01\x00\x99\x01\x0c"


def archive(name: str, content: bytes) -> bytes:
    """Return a ZIP file with one file in it."""
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        file.writestr(name, content)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"\xd0\xcf\x11\xe0" + XLS_START + b"\x22\x00\x02\x00\x01\x00" + b"\x0a\x00\x00\x00", True),
        (b"\xd0\xcf\x11\xe0" + XLS_START + b"\x22\x00\x02\x00\x00\x00" + b"\x0a\x00\x00\x00", False),
        (b"\xd0\xcf\x11\xe0" + XLS_START + b"\x0a\x00\x00\x00\x22\x00\x02\x00\x01\x00", False),
        (b"\xd0\xcf\x11\xe0", False),
        (archive("xl/workbook.bin", XLSB_PROPERTIES + b"\x01" + b"\x00" * 11), True),
        (archive("xl/workbook.bin", XLSB_PROPERTIES + b"\x00" * 12), False),
        (archive("xl/workbook.xml", b'<x:workbookPr filterPrivacy="1" date1904="true"/>'), True),
        (archive("xl/workbook.xml", b'<workbookPr date1904="0"/>'), False),
        (archive("content.xml", b'<table:null-date table:date-value="1904-01-01"/>'), True),
        (archive("content.xml", b'<table:null-date table:date-value="1899-12-30"/>'), False),
        (archive("other", b""), False),
    ],
)
def test_the_setting_of_each_format(data: bytes, expected: bool) -> None:
    """It is a record of .xls and .xlsb, and an attribute in .xlsx and .ods."""
    assert has_1904_dates(data) == expected
