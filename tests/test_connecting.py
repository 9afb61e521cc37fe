"""connect() and logout(): which store, account, application and host a client uses."""

import json
from pathlib import Path

import httpx
import pytest

from cronofy_frames.connecting import connect, logout
from cronofy_frames.errors import CronofyError, TokenError, TransportError, UnknownAccount
from cronofy_frames.frames.reading import read_events
from cronofy_frames.sandbox import Sandbox, serve
from cronofy_frames.tokens import FileStore, MemoryStore, list_accounts
from cronofy_frames.wire.auth import Tokens
from cronofy_frames.wire.client import Client
from cronofy_frames.wire.faults import Fault
from tests.calendar_file import ICS
from tests.small import small_box


def test_nothing_configured_says_what_to_do() -> None:
    """The message names the sandbox, login, the arguments and the variables."""
    message = r"cf\.connect\(sandbox=True\).*cf\.login\(\).*access_token.*CRONOFY_ACCESS_TOKEN"
    for store in (None, "env"):
        with pytest.raises(CronofyError, match=message):
            connect(environment={}, store=store)


def test_the_environment_is_looked_up() -> None:
    """Tokens, application, data center and hosts are read from variables; arguments take precedence."""
    env = {
        "CRONOFY_ACCESS_TOKEN": "a",
        "CRONOFY_CLIENT_ID": "c",
        "CRONOFY_CLIENT_SECRET": "s",
        "CRONOFY_DATA_CENTER": "DE",
    }
    client = connect(environment=env)
    assert client.hosts.api == "https://api-de.cronofy.com"
    assert client.client_id == "c"
    assert "access_token set" in repr(client)
    assert connect(environment=env, client_id="mine").client_id == "mine"
    assert connect(environment=env, data_center="uk").hosts.app == "https://app-uk.cronofy.com"
    assert connect(environment={"CRONOFY_DATA_CENTRE": "au", "CRONOFY_ACCESS_TOKEN": "a"}).hosts.api.endswith(
        "api-au.cronofy.com"
    )


def test_other_hosts_can_be_named() -> None:
    """Hosts are set by argument or variable; the app host follows base_url unless it is set too."""
    env = {
        "CRONOFY_ACCESS_TOKEN": "a",
        "CRONOFY_API_URL": "http://127.0.0.1:1/",
        "CRONOFY_APP_URL": "http://127.0.0.1:2",
    }
    assert connect(environment=env).hosts.api == "http://127.0.0.1:1"
    assert connect(environment=env).hosts.app == "http://127.0.0.1:2"
    own = connect(environment={}, access_token="a", base_url="http://127.0.0.1:3/")
    assert (own.hosts.api, own.hosts.app) == ("http://127.0.0.1:3", "http://127.0.0.1:3")
    assert connect(environment=env, data_center="us").hosts.api == "https://api.cronofy.com"
    assert connect(environment=env, data_centre="us").hosts.api == "https://api.cronofy.com"
    assert connect(environment=env, data_center="us", data_centre="us").hosts.api == "https://api.cronofy.com"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"access_token": "a", "data_center": "eu"}, "us, de, uk, au, ca, sg"),
        ({"access_token": "a", "data_centre": "eu"}, "us, de, uk, au, ca, sg"),
        ({"access_token": "a", "data_center": "us", "data_centre": "uk"}, "give one, not 'us' and 'uk'"),
        ({"access_token": "a", "base_url": "api.cronofy.com"}, "an address such as https"),
        ({"access_token": "a", "account": "ann"}, "person on a sandbox"),
        ({"access_token": "a", "store": MemoryStore()}, "either store or tokens"),
        ({"sandbox": True, "access_token": "a"}, "the Sandbox that issued them"),
        ({"sandbox": True, "client_id": "c"}, "leave out client_id"),
        ({"access_token": "a", "pace": (0, 1)}, "pace"),
        ({"access_token": "a", "store": "file"}, "either store or tokens"),
        ({"account": "ann", "store": MemoryStore()}, "leave it out"),
        ({"account": "ann", "store": "env"}, "leave it out"),
        ({"store": "disk"}, "memory, file, keyring, env, auto"),
        ({"sandbox": True, "store": "file"}, "leave out store"),
    ],
)
def test_arguments_that_contradict_each_other_are_refused(arguments: dict[str, object], message: str) -> None:
    """The message says which argument to leave out or correct."""
    with pytest.raises(ValueError, match=message):
        connect(environment={}, **arguments)


