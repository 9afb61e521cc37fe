"""Pages that the API gives for more: elevated permissions, a conferencing service. No code comes back from them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from cronofy_frames.signin.answers import read_parameters
from cronofy_frames.signin.attempt import Attempt, View
from cronofy_frames.signin.consent import Consent, Visit
from cronofy_frames.signin.environment import FLOWS, Flow, Place, Route, route
from cronofy_frames.signin.login import check_timeout


def errand(
    url: str,
    *,
    redirect_uri: str | None,
    flow: Flow,
    timeout: float,
    place: Place,
    changed: Callable[[View], None] | None = None,
) -> Consent:
    """Return what is asked of the person at a page, not started yet.

    Raises
    ------
    ValueError
        For a url that is no address, an unknown flow, a loopback without a redirect_uri, or a timeout that is no time.
    """
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise ValueError("url is the address that the API gave, as in answer['permissions_request']['url'].")
    check_timeout(timeout)
    if redirect_uri is None and flow == "loopback":
        raise ValueError("flow='loopback' takes the redirect_uri that the API was told: give it here too.")
    if flow not in FLOWS:
        raise ValueError(f"flow is one of {', '.join(FLOWS)}; not {flow!r}.")
    way = Route("") if redirect_uri is None else route(flow, redirect_uri, place)
    fall_back = Route(redirect_uri) if flow == "auto" and redirect_uri is not None else None

    def attempt(_: str) -> Attempt:
        return Attempt(
            url,
            read=lambda came: read_parameters(came, redirect_uri=redirect_uri),
            finish=_finished,
            timeout=timeout,
            late=f"Nobody came back within {timeout:g} seconds. Ask the API for a new address and try again.",
        )

    return Consent(lambda: Visit(attempt, way, bare=True, fall_back=fall_back), changed=changed)


def _finished(told: dict[str, str]) -> tuple[dict[str, Any], str]:
    return dict(told), "Done. What was allowed counts from now on."
