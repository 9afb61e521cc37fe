"""OAuth tokens of one account, and the protocol that a token store implements. No I/O."""

from __future__ import annotations

import logging
import os
import threading
import weakref
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol, TypeVar

from cronofy_frames.errors import CronofyError
from cronofy_frames.wire.endpoint import SECRETS

log = logging.getLogger("cronofy_frames")

SIGN_IN = "sign in again: cf.login(), or cronofy-frames login"


@dataclass(frozen=True, slots=True)
class Tokens:
    """OAuth tokens of one account, with what is needed to use and renew them. The repr shows no token and no secret.

    Tokens without an access token and a refresh token are empty: a store that saves them deletes the account.

    Attributes
    ----------
    access_token, refresh_token
        The tokens.
    scope
        The scopes that they allow, separated by spaces.
    sub
        The id of the account.
    expires_at
        Approximately when the access token expires, in UTC.
    profile_name, provider_name
        The calendar account that was connected, usually an e-mail address, and its provider.
    client_id, client_secret
        The application that they were issued to; the secret only where it is not configured elsewhere.
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
                raise ValueError("expires_at needs a time zone, such as datetime.UTC.")
            object.__setattr__(self, "expires_at", self.expires_at.astimezone(UTC))

    def __repr__(self) -> str:
        access, refresh = ("set" if token else "not set" for token in (self.access_token, self.refresh_token))
        ends = "" if self.expires_at is None else f", expires {self.expires_at:%Y-%m-%d %H:%M} UTC"
        return f"<Tokens: access_token {access}, refresh_token {refresh}, scope {self.scope!r}, sub {self.sub!r}{ends}>"

    @property
    def empty(self) -> bool:
        """Whether there is neither an access token nor a refresh token."""
        return not (self.access_token or self.refresh_token)

    def renewed(self, answer: Mapping[str, Any], now: datetime) -> Tokens:
        """Return the tokens updated from the response of a token call; fields that it lacks keep their values.

        In a response for another account, fields that it lacks are removed; so is the expiry of a replaced token.

        Parameters
        ----------
        answer
            The decoded response for a code or a refresh token.
        now
            When it was received.
        """
        # /developers/api/authorization/request-token and, for service accounts, /enterprise-connect/request-token
        profile = answer.get("linking_profile")
        values = {**(profile if isinstance(profile, Mapping) else {}), **answer}
        values["sub"] = values.get("sub") or values.get("service_account_id")
        names = ("access_token", "refresh_token", "scope", "sub", "profile_name", "provider_name")
        new: dict[str, Any] = {
            name: values[name] for name in names if values.get(name) and isinstance(values[name], str)
        }
        if new.get("access_token", self.access_token) != self.access_token or "expires_in" in answer:
            new["expires_at"] = _expiry(answer.get("expires_in"), now)
        is_other_account = self.sub is not None and new.get("sub", self.sub) != self.sub
        return replace(Tokens(**self._application()) if is_other_account else self, **new)

    def _application(self) -> dict[str, Any]:
        names = ("client_id", "client_secret", "api_url", "app_url")
        return {name: getattr(self, name) for name in names}

    def to_dict(self) -> dict[str, str]:
        """Return all fields as plain JSON, for a custom store; it contains the tokens and the secret."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        if self.expires_at is not None:
            values["expires_at"] = self.expires_at.isoformat().replace("+00:00", "Z")
        return {name: value for name, value in values.items() if value is not None}

    @classmethod
    def from_dict(cls, known: Mapping[str, Any]) -> Tokens:
        """Return tokens from the result of `to_dict`; unknown keys, which a newer version wrote, are ignored.

        Raises
        ------
        CronofyError
            The data are not such a mapping. The message names the key and quotes no value.
        """
        if not isinstance(known, Mapping):
            raise CronofyError(f"Tokens are a mapping, as Tokens.to_dict gives it; not a {type(known).__name__}.")
        values = {field.name: known[field.name] for field in fields(cls) if known.get(field.name) is not None}
        for name, value in values.items():
            if not isinstance(value, str):
                raise CronofyError(f"{name} of tokens is a text; not a {type(value).__name__}.")
        if "expires_at" in values:
            values["expires_at"] = _parse_expiry(values["expires_at"])
        return cls(**values)


