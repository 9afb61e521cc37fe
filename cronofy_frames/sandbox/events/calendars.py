"""Calendars: listing them, making one, asking for more permission.

Pages: docs.cronofy.com/developers/api/calendars/list-calendars, /create-calendar,
/developers/api/authorization/extended-permissions.
"""

from __future__ import annotations

import re

from cronofy_frames.sandbox.http.fields import Fields, Refused
from cronofy_frames.sandbox.http.routes import Question, Reply, answers
from cronofy_frames.sandbox.model.grants import Ticket
from cronofy_frames.sandbox.model.json_rows import calendar_row
from cronofy_frames.sandbox.model.state import Calendar
from cronofy_frames.sandbox.model.world import calendar_of, profile_of

_COLOR = re.compile(r"#[0-9A-Fa-f]{6}")
_NAMES_ONCE = ("exchange", "live_connect", "office365")  # providers that refuse a second calendar of the same name


@answers("GET /v1/calendars", note="also with read_events or create_event, as the Ruby client's default scope has it")
def list_calendars(question: Question) -> Reply:
    """Answer with all calendars, deleted ones too."""
    question.need_scope("list_calendars", "read_events", "create_event")
    account = question.account
    rows = [calendar_row(profile, calendar) for profile in account.profiles for calendar in profile.calendars]
    return Reply(body={"sub": account.sub, "calendars": rows})


@answers("POST /v1/calendars", note="Exchange and Outlook refuse a second calendar of one name")
def create_calendar(question: Question) -> Reply:
    """Make a calendar in a profile."""
    question.need_scope("create_calendar")
    account, fields = question.account, question.fields
    profile_id = fields.text("profile_id", required=True, empty=False)
    name = fields.text("name", required=True, empty=False)
    color = None
    if fields.given.get("color") is not None:
        color = fields.matching("color", _COLOR, "invalid_format", "a color as #49BED8", required=False)
    fields.check()
    profile = profile_of(account, profile_id)
    if profile is None or name is None:
        raise Refused(404)
    if not profile.profile_connected:
        raise Refused(423)
    names = [calendar.calendar_name for calendar in profile.calendars if not calendar.calendar_deleted]
    if name in names and profile.provider_name in _NAMES_ONCE:
        fields.refuse("name", "duplicate_calendar_name", "name must not be that of another calendar")
        fields.check()
    minted = question.world.mint("calendar", account.sub, profile.profile_id, len(profile.calendars))
    profile_part = profile.profile_id.removeprefix("pro_")
    calendar = Calendar(f"cal_{profile_part}_{minted[:16]}", name, color=color, tzid=account.zoneinfo)
    profile.calendars.append(calendar)
    row = calendar_row(profile, calendar)
    return Reply(body={"calendar": {key: row[key] for key in _CREATED}})


# The answer has these seven only: docs /developers/api/calendars/create-calendar.
_CREATED = (
    "provider_name",
    "profile_id",
    "profile_name",
    "calendar_id",
    "calendar_name",
    "calendar_readonly",
    "calendar_deleted",
)


@answers("GET /v1/accessible_calendars", note="resources of the organisation, and the other people as unknown")
def accessible_calendars(question: Question) -> Reply:
    """Answer with the calendars of others that a profile could reach."""
    fields = question.fields
    profile_id = fields.text("profile_id", required=True, empty=False)
    kind = fields.text("calendar_type")
    fields.check()
    if profile_of(question.account, profile_id) is None:
        raise Refused(404)
    world, account = question.world, question.account
    rows = [
        {"calendar_type": "resource", "email": one["email"], "name": one["name"]}
        for service in world.accounts
        for one in service.resources
    ]
    rows += [
        {"calendar_type": "unknown", "email": one.email or "", "name": one.name or ""}
        for one in world.people()
        if one is not account
    ]
    return Reply(body={"accessible_calendars": [row for row in rows if kind in (None, row["calendar_type"])]})


@answers(
    "POST /v1/permissions",
    note="the page returns to redirect_uri, with error=access_denied where it was rejected",
)
def permissions(question: Question) -> Reply:
    """Ask for unrestricted permission; granted at once for an account under a service account."""
    fields, account, world = question.fields, question.account, question.world
    asked = fields.parts("permissions", required=True)
    calendar_ids = [_permission(question, one) for one in asked or []]
    if asked is not None and not asked:
        fields.refuse("permissions", "required", "permissions must be specified")
    assert question.grant is not None
    under_service = question.grant.through is not None or account.authorized_by is not None
    redirect_uri = fields.web_address("redirect_uri", required=not under_service)
    fields.check()
    if under_service:
        for calendar in account.calendars:
            if calendar.calendar_id in calendar_ids:
                calendar.permission_level = "unrestricted"
        return Reply(body={"permissions_request": {"accepted": True}})
    ticket = Ticket("permissions", account.sub, redirect_uri=redirect_uri, matter=calendar_ids)
    return Reply(
        body={"permissions_request": {"url": f"{question.base}/permissions?token={world.grants.ticket(ticket)}"}}
    )


def _permission(question: Question, one: Fields) -> str | None:
    one.choice("permission_level", ("unrestricted",), required=True)
    calendar_id = one.text("calendar_id", required=True, empty=False)
    if calendar_id is not None and calendar_of(question.account, calendar_id) is None:
        one.refuse("calendar_id", "not_recognized", "calendar_id must be of one of this account's calendars")
    return calendar_id
