"""The row decoder: pages of JSON become frames whose columns and dtypes do not depend on the data."""

from __future__ import annotations

import io
import json
import sys
import warnings
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from types import FrameType
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cronofy_frames import schema
from cronofy_frames.errors import CronofyError, TransportError
from cronofy_frames.frames.clock_changes import midnights
from cronofy_frames.frames.column_ordering import Ordering
from cronofy_frames.frames.decoder import Decoder, UnreadWarning, attendees, decode, empty
from cronofy_frames.frames.tidy import tidy
from cronofy_frames.frames.timestamps import instants, to_timezone
from cronofy_frames.schema import ATTENDEES, CALENDARS, CHANNELS, EVENTS, FREE_BUSY, Column, Table

quick = settings(max_examples=60)

BATCH = Table(
    "batch",
    (
        Column("status", "status", "integer", "a whole number"),
        Column("data", "data", "list", "JSON of any kind"),
    ),
)


TABLES = [table for table in vars(schema).values() if isinstance(table, Table)]
ZONES = [
    "UTC",
    "Etc/UTC",
    "Africa/Cairo",
    "America/Havana",
    "America/New_York",
    "America/St_Johns",
    "Asia/Beirut",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "Europe/Dublin",
    "Europe/Paris",
    "Pacific/Chatham",
    "Pacific/Kiritimati",
]
TIMED = {"start": "2026-05-04T08:00:00Z", "end": "2026-05-04T09:00:00Z"}


def page(*rows: Any, key: str = "events") -> bytes:
    """Return a page of JSON, as the API sends it."""
    return json.dumps({"pages": {"current": 1, "total": 1}, key: rows}, separators=(",", ":")).encode()


def event(uid: str = "evt_external_01", **values: Any) -> dict[str, Any]:
    """Return an event's row with its ids."""
    return {"calendar_id": "cal_aa_1", "event_uid": uid, **values}


def events(*rows: Any, tz: str = "UTC") -> pd.DataFrame:
    """Return the deduplicated and sorted frame of these rows, sent as one page."""
    return decode([page(*rows)], EVENTS, rows="events", tz=tz)