class SecretDict(dict[str, Any]):
    """A dict with tokens or secrets, whose repr hides them, so that a notebook does not show them."""

    def __repr__(self) -> str:
        shown = (f"{name!r}: {'<set>' if name in SECRETS and value else repr(value)}" for name, value in self.items())
        return f"{{{', '.join(shown)}}}"


def hide_secrets(answer: Any) -> Any:
    """Return a result; dicts in it that hold secrets become `SecretDict`."""
    if not isinstance(answer, dict):
        return answer
    body = {name: hide_secrets(value) for name, value in answer.items()}
    has_secrets = not SECRETS.isdisjoint(body) or any(isinstance(value, SecretDict) for value in body.values())
    return SecretDict(body) if has_secrets else answer


def _expiry(seconds: Any, now: datetime) -> datetime | None:
    try:
        return None if isinstance(seconds, bool) else now + timedelta(seconds=float(seconds))
    except (TypeError, ValueError, OverflowError):
        return None  # an unreadable lifetime is an unknown one


def _parse_expiry(text: str) -> datetime:
    try:
        time = datetime.fromisoformat(text)
        return time.astimezone(UTC) if time.utcoffset() is not None else _refuse_expiry()
    except (ValueError, OverflowError):
        return _refuse_expiry()


def _refuse_expiry() -> datetime:
    raise CronofyError("expires_at of tokens must be a time with a zone, such as 2026-03-02T10:00:00Z.") from None


class TokenStore(Protocol):
    """Protocol of a token store for one account: any object with `load` and `save`.

    A third method is optional: `lock()`, a context manager that locks the account for one thread of one process.
    Tokens are renewed while it is held, so that two processes do not renew at once. Without it both may, and the
    later one uses the tokens that the other saved.
    """

    def load(self) -> Tokens | None:
        """Return the stored tokens; None, or empty ones, where there are none."""

    def save(self, tokens: Tokens) -> None:
        """Replace the stored tokens; empty ones delete the account."""


def read_variable(name: str, environment: Mapping[str, str]) -> str | None:
    """Return the value of an environment variable without spaces or quotation marks around it; None if empty."""
    text = environment.get(name, "").strip()
    if len(text) > 1 and text[0] == text[-1] and text[0] in "'\"":
        text = text[1:-1].strip()
    return text or None


Owner = TypeVar("Owner")

_forked: weakref.WeakKeyDictionary[object, Callable[[Any], None]] = weakref.WeakKeyDictionary()


def after_fork(owner: Owner, renew: Callable[[Owner], None]) -> None:
    """Register a function that is called with an object in each forked child process.

    A lock that another thread holds during the fork stays locked forever in the child, which lacks that thread.

    Parameters
    ----------
    owner
        An object with locks; it is not kept alive.
    renew
        What creates its locks again.
    """
    _forked[owner] = renew


def _renew_all_locks() -> None:
    for owner, renew in list(_forked.items()):
        renew(owner)


if hasattr(os, "register_at_fork"):  # pragma: no branch - only Windows does not fork
    os.register_at_fork(after_in_child=_renew_all_locks)


