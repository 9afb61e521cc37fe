"""Verbs and paths, frozen by hand from the official clients' own source, and where each was read.

Nothing here is derived from the package: client and sandbox share one table of endpoints, so that a wrong row
there would fool both. js is cronofy-node 3 (src/index.js), rb cronofy-ruby (lib/cronofy/client.rb, auth.rb and
spec/lib/cronofy/client_spec.rb), cs cronofy-csharp (src/Cronofy/UrlProvider.cs, CronofyAccountClient.cs,
CronofyOAuthClient.cs, CronofyEnterpriseConnectAccountClient.cs, and the tests of these and of its API key and admin
clients), php cronofy-php (src/Cronofy.php), py pycronofy 2.1.1 (client.py, batch.py, and auth links and pages in its
tests).
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Route:
    """What an official client sends.

    Attributes
    ----------
    name
        The endpoint here; empty for a page of the API that no endpoint of its own stands for.
    verb, path
        As in the source; what is filled in stands in braces.
    sdks
        Where both were read.
    keys
        What the body says in this case and not in others on the same route.
    """

    name: str
    verb: str
    path: str
    sdks: tuple[str, ...]
    keys: tuple[str, ...] = ()


ROUTES = (
    Route("request_access_token", "POST", "/oauth/token", ("js", "cs", "php", "py"), ("code", "redirect_uri")),
    Route("refresh_access_token", "POST", "/oauth/token", ("js", "cs", "php", "py")),
    Route("revoke_authorization", "POST", "/oauth/token/revoke", ("js", "rb", "cs", "php", "py")),
    Route("revoke_profile_authorization", "POST", "/v1/profiles/{profile_id}/revoke", ("js", "rb", "cs", "php", "py")),
    Route("elevated_permissions", "POST", "/v1/permissions", ("js", "rb", "cs", "php", "py"), ("permissions",)),
    Route("link_token", "POST", "/v1/link_tokens", ("rb", "cs", "php")),
    Route(
        "authorize_with_service_account",
        "POST",
        "/v1/service_account_authorizations",
        ("js", "rb", "cs", "php", "py"),
    ),
    Route(
        "delegated_authorizations",
        "POST",
        "/v1/delegated_authorizations",
        ("js", "php"),
        ("profile_id", "email", "callback_url", "scope"),
    ),
    Route(
        "application_calendar",
        "POST",
        "/v1/application_calendars",
        ("js", "rb", "php", "py"),
        ("application_calendar_id",),
    ),
    Route(
        "conferencing_service_authorizations",
        "POST",
        "/v1/conferencing_service_authorizations",
        ("js", "rb", "cs", "php", "py"),
        ("redirect_uri",),
    ),
    Route("account_information", "GET", "/v1/account", ("js", "rb", "cs", "php", "py")),
    Route("user_info", "GET", "/v1/userinfo", ("js", "rb", "cs", "php", "py")),
    Route("profile_information", "GET", "/v1/profiles", ("js", "rb", "cs", "php", "py")),
    Route("list_calendars", "GET", "/v1/calendars", ("js", "rb", "cs", "php", "py")),
    Route("create_calendar", "POST", "/v1/calendars", ("js", "rb", "cs", "php", "py"), ("profile_id", "name")),
    Route("list_accessible_calendars", "GET", "/v1/accessible_calendars", ("js", "php"), ("profile_id",)),
    Route("list_resources", "GET", "/v1/resources", ("rb", "cs", "php", "py")),
    Route("read_events", "GET", "/v1/events", ("js", "rb", "cs", "php", "py"), ("tzid",)),
    Route("free_busy", "GET", "/v1/free_busy", ("js", "rb", "cs", "php", "py"), ("tzid",)),
    Route(
        "create_event",
        "POST",
        "/v1/calendars/{calendar_id}/events",
        ("js", "rb", "cs", "php", "py"),
        ("event_id", "summary", "start", "end"),
    ),
    Route("update_external_event", "POST", "/v1/calendars/{calendar_id}/events", ("js", "php"), ("event_uid",)),
    Route(
        "delete_event",
        "DELETE",
        "/v1/calendars/{calendar_id}/events",
        ("js", "rb", "cs", "php", "py"),
        ("event_id",),
    ),
    Route(
        "delete_external_event",
        "DELETE",
        "/v1/calendars/{calendar_id}/events",
        ("js", "rb", "cs", "php", "py"),
        ("event_uid",),
    ),
    Route("bulk_delete_events", "DELETE", "/v1/events", ("js", "rb", "cs", "py")),
    Route(
        "change_participation_status",
        "POST",
        "/v1/calendars/{calendar_id}/events/{event_uid}/participation_status",
        ("rb", "cs", "php", "py"),
        ("status",),
    ),
    Route("create_notification_channel", "POST", "/v1/channels", ("js", "rb", "cs", "php", "py"), ("callback_url",)),
    Route("list_notification_channels", "GET", "/v1/channels", ("js", "rb", "cs", "php", "py")),
    Route("delete_notification_channel", "DELETE", "/v1/channels/{channel_id}", ("js", "rb", "cs", "php", "py")),
    Route("batch", "POST", "/v1/batch", ("js", "rb", "cs", "php", "py"), ("batch",)),
    Route(
        "availability",
        "POST",
        "/v1/availability",
        ("js", "rb", "cs", "php", "py"),
        ("participants", "required_duration"),
    ),
    Route("sequenced_availability", "POST", "/v1/sequenced_availability", ("js", "rb", "cs", "py"), ("sequence",)),
    Route("list_availability_rules", "GET", "/v1/availability_rules", ("js", "rb", "cs", "php", "py")),
    Route(
        "upsert_availability_rule",
        "POST",
        "/v1/availability_rules",
        ("js", "rb", "cs", "php", "py"),
        ("availability_rule_id", "tzid", "calendar_ids", "weekly_periods"),
    ),
    Route(
        "read_availability_rule",
        "GET",
        "/v1/availability_rules/{availability_rule_id}",
        ("js", "rb", "cs", "php", "py"),
    ),
    Route(
        "delete_availability_rule",
        "DELETE",
        "/v1/availability_rules/{availability_rule_id}",
        ("js", "rb", "cs", "php", "py"),
    ),
    Route(
        "upsert_available_period",
        "POST",
        "/v1/available_periods",
        ("js", "rb", "php"),
        ("available_period_id", "start", "end"),
    ),
    Route("list_available_periods", "GET", "/v1/available_periods", ("js", "rb", "php"), ("from", "to", "tzid")),
    Route("delete_available_periods", "DELETE", "/v1/available_periods", ("js", "rb", "php"), ("available_period_id",)),
    Route("delete_available_periods", "DELETE", "/v1/available_periods", ("js", "php"), ("delete_all",)),
    Route(
        "real_time_scheduling",
        "POST",
        "/v1/real_time_scheduling",
        ("js", "rb", "cs", "php", "py"),
        ("oauth", "event", "availability", "target_calendars"),
    ),
    Route(
        "create_scheduling_conversation",
        "POST",
        "/v1/scheduling_conversations",
        ("rb",),
        ("participants", "required_duration", "available_periods"),
    ),
    Route("read_scheduling_conversation", "GET", "/v1/scheduling_conversations", ("rb",), ("token",)),
    Route("real_time_scheduling_status", "GET", "/v1/real_time_scheduling", ("rb", "cs", "py"), ("token",)),
    Route(
        "disable_real_time_scheduling",
        "POST",
        "/v1/real_time_scheduling/{real_time_scheduling_id}/disable",
        ("rb", "cs", "php", "py"),
        ("display_message",),
    ),
    Route(
        "real_time_sequencing",
        "POST",
        "/v1/real_time_sequencing",
        ("js", "rb", "cs", "php", "py"),
        ("oauth", "event", "availability", "target_calendars"),
    ),
    Route("add_to_calendar", "POST", "/v1/add_to_calendar", ("js", "rb", "cs", "php"), ("oauth", "event")),
    Route("create_bookable_event", "POST", "/v1/bookable_events", ("js",)),
    Route("read_bookable_event", "GET", "/v1/bookable_events/{bookable_event_id}", ("js",)),
    Route(
        "upsert_registration_bookable_event",
        "POST",
        "/v1/bookable_events/{bookable_event_id}/registrations",
        ("js",),
    ),
    Route(
        "delete_registration_bookable_event",
        "DELETE",
        "/v1/bookable_events/{bookable_event_id}/registrations/{registration_id}",
        ("js",),
    ),
    Route(
        "create_smart_invite",
        "POST",
        "/v1/smart_invites",
        ("js", "rb", "cs", "php", "py"),
        ("smart_invite_id", "recipient", "event", "callback_url", "organizer"),
    ),
    Route(
        "create_smart_invite",
        "POST",
        "/v1/smart_invites",
        ("php", "py"),
        ("smart_invite_id", "recipients", "event", "callback_url"),
    ),
    Route(
        "get_smart_invite",
        "GET",
        "/v1/smart_invites",
        ("js", "rb", "php", "py"),
        ("smart_invite_id", "recipient_email"),
    ),
    Route(
        "cancel_smart_invite",
        "POST",
        "/v1/smart_invites",
        ("js", "rb", "php", "py"),
        ("smart_invite_id", "recipient", "method"),
    ),
    Route(
        "request_element_token",
        "POST",
        "/v1/element_tokens",
        ("js", "rb", "cs", "php", "py"),
        ("permissions", "subs", "origin"),
    ),
    Route("create_attachment", "POST", "/v1/attachments", ("cs",), ("attachment",)),
    Route("create_application", "POST", "/v1/applications", ("cs",), ("name", "url")),
    Route("verify_application", "POST", "/v1/application_verification", ("cs",), ("redirect_uris", "contact")),
)

PAGES = (
    Route("", "GET", "/oauth/authorize", ("cs", "php", "py")),
    Route("", "GET", "/enterprise_connect/oauth/authorize", ("cs", "php")),
    Route("", "GET", "/v1/events/pages/{token}", ("py",)),
)
"""What clients reach without an endpoint of its own: pages for people, and further pages of an answer."""

FORMS = (
    Route("read_scheduling_conversation", "GET", "/v1/scheduling_conversations/{id}", ("rb",)),
    Route("real_time_scheduling_status", "GET", "/v1/real_time_scheduling/{id}", ("rb", "py")),
    Route("delete_available_periods", "DELETE", "/v1/available_periods/", ("php",), ("available_period_id",)),
    Route("delete_available_periods", "DELETE", "/v1/available_periods/{id}", ("php",)),
    Route("create_smart_invite", "POST", "/v1/smart_invites", ("rb",), ("method", "recipient", "smart_invite_id")),
)
"""Other ways in which official clients say what an endpoint says."""

DOCUMENTED = {
    "disable_real_time_sequencing": (
        "POST /v1/real_time_sequencing/{id}/disable",
        "/developers/api/scheduling/real-time-sequencing/disable",
    ),
    "list_organizational_unit_members": (
        "GET /v1/organizational_unit_members",
        "/developers/api-alpha/organizational-unit-members",
    ),
    "create_scheduling_request": ("POST /v1/scheduling_requests", "/developers/api/scheduling-requests/create"),
    "query_scheduling_requests": ("POST /v1/scheduling_requests/query", "/developers/api/scheduling-requests/query"),
    "create_meeting_agent": ("POST /v1/meeting_agents", "/developers/api/meeting-agents/schedule"),
    "cancel_meeting_agent": ("DELETE /v1/meeting_agents", "/developers/api/meeting-agents/cancel-scheduled"),
    "cancel_scheduling_request": ("POST /v1/scheduling_requests/cancel", "/developers/api/scheduling-requests/cancel"),
}
"""What is documented but in no official client: the route, and the page of docs.cronofy.com that states it."""
