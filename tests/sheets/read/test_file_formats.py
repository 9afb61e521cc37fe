"""Files of every kind, as programs and people leave them."""

import struct
import warnings
from contextlib import nullcontext
from datetime import date, datetime, time, timedelta
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from odf.opendocument import OpenDocumentSpreadsheet
from odf.table import Table, TableCell, TableRow
from odf.text import P

from cronofy_frames.connecting import connect
from cronofy_frames.frames.reading import read_events
from cronofy_frames.sheets.export.files import export
from cronofy_frames.sheets.read.codepages import guess_encoding
from cronofy_frames.sheets.read.delimited import DELIMITERS, detect_delimiter, parse_delimited
from cronofy_frames.sheets.read.reader import SheetWarning, read_sheet
from tests.small import small_box


def workbook(*rows: list[Any], **sheets: Any) -> bytes:
    """Return an .xlsx with some rows; `sheets` are further worksheets, by name."""
    book = openpyxl.Workbook()
    assert book.active is not None
    book.active.title = "Plan"
    for name, content in {"Plan": rows, **sheets}.items():
        sheet = book[name] if name in book.sheetnames else book.create_sheet(name)
        for row in content:
            sheet.append(row)
    return workbook_bytes(book)


def workbook_bytes(book: Any) -> bytes:
    """Return the bytes of a workbook or document."""
    buffer = BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def open_document(*rows: list[dict[str, Any] | str | None], blank_after: int = 0) -> bytes:
    """Return an .ods; a cell is a text, or the attributes of one."""
    document = OpenDocumentSpreadsheet()
    table = Table(name="Plan")
    for row in rows:
        line = TableRow()
        for cell in row:
            made = TableCell(**(cell if isinstance(cell, dict) else {"valuetype": "string"} if cell else {}))
            if isinstance(cell, str):
                made.addElement(P(text=cell))
            line.addElement(made)
        table.addElement(line)
    if blank_after:
        line = TableRow(numberrowsrepeated=blank_after)
        line.addElement(TableCell(numbercolumnsrepeated=1000))
        table.addElement(line)
    document.spreadsheet.addElement(table)
    return workbook_bytes(document)