def test_an_application_alone_is_enough() -> None:
    """Token calls and application calendars need no account."""
    assert isinstance(connect(environment={}, client_id="c", client_secret="s"), Client)
    assert isinstance(connect(environment={}, store=MemoryStore()), Client)


def test_the_sandbox_needs_nothing() -> None:
    """`connect(sandbox=True)` needs no other argument, and its events are readable."""
    assert len(read_events(connect(sandbox=True))) > 100


def test_a_person_on_the_sandbox_is_chosen_by_name() -> None:
    """An account is chosen by e-mail or name; for an unknown one the error lists them."""
    box = Sandbox(now="2026-03-02T09:00:00Z")
    people = [account for account in box.accounts if account.kind == "account"]
    assert len(people) >= 4
    for person in people:
        assert connect(sandbox=box, account=person.email).user_info()["sub"] == person.sub
    with pytest.raises(LookupError, match=str(people[0].name)):
        connect(sandbox=box, account="nobody")


def test_an_ics_file_becomes_a_sandbox(tmp_path: Path) -> None:
    """The path of an .ics file, as text or Path, gives a sandbox of its events."""
    path = tmp_path / "club.ics"
    path.write_text(ICS)
    for source in (path, str(path)):
        with pytest.warns(UserWarning, match="clock is set to 2017-"):
            client = connect(sandbox=source)
        assert read_events(client)["summary"].tolist() == ["Chess"]


def test_unreadable_parts_of_an_ics_file_are_reported() -> None:
    """A warning counts them, `problems` lists them, and the rest is read."""
    ics = ICS.replace("END:VCALENDAR", "BEGIN:VTODO\nUID:2\nSUMMARY:Tidy\nEND:VTODO\nEND:VCALENDAR")
    with pytest.warns(UserWarning, match="1 thing in calendar could not be read as written"):
        box = Sandbox(ics=ics.encode(), now="2017-03-01T00:00:00Z")
    assert [problem["component"] for problem in box.problems] == ["VTODO"]
    assert len(read_events(connect(sandbox=box))) == 1


def test_a_shared_sandbox_is_seen_by_all_its_clients() -> None:
    """Events written by one client are read by another."""
    box = small_box()
    connect(sandbox=box).create_event(
        "cal_ann_home", event_id="e", summary="S", start="2026-03-07", end="2026-03-08", transparency="opaque"
    )
    assert "S" in set(read_events(connect(sandbox=box))["summary"])


def test_an_application_calendar_is_used_in_process() -> None:
    """Tokens issued by a sandbox connect to it again, for the account that they belong to."""
    box = small_box()
    made = connect(sandbox=box).application_calendar(application_calendar_id="room-7")
    room = connect(sandbox=box, access_token=made["access_token"], refresh_token=made["refresh_token"])
    calendar = next(iter(room.list_calendars()))["calendar_id"]
    room.create_event(calendar, event_id="e", summary="Taken", start="2026-03-07", end="2026-03-08")
    assert room.user_info()["cronofy.type"] == "application_calendar"
    assert read_events(room)["summary"].tolist() == ["Taken"]


def test_faults_apply_to_clients_in_process() -> None:
    """The sandbox's faults apply to its in-process clients."""
    client = connect(sandbox=small_box(faults=[Fault("status", route="GET /v1/account", status=423)]))
    with pytest.raises(CronofyError, match="423"):
        client.account_information()
    assert client.user_info()["sub"] == "acc_ann"


def test_a_served_sandbox_is_another_host() -> None:
    """The client works over a real socket, and an expired token is renewed."""
    box = small_box(rate_limit=False)
    with serve(box) as served:
        tokens = box.tokens("ann@example.test")
        client = connect(
            environment={},
            base_url=served.url,
            client_id=box.client_id,
            client_secret=box.client_secret,
            **tokens,
        )
        assert len(read_events(client)) == 4
        box.expire(tokens["access_token"])
        assert len(read_events(client)) == 4
        client.close()
        assert served.errors == []


def test_a_clients_repr_shows_no_secret() -> None:
    """The repr says which credentials are set, without showing them."""
    client = connect(
        environment={}, store=MemoryStore(Tokens("planted-a", "planted-r")), client_id="c", client_secret="planted-s"
    )
    assert "planted" not in repr(client)


