"""What speaks for an account, and what a place to keep it must be able to do. No I/O."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from cronofy_frames.errors import CronofyError

log = logging.getLogger("cronofy_frames")

SIGN_IN = "sign in again: cf.login(), or cronofy-frames login"


@dataclass(frozen=True, slots=True)
class Tokens:
    """What speaks for an account, and what is needed to use and renew it. Its repr shows no token and no secret.

    Without an access token and a refresh token it means "none": a store that is given such forgets the account.

    Attributes
    ----------
    access_token, refresh_token
        The tokens.
    scope
        What they allow, with blanks between.
    sub
        Whose they are.
    expires_at
        About when the access token ends, in UTC.
    profile_name, provider_name
        The calendar account that was connected, mostly an e-mail address, and who provides it.
    client_id, client_secret
        The application that they were given to; the secret only where it is not kept elsewhere.
    api_url, app_url
        The hosts of the account's data centre.

    Examples
    --------
    >>> tokens = cf.Tokens("a", scope="read_events", expires_at=pd.Timestamp("2026-03-02 10:00", tz="UTC"))
    >>> tokens
    <Tokens: access_token set, refresh_token not set, scope 'read_events', sub None, expires 2026-03-02 10:00 UTC>
    >>> cf.Tokens.from_dict(tokens.to_dict()) == tokens
    True
    """

    access_token: str | None = None
    refresh_token: str | None = None
    scope: str | None = None
    sub: str | None = None
    expires_at: datetime | None = None
    profile_name: str | None = None
    provider_name: str | None = None
    client_id: str | None = None
    client_secret: str | None = None
    api_url: str | None = None
    app_url: str | None = None

    def __post_init__(self) -> None:
        if self.expires_at is not None:
            if self.expires_at.utcoffset() is None:
                raise ValueError("expires_at names no instant without a zone: give it one, such as datetime.UTC.")
            object.__setattr__(self, "expires_at", self.expires_at.astimezone(UTC))

    def __repr__(self) -> str:
        access, refresh = ("set" if one else "not set" for one in (self.access_token, self.refresh_token))
        ends = "" if self.expires_at is None else f", expires {self.expires_at:%Y-%m-%d %H:%M} UTC"
        return f"<Tokens: access_token {access}, refresh_token {refresh}, scope {self.scope!r}, sub {self.sub!r}{ends}>"

    @property
    def empty(self) -> bool:
        """Whether there is no token in it."""
        return not (self.access_token or self.refresh_token)

    def renewed(self, answer: Mapping[str, Any], now: datetime) -> Tokens:
        """Return the tokens of a token answer; what it leaves out stays as it was.

        What an answer about another account leaves out does not stay, nor does the end of another access token.

        Parameters
        ----------
        answer
            As Cronofy gives it for a code or a refresh token.
        now
            When it came.
        """
        # /developers/api/authorization/request-token and, for service accounts, /enterprise-connect/request-token
        profile = answer.get("linking_profile")
        told = {**(profile if isinstance(profile, Mapping) else {}), **answer}
        told["sub"] = told.get("sub") or told.get("service_account_id")
        names = ("access_token", "refresh_token", "scope", "sub", "profile_name", "provider_name")
        brought: dict[str, Any] = {name: told[name] for name in names if told.get(name) and isinstance(told[name], str)}
        if brought.get("access_token", self.access_token) != self.access_token or "expires_in" in answer:
            brought["expires_at"] = _after(answer.get("expires_in"), now)
        other = self.sub is not None and brought.get("sub", self.sub) != self.sub
        return replace(Tokens(**self._application()) if other else self, **brought)

    def _application(self) -> dict[str, Any]:
        names = ("client_id", "client_secret", "api_url", "app_url")
        return {name: getattr(self, name) for name in names}

    def to_dict(self) -> dict[str, str]:
        """Return all that is known as plain JSON, for a store of one's own; it holds the tokens and the secret."""
        known = {one.name: getattr(self, one.name) for one in fields(self)}
        if self.expires_at is not None:
            known["expires_at"] = self.expires_at.isoformat().replace("+00:00", "Z")
        return {name: value for name, value in known.items() if value is not None}

    @classmethod
    def from_dict(cls, known: Mapping[str, Any]) -> Tokens:
        """Return the tokens of what `to_dict` gave; keys that a newer version added are passed over.

        Raises
        ------
        CronofyError
            When it is something else. The message names the key and quotes no value.
        """
        if not isinstance(known, Mapping):
            raise CronofyError(f"Tokens are a mapping, as Tokens.to_dict gives it; not a {type(known).__name__}.")
        own = {one.name: known[one.name] for one in fields(cls) if known.get(one.name) is not None}
        for name, value in own.items():
            if not isinstance(value, str):
                raise CronofyError(f"{name} of tokens is a text; not a {type(value).__name__}.")
        if "expires_at" in own:
            own["expires_at"] = _instant(own["expires_at"])
        return cls(**own)


