"""Sign in: `login`, and `authorize` for permissions granted later; a widget in a notebook, text in a shell."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping

from cronofy_frames.signin import (
    Consent,
    Flow,
    Place,
    SignIn,
    SignInRequest,
    View,
    ask_missing,
    detect_place,
    make_consent,
    redirect_page_consent,
    run,
    sign_in_request,
)
from cronofy_frames.wire.auth import TokenStore
from cronofy_frames.wire.messages import either_spelling


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
    data_centre: str | None = None,
) -> SignIn:
    """Sign a person in to Cronofy in their browser, and store the tokens for `connect`.

    In a notebook this shows a widget and returns at once; its `client` is set when the person has approved, and
    `cf.login().result()` waits for it. In a shell it prints the same as text, and returns when it is over. Arguments
    that are not given come from the environment: CRONOFY_CLIENT_ID, CRONOFY_CLIENT_SECRET, CRONOFY_DATA_CENTER,
    CRONOFY_REDIRECT_URI, and CRONOFY_API_URL and CRONOFY_APP_URL for other hosts. What is missing is asked for.

    Source: docs.cronofy.com/developers/api/authorization/request-authorization and /request-token, and
    /developers/api/enterprise-connect/request-authorization.

    Parameters
    ----------
    client_id, client_secret
        The application. A secret that was typed or passed here is stored with the tokens, which cannot be renewed
        without it; one from the environment is not stored.
    data_center
        us, de, uk, au, ca or sg.
    scope
        The scopes, as a list or a text with spaces. By default read_account, list_calendars, read_events,
        create_event and delete_event.
    redirect_uri
        Where the browser is sent after approval; by default a free port of this machine. Applications in production
        have a list of allowed addresses: pass one of them, such as http://127.0.0.1:8765/.
    flow
        "loopback" listens on this machine for the browser; with "paste" the person copies the address that the browser
        ended at; "auto" chooses: paste in Colab, on a JupyterHub (except one with jupyter-server-proxy that knows its
        own address) and over ssh. The field for pasting is there in each case.
    store
        Where to store the tokens: "file" (the default: in your home folder, readable only by you), "keyring" (of the
        operating system), "auto" (keyring if there is one, else file), "memory" (not stored: recommended on shared
        machines), or a store object.
    timeout
        Seconds until the attempt ends.
    account
        The name to store the tokens under; by default that of the calendar account, often a mail address.
    provider_name
        Skips the choice of provider: google, office365, exchange, apple ...
    avoid_linking
        True does not merge calendar accounts that the same person connects one after the other.
    link_token
        Links the new calendar account to the account that `Client.link_token` was called for.
    delegated_scope
        For an administrator who connects a whole organisation: the scopes that the service account may request later,
        as in read_write.
    enterprise_connect
        Whether to open the page for administrators; None does if delegated_scope is given. False requests a
        delegated_scope from a single person, which Cronofy calls Business Connect.
    environment
        Replaces the environment of the process.
    data_centre
        The other spelling of data_center.

    Returns
    -------
    SignIn
        `client`, `status`, `message`, `url`, `take(address)`, `cancel()` and `result(timeout=None)`.

    Raises
    ------
    ValueError
        For arguments that contradict each other.
    SignInError
        In a shell, if it failed; in a notebook `result` raises it. `.reason` is the cause.

    Examples
    --------
    In a notebook, a cell for the widget and one that continues:

    >>> sign_in = cf.login()  # doctest: +SKIP
    >>> client = sign_in.result()  # doctest: +SKIP

    With a served sandbox, where no person approves:

    >>> from cronofy_frames.sandbox import serve
    >>> with serve(box) as served:
    ...     hosts = {"CRONOFY_API_URL": served.url, "CRONOFY_APP_URL": served.url}
    ...     application = {"CRONOFY_CLIENT_ID": box.client_id, "CRONOFY_CLIENT_SECRET": box.client_secret}
    ...     sign_in = cf.login(flow="paste", timeout=0.1, environment={**hosts, **application})
    Traceback (most recent call last):
    cronofy_frames.errors.SignInError: ...
    """
    request = sign_in_request(
        client_id,
        client_secret,
        data_center=either_spelling(data_center, data_centre),
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
    place = detect_place(request.environment)
    if not place.notebook:
        return _run_in_shell(make_consent(ask_missing(request), place), place, instruction="Open this page and approve")
    from cronofy_frames.widgets.signin.widget import ConsentWidget  # only needed in notebooks

    def begin(completed: SignInRequest | None, changed: Callable[[View], None]) -> Consent:
        return make_consent(completed or request, place, changed=changed)

    widget = ConsentWidget(begin, link_text="Sign in with Cronofy", request=request)
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
    """Send a person to a page that the API returned, and wait until they come back from it.

    For `Client.elevated_permissions` (`answer["permissions_request"]["url"]`) and
    `Client.conferencing_service_authorizations` (`answer["authorization_request"]["url"]`). It looks and works like
    `login`.

    Source: docs.cronofy.com/developers/api/authorization/extended-permissions.

    Parameters
    ----------
    url
        The address of the page.
    redirect_uri
        The redirect_uri in the request to the API: where the page sends people back to. With http://127.0.0.1:PORT/
        this waits there; without it the person says when they are done. That the browser came back does not prove the
        answer: any page may send it there. Check with `Client.list_calendars`.
    flow
        As for `login`.
    timeout
        Seconds until the attempt ends.
    environment
        Replaces the environment of the process.

    Returns
    -------
    SignIn
        Its `client`, and the value of `result`, is what the page sent back: a dict such as
        `{"last_linked_profile_id": "pro_..."}`, often empty.

    Raises
    ------
    ValueError
        For a url that is not an address, or arguments that contradict each other.
    SignInError
        In a shell, if the person declined or did not come back; in a notebook `result` raises it.

    Examples
    --------
    >>> answer = client.elevated_permissions(
    ...     permissions=[{"calendar_id": primary, "permission_level": "unrestricted"}],
    ...     redirect_uri="http://127.0.0.1:8765/",
    ... )
    >>> url = answer["permissions_request"]["url"]
    >>> sign_in = cf.authorize(url, redirect_uri="http://127.0.0.1:8765/")  # doctest: +SKIP
    >>> sign_in.result()  # doctest: +SKIP
    {}
    """
    place = detect_place(os.environ if environment is None else environment)

    def begin(_: SignInRequest | None, changed: Callable[[View], None] | None) -> Consent:
        return redirect_page_consent(
            url, redirect_uri=redirect_uri, flow=flow, timeout=timeout, place=place, changed=changed
        )

    if not place.notebook:
        return _run_in_shell(begin(None, None), place, instruction="Open this page and answer")
    from cronofy_frames.widgets.signin.widget import ConsentWidget  # only needed in notebooks

    widget = ConsentWidget(begin, link_text="Open the page", has_nothing_to_paste=redirect_uri is None)
    widget.show()
    return widget


def _run_in_shell(consent: Consent, place: Place, *, instruction: str) -> SignIn:
    """Run a sign-in in a shell, and return it when it has succeeded."""
    run(consent, place, instruction=instruction)
    consent.result()
    return consent
