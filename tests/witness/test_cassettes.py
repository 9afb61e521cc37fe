"""Recorded exchanges of the official client, replayed to this package without network."""

import inspect
import json
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from vcr.errors import CannotOverwriteExistingCassetteException
from vcr.request import Request

import cronofy_frames as cf
from tests.small import NOW, WORK
from tests.witness.official import Stage
from tests.witness.record import (
    EVENT,
    HOOK,
    NOBODY,
    READING,
    RENEWING,
    SCENES,
    TZ,
    WRITING,
    office,
    record_live,
    record_sandbox,
)
from tests.witness.scrub import HOST, SECRETS, Scrub
from tests.witness.tape import CASSETTES, DEFAULTS, content_of, tape, text_of

START, END = "2026-03-02", "2026-03-05"
STORED = sorted(CASSETTES.rglob("*.json"))
LIVE = [path for path in STORED if path.parent != CASSETTES]
SECRET = re.compile(r"Bearer [\w-]{32}|\b(?=\w*[a-z])(?=\w*[A-Z])(?=\w*\d)\w{32}\b")


@contextmanager
def replay(name: str, folder: Path = CASSETTES, **credentials: str) -> Iterator[cf.Client]:
    """Replay a cassette to this package's client; every recorded request must be sent."""
    with (
        tape(folder / f"{name}.json", scrub=Scrub()) as cassette,
        cf.connect(
            base_url=HOST, environment={}, pace=None, **{"access_token": "any-token-will-do", **credentials}
        ) as client,
    ):
        yield client
        assert cassette.all_played


def load_cassette(name: str) -> dict[str, Any]:
    """Return a stored cassette."""
    cassette: dict[str, Any] = json.loads((CASSETTES / f"{name}.json").read_text())
    return cassette


def fresh() -> cf.Client:
    """Return a client of the recorded sandbox, in process."""
    return cf.connect(sandbox=office())


@pytest.fixture(scope="module")
def team() -> str:
    """The calendar that was written to."""
    listed = cf.read_calendars(fresh())
    return str(listed.set_index("calendar_name").loc["Team", "calendar_id"])


@pytest.fixture(scope="module")
def secrets() -> set[str]:
    """Return the secrets of the sandbox's application and people."""
    box = office()
    return {
        box.client_id,
        box.client_secret,
        *(token for account in box.accounts for token in box.tokens(account.sub).values()),
    }