def _after(seconds: Any, now: datetime) -> datetime | None:
    try:
        return None if isinstance(seconds, bool) else now + timedelta(seconds=float(seconds))
    except (TypeError, ValueError, OverflowError):
        return None  # about a lifetime that nobody can read nothing is known


def _instant(text: str) -> datetime:
    try:
        then = datetime.fromisoformat(text)
        return then.astimezone(UTC) if then.utcoffset() is not None else _no_instant()
    except (ValueError, OverflowError):
        return _no_instant()


def _no_instant() -> datetime:
    raise CronofyError("expires_at of tokens is a time with a zone, such as 2026-03-02T10:00:00Z.") from None


class TokenStore(Protocol):
    """Where the tokens of one account rest: anything with `load` and `save`.

    A third method is optional: `lock()`, a context manager that holds the account for one process and one of its
    threads. Renewal happens within it, so that two processes do not renew at once; without it each may, and the one
    that comes too late goes on with what the other saved.
    """

    def load(self) -> Tokens | None:
        """Return the tokens as they are now; None, or empty ones, where there are none."""

    def save(self, tokens: Tokens) -> None:
        """Keep these tokens in place of those before; empty ones mean that the account is to be forgotten."""


class Keeping:
    """A store as a client uses it: what it could not save is kept here, so that no new token is lost.

    Parameters
    ----------
    store
        Where the tokens rest.
    """

    def __init__(self, store: TokenStore) -> None:
        self._store = store
        self._one = threading.RLock()
        self._unsaved: tuple[Tokens | None, Tokens] | None = None  # what was there, and what should be

    def load(self) -> Tokens:
        """Return the tokens as they are now, or those that could not be saved while nobody saved others."""
        unsaved = self._unsaved
        try:
            there = self._store.load()
        except Exception:
            if unsaved is None:
                raise
            return unsaved[1]
        if unsaved is not None and there == unsaved[0]:
            return unsaved[1]
        return there or Tokens()

    def save(self, tokens: Tokens) -> None:
        """Save tokens; where that fails, say so and keep them as long as the process lives."""
        with self._one:
            self._unsaved = (self._there(), tokens)  # also what an interrupt cuts short is not lost
            try:
                self._store.save(tokens)
            except Exception as error:
                self._warn(error, tokens)
                return
            self._unsaved = None

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Hold the account: for one thread, and for one process if the store can."""
        lock = getattr(self._store, "lock", None)
        with self._one, ExitStack() as held:
            if callable(lock):
                try:
                    held.enter_context(lock())
                except OSError as error:  # such as a file system that cannot be written to: renewing matters more
                    log.info("the account is renewed without a lock: %s", _reason(error))
            yield

    def _there(self) -> Tokens | None:
        try:
            return self._store.load()
        except Exception as error:
            log.info("the store could not be read before saving: %s", _reason(error))
            return None

    def _warn(self, error: Exception, tokens: Tokens) -> None:
        kind = type(self._store).__name__
        if tokens.empty:
            log.warning("%s could not forget the tokens (%s): they no longer work; delete them.", kind, _reason(error))
            return
        log.warning(
            "%s could not save new tokens (%s). This process goes on with them, but those that are saved may no longer "
            "work, for the refresh token may have been replaced. Mend that and call client.refresh_access_token(), "
            "which saves again; or %s.",
            kind,
            _reason(error),
            SIGN_IN,
        )


def _reason(error: Exception) -> str:
    """Say what went wrong, in the words of errors that are known to quote no token."""
    if isinstance(error, CronofyError):
        return str(error)
    if isinstance(error, OSError) and error.strerror:
        return f"{type(error).__name__}: {error.strerror}"
    return type(error).__name__
