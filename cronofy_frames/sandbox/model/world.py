"""The state that the sandbox answers from: people, grants, a clock, and what waits to be delivered.

No HTTP in here. One lock, held by the app around each request, keeps it whole.
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
    Event,
    Invite,
    Link,
    Office,
    Profile,
)
from cronofy_frames.sandbox.model.times import Unreadable, whole, zone_of

Deliver = Callable[[str, Mapping[str, str], bytes], object]
"""Sends one callback: its URL, headers and body."""

SERVICE_LIFE = 1800  # docs /developers/api/enterprise-connect/request-token: shorter by design
PAGES_KEPT = 4096

ALL_SCOPES = (
    "read_account list_calendars read_events create_event delete_event read_free_busy create_calendar "
    "change_participation_status event_reminders"
)
SERVICE_SCOPES = "service_account/accounts/manage service_account/resources/manage"
DELEGATED = "read_write"


@dataclass(slots=True)
class Delivery:
    """One callback: what would be, or was, sent to an application.

    Attributes
    ----------
    url, headers, body
        The POST; the body is JSON.
    error
        What went wrong when it was sent; None where nothing did, or where nobody sends.
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
class Manners:
    """How the sandbox behaves where one may wish for either.

    Attributes
    ----------
    page_size
        Rows on a page.
    token_life
        Seconds that an access token lasts.
    strict_window
        Whether `to` beyond 201 days ahead is refused; else it is cut to that.
    renew_early
        Whether a refresh gives a new access token while the old one has ten minutes left.
    """

    page_size: int = 100
    token_life: int = 3600
    strict_window: bool = True
    renew_early: bool = True


class World:
    """Everything that the handlers know and change.

    Parameters
    ----------
    office
        The people at the start.
    clock
        Gives an aware datetime.
    seed
        Ids and tokens are derived from it, so that the same requests get the same answers.
    manners
        How to behave.
    """

    def __init__(self, office: Office, *, clock: Callable[[], datetime], seed: int, manners: Manners) -> None:
        self._clock, self._seed = clock, seed
        self.manners = manners
        self.accounts = office.accounts
        self.client_id = self.mint("client_id")
        self.client_secret = self.mint("client_secret")
        self.admin_api_key = self.mint("admin_api_key")
        self.grants = Grants(self.mint, self.now)
        self.outbox: list[Delivery] = []
        self.waiting: list[Delivery] = []
        self.pages: OrderedDict[str, Any] = OrderedDict()
        self.managed: dict[tuple[str, str, str], str] = {}  # (sub, calendar_id, event_id) -> event_uid
        self.invites: dict[tuple[str, str], Invite] = {}  # (smart_invite_id, address in lower case, "" for several)
        self.bookable_events: dict[str, BookableEvent] = {}
        self.attachments: dict[str, Attachment] = {}
        self.links: dict[str, Link] = {}  # by token
        self.changes = 0  # how many requests have changed something
        if not any(account.kind == "service_account" for account in self.accounts):
            self.accounts.append(self._service_account())
        for account in self.accounts:
            self.admit(account)

    def now(self) -> datetime:
        """Return the time in UTC, in whole seconds."""
        now = whole(self._clock())
        assert isinstance(now, datetime)
        return now

    def mint(self, *parts: object) -> str:
        """Return 32 letters and digits that depend on the seed and the parts alone."""
        text = "\x1f".join(map(str, (self._seed, *parts))).encode("utf-8", "surrogatepass")
        digest = hashlib.blake2b(text, digest_size=24, person=b"cronofy_frames").digest()
        return base64.b64encode(digest, altchars=b"xy").decode("ascii")

    def admit(self, account: Account) -> None:
        """Make an account one of the sandbox's: times tidied, one grant given."""
        for event in account.events.values():
            _tidy(event, self.client_id)
            if event.managed_by is not None and event.event_id is not None:
                self.managed[account.sub, event.calendar_id, event.event_id] = event.event_uid
        service = account.kind == "service_account"
        account.scope = account.scope or (SERVICE_SCOPES if service else ALL_SCOPES)
        grant = self.grants.give(account.sub, account.scope, life=self.life(account))
        grant.through = account.authorized_by
        grant.profile_id = account.profiles[0].profile_id if account.profiles else None
        grant.delegated_scope = DELEGATED if service else None
        self.grants.token(grant)

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

    def life(self, account: Account) -> int:
        """Return how many seconds an access token of this account lasts."""
        life = self.manners.token_life
        return min(life, SERVICE_LIFE) if account.kind == "service_account" else life

    def account(self, sub: str) -> Account | None:
        """Return the account with this sub."""
        return next((account for account in self.accounts if account.sub == sub), None)

    def people(self) -> list[Account]:
        """Return the accounts that are people."""
        return [account for account in self.accounts if account.kind == "account"]

    def by_email(self, email: str) -> Account | None:
        """Return the person with this address."""
        return next((one for one in self.people() if (one.email or "").lower() == email.lower()), None)

    def find(self, who: str) -> Account:
        """Return the account with this e-mail address, name, first name or sub, or the only one of a kind."""
        asked = who.strip().lower()
        for read in (_sub, _email, _name, _first_name, _kind):
            found = [account for account in self.accounts if read(account) == asked]
            if len(found) == 1:
                return found[0]
        known = ", ".join(
            f"{account.name or account.sub} <{account.email or account.sub}>" for account in self.accounts
        )
        raise LookupError(f"Nobody, or more than one, is called {who!r} in this sandbox. There are: {known}.")

    def post(self, url: str, message: Mapping[str, Any], *, signed: bool = True) -> None:
        """Put a callback among those to be delivered when the request is answered."""
        body = msgspec.json.encode(message)
        headers = {"Content-Type": "application/json; charset=utf-8"}
        if signed:
            headers["Cronofy-HMAC-SHA256"] = self.sign(body)
        self.waiting.append(Delivery(url, headers, body))

    def sign(self, body: bytes) -> str:
        """Return the signature of a notification: docs /developers/push-notifications/authentication."""
        digest = hmac.new(self.client_secret.encode(), body, hashlib.sha256).digest()
        return base64.b64encode(digest).decode("ascii")

    def notify(self, account: Account, event: Event) -> None:
        """Tell the channels of an account that something happened to an event outside the application."""
        for channel in account.channels.values():
            if _watches(channel, event):
                changed = {"type": "change", "changes_since": event.updated}
                self.post(channel.callback_url, {"notification": changed, "channel": channel_row(channel)})

    def keep_page(self, token: str, page: Any) -> None:
        """Keep what a page token stands for; the oldest are forgotten."""
        self.pages[token] = page
        self.pages.move_to_end(token)
        while len(self.pages) > PAGES_KEPT:
            self.pages.popitem(last=False)


