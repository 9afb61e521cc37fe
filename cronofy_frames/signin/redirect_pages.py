"""Consent pages other than OAuth login (elevated permissions, conferencing); they redirect back without a code."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from cronofy_frames.signin.answers import read_parameters
from cronofy_frames.signin.attempt import Attempt, View
from cronofy_frames.signin.consent import Consent, RunningAttempt
from cronofy_frames.signin.environment import FLOWS, Flow, Place, Route, choose_route
from cronofy_frames.signin.login import check_timeout


def redirect_page_consent(
    url: str,
    *,
    redirect_uri: str | None,
    flow: Flow,
    timeout: float,
    place: Place,
    changed: Callable[[View], None] | None = None,
) -> Consent:
    """Return the consent for a page of the API, not started yet.

    Raises
    ------
    ValueError
        For a url that is not an address, an unknown flow, a loopback without a redirect_uri, or an invalid timeout.
    """
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise ValueError(
            f"url is the address in the response of the API, as in response['permissions_request']['url']; not {url!r}."
        )
    check_timeout(timeout)
    if redirect_uri is None and flow == "loopback":
        raise ValueError("flow='loopback' needs the redirect_uri that was sent to the API: give it here too.")
    if flow not in FLOWS:
        raise ValueError(f"flow is one of {', '.join(FLOWS)}; not {flow!r}.")
    route = Route("") if redirect_uri is None else choose_route(flow, redirect_uri, place)
    fallback = Route(redirect_uri) if flow == "auto" and redirect_uri is not None else None

    def attempt(_: str) -> Attempt:
        return Attempt(
            url,
            read=lambda response: read_parameters(response, redirect_uri=redirect_uri),
            finish=_finish,
            timeout=timeout,
            timeout_message=f"No response within {timeout:g} seconds. Ask the API for a new address and try again.",
        )

    return Consent(lambda: RunningAttempt(attempt, route, accept_empty=True, fallback=fallback), changed=changed)


def _finish(parameters: dict[str, str]) -> tuple[dict[str, Any], str]:
    return dict(parameters), "Done. The permission is in effect from now on."
