"""Frames and events with pseudonyms in place of addresses and names."""

import json
import subprocess
import sys
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import cronofy_frames as cf
from cronofy_frames.frames.pseudonyms import pseudonymise_event
from cronofy_frames.sandbox import Sandbox
from tests.event_rows import events

KEY = b"a key of sixteen bytes, or more"
OTHER_KEY = b"another key of sixteen bytes"
NAMES = ["Maya Okafor", "Wei Ling Tan", "Daniel Reyes"]


@pytest.fixture(scope="module")
def office() -> dict[str, pd.DataFrame]:
    """Frames of every kind, of an office with several accounts."""
    box = Sandbox(now="2026-03-02T09:00:00Z")
    clients = {account.email: cf.connect(sandbox=box, account=account.sub) for account in box.accounts[:2]}
    read = cf.read_events(clients, "2026-03-02", "2026-03-16", tz="Europe/London")
    client = next(iter(clients.values()))
    sheet = pd.DataFrame(
        {
            "summary": ["Lunch with bob@example.test"],
            "start": pd.to_datetime(["2026-03-09 12:00"]).tz_localize("UTC"),
            "end": pd.to_datetime(["2026-03-09 13:00"]).tz_localize("UTC"),
            "attendees": ["Bob Jones <bob@example.test>; ann@example.test"],
        }
    )
    return {
        "events": read,
        "attendees": cf.attendees(read),
        "free_busy": cf.read_free_busy(clients, "2026-03-02", "2026-03-09", tz="UTC"),
        "calendars": cf.read_calendars(clients),
        "profiles": cf.read_profiles(clients),
        "sheet": sheet,
        "plan": cf.plan_events(sheet, client=client, calendar="Calendar").frame(),
        "use": cf.time_use(read, by="account"),
        "organizers": cf.time_use(read, by="organizer_email"),
        "busy": cf.busy(read),
        "pivot": read.pivot_table(index="account", columns="organizer_email", values="all_day", aggfunc="count"),
    }


@pytest.mark.parametrize(
    "name",
    [
        *("events", "attendees", "free_busy", "calendars", "profiles", "sheet", "plan", "use", "organizers", "busy"),
        "pivot",
    ],
)
def test_no_address_is_left_in_any_frame(name: str, office: dict[str, pd.DataFrame]) -> None:
    """Neither values, index and labels nor attrs of a frame hold an address of the office; shape and dtypes stay."""
    frame = office[name]
    before = frame.copy()
    hidden = cf.pseudonymise(frame, KEY)
    ids = [column for column in hidden if str(column).endswith(("_id", "_uid"))]
    text = hidden.drop(columns=ids).to_csv() + json.dumps(hidden.attrs, default=str)
    for address in ("@quillmark.test", "@mail.example", "@cloud.example", "example.test"):
        assert address not in text
    assert hidden.shape == frame.shape
    assert hidden.dtypes.tolist() == frame.dtypes.tolist()
    pd.testing.assert_frame_equal(hidden.isna().set_axis(before.index).set_axis(before.columns, axis=1), before.isna())
    pd.testing.assert_frame_equal(frame, before)


def test_full_names_of_the_people_of_an_event_are_replaced_in_its_texts() -> None:
    """Names of organizer and attendees go from columns, lists and texts; a name of one word stays in a text."""
    people = [
        {"email": "maya@x.test", "display_name": "Maya Okafor"},
        {"email": "team@x.test", "display_name": "Team"},
    ]
    frame = events(
        {"start": "2026-03-02 09:00", "end": "2026-03-02 10:00", "attendees": people}
        | {"organizer": {"email": "dan@x.test", "display_name": "Dan Reyes"}}
        | {"summary": "MAYA OKAFOR / Dan Reyes: Team", "description": "Maya  and Dan Reyesson"}
    )
    hidden = cf.pseudonymise(frame, KEY).iloc[0]
    attendee = json.loads(hidden["attendees"])[0]
    assert hidden["summary"] == f"{attendee['display_name']} / {hidden['organizer_display_name']}: Team"
    assert hidden["description"] == "Maya  and Dan Reyesson"
    assert attendee["display_name"].startswith("Person ")