def test_a_service_account_authorizes_a_person() -> None:
    """A service account requests access; the code arrives at the callback and is exchanged for the person's tokens."""
    box = small_box()
    service = connect(sandbox=box, account="service account")
    hook = "http://127.0.0.1:8765/hook"
    request = {"callback_url": hook, "scope": "read_write"}
    service.call(
        "authorize_with_service_account",
        {
            "service_account_authorizations": [
                {"email": "ann@example.test", **request},
                {"email": "nobody@example.test", **request, "state": "own"},
            ],
            "state": "common",
        },
    )
    good, bad = (sent.json["authorization"] for sent in box.outbox)
    assert (good["state"], bad["state"], bad["error"]) == ("common", "own", "access_denied")
    person = connect(sandbox=box)
    person.request_access_token(code=good["code"], redirect_uri=hook)
    assert person.user_info()["email"] == "ann@example.test"


ANN = Tokens(
    "stored-a",
    "stored-r",
    profile_name="annie@example.test",
    client_id="stored-c",
    client_secret="stored-s",
    api_url="https://api-de.cronofy.com",
    app_url="https://app-de.cronofy.com",
)


@pytest.fixture
def home(tmp_path: Path) -> dict[str, str]:
    """An environment in which Ann has signed in."""
    env = {"CRONOFY_FRAMES_HOME": str(tmp_path)}
    FileStore("ann@example.test", environment=env).save(ANN)
    return env


def token_of(client: Client) -> str | None:
    """Return the access token that a client uses."""
    return client.tokens.access_token


def application(client: Client) -> tuple[str | None, str | None]:
    """Return the client_id and client_secret of a client."""
    return client.client_id, client.client_secret


def test_the_only_stored_account_needs_no_name(home: dict[str, str]) -> None:
    """The only stored account is used with its application and hosts; its other names work too."""
    for named in ({}, {"account": "ANN"}, {"account": "annie"}, {"store": "file"}, {"store": "auto"}):
        client = connect(environment=home, **named)
        assert token_of(client) == "stored-a"
        assert application(client) == ("stored-c", "stored-s")
        assert client.hosts.app == "https://app-de.cronofy.com"


def test_order_of_credentials(home: dict[str, str]) -> None:
    """First tokens or store, then the named account, the environment's tokens, the only account, the application."""
    env = {**home, "CRONOFY_ACCESS_TOKEN": "env-a", "CRONOFY_CLIENT_ID": "env-c", "CRONOFY_CLIENT_SECRET": "env-s"}
    assert token_of(connect(environment=env, access_token="given")) == "given"
    assert token_of(connect(environment=env, store=MemoryStore(Tokens("own")))) == "own"
    assert token_of(connect(environment=env, store="memory")) is None
    assert token_of(connect(environment=env, account="ann")) == "stored-a"
    assert token_of(connect(environment=env)) == "env-a"
    assert token_of(connect(environment=env, store="file")) == "stored-a"
    del env["CRONOFY_ACCESS_TOKEN"]
    assert token_of(connect(environment=env)) == "stored-a"
    assert token_of(connect(environment=env, store="memory")) is None
    assert logout(environment=env) == "ann@example.test"
    assert token_of(connect(environment=env)) is None
    assert application(connect(environment=env)) == ("env-c", "env-s")


def test_several_stored_accounts_are_listed(home: dict[str, str]) -> None:
    """With several accounts and no name, the error lists them."""
    FileStore("bob", environment=home).save(Tokens("b"))
    with pytest.raises(CronofyError, match=r"ann@example\.test, bob.*cf\.connect\(account='ann@example\.test'\)"):
        connect(environment=home)
    with pytest.raises(LookupError, match=r"ann@example\.test, bob"):
        connect(environment=home, store="file")
    with pytest.raises(LookupError, match=r"ann@example\.test, bob.*cf\.login"):
        connect(environment=home, account="eve")
    with pytest.raises(LookupError, match="No account is stored in the store"):
        connect(environment=home, store="keyring")


def test_an_application_does_not_stand_in_for_one_of_several_accounts(home: dict[str, str]) -> None:
    """With an application in the environment and several accounts, the error asks which account to use."""
    FileStore("bob", environment=home).save(Tokens("b"))
    env = {**home, "CRONOFY_CLIENT_ID": "env-c", "CRONOFY_CLIENT_SECRET": "env-s"}
    for attempt in (lambda: connect(environment=env), lambda: connect(environment=env, store="file")):
        with pytest.raises(UnknownAccount, match=r"Several accounts are stored: ann@example\.test, bob\. Name one"):
            attempt()
    assert application(connect(environment=env, store="memory")) == ("env-c", "env-s")


