"""Each endpoint once: arguments, the request it makes, an answer, and what that becomes.

The same cases are run forward (arguments to request), backward (the sandbox takes that request), across
(client to sandbox) and through the command line.
"""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from tests.small import HOME, WORK

TOKENS = {"access_token": "n" * 32, "refresh_token": "m" * 32, "token_type": "bearer", "expires_in": 3600}
EVENT = {
    "event_id": "e",
    "summary": "S",
    "start": datetime(2026, 3, 4, 12, tzinfo=UTC),
    "end": datetime(2026, 3, 4, 13, tzinfo=UTC),
}
SAID = {"event_id": "e", "summary": "S", "start": "2026-03-04T12:00:00Z", "end": "2026-03-04T13:00:00Z"}
LONGER = {"summary": "Longer review", "start": "2026-03-05T14:00:00Z", "end": "2026-03-05T16:00:00Z"}
HOOK = "http://127.0.0.1:8765/hook"


@dataclass(frozen=True)
class Case:
    """One call, seen from both sides."""

    name: str
    arguments: dict[str, Any]
    request: str
    query: dict[str, Any] = field(default_factory=dict)
    body: dict[str, Any] | None = None
    status: int = 200
    answer: Any = None
    becomes: Any = None  # by default the answer
    sandbox: int | None = None  # the sandbox's status, where it is not `status`
    account: str = "ann@example.test"

    @property
    def result(self) -> Any:
        """What the client makes of the answer."""
        return self.answer if self.becomes is None else self.becomes


