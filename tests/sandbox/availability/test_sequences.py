"""Sequences of meetings: examples, rules that each sequence must keep, and a comparison with trying everything."""

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from itertools import groupby, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cronofy_frames.sandbox.availability.sequences import (
    DEFAULT_INTERVAL,
    MAX_SEQUENCES,
    Distance,
    ItemSequence,
    ScheduledItem,
    SequenceItem,
    SequenceQuery,
    find_sequences,
    gap_between,
)
from cronofy_frames.sandbox.availability.solver import Group, Member
from cronofy_frames.sandbox.availability.spans import TimeSet, span_at, union
from tests import brute

MINUTE, HOUR = 60, 3600
MONDAY = brute.epoch(datetime(2026, 3, 2, tzinfo=UTC))


def spans(*texts: str) -> TimeSet:
    """Return spans of that Monday, written as `09:00-10:00`."""
    return tuple(
        (MONDAY + _minutes(first) * MINUTE, MONDAY + _minutes(last) * MINUTE)
        for first, last in (text.split("-") for text in texts)
    )


def _minutes(clock: str) -> int:
    hours, minutes = clock.split(":")
    return int(hours) * 60 + int(minutes)


def make_item(name: str, *free: str, minutes: int = 60, busy: TimeSet = (), **more: object) -> SequenceItem:
    """Return an item for one member of the same name, free at these times, or at all times."""
    member = Member(name, busy, spans(*free) if free else None)
    return SequenceItem(**{"sequence_id": name, "groups": (Group((member,)),), "duration": minutes * MINUTE, **more})


def ask(*items: SequenceItem, within: tuple[str, ...] = ("09:00-12:00",), **more: object) -> SequenceQuery:
    """Return a query over that Monday's morning."""
    return SequenceQuery(**{"items": items, "periods": spans(*within), **more})


def sequence_texts(query: SequenceQuery) -> list[str]:
    """Return each sequence as `a 09:00, b 10:30`."""
    return [
        ", ".join(f"{item.sequence_id} {datetime.fromtimestamp(item.start, UTC):%H:%M}" for item in sequence)
        for sequence in find_sequences(query)
    ]


def test_a_proposal_places_every_item() -> None:
    """Each item has id, times and free members, and the items are in the order of time."""
    first = make_item("s1", "09:00-10:00", ordinal=1)
    second = make_item("s2", "10:00-11:30", ordinal=2, before=Distance(30 * MINUTE))
    assert find_sequences(ask(first, second)) == [
        (
            ScheduledItem("s1", MONDAY + 9 * HOUR, MONDAY + 10 * HOUR, ("s1",)),
            ScheduledItem("s2", MONDAY + 10 * HOUR + 1800, MONDAY + 11 * HOUR + 1800, ("s2",)),
        )
    ]


def test_each_beginning_has_its_earliest_end() -> None:
    """From each start of the first item the others follow as early as possible, up to max_results sequences."""
    query = ask(make_item("a", ordinal=1, interval=1800), make_item("b", ordinal=2, interval=1800))
    assert sequence_texts(query) == ["a 09:00, b 10:00", "a 09:30, b 10:30", "a 10:00, b 11:00"]
    assert sequence_texts(replace(query, max_results=2)) == ["a 09:00, b 10:00", "a 09:30, b 10:30"]
    many = ask(make_item("a", ordinal=1, interval=300), within=("09:00-18:00",))
    assert len(sequence_texts(many)) == MAX_SEQUENCES < len(sequence_texts(replace(many, max_results=1000)))


def test_ordinals_fix_the_order() -> None:
    """Items without an ordinal, or with equal ones, are in any order; the others are in theirs."""
    within = ("09:00-11:00",)
    assert sequence_texts(ask(make_item("a"), make_item("b"), within=within)) == [
        "a 09:00, b 10:00",
        "b 09:00, a 10:00",
    ]
    assert sequence_texts(ask(make_item("a", ordinal=3), make_item("b", ordinal=3), within=within)) == [
        "a 09:00, b 10:00",
        "b 09:00, a 10:00",
    ]
    assert sequence_texts(ask(make_item("a", ordinal=2), make_item("b", ordinal=1), within=within)) == [
        "b 09:00, a 10:00"
    ]
    loose = ask(make_item("a", ordinal=2), make_item("b", ordinal=1), make_item("c"))
    assert sequence_texts(loose) == ["b 09:00, a 10:00, c 11:00", "c 09:00, b 10:00, a 11:00"]


