"""Authorizations: codes, access tokens and refresh tokens with their lifetimes.

Pages: docs.cronofy.com/developers/api/authorization/request-token, /refresh-token, /revoke; RFC 6749 and RFC 7009.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

CODE_LIFETIME = timedelta(minutes=5)
LINK_TOKEN_LIFETIME = timedelta(minutes=5)
RENEWAL_MARGIN = timedelta(minutes=10)

ACCOUNT_SCOPE = (
    "read_account list_calendars read_events read_free_busy create_event delete_event "
    "create_calendar change_participation_status"
)
"""Scope of the accounts that come from seed data or an .ics file."""


@dataclass(slots=True)
class Grant:
    """One authorization of the application by an account, valid until it is revoked.

    Attributes
    ----------
    lifetime
        Seconds that an access token is valid.
    profile_id
        The profile that was connected when the authorization was given.
    service_account
        The sub of the service account that it was given through.
    delegated_scope
        Scope that a service account may delegate.
    """

    sub: str
    scope: str
    refresh_token: str
    lifetime: int
    profile_id: str | None = None
    service_account: str | None = None
    delegated_scope: str | None = None
    access: dict[str, datetime] = field(default_factory=dict)  # access token -> when it expires
    issued: int = 0


@dataclass(slots=True)
class AuthorizationCode:
    """What an authorization code stands for; it can be exchanged for a grant once."""

    sub: str
    scope: str
    redirect_uri: str
    expires: datetime
    profile_id: str | None = None
    service_account: str | None = None
    delegated_scope: str | None = None


@dataclass(slots=True)
class Ticket:
    """What the token of a consent page, or a link token, stands for."""

    kind: str
    sub: str
    expires: datetime | None = None
    redirect_uri: str | None = None
    subject: Any = None  # the calendar ids, or the conferencing provider, that the page asks about


class Grants:
    """Store of all authorizations, codes and tickets.

    Parameters
    ----------
    mint
        Makes an opaque text of 32 characters from texts and numbers, always the same for the same input.
    clock
        Returns the current time.
    """

    def __init__(self, mint: Callable[..., str], clock: Callable[[], datetime]) -> None:
        self._mint, self._clock = mint, clock
        self._by_refresh: dict[str, Grant] = {}
        self._by_access: dict[str, Grant] = {}
        self._codes: dict[str, AuthorizationCode] = {}
        self._tickets: dict[str, Ticket] = {}
        self._counts: dict[str, int] = {}

    def _mint_next(self, kind: str, sub: str) -> str:
        count = self._counts[f"{kind} {sub}"] = self._counts.get(f"{kind} {sub}", 0) + 1
        return self._mint(kind, sub, count)

    def create_grant(self, sub: str, scope: str, *, lifetime: int, code: AuthorizationCode | None = None) -> Grant:
        """Create a grant without an access token."""
        grant = Grant(sub, scope, self._mint_next("refresh", sub), lifetime)
        if code is not None:
            grant.profile_id, grant.service_account = code.profile_id, code.service_account
            grant.delegated_scope = code.delegated_scope
        self._by_refresh[grant.refresh_token] = grant
        return grant

    def issue_token(self, grant: Grant, *, fresh: bool = True) -> tuple[str, int]:
        """Return an access token and the seconds that it is still valid.

        Without `fresh`, a token that is valid for another ten minutes is returned again.
        """
        now = self._clock()
        for token, expires in grant.access.items():
            if not fresh and expires - now >= RENEWAL_MARGIN:
                return token, int((expires - now).total_seconds())
        for token in [token for token, expires in grant.access.items() if expires <= now]:
            del grant.access[token], self._by_access[token]
        grant.issued += 1
        token = self._mint("access", grant.refresh_token, grant.issued)
        grant.access[token] = now + timedelta(seconds=grant.lifetime)
        self._by_access[token] = grant
        return token, grant.lifetime

    def valid_token(self, grant: Grant) -> str | None:
        """Return an access token of the grant that is valid now, or None."""
        now = self._clock()
        return next((token for token, expires in grant.access.items() if expires > now), None)

    def by_access_token(self, token: str | None) -> Grant | None:
        """Return the grant of an access token that is valid now."""
        grant = self._by_access.get(token or "")
        return grant if grant is not None and token is not None and grant.access[token] > self._clock() else None

    def by_refresh_token(self, token: str) -> Grant | None:
        """Return the grant of a refresh token."""
        return self._by_refresh.get(token)

    def of_account(self, sub: str) -> Iterator[Grant]:
        """Yield the grants of one account, the latest first."""
        yield from [grant for grant in reversed(self._by_refresh.values()) if grant.sub == sub]

    def expire_token(self, access_token: str) -> bool:
        """Let an access token expire now; return whether it exists."""
        grant = self._by_access.get(access_token)
        if grant is None:
            return False
        grant.access[access_token] = self._clock()
        return True

    def is_known(self, token: str) -> bool:
        """Return whether a text is an access or refresh token of a grant that is not revoked."""
        return token in self._by_refresh or token in self._by_access

    def revoke(self, *, token: str | None = None, sub: str | None = None) -> None:
        """Delete the grant of an access or refresh token, or all grants of an account; ignore unknown ones."""
        if token is not None:
            grant = self._by_refresh.get(token) or self._by_access.get(token)
            grants = [grant] if grant is not None else []
        else:
            grants = list(self.of_account(sub or ""))
        for grant in grants:
            self._delete(grant)

    def _delete(self, grant: Grant) -> None:
        if self._by_refresh.pop(grant.refresh_token, None) is None:
            return
        for token in grant.access:
            del self._by_access[token]
        for child in [child for child in self._by_refresh.values() if child.service_account == grant.sub]:
            self._delete(child)

    def store_code(self, code: AuthorizationCode) -> str:
        """Store an authorization code; return its text."""
        text = self._mint_next("code", code.sub)
        self._codes[text] = code
        return text

    def redeem_code(self, text: str, redirect_uri: str) -> AuthorizationCode | None:
        """Remove a code and return it; None if it is unknown, used, expired or for another redirect URI."""
        code = self._codes.pop(text, None)
        is_valid = code is not None and code.redirect_uri == redirect_uri and self._clock() < code.expires
        return code if is_valid else None

    def store_ticket(self, ticket: Ticket) -> str:
        """Store a ticket; return its text."""
        text = self._mint_next(ticket.kind, ticket.sub)
        self._tickets[text] = ticket
        return text

    def find_ticket(self, kind: str, text: str | None) -> Ticket | None:
        """Return a ticket of this kind that has not expired."""
        ticket = self._tickets.get(text or "")
        if ticket is None or ticket.kind != kind:
            return None
        return ticket if ticket.expires is None or self._clock() < ticket.expires else None

    def delete_ticket(self, text: str) -> None:
        """Delete a ticket that was used."""
        self._tickets.pop(text, None)
