"""Rows as Cronofy sends them: what tells them apart, and what counts as a change."""

from typing import Any

import msgspec
import pytest

from cronofy_frames.archive.rows import Row, content_hash, rows_of
from cronofy_frames.errors import CronofyError

EVENT = {
    "calendar_id": "cal_1",
    "event_uid": "evt_1",
    "summary": "Review",
    "start": "2026-03-02T09:00:00Z",
    "end": "2026-03-02T10:00:00Z",
    "updated": "2026-03-01T09:00:00Z",
    "attendees": [{"email": "ann@example.test"}, {"email": "bob@example.test"}],
}


def row(**changes: Any) -> Row:
    """Return the event's row with changes; None leaves a key out."""
    body = {name: value for name, value in {**EVENT, **changes}.items() if value is not None}
    return rows_of(msgspec.json.encode({"events": [body]}))[0]


@pytest.mark.parametrize(
    "changes",
    [
        {"updated": "2026-03-02T09:00:00Z"},
        {"updated": None},
        {"options": {"delete": True}},
        {"deleted": False},
        {"attendees": EVENT["attendees"][::-1]},
    ],
)
def test_volatile_fields_are_no_change(changes: dict[str, Any]) -> None:
    """Times of changes, permissions and the order of people do not change an event."""
    assert row(**changes).hash == row().hash


def test_null_and_missing_are_the_same() -> None:
    """A null is a missing value, and the order of keys does not count."""
    assert content_hash({**EVENT, "url": None}) == content_hash(dict(reversed(EVENT.items())))


@pytest.mark.parametrize(
    "changes",
    [{"summary": "review"}, {"start": "2026-03-02T09:00:01Z"}, {"attendees": []}, {"custom": {"a": 1}}, {"url": "x"}],
)
def test_any_other_field_is_a_change(changes: dict[str, Any]) -> None:
    """All content counts, fields that no column has included."""
    assert row(**changes).hash != row().hash


def test_the_key_is_the_uid_or_else_the_own_id() -> None:
    """An event without a uid has the application's id as its key, and one without both its content."""
    assert row().key == "evt_1"
    assert row(event_id="order-1").key == "evt_1"
    assert row(event_uid=None, event_id="order-1").key == "id:order-1"
    assert row(event_uid=None).key == f"hash:{row(event_uid=None).hash.hex()}"


def test_times_are_read_in_every_form() -> None:
    """Times come as texts, dates and objects; a missing one is None."""
    hour = 3_600_000_000
    assert row().end - row().start == hour
    localized = {"time": "2026-03-02T10:00:00+01:00", "tzid": "Europe/Paris"}
    assert row(start=localized).start == row().start
    days = row(start="2026-03-02", end="2026-03-03")
    assert (days.all_day, days.end - days.start) == (True, 24 * hour)
    assert (row(start=None, end=None).start, row(start=None).all_day) == (None, False)


def test_half_a_character_is_replaced() -> None:
    """A text that a provider cut in the middle of a character is read, and compares equal each time."""
    page = b'{"events":[{"calendar_id":"cal_1","event_uid":"evt_1","summary":"half \\ud83d"}]}'
    first, second = rows_of(page)[0], rows_of(page)[0]
    assert first.hash == second.hash
    assert "half" in msgspec.json.decode(first.raw)["summary"]


@pytest.mark.parametrize("page", [b"<html>", b"{}", b'{"events":[3]}', b'{"events":null}'])
def test_an_unreadable_page_is_an_error(page: bytes) -> None:
    """A page that is no list of events says so, and is not taken for an empty one."""
    with pytest.raises(CronofyError, match="could not be read"):
        rows_of(page)
