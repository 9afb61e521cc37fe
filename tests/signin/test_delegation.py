"""`delegated_clients`: the people of an organisation, authorized through its service account."""

import http.client
import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

import cronofy_frames as cf
from cronofy_frames.sandbox import Sandbox, Served, serve
from cronofy_frames.signin.callback_server import MOST_BYTES, CallbackServer
from cronofy_frames.wire.client import Client
from cronofy_frames.wire.transport import CallbackSender

STRANGER = "nobody@elsewhere.test"


@pytest.fixture(scope="module")
def server() -> Iterator[Served]:
    """A served office."""
    with closing(CallbackSender()) as sender, serve(Sandbox(now="2026-03-02T09:00:00Z", deliver=sender)) as server:
        yield server


@pytest.fixture
def service(server: Served) -> Iterator[Client]:
    """A client of its service account."""
    box = server.app
    application = {"client_id": box.client_id, "client_secret": box.client_secret}
    with cf.connect(base_url=server.url, access_token=box.service_account_token, **application) as client:
        yield client


@pytest.fixture
def emails(server: Served) -> list[str]:
    """The addresses of its people."""
    return [str(account.email) for account in server.app.accounts if account.kind == "account"]


@pytest.fixture
def home(tmp_path: Path) -> dict[str, str]:
    """An environment with a folder of accounts."""
    return {"CRONOFY_FRAMES_HOME": str(tmp_path)}


@contextmanager
def delegated(service: Client, emails: Iterable[str], **options: Any) -> Iterator[dict[str, Client]]:
    """The clients of people, closed afterwards."""
    clients = cf.delegated_clients(service, emails, **options)
    yield clients
    for client in clients.values():
        client.close()


def test_each_person_has_a_client(service: Client, emails: list[str], home: dict[str, str]) -> None:
    """In the order of the addresses; each reads that person's calendars."""
    with delegated(service, reversed(emails), environment=home) as clients:
        assert list(clients) == emails[::-1]
        assert all(client.user_info()["email"] == email for email, client in clients.items())
        assert len(cf.read_events(clients, "2026-03-02", "2026-03-09")["account"].unique()) == len(emails)
    assert service.user_info()["cronofy.type"] == "service_account"


def test_people_whose_tokens_are_stored_are_not_asked_for_again(
    server: Served, service: Client, emails: list[str], home: dict[str, str]
) -> None:
    """A second call sends nothing; a further person is asked for alone. `connect` knows them by their address."""
    with delegated(service, emails[:2], environment=home):
        before = len(server.lines)
    with delegated(service, emails[:2], environment=home):
        assert len(server.lines) == before
    with delegated(service, emails[:3], environment=home):
        pass
    assert sum("/oauth/token" in line for line in list(server.lines)[before:]) == 1
    with cf.connect(account=emails[2], environment=home) as client:
        assert client.user_info()["email"] == emails[2]


def test_who_is_refused_does_not_stop_the_others(service: Client, emails: list[str], home: dict[str, str]) -> None:
    """The error names them with Cronofy's reason, and has the clients of the others."""
    with pytest.raises(
        cf.SignInError, match=f"1 person could not be authorized: {STRANGER}: There is no acc"
    ) as caught:
        cf.delegated_clients(service, [emails[0], STRANGER, emails[1]], environment=home)
    assert list(caught.value.partial) == emails[:2]
    for client in caught.value.partial.values():
        client.close()
    assert cf.accounts(environment=home)["account"].tolist() == sorted(emails[:2])
    assert service.client_secret not in str(caught.value)


@pytest.mark.parametrize("status", [403, 503])
def test_a_request_that_fails_does_not_cost_the_results_of_those_before(status: int, home: dict[str, str]) -> None:
    """Each request is for fifty people: those of the first have their tokens, the others the reason of the second."""
    route = "POST /v1/service_account_authorizations"
    fault = cf.Fault("status", route=route, times=range(2, 10), status=status)
    with closing(CallbackSender()) as sender, serve(Sandbox(deliver=sender, faults=[fault])) as server:
        box = server.app
        people = [str(account.email) for account in box.accounts if account.kind == "account"][:2]
        application = {"client_id": box.client_id, "client_secret": box.client_secret}
        others = [f"person{number}@x.test" for number in range(60)]
        with (
            cf.connect(base_url=server.url, access_token=box.service_account_token, **application) as service,
            pytest.raises(
                cf.SignInError, match=f"61 people could not be .* person49@x.test: .* answered {status}"
            ) as caught,
        ):
            cf.delegated_clients(service, [people[0], *others, people[1]], environment=home)
    assert list(caught.value.partial) == people[:1]
    caught.value.partial[people[0]].close()
    assert cf.accounts(environment=home)["account"].tolist() == people[:1]


