"""Workbooks that are zip files (.xlsx, .xlsb, .ods), unpacked and measured before another library reads them."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Mapping

from cronofy_frames.sheets.read.limits.file_limits import FileLimits, LimitExceeded, Malformed
from cronofy_frames.sheets.read.limits.ods_size import check_open_document
from cronofy_frames.sheets.read.limits.xlsb_size import check_binary_worksheets
from cronofy_frames.sheets.read.limits.xlsx_size import check_worksheets

_MAX_PARTS = 65_535  # what a zip file without extensions has at most
_CENTRAL_ENTRY = b"PK\x01\x02"
_READ_SUFFIXES = (".xml", ".rels", ".bin")
_ENTITY = "<!ENTITY"
_ENTITIES = (_ENTITY.encode(), _ENTITY.encode("utf-16-le"), _ENTITY.encode("utf-16-be"))
_CHUNK = 1 << 20


def checked_zip(data: bytes, limits: FileLimits) -> bytes:
    """Return a workbook with the parts that hold tables, not compressed, and only if they are within the limits.

    Libraries may understand a contradictory zip file in different ways. The copy leaves nothing to understand: what was
    measured is what is read.

    Raises
    ------
    LimitExceeded
        The parts are too large.
    Malformed
        It is no zip file, or a part contradicts its format.
    """
    parts = _read_parts(data, limits)
    for name, content in parts.items():
        if any(mark in content for mark in _ENTITIES):
            raise Malformed(f"its part {name} defines entities, which no spreadsheet program does")
    if "content.xml" in parts:
        check_open_document(parts["content.xml"], limits)
    check_worksheets(parts, limits)
    check_binary_worksheets(parts, limits)
    return _zip_of(parts)


def _read_parts(data: bytes, limits: FileLimits) -> dict[str, bytes]:
    if data.count(_CENTRAL_ENTRY) > _MAX_PARTS:
        raise LimitExceeded(
            f"it has more than {_MAX_PARTS:,} parts: open it in a spreadsheet program and save the table as a new file."
        )
    parts: dict[str, bytes] = {}
    total = 0
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for info in archive.infolist():
                if info.filename == "mimetype" or info.filename.lower().endswith(_READ_SUFFIXES):
                    parts[info.filename] = _read_part(archive, info, limits.max_bytes - total)
                    total += len(parts[info.filename])
                    limits.check_bytes(total, "what is packed in it")
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, ValueError) as error:
        raise Malformed(str(error) or "it is not complete") from error
    except RuntimeError as error:  # the answer of zipfile to a part with a password
        raise Malformed("its parts need a password") from error
    return parts


def _read_part(archive: zipfile.ZipFile, info: zipfile.ZipInfo, room: int) -> bytes:
    """Return a part of a zip file, but only a little more than there is room for."""
    chunks = []
    with archive.open(info) as part:
        while room >= 0 and (chunk := part.read(_CHUNK)):
            chunks.append(chunk)
            room -= len(chunk)
    return b"".join(chunks)


def _zip_of(parts: Mapping[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return buffer.getvalue()
