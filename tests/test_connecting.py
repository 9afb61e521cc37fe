"""Where store, transport or sandbox, and client meet."""

from pathlib import Path

import pytest

from cronofy_frames.auth import Tokens
from cronofy_frames.client import Client
from cronofy_frames.connecting import connect
from cronofy_frames.errors import CronofyError
from cronofy_frames.faults import Fault
from cronofy_frames.reading import read_events
from cronofy_frames.sandbox import Sandbox, serve
from cronofy_frames.tokens import MemoryStore
from tests.small import small_box

ICS = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//x//y
X-WR-CALNAME:Club
BEGIN:VEVENT
UID:1
DTSTAMP:20260301T000000Z
DTSTART:20170305T090000Z
DTEND:20170305T100000Z
SUMMARY:Chess
END:VEVENT
END:VCALENDAR
"""


def test_nothing_configured_says_what_to_do() -> None:
    """The message names the sandbox, the arguments and the variables."""
    with pytest.raises(CronofyError, match=r"connect\(sandbox=True\).*access_token.*CRONOFY_ACCESS_TOKEN"):
        connect(environment={})


def test_the_environment_is_looked_up() -> None:
    """Tokens, application, data centre and other hosts come from variables; arguments win."""
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
    """By argument or by variable; the app host follows base_url unless it is named too."""
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


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"access_token": "a", "data_center": "eu"}, "us, de, uk, au, ca, sg"),
        ({"access_token": "a", "base_url": "api.cronofy.com"}, "an address such as https"),
        ({"access_token": "a", "account": "ann"}, "person on a sandbox"),
        ({"access_token": "a", "store": MemoryStore()}, "either store or tokens"),
        ({"sandbox": True, "access_token": "a"}, "a Sandbox that has given them"),
        ({"sandbox": True, "client_id": "c"}, "leave out client_id"),
        ({"access_token": "a", "pace": (0, 1)}, "pace"),
    ],
)
def test_arguments_that_contradict_each_other_are_refused(arguments: dict[str, object], said: str) -> None:
    """Each has a message that says which to leave out or mend."""
    with pytest.raises(ValueError, match=said):
        connect(environment={}, **arguments)


def test_an_application_alone_is_enough() -> None:
    """Token calls and application calendars need no account."""
    assert isinstance(connect(environment={}, client_id="c", client_secret="s"), Client)
    assert isinstance(connect(environment={}, store=MemoryStore()), Client)


def test_the_sandbox_needs_nothing() -> None:
    """One line to a client, and another to a frame that a person can read."""
    assert len(read_events(connect(sandbox=True))) > 100


def test_a_person_on_the_sandbox_is_chosen_by_name() -> None:
    """By e-mail or name; an unknown one is refused with the list."""
    box = Sandbox(now="2026-03-02T09:00:00Z")
    people = [one for one in box.accounts if one.kind == "account"]
    assert len(people) >= 4
    for person in people:
        assert connect(sandbox=box, account=person.email).user_info()["sub"] == person.sub
    with pytest.raises(LookupError, match=str(people[0].name)):
        connect(sandbox=box, account="nobody")


def test_an_ics_file_becomes_a_sandbox(tmp_path: Path) -> None:
    """Anybody's exported calendar, by path."""
    path = tmp_path / "club.ics"
    path.write_text(ICS)
    for given in (path, str(path)):
        with pytest.warns(UserWarning, match="clock is set to 2017-"):
            client = connect(sandbox=given)
        assert read_events(client)["summary"].tolist() == ["Chess"]


def test_what_an_ics_file_has_that_cannot_be_read_is_said() -> None:
    """A warning counts it, `problems` lists it, and the rest is there."""
    odd = ICS.replace("END:VCALENDAR", "BEGIN:VTODO\nUID:2\nSUMMARY:Tidy\nEND:VTODO\nEND:VCALENDAR")
    with pytest.warns(UserWarning, match="1 thing in calendar could not be read as written"):
        box = Sandbox(ics=odd.encode(), now="2017-03-01T00:00:00Z")
    assert [problem["component"] for problem in box.problems] == ["VTODO"]
    assert len(read_events(connect(sandbox=box))) == 1


def test_a_shared_sandbox_is_seen_by_all_its_clients() -> None:
    """What one writes another reads."""
    box = small_box()
    connect(sandbox=box).create_event(
        "cal_ann_home", event_id="e", summary="S", start="2026-03-07", end="2026-03-08", transparency="opaque"
    )
    assert "S" in set(read_events(connect(sandbox=box))["summary"])


def test_an_application_calendar_is_used_in_process() -> None:
    """The tokens that a sandbox gave connect to it again, for the account that they are of."""
    box = small_box()
    made = connect(sandbox=box).application_calendar(application_calendar_id="room-7")
    room = connect(sandbox=box, access_token=made["access_token"], refresh_token=made["refresh_token"])
    calendar = next(iter(room.list_calendars()))["calendar_id"]
    room.create_event(calendar, event_id="e", summary="Taken", start="2026-03-07", end="2026-03-08")
    assert room.user_info()["cronofy.type"] == "application_calendar"
    assert read_events(room)["summary"].tolist() == ["Taken"]


def test_faults_befall_clients_in_process() -> None:
    """The sandbox's faults are put between it and its clients."""
    client = connect(sandbox=small_box(faults=[Fault("status", route="GET /v1/account", status=423)]))
    with pytest.raises(CronofyError, match="423"):
        client.account_information()
    assert client.user_info()["sub"] == "acc_ann"


def test_a_served_sandbox_is_another_host() -> None:
    """The same client over a real socket, its token renewed when it runs out."""
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
    """It says what is set, and not what it is."""
    client = connect(
        environment={}, store=MemoryStore(Tokens("planted-a", "planted-r")), client_id="c", client_secret="planted-s"
    )
    assert "planted" not in repr(client)


def test_an_organisation_lets_an_application_in() -> None:
    """A service account asks for people, the code comes by callback, and the code becomes a client of that person."""
    box = small_box()
    service = connect(sandbox=box, account="service account")
    hook = "http://127.0.0.1:8765/hook"
    wanted = {"callback_url": hook, "scope": "read_write"}
    service.call(
        "authorize_with_service_account",
        {
            "service_account_authorizations": [
                {"email": "ann@example.test", **wanted},
                {"email": "nobody@example.test", **wanted, "state": "own"},
            ],
            "state": "common",
        },
    )
    good, bad = (sent.json["authorization"] for sent in box.outbox)
    assert (good["state"], bad["state"], bad["error"]) == ("common", "own", "access_denied")
    person = connect(sandbox=box)
    person.request_access_token(code=good["code"], redirect_uri=hook)
    assert person.user_info()["email"] == "ann@example.test"