class TokenKeeper:
    """A token store as a client uses it: tokens that the store could not save stay in memory, so that none is lost.

    Exceptions of a custom store become errors without their text, which may quote tokens.

    Parameters
    ----------
    store
        The token store.
    """

    def __init__(self, store: TokenStore) -> None:
        self._store = store
        self._outer_lock: Callable[[], AbstractContextManager[Any]] = nullcontext
        self._unsaved: tuple[Tokens | None, Tokens] | None = None  # the stored tokens before, and those to save
        self._renew_lock()
        after_fork(self, TokenKeeper._renew_lock)

    def _renew_lock(self) -> None:
        self._thread_lock = threading.RLock()

    def load(self) -> Tokens:
        """Return the stored tokens, or those that could not be saved if the stored ones have not changed since."""
        unsaved = self._unsaved
        try:
            stored = self._store.load()
        except Exception as error:
            if unsaved is not None:
                return unsaved[1]
            if is_safe_to_quote(error):
                raise
            raise store_error(self._store, "load", error) from None
        if unsaved is not None and stored == unsaved[0]:
            return unsaved[1]
        return stored or Tokens()

    def save(self, tokens: Tokens) -> None:
        """Save tokens; where that fails, log it and keep them in memory."""
        with self._thread_lock:
            self._unsaved = (self._stored_tokens(), tokens)  # so that an interrupted save loses nothing
            try:
                self._store.save(tokens)
            except Exception as error:
                self._log_save_failure(error, tokens)
                return
            self._unsaved = None

    def forget(self) -> None:
        """Delete the account from the store; a failure is an error."""
        try:
            self._store.save(Tokens())
        except Exception as error:
            if is_safe_to_quote(error):
                raise
            raise store_error(self._store, "save", error) from None

    def lock_also(self, lock: Callable[[], AbstractContextManager[Any]]) -> None:
        """Hold a further lock around that of the store, such as one that several machines share."""
        self._outer_lock = lock

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Lock the account for one thread, and for one process if the store can."""
        with self._thread_lock, self._outer_lock():
            store_lock = self._acquire_lock()
            try:
                yield
            except BaseException as error:
                self._release_lock(store_lock, error)
                raise
            self._release_lock(store_lock)

    def _acquire_lock(self) -> AbstractContextManager[Any] | None:
        lock = getattr(self._store, "lock", None)
        if not callable(lock):
            return None
        try:
            store_lock: AbstractContextManager[Any] = lock()
            store_lock.__enter__()
        except OSError as error:  # such as a read-only file system: renewing matters more
            log.info("the tokens are renewed without a lock: %s", _reason(error))
            return None
        except CronofyError:
            raise
        except Exception as error:
            raise store_error(self._store, "lock", error) from None
        return store_lock

    def _release_lock(self, store_lock: AbstractContextManager[Any] | None, cause: BaseException | None = None) -> None:
        if store_lock is None:
            return
        try:
            store_lock.__exit__(
                None if cause is None else type(cause), cause, None if cause is None else cause.__traceback__
            )
        except Exception as error:
            kind = type(self._store).__name__
            log.warning("%s could not release its lock (%s); other processes may wait for it.", kind, _reason(error))

    def _stored_tokens(self) -> Tokens | None:
        try:
            return self._store.load()
        except Exception as error:
            log.info("the store could not be read before saving: %s", _reason(error))
            return None

    def _log_save_failure(self, error: Exception, tokens: Tokens) -> None:
        kind = type(self._store).__name__
        if tokens.empty:
            log.warning("%s could not delete the tokens (%s): they no longer work; delete them.", kind, _reason(error))
            return
        log.warning(
            "%s could not save new tokens (%s). This process uses them, but the stored ones may no longer work, as "
            "the refresh token may have been replaced. Fix the store and call client.refresh_access_token(), which "
            "saves again; or %s.",
            kind,
            _reason(error),
            SIGN_IN,
        )


def is_safe_to_quote(error: Exception) -> bool:
    """Return whether the text of an error is known to quote no token."""
    return isinstance(error, CronofyError | OSError)


def store_error(store: object, method: str, error: Exception) -> CronofyError:
    """Return the error for a custom store that fails, without the text of its exception."""
    return CronofyError(
        f"{type(store).__name__}.{method}() raised {type(error).__name__}, so that the account cannot be used. Its "
        "text is not repeated here, as it may quote tokens: call that method to see it and fix the store; or connect() "
        "with another store."
    )


def _reason(error: Exception) -> str:
    """Return why an operation failed, quoting only errors that are known to quote no token."""
    if isinstance(error, CronofyError):
        return str(error)
    if isinstance(error, OSError) and error.strerror:
        return f"{type(error).__name__}: {error.strerror}"
    return type(error).__name__