def decode_pages(*pages: bytes, table: Table = EVENTS, rows: str = "events", tz: str = "UTC") -> pd.DataFrame:
    """Return all rows of pages in the order received, ignoring warnings about unread values."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UnreadWarning)
        return decode(pages, replace(table, key=(), order=()), rows=rows, tz=tz)


def single_row(frame: pd.DataFrame) -> pd.Series:
    """Return the only row of a frame."""
    assert len(frame) == 1
    return frame.iloc[0]


def local_time(text: str, tz: str = "UTC") -> pd.Timestamp:
    """Return a wall time in a zone."""
    return pd.Timestamp(text, tz=tz)


class TestCases:
    """Cases of the contract, in the order in which it lists them."""

    def test_all_day(self) -> None:
        """An all-day event starts and ends at local midnights, and its end stays exclusive."""
        row = single_row(events(event(start="2026-05-04", end="2026-05-05", deleted=False), tz="America/New_York"))
        assert row["all_day"]
        assert row["start"] == local_time("2026-05-04 00:00", "America/New_York")
        assert row["end"] == local_time("2026-05-05 00:00", "America/New_York")

    def test_several_days(self) -> None:
        """An all-day event of three days lasts three days from start to exclusive end."""
        row = single_row(events(event(start="2026-05-04", end="2026-05-07"), tz="Asia/Kathmandu"))
        assert row["end"] - row["start"] == pd.Timedelta(days=3)

    def test_timed(self) -> None:
        """A UTC time keeps its instant and is shown in the requested zone."""
        row = single_row(events(event(**TIMED), tz="Europe/Paris"))
        assert not row["all_day"]
        assert row["start"].isoformat() == "2026-05-04T10:00:00+02:00"

    def test_localized(self) -> None:
        """A localized time is the instant given by its offset; its zone is in a separate column."""
        start = {"time": "2026-05-04T10:00:00+02:00", "tzid": "Europe/Paris"}
        end = {"time": "2026-05-04T10:30:00+02:00", "tzid": "Europe/Paris"}
        row = single_row(events(event(start=start, end=end)))
        assert row["start"] == local_time("2026-05-04 08:00")
        assert (row["start_tzid"], row["end_tzid"], row["all_day"]) == ("Europe/Paris", "Europe/Paris", False)

    def test_localized_day(self) -> None:
        """A date with a tzid is an all-day event in the requested zone."""
        start = {"time": "2026-05-04", "tzid": "Europe/Paris"}
        end = {"time": "2026-05-05", "tzid": "Europe/Paris"}
        row = single_row(events(event(start=start, end=end), tz="Asia/Tokyo"))
        assert row["all_day"]
        assert row["start"] == local_time("2026-05-04 00:00", "Asia/Tokyo")
        assert row["start_tzid"] == "Europe/Paris"

    def test_no_zone_known(self) -> None:
        """Etc/UTC, which means that no zone is known, is kept as the tzid."""
        start, end = ({"time": f"2026-05-04T0{hour}:00:00Z", "tzid": "Etc/UTC"} for hour in (8, 9))
        row = single_row(events(event(start=start, end=end)))
        assert (row["start"], row["start_tzid"]) == (local_time("2026-05-04 08:00"), "Etc/UTC")

    def test_two_zones(self) -> None:
        """A flight that starts and ends in different zones lasts the difference of its instants."""
        start = {"time": "2026-05-04T09:00:00-04:00", "tzid": "America/New_York"}
        end = {"time": "2026-05-04T21:00:00+01:00", "tzid": "Europe/London"}
        row = single_row(events(event(start=start, end=end)))
        assert row["end"] - row["start"] == pd.Timedelta(hours=7)
        assert (row["start_tzid"], row["end_tzid"]) == ("America/New_York", "Europe/London")

    def test_night_of_change(self) -> None:
        """Duration is computed from instants: two hours of wall time across a spring change are one hour."""
        start = {"time": "2026-03-29T01:30:00+01:00", "tzid": "Europe/Paris"}
        end = {"time": "2026-03-29T03:30:00+02:00", "tzid": "Europe/Paris"}
        row = single_row(events(event(start=start, end=end), tz="Europe/Paris"))
        assert row["end"] - row["start"] == pd.Timedelta(hours=1)

    def test_tombstone(self) -> None:
        """A deleted event with only its ids keeps one row, with NA in the other columns."""
        row = single_row(events(event(deleted=True, updated="2026-05-05T07:00:00Z")))
        assert row["deleted"]
        assert not row["all_day"]
        present = {"calendar_id", "event_uid", "deleted", "all_day", "updated"}
        assert row.drop(list(present)).isna().all()

    def test_managed(self) -> None:
        """Events that have only the application's event_id are distinguished by it."""
        options = {"delete": True, "update": True, "change_participation_status": False}
        rows = [
            {"calendar_id": "cal_aa_1", "event_id": f"order-{n}", "options": options, **TIMED} for n in (17, 17, 18)
        ]
        frame = events(*rows)
        assert frame["event_id"].tolist() == ["order-17", "order-18"]
        assert frame["event_uid"].isna().all()
        assert frame["options_delete"].tolist() == [True, True]
        assert frame["options_change_participation_status"].tolist() == [False, False]

    def test_nulls(self) -> None:
        """Null in place of a text, an object or a list is a missing value."""
        nulls = dict.fromkeys(["summary", "description", "location", "organizer", "attendees", "recurring"])
        row = single_row(events(event(**nulls, **TIMED)))
        columns = ["summary", "description", "location_description", "organizer_email", "attendees", "recurring"]
        assert row[columns].isna().all()

    def test_missing_keys_keep_columns(self) -> None:
        """Missing keys change neither columns nor dtypes."""
        frame = events(event(**TIMED))
        full = events(event(recurring=True, location={"lat": "1.5"}, options={"delete": True}, **TIMED))
        assert frame.dtypes.to_dict() == full.dtypes.to_dict()
        assert str(frame["recurring"].dtype) == "boolean"
        assert frame["recurring"].isna().all()

    def test_blank(self) -> None:
        """An empty text or an empty list is not a missing value."""
        row = single_row(events(event(summary="", description="", attendees=[], categories=[], **TIMED)))
        assert row[["summary", "description", "attendees", "categories"]].tolist() == ["", "", "[]", "[]"]

    def test_geo(self) -> None:
        """Coordinates sent as text become numbers; a text that is not a number is missing and counted."""
        places = [{"lat": "1.2345", "long": "0.1234"}, {"lat": 51.5, "long": -1}, {"lat": "", "long": "north"}]
        with pytest.warns(UnreadWarning, match=r"1 value.*location\.long 1"):
            frame = events(*(event(f"evt_{n}", location=place, **TIMED) for n, place in enumerate(places)))
        assert frame["location_lat"].tolist()[:2] == [1.2345, 51.5]
        assert frame["location_long"].tolist()[:2] == [0.1234, -1.0]
        assert frame.loc[2, ["location_lat", "location_long"]].isna().all()

    def test_attendees(self) -> None:
        """Attendees stay the JSON text of the response and expand to a frame with a row each; unknown statuses stay."""
        people = [
            {"email": "a@example.test", "display_name": None, "status": "accepted"},
            {"email": "a@example.test", "display_name": "A", "status": "new_value"},
        ]
        frame = events(event(attendees=people, **TIMED))
        assert json.loads(frame.loc[0, "attendees"]) == people
        listed = attendees(frame)
        assert listed.columns.tolist() == ATTENDEES.names
        assert listed["position"].tolist() == [0, 1]
        assert listed["status"].tolist() == ["accepted", "new_value"]
        assert listed["display_name"].isna().tolist() == [True, False]

    def test_series(self) -> None:
        """Occurrences of one series are different events."""
        rows = [event(f"evt_{n}", recurring=True, series_identifier="ser-x", **TIMED) for n in "ab"]
        assert events(*rows)["event_uid"].tolist() == ["evt_a", "evt_b"]

    def test_far_years(self) -> None:
        """Years that a timestamp cannot hold become NaT, and one warning counts them all."""
        far = ["0000-12-29T00:00:00Z", "0001-12-31T23:59:59Z", "9999-01-01T00:00:00Z", "12026-05-04T08:00:00Z"]
        rows = [event(f"evt_{n}", start="2026-05-04", end="0000-12-29", created=text) for n, text in enumerate(far)]
        with pytest.warns(UnreadWarning, match="^8 times before") as warned:
            frame = decode([page(row) for row in rows], EVENTS, rows="events")
        assert len(warned) == 1
        assert warned[0].filename == __file__
        assert frame["created"].isna().all()
        assert frame["end"].isna().all()
        assert frame["start"].notna().all()
        assert str(frame["created"].dtype) == "datetime64[us, UTC]"

    def test_nearly_far_years(self) -> None:
        """The first and the last year that a timestamp can hold are shown in any zone."""
        rows = [event("a", created="0002-01-01T00:00:00Z"), event("b", created="9998-12-31T23:59:59Z")]
        for tz in ZONES:
            frame = events(*rows, tz=tz)
            assert frame["created"].notna().all()
            assert "9998" in repr(frame["created"]) or "9999" in repr(frame["created"])

    def test_old_status(self) -> None:
        """The old field event_status fills the column status, unless the row has one."""
        rows = [event("a", event_status="confirmed"), event("b", event_status="x", status="tentative"), event("c")]
        assert events(*rows)["status"].tolist()[:2] == ["confirmed", "tentative"]
        assert events(event(event_status="confirmed"))["status"].tolist() == ["confirmed"]

    def test_mixed_forms(self) -> None:
        """Rows with dates, UTC times and localized times may be mixed."""
        forms = [
            "2026-05-04",
            "2026-05-04T00:00:00Z",
            {"time": "2026-05-04", "tzid": "Europe/Paris"},
            {"time": "2026-05-04T02:00:00+02:00", "tzid": "Europe/Paris"},
            None,
        ]
        frame = decode_pages(page(*({"start": form} for form in forms)))
        assert frame["start"].tolist() == [local_time("2026-05-04")] * 4 + [pd.NaT]
        assert frame["all_day"].tolist() == [True, False, True, False, False]
        assert frame["start_tzid"].isna().tolist() == [True, True, False, False, True]

    def test_call_pending(self) -> None:
        """A conference that is still being created has no provider and no URL."""
        pending = event("a", conferencing={"pending": True}, meeting_url=None, **TIMED)
        made = event("b", conferencing={"provider_name": "zoom", "join_url": "https://example.test/j"}, **TIMED)
        frame = events(pending, made)
        assert frame["conferencing_provider_name"].isna().tolist() == [True, False]
        assert frame["conferencing_join_url"].tolist()[1] == "https://example.test/j"

    def test_no_length(self) -> None:
        """An event of no length stays so, timed or all-day."""
        timed = event("a", start="2026-05-04T08:00:00Z", end="2026-05-04T08:00:00Z")
        frame = events(timed, event("b", start="2026-05-04", end="2026-05-04"))
        assert (frame["start"] == frame["end"]).all()
        assert frame["all_day"].sum() == 1

    def test_two_calendars(self) -> None:
        """The same event in two calendars is two rows."""
        rows = [{"calendar_id": f"cal_{n}", "event_uid": "evt_1", **TIMED} for n in (1, 2)]
        assert events(*rows)["calendar_id"].tolist() == ["cal_1", "cal_2"]

    def test_duplicates(self) -> None:
        """Of a duplicate event the row with the newest `updated` is kept, or the last one if they are equal."""
        new = event("a", summary="new", updated="2026-05-02T00:00:00Z")
        old = event("a", summary="old", updated="2026-05-01T00:00:00Z")
        none = event("a", summary="none")
        first, last = (event("b", summary=text) for text in ("first", "last"))
        frame = decode([page(new, first), page(old, last, none)], EVENTS, rows="events")
        assert frame["summary"].tolist() == ["new", "last"]

    def test_unknown_keys(self) -> None:
        """Keys that are not in the schema are ignored."""
        frame = events(event(brand_new={"x": [1, {"y": 2**70}]}, **TIMED))
        pd.testing.assert_frame_equal(frame, events(event(**TIMED)))

    def test_empty(self) -> None:
        """A response without rows gives the usual columns and dtypes."""
        for table in TABLES:
            frame = decode([page(key="x")], table, rows="x", tz="Europe/Paris")
            pd.testing.assert_frame_equal(frame, empty(table, "Europe/Paris"))
            assert frame.columns.tolist() == table.names
            assert len(frame) == 0

    def test_free_busy(self) -> None:
        """Busy periods without ids are all kept, even when they overlap or are equal."""
        busy = {"calendar_id": "cal_aa_1", "free_busy_status": "busy", **TIMED}
        free = {"calendar_id": "cal_aa_2", "start": "2026-05-04", "end": "2026-05-05", "free_busy_status": "brand_new"}
        frame = decode([page(busy, free, busy, key="free_busy")], FREE_BUSY, rows="free_busy")
        assert frame["free_busy_status"].tolist() == ["brand_new", "busy", "busy"]

    def test_calendars(self) -> None:
        """Deleted calendars stay listed, and Booleans that were not sent are missing, not False."""
        row = {
            "provider_name": "brand_new",
            "calendar_id": "cal_aa_9",
            "calendar_name": "Work",
            "calendar_deleted": True,
        }
        frame = decode([page(row, row, key="calendars")], CALENDARS, rows="calendars")
        assert frame["calendar_deleted"].tolist() == [True, True]
        assert frame["calendar_primary"].isna().all()
        assert str(frame["calendar_primary"].dtype) == "boolean"


