"""Where this runs, and by which way an answer can come back from the person's browser."""

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
PASTED = "http://127.0.0.1:8765/"  # nothing need listen there: its address bar is what is wanted
LOOPBACK = ("127.0.0.1", "localhost")

# what each puts into the environment of what runs in it
_ELSEWHERE = {
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
    """Where this runs.

    Attributes
    ----------
    name
        In words.
    notebook
        Whether widgets can be shown.
    near
        Whether the person's browser runs on the same machine, as far as can be told.
    proxy
        On a JupyterHub with jupyter-server-proxy, the address under which a port of this machine is reached, with
        `{port}` in it.
    """

    name: str
    notebook: bool
    near: bool
    proxy: str | None = None


@dataclass(frozen=True, slots=True)
class Route:
    """How an answer comes back.

    Attributes
    ----------
    redirect_uri
        Where the authorization page sends the browser, with `{port}` in it where the port is found later.
    port
        Where to listen, 0 for a free one; None where nothing can listen.
    path
        What the listener is asked for.
    proxied
        Whether the browser reaches it through a proxy, and so under another name.
    """

    redirect_uri: str
    port: int | None = None
    path: str = "/"
    proxied: bool = False


def here(
    environment: Mapping[str, str], *, modules: Mapping[str, Any] | None = None, proxied: bool | None = None
) -> Place:
    """Return where this runs.

    Parameters
    ----------
    environment
        The process's variables.
    modules
        What is loaded; a notebook's kernel has loaded IPython. By default this process's own.
    proxied
        Whether jupyter-server-proxy is installed; None looks.
    """
    modules = sys.modules if modules is None else modules
    notebook = _in_kernel(modules)
    name = next((words for variable, words in _ELSEWHERE.items() if environment.get(variable)), None)
    if name is None and "google.colab" in modules:
        name = "Google Colab"
    if name is None:
        return Place("a notebook on this machine" if notebook else "a shell on this machine", notebook, near=True)
    return Place(name, notebook, near=False, proxy=_proxy(environment, proxied))


def _in_kernel(modules: Mapping[str, Any]) -> bool:
    """Return whether this is a notebook's kernel; IPython in a terminal has no kernel."""
    ipython = modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None and hasattr(ipython, "get_ipython") else None
    return hasattr(shell, "kernel")


def _proxy(environment: Mapping[str, str], proxied: bool | None) -> str | None:
    # jupyterhub.readthedocs.io, "Environment variables": set where the hub knows its own address
    public, prefix = environment.get("JUPYTERHUB_PUBLIC_URL"), environment.get("JUPYTERHUB_SERVICE_PREFIX")
    there = find_spec("jupyter_server_proxy") is not None if proxied is None else proxied
    return f"{public.rstrip('/')}/proxy/{{port}}/" if public and prefix and there else None


def unreachable(redirect_uri: str) -> str:
    """Return what is to be said of an address at which nothing listens; nothing, where somebody else may."""
    alone = urlsplit(redirect_uri).hostname in LOOPBACK
    return ", which cannot be opened: that is as it should be" if alone else ""


def route(flow: Flow, redirect_uri: str | None, place: Place) -> Route:
    """Return how an answer comes back: to a listener where the browser can reach one, else pasted by hand.

    Raises
    ------
    ValueError
        For an unknown flow, a redirect_uri that is no address, and one at which nothing here can listen where that is
        asked for.
    """
    if flow not in FLOWS:
        raise ValueError(f"flow is one of {', '.join(FLOWS)}; not {flow!r}.")
    listening = None
    if redirect_uri is not None:
        listening = _listening(redirect_uri)
    elif place.near or (flow == "loopback" and place.proxy is None):
        listening = Route("http://127.0.0.1:{port}/", 0)
    elif place.proxy is not None:
        listening = Route(place.proxy, 0, proxied=True)
    if flow == "loopback" and listening is None:
        raise ValueError(
            f"Nothing on this machine can listen at {redirect_uri}: that takes http://127.0.0.1:PORT/. Give such a "
            "redirect_uri, or flow='paste'."
        )
    reached = listening is not None and (place.near or listening.proxied)
    if listening is not None and (flow == "loopback" or (flow == "auto" and reached)):
        return listening
    return Route(redirect_uri or PASTED)


def _listening(redirect_uri: str) -> Route | None:
    """Return where to listen for a given address; None where nothing here can."""
    try:
        parts = urlsplit(redirect_uri)
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.fragment or port == 0:
        raise ValueError(f"redirect_uri is an address such as {PASTED}, without a fragment; not {redirect_uri!r}.")
    behind = re.search(r"/proxy/(\d{2,5})(/.*)?$", parts.path)
    if behind is not None:
        return Route(redirect_uri, int(behind[1]), behind[2] or "/", proxied=True)
    if parts.scheme == "http" and parts.hostname in LOOPBACK:
        return Route(redirect_uri, port or 80, parts.path or "/")
    return None
