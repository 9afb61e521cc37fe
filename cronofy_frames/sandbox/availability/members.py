"""Parse the participants of an availability query and compute each one's free time.

Documented at docs.cronofy.com/developers/api/scheduling/availability; see `model.assumptions` for what is not
documented.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from cronofy_frames.contract import EXTENDED_TRANSPARENCIES
from cronofy_frames.sandbox.availability.busy import AccountCalendars, BusyFilter, Constraint, ExcludedEvents, Tag
from cronofy_frames.sandbox.availability.durations import parse_buffer_side, parse_spans
from cronofy_frames.sandbox.availability.solver import Group, Member
from cronofy_frames.sandbox.availability.spans import TimeSet, union
from cronofy_frames.sandbox.availability.weekly import (
    StoredAvailability,
    WeeklyRule,
    allowed_spans,
    parse_weekly_period,
    time_of_stored_availability,
)
from cronofy_frames.sandbox.http.fields import RequestFields
from cronofy_frames.sandbox.model.state import Account, AvailabilityRule
from cronofy_frames.sandbox.model.times import epoch_seconds
from cronofy_frames.sandbox.model.world import World

MAX_MEMBERS = 10
MAX_CONSTRAINTS = 50
IGNORED_TRANSPARENCY = "ignored_extended_transparency"


@dataclass(frozen=True, slots=True)
class QueryContext:
    """What all members of a query share.

    Attributes
    ----------
    world
        State of the sandbox.
    searched
        Time in which every slot must lie.
    excluded
        Events to ignore.
    """

    world: World
    searched: TimeSet
    excluded: ExcludedEvents


def parse_groups(fields: RequestFields, context: QueryContext) -> tuple[Group, ...]:
    """Parse the participants; if any errors are added to the fields, the result must not be used."""
    groups = fields.nested_list("participants", required=True)
    if groups is not None and not groups:
        fields.add_error("participants", "required", "participants must have at least one group")
    members_by_group = [(group, _nested_members(group)) for group in groups or []]
    if sum(len(members) for _, members in members_by_group) > MAX_MEMBERS:
        description = f"participants must not have more than {MAX_MEMBERS} members in a query"
        fields.add_error("participants", "too_many", description)
        return ()
    return tuple(
        Group(
            members=tuple(_load_member(member, fields, context) for member in members),
            required=_parse_required(group, len(members)),
        )
        for group, members in members_by_group
    )


def _nested_members(group: RequestFields) -> list[RequestFields]:
    members = group.nested_list("members", required=True)
    if members is not None and not members:
        group.add_error("members", "required", "members must have at least one entry")
    return members or []


def _parse_required(group: RequestFields, size: int) -> int | Literal["all"]:
    """Parse how many members of a group must be free."""
    # `require` adds an error if the field is missing, and the result is not used then.
    if not group.require("required") or group.values["required"] == "all":
        return "all"
    count = group.integer("required", minimum=1)
    if count is not None and count > size:
        group.add_error("required", "out_of_range", f"required must not be more than {size}, the number of members")
    return count or "all"


def _load_member(fields: RequestFields, query_fields: RequestFields, context: QueryContext) -> Member:
    """Parse one member, and look up its busy, allowed and closed time.

    An account that may not be queried is an error of the query's participants.
    """
    sub = fields.text("sub", required=True, allow_empty=False) or ""
    account = _find_account(sub, context.world)
    if sub and account is None:
        description = f"participants must be accounts that may be asked about, which {sub} is not"
        query_fields.add_error("participants", "not_recognized", description)
    use_stored = bool(fields.boolean("managed_availability"))
    rule_ids = fields.texts("availability_rule_ids")
    requested = parse_spans(fields, "available_periods")
    rules = _selected_rules(account, rule_ids) if use_stored and account is not None else []
    busy_filter = _parse_busy_filter(fields, account, rules)
    constraints = _parse_constraints(fields)
    before, after = parse_buffer(fields)
    if account is None:
        return Member(sub, allowed=())
    stored = _searched_stored_time(account, rule_ids, context.searched) if use_stored else None
    calendars = AccountCalendars(account, client_id=context.world.client_id, excluded=context.excluded)
    return Member(
        sub,
        busy=calendars.busy_spans(busy_filter),
        allowed=allowed_spans(requested, stored),
        closed_by_limits=calendars.time_closed_by_limits(constraints, context.searched),
        before=before,
        after=after,
    )


def parse_buffer(fields: RequestFields) -> tuple[int | None, int | None]:
    """Parse the buffer of a query or a member into seconds before and after; None for a side without a value."""
    buffer = fields.nested_fields("buffer")
    before, after = (parse_buffer_side(buffer, side) for side in ("before", "after"))
    return None if before is None else before.minimum, None if after is None else after.minimum


def _find_account(sub: str, world: World) -> Account | None:
    """Return an account that queries may name: not a service account, and with a grant."""
    account = world.account(sub)
    if account is None or account.kind == "service_account":
        return None
    return account if any(world.grants.of_account(sub)) else None


def _selected_rules(account: Account, rule_ids: Sequence[str] | None) -> list[AvailabilityRule]:
    rules = account.availability_rules
    return [rule for rule_id, rule in rules.items() if rule_ids is None or rule_id in rule_ids]


def _parse_busy_filter(fields: RequestFields, account: Account | None, rules: Sequence[AvailabilityRule]) -> BusyFilter:
    """Parse which events make a member busy."""
    return BusyFilter(
        calendar_ids=_parse_calendar_ids(fields, account, rules),
        only_managed=bool(fields.boolean("only_managed_events")),
        ignore_tentative=bool(fields.boolean("ignore_tentative")),
        ignored_transparencies=_parse_ignored_transparencies(fields),
    )


def _parse_calendar_ids(
    fields: RequestFields, account: Account | None, rules: Sequence[AvailabilityRule]
) -> frozenset[str]:
    """Return the calendars that count: those of the request, else those of the member's rules, else all."""
    requested = fields.texts("calendar_ids")
    if account is None:
        return frozenset()
    if requested is not None:
        if not {calendar.calendar_id for calendar in account.calendars}.issuperset(requested):
            description = "calendar_ids must be ids of the member's calendars"
            fields.add_error("calendar_ids", "invalid_calendar_ids", description)
        return frozenset(requested)
    all_ids = frozenset(calendar.calendar_id for calendar in account.calendars if not calendar.calendar_deleted)
    return frozenset().union(*(rule.calendar_ids or all_ids for rule in rules)) if rules else all_ids


