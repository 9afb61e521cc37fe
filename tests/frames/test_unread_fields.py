"""Fields that Cronofy sends and no column has: their counts, and the warning of new ones."""

import json
import warnings
from typing import Any

import httpx
import pandas as pd
import pytest

import cronofy_frames as cf
from cronofy_frames.frames.decoder import Decoder
from cronofy_frames.frames.unread_fields import OTHERS, UnreadFieldWarning
from cronofy_frames.schema import AVAILABILITY_RULES, EVENTS, ORGANIZATIONAL_UNIT_MEMBERS, SCHEDULING_REQUESTS, Table
from cronofy_frames.wire.client import Client
from tests.cronofy_server import answering_client, row, rows_client


def unread(*rows: dict[str, Any], pages: int = 1) -> dict[str, int]:
    """Return what a decoder counts in rows, which come on each of some pages."""
    decoder = Decoder(EVENTS, rows="events")
    for _ in range(pages):
        decoder.add(json.dumps({"events": rows}).encode())
    decoder.frame()
    return decoder.unread_record()["unread"]


def quietly(client: Client, **options: Any) -> pd.DataFrame:
    """Return the events of a client, whatever is new in them."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UnreadFieldWarning)
        return cf.read_events(client, names=False, **options)


@pytest.mark.parametrize(
    ("more", "paths"),
    [
        ({"mood": "good"}, ["mood"]),
        ({"mood": None}, ["mood"]),
        ({"mood": False}, ["mood"]),
        ({"mood": [{"a": 1}]}, ["mood"]),
        ({"custom": {}}, ["custom"]),
        ({"custom": {"path": 1, "deep": {"er": 2}}}, ["custom.deep.er", "custom.path"]),
        ({"location": {"description": "Room", "floor": 3}}, ["location.floor"]),
        ({"organizer": {"email": "a@x.test", "phone": "1"}, "mood": 1}, ["mood", "organizer.phone"]),
        ({"start": {"time": "2026-03-02T01:00:00Z", "tzid": "UTC", "sort": 1}}, ["start.sort"]),
        ({"attendees": [{"email": "a@x.test", "status": "accepted", "rank": 1}]}, ["attendees[].rank"]),
        ({"attendees": [{"rank": 1}, {"rank": 2, "seat": None}]}, ["attendees[].rank", "attendees[].seat"]),
        ({"attendees": [{"my_email": "a@x.test"}]}, ["attendees[].my_email"]),
        ({"attendees": [{"xdisplay_name": "A"}, {"display_name": "A"}]}, ["attendees[].xdisplay_name"]),
        ({"attendees": [{"display_name": "A"}]}, []),
        ({"attendees": [{"email": 'x":y', "display_name": '","seat":1', "status": "a"}]}, []),
        ({"attendees": []}, []),
        ({"recurrence": {"rules": []}, "series_master": {"event_uid": "e"}, "conferencing": {"pending": True}}, []),
        ({"color": "#49BED8", "attachments": [], "event_status": "confirmed"}, []),
    ],
)
def test_rows_are_counted_by_the_path_of_what_no_column_has(more: dict[str, Any], paths: list[str]) -> None:
    """Keys of the documentation are not counted; others by their path, in each row where they occur."""
    assert unread(row(1, **more), row(2), row(3, **more)) == dict.fromkeys(paths, 2)


def test_each_page_is_counted_whatever_came_before() -> None:
    """A key counts in all rows, also on pages before and after others, and beside a value of a wrong type."""
    decoder = Decoder(EVENTS, rows="events")
    pages = [[row(1)], [row(2, mood=1)], [row(3, mood=2, tone=1)], [row(4)], [row(5, summary=5, tone=2, hue=0)]]
    for rows in pages:
        decoder.add(json.dumps({"events": rows}).encode())
    with pytest.warns(UserWarning, match="summary 1"):
        frame = decoder.frame()
    assert decoder.unread_record() == {"unread": {"hue": 1, "mood": 2, "tone": 2}}
    assert frame["event_uid"].tolist() == [f"evt_{n:03}" for n in range(1, 6)]
    assert frame["start"].notna().all()


def test_keys_that_cannot_be_columns_do_not_change_others() -> None:
    """A key with a dot is not taken for the key of an object that it looks like; such keys are counted together."""
    decoder = Decoder(EVENTS, rows="events")
    strange = {"location.description": "no", 'quo"te': 1, "": 2, "location": {"description": "Room"}}
    decoder.add(json.dumps({"events": [row(1, **strange), row(2)]}).encode())
    assert decoder.frame()["location_description"].tolist()[0] == "Room"
    assert decoder.unread_record() == {"unread": {OTHERS: 1}}


def test_random_keys_end_in_one_count() -> None:
    """Keys that are different in each row do not grow without end: what is beyond a hundred has one count."""
    counts = unread(*(row(n % 20, **{f"key_{n}": n}, custom={f"id_{n}": n}) for n in range(150)))
    assert len(counts) <= 102
    assert counts[OTHERS] >= 50


def test_texts_that_are_not_valid_are_counted_all_the_same() -> None:
    """Bytes that are not UTF-8 in an unknown field stop neither the read nor the count."""
    decoder = Decoder(EVENTS, rows="events")
    decoder.add(b'{"events":[{"event_uid":"a","custom":{"k\xff":"\xff","b":"\\ud800"}}]}')
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert len(decoder.frame()) == 1
    assert decoder.unread_record() == {"unread": {"custom.b": 1, "custom.k\ufffd": 1}}


def test_lists_with_spaces_before_colons_are_read_too() -> None:
    """How JSON is written makes no difference to the keys that are found in lists."""
    decoder = Decoder(EVENTS, rows="events")
    decoder.add(b'{"events":[{"attendees":[{"email" : "a@x.test", "seat" : 1}]}]}')
    decoder.frame()
    assert decoder.unread_record() == {"unread": {"attendees[].seat": 1}}


def test_a_read_has_the_counts_in_its_attrs_and_reports_each_path_once() -> None:
    """The first read with a new field warns, with the path, the count and the step to read it; the next ones count."""
    client = rows_client([[row(1, once_a={"x": 1}), row(2)], [row(3, once_a={"x": 2})]])
    with pytest.warns(UnreadFieldWarning, match=r"once_a\.x \(2 rows\).*extra=\{'once_a\.x': 'text'\}") as caught:
        events = cf.read_events(client, names=False)
    assert len(caught) == 1
    assert caught[0].filename == __file__
    assert events.attrs["cronofy"]["unread"] == {"once_a.x": 2}
    again = cf.read_events(client, names=False)
    assert again.attrs["cronofy"]["unread"] == {"once_a.x": 2}


def test_the_warning_names_the_column_of_a_list() -> None:
    """A key in the entries of a list is not lost: the warning says that the JSON text of the list has it."""
    client = rows_client([[row(1, attendees=[{"email": "a@x.test", "once_b": 1}])]])
    with pytest.warns(UnreadFieldWarning, match=r"attendees\[\]\.once_b \(1 row\).*JSON texts in attendees"):
        events = cf.read_events(client, names=False)
    assert '"once_b"' in events.loc[0, "attendees"]


def test_accounts_are_counted_each_and_together() -> None:
    """A read of several accounts warns once; attrs has the counts of each account and of all, and so has concat."""
    clients = {label: rows_client([[row(1, once_c=1)]]) for label in ("ann", "bob")}
    with pytest.warns(UnreadFieldWarning) as caught:
        events = cf.read_events(clients, "2026-03-02", "2026-03-03", names=False)
    assert len(caught) == 1
    source = events.attrs["cronofy"]
    assert source["unread"] == {"once_c": 2}
    assert [account["unread"] for account in source["accounts"].values()] == [{"once_c": 1}] * 2
    other = quietly(rows_client([[row(2, once_c=1)]]), start="2026-03-03", end="2026-03-04")
    first = quietly(clients["ann"], start="2026-03-02", end="2026-03-03")
    assert cf.concat([first, other]).attrs["cronofy"]["unread"] == {"once_c": 2}


def test_a_broken_read_has_its_counts() -> None:
    """`.partial` has the counts of the rows that were read."""
    with pytest.raises(cf.ServerError) as caught:
        quietly(rows_client([[row(1, once_d=1)], 500]))
    assert caught.value.partial is not None
    assert caught.value.partial.attrs["cronofy"]["unread"] == {"once_d": 1}


def test_free_busy_calendars_and_availability_are_counted() -> None:
    """The other lists count their unread fields too, and say how to read them."""
    client = rows_client([[row(1, deleted=False, once_e=1)]], calendars=[{"calendar_id": "cal_1", "once_f": "blue"}])
    with pytest.warns(UnreadFieldWarning, match="once_e"):
        assert cf.read_free_busy(client, names=False).attrs["cronofy"]["unread"] == {"once_e": 1}
    with pytest.warns(UnreadFieldWarning, match="once_f"):
        assert cf.read_calendars(client).attrs["cronofy"]["unread"] == {"once_f": 1}


def test_availability_is_counted() -> None:
    """A new field of available periods, and of their participants, is counted."""

    def handle(_: httpx.Request) -> httpx.Response:
        period = {"start": "2026-03-02T09:00:00Z", "end": "2026-03-02T10:00:00Z", "once_g": 1}
        return httpx.Response(200, json={"available_periods": [period | {"participants": [{"sub": "a", "once_h": 1}]}]})

    client = answering_client(handle)
    with pytest.warns(UnreadFieldWarning, match=r"client\.call"):
        free = cf.read_availability(
            client, ["a"], "2026-03-02", "2026-03-03", duration="1h", include_member_statuses=False
        )
    assert free.attrs["cronofy"]["unread"] == {"once_g": 1, "participants[].once_h": 1}


def test_the_sandbox_sends_nothing_that_is_unread() -> None:
    """What the contract documents is read or left out on purpose, so that no read of the sandbox warns."""
    client = cf.connect(sandbox=cf.Sandbox())
    frames = [
        cf.read_events(client, localized=True, deleted=True, include=["geo", "google_ids", "moved"]),
        cf.read_free_busy(client, include=["ids", "free"]),
        *(read(client) for read in (cf.read_calendars, cf.read_profiles, cf.read_channels)),
    ]
    assert [frame.attrs["cronofy"]["unread"] for frame in frames] == [{}] * len(frames)


@pytest.mark.parametrize(
    ("table", "rows", "entry", "paths"),
    [
        (
            AVAILABILITY_RULES,
            "availability_rules",
            {
                "availability_rule_id": "r",
                "weekly_periods": [{"day": "monday", "room": 1}, {"day": "friday"}],
                "mood": 1,
            },
            {"mood": 2, "weekly_periods.room": 1},
        ),
        (AVAILABILITY_RULES, "availability_rules", {"availability_rule_id": "r", "weekly_periods": []}, {}),
        (
            SCHEDULING_REQUESTS,
            "scheduling_requests",
            {"scheduling_request": {"summary": "s", "mood": 1, "event": {"summary": "s", "hue": 1}}},
            {"scheduling_request.event.hue": 1, "scheduling_request.mood": 1},
        ),
        (ORGANIZATIONAL_UNIT_MEMBERS, "members", {"sub": "acc_1", "scheduler": {"hue": 1}}, {"scheduler.hue": 1}),
    ],
)
def test_other_lists_are_counted_too(table: Table, rows: str, entry: dict[str, Any], paths: dict[str, int]) -> None:
    """Of a list that is unrolled, in each of the rows that it becomes."""
    decoder = Decoder(table, rows=rows)
    decoder.add(json.dumps({rows: [entry]}).encode())
    decoder.frame()
    assert decoder.unread_record() == {"unread": paths}
