"""Host and Origin headers that the served sandbox accepts."""

from __future__ import annotations

from email.message import Message

import pytest

from cronofy_frames.sandbox.http.fields import ErrorResponse
from cronofy_frames.sandbox.http.hosts import HostPolicy

LOOPBACK = ["localhost", "LOCALHOST:80", "localhost.:8080", "127.0.0.1", "127.8.9.10:5000", "[::1]", "[::1]:5000"]
FOREIGN = [
    "",
    "evil.test",
    "evil.test:80",
    "localhost.evil.test",
    "evil-localhost",
    "127.0.0.1.evil.test",
    "127.1",
    "2130706433",
    "0x7f000001",
    "0.0.0.0",
    "[::]",
    "10.0.0.5",
    "[2001:db8::1]",
    "user@localhost",
    "localhost@evil.test",
    "localhost, evil.test",
    "localhost evil.test",
    "localhost:80:80",
    "localhost/",
    "::1",
    "\xff",
]


def refusal(policy: HostPolicy, host: str | None = "localhost", *origins: str, target: str | None = None) -> int | None:
    """Return the status with which a request is refused, or None."""
    headers = Message()
    if host is not None:
        headers["Host"] = host
    for origin in origins:
        headers["Origin"] = origin
    try:
        policy.check(headers, target)
    except ErrorResponse as error:
        return error.status if error.text else None
    return None


@pytest.mark.parametrize("host", LOOPBACK)
def test_names_of_loopback_are_accepted_at_any_port(host: str) -> None:
    """No site can have one of them, and a port may have been forwarded."""
    assert refusal(HostPolicy("127.0.0.1"), host) is None
    assert refusal(HostPolicy("127.0.0.1"), host, f"http://{host}") is None
    assert refusal(HostPolicy("127.0.0.1"), host, f"https://{host}") is None


@pytest.mark.parametrize("host", FOREIGN)
def test_other_hosts_are_misdirected_and_their_pages_forbidden(host: str) -> None:
    """The Host of a request is 421, in the target as well, and the Origin of a page 403."""
    policy = HostPolicy("127.0.0.1")
    assert refusal(policy, host) == 421
    assert refusal(policy, "localhost", target=host) == 421
    assert refusal(policy, "localhost", f"http://{host}") == 403


@pytest.mark.parametrize("origin", ["null", "", "file://", "localhost", "ftp://localhost", "http://localhost/x"])
def test_origins_that_are_no_web_page_of_a_host_are_forbidden(origin: str) -> None:
    """`null` is what sandboxed frames and local files send."""
    assert refusal(HostPolicy("127.0.0.1"), "localhost", origin) == 403
    assert refusal(HostPolicy("127.0.0.1"), "localhost", "http://localhost", origin) == 403


def test_names_that_the_server_was_given_are_accepted() -> None:
    """The host to listen on and the allowed ones, with or without a port, in any case."""
    policy = HostPolicy("192.0.2.7", ["Mybox.LAN:8080", "[2001:db8::1]"])
    for host in ("192.0.2.7:5000", "mybox.lan", "MYBOX.lan:9", "[2001:DB8::1]:5000", "localhost"):
        assert refusal(policy, host, f"http://{host}") is None
    assert refusal(policy, "other.lan") == 421
    assert refusal(policy, "192.0.2.8") == 421


@pytest.mark.parametrize("wildcard", ["0.0.0.0", "::"])
def test_a_server_on_all_addresses_accepts_every_address_and_no_name(wildcard: str) -> None:
    """An address cannot be made to resolve to another machine; a name can."""
    policy = HostPolicy(wildcard)
    assert refusal(policy, "192.0.2.7:5000") is None
    assert refusal(policy, "[2001:db8::1]") is None
    assert refusal(policy, "0.0.0.0") == 421
    assert refusal(policy, "evil.test") == 421


def test_two_hosts_are_refused_and_none_is_not() -> None:
    """HTTP/1.0 has no Host; a browser always sends one."""
    headers = Message()
    headers["Host"] = "localhost"
    headers["Host"] = "localhost"
    with pytest.raises(ErrorResponse) as caught:
        HostPolicy("127.0.0.1").check(headers, None)
    assert caught.value.status == 400
    assert refusal(HostPolicy("127.0.0.1"), None) is None


def test_what_is_no_host_cannot_be_allowed() -> None:
    """A URL or a single text is an error, and not a name that never matches."""
    with pytest.raises(ValueError, match=r"'http://mybox\.lan' is not a host: give a name"):
        HostPolicy("127.0.0.1", ["http://mybox.lan"])
    with pytest.raises(TypeError, match="list of names"):
        HostPolicy("127.0.0.1", "mybox.lan")
