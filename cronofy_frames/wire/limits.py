"""Limits of one call: how long its answer and its retries may take, and how large a body may be."""

from __future__ import annotations

import time
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import httpx

from cronofy_frames.errors import TransportError

EXPIRES = "cronofy_frames.expires"
"""The extension of a request that holds when its answer has to be complete."""

_PIECE = 1 << 16  # bytes that are unpacked at once
_HEADER = 2  # bytes by which deflate with and without a header are told apart


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of one call.

    Attributes
    ----------
    deadline
        Seconds for a request, the renewal of its token and the whole response, however slowly it arrives.
    patience
        Seconds that the waits between the attempts of one call may take in all.
    max_body
        Bytes of a response, unpacked.
    tick
        Monotonic seconds.
    """

    deadline: float = 120.0
    patience: float = 300.0
    max_body: int = 64_000_000
    tick: Callable[[], float] = time.monotonic

    def __post_init__(self) -> None:
        for name in ("deadline", "patience", "max_body"):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int | float) or not value >= 0 or value > 1e12:
                raise ValueError(f"{name} is a number that is not negative; not {value!r}.")

    def limit(self, response: httpx.Response) -> None:
        """Make a response fail that is too large, or whose body takes too long."""
        encoding = response.headers.get("Content-Encoding", "").strip().lower()
        if encoding in ("gzip", "x-gzip", "deflate"):
            # unpacked here, in pieces: a library that unpacks a whole part of a body can be made to fill the memory
            del response.headers["Content-Encoding"]
        assert isinstance(response.stream, httpx.SyncByteStream)
        response.stream = _LimitedBody(response.stream, response.request, encoding, self)

    def timeout(self, timeout: httpx.Timeout | float) -> httpx.Timeout:
        """Return a timeout of which no part is longer than the deadline of the whole."""
        whole = timeout if isinstance(timeout, httpx.Timeout) else httpx.Timeout(timeout)
        seconds = {name: value for name, value in whole.as_dict().items() if value is not None}
        return httpx.Timeout(self.deadline, **{name: min(value, self.deadline) for name, value in seconds.items()})

    def too_late(self) -> TransportError:
        """Return the error for an answer that took too long."""
        return TransportError(
            f"no complete response within {self.deadline:g} s, however slowly it arrived. Try again later, in shorter "
            "windows, or with connect(deadline=...).",
            again=False,
        )

    def too_large(self) -> TransportError:
        """Return the error for a body that is too large."""
        return TransportError(
            f"the response has more than {self.max_body:,} bytes, and was not read to its end. Read shorter windows, "
            "or connect(max_body=...).",
            again=False,
        )


class _LimitedBody(httpx.SyncByteStream):
    """A body that is unpacked piece by piece, within limits."""

    def __init__(self, body: httpx.SyncByteStream, request: httpx.Request, encoding: str, limits: Limits) -> None:
        self._body, self._request, self._limits = body, request, limits
        self._unpacker = _Unpacker(encoding, request) if encoding in ("gzip", "x-gzip", "deflate") else None
        self._expires = request.extensions.get(EXPIRES)

    def __iter__(self) -> Iterator[bytes]:
        count = 0
        for content in self._body:
            for piece in [content] if self._unpacker is None else self._unpacker.unpack(content):
                count += len(piece)
                if count > self._limits.max_body:
                    raise self._limits.too_large()
                yield piece
            if self._expires is not None and self._limits.tick() > self._expires:
                raise self._limits.too_late()
        if self._unpacker is not None:
            self._unpacker.finish()

    def close(self) -> None:
        """Close the body."""
        self._body.close()


class _Unpacker:
    """Unpacks a body in pieces.

    Raises
    ------
    httpx.DecodingError
        It is not packed in this way, or incomplete.
    """

    def __init__(self, encoding: str, request: httpx.Request) -> None:
        self._is_deflate, self._request = encoding == "deflate", request
        self._begun = b""
        self._unpacker: Any = None

    def unpack(self, content: bytes) -> Iterator[bytes]:
        """Yield the unpacked content, in pieces of limited size."""
        if self._unpacker is None:
            content = self._begun = self._begun + content
            if len(content) < _HEADER:
                return
            self._unpacker = zlib.decompressobj(self._window_bits(content))
        while content and not self._unpacker.eof:
            try:
                piece = self._unpacker.decompress(content, _PIECE)
            except zlib.error as error:
                raise httpx.DecodingError(str(error), request=self._request) from error
            content = self._unpacker.unconsumed_tail
            yield piece

    def _window_bits(self, start: bytes) -> int:
        """Return how zlib reads a body: some servers send deflate without the header that RFC 9110 asks for."""
        if not self._is_deflate:
            return zlib.MAX_WBITS | 16
        has_header = start[0] & 0x0F == zlib.DEFLATED and int.from_bytes(start[:_HEADER], "big") % 31 == 0
        return zlib.MAX_WBITS if has_header else -zlib.MAX_WBITS

    def finish(self) -> None:
        """Check that the body was complete."""
        if self._begun and (self._unpacker is None or not self._unpacker.eof):
            raise httpx.DecodingError("the packed body is incomplete", request=self._request)
