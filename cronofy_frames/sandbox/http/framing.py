"""Bodies of HTTP requests as they arrive: a length or chunks (RFC 9112, sections 6 and 7)."""

from __future__ import annotations

import re
from email.message import Message
from io import BufferedIOBase

from cronofy_frames.sandbox.http.fields import ErrorResponse

MAX_BODY = 64_000_000
"""Bytes; a longer body is answered with 413."""

_MAX_LINE = 4096
_MAX_TRAILERS = 100
_LENGTH = re.compile(r"[0-9]+")
_CHUNK_SIZE = re.compile(rb"([0-9A-Fa-f]+)[ \t]*(?:;[^\r\n]*)?\r?\n")


def read_body(headers: Message, stream: BufferedIOBase) -> bytes:
    """Return the body of a request, read to its end.

    A length or a chunk that is not as RFC 9112 says is answered with 400: where the body ends is then unknown, and the
    rest of the connection cannot be used.
    """
    codings = _header_values(headers, "Transfer-Encoding")
    lengths = set(_header_values(headers, "Content-Length"))
    if codings:
        if lengths:
            raise _bad_request("Content-Length and Transfer-Encoding exclude each other")
        if [coding.lower() for coding in codings] != ["chunked"]:
            raise ErrorResponse(501, text="The only Transfer-Encoding that the sandbox reads is chunked.\n")
        return _read_chunks(stream)
    if not lengths:
        return b""
    length = lengths.pop()
    if lengths or not _LENGTH.fullmatch(length):
        raise _bad_request("Content-Length must be one number of bytes")
    return _read_exactly(stream, _parse_size(length.lstrip("0"), 10))


def _header_values(headers: Message, name: str) -> list[str]:
    """Return the entries of a header that is a list, whether on one line or several."""
    return [entry.strip() for value in headers.get_all(name, []) for entry in str(value).split(",")]


def _read_chunks(stream: BufferedIOBase) -> bytes:
    """Return the data of a chunked body, read to the end of its trailers."""
    body = bytearray()
    while size := _read_chunk_size(stream):
        _check_size(len(body) + size)
        body += _read_exactly(stream, size)
        if stream.readline(2) not in (b"\r\n", b"\n"):
            raise _bad_request("a chunk is longer than its size says")
    for _ in range(_MAX_TRAILERS):
        line = stream.readline(_MAX_LINE)
        if line in (b"\r\n", b"\n"):
            return bytes(body)
        if not line.endswith(b"\n"):
            break
    raise _bad_request("the chunks do not end with an empty line")


def _read_chunk_size(stream: BufferedIOBase) -> int:
    match = _CHUNK_SIZE.fullmatch(stream.readline(_MAX_LINE))
    if match is None:
        raise _bad_request("a chunk must begin with its size in hexadecimal digits")
    return _parse_size(match[1].decode().lstrip("0"), 16)


def _parse_size(digits: str, base: int) -> int:
    """Return a size within the limit; a number of thousands of digits is not even parsed."""
    if len(digits) > len(str(MAX_BODY)):
        _check_size(MAX_BODY + 1)
    size = int(digits or "0", base)
    _check_size(size)
    return size


def _check_size(size: int) -> None:
    if size > MAX_BODY:
        raise ErrorResponse(413, text=f"A body may have {MAX_BODY:,} bytes.\n")


def _read_exactly(stream: BufferedIOBase, size: int) -> bytes:
    data = stream.read(size)
    if len(data) < size:
        raise _bad_request("the body is shorter than announced")
    return data


def _bad_request(description: str) -> ErrorResponse:
    return ErrorResponse(400, text=f"Bad request: {description}.\n")
