"""The application and the accounts that a plan or a journal is for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from cronofy_frames.errors import CronofyError, FrameError, TransportError
from cronofy_frames.wire.client import Client


def identify_accounts(clients: Mapping[str | None, Client]) -> dict[str, Any]:
    """Read which application and which accounts the clients belong to; return their `accounts_record`."""
    return accounts_record(clients.values(), {label: _read_sub(client, label) for label, client in clients.items()})


def accounts_record(clients: Iterable[Client], subs: Mapping[str | None, str]) -> dict[str, Any]:
    """Return the application and the accounts of clients as plans and journals record them, without any secret.

    Returns
    -------
    dict
        `{"application": client_id, "accounts": {label or "": sub}}`; no application if there are several or none.
    """
    applications = {client.client_id for client in clients if client.client_id}
    return {
        "application": applications.pop() if len(applications) == 1 else None,
        "accounts": {label or "": sub for label, sub in subs.items()},
    }


def _read_sub(client: Client, label: str | None) -> str:
    try:
        return sub_of(client.user_info())
    except CronofyError as error:
        if label is not None:
            error.args = (f"account {label}: {error}",)
        raise


def sub_of(info: Mapping[str, Any]) -> str:
    """Return the id of the account in a response of user_info.

    Raises
    ------
    TransportError
        It has none.
    """
    sub = info.get("sub")
    if not isinstance(sub, str) or not sub:
        raise TransportError(
            "the response to user_info has no sub, so it is not known whose account it is. Check base_url, and the "
            "proxies of the network.",
            again=False,
        )
    return sub


def require_same_accounts(made_for: Mapping[str, Any] | None, current: Mapping[str, Any], document: str) -> None:
    """Raise an error for a plan or a journal that was made for another application or other accounts.

    Parameters
    ----------
    made_for
        The application and the accounts that it was made for; None if it was made without a client.
    current
        Those of the clients.
    document
        The word for it in the message: plan or journal.

    Raises
    ------
    FrameError
        They differ; nothing was sent.
    """
    if made_for is None:
        return
    application, own_application = made_for["application"], current["application"]
    if application and own_application and application != own_application:
        raise FrameError(
            f"this {document} was made for the application {application}, and the client belongs to "
            f"{own_application}; nothing was sent. Connect with that application, or plan again with this client."
        )
    require_clients(made_for["accounts"], current["accounts"], document)
    for label, sub in made_for["accounts"].items():
        name = f"account {label}" if label else "the account"
        if current["accounts"][label] != sub:
            raise FrameError(
                f"this {document} was made for {name} {sub}, and the client belongs to {current['accounts'][label]}; "
                "nothing was sent. Connect as that account, or plan again with this client."
            )


def require_clients(labels: Iterable[str | None], with_client: Iterable[str | None], document: str) -> None:
    """Raise an error if a plan or a journal writes to accounts without a client.

    Parameters
    ----------
    labels
        The labels of the accounts that it writes to; "" or None for that of a single client.
    with_client
        The labels that have a client.
    document
        The word for it in the message: plan or journal.

    Raises
    ------
    FrameError
        Accounts have no client; nothing was sent.
    """
    missing = {label or "" for label in labels} - {label or "" for label in with_client}
    if not missing:
        return
    named = ", ".join(sorted(missing - {""}))
    reason = (
        f"writes to {named}, for which client= has no client"
        if named
        else "was made for a single client, and client= is a mapping"
    )
    raise FrameError(
        f"this {document} {reason}; nothing was sent. Give the same client= as when it was made: one client, or a "
        "mapping with the same labels."
    )
