"""Compound files ([MS-CFB]), the container of .xls: the stream of the workbook out of one, and into a new one."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence

from cronofy_frames.sheets.read.limits.file_limits import Malformed

_HEADER = 512
_FREE, _END, _TABLE = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
_MINI, _MINI_LIMIT = 64, 4096  # streams below the limit are in small sectors
_LARGE = 4096  # bytes of a sector in files that we write
_ENTRY = 128


def workbook_stream(data: bytes) -> bytes:
    """Return the stream of the workbook in a compound file.

    Raises
    ------
    Malformed
        It is no compound file, a list of its sectors never ends, or it has no workbook.
    """
    return _CompoundFile(data).stream("Workbook", "Book")


class _CompoundFile:
    """The sectors and the directory of a compound file."""

    def __init__(self, data: bytes) -> None:
        if len(data) < _HEADER:
            raise Malformed("it ends in its header")
        shift = int.from_bytes(data[30:32], "little")
        if shift not in (9, 12):
            raise Malformed(f"its sectors have 2 to the power of {shift} bytes")
        self._data = data
        self._size = 1 << shift
        self._count = len(data) // self._size + 1
        directory, self._mini_start = struct.unpack_from("<I8xI", data, 48)[0], struct.unpack_from("<I", data, 60)[0]
        self._table = self._sector_table()
        content = self._chain(directory, self._table)
        self._entries = [content[at : at + _ENTRY] for at in range(0, len(content) - _ENTRY + 1, _ENTRY)]
        if not self._entries:
            raise Malformed("its directory is empty")

    def stream(self, *names: str) -> bytes:
        """Return the first stream that has one of the names."""
        for name in names:
            for entry in self._entries:
                if entry[:64].decode("utf-16-le", "replace").split("\0")[0] == name:
                    return self._content(entry)
        raise Malformed("it has no workbook")

    def _content(self, entry: bytes) -> bytes:
        start, size = struct.unpack_from("<II", entry, 116)
        if size >= _MINI_LIMIT:
            return self._chain(start, self._table)[:size]
        root = self._chain(struct.unpack_from("<I", self._entries[0], 116)[0], self._table)
        mini = self._chain(self._mini_start, self._table)
        table = _integers(mini)
        return b"".join(root[at * _MINI : (at + 1) * _MINI] for at in _positions(start, table))[:size]

    def _sector(self, at: int) -> bytes:
        return self._data[(at + 1) * self._size : (at + 2) * self._size]

    def _sector_table(self) -> Sequence[int]:
        """Return the next sector of each sector."""
        sectors = list(_integers(self._data[76:_HEADER]))
        following = int.from_bytes(self._data[68:72], "little")
        for _ in range(self._count):
            if following in (_FREE, _END):
                break
            *more, following = _integers(self._sector(following)) or (_END,)
            sectors += more
        used = [at for at in sectors if at < self._count]
        if len(used) > self._count:
            raise Malformed("its table of sectors is larger than it")
        return _integers(b"".join(map(self._sector, used)))

    def _chain(self, start: int, table: Sequence[int]) -> bytes:
        return b"".join(map(self._sector, _positions(start, table)))


def _positions(start: int, table: Sequence[int]) -> Iterator[int]:
    """Yield the sectors of a stream, from its first."""
    at, count = start, 0
    while at < len(table):
        yield at
        at, count = table[at], count + 1
        if count > len(table):
            raise Malformed("a list of its sectors never ends")


def _integers(content: bytes) -> tuple[int, ...]:
    count = len(content) // 4
    return struct.unpack(f"<{count}I", content[: count * 4])


def compound_file(stream: bytes) -> bytes:
    """Return a compound file with a stream `Workbook` and nothing else."""
    stream = stream.ljust(_MINI_LIMIT, b"\0")
    size = len(stream)
    sectors = -(-size // _LARGE)
    tables = -(-(sectors + 2) // (_LARGE // 4 - 1))  # each table has an entry for itself too
    if tables > 109:
        raise Malformed("its workbook is too large for its format")
    chain = [_TABLE] * tables + [_END] + [*range(tables + 2, tables + 1 + sectors), _END]
    chain += [_FREE] * (tables * _LARGE // 4 - len(chain))
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<5H6x", 0x3E, 3, 0xFFFE, 12, 6)
    header += struct.pack("<9I", 1, tables, tables, 0, _MINI_LIMIT, _END, 0, _END, 0)
    header += struct.pack("<109I", *range(tables), *[_FREE] * (109 - tables))
    directory = _entry("Root Entry", 5, 1, _END, 0) + _entry("Workbook", 2, _FREE, tables + 1, size)
    table = struct.pack(f"<{len(chain)}I", *chain)
    return b"".join(
        (header.ljust(_LARGE, b"\0"), table, directory.ljust(_LARGE, b"\0"), stream.ljust(sectors * _LARGE, b"\0"))
    )


def _entry(name: str, kind: int, child: int, sector: int, size: int) -> bytes:
    text = (name + "\0").encode("utf-16-le")
    links = struct.pack("<3I", _FREE, _FREE, child)
    start = text.ljust(64, b"\0") + struct.pack("<H2B", len(text), kind, 1) + links + bytes(36)
    return start + struct.pack("<IQ", sector, size)