def channel_row(channel: Channel) -> dict[str, Any]:
    """Return a channel as the wire has it."""
    return {"channel_id": channel.channel_id, "callback_url": channel.callback_url, "filters": channel.filters}


def calendar_of(account: Account, calendar_id: str) -> tuple[Profile, Calendar] | None:
    """Return a calendar of an account and the profile that it belongs to."""
    pairs = ((profile, calendar) for profile in account.profiles for calendar in profile.calendars)
    return next((pair for pair in pairs if pair[1].calendar_id == calendar_id), None)


def profile_of(account: Account, profile_id: str | None) -> Profile | None:
    """Return a profile of an account."""
    return next((profile for profile in account.profiles if profile.profile_id == profile_id), None)


def _watches(channel: Channel, event: Event) -> bool:
    calendar_ids: Iterable[str] = channel.filters.get("calendar_ids") or [event.calendar_id]
    managed = event.managed_by is not None or not channel.filters.get("only_managed")
    return event.calendar_id in calendar_ids and managed


def _tidy(event: Event, client_id: str) -> None:
    """Bring an event into the form that reading relies on: UTC, whole seconds; a managed one is this application's."""
    event.start, event.end = whole(event.start), whole(event.end)
    event.created, event.updated = _second(event.created), _second(event.updated)
    event.places = [(whole(start), whole(end)) for start, end in event.places]
    event.start_tzid, event.end_tzid = _known_zone(event.start_tzid), _known_zone(event.end_tzid)
    if event.managed_by is not None:
        event.managed_by = client_id


def _known_zone(tzid: str) -> str:
    """Return the zone's id, or that of UTC, which Cronofy gives too where it does not know (data-types page)."""
    try:
        return zone_of(tzid).key
    except Unreadable:
        return "Etc/UTC"


def _second(when: datetime) -> datetime:
    tidy = whole(when)
    assert isinstance(tidy, datetime)
    return tidy


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