def _parse_ignored_transparencies(fields: RequestFields) -> frozenset[str]:
    """Parse the values of `extended_transparency` that do not make the member busy."""
    ignored = frozenset(fields.texts(IGNORED_TRANSPARENCY) or ())
    if not ignored.issubset(EXTENDED_TRANSPARENCIES):
        description = f"{IGNORED_TRANSPARENCY} must be of {', '.join(EXTENDED_TRANSPARENCIES)}"
        fields.add_error(IGNORED_TRANSPARENCY, "not_recognized", description)
    return ignored


def _parse_constraints(fields: RequestFields) -> list[Constraint]:
    """Parse the limits of events per day or week."""
    constraints = []
    for entry in fields.nested_list("availability_constraints", max_items=MAX_CONSTRAINTS) or []:
        unit = entry.choice("period", ("day", "week"), required=True)
        limit = entry.integer("limit", minimum=0, required=True)
        tzid, tags = entry.tzid("tzid"), _parse_tags(entry)
        if unit is not None and limit is not None:  # else there is an error, and the query is refused
            # A comparison with the literal, because mypy does not take the chosen text for one.
            constraints.append(Constraint("day" if unit == "day" else "week", limit, tzid, tags))
    return constraints


def _parse_tags(entry: RequestFields) -> frozenset[Tag]:
    tags = entry.nested_fields("tags")
    if tags is None:
        return frozenset()
    pairs = [(kind, tag.text("value", required=True)) for kind in tags.values for tag in tags.nested_list(kind) or []]
    return frozenset((kind, value) for kind, value in pairs if value is not None)


def _searched_stored_time(account: Account, rule_ids: Sequence[str] | None, searched: TimeSet) -> TimeSet:
    """Return the time within the searched time that the account's stored availability includes."""
    stored = stored_availability(account)
    return union(*(time_of_stored_availability(stored, span, rule_ids=rule_ids) for span in searched))


def stored_availability(account: Account) -> StoredAvailability:
    """Return the availability rules and available periods of an account, converted for the solver."""
    rules = {
        rule_id: WeeklyRule(rule.tzid, tuple(parse_weekly_period(**period) for period in rule.weekly_periods))
        for rule_id, rule in account.availability_rules.items()
    }
    periods = account.available_periods.values()
    return StoredAvailability(
        rules, tuple((epoch_seconds(period.start), epoch_seconds(period.end)) for period in periods)
    )
