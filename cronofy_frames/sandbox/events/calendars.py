"""Route handlers for calendars: list them, create one, request more permission.

Pages: docs.cronofy.com/developers/api/calendars/list-calendars, /create-calendar,
/developers/api/authorization/extended-permissions.
"""

from __future__ import annotations

import re

from cronofy_frames.sandbox.http.fields import ErrorResponse, RequestFields
from cronofy_frames.sandbox.http.routes import Request, Response, handles
from cronofy_frames.sandbox.model.grants import Ticket
from cronofy_frames.sandbox.model.json_rows import calendar_row
from cronofy_frames.sandbox.model.state import Account, Calendar, Profile
from cronofy_frames.sandbox.model.world import World, find_calendar, find_profile

_COLOR = re.compile(r"#[0-9A-Fa-f]{6}")
_UNIQUE_NAMES = ("exchange", "live_connect", "office365")  # providers that refuse two calendars of the same name


@handles("GET /v1/calendars", note="also with read_events or create_event, as the Ruby client's default scope has it")
def list_calendars(request: Request) -> Response:
    """Return all calendars, deleted calendars included."""
    request.require_scope("list_calendars", "read_events", "create_event")
    account = request.account
    rows = [calendar_row(profile, calendar) for profile in account.profiles for calendar in profile.calendars]
    return Response(body={"sub": account.sub, "calendars": rows})


@handles("POST /v1/calendars", note="Exchange and Outlook refuse a second calendar of one name")
def create_calendar(request: Request) -> Response:
    """Create a calendar in a profile."""
    request.require_scope("create_calendar")
    account, fields = request.account, request.fields
    profile_id = fields.text("profile_id", required=True, allow_empty=False)
    name = fields.text("name", required=True, allow_empty=False)
    color = None
    if fields.has_value("color"):
        color = fields.matching("color", _COLOR, "invalid_format", "a color such as #49BED8", required=False)
    fields.raise_errors()
    profile = find_profile(account, profile_id)
    if profile is None or name is None:
        raise ErrorResponse(404)
    if not profile.profile_connected:
        raise ErrorResponse(423)
    names = [calendar.calendar_name for calendar in profile.calendars if not calendar.calendar_deleted]
    if name in names and profile.provider_name in _UNIQUE_NAMES:
        fields.add_error("name", "duplicate_calendar_name", "name must not be that of another calendar")
        fields.raise_errors()
    calendar_id = _new_calendar_id(request.world, account, profile)
    calendar = Calendar(calendar_id, name, color=color, tzid=account.zoneinfo)
    profile.calendars.append(calendar)
    row = calendar_row(profile, calendar)
    return Response(body={"calendar": {key: row[key] for key in _CREATED_KEYS}})


# The response has only these seven keys: docs /developers/api/calendars/create-calendar.
_CREATED_KEYS = (
    "provider_name",
    "profile_id",
    "profile_name",
    "calendar_id",
    "calendar_name",
    "calendar_readonly",
    "calendar_deleted",
)


def _new_calendar_id(world: World, account: Account, profile: Profile) -> str:
    minted = world.mint("calendar", account.sub, profile.profile_id, len(profile.calendars))
    return f"cal_{profile.profile_id.removeprefix('pro_')}_{minted[:16]}"


@handles("GET /v1/accessible_calendars", note="resources of the organisation, and the other people as unknown")
def list_accessible_calendars(request: Request) -> Response:
    """Return the calendars of others that a profile could get access to."""
    fields = request.fields
    profile_id = fields.text("profile_id", required=True, allow_empty=False)
    calendar_type = fields.text("calendar_type")
    fields.raise_errors()
    if find_profile(request.account, profile_id) is None:
        raise ErrorResponse(404)
    world, account = request.world, request.account
    rows = [
        {"calendar_type": "resource", "email": resource["email"], "name": resource["name"]}
        for service in world.accounts
        for resource in service.resources
    ]
    rows += [
        {"calendar_type": "unknown", "email": person.email or "", "name": person.name or ""}
        for person in world.people()
        if person is not account
    ]
    return Response(
        body={"accessible_calendars": [row for row in rows if calendar_type in (None, row["calendar_type"])]}
    )


@handles(
    "POST /v1/permissions",
    note="the page redirects to redirect_uri, with error=access_denied if it was rejected",
)
def request_permissions(request: Request) -> Response:
    """Request unrestricted permission; it is granted at once for an account under a service account."""
    fields, account = request.fields, request.account
    entries = fields.nested_list("permissions", required=True)
    calendar_ids = [_parse_permission(account, entry) for entry in entries or []]
    if entries is not None and not entries:
        fields.add_error("permissions", "required", "permissions must be specified")
    assert request.grant is not None
    under_service = request.grant.service_account is not None or account.authorized_by is not None
    redirect_uri = fields.web_address("redirect_uri", required=not under_service)
    fields.raise_errors()
    if under_service:
        for calendar in account.calendars:
            if calendar.calendar_id in calendar_ids:
                calendar.permission_level = "unrestricted"
        return Response(body={"permissions_request": {"accepted": True}})
    ticket = Ticket("permissions", account.sub, redirect_uri=redirect_uri, subject=calendar_ids)
    url = f"{request.base_url}/permissions?token={request.world.grants.store_ticket(ticket)}"
    return Response(body={"permissions_request": {"url": url}})


def _parse_permission(account: Account, entry: RequestFields) -> str | None:
    """Return the calendar id of one requested permission."""
    entry.choice("permission_level", ("unrestricted",), required=True)
    calendar_id = entry.text("calendar_id", required=True, allow_empty=False)
    if calendar_id is not None and find_calendar(account, calendar_id) is None:
        entry.add_error("calendar_id", "not_recognized", "calendar_id must be of one of this account's calendars")
    return calendar_id