@pytest.mark.parametrize("text", ["Reyes, Dan", "dan  reyes", "DAN-REYES", "Dan Re\u00adyes"])
def test_names_in_texts_are_found_in_all_spellings(text: str) -> None:
    """A full name is found in any case and order of its words; one of a person of another event is not."""
    organizer = {"organizer": {"email": "dan@x.test", "display_name": "Dan Reyes (Sales)"}}
    times = {"start": "2026-03-02 09:00", "end": "2026-03-02 10:00"}
    hidden = cf.pseudonymise(events(times | organizer | {"summary": f"With {text}"}, times | {"summary": text}), KEY)
    assert hidden["summary"].tolist() == [f"With {hidden['organizer_display_name'][0]}", text]


@pytest.mark.parametrize(
    "same",
    [
        ("ann@x.test", "Ann@X.TEST", " ann@x.test ", "ann+news@x.test", "mailto:ann@x.test", "ann@x.test."),
        ("ann@x.test", "<ann@x.test>", "Ann Lee <Ann@x.test>", '"Lee, Ann" <mailto:ann@x.test>', "'ann@x.test'"),
        ("ann.lee@gmail.com", "annlee@googlemail.com", "Ann.Lee+a+b@gmail.com"),
        ("ann@me.com", "ann@icloud.com", "ann@mac.com"),
        ("ann@pm.me", "ann@proton.me", "ann@protonmail.com"),
        ("ann@bücher.example", "ann@xn--bcher-kva.example", "ann@BÜCHER.example"),
        ("/o=Exchange/cn=Ann", "/O=EXCHANGE/CN=ANN"),
    ],
    ids=lambda same: same[0],
)
def test_spellings_of_an_address_have_one_pseudonym(same: tuple[str, ...]) -> None:
    """Case, tags, schemes and other domains of a provider make no difference."""
    hidden = cf.pseudonymise(pd.DataFrame({"email": same}), KEY)
    assert hidden["email"].nunique() == 1


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("ann.lee@x.test", "annlee@x.test"),
        ("ann@x.test", "ann@y.test"),
        ("ann@gmail.com", "ann@gmail.com.example"),
        ("+ann@x.test", "+bob@x.test"),
    ],
)
def test_different_people_have_different_pseudonyms(first: str, second: str) -> None:
    """Dots count where the provider counts them, and so does the domain."""
    hidden = cf.pseudonymise(pd.DataFrame({"email": [first, second]}), KEY)
    assert hidden["email"].nunique() == 2


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("Ask ann@x.test.", "Ask {}."),
        ("<mailto:Ann@X.test>", "<mailto:{}>"),
        ("(ann+news@x.test),'ann@x.test'", "({}),'{}'"),
        ("https://y.test/?user=ann%40x.test&a=1", "https://y.test/?user={}&a=1"),
        ("https://y.test/?a=1&u=%22ann%2Bnews%40x.test%22", "https://y.test/?a=1&u=%22{}%22"),
        ("at @ home, 3@4, a@b", "at @ home, 3@4, a@b"),
    ],
)
def test_addresses_in_a_text_have_the_pseudonym_of_their_column(text: str, rest: str) -> None:
    """An address is found between other marks and in addresses of pages; the rest of the text stays."""
    hidden = cf.pseudonymise(pd.DataFrame({"email": ["ann@x.test"], "notes": [text]}), KEY)
    assert hidden["notes"][0] == rest.replace("{}", hidden["email"][0])


def test_a_pseudonym_is_a_keyed_hash_that_every_process_makes() -> None:
    """The same key makes the same in a new process, another key something else; text keys are their bytes."""
    frame = pd.DataFrame({"email": ["ann@x.test"]})
    code = (
        "import cronofy_frames as cf, pandas as pd\n"
        f"print(cf.pseudonymise(pd.DataFrame({{'email': ['ann@x.test']}}), {KEY!r})['email'][0])"
    )
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()
    pseudonyms = [cf.pseudonymise(frame, key)["email"][0] for key in (KEY, KEY.decode(), OTHER_KEY)]
    assert pseudonyms[0] == pseudonyms[1] == printed
    assert pseudonyms[2] != printed


def test_a_second_time_changes_nothing_with_the_same_key(office: dict[str, pd.DataFrame]) -> None:
    """Pseudonyms of a key stay what they are; with another key they get new ones, still the same for one person."""
    once = cf.pseudonymise(office["events"], KEY)
    pd.testing.assert_frame_equal(cf.pseudonymise(once, KEY), once)
    again = cf.pseudonymise(once, OTHER_KEY)
    assert not set(again["organizer_email"].dropna()) & set(once["organizer_email"].dropna())
    assert again["organizer_email"].nunique() == once["organizer_email"].nunique()
    pd.testing.assert_frame_equal(cf.pseudonymise(cf.pseudonymise(office["events"], KEY, keep_domain=True), KEY), once)


