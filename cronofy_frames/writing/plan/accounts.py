"""Whose calendars are written to: one client, or a mapping label -> client, and who they speak for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cronofy_frames.errors import CronofyError, FrameError
from cronofy_frames.frames.accounts import Clients
from cronofy_frames.wire.client import Client


def clients_of(client: Clients) -> dict[str | None, Client]:
    """Return clients by their labels; None is the label of a single one."""
    clients: dict[str | None, Client] = {None: client} if isinstance(client, Client) else {}
    if isinstance(client, Mapping):
        clients.update(client)
    elif not clients:
        raise TypeError(f"client is a Client, or a mapping label -> Client; not {type(client).__name__}.")
    for one in clients.values():
        if not isinstance(one, Client):
            raise TypeError(f"client is a Client, or a mapping label -> Client; not {type(one).__name__}.")
    if not clients:
        raise ValueError("the mapping of clients is empty: give at least one label -> client.")
    return clients


def identity(clients: Mapping[str | None, Client]) -> dict[str, Any]:
    """Ask who the clients speak for.

    Returns
    -------
    dict
        `{"application": client_id or None, "accounts": {label or "": sub}}`, without any secret.
    """
    known = sorted({one.client_id for one in clients.values() if one.client_id})
    subs = {label or "": _sub(one, label) for label, one in clients.items()}
    return {"application": known[0] if len(known) == 1 else None, "accounts": subs}


def _sub(client: Client, label: str | None) -> str:
    try:
        return str(client.user_info()["sub"])
    except CronofyError as error:
        if label is not None:
            error.args = (f"account {label}: {error}",)
        raise


def same_people(made_for: Mapping[str, Any] | None, here: Mapping[str, Any], what: str) -> None:
    """Refuse a plan or a journal that was made for another application or other accounts.

    Raises
    ------
    FrameError
        Naming what differs; nothing was sent.
    """
    if made_for is None:
        return
    theirs, ours = made_for["application"], here["application"]
    if theirs and ours and theirs != ours:
        raise FrameError(
            f"this {what} was made for the application {theirs}, and the client is of {ours}; nothing was sent. "
            f"Connect with the application that it was made for, or plan again with this client."
        )
    for label, sub in made_for["accounts"].items():
        name = f"account {label}" if label else "the account"
        if label not in here["accounts"]:
            raise FrameError(
                f"this {what} writes to {name}, which the clients given lack; nothing was sent. Give client= as it "
                "was given when it was made: one client, or a mapping with the same labels."
            )
        if here["accounts"][label] != sub:
            raise FrameError(
                f"this {what} was made for {name} {sub}, and the client speaks for {here['accounts'][label]}; nothing "
                "was sent. Connect as that account, or plan again with this client."
            )
