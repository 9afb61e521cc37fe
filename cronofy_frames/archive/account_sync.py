"""One sync of one account: read, compare, commit the versions, and then move the watermark.

Versions are committed first. A kill before that changes nothing; a kill after it leaves versions that the next sync
adds to the index, and a watermark from which it reads the same changes again, which makes no version twice.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

import msgspec

from cronofy_frames.archive.accounts import Listing, list_account, save_calendars, unread_calendars
from cronofy_frames.archive.comparing import CompleteRead, Counts, VersionComparison, end_version
from cronofy_frames.archive.coverage import save_read
from cronofy_frames.archive.index import Key, Known, catch_up, load_index, lost_commits, save_index
from cronofy_frames.archive.piece_reader import IncompleteError, PieceReader
from cronofy_frames.archive.pieces import OVERLAP, Progressed, SyncSchedule, WindowPiece
from cronofy_frames.archive.privacy import changed_page
from cronofy_frames.archive.pruned import pruned_before
from cronofy_frames.archive.push_queue import notification_times
from cronofy_frames.archive.rows import Row, rows_of
from cronofy_frames.archive.store import Store
from cronofy_frames.archive.times import micros, midnight_micros, time_of
from cronofy_frames.archive.versions import DELETED, VANISHED, Version, version_table
from cronofy_frames.errors import CronofyError, FrameError
from cronofy_frames.frames.calendar_groups import ARGUMENT
from cronofy_frames.wire.client import Client

MOST_VANISHED = 0.1
"""The share of an account's events that may vanish at once: of those in the window, and of its own ones outside it."""

FEW_VANISHED = 2
"""So many of each may vanish of any account."""


class VanishedError(FrameError):
    """So many events of an account vanished at once that they were not ended."""


@dataclass
class Outcome:
    """What a sync of an account did.

    Attributes
    ----------
    reads
        The names of its reads.
    counts
        How many events came to what.
    left, unseen
        How many open events left the window since the last sync, and of how many in it the calendar cannot be read.
    gap
        How long ago the last good sync began; None for the first one.
    lost
        The days, the last one exclusive, that left the window since without being read; None where there are none.
    lost_commits
        How many commits of versions were missing, so that the whole window was read.
    stopped
        Why vanished events were not ended, or what was read does not count as all; None where it does.
    """

    reads: list[str] = field(default_factory=list)
    counts: Counts = field(default_factory=Counts)
    left: int = 0
    unseen: int = 0
    gap: timedelta | None = None
    lost: tuple[date, date] | None = None
    lost_commits: int = 0
    stopped: CronofyError | None = None


@dataclass(frozen=True)
class Options:
    """How accounts are synced.

    Attributes
    ----------
    calendars
        Ids of the calendars to read; None for all.
    full
        Whether the whole window is read; None decides by when it last was.
    accept_vanished
        Whether events are ended however many vanished.
    """

    calendars: frozenset[str] | None = None
    full: bool | None = None
    accept_vanished: bool = False

    @property
    def shape(self) -> str:
        """Which calendars are read, as a text; each choice has a watermark of its own."""
        return "all" if self.calendars is None else msgspec.json.encode(sorted(self.calendars)).decode()


