"""Reading accounts into frames: windows, calendars, several accounts, interrupted reads, provenance."""

import json
import threading
import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from io import BytesIO
from typing import Any

import httpx
import pandas as pd
import pytest

from cronofy_frames import errors, schema
from cronofy_frames.connecting import connect
from cronofy_frames.frames.bounds import Window
from cronofy_frames.frames.progress import Progress
from cronofy_frames.frames.query import Query
from cronofy_frames.frames.reading import (
    frame,
    read_calendars,
    read_channels,
    read_events,
    read_free_busy,
    read_profiles,
)
from cronofy_frames.frames.sequential_read import read_account
from cronofy_frames.recent_error import last_error
from cronofy_frames.sandbox import Sandbox
from cronofy_frames.tokens import MemoryStore
from cronofy_frames.wire.auth import Tokens
from cronofy_frames.wire.client import Client
from cronofy_frames.wire.endpoint import ENDPOINTS
from cronofy_frames.wire.faults import Fault
from cronofy_frames.wire.messages import Hosts
from tests.small import HOME, WORK, small_box

HOST = "https://api.cronofy.com"


def mock_client(handler: Callable[[httpx.Request], httpx.Response]) -> Client:
    """Return a client whose requests a function answers, and that never sleeps."""
    return Client(
        Hosts(HOST, HOST),
        store=MemoryStore(Tokens("a")),
        transport=httpx.MockTransport(handler),
        sleep=lambda _: None,
        jitter=lambda: 0.0,
    )


def waiting_client(handler: Callable[[httpx.Request], httpx.Response]) -> Client:
    """Return a client whose requests a function answers, and whose waits take their time."""
    return Client(Hosts(HOST, HOST), store=MemoryStore(Tokens("a")), transport=httpx.MockTransport(handler))


def test_events_are_read_into_a_frame(client: Client) -> None:
    """One row for each event, sorted by start, in fixed columns; start is inclusive, end exclusive."""
    events = read_events(client, "2026-03-04", "2026-03-10", tz="Europe/London")
    assert events.columns.tolist() == schema.EVENTS.names
    assert events["summary"].tolist() == ["standup", "review", "dentist", "retreat"]
    assert events["start"].dtype == "datetime64[us, Europe/London]"
    assert events.loc[3, "start"] == pd.Timestamp("2026-03-09", tz="Europe/London")
    assert events["all_day"].tolist() == [False, False, False, True]


def test_a_time_of_day_cuts_to_the_minute(client: Client) -> None:
    """Cronofy takes whole days; the frame has only events that overlap the requested times."""
    assert read_events(client, "2026-03-05 15:00", "2026-03-06 08:30")["summary"].tolist() == ["dentist"]
    assert read_events(client, "2026-03-05 14:59", "2026-03-06 08:00")["summary"].tolist() == ["review"]


def test_an_empty_answer_has_all_columns_and_dtypes(client: Client) -> None:
    """A window without events gives the usual columns and dtypes."""
    full, none = read_events(client), read_events(client, "2026-05-01", "2026-05-02")
    assert len(none) == 0
    assert none.dtypes.to_dict() == full.dtypes.to_dict()


def test_calendars_are_chosen_by_id_or_by_name(client: Client) -> None:
    """Calendars are given by id or name, as a list or as a single text."""
    assert read_events(client, calendars="Home")["summary"].tolist() == ["dentist"]
    assert read_events(client, calendars=[HOME])["summary"].tolist() == ["dentist"]
    assert len(read_events(client, calendars=["Home", WORK])) == 4
    assert len(read_free_busy(client, calendars=pd.Series([HOME]))) == 1


def test_no_calendars_are_no_rows(client: Client) -> None:
    """An empty list of calendars gives an empty frame, not all calendars."""
    none = read_events(client, calendars=[])
    assert len(none) == 0
    assert none.attrs["cronofy"]["requests"] == 0


def test_an_unknown_calendar_is_refused_with_the_list(client: Client) -> None:
    """The message names the existing calendars."""
    with pytest.raises(ValueError, match="Holidays, Home, Work"):
        read_events(client, calendars="Hmoe")


