"""Bodies of HTTP requests: a length or chunks, and what is refused."""

from __future__ import annotations

from contextlib import suppress
from email.message import Message
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cronofy_frames.sandbox.http.fields import ErrorResponse
from cronofy_frames.sandbox.http.framing import MAX_BODY, read_body

CHUNKED = ("Transfer-Encoding", "chunked")


def headers_of(*pairs: tuple[str, str]) -> Message:
    """Return headers, of which names may occur several times."""
    headers = Message()
    for name, value in pairs:
        headers[name] = value
    return headers


def status_of(stream: bytes, *pairs: tuple[str, str]) -> int:
    """Return the status with which a body is refused."""
    with pytest.raises(ErrorResponse) as caught:
        read_body(headers_of(*pairs), BytesIO(stream))
    assert caught.value.text
    return caught.value.status


@pytest.mark.parametrize(
    ("stream", "pairs", "body"),
    [
        (b"next", [], b""),
        (b"next", [("Content-Length", "0")], b""),
        (b"{}next", [("Content-Length", "2")], b"{}"),
        (b"{}next", [("Content-Length", "0002"), ("Content-Length", "0002")], b"{}"),
        (b"2\r\n{}\r\n0\r\n\r\nnext", [CHUNKED], b"{}"),
        (b"2;name=value\r\n{}\r\n000\r\nTrailer: x\r\n\r\nnext", [("Transfer-Encoding", "Chunked")], b"{}"),
        (b"A \n0123456789\n0\n\nnext", [CHUNKED], b"0123456789"),
    ],
)
def test_body_ends_where_its_length_or_last_chunk_says(
    stream: bytes, pairs: list[tuple[str, str]], body: bytes
) -> None:
    """What follows on the connection is not read."""
    rest = BytesIO(stream)
    assert read_body(headers_of(*pairs), rest) == body
    assert rest.read() == b"next"


@pytest.mark.parametrize(
    "length", ["", "-1", "+2", "abc", "2, 3", "0x2", "2.0", "1_0", "\xb2", "\u0662", "2 2", "1e1", "\x00"]
)
def test_length_that_is_not_one_number_is_400(length: str) -> None:
    """Only ASCII digits are a length."""
    assert status_of(b"{}" * 100, ("Content-Length", length)) == 400


def test_lengths_that_differ_and_a_length_beside_chunks_are_400() -> None:
    """The end of the body is unclear, and another server might see another one."""
    assert status_of(b"{}}", ("Content-Length", "2"), ("Content-Length", "3")) == 400
    assert status_of(b"2\r\n{}\r\n0\r\n\r\n", ("Content-Length", "2"), CHUNKED) == 400


@pytest.mark.parametrize(
    "stream",
    [
        b"",
        b"zz\r\n{}\r\n0\r\n\r\n",
        b"-2\r\n{}\r\n0\r\n\r\n",
        b"+2\r\n{}\r\n0\r\n\r\n",
        b"0x2\r\n{}\r\n0\r\n\r\n",
        b" 2\r\n{}\r\n0\r\n\r\n",
        b"\r\n{}\r\n0\r\n\r\n",
        b"2\r\n{}X0\r\n\r\n",
        b"1\r\n{}\r\n0\r\n\r\n",
        b"9\r\n{}\r\n0\r\n\r\n",
        b"2\r\n{}\r\n",
        b"2\r\n{}\r\n0",
        b"2\r\n{}\r\n0\r\n",
        b"2\r\n{}\r\n0\r\nTrailer: x",
        b"2\r\n{}\r\n0\r\n" + b"Trailer: x\r\n" * 1000 + b"\r\n",
        b"2;" + b"x" * 10_000 + b"\r\n{}\r\n0\r\n\r\n",
    ],
)
def test_chunks_that_are_malformed_or_end_early_are_400(stream: bytes) -> None:
    """A size in hexadecimal digits, as many bytes, an empty line at the end."""
    assert status_of(stream, CHUNKED) == 400


def test_body_that_ends_early_is_400() -> None:
    """Fewer bytes than announced are no body."""
    assert status_of(b"{}", ("Content-Length", "3")) == 400


def test_sizes_beyond_the_limit_are_413_before_anything_is_read() -> None:
    """The announced size decides, however many digits it has."""
    for digits in (str(MAX_BODY + 1), "9" * 20, "9" * 50_000):
        assert status_of(b"", ("Content-Length", digits)) == 413
    for size in (b"%x" % (MAX_BODY + 1), b"f" * 4000):
        assert status_of(size + b"\r\n", CHUNKED) == 413


def test_other_codings_are_501() -> None:
    """A compressed body is not read as if it were plain."""
    for coding in ("gzip", "gzip, chunked", "identity", "chunked, chunked", ""):
        assert status_of(b"2\r\n{}\r\n0\r\n\r\n", ("Transfer-Encoding", coding)) == 501


@given(stream=st.binary(max_size=200), length=st.text(max_size=6))
def test_whatever_arrives_is_a_body_or_a_refusal(stream: bytes, length: str) -> None:
    """No length and no stream of chunks raises anything else."""
    for headers in (headers_of(CHUNKED), headers_of(("Content-Length", length.replace("\r", "").replace("\n", "")))):
        with suppress(ErrorResponse):
            assert isinstance(read_body(headers, BytesIO(stream)), bytes)
