"""Spreadsheets of every format, and mutations of their bytes, their parts and the numbers in them."""

from __future__ import annotations

import io
import json
import re
import struct
import zipfile
from collections.abc import Sequence
from datetime import datetime
from random import Random

import openpyxl
import pandas as pd

from cronofy_frames.sheets.read.limits.compound_files import compound_file

NUMBERS = (
    *(b"99999999999", b"4294967295", b"4294967296", b"18446744073709551616", b"2147483648", b"1048577", b"-1", b"0"),
    *(b"1e999", b"NaN", b"", b"XFD1048576", b"A4294967297", b"&#57;99", b"9" * 400),
)
INTEGERS = (0, 1, 255, 65_535, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFE, 0xFFFFFFFF)
OPEN_DOCUMENT = "urn:oasis:names:tc:opendocument:xmlns"
HEADER = ("Title", "Start", "End", "Notes")


def xlsx() -> bytes:
    """Return a workbook of Excel."""
    book = openpyxl.Workbook()
    assert book.active is not None
    for row in (HEADER, *[(f"A{at}", datetime(2026, 4, 3, 9), datetime(2026, 4, 3, 10), "=1/0") for at in range(4)]):
        book.active.append(row)
    book.active.row_dimensions[3].hidden = True
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def ods() -> bytes:
    """Return a workbook of LibreOffice."""
    spaces = "".join(f' xmlns:{name}="{OPEN_DOCUMENT}:{name}:1.0"' for name in ("office", "table", "text"))
    cells = [
        f'<table:table-cell office:value-type="string"><text:p>{text}</text:p></table:table-cell>' for text in HEADER
    ]
    more = '<table:table-cell office:value-type="float" office:value="46115.5" table:number-columns-repeated="2"/>'
    blank = '<table:table-row table:number-rows-repeated="9"><table:table-cell table:number-columns-repeated="9"/>'
    rows = f"<table:table-row>{''.join(cells)}</table:table-row>"
    rows += (
        f'<table:table-row table:number-rows-repeated="3">{cells[0]}{more}</table:table-row>{blank}</table:table-row>'
    )
    content = f"<office:document-content{spaces}><office:body><office:spreadsheet>"
    content += f'<table:table table:name="Plan">{rows}</table:table></office:spreadsheet></office:body>'
    return zip_file(
        {
            "mimetype": b"application/vnd.oasis.opendocument.spreadsheet",
            "META-INF/manifest.xml": b'<manifest:manifest xmlns:manifest="m"/>',
            "content.xml": f"{content}</office:document-content>".encode(),
        }
    )


def xls() -> bytes:
    """Return a workbook of Excel 97, with every kind of cell."""
    texts = b"".join(struct.pack("<HB", len(text), 0) + text.encode() for text in HEADER)
    settings = _record(0x809, struct.pack("<6H4x", 0x600, 5, 0, 0, 0, 0)) + _record(0x22, bytes(2))
    settings += _record(0x41E, struct.pack("<HHB", 164, 10, 0) + b"yyyy-mm-dd")
    settings += _record(0xE0, struct.pack("<HH", 0, 164) + bytes(16))
    shared = _record(0xFC, struct.pack("<II", 4, 4) + texts)
    start = len(settings) + len(shared) + 4 + 12 + 4
    sheet = _record(0x85, struct.pack("<I4B", start, 0, 0, 4, 0) + b"Plan")
    cells = b"".join(_record(0xFD, struct.pack("<HHHI", 0, at, 0, at)) for at in range(4))
    for row in range(1, 5):
        cells += _record(0x204, struct.pack("<4HB", row, 0, 0, 3, 0) + b"abc")
        cells += _record(0x203, struct.pack("<3Hd", row, 1, 0, 46115.5))
        cells += _record(0x27E, struct.pack("<3HI", row, 2, 0, 0x40F00000))
        cells += _record(0xBD, struct.pack("<HH", row, 4) + struct.pack("<HI", 0, 7) * 3 + struct.pack("<H", 6))
        cells += _record(0x6, struct.pack("<3Hd", row, 7, 0, 1.5) + bytes(6) + b"\3\0\x1e\1\0")
    sizes = _record(0x200, struct.pack("<IIHHH", 0, 5, 0, 8, 0))
    begin = _record(0x809, struct.pack("<6H4x", 0x600, 0x10, 0, 0, 0, 0))
    return compound_file(settings + shared + sheet + _record(0x0A, b"") + begin + sizes + cells + _record(0x0A, b""))


def _record(kind: int, content: bytes) -> bytes:
    return struct.pack("<2H", kind, len(content)) + content


