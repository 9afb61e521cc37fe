"""Comparison of what was read with what was known: which events are new, changed, back, or have ended, and how.

The rule: content makes a version when its hash is another one. An event ends when its tombstone came (deleted), or
when a complete read that has to show it, of its calendar, does not (vanished): that of a window that it reaches into,
or that of the application's own events. An event that left the window, or whose calendar cannot be read, has not ended.

Cronofy shows an application its own events of all time. They have an event_id, except the later events of a series. So
an event with one vanishes outside the window, too; and one that was pruned does not come back.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace

from cronofy_frames.archive.index import Key, Known
from cronofy_frames.archive.rows import Row
from cronofy_frames.archive.versions import DELETED, OPEN, VANISHED, Version

_DAY = 86_400_000_000


@dataclass(frozen=True)
class CompleteRead:
    """A read that showed all events of some calendars in a window, or all of the application's own ones of any time.

    Attributes
    ----------
    start, end
        The window in microseconds; None for a read of the application's own events.
    calendar_ids
        The calendars.
    own
        The events with an event_id that it showed.
    """

    start: int | None
    end: int | None
    calendar_ids: frozenset[str]
    own: frozenset[Key] = frozenset()

    def has_to_show(self, event: Known) -> bool:
        """Return whether an event would be shown if it were still there."""
        if event.calendar_id not in self.calendar_ids:
            return False
        if self.start is None or self.end is None:
            return event.id is not None
        return event.is_inside(self.start, self.end)


@dataclass
class Counts:
    """How many events came to what."""

    new: int = 0
    changed: int = 0
    deleted: int = 0
    vanished: int = 0
    reopened: int = 0
    unchanged: int = 0


@dataclass
class VersionComparison:
    """What was read in one sync of an account, beside what was known.

    Attributes
    ----------
    known
        The current versions by calendar and key.
    pruned_before
        Events that ended before this time were deleted from the archive, in microseconds; None where none were.
    live, tombstones
        The newest row of each event that was read, and of each that was deleted.
    """

    known: Mapping[Key, Known]
    pruned_before: int | None = None
    live: dict[Key, Row] = field(default_factory=dict)
    tombstones: dict[Key, Row] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._by_uid: dict[Key, str] = {}
        self._by_id: dict[Key, list[str]] = defaultdict(list)
        for (calendar_id, key), event in self.known.items():
            if event.uid is not None:
                self._by_uid[calendar_id, event.uid] = key
            if event.id is not None:
                self._by_id[calendar_id, event.id].append(key)

    def add(self, rows: Iterable[Row]) -> set[Key]:
        """Take in rows in the order in which they were read; a later one of an event replaces one that is no newer.

        Windows that are read at the same time show an event that reaches into both as it was at different times.

        Returns
        -------
        set of Key
            The events with an event_id that are there.
        """
        own = set()
        for row in rows:
            if row.is_deleted:
                self._add_tombstone(row)
                continue
            key = row.calendar_id, self._key_of(row)
            if key not in self.live or not self._is_older(row, self.live[key]):
                self.live[key] = row
            if self._is_older(self.tombstones.get(key), row):
                del self.tombstones[key]
            if row.id is not None:
                own.add(key)
        return own

    def _add_tombstone(self, row: Row) -> None:
        key = self._ended_key(row)
        if key is None:
            return
        full_key = row.calendar_id, key
        if full_key in self.live and self._is_older(row, self.live[full_key]):
            return
        self.tombstones[full_key] = row

    @staticmethod
    def _is_older(earlier: Row | None, row: Row) -> bool:
        """Return whether a row is of a time before another, such as a tombstone of before its event was restored."""
        if earlier is None:
            return False
        return earlier.updated is not None and row.updated is not None and earlier.updated < row.updated

    def _key_of(self, row: Row) -> str:
        """Return the key of the event of a row: that of a known one with its uid, or else with its id."""
        key = self._by_uid.get((row.calendar_id, row.uid or ""))
        if key is None and row.id is not None:
            key = self._key_by_id(row)
        if key is None:
            key = row.key
            if row.id is not None:
                self._by_id[row.calendar_id, row.id].append(key)
        if row.uid is not None:
            self._by_uid[row.calendar_id, row.uid] = key
        return key

    def _key_by_id(self, row: Row) -> str | None:
        """Return the key of the event with the id of a row, unless the two have different uids."""
        assert row.id is not None
        for key in reversed(self._by_id[row.calendar_id, row.id]):
            known = self._uid_of((row.calendar_id, key))
            if known is None or row.uid is None:
                return key
        return None

    def _uid_of(self, key: Key) -> str | None:
        row = self.live.get(key)
        event = self.known.get(key)
        return (row.uid if row is not None else None) or (event.uid if event is not None else None)

    def _ended_key(self, row: Row) -> str | None:
        """Return the key of the event that a tombstone ends; None for one that is not known."""
        if row.uid is not None and (key := self._by_uid.get((row.calendar_id, row.uid))) is not None:
            return key
        if row.id is None:
            return None
        keys = [key for key in self._by_id[row.calendar_id, row.id] if self._can_be_ended_by(row, key)]
        unended = [key for key in keys if self._is_open((row.calendar_id, key))]
        return next(reversed(unended or keys), None)

    def _is_open(self, key: Key) -> bool:
        event = self.known.get(key)
        return event is not None and event.is_open

    def _can_be_ended_by(self, row: Row, key: str) -> bool:
        return row.uid is None or self._uid_of((row.calendar_id, key)) is None

    def missing(self, reads: Collection[CompleteRead]) -> list[Known]:
        """Return the open events that complete reads should show and do not."""
        trusted = [read for read in reads if read.start is not None or self._shows_all_own(read, reads)]
        return [
            event
            for key, event in self.known.items()
            if event.is_open
            and key not in self.live
            and key not in self.tombstones
            and any(read.has_to_show(event) for read in trusted)
        ]

    def _shows_all_own(self, read: CompleteRead, others: Iterable[CompleteRead]) -> bool:
        """Return whether a read of own events shows all that windows do: an event_id may be another application's."""
        return all(
            key in read.own or key in self.tombstones
            for other in others
            for key in other.own
            if key[0] in read.calendar_ids
        )

    def versions(self, seen_at: int, counts: Counts) -> list[Version]:
        """Return a version of each event that is new or changed, and count all that were read."""
        versions = []
        for key, row in self.live.items():
            if key in self.tombstones:
                continue
            event = self.known.get(key)
            if event is None and self._is_pruned(row):
                continue
            if event is None:
                counts.new += 1
            elif not event.is_open:
                counts.reopened += 1
            elif event.hash != row.hash:
                counts.changed += 1
            else:
                counts.unchanged += 1
                continue
            versions.append(Version(key[1], OPEN, row, seen_at, _claimed_at(row.updated, event, seen_at)))
        return versions

    def _is_pruned(self, row: Row) -> bool:
        """Return whether an event ended so long ago that it was deleted; whole days end at midnight of any zone."""
        if self.pruned_before is None or row.end is None:
            return False
        return row.end < self.pruned_before + (_DAY if row.all_day else 0)

    def deleted_events(self) -> list[tuple[Known, int | None]]:
        """Return the open events that tombstones end, and when those say that it was."""
        ended = []
        for key, tombstone in self.tombstones.items():
            event = self.known.get(key)
            if event is None or not event.is_open:
                continue
            claimed_at = event.claimed_at if event.claimed_at != event.seen_at else None
            if tombstone.updated is None or claimed_at is None or tombstone.updated >= claimed_at:
                ended.append((event, tombstone.updated))
        return ended


def end_version(event: Known, row: Row, state: str, seen_at: int, claimed_at: int | None) -> Version:
    """Return the end of an event, which has its last content."""
    assert state in (DELETED, VANISHED)
    uid, own_id = row.uid or event.uid, row.id or event.id
    content = replace(row, calendar_id=event.calendar_id, uid=uid, id=own_id, hash=event.hash)
    return Version(event.key, state, content, seen_at, _claimed_at(claimed_at, event, seen_at))


def _claimed_at(updated: int | None, before: Known | None, seen_at: int) -> int:
    """Return when a version was made, as the provider claims, but after the one before, of which it is the next."""
    if updated is None:
        return seen_at
    if before is None or updated > before.claimed_at:
        return updated
    return before.claimed_at if before.is_open else seen_at
