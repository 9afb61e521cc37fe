"""Binary workbooks of Excel with more cells than they may have."""

import io
import struct
import zipfile

import pytest

from cronofy_frames.errors import FrameError
from cronofy_frames.sheets.read.reader import read_sheet
from tests.mutated_files import FILES, zip_file

ROW = b"\0\4"
NUMBER = b"\5\x10"


def with_worksheet(rows: bytes) -> bytes:
    """Return an .xlsb with some records of rows and cells."""
    with zipfile.ZipFile(io.BytesIO(FILES["xlsb"])) as files:
        parts = {name: files.read(name) for name in files.namelist()}
    content = parts["xl/worksheets/sheet1.bin"]
    start, end = content.index(b"\x91\1\0") + 3, content.index(b"\x92\1\0")
    return zip_file({**parts, "xl/worksheets/sheet1.bin": content[:start] + rows + content[end:]})


def cell(row: int, column: int) -> bytes:
    """Return a row and a number in it."""
    return ROW + struct.pack("<I", row) + NUMBER + struct.pack("<IId", column, 0, 1.0)


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (cell(0, 0) + cell(1_048_575, 16_383), "17,179,869,184 cells"),
        (cell(0, 0) * 1001, "1,001 cells, more than the limit of 1,000"),
        (cell(2**32 - 1, 0), "has a row or column 4294967296, outside any worksheet"),
        (cell(0, 16_384), "has a row or column 16385, outside any worksheet"),
        (cell(0, 0) + b"\5\2\0\0", "has a record that is too short"),
    ],
)
def test_what_is_too_large_or_contradictory_is_refused(rows: bytes, message: str) -> None:
    """Rows and columns are measured before the library for workbooks sees them."""
    with pytest.raises(FrameError, match=f"the buffer cannot be read: .*{message}"):
        read_sheet(with_worksheet(rows), tz="UTC", max_cells=1000)


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_what_fits_is_read() -> None:
    """A worksheet just within the limit is a frame."""
    assert read_sheet(with_worksheet(cell(0, 0) + cell(99, 9)), tz="UTC", header=1, max_cells=1000).shape[0] == 1
