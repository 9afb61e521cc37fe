"""Workbooks of Excel 97 that declare or hold more than they may."""

import struct
from collections.abc import Callable

import pytest

from cronofy_frames.errors import FrameError
from cronofy_frames.sheets.read.limits.compound_files import compound_file, workbook_stream
from cronofy_frames.sheets.read.reader import read_sheet

BOOK, SHEET, END = 0x0005, 0x0010, 0x000A


def record(kind: int, content: bytes = b"") -> bytes:
    """Return a record of [MS-XLS]."""
    return struct.pack("<2H", kind, len(content)) + content


def number(row: int, column: int) -> bytes:
    """Return a cell with a number."""
    return record(0x0203, struct.pack("<3Hd", row, column, 0, 1.0))


def text(row: int, column: int) -> bytes:
    """Return a cell with the first shared text."""
    return record(0x00FD, struct.pack("<3HI", row, column, 0, 0))


def stream(cells: bytes, shared: bytes = b"", sheets: int = 1) -> bytes:
    """Return a workbook whose worksheets all have the same cells."""
    begin = record(0x0809, struct.pack("<6H4x", 0x600, BOOK, 0, 0, 0, 0))
    start = len(begin) + sheets * 16 + len(shared) + 4
    names = b"".join(record(0x0085, struct.pack("<I4B", start, 0, 0, 4, 0) + b"P%03d" % at) for at in range(sheets))
    sheet = record(0x0809, struct.pack("<6H4x", 0x600, SHEET, 0, 0, 0, 0)) + cells + record(END)
    return begin + names + shared + record(END) + sheet


def with_integer(content: bytes, at: int, value: int) -> bytes:
    """Return a file with one integer of its header or tables exchanged."""
    return content[:at] + struct.pack("<I", value) + content[at + 4 :]


LONG_TEXT = (
    record(0x00FC, struct.pack("<IIHB", 1, 1, 24_000, 0) + b"x" * 8000)
    + record(0x003C, b"\0" + b"y" * 8000)
    + record(0x003C, b"\1" + "é".encode("utf-16-le") * 4000)
    + record(0x003C, b"\0" + b"z" * 4000)
)
GOOD = compound_file(stream(number(0, 0) + number(1, 1)))
TABLE, DIRECTORY = 4096, 8192  # where the parts of a file of ours start


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: compound_file(stream(number(0, 0) + number(65_535, 65_535))), "4,294,967,296 cells"),
        (lambda: compound_file(stream(number(9_999, 200), sheets=9)), "cells, more than the limit"),
        (lambda: compound_file(stream(text(0, 0) * 5_000, LONG_TEXT)), "the text of its cells has .* max_bytes="),
        (lambda: compound_file(stream(text(0, 0), record(0x00FC, struct.pack("<II", 1, 2**31)))), "more texts than"),
        (lambda: compound_file(stream(text(0, 0), record(0x00FC, b"\1\0\0\0"))), "table of texts has no size"),
        (lambda: compound_file(stream(text(0, 0), LONG_TEXT[:8027])), "ends in a record|is not complete"),
        (lambda: compound_file(stream(record(0x0203, b"\0\0"))), "a cell has no place"),
        (lambda: with_integer(GOOD, TABLE + 8, 2), "a list of its sectors never ends"),
        (lambda: with_integer(GOOD, TABLE + 4, 1), "a list of its sectors never ends"),
        (lambda: with_integer(GOOD, 48, 0xFFFFFF), "its directory is empty"),
        (lambda: GOOD[:30] + b"\5\0" + GOOD[32:], "its sectors have 2 to the power of 5 bytes"),
        (lambda: GOOD.replace("Workbook".encode("utf-16-le"), "Xorkbook".encode("utf-16-le")), "it has no workbook"),
    ],
)
def test_what_is_too_large_or_contradictory_is_refused(make: Callable[[], bytes], message: str) -> None:
    """Cells, texts and lists of sectors are measured before the library for workbooks sees them."""
    with pytest.raises(FrameError, match=f"the buffer cannot be read: .*(?:{message})"):
        read_sheet(make(), tz="UTC", max_bytes=50_000_000)


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize(
    "content",
    [
        compound_file(stream(record(0x0200, struct.pack("<IIHHH", 0, 2**32 - 1, 0, 2**16 - 1, 0)) + number(1, 1))),
        compound_file(stream(record(0x0200, struct.pack("<IIHHH", 9, 1, 9, 1, 0)) + number(1, 1))),
        with_integer(GOOD, 44, 2**32 - 1),
        with_integer(GOOD, 64, 2**32 - 1),
        with_integer(GOOD, 68, 0),
    ],
    ids=["declared cells", "declared backwards", "sectors", "small sectors", "more tables of sectors"],
)
def test_what_is_only_declared_counts_for_nothing(content: bytes) -> None:
    """The declared size of a worksheet or of a table of sectors takes no memory."""
    assert read_sheet(content, tz="UTC").shape[0] <= 1


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_shared_texts_go_over_several_records() -> None:
    """A text of one and two bytes a character is read whole."""
    header = record(0x0204, struct.pack("<4HB", 0, 0, 0, 5, 0) + b"Title") + text(1, 0)
    frame = read_sheet(compound_file(stream(header, LONG_TEXT)), header=1)
    assert frame["summary"].tolist() == ["x" * 8000 + "y" * 8000 + "é" * 4000 + "z" * 4000]


@pytest.mark.parametrize("size", [10, 4096, 5000, 5_000_000])
def test_a_stream_in_a_compound_file_is_read_back(size: int) -> None:
    """Streams of any size go into a file and out of it; short ones with zeros at the end."""
    content = bytes(at % 251 for at in range(size))
    assert workbook_stream(compound_file(content)) == content.ljust(4096, b"\0")
