"""Changes of an occurrence that hold for all later ones as well (RECURRENCE-ID;RANGE=THISANDFUTURE, RFC 5545, 3.2.13).

recurring-ical-events loses occurrences of such a series, so the series is expanded without these changes, and they are
applied to its occurrences.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from cronofy_frames.sandbox.ics.times import local_date, time_key, utc_instant
from cronofy_frames.sandbox.model.state import EventTime


def is_range_change(vevent: Any) -> bool:
    """Return whether a VEVENT changes an occurrence and all later ones."""
    recurrence_id = vevent.get("RECURRENCE-ID")
    return recurrence_id is not None and str(recurrence_id.params.get("RANGE", "")).upper() == "THISANDFUTURE"


class RangeChanges:
    """The changes of a series that hold for an occurrence and all later ones.

    Parameters
    ----------
    changed
        All changed occurrences of the series.
    """

    def __init__(self, changed: Iterable[Any]) -> None:
        changed = list(changed)
        self._changes = sorted(filter(is_range_change, changed), key=_recurrence_instant)
        self._single_ids = {time_key(_recurrence_time(vevent)) for vevent in changed if not is_range_change(vevent)}

    def widened_range(self, time_range: tuple[datetime, datetime]) -> tuple[datetime, datetime]:
        """Return a time range in which every occurrence is that the changes move into the given one."""
        shifts = [abs(utc_instant(change["DTSTART"].dt) - _recurrence_instant(change)) for change in self._changes]
        margin = max(shifts, default=timedelta(0)) + (timedelta(days=1) if shifts else timedelta(0))
        return time_range[0] - margin, time_range[1] + margin

    def changed_occurrences(self, expanded: Iterable[Any]) -> Iterator[tuple[str, Any]]:
        """Yield the id and the VEVENT of each occurrence, with the latest change that holds for it."""
        ids = set()
        for vevent in expanded:
            recurrence_id = _recurrence_time(vevent)
            key = time_key(recurrence_id)
            ids.add(key)
            change = None if key in self._single_ids else self._change_at(recurrence_id)
            yield key, vevent if change is None else _copy_to_occurrence(change, recurrence_id)
        for change in self._changes:
            key = time_key(_recurrence_time(change))
            if key not in ids | self._single_ids:
                yield key, change  # of an occurrence that the rule does not have

    def _change_at(self, recurrence_id: EventTime) -> Any | None:
        """Return the latest change that holds for an occurrence; None if there is none."""
        earlier = [change for change in self._changes if _recurrence_instant(change) <= utc_instant(recurrence_id)]
        return earlier[-1] if earlier else None


def _copy_to_occurrence(change: Any, recurrence_id: EventTime) -> Any:
    """Return a change at another occurrence: with its title and length, at the same distance by the clock."""
    start, end = change["DTSTART"].dt, change.get("DTEND")
    vevent = change.copy()
    moved_start = _shift_time(start, _recurrence_time(change), recurrence_id)
    vevent["DTSTART"] = _with_time(change["DTSTART"], moved_start)
    if end is not None:
        vevent["DTEND"] = _with_time(end, _shift_time(end.dt, _recurrence_time(change), recurrence_id))
    return vevent


def _shift_time(event_time: EventTime, origin: EventTime, target: EventTime) -> EventTime:
    """Return a time as far from one occurrence as it is from another, by the clock of the zone of the occurrences."""
    if not isinstance(event_time, datetime):
        return event_time + (local_date(target) - local_date(origin))
    zone = origin.tzinfo if isinstance(origin, datetime) else None
    local = event_time.astimezone(zone or event_time.tzinfo or UTC)
    distance = _wall_time(target, zone) - _wall_time(origin, zone)
    return (local + distance).astimezone(event_time.tzinfo) if zone else local + distance


def _wall_time(event_time: EventTime, zone: Any) -> datetime:
    if not isinstance(event_time, datetime):
        return datetime.combine(event_time, datetime.min.time())
    return event_time.astimezone(zone).replace(tzinfo=None) if zone else event_time.replace(tzinfo=None)


def _with_time(value: Any, event_time: EventTime) -> Any:
    """Return a copy of a date property with another time."""
    copied = type(value)(event_time)
    copied.params = value.params
    return copied


def _recurrence_instant(vevent: Any) -> datetime:
    return utc_instant(_recurrence_time(vevent))


def _recurrence_time(vevent: Any) -> EventTime:
    event_time: EventTime = vevent["RECURRENCE-ID"].dt
    return event_time