def test_the_least_gap_is_the_larger_minimum() -> None:
    """Of the two minimums between neighbouring items the larger one counts."""
    first = make_item("a", ordinal=1, after=Distance(15 * MINUTE))
    second = make_item("b", ordinal=2, before=Distance(30 * MINUTE))
    assert sequence_texts(ask(first, second, max_results=1)) == ["a 09:00, b 10:30"]


def test_the_next_item_is_not_too_far_away() -> None:
    """With a maximum, an item starts later to be near the next one; the smaller maximum counts."""
    first, second = make_item("a", ordinal=1), make_item("b", "11:00-12:00", ordinal=2, before=Distance(0, 15 * MINUTE))
    assert sequence_texts(ask(first, second)) == ["a 09:45, b 11:00", "a 10:00, b 11:00"]
    assert gap_between(replace(first, after=Distance(0, 60)), second) == (0, 60)
    assert sequence_texts(ask(replace(first, after=Distance(0, 0)), second)) == ["a 10:00, b 11:00"]
    assert sequence_texts(ask(replace(first, after=Distance(1800)), second)) == []


def test_outer_gaps_hold_against_busy_time_alone() -> None:
    """Before the first item and after the last, only the minimum to busy time counts."""
    wide = Distance(30 * MINUTE, 60 * MINUTE)
    alone = make_item("a", before=wide, after=wide)
    assert sequence_texts(ask(alone, within=("09:00-10:00",))) == ["a 09:00"]
    busy = make_item("a", busy=spans("08:00-09:00", "11:00-12:00"), before=wide, after=wide)
    assert sequence_texts(ask(busy)) == ["a 09:30"]


def test_an_item_may_have_its_own_periods() -> None:
    """An item lies in its own periods and in the query periods."""
    query = ask(make_item("a", ordinal=1), make_item("b", ordinal=2, periods=spans("08:00-10:00", "11:00-13:00")))
    assert sequence_texts(query)[0] == "a 09:00, b 11:00"


def test_a_sequence_may_reach_over_several_periods() -> None:
    """Items may lie in different query periods."""
    query = ask(make_item("a", ordinal=1), make_item("b", ordinal=2), within=("09:00-10:00", "14:00-16:00"))
    assert sequence_texts(query) == ["a 09:00, b 14:00", "a 14:00, b 15:00"]


def test_starts_without_a_step() -> None:
    """Without an interval an item starts on quarters of an hour, and where its free time starts."""
    query = ask(make_item("a", "09:10-10:20", minutes=60))
    assert sequence_texts(query) == ["a 09:10", "a 09:15"]


def test_who_is_free_is_listed() -> None:
    """Every free member of every group of an item is listed."""
    rooms = Group((Member("x", spans("09:00-10:00")), Member("y"), Member("z")), 1)
    item = SequenceItem(sequence_id=7, groups=(Group((Member("a"),)), rooms), duration=HOUR, interval=HOUR)
    assert [whole[0].members for whole in find_sequences(ask(item))] == [
        ("a", "y", "z"),
        ("a", "x", "y", "z"),
        ("a", "x", "y", "z"),
    ]
    assert find_sequences(ask()) == []


FIVE_WEEKS = ((MONDAY, MONDAY + 35 * 86_400),)


def _steady(name: str, *, most: int | None, ordinal: int | None = None, busy: TimeSet = ()) -> SequenceItem:
    distance = Distance(0, most)
    return make_item(name, minutes=30, interval=900, before=distance, after=distance, ordinal=ordinal, busy=busy)