CALLS = [
    Case(
        "request_access_token",
        {"code": "c" * 32, "redirect_uri": HOOK},
        "POST /oauth/token",
        body={"code": "c" * 32, "redirect_uri": HOOK, "grant_type": "authorization_code"},
        answer=TOKENS,
        sandbox=400,
    ),
    Case(
        "refresh_access_token",
        {},
        "POST /oauth/token",
        body={"grant_type": "refresh_token"},
        answer=TOKENS,
    ),
    Case("revoke_authorization", {"token": "unknown"}, "POST /oauth/token/revoke", body={"token": "unknown"}),
    Case(
        "revoke_authorization",
        {"sub": "acc_somebody", "request_pii_erasure": True},
        "POST /oauth/token/revoke",
        body={"sub": "acc_somebody", "request_pii_erasure": True},
    ),
    Case(
        "elevated_permissions",
        {"permissions": [{"calendar_id": HOME, "permission_level": "unrestricted"}], "redirect_uri": HOOK},
        "POST /v1/permissions",
        body={"permissions": [{"calendar_id": HOME, "permission_level": "unrestricted"}], "redirect_uri": HOOK},
        answer={"permissions_request": {"url": "https://app.cronofy.com/permissions/1"}},
    ),
    Case(
        "authorize_with_service_account",
        {"email": "bob@example.test", "callback_url": HOOK, "scope": "read_write", "state": "s"},
        "POST /v1/service_account_authorizations",
        body={"email": "bob@example.test", "callback_url": HOOK, "scope": "read_write", "state": "s"},
        status=202,
        account="ser_office",
    ),
    Case(
        "authorize_with_service_account",
        {
            "service_account_authorizations": [
                {"email": f"{name}@example.test", "callback_url": HOOK, "scope": "read_write"} for name in ("bob", "cy")
            ]
        },
        "POST /v1/service_account_authorizations",
        body={
            "service_account_authorizations": [
                {"email": f"{name}@example.test", "callback_url": HOOK, "scope": "read_write"} for name in ("bob", "cy")
            ]
        },
        status=202,
        account="ser_office",
    ),
    Case(
        "delegated_authorizations",
        {"profile_id": "pro_ann", "email": "bob@example.test", "callback_url": HOOK, "scope": "read_only"},
        "POST /v1/delegated_authorizations",
        body={"profile_id": "pro_ann", "email": "bob@example.test", "callback_url": HOOK, "scope": "read_only"},
        status=202,
    ),
    Case("link_token", {}, "POST /v1/link_tokens", body={}, answer={"link_token": "l" * 32}),
    Case(
        "application_calendar",
        {"application_calendar_id": "room-7"},
        "POST /v1/application_calendars",
        body={"application_calendar_id": "room-7"},
        answer={**TOKENS, "sub": "apc_1", "application_calendar_id": "room-7"},
    ),
    Case(
        "revoke_profile_authorization",
        {"profile_id": "pro_ann"},
        "POST /v1/profiles/pro_ann/revoke",
        body={},
        status=202,
    ),
    Case(
        "conferencing_service_authorizations",
        {"redirect_uri": HOOK, "provider_name": "zoom"},
        "POST /v1/conferencing_service_authorizations",
        body={"redirect_uri": HOOK, "provider_name": "zoom"},
        answer={"authorization_request": {"url": "https://app.cronofy.com/conferencing/1"}},
    ),
    Case("account_information", {}, "GET /v1/account", answer={"account": {"account_id": "acc_ann"}}),
    Case("user_info", {}, "GET /v1/userinfo", answer={"sub": "acc_ann", "cronofy.type": "account"}),
    Case("user_info", {}, "GET /v1/userinfo", answer={"cronofy.type": "service_account"}, account="ser_office"),
    Case(
        "profile_information",
        {},
        "GET /v1/profiles",
        answer={"profiles": [{"profile_id": "pro_ann"}]},
        becomes=[{"profile_id": "pro_ann"}],
    ),
    Case(
        "list_calendars",
        {},
        "GET /v1/calendars",
        answer={"sub": "acc_ann", "calendars": [{"calendar_id": WORK}]},
        becomes=[{"calendar_id": WORK}],
    ),
    Case(
        "create_calendar",
        {"profile_id": "pro_ann", "name": "Offsite", "color": "#49BED8"},
        "POST /v1/calendars",
        body={"profile_id": "pro_ann", "name": "Offsite", "color": "#49BED8"},
        answer={"calendar": {"calendar_id": "cal_new", "calendar_name": "Offsite"}},
    ),
    Case(
        "list_accessible_calendars",
        {"profile_id": "pro_ann", "calendar_type": "resource"},
        "GET /v1/accessible_calendars",
        query={"profile_id": ["pro_ann"], "calendar_type": ["resource"]},
        answer={"accessible_calendars": [{"calendar_type": "resource", "email": "r@example.test", "name": "R"}]},
        becomes=[{"calendar_type": "resource", "email": "r@example.test", "name": "R"}],
    ),
    Case(
        "list_resources",
        {},
        "GET /v1/resources",
        answer={"resources": [{"email": "room@example.test", "name": "Room"}]},
        becomes=[{"email": "room@example.test", "name": "Room"}],
        account="ser_office",
    ),
    Case(
        "read_events",
        {},
        "GET /v1/events",
        query={"tzid": ["Etc/UTC"]},
        answer={"pages": {"current": 1, "total": 1}, "events": [{"event_uid": "e"}]},
        becomes=[{"event_uid": "e"}],
    ),
    Case(
        "read_events",
        {
            "tzid": "Europe/London",
            "from_": date(2026, 3, 1),
            "to": "2026-04-01",
            "include_deleted": True,
            "include_moved": True,
            "include_managed": True,
            "only_managed": False,
            "include_geo": True,
            "google_event_ids": True,
            "localized_times": True,
            "last_modified": datetime(2026, 1, 1, tzinfo=UTC),
            "calendar_ids": [WORK, HOME],
        },
        "GET /v1/events",
        query={
            "tzid": ["Europe/London"],
            "from": ["2026-03-01"],
            "to": ["2026-04-01"],
            "include_deleted": ["true"],
            "include_moved": ["true"],
            "include_managed": ["true"],
            "only_managed": ["false"],
            "include_geo": ["true"],
            "google_event_ids": ["true"],
            "localized_times": ["true"],
            "last_modified": ["2026-01-01T00:00:00Z"],
            "calendar_ids[]": [WORK, HOME],
        },
        answer={"pages": {"current": 1, "total": 1}, "events": []},
        becomes=[],
    ),
    Case(
        "create_event",
        {"calendar_id": WORK, **EVENT},
        f"POST /v1/calendars/{WORK}/events",
        body=SAID,
        status=202,
    ),
    Case(
        "create_event",
        {
            "calendar_id": WORK,
            "event_id": "e",
            "summary": "S",
            "start": {"time": "2026-05-04T10:00:00+02:00", "tzid": "Europe/Paris"},
            "end": {"time": "2026-05-04T11:00:00+02:00", "tzid": "Europe/Paris"},
            "description": "",
            "tzid": "Europe/Paris",
            "location": {"description": "Pier", "lat": "1.2345", "long": "0.1234"},
            "url": None,
            "reminders": [{"minutes": 30}],
            "reminders_create_only": True,
            "transparency": "opaque",
            "extended_transparency": "out_of_office",
            "event_private": True,
            "color": "#49BED8",
            "attendees": {"invite": [{"email": "bob@example.test", "display_name": "Bob"}], "remove": []},
            "conferencing": {
                "profile_id": "explicit",
                "provider_description": "Phone",
                "join_url": "https://example.test/1",
            },
            "subscriptions": [{"type": "webhook", "uri": HOOK, "interactions": [{"type": "conferencing_assigned"}]}],
            "attachments": [{"attachment_id": "att_1"}],
            "locale": "fr",
            "tags": [{"value": "a"}],
            "event_classes": ["b"],
            "include_userinfo": True,
        },
        f"POST /v1/calendars/{WORK}/events",
        body={
            "event_id": "e",
            "summary": "S",
            "start": {"time": "2026-05-04T10:00:00+02:00", "tzid": "Europe/Paris"},
            "end": {"time": "2026-05-04T11:00:00+02:00", "tzid": "Europe/Paris"},
            "description": "",
            "tzid": "Europe/Paris",
            "location": {"description": "Pier", "lat": "1.2345", "long": "0.1234"},
            "url": None,
            "reminders": [{"minutes": 30}],
            "reminders_create_only": True,
            "transparency": "opaque",
            "extended_transparency": "out_of_office",
            "event_private": True,
            "color": "#49BED8",
            "attendees": {"invite": [{"email": "bob@example.test", "display_name": "Bob"}], "remove": []},
            "conferencing": {
                "profile_id": "explicit",
                "provider_description": "Phone",
                "join_url": "https://example.test/1",
            },
            "subscriptions": [{"type": "webhook", "uri": HOOK, "interactions": [{"type": "conferencing_assigned"}]}],
            "attachments": [{"attachment_id": "att_1"}],
            "locale": "fr",
            "tags": [{"value": "a"}],
            "event_classes": ["b"],
            "include_userinfo": True,
        },
        status=202,
        answer={"userinfo": {"sub": "acc_ann"}},
    ),
    Case(
        "create_event",
        {
            "calendar_id": WORK,
            "event_id": "weekly",
            "summary": "S",
            "start": date(2026, 5, 4),
            "end": date(2026, 5, 5),
            "recurrence": {"rules": [{"frequency": "weekly", "interval": 2, "by_day": ["monday"], "count": 3}]},
        },
        f"POST /v1/calendars/{WORK}/events",
        body={
            "event_id": "weekly",
            "summary": "S",
            "start": "2026-05-04",
            "end": "2026-05-05",
            "recurrence": {"rules": [{"frequency": "weekly", "interval": 2, "by_day": ["monday"], "count": 3}]},
        },
        status=202,
    ),
    Case(
        "create_event",
        {"calendar_id": "cal_unknown", **EVENT},
        "POST /v1/calendars/cal_unknown/events",
        body=SAID,
        status=202,
        sandbox=404,
    ),
    Case(
        "update_external_event",
        {"calendar_id": WORK, "event_uid": "evt_external_review", **LONGER},
        f"POST /v1/calendars/{WORK}/events",
        body={"event_uid": "evt_external_review", **LONGER},
        status=202,
    ),
    Case(
        "delete_event",
        {"calendar_id": WORK, "event_id": "e"},
        f"DELETE /v1/calendars/{WORK}/events",
        body={"event_id": "e"},
        status=202,
    ),
    Case(
        "delete_external_event",
        {"calendar_id": WORK, "event_uid": "evt_external_review"},
        f"DELETE /v1/calendars/{WORK}/events",
        body={"event_uid": "evt_external_review"},
        status=202,
    ),
    Case("bulk_delete_events", {"delete_all": True}, "DELETE /v1/events", body={"delete_all": True}, status=202),
    Case(
        "bulk_delete_events",
        {"calendar_ids": [WORK, HOME]},
        "DELETE /v1/events",
        body={"calendar_ids": [WORK, HOME]},
        status=202,
    ),
    Case(
        "change_participation_status",
        {"calendar_id": WORK, "event_uid": "evt_external_standup", "status": "tentative"},
        f"POST /v1/calendars/{WORK}/events/evt_external_standup/participation_status",
        body={"status": "tentative"},
        status=202,
    ),
    Case(
        "free_busy",
        {
            "tzid": "Europe/London",
            "from_": "2026-03-01",
            "to": "2026-04-01",
            "include_managed": True,
            "include_ids": True,
            "include_free": True,
            "include_deleted": False,
            "localized_times": True,
            "last_modified": "2026-01-01T00:00:00Z",
            "calendar_ids": [WORK],
        },
        "GET /v1/free_busy",
        query={
            "tzid": ["Europe/London"],
            "from": ["2026-03-01"],
            "to": ["2026-04-01"],
            "include_managed": ["true"],
            "include_ids": ["true"],
            "include_free": ["true"],
            "include_deleted": ["false"],
            "localized_times": ["true"],
            "last_modified": ["2026-01-01T00:00:00Z"],
            "calendar_ids[]": [WORK],
        },
        answer={"pages": {"current": 1, "total": 1}, "free_busy": [{"free_busy_status": "busy"}]},
        becomes=[{"free_busy_status": "busy"}],
    ),
    Case(
        "create_notification_channel",
        {"callback_url": HOOK, "filters": {"calendar_ids": [WORK], "only_managed": True}},
        "POST /v1/channels",
        body={"callback_url": HOOK, "filters": {"calendar_ids": [WORK], "only_managed": True}},
        answer={"channel": {"channel_id": "chn_1", "callback_url": HOOK, "filters": {}}},
    ),
    Case(
        "list_notification_channels",
        {},
        "GET /v1/channels",
        answer={"channels": [{"channel_id": "chn_1"}]},
        becomes=[{"channel_id": "chn_1"}],
    ),
    Case(
        "delete_notification_channel",
        {"channel_id": "chn_unknown"},
        "DELETE /v1/channels/chn_unknown",
        body={},
        status=202,
        sandbox=404,
    ),
    Case(
        "batch",
        {
            "batch": [
                {"method": "POST", "relative_url": f"/v1/calendars/{WORK}/events", "data": SAID},
                {"method": "DELETE", "relative_url": f"/v1/calendars/{WORK}/events", "data": {"event_id": "e"}},
                {"method": "GET", "relative_url": "/v1/events", "data": {}},
            ]
        },
        "POST /v1/batch",
        body={
            "batch": [
                {"method": "POST", "relative_url": f"/v1/calendars/{WORK}/events", "data": SAID},
                {"method": "DELETE", "relative_url": f"/v1/calendars/{WORK}/events", "data": {"event_id": "e"}},
                {"method": "GET", "relative_url": "/v1/events", "data": {}},
            ]
        },
        status=207,
        answer={"batch": [{"status": 202}, {"status": 202}, {"status": 404}]},
    ),
]