class TestDtypes:
    def test_dtypes(self) -> None:
        """Each type of the schema is one dtype, in every table, with rows and without."""
        dtypes = {
            "text": "str",
            "list": "str",
            "time": "datetime64[us, Asia/Kathmandu]",
            "moment": "datetime64[us, Asia/Kathmandu]",
            "dated": "bool",
            "bool": "bool",
            "boolean": "boolean",
            "number": "float64",
            "integer": "int64",
        }
        for table in TABLES:
            for frame in (
                empty(table, "Asia/Kathmandu"),
                decode([page({})], table, rows="events", tz="Asia/Kathmandu"),
            ):
                assert [str(dtype) for dtype in frame.dtypes] == [dtypes[column.dtype] for column in table.columns]
                texts = [column.name for column in table.columns if column.dtype in ("text", "list")]
                assert all(frame[name].dtype == "str" for name in texts)

    def test_parquet(self) -> None:
        """A frame survives the trip through Parquet, with dtypes and attrs."""
        rows = [event("a", summary="☕", attendees=[{"email": "a@example.test"}], recurring=True, **TIMED), event("b")]
        for frame in (events(*rows, tz="Europe/Paris"), empty(EVENTS)):
            frame.attrs["cronofy"] = {"endpoint": "read_events", "tz": "Europe/Paris"}
            file = io.BytesIO()
            frame.to_parquet(file)
            restored = pd.read_parquet(file)
            pd.testing.assert_frame_equal(restored, frame)
            assert restored.attrs == frame.attrs

    def test_writable(self) -> None:
        """Writing to a frame changes no other column and no later frame of the decoder."""
        decoder = Decoder(EVENTS, rows="events")
        decoder.add(page(event(**TIMED)))
        frame, before = decoder.frame(), decoder.frame()
        frame.loc[0, ["all_day", "location_lat", "summary", "recurring"]] = [True, 1.5, "mine", False]
        frame.loc[0, "start"] = pd.Timestamp(0, tz="UTC")
        assert not frame.loc[0, "deleted"]
        assert pd.isna(frame.loc[0, "location_long"])
        pd.testing.assert_frame_equal(decoder.frame(), before)