class AccountSync:
    """One sync of one account, whose lease is held.

    Parameters
    ----------
    store
        The archive.
    label, client, listing
        The account: its label, its client, and its calendars.
    options
        How it is synced.
    reader
        Reads the account's events.
    """

    def __init__(
        self,
        store: Store,
        label: str,
        client: Client,
        listing: Listing,
        options: Options,
        *,
        reader: PieceReader,
    ) -> None:
        self._store, self._label, self._client, self._listing = store, label, client, listing
        self._options, self._reader = options, reader
        self._sub, self._step = listing.sub, store.step
        self._outcome = Outcome()
        self._complete: list[WindowPiece] = []
        self._complete_reads: list[CompleteRead] = []
        self._is_all = True
        self._notified = notification_times(store.state, listing.sub)
        self._changes = store.privacy.changes()

    def run(self) -> Outcome:
        """Sync the account."""
        state = self._store.state
        self._outcome.lost_commits = lost_commits(state, self._store.versions, self._sub)
        sequence = catch_up(state, self._store.versions, self._sub)
        schedule = self._schedule()
        known = load_index(state, self._sub)
        comparison = VersionComparison(known, pruned_before(state))
        for piece in schedule.windows():
            self._read(piece, comparison)
        since = schedule.now - OVERLAP if schedule.progressed is None else schedule.progressed.watermark
        if self._notified is not None and self._notified[0] is not None:
            since = min(since, time_of(self._notified[0]))  # a provider may report a change late
        self._read(schedule.changes(since), comparison)
        self._step("read")
        vanished = self._vanished_events(comparison, schedule)
        versions = self._versions(comparison, vanished)
        self._count_unended(known, versions, schedule)
        self._step("compared")
        self._save(versions, sequence, schedule)
        self._step("saved")
        return self._outcome

    def _schedule(self) -> SyncSchedule:
        options, listing = self._options, self._listing
        chosen = options.calendars
        readable = listing.readable if chosen is None else listing.readable & chosen
        unread = unread_calendars(self._store.state, self._sub, readable)
        progressed = _progress_of(self._store, self._sub, options.shape)
        schedule = SyncSchedule(listing.answered_at, progressed, readable, unread, chosen, options.full)
        if progressed is not None:
            self._outcome.gap = schedule.gap
            if progressed.last_day < schedule.start:
                self._outcome.lost = progressed.last_day, schedule.start
        return schedule

    def _read(self, piece: WindowPiece, comparison: VersionComparison) -> None:
        """Read a piece, and take note of whether it is complete."""
        if piece.arguments.get(ARGUMENT) == []:  # no ids would be all calendars
            return
        self._step(f"before {piece.name}")
        self._outcome.reads.append(piece.name)
        own: set[Key] = set()
        try:
            for page in self._reader.pages(piece):
                own |= comparison.add(rows_of(changed_page(page, self._changes)))
        except IncompleteError as error:
            self._is_all, self._outcome.stopped = False, error
            return
        if piece.calendar_ids:
            self._complete.append(piece)
            self._complete_reads.append(CompleteRead(*piece.bounds, piece.calendar_ids, frozenset(own)))

    def _vanished_events(self, comparison: VersionComparison, schedule: SyncSchedule) -> list[Known]:
        """Return the open events that have vanished; none where so many did that it has to be confirmed."""
        if not self._is_all:
            return []
        missing = comparison.missing(self._complete_reads)
        if missing:
            # a calendar that was taken away while it was read shows no events either
            again = list_account(self._client)
            missing = [event for event in missing if again.sub == self._sub and event.calendar_id in again.readable]
        many = _many_vanished(missing, comparison.known.values(), schedule)
        if many and not self._options.accept_vanished:
            self._outcome.stopped = VanishedError(
                f"{many} are no longer there, though nothing says that they were deleted. They were not ended. Look "
                "into the calendars; where it is right, sync with accept_vanished=True."
            )
            return []
        return missing

    def _versions(self, comparison: VersionComparison, vanished: list[Known]) -> list[Version]:
        """Return the versions to commit."""
        seen_at = self._seen_at()
        counts = self._outcome.counts
        versions = comparison.versions(seen_at, counts)
        # tombstones of a calendar that cannot be read may only say that it was taken away
        tombstones = comparison.deleted_events() if self._is_all else []
        deleted = [(event, claimed) for event, claimed in tombstones if self._is_readable(event)]
        counts.deleted, counts.vanished = len(deleted), len(vanished)
        ends = [(event, DELETED, claimed) for event, claimed in deleted]
        ends += [(event, VANISHED, None) for event in vanished]
        contents = self._last_contents([event for event, _, _ in ends])
        for event, state, claimed in ends:
            content = contents[event.calendar_id, event.key]
            versions.append(end_version(event, content, state, seen_at, claimed))
        return versions

    def _last_contents(self, events: list[Known]) -> Mapping[Key, Row]:
        if not events:
            return {}
        raws = self._store.versions.last_raws(self._sub, [(event.calendar_id, event.key) for event in events])
        rows = rows_of(b'{"events":[%b]}' % b",".join(raws.values()))
        return dict(zip(raws, rows, strict=True))

    def _is_readable(self, event: Known) -> bool:
        return event.calendar_id in self._listing.readable

    def _seen_at(self) -> int:
        """Return the time of the versions at the server, which is later than that of all versions before."""
        now = self._client.clock() + self._listing.skew
        row = self._store.state.row("select seen_at from accounts where sub = ?", (self._sub,))
        newest: int = 0 if row is None else row[0]
        return max(micros(now), newest + 1)

    def _count_unended(self, known: Mapping[Key, Known], versions: list[Version], schedule: SyncSchedule) -> None:
        """Count the open events that left the window, and those in it whose calendar cannot be read."""
        current = dict(known) | {(event.calendar_id, event.key): event for event in map(Known.of, versions)}
        start, end = (midnight_micros(day) for day in (schedule.start, schedule.end))
        before = start
        if schedule.progressed is not None:
            before = start - (schedule.today - schedule.progressed.last_day).days * 86_400_000_000
        for event in current.values():
            if event.is_open and event.end is not None:
                self._outcome.left += before < event.end <= start
                self._outcome.unseen += not self._is_readable(event) and event.is_inside(start, end)

    def _save(self, versions: list[Version], sequence: int, schedule: SyncSchedule) -> None:
        """Commit the versions, and then what was read."""
        if versions:
            sequence += 1
            rows = version_table(versions, account=self._label, sub=self._sub, sync=sequence, tz=self._store.tz)
            self._step("before commit")
            self._store.versions.commit(rows, self._sub, sequence)
            self._step("committed")
        self._save_state(versions, sequence, schedule)

    def _save_state(self, versions: list[Version], sequence: int, schedule: SyncSchedule) -> None:
        now = micros(schedule.now)
        is_good = self._is_all and self._outcome.stopped is None
        wholes = [piece.calendar_ids for piece in self._complete if (piece.start, piece.end) == _bounds(schedule)]
        whole = frozenset().union(*wholes) if is_good else frozenset()
        with self._store.state.transaction() as connection:
            save_index(connection, self._sub, map(Known.of, versions))
            newest = max((version.seen_at for version in versions), default=0)
            connection.execute(
                "update accounts set sequence = ?, seen_at = max(seen_at, ?) where sub = ?",
                (sequence, newest, self._sub),
            )
            rows = {name: self._store.privacy.calendar(row) for name, row in self._listing.calendars.items()}
            save_calendars(connection, replace(self._listing, calendars=rows), now, whole)
            if self._is_all:
                self._save_progress(connection, schedule, is_good=is_good)
            if is_good:
                connection.execute("update accounts set synced_at = ? where sub = ?", (now, self._sub))
                if self._notified is not None:
                    query = "delete from notified where sub = ? and notified_at <= ?"
                    connection.execute(query, (self._sub, self._notified[1]))
                save_read(connection, self._sub, max(newest, now), schedule)

    def _save_progress(self, connection: Any, schedule: SyncSchedule, *, is_good: bool) -> None:
        """Move the watermark; windows whose ends have to be confirmed are read again by the next sync."""
        progressed = schedule.progressed
        never = time_of(0)
        whole_at, near_at = (never, never) if progressed is None else (progressed.whole_at, progressed.near_at)
        last_day = schedule.today if is_good or progressed is None else progressed.last_day
        read_at = schedule.now if is_good else never
        if schedule.is_whole:
            whole_at = near_at = read_at
        elif schedule.is_near:
            near_at = read_at
        times = (micros(schedule.now - OVERLAP), last_day.isoformat(), micros(whole_at), micros(near_at))
        shape = self._options.shape
        connection.execute("insert or replace into shapes values (?, ?, ?, ?, ?, ?)", (self._sub, shape, *times))


