"""Which errors are repeated, how often, and what an error says of the waits."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from cronofy_frames import errors
from cronofy_frames.wire.auth import Tokens
from cronofy_frames.wire.client import Client
from cronofy_frames.wire.endpoint import ENDPOINTS, Call
from cronofy_frames.wire.limits import Limits
from cronofy_frames.wire.memory_store import MemoryStore
from cronofy_frames.wire.messages import Hosts
from cronofy_frames.wire.retries import LONGEST_WAIT, add_patience_note, is_retryable, max_attempts, retry_after

HOST = "https://api.example.test"
NOW = datetime(2026, 3, 4, 9, tzinfo=UTC)
READ, WRITE = Call(ENDPOINTS["read_events"], {}), Call(ENDPOINTS["create_calendar"], {})


def failing_client(status: int, patience: float = 300, **headers: str) -> tuple[Client, list[float]]:
    """Return a client whose calls fail with a status, and the list of its waits."""
    waits: list[float] = []
    client = Client(
        Hosts(HOST, HOST),
        store=MemoryStore(Tokens("token")),
        transport=httpx.MockTransport(lambda _: httpx.Response(status, headers=headers)),
        limits=Limits(patience=patience),
        sleep=waits.append,
        jitter=lambda: 0.0,
        clock=lambda: NOW,
    )
    return client, waits


@pytest.mark.parametrize(
    ("status", "waits"),
    [
        (429, [1, 2, 4, 8, 16, 32, 60]),
        *((status, [1, 2, 4, 8]) for status in (500, 502, 503, 504)),
        *((status, []) for status in (400, 403, 404, 501, 505)),
    ],
)
def test_only_what_may_pass_is_repeated(status: int, waits: list[float]) -> None:
    """The rate limit for two minutes, a failing server for 15 seconds; the message has no word on patience."""
    client, slept = failing_client(status)
    with pytest.raises(errors.ApiError) as caught:
        client.user_info()
    assert slept == waits
    assert "patience" not in str(caught.value)


@pytest.mark.parametrize(
    ("patience", "waits", "note"),
    [
        (15, [1, 2, 4, 8], ""),
        (14.5, [1, 2, 4], " 7 s were waited for this call; patience= allows 14.5 s."),
        (0, [], " 0 s were waited for this call; patience= allows 0 s."),
    ],
)
def test_patience_that_ended_the_attempts_is_named(patience: float, waits: list[float], note: str) -> None:
    """A wait that would go past it is not begun; the server named no time, and none is given."""
    client, slept = failing_client(503, patience)
    with pytest.raises(errors.ServerError) as caught:
        client.user_info()
    assert slept == waits
    assert str(caught.value).endswith(note)
    assert "Come back" not in str(caught.value)


@pytest.mark.parametrize(
    "headers",
    [
        {"Retry-After": "9" * 400},
        {"Retry-After": "Fri, 31 Dec 9999 23:59:59 GMT", "Date": "Mon, 01 Jan 0001 00:00:00 GMT"},
    ],
)
def test_a_wait_without_an_end_has_a_date(headers: dict[str, str]) -> None:
    """However late it is, the error says when to come back, and the call is not repeated."""
    client, slept = failing_client(429, **headers)
    with pytest.raises(errors.RateLimited, match=r"Come back at 2057-11-10 10:46 UTC\.$") as caught:
        client.user_info()
    assert (slept, caught.value.retry_after) == ([], LONGEST_WAIT)


@pytest.mark.parametrize(
    ("error", "repeated"),
    [
        (errors.TransportError("x", READ, again=True), True),
        (errors.TransportError("x", READ, again=False), False),
        (errors.TransportError("x", WRITE, again=True), False),
        (errors.TransportError("x", None, again=True), False),
        (errors.CronofyError("x"), False),
        (ValueError("x"), False),
    ],
)
def test_a_lost_connection_is_repeated_where_nothing_can_happen_twice(error: Exception, repeated: bool) -> None:
    """The error says whether the call may be sent again, and the endpoint whether that can do harm."""
    assert is_retryable(error) is repeated


def test_attempts_depend_on_the_error() -> None:
    """Eight over the rate limit, five for a failing server, four for a lost connection."""
    assert max_attempts(errors.RateLimited(429, None, READ)) == 8
    assert max_attempts(errors.ServerError(503, None, READ)) == 5
    assert max_attempts(errors.TransportError("x", READ)) == 4


def test_an_error_that_is_not_repeated_has_no_note() -> None:
    """Patience did not end it."""
    error = errors.NotFound(404, None, READ)
    text = str(error)
    add_patience_note(error, {"attempt_number": 1, "idle_for": 0.0}, 300, NOW)
    assert str(error) == text


DATE = "Wed, 04 Mar 2026 09:00:00 GMT"


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("0", 0.0),
        (" 7 ", 7.0),
        ("1000000000", LONGEST_WAIT),
        ("1000000001", LONGEST_WAIT),
        ("1.5", None),
        ("-1", None),
        ("²", None),
        ("", None),
        (DATE, 0.0),
        ("Wed, 04 Mar 2026 08:00:00 GMT", 0.0),
        ("Wed, 04 Mar 2026 10:00:00 GMT", 3600.0),
        ("Wed, 04 Mar 2026 10:00:00 CET", None),
    ],
)
def test_retry_after_is_whole_seconds_or_a_date(header: str, seconds: float | None) -> None:
    """Anything else is as if it were absent."""
    response = httpx.Response(429, headers=[(b"Retry-After", header.encode()), (b"Date", DATE.encode())])
    assert retry_after(response) == seconds


def test_a_date_needs_the_date_of_the_response() -> None:
    """The clock of this machine may be wrong."""
    later: dict[str, Any] = {"Retry-After": f"{NOW + timedelta(hours=1):%a, %d %b %Y %H:%M:%S} GMT"}
    assert retry_after(httpx.Response(429, headers=later)) is None
    assert retry_after(httpx.Response(429, headers={**later, "Date": "today"})) is None
