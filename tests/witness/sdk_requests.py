"""What the official Ruby and PHP clients send, method by method, written out as data.

Both clients were driven through every public method in front of a served sandbox; these are requests that they sent,
in an order in which each can succeed. `{name}` in a path or a value stands for a value of an earlier response. What a
method leaves to its caller is as in the clients' own documentation.
"""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class SdkRequest:
    """One request of an official client.

    Attributes
    ----------
    sdk, method
        The client and its public method.
    verb, path
        The request line, with its query.
    auth
        The bearer token: of the user, the service account, the key of the application, or none.
    body
        The fields of the body: JSON, unless `form`.
    form
        Whether the body is form-encoded, as the Ruby client sends what its library for OAuth writes.
    status
        The status of the response.
    read
        The key of the response that the client reads; a dotted path.
    kept
        The name under which later requests have that value.
    """

    sdk: str
    method: str
    verb: str
    path: str
    auth: str = "user"
    body: Any = None
    form: bool = False
    status: int = 200
    read: str = ""
    kept: str = ""


SUB, CAL, BACK = "acc_jane", "cal_g_work", "http://127.0.0.1:8765/back"
EVENTS = f"/v1/calendars/{CAL}/events"
CLIENT = {"client_id": "{client_id}", "client_secret": "{client_secret}"}
TIMES = {"start": "2026-03-05T09:00:00Z", "end": "2026-03-05T17:00:00Z"}
HOUR = {"start": "2026-03-10T15:30:00Z", "end": "2026-03-10T16:30:00Z"}
GROUPS = [{"members": [{"sub": SUB}], "required": "all"}]
HOURS = {"minutes": 60}
EVENT = {"event_id": "link", "summary": "Board meeting", "description": "Plans", "location": {"description": "Room"}}
TARGETS = [{"sub": SUB, "calendar_id": CAL}]
OAUTH = {"redirect_uri": BACK, "scope": "read_events delete_event", "state": "example_state"}
INVITE = {
    "smart_invite_id": "invite",
    "callback_url": BACK,
    "recipient": {"email": "cal@example.com"},
    "event": {"summary": "Board meeting", "description": "Plans", **HOUR},
    "organizer": {"name": "Office"},
}
MANY = {name: value for name, value in INVITE.items() if name not in ("recipient", "organizer")} | {
    "smart_invite_id": "many",
    "recipients": [{"email": "a@example.com"}, {"email": "b@example.com"}],
}
RULE = {
    "availability_rule_id": "default",
    "tzid": "America/Chicago",
    "calendar_ids": [CAL],
    "weekly_periods": [{"day": "monday", "start_time": "09:30", "end_time": "12:30"}],
}
STEP = {"sequence_id": "123", "ordinal": 1, "participants": GROUPS, "required_duration": HOURS, "event": EVENT}
BUFFER = {"before": {"minutes": 30}, "after": {"minutes": 30}}
BATCH = [
    {"method": "POST", "relative_url": EVENTS, "data": {"event_id": "b1", "summary": "B", "description": "", **HOUR}},
    {"method": "DELETE", "relative_url": EVENTS, "data": {"event_id": "b1"}},
]
PERIODS_BATCH = [
    {"method": "POST", "relative_url": "/v1/available_periods", "data": {"available_period_id": "b", **TIMES}},
    {"method": "DELETE", "relative_url": "/v1/available_periods", "data": {"available_period_id": "b"}},
]
TALK = {
    "participants": [
        {"participant_id": "@grace", "sub": SUB, "slots": {"choice_method": "auto"}},
        {"participant_id": "@karl", "email": "karl@example.com"},
    ],
    "required_duration": HOURS,
    "available_periods": [TIMES],
}
TALK_PATH = "/v1/scheduling_conversations"
QUERY = {"participants": GROUPS, "required_duration": HOURS}


def ruby(method: str, verb: str, path: str, **more: Any) -> SdkRequest:
    """Return a request of the Ruby client."""
    return SdkRequest("rb", method, verb, path, **more)


def php(method: str, verb: str, path: str, body: Any = None, **more: Any) -> SdkRequest:
    """Return a request of the PHP client, which sends `[]` with each POST and DELETE without arguments."""
    return SdkRequest("php", method, verb, path, body=[] if body is None and verb != "GET" else body, **more)


