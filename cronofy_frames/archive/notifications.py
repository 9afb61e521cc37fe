"""WSGI application that receives push notifications, and reads the accounts that they are about."""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Protocol

import pandas as pd

from cronofy_frames.archive.push import (
    HEADER,
    MOST_BYTES,
    Notification,
    PushQueue,
    Receipt,
    account_of,
    channel_url,
    receive,
)
from cronofy_frames.errors import CronofyError
from cronofy_frames.frames.accounts import Clients
from cronofy_frames.text import join_names, single_line
from cronofy_frames.wire.client import Client

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

log = logging.getLogger("cronofy_frames")

HEADER_VARIABLE = f"HTTP_{HEADER.upper().replace('-', '_')}"
DEBOUNCE_SECONDS = 5.0
RETRY_SECONDS = 300.0
LIST_SECONDS = 600.0
"""How long the lists of channels are not read again after a channel that is in none of them."""
IDLE_SECONDS = 60.0

REASONS = {
    200: "OK",
    400: "Bad Request",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    411: "Length Required",
    413: "Content Too Large",
    500: "Internal Server Error",
}


class NotifiedArchive(Protocol):
    """What the application needs of an archive."""

    @property
    def push(self) -> PushQueue:
        """The accounts that have to be read, and whose channel is whose."""

    def sync(self, clients: Clients) -> pd.DataFrame:
        """Read what changed, and remove the accounts that were read from the queue."""


def notifications(
    archive: NotifiedArchive, clients: Clients, *, path: str = "/", debounce: float = DEBOUNCE_SECONDS
) -> Notifications:
    """Return a WSGI application that receives Cronofy's push notifications and keeps an archive up to date.

    Source: docs.cronofy.com/developers/api/push-notifications. A notification is answered at once, with 200, and the
    account is read in a thread of its own shortly after. Notifications that do not have the signature of one of the
    applications are answered with 403 and have no effect. Only POST on the path is answered, and no body over 64 KiB.

    Any WSGI server runs it; Cronofy needs an address with https, which a proxy in front of it may give. Notifications
    are no replacement for `Archive.sync`: events that enter the window by time are not notified, and one may be lost,
    so that a nightly sync stays necessary. Changes that the application makes itself are not notified either:
    `apply(..., archive=archive)` marks their calendars.

    Parameters
    ----------
    archive
        The archive. Accounts that it never read are not read for a notification: sync once before.
    clients
        A client, or a mapping label -> client, as `Archive.sync` takes them, each with its client_secret.
    path
        The path of the callback URL.
    debounce
        How many seconds to wait after the first notification of an account, so that many are one read.

    Returns
    -------
    Notifications
        The application. Its `subscribe(url)` opens the channels, `counts` says what came in, `close` ends the thread.

    Raises
    ------
    ValueError
        A client has no client_secret, without which no signature can be checked; archive or path is none; or two
        labels are spellings of one address, which `Archive.sync` refuses, too.
    FrameError
        The archive cannot be written, or has pseudonyms and was opened without their key.

    Examples
    --------
    >>> archive = cf.Archive(folder / "pushed.archive")
    >>> report = archive.sync(client)
    >>> app = cf.notifications(archive, client)
    >>> app.subscribe("https://example.test/")
    1
    >>> app.close()
    """
    return Notifications(archive, clients, path=path, debounce=debounce)


