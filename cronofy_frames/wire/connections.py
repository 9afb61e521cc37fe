"""HTTP connection pools and TLS contexts, which all clients of the process share.

So a further account needs neither a TLS context, which takes some tens of milliseconds and most of a megabyte, nor
connections of its own, which take several round trips each. Cookies are not shared.
"""

from __future__ import annotations

import os
import ssl
import threading
import urllib.request
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple
from weakref import WeakValueDictionary, finalize

import httpx

from cronofy_frames.errors import CronofyError
from cronofy_frames.wire.sockets import HoldingBackend, release_sockets

_CERTIFICATES = ("SSL_CERT_FILE", "SSL_CERT_DIR")  # the environment variables that httpx reads
# more than a read has threads, so that requests wait for the rate limit and not for a connection
_LIMITS = httpx.Limits(max_connections=None, max_keepalive_connections=64)

_SCHEMES = ("http", "https", "all")

Certificates = tuple[str | None, ...]


class UnusableProxyError(CronofyError):
    """The proxy of the environment cannot be used.

    Attributes
    ----------
    lacks_package
        Whether the package for SOCKS proxies is missing.
    """

    def __init__(self, *, lacks_package: bool) -> None:
        super().__init__(
            "a SOCKS proxy needs a further package: pip install 'httpx[socks]'."
            if lacks_package
            else "the proxy of the environment cannot be used: correct HTTPS_PROXY, HTTP_PROXY and ALL_PROXY."
        )
        self.lacks_package = lacks_package


class ConnectionKey(NamedTuple):
    """Key of a connection pool.

    Attributes
    ----------
    process
        The id of the process: the parent and the child of a fork would read each other's responses.
    certificates
        The values of the environment variables for certificates.
    proxy
        The URL of the proxy; None is none.
    """

    process: int
    certificates: Certificates
    proxy: str | None


class Connections:
    """Connection pool for a key, which is closed when no client uses it any more."""

    def __init__(self, key: ConnectionKey, context: ssl.SSLContext) -> None:
        try:
            self._transport = httpx.HTTPTransport(verify=context, proxy=key.proxy, limits=_LIMITS)
        except (ValueError, httpx.InvalidURL, ImportError) as error:
            # the message of the cause quotes the URL, which may have a password
            raise UnusableProxyError(lacks_package=isinstance(error, ImportError)) from None
        pool = self._transport._pool  # noqa: SLF001 - httpx has no argument for the network of its connections
        pool._network_backend = HoldingBackend(pool._network_backend)  # type: ignore[assignment] # noqa: SLF001
        # not at exit: a forked process has a copy of these objects, maybe with a lock that stays locked
        finalize(self, _close, self._transport, key.process).atexit = False

    def send(self, request: httpx.Request) -> httpx.Response:
        """Send a request, and return the response with its body unread."""
        response = self._transport.handle_request(request)
        assert isinstance(response.stream, httpx.SyncByteStream)
        response.stream = _ReleasingStream(response.stream)
        return response


def _close(transport: httpx.HTTPTransport, process: int) -> None:
    if process == os.getpid():
        transport.close()


class _ReleasingStream(httpx.SyncByteStream):
    """Body of a response, which releases its socket before another call can use the connection."""

    def __init__(self, stream: httpx.SyncByteStream) -> None:
        self._stream = stream

    def __iter__(self) -> Iterator[bytes]:
        yield from self._stream

    def close(self) -> None:
        """Return the connection to the pool."""
        release_sockets()
        self._stream.close()


