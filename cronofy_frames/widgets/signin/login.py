"""Sign in: `login`, and `authorize` for what a person allows later; a widget in a notebook, text in a shell."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping

from cronofy_frames.signin import (
    Consent,
    Flow,
    Place,
    SignIn,
    View,
    Wanted,
    ask_missing,
    consent,
    errand,
    here,
    run,
    wanted,
)
from cronofy_frames.wire.auth import TokenStore


def login(
    client_id: str | None = None,
    client_secret: str | None = None,
    *,
    data_center: str | None = None,
    scope: Iterable[str] | str | None = None,
    redirect_uri: str | None = None,
    flow: Flow = "auto",
    store: TokenStore | str | None = None,
    timeout: float = 300,
    account: str | None = None,
    provider_name: str | None = None,
    avoid_linking: bool | None = None,
    link_token: str | None = None,
    delegated_scope: Iterable[str] | str | None = None,
    enterprise_connect: bool | None = None,
    environment: Mapping[str, str] | None = None,
) -> SignIn:
    """Have a person sign in with Cronofy in their browser, and keep the tokens for `connect`.

    In a notebook this shows a widget and returns at once; its `client` is there when the person has approved, and
    `cf.login().result()` waits for it. In a shell the same is said in text, and this returns when it is over. What is
    not given is looked up in the environment: CRONOFY_CLIENT_ID, CRONOFY_CLIENT_SECRET, CRONOFY_DATA_CENTER,
    CRONOFY_REDIRECT_URI, and CRONOFY_API_URL and CRONOFY_APP_URL for other hosts. What is missing is asked for.

    Source: docs.cronofy.com/developers/api/authorization/request-authorization and /request-token, and
    /developers/api/enterprise-connect/request-authorization.

    Parameters
    ----------
    client_id, client_secret
        The application. A secret that was typed or given here rests with the tokens, which cannot be renewed without
        it; one from the environment is left there.
    data_center
        us, de, uk, au, ca or sg.
    scope
        What the application may do; a list, or a text with spaces. By default read_account, list_calendars,
        read_events, create_event and delete_event.
    redirect_uri
        Where the browser goes after Approve; by default a free port of this machine. Applications in production have
        a list of those allowed: give one of them, such as http://127.0.0.1:8765/.
    flow
        loopback listens on this machine for the browser to come back, paste has the person copy the address at which
        it ended, auto chooses: paste in Colab, on a JupyterHub (but for one with jupyter-server-proxy that knows its
        own address) and over ssh. The paste box is there in each.
    store
        Where the tokens go: file (the default: for your eyes only, in your home), keyring (the operating system's),
        auto (keyring where there is one, else file), memory (nowhere: recommended on shared machines), or a store of
        your own.
    timeout
        Seconds until it is given up.
    account
        Under which name the tokens rest; by default the calendar account's own, often a mail address.
    provider_name
        Goes straight to one provider: google, office365, exchange, apple ...
    avoid_linking
        True keeps calendar accounts apart that one person connects one after the other.
    link_token
        Links the new calendar account to the account that `Client.link_token` was called for.
    delegated_scope
        For an administrator who connects a whole organisation: what the service account may ask for later, as in
        read_write.
    enterprise_connect
        Whether it is an administrator's page; None says so where delegated_scope is given. False asks a person for
        a delegated_scope of their own, which Cronofy calls Business Connect.
    environment
        Looked up in place of the process's own.

    Returns
    -------
    SignIn
        `client`, `status`, `message`, `url`, `take(address)`, `cancel()` and `result(timeout=None)`.

    Raises
    ------
    ValueError
        For arguments that contradict each other.
    SignInError
        In a shell, when it failed; in a notebook `result` raises it. `.reason` says why.

    Examples
    --------
    In a notebook, one cell for the widget and one that goes on:

    >>> asked = cf.login()  # doctest: +SKIP
    >>> client = asked.result()  # doctest: +SKIP

    Against a served sandbox, where nobody approves:

    >>> from cronofy_frames.sandbox import serve
    >>> with serve(box) as served:
    ...     place = {"CRONOFY_API_URL": served.url, "CRONOFY_APP_URL": served.url}
    ...     known = {"CRONOFY_CLIENT_ID": box.client_id, "CRONOFY_CLIENT_SECRET": box.client_secret}
    ...     asked = cf.login(flow="paste", timeout=0.1, environment={**place, **known})
    Traceback (most recent call last):
    cronofy_frames.errors.SignInError: ...
    """
    asking = wanted(
        client_id,
        client_secret,
        data_center=data_center,
        scope=scope,
        redirect_uri=redirect_uri,
        flow=flow,
        store=store,
        timeout=timeout,
        account=account,
        delegated_scope=delegated_scope,
        enterprise_connect=enterprise_connect,
        environment=environment,
        provider_name=provider_name,
        avoid_linking=avoid_linking,
        link_token=link_token,
    )
    place = here(asking.environment)
    if not place.notebook:
        return _in_shell(consent(ask_missing(asking), place), place, what="Open this page and approve")
    from cronofy_frames.widgets.signin.widget import ConsentWidget  # its library is loaded by those who use it

    def begin(told: Wanted | None, changed: Callable[[View], None]) -> Consent:
        return consent(told or asking, place, changed=changed)

    widget = ConsentWidget(begin, press="Sign in with Cronofy", asking=asking)
    widget.show()
    return widget


def authorize(
    url: str,
    *,
    redirect_uri: str | None = None,
    flow: Flow = "auto",
    timeout: float = 300,
    environment: Mapping[str, str] | None = None,
) -> SignIn:
    """Send a person to a page that the API gave, and wait until they come back from it.

    For `Client.elevated_permissions` (`answer["permissions_request"]["url"]`) and
    `Client.conferencing_service_authorizations` (`answer["authorization_request"]["url"]`). It looks and works like
    `login`.

    Source: docs.cronofy.com/developers/api/authorization/extended-permissions.

    Parameters
    ----------
    url
        The page.
    redirect_uri
        What the API was told: where the page sends people back to. With http://127.0.0.1:PORT/ this waits there;
        without it the person says when they are done. That somebody came back is no proof of what they answered: any
        page that they look at may send them there. `Client.list_calendars` says what is allowed.
    flow
        As for `login`.
    timeout
        Seconds until it is given up.
    environment
        Looked up in place of the process's own.

    Returns
    -------
    SignIn
        Its `client`, and what `result` returns, is what the page sent back: a dict such as
        `{"last_linked_profile_id": "pro_..."}`, often empty.

    Raises
    ------
    ValueError
        For a url that is no address, or arguments that contradict each other.
    SignInError
        In a shell, when it was declined or nobody came back; in a notebook `result` raises it.

    Examples
    --------
    >>> answer = client.elevated_permissions(
    ...     permissions=[{"calendar_id": primary, "permission_level": "unrestricted"}],
    ...     redirect_uri="http://127.0.0.1:8765/",
    ... )
    >>> url = answer["permissions_request"]["url"]
    >>> asked = cf.authorize(url, redirect_uri="http://127.0.0.1:8765/")  # doctest: +SKIP
    >>> asked.result()  # doctest: +SKIP
    {}
    """
    place = here(os.environ if environment is None else environment)

    def begin(_: Wanted | None, changed: Callable[[View], None] | None) -> Consent:
        return errand(url, redirect_uri=redirect_uri, flow=flow, timeout=timeout, place=place, changed=changed)

    if not place.notebook:
        return _in_shell(begin(None, None), place, what="Open this page and answer")
    from cronofy_frames.widgets.signin.widget import ConsentWidget  # its library is loaded by those who use it

    widget = ConsentWidget(begin, press="Open the page", bare=redirect_uri is None)
    widget.show()
    return widget


def _in_shell(asked: Consent, place: Place, *, what: str) -> SignIn:
    run(asked, place, what=what)
    asked.result()
    return asked
