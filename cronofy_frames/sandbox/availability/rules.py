"""Route handlers for weekly availability rules.

Pages: docs.cronofy.com/developers/api/scheduling/availability-rules/upsert-availability-rule, /list-availability-rules,
/read-availability-rule, /delete-availability-rule.
"""

from __future__ import annotations

import re
from typing import Any

from cronofy_frames.sandbox.availability.weekly import DAYS, parse_weekly_period
from cronofy_frames.sandbox.http.fields import ErrorResponse, RequestFields
from cronofy_frames.sandbox.http.routes import Request, Response, handles
from cronofy_frames.sandbox.model.state import AvailabilityRule

MAX_ID_LENGTH = 64

_PRINTABLE_ASCII = re.compile(r"[ -~]+")


@handles("POST /v1/availability_rules", note="the same id again replaces the rule; an id of other characters is 422")
def upsert_availability_rule(request: Request) -> Response:
    """Create or replace a rule."""
    fields, account = request.fields, request.account
    availability_rule_id = parse_id(fields, "availability_rule_id")
    tzid = fields.tzid("tzid", required=True)
    weekly_periods = _validated_weekly_periods(fields)
    calendar_ids = _parse_calendar_ids(request)
    fields.raise_errors()
    assert availability_rule_id is not None
    assert tzid is not None
    rule = AvailabilityRule(availability_rule_id, tzid, weekly_periods, calendar_ids)
    account.availability_rules[availability_rule_id] = rule
    return Response(body={"availability_rule": rule_row(rule)})


@handles("GET /v1/availability_rules")
def list_availability_rules(request: Request) -> Response:
    """Return all rules in the order in which they were created."""
    rows = [rule_row(rule) for rule in request.account.availability_rules.values()]
    return Response(body={"availability_rules": rows})


@handles("GET /v1/availability_rules/{availability_rule_id}")
def read_availability_rule(request: Request) -> Response:
    """Return one rule."""
    rule = request.account.availability_rules.get(request.path_args["availability_rule_id"])
    if rule is None:
        raise ErrorResponse(404)
    return Response(body={"availability_rule": rule_row(rule)})


@handles("DELETE /v1/availability_rules/{availability_rule_id}")
def delete_availability_rule(request: Request) -> Response:
    """Delete one rule."""
    if request.account.availability_rules.pop(request.path_args["availability_rule_id"], None) is None:
        raise ErrorResponse(404)
    return Response(202)


def parse_id(fields: RequestFields, name: str) -> str | None:
    """Parse an id chosen by the application: printable ASCII, at most 64 characters."""
    value = fields.text(name, required=True, allow_empty=False, max_length=MAX_ID_LENGTH)
    if value is not None and not _PRINTABLE_ASCII.fullmatch(value):
        fields.add_error(name, "invalid_format", f"{name} must be printable ASCII")
        return None
    return value


def rule_row(rule: AvailabilityRule) -> dict[str, Any]:
    """Return a rule in its wire form; without calendar_ids if the request had none."""
    calendar_ids = {} if rule.calendar_ids is None else {"calendar_ids": rule.calendar_ids}
    return {
        "availability_rule_id": rule.availability_rule_id,
        "tzid": rule.tzid,
        **calendar_ids,
        "weekly_periods": rule.weekly_periods,
    }


def _parse_calendar_ids(request: Request) -> list[str] | None:
    fields = request.fields
    calendar_ids = fields.texts("calendar_ids")
    known = {calendar.calendar_id for calendar in request.account.calendars}
    if calendar_ids is not None and not (calendar_ids and known.issuperset(calendar_ids)):
        description = "calendar_ids must be ids of this account's calendars, at least one"
        fields.add_error("calendar_ids", "invalid_calendar_ids", description)
    return calendar_ids


def _validated_weekly_periods(fields: RequestFields) -> list[dict[str, str]]:
    entries = fields.nested_list("weekly_periods", required=True)
    if entries is not None and not entries:
        fields.add_error("weekly_periods", "required", "weekly_periods must have at least one entry")
    return [_validated_weekly_period(entry) for entry in entries or []]


def _validated_weekly_period(entry: RequestFields) -> dict[str, str]:
    """Return a weekly period as it is in the request, after adding an error for whatever is invalid in it."""
    day = entry.choice("day", DAYS, required=True)
    start_time, end_time = (entry.text(name, required=True, allow_empty=False) for name in ("start_time", "end_time"))
    if day is None or start_time is None or end_time is None:
        return {}
    try:
        parse_weekly_period(day, start_time, end_time)
    except ValueError as error:
        entry.add_error(str(error).partition(" ")[0], "invalid_format", str(error))
    return {"day": day, "start_time": start_time, "end_time": end_time}