@pytest.fixture(scope="module")
def private(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same cassettes, recorded as if the office were real people."""
    folder = tmp_path_factory.mktemp("private")
    record_sandbox(folder, private=True)
    return folder


def alike(first: pd.DataFrame, other: pd.DataFrame) -> None:
    """Check that two frames are equal, except for the order of keys in their JSON texts."""
    frames = [frame.copy() for frame in (first, other)]
    for frame in frames:
        for name in {"attendees", "categories"} & set(frame):
            frame[name] = frame[name].map(lambda text: json.dumps(json.loads(text), sort_keys=True), na_action="ignore")
    pd.testing.assert_frame_equal(*frames)


def test_calendars() -> None:
    """The recorded calendars give the same frame as the sandbox."""
    with replay("calendars") as client:
        frame = cf.read_calendars(client)
    assert frame["calendar_name"].tolist() == [
        "Calendar",
        "Team",
        "Office move 2024",
        "Personal",
        "Public holidays in the United Kingdom",
        "Family",
    ]
    assert frame["calendar_deleted"].tolist() == [False, False, True, False, False, False]
    alike(frame, cf.read_calendars(fresh()))


def test_people() -> None:
    """Profiles, userinfo and account equal the recorded ones."""
    with replay("people") as client:
        profiles, info, account = cf.read_profiles(client), client.user_info(), client.account_information()
    assert profiles["provider_name"].tolist() == ["exchange", "google", "apple"]
    assert (info["name"], info["cronofy.type"]) == ("Maya Okafor", "account")
    assert account["account"]["account_id"] == info["sub"]


def test_events_over_several_pages() -> None:
    """The recorded pages give the same frame as the sandbox."""
    with replay("events") as client:
        frame = cf.read_events(client, START, END, tz=TZ, names=False)
    assert len(frame) == 16
    assert frame.attrs["cronofy"]["pages"] == len(load_cassette("events")["exchanges"]) == 4
    assert frame.loc[0, ["summary", "all_day"]].tolist() == ["School run", False]
    assert frame.loc[0, "start"] == pd.Timestamp("2026-03-02 08:15", tz=TZ)
    alike(frame, cf.read_events(fresh(), START, END, tz=TZ, names=False))


def test_events_with_zones_and_deleted_ones() -> None:
    """Recorded time zones and deleted events are in the frame; a deleted one has only its ids."""
    with replay("events_localized") as client:
        frame = cf.read_events(client, START, END, tz=TZ, localized=True, deleted=True, names=False)
    gone = frame[frame["deleted"]]
    assert (len(frame), len(gone)) == (18, 2)
    assert gone["event_uid"].notna().all()
    assert gone[["start", "summary"]].isna().all(axis=None)
    assert set(frame["start_tzid"].dropna()) == {TZ, "America/New_York"}
    alike(frame, cf.read_events(fresh(), START, END, tz=TZ, localized=True, deleted=True, names=False))


def test_free_busy_over_several_pages() -> None:
    """The recorded free/busy pages give the same frame as the sandbox."""
    with replay("free_busy") as client:
        frame = cf.read_free_busy(client, START, END, tz=TZ, include=(), names=False)
    assert set(frame["free_busy_status"]) <= {"busy", "tentative"}
    assert len(frame) == 16
    alike(frame, cf.read_free_busy(fresh(), START, END, tz=TZ, include=(), names=False))


def test_an_event_is_written_and_deleted(team: str) -> None:
    """An upsert and a deletion have empty responses; first one managed event is read, then none."""
    lunch = {**EVENT, "start": f"{START}T12:00:00Z", "end": f"{START}T13:00:00Z"}
    with replay("writing") as client:
        assert client.create_event(team, **lunch) is None
        own = cf.frame(client.read_events(tzid=TZ, from_=START, to=END, only_managed=True, include_managed=True))
        assert client.delete_event(team, "witness-1") is None
        left = cf.frame(client.read_events(tzid=TZ, from_=START, to=END, only_managed=True, include_managed=True))
    assert own[["event_id", "summary"]].to_numpy().tolist() == [["witness-1", "witness-lunch"]]
    assert own.loc[0, "start"] == pd.Timestamp("2026-03-02 12:00", tz="UTC")
    assert left.empty
    assert left.dtypes.equals(own.dtypes)


def test_a_batch_with_a_refused_entry(team: str) -> None:
    """Each entry of a recorded batch has its status, and the refused one its error."""
    lunch = {**EVENT, "start": f"{START}T12:00:00Z", "end": f"{START}T13:00:00Z"}
    recorder = cf.Recorder()
    recorder.create_event(team, **lunch)
    recorder.create_event(team, **{**lunch, "event_id": "witness-2", "summary": None})
    recorder.delete_event(team, "witness-1")
    entries = recorder.entries()
    entries[1]["data"]["summary"] = None
    with replay("batch") as client:
        answers = client.batch(entries)["batch"]
    assert [answer["status"] for answer in answers] == [202, 422, 202]
    assert answers[1]["data"]["errors"]["summary"][0]["key"] == "errors.required"


def test_the_life_of_a_channel(team: str) -> None:
    """A channel is created, listed, closed and no longer listed."""
    with replay("channel") as client:
        made = client.create_notification_channel(callback_url=HOOK, filters={"calendar_ids": [team]})["channel"]
        listed = cf.read_channels(client)
        client.delete_notification_channel(made["channel_id"])
        left = cf.read_channels(client)
    assert listed["channel_id"].tolist() == [made["channel_id"]]
    assert json.loads(listed.loc[0, "filters_calendar_ids"]) == [team]
    assert left.empty


def test_refusals() -> None:
    """A recorded 422 names the field, for frames and for the wire."""
    with replay("refusals") as client:
        with pytest.raises(cf.Invalid) as early:
            client.read_events(tzid=TZ, from_=date(2020, 1, 1), include_managed=True)
        with pytest.raises(cf.Invalid) as nowhere:
            client.read_events(tzid="Europe/Nowhere", include_managed=True)
    assert (list(early.value.fields), list(nowhere.value.fields)) == (["from"], ["tzid"])


def test_an_unknown_token() -> None:
    """A recorded 401 is an AuthError if nothing can renew the token."""
    with replay("unknown_token", access_token=NOBODY) as client, pytest.raises(cf.AuthError) as caught:
        cf.read_calendars(client)
    assert caught.value.status == 401


def test_renewal() -> None:
    """A token is renewed in one call, for which the official client needs three."""
    secrets = {"client_id": "c", "client_secret": "s", "refresh_token": "r"}
    with replay("renewal", access_token=NOBODY, **secrets) as client:
        frame = cf.read_calendars(client)
    assert len(frame) == 6


def test_what_was_not_recorded_is_not_asked() -> None:
    """A request that is in no cassette fails without going to the network."""
    with (
        tape(CASSETTES / "calendars.json", scrub=Scrub()),
        cf.connect(base_url=HOST, environment={}, access_token="t", pace=None) as client,
        pytest.raises(CannotOverwriteExistingCassetteException),
    ):
        client.user_info()


SAYINGS = [
    ("GET", "?tzid=Etc%2FUTC&include_deleted=False&include_managed=True", b"{}", {"tzid", "include_managed"}),
    ("GET", "?tzid=Etc%2FUTC&include_managed=true", b"", {"tzid", "include_managed"}),
    ("DELETE", "?delete_all=True", b"{}", {"delete_all"}),
    ("DELETE", "", b'{"delete_all": true}', {"delete_all"}),
    ("DELETE", "?calendar_ids%5B%5D=a&calendar_ids%5B%5D=b", b"{}", {"calendar_ids"}),
    ("DELETE", "", b'{"calendar_ids": ["a", "b"]}', {"calendar_ids"}),
]


def test_matchers_fold_what_clients_say_differently() -> None:
    """Query or body, `True` or `true`, `key[]` or a list, defaults and `{}` match each other."""
    contents = [content_of(Request(verb, f"{HOST}/v1/events{query}", body, {})) for verb, query, body, _ in SAYINGS]
    assert [content.keys() for content in contents] == [names for *_, names in SAYINGS]
    assert contents[0] == contents[1]
    assert contents[2] == contents[3]
    assert contents[4] == contents[5]
    different = content_of(Request("GET", f"{HOST}/v1/events?tzid=Etc%2FUTC&include_deleted=true", b"", {}))
    assert different == {"tzid": "Etc/UTC", "include_deleted": "true"}
    assert set(DEFAULTS.values()) == {"false"}


def test_every_cassette_is_used() -> None:
    """Each cassette belongs to a scene and is replayed by a test in this file."""
    source = inspect.getsource(sys.modules[__name__])
    replayed = set(re.findall(r'replay\("(\w+)"', source))
    assert {path.stem for path in STORED if path not in LIVE} == set(SCENES) == replayed
    assert {path.stem for path in LIVE} <= set(SCENES)


@pytest.mark.parametrize("path", STORED, ids=lambda path: path.stem)
def test_cassettes_say_where_they_come_from(path: Path) -> None:
    """A cassette has at its top by what it was recorded, against what, when, and with which versions."""
    text = path.read_text(encoding="utf-8")
    first = next(iter(json.loads(text)))
    about = json.loads(text)["recorded"]
    assert first == "recorded"
    assert about["against"] == ("a real account" if path in LIVE else "sandbox")
    assert {"by", "clock", "scene", "given", "versions"} <= about.keys()
    assert about["versions"].keys() == {"cronofy-frames", "pycronofy", "vcrpy"}
    assert text == text_of(json.loads(text))
    assert len(text) < 100_000


@pytest.mark.parametrize("path", STORED, ids=lambda path: path.stem)
def test_no_cassette_holds_a_secret(path: Path, secrets: set[str]) -> None:
    """Secrets are placeholders in requests and responses, and nothing looks like a token."""
    text = path.read_text(encoding="utf-8")
    assert not [secret for secret in secrets if secret in text]
    pages = re.sub(r"/pages/\w+", "/pages/", text)
    assert SECRET.findall(pages) == []
    assert {value for key in SECRETS for value in re.findall(rf'"{key}": "(.*?)"', text)} <= {
        f"<{key.upper()}>" for key in SECRETS
    }


def test_recording_again_gives_the_same(tmp_path: Path) -> None:
    """Recording again gives the same cassettes, except for the versions."""
    record_sandbox(tmp_path)
    for name in SCENES:
        again, stored = (json.loads((folder / f"{name}.json").read_text()) for folder in (tmp_path, CASSETTES))
        assert again["recorded"].pop("versions").keys() == stored["recorded"].pop("versions").keys()
        assert text_of(again) == text_of(stored), f"record {name} again: python -m tests.witness.record"


def test_a_private_recording_says_nothing_about_anybody(private: Path) -> None:
    """A private recording has no name, title, address or id of the account, and can be replayed."""
    text = "".join((private / f"{name}.json").read_text() for name in SCENES)
    maya = office().accounts[0]
    texts = {maya.sub, maya.name, "Okafor", "quillmark", "School run", "Family"}
    texts |= {item.summary for item in maya.events.values() if item.summary and len(item.summary) > 7}
    texts |= {item.event_uid for item in maya.events.values()} | {item.calendar_id for item in maya.calendars}
    texts |= {item.profile_id for item in maya.profiles}
    assert [item for item in texts if item and item in text] == []
    with replay("events", private) as client:
        frame = cf.read_events(client, START, END, tz=TZ, names=False)
    known = cf.read_events(fresh(), START, END, tz=TZ, names=False)
    assert frame["start"].tolist() == known["start"].tolist()
    assert frame.groupby("calendar_id").size().tolist() == known.groupby("calendar_id", sort=False).size().tolist()
    assert frame["summary"].str.fullmatch(r"summary \d+").all()


@pytest.mark.parametrize("name", ["calendars", "events", "free_busy"])
def test_recordings_of_any_account_become_frames(private: Path, name: str) -> None:
    """A recording of any account is read without a warning, with the same columns."""
    reads = {"calendars": cf.read_calendars, "events": cf.read_events, "free_busy": cf.read_free_busy}
    dtypes = reads[name](fresh()).dtypes
    for folder in (private, *{path.parent for path in LIVE if path.stem == name}):
        cassette = json.loads((folder / f"{name}.json").read_text())
        setting = cassette["recorded"]["given"]
        window = (
            {} if name == "calendars" else {"start": setting["start"], "end": setting["end"], "tz": setting["tzid"]}
        )
        options: dict[str, Any] = {} if name == "calendars" else {"names": False}
        with replay(name, folder) as client:
            frame = reads[name](client, **window, **options | ({"include": ()} if name == "free_busy" else {}))
        rows = [row for exchange in cassette["exchanges"] for row in exchange["response"]["json"][name]]
        assert 0 < len(frame) <= len(rows)
        assert list(frame) == list(dtypes.index)
        assert frame.attrs["cronofy"]["complete"]


def test_recording_live_writes_only_where_it_may(stage: Stage, tmp_path: Path) -> None:
    """With a token alone the account is only read; with a calendar id it is written to and cleaned up."""
    account, tokens = stage.box.account(stage.person), stage.box.tokens(stage.person)
    environment = {"CRONOFY_API_URL": stage.served.url, "CRONOFY_ACCESS_TOKEN": tokens["access_token"]}
    left_out = record_live(tmp_path, environment, NOW)
    assert set(left_out) == {scene.__name__ for scene in (*RENEWING, *WRITING)}
    assert {path.stem for path in tmp_path.iterdir()} == {scene.__name__ for scene in READING}
    assert {item.verb for item in stage.box.heard} == {"GET"}
    application = {"CRONOFY_CLIENT_ID": stage.box.client_id, "CRONOFY_CLIENT_SECRET": stage.box.client_secret}
    more = {**application, "CRONOFY_REFRESH_TOKEN": tokens["refresh_token"], "CRONOFY_LIVE_CALENDAR_ID": WORK}
    assert record_live(tmp_path, {**environment, **more}, NOW) == []
    assert {path.stem for path in tmp_path.iterdir()} == set(SCENES)
    assert [item for item in account.events.values() if item.managed_by and not item.deleted] == []
    assert account.channels == {}
    text = "".join(path.read_text() for path in tmp_path.iterdir())
    assert not [secret for secret in (*tokens.values(), *application.values(), WORK, "Ann") if secret in text]
    with pytest.raises(SystemExit, match="CRONOFY_ACCESS_TOKEN"):
        record_live(tmp_path, {}, NOW)


def test_the_network_is_out_of_reach(stage: Stage) -> None:
    """Replaying sends no request to a served sandbox."""
    with replay("calendars") as client:
        cf.read_calendars(client)
    assert stage.box.heard == []
