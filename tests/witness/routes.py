"""Verbs and paths, frozen by hand from the official clients' own source, and where each was read.

Nothing here is derived from the package: client and sandbox share one table of endpoints, so that a wrong row
there would fool both. js is cronofy-node 3 (src/index.js), rb cronofy-ruby (lib/cronofy/client.rb, auth.rb and
spec/lib/cronofy/client_spec.rb), cs cronofy-csharp (src/Cronofy/UrlProvider.cs, CronofyAccountClient.cs,
CronofyOAuthClient.cs, CronofyEnterpriseConnectAccountClient.cs and their tests), php cronofy-php (src/Cronofy.php),
py pycronofy 2.1.1 (client.py, batch.py, and auth links and pages in its tests).
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
    Route("link_token", "POST", "/v1/link_tokens", ("cs", "php")),
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
)

PAGES = (
    Route("", "GET", "/oauth/authorize", ("cs", "php", "py")),
    Route("", "GET", "/enterprise_connect/oauth/authorize", ("cs", "php")),
    Route("", "GET", "/v1/events/pages/{token}", ("py",)),
)
"""What clients reach without an endpoint of its own: pages for people, and further pages of an answer."""