def test_a_name_that_two_calendars_have_is_refused(box: Sandbox, client: Client) -> None:
    """The message gives the ids to choose from; a deleted calendar does not count."""
    box.accounts[0].profiles[0].calendars[2].calendar_name = "Home"
    with pytest.raises(ValueError, match=f"'Home' cannot be used.*the id of a calendar, as 2 have this name: {HOME}"):
        read_events(client, calendars="Home")
    box.accounts[0].profiles[0].calendars[2].calendar_deleted = True
    assert len(read_events(client, calendars="Home")) == 1


def test_managed_events_are_read_by_default(client: Client) -> None:
    """Managed events are in the frame, unless the caller excludes them."""
    client.create_event(
        WORK, event_id="mine", summary="Mine", start=datetime(2026, 3, 4, 12, tzinfo=UTC), end="2026-03-04T13:00:00Z"
    )
    assert "mine" in set(read_events(client)["event_id"].dropna())
    assert read_events(client, managed=False)["event_id"].isna().all()
    assert "mine" in set(read_free_busy(client)["event_id"].dropna())


def test_deleted_events_are_read_on_request(client: Client) -> None:
    """A deleted event is one row with `deleted` True."""
    client.delete_external_event(WORK, "evt_external_review")
    assert "evt_external_review" not in set(read_events(client)["event_uid"])
    gone = read_events(client, deleted=True).set_index("event_uid").loc["evt_external_review"]
    assert gone["deleted"]


def test_options_reach_the_wire() -> None:
    """Each argument is sent as its parameter of the API."""
    requests: list[httpx.Request] = []

    def handle(request: httpx.Request) -> httpx.Response:
        requests.append(request)
        return httpx.Response(200, json={"pages": {"current": 1, "total": 1}, "events": [], "free_busy": []})

    client = mock_client(handle)
    read_events(
        client,
        date(2026, 3, 1),
        pd.Timestamp("2026-04-01"),
        calendars=["cal_a"],
        managed=False,
        deleted=True,
        localized=True,
        modified_since="2026-02-01 12:00",
        include=["geo", "google_ids", "moved"],
    )
    assert dict(requests[0].url.params) == {
        "tzid": "Etc/UTC",
        "from": "2026-03-01",
        "to": "2026-04-01",
        "localized_times": "true",
        "last_modified": "2026-02-01T12:00:00Z",
        "include_deleted": "true",
        "include_geo": "true",
        "google_event_ids": "true",
        "include_moved": "true",
        "calendar_ids[]": "cal_a",
    }
    read_free_busy(client, tz="Asia/Tokyo", include=["free"])
    assert dict(requests[1].url.params) == {"tzid": "Asia/Tokyo", "include_managed": "true", "include_free": "true"}
    read_events(client)
    assert dict(requests[2].url.params) == {"tzid": "Etc/UTC", "include_managed": "true"}


def test_an_unknown_word_in_include_is_refused(client: Client) -> None:
    """The message lists the valid words."""
    with pytest.raises(ValueError, match="include takes geo, google_ids, moved; not 'gps'"):
        read_events(client, include=["gps"])


def test_moved_events_are_not_cut_off(client: Client) -> None:
    """With moved events included, rows outside the window are kept."""
    client.update_external_event(
        WORK,
        event_uid="evt_external_review",
        summary="review",
        start="2026-04-05T14:00:00Z",
        end="2026-04-05T15:00:00Z",
    )
    assert "review" not in set(read_events(client, "2026-03-01", "2026-03-20")["summary"])
    assert "review" in set(read_events(client, "2026-03-01", "2026-03-20", include=["moved"])["summary"])


def test_a_frame_has_its_provenance(client: Client) -> None:
    """Endpoint, arguments, time, pages and requests are in attrs as plain JSON, so that Parquet keeps them."""
    events = read_events(client, "2026-03-01", "2026-04-01", tz="Europe/London")
    provenance = events.attrs["cronofy"]
    assert (provenance["endpoint"], provenance["pages"], provenance["requests"], provenance["complete"]) == (
        "read_events",
        1,
        1,
        True,
    )
    assert provenance["arguments"]["from"] == "2026-03-01"
    assert provenance["start"] == "2026-03-01T00:00:00+00:00"
    assert json.loads(json.dumps(provenance)) == provenance
    restored = pd.read_parquet(BytesIO(events.to_parquet()))
    assert restored.attrs == events.attrs
    pd.testing.assert_frame_equal(restored, events)