@pytest.mark.parametrize("most", [None, 0, 5 * MINUTE, HOUR])
def test_a_search_for_what_cannot_be_ends(most: int | None) -> None:
    """A search without a result, for ten items over five weeks, stays within its limit."""
    draw = random.Random(3)
    begun = [MONDAY + draw.randrange(0, 35 * 86_400, 300) for _ in range(300)]
    busy = tuple((start, start + 1800) for start in begun)
    items = [_steady(f"i{n}", most=most, ordinal=1, busy=busy) for n in range(9)]
    last = make_item("last", "00:00-01:00", ordinal=2, interval=900)
    assert find_sequences(SequenceQuery(items=(*items, last), periods=FIVE_WEEKS)) == []


def test_a_search_too_large_is_given_up() -> None:
    """A search for ten long items that almost fit ends at its limit."""
    days = tuple((MONDAY + n * 86_400, MONDAY + n * 86_400 + 12 * HOUR) for n in range(35))
    items = [
        SequenceItem(
            sequence_id=n,
            groups=(Group((Member("a", allowed=tuple(day for k, day in enumerate(days) if (k + n) % 10)),)),),
            duration=2 * HOUR + n * 300,
            interval=300,
            before=Distance(0, 0),
        )
        for n in range(10)
    ]
    assert find_sequences(SequenceQuery(items=tuple(items), periods=FIVE_WEEKS), max_spans_examined=50_000) == []


@pytest.mark.parametrize("most", [0, 15 * MINUTE, 4 * HOUR])
def test_a_far_end_is_found(most: int) -> None:
    """If one of five items is free only in the last hours of five weeks, the others are scheduled near it."""
    day = FIVE_WEEKS[0][1] - 86_400
    rare = replace(_steady("rare", most=most), periods=((day, day + 8 * HOUR),))
    query = SequenceQuery(items=(*(_steady(f"i{n}", most=most) for n in range(4)), rare), periods=FIVE_WEEKS)
    results = find_sequences(query)
    assert len(results) == 50
    assert all(any(item.sequence_id == "rare" and item.start >= day for item in whole) for whole in results)


def test_a_used_up_search_gives_what_it_has() -> None:
    """With few search steps there are fewer sequences, and these are the first ones."""
    query = ask(
        make_item("a", ordinal=1), make_item("b", ordinal=2), make_item("c", ordinal=3), within=("09:00-18:00",)
    )
    whole = find_sequences(query)
    some = find_sequences(query, max_spans_examined=200)
    assert 0 < len(some) < len(whole)
    assert some == whole[: len(some)]


# --- against trying everything


BEGIN = DEFAULT_INTERVAL - 50  # so that a start that is tried without an interval is in the middle


@st.composite
def sequences(draw: st.DrawFn) -> SequenceQuery:
    """Draw a small query of some seconds."""
    items = []
    for n in range(draw(st.integers(1, 4))):
        allowed = draw(st.lists(st.tuples(st.integers(0, 80), st.integers(5, 40)), min_size=1, max_size=2))
        busy = draw(st.lists(st.tuples(st.integers(0, 100), st.integers(1, 6)), max_size=2))
        member = Member("a", _shifted_spans(busy), _shifted_spans(allowed))
        other = Member(
            "b", _shifted_spans(draw(st.lists(st.tuples(st.integers(0, 100), st.integers(1, 20)), max_size=2)))
        )
        items.append(
            SequenceItem(
                sequence_id=n,
                groups=(Group((member, other), draw(st.sampled_from(["all", 1]))),),
                duration=draw(st.integers(1, 12)),
                ordinal=draw(st.sampled_from([None, 1, 2])),
                interval=draw(st.sampled_from([None, 10, 12])),
                before=draw(distances()),
                after=draw(distances()),
                periods=draw(st.sampled_from([None, _shifted_spans([(0, 40), (50, 50)])])),
            )
        )
    periods = _shifted_spans(draw(st.sampled_from([[(0, 100)], [(10, 35), (55, 40)], [(0, 50), (50, 30)]])))
    return SequenceQuery(items=tuple(items), periods=periods, max_results=10**6)


def _shifted_spans(pairs: list[tuple[int, int]]) -> TimeSet:
    return tuple((BEGIN + start, BEGIN + start + length) for start, length in pairs)


@st.composite
def distances(draw: st.DrawFn) -> Distance:
    """Draw a gap, rarely with a maximum."""
    minimum = draw(st.integers(0, 5))
    return Distance(minimum, draw(st.sampled_from([None, None, None, minimum, minimum + 15])))


