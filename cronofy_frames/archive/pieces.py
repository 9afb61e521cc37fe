"""Which windows one sync of an account reads.

A first sync reads the whole window, and so does one a week later, after a gap, or on request. Others read what changed
since the last one; a calendar that was granted meanwhile whole; once a day what entered at the far end and what is
about to leave; and every night the days around today, as providers report some changes late.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from cronofy_frames.frames.bounds import DAYS_AHEAD, DAYS_BACK
from cronofy_frames.frames.calendar_groups import ARGUMENT, calendar_groups
from cronofy_frames.wire.values import wire_value

OVERLAP = timedelta(minutes=5)
"""How far before the last good sync changes are read, as clocks differ."""

WHOLE_EVERY = timedelta(days=7) - timedelta(hours=4)
NEAR_EVERY = timedelta(hours=20)
NEAR_BACK, NEAR_AHEAD = timedelta(days=7), timedelta(days=8)
LONG_GAP = timedelta(days=40)
"""A gap after which days have left the window without being read."""

_MIDNIGHT = timedelta(minutes=15)
_EPOCH = date(1970, 1, 1)
_DAY = 86_400_000_000
_COMMON = {"tzid": "Etc/UTC", "include_managed": True}


@dataclass(frozen=True)
class Progressed:
    """How far an account was read, for one choice of calendars.

    Attributes
    ----------
    watermark
        From when changes are to be read.
    last_day
        The day whose window the last good sync read.
    whole_at, near_at
        When the whole window was last read, and when the days around today.
    """

    watermark: datetime
    last_day: date
    whole_at: datetime
    near_at: datetime


@dataclass(frozen=True)
class WindowPiece:
    """One read.

    Attributes
    ----------
    name
        Which of the reads it is.
    arguments
        Its arguments on the wire.
    start, end
        Its days, the last one exclusive; None for a read that has no window.
    calendar_ids
        The calendars that it shows whole: all events in its window, or all of the application's own ones of any time.
        Empty for a read of changes, which shows nothing whole.
    """

    name: str
    arguments: dict[str, Any]
    start: date | None = None
    end: date | None = None
    calendar_ids: frozenset[str] = frozenset()

    @property
    def bounds(self) -> tuple[int | None, int | None]:
        """The window in microseconds; None where it has none."""
        if self.start is None or self.end is None:
            return None, None
        return (self.start - _EPOCH).days * _DAY, (self.end - _EPOCH).days * _DAY

    @property
    def groups(self) -> list[WindowPiece]:
        """The reads of groups of calendars that are together this one; only itself where the address is short."""
        groups = calendar_groups(self.arguments.get(ARGUMENT, ()))
        return [replace(self, arguments={**self.arguments, ARGUMENT: group}) for group in groups] or [self]


@dataclass(frozen=True)
class SyncSchedule:
    """What one sync of an account reads.

    Parameters
    ----------
    now
        The time at the server.
    progressed
        How far the account was read; None for the first time.
    readable
        The calendars that can be read.
    unread
        Those of them that were not read whole yet.
    chosen
        The calendars that the sync is restricted to; None for all.
    full
        True for the whole window, False for changes where those suffice, None for the whole window once a week.
    """

    now: datetime
    progressed: Progressed | None
    readable: frozenset[str]
    unread: frozenset[str]
    chosen: frozenset[str] | None = None
    full: bool | None = None
    common: dict[str, Any] = field(default_factory=lambda: dict(_COMMON))

    @property
    def today(self) -> date:
        """The day of this sync, in UTC, by the end of its window: right after midnight still the day before."""
        return (self.now.astimezone(UTC) - _MIDNIGHT).date()

    @property
    def start(self) -> date:
        """The first day of the window."""
        # the server may be in the next day by the time it gets the request
        return (self.now.astimezone(UTC) + _MIDNIGHT).date() - timedelta(days=DAYS_BACK)

    @property
    def end(self) -> date:
        """The day after the last one of the window."""
        return self.today + timedelta(days=DAYS_AHEAD)

    @property
    def gap(self) -> timedelta:
        """How long ago the last good sync was; nothing for the first one."""
        return timedelta() if self.progressed is None else self.now - self.progressed.watermark - OVERLAP

    @property
    def is_whole(self) -> bool:
        """Whether the whole window is read; also after the server's clock went back, as changes have its times."""
        if self.full or self.progressed is None or self.gap > LONG_GAP or self.now < self.progressed.watermark:
            return True
        return self.full is None and self.now - self.progressed.whole_at >= WHOLE_EVERY

    @property
    def is_near(self) -> bool:
        """Whether the days around today are read."""
        return self.progressed is None or self.now - self.progressed.near_at >= NEAR_EVERY

    def windows(self) -> list[WindowPiece]:
        """Return the reads of windows, before that of changes."""
        if not self.readable:
            return []
        if self.is_whole or self.unread == self.readable or len(calendar_groups(sorted(self.unread))) > 1:
            return self._whole()
        pieces = []
        known = self.readable - self.unread
        if self.unread:
            pieces.append(self._window("new calendars", self.start, self.end, self.unread, chosen=self.unread))
        if self.is_near:
            today = self.today
            pieces.append(self._window("near", today - NEAR_BACK, today + NEAR_AHEAD, known))
        assert self.progressed is not None
        days = (self.today - self.progressed.last_day).days
        if days > 0:
            pieces.append(self._window("far end", self.end - timedelta(days=days), self.end, known))
            pieces.append(self._window("leaving", self.start, self.start + timedelta(days=days + 1), known))
        return pieces

    def _whole(self) -> list[WindowPiece]:
        managed = {"tzid": "Etc/UTC", "only_managed": True, **self._restriction(self.chosen)}
        return [
            self._window("whole", self.start, self.end, self.readable),
            WindowPiece("managed", managed, calendar_ids=self.readable),
        ]

    def _window(
        self, name: str, start: date, end: date, calendar_ids: frozenset[str], *, chosen: frozenset[str] | None = None
    ) -> WindowPiece:
        days = {"from": start.isoformat(), "to": end.isoformat()}
        restriction = self._restriction(self.chosen if chosen is None else chosen)
        return WindowPiece(name, {**self.common, **days, **restriction}, start, end, calendar_ids)

    def changes(self, since: datetime) -> WindowPiece:
        """Return the read of what changed since a time, deleted and moved events included."""
        changed = {"include_deleted": True, "include_moved": True, "last_modified": wire_value(since)}
        return WindowPiece("changes", {**self.common, **changed, **self._restriction(self.chosen)})

    def _restriction(self, calendar_ids: Collection[str] | None) -> dict[str, Any]:
        return {} if calendar_ids is None else {ARGUMENT: sorted(calendar_ids)}
