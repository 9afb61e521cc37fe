"""Formulas in files: those with a text are this text, others are a problem."""

import io
import zipfile
from datetime import datetime
from typing import Any

import openpyxl
import pytest

from cronofy_frames.sheets.export.files import export
from cronofy_frames.sheets.read.reader import SheetWarning, read_sheet


def titles(cell: str, header: str = "Title") -> list[Any]:
    """Return the column of a CSV file with one cell."""
    quoted = cell.replace('"', '""')
    sheet = f'{header},Start,End\n"{quoted}",2026-05-04T09:00Z,2026-05-04T10:00Z\n'
    return read_sheet(sheet.encode()).iloc[:, 0].tolist()


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ('="Workshop 1"', "Workshop 1"),
        ('="0123"', "0123"),
        ('="Say ""hi"""', 'Say "hi"'),
        ('=HYPERLINK("http://x","Doc")', "Doc"),
        ('=hyperlink("http://x"; "Doc")', "Doc"),
        ('=HYPERLINK("http://x")', "http://x"),
        ("= important =", "= important ="),
        ("=)", "=)"),
        ("'=SUM(A1)", "=SUM(A1)"),
    ],
)
def test_a_formula_with_a_text_is_this_text(cell: str, text: str) -> None:
    """A quoted text, a link's text, and a text that only begins with the sign."""
    assert titles(cell) == [text]


@pytest.mark.parametrize("cell", ["=A1", "=$B$2+1", "=SUM(A1:A3)", '="Workshop "&1', "=TODAY()"])
def test_another_formula_in_a_text_file_is_a_problem(cell: str) -> None:
    """Its value is not in the file; in a column that is not known it stays as it is."""
    with pytest.warns(SheetWarning, match=r"row 2, summary: expected a value: open the file in a spreadsheet program"):
        titles(cell)
    with pytest.warns(SheetWarning, match="a column that is not known"):
        assert titles(cell, "Xyz") == [cell]


def test_texts_like_formulas_come_back_from_an_export(tmp_path: Any) -> None:
    """What `export` neutralised is the same text again."""
    frame = read_sheet(b"summary,start,end\n'=A1,2026-05-04T09:00Z,2026-05-04T10:00Z\n")
    assert read_sheet(export(frame, tmp_path / "a.csv"), tz="UTC")["summary"].tolist() == ["=A1"]


def xlsx(*cells: str) -> bytes:
    """Return a workbook with an event for each cell, given as the XML of its title."""
    book = openpyxl.Workbook()
    book.active.append(["Title", "Start", "End"])
    for day in range(1, len(cells) + 1):
        book.active.append([f"T{day}", datetime(2026, 5, day, 9), datetime(2026, 5, day, 10)])
    content = io.BytesIO()
    book.save(content)
    changed = io.BytesIO()
    with zipfile.ZipFile(content) as files, zipfile.ZipFile(changed, "w") as target:
        for name in files.namelist():
            text = files.read(name)
            if name == "xl/worksheets/sheet1.xml":
                for row, cell in enumerate(cells, 2):
                    start = text.index(f'<c r="A{row}"'.encode())
                    text = text[:start] + cell.encode() + text[text.index(b"</c>", start) + 4 :]
            target.writestr(name, text)
    return changed.getvalue()


def test_a_formula_with_a_cached_text_is_that_text() -> None:
    """The text that the program stored counts, also for links and in cells without a reference."""
    content = xlsx(
        '<c r="A2" t="str"><f>"Workshop "&amp;1</f><v>Workshop 1</v></c>',
        '<c r="A3" t="str"><f>HYPERLINK("http://x","Doc")</f><v>Doc</v></c>',
    )
    assert read_sheet(content, tz="UTC")["summary"].tolist() == ["Workshop 1", "Doc"]


def test_a_formula_whose_result_is_a_blank_text_has_a_value() -> None:
    """It is a blank cell; one that no program has calculated, and an error, are problems."""
    content = xlsx(
        '<c r="A2" t="str"><f>IF(1=2,"x","")</f><v></v></c>',
        '<c r="A3"><f>B3</f><v></v></c>',
        '<c r="A4" t="e"><f>1/0</f><v>#DIV/0!</v></c>',
    )
    with pytest.warns(SheetWarning, match=r"2 cells could not be read.*row 3,.*without a result; row 4,.*#DIV/0!"):
        read_sheet(content, tz="UTC")
