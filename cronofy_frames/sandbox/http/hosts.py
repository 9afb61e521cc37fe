"""Host and Origin headers that the served sandbox accepts, so that no page in a browser can use it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from email.message import Message
from ipaddress import IPv4Address, IPv6Address, ip_address

from cronofy_frames.sandbox.http.fields import ErrorResponse

_AUTHORITY = re.compile(r"(?:\[(?P<ipv6>[0-9a-f:.]+)\]|(?P<name>[a-z0-9._-]+?)\.?)(?::[0-9]{0,5})?", re.IGNORECASE)
_ORIGIN = re.compile(r"https?://(?P<authority>[^/?#]+)", re.IGNORECASE)

_UNKNOWN_HOST = (
    "This sandbox answers to localhost, addresses of this machine and the names that it was served with, and the Host "
    "header has another. Serve it with that name: --allow-host NAME, or serve(..., allowed_hosts=[NAME]).\n"
)
_UNKNOWN_ORIGIN = (
    "The Origin header names a page that does not come from this machine. If the page is yours, serve the sandbox with "
    "its host: --allow-host NAME, or serve(..., allowed_hosts=[NAME]).\n"
)


class HostPolicy:
    """Decides which requests may be answered by their Host and Origin headers.

    A page of another site reaches a server on loopback when the site's own name is made to resolve to 127.0.0.1 (DNS
    rebinding); the browser then lets it read the responses. Such a request names the site in Host. So Host must be
    localhost, a loopback address, the host that the server listens on, or a name that was allowed; a server that
    listens on all addresses accepts any address, which no site can take as its name. An Origin header, which browsers
    add to forms and scripts, must name such a host as well. Ports do not matter: they may be forwarded.

    Parameters
    ----------
    host
        The address or name to listen on.
    allowed_hosts
        More names and addresses.
    """

    def __init__(self, host: str, allowed_hosts: Iterable[str] = ()) -> None:
        if isinstance(allowed_hosts, str):
            raise TypeError("allowed_hosts is a list of names, such as ['mybox.lan'].")
        names = [host if ":" not in host else f"[{host}]", *allowed_hosts]
        unusable = [name for name in names if host_name(name) is None]
        if unusable:
            raise ValueError(f"{unusable[0]!r} is not a host: give a name or an address, such as mybox.lan or [::1].")
        self._names = {host_name(name) for name in names if not _is_unspecified(host_name(name))}
        self._any_address = _is_unspecified(host_name(names[0]))

    def check(self, headers: Message, target_host: str | None) -> None:
        """Refuse a request whose Host or Origin is not accepted.

        Parameters
        ----------
        headers
            The headers of the request.
        target_host
            The host of the request's target if that is a whole URL: it takes the place of Host.
        """
        hosts = [str(value) for value in headers.get_all("Host", [])]
        if len(hosts) > 1:
            raise ErrorResponse(400, text="A request has one Host header.\n")
        if not all(map(self.is_allowed, [*hosts, *([] if target_host is None else [target_host])])):
            raise ErrorResponse(421, text=_UNKNOWN_HOST)
        for origin in headers.get_all("Origin", []):
            match = _ORIGIN.fullmatch(str(origin).strip())
            if match is None or not self.is_allowed(match["authority"]):
                raise ErrorResponse(403, text=_UNKNOWN_ORIGIN)

    def is_allowed(self, authority: str) -> bool:
        """Return whether a host with or without a port is accepted."""
        name = host_name(authority)
        if name is None:
            return False
        address = _address(name)
        is_own = address is not None and (address.is_loopback or (self._any_address and not address.is_unspecified))
        return name == "localhost" or is_own or name in self._names


def host_name(authority: str) -> str | None:
    """Return the host of `host:port` in lower case, or None for a text that is none.

    Examples
    --------
    >>> host_name("LocalHost.:8080"), host_name("[::1]:80"), host_name("a@b")
    ('localhost', '::1', None)
    """
    match = _AUTHORITY.fullmatch(authority.strip(" \t"))
    return None if match is None else (match["ipv6"] or match["name"]).lower()


def _address(name: str | None) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(name or "")
    except ValueError:
        return None


def _is_unspecified(name: str | None) -> bool:
    address = _address(name)
    return address is not None and address.is_unspecified