def test_measures_of_pseudonyms_are_those_of_the_people(office: dict[str, pd.DataFrame]) -> None:
    """With their domains, time_use counts the same hours, shares and people."""
    read = office["events"]
    asked = {"freq": "W", "own_domains": "quillmark.test", "metrics": list(cf.metrics()["name"])}
    hidden = cf.pseudonymise(read, KEY, keep_domain=True)
    pd.testing.assert_frame_equal(cf.time_use(hidden, **asked), cf.time_use(read, **asked), check_flags=False)


def test_own_domains_of_pseudonyms_without_domains_are_refused(office: dict[str, pd.DataFrame]) -> None:
    """External attendees cannot be told from others, which is an error with the argument that helps."""
    hidden = cf.pseudonymise(office["events"], KEY)
    with pytest.raises(ValueError, match="keep_domain=True"):
        cf.time_use(hidden, own_domains="quillmark.test")
    assert len(cf.time_use(hidden, freq="W")) > 0


def test_rooms_of_google_stay_rooms() -> None:
    """Their domain names no organisation, and is kept."""
    hidden = cf.pseudonymise(pd.DataFrame({"email": ["c_1@resource.calendar.google.com"]}), KEY)
    assert hidden["email"].str.endswith("@resource.calendar.google.com").all()


def test_frames_can_be_joined(office: dict[str, pd.DataFrame]) -> None:
    """An account, an organizer and an attendee of one address have one pseudonym; ids stay."""
    hidden = {name: cf.pseudonymise(office[name], KEY) for name in ("events", "attendees")}
    people = set(hidden["attendees"]["email"].dropna())
    assert set(hidden["events"]["account"]) <= people
    assert set(hidden["events"].attrs["cronofy"]["accounts"]) == set(hidden["events"]["account"])
    assert hidden["events"]["event_uid"].equals(office["events"]["event_uid"])
    pd.testing.assert_frame_equal(
        cf.attendees(hidden["events"])[["email", "display_name"]], hidden["attendees"][["email", "display_name"]]
    )


@pytest.mark.parametrize("columns", [["summary"], ["account"], ["account", "summary"]])
def test_the_accounts_of_the_read_have_the_labels_of_the_column(
    office: dict[str, pd.DataFrame], columns: list[str]
) -> None:
    """Whether that is among the listed columns or not, so that analysis still finds the accounts without rows."""
    result = cf.pseudonymise(office["events"], KEY, columns=columns)
    assert set(result.attrs["cronofy"]["accounts"]) == set(result["account"])


def test_columns_that_are_given_are_changed_as_a_whole() -> None:
    """Only these change; a value without an address becomes a pseudonym, a title keeps its words."""
    frame = pd.DataFrame(
        {"Owner": ["ann", "bob@x.test", None], "summary": ["ann@x.test: a"] * 3, "email": ["a@b.test"] * 3}
    )
    hidden = cf.pseudonymise(frame, KEY, columns=["Owner", "summary"])
    assert hidden["Owner"].str.startswith("p-").tolist() == [True, True, False]
    assert hidden["summary"][0].endswith("@pseudonym.invalid: a")
    assert hidden["email"].tolist() == frame["email"].tolist()
    pd.testing.assert_frame_equal(cf.pseudonymise(hidden, KEY, columns=["Owner", "summary"]), hidden)


@pytest.mark.parametrize("dtype", ["str", "object", "category", "string[pyarrow]"])
def test_every_dtype_of_text_is_changed(dtype: str) -> None:
    """Texts, objects and categories keep their dtype, and missing values stay."""
    frame = pd.DataFrame({"email": pd.Series(["ann@x.test", None, "bob@x.test", "ANN@x.test"], dtype=dtype)})
    hidden = cf.pseudonymise(frame, KEY)["email"]
    assert hidden.isna().tolist() == [False, True, False, False]
    assert hidden.nunique() == 2
    assert isinstance(hidden.dtype, type(frame["email"].dtype))


def test_lists_of_python_are_walked() -> None:
    """A column of lists, as other tools hold attendees, has pseudonyms in its entries."""
    frame = pd.DataFrame(
        {"attendees": [[{"email": "ann@x.test", "display_name": "Ann Lee", "status": "accepted"}], None]}
    )
    hidden = cf.pseudonymise(frame, KEY)["attendees"]
    assert hidden[0][0]["status"] == "accepted"
    assert hidden[0][0]["email"].endswith("@pseudonym.invalid")
    assert hidden[1] is None


