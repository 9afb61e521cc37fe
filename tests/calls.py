"""Table of calls: each endpoint with its arguments, the expected request, a response, and what the client returns.

The same cases are run forward (arguments to request), backward (the sandbox takes that request), across
(client to sandbox) and through the command line.
"""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from tests.small import HOME, WORK

TOKENS = {"access_token": "n" * 32, "refresh_token": "m" * 32, "token_type": "bearer", "expires_in": 3600}
EVENT = {
    "event_id": "e",
    "summary": "S",
    "start": datetime(2026, 3, 4, 12, tzinfo=UTC),
    "end": datetime(2026, 3, 4, 13, tzinfo=UTC),
}
EVENT_BODY = {"event_id": "e", "summary": "S", "start": "2026-03-04T12:00:00Z", "end": "2026-03-04T13:00:00Z"}
LONGER = {"summary": "Longer review", "start": "2026-03-05T14:00:00Z", "end": "2026-03-05T16:00:00Z"}
HOOK = "http://127.0.0.1:8765/hook"


EVERY_FIELD = {
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
    "meeting_agent": {"profile_id": "cronofy", "display_name": "Note taker"},
    "include_userinfo": True,
}
MORNING = {"start": "2026-03-05T09:00:00Z", "end": "2026-03-05T12:00:00Z"}
MEETING = {
    "participants": [{"members": [{"sub": "acc_ann"}], "required": "all"}],
    "required_duration": {"minutes": 30},
}
ASKED = {**MEETING, "query_periods": [MORNING]}
RULE = {
    "availability_rule_id": "office",
    "tzid": "Europe/London",
    "weekly_periods": [{"day": "monday", "start_time": "09:00", "end_time": "17:00"}],
    "calendar_ids": [WORK],
}
LINK = {
    "oauth": {"redirect_uri": HOOK},
    "event": {"event_id": "demo", "summary": "Demo"},
    "target_calendars": [{"sub": "acc_ann", "calendar_id": WORK}],
}
SEQUENCE = {
    "sequence": [{"sequence_id": "a", "event": {"event_id": "a", "summary": "First"}, **MEETING}],
    "query_periods": [MORNING],
}
GUEST = {"email": "guest@example.test"}
INVITED = {"summary": "Board", "tzid": "Europe/London", **MORNING}