def _progress_of(store: Store, sub: str, shape: str) -> Progressed | None:
    query = "select watermark, last_day, whole_at, near_at from shapes where sub = ? and shape = ?"
    row = store.state.row(query, (sub, shape))
    if row is None:
        return None
    watermark, last_day, whole_at, near_at = row
    return Progressed(time_of(watermark), date.fromisoformat(last_day), time_of(whole_at), time_of(near_at))


def _many_vanished(missing: Iterable[Known], known: Iterable[Known], schedule: SyncSchedule) -> str:
    """Return how many events vanished of how many where those are too many; else an empty text.

    Events in the window and own ones outside it are counted apart: many of one kind are no reason to end more of the
    other.
    """
    start, end = (midnight_micros(day) for day in (schedule.start, schedule.end))
    vanished = Counter(event.is_inside(start, end) for event in missing)
    expected = Counter(
        is_inside
        for event in known
        if event.is_open and ((is_inside := event.is_inside(start, end)) or event.id is not None)
    )
    kinds = {True: "events", False: "events of the application outside the window"}
    return " and ".join(
        f"{vanished[is_inside]} of {expected[is_inside]} {text}"
        for is_inside, text in kinds.items()
        if vanished[is_inside] > max(FEW_VANISHED, MOST_VANISHED * expected[is_inside])
    )


def _bounds(schedule: SyncSchedule) -> tuple[date, date]:
    return schedule.start, schedule.end