def test_the_other_lists_are_frames_too(client: Client) -> None:
    """Calendars, profiles, channels, and any list through `frame`, become frames."""
    client.create_notification_channel(callback_url="https://example.test/h", filters={"calendar_ids": [WORK]})
    assert read_calendars(client)["calendar_name"].tolist() == ["Work", "Home", "Holidays"]
    assert read_profiles(client).loc[0, "profile_connected"]
    assert json.loads(read_channels(client).loc[0, "filters_calendar_ids"]) == [WORK]
    assert frame(client.list_calendars()).equals(read_calendars(client))
    assert frame(client.read_events(), tz="Asia/Tokyo")["start"].dtype == "datetime64[us, Asia/Tokyo]"


@pytest.mark.parametrize("value", [[{"a": 1}], {"account": {}}, None])
def test_only_lists_become_frames(value: Any) -> None:
    """`frame` names the type of a value that is not rows of a list endpoint."""
    with pytest.raises(TypeError, match="list_resources"):
        frame(value)


def test_several_accounts_are_read_at_once() -> None:
    """A mapping of clients gives one sorted frame with the account as its first column."""
    clients = {name: connect(sandbox=small_box()) for name in ("ann", "bob")}
    both = read_events(clients, "2026-03-04", "2026-03-06")
    assert both.columns[0] == "account"
    assert both["account"].dtype == "str"
    assert both[["summary", "account"]].to_numpy().tolist() == [
        ["standup", "ann"],
        ["standup", "bob"],
        ["review", "ann"],
        ["review", "bob"],
    ]
    assert both.attrs["cronofy"]["requests"] == 2
    assert set(both.attrs["cronofy"]["accounts"]) == {"ann", "bob"}
    assert read_calendars(clients)["account"].tolist() == ["ann"] * 3 + ["bob"] * 3


def test_several_accounts_without_rows_keep_the_column() -> None:
    """An empty response of several accounts has the account column too."""
    none = read_events({"ann": connect(sandbox=small_box())}, "2026-05-01", "2026-05-02")
    assert none.columns.tolist() == ["account", *schema.EVENTS.names]
    assert none["account"].dtype == "str"
    assert none["start"].dtype == "datetime64[us, UTC]"


def test_one_account_that_fails_does_not_spoil_the_others() -> None:
    """One error names the failed account and carries the rows of the others; resume requests only what is missing."""
    broken = small_box(faults=[Fault("status", route="GET /v1/events", times={1}, status=403)])
    clients = {"bob": connect(sandbox=broken), "ann": connect(sandbox=small_box())}
    with pytest.raises(errors.Forbidden, match="account bob") as caught:
        read_events(clients, "2026-03-04", "2026-03-06")
    partial = caught.value.partial
    assert partial["account"].unique().tolist() == ["ann"]
    assert not partial.attrs["cronofy"]["complete"]
    rest = read_events(clients, resume=caught.value.resume)
    assert rest["account"].unique().tolist() == ["bob"]
    assert rest["summary"].tolist() == ["standup", "review"]


def test_all_failures_are_named() -> None:
    """When several accounts fail, the message lists them all."""
    broken = {
        name: connect(sandbox=small_box(faults=[Fault("status", route="GET /v1/events", status=401)])) for name in "ab"
    }
    with pytest.raises(errors.AuthError, match=r"account a: .*Also failed: b \(AuthError\)"):
        read_events(broken)


def test_an_empty_mapping_is_refused() -> None:
    """A mapping without clients is an error, not an empty frame."""
    with pytest.raises(ValueError, match="mapping of clients is empty"):
        read_events({})


def pages(count: int, *, broken: set[int]) -> Callable[[httpx.Request], httpx.Response]:
    """Return a handler of so many pages of two events; each page in `broken` fails once."""
    left = set(broken)

    def handle(request: httpx.Request) -> httpx.Response:
        number = int(request.url.path.rsplit("/", 1)[-1]) if "/pages/" in request.url.path else 1
        if number in left:
            left.discard(number)
            return httpx.Response(501)
        events = [
            {
                "calendar_id": "cal_1",
                "event_uid": f"evt_{number}_{n}",
                "start": f"2026-03-{number:02}T0{n}:00:00Z",
                "end": f"2026-03-{number:02}T0{n + 1}:00:00Z",
            }
            for n in range(2)
        ]
        paging: dict[str, Any] = {"current": number, "total": count}
        if number < count:
            paging["next_page"] = f"{HOST}/v1/events/pages/{number + 1}"
        return httpx.Response(200, json={"pages": paging, "events": events})

    return handle


