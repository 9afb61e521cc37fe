"""Files that are larger than they look, of every format."""

import io
import json
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pyarrow as pa
import pytest
from pyarrow import parquet

from cronofy_frames.errors import FrameError
from cronofy_frames.sheets.read.reader import read_sheet

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
OPEN_DOCUMENT = "urn:oasis:names:tc:opendocument:xmlns"
ENTITIES = '<!DOCTYPE x [<!ENTITY a "aaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
TOO_MANY_CELLS = r"cells.* more than the limit of .*give a larger max_cells= if the computer has the memory"
TOO_MANY_BYTES = r"bytes or more, more than the limit of .*give a larger max_bytes= if the computer has the memory"
OUTSIDE = r"worksheets end at XFD1048576\): open it in a spreadsheet program and save it"


def workbook(parts: Mapping[str, str | bytes]) -> bytes:
    """Return an .xlsx with a header and an event, and some of its parts replaced."""
    book = openpyxl.Workbook()
    assert book.active is not None
    book.active.append(["Title", "Start"])
    book.active.append(["A", "2026-04-03 09:00"])
    buffer, changed = io.BytesIO(), io.BytesIO()
    book.save(buffer)
    with zipfile.ZipFile(buffer) as before, zipfile.ZipFile(changed, "w", zipfile.ZIP_DEFLATED) as after:
        contents = {name: before.read(name) for name in before.namelist()}
        for name, content in {**contents, **parts}.items():
            after.writestr(name, content)
    return changed.getvalue()


def worksheet(rows: str, before: str = "") -> bytes:
    """Return an .xlsx whose worksheet has these rows as XML."""
    text = f'<worksheet xmlns="{MAIN}">{before}<sheetData>{rows}</sheetData></worksheet>'
    return workbook({"xl/worksheets/sheet1.xml": text})


def shared_text(text: str, cells: int) -> bytes:
    """Return an .xlsx in which cells share one text."""
    rows = "".join(f'<row r="{at}"><c r="A{at}" t="s"><v>0</v></c></row>' for at in range(1, cells + 1))
    return workbook(
        {
            "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{MAIN}"><sheetData>{rows}</sheetData></worksheet>',
            "xl/sharedStrings.xml": f'<sst xmlns="{MAIN}"><si><t>{text}</t></si></sst>',
        }
    )


def repeated_worksheet(count: int) -> bytes:
    """Return an .xlsx in which many worksheets are the same part."""
    sheets = "".join(f'<sheet name="S{at}" sheetId="{at}" r:id="rId1"/>' for at in range(1, count))
    text = f'<workbook xmlns="{MAIN}" xmlns:r="{RELATIONS}"><sheets>{sheets}</sheets></workbook>'
    return workbook({"xl/workbook.xml": text})


def cell(text: str, attributes: str = "") -> str:
    """Return a cell of an .ods as XML."""
    return f'<table:table-cell office:value-type="string" {attributes}><text:p>{text}</text:p></table:table-cell>'


def row(*cells: str, repeated: int = 1) -> str:
    """Return a row of an .ods as XML."""
    return f'<table:table-row table:number-rows-repeated="{repeated}">{"".join(cells)}</table:table-row>'


def open_document(*rows: str, tables: int = 1) -> bytes:
    """Return an .ods with a header, an event and some rows as XML, in each of its tables."""
    content = row(cell("Title"), cell("Start")) + row(cell("A"), cell("2026-04-03 09:00")) + "".join(rows)
    spaces = "".join(f' xmlns:{name}="{OPEN_DOCUMENT}:{name}:1.0"' for name in ("office", "table", "text"))
    all_tables = "".join(f'<table:table table:name="P{at}">{content}</table:table>' for at in range(tables))
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as files:
        files.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        files.writestr("META-INF/manifest.xml", '<manifest:manifest xmlns:manifest="m"/>')
        files.writestr(
            "content.xml",
            f"<office:document-content{spaces}><office:body><office:spreadsheet>{all_tables}</office:spreadsheet>"
            "</office:body></office:document-content>",
        )
    return buffer.getvalue()


def parquet_file(rows: int, text: str) -> bytes:
    """Return a Parquet file in which all rows share one text."""
    table = pa.table({"Title": pa.DictionaryArray.from_arrays(pa.array([0] * rows, pa.int32()), [text])})
    buffer = io.BytesIO()
    parquet.write_table(table, buffer)
    return buffer.getvalue()


GAP = row('<table:table-cell table:number-columns-repeated="99999999"/>', cell("x"))