CELLS: dict[str, Any] = {
    "array": np.array(["ann@x.test", "bob@x.test"]),
    "array of objects": np.array([{"email": "ann@x.test"}], dtype=object),
    "set": {"ann@x.test"},
    "tuple": ("ann@x.test", 3),
    "bytes": b"ann@x.test",
    "keys": {"ann@x.test": "accepted"},
    "JSON with keys": '{"ann@x.test": "accepted"}',
    "nested": {"deep": [{"email": "ann@x.test"}, np.array(["ann@x.test"])]},
}


@pytest.mark.parametrize("name", CELLS)
def test_every_kind_of_cell_is_walked(name: str) -> None:
    """A frame that another tool made, or read from Parquet, has lists of other kinds."""
    frame = pd.DataFrame({"attendees": pd.Series([CELLS[name], None], dtype=object)})
    hidden = cf.pseudonymise(frame, KEY)["attendees"]
    assert "x.test" not in str(hidden[0])
    assert "@pseudonym.invalid" in str(hidden[0])
    assert hidden[1] is None


ARROW_TYPES = [
    (pa.list_(pa.string()), ["ann@x.test"]),
    (pa.list_(pa.struct([("email", pa.string())])), [{"email": "ann@x.test"}]),
    (pa.struct([("email", pa.large_string()), ("number", pa.int64())]), {"email": "ann@x.test", "number": 3}),
    (pa.dictionary(pa.int32(), pa.string()), "ann@x.test"),
    (pa.large_string(), "ann@x.test"),
    (pa.binary(), b"ann@x.test"),
]


@pytest.mark.parametrize(("kind", "value"), ARROW_TYPES, ids=lambda value: str(value))
def test_every_arrow_type_with_text_is_changed(kind: pa.DataType, value: Any) -> None:
    """Lists and records too, and the type stays."""
    frame = pd.DataFrame({"attendees": pd.Series([value, None], dtype=pd.ArrowDtype(kind))})
    hidden = cf.pseudonymise(frame, KEY)
    assert hidden.dtypes.equals(frame.dtypes)
    assert "@pseudonym.invalid" in str(hidden["attendees"][0])
    assert "x.test" not in str(hidden["attendees"][0])
    assert hidden["attendees"].isna().tolist() == [False, True]


@pytest.mark.parametrize("name", ["email", "account", "attendees", "notes", "summary", "display_name"])
def test_blank_values_are_nobody(name: str) -> None:
    """They would count as a person."""
    frame = pd.DataFrame({name: ["", " ", "ann@x.test"]})
    assert cf.pseudonymise(frame, KEY)[name].tolist()[:2] == ["", " "]
    assert cf.pseudonymise(frame, KEY, columns=[name])[name].tolist()[:2] == ["", " "]


def test_an_event_of_the_api_has_the_pseudonyms_of_its_frame() -> None:
    """The row and the frame agree; times and ids stay, and unknown fields are searched."""
    row: dict[str, Any] = {
        "start": "2026-03-02T09:00:00Z",
        "end": {"time": "2026-03-02T10:00:00Z", "tzid": "Europe/London"},
        "event_uid": "evt_0000",
        "calendar_id": "cal_ann@x.test",
        "summary": "Ann Lee and bob@x.test",
        "organizer": {"email": "ann@x.test", "display_name": "Ann Lee"},
        "attendees": [{"email": "bob@x.test", "display_name": None, "status": "accepted"}],
        "location": {"description": "ann@x.test"},
        "new_field": {"deep": ["bob@x.test", 3, None]},
    }
    hidden = pseudonymise_event(row, KEY, keep_domain=True)
    frame = cf.pseudonymise(events(row), KEY, keep_domain=True).iloc[0]
    assert hidden["organizer"]["email"] == frame["organizer_email"] == hidden["location"]["description"]
    assert hidden["summary"] == frame["summary"]
    assert hidden["new_field"]["deep"] == [hidden["attendees"][0]["email"], 3, None]
    assert [hidden[name] for name in ("start", "end", "event_uid", "calendar_id")] == [
        row[name] for name in ("start", "end", "event_uid", "calendar_id")
    ]
    assert pseudonymise_event(hidden, KEY, keep_domain=True) == hidden


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"key": b"short"}, r"key has 5 bytes and needs at least 16.*secrets\.token_bytes\(32\)"),
        ({"key": KEY, "columns": ["organiser"]}, "no column 'organiser' to pseudonymise.*It has email"),
    ],
)
def test_what_cannot_be_done_says_what_to_do(arguments: dict[str, Any], message: str) -> None:
    """A short key and an unknown column are errors with the next step."""
    with pytest.raises(ValueError, match=message):
        cf.pseudonymise(pd.DataFrame({"email": ["ann@x.test"]}), **arguments)