def _part(query: SequenceQuery, item: SequenceItem) -> brute.Part:
    """Return an item for the comparison."""
    people = tuple(
        brute.Person(
            member.sub,
            frozenset(brute.minutes(*member.busy)),
            None if member.allowed is None else frozenset(brute.minutes(*member.allowed)),
            before=item.before.minimum,
            after=item.after.minimum,
        )
        for member in item.groups[0].members
    )
    within = item.periods or query.periods
    minutes = brute.minutes(*query.periods) & brute.minutes(*within)
    need = len(people) if item.groups[0].required == "all" else 1
    legal = brute.Puzzle(((people, need),), item.duration, frozenset(minutes), item.interval).legal()
    interval = item.interval or DEFAULT_INTERVAL
    tried = [start for start in legal if start % interval == 0 or (item.interval is None and start - 1 not in legal)]
    bounds = [(gap.minimum, gap.maximum) for gap in (item.before, item.after)]
    return brute.Part(tuple(tried), item.duration, item.ordinal, *bounds)


def _ways(results: list[ItemSequence]) -> list[tuple[tuple[int, int], ...]]:
    return [tuple((item.start, int(item.sequence_id)) for item in whole) for whole in results]


@settings(max_examples=120)
@given(sequences())
def test_the_earliest_of_each_beginning_is_found(query: SequenceQuery) -> None:
    """Of all sequences with the same first item and start, the earliest is returned."""
    ways = sorted(brute.sequences([_part(query, item) for item in query.items]))
    assert _ways(find_sequences(query)) == [next(alike) for _, alike in groupby(ways, key=lambda path: path[0])]


@settings(max_examples=80)
@given(sequences(), st.integers(1, 600))
def test_a_search_that_is_cut_short_gives_the_beginning(query: SequenceQuery, steps: int) -> None:
    """With fewer search steps the result is the beginning of that with more."""
    some = find_sequences(query, max_spans_examined=steps)
    assert some == find_sequences(replace(query, max_results=len(some)), max_spans_examined=10**7)


@settings(max_examples=80)
@given(sequences())
def test_every_proposal_keeps_the_rules(query: SequenceQuery) -> None:
    """Each item is scheduled once, in its own and the query periods, in the order of ordinals, with its gaps."""
    for sequence in find_sequences(query):
        assert sorted(int(item.sequence_id) for item in sequence) == list(range(len(query.items)))
        assert not list(_broken(query, sequence))
        assert all(span_at(union(query.periods), item.start) for item in sequence)


def _broken(query: SequenceQuery, sequence: ItemSequence) -> Iterator[str]:
    """Yield the rules that a sequence breaks."""
    items = [query.items[int(item.sequence_id)] for item in sequence]
    for item, query_item in zip(sequence, items, strict=True):
        slot = brute.minutes((item.start, item.end))
        if item.end - item.start != query_item.duration:
            yield "length"
        for periods in (query.periods, query_item.periods or query.periods):
            if not any(slot <= brute.minutes(span) for span in union(periods)):
                yield "periods"
        for member in query_item.groups[0].members:
            around = brute.minutes((item.start - query_item.before.minimum, item.end + query_item.after.minimum))
            is_free = not around & brute.minutes(*member.busy)
            is_allowed = member.allowed is None or slot <= brute.minutes(*member.allowed)
            if (member.sub in item.members) != (is_free and is_allowed):
                yield "members"
        if len(item.members) < (2 if query_item.groups[0].required == "all" else 1):
            yield "required"
    for (item, query_item), (next_item, next_query_item) in pairwise(zip(sequence, items, strict=True)):
        between = next_item.start - item.end
        least = (query_item.after.minimum, next_query_item.before.minimum)
        most = [bound for bound in (query_item.after.maximum, next_query_item.before.maximum) if bound is not None]
        if between < max(least) or any(between > bound for bound in most):
            yield "gap"
    ordinals = [item.ordinal for item in items if item.ordinal is not None]
    if ordinals != sorted(ordinals):
        yield "order"