BOMBS: dict[str, tuple[Callable[[], bytes], str]] = {
    "xlsx: last cell": (lambda: worksheet('<row><c r="XFD1048576"><v>1</v></c></row>'), TOO_MANY_CELLS),
    "xlsx: apostrophes": (lambda: worksheet("<row><c r='XFD1048576'><v>1</v></c></row>"), TOO_MANY_CELLS),
    "xlsx: spaces": (lambda: worksheet('<row><c\n r = "XFD1048576"><v>1</v></c></row>'), TOO_MANY_CELLS),
    "xlsx: small letters": (lambda: worksheet('<row><c r="xfd1048576"><v>1</v></c></row>'), TOO_MANY_CELLS),
    "xlsx: prefix": (
        lambda: workbook(
            {
                "xl/worksheets/sheet1.xml": f'<x:worksheet xmlns:x="{MAIN}"><x:sheetData><x:row>'
                '<x:c r="XFD1048576"><x:v>1</x:v></x:c></x:row></x:sheetData></x:worksheet>'
            }
        ),
        TOO_MANY_CELLS,
    ),
    "xlsx: no references": (
        lambda: worksheet(f"<row>{'<c/>' * 5000}<c><v>1</v></c></row>{'<row/>' * 5000}<row><c><v>1</v></c></row>"),
        TOO_MANY_CELLS,
    ),
    "xlsx: one cell again and again": (
        lambda: worksheet('<row r="1">' + '<c r="A1"><v>1</v></c>' * 1_000_001 + "</row>"),
        TOO_MANY_CELLS,
    ),
    "xlsx: row number": (
        lambda: worksheet('<row r="99999999999"><c r="A99999999999"><v>1</v></c></row>'),
        OUTSIDE,
    ),
    "xlsx: row number of a row": (lambda: worksheet('<row r="99999999999"><c><v>1</v></c></row>'), OUTSIDE),
    "xlsx: row number that overflows": (lambda: worksheet('<row><c r="A4294967297"><v>1</v></c></row>'), OUTSIDE),
    "xlsx: row 0": (lambda: worksheet('<row><c r="A0"><v>1</v></c></row>'), "is no workbook"),
    "xlsx: column": (lambda: worksheet('<row><c r="XFE1"><v>1</v></c></row>'), OUTSIDE),
    "xlsx: two references": (lambda: worksheet('<row><c r="A1" r="XFD1048576"><v>1</v></c></row>'), "no complete XML"),
    "xlsx: entities": (lambda: workbook({"xl/sharedStrings.xml": ENTITIES + "<sst>&b;</sst>"}), "defines entities"),
    "xlsx: entities in UTF-16": (
        lambda: workbook({"xl/workbook.xml": (ENTITIES + "<sst>&b;</sst>").encode("utf-16")}),
        "defines entities",
    ),
    "xlsx: unpacked": (lambda: workbook({"xl/worksheets/sheet2.xml": b" " * 31_000_000}), TOO_MANY_BYTES),
    "xlsx: shared text": (lambda: shared_text("y" * 30_000, 1100), TOO_MANY_BYTES),
    "xlsx: parts": (lambda: workbook({f"xl/x{at}.xml": "" for at in range(66_000)}), "more than 65,535 parts"),
    "ods: rows": (lambda: open_document(row(cell("x"), repeated=99_999_999)), TOO_MANY_CELLS),
    "ods: more rows than a number holds": (
        lambda: open_document(row(cell("x"), repeated=999_999_999_999_999)),
        TOO_MANY_CELLS,
    ),
    "ods: blank rows before others": (lambda: open_document(row(repeated=99_999_999), row(cell("x"))), TOO_MANY_CELLS),
    "ods: columns": (
        lambda: open_document(row(cell("x", 'table:number-columns-repeated="99999999"'))),
        TOO_MANY_CELLS,
    ),
    "ods: blank columns before others": (lambda: open_document(GAP), TOO_MANY_CELLS),
    "ods: spaces": (lambda: open_document(row(cell('<text:s text:c="99999999999"/>'))), TOO_MANY_BYTES),
    "ods: text in repeated rows": (lambda: open_document(row(cell("x" * 1000), repeated=100_000)), TOO_MANY_BYTES),
    "ods: tables": (lambda: open_document(row(cell("x"), repeated=200_000), tables=4), TOO_MANY_CELLS),
    "ods: negative": (
        lambda: open_document(row(cell("x", 'table:number-columns-repeated="-5"'))),
        "which is no count",
    ),
    "ods: row in a row": (lambda: open_document(row(row(cell("x")))), "has a row in a row"),
    "json: depth": (lambda: b"[" * 1_000_000, "too many lists or objects in each other"),
    "json: depth of a cell": (
        lambda: b'[{"a":' * 100_000 + b"1" + b"}]" * 100_000,
        "too many lists or objects in each other",
    ),
    "json: a header for each row": (
        lambda: json.dumps([{f"k{at}": 1} for at in range(5000)]).encode(),
        TOO_MANY_CELLS,
    ),
    "csv: width of one row": (
        lambda: b"Title,Start\n" + b"a\n" * 10_000 + b"," * 10_000 + b"x\n",
        TOO_MANY_CELLS,
    ),
    "csv: cells": (lambda: b"Title,Start\n" + b"," * 1_000_001, TOO_MANY_CELLS),
    "parquet: rows": (lambda: parquet_file(1_000_001, "x"), TOO_MANY_CELLS),
    "parquet: shared text": (lambda: parquet_file(10_000, "x" * 100_000), TOO_MANY_BYTES),
}


