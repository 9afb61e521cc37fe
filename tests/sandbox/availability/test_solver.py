"""The availability solver: worked cases, and a comparison with counting minute by minute."""

import random
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cronofy_frames.sandbox import coverage
from cronofy_frames.sandbox.availability import members, query_parsing, sequences
from cronofy_frames.sandbox.availability.solver import (
    MAX_RESULTS,
    AvailabilityQuery,
    Group,
    Member,
    Opening,
    ResponseFormat,
    find_openings,
    find_start_runs,
)
from cronofy_frames.sandbox.availability.spans import (
    ALL_TIME,
    TimeSet,
    difference,
    intersection,
    membership_segments,
    span_at,
    union,
)
from cronofy_frames.sandbox.availability.weekly import full_days_or_weeks
from cronofy_frames.sandbox.model.assumptions import ASSUMPTIONS
from tests import brute

MONDAY = datetime(2026, 3, 2, tzinfo=UTC)
DAY = brute.epoch(MONDAY)
MINUTE, HOUR = 60, 3600


def at(clock: str, *, day: int = 0) -> int:
    """Return the second of a time of that Monday, or of so many days later."""
    hours, minutes = clock.split(":")
    return DAY + day * 86_400 + int(hours) * HOUR + int(minutes) * MINUTE


def spans(*texts: str) -> TimeSet:
    """Return spans of that Monday, written as `09:00-10:00`."""
    return tuple((at(first), at(last)) for first, last in (text.split("-") for text in texts))


def clock(moment: int) -> str:
    """Return the UTC time of day of a second."""
    return f"{datetime.fromtimestamp(moment, UTC):%H:%M}"


def ask(*members: Member, required: object = "all", minutes: int = 60, **more: object) -> AvailabilityQuery:
    """Return a query for one group over that Monday, by default from 09:00 to 18:00."""
    values = {"groups": (Group(members, required),), "duration": minutes * MINUTE, "periods": spans("09:00-18:00")}
    return AvailabilityQuery(**{**values, **more})


def starts(query: AvailabilityQuery) -> list[str]:
    """Return the starts of the openings."""
    return [clock(opening.start) for opening in find_openings(query)]


def opening_texts(query: AvailabilityQuery) -> list[tuple[str, str]]:
    """Return the openings as `09:00-10:00` with the letters of the free members."""
    return [
        (f"{clock(opening.start)}-{clock(opening.end)}", "".join(opening.members)) for opening in find_openings(query)
    ]


def every(first: str, last: str, minutes: int) -> list[str]:
    """Return the times from the first to the last, both included."""
    return [clock(moment) for moment in range(at(first), at(last) + 1, minutes * MINUTE)]


A, B = Member("a", spans("10:00-11:00")), Member("b", spans("11:00-12:00"))
MORNING = spans("09:00-13:00")
NOON = spans("12:00-13:00")
HALF = 30 * MINUTE