class TestTexts:
    @pytest.mark.parametrize(
        "text", ["☕ 東京 👩‍👩‍👧", "a\x00b", "null", "NaN", '"', "\\ud83d", "x" * 200_000, "\u2028\ufeff"]
    )
    def test_survive(self, text: str) -> None:
        """Any text is decoded unchanged, escaped or not."""
        for ascii_only in (True, False):
            sent = json.dumps({"events": [event(summary=text, categories=[text])]}, ensure_ascii=ascii_only).encode()
            row = single_row(decode([sent], EVENTS, rows="events"))
            assert row["summary"] == text
            assert json.loads(row["categories"]) == [text]

    def test_half_a_character(self) -> None:
        """Half a surrogate pair becomes U+FFFD and damages nothing else; whole pairs are decoded."""
        text = rb"\ud83d x \ud83d\ude00 \\ud83d \udc00"
        sent = rb'{"events":[{"event_uid":"a","summary":"%b","location":5},{"event_uid":"b"}]}' % text
        with pytest.warns(UnreadWarning, match=r"1 value.*location 1.* 2 invalid characters") as warned:
            frame = decode([sent], EVENTS, rows="events")
        assert len(warned) == 1
        assert frame["summary"].tolist()[0] == "\ufffd x 😀 \\ud83d \ufffd"
        assert frame["event_uid"].tolist() == ["a", "b"]

    def test_invalid_utf_8(self) -> None:
        """Invalid UTF-8 becomes U+FFFD, in texts and in lists, and is counted."""
        for sent in (b'{"events":[{"summary":"a\xff"}]}', b'{"events":[{"categories":["\xff"]},{"categories":["z"]}]}'):
            with pytest.warns(UnreadWarning, match=r"^1 invalid character"):
                frame = decode([sent], EVENTS, rows="events")
            assert frame.iloc[0][["summary", "categories"]].dropna().tolist()[0] in ("a\ufffd", '["\ufffd"]')
            frame.to_parquet(io.BytesIO())

    def test_lists_stay_json_text(self) -> None:
        """A list keeps its exact JSON text: spaces, big integers, unknown keys."""
        text = '[ {"n": 9223372036854775808, "x": 1.10} ]'
        sent = b'{"events":[{"attendees":%b},{"attendees":null},{"attendees":true}]}' % text.encode()
        assert decode_pages(sent)["attendees"].tolist()[::2] == [text, "true"]
        assert decode_pages(sent)["attendees"].isna().tolist() == [False, True, False]

    def test_lists_in_objects(self) -> None:
        """Lists and Booleans inside an object are in the column of their path."""
        rows = [{"channel_id": "chn_1", "filters": {"calendar_ids": ["a"], "only_managed": True}}, {"filters": {}}]
        frame = decode([page(*rows, key="channels")], CHANNELS, rows="channels")
        assert frame["filters_calendar_ids"].tolist()[0] == '["a"]'
        assert frame["filters_only_managed"].tolist()[0] is True
        assert frame.iloc[1].isna().all()

    def test_batch(self) -> None:
        """Entries of a batch keep their positions and statuses, whatever their data is."""
        rows = [{"status": 202}, {"status": 422, "data": {"errors": {"summary": []}}}, {"status": 2**63}]
        with pytest.warns(UnreadWarning, match="status 1"):
            frame = decode([page(*rows, key="batch")], BATCH, rows="batch")
        assert frame["status"].tolist() == [202, 422, 0]
        assert frame["data"].tolist()[1] == '{"errors":{"summary":[]}}'


