"""The application and the accounts that a plan or a journal is for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cronofy_frames.errors import CronofyError, FrameError
from cronofy_frames.wire.client import Client


def identify_accounts(clients: Mapping[str | None, Client]) -> dict[str, Any]:
    """Read which application and which accounts the clients belong to.

    Returns
    -------
    dict
        `{"application": client_id or None, "accounts": {label or "": sub}}`, without any secret.
    """
    applications = sorted({client.client_id for client in clients.values() if client.client_id})
    subs = {label or "": _read_sub(client, label) for label, client in clients.items()}
    return {"application": applications[0] if len(applications) == 1 else None, "accounts": subs}


def _read_sub(client: Client, label: str | None) -> str:
    try:
        return str(client.user_info()["sub"])
    except CronofyError as error:
        if label is not None:
            error.args = (f"account {label}: {error}",)
        raise


def require_same_accounts(made_for: Mapping[str, Any] | None, current: Mapping[str, Any], document: str) -> None:
    """Refuse a plan or a journal that was made for another application or other accounts.

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
    for label, sub in made_for["accounts"].items():
        name = f"account {label}" if label else "the account"
        if label not in current["accounts"]:
            raise FrameError(
                f"this {document} writes to {name}, for which client= has no client; nothing was sent. Give the same "
                "client= as when it was made: one client, or a mapping with the same labels."
            )
        if current["accounts"][label] != sub:
            raise FrameError(
                f"this {document} was made for {name} {sub}, and the client belongs to {current['accounts'][label]}; "
                "nothing was sent. Connect as that account, or plan again with this client."
            )
