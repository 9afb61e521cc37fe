"""Push notifications of an archive: their signature, and which account has to be read.

Source: docs.cronofy.com/developers/api/push-notifications. A notification says that something changed, and since when;
it has no event and no account. The account is found by the channel: channels that the archive opens have the account in
their callback URL, which is a part of the signed body, and others are looked up in the accounts' lists of channels.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit, urlunsplit

import msgspec

from cronofy_frames.frames.accounts import Clients
from cronofy_frames.wire.auth import hmac_valid
from cronofy_frames.wire.client import Client

HEADER = "Cronofy-HMAC-SHA256"
MOST_BYTES = 64 * 1024
"""The largest notification that is read; real ones have some hundred bytes."""
SECRET_VARIABLE = "CRONOFY_CLIENT_SECRET"
ACCOUNT_PARAMETER = "sub"
MOST_URL_CHARACTERS = 128

OK, BAD_REQUEST, FORBIDDEN = 200, 400, 403

CHANGE = "change"
ACCOUNT_KINDS = frozenset({CHANGE, "profile_connected", "profile_disconnected", "profile_initial_sync_completed"})
"""The types after which an account is read; any other, such as verification, asks for nothing."""


class PushQueue(Protocol):
    """Where an archive remembers which accounts have to be read, and whose channel is whose."""

    def require_writable(self) -> None:
        """Raise an error unless it can remember anything."""

    def by_label(self, clients: Clients) -> dict[str, Client]:
        """Return clients by their labels as the archive stores them, which may be pseudonyms."""

    def sub_of_channel(self, channel_id: str) -> str | None:
        """Return the account of a channel; None where it is not known."""

    def label_of(self, sub: str) -> str | None:
        """Return the label of an account, empty for one without; None where the archive does not know the account."""

    def sub_of(self, label: str) -> str | None:
        """Return the account of a label; None where it was never read."""

    def notified_subs(self) -> list[str]:
        """Return the accounts that have to be read."""

    def add_channels(self, sub: str, channel_ids: Iterable[str]) -> None:
        """Remember the channels of an account."""

    def add_notified(self, sub: str, changes_since: datetime | None) -> None:
        """Remember that an account has to be read, from the earliest of its times on."""


@dataclass(frozen=True, slots=True)
class Notification:
    """What a notification says.

    Attributes
    ----------
    kind
        Its type: verification, change, profile_disconnected ...
    channel_id
        The channel.
    sub
        The account in the callback URL; None where it has none.
    changes_since
        Since when events changed; None where it does not say.
    """

    kind: str
    channel_id: str | None
    sub: str | None
    changes_since: datetime | None


@dataclass(frozen=True, slots=True)
class Receipt:
    """What was done with a notification.

    Attributes
    ----------
    status
        The HTTP status to answer with.
    outcome
        queued, verification, ignored (a type that asks for nothing), unknown channel, bad signature or not JSON.
    notification
        What it says; None where it is not Cronofy's.
    """

    status: int
    outcome: str
    notification: Notification | None = None


def receive(queue: PushQueue, header: str | None, body: bytes | str, secrets: Iterable[str]) -> Receipt:
    """Check the signature of a notification, and queue the account that it is about.

    A channel that is not known is answered with 200, as any notification that asks for nothing: Cronofy documents no
    answer that closes a channel.

    Parameters
    ----------
    queue
        The archive's queue.
    header
        The header `Cronofy-HMAC-SHA256`.
    body
        The body exactly as it was received.
    secrets
        The client secrets of the applications; one has to match.
    """
    if not any(hmac_valid(header, body, secret) for secret in secrets):
        return Receipt(FORBIDDEN, "bad signature")
    notification = parse_notification(body)
    if notification is None:
        return Receipt(BAD_REQUEST, "not JSON")
    if notification.kind not in ACCOUNT_KINDS:
        outcome = "verification" if notification.kind == "verification" else "ignored"
        return Receipt(OK, outcome, notification)
    sub = account_of(queue, notification)
    if sub is None:
        return Receipt(OK, "unknown channel", notification)
    queue.add_notified(sub, notification.changes_since)
    return Receipt(OK, "queued", notification)


def client_secrets(client_secret: str | Iterable[str] | None, environment: Mapping[str, str] | None) -> list[str]:
    """Return the client secrets with which signatures are checked: those given, else that of the environment.

    Raises
    ------
    ValueError
        There is none.
    """
    variables = os.environ if environment is None else environment
    chosen = variables.get(SECRET_VARIABLE, "") if client_secret is None else client_secret
    secrets = [secret for secret in ([chosen] if isinstance(chosen, str) else chosen) if secret]
    if not secrets:
        raise ValueError(
            "the signature of a notification is checked with the client secret: give client_secret=, or set "
            f"{SECRET_VARIABLE}."
        )
    return secrets


def account_of(queue: PushQueue, notification: Notification) -> str | None:
    """Return the account that a notification is about; None where the archive does not know it."""
    sub = notification.sub
    if sub is None and notification.channel_id is not None:
        sub = queue.sub_of_channel(notification.channel_id)
    return sub if sub is not None and queue.label_of(sub) is not None else None


def parse_notification(body: bytes | str) -> Notification | None:
    """Return what a notification says; None for anything that is not a JSON object."""
    try:
        content = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    if not isinstance(content, dict):
        return None
    details, channel = (_object(content.get(name)) for name in ("notification", "channel"))
    kind, channel_id, url = details.get("type"), channel.get("channel_id"), channel.get("callback_url")
    return Notification(
        kind if isinstance(kind, str) else "",
        channel_id if isinstance(channel_id, str) else None,
        _account_in(url) if isinstance(url, str) else None,
        _instant(details.get("changes_since")),
    )


def channel_url(callback_url: str, sub: str) -> str:
    """Return the callback URL of an account's channel, which has the account in its query.

    Raises
    ------
    ValueError
        It is no address of the web, or longer than Cronofy takes.

    Examples
    --------
    >>> channel_url("https://example.test/hook", "acc_1")
    'https://example.test/hook?sub=acc_1'
    """
    parts = urlsplit(callback_url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(f"the callback URL is an address such as https://example.org/cronofy, not {callback_url!r}.")
    pairs = [(name, value) for name, value in parse_qsl(parts.query) if name != ACCOUNT_PARAMETER]
    url = urlunsplit(parts._replace(query=urlencode([*pairs, (ACCOUNT_PARAMETER, sub)])))
    if len(url) > MOST_URL_CHARACTERS:
        raise ValueError(
            f"the callback URL has {len(url)} characters with the account, and Cronofy takes {MOST_URL_CHARACTERS}: "
            "choose a shorter path."
        )
    return url


def _account_in(callback_url: str) -> str | None:
    try:
        query = urlsplit(callback_url).query
    except ValueError:  # an address with a bracket that is not closed
        return None
    return next(iter(parse_qs(query).get(ACCOUNT_PARAMETER, [])), None)


def _object(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _instant(text: Any) -> datetime | None:
    try:
        instant = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        return None
    return instant if instant.tzinfo is not None else None