def test_a_request_that_fails_does_not_cost_who_was_authorized_before(
    service: Client, emails: list[str], home: dict[str, str]
) -> None:
    """The error has their clients, so that a nightly read goes on without a new person."""
    with delegated(service, emails[:2], environment=home):
        pass
    stranger = cf.connect(
        base_url=service.hosts.api, access_token="t", client_id=service.client_id, client_secret=service.client_secret
    )
    with stranger, pytest.raises(cf.CronofyError, match="401") as caught:
        cf.delegated_clients(stranger, emails[:3], environment=home)
    assert [client.user_info()["email"] for client in caught.value.partial.values()] == emails[:2]
    for client in caught.value.partial.values():
        client.close()


class FullStore(cf.MemoryStore):
    """A store that has no room."""

    def save(self, tokens: cf.Tokens) -> None:
        """Fail."""
        del tokens
        raise OSError(28, "No space left on device")


def test_who_has_no_tokens_afterwards_has_no_client(service: Client, emails: list[str]) -> None:
    """A store that cannot save them is the reason, and the others have theirs."""
    stores = {emails[0]: cf.MemoryStore(), emails[1]: FullStore()}
    with pytest.raises(
        cf.SignInError, match=f"{emails[1]}: the store did not keep the tokens.*another store="
    ) as caught:
        cf.delegated_clients(service, emails[:2], store=stores.__getitem__)
    assert list(caught.value.partial) == emails[:1]
    caught.value.partial[emails[0]].close()


def test_addresses_that_are_none_do_not_stop_the_others(
    service: Client, emails: list[str], home: dict[str, str]
) -> None:
    """They are named with their address, whichever request of fifty they are in; space around one is left out."""
    people = [f" {emails[0]} ", *(f"no one {number}@x.test" for number in range(60)), emails[1]]
    with pytest.raises(cf.SignInError, match=r"60 people could not be .* no one 0@x.test: Cronofy takes it") as caught:
        cf.delegated_clients(service, people, environment=home)
    assert list(caught.value.partial) == emails[:2]
    for client in caught.value.partial.values():
        client.close()


def test_people_whose_tokens_lack_the_scope_are_asked_for_again(
    service: Client, emails: list[str], home: dict[str, str]
) -> None:
    """A client can do what was asked for, also where the tokens are of an earlier call that asked for less."""
    with delegated(service, emails[:1], environment=home, scope="read_account"):
        pass
    with delegated(service, emails[:1], environment=home) as clients:
        assert len(cf.read_events(clients, "2026-03-02", "2026-03-09")) > 0


@pytest.mark.parametrize("issuer", [{"client_id": "other"}, {"api_url": "https://api-de.cronofy.com"}])
def test_tokens_of_another_application_are_left_alone(
    server: Served, service: Client, emails: list[str], issuer: dict[str, str]
) -> None:
    """Nothing is sent, and the tokens stay."""
    store = cf.MemoryStore(cf.Tokens("token", "refresh", scope="read_write", **issuer))
    before = len(server.lines)
    with pytest.raises(cf.SignInError, match=f"stored for {emails[0]} are of another application or data centre"):
        cf.delegated_clients(service, emails[:1], store=lambda _: store)
    assert len(server.lines) == before
    assert store.load().refresh_token == "refresh"


def test_two_people_never_share_tokens(service: Client, emails: list[str], tmp_path: Path) -> None:
    """One would be read as the other."""
    shared = cf.MemoryStore()
    for store in (lambda _: shared, lambda _: cf.FileStore("team", folder=tmp_path)):
        for _ in range(2):
            with pytest.raises(
                cf.SignInError, match=r"have the tokens of one account.*another store for each"
            ) as caught:
                cf.delegated_clients(service, emails[:2], store=store)
            assert caught.value.reason == "account"


