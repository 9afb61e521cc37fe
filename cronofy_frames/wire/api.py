# mypy: disable-error-code="empty-body"
"""All endpoints, each declared once by the signature of a method.

Names are those of Cronofy's Node SDK in snake_case, arguments those of the API (`from` is `from_`).
Dates, datetimes, pandas Timestamps and timedeltas are translated; an argument that is None is left out.
A configured client_id, client_secret or token is added automatically, and an explicit argument wins.
The examples run one after the other, with `box = cf.Sandbox()`, `client = cf.connect(sandbox=box)`, and `primary`
for the id of its primary calendar.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal

from cronofy_frames.near_names import near_name
from cronofy_frames.schema import (
    ACCESSIBLE_CALENDARS,
    AVAILABILITY_RULES,
    AVAILABLE_PERIODS,
    CALENDARS,
    CHANNELS,
    EVENTS,
    FREE_BUSY,
    PROFILES,
    RESOURCES,
)
from cronofy_frames.wire.conversations_api import ConversationsApi
from cronofy_frames.wire.endpoint import (
    AUTHS,
    ENDPOINTS,
    OMITTED,
    Auth,
    Call,
    Endpoint,
    Omitted,
    auth_of_path,
    endpoint,
)
from cronofy_frames.wire.meeting_agents_api import MeetingAgentsApi
from cronofy_frames.wire.paging import Rows
from cronofy_frames.wire.scheduler_api import SchedulerApi

Day = str | date
Instant = str | datetime
EventTime = str | date | datetime | Mapping[str, Any]
Transparency = Literal["opaque", "transparent"]
Reply = Literal["accepted", "tentative", "declined"]
Span = timedelta | Mapping[str, int]
ResponseFormat = Literal["periods", "slots", "overlapping_slots"]

CALENDAR_READONLY = "the calendar is read-only (calendar_readonly in list_calendars)"
NOT_UNRESTRICTED = "the calendar is read-only, or its permission_level is not unrestricted (see elevated_permissions)"


class Api(SchedulerApi, ConversationsApi, MeetingAgentsApi):
    """Every endpoint as a method; a subclass decides in `send` what a call does."""

    def send(self, call: Call) -> Any:
        """Send or record a call."""
        raise NotImplementedError

    if not TYPE_CHECKING:  # a type checker would take any name for an attribute

        def __getattr__(self, name: str) -> Any:
            # notebooks print the message alone, without the suggestion that Python adds to a traceback; without an
            # object Python adds none
            near = "" if name.startswith("_") else near_name(name, dir(type(self)))
            raise AttributeError(
                f"{type(self).__name__!r} object has no attribute {name!r}.{near}", name=name, obj=None
            )

    @endpoint(
        "POST /oauth/token",
        auth="client",
        fixed={"grant_type": "authorization_code"},
        docs="/developers/api/authorization/request-token",
    )
    def request_access_token(
        self, *, code: str, redirect_uri: str, client_id: str | None = None, client_secret: str | None = None
    ) -> dict[str, Any]:
        """Exchange the code of an authorization for tokens, which the client uses from then on.

        Parameters
        ----------
        code
            The code that the authorization page sent back; it works once and for a short time.
        redirect_uri
            The same address as in the authorization request.
        client_id, client_secret
            The application; by default the configured one.

        Returns
        -------
        dict
            access_token, refresh_token, expires_in (seconds), scope, sub, linking_profile ...

        Raises
        ------
        TokenError
            `.error` is invalid_grant for an unknown or used code or another redirect_uri.

        Examples
        --------
        >>> client.request_access_token(code="used", redirect_uri="http://127.0.0.1:8765/")
        Traceback (most recent call last):
        cronofy_frames.errors.TokenError: ...
        """

    @endpoint(
        "POST /oauth/token",
        auth="client",
        fixed={"grant_type": "refresh_token"},
        docs="/developers/api/authorization/refresh-token",
    )
    def refresh_access_token(
        self, *, refresh_token: str | None = None, client_id: str | None = None, client_secret: str | None = None
    ) -> dict[str, Any]:
        """Get a new access token, which the client uses from then on.

        A client renews its token by itself when it has expired; this is for doing so early. Asking early
        need not bring a new token.

        Parameters
        ----------
        refresh_token
            By default the configured one.
        client_id, client_secret
            The application; by default the configured one.

        Returns
        -------
        dict
            token_type, access_token, expires_in (seconds), refresh_token, scope.

        Raises
        ------
        TokenError
            `.error` is invalid_grant for a revoked refresh token.

        Examples
        --------
        >>> client.refresh_access_token()["token_type"]
        'bearer'
        """

    @endpoint("POST /oauth/token/revoke", auth="client", docs="/developers/api/authorization/revoke")
    def revoke_authorization(
        self,
        *,
        token: str | None = None,
        sub: str | None = None,
        request_pii_erasure: bool | None = None,
        client_id: str | None = None,
        client_secret: str | None = None,
    ) -> None:
        """Revoke an authorization, by a token or by the account's sub.

        With neither, the client's own authorization is revoked and its tokens are forgotten. Revoking a
        service account revokes the accounts that were authorized through it.

        Parameters
        ----------
        token
            A refresh token, or an access token. If `sub` is given too, `token` wins.
        sub
            The account.
        request_pii_erasure
            Also ask for personal data to be erased (known from the official SDKs).
        client_id, client_secret
            The application; by default the configured one.

        Raises
        ------
        TokenError
            `.error` is invalid_client for a wrong application. An unknown token is no error (RFC 7009).

        Examples
        --------
        >>> client.revoke_authorization(token="no longer known")
        """

    @endpoint(
        "POST /v1/permissions", lookup="list_calendars", docs="/developers/api/authorization/extended-permissions"
    )
    def elevated_permissions(
        self, *, permissions: Sequence[Mapping[str, str]], redirect_uri: str | None = None
    ) -> dict[str, Any]:
        """Ask for more rights on calendars, so that other people's events may be changed.

        Parameters
        ----------
        permissions
            `{"calendar_id": ..., "permission_level": "unrestricted"}` for each calendar.
        redirect_uri
            Where the person comes back to; not needed for accounts under a service account.

        Returns
        -------
        dict
            `{"permissions_request": {"url": ...}}`: send the person there; or
            `{"permissions_request": {"accepted": True}}` for an account under a service account.

        Raises
        ------
        Invalid
            For an unknown calendar or level.

        Examples
        --------
        >>> calendar = next(iter(client.list_calendars()))
        >>> asked = client.elevated_permissions(
        ...     permissions=[{"calendar_id": calendar["calendar_id"], "permission_level": "unrestricted"}],
        ...     redirect_uri="http://127.0.0.1:8765/",
        ... )
        >>> list(asked["permissions_request"])
        ['url']
        """

    @endpoint(
        "POST /v1/service_account_authorizations",
        auth="service",
        docs="/developers/api/enterprise-connect/delegated-access",
    )
    def authorize_with_service_account(
        self,
        *,
        email: str | None = None,
        callback_url: str | None = None,
        scope: str | None = None,
        state: str | None = None,
        service_account_authorizations: Sequence[Mapping[str, str]] | None = None,
    ) -> None:
        """Ask for access to people's calendars through a service account.

        The result comes later, as a POST to each callback_url: a code for `request_access_token`, or an error.
        Give either the four single arguments or the collection.

        Parameters
        ----------
        email
            Whose calendars.
        callback_url
            Where the result goes.
        scope
            Space separated, within the service account's delegated scope.
        state
            Comes back with the result.
        service_account_authorizations
            From 1 to 50 mappings with the same four keys.

        Raises
        ------
        Invalid
            For missing or mixed arguments.

        Examples
        --------
        >>> service = cf.connect(sandbox=box, account="service account")
        >>> service.authorize_with_service_account(
        ...     email="new.starter@example.test", callback_url="http://127.0.0.1:8765/", scope="read_write"
        ... )
        """

    @endpoint(
        "POST /v1/delegated_authorizations",
        lookup="profile_information",
        docs="/developers/api-alpha/business-connect/delegated-authorization",
    )
    def delegated_authorizations(
        self, *, profile_id: str, email: str, callback_url: str, scope: str, state: str | None = None
    ) -> None:
        """Ask for access to another person's calendars through a profile that may delegate (prerelease).

        The result comes later, as a POST to callback_url: a code for `request_access_token`, or an error.

        Parameters
        ----------
        profile_id
            The profile that delegates.
        email
            Whose calendars.
        callback_url
            Where the result goes.
        scope
            Space separated.
        state
            Comes back with the result.

        Raises
        ------
        Invalid
            For missing arguments.

        Examples
        --------
        >>> client.delegated_authorizations(
        ...     profile_id=next(iter(client.profile_information()))["profile_id"],
        ...     email="colleague@example.test", callback_url="http://127.0.0.1:8765/", scope="read_only",
        ... )
        """

    @endpoint("POST /v1/link_tokens", stage="ALPHA", docs="/developers/api-alpha/explicit-linking")
    def link_token(self) -> dict[str, Any]:
        """Get a token that links another calendar account to this one, where the application has opted in (ALPHA).

        Returns
        -------
        dict
            `{"link_token": ...}`, for `authorize_url(link_token=...)`; valid for some minutes.

        Examples
        --------
        >>> list(client.link_token())
        ['link_token']
        """

    @endpoint(
        "POST /v1/application_calendars",
        auth="client",
        docs="/developers/api/calendars/application-calendars",
    )
    def application_calendar(
        self, *, application_calendar_id: str, client_id: str | None = None, client_secret: str | None = None
    ) -> dict[str, Any]:
        """Get the tokens of a calendar that Cronofy hosts, made on first use.

        The client goes on with the tokens it has; `cf.connect(access_token=..., refresh_token=...)` makes one
        for the application calendar.

        Parameters
        ----------
        application_calendar_id
            The application's own id; the same id gives the same account.
        client_id, client_secret
            The application; by default the configured one.

        Returns
        -------
        dict
            access_token, refresh_token, expires_in (seconds), scope, application_calendar_id, sub, linking_profile.

        Raises
        ------
        Invalid
            For a missing id.

        Examples
        --------
        >>> client.application_calendar(application_calendar_id="room-7")["sub"][:4]
        'apc_'
        """

    @endpoint(
        "POST /v1/profiles/{profile_id}/revoke",
        repeatable=True,
        lookup="profile_information",
        docs="/developers/api/authorization/revoke-profile",
    )
    def revoke_profile_authorization(self, profile_id: str) -> None:
        """Disconnect one profile from the account; the other profiles stay.

        Parameters
        ----------
        profile_id
            The profile, as `profile_information` lists it.

        Raises
        ------
        NotFound
            When the account has no such profile.

        Examples
        --------
        >>> client.revoke_profile_authorization("pro_unknown")
        Traceback (most recent call last):
        cronofy_frames.errors.NotFound: ...
        """

    @endpoint(
        "POST /v1/conferencing_service_authorizations", docs="/developers/api/conferencing-services", sure="from SDKs"
    )
    def conferencing_service_authorizations(
        self, *, redirect_uri: str, provider_name: str | None = None
    ) -> dict[str, Any]:
        """Ask the person to connect a conferencing service.

        Parameters
        ----------
        redirect_uri
            Where the person comes back to.
        provider_name
            Which service, as in `zoom`.

        Returns
        -------
        dict
            `{"authorization_request": {"url": ...}}`: send the person there.

        Raises
        ------
        Invalid
            For a missing redirect_uri.

        Examples
        --------
        >>> list(client.conferencing_service_authorizations(redirect_uri="http://127.0.0.1:8765/"))
        ['authorization_request']
        """

    @endpoint(
        "GET /v1/account",
        repeatable=True,
        scope="read_account",
        forbidden="the account is an application calendar, which has none",
        docs="/developers/api/identity/account",
        sure="from SDKs",
    )
    def account_information(self) -> dict[str, Any]:
        """Read the account: id, e-mail, name and default zone. `user_info` supersedes it.

        Needs the scope `read_account`.

        Returns
        -------
        dict
            `{"account": {"account_id": ..., "email": ..., "name": ..., "default_tzid": ..., "scope": ...}}`.

        Raises
        ------
        Forbidden
            Without the scope, and for application calendars.

        Examples
        --------
        >>> sorted(client.account_information()["account"])[:3]
        ['account_id', 'default_tzid', 'email']
        """

    @endpoint("GET /v1/userinfo", auth="user or service", repeatable=True, docs="/developers/api/identity/userinfo")
    def user_info(self) -> dict[str, Any]:
        """Read the account of the token, with its profiles and calendars.

        Returns
        -------
        dict
            sub, email, name, zoneinfo, and under the keys `cronofy.type` and `cronofy.data` (with the dot in
            the key) the kind of account and its profiles.

        Examples
        --------
        >>> client.user_info()["cronofy.type"]
        'account'
        """

    @endpoint(
        "GET /v1/profiles",
        rows="profiles",
        table=PROFILES,
        repeatable=True,
        docs="/developers/api/identity/profile",
    )
    def profile_information(self) -> Rows:
        """List the connected profiles.

        `profile_connected` False means stale data; `profile_initial_sync_required` True means that calendars
        may still be empty.

        Examples
        --------
        >>> sorted(next(iter(client.profile_information())))[:2]
        ['profile_connected', 'profile_id']
        """

    @endpoint(
        "GET /v1/calendars",
        rows="calendars",
        table=CALENDARS,
        repeatable=True,
        scope="list_calendars or read_events",
        docs="/developers/api/calendars/list-calendars",
    )
    def list_calendars(self) -> Rows:
        """List the calendars of all profiles; deleted ones stay listed, and names may come twice.

        Raises
        ------
        Forbidden
            Without the scope `list_calendars`.

        Examples
        --------
        >>> any(calendar["calendar_primary"] for calendar in client.list_calendars())
        True
        """

    @endpoint(
        "POST /v1/calendars",
        scope="create_calendar",
        lookup="profile_information",
        docs="/developers/api/calendars/create-calendar",
    )
    def create_calendar(self, *, profile_id: str, name: str, color: str | None = None) -> dict[str, Any]:
        """Create a calendar in a profile.

        Needs the scope `create_calendar`. Never sent again by itself: a second call makes a second calendar.

        Parameters
        ----------
        profile_id
            Where.
        name
            Its name; some providers refuse one that exists.
        color
            As in `#49BED8`; providers keep it, take the nearest or ignore it.

        Returns
        -------
        dict
            `{"calendar": {...}}` with seven keys.

        Raises
        ------
        Invalid
            `errors.duplicate_calendar_name`, for instance.
        Locked
            When the profile takes no writes.

        Examples
        --------
        >>> profile = next(iter(client.profile_information()))
        >>> made = client.create_calendar(profile_id=profile["profile_id"], name="Offsite 2031")
        >>> made["calendar"]["calendar_name"]
        'Offsite 2031'
        """

    @endpoint(
        "GET /v1/accessible_calendars",
        rows="accessible_calendars",
        table=ACCESSIBLE_CALENDARS,
        repeatable=True,
        lookup="profile_information",
        docs="/developers/api-alpha/business-connect/list-accessible-calendars",
    )
    def list_accessible_calendars(self, *, profile_id: str, calendar_type: str | None = None) -> Rows:
        """List calendars of other people and rooms that a profile may delegate to (prerelease).

        Parameters
        ----------
        profile_id
            The profile that delegates.
        calendar_type
            `resource` or `unknown`, to see only those.

        Examples
        --------
        >>> profile = next(iter(client.profile_information()))
        >>> sorted(next(iter(client.list_accessible_calendars(profile_id=profile["profile_id"]))))
        ['calendar_type', 'email', 'name']
        """

    @endpoint(
        "GET /v1/resources",
        auth="service",
        rows="resources",
        table=RESOURCES,
        repeatable=True,
        docs="/developers/api/enterprise-connect/list-resources",
        sure="from SDKs",
    )
    def list_resources(self) -> Rows:
        """List the rooms and things that the service account's organisation can book.

        Needs a service account's token, with the scope `service_account/resources/manage`.

        Examples
        --------
        >>> service = cf.connect(sandbox=box, account="service account")
        >>> sorted(next(iter(service.list_resources())))
        ['email', 'name']
        """

    @endpoint(
        "GET /v1/events",
        rows="events",
        table=EVENTS,
        repeatable=True,
        scope="read_events",
        forbidden="only_managed=True is missing, which needs no scope",
        lookup="list_calendars",
        docs="/developers/api/events/read-events",
    )
    def read_events(
        self,
        *,
        tzid: str = "Etc/UTC",
        from_: Day | None = None,
        to: Day | None = None,
        include_deleted: bool | None = None,
        include_moved: bool | None = None,
        include_managed: bool | None = None,
        only_managed: bool | None = None,
        include_geo: bool | None = None,
        google_event_ids: bool | None = None,
        localized_times: bool | None = None,
        last_modified: Instant | None = None,
        calendar_ids: Sequence[str] | None = None,
        next_page: str | None = None,
    ) -> Rows:
        """Read the events of all calendars, one row each, over all pages.

        Needs the scope `read_events`, or `only_managed=True`. Series come as their occurrences.

        Parameters
        ----------
        tzid
            The zone in which `from_` and `to` are days.
        from_
            The first day, inclusive; by default and at the earliest 42 days ago.
        to
            The day after the last; by default and at the latest 201 days ahead.
        include_deleted
            Also events that were deleted.
        include_moved
            Also events that were once in the window and are no longer.
        include_managed
            Also events that this application wrote; without bounds those of all time. Cronofy's default is False.
        only_managed
            Only events that this application wrote.
        include_geo
            Adds location.lat and location.long.
        google_event_ids
            Adds google_event_id.
        localized_times
            Gives start and end as `{"time": ..., "tzid": ...}`.
        last_modified
            Only events modified at or after this instant.
        calendar_ids
            Only these calendars.
        next_page
            The address of a page to go on from; other options are merged into its query.

        Raises
        ------
        Forbidden
            Without the scope.
        Invalid
            For days outside the window or an unknown zone.

        Examples
        --------
        >>> events = client.read_events(tzid="Europe/London")
        >>> next(iter(events))["deleted"]
        False
        """

    @endpoint(
        "POST /v1/calendars/{calendar_id}/events",
        batch=True,
        repeatable=True,
        scope="create_event",
        forbidden=CALENDAR_READONLY,
        lookup="list_calendars",
        docs="/developers/api/events/upsert-event",
    )
    def create_event(
        self,
        calendar_id: str,
        *,
        event_id: str,
        summary: str,
        start: EventTime,
        end: EventTime,
        description: str | None = None,
        tzid: str | None = None,
        location: Mapping[str, str] | None = None,
        url: str | Omitted | None = OMITTED,
        reminders: Sequence[Mapping[str, int]] | None = None,
        reminders_create_only: bool | None = None,
        transparency: Transparency | None = None,
        extended_transparency: str | None = None,
        event_private: bool | None = None,
        color: str | None = None,
        attendees: Mapping[str, Sequence[Mapping[str, str]]] | None = None,
        conferencing: Mapping[str, Any] | None = None,
        subscriptions: Sequence[Mapping[str, Any]] | None = None,
        recurrence: Mapping[str, Any] | None = None,
        attachments: Sequence[Mapping[str, str]] | None = None,
        locale: str | None = None,
        event_classes: Any = None,
        tags: Any = None,
        meeting_agent: Mapping[str, str] | None = None,
        include_userinfo: bool | None = None,
    ) -> dict[str, Any] | None:
        """Create an event, or change the one that has this event_id in this calendar.

        Needs the scope `create_event`. The same call again changes nothing, so it is sent again when an answer
        is lost. Accepted is not applied: the provider follows later.

        Parameters
        ----------
        calendar_id
            A calendar that is neither read-only nor deleted.
        event_id
            The application's own id; never an event_uid.
        summary
            The title, up to 1024 characters.
        start, end
            Both dates (all day, end exclusive), or both times with a zone, or `{"time": ..., "tzid": ...}`.
        description
            Plain text, up to 4096 characters.
        tzid
            The zone in which the event is shown.
        location
            description, lat and long, all text.
        url
            None removes it; leaving it out keeps it.
        reminders
            Up to five `{"minutes": n}`, the most important first; an empty list for none.
        reminders_create_only
            Leave reminders alone when the event exists.
        transparency
            By default transparent for all-day events and opaque for others.
        extended_transparency
            working_elsewhere, tentative, out_of_office ...
        event_private
            Whether others see only that time is taken.
        color
            As in `#49BED8`.
        attendees
            `{"invite": [...], "remove": [...]}`, each a list of `{"email": ..., "display_name": ...}`.
        conferencing
            `{"profile_id": "default"}`, `integrated`, `none`, `explicit` or a conferencing profile's id.
        subscriptions
            Webhooks on the event, `{"type": "webhook", "uri": ...}` each, with `interactions`, such as `{"type":
            "conferencing_assigned"}` or `{"type": "meeting_agent_complete"}`, or with `transitions` (BETA), such as
            `{"before": "event_start", "offset": {"minutes": 30}}`; `after` and `event_end` likewise.
        recurrence
            `{"rules": [{"frequency": "weekly", ...}]}` (alpha).
        attachments
            `{"attachment_id": ...}` each.
        locale
            Two letters, for templates in the description.
        event_classes, tags
            Passed as they are; their shape is known from the SDKs only.
        meeting_agent
            `{"profile_id": "cronofy"}` sends a meeting agent (BETA), with a `display_name` as wanted, and `none`
            withdraws it; leaving it out keeps it. The event needs conferencing. `cf.meeting_agents` makes a frame of
            the callbacks.
        include_userinfo
            Answer with `{"userinfo": {...}}`.

        Returns
        -------
        dict or None
            None, or the userinfo asked for.

        Raises
        ------
        Invalid
            `.fields` names each refused field.
        Forbidden, NotFound, Locked
            Without the scope; for an unknown calendar; when the profile takes no writes.

        Examples
        --------
        >>> client.create_event(
        ...     primary, event_id="lunch-1", summary="Lunch",
        ...     start=pd.Timestamp("2031-03-04 12:00", tz="Europe/London"),
        ...     end=pd.Timestamp("2031-03-04 13:00", tz="Europe/London"),
        ... )
        """

    @endpoint(
        "POST /v1/calendars/{calendar_id}/events",
        batch=True,
        repeatable=True,
        scope="create_event",
        forbidden=NOT_UNRESTRICTED,
        lookup="list_calendars",
        docs="/developers/api/events/edit-external-events",
    )
    def update_external_event(
        self,
        calendar_id: str,
        *,
        event_uid: str,
        summary: str | None = None,
        start: EventTime | None = None,
        end: EventTime | None = None,
        description: str | None = None,
        tzid: str | None = None,
        location: Mapping[str, str] | None = None,
        url: str | Omitted | None = OMITTED,
        reminders: Sequence[Mapping[str, int]] | None = None,
        reminders_create_only: bool | None = None,
        transparency: Transparency | None = None,
        extended_transparency: str | None = None,
        event_private: bool | None = None,
        color: str | None = None,
        attendees: Mapping[str, Sequence[Mapping[str, str]]] | None = None,
        conferencing: Mapping[str, Any] | None = None,
        include_userinfo: bool | None = None,
    ) -> dict[str, Any] | None:
        """Change an event that the application did not write.

        Needs the scope `create_event`. The calendar needs the permission level `unrestricted` (see
        `elevated_permissions`) and the event `options.update`. Recurring events cannot be changed, deleted ones
        not brought back.

        Parameters
        ----------
        calendar_id
            The calendar.
        event_uid
            Cronofy's id of the event.
        summary, start, end, description, tzid, location, url, reminders, transparency, extended_transparency
            As for `create_event`.
        reminders_create_only
            As for `create_event`: the event exists, so that True leaves its reminders alone.
        event_private, color, attendees, conferencing, include_userinfo
            As for `create_event`.

        Returns
        -------
        dict or None
            None, or the userinfo asked for.

        Raises
        ------
        Forbidden, Invalid, NotFound
            Without the permission; for a refused field; for an unknown calendar.

        Examples
        --------
        >>> client.update_external_event(primary, event_uid="evt_external_unknown", summary="Lunch")
        Traceback (most recent call last):
        cronofy_frames.errors...
        """

    @endpoint(
        "DELETE /v1/calendars/{calendar_id}/events",
        batch=True,
        repeatable=True,
        scope="delete_event",
        forbidden=CALENDAR_READONLY,
        lookup="list_calendars",
        docs="/developers/api/events/delete-event",
    )
    def delete_event(
        self, calendar_id: str, event_id: str, *, include_userinfo: bool | None = None
    ) -> dict[str, Any] | None:
        """Delete an event that the application wrote.

        Needs the scope `delete_event`. Deleting what is not there is no error.

        Parameters
        ----------
        calendar_id
            The calendar.
        event_id
            The application's own id.
        include_userinfo
            Answer with `{"userinfo": {...}}`.

        Raises
        ------
        Forbidden, NotFound
            Without the scope; for an unknown calendar.

        Examples
        --------
        >>> client.create_event(
        ...     primary, event_id="lunch-1", summary="Lunch",
        ...     start=pd.Timestamp("2031-03-04 12:00", tz="Europe/London"),
        ...     end=pd.Timestamp("2031-03-04 13:00", tz="Europe/London"),
        ... )
        >>> client.delete_event(primary, "lunch-1")
        """

    @endpoint(
        "DELETE /v1/calendars/{calendar_id}/events",
        batch=True,
        repeatable=True,
        scope="delete_event",
        forbidden=NOT_UNRESTRICTED,
        lookup="list_calendars",
        docs="/developers/api/events/delete-external-event",
    )
    def delete_external_event(self, calendar_id: str, event_uid: str) -> None:
        """Delete an event that the application did not write.

        Needs the scope `delete_event`. The calendar needs the permission level `unrestricted` (see
        `elevated_permissions`) and the event `options.delete`. Recurring events cannot be deleted.

        Parameters
        ----------
        calendar_id
            The calendar.
        event_uid
            Cronofy's id of the event.

        Raises
        ------
        Forbidden, Invalid, NotFound
            Without the permission; for an id that is no external event's; for an unknown calendar.

        Examples
        --------
        >>> client.delete_external_event(primary, "not-external")
        Traceback (most recent call last):
        cronofy_frames.errors...
        """

    @endpoint(
        "DELETE /v1/events", repeatable=True, scope="delete_event", docs="/developers/api/events/bulk-delete-events"
    )
    def bulk_delete_events(self, *, delete_all: bool | None = None, calendar_ids: Sequence[str] | None = None) -> None:
        """Delete all events that the application wrote, in all calendars or in some.

        Needs the scope `delete_event`. Give exactly one of the two.

        Parameters
        ----------
        delete_all
            True for all calendars.
        calendar_ids
            At least one calendar.

        Raises
        ------
        Invalid
            For both, or neither.

        Examples
        --------
        >>> client.bulk_delete_events(calendar_ids=[primary])
        """

    @endpoint(
        "POST /v1/calendars/{calendar_id}/events/{event_uid}/participation_status",
        repeatable=True,
        scope="change_participation_status",
        forbidden=CALENDAR_READONLY,
        lookup="read_events",
        docs="/developers/api/events/participation-status",
    )
    def change_participation_status(self, calendar_id: str, event_uid: str, *, status: Reply) -> None:
        """Reply to an invitation.

        Needs the scope `change_participation_status`, and the event's
        `options.change_participation_status`.

        Parameters
        ----------
        calendar_id
            The calendar.
        event_uid
            Cronofy's id of the event.
        status
            accepted, tentative or declined.

        Raises
        ------
        Invalid, NotFound
            For another status or an event that takes no reply; for an unknown event.

        Examples
        --------
        >>> client.change_participation_status(primary, "evt_external_unknown", status="accepted")
        Traceback (most recent call last):
        cronofy_frames.errors.NotFound: ...
        """

    @endpoint(
        "GET /v1/free_busy",
        rows="free_busy",
        table=FREE_BUSY,
        repeatable=True,
        scope="read_free_busy or read_events",
        docs="/developers/api/events/free-busy",
    )
    def free_busy(
        self,
        *,
        tzid: str = "Etc/UTC",
        from_: Day | None = None,
        to: Day | None = None,
        include_managed: bool | None = None,
        include_ids: bool | None = None,
        include_free: bool | None = None,
        include_deleted: bool | None = None,
        localized_times: bool | None = None,
        last_modified: Instant | None = None,
        calendar_ids: Sequence[str] | None = None,
        next_page: str | None = None,
    ) -> Rows:
        """Read when the account is free or busy, one row per event, not merged, over all pages.

        Needs the scope `read_free_busy`, which `read_events` implies.

        Parameters
        ----------
        tzid
            The zone in which `from_` and `to` are days.
        from_
            The first day, inclusive; by default and at the earliest 42 days ago.
        to
            The day after the last; by default and at the latest 201 days ahead.
        include_managed
            Also events that this application wrote. Cronofy's default is False.
        include_ids
            Adds event_uid and event_id (known from the official SDKs).
        include_free
            Adds periods that are free (known from the official SDKs).
        include_deleted
            Adds deleted ones (known from the official SDKs).
        localized_times
            Gives start and end as `{"time": ..., "tzid": ...}`.
        last_modified
            Only what was modified at or after this instant (known from the official SDKs).
        calendar_ids
            Only these calendars.
        next_page
            The address of a page to go on from; other options are merged into its query.

        Raises
        ------
        Forbidden, Invalid
            Without the scope; for days outside the window or an unknown zone.

        Examples
        --------
        >>> next(iter(client.free_busy(tzid="Europe/London")))["free_busy_status"] in ("busy", "tentative", "free")
        True
        """

    @endpoint(
        "POST /v1/channels",
        scope="read_events",
        forbidden="filters lack only_managed, which needs no scope",
        docs="/developers/api/push-notifications/create-channel",
    )
    def create_notification_channel(
        self,
        *,
        callback_url: str,
        filters: Mapping[str, Any] | None = None,
        scheduling_conversations: Mapping[str, bool] | None = None,
    ) -> dict[str, Any]:
        """Have changes announced to an address.

        Needs the scope `read_events`, or the filter `only_managed`.

        Parameters
        ----------
        callback_url
            Gets a POST when something changed; `hmac_valid` tells whether it is genuine.
        filters
            `calendar_ids` (at least one) and `only_managed`.
        scheduling_conversations
            `{"enabled": True}` for notifications of conversations too (ALPHA).

        Returns
        -------
        dict
            `{"channel": {"channel_id": ..., "callback_url": ..., "filters": {...}}}`; the same request gives
            the channel that exists.

        Raises
        ------
        Invalid
            For an address that is none, or with 128 channels there already.

        Examples
        --------
        >>> made = client.create_notification_channel(callback_url="https://example.test/hook")
        >>> made["channel"]["callback_url"]
        'https://example.test/hook'
        """

    @endpoint(
        "GET /v1/channels",
        rows="channels",
        table=CHANNELS,
        repeatable=True,
        docs="/developers/api/push-notifications/list-channels",
    )
    def list_notification_channels(self) -> Rows:
        """List the account's channels.

        Examples
        --------
        >>> made = client.create_notification_channel(callback_url="https://example.test/hook")
        >>> [channel["callback_url"] for channel in client.list_notification_channels()]
        ['https://example.test/hook']
        """

    @endpoint(
        "DELETE /v1/channels/{channel_id}",
        lookup="list_notification_channels",
        docs="/developers/api/push-notifications/close-channel",
    )
    def delete_notification_channel(self, channel_id: str) -> None:
        """Close a channel.

        Parameters
        ----------
        channel_id
            The channel.

        Raises
        ------
        NotFound
            For an unknown channel.

        Examples
        --------
        >>> made = client.create_notification_channel(callback_url="https://example.test/hook")
        >>> for channel in client.list_notification_channels():
        ...     client.delete_notification_channel(channel["channel_id"])
        """

    @endpoint("POST /v1/batch", repeatable=True, docs="/developers/api/batch")
    def batch(self, batch: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        """Run up to 50 writes in one request; each succeeds or fails on its own.

        `Recorder` makes entries from ordinary calls.

        Parameters
        ----------
        batch
            `{"method": "POST" or "DELETE", "relative_url": "/v1/...", "data": {...}}` for each.

        Returns
        -------
        dict
            `{"batch": [{"status": 202}, {"status": 422, "data": {...}}, ...]}` in the order of the entries;
            200 to 299 is success.

        Raises
        ------
        ValueError
            For more than 50 entries; nothing was sent.

        Examples
        --------
        >>> recorder = cf.Recorder()
        >>> recorder.delete_event(primary, "lunch-1")
        >>> client.batch(recorder.entries())
        {'batch': [{'status': 202}]}
        """

    @endpoint(
        "POST /v1/availability",
        auth="application or user",
        repeatable=True,
        either=("participants", "bookable_events"),
        docs="/developers/api/scheduling/availability",
    )
    def availability(
        self,
        *,
        participants: Sequence[Mapping[str, Any]] | None = None,
        required_duration: Span | None = None,
        query_periods: Sequence[Mapping[str, Any]] | None = None,
        query_slots: Sequence[Mapping[str, Any]] | None = None,
        available_periods: Sequence[Mapping[str, Any]] | None = None,
        start_interval: Span | None = None,
        buffer: Mapping[str, Any] | None = None,
        response_format: ResponseFormat | None = None,
        max_results: int | None = None,
        include_member_statuses: bool | None = None,
        excluded_events: Sequence[Mapping[str, str]] | None = None,
        bookable_events: Sequence[Mapping[str, str]] | None = None,
    ) -> dict[str, Any]:
        """Ask when people are free together, or which bookable events have free places (that form is BETA).

        `cf.read_availability` and `cf.read_bookable_events` make frames of it. Give participants or bookable_events.

        Parameters
        ----------
        participants
            Groups, all of which must be satisfied: `{"members": [...], "required": "all" or a number}`. A member
            is `{"sub": ...}`, with calendar_ids (an empty list: none makes busy), available_periods,
            managed_availability, availability_rule_ids, only_managed_events, ignore_tentative, buffer and
            availability_constraints as wanted.
        required_duration
            How long; a timedelta or `{"minutes": n}`. Participants need it.
        query_periods
            `{"start": ..., "end": ...}` for each stretch to search.
        query_slots
            `{"start": ...}` for each time to check, in place of query_periods.
        available_periods
            The old name of query_periods.
        start_interval
            The grid on which starts lie.
        buffer
            `{"before": ..., "after": ...}`: free time around, each a duration or
            `{"minimum": ..., "maximum": ...}`.
        response_format
            periods (by default), slots or overlapping_slots.
        max_results
            From 1 to 512.
        include_member_statuses
            Also say whether each member's calendars are in step.
        excluded_events
            `{"event_id": ...}` or `{"event_uid": ...}` of events that do not count as busy.
        bookable_events
            `{"bookable_event_id": ...}` for each event, in place of participants; it takes the client_secret.

        Returns
        -------
        dict
            `{"available_periods": [...]}` or `{"available_slots": [...]}`, each with start, end and participants; or
            `{"available_bookable_events": [...]}` with start, end and registration (capacity, registered_count).

        Raises
        ------
        Invalid
            For arguments that are missing, contradict each other or exceed a limit.
        ValueError
            For neither, or both, of participants and bookable_events.

        Examples
        --------
        >>> found = client.availability(
        ...     participants=[{"members": [{"sub": client.user_info()["sub"]}], "required": "all"}],
        ...     required_duration={"minutes": 30},
        ...     query_periods=[{"start": "2026-03-02T09:00:00Z", "end": "2026-03-02T17:00:00Z"}],
        ... )
        >>> list(found)
        ['available_periods']
        """

    @endpoint(
        "POST /v1/sequenced_availability",
        auth="application or user",
        repeatable=True,
        stage="BETA",
        docs="/developers/api/scheduling/sequenced-availability",
    )
    def sequenced_availability(
        self,
        *,
        sequence: Sequence[Mapping[str, Any]],
        query_periods: Sequence[Mapping[str, Any]] | None = None,
        available_periods: Sequence[Mapping[str, Any]] | None = None,
    ) -> dict[str, Any]:
        """Ask when several meetings can be held one after the other (BETA).

        Parameters
        ----------
        sequence
            The meetings: sequence_id, ordinal, participants, required_duration, start_interval, buffer and
            query_periods, as for `availability`; a buffer's maximum is the longest way to the neighbour.
        query_periods
            `{"start": ..., "end": ...}` for each stretch to search.
        available_periods
            The old name of query_periods.

        Returns
        -------
        dict
            `{"sequences": [{"sequence": [...]}, ...]}`: each is a complete proposal in order of time.

        Raises
        ------
        Invalid
            For arguments that are missing or contradict each other.

        Examples
        --------
        >>> meeting = {
        ...     "participants": [{"members": [{"sub": client.user_info()["sub"]}], "required": "all"}],
        ...     "required_duration": {"minutes": 30},
        ... }
        >>> found = client.sequenced_availability(
        ...     sequence=[{"sequence_id": "a", **meeting}, {"sequence_id": "b", **meeting}],
        ...     query_periods=[{"start": "2026-03-02T09:00:00Z", "end": "2026-03-02T17:00:00Z"}],
        ... )
        >>> [item["sequence_id"] for item in found["sequences"][0]["sequence"]]
        ['a', 'b']
        """

    @endpoint(
        "GET /v1/availability_rules",
        rows="availability_rules",
        table=AVAILABILITY_RULES,
        repeatable=True,
        docs="/developers/api/scheduling/availability-rules/list-availability-rules",
    )
    def list_availability_rules(self) -> Rows:
        """List the account's weekly rules of when it may be booked.

        Examples
        --------
        >>> list(client.list_availability_rules())
        []
        """

    @endpoint(
        "POST /v1/availability_rules",
        repeatable=True,
        docs="/developers/api/scheduling/availability-rules/upsert-availability-rule",
    )
    def upsert_availability_rule(
        self,
        *,
        availability_rule_id: str,
        tzid: str,
        weekly_periods: Sequence[Mapping[str, str]],
        calendar_ids: Sequence[str] | None = None,
    ) -> dict[str, Any]:
        """Make a weekly rule of when the account may be booked, or replace the one with this id.

        Parameters
        ----------
        availability_rule_id
            The application's own id, up to 64 ASCII characters.
        tzid
            The zone of the times.
        weekly_periods
            `{"day": "monday", "start_time": "09:00", "end_time": "17:00"}` for each stretch.
        calendar_ids
            The calendars that make busy; by default all.

        Returns
        -------
        dict
            `{"availability_rule": {...}}`.

        Raises
        ------
        Invalid
            For a refused field.

        Examples
        --------
        >>> made = client.upsert_availability_rule(
        ...     availability_rule_id="office", tzid="Europe/London",
        ...     weekly_periods=[{"day": "monday", "start_time": "09:00", "end_time": "17:00"}],
        ... )
        >>> made["availability_rule"]["tzid"]
        'Europe/London'
        """

    @endpoint(
        "GET /v1/availability_rules/{availability_rule_id}",
        repeatable=True,
        docs="/developers/api/scheduling/availability-rules/read-availability-rule",
    )
    def read_availability_rule(self, availability_rule_id: str) -> dict[str, Any]:
        """Read one weekly rule.

        Parameters
        ----------
        availability_rule_id
            The rule.

        Returns
        -------
        dict
            `{"availability_rule": {...}}`.

        Raises
        ------
        NotFound
            For an unknown rule.

        Examples
        --------
        >>> made = client.upsert_availability_rule(
        ...     availability_rule_id="office", tzid="Europe/London",
        ...     weekly_periods=[{"day": "monday", "start_time": "09:00", "end_time": "17:00"}],
        ... )
        >>> client.read_availability_rule("office")["availability_rule"]["availability_rule_id"]
        'office'
        """

    @endpoint(
        "DELETE /v1/availability_rules/{availability_rule_id}",
        repeatable=True,
        docs="/developers/api/scheduling/availability-rules/delete-availability-rule",
    )
    def delete_availability_rule(self, availability_rule_id: str) -> None:
        """Delete one weekly rule.

        Parameters
        ----------
        availability_rule_id
            The rule.

        Raises
        ------
        NotFound
            For an unknown rule.

        Examples
        --------
        >>> made = client.upsert_availability_rule(
        ...     availability_rule_id="office", tzid="Europe/London",
        ...     weekly_periods=[{"day": "monday", "start_time": "09:00", "end_time": "17:00"}],
        ... )
        >>> client.delete_availability_rule("office")
        """

    @endpoint(
        "POST /v1/available_periods",
        batch=True,
        repeatable=True,
        docs="/developers/api/scheduling/available-periods/upsert",
    )
    def upsert_available_period(self, *, available_period_id: str, start: EventTime, end: EventTime) -> None:
        """Make a single stretch in which the account may be booked, or move the one with this id.

        Parameters
        ----------
        available_period_id
            The application's own id, up to 64 ASCII characters.
        start, end
            Times with a zone, or `{"time": ..., "tzid": ...}`.

        Raises
        ------
        Invalid
            For a refused field.

        Examples
        --------
        >>> client.upsert_available_period(
        ...     available_period_id="p1", start="2026-03-03T09:00:00Z", end="2026-03-03T12:00:00Z"
        ... )
        """

    @endpoint(
        "GET /v1/available_periods",
        rows="available_periods",
        table=AVAILABLE_PERIODS,
        repeatable=True,
        docs="/developers/api/scheduling/available-periods/read",
    )
    def list_available_periods(
        self,
        *,
        tzid: str = "Etc/UTC",
        from_: Day | None = None,
        to: Day | None = None,
        localized_times: bool | None = None,
        next_page: str | None = None,
    ) -> Rows:
        """List the single stretches in which the account may be booked, over all pages.

        Parameters
        ----------
        tzid
            The zone in which `from_` and `to` are days.
        from_
            The first day, inclusive.
        to
            The day after the last.
        localized_times
            Gives start and end as `{"time": ..., "tzid": ...}`.
        next_page
            The address of a page to go on from; other options are merged into its query.

        Raises
        ------
        Invalid
            For a refused option.

        Examples
        --------
        >>> client.upsert_available_period(
        ...     available_period_id="p1", start="2026-03-03T09:00:00Z", end="2026-03-03T12:00:00Z"
        ... )
        >>> [period["available_period_id"] for period in client.list_available_periods()]
        ['p1']
        """

    @endpoint(
        "DELETE /v1/available_periods",
        batch=True,
        repeatable=True,
        docs="/developers/api/scheduling/available-periods/delete",
    )
    def delete_available_periods(
        self, *, available_period_id: str | None = None, delete_all: bool | None = None
    ) -> None:
        """Delete one stretch, or all of them. Give exactly one of the two.

        Parameters
        ----------
        available_period_id
            The stretch.
        delete_all
            True for all.

        Raises
        ------
        Invalid
            For neither.

        Examples
        --------
        >>> client.upsert_available_period(
        ...     available_period_id="p1", start="2026-03-03T09:00:00Z", end="2026-03-03T12:00:00Z"
        ... )
        >>> client.delete_available_periods(available_period_id="p1")
        """

    @endpoint(
        "POST /v1/real_time_scheduling",
        auth="application",
        docs="/developers/api/scheduling/real-time-scheduling",
    )
    def real_time_scheduling(
        self,
        *,
        oauth: Mapping[str, str],
        event: Mapping[str, Any],
        availability: Mapping[str, Any],
        target_calendars: Sequence[Mapping[str, Any]] | None = None,
        tzid: str | None = None,
        event_creation: Literal["default", "single"] | None = None,
        callback_url: str | None = None,
        callback_urls: Mapping[str, str] | None = None,
        redirect_urls: Mapping[str, str] | None = None,
        minimum_notice: Span | None = None,
        selection_mode: str | None = None,
        formatting: Mapping[str, str] | None = None,
    ) -> dict[str, Any]:
        """Make a link at which a user picks a time; the event is then written.

        Parameters
        ----------
        oauth
            `{"redirect_uri": ...}`: the page to which a user who connects a calendar is redirected.
        event
            event_id and summary, and more as for `create_event`, without start and end.
        availability
            As the arguments of `availability`.
        target_calendars
            `{"sub": ..., "calendar_id": ...}` for each calendar that gets the event.
        tzid
            The zone in which times are shown.
        event_creation
            default (an event in each target calendar) or single.
        callback_url
            The old name of callback_urls' completed_url.
        callback_urls
            completed_url, no_times_suitable_url, no_times_displayed_url.
        redirect_urls
            completed_url: where the browser goes afterwards.
        minimum_notice
            How far ahead a time must be at least.
        selection_mode
            `no_confirm` takes the first click.
        formatting
            `{"hour_format": "h" or "H"}`.

        Returns
        -------
        dict
            `{"real_time_scheduling": {"real_time_scheduling_id": ..., "url": ...}, ...}`.

        Raises
        ------
        Invalid
            For a refused field.

        Examples
        --------
        >>> sub = client.user_info()["sub"]
        >>> made = client.real_time_scheduling(
        ...     oauth={"redirect_uri": "http://127.0.0.1:8765/"},
        ...     event={"event_id": "demo", "summary": "Demo"},
        ...     availability={
        ...         "participants": [{"members": [{"sub": sub}], "required": "all"}],
        ...         "required_duration": {"minutes": 30},
        ...         "query_periods": [{"start": "2026-03-03T09:00:00Z", "end": "2026-03-03T17:00:00Z"}],
        ...     },
        ...     target_calendars=[{"sub": sub, "calendar_id": primary}],
        ... )
        >>> sorted(made["real_time_scheduling"])[:2]
        ['event', 'real_time_scheduling_id']
        """

    @endpoint(
        "GET /v1/real_time_scheduling",
        auth="application",
        repeatable=True,
        either=("token", "real_time_scheduling_id"),
        other_path="/v1/real_time_scheduling/{real_time_scheduling_id}",
        docs="/developers/api/scheduling/real-time-scheduling/status",
    )
    def real_time_scheduling_status(
        self, *, token: str | None = None, real_time_scheduling_id: str | None = None
    ) -> dict[str, Any]:
        """Read the status of a link: open, completed or disabled. Give its token or its id.

        Parameters
        ----------
        token
            The last part of the link's address.
        real_time_scheduling_id
            The id of the link, in place of the token.

        Returns
        -------
        dict
            `{"real_time_scheduling": {"status": ..., ...}}`; completed ones have event.start and event.end.

        Raises
        ------
        NotFound
            For an unknown link.
        ValueError
            For neither, or both, of token and id.

        Examples
        --------
        >>> sub = client.user_info()["sub"]
        >>> made = client.real_time_scheduling(
        ...     oauth={"redirect_uri": "http://127.0.0.1:8765/"},
        ...     event={"event_id": "demo", "summary": "Demo"},
        ...     availability={
        ...         "participants": [{"members": [{"sub": sub}], "required": "all"}],
        ...         "required_duration": {"minutes": 30},
        ...         "query_periods": [{"start": "2026-03-03T09:00:00Z", "end": "2026-03-03T17:00:00Z"}],
        ...     },
        ...     target_calendars=[{"sub": sub, "calendar_id": primary}],
        ... )
        >>> url = made["real_time_scheduling"]["url"]
        >>> client.real_time_scheduling_status(token=url.rsplit("/", 1)[-1])["real_time_scheduling"]["status"]
        'open'
        >>> link_id = made["real_time_scheduling"]["real_time_scheduling_id"]
        >>> client.real_time_scheduling_status(real_time_scheduling_id=link_id)["real_time_scheduling"]["status"]
        'open'
        """

    @endpoint(
        "POST /v1/real_time_scheduling/{real_time_scheduling_id}/disable",
        auth="application",
        repeatable=True,
        docs="/developers/api/scheduling/real-time-scheduling/disable",
    )
    def disable_real_time_scheduling(self, real_time_scheduling_id: str, *, display_message: str) -> dict[str, Any]:
        """Close a link at which no time has been picked.

        Parameters
        ----------
        real_time_scheduling_id
            The link.
        display_message
            What its visitors read, up to 500 characters.

        Returns
        -------
        dict
            `{"real_time_scheduling": {"status": "disabled", ...}}`.

        Raises
        ------
        Invalid, NotFound
            For a link that is completed; for an unknown link.

        Examples
        --------
        >>> sub = client.user_info()["sub"]
        >>> made = client.real_time_scheduling(
        ...     oauth={"redirect_uri": "http://127.0.0.1:8765/"},
        ...     event={"event_id": "demo", "summary": "Demo"},
        ...     availability={
        ...         "participants": [{"members": [{"sub": sub}], "required": "all"}],
        ...         "required_duration": {"minutes": 30},
        ...         "query_periods": [{"start": "2026-03-03T09:00:00Z", "end": "2026-03-03T17:00:00Z"}],
        ...     },
        ...     target_calendars=[{"sub": sub, "calendar_id": primary}],
        ... )
        >>> link = made["real_time_scheduling"]["real_time_scheduling_id"]
        >>> closed = client.disable_real_time_scheduling(link, display_message="Too late, sorry.")
        >>> closed["real_time_scheduling"]["status"]
        'disabled'
        """

    @endpoint(
        "POST /v1/real_time_sequencing",
        auth="application",
        stage="BETA",
        docs="/developers/api/scheduling/real-time-sequencing",
    )
    def real_time_sequencing(
        self,
        *,
        oauth: Mapping[str, str],
        event: Mapping[str, Any],
        availability: Mapping[str, Any],
        target_calendars: Sequence[Mapping[str, Any]] | None = None,
        tzid: str | None = None,
        callback_url: str | None = None,
        callback_urls: Mapping[str, str] | None = None,
        redirect_urls: Mapping[str, str] | None = None,
        minimum_notice: Span | None = None,
        selection_mode: str | None = None,
        formatting: Mapping[str, str] | None = None,
    ) -> dict[str, Any]:
        """Make a link at which a user picks times for several meetings in a row (BETA).

        Parameters
        ----------
        oauth
            `{"redirect_uri": ...}`.
        event
            What all the events have in common.
        availability
            As the arguments of `sequenced_availability`, with an `event` in each item of the sequence.
        target_calendars
            `{"sub": ..., "calendar_id": ...}` for each calendar that gets the events.
        tzid, callback_url, callback_urls, redirect_urls, minimum_notice, selection_mode, formatting
            As for `real_time_scheduling`.

        Returns
        -------
        dict
            `{"real_time_sequencing": {"real_time_sequencing_id": ..., "url": ...}, ...}`.

        Raises
        ------
        Invalid
            For a refused field.

        Examples
        --------
        >>> sub = client.user_info()["sub"]
        >>> item = {
        ...     "participants": [{"members": [{"sub": sub}], "required": "all"}],
        ...     "required_duration": {"minutes": 30},
        ... }
        >>> linked = client.real_time_sequencing(
        ...     oauth={"redirect_uri": "http://127.0.0.1:8765/"},
        ...     event={"event_id": "interviews", "summary": "Interviews"},
        ...     availability={
        ...         "sequence": [{"sequence_id": "a", "event": {"event_id": "a", "summary": "First"}, **item}],
        ...         "query_periods": [{"start": "2026-03-03T09:00:00Z", "end": "2026-03-03T17:00:00Z"}],
        ...     },
        ...     target_calendars=[{"sub": sub, "calendar_id": primary}],
        ... )
        >>> linked["real_time_sequencing"]["real_time_sequencing_id"][:4]
        'seq_'
        """

    @endpoint(
        "POST /v1/real_time_sequencing/{real_time_sequencing_id}/disable",
        auth="application",
        repeatable=True,
        stage="BETA",
        docs="/developers/api/scheduling/real-time-sequencing/disable",
    )
    def disable_real_time_sequencing(self, real_time_sequencing_id: str, *, display_message: str) -> dict[str, Any]:
        """Close a link for several meetings at which no times have been picked (BETA).

        Parameters
        ----------
        real_time_sequencing_id
            The link.
        display_message
            What its visitors read, up to 500 characters.

        Returns
        -------
        dict
            `{"real_time_sequencing": {"status": "disabled", ...}}`.

        Raises
        ------
        Invalid, NotFound
            For a link that is completed; for an unknown link.

        Examples
        --------
        >>> sub = client.user_info()["sub"]
        >>> item = {
        ...     "participants": [{"members": [{"sub": sub}], "required": "all"}],
        ...     "required_duration": {"minutes": 30},
        ... }
        >>> linked = client.real_time_sequencing(
        ...     oauth={"redirect_uri": "http://127.0.0.1:8765/"},
        ...     event={"event_id": "interviews", "summary": "Interviews"},
        ...     availability={
        ...         "sequence": [{"sequence_id": "a", "event": {"event_id": "a", "summary": "First"}, **item}],
        ...         "query_periods": [{"start": "2026-03-03T09:00:00Z", "end": "2026-03-03T17:00:00Z"}],
        ...     },
        ...     target_calendars=[{"sub": sub, "calendar_id": primary}],
        ... )
        >>> link = linked["real_time_sequencing"]["real_time_sequencing_id"]
        >>> closed = client.disable_real_time_sequencing(link, display_message="Filled.")
        >>> closed["real_time_sequencing"]["status"]
        'disabled'
        """

    @endpoint(
        "POST /v1/add_to_calendar",
        auth="client",
        docs="/developers/api/scheduling/add-to-calendar",
        sure="from SDKs",
    )
    def add_to_calendar(
        self,
        *,
        oauth: Mapping[str, str],
        event: Mapping[str, Any],
        target_calendars: Sequence[Mapping[str, Any]] | None = None,
        tzid: str | None = None,
        formatting: Mapping[str, str] | None = None,
        client_id: str | None = None,
        client_secret: str | None = None,
    ) -> dict[str, Any]:
        """Make a link at which a user adds an event to their own calendar (known from the SDKs).

        Parameters
        ----------
        oauth
            `{"redirect_uri": ..., "scope": ..., "state": ...}`.
        event
            event_id, summary, start, end and more as for `create_event`.
        target_calendars
            `{"sub": ..., "calendar_id": ...}` where the calendar is known.
        tzid
            The zone in which times are shown.
        formatting
            `{"hour_format": "h" or "H"}`.
        client_id, client_secret
            The application; by default the configured one.

        Returns
        -------
        dict
            `{"url": ...}`: send the person there.

        Raises
        ------
        Invalid
            For a refused field.

        Examples
        --------
        >>> client.add_to_calendar(
        ...     oauth={"redirect_uri": "http://127.0.0.1:8765/", "scope": "create_event"},
        ...     event={
        ...         "event_id": "talk", "summary": "Talk",
        ...         "start": "2026-03-05T18:00:00Z", "end": "2026-03-05T19:00:00Z",
        ...     },
        ... )["url"].startswith("https://")
        True
        """

    @endpoint(
        "POST /v1/bookable_events",
        auth="application",
        repeatable=True,
        stage="BETA",
        docs="/developers/api/scheduling/bookable-events/create",
    )
    def create_bookable_event(
        self,
        *,
        bookable_event_id: str,
        start: Instant,
        end: Instant,
        status: Literal["confirmed", "cancelled"],
        registration: Mapping[str, Any],
    ) -> dict[str, Any]:
        """Make an event that people register for, or change the one with this id (BETA).

        Parameters
        ----------
        bookable_event_id
            The application's own id: letters, digits, _ and -.
        start, end
            Times with a zone.
        status
            confirmed or cancelled.
        registration
            `{"capacity": n}`, from 1 to 256.

        Returns
        -------
        dict
            The event with its registrations.

        Raises
        ------
        Invalid
            For a refused field.

        Examples
        --------
        >>> yoga = client.create_bookable_event(
        ...     bookable_event_id="yoga", start="2026-03-03T12:00:00Z", end="2026-03-03T13:00:00Z",
        ...     status="confirmed", registration={"capacity": 5},
        ... )
        >>> yoga["registration"]["registered_count"]
        0
        """

    @endpoint(
        "GET /v1/bookable_events/{bookable_event_id}",
        auth="application",
        repeatable=True,
        stage="BETA",
        docs="/developers/api/scheduling/bookable-events/read",
    )
    def read_bookable_event(self, bookable_event_id: str) -> dict[str, Any]:
        """Read an event that people register for, with the first page of registrations (BETA).

        Parameters
        ----------
        bookable_event_id
            The event.

        Returns
        -------
        dict
            The event; `registration.pages.next_page` leads to more registrations.

        Raises
        ------
        NotFound
            For an unknown event.

        Examples
        --------
        >>> yoga = client.create_bookable_event(
        ...     bookable_event_id="yoga", start="2026-03-03T12:00:00Z", end="2026-03-03T13:00:00Z",
        ...     status="confirmed", registration={"capacity": 5},
        ... )
        >>> client.read_bookable_event("yoga")["status"]
        'confirmed'
        """

    @endpoint(
        "POST /v1/bookable_events/{bookable_event_id}/registrations",
        auth="application",
        repeatable=True,
        stage="BETA",
        docs="/developers/api/scheduling/bookable-events/upsert-registration",
    )
    def upsert_registration_bookable_event(
        self,
        bookable_event_id: str,
        *,
        registration_id: str,
        status: str,
        metadata: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        """Register a person for an event, or change that registration (BETA).

        Parameters
        ----------
        bookable_event_id
            The event.
        registration_id
            The application's own id: letters, digits, _ and -.
        status
            pending, accepted or declined.
        metadata
            What is to be kept with it: name, email ...

        Returns
        -------
        dict
            The event with its registrations.

        Raises
        ------
        Invalid, NotFound
            For a refused field or a full event; for an unknown event.

        Examples
        --------
        >>> yoga = client.create_bookable_event(
        ...     bookable_event_id="yoga", start="2026-03-03T12:00:00Z", end="2026-03-03T13:00:00Z",
        ...     status="confirmed", registration={"capacity": 5},
        ... )
        >>> yoga = client.upsert_registration_bookable_event("yoga", registration_id="r1", status="accepted")
        >>> yoga["registration"]["registered_count"]
        1
        """

    @endpoint(
        "DELETE /v1/bookable_events/{bookable_event_id}/registrations/{registration_id}",
        auth="application",
        repeatable=True,
        stage="BETA",
        docs="/developers/api/scheduling/bookable-events/remove-registration",
    )
    def delete_registration_bookable_event(self, bookable_event_id: str, registration_id: str) -> dict[str, Any]:
        """Remove the registration of a person; it stays listed as removed (BETA).

        Parameters
        ----------
        bookable_event_id
            The event.
        registration_id
            The registration.

        Returns
        -------
        dict
            The event with its registrations.

        Raises
        ------
        NotFound
            For an unknown event or registration.

        Examples
        --------
        >>> yoga = client.create_bookable_event(
        ...     bookable_event_id="yoga", start="2026-03-03T12:00:00Z", end="2026-03-03T13:00:00Z",
        ...     status="confirmed", registration={"capacity": 5},
        ... )
        >>> yoga = client.upsert_registration_bookable_event("yoga", registration_id="r1", status="accepted")
        >>> yoga = client.delete_registration_bookable_event("yoga", "r1")
        >>> yoga["registration"]["registered_count"], yoga["registration"]["total_count"]
        (0, 1)
        """

    @endpoint(
        "POST /v1/smart_invites",
        auth="application",
        repeatable=True,
        docs="/developers/api/smart-invites/create-smart-invite",
    )
    def create_smart_invite(
        self,
        *,
        smart_invite_id: str,
        event: Mapping[str, Any] | None = None,
        recipient: Mapping[str, str] | None = None,
        recipients: Sequence[Mapping[str, str]] | None = None,
        callback_url: str | None = None,
        organizer: Mapping[str, str] | None = None,
        method: Literal["request", "cancel", "remove"] | None = None,
    ) -> dict[str, Any]:
        """Make an invitation that needs no connected calendar, or change the one with this id.

        Parameters
        ----------
        smart_invite_id
            The application's own id; unique together with the recipient.
        event
            summary, start, end, tzid and more; no event_id.
        recipient
            `{"email": ...}`.
        recipients
            Several of them (alpha), in place of recipient.
        callback_url
            The address that receives a POST when an invited person replies.
        organizer
            `{"name": ..., "email": ...}`.
        method
            request (by default), cancel, or remove (one of several recipients).

        Returns
        -------
        dict
            The invitation; `attachments.icalendar` is what to send by mail.

        Raises
        ------
        Invalid
            For a refused field.

        Examples
        --------
        >>> invite = client.create_smart_invite(
        ...     smart_invite_id="board-1", recipient={"email": "guest@example.test"},
        ...     callback_url="https://example.test/invites",
        ...     event={
        ...         "summary": "Board meeting", "tzid": "Europe/London",
        ...         "start": "2026-03-05T09:30:00Z", "end": "2026-03-05T10:00:00Z",
        ...     },
        ... )
        >>> invite["attachments"]["icalendar"].splitlines()[0]
        'BEGIN:VCALENDAR'
        """

    @endpoint(
        "GET /v1/smart_invites", auth="application", repeatable=True, docs="/developers/api/smart-invites/invite-status"
    )
    def get_smart_invite(self, *, smart_invite_id: str, recipient_email: str | None = None) -> dict[str, Any]:
        """Read the status of an invitation.

        Parameters
        ----------
        smart_invite_id
            The invitation.
        recipient_email
            Its recipient; left out where it has several.

        Returns
        -------
        dict
            The invitation with `replies`, without attachments.

        Raises
        ------
        NotFound
            For an unknown invitation.

        Examples
        --------
        >>> invite = client.create_smart_invite(
        ...     smart_invite_id="board-1", recipient={"email": "guest@example.test"},
        ...     callback_url="https://example.test/invites",
        ...     event={
        ...         "summary": "Board meeting", "tzid": "Europe/London",
        ...         "start": "2026-03-05T09:30:00Z", "end": "2026-03-05T10:00:00Z",
        ...     },
        ... )
        >>> client.get_smart_invite(smart_invite_id="board-1", recipient_email="guest@example.test")["replies"]
        []
        """

    @endpoint(
        "POST /v1/smart_invites",
        auth="application",
        repeatable=True,
        fixed={"method": "cancel"},
        docs="/developers/api/smart-invites/cancel-invite",
    )
    def cancel_smart_invite(
        self,
        *,
        smart_invite_id: str,
        recipient: Mapping[str, str] | None = None,
        recipients: Sequence[Mapping[str, str]] | None = None,
    ) -> dict[str, Any]:
        """Cancel an invitation.

        Parameters
        ----------
        smart_invite_id
            The invitation.
        recipient
            `{"email": ...}`.
        recipients
            Several of them, in place of recipient.

        Returns
        -------
        dict
            The invitation; `attachments.icalendar` is the cancellation to send by mail.

        Raises
        ------
        Invalid, NotFound
            For a refused field; for an unknown invitation.

        Examples
        --------
        >>> invite = client.create_smart_invite(
        ...     smart_invite_id="board-1", recipient={"email": "guest@example.test"},
        ...     callback_url="https://example.test/invites",
        ...     event={
        ...         "summary": "Board meeting", "tzid": "Europe/London",
        ...         "start": "2026-03-05T09:30:00Z", "end": "2026-03-05T10:00:00Z",
        ...     },
        ... )
        >>> gone = client.cancel_smart_invite(smart_invite_id="board-1", recipient={"email": "guest@example.test"})
        >>> "METHOD:CANCEL" in gone["attachments"]["icalendar"]
        True
        """

    @endpoint("POST /v1/element_tokens", auth="application", docs="/developers/ui-elements/authentication")
    def request_element_token(
        self,
        *,
        permissions: Sequence[str],
        origin: str,
        subs: Sequence[str] | None = None,
        bookable_event_ids: Sequence[str] | None = None,
        version: str = "1",
    ) -> dict[str, Any]:
        """Get a token with which a page of yours may show Cronofy's elements.

        Parameters
        ----------
        permissions
            agenda, account_management, availability, managed_availability.
        origin
            The page's scheme and host.
        subs
            The accounts that it may touch.
        bookable_event_ids
            The events that it may show.
        version
            Of the elements.

        Returns
        -------
        dict
            `{"element_token": {"token": ..., "expires_in": seconds, ...}}`.

        Raises
        ------
        Invalid
            For a refused field.

        Examples
        --------
        >>> sub = client.user_info()["sub"]
        >>> created = client.request_element_token(permissions=["agenda"], origin="http://localhost", subs=[sub])
        >>> created["element_token"]["expires_in"]
        64800
        """

    @endpoint("POST /v1/attachments", auth="application", stage="BETA", docs="/developers/api/attachments/create")
    def create_attachment(
        self, *, attachment: Mapping[str, str], subscriptions: Sequence[Mapping[str, Any]] | None = None
    ) -> dict[str, Any]:
        """Keep a file that events can carry, in `attachments` of `create_event` (BETA).

        The feature has to be switched on for the application. `calendar_attachments_available` of a calendar says
        whether it takes them.

        Parameters
        ----------
        attachment
            file_name, content_type, base64_content. The extension of the name must fit the content type.
        subscriptions
            Webhooks on it: `{"type": "webhook", "uri": ..., "interactions": [{"type": "attachment_approved"}, {"type":
            "attachment_rejected"}]}`.

        Returns
        -------
        dict
            `{"attachment": {"attachment_id": ..., "file_name": ..., "content_type": ..., "md5": ...}}`.

        Raises
        ------
        Invalid
            For a refused field.

        Examples
        --------
        >>> kept = client.create_attachment(
        ...     attachment={"file_name": "a.txt", "content_type": "text/plain", "base64_content": "aGVsbG8="}
        ... )
        >>> kept["attachment"]["file_name"]
        'a.txt'
        """

    @endpoint("POST /v1/applications", auth="admin", docs="/developers/admin-api/applications")
    def create_application(self, *, name: str, url: str, api_key: str) -> dict[str, Any]:
        """Register an application (prerelease).

        Parameters
        ----------
        name
            Its name.
        url
            Its page.
        api_key
            An administrator's key; it goes into the header.

        Returns
        -------
        dict
            `{"oauth_client": {"client_id": ..., "client_secret": ...}}`.

        Raises
        ------
        AuthError, Invalid
            For an unknown key; for a refused field.

        Examples
        --------
        >>> made = client.create_application(name="Mine", url="https://example.test", api_key=box.admin_api_key)
        >>> sorted(made["oauth_client"])
        ['client_id', 'client_secret']
        """

    @endpoint("POST /v1/application_verification", auth="application", docs="/developers/admin-api/verification")
    def verify_application(self, *, contact: Mapping[str, str], redirect_uris: Sequence[str]) -> dict[str, Any] | None:
        """Ask for the application to be verified for production (prerelease).

        Parameters
        ----------
        contact
            `{"email": ..., "display_name": ...}`.
        redirect_uris
            The addresses that the authorization page may send people back to.

        Returns
        -------
        dict or None
            Nothing of note.

        Raises
        ------
        Invalid
            For a refused field.

        Examples
        --------
        >>> client.verify_application(
        ...     contact={"email": "dev@example.test"}, redirect_uris=["https://example.test/back"]
        ... )
        {}
        """


def find_endpoint(name: str, auth: Auth | None = None) -> Endpoint:
    """Return the endpoint with a name or a route, with another auth if one is given.

    An unknown route becomes a new endpoint. Its auth is that of the known path that it lies below, else the user's.

    Raises
    ------
    ValueError
        For a text that is neither, and for an unknown auth.
    """
    if auth is not None and auth not in AUTHS:
        raise ValueError(f"auth must be one of {', '.join(AUTHS)}, not {auth!r}.")
    row = ENDPOINTS.get(name) or _endpoint_of_route(name)
    return row if auth is None else replace(row, auth=auth)


def _endpoint_of_route(name: str) -> Endpoint:
    verb, _, path = name.strip().partition(" ")
    verb, path = verb.upper(), path.strip()
    if verb not in ("GET", "POST", "PUT", "PATCH", "DELETE") or not path.startswith("/"):
        raise ValueError(
            f"{name!r} is neither an endpoint nor a route such as 'GET /v1/events'. "
            f"Endpoints are {', '.join(sorted(ENDPOINTS))}."
        )
    route = f"{verb} {path}"
    known = next((row for row in ENDPOINTS.values() if row.route == route), None)
    return known or Endpoint(
        route, verb, path, auth=auth_of_path(verb, path), repeatable=verb == "GET", sure="our reading"
    )