def test_every_level_of_an_index_is_changed() -> None:
    """Levels of numbers and of ids stay, and so do their names."""
    levels = [("ann@x.test", 3, "cal_ann@x.test"), ("bob@x.test", 4, "cal_bob@x.test")]
    index = pd.MultiIndex.from_tuples(levels, names=["account", "week", "calendar_id"])
    hidden = cf.pseudonymise(pd.DataFrame({"hours": [1.0, 2.0]}, index=index), KEY).index
    assert hidden.names == index.names
    assert hidden.get_level_values("account").str.endswith("@pseudonym.invalid").all()
    for name in ("week", "calendar_id"):
        assert hidden.get_level_values(name).equals(index.get_level_values(name))


def test_an_index_is_changed_as_a_column_of_its_name() -> None:
    """Labels of accounts are replaced also where they are no addresses."""
    frame = pd.DataFrame({"account": ["Ann Lee", "bob@x.test"], "hours": [1.0, 2.0]})
    hidden = cf.pseudonymise(frame.set_index("account"), KEY)
    assert hidden.index.tolist() == cf.pseudonymise(frame, KEY)["account"].tolist()
    assert "Ann Lee" not in hidden.index


@pytest.mark.parametrize("name", ["series_identifier", "sub", "event_uid", "calendar_id", "start_tzid"])
def test_ids_stay_as_they_are(name: str) -> None:
    """Also those that look like addresses, as frames are joined by them."""
    frame = pd.DataFrame({name: ["ann@x.test"]})
    pd.testing.assert_frame_equal(cf.pseudonymise(frame, KEY), frame)


def test_what_a_frame_says_of_its_read_is_walked() -> None:
    """Texts, lists and keys that are addresses, whatever the other keys are."""
    frame = pd.DataFrame({"hours": [1.0]})
    frame.attrs = {"notes": {"ann@x.test": ["bob@x.test"], 3: "bob@x.test", "rows": 4}}
    notes = cf.pseudonymise(frame, KEY).attrs["notes"]
    assert "x.test" not in str(notes)
    assert list(notes)[1:] == [3, "rows"]
    assert notes["rows"] == 4


def test_a_name_beside_an_address_is_that_of_a_person() -> None:
    """The same key of something else stays, and people are named in texts by their attendees' names."""
    event = {
        "summary": "Lunch with Ann Lee",
        "attendees": [{"email": "ann@x.test", "display_name": "Ann Lee"}],
        "contacts": [{"name": "Ann Lee", "email": "ann@x.test"}, {"name": "Room 4"}],
    }
    hidden = pseudonymise_event(event, KEY)
    name = hidden["attendees"][0]["display_name"]
    assert hidden["summary"] == f"Lunch with {name}"
    assert [entry["name"] for entry in hidden["contacts"]] == [name, "Room 4"]


def test_two_columns_of_one_name_are_refused() -> None:
    """It is not clear which is meant."""
    with pytest.raises(ValueError, match="the frame has 2 columns 'email': rename or drop one"):
        cf.pseudonymise(pd.DataFrame([["ann@x.test"] * 2], columns=["email", "email"]), KEY)


@pytest.mark.parametrize("values", [[1, 2], [1.5, None], pd.to_datetime(["1980-01-02", None])])
def test_a_given_column_of_numbers_is_refused(values: Any) -> None:
    """Such as a number of employees, which would stay readable."""
    with pytest.raises(
        ValueError, match=r"the column 'staff' has the dtype .*: make it text with frame\['staff'\].astype\(str\)"
    ):
        cf.pseudonymise(pd.DataFrame({"staff": values}), KEY, columns=["staff"])


def test_a_key_that_is_no_text_is_a_type_error() -> None:
    """A number is no key."""
    with pytest.raises(TypeError, match="key is bytes or text"):
        cf.pseudonymise(pd.DataFrame(), 12345)  # type: ignore[arg-type]
