"""HTTP connections of a client, with one TLS context for all clients of the process.

To read the certificates of the system takes some tens of milliseconds and most of a megabyte, and does not depend on
the account. The connections themselves are those of one client: its deadline and Ctrl-C end them, and no others.
"""

from __future__ import annotations

import os
import ssl
import threading
from collections.abc import Callable, Mapping

import httpx

_VARIABLES = ("SSL_CERT_FILE", "SSL_CERT_DIR")  # what httpx looks for certificates in

_contexts: dict[tuple[str | None, ...], ssl.SSLContext] = {}
_lock = threading.Lock()


def tls_context(environment: Mapping[str, str] | None = None) -> ssl.SSLContext:
    """Return the TLS context of all clients whose environment names the same certificates."""
    variables = os.environ if environment is None else environment
    key = tuple(variables.get(name) for name in _VARIABLES)
    context = _contexts.get(key)
    if context is not None:
        return context
    with _lock:
        return _contexts.setdefault(key, httpx.create_ssl_context())


def new_connections(
    transport: httpx.BaseTransport | None,
    timeout: httpx.Timeout,
    before: Callable[[httpx.Request], None],
    after: Callable[[httpx.Response], None],
) -> httpx.Client:
    """Return the connections of a client.

    Parameters
    ----------
    transport
        A transport of the client's own, which has its own ways of encryption; None is the network.
    timeout
        The longest waits.
    before, after
        Called with each request and each response.
    """
    # hooks and not a transport: with a transport of ours httpx would leave out the environment's proxies
    hooks: dict[str, list[Callable[..., object]]] = {"request": [before], "response": [after]}
    if transport is not None:
        return httpx.Client(transport=transport, timeout=timeout, event_hooks=hooks)
    return httpx.Client(verify=tls_context(), timeout=timeout, event_hooks=hooks)
