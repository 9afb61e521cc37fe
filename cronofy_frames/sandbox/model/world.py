"""The whole state of one sandbox: accounts, grants, clock, page tokens and callbacks to deliver.

It knows nothing of HTTP. The app holds one lock around each request that uses it.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from cronofy_frames.sandbox.model.grants import Grants
from cronofy_frames.sandbox.model.state import (
    Account,
    Attachment,
    BookableEvent,
    Calendar,
    Channel,
    Conversation,
    Event,
    Invite,
    Link,
    MeetingAgent,
    Office,
    Profile,
    Revoked,
    SchedulingRequest,
)
from cronofy_frames.sandbox.model.times import InvalidTime, normalize_time, zone_of
from cronofy_frames.text import join_names

Deliver = Callable[[str, Mapping[str, str], bytes], object]
"""Sends one callback: its URL, headers and body."""

SERVICE_TOKEN_LIFETIME = 1800  # docs /developers/api/enterprise-connect/request-token: shorter by design
MAX_STORED_PAGES = 4096

ALL_SCOPES = (
    "read_account list_calendars read_events create_event delete_event read_free_busy create_calendar "
    "change_participation_status event_reminders"
)
SERVICE_SCOPES = "service_account/accounts/manage service_account/resources/manage"
DELEGATED_SCOPE = "read_write"


@dataclass(slots=True)
class Delivery:
    """One callback to an application, delivered or not.

    Attributes
    ----------
    url, headers, body
        The POST request; the body is JSON.
    error
        Why the delivery failed; None if it succeeded, or if callbacks are not delivered.
    """

    url: str
    headers: dict[str, str]
    body: bytes
    error: str | None = None

    @property
    def json(self) -> Any:
        """The decoded body."""
        return msgspec.json.decode(self.body)


@dataclass(frozen=True, slots=True)
class SandboxSettings:
    """Options of a sandbox that its route handlers use.

    Attributes
    ----------
    page_size
        Rows per page.
    token_life
        Seconds that an access token is valid.
    strict_window
        Whether `to` beyond 201 days ahead is refused; otherwise it is reduced to that.
    renew_early
        Whether a refresh returns a new access token while the old one is valid for ten more minutes.
    """

    page_size: int = 100
    token_life: int = 3600
    strict_window: bool = True
    renew_early: bool = True


class World:
    """Everything that route handlers read and change.

    Parameters
    ----------
    office
        The accounts at the start.
    clock
        Returns an aware datetime.
    seed
        Ids are derived from it, so that the same requests get the same responses.
    secret_seed
        Tokens, codes and secrets are derived from it; by default from `seed`.
    settings
        Options of the sandbox.
    """

    def __init__(
        self,
        office: Office,
        *,
        clock: Callable[[], datetime],
        seed: int,
        settings: SandboxSettings,
        secret_seed: int | None = None,
    ) -> None:
        self._clock, self._seed = clock, seed
        self._secret_seed = seed if secret_seed is None else secret_seed
        self.settings = settings
        self.accounts = office.accounts
        self.client_id = self.mint("client_id")
        self.client_secret = self.mint_secret("client_secret")
        self.admin_api_key = self.mint_secret("admin_api_key")
        self.grants = Grants(self.mint_secret, self.now)
        self.outbox: list[Delivery] = []
        self.pending: list[Delivery] = []
        self.pages: OrderedDict[str, Any] = OrderedDict()
        self.managed_uids: dict[tuple[str, str, str], str] = {}  # (sub, calendar_id, event_id) -> event_uid
        self.invites: dict[tuple[str, str], Invite] = {}  # (smart_invite_id, address in lower case, "" for several)
        self.bookable_events: dict[str, BookableEvent] = {}
        self.revoked: dict[tuple[str, str], Revoked] = {}  # by sub and calendar_id
        self.attachments: dict[str, Attachment] = {}
        self.links: dict[str, Link] = {}  # by token
        self.conversations: dict[str, Conversation] = {}
        self.meeting_agents: dict[str, MeetingAgent] = {}  # by scheduling_key, else by event_uid or sub
        self.scheduling_requests: dict[str, SchedulingRequest] = {}
        self.triggers_until: datetime | None = None  # up to when event triggers were sent; None: no event has one
        self.change_count = 0  # how many requests have changed something
        if not any(account.kind == "service_account" for account in self.accounts):
            self.accounts.append(self._service_account())
        for account in self.accounts:
            self.add_account(account)

    def now(self) -> datetime:
        """Return the current time in UTC, in whole seconds."""
        now = normalize_time(self._clock())
        assert isinstance(now, datetime)
        return now

    def mint(self, *parts: object) -> str:
        """Return 32 letters and digits that depend only on the seed and the parts."""
        return _derive(self._seed, *parts)

    def mint_secret(self, *parts: object) -> str:
        """Return 32 letters and digits that only those can guess who know the seed of the secrets."""
        return _derive(self._secret_seed, *parts)

    def add_account(self, account: Account) -> None:
        """Normalize the events of an account, register the managed ones and create its first grant."""
        for event in account.events.values():
            _normalize_event(event, self.client_id)
            if event.managed_by is not None and event.event_id is not None:
                self.managed_uids[account.sub, event.calendar_id, event.event_id] = event.event_uid
        is_service = account.kind == "service_account"
        account.scope = account.scope or (SERVICE_SCOPES if is_service else ALL_SCOPES)
        grant = self.grants.create_grant(account.sub, account.scope, lifetime=self.token_lifetime(account))
        grant.service_account = account.authorized_by
        grant.profile_id = account.profiles[0].profile_id if account.profiles else None
        grant.delegated_scope = DELEGATED_SCOPE if is_service else None
        self.grants.issue_token(grant)

    def _service_account(self) -> Account:
        emails = [account.email for account in self.accounts if account.email]
        domain = emails[0].rpartition("@")[2] if emails else "example.org"
        return Account(
            sub=f"ser_{self.mint('service account')[:24]}",
            kind="service_account",
            email=f"calendars@{domain}",
            name="Calendar service",
            domain=domain,
        )

    def token_lifetime(self, account: Account) -> int:
        """Return the seconds that an access token of this account is valid."""
        lifetime = self.settings.token_life
        return min(lifetime, SERVICE_TOKEN_LIFETIME) if account.kind == "service_account" else lifetime

    def account(self, sub: str) -> Account | None:
        """Return the account with this sub."""
        return next((account for account in self.accounts if account.sub == sub), None)

    def people(self) -> list[Account]:
        """Return the accounts of people."""
        return [account for account in self.accounts if account.kind == "account"]

    def person_with_email(self, email: str) -> Account | None:
        """Return the account of the person with this e-mail address."""
        return next((account for account in self.people() if _email(account) == email.lower()), None)

    def find_account(self, name: str) -> Account:
        """Return the account with this sub, e-mail address, name or first name, or the only account of this kind."""
        lower_name = name.strip().lower()
        for key in (_sub, _email, _name, _first_name, _kind):
            accounts = [account for account in self.accounts if key(account) == lower_name]
            if len(accounts) == 1:
                return accounts[0]
        known = join_names(
            f"{account.name or account.sub} <{account.email or account.sub}>" for account in self.accounts
        )
        raise LookupError(f"No account, or more than one, matches {name!r}. This sandbox has: {known}.")

    def queue_callback(self, url: str, message: Mapping[str, Any], *, signed: bool = True) -> None:
        """Queue a callback for delivery after the request is answered."""
        body = msgspec.json.encode(message)
        headers = {"Content-Type": "application/json; charset=utf-8"}
        if signed:
            headers["Cronofy-HMAC-SHA256"] = self.sign(body)
        self.pending.append(Delivery(url, headers, body))

    def sign(self, body: bytes) -> str:
        """Return the signature of a notification: docs /developers/push-notifications/authentication."""
        digest = hmac.new(self.client_secret.encode(), body, hashlib.sha256).digest()
        return base64.b64encode(digest).decode("ascii")

    def notify_channels(self, account: Account, event: Event) -> None:
        """Queue a change notification on every channel of an account that includes the event."""
        for channel in account.channels.values():
            if _includes(channel, event):
                notification = {"type": "change", "changes_since": event.updated}
                message = {"notification": notification, "channel": channel_row(channel)}
                self.queue_callback(channel.callback_url, message)

    def store_page(self, token: str, page: Any) -> None:
        """Store what a page token stands for, and delete the oldest beyond the limit."""
        self.pages[token] = page
        self.pages.move_to_end(token)
        while len(self.pages) > MAX_STORED_PAGES:
            self.pages.popitem(last=False)


def _derive(*parts: object) -> str:
    text = "\x1f".join(map(str, parts)).encode("utf-8", "surrogatepass")
    digest = hashlib.blake2b(text, digest_size=24, person=b"cronofy_frames").digest()
    return base64.b64encode(digest, altchars=b"xy").decode("ascii")


def channel_row(channel: Channel) -> dict[str, Any]:
    """Return a channel in its wire form."""
    conversations = {"scheduling_conversations": {"enabled": True}} if channel.scheduling_conversations else {}
    return {
        "channel_id": channel.channel_id,
        "callback_url": channel.callback_url,
        "filters": channel.filters,
        **conversations,
    }


def find_calendar(account: Account, calendar_id: str) -> tuple[Profile, Calendar] | None:
    """Return a calendar of an account and its profile."""
    pairs = ((profile, calendar) for profile in account.profiles for calendar in profile.calendars)
    return next((pair for pair in pairs if pair[1].calendar_id == calendar_id), None)


def find_profile(account: Account, profile_id: str | None) -> Profile | None:
    """Return a profile of an account."""
    return next((profile for profile in account.profiles if profile.profile_id == profile_id), None)


def _includes(channel: Channel, event: Event) -> bool:
    """Return whether the filters of a channel include an event."""
    calendar_ids: Iterable[str] = channel.filters.get("calendar_ids") or [event.calendar_id]
    is_managed = event.managed_by is not None or not channel.filters.get("only_managed")
    return event.calendar_id in calendar_ids and is_managed


def _normalize_event(event: Event, client_id: str) -> None:
    """Convert the times of an event to UTC and whole seconds, and make a managed event this application's."""
    event.start, event.end = normalize_time(event.start), normalize_time(event.end)
    event.created, event.updated = _normalize_instant(event.created), _normalize_instant(event.updated)
    event.earlier_times = [(normalize_time(start), normalize_time(end)) for start, end in event.earlier_times]
    event.start_tzid, event.end_tzid = _known_tzid(event.start_tzid), _known_tzid(event.end_tzid)
    if event.managed_by is not None:
        event.managed_by = client_id


def _known_tzid(tzid: str) -> str:
    """Return the tzid, or Etc/UTC for an unknown one, as Cronofy does (data-types page)."""
    try:
        return zone_of(tzid).key
    except InvalidTime:
        return "Etc/UTC"


def _normalize_instant(instant: datetime) -> datetime:
    normalized = normalize_time(instant)
    assert isinstance(normalized, datetime)
    return normalized


def _sub(account: Account) -> str:
    return account.sub.lower()


def _email(account: Account) -> str:
    return (account.email or "").lower()


def _name(account: Account) -> str:
    return (account.name or "").lower()


def _kind(account: Account) -> str:
    return account.kind.replace("_", " ")


def _first_name(account: Account) -> str:
    return re.split(r"\s", _name(account), maxsplit=1)[0]
