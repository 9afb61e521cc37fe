"""Check of an application: whether its data centre knows it, without the consent of a user."""

from __future__ import annotations

import secrets
from urllib.parse import urlsplit

from cronofy_frames.errors import CronofyError, SignInError, TokenError, TransportError
from cronofy_frames.wire.client import Client
from cronofy_frames.wire.messages import Hosts, data_center_of


def check_application(client: Client) -> CronofyError | None:
    """Check that the client's data centre can be reached and knows its application; return the problem, if any.

    Revoking an authorization that does not exist needs the application and changes nothing (RFC 7009, 2.2).

    Returns
    -------
    CronofyError or None
        A `SignInError` with the reason application or network; another error if the check itself failed; None if
        there is no problem.
    """
    try:
        client.revoke_authorization(token=secrets.token_urlsafe(24))
    except TokenError as refused:
        return unknown_application_error(client.hosts) if refused.error == "invalid_client" else refused
    except TransportError:
        host = urlsplit(client.hosts.api).netloc
        return SignInError("network", f"{host} cannot be reached. Check the network, the proxy and data_center.")
    except CronofyError as other:
        return other
    return None


def unknown_application_error(hosts: Hosts) -> SignInError:
    """Return the error for an application that a data centre does not know."""
    center = data_center_of(hosts.api)
    where = f"The data centre {center}" if center else hosts.api
    return SignInError(
        "application",
        f"{where} knows no application with this client_id and client_secret. {application_fix(hosts)}",
    )


def application_fix(hosts: Hosts) -> str:
    """Return what to do where a data centre does not know the application."""
    center = data_center_of(hosts.api) or "this one"
    return (
        "Copy both again from the application's page at Cronofy. The address of that page names the data centre: "
        "app.cronofy.com is us, app-de.cronofy.com is de, and so on; if it is not "
        f"{center}, give data_center= (or set CRONOFY_DATA_CENTER)."
    )
