"""What Cronofy's documentation leaves open about availability: each guess a switch, with its reason.

The defaults are what the sandbox does unless told otherwise. Everything in here is UNCONFIRMED unless its reason in
`WHY` or `LIMITS_WHY` says who says so; what is plainly documented stands in the code that does it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class Limits:
    """Numbers that bound a query.

    Attributes
    ----------
    members
        Most members.
    span_days
        Most days that the query periods cover together.
    query_periods
        Most query periods.
    shortest, longest
        Bounds of `required_duration`, in minutes.
    start_intervals
        What `start_interval` may be, in minutes.
    max_results
        The most that `max_results` may be.
    results
        How many are given where `max_results` is not.
    sequence_items
        Most items of a sequence.
    proposals
        How many sequences are proposed.
    search_steps
        How many spans of time are looked at in a search for sequences; a tenth of it is how many placements are tried.
    """

    members: int = 10
    span_days: int = 35
    query_periods: int = 50
    shortest: int = 1
    longest: int = 1440
    start_intervals: tuple[int, ...] = (5, 10, 15, 20, 30, 60)
    max_results: int = 512
    results: int = 512
    sequence_items: int = 10
    proposals: int = 50
    search_steps: int = 1_000_000


@dataclass(frozen=True, slots=True)
class Guesses:
    """How the open questions are decided; `WHY` has the choices and the reason of each.

    Attributes
    ----------
    limits
        The numbers.
    members_counted
        Whether the limit of members holds for the query or for each group.
    grid_origin
        Where the marks of `start_interval` are counted from: the UTC day, the UTC hour or each query period's start.
    grid_without_step
        Where slots start when no `start_interval` is given: one after the other from the beginning of each free
        stretch, or on marks of `required_duration` from the grid's origin.
    snap_period_start, snap_period_end
        Whether the ends of a period are moved onto the grid.
    period_split
        Periods of N of M: split wherever the set of free members changes, or every longest stretch that one large
        enough set is free for; those overlap.
    repeated_subs
        Whether a sub that is in two groups is listed once or each time.
    merge_query_periods
        Whether query periods that touch or overlap are one.
    buffer_beyond_query
        Whether a buffer looks at busy time outside the query periods.
    buffer_maximum
        What a maximum does on plain availability, where there is no neighbour.
    query_slots_overlap
        Whether `query_slots` that overlap are all given back in the form "slots".
    slots_and_periods
        What becomes of a query with both `query_slots` and query periods.
    ordered_query_periods
        Whether query periods must come in order.
    too_many_required
        What becomes of a group that requires more members than it has.
    unknown_sub
        What becomes of a sub that has not authorized the application.
    user_token_subs
        Which subs a query under a user's token may name.
    excluded_event_id
        In which calendars an `event_id` of `excluded_events` is looked for.
    extended_transparency_name
        How the member's list of values to be taken as free is called.
    all_day_zone
        In which zone an all-day event goes from midnight to midnight.
    rules_and_periods
        How weekly rules and stored available periods go together.
    managed_and_own
        How a member's own `available_periods` go with managed availability.
    nothing_stored
        When a member with managed availability but nothing stored is available.
    rule_without_calendars
        Which calendars count where a rule names none.
    dst_gap
        What a wall time that does not exist means: the first instant after the gap, or that much later.
    dst_overlap
        What wall times that come twice mean: from the first start to the last end, or the first of both.
    day_end
        Which end times may mean the midnight that ends a day.
    constraint_tzid
        The zone of a constraint that names none.
    week_start
        The weekday that a constraint's week starts on, 0 for Monday.
    constraint_tags
        Whether an event must carry all of a constraint's tags to count, or any.
    sequence_order
        Where items of a sequence with the same ordinal, or none, may stand: anywhere, or as they were listed.
    sequence_gap
        How the minimum of one item and that of the next make the least gap: the larger, or the sum.
    sequence_place
        Whether the items of a sequence may lie in several query periods.
    sequence_step
        Seconds between the starts that are tried for an item without `start_interval`.
    sequence_choice
        Which sequences are proposed: the earliest from each beginning, or every one.
    """

    limits: Limits = field(default_factory=Limits)
    members_counted: Literal["query", "group"] = "query"
    grid_origin: Literal["day", "hour", "query"] = "day"
    grid_without_step: Literal["stretch", "origin"] = "stretch"
    snap_period_start: bool = True
    snap_period_end: bool = False
    period_split: Literal["change", "longest"] = "change"
    repeated_subs: Literal["once", "each"] = "once"
    merge_query_periods: bool = True
    buffer_beyond_query: bool = True
    buffer_maximum: Literal["ignored", "refused"] = "ignored"
    query_slots_overlap: bool = True
    slots_and_periods: Literal["refused", "both hold"] = "refused"
    ordered_query_periods: bool = False
    too_many_required: Literal["refused", "never free"] = "refused"
    unknown_sub: Literal["refused", "never free"] = "refused"
    user_token_subs: Literal["authorized", "own"] = "authorized"
    excluded_event_id: Literal["all calendars", "counted calendars"] = "all calendars"
    extended_transparency_name: str = "ignored_extended_transparency"
    all_day_zone: Literal["calendar", "account", "utc"] = "calendar"
    rules_and_periods: Literal["union", "intersection"] = "union"
    managed_and_own: Literal["intersection", "union"] = "intersection"
    nothing_stored: Literal["never", "always"] = "never"
    rule_without_calendars: Literal["all", "none"] = "all"
    dst_gap: Literal["forward", "later"] = "forward"
    dst_overlap: Literal["widest", "first"] = "widest"
    day_end: Literal["24:00", "24:00 or 00:00", "none"] = "24:00"
    constraint_tzid: str = "Etc/UTC"
    week_start: int = 0
    constraint_tags: Literal["all", "any"] = "all"
    sequence_order: Literal["free", "listed"] = "free"
    sequence_gap: Literal["larger", "sum"] = "larger"
    sequence_place: Literal["anywhere", "one period"] = "anywhere"
    sequence_step: int = 900
    sequence_choice: Literal["earliest", "every"] = "earliest"

    def __post_init__(self) -> None:
        for name, why in WHY.items():
            if why.choices and getattr(self, name) not in why.choices:
                raise ValueError(f"{name} must be one of {', '.join(map(repr, why.choices))}.")
        if self.sequence_step < 1:
            raise ValueError("sequence_step must be at least 1.")


@dataclass(frozen=True, slots=True)
class Why:
    """Why a guess is what it is.

    Attributes
    ----------
    reason
        What speaks for the default.
    choices
        What it may be; empty where any value of its type will do.
    mark
        How sure it is: UNCONFIRMED, or who says so.
    """

    reason: str
    choices: tuple[Any, ...] = ()
    mark: str = "UNCONFIRMED"


EITHER = (True, False)

WHY: Mapping[str, Why] = {
    "members_counted": Why("one client that is in use sends at most ten in all", ("query", "group")),
    "grid_origin": Why(
        "starts at round times whatever the query; the same as from each period where periods start on the grid",
        ("day", "hour", "query"),
    ),
    "grid_without_step": Why("uses the most of each free stretch", ("stretch", "origin")),
    "snap_period_start": Why("start_interval is documented to place the starts of periods too", EITHER),
    "snap_period_end": Why("start_interval speaks of starts alone", EITHER),
    "period_split": Why("each period then has one true list of members, and none overlap", ("change", "longest")),
    "repeated_subs": Why("who reads the list wants people, not places in the query", ("once", "each")),
    "merge_query_periods": Why("time that touches is one stretch of time", EITHER),
    "buffer_beyond_query": Why("the meeting before the query is as real as one within it", EITHER),
    "buffer_maximum": Why("a maximum binds to a neighbour, and a single slot has none", ("ignored", "refused")),
    "query_slots_overlap": Why("each start is a question of its own", EITHER),
    "slots_and_periods": Why("two answers to one question are a mistake of the caller", ("refused", "both hold")),
    "ordered_query_periods": Why("they are merged, so that their order means nothing", EITHER),
    "too_many_required": Why("it can never be met, so that it is a mistake", ("refused", "never free")),
    "unknown_sub": Why("silence would look like a full calendar", ("refused", "never free")),
    "user_token_subs": Why("official clients send several subs under one user's token", ("authorized", "own")),
    "excluded_event_id": Why("documented without a calendar beside it", ("all calendars", "counted calendars")),
    "extended_transparency_name": Why("the stored copy of the page breaks off within the name"),
    "all_day_zone": Why("a day off is a day where the calendar is", ("calendar", "account", "utc")),
    "rules_and_periods": Why("a one-off period is time added to the week", ("union", "intersection")),
    "managed_and_own": Why("available_periods are described as a further filter", ("intersection", "union")),
    "nothing_stored": Why("nobody has said that the member is available", ("never", "always")),
    "rule_without_calendars": Why("as calendar_ids left out of a member means all", ("all", "none")),
    "dst_gap": Why("the wall clock shows no other time after the gap", ("forward", "later")),
    "dst_overlap": Why("from the first moment that the clock shows to the last", ("widest", "first")),
    "day_end": Why("00:00 would not be after the start", ("24:00", "24:00 or 00:00", "none")),
    "constraint_tzid": Why("as everywhere else in the API"),
    "week_start": Why("ISO 8601", (0, 1, 2, 3, 4, 5, 6)),
    "constraint_tags": Why("each tag named narrows the count", ("all", "any")),
    "sequence_order": Why("an ordinal that fixes the order would else have no use", ("free", "listed")),
    "sequence_gap": Why("time that is free for one is free for the other", ("larger", "sum")),
    "sequence_place": Why("no rule of days is documented", ("anywhere", "one period")),
    "sequence_step": Why("a finite number of starts; a free stretch's beginning is tried too"),
    "sequence_choice": Why("fifty sequences with one beginning are no choice", ("earliest", "every")),
}
"""The reason of each switch."""

LIMITS_WHY: Mapping[str, Why] = {
    "members": Why("one client that is in use sends its queries in tens", mark="seen in a third-party client"),
    "span_days": Why("five weeks, as remembered from the documentation"),
    "query_periods": Why("as remembered from the documentation"),
    "shortest": Why("the official C# client refuses less", mark="official C# client"),
    "longest": Why("a day"),
    "start_intervals": Why("divisors of an hour, as remembered from the documentation"),
    "max_results": Why("the official C# client refuses more", mark="official C# client"),
    "results": Why("as many as one may ask for; that clients ask for 512 by name speaks for fewer"),
    "sequence_items": Why("as many as members"),
    "proposals": Why("enough to choose from"),
    "search_steps": Why(
        "bounds the time of one query to some seconds; a puzzle of ten items may then get fewer proposals"
    ),
}
"""The reason of each number."""

DEFAULTS = Guesses()
"""What the sandbox does unless told otherwise."""


def open_questions() -> list[dict[str, Any]]:
    """Return every guess as a row: name, default, choices, mark and reason."""
    rows = [(name.name, getattr(DEFAULTS, name.name), WHY) for name in fields(Guesses) if name.name != "limits"]
    numbers = [(name.name, getattr(DEFAULTS.limits, name.name), LIMITS_WHY) for name in fields(Limits)]
    return [
        {"name": name, "default": default, "choices": whys[name].choices}
        | {"mark": whys[name].mark, "reason": whys[name].reason}
        for name, default, whys in [*rows, *numbers]
    ]
