"""Connections of the process: shared by all clients, while each call can be ended without the others."""

import gc
import os
import socket
import subprocess
import sys
import threading
import time
import traceback
from concurrent.futures import Future, ThreadPoolExecutor
from http.cookies import SimpleCookie
from typing import Any

import httpx
import pytest

from cronofy_frames.connecting import connect
from cronofy_frames.errors import CronofyError, TransportError
from cronofy_frames.sandbox import Sandbox, serve
from cronofy_frames.wire.client import Client
from cronofy_frames.wire.connections import ConnectionPools, SharedTransport, new_connections, proxy_for
from cronofy_frames.wire.credentials import Tokens
from cronofy_frames.wire.limits import Limits
from cronofy_frames.wire.memory_store import MemoryStore
from cronofy_frames.wire.messages import Hosts
from cronofy_frames.wire.sockets import CallSockets
from tests.scripted_server import OK, ScriptedServer, scripted_server


def test_all_clients_have_one_tls_context() -> None:
    """It is made once for the same certificates, and again where the environment names others."""
    pools = ConnectionPools()
    assert pools.context((None, None)) is pools.context((None, None))
    assert pools.context((None, "/elsewhere")) is not pools.context((None, None))


def test_a_transport_of_the_clients_own_is_used() -> None:
    """Requests go through it, whatever certificates the process has, and the hooks see them."""
    calls: list[str] = []
    transport = httpx.MockTransport(lambda _: httpx.Response(204))
    with new_connections(
        transport, httpx.Timeout(5), lambda _: calls.append("before"), lambda _: calls.append("after")
    ) as connections:
        assert connections.get("https://a.test").status_code == 204
    assert calls == ["before", "after"]


def client_of(
    server: ScriptedServer, token: str = "token", deadline: float = 60, pools: ConnectionPools | None = None
) -> Client:
    """Return a client of a server, without a pace and retries; the pools are by default those of the process."""
    store, limits = MemoryStore(Tokens(token)), Limits(deadline=deadline)
    transport = SharedTransport(pools) if pools else None
    return Client(Hosts(server.url, server.url), store=store, limits=limits, retries=False, transport=transport)


def answer_at_once(_head: bytes, connection: socket.socket) -> None:
    """Answer any request."""
    connection.sendall(OK)


def test_accounts_share_connections() -> None:
    """Fifty accounts, one after the other, need one connection; the last that closes ends it, and no other does."""
    pools = ConnectionPools()  # clients that other tests left open, as widgets do, use those of the process
    with scripted_server(answer_at_once) as server:
        clients = [client_of(server, f"token{n}", pools=pools) for n in range(50)]
        for client in clients:
            client.user_info()
        assert server.opened == 1
        tokens = [head.lower().partition(b"authorization: bearer ")[2].split(b"\r\n")[0] for head in server.requests]
        assert tokens == [b"token%d" % n for n in range(50)]
        for client in clients[1:]:
            client.close()
        clients[0].user_info()
        assert (server.opened, server.closed) == (1, 0)
        clients[0].close()
        assert server.reaches(lambda: server.closed == 1)


def test_threads_of_many_accounts_need_a_connection_each_and_no_more() -> None:
    """Eight threads that read a hundred accounts open at most eight."""
    with scripted_server(answer_at_once) as server:
        clients = [client_of(server) for _ in range(100)]
        with ThreadPoolExecutor(8) as threads:
            subs = [body["sub"] for body in threads.map(Client.user_info, clients)]
        assert subs == ["acc"] * 100
        assert 1 <= server.opened <= 8
        for client in clients:
            client.close()


def test_a_client_that_is_forgotten_holds_no_connection_open() -> None:
    """The one that is left closes the connections."""
    pools = ConnectionPools()
    with scripted_server(answer_at_once) as server:
        forgotten, left = (client_of(server, pools=pools) for _ in range(2))
        forgotten.user_info()
        left.user_info()
        del forgotten
        gc.collect()
        left.close()
        assert server.reaches(lambda: server.closed == 1)


def test_cookies_stay_with_their_client() -> None:
    """What a server sets for one account is not sent for another."""

    def answer(_head: bytes, connection: socket.socket) -> None:
        connection.sendall(OK.replace(b"\r\n", b"\r\nSet-Cookie: session=of-first\r\n", 1))

    with scripted_server(answer) as server, client_of(server) as first, client_of(server) as second:
        for client in (first, second, first):
            client.user_info()
        lines = [head.lower().partition(b"\r\ncookie: ")[2].split(b"\r\n")[0].decode() for head in server.requests]
        assert [SimpleCookie(line).keys() for line in lines] == [set(), set(), {"session"}]


class Held:
    """Answers of a server that come when the test lets them: the requests of tokens that start with `held`."""

    def __init__(self) -> None:
        self.go_on = threading.Event()

    def __call__(self, head: bytes, connection: socket.socket) -> None:
        """Answer at once, or late."""
        if b"Bearer held" in head:
            self.go_on.wait(30)
        connection.sendall(OK)


def start(threads: ThreadPoolExecutor, server: ScriptedServer, client: Client) -> Future[Any]:
    """Send a request in a thread, and return when the server has it."""
    count = len(server.requests)
    future = threads.submit(client.user_info)
    assert server.reaches(lambda: len(server.requests) > count)
    return future


@pytest.mark.parametrize("end", [Client.interrupt, Client.close])
def test_ending_one_client_ends_its_requests_and_no_others(end: Any) -> None:
    """Also on connections that served the other client before."""
    answer = Held()
    with scripted_server(answer) as server, ThreadPoolExecutor(2) as threads:
        ended, other = (client_of(server, f"held{n}") for n in range(2))
        answer.go_on.set()
        for future in [threads.submit(client.user_info) for client in (ended, other)]:
            future.result(30)
        answer.go_on.clear()
        futures = [start(threads, server, client) for client in (ended, other)]
        end(ended)
        with pytest.raises(TransportError):
            futures[0].result(30)
        assert not futures[1].done()
        answer.go_on.set()
        assert futures[1].result(30) == {"sub": "acc"}
        other.close()
        ended.close()