def compound(name: str, stream: bytes) -> bytes:
    """Return a compound file, the container of .xls and of workbooks with a password, with one stream."""
    stream = stream.ljust(4096, b"\0")
    stream += b"\0" * (-len(stream) % 512)
    free, end, fat = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
    chain = [fat, end, *range(3, 2 + len(stream) // 512), end]
    table = struct.pack("<128I", *chain, *[free] * (128 - len(chain)))
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<5H6x", 0x3E, 3, 0xFFFE, 9, 6)
    header += struct.pack("<9I", 0, 1, 1, 0, 4096, end, 0, end, 0) + struct.pack("<109I", 0, *[free] * 108)
    root, entry = _entry("Root Entry", 5, 1, end, 0), _entry(name, 2, free, 2, len(stream))
    return header + table + root + entry + bytes(256) + stream


def _entry(name: str, kind: int, child: int, sector: int, size: int) -> bytes:
    text = (name + "\0").encode("utf-16-le")
    links = struct.pack("<3I", 0xFFFFFFFF, 0xFFFFFFFF, child)
    return (
        text.ljust(64, b"\0")
        + struct.pack("<H2B", len(text), kind, 1)
        + links
        + bytes(36)
        + struct.pack("<IQ", sector, size)
    )


def old_workbook(*rows: list[str | float], locked: bool = False) -> bytes:
    """Return an .xls of Excel 97, as [MS-XLS] has it."""
    cells = b""
    for at, row in enumerate(rows):
        for column, cell in enumerate(row):
            place = struct.pack("<3H", at, column, 0)
            if isinstance(cell, str):
                cells += _record(0x204, place + struct.pack("<HB", len(cell), 0) + cell.encode("latin-1"))
            else:
                cells += _record(0x203, place + struct.pack("<d", cell))
    begin = _record(0x809, struct.pack("<6H4x", 0x600, 5, 0, 0, 0, 0)) + (
        _record(0x2F, b"\x01" + bytes(5)) if locked else b""
    )
    name = b"Plan"
    offset = len(begin) + 4 + 8 + len(name) + 4
    index = _record(0x85, struct.pack("<I4B", offset, 0, 0, len(name), 0) + name) + _record(0x0A, b"")
    sheet = _record(0x809, struct.pack("<6H4x", 0x600, 0x10, 0, 0, 0, 0)) + cells + _record(0x0A, b"")
    return compound("Workbook", begin + index + sheet)


def _record(kind: int, content: bytes) -> bytes:
    return struct.pack("<2H", kind, len(content)) + content


HEADER = ["Title", "Start", "End"]
TIMED = ["A", datetime(2026, 4, 3, 9), datetime(2026, 4, 3, 10)]


def test_a_workbook_of_excel() -> None:
    """Real dates and times are wall times; dates alone are days; row numbers are Excel's."""
    content = workbook(
        HEADER,
        TIMED,
        [],
        ["B", date(2026, 4, 6), date(2026, 4, 8)],
        ["C", datetime(2026, 4, 3), datetime(2026, 4, 3, 9)],
    )
    frame = read_sheet(content, tz="Europe/Paris", last_day="excluded")
    assert frame.index.tolist() == [2, 4, 5]
    assert frame["start"].dt.strftime("%d %H:%M").tolist() == ["03 09:00", "06 00:00", "03 00:00"]
    assert frame["end"].dt.strftime("%d %H:%M").tolist() == ["03 10:00", "08 00:00", "03 09:00"]
    assert frame["all_day"].tolist() == [False, True, False]
    assert frame.attrs["cronofy"]["sheet"] == {
        **{"name": None, "worksheet": "Plan", "rows": 3, "encoding": None, "delimiter": None},
    }


def test_parts_of_times_in_a_workbook() -> None:
    """Times of day as Excel has them: real, as the share of a day, as a duration, and beside a whole moment."""
    content = workbook(
        ["Title", "Date", "Start time", "End time"],
        ["A", date(2026, 4, 3), time(9), 0.5],
        ["B", 46115, timedelta(hours=9), datetime(2026, 4, 3, 12)],
        ["C", datetime(2026, 4, 3), "9 am", "12.00"],
    )
    frame = read_sheet(content, tz="Europe/Paris")
    assert frame["start"].dt.strftime("%m-%d %H:%M").tolist() == ["04-03 09:00"] * 3
    assert frame["end"].dt.strftime("%m-%d %H:%M").tolist() == ["04-03 12:00"] * 3


def test_cells_of_a_workbook_become_text_where_text_belongs() -> None:
    """A number has no decimal point that the file does not show, and a date is in ISO 8601."""
    content = workbook(
        ["Title", "Location"],
        [42, 1.5],
        [1e21, True],
        [date(2026, 4, 3), datetime(2026, 4, 3, 9)],
        [time(9), " a\xa0b "],
    )
    frame = read_sheet(content)
    assert frame["summary"].tolist() == ["42", "1e+21", "2026-04-03", "09:00:00"]
    assert frame["location_description"].tolist() == ["1.5", "True", "2026-04-03 09:00:00", " a\xa0b "]
    assert (frame.dtypes == "str").all()


def test_unknown_columns_of_a_workbook() -> None:
    """They are what all their cells are: numbers, truth values, times; else text."""
    content = workbook(
        ["Title", "whole", "gap", "share", "flag", "when", "mixed", "none"],
        ["A", 1, 1, 0.5, True, datetime(2026, 4, 3, 9), 7, None],
        ["B", 2, None, 2, False, None, "x", None],
    )
    with pytest.warns(SheetWarning, match="'whole', 'gap'"):
        frame = read_sheet(content)
    assert frame.dtypes.astype(str).tolist() == [
        *("str", "int64", "float64", "float64", "bool", "datetime64[us]", "str", "str"),
    ]
    assert frame["mixed"].tolist() == ["7", "x"]
    assert frame["none"].isna().all()


def test_typed_columns_of_a_workbook() -> None:
    """Numbers and truth values are taken as they are, and 1 is true."""
    content = workbook(
        ["Title", "location_lat", "event_private", "deleted"], ["A", 51, 1, None], ["B", True, "yes", True]
    )
    with pytest.warns(SheetWarning, match="row 3, location_lat: expected a number such as 51.5, came True"):
        frame = read_sheet(content)
    assert frame["location_lat"].tolist()[0] == 51.0
    assert frame["event_private"].tolist() == [True, True]
    assert frame["deleted"].tolist() == [False, True]


def test_merged_headers_blank_columns_and_errors() -> None:
    """A merged header names its first column; blank columns and rows at the end vanish; an error is missing."""
    book = openpyxl.load_workbook(
        BytesIO(workbook(["Our plan"], [None], ["Title", "Start", None, "Notes"], ["A", None, "x"]))
    )
    sheet = book["Plan"]
    sheet.merge_cells("A1:D1")
    sheet.merge_cells("B3:C3")
    sheet["E4"] = ""
    sheet["B4"] = "#N/A"
    sheet["A9"].font = openpyxl.styles.Font(bold=True)
    with pytest.warns(SheetWarning) as caught:
        frame = read_sheet(workbook_bytes(book))
    assert ["'column C'" in str(caught[0].message), "#N/A" in str(caught[1].message)] == [True, True]
    assert frame.columns.tolist() == ["summary", "start", "column C", "description"]
    assert frame.index.tolist() == [4]
    assert frame["start"].isna().all()


def test_formulas_as_text_stay_text() -> None:
    """Also those that were neutralised, in a header too."""
    book = openpyxl.Workbook()
    assert book.active is not None
    book.active.append(["Title", "'=x"])
    book.active.append(["'=1+1", "'plain'"])
    with pytest.warns(SheetWarning, match="'=x'"):
        frame = read_sheet(workbook_bytes(book))
    assert frame.iloc[0].tolist() == ["=1+1", "'plain'"]


def test_the_worksheet_is_the_first_with_known_names() -> None:
    """A worksheet with notes before it is skipped, and a warning names what was not read."""
    content = workbook(Readme=[["Readme only"], ["Ask Priya"]], Events=[HEADER, ["A"]])
    with pytest.warns(SheetWarning, match="Only the worksheet 'Events' was read, not 'Readme'"):
        frame = read_sheet(content)
    assert frame["summary"].tolist() == ["A"]


def test_the_worksheet_is_the_first_with_anything_in_it() -> None:
    """Of those that can be seen; any other by its name or number."""
    content = workbook(Notes=[HEADER, ["Notes"]], Hidden=[HEADER, ["Hidden"]], Last=[HEADER, ["Last"]])
    book = openpyxl.load_workbook(BytesIO(content))
    book["Hidden"].sheet_state = "hidden"
    book.move_sheet("Hidden", -2)
    content = workbook_bytes(book)
    for sheet, expected in ((None, "Notes"), ("Hidden", "Hidden"), (0, "Hidden"), (3, "Last")):
        with pytest.warns(SheetWarning, match="not 'Last'") if sheet is None else nullcontext():
            frame = read_sheet(content, sheet=sheet)
        assert frame["summary"].tolist() == [expected]
        assert frame.attrs["cronofy"]["sheet"]["worksheet"] == expected
    for sheet in ("notes", 4, -1):
        with pytest.raises(ValueError, match="it has Hidden, Plan, Notes, Last"):
            read_sheet(content, sheet=sheet)
    with pytest.raises(ValueError, match="encoding, delimiter= has no meaning"):
        read_sheet(content, encoding="utf-8", delimiter=";")


def test_a_workbook_without_anything_is_refused() -> None:
    """The message names its worksheets."""
    with pytest.raises(ValueError, match=r"worksheets \(Plan\) are empty: fill one"):
        read_sheet(workbook())


def test_an_open_document() -> None:
    """Dates, times, shares of days and truth values of LibreOffice; blank rows without end cost nothing."""
    day = {"valuetype": "date", "datevalue": "2026-04-03"}
    content = open_document(
        ["Title", "Date", "Start time", "End time", "Private"],
        [None],
        [
            "A",
            day,
            {"valuetype": "time", "timevalue": "PT09H30M00S"},
            "10:30",
            {"valuetype": "boolean", "booleanvalue": "true"},
        ],
        [{"valuetype": "float", "value": 7}, {"valuetype": "date", "datevalue": "2026-04-03T00:00:00"}],
        blank_after=1_000_000,
    )
    frame = read_sheet(content, tz="Europe/Paris")
    assert frame.index.tolist() == [3, 4]
    assert frame["summary"].tolist() == ["A", "7"]
    assert frame["start"].dt.strftime("%m-%d %H:%M").tolist() == ["04-03 09:30", "04-03 00:00"]
    assert frame["all_day"].tolist() == [False, True]
    assert frame.loc[3, "event_private"]


def test_a_workbook_of_old() -> None:
    """.xls is read too, its numbers in columns of times as what they stand for."""
    frame = read_sheet(old_workbook(HEADER, ["A", 46115.375, 46115.5], ["B", 46115.0]), tz="Europe/Paris")
    assert frame["start"].dt.strftime("%m-%d %H:%M").tolist() == ["04-03 09:00", "04-03 00:00"]
    assert frame["all_day"].tolist() == [False, True]


@pytest.mark.parametrize(
    "content", [compound("EncryptedPackage", b""), old_workbook(HEADER, locked=True)], ids=["xlsx", "xls"]
)
def test_a_workbook_with_a_password(content: bytes) -> None:
    """The message says what to do."""
    with pytest.raises(ValueError, match="needs a password: open it in a spreadsheet program and save it without"):
        read_sheet(content)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty: save it again"),
        (b"\xef\xbb\xbf \r\n", "is empty"),
        (workbook(HEADER)[:300], r"is no workbook \(.*save it as \.xlsx or \.csv"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "is no workbook"),
        (b"PAR1 and then nothing", "no complete Parquet file"),
        (b"%PDF-1.7", "is a PDF: export the table"),
        (b"BEGIN:VCALENDAR\r\n", r"iCalendar file: connect\(sandbox=path\)"),
        (b"<html><table>", r"HTML or XML: open it in a spreadsheet program and save it as \.xlsx"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\xff", "neither text nor a workbook; save it as"),
        (b'{"events": []}', "not a list of objects with the keys events: give only the list"),
        (b"[1, 2]", "not a list of objects: give only the list"),
        (b'Title,Start\n"A,2026-04-03\n', r"opens in row 2 never closes: close it"),
        (b"\xff\xfeT\0i", "its bytes are not utf-16|cannot be read"),
    ],
)
def test_what_cannot_be_read(content: bytes, message: str, tmp_path: Path) -> None:
    """One error, that names the file and ends with what to do."""
    path = tmp_path / "plan.bin"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=message) as raised:
        read_sheet(path)
    assert str(raised.value).startswith("plan.bin ")
    assert str(raised.value).endswith(".")