def test_without_an_account_the_next_step_is_to_sign_in() -> None:
    """A client of the application alone says so in its repr, and its error names sign-in first."""
    client = connect(environment={}, client_id="c", client_secret="s")
    assert not client.signed_in
    with pytest.raises(CronofyError, match=r"has none\. Sign in with cf\.login\(\), or cronofy-frames login") as caught:
        client.list_calendars()
    assert str(caught.value).index("cf.login()") < str(caught.value).index("connect(")
    assert connect(environment={}, access_token="a").signed_in
    assert connect(environment={}, refresh_token="r", client_id="c", client_secret="s").signed_in
    assert not connect(environment={}, refresh_token="r").signed_in


def test_a_prefix_does_not_find_an_account(home: dict[str, str]) -> None:
    """The part before the @ connects; a shorter prefix does not, since the intended account may be deleted."""
    assert token_of(connect(environment=home, account="Ann")) == "stored-a"
    for begun in ("an", "anni", "ann@", "annie@example"):
        with pytest.raises(UnknownAccount, match=r"Stored are ann@example\.test"):
            connect(environment=home, account=begun)
    FileStore("ann@other.test", environment=home).save(Tokens("b"))
    with pytest.raises(UnknownAccount, match=r"any of ann@example\.test, ann@other\.test"):
        connect(environment=home, account="ann")


def test_logging_out_takes_whole_names(home: dict[str, str]) -> None:
    """Logout needs the whole name, so that repeating it cannot delete another account."""
    FileStore("bob", environment=home).save(Tokens("b", sub="acc_bob"))
    FileStore("bobby@example.test", environment=home).save(Tokens("c"))
    assert logout("ACC_BOB", environment=home) == "bob"
    for gone in ("bob", "bobby", "annie", "ann", ""):
        with pytest.raises(UnknownAccount, match=r"Stored are ann@example\.test, bobby@example\.test; give the whole"):
            logout(gone, environment=home)
    assert logout("Annie@example.test", environment=home) == "ann@example.test"
    assert logout("BOBBY@example.test", environment=home) == "bobby@example.test"
    with pytest.raises(UnknownAccount, match=r"None is stored; sign in with cf\.login"):
        logout("bob", environment=home)


def test_an_unreadable_account_is_an_error(home: dict[str, str]) -> None:
    """It is an error even if the application or another account could be used."""
    path = FileStore("ann@example.test", environment=home).path
    path.write_text("broken")
    env = {**home, "CRONOFY_CLIENT_ID": "env-c", "CRONOFY_CLIENT_SECRET": "env-s"}
    for named in ({}, {"account": "ann@example.test"}, {"store": "file"}):
        with pytest.raises(CronofyError, match="cannot be read as a stored account"):
            connect(environment=env, **named)
    FileStore("bob", environment=home).save(Tokens("b"))
    with pytest.raises(CronofyError, match="bob"):
        connect(environment=home)
    assert token_of(connect(environment=home, account="bob")) == "b"


@pytest.mark.parametrize(
    ("arguments", "env", "expected"),
    [
        ({}, {}, ("stored-c", "stored-s")),
        ({}, {"ID": "env-c", "SECRET": "env-s"}, ("stored-c", "stored-s")),
        ({"client_id": "own"}, {}, ("own", None)),
        ({"client_id": "own"}, {"ID": "env-c", "SECRET": "env-s"}, ("own", None)),
        ({"client_id": "own"}, {"ID": "own", "SECRET": "env-s"}, ("own", "env-s")),
        ({"client_id": "own"}, {"SECRET": "env-s"}, ("own", "env-s")),
        ({"client_id": "own", "client_secret": "x"}, {"ID": "env-c", "SECRET": "env-s"}, ("own", "x")),
        ({"client_id": "stored-c"}, {}, ("stored-c", "stored-s")),
        ({"client_secret": "x"}, {}, ("stored-c", "x")),
    ],
)
def test_a_secret_counts_for_its_own_application(
    home: dict[str, str], arguments: dict[str, str], env: dict[str, str], expected: tuple[str, str | None]
) -> None:
    """A secret is never sent with another application's id, unless only the secret is given."""
    named = {f"CRONOFY_CLIENT_{name}": value for name, value in env.items()}
    assert application(connect(environment={**home, **named}, account="ann", **arguments)) == expected


def test_a_secret_may_be_in_the_environment_only(home: dict[str, str]) -> None:
    """An account signed in with the environment's secret uses it from there."""
    FileStore("bob", environment=home).save(Tokens("b", client_id="c"))
    named = {"CRONOFY_CLIENT_ID": "c", "CRONOFY_CLIENT_SECRET": "s"}
    assert application(connect(environment={**home, **named}, account="bob")) == ("c", "s")
    assert application(connect(environment={**home, **named, "CRONOFY_CLIENT_ID": "d"}, account="bob")) == ("c", None)
    assert application(connect(environment={**home, "CRONOFY_CLIENT_SECRET": "s"}, account="bob")) == ("c", "s")