class TestBadValues:
    @pytest.mark.parametrize(
        ("bad", "path"),
        [
            ({"summary": 5}, "summary"),
            ({"event_id": 2**63}, "event_id"),
            ({"location": "Pier"}, "location"),
            ({"location": {"description": [1]}}, r"location\.description"),
            ({"recurring": "yes"}, "recurring"),
            ({"deleted": 1}, "deleted"),
            ({"start": 1777881600}, "start"),
            ({"start": {"time": 5, "tzid": "Etc/UTC"}}, r"start\.time"),
            ({"start": ["2026-05-04"]}, "start"),
            ({"start": "tomorrow"}, "start"),
            ({"start": "2026-02-30"}, "start"),
            ({"created": {"time": "2026-05-04T08:00:00Z"}}, "created"),
            ({"created": "2026-05-04T25:00:00Z"}, "created"),
        ],
    )
    def test_one_value(self, bad: dict[str, Any], path: str) -> None:
        """A value of a wrong type is missing and counted, and other values are not affected."""
        rows = [
            event("a", status="confirmed", **{"updated": "2026-05-04T08:00:00Z", **bad}),
            event("b", summary="fine"),
        ]
        with pytest.warns(UnreadWarning, match=rf"^1 value.*\({path} 1\)") as warned:
            frame = events(*rows)
        assert len(warned) == 1
        spoiled = frame[frame["event_uid"] == "a"].iloc[0]
        assert spoiled["status"] == "confirmed"
        assert spoiled["updated"] == local_time("2026-05-04 08:00")
        assert not spoiled["all_day"]
        assert frame["summary"].tolist()[1:] == ["fine"]

    @pytest.mark.parametrize("bad", [None, 5, "text", [], True])
    def test_row(self, bad: Any) -> None:
        """A row that is not an object keeps its position without values, and is counted."""
        with pytest.warns(UnreadWarning, match=r"^1 value.*\(events 1\)"):
            frame = events(event("a"), bad, event("b"))
        assert len(frame) == 3
        assert frame.iloc[2].drop(["all_day", "deleted"]).isna().all()

    @pytest.mark.parametrize("sent", [b"{}", b'{"events":null}', b'{"events":{}}', b"[]", b"5", b'{"error":"x"}'])
    def test_no_list(self, sent: bytes) -> None:
        """A response without its list is an error that says what was received, never an empty frame."""
        with pytest.raises(CronofyError, match="has no list 'events'"):
            decode([sent], EVENTS, rows="events")

    @pytest.mark.parametrize("sent", [b"", b"<html>", b'{"events":[{"summary":"a', b'{"events":[]}x', b'{"events":[5'])
    def test_no_json(self, sent: bytes) -> None:
        """A page that is not JSON is an error; the decoder keeps the rows of earlier pages."""
        decoder = Decoder(EVENTS, rows="events")
        decoder.add(page(event("a", **TIMED)))
        with pytest.raises(TransportError, match="not JSON"):
            decoder.add(sent)
        decoder.add(page(event("b", **TIMED)))
        assert decoder.frame()["event_uid"].tolist() == ["a", "b"]
        assert decoder.rows_read == 2

    def test_problems_are_warned_about_once(self) -> None:
        """Problems that one frame warned about are not repeated for the next frame of the same decoder."""
        decoder = Decoder(EVENTS, rows="events")
        decoder.add(page(event(summary=5)))
        with pytest.warns(UnreadWarning):
            decoder.frame()
        decoder.add(page(event("b")))
        assert len(decoder.frame()) == 2

    def test_no_such_zone(self) -> None:
        """An unknown zone is refused before anything is decoded."""
        with pytest.raises((KeyError, ValueError, TypeError)):
            Decoder(EVENTS, rows="events", tz="Europe/Nowhere")


class TestTimes:
    @pytest.mark.parametrize(
        "text",
        [
            "2026-05-04T08:00:00Z",
            "2026-05-04 08:00:00Z",
            "2026-05-04T08:00:00.000Z",
            "2026-05-04T08:00:00.0000000Z",
            "2026-05-04T08:00Z",
            "2026-05-04T08:00:00+00:00",
            "2026-05-04T08:00:00UTC",
            "2026-05-04T08:00:00",
            "2026-05-04T13:45:00+05:45",
            "2026-05-04T04:30:00-0330",
            " 2026-05-04t08:00:00z ",
        ],
    )
    def test_notations_of_an_instant(self, text: str) -> None:
        """An instant is the same in every ISO notation, alone and among other rows."""
        assert instants([text]).micros.tolist() == [1_777_881_600_000_000]
        assert instants([text, "2026-05-04", "?", None]).micros.tolist()[0] == 1_777_881_600_000_000

    def test_without_offset(self) -> None:
        """A localized time without an offset is a wall time of its tzid."""
        start = {"time": "2026-05-04T10:00:00", "tzid": "Europe/Paris"}
        row = single_row(events(event(start=start, end={**start, "tzid": "Mars/Base"})))
        assert row["start"] == local_time("2026-05-04 08:00")
        assert row["end"] == local_time("2026-05-04 10:00")

    @quick
    @given(st.datetimes(datetime(2, 1, 2), datetime(9998, 12, 30)), st.sampled_from(["Z", "+05:45", "-0330", "+14"]))
    def test_fast_and_slow_path_agree(self, wall: datetime, offset: str) -> None:
        """The fast path for columns and the slow path for single values give the same result."""
        text = wall.isoformat(sep="T") + offset
        quickly, patiently = instants([text, wall.date().isoformat()]), instants([text, wall.date().isoformat(), "?"])
        assert quickly.unreadable + 1 == patiently.unreadable == 1
        assert quickly.micros.tolist() == patiently.micros.tolist()[:2]
        assert quickly.is_date.tolist() == patiently.is_date.tolist()[:2] == [False, True]

    @quick
    @given(st.text("0123456789-+:.TtZzU C", max_size=28) | st.text(max_size=12))
    def test_any_text(self, text: str) -> None:
        """Whether a text is a time does not depend on the other rows."""
        alone, among = instants([text]), instants([text, "?"])
        assert alone.micros.tolist() == among.micros.tolist()[:1]
        assert (alone.unreadable, alone.out_of_range) == (among.unreadable - 1, among.out_of_range)