def test_places_without_a_file(tmp_path: Path) -> None:
    """A missing file raises FileNotFoundError, and a folder is refused as a folder."""
    with pytest.raises(FileNotFoundError):
        read_sheet(tmp_path / "none.xlsx")
    with pytest.raises(ValueError, match="is a folder: give a file in it"):
        read_sheet(tmp_path)


def test_content_decides_and_the_name_only_where_it_does_not(tmp_path: Path) -> None:
    """A workbook named .csv is a workbook, text named .xls is text, and broken JSON is only JSON by its name."""
    path = tmp_path / "x.csv"
    path.write_bytes(workbook(HEADER, TIMED))
    assert read_sheet(path, tz="UTC").shape == (1, 3)
    path = tmp_path / "x.xls"
    path.write_text("Title\tStart\nA\t2026-04-03\n")
    assert read_sheet(path)["summary"].tolist() == ["A"]
    bracketed = "[Title],Start\nA,2026-04-03\n"
    with pytest.warns(SheetWarning, match=r"\[Title\]"):
        assert read_sheet(StringIO(bracketed)).columns.tolist()[0] == "[Title]"
    path = tmp_path / "x.json"
    for text in (bracketed, "nonsense"):
        path.write_text(text)
        with pytest.raises(ValueError, match="is not valid JSON"):
            read_sheet(path)


