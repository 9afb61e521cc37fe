"""Downloads: the client secret goes to the configured host, and to no host that a redirect leads to."""

from typing import Any

import httpx
import pytest

from cronofy_frames.errors import ApiError, CronofyError, NotFound, TransportError
from cronofy_frames.tokens import MemoryStore
from cronofy_frames.wire.auth import Tokens
from cronofy_frames.wire.client import Client
from cronofy_frames.wire.limits import Limits
from cronofy_frames.wire.messages import Hosts

API, APP = "https://api.cronofy.com", "https://app.cronofy.com"
STORE = "https://store.example.test/agt_1/transcript?sig=x"
RESOURCE = f"{API}/meeting_agents/agt_1/transcript"
REDIRECT = httpx.Response(302, headers={"Location": STORE}, json={"resource": {"download_url": STORE}})


def client_of(*answers: httpx.Response, **own: Any) -> tuple[Client, list[httpx.Request]]:
    """Return a client that gets these responses in turn, and the requests that it sends."""
    requests: list[httpx.Request] = []
    left = list(answers)

    def handle(request: httpx.Request) -> httpx.Response:
        requests.append(request)
        return left.pop(0)

    options = {"store": MemoryStore(Tokens("tok3n")), "client_secret": "s3cret", "sleep": lambda _: None, **own}
    return Client(Hosts(API, APP), transport=httpx.MockTransport(handle), impersonate="acc_1", **options), requests


def secrets_sent(request: httpx.Request) -> str:
    """Return everything of a request that could hold a secret."""
    return f"{request.url} {dict(request.headers)} {request.content!r}"


@pytest.mark.parametrize(
    "redirect",
    [
        REDIRECT,
        httpx.Response(302, headers={"Location": STORE}),
        httpx.Response(307, json={"resource": {"download_url": STORE}}),
    ],
)
def test_the_redirect_is_followed_without_credentials(redirect: httpx.Response) -> None:
    """The first request has the client secret; the second, to the other host, neither that, a token nor an account."""
    client, requests = client_of(redirect, httpx.Response(200, content=b"words"))
    assert client.download_resource(RESOURCE) == b"words"
    assert [request.url.host for request in requests] == ["api.cronofy.com", "store.example.test"]
    assert requests[0].headers["Authorization"] == "Bearer s3cret"
    assert "authorization" not in requests[1].headers
    assert not any(text in secrets_sent(requests[1]) for text in ("s3cret", "tok3n", "acc_1"))


def test_a_redirect_of_the_store_is_not_followed() -> None:
    """A file that redirects again is an error, not another request."""
    client, requests = client_of(REDIRECT, httpx.Response(302, headers={"Location": "https://evil.test/"}))
    with pytest.raises(ApiError, match="302"):
        client.download_resource(RESOURCE)
    assert len(requests) == 2


@pytest.mark.parametrize(
    "url",
    [
        "https://store.example.test/agt_1",
        "http://api.cronofy.com/meeting_agents/agt_1",
        "https://api.cronofy.com.evil.test/agt_1",
        "https://api.cronofy.com@evil.test/agt_1",
        "https://api.cronofy.com:8443/agt_1",
        "//api.cronofy.com/agt_1",
        "agt_1",
        "https://[",
    ],
)
def test_a_resource_elsewhere_gets_no_secret(url: str) -> None:
    """Only an address on the configured hosts is requested at all."""
    client, requests = client_of(REDIRECT)
    with pytest.raises(TransportError, match="no secret was sent"):
        client.download_resource(url)
    assert requests == []


@pytest.mark.parametrize(
    "location", ["ftp://store.example.test/a", "file:///etc/passwd", "https://a:b@store.example.test/"]
)
def test_a_redirect_to_no_web_address_is_refused(location: str) -> None:
    """What is no plain web address is not requested."""
    client, requests = client_of(httpx.Response(302, headers={"Location": location}))
    with pytest.raises(TransportError, match="none of the web"):
        client.download_resource(RESOURCE)
    assert len(requests) == 1


def test_a_resource_may_come_at_once() -> None:
    """A resource that is no redirect is its own content; the app's host is Cronofy's too."""
    client, _ = client_of(httpx.Response(200, content=b"words"), httpx.Response(200, content=b"words"))
    assert client.download_resource(f"{APP}/agents/agt_1") == b"words"
    with pytest.raises(TransportError, match="is no redirect"):
        client.resource_download_url(RESOURCE)


def test_failures_of_downloads_are_those_of_calls() -> None:
    """Errors have their status and are retried as reads are; a redirect to nowhere and a large file are errors."""
    client, requests = client_of(httpx.Response(503), REDIRECT, httpx.Response(404))
    with pytest.raises(NotFound):
        client.download_resource(RESOURCE)
    assert len(requests) == 3
    with pytest.raises(TransportError, match="to no address"):
        client_of(httpx.Response(302))[0].download_resource(RESOURCE)
    with pytest.raises(CronofyError, match="client_secret"):
        client_of(REDIRECT, client_secret=None)[0].download_resource(RESOURCE)
    small = client_of(REDIRECT, httpx.Response(200, content=iter([b"w" * 2000])), limits=Limits(max_body=1000))[0]
    with pytest.raises(TransportError, match="more than 1,000 bytes"):
        small.download_resource(RESOURCE)