class TestMidnights:
    def test_skipped_midnight(self) -> None:
        """Where the clocks skip midnight, the day starts at its first instant."""
        assert (
            midnights(np.array(["2026-04-24"], "M8[s]"), "Africa/Cairo")[0].isoformat() == "2026-04-24T01:00:00+03:00"
        )
        row = single_row(events(event(start="2026-03-29", end="2026-03-30"), tz="Asia/Beirut"))
        assert row["start"].isoformat() == "2026-03-29T01:00:00+03:00"
        assert row["end"] - row["start"] == pd.Timedelta(hours=23)

    def test_repeated_midnight(self) -> None:
        """Where midnight occurs twice, the day starts at the first one."""
        days = pd.Series(pd.to_datetime(["2026-11-01", "2026-11-02", None]))
        instants = midnights(days, "America/Havana")
        assert instants[0].isoformat() == "2026-11-01T00:00:00-04:00"
        assert instants[1] - instants[0] == pd.Timedelta(hours=25)
        assert instants[2] is pd.NaT
        assert str(instants.dtype) == "datetime64[us, America/Havana]"

    @quick
    @given(st.dates(date(1995, 1, 1), date(2037, 1, 1)), st.sampled_from(ZONES))
    def test_first_instant(self, day: date, tz: str) -> None:
        """The midnight of a day is on that day, and the instant before it is not."""
        instant = midnights(np.array([day], "M8[us]"), tz)[0].to_pydatetime().astimezone(UTC)
        assert instant.astimezone(ZoneInfo(tz)).date() == day
        assert (instant - timedelta(microseconds=1)).astimezone(ZoneInfo(tz)).date() < day


class TestZones:
    def test_all_day_events_keep_their_date(self) -> None:
        """An all-day event keeps its date in any zone, while timed events keep their instants."""
        rows = [event("a", start="2026-05-04", end="2026-05-05"), event("b", created="2026-05-01T00:00:00Z", **TIMED)]
        frame = events(*rows, tz="Europe/Paris")
        frame.attrs["cronofy"] = {"tz": "Europe/Paris", "pages": 1}
        moved = to_timezone(frame, "America/New_York")
        again = decode([page(*rows)], EVENTS, rows="events", tz="America/New_York")
        pd.testing.assert_frame_equal(moved.reset_index(drop=True), again.iloc[[0, 1]])
        assert moved.attrs == {"cronofy": {"tz": "America/New_York", "pages": 1}}
        assert frame.attrs == {"cronofy": {"tz": "Europe/Paris", "pages": 1}}
        assert str(frame["start"].dtype) == "datetime64[us, Europe/Paris]"

    def test_end_that_is_a_time(self) -> None:
        """In a row with a date as start and a time as end, the time keeps its instant."""
        frame = events(event(start="2026-05-04", end="2026-05-04T15:00:00Z"), tz="Europe/Paris")
        row = single_row(to_timezone(frame, "Asia/Tokyo"))
        assert row["start"] == local_time("2026-05-04", "Asia/Tokyo")
        assert row["end"] == local_time("2026-05-04 15:00")

    @quick
    @given(
        st.lists(st.dates(date(1995, 1, 1), date(2037, 1, 1)), max_size=5),
        st.sampled_from(ZONES),
        st.sampled_from(ZONES),
    )
    def test_changing_the_zone_can_be_reversed(self, days: list[date], here: str, there: str) -> None:
        """A frame converted to another zone equals a read in that zone, and converting back restores it."""
        rows = [event(f"d{n}", start=f"{day}", end=f"{day + timedelta(3)}") for n, day in enumerate(days)]
        rows += [event(f"t{n}", start=f"{day}T00:30:00Z", updated=f"{day}T12:00:00Z") for n, day in enumerate(days)]
        frame = decode_pages(page(*rows), tz=here)
        moved = to_timezone(frame, there)
        pd.testing.assert_frame_equal(moved, decode_pages(page(*rows), tz=there))
        pd.testing.assert_frame_equal(to_timezone(moved, here), frame)


class TestTidy:
    def test_order(self) -> None:
        """Rows are sorted by start, calendar and uid, rows without a start last, on a fresh index."""
        rows = [event("n"), event("b", **TIMED), event("a", **TIMED), event("c", start="2026-05-03")]
        frame = events(*rows)
        assert frame["event_uid"].tolist() == ["c", "a", "b", "n"]
        assert isinstance(frame.index, pd.RangeIndex)

    def test_accounts(self) -> None:
        """Equal ids in two accounts are two events, and the account stays the first column."""
        frame = events(event("a", **TIMED))
        both = pd.concat([frame.assign(account="x"), frame.assign(account="y"), frame.assign(account="x")])
        once = tidy(both, EVENTS)
        assert once["account"].tolist() == ["x", "y"]
        assert both.columns.tolist() == once.columns.tolist()

    def test_attrs(self) -> None:
        """The provenance of a frame is kept in its attrs."""
        frame = events(event("b", **TIMED), event("a", **TIMED))
        frame.attrs["cronofy"] = {"complete": True}
        assert tidy(frame.iloc[::-1], EVENTS).attrs == {"cronofy": {"complete": True}}

    @quick
    @given(st.lists(st.tuples(st.sampled_from("ab"), st.none() | st.sampled_from("xy"), st.none() | st.integers(1, 3))))
    def test_duplicates_as_a_plain_loop(self, drawn: list[tuple[str, str | None, int | None]]) -> None:
        """Of the rows of one key exactly one is kept: the same one as in a plain loop."""
        rows = [
            {
                "calendar_id": calendar,
                "event_uid": uid,
                "updated": day and f"2026-05-0{day}T00:00:00Z",
                "summary": str(n),
            }
            for n, (calendar, uid, day) in enumerate(drawn)
        ]
        expected: dict[Any, tuple[int, int]] = {}
        for n, (calendar, uid, day) in enumerate(drawn):
            key = (calendar, uid) if uid else n
            expected[key] = max(expected.get(key, (-1, -1)), (day or 0, n))
        frame = decode_pages(page(*rows))
        assert sorted(tidy(frame, EVENTS)["summary"].astype(int)) == sorted(n for _, n in expected.values())
        pd.testing.assert_frame_equal(tidy(tidy(frame, EVENTS), EVENTS), tidy(frame, EVENTS))