@pytest.mark.parametrize("delimiter", DELIMITERS)
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_what_stands_between_cells_is_found(delimiter: str, end: str) -> None:
    """Outside of quotation marks, whatever stands within; whatever ends the lines."""
    others = "".join(DELIMITERS)
    lines = [["Title", "Start", "x"], [f'"{others} ""b"""', "2026-04-03", f'"1{end}2"'], ["c", "", "d"]]
    text = end.join(delimiter.join(line) for line in lines)
    assert detect_delimiter(text) == delimiter
    with pytest.warns(SheetWarning, match="'x'"):
        frame = read_sheet(text.encode())
    assert frame.loc[2, ["summary", "x"]].tolist() == [f'{others} "b"', f"1{end}2"]
    assert frame.index.tolist() == [2, 3]


@pytest.mark.parametrize(
    ("text", "delimiter"),
    [
        ("Was;Wert\na;1,5\nb;2,5\n", ";"),
        ("Our plan, 2026; draft\nTitle\tStart\nA\t2026-04-03\n", "\t"),
        ("Title\nA, B\nC\n", ","),
        ("Title\n", ","),
        ("a|b|c\n1|2|3\n", "|"),
    ],
)
def test_evidence_for_what_stands_between_cells(text: str, delimiter: str) -> None:
    """Known names first, then rows of even width."""
    assert detect_delimiter(text) == delimiter


