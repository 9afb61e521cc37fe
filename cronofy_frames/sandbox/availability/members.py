"""The participants of a question about availability: who is asked about, and when they can be had.

Documented at docs.cronofy.com/developers/api/scheduling/availability; what is not documented is in `guesses`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from cronofy_frames.sandbox.availability.busy import Calendars, Constraint, Counting, Excluded, Tag
from cronofy_frames.sandbox.availability.durations import read_gap, read_stretches, second_of
from cronofy_frames.sandbox.availability.solver import Group, Member
from cronofy_frames.sandbox.availability.spans import Spans, union
from cronofy_frames.sandbox.availability.weekly import Managed, Rule, allowed_spans, managed_spans, read_weekly_period
from cronofy_frames.sandbox.events.body import EXTENDED_TRANSPARENCIES
from cronofy_frames.sandbox.http.fields import Fields
from cronofy_frames.sandbox.http.routes import Question
from cronofy_frames.sandbox.model.state import Account, AvailabilityRule

MOST_CONSTRAINTS = 50
MOST_MEMBERS = 10
IGNORED_NAME = "ignored_extended_transparency"


@dataclass(frozen=True, slots=True)
class Setting:
    """What of a question bears on each of its members.

    Attributes
    ----------
    question
        The request.
    searched
        The time in which every slot must lie.
    excluded
        Events that make nobody busy.
    """

    question: Question
    searched: Spans
    excluded: Excluded


def read_groups(fields: Fields, setting: Setting) -> tuple[Group, ...]:
    """Read the participants; where something is wrong with them, what comes back is of no use."""
    groups = fields.parts("participants", required=True)
    if groups is not None and not groups:
        fields.refuse("participants", "required", "participants must have at least one group")
    listed = [(group, group.parts("members", required=True)) for group in groups or []]
    for group, members in listed:
        if members is not None and not members:
            group.refuse("members", "required", "members must have at least one entry")
    if sum(len(members or []) for _, members in listed) > MOST_MEMBERS:
        words = f"participants must not have more than {MOST_MEMBERS} members in a query"
        fields.refuse("participants", "too_many", words)
        return ()
    return tuple(
        Group(
            members=tuple(_member(one, fields, setting) for one in members or []),
            required=_required(group, len(members or [])),
        )
        for group, members in listed
    )


def _required(group: Fields, size: int) -> int | Literal["all"]:
    if not group.need("required") or group.given["required"] == "all":
        return "all"
    number = group.integer("required", least=1)
    if number is not None and number > size:
        group.refuse("required", "out_of_range", f"required must not be more than {size}, the number of members")
    return number or "all"


def _member(fields: Fields, query: Fields, setting: Setting) -> Member:
    """Read one member; that one may not be asked about is said of the participants as a whole."""
    sub = fields.text("sub", required=True, empty=False) or ""
    account = _account(sub, setting)
    if sub and account is None:
        words = f"participants must be accounts that may be asked about, which {sub} is not"
        query.refuse("participants", "not_recognized", words)
    counting, allowed = _counting_and_allowed(fields, account, setting)
    constraints = _constraints(fields)
    before, after = read_buffer(fields)
    if account is None:
        return Member(sub, allowed=())
    calendars = _calendars(account, setting)
    return Member(
        sub,
        busy=calendars.busy(counting),
        allowed=allowed,
        closed=calendars.closed(constraints, setting.searched),
        before=before,
        after=after,
    )


def read_buffer(fields: Fields) -> tuple[int | None, int | None]:
    """Read the buffer of a query or a member: seconds before and after, None for what is not said."""
    buffer = fields.part("buffer")
    gaps = [read_gap(buffer, side) for side in ("before", "after")]
    before, after = (None if gap is None else gap.minimum for gap in gaps)
    return before, after


def _account(sub: str, setting: Setting) -> Account | None:
    """Return an account that this question may ask about."""
    world = setting.question.world
    account = world.account(sub)
    if account is None or account.kind == "service_account":
        return None
    return account if any(world.grants.of(sub)) else None


def _calendars(account: Account, setting: Setting) -> Calendars:
    client_id = setting.question.world.client_id
    return Calendars(account, client_id=client_id, excluded=setting.excluded)


def _counting_and_allowed(fields: Fields, account: Account | None, setting: Setting) -> tuple[Counting, Spans | None]:
    """Read which events of a member count, and the only time in which it can be had; None is always."""
    managed = bool(fields.boolean("managed_availability"))
    rule_ids = fields.texts("availability_rule_ids")
    own = read_stretches(fields, "available_periods")
    in_use = _in_use(account, rule_ids) if managed and account is not None else []
    counting = Counting(
        calendar_ids=_calendar_ids(fields, account, in_use, setting),
        only_managed=bool(fields.boolean("only_managed_events")),
        ignore_tentative=bool(fields.boolean("ignore_tentative")),
        ignored=_ignored(fields),
    )
    if not managed or account is None:
        return counting, allowed_spans(own, None)
    stored = stored_availability(account)
    spans = (managed_spans(stored, one, rule_ids=rule_ids) for one in setting.searched)
    return counting, allowed_spans(own, union(*spans))


def _ignored(fields: Fields) -> frozenset[str]:
    """Read the values of `extended_transparency` that are taken as free."""
    ignored = frozenset(fields.texts(IGNORED_NAME) or ())
    if not ignored.issubset(EXTENDED_TRANSPARENCIES):
        words = f"{IGNORED_NAME} must be of {', '.join(EXTENDED_TRANSPARENCIES)}"
        fields.refuse(IGNORED_NAME, "not_recognized", words)
    return ignored


def _calendar_ids(
    fields: Fields, account: Account | None, in_use: Sequence[AvailabilityRule], setting: Setting
) -> frozenset[str]:
    """Return the calendars that count: those named, else those of the rules in use, else all."""
    named = fields.texts("calendar_ids")
    if account is None:
        return frozenset()
    if named is not None:
        if not {calendar.calendar_id for calendar in account.calendars}.issuperset(named):
            words = "calendar_ids must be ids of the member's calendars"
            fields.refuse("calendar_ids", "invalid_calendar_ids", words)
        return frozenset(named)
    everything = _calendars(account, setting).calendar_ids
    return frozenset().union(*(rule.calendar_ids or everything for rule in in_use)) if in_use else everything


def _in_use(account: Account, rule_ids: Sequence[str] | None) -> list[AvailabilityRule]:
    rules = account.availability_rules
    return list(rules.values()) if rule_ids is None else [rules[one] for one in rules if one in rule_ids]


def _constraints(fields: Fields) -> list[Constraint]:
    constraints = []
    for entry in fields.parts("availability_constraints", most=MOST_CONSTRAINTS) or []:
        period = entry.choice("period", ("day", "week"), required=True)
        limit = entry.integer("limit", least=0, required=True)
        tzid, tags = entry.tzid("tzid"), _tags(entry)
        if period is not None and limit is not None:
            constraints.append(Constraint("day" if period == "day" else "week", limit, tzid, tags))
    return constraints


def _tags(entry: Fields) -> frozenset[Tag]:
    tags = entry.part("tags")
    if tags is None:
        return frozenset()
    listed = [(kind, one.text("value", required=True)) for kind in tags.given for one in tags.parts(kind) or []]
    return frozenset((kind, value) for kind, value in listed if value is not None)


def stored_availability(account: Account) -> Managed:
    """Return what an account has stored of its availability, as the engine takes it."""
    rules = {
        name: Rule(rule.tzid, tuple(read_weekly_period(**period) for period in rule.weekly_periods))
        for name, rule in account.availability_rules.items()
    }
    periods = tuple((second_of(one.start), second_of(one.end)) for one in account.available_periods.values())
    return Managed(rules, periods)
