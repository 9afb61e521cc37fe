"""Availability rules: when an account can be had, week for week.

Pages: docs.cronofy.com/developers/api/scheduling/availability-rules/upsert-availability-rule, /list-availability-rules,
/read-availability-rule, /delete-availability-rule.
"""

from __future__ import annotations

import re
from typing import Any

from cronofy_frames.sandbox.availability.weekly import DAYS, read_weekly_period
from cronofy_frames.sandbox.http.fields import Fields, Refused
from cronofy_frames.sandbox.http.routes import Question, Reply, answers
from cronofy_frames.sandbox.model.state import AvailabilityRule

LONGEST_ID = 64

_ASCII = re.compile(r"[ -~]+")


@answers("POST /v1/availability_rules", note="the same id again replaces the rule; other ASCII than what prints is 422")
def upsert_availability_rule(question: Question) -> Reply:
    """Create or replace a rule."""
    fields, account = question.fields, question.account
    availability_rule_id = read_id(fields, "availability_rule_id")
    tzid = fields.tzid("tzid", required=True)
    weekly_periods = _weekly_periods(fields)
    calendar_ids = _calendar_ids(question)
    fields.check()
    assert availability_rule_id is not None
    assert tzid is not None
    rule = AvailabilityRule(availability_rule_id, tzid, weekly_periods, calendar_ids)
    account.availability_rules[availability_rule_id] = rule
    return Reply(body={"availability_rule": rule_row(rule)})


@answers("GET /v1/availability_rules")
def list_availability_rules(question: Question) -> Reply:
    """Answer with all rules, in the order in which they were made."""
    return Reply(body={"availability_rules": [rule_row(one) for one in question.account.availability_rules.values()]})


@answers("GET /v1/availability_rules/{availability_rule_id}")
def read_availability_rule(question: Question) -> Reply:
    """Answer with one rule."""
    rule = question.account.availability_rules.get(question.places["availability_rule_id"])
    if rule is None:
        raise Refused(404)
    return Reply(body={"availability_rule": rule_row(rule)})


@answers("DELETE /v1/availability_rules/{availability_rule_id}")
def delete_availability_rule(question: Question) -> Reply:
    """Delete one rule."""
    if question.account.availability_rules.pop(question.places["availability_rule_id"], None) is None:
        raise Refused(404)
    return Reply(202)


def read_id(fields: Fields, name: str) -> str | None:
    """Read an id of the application's own: ASCII, at most 64 characters."""
    told = fields.text(name, required=True, empty=False, longest=LONGEST_ID)
    if told is not None and not _ASCII.fullmatch(told):
        fields.refuse(name, "invalid_format", f"{name} must be ASCII that prints")
        return None
    return told


def rule_row(rule: AvailabilityRule) -> dict[str, Any]:
    """Return a rule as the wire has it; without calendar_ids where none were given."""
    calendars = {} if rule.calendar_ids is None else {"calendar_ids": rule.calendar_ids}
    return {
        "availability_rule_id": rule.availability_rule_id,
        "tzid": rule.tzid,
        **calendars,
        "weekly_periods": rule.weekly_periods,
    }


def _calendar_ids(question: Question) -> list[str] | None:
    fields = question.fields
    calendar_ids = fields.texts("calendar_ids")
    known = {calendar.calendar_id for calendar in question.account.calendars}
    if calendar_ids is not None and not (calendar_ids and known.issuperset(calendar_ids)):
        words = "calendar_ids must be ids of this account's calendars, at least one"
        fields.refuse("calendar_ids", "invalid_calendar_ids", words)
    return calendar_ids


def _weekly_periods(fields: Fields) -> list[dict[str, str]]:
    entries = fields.parts("weekly_periods", required=True)
    if entries is not None and not entries:
        fields.refuse("weekly_periods", "required", "weekly_periods must have at least one entry")
    return [_weekly_period(entry) for entry in entries or []]


def _weekly_period(entry: Fields) -> dict[str, str]:
    day = entry.choice("day", DAYS, required=True)
    start_time, end_time = (entry.text(name, required=True, empty=False) for name in ("start_time", "end_time"))
    if day is None or start_time is None or end_time is None:
        return {}
    try:
        read_weekly_period(day, start_time, end_time)
    except ValueError as error:
        entry.refuse(str(error).partition(" ")[0], "invalid_format", str(error))
    return {"day": day, "start_time": start_time, "end_time": end_time}
