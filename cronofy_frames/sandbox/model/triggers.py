"""Event triggers: callbacks at a distance from the start or end of an event, due as the sandbox's clock goes on.

Page: docs.cronofy.com/developers/api/event-triggers (beta). The clock of the sandbox has no alarm: what is due is
looked for at each request and when the outbox is read. What was due before its event was written is not sent.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from cronofy_frames.sandbox.model.state import Event
from cronofy_frames.sandbox.model.times import instant_of, zone_of
from cronofy_frames.sandbox.model.world import World

EDGES = {"event_start": ("start", "start_tzid"), "event_end": ("end", "end_tzid")}


def watch_triggers(world: World) -> None:
    """Look for due triggers from now on, unless that is done already."""
    if world.triggers_until is None:
        world.triggers_until = world.now()


def queue_due_triggers(world: World) -> None:
    """Queue the callbacks of all triggers that came due since the last look, the earliest first."""
    since, now = world.triggers_until, world.now()
    if since is None or now <= since:
        return
    world.triggers_until = now
    events = [event for account in world.accounts for event in account.events.values() if not event.deleted]
    due = [
        (instant, uri, _message(event, transition))
        for event in events
        for instant, uri, transition in _triggers(event)
        if since < instant <= now
    ]
    for _, uri, message in sorted(due, key=lambda trigger: trigger[0]):
        world.queue_callback(uri, message)


def has_triggers(subscriptions: list[dict[str, Any]]) -> bool:
    """Return whether any subscription has a transition."""
    return any(subscription.get("transitions") for subscription in subscriptions)


def _triggers(event: Event) -> Iterator[tuple[datetime, str, Mapping[str, Any]]]:
    """Yield when each trigger of an event is due, its address and its transition; days begin in the event's zone."""
    for subscription in event.write_only.get("subscriptions") or []:
        for transition in subscription.get("transitions") or []:
            side = "before" if transition.get("before") else "after"
            edge, tzid = EDGES[transition[side]]
            instant = instant_of(getattr(event, edge), zone_of(getattr(event, tzid)))
            offset = timedelta(minutes=transition["offset"]["minutes"])
            yield instant - offset if side == "before" else instant + offset, subscription["uri"], transition


def _message(event: Event, transition: Mapping[str, Any]) -> dict[str, Any]:
    """Return a callback; that it names the transition is our reading."""
    return {
        "notification": {"type": "event_subscription", "transitions": [transition]},
        "event": {
            "event_id": event.event_id,
            "event_uid": event.event_uid,
            "calendar_id": event.calendar_id,
            "summary": event.summary,
            "start": event.start,
            "end": event.end,
            "tzid": event.start_tzid,
        },
    }