def xlsb() -> bytes:
    """Return a binary workbook of Excel."""
    sheet = _binary(156, struct.pack("<II", 0, 1) + _wide("rId1") + _wide("Plan"))
    book = b"".join((_binary(131), _binary(153, bytes(12)), _binary(143), sheet, _binary(144), _binary(157, bytes(26))))
    cells = b"".join(_binary(7, struct.pack("<III", at, 0, at)) for at in range(4))
    rows = _binary(0, struct.pack("<I", 0) + bytes(13)) + cells
    for row in range(1, 5):
        rows += _binary(0, struct.pack("<I", row) + bytes(13)) + _binary(6, struct.pack("<II", 0, 0) + _wide("abc"))
        rows += _binary(5, struct.pack("<IId", 1, 0, 46115.5)) + _binary(2, struct.pack("<III", 2, 0, 0x40F00000))
    sizes = _binary(148, struct.pack("<4I", 0, 4, 0, 3))
    texts = b"".join(_binary(19, b"\0" + _wide(text)) for text in HEADER)
    relation = b'<Relationships><Relationship Id="rId1" Target="worksheets/sheet1.bin" Type="x"/></Relationships>'
    return zip_file(
        {
            "[Content_Types].xml": b"<Types/>",
            "xl/workbook.bin": book + _binary(132),
            "xl/_rels/workbook.bin.rels": relation,
            "xl/sharedStrings.bin": _binary(159, struct.pack("<II", 4, 4)) + texts + _binary(160),
            "xl/worksheets/sheet1.bin": _binary(129) + sizes + _binary(145) + rows + _binary(146) + _binary(130),
        }
    )


def _binary(kind: int, content: bytes = b"") -> bytes:
    number = bytes([kind]) if kind < 128 else bytes([kind & 0x7F | 0x80, kind >> 7])
    return number + bytes([len(content)]) + content


def _wide(text: str) -> bytes:
    return struct.pack("<I", len(text)) + text.encode("utf-16-le")


def zip_file(parts: dict[str, bytes]) -> bytes:
    """Return a zip file."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as files:
        for name, content in parts.items():
            files.writestr(name, content)
    return buffer.getvalue()


def _table() -> pd.DataFrame:
    times = pd.to_datetime(["2026-04-03 09:00Z"] * 4)
    return pd.DataFrame({"Title": list("abcd"), "Start": times, "End": times + pd.Timedelta("1h"), "Tags": [["x"]] * 4})


_ROWS = [dict.fromkeys(HEADER, "2026-04-03T09:00:00Z"), {"Title": 1.5, "Tags": [{"a": [None]}]}]

FILES: dict[str, bytes] = {
    "xlsx": xlsx(),
    "ods": ods(),
    "xls": xls(),
    "xlsb": xlsb(),
    "parquet": _table().to_parquet(),
    "json": json.dumps(_ROWS).encode(),
    "csv": b'Title,Date,Start time,End time,Notes\nA,2026-04-03,09:00,10:00,"x, ""y"""\n,3/4/26,9 pm,,\n',
}
"""A file of each format, by its suffix."""


def mutated(content: bytes, random: Random) -> bytes:
    """Return a file with some changes, in its bytes or in its parts."""
    if content.startswith(b"PK") and random.random() < 0.8:
        return _mutated_zip(content, random)
    change = _change_text if not content.startswith((b"\xd0\xcf", b"PAR1")) and random.random() < 0.5 else _change_bytes
    return change(content, random, random.randrange(1, 8))


def _mutated_zip(content: bytes, random: Random) -> bytes:
    with zipfile.ZipFile(io.BytesIO(content)) as files:
        parts = {name: files.read(name) for name in files.namelist()}
    names = list(parts)
    name = random.choice([*names, *[name for name in names if "sheet" in name or name == "content.xml"] * 4])
    other = random.choice(names)
    choice = random.random()
    if choice < 0.5:
        parts[name] = _change_text(parts[name], random, random.randrange(1, 4))
    elif choice < 0.8:
        parts[name] = _change_bytes(parts[name], random, random.randrange(1, 6))
    elif choice < 0.9:
        parts[name], parts[other] = parts[other], parts[name]
    else:
        del parts[name]
    changed = zip_file(parts)
    return _change_bytes(changed, random, 2) if random.random() < 0.1 else changed


def _change_bytes(content: bytes, random: Random, count: int) -> bytes:
    data = bytearray(content)
    for _ in range(count):
        start = random.randrange(max(1, len(data)))
        end = min(len(data), start + random.randrange(1, 50))
        size = random.choice((1, 2, 4))
        pieces: Sequence[tuple[int, bytes]] = (
            (start + 1, random.randbytes(1)),
            (start + size, (random.choice(INTEGERS) & (1 << 8 * size) - 1).to_bytes(size, "little")),
            (end, b""),
            (start, bytes(data[start:end]) * random.choice((1, 50))),
            (start, random.choice(NUMBERS)),
            (len(data), b""),
        )
        until, piece = random.choices(pieces, (4, 3, 1, 1, 1, 0.3))[0]
        data[start:until] = piece
    return bytes(data)


def _change_text(content: bytes, random: Random, count: int) -> bytes:
    """Return a text with numbers, attributes, texts or tags exchanged."""
    for _ in range(count):
        numbers = list(re.finditer(rb'(?<=")[^"<>]{0,60}(?=")|(?<=>)[^<]{1,60}(?=<)|\d+', content))
        tags = list(re.finditer(rb"<[^<>]{1,200}>", content))
        if tags and random.random() < 0.3:
            place, tag = random.choice(tags), random.choice(tags)[0]
            piece = random.choice((b"", tag, place[0] * 300))
        elif numbers:
            place, piece = random.choice(numbers), random.choice(NUMBERS)
        else:
            return _change_bytes(content, random, 1)
        content = content[: place.start()] + piece + content[place.end() :]
    return content