def test_a_stored_account_has_its_own_hosts(home: dict[str, str]) -> None:
    """Arguments take precedence over the account's hosts, and these over the environment."""
    env = {**home, "CRONOFY_API_URL": "http://127.0.0.1:1", "CRONOFY_APP_URL": "http://127.0.0.1:2"}
    assert connect(environment=env).hosts.api == "https://api-de.cronofy.com"
    assert connect(environment=env, data_center="uk").hosts.api == "https://api-uk.cronofy.com"
    assert connect(environment=env, base_url="http://127.0.0.1:3").hosts.api == "http://127.0.0.1:3"
    FileStore("ann@example.test", environment=env).save(Tokens("a"))
    assert connect(environment=env).hosts.app == "http://127.0.0.1:2"
    for api, app in (("https://api-ca.cronofy.com", "https://app-ca.cronofy.com"), ("http://x", "http://x")):
        FileStore("ann@example.test", environment=env).save(Tokens("a", api_url=api))
        assert (connect(environment=env).hosts.api, connect(environment=env).hosts.app) == (api, app)


def test_a_sandbox_that_is_gone_says_so(home: dict[str, str]) -> None:
    """For an account of a sandbox that was stopped, the error names the host and what to check."""
    with serve(small_box()) as served:
        FileStore("ann@example.test", environment=home).save(Tokens("a", api_url=served.url))
    with connect(environment=home) as client, pytest.raises(TransportError, match=r"127\.0\.0\.1.*base_url"):
        client.create_calendar(profile_id="pro_1", name="Club")


def test_logout_deletes_the_account(home: dict[str, str]) -> None:
    """By name or as the only one; deleted, unknown and ambiguous accounts have their own messages; nothing is sent."""
    never = httpx.MockTransport(lambda _: httpx.Response(500))
    FileStore("bob", environment=home).save(Tokens("b"))
    with pytest.raises(LookupError, match=r"ann@example\.test, bob.*cf\.logout\('ann@example\.test'\)"):
        logout(environment=home)
    with pytest.raises(LookupError, match=r"Stored are ann@example\.test, bob"):
        logout("eve", environment=home)
    assert logout("annie@example.test", environment=home, transport=never) == "ann@example.test"
    with pytest.raises(LookupError, match=r"No account is stored as 'ann@example\.test'"):
        logout("ann@example.test", environment=home)
    assert logout(environment=home, store="file") == "bob"
    with pytest.raises(LookupError, match="none to delete"):
        logout(environment=home)
    with pytest.raises(ValueError, match="unset the variables"):
        logout(environment=home, store="env")
    with pytest.raises(ValueError, match="either account or store"):
        logout("ann", store=MemoryStore(Tokens("a")))


def test_revoking_ends_the_authorization_first(home: dict[str, str]) -> None:
    """The refresh token is revoked at the account's host with its application, and then the account is deleted."""
    requests: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        requests.append(request)
        assert len(list_accounts(home)) == 1
        return httpx.Response(200)

    assert logout(revoke=True, environment=home, transport=httpx.MockTransport(answer)) == "ann@example.test"
    assert str(requests[0].url) == "https://api-de.cronofy.com/oauth/token/revoke"
    assert json.loads(requests[0].content) == {
        "client_id": "stored-c",
        "client_secret": "stored-s",
        "token": "stored-r",
    }
    assert list_accounts(home) == []


def test_a_failed_revocation_deletes_nothing(home: dict[str, str]) -> None:
    """A refused revocation or an unknown application raises, and changes nothing."""
    refuse = httpx.MockTransport(lambda _: httpx.Response(400, json={"error": "invalid_client"}))
    store = FileStore("ann@example.test", environment=home)
    with pytest.raises(TokenError, match="client_secret"):
        logout(revoke=True, environment=home, transport=refuse)
    with pytest.raises(TokenError, match="client_secret"):
        logout(revoke=True, store=store, transport=refuse)
    assert store.load() == ANN
    store.save(Tokens("a", "r", client_id="c"))
    with pytest.raises(CronofyError, match=r"CRONOFY_CLIENT_SECRET.*Nothing was changed"):
        logout(revoke=True, environment=home, transport=refuse)
    assert store.load() is not None
    store.path.write_text("broken")
    with pytest.raises(CronofyError, match="cannot be read"):
        logout("ann@example.test", revoke=True, environment=home, transport=refuse)
    assert store.path.read_text() == "broken"