def test_without_a_result_it_ends_in_time(service: Client, emails: list[str], home: dict[str, str]) -> None:
    """Where the results go to an address that does not lead here."""
    ticks = iter(range(1000))
    with pytest.raises(cf.SignInError, match=r"no result within 5 seconds at http://127.0.0.1:1/"):
        cf.delegated_clients(
            service,
            emails[:1],
            callback_url="http://127.0.0.1:1/",
            seconds=5,
            environment=home,
            clock=lambda: float(next(ticks)),
        )


def test_a_scope_beyond_what_was_delegated_is_refused(service: Client, emails: list[str], home: dict[str, str]) -> None:
    """With Cronofy's own answer, and nothing is stored."""
    with pytest.raises(cf.Invalid):
        cf.delegated_clients(service, emails[:1], scope="all_of_it", environment=home)
    assert len(cf.accounts(environment=home)) == 0


@pytest.mark.parametrize(
    ("emails", "options", "text"),
    [
        ("ann@example.test", {}, r"for a single person \['ann@example.test'\]"),
        ([], {}, "at least one address"),
        (["ann"], {}, "with an @; not 'ann'"),
        (["ann@x.test", "Ann@x.test"], {}, "comes twice"),
        (["ann@x.test", " Ann@x.test"], {}, "comes twice"),
        (["ann@x.test"], {"seconds": 0}, "seconds is a number above 0"),
        (["ann@x.test"], {"seconds": float("nan")}, "seconds is a number above 0"),
        (["ann@x.test"], {"store": "memory"}, "store is file, keyring, auto"),
        (["ann@x.test"], {}, "give callback_url="),
    ],
)
def test_what_makes_no_sense_is_refused(emails: Any, options: dict[str, Any], text: str, home: dict[str, str]) -> None:
    """Before anything is sent."""
    service = cf.connect(access_token="t", client_id="c", client_secret="s", environment=home)
    with pytest.raises(ValueError, match=text):
        cf.delegated_clients(service, emails, environment=home, **options)


def test_the_application_is_needed(home: dict[str, str]) -> None:
    """Codes are exchanged with its secret."""
    with pytest.raises(ValueError, match="needs client_id and client_secret"):
        cf.delegated_clients(cf.connect(access_token="t", environment=home), ["ann@x.test"], environment=home)


def post(port: int, body: bytes, *, length: str | None = None) -> int:
    """Return the status of a request with a body."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.putrequest("POST", "/")
    connection.putheader("Content-Length", str(len(body)) if length is None else length)
    connection.endheaders()
    connection.send(body)
    status = connection.getresponse().status
    connection.close()
    return status


@pytest.mark.parametrize(
    ("body", "length", "status"),
    [
        (b'{"authorization": {"state": "known", "code": "c"}}', None, 200),
        (b'{"authorization": {"state": "other", "code": "c"}}', None, 404),
        (b'{"authorization": []}', None, 404),
        (b"[" * 50_000, None, 404),
        (b"nonsense", None, 404),
        (b"", None, 404),
        (b"{}", "two", 404),
        (b"{}", str(MOST_BYTES + 1), 404),
    ],
)
def test_only_results_that_are_expected_are_taken(body: bytes, length: str | None, status: int) -> None:
    """Whatever else is sent to the port is not found, and the server goes on."""
    taken: list[Mapping[str, Any]] = []

    def take(result: Mapping[str, Any]) -> bool:
        taken.append(result)
        return result.get("state") == "known"

    with CallbackServer(("127.0.0.1", 0), take) as server:
        assert post(server.port, body, length=length) == status
        assert post(server.port, json.dumps({"authorization": {"state": "known"}}).encode()) == 200
    assert taken[-1] == {"state": "known"}


def test_a_port_in_use_is_an_error() -> None:
    """With the argument that chooses another."""
    with (
        CallbackServer(("127.0.0.1", 0), lambda _: True) as server,
        pytest.raises(cf.SignInError, match="give listen="),
    ):
        CallbackServer(("127.0.0.1", server.port), lambda _: True)
