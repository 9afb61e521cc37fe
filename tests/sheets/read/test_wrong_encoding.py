"""A UTF-8 file that another program opened in a Windows code page, and saved again."""

import io

import openpyxl
import pytest

from cronofy_frames.sheets.read.reader import SheetWarning, read_sheet

SHEET = "\ufeffTitle,Start,End\nÜnïté “5 €” Ý,2026-05-04T09:00Z,2026-05-04T10:00Z\n"


def garbled() -> str:
    """Return the sheet as it looks in the wrong code page; bytes without a letter are control characters there."""
    return "".join(bytes([byte]).decode("cp1252", "replace").replace("\ufffd", chr(byte)) for byte in SHEET.encode())


def workbook() -> bytes:
    """Return the garbled sheet as a workbook."""
    book = openpyxl.Workbook()
    for line in garbled().splitlines():
        book.active.append(line.split(","))
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


@pytest.mark.parametrize("make", [workbook, lambda: garbled().encode("utf-8")])
def test_the_mark_at_the_start_shows_it_and_the_texts_are_repaired(make: object) -> None:
    """The letters are those of the original file, and one line says so."""
    with pytest.warns(SheetWarning, match="saved in a wrong encoding"):
        frame = read_sheet(make())  # type: ignore[operator]
    assert frame["summary"].tolist() == ["Ünïté “5 €” Ý"]


def test_a_text_that_is_right_already_stays_as_it_is() -> None:
    """A cell that was typed after the conversion has other letters than bytes of UTF-8."""
    sheet = garbled() + "Café,2026-05-05T09:00Z,2026-05-05T10:00Z\n"
    with pytest.warns(SheetWarning, match="saved in a wrong encoding"):
        assert read_sheet(sheet.encode())["summary"].tolist() == ["Ünïté “5 €” Ý", "Café"]