class TestAttendees:
    def test_invalid_lists(self) -> None:
        """Invalid JSON in the column costs its own values only."""
        texts = [
            '[{"email":"a"},5,{"email":7,"status":"x"}]',
            "{}",
            "[",
            None,
            "[]",
            "null",
            '[{"email":"z","new":[]}]',
        ]
        frame = decode_pages(page(*(event(f"e{n}") for n in range(len(texts)))))
        frame["attendees"] = pd.array(texts, dtype="str")
        with pytest.warns(UnreadWarning, match=r"attendees 4.*email 1"):
            listed = attendees(frame)
        assert listed["event_uid"].tolist() == ["e0", "e0", "e0", "e6"]
        assert listed["position"].tolist() == [0, 1, 2, 0]
        assert listed["email"].fillna("-").tolist() == ["a", "-", "-", "z"]
        assert listed["status"].tolist()[2] == "x"

    def test_columns(self) -> None:
        """Columns and dtypes are those of the schema, after the account if events have one, even without rows."""
        for frame in (empty(EVENTS), events(event()), events(event(attendees=[{}]))):
            assert attendees(frame).dtypes.to_dict() == empty(ATTENDEES).dtypes.to_dict()
            assert attendees(frame.assign(account="x")).columns.tolist() == ["account", *ATTENDEES.names]

    def test_other_frames(self) -> None:
        """A frame without attendees is refused."""
        with pytest.raises(ValueError, match="no column attendees: pass events, as read_events returns them"):
            attendees(empty(ATTENDEES))

    def test_any_rows(self) -> None:
        """Selected rows of a frame, under any index, give their own attendees."""
        frame = events(*(event(uid, attendees=[{"email": uid}] * 2) for uid in "abc"))
        listed = attendees(frame.iloc[[2, 0]])
        assert listed["email"].tolist() == listed["event_uid"].tolist() == ["c", "c", "a", "a"]


def any_json() -> st.SearchStrategy[Any]:
    """Draw any JSON value."""
    leaves = (
        st.none()
        | st.booleans()
        | st.integers(-(2**66), 2**66)
        | st.floats(allow_nan=False, allow_infinity=False)
        | st.text(max_size=5)
    )
    return st.recursive(leaves, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner))


TEXTS = st.text(max_size=6)
INSTANTS = st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1)).map(
    lambda table: table.strftime("%Y-%m-%dT%H:%M:%SZ")
)
DAYS = st.dates(date(1990, 1, 1), date(2100, 1, 1)).map(str)
GOOD: dict[str, st.SearchStrategy[Any]] = {
    "text": TEXTS,
    "list": st.lists(TEXTS, max_size=2),
    "time": INSTANTS,
    "moment": INSTANTS | DAYS | st.fixed_dictionaries({"time": INSTANTS | DAYS, "tzid": st.sampled_from(ZONES)}),
    "bool": st.booleans(),
    "boolean": st.booleans(),
    "number": st.floats(-90, 90) | st.floats(-90, 90).map(str),
    "integer": st.integers(-(2**63), 2**63 - 1),
}


@st.composite
def row(draw: st.DrawFn, table: Table, *, with_bad_values: bool) -> dict[str, Any]:
    """Draw a row with some of the table's keys, each with a valid value, null, or any JSON."""
    made: dict[str, Any] = {}
    for column in table.columns:
        key, _, inner = column.path.partition(".")
        if column.dtype == "dated" or column.path in ("start.tzid", "end.tzid"):
            continue
        choice = draw(st.integers(0, 3))
        if choice:
            value = draw(
                (GOOD[column.dtype], st.none(), any_json() if with_bad_values else GOOD[column.dtype])[choice - 1]
            )
            into = made.setdefault(key, {}) if inner else made
            if isinstance(into, dict):
                into[inner or key] = value
    if with_bad_values and draw(st.booleans()):
        made[draw(st.sampled_from(sorted({column.path.partition(".")[0] for column in table.columns})))] = draw(
            any_json()
        )
    return made


class TestAnything:
    @quick
    @given(st.data())
    def test_never_raises(self, data: st.DataObject) -> None:
        """Whatever the values are, each row keeps its position, and columns and dtypes are the same."""
        table = data.draw(st.sampled_from([EVENTS, FREE_BUSY, CALENDARS, CHANNELS, BATCH]))
        rows = data.draw(st.lists(row(table, with_bad_values=True) | any_json(), max_size=4))
        tz = data.draw(st.sampled_from(ZONES))
        frame = decode_pages(page(*rows), table=table, tz=tz)
        assert len(frame) == len(rows)
        assert frame.dtypes.to_dict() == empty(table, tz).dtypes.to_dict()
        assert len(tidy(frame, table)) <= len(rows)
        frame.to_parquet(io.BytesIO())
        if table is EVENTS:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", UnreadWarning)
                assert attendees(frame).columns.tolist() == ATTENDEES.names

    @quick
    @given(st.lists(row(EVENTS, with_bad_values=False), max_size=4), st.sampled_from(ZONES))
    def test_slow_path_reads_good_rows_alike(self, rows: list[dict[str, Any]], tz: str) -> None:
        """Valid rows are decoded alike, whether or not an invalid row sends them to the slow path."""
        quickly = decode_pages(page(*rows), tz=tz)
        patiently = decode_pages(page(*rows, {"start": "?", "created": "?", "summary": 5}), tz=tz)
        pd.testing.assert_frame_equal(quickly, patiently.iloc[: len(rows)].reset_index(drop=True))

    @settings(max_examples=30)
    @given(st.lists(row(EVENTS, with_bad_values=True), max_size=4), st.sets(st.integers(0, 4)))
    def test_pieces(self, rows: list[dict[str, Any]], cuts: set[int]) -> None:
        """Page boundaries, and the moment when a frame is requested, change nothing."""
        pages = [page(*(rows[first:last])) for first, last in pairwise([0, *sorted(cuts), len(rows)])]
        whole = decode_pages(page(*rows))
        pd.testing.assert_frame_equal(decode_pages(*pages), whole)
        decoder = Decoder(EVENTS, rows="events")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UnreadWarning)
            for first in pages:
                decoder.add(first)
                decoder.frame()
            pd.testing.assert_frame_equal(decoder.frame(), tidy(whole, EVENTS))
        assert decoder.rows_read == len(whole)

    def test_many_pages(self) -> None:
        """A long response has the rows of its pages one by one, in the order received."""
        pages = [page(*(event(f"{n}-{m}", **TIMED, categories=[n]) for m in range(90))) for n in range(30)]
        frame = decode_pages(*pages)
        pd.testing.assert_frame_equal(frame, pd.concat([decode_pages(content) for content in pages], ignore_index=True))
        assert frame["categories"].iloc[-1] == "[29]"