def test_excels_own_line_says_what_stands_between_cells() -> None:
    """It is not a row, as Excel does not show it; the caller still knows better."""
    for line in ("sep=;\r\n", "SEP=;\n", "\ufeffsep=;\r"):
        frame = read_sheet(f"{line}Title;Start\nA, B;2026-04-03\n".encode())
        assert frame.loc[2, "summary"] == "A, B"
    assert parse_delimited("sep=;\na|b\n", "|") == ([["a", "b"]], "|")
    assert read_sheet(b"Title^Start\nA^2026-04-03\n", delimiter="^").index.tolist() == [2]


@given(
    st.lists(st.lists(st.text(max_size=4), min_size=2, max_size=2), min_size=1),
    st.sampled_from(DELIMITERS),
)
def test_records_are_what_was_written(rows: list[list[str]], delimiter: str) -> None:
    """Quoted cells are read as they are, and a quotation mark that never closes is always reported."""
    quoted = [delimiter.join('"' + cell.replace('"', '""') + '"' for cell in row) for row in rows]
    text = "\r\n".join(quoted)
    assert parse_delimited(text, delimiter)[0] == [[cell or None for cell in row] for row in rows]
    with pytest.raises(ValueError, match="never closes"):
        parse_delimited(f'{text}\r\n"', delimiter)


def test_cells_may_be_long() -> None:
    """Longer than what the standard library takes unasked."""
    assert read_sheet(f"Title,Notes\nA,{'x' * 300_000}\n".encode())["description"].str.len().tolist() == [300_000]


WRITTEN = {
    "cp1252": [
        *("Titel,Ort\nGrößenübersicht,Köln\nJahresabschluß,Düsseldorf\n", "Titel,Start\nBüro,2026-04-03\n"),
        *("Objet;Début\nRéunion d'équipe;03/04/2026\nDéjeuner à l'hôtel;04/04/2026\n", "a,b\nété,1\n"),
        *("Title,Start\nCafé – it’s “great”,2026-04-03\n", "Größe 50 m³, 20 °C\n", "Preis £5, Café\n", "Reunião\n"),
        "Ämne,Start\nMöte på Åsgatan,2026-04-03\n",
    ],
    "cp1250": [
        *("Temat;Początek\nSpotkanie zespołu w Łodzi;2026\n", "Tytuł,Data\nUrlop świąteczny,2026\n", "a,b\nżółw,1\n"),
        *("Předmět;Začátek\nPorada týmu v kanceláři;2026\n", "Tárgy,Kezdet\nÉrtekezlet a főnökkel,2026\n"),
    ],
    "cp1251": [
        *("Тема;Начало\nСовещание отдела;03.04.2026\n", "Название,Дата\nВстреча,2026\n", "a,b\nОбед,1\n"),
        "Назва;Початок\nЗустріч із клієнтом у Києві;2026\n",
    ],
    "cp1254": [
        *("Konu;Başlangıç\nToplantı: yıllık değerlendirme;03.04.2026\n", "Başlık,Tarih\nDoğum günü kutlaması,1\n"),
        "a,b\nşirket gezisi,1\n",
    ],
    "cp1253": ["Θέμα;Έναρξη\nΣυνάντηση ομάδας;2026\n"],
    "cp1255": ["נושא,תאריך\nפגישת צוות,2026\n"],
    "cp1256": ["الموضوع,التاريخ\nاجتماع الفريق,2026\n"],
    "cp1257": ["Pavadinimas\nKomandos susirinkimas šeštadienį ąžuolyne\n"],
    "cp932": ["件名,開始日\n会議の準備,2026-04-03\n打ち合わせ,2026\n"],
}


@pytest.mark.parametrize(("page", "text"), [(page, text) for page, texts in WRITTEN.items() for text in texts])
def test_the_code_page_is_told_by_the_letters(page: str, text: str) -> None:
    """Short texts of each language come out as they were typed, whichever of two equal pages is named."""
    content = text.encode(page)
    assert content.decode(guess_encoding(content)) == text


