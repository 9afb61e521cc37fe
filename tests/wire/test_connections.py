"""Connections of clients: one TLS context for all, and each client's own connections."""

import httpx
import pytest

from cronofy_frames.connecting import connect
from cronofy_frames.errors import CronofyError
from cronofy_frames.sandbox import Sandbox, serve
from cronofy_frames.wire.connections import new_connections, tls_context


def test_all_clients_have_one_tls_context() -> None:
    """It is made once for the same certificates, and again where the environment names others."""
    assert tls_context({}) is tls_context({})
    assert tls_context({"SSL_CERT_DIR": "/elsewhere"}) is not tls_context({})


def test_a_transport_of_the_clients_own_is_used() -> None:
    """Requests go through it, whatever certificates the process has, and the hooks see them."""
    calls: list[str] = []
    transport = httpx.MockTransport(lambda _: httpx.Response(204))
    with new_connections(
        transport, httpx.Timeout(5), lambda _: calls.append("before"), lambda _: calls.append("after")
    ) as connections:
        assert connections.get("https://a.test").status_code == 204
    assert calls == ["before", "after"]


def test_the_proxies_of_the_environment_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    """A client with the shared context still sends through the proxy that the environment names."""
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    with (
        new_connections(None, httpx.Timeout(5), lambda _: None, lambda _: None) as connections,
        pytest.raises(httpx.ConnectError),
    ):
        connections.get("https://a.test")


def test_closing_a_client_leaves_the_others_open(box: Sandbox) -> None:
    """A client that was closed or interrupted ends no request of another."""
    with serve(box) as served:
        first, second = (
            connect(access_token=box.access_token, base_url=served.url, environment={}, pace=None) for _ in range(2)
        )
        with first, second:
            first.user_info()
            second.user_info()
            first.interrupt()
            second.user_info()
            first.close()
            assert second.user_info()["sub"] == "acc_ann"
            with pytest.raises(CronofyError, match="closed"):
                first.user_info()
