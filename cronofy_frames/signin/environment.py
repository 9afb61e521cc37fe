"""Environment of a sign-in: notebook or shell, local or hosted, and how the browser's response can return."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any, Literal
from urllib.parse import urlsplit

Flow = Literal["auto", "loopback", "paste"]

FLOWS = ("auto", "loopback", "paste")
PASTE_REDIRECT_URI = "http://127.0.0.1:8765/"  # nothing has to listen there: the user copies the address bar
LOOPBACK = ("127.0.0.1", "localhost")

# a variable that each of these sets
_HOSTED = {
    "COLAB_RELEASE_TAG": "Google Colab",
    "KAGGLE_KERNEL_RUN_TYPE": "Kaggle",
    "DATABRICKS_RUNTIME_VERSION": "Databricks",
    "DEEPNOTE_PROJECT_ID": "Deepnote",
    "BINDER_SERVICE_HOST": "Binder",
    "JUPYTERHUB_SERVICE_PREFIX": "JupyterHub",
    "CODESPACES": "Codespaces",
    "SSH_CONNECTION": "a shell on another machine",
}


@dataclass(frozen=True, slots=True)
class Place:
    """The environment in which this process runs.

    Attributes
    ----------
    name
        Its name, for messages.
    notebook
        Whether widgets can be shown.
    near
        Whether the user's browser runs on the same machine, as far as is known.
    proxy
        On a JupyterHub with jupyter-server-proxy, the address of a port of this machine, with `{port}` in it.
    """

    name: str
    notebook: bool
    near: bool
    proxy: str | None = None


@dataclass(frozen=True, slots=True)
class Route:
    """How the response of the authorization page returns.

    Attributes
    ----------
    redirect_uri
        The address to which the page redirects, with `{port}` in it if the port is chosen later.
    port
        The port to listen at, 0 for a free one; None if the user pastes the response.
    path
        The path of the redirect.
    proxied
        Whether the browser reaches the listener through a proxy, and so under another host name.
    """

    redirect_uri: str
    port: int | None = None
    path: str = "/"
    proxied: bool = False


def detect_place(
    environment: Mapping[str, str], *, modules: Mapping[str, Any] | None = None, has_proxy: bool | None = None
) -> Place:
    """Return the environment in which this process runs.

    Parameters
    ----------
    environment
        Environment variables.
    modules
        The loaded modules, among them IPython in the kernel of a notebook; by default those of the process.
    has_proxy
        Whether jupyter-server-proxy is installed; None checks.
    """
    modules = sys.modules if modules is None else modules
    notebook = _in_kernel(modules)
    name = next((service for variable, service in _HOSTED.items() if environment.get(variable)), None)
    if name is None and "google.colab" in modules:
        name = "Google Colab"
    if name is None:
        return Place("a notebook on this machine" if notebook else "a shell on this machine", notebook, near=True)
    return Place(name, notebook, near=False, proxy=_proxy_address(environment, has_proxy))


def _in_kernel(modules: Mapping[str, Any]) -> bool:
    """Return whether this is the kernel of a notebook; IPython in a terminal has no kernel."""
    ipython = modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None and hasattr(ipython, "get_ipython") else None
    return hasattr(shell, "kernel")


def _proxy_address(environment: Mapping[str, str], has_proxy: bool | None) -> str | None:
    # jupyterhub.readthedocs.io, "Environment variables": set where the hub knows its own address
    public, prefix = environment.get("JUPYTERHUB_PUBLIC_URL"), environment.get("JUPYTERHUB_SERVICE_PREFIX")
    installed = find_spec("jupyter_server_proxy") is not None if has_proxy is None else has_proxy
    return f"{public.rstrip('/')}/proxy/{{port}}/" if public and prefix and installed else None


def page_fails_clause(redirect_uri: str) -> str:
    """Return the clause, with a comma, that the page of a redirect cannot be opened; "" for an address elsewhere.

    It is for an address at which nothing listens, which the caller knows.
    """
    is_loopback = urlsplit(redirect_uri).hostname in LOOPBACK
    return ", and shows that the page cannot be opened: this is expected" if is_loopback else ""


def choose_route(flow: Flow, redirect_uri: str | None, place: Place) -> Route:
    """Return how the response returns: to a listener if the browser can reach one, else pasted by the user.

    Raises
    ------
    ValueError
        For an unknown flow, a redirect_uri that is not an address, or flow "loopback" with a redirect_uri at which
        this machine cannot listen.
    """
    if flow not in FLOWS:
        raise ValueError(f"flow is one of {', '.join(FLOWS)}; not {flow!r}.")
    listener_route = None
    if redirect_uri is not None:
        listener_route = _route_to_listener(redirect_uri)
    elif place.near or (flow == "loopback" and place.proxy is None):
        listener_route = Route("http://127.0.0.1:{port}/", 0)
    elif place.proxy is not None:
        listener_route = Route(place.proxy, 0, proxied=True)
    if flow == "loopback" and listener_route is None:
        raise ValueError(
            f"This machine cannot listen at {redirect_uri}: that needs http://127.0.0.1:PORT/. Give such a "
            "redirect_uri, or flow='paste'."
        )
    is_reachable = listener_route is not None and (place.near or listener_route.proxied)
    if listener_route is not None and (flow == "loopback" or (flow == "auto" and is_reachable)):
        return listener_route
    return Route(redirect_uri or PASTE_REDIRECT_URI)


def _route_to_listener(redirect_uri: str) -> Route | None:
    """Return the route to a listener at a redirect address; None if this machine cannot listen there.

    Raises
    ------
    ValueError
        It is not an address.
    """
    try:
        parts = urlsplit(redirect_uri)
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.fragment or port == 0:
        raise ValueError(
            f"redirect_uri is an address such as {PASTE_REDIRECT_URI}, without a fragment; not {redirect_uri!r}."
        )
    proxy_path = re.search(r"/proxy/(\d{2,5})(/.*)?$", parts.path)
    if proxy_path is not None:
        return Route(redirect_uri, int(proxy_path[1]), proxy_path[2] or "/", proxied=True)
    if parts.scheme == "http" and parts.hostname in LOOPBACK:
        return Route(redirect_uri, port or 80, parts.path or "/")
    return None