class ConnectionPools:
    """TLS contexts, and connection pools as long as a client uses them."""

    def __init__(self) -> None:
        self._contexts: dict[Certificates, ssl.SSLContext] = {}
        self._connections: WeakValueDictionary[ConnectionKey, Connections] = WeakValueDictionary()
        self._lock = threading.Lock()
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self._renew_lock)

    def _renew_lock(self) -> None:
        self._lock = threading.Lock()  # another thread of the parent may have held it

    def context(self, certificates: Certificates) -> ssl.SSLContext:
        """Return the TLS context for certificates, which are those of the environment when it is made."""
        context = self._contexts.get(certificates)
        if context is None:
            context = self._contexts.setdefault(certificates, httpx.create_ssl_context())
        return context

    def connections(self, key: ConnectionKey) -> Connections:
        """Return the connection pool for a key."""
        context = self.context(key.certificates)
        with self._lock:
            connections = self._connections.get(key) or Connections(key, context)
            self._connections[key] = connections
            return connections


_pools = ConnectionPools()


def _certificates() -> Certificates:
    return tuple(os.environ.get(name) for name in _CERTIFICATES)


class SharedTransport(httpx.BaseTransport):
    """HTTP transport of one client over shared connections, through the proxies of the environment."""

    def __init__(self, pools: ConnectionPools = _pools) -> None:
        self._pools = pools
        self._certificates = _certificates()
        self._proxies: dict[tuple[str, bytes], str | None] = {}
        self._used: dict[ConnectionKey, Connections] = {}
        for proxy in environment_proxies().values() or [None]:
            self._connections(proxy)  # an unusable proxy is an error here, not at the first request

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request, and return the response."""
        return self._connections(self._proxy(request.url)).send(request)

    def _connections(self, proxy: str | None) -> Connections:
        key = ConnectionKey(os.getpid(), self._certificates, proxy)
        connections = self._used.get(key)
        if connections is None:
            connections = self._used[key] = self._pools.connections(key)
        return connections

    def close(self) -> None:
        """Stop using the connections; they stay open for other clients."""
        self._used = {}

    def _proxy(self, url: httpx.URL) -> str | None:
        key = (url.scheme, url.netloc)
        if key not in self._proxies:
            self._proxies[key] = proxy_for(url)
        return self._proxies[key]


def environment_proxies() -> dict[str, str]:
    """Return the URLs of the proxies of the environment or the system, by `http`, `https` and `all`."""
    proxies = {scheme: address for scheme, address in urllib.request.getproxies().items() if scheme in _SCHEMES}
    return {scheme: address if "://" in address else f"http://{address}" for scheme, address in proxies.items()}


def proxy_for(url: httpx.URL) -> str | None:
    """Return the URL of the proxy for a URL; None for none."""
    proxies = environment_proxies()
    hosts = (url.host, url.netloc.decode("ascii"))  # an entry of NO_PROXY may include the port
    is_excluded = any(urllib.request.proxy_bypass(host) for host in hosts)
    return None if is_excluded else proxies.get(url.scheme) or proxies.get("all")


def new_connections(
    transport: httpx.BaseTransport | None,
    timeout: httpx.Timeout,
    before: Callable[[httpx.Request], None],
    after: Callable[[httpx.Response], None],
) -> httpx.Client:
    """Return the HTTP client of a `Client`.

    Parameters
    ----------
    transport
        The transport; None is the network over the shared connections.
    timeout
        The longest waits for a connection and for each part of a response.
    before, after
        Called with each request and each response.
    """
    hooks: dict[str, list[Callable[..., object]]] = {"request": [before], "response": [after]}
    return _HttpClient(transport=transport or SharedTransport(), timeout=timeout, event_hooks=hooks)


class _Cookies(httpx.Cookies):
    """Cookies that skip responses without any, for which httpx would take a tenth of the time of a request."""

    def extract_cookies(self, response: httpx.Response) -> None:
        """Add the cookies that a response sets."""
        if "Set-Cookie" in response.headers:
            super().extract_cookies(response)


class _HttpClient(httpx.Client):
    """The client of httpx, with faster cookies."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._own_cookies = _Cookies()

    @property
    def cookies(self) -> httpx.Cookies:
        """The cookies that responses have set."""
        return self._own_cookies

    @cookies.setter
    def cookies(self, cookies: Any) -> None:
        self._own_cookies = _Cookies(cookies)