def test_a_guessed_encoding_is_a_warning() -> None:
    """One warning names it and how to say another, which is then taken without a word."""
    content = "Title,Start\nBüro,2026-04-03\n".encode("cp1252")
    with pytest.warns(SheetWarning, match=r"read as cp1252.*give encoding=") as caught:
        assert read_sheet(content)["summary"].tolist() == ["Büro"]
    assert len(caught) == 1
    assert read_sheet(content, encoding="cp1251")["summary"].tolist() == ["Bьro"]
    with pytest.raises(ValueError, match="byte 13 is not utf-8; give another encoding="):
        read_sheet(content, encoding="utf-8")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_unicode_needs_no_guess(encoding: str) -> None:
    """With a mark or without, nothing is warned of."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        frame = read_sheet("Title,Start\nŁódź ✓ Büro,2026-04-03\n".encode(encoding))
    assert frame["summary"].tolist() == ["Łódź ✓ Büro"]
    assert read_sheet('[{"Title": "Büro"}]'.encode("utf-16"))["summary"].tolist() == ["Büro"]


def test_json_is_a_list_of_objects() -> None:
    """Rows count from 0; objects in cells stay JSON; a key that some lack is missing there."""
    frame = read_sheet(
        '[{"Title": "A", "attendees": [{"email": "ä@x"}]}, {"start": "2026-04-03", "Title": 7}]'.encode()
    )
    assert frame.index.tolist() == [0, 1]
    assert frame["attendees"].tolist()[0] == '[{"email":"ä@x"}]'
    assert frame["summary"].tolist() == ["A", "7"]
    assert pd.isna(frame.loc[0, "start"])
    assert read_sheet(b"[]").shape == (0, 0)
    with pytest.raises(ValueError, match="sheet= has no meaning for this file, which is JSON"):
        read_sheet(b"[]", sheet=0)


ROWS_OF_JSON = b'{"Title": "A", "start": "2026-04-03"}\n{"Title": "B", "start": "2026-04-04"}\n'


def test_each_line_may_have_an_object_of_json(tmp_path: Path) -> None:
    """Such lines are the rows of a list, with or without the name of the format; one line alone needs the name."""
    frame = read_sheet(ROWS_OF_JSON)
    assert frame["summary"].tolist() == ["A", "B"]
    for suffix in ("ndjson", "jsonl", "JSONL"):
        path = tmp_path / f"rows.{suffix}"
        path.write_bytes(b"\xef\xbb\xbf" + ROWS_OF_JSON.replace(b"\n", b"\r\n\n"))
        pd.testing.assert_frame_equal(read_sheet(path), frame)
        path.write_bytes(ROWS_OF_JSON.splitlines()[0])
        assert read_sheet(path)["summary"].tolist() == ["A"]
    with pytest.raises(ValueError, match="not a list of objects with the keys Title, start"):
        read_sheet(ROWS_OF_JSON.splitlines()[0])


@pytest.mark.parametrize("count", [1, 4])
def test_exported_lines_of_json_come_back(tmp_path: Path, count: int) -> None:
    """They are read as the file of .json with the same rows is."""
    frame = read_events(connect(sandbox=small_box()), tz="Europe/London").head(count)
    paths = [export(frame, tmp_path / f"rows{suffix}") for suffix in (".json", ".ndjson")]
    expected, again = map(read_sheet, paths)
    assert len(again) == count
    pd.testing.assert_frame_equal(again, expected)


@pytest.mark.parametrize(
    ("line", "reason"), [(b'{"Title": "C"', "line 3: "), (b"[1]", "line 3 is not an object"), (b"7", "line 3 is not")]
)
def test_a_line_without_an_object_is_named(tmp_path: Path, line: bytes, reason: str) -> None:
    """A file of lines in which one has no object is refused with the number of the line."""
    path = tmp_path / "rows.ndjson"
    path.write_bytes(ROWS_OF_JSON + line)
    with pytest.raises(ValueError, match=reason):
        read_sheet(path)


def test_errors_and_formulas_without_a_result_are_problems() -> None:
    """What Excel shows as #N/A is not silently missing, nor is a formula that no program has calculated."""
    content = workbook(Events=[["Title", "Start", "Location", "Mine"], ["A", "2026-04-03T09:00Z", "#REF!", "=1+1"]])
    with pytest.warns(SheetWarning) as caught:
        frame = read_sheet(content)
    assert "'Mine'" in str(caught[0].message)
    listed_problems = [
        (problem["row"], problem["column"], problem["came"]) for problem in frame.attrs["cronofy"]["problems"]
    ]
    assert listed_problems == [(2, "location_description", "#REF!"), (2, "Mine", "a formula without a result")]
    assert frame["location_description"].isna().all()
