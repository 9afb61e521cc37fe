"""What speaks for an account, and what a place to keep it must be able to do. No I/O."""

from __future__ import annotations

import logging
import os
import threading
import weakref
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from cronofy_frames.errors import CronofyError
from cronofy_frames.wire.endpoint import SECRETS

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


class Private(dict[str, Any]):
    """An answer with tokens or secrets in it: a dict like any other, but a notebook that shows it shows none."""

    def __repr__(self) -> str:
        shown = (f"{name!r}: {'<set>' if name in SECRETS and value else repr(value)}" for name, value in self.items())
        return f"{{{', '.join(shown)}}}"


def private(answer: Any) -> Any:
    """Return an answer, one that does not show its secrets if it has any."""
    if not isinstance(answer, dict):
        return answer
    told = {name: private(value) for name, value in answer.items()}
    found = not SECRETS.isdisjoint(told) or any(isinstance(value, Private) for value in told.values())
    return Private(told) if found else answer


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


def variable(name: str, environment: Mapping[str, str]) -> str | None:
    """Return what a variable says: without blanks around it, nor quotation marks that some shells and files leave."""
    text = environment.get(name, "").strip()
    if len(text) > 1 and text[0] == text[-1] and text[0] in "'\"":
        text = text[1:-1].strip()
    return text or None


_forked: dict[int, weakref.WeakMethod[Callable[[], None]]] = {}


def after_fork(renew: Callable[[], None]) -> None:
    """Have an object's method called in each child process, where the system makes children by copying (fork).

    A lock that another thread holds at that moment is held for ever in the child, which does not have that thread.

    Parameters
    ----------
    renew
        A bound method, which makes the object's locks anew; the object may go before.
    """
    one = weakref.WeakMethod(renew, lambda gone: _forked.pop(id(gone), None))
    _forked[id(one)] = one


def _renew_all() -> None:
    for one in list(_forked.values()):
        if (renew := one()) is not None:
            renew()


if hasattr(os, "register_at_fork"):  # not on Windows, which does not fork
    os.register_at_fork(after_in_child=_renew_all)


class Keeping:
    """A store as a client uses it: what it could not save is kept here, so that no new token is lost.

    What a store of a user's own raises ends in an error without its text, which may quote tokens.

    Parameters
    ----------
    store
        Where the tokens rest.
    """

    def __init__(self, store: TokenStore) -> None:
        self._store = store
        self._unsaved: tuple[Tokens | None, Tokens] | None = None  # what was there, and what should be
        self._renew_lock()
        after_fork(self._renew_lock)

    def _renew_lock(self) -> None:
        self._one = threading.RLock()

    def load(self) -> Tokens:
        """Return the tokens as they are now, or those that could not be saved while nobody saved others."""
        unsaved = self._unsaved
        try:
            there = self._store.load()
        except Exception as error:
            if unsaved is not None:
                return unsaved[1]
            if known(error):
                raise
            raise failed(self._store, "load", error) from None
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

    def forget(self) -> None:
        """Have the store forget the account; that it could not is an error."""
        try:
            self._store.save(Tokens())
        except Exception as error:
            if known(error):
                raise
            raise failed(self._store, "save", error) from None

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Hold the account: for one thread, and for one process if the store can."""
        with self._one:
            held = self._held()
            try:
                yield
            except BaseException as error:
                self._let_go(held, error)
                raise
            self._let_go(held)

    def _held(self) -> AbstractContextManager[Any] | None:
        lock = getattr(self._store, "lock", None)
        if not callable(lock):
            return None
        try:
            held: AbstractContextManager[Any] = lock()
            held.__enter__()
        except OSError as error:  # such as a file system that cannot be written to: renewing matters more
            log.info("the account is renewed without a lock: %s", _reason(error))
            return None
        except CronofyError:
            raise
        except Exception as error:
            raise failed(self._store, "lock", error) from None
        return held

    def _let_go(self, held: AbstractContextManager[Any] | None, cause: BaseException | None = None) -> None:
        if held is None:
            return
        try:
            held.__exit__(None if cause is None else type(cause), cause, None if cause is None else cause.__traceback__)
        except Exception as error:
            kind = type(self._store).__name__
            log.warning("%s could not end its lock (%s); others may wait for it in vain.", kind, _reason(error))

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


def known(error: Exception) -> bool:
    """Return whether an error's own words are known to quote no token."""
    return isinstance(error, CronofyError | OSError)


def failed(store: object, method: str, error: Exception) -> CronofyError:
    """Return the error for a store of a user's own that fails, without what it says."""
    return CronofyError(
        f"{type(store).__name__}.{method}() raised {type(error).__name__}, so that the account cannot be used. What it "
        "says is not repeated here, as it may quote tokens: call that method by itself to see it, and mend the store; "
        "or connect() with another."
    )


def _reason(error: Exception) -> str:
    """Say what went wrong, in the words of errors that are known to quote no token."""
    if isinstance(error, CronofyError):
        return str(error)
    if isinstance(error, OSError) and error.strerror:
        return f"{type(error).__name__}: {error.strerror}"
    return type(error).__name__
