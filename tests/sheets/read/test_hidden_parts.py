"""Rows, columns and worksheets that a person does not see are named before they are planned."""

import io
import zipfile
from datetime import datetime
from typing import Any

import openpyxl
import pytest

from cronofy_frames.sheets.read.reader import SheetWarning, read_sheet

ODS_TEXT = '<table:table-cell office:value-type="string"><text:p>{}</text:p></table:table-cell>'
ODS_ROW = f"<table:table-row{{}}>{ODS_TEXT}{{}}</table:table-row>"
ODS_TIMES = (
    '<table:table-cell office:value-type="date" office:date-value="2026-05-0{0}T09:00:00"/>'
    '<table:table-cell office:value-type="date" office:date-value="2026-05-0{0}T10:00:00"/>'
)
ODS_HEADER = ODS_ROW.format("", "Title", ODS_TEXT.format("Start") + ODS_TEXT.format("End"))
ODS = """<?xml version="1.0" encoding="UTF-8"?><office:document-content
 xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"
 xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"
 xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:body><office:spreadsheet>{}
</office:spreadsheet></office:body></office:document-content>"""


def workbook(*, rows: tuple[int, ...] = (), columns: str = "") -> Any:
    """Return a workbook of six events with hidden rows and columns."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["Title", "Start", "End", "Notes"])
    for day in range(1, 7):
        sheet.append([f"E{day}", datetime(2026, 5, day, 9), datetime(2026, 5, day, 10), "x"])
    for row in rows:
        sheet.row_dimensions[row].hidden = True
    for column in columns:
        sheet.column_dimensions[column].hidden = True
    return book


def saved(book: Any) -> bytes:
    """Return the content of a workbook."""
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def ods(*visibilities: str) -> bytes:
    """Return an .ods file with an event in each row, beside a worksheet whose rows are all hidden."""
    rows = [
        ODS_ROW.format(f' table:visibility="{visibility}"' if visibility else "", f"E{day}", ODS_TIMES.format(day))
        for day, visibility in enumerate(visibilities, 1)
    ]
    other = '<table:table table:name="Other"><table:table-row table:visibility="collapse"/></table:table>'
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as files:
        files.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        files.writestr("META-INF/manifest.xml", "<manifest/>")
        table = f'<table:table table:name="Plan">{ODS_HEADER}{"".join(rows)}</table:table>'
        files.writestr("content.xml", ODS.format(other + table))
    return content.getvalue()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (saved(workbook(rows=(3,))), r"is row 3; it was read as well: delete in the file the rows"),
        (saved(workbook(rows=(3, 5, 6, 7))), r"are rows 3, 5-7; they were"),
        (saved(workbook(columns="D")), r"is the column 'Notes'; it was read as well: leave out columns with columns="),
        (saved(workbook(rows=(2,), columns="D")), r"are row 2 and the column 'Notes'"),
        (ods("", "collapse", "", "filter", "filter"), r"are rows 3, 5-6;"),
    ],
)
def test_hidden_rows_and_columns_are_read_and_named_in_one_line(content: bytes, message: str) -> None:
    """The rows are in the frame, and one warning has their numbers, or the headers of columns."""
    with pytest.warns(SheetWarning, match=message) as caught:
        frame = read_sheet(content, tz="UTC")
    assert len(caught) == 1
    assert frame["summary"].tolist() == [f"E{day}" for day in range(1, len(frame) + 1)]
    assert len(frame) in (5, 6)


def test_what_is_not_read_is_not_named() -> None:
    """Hidden rows without cells, hidden columns without a header or left out, and visible files have no warning."""
    book = workbook(rows=(9, 20), columns="DH")
    assert len(read_sheet(saved(book), tz="UTC", columns={"Notes": None})) == 6
    assert len(read_sheet(ods("", ""), tz="UTC")) == 2


def test_other_worksheets_are_named_and_hidden_ones_that_look_like_a_table() -> None:
    """A hidden list without known headers is no worksheet that a person forgot."""
    book = workbook()
    for name, state in (("Next", "visible"), ("Old", "hidden")):
        book.copy_worksheet(book.active).title = name
        book[name].sheet_state = state
    book.create_sheet("Lists").append(["x", "y"])
    book["Lists"].sheet_state = "veryHidden"
    with pytest.warns(SheetWarning, match=r"Only the worksheet 'Sheet' was read, not 'Next', 'Old' \(hidden\): give"):
        read_sheet(saved(book), tz="UTC")
