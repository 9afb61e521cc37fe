"""Event triggers: callbacks that the sandbox sends when its clock passes them."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from cronofy_frames.sandbox import Sandbox
from tests.sandbox.caller import NOW, WORK, Caller, at, office

HOOK = "https://hook.test/?job=7"


class Clock:
    """A clock that the test sets."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        """Return its time."""
        return self.now


@pytest.fixture
def clock() -> Clock:
    """A clock at nine on 4 March 2026."""
    return Clock()


@pytest.fixture
def api(clock: Clock) -> Caller:
    """Jane's caller, on that clock."""
    return Caller(Sandbox(now=clock, office=office(), rate_limit=False))


def trigger(side: str = "before", edge: str = "event_start", minutes: int = 30) -> dict[str, Any]:
    """Return a transition."""
    return {side: edge, "offset": {"minutes": minutes}}


def subscribed(*transitions: dict[str, Any]) -> dict[str, Any]:
    """Return the fields of an event with one subscription."""
    return {"subscriptions": [{"type": "webhook", "uri": HOOK, "transitions": list(transitions)}]}


def sent(api: Caller) -> list[dict[str, Any]]:
    """Return the transitions that were sent, each with its event's id."""
    messages = [delivery.json for delivery in api.sandbox.outbox if delivery.url == HOOK]
    return [{"event_id": row["event"]["event_id"], **row["notification"]["transitions"][0]} for row in messages]


@pytest.mark.parametrize(
    ("transition", "due"),
    [
        (trigger(), at(5, 9, 30)),
        (trigger("after"), at(5, 10, 30)),
        (trigger("before", "event_end", 15), at(5, 10, 45)),
        (trigger("after", "event_end", 0), at(5, 11)),
    ],
)
def test_a_trigger_is_sent_once_when_it_is_due(
    api: Caller, clock: Clock, transition: dict[str, Any], due: datetime
) -> None:
    """Not a second before, and not again; the callback is signed and has the event and the transition."""
    api.write(**subscribed(transition))
    clock.now = due - timedelta(seconds=1)
    assert sent(api) == []
    for _ in range(2):
        clock.now = due
        assert sent(api) == [{"event_id": "e1", **transition}]
        due += timedelta(days=1)
    (delivery,) = api.sandbox.outbox
    assert delivery.json["notification"]["type"] == "event_subscription"
    assert delivery.json["event"]["start"] == "2026-03-05T10:00:00Z"
    assert "Cronofy-HMAC-SHA256" in delivery.headers


def move(api: Caller) -> None:
    """Move the event to Friday, as its owner would."""
    uid = api.managed()["event_uid"]
    api.sandbox.edit_event("acc_jane", uid, start=at(6, 10), end=at(6, 11))


def delete(api: Caller) -> None:
    """Delete the event."""
    api.delete(f"/v1/calendars/{WORK}/events", {"event_id": "e1"})


def unsubscribe(api: Caller) -> None:
    """Take the subscriptions off the event."""
    api.write(subscriptions=[])


@pytest.mark.parametrize(("change", "thursday", "friday"), [(move, 0, 1), (delete, 0, 0), (unsubscribe, 0, 0)])
def test_a_trigger_follows_its_event(
    api: Caller, clock: Clock, change: Callable[[Caller], None], thursday: int, friday: int
) -> None:
    """It moves with an event, also if a person moves it, and ends with the event or its subscription."""
    api.write(**subscribed(trigger()))
    change(api)
    clock.now = at(5, 12)
    assert len(sent(api)) == thursday
    clock.now = at(6, 12)
    assert len(sent(api)) == friday


def test_what_was_due_before_a_request_is_sent_although_the_request_deletes_the_event(
    api: Caller, clock: Clock
) -> None:
    """The deletion comes after the trigger."""
    api.write(**subscribed(trigger()))
    clock.now = at(5, 9, 45)
    delete(api)
    assert len(sent(api)) == 1


def test_what_is_past_when_it_is_written_is_not_sent(api: Caller, clock: Clock) -> None:
    """A trigger that would have been due before its event was written stays silent, the others come in their order."""
    api.write(start="2026-03-04T08:00:00Z", end="2026-03-04T12:00:00Z", **subscribed(trigger("after", minutes=0)))
    end = trigger("before", "event_end", 5)
    api.write(event_id="e2", **subscribed(end, trigger()))
    clock.now = at(5, 12)
    assert sent(api) == [{"event_id": "e2", **trigger()}, {"event_id": "e2", **end}]


def test_an_all_day_event_begins_in_its_own_zone(api: Caller, clock: Clock) -> None:
    """Midnight in Tokyo is three in the afternoon in UTC."""
    api.write(start="2026-03-06", end="2026-03-07", tzid="Asia/Tokyo", **subscribed(trigger("after", minutes=0)))
    clock.now = at(5, 14, 59)
    assert sent(api) == []
    clock.now = at(5, 15)
    assert len(sent(api)) == 1


def test_each_event_of_a_series_has_its_triggers(api: Caller, clock: Clock) -> None:
    """A daily event of three days sends three callbacks."""
    rule = {"frequency": "daily", "interval": 1, "until": "2026-03-07"}
    assert api.write(recurrence={"rules": [rule]}, **subscribed(trigger())).status_code == 202
    clock.now = at(20)
    assert [delivery.json["event"]["start"][:10] for delivery in api.sandbox.outbox] == [
        "2026-03-05",
        "2026-03-06",
        "2026-03-07",
    ]