class Notifications:
    """WSGI application for push notifications; `notifications` makes it.

    Parameters
    ----------
    archive, clients, path, debounce
        As of `notifications`.
    clock
        Seconds of a clock that never goes back.

    Attributes
    ----------
    counts
        How many notifications had which outcome: queued, verification, ignored, unknown channel, bad signature, not
        JSON, refused (another method, path or size), failed; and how many accounts were read or could not be.
    """

    def __init__(
        self,
        archive: NotifiedArchive,
        clients: Clients,
        *,
        path: str = "/",
        debounce: float = DEBOUNCE_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.counts: Counter[str] = Counter()
        if not hasattr(archive, "push"):
            raise ValueError(f"archive is an archive, as cf.Archive(folder) makes it; not {archive!r}.")
        if not isinstance(path, str):
            raise ValueError(f"path is that of the callback URL, such as '/cronofy'; not {path!r}.")
        self._archive, self._clients = archive, clients
        self._by_label = archive.push.by_label(clients)
        self._path, self._debounce, self._clock = f"/{path.strip('/')}", debounce, clock
        self._secrets = _secrets_of(self._by_label)
        archive.push.require_writable()
        self._due: dict[str, float] = {}
        self._unknown: list[Notification] = []
        self._listed_at: float | None = None
        self._change = threading.Condition()
        self._reading = threading.Lock()
        self._thread: threading.Thread | None = None
        self._is_closed = False

    def __repr__(self) -> str:
        return f"<notifications at {self._path} of {len(self._by_label)} accounts: {dict(self.counts)}>"

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request, and queue the account of a notification."""
        status, text = self._answer(environ)
        headers = [("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", str(len(text.encode())))]
        if status == 405:
            headers.append(("Allow", "POST"))
        start_response(f"{status} {REASONS[status]}", headers)
        return [text.encode()]

    def subscribe(self, callback_url: str) -> int:
        """Open a channel for each account that the archive has, and return their number; a second time changes nothing.

        Parameters
        ----------
        callback_url
            The address at which this application is reached, with https. Channels have the account's id in its query.
        """
        accounts = {label: self._archive.push.sub_of(label) for label in self._by_label}
        known = {label: (sub, channel_url(callback_url, sub)) for label, sub in accounts.items() if sub is not None}
        for label, (sub, url) in known.items():
            opened = self._by_label[label].create_notification_channel(callback_url=url)
            self._archive.push.add_channels(sub, [opened["channel"]["channel_id"]])
        return len(known)

    def start(self) -> None:
        """Start the thread that reads; the first notification does so, too. Accounts queued before are read."""
        with self._change:
            if self._is_closed:
                return
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name="cronofy_frames notifications", daemon=True)
                self._thread.start()

    def close(self) -> None:
        """End the thread after the read in progress; what is queued stays queued for the next sync."""
        with self._change:
            self._is_closed = True
            self._change.notify_all()
        if self._thread is not None:
            self._thread.join()

    def read_due(self) -> list[str]:
        """Read the accounts whose time has come, and return the labels of those that were read."""
        with self._reading:
            self._look_up_channels()
            now = self._clock()
            with self._change:
                due = [sub for sub, at in self._due.items() if at <= now]
                for sub in due:
                    del self._due[sub]
            return self._read(due)

    def _answer(self, environ: WSGIEnvironment) -> tuple[int, str]:
        refusal = self._refusal(environ)
        if refusal is not None:
            self.counts["refused"] += 1
            return refusal
        body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
        try:
            receipt = receive(self._archive.push, environ.get(HEADER_VARIABLE), body, self._secrets)
        except Exception:
            log.exception("a notification could not be stored")
            self.counts["failed"] += 1
            return 500, "The notification could not be stored.\n"
        self._take(receipt)
        return receipt.status, f"{receipt.outcome}\n"

    def _refusal(self, environ: WSGIEnvironment) -> tuple[int, str] | None:
        """Return the answer to a request that is no notification; None for one that may be."""
        if f"/{environ.get('PATH_INFO', '').strip('/')}" != self._path:
            return 404, "Notifications are received at another path.\n"
        if environ["REQUEST_METHOD"] != "POST":
            return 405, "Notifications are sent with POST.\n"
        length = environ.get("CONTENT_LENGTH") or ""
        if not (length.isascii() and length.isdigit()):
            return 411, "Send the length of the body.\n"
        return (413, f"A notification has at most {MOST_BYTES} bytes.\n") if int(length) > MOST_BYTES else None

    def _take(self, receipt: Receipt) -> None:
        """Count a notification, and wake the thread where an account has to be read."""
        notification = receipt.notification
        with self._change:
            self.counts[receipt.outcome] += 1
            if notification is None or receipt.outcome not in ("queued", "unknown channel"):
                return
            if receipt.outcome == "unknown channel":
                self._unknown.append(notification)
            else:
                self._plan(account_of(self._archive.push, notification), self._debounce)
            self._change.notify_all()
        self.start()

    def _plan(self, sub: str | None, seconds: float) -> None:
        """Read an account after so many seconds, or sooner where that was planned."""
        if sub is not None:
            self._due[sub] = min(self._due.get(sub, float("inf")), self._clock() + seconds)

    def _run(self) -> None:
        looked_at = float("-inf")
        while True:
            if self._clock() - looked_at >= IDLE_SECONDS:
                self._plan_queued()
                looked_at = self._clock()
            with self._change:
                now = self._clock()
                wait = min([IDLE_SECONDS, *(at - now for at in self._due.values())])
                if not self._is_closed and wait > 0 and not self._can_look_up():
                    self._change.wait(wait)
                if self._is_closed:
                    return
            try:
                self.read_due()
            except Exception:
                log.exception("accounts could not be read after a notification; the next sync reads them")

    def _plan_queued(self) -> None:
        """Plan the accounts that other processes queued, or this one before it was started again."""
        with self._change:
            for sub in self._archive.push.notified_subs():
                if sub not in self._due:
                    self._plan(sub, 0)

    def _can_look_up(self) -> bool:
        recently = self._listed_at is not None and self._clock() - self._listed_at < LIST_SECONDS
        return bool(self._unknown) and not recently

    def _look_up_channels(self) -> None:
        """Read whose the channels are that are not known, and queue their accounts."""
        with self._change:
            if not self._can_look_up():
                return
            unknown, self._unknown, self._listed_at = self._unknown, [], self._clock()
        push = self._archive.push
        for label, client in self._by_label.items():
            sub = push.sub_of(label)
            if sub is not None:
                self._add_channels(client, label, sub)
        with self._change:
            for notification in unknown:
                sub = account_of(push, notification)
                if sub is not None:
                    push.add_notified(sub, notification.changes_since)
                    self._plan(sub, 0)

    def _add_channels(self, client: Client, label: str, sub: str) -> None:
        try:
            listed = [row.get("channel_id") for row in client.list_notification_channels()]
        except CronofyError as error:
            log.warning("the channels of %s were not listed: %s", single_line(label) or "the account", error)
            return
        self._archive.push.add_channels(sub, [name for name in listed if isinstance(name, str)])

    def _read(self, subs: Iterable[str]) -> list[str]:
        """Read accounts, and return the labels of those that are queued no more."""
        labels = {sub: self._archive.push.label_of(sub) for sub in subs}
        own = {sub: label for sub, label in labels.items() if label is not None and label in self._by_label}
        if not own:
            return []
        try:
            several = {label: self._by_label[label] for label in own.values()}
            self._archive.sync(several if isinstance(self._clients, Mapping) else self._clients)
        except (CronofyError, OSError) as error:
            log.warning("no account was read after a notification: %s", error)
        queued = set(self._archive.push.notified_subs())  # those that failed, or were notified again meanwhile
        with self._change:
            for sub in queued.intersection(own):
                self._plan(sub, RETRY_SECONDS)
            self.counts["read"] += len(own.keys() - queued)
            self.counts["not read"] += len(queued.intersection(own))
        return [label for sub, label in own.items() if sub not in queued]


def _secrets_of(clients: Mapping[str, Client]) -> list[str]:
    """Return the client secrets of the applications, each once."""
    missing = [label for label, client in clients.items() if not client.client_secret]
    if missing:
        of = f" of {join_names(missing)}" if any(missing) else ""
        raise ValueError(
            f"the signature of notifications is checked with the client secret, and the client{of} has none: "
            "connect(client_secret=...), or set CRONOFY_CLIENT_SECRET."
        )
    return sorted({str(client.client_secret) for client in clients.values()})