RUBY = (
    ruby("account", "GET", "/v1/account", read="account"),
    ruby("userinfo", "GET", "/v1/userinfo", read="sub"),
    ruby("list_profiles", "GET", "/v1/profiles", read="profiles.0.profile_id", kept="profile_id"),
    ruby("list_calendars", "GET", "/v1/calendars", read="calendars"),
    ruby(
        "create_calendar",
        "POST",
        "/v1/calendars",
        body={"color": "#AA3311", "profile_id": "{profile_id}", "name": "Ruby"},
        read="calendar.calendar_id",
    ),
    ruby(
        "refresh_access_token",
        "POST",
        "/oauth/token",
        auth="none",
        body={**CLIENT, "grant_type": "refresh_token", "refresh_token": "{refresh_token}"},
        form=True,
        read="access_token",
    ),
    ruby(
        "application_calendar",
        "POST",
        "/v1/application_calendars",
        auth="none",
        body={**CLIENT, "application_calendar_id": "ruby"},
        form=True,
        read="sub",
        kept="application_sub",
    ),
    ruby(
        "revoke_by_sub",
        "POST",
        "/oauth/token/revoke",
        auth="none",
        body={**CLIENT, "sub": "{application_sub}"},
        form=True,
    ),
    ruby("link_token", "POST", "/v1/link_tokens", read="link_token"),
    ruby(
        "upsert_event",
        "POST",
        EVENTS,
        body={
            **{name: value for name, value in EVENT.items() if name != "event_id"},
            **HOUR,
            "event_id": "rb",
            "url": "https://example.com",
            "transparency": None,
            "reminders": [{"minutes": 60}, {"minutes": 0}, {"minutes": 10}],
        },
        status=202,
    ),
    ruby(
        "read_events",
        "GET",
        f"/v1/events?calendar_ids%5B%5D={CAL}&from=2026-03-01&include_managed=true&to=2026-03-31&tzid=Etc%2FUTC",
        read="events.0.event_uid",
    ),
    ruby("free_busy", "GET", "/v1/free_busy?from=2026-03-01&to=2026-03-31&tzid=Etc%2FUTC", read="free_busy"),
    ruby("batch", "POST", "/v1/batch", body={"batch": BATCH}, status=207, read="batch.1.status"),
    ruby("delete_event", "DELETE", EVENTS, body={"event_id": "rb"}, status=202),
    ruby("delete_external_event", "DELETE", EVENTS, body={"event_uid": "evt_external_first"}, status=202),
    ruby("delete_all_events", "DELETE", "/v1/events", body={"delete_all": True}, status=202),
    ruby(
        "change_participation_status",
        "POST",
        f"{EVENTS}/evt_external_invited/participation_status",
        body={"status": "accepted"},
        status=202,
    ),
    ruby(
        "elevated_permissions",
        "POST",
        "/v1/permissions",
        body={"permissions": [{"calendar_id": CAL, "permission_level": "unrestricted"}], "redirect_uri": BACK},
        read="permissions_request",
    ),
    ruby(
        "create_channel",
        "POST",
        "/v1/channels",
        body={"filters": {"calendar_ids": [CAL]}, "callback_url": BACK},
        read="channel.channel_id",
        kept="channel_id",
    ),
    ruby("list_channels", "GET", "/v1/channels", read="channels"),
    ruby("close_channel", "DELETE", "/v1/channels/{channel_id}", status=202),
    ruby("resources", "GET", "/v1/resources", auth="service", read="resources"),
    ruby(
        "authorize_with_service_account",
        "POST",
        "/v1/service_account_authorizations",
        auth="service",
        body={"email": "bea@example.test", "scope": "read_events create_event", "callback_url": BACK},
        status=202,
    ),
    ruby(
        "availability",
        "POST",
        "/v1/availability",
        body={**QUERY, "query_periods": [TIMES], "buffer": BUFFER, "response_format": "slots"},
        read="available_slots",
    ),
    ruby(
        "sequenced_availability",
        "POST",
        "/v1/sequenced_availability",
        auth="application",
        body={"sequence": [{**QUERY, "sequence_id": 1234, "ordinal": 1}], "available_periods": [TIMES]},
        read="sequences",
    ),
    ruby(
        "add_to_calendar",
        "POST",
        "/v1/add_to_calendar",
        body={"oauth": OAUTH, "event": {**EVENT, **HOUR}, "target_calendars": TARGETS, **CLIENT},
        read="url",
    ),
    ruby(
        "real_time_scheduling",
        "POST",
        "/v1/real_time_scheduling",
        auth="none",
        body={
            "oauth": OAUTH,
            "event": EVENT,
            "target_calendars": TARGETS,
            "availability": {**QUERY, "available_periods": [TIMES], "start_interval": HOURS, "buffer": BUFFER},
            **CLIENT,
        },
        read="real_time_scheduling.real_time_scheduling_id",
        kept="link_id",
    ),
    ruby(
        "get_real_time_scheduling_status",
        "GET",
        "/v1/real_time_scheduling/{link_id}",
        auth="application",
        read="real_time_scheduling.status",
    ),
    ruby(
        "disable_real_time_scheduling",
        "POST",
        "/v1/real_time_scheduling/{link_id}/disable",
        auth="application",
        body={"display_message": "Over"},
        read="real_time_scheduling.status",
    ),
    ruby(
        "real_time_sequencing",
        "POST",
        "/v1/real_time_sequencing",
        auth="none",
        body={
            "oauth": OAUTH,
            "event": EVENT,
            "target_calendars": TARGETS,
            "availability": {"sequence": [{**STEP, "available_periods": [TIMES]}], "available_periods": [TIMES]},
            **CLIENT,
        },
        read="url",
    ),
    ruby("upsert_smart_invite", "POST", "/v1/smart_invites", auth="application", body=INVITE, read="recipient"),
    ruby(
        "get_smart_invite",
        "GET",
        "/v1/smart_invites?recipient_email=cal@example.com&smart_invite_id=invite",
        auth="application",
        read="recipient.status",
    ),
    ruby("upsert_smart_invite", "POST", "/v1/smart_invites", auth="application", body=MANY, read="recipients"),
    ruby(
        "remove_recipient_smart_invite",
        "POST",
        "/v1/smart_invites",
        auth="application",
        body={"smart_invite_id": "many", "recipient": {"email": "a@example.com"}, "method": "remove"},
        read="smart_invite_id",
    ),
    ruby(
        "cancel_smart_invite",
        "POST",
        "/v1/smart_invites",
        auth="application",
        body={"smart_invite_id": "invite", "recipient": {"email": "cal@example.com"}, "method": "cancel"},
        read="method",
    ),
    ruby(
        "element_token",
        "POST",
        "/v1/element_tokens",
        auth="application",
        body={"permissions": ["agenda"], "subs": [SUB], "origin": "http://localhost"},
        read="element_token.token",
    ),
    ruby("upsert_availability_rule", "POST", "/v1/availability_rules", body=RULE, read="availability_rule"),
    ruby("get_availability_rule", "GET", "/v1/availability_rules/default", read="availability_rule"),
    ruby("get_availability_rules", "GET", "/v1/availability_rules", read="availability_rules"),
    ruby("delete_availability_rule", "DELETE", "/v1/availability_rules/default", status=202),
    ruby(
        "upsert_available_period",
        "POST",
        "/v1/available_periods",
        body={**TIMES, "available_period_id": "p1"},
        status=202,
    ),
    ruby("get_available_periods", "GET", "/v1/available_periods?from=2026-03-01", read="available_periods.0.start"),
    ruby("delete_available_period", "DELETE", "/v1/available_periods", body={"available_period_id": "p1"}, status=202),
    ruby(
        "create_scheduling_conversation",
        "POST",
        TALK_PATH,
        body=TALK,
        read="scheduling_conversation.scheduling_conversation_id",
        kept="talk",
    ),
    ruby(
        "get_scheduling_conversation",
        "GET",
        TALK_PATH + "/{talk}",
        read="scheduling_conversation.participants.1.possible_actions.slots_list.url",
        kept="slots_url",
    ),
    ruby(
        "list_scheduling_conversation_participant_slots",
        "GET",
        "{slots_url}",
        read="slots.0.slot_id",
        kept="slot_id",
    ),
    ruby(
        "select_scheduling_conversation_participant_slots",
        "POST",
        "{slots_url}",
        body={"slots": [{"slot_id": "{slot_id}"}]},
        read="scheduling_conversation.status",
    ),
    ruby("revoke_profile_authorization", "POST", "/v1/profiles/pro_x/revoke", status=202),
)