BUFFERS = {
    "none": ([Member("a", NOON)], {}, every("09:00", "11:00", 30) + every("13:00", "17:00", 30)),
    "before": ([Member("a", NOON)], {"before": HALF}, every("09:00", "11:00", 30) + every("13:30", "17:00", 30)),
    "after": ([Member("a", NOON)], {"after": HALF // 2}, every("09:00", "10:30", 30) + every("13:00", "17:00", 30)),
    "both": (
        [Member("a", NOON)],
        {"before": HALF, "after": HALF // 2},
        every("09:00", "10:30", 30) + every("13:30", "17:00", 30),
    ),
    "a member's own, and the busy one": (
        [Member("a", NOON, before=HALF), Member("b")],
        {},
        every("09:00", "11:00", 30) + every("13:30", "17:00", 30),
    ),
    "a member's own, and the other is busy": (
        [Member("a", before=HALF), Member("b", NOON)],
        {},
        every("09:00", "11:00", 30) + every("13:00", "17:00", 30),
    ),
    "a member's own of nothing": (
        [Member("a", NOON, before=0)],
        {"before": HALF},
        every("09:00", "11:00", 30) + every("13:00", "17:00", 30),
    ),
}


@pytest.mark.parametrize("case", BUFFERS)
def test_a_buffer_keeps_time_around_the_slot_free(case: str) -> None:
    """No busy time may lie within a slot and its buffers, but may touch them."""
    members, buffers, expected = BUFFERS[case]
    assert starts(ask(*members, interval=HALF, response_format="overlapping_slots", **buffers)) == expected


def test_a_buffer_looks_beyond_the_query() -> None:
    """Busy time before the query period delays the first slot."""
    query = ask(Member("a", spans("08:00-08:45")), interval=HALF, before=HALF, response_format="overlapping_slots")
    assert starts(query)[0] == "09:30"


def test_a_buffer_may_stick_out_of_the_query() -> None:
    """Without busy time near it, a slot may start and end with the query period."""
    query = ask(Member("a"), before=HALF, after=HALF, interval=HALF, response_format="overlapping_slots")
    assert (starts(query)[0], starts(query)[-1]) == ("09:00", "17:00")


def test_a_period_is_the_gap_less_its_buffers() -> None:
    """A period starts `before` after busy time and ends `after` before it."""
    busy = Member("a", spans("09:00-10:00", "13:00-18:00"))
    assert opening_texts(ask(busy, before=30 * MINUTE, after=15 * MINUTE)) == [("10:30-12:45", "a")]


def test_all_must_be_free() -> None:
    """With all members required, a period is their common free time, and slots fill it."""
    query = ask(A, B, minutes=30, periods=MORNING)
    assert opening_texts(query) == [("09:00-10:00", "ab"), ("12:00-13:00", "ab")]
    assert starts(replace(query, response_format="slots")) == ["09:00", "09:30", "12:00", "12:30"]


TWO_OF_THREE = [("09:00-10:00", "abc"), ("10:00-11:00", "bc"), ("11:00-12:00", "ac"), ("12:00-13:00", "abc")]


def test_periods_of_some_end_where_others_are_free() -> None:
    """With two of three required, a period ends where the set of free members changes."""
    query = ask(A, B, Member("c"), required=2, periods=MORNING)
    assert opening_texts(query) == TWO_OF_THREE
    assert opening_texts(replace(query, response_format="slots", interval=HOUR)) == TWO_OF_THREE
    assert opening_texts(replace(query, response_format="slots")) == TWO_OF_THREE


def test_who_has_no_room_for_a_slot_splits_nothing() -> None:
    """A member who is free for less than one slot does not split a period of the others."""
    brief = Member("b", allowed=spans("10:00-10:30"))
    assert opening_texts(ask(Member("a"), brief, required=1, periods=MORNING)) == [("09:00-13:00", "a")]


def test_every_free_room_is_listed() -> None:
    """A group that requires one lists all free members, and every group must be satisfied."""
    rooms = (Member("x", spans("10:00-12:00")), Member("y", spans("11:00-13:00")), Member("z", spans("11:00-12:00")))
    groups = (Group((Member("a"), Member("b"))), Group(rooms, 1))
    query = AvailabilityQuery(groups=groups, duration=HOUR, periods=MORNING, response_format="slots", interval=HOUR)
    assert opening_texts(query) == [("09:00-10:00", "abxyz"), ("10:00-11:00", "abyz"), ("12:00-13:00", "abxz")]


def test_overlapping_slots_start_at_every_mark() -> None:
    """Overlapping slots start at each mark, other slots only after the end of the one before."""
    query = ask(Member("a"), periods=spans("09:00-11:00"), interval=15 * MINUTE, response_format="overlapping_slots")
    assert starts(query) == every("09:00", "10:00", 15)
    assert starts(replace(query, response_format="slots")) == ["09:00", "10:00"]


@pytest.mark.parametrize("form", ["periods", "slots", "overlapping_slots"])
def test_starts_are_on_the_grid(form: ResponseFormat) -> None:
    """With free time from 09:10, the first start is at the next quarter of an hour."""
    query = ask(
        Member("a", spans("09:00-09:10")),
        minutes=30,
        periods=spans("09:00-11:00"),
        interval=15 * MINUTE,
        response_format=form,
    )
    assert starts(query)[0] == "09:15"


def test_the_grid_is_counted_from_the_day() -> None:
    """Marks of 50 minutes are counted from midnight UTC, wherever the query period starts."""
    query = ask(Member("a"), minutes=10, periods=spans("09:10-12:00"), interval=50 * MINUTE, response_format="slots")
    assert starts(query) == ["09:10", "10:00", "10:50", "11:40"]  # 11 times 50 minutes is 09:10
    assert starts(replace(query, periods=spans("09:20-12:00"))) == ["10:00", "10:50", "11:40"]


def test_the_grid_begins_anew_at_midnight() -> None:
    """An interval that does not divide the day has a mark at each midnight."""
    query = ask(
        Member("a"), minutes=10, periods=((at("22:40"), at("25:00")),), interval=50 * MINUTE, response_format="slots"
    )
    assert starts(query) == ["23:20", "00:00", "00:50"]


def test_without_a_step_slots_follow_each_other() -> None:
    """Without a grid, slots follow each other from the start of free time."""
    query = ask(Member("a", spans("09:00-09:10", "12:00-12:40")), response_format="slots", periods=MORNING)
    assert starts(query) == ["09:10", "10:10"]
    assert starts(replace(query, response_format="overlapping_slots")) == ["09:10", "10:10"]


def test_slots_for_others_wait_for_the_last_to_end() -> None:
    """Slots of different members do not overlap."""
    early, late = Member("a", allowed=spans("09:00-10:00")), Member("b", allowed=spans("09:30-11:30"))
    query = ask(early, late, required=1, response_format="slots")
    assert opening_texts(query) == [("09:00-10:00", "a"), ("10:00-11:00", "b")]
    assert starts(replace(query, response_format="overlapping_slots")) == ["09:00", "09:30", "10:30"]


def test_only_the_start_of_a_period_is_put_on_the_grid() -> None:
    """A period starts at a mark and ends with the free time; without a mark there is no period."""
    query = ask(Member("a", spans("11:10-18:00")), interval=HALF)
    assert opening_texts(query) == [("09:00-11:10", "a")]
    assert opening_texts(replace(query, periods=spans("09:10-18:00"))) == [("09:30-11:10", "a")]
    short = replace(query, duration=10 * MINUTE, periods=spans("09:10-09:30", "10:10-10:50"))
    assert opening_texts(short) == [("10:30-10:50", "a")]


def test_query_periods_that_touch_are_one() -> None:
    """A period and a slot may lie across two query periods that touch."""
    query = ask(Member("a"), minutes=90, periods=spans("10:00-11:00", "09:00-10:00"))
    assert opening_texts(query) == [("09:00-11:00", "a")]
    assert starts(replace(query, response_format="slots")) == ["09:00"]


def test_nothing_lies_across_a_hole_in_the_query() -> None:
    """A gap of a minute separates two query periods."""
    query = ask(Member("a"), minutes=90, periods=spans("09:00-10:00", "10:01-11:01"))
    assert opening_texts(query) == [] == opening_texts(replace(query, response_format="overlapping_slots"))


def test_a_slot_may_lie_across_midnight() -> None:
    """Slots may lie before, across and after midnight UTC."""
    query = ask(Member("a"), periods=((at("22:00"), at("26:00")),), interval=HOUR, response_format="slots")
    assert starts(query) == ["22:00", "23:00", "00:00", "01:00"]


def test_whole_days_close_by_a_constraint() -> None:
    """A closed day lasts from midnight to midnight in the constraint's time zone, in summer and winter."""
    winter = full_days_or_weeks([at("10:00")], unit="day", limit=1, tzid="Europe/London")
    assert winter == ((at("00:00"), at("24:00")),)
    june = brute.epoch(datetime(2026, 6, 1, 10, tzinfo=UTC))
    assert full_days_or_weeks([june], unit="day", limit=1, tzid="Europe/London") == (
        (june - 11 * HOUR, june + 13 * HOUR),
    )
    query = ask(Member("a", closed_by_limits=winter), periods=((at("12:00"), at("12:00", day=1)),), before=HOUR)
    assert opening_texts(query) == [("00:00-12:00", "a")]


def test_weeks_start_on_monday() -> None:
    """A closed week lasts from Monday to Monday."""
    events = [at("10:00"), at("10:00", day=6)]
    assert full_days_or_weeks(events, unit="week", limit=2) == ((at("00:00"), at("00:00", day=7)),)
    assert full_days_or_weeks([at("10:00", day=6), at("10:00", day=7)], unit="week", limit=2) == ()


def test_a_constraint_counts_up_to_its_limit() -> None:
    """One event fewer than the limit closes nothing, and a limit of zero closes all time."""
    assert full_days_or_weeks([at("10:00")], unit="day", limit=2) == ()
    assert full_days_or_weeks([at("10:00"), at("11:00")], unit="day", limit=2) == ((at("00:00"), at("24:00")),)
    assert full_days_or_weeks([], unit="day", limit=0) == ALL_TIME
    assert find_openings(ask(Member("a", closed_by_limits=ALL_TIME))) == []


def test_a_week_has_the_length_that_clocks_give_it() -> None:
    """A week in which clocks go forward is an hour shorter, and a day without midnight starts at its first instant."""
    sunday = brute.epoch(datetime(2026, 3, 29, 12, tzinfo=UTC))
    ((first, last),) = full_days_or_weeks([sunday], unit="week", limit=1, tzid="Europe/London")
    assert last - first == 167 * HOUR
    friday = brute.epoch(datetime(2026, 4, 24, 12, tzinfo=UTC))  # Cairo goes from 00:00 to 01:00
    ((first, last),) = full_days_or_weeks([friday], unit="day", limit=1, tzid="Africa/Cairo")
    assert (clock(first), last - first) == ("22:00", 23 * HOUR)


def test_listed_starts_are_checked_one_by_one() -> None:
    """Query slots need no grid and may overlap, in any response format."""
    listed = (at("09:05"), at("09:00"), at("11:00"), at("09:05"))
    query = ask(Member("a", NOON), minutes=90, starts=listed, periods=None, interval=HOUR, response_format="slots")
    assert starts(query) == ["09:00", "09:05"] == starts(replace(query, response_format="periods"))
    assert starts(replace(query, periods=spans("09:05-18:00"))) == ["09:05"]


def test_the_first_results_are_kept() -> None:
    """At most max_results openings are returned, by default MAX_RESULTS."""
    query = ask(Member("a"), minutes=30, interval=HALF, response_format="slots", max_results=3)
    assert starts(query) == ["09:00", "09:30", "10:00"]
    many = ask(Member("a"), minutes=1, interval=MINUTE, response_format="slots")
    assert len(find_openings(many)) == MAX_RESULTS == len(find_openings(replace(many, max_results=10**6))) - 28
    assert len(find_openings(ask(A, B, minutes=30, periods=MORNING, max_results=1))) == 1


def test_a_sub_in_two_groups_counts_in_both_and_is_listed_once() -> None:
    """A member of two groups counts in both and is listed once, at the first place."""
    groups = (Group((Member("a"), Member("b")), 1), Group((Member("c"), Member("a")), 1))
    query = AvailabilityQuery(groups=groups, duration=HOUR, periods=spans("09:00-10:00"))
    assert find_openings(query) == [Opening(at("09:00"), at("10:00"), ("a", "b", "c"))]


def test_more_than_there_are_cannot_be_free() -> None:
    """A group that requires more members than it has is never satisfied."""
    assert find_openings(ask(Member("a"), required=2)) == []


def test_allowed_time_must_hold_the_whole_slot() -> None:
    """A slot lies within one span of allowed time, its buffer need not; spans that touch are one."""
    own = spans("09:00-10:00", "10:00-10:30", "11:00-11:30")
    query = ask(Member("a", allowed=own), before=HOUR, after=HOUR)
    assert opening_texts(query) == [("09:00-10:30", "a")]
    assert find_openings(ask(Member("a", allowed=()))) == []


def test_busy_time_without_length_takes_none() -> None:
    """Busy time without a duration blocks nothing."""
    assert opening_texts(ask(Member("a", spans("10:00-10:00")), before=HOUR)) == [("09:00-18:00", "a")]


def test_a_query_without_a_length_is_refused() -> None:
    """A query needs a duration, and periods or starts."""
    with pytest.raises(ValueError, match="duration"):
        ask(Member("a"), minutes=0)
    with pytest.raises(ValueError, match="duration and interval"):
        ask(Member("a"), interval=0)
    with pytest.raises(ValueError, match="periods, or starts"):
        ask(Member("a"), periods=None)
    assert find_openings(ask(Member("a"), periods=())) == []


class CountedSpans(tuple[tuple[int, int], ...]):
    """Spans that count how many of them were iterated."""

    looks = 0

    def __iter__(self) -> Iterator[tuple[int, int]]:
        for span in super().__iter__():
            CountedSpans.looks += 1
            yield span


def test_ten_members_over_five_weeks_are_looked_at_once() -> None:
    """A query iterates each of the 3,000 busy spans of ten members once, in any response format."""
    draw = random.Random(7)
    length = 35 * 86_400

    def busy() -> TimeSet:
        starts = [DAY + draw.randrange(0, length, 300) for _ in range(300)]
        return CountedSpans((start, start + draw.choice((900, 1800, 3600))) for start in starts)

    groups = (
        Group(tuple(Member(f"acc_{n}", busy()) for n in range(5)), 3),
        Group(tuple(Member(f"res_{n}", busy()) for n in range(5)), 1),
    )
    ask_all = AvailabilityQuery(
        groups=groups, duration=1800, periods=((DAY, DAY + length),), interval=900, before=300, max_results=10**6
    )
    for form in ("periods", "slots", "overlapping_slots"):
        CountedSpans.looks = 0
        openings = find_openings(replace(ask_all, response_format=form))
        assert CountedSpans.looks == 3000
        assert len(openings) > 200


# --- against counting

BASE = 86_400 - 90  # so that midnight, where the grid begins anew, is in the middle

moments = st.integers(0, 180)
stretches = st.lists(
    st.tuples(moments, st.integers(0, 40)).map(lambda pair: (BASE + pair[0], BASE + sum(pair))), max_size=4
)


@st.composite
def people(draw: st.DrawFn, sub: str) -> tuple[Member, brute.Person]:
    """Draw a member, and the same one for the comparison."""
    busy, closed = draw(stretches), draw(stretches) if draw(st.integers(0, 4)) == 0 else []
    allowed = [*draw(stretches), (BASE, BASE + draw(moments))] if draw(st.booleans()) else None
    before, after = draw(st.integers(0, 12)), draw(st.integers(0, 12))
    member = Member(sub, tuple(busy), None if allowed is None else tuple(allowed), tuple(closed), before, after)
    counted = None if allowed is None else frozenset(brute.minutes(*allowed))
    busy_set, closed_set = frozenset(brute.minutes(*busy)), frozenset(brute.minutes(*closed))
    return member, brute.Person(sub, busy_set, counted, closed_set, before, after)


@st.composite
def puzzles(draw: st.DrawFn) -> tuple[AvailabilityQuery, brute.Puzzle]:
    """Draw a query, and the same one for the comparison."""
    groups, counted = [], []
    for _ in range(draw(st.integers(1, 3))):
        names = draw(st.lists(st.sampled_from("abcde"), min_size=1, max_size=3, unique=True))
        pairs = [draw(people(name)) for name in names]
        required = draw(st.sampled_from(["all", *range(1, len(names) + 1)]))
        groups.append(Group(tuple(member for member, _ in pairs), required))
        counted.append((tuple(person for _, person in pairs), len(names) if required == "all" else required))
    periods = draw(st.lists(st.tuples(moments, st.integers(1, 90)), min_size=1, max_size=4))
    periods = [(BASE + start, BASE + start + length) for start, length in periods]
    length, interval = draw(st.integers(1, 30)), draw(st.sampled_from([None, 5, 7, 15, 30]))
    query = AvailabilityQuery(
        groups=tuple(groups), duration=length, periods=tuple(periods), interval=interval, max_results=10**6
    )
    return query, brute.Puzzle(tuple(counted), length, frozenset(brute.minutes(*periods)), interval)


def opening_tuples(query: AvailabilityQuery) -> brute.Answer:
    """Return the openings in the form of the comparison."""
    return [(opening.start, opening.end, opening.members) for opening in find_openings(query)]


@settings(max_examples=150)
@given(puzzles())
def test_overlapping_slots_are_those_that_counting_finds(both: tuple[AvailabilityQuery, brute.Puzzle]) -> None:
    """Overlapping slots start at every mark at which all groups are satisfied."""
    query, puzzle = both
    assert opening_tuples(replace(query, response_format="overlapping_slots")) == brute.overlapping(puzzle)


@settings(max_examples=150)
@given(puzzles())
def test_slots_are_those_that_counting_finds(both: tuple[AvailabilityQuery, brute.Puzzle]) -> None:
    """Slots start at each first legal mark after the slot before."""
    query, puzzle = both
    assert opening_tuples(replace(query, response_format="slots")) == brute.apart(puzzle)


@settings(max_examples=150)
@given(puzzles())
def test_periods_are_those_that_counting_finds(both: tuple[AvailabilityQuery, brute.Puzzle]) -> None:
    """Periods are the minutes that slots of the same members cover, cut where the members change."""
    query, puzzle = both
    assert opening_tuples(query) == brute.periods(puzzle)


@settings(max_examples=80)
@given(puzzles(), st.lists(moments, max_size=12))
def test_listed_starts_are_those_that_counting_finds(
    both: tuple[AvailabilityQuery, brute.Puzzle], offsets: list[int]
) -> None:
    """Of the query slots the legal ones are returned in order, each once."""
    query, puzzle = both
    legal = puzzle.legal()
    listed = sorted({BASE + start for start in offsets} & legal.keys())
    answer = opening_tuples(replace(query, starts=tuple(BASE + start for start in offsets), response_format="slots"))
    assert answer == [(start, start + query.duration, legal[start]) for start in listed]


@settings(max_examples=80)
@given(puzzles(), st.sampled_from(["periods", "slots", "overlapping_slots"]), st.integers(0, 6))
def test_the_cut_keeps_the_first(both: tuple[AvailabilityQuery, brute.Puzzle], form: ResponseFormat, most: int) -> None:
    """Openings are ordered by start and end, and a smaller max_results returns the beginning of a larger one."""
    query = replace(both[0], response_format=form)
    whole = find_openings(query)
    assert [(opening.start, opening.end) for opening in whole] == sorted(
        {(opening.start, opening.end) for opening in whole}
    )
    assert find_openings(replace(query, max_results=most)) == whole[:most]


@settings(max_examples=50)
@given(puzzles())
def test_runs_hold_every_legal_start(both: tuple[AvailabilityQuery, brute.Puzzle]) -> None:
    """The start runs have exactly the legal starts, with the same members."""
    query, puzzle = both
    listed = {start: run.members for run in find_start_runs(query) for start in range(run.first, run.last + 1)}
    assert listed == puzzle.legal()


anything = st.lists(
    st.tuples(st.integers(0, 60), st.integers(-2, 12)).map(lambda pair: (pair[0], sum(pair))), max_size=8
)


@given(anything, anything)
def test_sets_of_spans_are_sets(left_spans: list[tuple[int, int]], right_spans: list[tuple[int, int]]) -> None:
    """Union, intersection and difference equal those of the sets of seconds, and their spans do not touch."""
    left, right = union(left_spans), union(right_spans)
    for made, expected in (
        (union(left_spans, right_spans), brute.minutes(*left_spans) | brute.minutes(*right_spans)),
        (intersection(left, right), brute.minutes(*left_spans) & brute.minutes(*right_spans)),
        (difference(left, right), brute.minutes(*left_spans) - brute.minutes(*right_spans)),
    ):
        assert brute.minutes(*made) == expected
        assert made == union(made)
    assert all(
        (span_at(left, moment) is not None) == (moment in brute.minutes(*left_spans)) for moment in range(-1, 75)
    )
    layers = {moment: mask for first, last, mask in membership_segments([left, right]) for moment in range(first, last)}
    marked = {
        moment: (moment in brute.minutes(*left_spans)) + 2 * (moment in brute.minutes(*right_spans))
        for moment in range(75)
    }
    assert layers == {moment: mask for moment, mask in marked.items() if mask}


# --- what is assumed


def test_every_assumption_is_complete() -> None:
    """Each assumption has a question, a behaviour, a reason and a mark, and is listed at its routes."""
    questions = [assumption.question for assumption in ASSUMPTIONS]
    assert len(set(questions)) == len(questions)
    assert all(row.question.endswith("?") and row.behaviour and row.reason and row.mark for row in ASSUMPTIONS)
    assert {route for row in ASSUMPTIONS for route in row.routes} <= {row["route"] for row in coverage()}
    assert all(
        str(row) in listed["assumptions"]
        for row in ASSUMPTIONS
        for listed in coverage()
        if listed["route"] in row.routes
    )


@pytest.mark.parametrize(
    "limit",
    [
        query_parsing.MAX_DURATION,
        query_parsing.MAX_DAYS,
        query_parsing.MAX_ITEMS,
        query_parsing.MAX_PERIODS,
        members.MAX_MEMBERS,
        MAX_RESULTS,
        sequences.MAX_SEQUENCES,
        sequences.MAX_SPANS_EXAMINED,
        sequences.DEFAULT_INTERVAL,
        *query_parsing.START_INTERVALS,
    ],
)
def test_the_assumptions_name_the_limits_in_force(limit: int) -> None:
    """Each limit of the code is a number in the behaviour of an assumption."""
    assert any(str(limit) in re.findall(r"\d+", assumption.behaviour) for assumption in ASSUMPTIONS)