@dataclass(frozen=True)
class Case:
    """One call with its request and response."""

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
        """What the client returns for the response."""
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
        body=EVENT_BODY,
        status=202,
    ),
    Case(
        "create_event",
        {"calendar_id": WORK, **EVERY_FIELD},
        f"POST /v1/calendars/{WORK}/events",
        body=EVERY_FIELD,
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
        body=EVENT_BODY,
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
        "update_external_event",
        {
            "calendar_id": WORK,
            "event_uid": "evt_external_review",
            **LONGER,
            "reminders": [{"minutes": 5}],
            "reminders_create_only": True,
        },
        f"POST /v1/calendars/{WORK}/events",
        body={
            "event_uid": "evt_external_review",
            **LONGER,
            "reminders": [{"minutes": 5}],
            "reminders_create_only": True,
        },
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
                {"method": "POST", "relative_url": f"/v1/calendars/{WORK}/events", "data": EVENT_BODY},
                {"method": "DELETE", "relative_url": f"/v1/calendars/{WORK}/events", "data": {"event_id": "e"}},
                {"method": "GET", "relative_url": "/v1/events", "data": {}},
            ]
        },
        "POST /v1/batch",
        body={
            "batch": [
                {"method": "POST", "relative_url": f"/v1/calendars/{WORK}/events", "data": EVENT_BODY},
                {"method": "DELETE", "relative_url": f"/v1/calendars/{WORK}/events", "data": {"event_id": "e"}},
                {"method": "GET", "relative_url": "/v1/events", "data": {}},
            ]
        },
        status=207,
        answer={"batch": [{"status": 202}, {"status": 202}, {"status": 404}]},
    ),
    Case(
        "availability",
        {**ASKED, "response_format": "slots", "start_interval": timedelta(minutes=30), "max_results": 3},
        "POST /v1/availability",
        body={**ASKED, "response_format": "slots", "start_interval": {"minutes": 30}, "max_results": 3},
        answer={"available_slots": []},
    ),
    Case(
        "availability",
        {
            "participants": [
                {
                    "members": [
                        {
                            "sub": "acc_ann",
                            "calendar_ids": [WORK],
                            "available_periods": [MORNING],
                            "managed_availability": False,
                            "only_managed_events": False,
                            "ignore_tentative": True,
                            "buffer": {"before": {"minutes": 5}},
                            "availability_constraints": [{"period": "day", "limit": 3, "tzid": "Europe/London"}],
                        }
                    ],
                    "required": 1,
                }
            ],
            "required_duration": {"minutes": 30},
            "query_periods": [MORNING],
            "buffer": {"before": {"minimum": {"minutes": 10}}, "after": {"minutes": 15}},
            "include_member_statuses": True,
            "excluded_events": [{"event_uid": "evt_external_standup"}],
        },
        "POST /v1/availability",
        body={
            "participants": [
                {
                    "members": [
                        {
                            "sub": "acc_ann",
                            "calendar_ids": [WORK],
                            "available_periods": [MORNING],
                            "managed_availability": False,
                            "only_managed_events": False,
                            "ignore_tentative": True,
                            "buffer": {"before": {"minutes": 5}},
                            "availability_constraints": [{"period": "day", "limit": 3, "tzid": "Europe/London"}],
                        }
                    ],
                    "required": 1,
                }
            ],
            "required_duration": {"minutes": 30},
            "query_periods": [MORNING],
            "buffer": {"before": {"minimum": {"minutes": 10}}, "after": {"minutes": 15}},
            "include_member_statuses": True,
            "excluded_events": [{"event_uid": "evt_external_standup"}],
        },
        answer={"available_periods": [], "member_statuses": []},
    ),
    Case(
        "sequenced_availability",
        {"sequence": [{"sequence_id": "a", **MEETING}, {"sequence_id": "b", **MEETING}], "query_periods": [MORNING]},
        "POST /v1/sequenced_availability",
        body={
            "sequence": [{"sequence_id": "a", **MEETING}, {"sequence_id": "b", **MEETING}],
            "query_periods": [MORNING],
        },
        answer={"sequences": []},
    ),
    Case(
        "list_availability_rules",
        {},
        "GET /v1/availability_rules",
        answer={"availability_rules": [RULE]},
        becomes=[RULE],
    ),
    Case(
        "upsert_availability_rule",
        RULE,
        "POST /v1/availability_rules",
        body=RULE,
        answer={"availability_rule": RULE},
    ),
    Case(
        "read_availability_rule",
        {"availability_rule_id": "unknown"},
        "GET /v1/availability_rules/unknown",
        answer={"availability_rule": RULE},
        sandbox=404,
    ),
    Case(
        "delete_availability_rule",
        {"availability_rule_id": "unknown"},
        "DELETE /v1/availability_rules/unknown",
        body={},
        status=202,
        sandbox=404,
    ),
    Case(
        "upsert_available_period",
        {"available_period_id": "p", **MORNING},
        "POST /v1/available_periods",
        body={"available_period_id": "p", **MORNING},
        status=202,
    ),
    Case(
        "list_available_periods",
        {"tzid": "Europe/London", "from_": date(2026, 3, 1), "to": "2026-04-01", "localized_times": True},
        "GET /v1/available_periods",
        query={
            "tzid": ["Europe/London"],
            "from": ["2026-03-01"],
            "to": ["2026-04-01"],
            "localized_times": ["true"],
        },
        answer={"pages": {"current": 1, "total": 1}, "available_periods": [{"available_period_id": "p"}]},
        becomes=[{"available_period_id": "p"}],
    ),
    Case(
        "delete_available_periods",
        {"available_period_id": "p"},
        "DELETE /v1/available_periods",
        body={"available_period_id": "p"},
        status=202,
    ),
    Case(
        "delete_available_periods",
        {"delete_all": True},
        "DELETE /v1/available_periods",
        body={"delete_all": True},
        status=202,
    ),
    Case(
        "real_time_scheduling",
        {**LINK, "availability": ASKED, "minimum_notice": timedelta(hours=4), "tzid": "Europe/London"},
        "POST /v1/real_time_scheduling",
        body={**LINK, "availability": ASKED, "minimum_notice": {"minutes": 240}, "tzid": "Europe/London"},
        answer={"real_time_scheduling": {"real_time_scheduling_id": "sch_1", "url": "https://app.cronofy.com/rts/1"}},
    ),
    Case(
        "real_time_scheduling_status",
        {"token": "unknown"},
        "GET /v1/real_time_scheduling",
        query={"token": ["unknown"]},
        answer={"real_time_scheduling": {"status": "open"}},
        sandbox=404,
    ),
    Case(
        "real_time_scheduling_status",
        {"real_time_scheduling_id": "sch/unknown"},
        "GET /v1/real_time_scheduling/sch%2Funknown",
        answer={"real_time_scheduling": {"status": "open"}},
        sandbox=404,
    ),
    Case(
        "disable_real_time_scheduling",
        {"real_time_scheduling_id": "sch_unknown", "display_message": "Sorry."},
        "POST /v1/real_time_scheduling/sch_unknown/disable",
        body={"display_message": "Sorry."},
        answer={"real_time_scheduling": {"status": "disabled"}},
        sandbox=404,
    ),
    Case(
        "real_time_sequencing",
        {**LINK, "availability": SEQUENCE},
        "POST /v1/real_time_sequencing",
        body={**LINK, "availability": SEQUENCE},
        answer={"real_time_sequencing": {"real_time_sequencing_id": "seq_1", "url": "https://app.cronofy.com/seq/1"}},
    ),
    Case(
        "disable_real_time_sequencing",
        {"real_time_sequencing_id": "seq_unknown", "display_message": "Sorry."},
        "POST /v1/real_time_sequencing/seq_unknown/disable",
        body={"display_message": "Sorry."},
        answer={"real_time_sequencing": {"status": "disabled"}},
        sandbox=404,
    ),
    Case(
        "add_to_calendar",
        {"oauth": {"redirect_uri": HOOK, "scope": "create_event"}, "event": EVENT_BODY},
        "POST /v1/add_to_calendar",
        body={"oauth": {"redirect_uri": HOOK, "scope": "create_event"}, "event": EVENT_BODY},
        answer={"url": "https://app.cronofy.com/add_to_calendar/1"},
    ),
    Case(
        "create_bookable_event",
        {"bookable_event_id": "yoga", **MORNING, "status": "confirmed", "registration": {"capacity": 5}},
        "POST /v1/bookable_events",
        body={"bookable_event_id": "yoga", **MORNING, "status": "confirmed", "registration": {"capacity": 5}},
        answer={"bookable_event_id": "yoga", "status": "confirmed"},
    ),
    Case(
        "read_bookable_event",
        {"bookable_event_id": "unknown"},
        "GET /v1/bookable_events/unknown",
        answer={"bookable_event_id": "unknown"},
        sandbox=404,
    ),
    Case(
        "upsert_registration_bookable_event",
        {"bookable_event_id": "unknown", "registration_id": "r", "status": "accepted", "metadata": {"name": "A"}},
        "POST /v1/bookable_events/unknown/registrations",
        body={"registration_id": "r", "status": "accepted", "metadata": {"name": "A"}},
        answer={"bookable_event_id": "unknown"},
        sandbox=404,
    ),
    Case(
        "delete_registration_bookable_event",
        {"bookable_event_id": "unknown", "registration_id": "r"},
        "DELETE /v1/bookable_events/unknown/registrations/r",
        body={},
        answer={"bookable_event_id": "unknown"},
        sandbox=404,
    ),
    Case(
        "create_smart_invite",
        {
            "smart_invite_id": "i",
            "recipient": GUEST,
            "callback_url": HOOK,
            "event": INVITED,
            "organizer": {"name": "Ann"},
        },
        "POST /v1/smart_invites",
        body={
            "smart_invite_id": "i",
            "recipient": GUEST,
            "callback_url": HOOK,
            "event": INVITED,
            "organizer": {"name": "Ann"},
        },
        answer={"smart_invite_id": "i", "recipient": {**GUEST, "status": "pending"}},
    ),
    Case(
        "create_smart_invite",
        {
            "smart_invite_id": "j",
            "recipients": [GUEST, {"email": "too@example.test"}],
            "callback_url": HOOK,
            "event": INVITED,
        },
        "POST /v1/smart_invites",
        body={
            "smart_invite_id": "j",
            "recipients": [GUEST, {"email": "too@example.test"}],
            "callback_url": HOOK,
            "event": INVITED,
        },
        answer={"smart_invite_id": "j", "recipients": []},
    ),
    Case(
        "get_smart_invite",
        {"smart_invite_id": "unknown", "recipient_email": "guest+a@example.test"},
        "GET /v1/smart_invites",
        query={"smart_invite_id": ["unknown"], "recipient_email": ["guest+a@example.test"]},
        answer={"smart_invite_id": "unknown", "replies": []},
        sandbox=404,
    ),
    Case(
        "cancel_smart_invite",
        {"smart_invite_id": "unknown", "recipient": GUEST},
        "POST /v1/smart_invites",
        body={"smart_invite_id": "unknown", "recipient": GUEST, "method": "cancel"},
        answer={"smart_invite_id": "unknown"},
        sandbox=404,
    ),
    Case(
        "request_element_token",
        {"permissions": ["agenda"], "origin": "http://localhost", "subs": ["acc_ann"]},
        "POST /v1/element_tokens",
        body={"permissions": ["agenda"], "origin": "http://localhost", "subs": ["acc_ann"], "version": "1"},
        answer={"element_token": {"token": "t", "expires_in": 64800}},
    ),
    Case(
        "create_attachment",
        {"attachment": {"file_name": "a.txt", "content_type": "text/plain", "base64_content": "aGVsbG8="}},
        "POST /v1/attachments",
        body={"attachment": {"file_name": "a.txt", "content_type": "text/plain", "base64_content": "aGVsbG8="}},
        answer={"attachment": {"attachment_id": "att_1"}},
    ),
    Case(
        "create_application",
        {"name": "Mine", "url": "https://example.test", "api_key": "k"},
        "POST /v1/applications",
        body={"name": "Mine", "url": "https://example.test"},
        answer={"oauth_client": {"client_id": "c", "client_secret": "s"}},
        sandbox=401,
    ),
    Case(
        "verify_application",
        {"contact": {"email": "dev@example.test"}, "redirect_uris": [HOOK]},
        "POST /v1/application_verification",
        body={"contact": {"email": "dev@example.test"}, "redirect_uris": [HOOK]},
        status=202,
        answer={},
    ),
    Case(
        "list_organizational_unit_members",
        {},
        "GET /v1/organizational_unit_members",
        answer={"organizational_unit_members": [{"sub": "acc_ann"}], "pages": {"current": 1, "total": 1}},
        becomes=[{"sub": "acc_ann"}],
    ),
    Case(
        "create_scheduling_request",
        {"host": {"sub": "acc_ann"}, "recipients": [{**GUEST, "slot_selector": True}], "event": {"summary": "Talk"}},
        "POST /v1/scheduling_requests",
        body={
            "host": {"sub": "acc_ann"},
            "recipients": [{**GUEST, "slot_selector": True}],
            "event": {"summary": "Talk"},
        },
        answer={"scheduling_request": {"scheduling_request_id": "srq_1"}},
    ),
    Case(
        "query_scheduling_requests",
        {"scheduling_request_ids": ["srq_1"]},
        "POST /v1/scheduling_requests/query",
        body={"scheduling_request_ids": ["srq_1"]},
        answer={"scheduling_requests": [{"scheduling_request": {"scheduling_request_id": "srq_1"}}]},
        becomes=[{"scheduling_request": {"scheduling_request_id": "srq_1"}}],
    ),
    Case(
        "cancel_scheduling_request",
        {"scheduling_request_id": "srq_1"},
        "POST /v1/scheduling_requests/cancel",
        body={"scheduling_request_id": "srq_1"},
        status=202,
        sandbox=404,
    ),
    Case(
        "availability",
        {"bookable_events": [{"bookable_event_id": "first-aid"}]},
        "POST /v1/availability",
        body={"bookable_events": [{"bookable_event_id": "first-aid"}]},
        answer={"available_bookable_events": []},
        sandbox=422,
    ),
    Case(
        "create_notification_channel",
        {"callback_url": HOOK, "scheduling_conversations": {"enabled": True}},
        "POST /v1/channels",
        body={"callback_url": HOOK, "scheduling_conversations": {"enabled": True}},
        answer={"channel": {"channel_id": "chn_1", "scheduling_conversations": {"enabled": True}}},
    ),
    Case(
        "create_meeting_agent",
        {"join_url": "https://meet.example.com/a", "on_behalf_of_attendee": GUEST},
        "POST /v1/meeting_agents",
        body={"join_url": "https://meet.example.com/a", "on_behalf_of_attendee": GUEST},
        answer={"sub": "agt_1", "state": "created", "resources": []},
        becomes={"meeting_agent": {"sub": "agt_1", "state": "created", "resources": []}},
    ),
    Case(
        "create_meeting_agent",
        {
            "join_url": "https://meet.example.com/a",
            "on_behalf_of_attendee": GUEST,
            "scheduling_key": "board",
            "join_time": datetime(2026, 3, 5, 9, tzinfo=UTC),
            "display_name": "Note taker",
            "subscriptions": [{"type": "webhook", "uri": HOOK, "interactions": [{"type": "meeting_agent_complete"}]}],
        },
        "POST /v1/meeting_agents",
        body={
            "join_url": "https://meet.example.com/a",
            "on_behalf_of_attendee": GUEST,
            "scheduling_key": "board",
            "join_time": "2026-03-05T09:00:00Z",
            "display_name": "Note taker",
            "subscriptions": [{"type": "webhook", "uri": HOOK, "interactions": [{"type": "meeting_agent_complete"}]}],
        },
        status=202,
    ),
    Case(
        "cancel_meeting_agent",
        {"scheduling_key": "unknown"},
        "DELETE /v1/meeting_agents",
        body={"scheduling_key": "unknown"},
        status=202,
        sandbox=404,
    ),
    Case(
        "create_scheduling_conversation",
        {"participants": [{"sub": "acc_ann"}], "required_duration": {"minutes": 60}, "available_periods": [MORNING]},
        "POST /v1/scheduling_conversations",
        body={
            "participants": [{"sub": "acc_ann"}],
            "required_duration": {"minutes": 60},
            "available_periods": [MORNING],
        },
        answer={"scheduling_conversation": {"scheduling_conversation_id": "scv_1"}},
    ),
    Case(
        "read_scheduling_conversation",
        {"token": "unknown"},
        "GET /v1/scheduling_conversations",
        query={"token": ["unknown"]},
        answer={"participant": {}, "scheduling_conversation": {"scheduling_conversation_id": "scv_1"}},
        sandbox=404,
    ),
    Case(
        "read_scheduling_conversation",
        {"scheduling_conversation_id": "scv_1"},
        "GET /v1/scheduling_conversations/scv_1",
        answer={"scheduling_conversation_id": "scv_1"},
        becomes={"scheduling_conversation": {"scheduling_conversation_id": "scv_1"}},
        sandbox=404,
    ),
]