PHP = (
    php("getAccount", "GET", "/v1/account", read="account"),
    php("getUserInfo", "GET", "/v1/userinfo", read="sub"),
    php("getProfiles", "GET", "/v1/profiles", read="profiles"),
    php("listCalendars", "GET", "/v1/calendars", read="calendars"),
    php(
        "listAccessibleCalendars",
        "GET",
        "/v1/accessible_calendars?profile_id=pro_x",
        read="accessible_calendars",
    ),
    php(
        "getAuthorizationURL",
        "GET",
        "/oauth/authorize?response_type=code&client_id={client_id}&redirect_uri=http%3A%2F%2F127.0.0.1%3A8765%2Fback"
        "&scope=read_account%20read_events&state=s1&avoid_linking=1&provider_name=google",
        auth="none",
    ),
    php(
        "getEnterpriseConnectAuthorizationUrl",
        "GET",
        "/enterprise_connect/oauth/authorize?response_type=code&client_id={client_id}"
        "&redirect_uri=http%3A%2F%2F127.0.0.1%3A8765%2Fback&scope=service_account%2Faccounts%2Fmanage"
        "&delegated_scope=read_account%20read_events",
        auth="none",
    ),
    php(
        "refreshToken",
        "POST",
        "/oauth/token",
        {**CLIENT, "grant_type": "refresh_token", "refresh_token": "{refresh_token}"},
        read="expires_in",
    ),
    php("requestLinkToken", "POST", "/v1/link_tokens", read="link_token"),
    php(
        "requestDelegatedAuthorization",
        "POST",
        "/v1/delegated_authorizations",
        {"profile_id": "pro_x", "email": "omar@corp.test", "callback_url": BACK, "scope": "read_account"},
        status=202,
    ),
    php(
        "conferencingServiceAuthorization",
        "POST",
        "/v1/conferencing_service_authorizations",
        {"redirect_uri": BACK, "provider_name": "zoom"},
        read="authorization_request.url",
    ),
    php(
        "upsertEvent",
        "POST",
        EVENTS,
        {
            "event_id": "php",
            "summary": "Board",
            **HOUR,
            "tzid": "Europe/London",
            "reminders": [{"minutes": 30}],
            "reminders_create_only": True,
            "event_private": True,
            "attendees": {"invite": [{"email": "new@test.com"}], "reject": [{"email": "old@test.com"}]},
            "conferencing": {"profile_id": "default"},
        },
        status=202,
    ),
    php(
        "readEvents",
        "GET",
        f"/v1/events?tzid=Etc%2FUTC&include_managed=true&include_geo=false&calendar_ids[]={CAL}",
        read="events.0.event_uid",
    ),
    php(
        "upsertExternalEvent",
        "POST",
        EVENTS,
        {"event_uid": "evt_external_second", "summary": "Changed", **HOUR},
        status=202,
    ),
    php("deleteExternalEvent", "DELETE", EVENTS, {"event_uid": "evt_external_second"}, status=202),
    php("executeBatch", "POST", "/v1/batch", {"batch": BATCH + PERIODS_BATCH}, status=207, read="batch.3.status"),
    php("createChannel", "POST", "/v1/channels", {"callback_url": BACK}, read="channel.channel_id", kept="php_channel"),
    php("closeChannel", "DELETE", "/v1/channels/{php_channel}", status=202),
    php(
        "availability",
        "POST",
        "/v1/availability",
        {**QUERY, "available_periods": [TIMES], "max_results": 5, "start_interval": HOURS},
        auth="application",
        read="available_periods",
    ),
    php(
        "realTimeScheduling",
        "POST",
        "/v1/real_time_scheduling",
        {
            **CLIENT,
            "oauth": {"redirect_uri": BACK, "scope": "test_scope"},
            "event": EVENT,
            "availability": {**QUERY, "available_periods": [TIMES]},
            "target_calendars": TARGETS,
            "tzid": "Europe/London",
        },
        read="url",
    ),
    php("addToCalendar", "POST", "/v1/add_to_calendar", {**CLIENT, "oauth": OAUTH, "event": EVENT | HOUR}, read="url"),
    php("createSmartInvite", "POST", "/v1/smart_invites", MANY, auth="application", read="recipients"),
    php("createAvailablePeriod", "POST", "/v1/available_periods", {"available_period_id": "p1", **TIMES}, status=202),
    php("readAvailablePeriods", "GET", "/v1/available_periods", read="available_periods.0.start"),
    php("deleteAvailablePeriod", "DELETE", "/v1/available_periods/p1", status=202),
    php("bulkDeleteAvailablePeriods", "DELETE", "/v1/available_periods", {"delete_all": True}, status=202),
    php(
        "createAvailabilityRule",
        "POST",
        "/v1/availability_rules",
        {**RULE, "calendar_ids": None},
        read="availability_rule",
    ),
    php("deleteAvailabilityRule", "DELETE", "/v1/availability_rules/default", status=202),
    php("revokeAuthorization", "POST", "/oauth/token/revoke", {**CLIENT, "sub": "acc_omar"}),
    php("revokeProfile", "POST", "/v1/profiles/pro_x/revoke", status=202),
)