def test_an_interrupted_read_can_be_resumed() -> None:
    """The error carries the rows so far, and resume continues at the page that failed."""
    client = mock_client(pages(6, broken={4}))
    with pytest.raises(errors.ServerError) as caught:
        read_events(client, "2026-03-01", "2026-04-01", tz="Asia/Tokyo")
    partial, resume = caught.value.partial, caught.value.resume
    assert len(partial) == 6
    assert partial.attrs["cronofy"]["complete"] is False
    assert json.loads(json.dumps(resume)) == resume
    rest = read_events(client, resume=resume)
    assert rest["start"].dtype == "datetime64[us, Asia/Tokyo]"
    assert set(partial["event_uid"]) | set(rest["event_uid"]) == {f"evt_{n}_{m}" for n in range(1, 7) for m in range(2)}
    assert len(rest) == 6
    assert rest.attrs["cronofy"]["pages"] == 3


def test_a_read_that_fails_on_its_first_page_can_be_resumed() -> None:
    """If nothing was read, resume repeats the same query."""
    client = mock_client(pages(2, broken={1}))
    with pytest.raises(errors.ServerError) as caught:
        read_events(client, "2026-03-01", "2026-04-01")
    assert len(caught.value.partial) == 0
    again = read_events(client, resume=caught.value.resume)
    assert len(again) == 4
    assert again.attrs["cronofy"]["arguments"]["from"] == "2026-03-01"


def test_resume_belongs_to_one_function() -> None:
    """The resume of a free/busy read is refused by read_events."""
    client = mock_client(pages(2, broken={1}))
    with pytest.raises(errors.ServerError) as caught:
        read_events(client)
    with pytest.raises(ValueError, match="not of free_busy"):
        read_free_busy(client, resume=caught.value.resume)


def test_an_answer_that_ends_early_warns() -> None:
    """If page 1 of 3 has no next page, a warning and the attrs say that rows may be missing."""

    def handle(_: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json={"pages": {"current": 1, "total": 3}, "events": []})

    with pytest.warns(UserWarning, match="ended after page 1 of 3"):
        events = read_events(mock_client(handle))
    assert events.attrs["cronofy"]["complete"] is False


def test_progress_shows_or_hides_the_bar(capsys: pytest.CaptureFixture[str]) -> None:
    """By default there is no bar without a terminal; True shows one, False none."""
    client = mock_client(pages(3, broken=set()))
    for progress in (None, False):
        read_events(client, progress=progress)
        assert capsys.readouterr().err == ""
    read_events(client, progress=True)
    assert "page" in capsys.readouterr().err


def test_a_quick_read_shows_no_bar(capsys: pytest.CaptureFixture[str]) -> None:
    """The bar appears only after a delay, and never for a single page."""
    seconds = iter([0.0, 0.1, 0.2, 0.9])
    with Progress(show=None, clock=lambda: next(seconds)) as bar:
        bar.step(3)
        bar.step(3)
        assert bar._bar is None
        bar.step(3)
        assert bar._bar is not None
    with Progress(show=True) as bar:
        bar.step(1)
        assert bar._bar is None
    capsys.readouterr()


