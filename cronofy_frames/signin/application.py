"""Whether a data centre knows an application, found out without a person."""

from __future__ import annotations

import secrets
from urllib.parse import urlsplit

from cronofy_frames.errors import CronofyError, SignInError, TokenError, TransportError
from cronofy_frames.wire.client import Client
from cronofy_frames.wire.messages import Hosts, data_center_of


def refusal(asker: Client) -> CronofyError | None:
    """Ask whether the client's data centre can be reached and knows its application; return what speaks against it.

    Ending an authorization that does not exist needs the application and changes nothing (RFC 7009, 2.2).

    Returns
    -------
    CronofyError or None
        A `SignInError` with the reason application or network; another error where it could not be found out; None
        where nothing speaks against it.
    """
    try:
        asker.revoke_authorization(token=secrets.token_urlsafe(24))
    except TokenError as refused:
        return unknown_application(asker.hosts) if refused.error == "invalid_client" else refused
    except TransportError:
        host = urlsplit(asker.hosts.api).netloc
        return SignInError("network", f"{host} cannot be reached. Check the network, the proxy and data_center.")
    except CronofyError as other:
        return other
    return None


def unknown_application(hosts: Hosts) -> SignInError:
    """Return the error for an application that a data centre does not know."""
    center = data_center_of(hosts.api)
    where = f"The data centre {center}" if center else hosts.api
    return SignInError(
        "application",
        f"{where} knows no application with this client_id and client_secret. Copy both again from the application's "
        "page at Cronofy. The address of that page names the data centre: app.cronofy.com is us, app-de.cronofy.com "
        f"is de, and so on; if it is not {center or 'this one'}, give data_center= (or set CRONOFY_DATA_CENTER).",
    )
