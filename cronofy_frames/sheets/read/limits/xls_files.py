"""Workbooks of Excel 97 (.xls), measured and written anew before another library reads them."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from cronofy_frames.sheets.read.limits.compound_files import compound_file, workbook_stream
from cronofy_frames.sheets.read.limits.file_limits import FileLimits, Malformed

# records of [MS-XLS] 2.3.1
_BOF, _EOF, _CONTINUE, _SHEET, _PASSWORD = 0x0809, 0x000A, 0x003C, 0x0085, 0x002F
_SHARED_TEXTS, _SHARED_CELL, _FORMULA, _TEXT_RESULT, _NUMBERS = 0x00FC, 0x00FD, 0x0006, 0x0207, 0x00BD
_SETTINGS = {_BOF, _PASSWORD, 0x0042, 0x0022, 0x041E, 0x00E0}  # and CodePage, Date1904, Format, XF
_CELLS = {_SHARED_CELL, _FORMULA, _NUMBERS, 0x0203, 0x0204, 0x0205, 0x027E}  # and Number, Label, BoolErr, RK
_FORMULA_RESULT = 20  # bytes before the formula itself

Record = tuple[int, bytes]


def checked_xls(data: bytes, limits: FileLimits) -> bytes:
    """Return a workbook with its settings and cells alone, and only if they are within the limits.

    What the file declares about its size is left out: the reader would reserve memory for it.

    Raises
    ------
    LimitExceeded
        The worksheets have too many cells.
    Malformed
        It is no workbook.
    """
    stream = workbook_stream(data)
    limits.check_bytes(len(stream), "what is packed in it")
    book = _Workbook(stream, limits)
    return compound_file(book.stream())


def _records(stream: bytes, at: int) -> Iterator[Record]:
    """Yield the records from a position, up to the end of this part of the workbook."""
    while at + 4 <= len(stream):
        number, size = struct.unpack_from("<HH", stream, at)
        content = stream[at + 4 : at + 4 + size]
        if len(content) < size:
            raise Malformed("it ends in a record")
        yield number, content
        if number == _EOF:
            return
        at += 4 + size


def _record_bytes(number: int, content: bytes) -> bytes:
    return struct.pack("<HH", number, len(content)) + content


@dataclass(slots=True)
class _Size:
    """The size of the cells of all worksheets so far."""

    cells: int = 0
    area: int = 0
    text: int = 0


class _Workbook:
    """The settings, texts and worksheets of a workbook."""

    def __init__(self, stream: bytes, limits: FileLimits) -> None:
        self._limits = limits
        self._size = _Size()
        self._text_sizes: list[int] = []
        self._settings: list[Record] = []
        self._sheets: list[bytes] = []
        positions: list[int] = []
        is_locked = False
        for number, content in self._globals(stream):
            self._settings.append((number, content))
            is_locked = is_locked or number == _PASSWORD
            if number == _SHEET:
                if len(content) < 8:
                    raise Malformed("a worksheet has no name")
                positions.append(int.from_bytes(content[:4], "little"))
        if not is_locked:
            self._sheets = [self._sheet(stream, position) for position in positions]

    def stream(self) -> bytes:
        """Return the workbook as it is read."""
        start = sum(4 + len(content) for _, content in self._settings)
        sheets = iter(self._sheets)
        packed = []
        for number, content in self._settings:
            if number == _SHEET:
                packed.append(_record_bytes(number, start.to_bytes(4, "little") + content[4:]))
                start += len(next(sheets, b""))
            else:
                packed.append(_record_bytes(number, content))
        return b"".join([*packed, *self._sheets])

    def _globals(self, stream: bytes) -> Iterator[Record]:
        """Yield the records before the worksheets that say how to read them."""
        texts: list[bytes] = []
        previous = 0
        for number, content in _records(stream, 0):
            if previous == _SHARED_TEXTS and number == _CONTINUE:
                texts.append(content)
                continue
            previous = number
            if number == _SHARED_TEXTS:
                texts = [content]
            elif number in _SETTINGS or number == _SHEET:
                yield number, content
        if texts:
            self._text_sizes = text_sizes(texts)
            yield _SHARED_TEXTS, texts[0]
            yield from ((_CONTINUE, content) for content in texts[1:])
        yield _EOF, b""

    def _sheet(self, stream: bytes, position: int) -> bytes:
        """Return the cells of a worksheet as records."""
        packed, rows, columns, places = [], 0, 0, 0
        for number, content in _records(stream, position):
            if number == _TEXT_RESULT:
                packed.append(_record_bytes(number, content))
            elif number in _CELLS:
                if len(content) < 6:
                    raise Malformed("a cell has no place")
                row, column = struct.unpack_from("<HH", content)
                count = (len(content) - 6) // 6 if number == _NUMBERS else 1
                rows, columns, places = max(rows, row + 1), max(columns, column + count), places + count
                self._add_text(number, content)
                packed.append(_record_bytes(number, _without_formula(content) if number == _FORMULA else content))
                self._check(rows, columns, places)
        self._size.area += rows * columns
        self._size.cells += places
        return b"".join([*packed, _record_bytes(_EOF, b"")])

    def _add_text(self, number: int, content: bytes) -> None:
        if number == _SHARED_CELL and len(content) >= 10:
            index = int.from_bytes(content[6:10], "little")
            self._size.text += self._text_sizes[index] if index < len(self._text_sizes) else 0

    def _check(self, rows: int, columns: int, places: int) -> None:
        self._limits.check_table(rows, columns)
        self._limits.check_cells(max(self._size.area + rows * columns, self._size.cells + places))
        self._limits.check_bytes(self._size.text, "the text of its cells")


def _without_formula(content: bytes) -> bytes:
    """Return a cell with a formula as its result alone."""
    return content[:_FORMULA_RESULT] + bytes(2)


def text_sizes(parts: list[bytes]) -> list[int]:
    """Return the number of characters of each shared text; the table goes over several records."""
    if len(parts[0]) < 8:
        raise Malformed("its table of texts has no size")
    reader = _TextReader(parts)
    count = int.from_bytes(parts[0][4:8], "little")
    if count > sum(map(len, parts)) // 3:
        raise Malformed("its table of texts declares more texts than it has")
    reader.take(8)
    return [reader.text_size() for _ in range(count)]


class _TextReader:
    """Reads the table of shared texts ([MS-XLS] 2.5.293) without their characters."""

    def __init__(self, parts: list[bytes]) -> None:
        self._parts = iter(parts)
        self._part, self._at = next(self._parts), 0

    def take(self, size: int) -> bytes:
        """Return bytes of the record, or of the next one if this is at its end."""
        if self._at == len(self._part):
            self._next_part()
        content = self._part[self._at : self._at + size]
        if len(content) < size:
            raise Malformed("its table of texts is not complete")
        self._at += size
        return content

    def _next_part(self) -> None:
        part = next(self._parts, None)
        if part is None:
            raise Malformed("its table of texts is not complete")
        self._part, self._at = part, 0

    def _skip(self, size: int) -> None:
        while size > len(self._part) - self._at:
            size -= len(self._part) - self._at
            self._next_part()
        self._at += size

    def text_size(self) -> int:
        """Return the number of characters of the next text, and go on behind it."""
        content = self.take(3)
        size, flags = int.from_bytes(content[:2], "little"), content[2]
        runs = int.from_bytes(self.take(2), "little") if flags & 8 else 0
        extra = int.from_bytes(self.take(4), "little") if flags & 4 else 0
        rest, width = size, 1 + (flags & 1)
        while rest:
            fitting = min(rest, (len(self._part) - self._at) // width)
            self._at, rest = self._at + fitting * width, rest - fitting
            if rest:
                self._next_part()
                width = 1 + (self.take(1)[0] & 1)
        self._skip(runs * 4 + extra)
        return size