def test_the_real_office_is_read_over_many_pages() -> None:
    """All rows of the seeded office are read over several pages, once each, in order."""
    client = connect(sandbox=Sandbox(now="2026-03-02T09:00:00Z", page_size=50))
    events = read_events(client, tz="Europe/London")
    assert events.attrs["cronofy"]["pages"] == -(-len(list(client.read_events(include_managed=True))) // 50)
    assert not events.duplicated(["calendar_id", "event_uid"]).any()
    assert events["start"].is_monotonic_increasing


def test_a_deleted_calendar_is_said_to_be_one(box: Sandbox, client: Client) -> None:
    """The error says that the calendar is deleted, and the list does not offer it."""
    box.accounts[0].profiles[0].calendars[1].calendar_deleted = True
    with pytest.raises(ValueError, match=rf"not deleted \(deleted ones with this name: {HOME}\)"):
        read_events(client, calendars="Home")
    with pytest.raises(ValueError, match=r"calendar: Holidays, Work\.$"):
        read_events(client, calendars="Nope")


@pytest.mark.parametrize("calendars", [[None], 5, ["Work", 7, None]])
def test_calendars_are_texts(client: Client, calendars: Any) -> None:
    """A value that is neither a text nor texts is refused by its type."""
    first = next(name for name in calendars if not isinstance(name, str)) if isinstance(calendars, list) else calendars
    with pytest.raises(ValueError, match=f"calendars takes ids or names of calendars, .*; not {first}"):
        read_events(client, calendars=calendars)


@pytest.mark.parametrize("value", [None, [1], "ann", {"ann": None}])
def test_a_client_is_a_client(value: Any) -> None:
    """The message says what to pass as client."""
    with pytest.raises(TypeError, match="a mapping label -> Client"):
        read_events(value)


def test_a_mistake_in_one_account_names_it() -> None:
    """A calendar that one account lacks does not cost the rows of the others."""
    box = small_box()
    box.accounts[0].profiles[0].calendars[1].calendar_name = "Elsewhere"
    clients = {"ann": connect(sandbox=small_box()), "bob": connect(sandbox=box)}
    with pytest.raises(
        errors.FrameError, match="account bob: 'Home' cannot be used as a calendar: give the id or name"
    ) as caught:
        read_events(clients, calendars="Home")
    assert caught.value.partial["account"].tolist() == ["ann"]


def test_resume_needs_the_same_clients(client: Client) -> None:
    """Resume of a single client is refused for a mapping and the reverse, and every label must be present."""
    single = {"endpoint": "read_events", "arguments": {}, "next_page": None, "tz": "UTC", "start": None, "end": None}
    with pytest.raises(ValueError, match="of a single client"):
        read_events({"ann": client}, resume=single)
    with pytest.raises(ValueError, match="of a mapping of clients"):
        read_events(client, resume={"accounts": {"ann": single}})
    with pytest.raises(ValueError, match="continues bob"):
        read_events({"ann": client}, resume={"accounts": {"bob": single}})


def test_an_expired_page_starts_again() -> None:
    """An expired page URL cannot be continued, so resume starts at the first page, and the message says so."""
    faults = [Fault("status", route="GET /v1/events/pages", times={1}, status=404)]
    client = connect(sandbox=small_box(page_size=2, faults=faults))
    with pytest.raises(errors.NotFound, match="its address has expired") as caught:
        read_events(client)
    assert len(caught.value.partial) == 2
    assert len(read_events(client, resume=caught.value.resume)) == 4


def test_a_name_of_several_deleted_calendars_has_all_their_ids(box: Sandbox, client: Client) -> None:
    """Any of them may be the one that is meant."""
    for calendar in box.accounts[0].profiles[0].calendars:
        calendar.calendar_name, calendar.calendar_deleted = "Old", calendar.calendar_name != "Work"
    box.accounts[0].profiles[0].calendars[0].calendar_name = "Work"
    with pytest.raises(ValueError, match=rf"deleted ones with this name: {HOME} and cal_\w+\)"):
        read_events(client, calendars="Old")


@pytest.mark.parametrize(("count", "end"), [(10, r"name 9\.$"), (11, r"name 9 and 1 more\.$"), (13, "and 3 more")])
def test_a_long_list_of_calendars_is_shortened(count: int, end: str) -> None:
    """Ten names are shown, and how many there are besides."""
    listed = [{"calendar_id": f"cal_{n}", "calendar_name": f"name {n:c}"} for n in range(ord("0"), ord("0") + count)]
    client = mock_client(lambda _: httpx.Response(200, json={"calendars": listed}))
    with pytest.raises(ValueError, match=end):
        read_events(client, calendars="Nope")


def test_a_list_of_calendars_that_fails_is_an_empty_read() -> None:
    """Names cannot be looked up; the error has a frame without rows, and the whole read to resume."""
    client = mock_client(lambda _: httpx.Response(403))
    with pytest.raises(errors.Forbidden) as caught:
        read_events(client, "2026-03-01", "2026-04-01", tz="Asia/Tokyo", calendars="Work")
    assert (caught.value.resume["calendars"], caught.value.resume["next_page"]) == (["Work"], None)
    assert caught.value.partial.dtypes["start"] == "datetime64[us, Asia/Tokyo]"
    provenance = caught.value.partial.attrs["cronofy"]
    assert (provenance["rows"], provenance["pages"], provenance["requests"]) == (0, 0, 0)


def test_a_frame_of_a_list_shows_no_progress(capsys: pytest.CaptureFixture[str]) -> None:
    """And says nothing of the time for which rows are known, as the list may be of anything."""
    listed = frame(connect(sandbox=small_box(page_size=1)).read_events())
    assert listed.attrs["cronofy"]["pages"] > 1
    assert "observed" not in listed.attrs["cronofy"]
    assert capsys.readouterr().err == ""


def test_arguments_in_attrs_have_the_page_only_of_a_continued_read() -> None:
    """A read from the start has those of the query."""
    client = mock_client(pages(2, broken={2}))
    with pytest.raises(errors.ServerError) as caught:
        read_events(client)
    assert "next_page" not in caught.value.partial.attrs["cronofy"]["arguments"]
    rest = read_events(client, resume=caught.value.resume)
    assert rest.attrs["cronofy"]["arguments"]["next_page"] == f"{HOST}/v1/events/pages/2"


def test_only_reads_that_are_cut_say_for_which_time_rows_are_known(client: Client) -> None:
    """With moved events there are rows of other times too; the list of calendars is of no time."""
    assert "observed" in read_events(client).attrs["cronofy"]
    assert "observed" not in read_events(client, include=["moved"]).attrs["cronofy"]
    assert "observed" not in read_profiles(client).attrs["cronofy"]


def test_accounts_are_read_at_once() -> None:
    """Neither waits for the other."""
    both = threading.Barrier(2, timeout=60)

    def handle(_: httpx.Request) -> httpx.Response:
        both.wait()
        return httpx.Response(200, json={"pages": {"current": 1, "total": 1}, "events": []})

    assert read_events({"ann": mock_client(handle), "bob": mock_client(handle)}).empty


def test_nothing_to_resume_is_an_empty_frame() -> None:
    """Nothing is read where no account is left; the frame has its columns, as it has where no account can be read."""
    clients = {"ann": mock_client(lambda _: httpx.Response(200, json={"calendars": []}))}
    none = read_events(clients, resume={"accounts": {}})
    assert (none.columns.tolist(), len(none)) == (["account", *schema.EVENTS.names], 0)
    with pytest.raises(errors.FrameError, match="account ann: 'Nope'") as caught:
        read_events(clients, calendars="Nope")
    assert caught.value.partial.dtypes.to_dict() == none.dtypes.to_dict()


def test_an_interrupted_read_ends_the_waits_of_all_accounts() -> None:
    """Ctrl-C ends the waits that other threads are in or come to later, and begins no further read."""
    is_interrupted = threading.Event()
    begun: list[str] = []

    def interrupt(_: httpx.Request) -> httpx.Response:
        is_interrupted.set()
        raise KeyboardInterrupt

    def limit(label: str) -> Callable[[httpx.Request], httpx.Response]:
        def handle(_: httpx.Request) -> httpx.Response:
            begun.append(label)
            is_interrupted.wait()
            time.sleep(0.05)  # so that most waits begin after the interruption
            return httpx.Response(429, headers={"Retry-After": "250"})

        return handle

    clients = {"first": waiting_client(interrupt)}
    clients |= {f"other {n}": waiting_client(limit(f"other {n}")) for n in range(7)}
    with pytest.raises(KeyboardInterrupt):
        read_events(clients)
    assert len(begun) == len(set(begun)) <= 7


def pages_until(interrupted: int) -> Callable[[httpx.Request], httpx.Response]:
    """Return a handler of four pages of an event each; while a page is waited for, the user presses Ctrl-C."""

    def handle(request: httpx.Request) -> httpx.Response:
        number = int(request.url.path.rpartition("/")[2]) if "pages" in request.url.path else 1
        if number == interrupted:
            raise KeyboardInterrupt
        row = {"calendar_id": "c", "event_uid": f"e{number}", "start": "2026-03-04", "end": "2026-03-05"}
        following = {"next_page": f"{HOST}/v1/events/pages/{number + 1}"} if number < 4 else {}
        return httpx.Response(200, json={"pages": {"current": number, "total": 4, **following}, "events": [row]})

    return handle


@pytest.mark.parametrize("page", [1, 2, 3, 4])
def test_an_interrupted_read_goes_on_at_the_page_that_it_waited_for(page: int) -> None:
    """The pages before are `.partial`, and those from there on are read with `.resume`: each event once."""
    with pytest.raises(KeyboardInterrupt):
        read_events(mock_client(pages_until(page)), names=False)
    stopped = last_error()
    assert stopped.partial["event_uid"].tolist() == [f"e{n}" for n in range(1, page)]
    assert stopped.partial.attrs["cronofy"]["complete"] is False
    rest = read_events(mock_client(pages_until(0)), names=False, resume=stopped.resume)
    assert rest["event_uid"].tolist() == [f"e{n}" for n in range(page, 5)]


@pytest.mark.parametrize("failure", [KeyboardInterrupt, errors.Forbidden])
def test_a_read_that_ends_while_its_calendars_are_looked_up_is_not_complete(failure: type[BaseException]) -> None:
    """None of its time was read, so that no analysis may count it as free; `.resume` reads it."""

    def handle(_: httpx.Request) -> httpx.Response:
        if failure is KeyboardInterrupt:
            raise KeyboardInterrupt
        return httpx.Response(403)

    with pytest.raises(failure):
        read_events(mock_client(handle), "2026-03-02", "2026-03-09", calendars=["Work"])
    stopped = last_error()
    assert (len(stopped.partial), stopped.partial.attrs["cronofy"]["complete"]) == (0, False)
    assert stopped.resume["calendars"] == ["Work"]


class InterruptedProgress(Progress):
    """Progress during which the user presses Ctrl-C, when so many pages are decoded."""

    def __init__(self, pages: int) -> None:
        super().__init__(show=False)
        self._pages = pages

    def step(self, total: int | None, count: int = 1) -> None:
        """Count a page."""
        super().step(total, count)
        self._pages -= count
        if self._pages == 0:
            raise KeyboardInterrupt


@pytest.mark.parametrize("pages", [1, 3, 4])
def test_an_interrupt_after_a_page_was_decoded_counts_the_page(pages: int) -> None:
    """It is in `.partial` and not read again; after the last one there is nothing to resume."""
    client = mock_client(pages_until(0))
    query = Query(ENDPOINTS["read_events"], {"tzid": "Etc/UTC"}, Window("UTC"))
    with pytest.raises(KeyboardInterrupt) as caught:
        read_account(client, query, InterruptedProgress(pages))
    stopped: Any = caught.value
    assert len(stopped.partial) == pages
    if pages == 4:
        assert (stopped.resume, stopped.partial.attrs["cronofy"]["complete"]) == (None, True)
    else:
        assert stopped.resume["next_page"] == f"{HOST}/v1/events/pages/{pages + 1}"


def test_every_request_is_counted(box: Sandbox) -> None:
    """Refused requests and renewals count too, as they do for the rate limit."""
    client = connect(sandbox=box)
    box.expire(box.access_token)
    assert read_events(client).attrs["cronofy"]["requests"] == 3


def test_attrs_have_the_window_that_was_read(client: Client) -> None:
    """With open bounds the window in attrs is Cronofy's default around the server's time."""
    provenance = read_free_busy(client, "2026-03-01").attrs["cronofy"]
    assert provenance["observed"] == ["2026-03-01T00:00:00+00:00", "2026-09-21T00:00:00+00:00"]
    assert provenance["fetched_at"] == "2026-03-04T09:00:00+00:00"


ARGUMENTS = {
    "list_accessible_calendars": {"profile_id": "pro_ann"},
    "query_scheduling_requests": {"scheduling_request_ids": ["scr_unknown"]},
}
LISTS = {name: ARGUMENTS.get(name, {}) for name, row in ENDPOINTS.items() if row.rows}


@pytest.mark.parametrize("name", sorted(LISTS))
def test_every_list_becomes_a_frame(box: Sandbox, name: str) -> None:
    """`frame` has columns for every list endpoint, also when the list is empty."""
    account = "service account" if ENDPOINTS[name].auth == "service" else None
    rows = getattr(connect(sandbox=box, account=account), name)(**LISTS[name])
    table = ENDPOINTS[name].table
    assert table is not None
    assert frame(rows).columns.tolist() == table.names
