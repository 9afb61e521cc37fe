"""Authorizations: codes, access tokens, refresh tokens, and how long each is worth something.

Pages: docs.cronofy.com/developers/api/authorization/request-token, /refresh-token, /revoke; RFC 6749 and RFC 7009.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

CODE_LIFE = timedelta(minutes=5)
TICKET_LIFE = timedelta(minutes=5)
EARLY = timedelta(minutes=10)


@dataclass(slots=True)
class Grant:
    """What one account allowed the application, until it is revoked.

    Attributes
    ----------
    life
        How many seconds an access token lasts.
    profile_id
        The profile that was connected when it was given.
    through
        The sub of the service account that it came through.
    delegated_scope
        What may be passed on, for a service account.
    """

    sub: str
    scope: str
    refresh_token: str
    life: int
    profile_id: str | None = None
    through: str | None = None
    delegated_scope: str | None = None
    access: dict[str, datetime] = field(default_factory=dict)  # token -> when it expires
    issued: int = 0


@dataclass(slots=True)
class Code:
    """A promise of a grant: what `authorization_code` is exchanged for, once."""

    sub: str
    scope: str
    redirect_uri: str
    expires: datetime
    profile_id: str | None = None
    through: str | None = None
    delegated_scope: str | None = None


@dataclass(slots=True)
class Ticket:
    """A page that somebody was sent to, or a link token: what it is for and whose it is."""

    kind: str
    sub: str
    expires: datetime | None = None
    redirect_uri: str | None = None
    matter: Any = None


class Grants:
    """All that the application was allowed.

    Parameters
    ----------
    mint
        Makes an opaque text of 32 characters out of texts and numbers; the same for the same.
    clock
        Gives the time.
    """

    def __init__(self, mint: Callable[..., str], clock: Callable[[], datetime]) -> None:
        self._mint, self._clock = mint, clock
        self._by_refresh: dict[str, Grant] = {}
        self._by_access: dict[str, Grant] = {}
        self._codes: dict[str, Code] = {}
        self._tickets: dict[str, Ticket] = {}
        self._made: dict[str, int] = {}

    def _next(self, kind: str, sub: str) -> str:
        n = self._made[f"{kind} {sub}"] = self._made.get(f"{kind} {sub}", 0) + 1
        return self._mint(kind, sub, n)

    def give(self, sub: str, scope: str, *, life: int, code: Code | None = None) -> Grant:
        """Make a new grant; it has no access token yet."""
        grant = Grant(sub, scope, self._next("refresh", sub), life)
        if code is not None:
            grant.profile_id, grant.through = code.profile_id, code.through
            grant.delegated_scope = code.delegated_scope
        self._by_refresh[grant.refresh_token] = grant
        return grant

    def token(self, grant: Grant, *, fresh: bool = True) -> tuple[str, int]:
        """Return an access token and the seconds that it still lasts.

        Without `fresh`, one that lasts another ten minutes is given out again.
        """
        now = self._clock()
        for token, expires in grant.access.items():
            if not fresh and expires - now >= EARLY:
                return token, int((expires - now).total_seconds())
        for token in [token for token, expires in grant.access.items() if expires <= now]:
            del grant.access[token], self._by_access[token]
        grant.issued += 1
        token = self._mint("access", grant.refresh_token, grant.issued)
        grant.access[token] = now + timedelta(seconds=grant.life)
        self._by_access[token] = grant
        return token, grant.life

    def live(self, grant: Grant) -> str | None:
        """Return an access token of the grant that is good now, or None."""
        now = self._clock()
        return next((token for token, expires in grant.access.items() if expires > now), None)

    def of_access(self, token: str | None) -> Grant | None:
        """Return the grant behind an access token that is good now."""
        grant = self._by_access.get(token or "")
        return grant if grant is not None and token is not None and grant.access[token] > self._clock() else None

    def of_refresh(self, token: str) -> Grant | None:
        """Return the grant behind a refresh token."""
        return self._by_refresh.get(token)

    def of(self, sub: str) -> Iterator[Grant]:
        """Yield the grants of one account, the latest first."""
        yield from [grant for grant in reversed(self._by_refresh.values()) if grant.sub == sub]

    def expire(self, access_token: str) -> bool:
        """Let an access token expire now; say whether there was one."""
        grant = self._by_access.get(access_token)
        if grant is None:
            return False
        grant.access[access_token] = self._clock()
        return True

    def revoke(self, *, token: str | None = None, sub: str | None = None) -> None:
        """End the grant behind either kind of token, or all of an account; unknown ones do no harm."""
        if token is not None:
            found = self._by_refresh.get(token) or self._by_access.get(token)
            grants = [found] if found is not None else []
        else:
            grants = list(self.of(sub or ""))
        for grant in grants:
            self._end(grant)

    def _end(self, grant: Grant) -> None:
        if self._by_refresh.pop(grant.refresh_token, None) is None:
            return
        for token in grant.access:
            del self._by_access[token]
        for child in [child for child in self._by_refresh.values() if child.through == grant.sub]:
            self._end(child)

    def promise(self, code: Code) -> str:
        """Keep a code until it is exchanged; return its text."""
        text = self._next("code", code.sub)
        self._codes[text] = code
        return text

    def redeem(self, text: str, redirect_uri: str) -> Code | None:
        """Take a code out; None where it is unknown, used, too old, or was asked for with another address."""
        code = self._codes.pop(text, None)
        good = code is not None and code.redirect_uri == redirect_uri and self._clock() < code.expires
        return code if good else None

    def ticket(self, ticket: Ticket) -> str:
        """Keep a ticket; return its text."""
        text = self._next(ticket.kind, ticket.sub)
        self._tickets[text] = ticket
        return text

    def find_ticket(self, kind: str, text: str | None) -> Ticket | None:
        """Return a ticket of this kind that is still good."""
        ticket = self._tickets.get(text or "")
        if ticket is None or ticket.kind != kind:
            return None
        return ticket if ticket.expires is None or self._clock() < ticket.expires else None

    def drop_ticket(self, text: str) -> None:
        """Take a ticket out, for it was used."""
        self._tickets.pop(text, None)