class TestInterrupts:
    """An interrupt at any place of `add` leaves whole pages."""

    @pytest.mark.parametrize("count", [2, 1_200])
    def test_a_page_is_added_as_a_whole_or_not_at_all(self, count: int) -> None:
        """Whichever line an interrupt comes at: rows and pages agree, and the frame can be made."""
        page = json.dumps({"events": [{"event_uid": f"e{n}", "calendar_id": "c"} for n in range(count)]}).encode()
        line, is_over = 0, False
        while not is_over:
            line += 1
            decoder = Decoder(EVENTS, rows="events")
            decoder.add(page)
            is_over = not interrupt_at(line, lambda decoder=decoder: decoder.add(page))  # type: ignore[misc]
            assert decoder.rows_read == count * decoder.pages_read
            assert len(decoder.frame()) == count
        assert line > 5

    @pytest.mark.parametrize("hours", [[9, 10, 11], [11, 9, 10, 9]])
    def test_no_row_is_lost_where_rows_are_put_in_order(self, hours: list[int]) -> None:
        """Whichever line an interrupt comes at, the frame can be made, and more pages can follow."""
        rows = [
            {"calendar_id": "c", "event_uid": f"e{hour}", "start": f"2026-03-02T{hour:02}:00:00Z"} for hour in hours
        ]
        first, second = (json.dumps({"free_busy": part}).encode() for part in (rows, [{"event_uid": "last"}]))
        whole = decode([first], FREE_BUSY, rows="free_busy")
        followed = decode([first, second], FREE_BUSY, rows="free_busy")
        line, is_over = 0, False
        while not is_over:
            line += 7  # at every line it takes half a minute
            decoders = [Decoder(FREE_BUSY, rows="free_busy") for _ in range(2)]
            for decoder in decoders:
                decoder.add(first)
                is_over = not interrupt_at(line, decoder.frame)
            decoders[0].add(second)
            pd.testing.assert_frame_equal(decoders[0].frame(), followed)
            pd.testing.assert_frame_equal(decoders[1].frame(), whole)
        assert line > 50


class TestMemory:
    """Pieces are released one column after the other."""

    @pytest.mark.parametrize("positions", [None, np.array([1, 0])])
    def test_the_pieces_of_a_column_are_released_with_it(self, positions: Any) -> None:
        """Once a column is in order, no piece has it any more, and the others still have theirs."""
        pieces = [{"a": pa.array([text], pa.large_string()), "b": np.array([n])} for n, text in enumerate("xy")]
        ordering = Ordering(positions)
        ordering.sort("a", pieces)
        assert [sorted(piece) for piece in pieces] == [["b"], ["b"]]
        assert ordering.columns["a"].to_pylist() == ["xy"[n] for n in (positions if positions is not None else [0, 1])]
        assert not ordering.joined

    def test_texts_in_order_are_not_copied(self) -> None:
        """A column of pages that come in order has the buffers of its pieces."""
        piece = pa.array(["x", "y"], pa.large_string())
        ordering = Ordering(None)
        ordering.sort("a", [{"a": piece}])
        assert ordering.columns["a"].chunk(0).buffers()[2].address == piece.buffers()[2].address

    def test_changes_of_a_frame_do_not_reach_the_decoder(self) -> None:
        """A frame made later has the values that were read."""
        decoder = Decoder(EVENTS, rows="events")
        decoder.add(page(event("a", **TIMED)))
        first = decoder.frame()
        expected = first.copy()
        first.loc[0, "deleted"], first.loc[0, "summary"], first.loc[0, "start"] = True, "other", pd.NaT
        pd.testing.assert_frame_equal(decoder.frame(), expected)


def interrupt_at(line: int, function: Callable[[], None]) -> bool:
    """Call a function, and raise KeyboardInterrupt before its line with this number; return whether it was reached."""
    remaining = [line]

    def trace(frame: FrameType, event: str, _: Any) -> Any:
        if "cronofy_frames" not in frame.f_code.co_filename:
            return None
        if event == "line":
            remaining[0] -= 1
            if remaining[0] == 0:
                raise KeyboardInterrupt
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        function()
    except KeyboardInterrupt:
        return True
    finally:
        sys.settrace(before)
    return False


def test_decoders_of_one_table_are_compiled_once() -> None:
    """The accounts of a mapping share what a decoder compiles, and no rows."""
    first, second = (Decoder(EVENTS, rows="events") for _ in range(2))
    assert first._pages.shape is second._pages.shape
    first.add(b'{"events":[{"calendar_id":"c","event_uid":"e","new_key":1}]}')
    assert (first.rows_read, second.rows_read) == (1, 0)
    assert first._pages.shape is not second._pages.shape
