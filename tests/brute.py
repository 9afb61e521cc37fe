"""Availability by counting minute by minute, written independently of the sandbox's solver, as an oracle."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise, permutations, product
from zoneinfo import ZoneInfo

Minutes = set[int]
Answer = list[tuple[int, int, tuple[str, ...]]]


def minutes(*spans: tuple[int, int]) -> Minutes:
    """Return every minute that a span covers."""
    return {minute for start, end in spans for minute in range(start, end)}


@dataclass(frozen=True)
class Person:
    """A member with minutes as time; `allowed` None means always."""

    sub: str
    busy: frozenset[int] = frozenset()
    allowed: frozenset[int] | None = None
    closed: frozenset[int] = frozenset()
    before: int = 0
    after: int = 0

    def is_free(self, start: int, length: int) -> bool:
        """Return whether a slot is possible for the person."""
        slot = range(start, start + length)
        around = range(start - self.before, start + length + self.after)
        if self.allowed is not None and not self.allowed.issuperset(slot):
            return False
        return self.closed.isdisjoint(slot) and self.busy.isdisjoint(around)


@dataclass(frozen=True)
class Puzzle:
    """A query; `groups` holds people and how many of them are needed."""

    groups: tuple[tuple[tuple[Person, ...], int], ...]
    length: int
    minutes_asked: frozenset[int]
    step: int | None
    day: int = 86_400  # what the grid begins anew at

    def free(self, start: int) -> list[tuple[int, Person]]:
        """Return the people who could take a slot, with the index of their group."""
        if not self.minutes_asked.issuperset(range(start, start + self.length)):
            return []
        return [
            (n, person)
            for n, (people, _) in enumerate(self.groups)
            for person in people
            if person.is_free(start, self.length)
        ]

    def suffices(self, free: list[tuple[int, Person]]) -> bool:
        """Return whether every group has enough free people."""
        return all(sum(1 for group, _ in free if group == n) >= need for n, (_, need) in enumerate(self.groups))

    def legal(self) -> dict[int, tuple[str, ...]]:
        """Return every possible start, with the subs that are free then."""
        free_by_start = {start: self.free(start) for start in sorted(self.minutes_asked)}
        return {start: subs(free) for start, free in free_by_start.items() if free and self.suffices(free)}

    def is_mark(self, minute: int) -> bool:
        """Return whether a minute is on the grid."""
        return self.step is None or minute % self.day % self.step == 0


def subs(free: list[tuple[int, Person]]) -> tuple[str, ...]:
    """Return each sub once, in order."""
    return tuple(dict.fromkeys(person.sub for _, person in free))


def overlapping(puzzle: Puzzle) -> Answer:
    """Return a slot at every possible start on the grid; without a grid, consecutive slots in each run."""
    legal = puzzle.legal()
    chosen = [start for start in legal if puzzle.is_mark(start)]
    if puzzle.step is None:
        begun = [start for start in legal if start - 1 not in legal]
        chosen = [
            start
            for start in legal
            if (start - max(start_ for start_ in begun if start_ <= start)) % puzzle.length == 0
        ]
    return [(start, start + puzzle.length, legal[start]) for start in chosen]


def apart(puzzle: Puzzle) -> Answer:
    """Return, in order, a slot at every possible start that does not overlap the previous slot."""
    legal = puzzle.legal()
    taken: Answer = []
    for start in legal:
        if puzzle.is_mark(start) and (not taken or start >= taken[-1][1]):
            taken.append((start, start + puzzle.length, legal[start]))
    return taken


def periods(puzzle: Puzzle) -> Answer:
    """Mark each minute with the people of the slots that cover it, and split where they change."""
    painted: dict[int, list[tuple[int, Person]]] = {}
    for n, (people, _) in enumerate(puzzle.groups):
        for person in people:
            for minute in _minutes_covered(puzzle, person):
                painted.setdefault(minute, []).append((n, person))
    enough = {minute: subs(free) for minute, free in sorted(painted.items()) if puzzle.suffices(free)}
    cuts = [minute for minute in enough if enough.get(minute - 1) != enough[minute]]
    answer = []
    for cut in cuts:
        end = cut
        while enough.get(end) == enough[cut]:
            end += 1
        start = next((minute for minute in range(cut, end) if puzzle.is_mark(minute)), end)
        if end - start >= puzzle.length:
            answer.append((start, end, enough[cut]))
    return answer


def _minutes_covered(puzzle: Puzzle, person: Person) -> Minutes:
    fits = [
        start
        for start in puzzle.minutes_asked
        if puzzle.minutes_asked.issuperset(range(start, start + puzzle.length)) and person.is_free(start, puzzle.length)
    ]
    return minutes(*((start, start + puzzle.length) for start in fits))


def wall_clock(weekly: list[tuple[int, int, int]], tzid: str, window: tuple[datetime, datetime]) -> set[datetime]:
    """Return the minutes of a window at which the clock on the wall is within a weekly period.

    Periods are weekday and two minutes of the day. Where clocks are set back, all between the first and the last such
    minute count.
    """
    zone = ZoneInfo(tzid)
    shown: dict[object, list[tuple[int, datetime]]] = {}
    now = window[0] - timedelta(days=2)
    while now < window[1] + timedelta(days=2):
        local = now.astimezone(zone)
        shown.setdefault(local.date(), []).append((local.hour * 60 + local.minute, now))
        now += timedelta(minutes=1)
    instants: set[datetime] = set()
    for day, start, end in weekly:
        for date, clock in shown.items():
            within = [(minute, at) for minute, at in clock if start <= minute < end and date.weekday() == day]  # type: ignore[attr-defined]
            if within:
                last = max(minute for minute, _ in within)
                until = [at for minute, at in within if minute == last][-1]
                instants.update(at for _, at in clock if within[0][1] <= at <= until)
    return {at for at in instants if window[0] <= at < window[1]}


@dataclass(frozen=True)
class Part:
    """A part of a sequence: the starts that suit it, and its gaps as minimum and maximum."""

    starts: tuple[int, ...]
    length: int
    ordinal: int | None = None
    before: tuple[int, int | None] = (0, None)
    after: tuple[int, int | None] = (0, None)


def sequences(parts: list[Part]) -> Iterator[tuple[tuple[int, int], ...]]:
    """Yield start and index of every part, for each possible order of the parts."""
    for order in permutations(range(len(parts))):
        ordinals = [parts[n].ordinal for n in order if parts[n].ordinal is not None]
        if ordinals != sorted(ordinals):  # type: ignore[type-var]
            continue
        for starts in product(*(parts[n].starts for n in order)):
            path = tuple(zip(starts, order, strict=True))
            if all(_fit(parts[n], at, parts[m], then) for (at, n), (then, m) in pairwise(path)):
                yield path


def _fit(part: Part, start: int, other: Part, then: int) -> bool:
    gap = then - start - part.length
    most = [bound for bound in (part.after[1], other.before[1]) if bound is not None]
    return gap >= part.after[0] and gap >= other.before[0] and all(gap <= bound for bound in most)


def epoch(moment: datetime) -> int:
    """Return seconds since 1970 UTC."""
    return round((moment - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds())