@pytest.mark.parametrize("name", BOMBS)
def test_bombs_are_refused(name: str) -> None:
    """The error names the limit that is exceeded, or what is wrong, and the next step."""
    make, message = BOMBS[name]
    with pytest.raises(FrameError, match=f"the buffer cannot be read: .*{message}") as raised:
        read_sheet(make(), tz="UTC", max_cells=1_000_000, max_bytes=30_000_000)
    assert str(raised.value).endswith(".")
    assert len(str(raised.value)) < 500


@pytest.mark.parametrize(
    "content",
    [
        worksheet('<row r="1"><c r="A1"><v>1</v></c></row><row r="2"><c r="XFD1048576" s="1"/></row>'),
        worksheet('<row r="1"><c r="A1"><v>1</v></c></row>', '<dimension ref="A1:XFD1048576"/>'),
        worksheet(
            '<row r="1"><c r="A1"><v>1</v></c></row>', '<cols><col min="1" max="99999999999" hidden="1"/></cols>'
        ),
        open_document(row('<table:table-cell table:number-columns-repeated="16384"/>', repeated=1_048_574)),
        open_document('<table:table-row table:visibility="collapse" table:number-rows-repeated="99999999999999"/>'),
        workbook({"xl/media/picture.png": b" " * 11_000_000}),
    ],
    ids=["blank last cell", "declared size", "hidden columns", "blank rows", "hidden rows", "picture"],
)
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_files_that_only_declare_much_are_read(content: bytes) -> None:
    """Programs write blank cells with a format, and blank rows up to the last one; pictures are not read."""
    assert len(read_sheet(content, tz="UTC", max_bytes=10_000_000)) <= 1


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_limits_can_be_set() -> None:
    """Both limits can be lower or higher, in each format."""
    text = "Title,Start\n" + "A,2026-04-03\n" * 9
    for content in (
        text.encode(),
        worksheet('<row><c r="B10"><v>1</v></c></row>'),
        open_document(row(repeated=7), GAP),
    ):
        with pytest.raises(FrameError, match="more than the limit of 19"):
            read_sheet(content, max_cells=19, tz="UTC")
        with pytest.raises(FrameError, match="more than the limit of 99"):
            read_sheet(content, max_bytes=99, tz="UTC")
    assert len(read_sheet(text.encode(), max_cells=20, max_bytes=len(text), tz="UTC")) == 9
    assert read_sheet(worksheet('<row><c r="B9"><v>1</v></c></row>'), max_cells=18).empty


@pytest.mark.parametrize("arguments", [{"max_cells": 0}, {"max_bytes": -1}, {"max_cells": 2.5}, {"max_bytes": True}])
def test_limits_are_whole_numbers(arguments: Any) -> None:
    """Anything else is refused."""
    with pytest.raises(ValueError, match="is a whole number from 1, not"):
        read_sheet("plan.csv", **arguments)


def test_all_worksheets_together_are_limited() -> None:
    """A worksheet that a workbook has many times counts each time."""
    with pytest.raises(FrameError, match=TOO_MANY_CELLS):
        read_sheet(repeated_worksheet(10), max_cells=30, tz="UTC")


def test_a_file_is_not_read_beyond_the_limit(tmp_path: Path) -> None:
    """The error names the file."""
    path = tmp_path / "plan.csv"
    path.write_text("Title,Start\n" * 20)
    with pytest.raises(FrameError, match=r"^plan\.csv cannot be read: it has 51 bytes or more"):
        read_sheet(path, max_bytes=50)


def test_very_many_problems_are_one_of_their_column() -> None:
    """A column of which nothing can be read is no list of a million problems; the message stays short."""
    text = "Title,Start,All day\n" + "A,2026-04-03 09:00,perhaps\n" * 100_001
    with pytest.raises(FrameError, match=r"all_day: expected .*; 100,001 cells are not, from row 2 on") as raised:
        read_sheet(text.encode(), tz="UTC")
    assert raised.value.problems is not None
    assert len(raised.value.problems) == 1
    dates = "Title,Start\n" + "A,x\n" * 100_001
    with pytest.raises(FrameError, match=r"start: expected .*; too many cells to list are not, from row 100002 on"):
        read_sheet(dates.encode(), tz="UTC")
    wide = "Title,Start\n" + ("A,2026-04-03 09:00" + ",x" * 2000 + "\n") * 60
    with pytest.raises(FrameError, match=r"/ \d+ other columns\.") as raised:
        read_sheet(wide.encode(), tz="UTC")
    assert len(str(raised.value)) < 3000


def test_a_parquet_file_with_long_texts_is_read() -> None:
    """Texts are measured as often as they are repeated, and what fits is read."""
    assert len(read_sheet(parquet_file(1000, "x" * 10_000), tz="UTC")) == 1000
    frame = pd.DataFrame({"Title": ["x"] * 3, "Tags": [["a"], ["b", "c"], []]})
    assert len(read_sheet(frame.to_parquet(), columns={"Tags": None}, max_bytes=5000)) == 3