def test_a_deadline_ends_one_request_and_no_other() -> None:
    """A header that trickles in ends at the deadline, on a connection that is used again; another client goes on."""
    trickles, go_on = threading.Event(), threading.Event()

    def answer(head: bytes, connection: socket.socket) -> None:
        if b"/v1/account" in head and trickles.is_set():
            connection.sendall(b"HTTP/1.1 200 OK\r\n")
            while not go_on.is_set():
                connection.sendall(b"X-More: 1\r\n")
                time.sleep(0.02)
        if b"/v1/userinfo" in head and trickles.is_set():
            go_on.wait(30)
        connection.sendall(OK)

    with scripted_server(answer) as server, ThreadPoolExecutor(2) as threads:
        late = client_of(server, deadline=0.5)
        other = client_of(server)
        late.call("GET /v1/account")
        trickles.set()
        waiting = start(threads, server, other)
        with pytest.raises(TransportError, match=r"within 0\.5 s"):
            late.call("GET /v1/account")
        assert not waiting.done()
        go_on.set()
        assert waiting.result(30) == {"sub": "acc"}
        trickles.clear()
        assert late.call("GET /v1/account") == {"sub": "acc"}
        late.close()
        other.close()


def test_a_call_that_is_over_ends_nothing() -> None:
    """What it held is released before another call can get it; what it gets after its end does not work."""
    first, second = socket.socketpair()
    with first, second:
        call = CallSockets()
        call.hold(first)
        call.release()
        call.shut_down()
        first.sendall(b"other")
        assert second.recv(5) == b"other"
        call.hold(first)
        assert second.recv(5) == b""


def test_closing_a_client_leaves_the_others_open(box: Sandbox) -> None:
    """A client that was closed or interrupted ends no request of another, and sends none itself."""
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


FORKING = """
import os, sys
from cronofy_frames.connecting import connect

client = connect(access_token="parent", base_url=sys.argv[1], environment={}, pace=None)
other = connect(access_token="parent", base_url=sys.argv[1], environment={}, pace=None)
client.user_info()
child = os.fork()
if not child:
    client.user_info()
    client.close()
    other.user_info()
    os._exit(0)
code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
client.user_info()
client.close()
other.close()
sys.exit(code)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_a_forked_process_has_connections_of_its_own() -> None:
    """Those of the parent stay open, even where the child closes its client."""
    with scripted_server(answer_at_once) as server:
        command = [sys.executable, "-W", "error", "-c", FORKING, server.url]
        subprocess.run(command, check=True, timeout=60, capture_output=True)
        assert server.reaches(lambda: server.closed == 3)
        assert (server.opened, len(server.requests)) == (3, 4)


PROXIES = {
    "HTTPS_PROXY": "http://https.proxy:1",
    "ALL_PROXY": "all.proxy:2",
    "NO_PROXY": "localhost, .inside.test,port.test:8443,::1",
}


@pytest.mark.parametrize(
    ("url", "proxy"),
    [
        ("https://api.cronofy.com/v1/events", "http://https.proxy:1"),
        ("http://api.cronofy.com/v1/events", "http://all.proxy:2"),
        ("http://localhost:8000", None),
        ("https://cronofy.inside.test", None),
        ("https://outside.test", "http://https.proxy:1"),
        ("https://port.test:8443", None),
        ("https://port.test", "http://https.proxy:1"),
        ("http://[::1]:8000", None),
    ],
)
def test_the_proxies_of_the_environment_hold(monkeypatch: pytest.MonkeyPatch, url: str, proxy: str | None) -> None:
    """The one of the scheme, else that of all, but for the hosts that are reached without."""
    for name in [*PROXIES, "HTTP_PROXY"]:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    for name, value in PROXIES.items():
        monkeypatch.setenv(name, value)
    assert proxy_for(httpx.URL(url)) == proxy


def test_requests_go_through_the_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy for plain addresses gets the whole address; those of other environments stay apart."""
    with scripted_server(answer_at_once) as server:
        monkeypatch.setenv("HTTP_PROXY", server.url.replace("//", "//user:word@"))
        monkeypatch.setenv("NO_PROXY", "")
        with connect(access_token="t", base_url="http://cronofy.test", environment={}, pace=None) as client:
            assert client.user_info() == {"sub": "acc"}
        assert server.requests[0].startswith(b"GET http://cronofy.test/v1/userinfo HTTP/1.1\r\n")
        assert b"Proxy-Authorization: Basic dXNlcjp3b3Jk" in server.requests[0]


@pytest.mark.parametrize(
    ("proxy", "words"),
    [
        ("socks9://user:planted@proxy.test", "correct HTTPS_PROXY"),
        ("http://user:planted@proxy.test:port", "correct HTTPS_PROXY"),
        ("socks5://user:planted@proxy.test", r"httpx\[socks\]"),
    ],
)
def test_a_proxy_that_cannot_be_used_is_an_error(monkeypatch: pytest.MonkeyPatch, proxy: str, words: str) -> None:
    """It is raised before the first request, says what to do, and does not quote the password."""
    monkeypatch.setenv("HTTP_PROXY", proxy)
    with pytest.raises(CronofyError, match=words) as caught:
        connect(access_token="t", base_url="http://cronofy.test", environment={}, pace=None)
    assert "planted" not in "".join(traceback.format_exception(caught.value))
