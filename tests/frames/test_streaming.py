"""`stream_events`: events as frames of some thousand rows."""

from typing import Any

import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

import cronofy_frames as cf
from cronofy_frames.sandbox import Sandbox
from cronofy_frames.wire.client import Client
from tests.cronofy_server import row, rows_client

WINDOW = ("2026-03-02", "2026-03-30")


@pytest.fixture(scope="module")
def clients() -> dict[str, Client]:
    """Two people of one office, with pages of 20 rows."""
    box = Sandbox(now="2026-03-02T09:00:00Z", page_size=20)
    people = [account.email for account in box.accounts if account.kind == "account"][:2]
    return {str(email): cf.connect(sandbox=box, account=email) for email in people}


def rows_of(frames: list[pd.DataFrame]) -> pd.DataFrame:
    """Return the rows of a stream in the order of `read_events`."""
    return cf.concat([frame.copy() for frame in frames])


@pytest.mark.parametrize("rows", [1, 20, 30, 100_000])
@pytest.mark.parametrize("several", [False, True])
def test_the_frames_have_the_rows_of_a_read(clients: dict[str, Client], rows: int, several: bool) -> None:
    """Each once, with the same dtypes and names, however many rows a frame has."""
    client: Any = clients if several else next(iter(clients.values()))
    options: dict[str, Any] = {"tz": "Europe/London", "localized": True}
    frames = list(cf.stream_events(client, *WINDOW, rows=rows, **options))
    read = cf.read_events(client, *WINDOW, workers=1, **options)
    keys = (["account"] if several else []) + ["start", "calendar_id", "event_uid"]
    streamed = pd.concat(frames).sort_values(keys).reset_index(drop=True)
    expected = read.sort_values(keys).reset_index(drop=True)
    streamed.attrs = expected.attrs = {}
    assert_frame_equal(streamed, expected)
    assert max(map(len, frames)) <= max(rows + 20, 20)
    assert (len(frames) == len(clients if several else [client])) == (rows == 100_000)


def test_pages_and_requests_are_counted(clients: dict[str, Client]) -> None:
    """A page is one request, however many there are, in a stream as in a read of one page after the other."""
    client = next(iter(clients.values()))
    (whole,) = cf.stream_events(client, *WINDOW, rows=100_000, names=False)
    read = cf.read_events(client, *WINDOW, workers=1, names=False)
    counts = [[frame.attrs["cronofy"][name] for name in ("pages", "requests")] for frame in (whole, read)]
    pages = len(read) // 20 + 1
    assert pages > 2
    assert counts == [[pages, pages]] * 2


def test_a_part_does_not_claim_to_be_the_whole(clients: dict[str, Client]) -> None:
    """Only a frame that is all of a read says which time it covers, so that no part is taken for free time."""
    client = next(iter(clients.values()))
    (whole,) = cf.stream_events(client, *WINDOW, rows=100_000)
    assert (whole.attrs["cronofy"]["complete"], whole.attrs["cronofy"]["start"][:10]) == (True, WINDOW[0])
    for part in cf.stream_events(client, *WINDOW, rows=20):
        assert not part.attrs["cronofy"]["complete"]
        assert "start" not in part.attrs["cronofy"]


def test_an_event_that_comes_again_is_left_out() -> None:
    """In whichever frame; rows without a key all stay."""
    nameless = {"start": "2026-03-02T05:00:00Z", "end": "2026-03-02T05:30:00Z"}
    pages = [[row(1), row(2)], [row(2, summary="again"), row(3), nameless], [row(1), nameless]]
    frames = list(cf.stream_events(rows_client(pages), rows=2, names=False))
    assert [frame["event_uid"].dropna().tolist() for frame in frames] == [["evt_001", "evt_002"], ["evt_003"], []]
    assert [len(frame) for frame in frames] == [2, 2, 1]
    assert [frame.attrs["cronofy"]["repeated"] for frame in frames] == [0, 1, 2]


@pytest.mark.parametrize("broken", [500, b"nonsense", b'{"events": null}'])
def test_a_stream_that_breaks_goes_on_where_it_broke(broken: Any) -> None:
    """What was read before is yielded first; the rest comes with resume=, and nothing twice."""
    pages = [[row(1)], [row(2)], [row(3)], [row(4)]]
    stream = cf.stream_events(rows_client([*pages[:2], broken, *pages[3:]]), rows=10, names=False)
    before = [next(stream)]
    with pytest.raises(cf.CronofyError) as caught:
        before.extend(stream)
    assert cf.last_error().resume == caught.value.resume
    after = list(cf.stream_events(rows_client(pages), resume=caught.value.resume, names=False))
    uids = pd.concat(before + after)["event_uid"].tolist()
    assert uids == ["evt_001", "evt_002", "evt_003", "evt_004"]
    assert not before[-1].attrs["cronofy"]["complete"]


def test_an_account_that_fails_does_not_stop_the_others() -> None:
    """The error at the end names it, and resume= reads only that account."""
    good, bad = [[row(1)]], [[row(2)], 403]
    stream = cf.stream_events({"ann": rows_client(bad), "ben": rows_client(good)}, names=False)
    frames = [next(stream), next(stream)]
    with pytest.raises(cf.Forbidden, match="account ann") as caught:
        next(stream)
    assert [frame["account"].tolist() for frame in frames] == [["ann"], ["ben"]]
    whole = {"ann": rows_client([[row(2)], [row(3)]]), "ben": rows_client(good)}
    (rest,) = cf.stream_events(whole, resume=caught.value.resume, names=False)
    assert rest[["account", "event_uid"]].values.tolist() == [["ann", "evt_003"]]


def test_an_answer_that_ends_early_is_said() -> None:
    """A page without the address of the next is not the end of what there is."""
    page = b'{"pages": {"current": 1, "total": 3}, "events": [{"calendar_id": "c", "event_uid": "e"}]}'
    with pytest.warns(UserWarning, match="read_events ended after page 1 of 3: rows may be missing"):
        (frame,) = cf.stream_events(rows_client([page]), *WINDOW, names=False)
    assert not frame.attrs["cronofy"]["complete"]


def test_an_answer_without_rows_that_ends_early_is_said() -> None:
    """The frame without rows does not claim that there are none."""
    page = b'{"pages": {"current": 1, "total": 3}, "events": []}'
    with pytest.warns(UserWarning, match="read_events ended after page 1 of 3"):
        (frame,) = cf.stream_events(rows_client([page]), *WINDOW, names=False)
    assert (len(frame), frame.attrs["cronofy"]["complete"]) == (0, False)


def test_an_interrupt_says_how_to_go_on() -> None:
    """With the page from which the rows that were not yielded are read."""
    pages: list[Any] = [[row(1)], [row(2)], [row(3)], [row(4)]]
    client = rows_client(pages)
    stream = cf.stream_events(client, rows=2, names=False)
    first = next(stream)
    pages[3] = _Interrupting()
    with pytest.raises(KeyboardInterrupt) as caught:
        next(stream)
    pages[3] = [row(4)]
    assert "resume=stopped.resume" in caught.value.__notes__[0]
    partial = cf.last_error().partial
    assert (len(partial), partial.attrs["cronofy"]["complete"]) == (0, False)
    rest = list(cf.stream_events(client, resume=cf.last_error().resume, names=False))
    assert pd.concat([first, *rest])["event_uid"].tolist() == ["evt_001", "evt_002", "evt_003", "evt_004"]


class _Interrupting(list[Any]):
    """Rows whose sending is interrupted."""

    def __iter__(self) -> Any:
        raise KeyboardInterrupt


@pytest.mark.parametrize("several", [False, True])
def test_without_rows_there_is_a_frame_with_the_columns(several: bool) -> None:
    """One, so that an export has its header."""
    client: Any = {"ann": rows_client([[]]), "ben": rows_client([[]])} if several else rows_client([[]])
    (frame,) = cf.stream_events(client, "2026-03-02", "2026-03-03")
    assert len(frame) == 0
    assert frame.columns[0] == ("account" if several else "start")


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"rows": 0}, "rows is a whole number"),
        ({"tz": "Europe/Londn"}, "Did you mean"),
        ({"calendars": [1]}, "calendars takes"),
        ({"include": "gps"}, "include takes"),
        ({"resume": {"accounts": {}}}, "mapping"),
    ],
)
def test_what_makes_no_sense_is_an_error_at_once(options: dict[str, Any], text: str) -> None:
    """Before the first frame is asked for, and before anything is sent."""
    with pytest.raises(ValueError, match=text):
        cf.stream_events(rows_client([]), **options)


def test_calendars_are_chosen_by_name(clients: dict[str, Client]) -> None:
    """As in `read_events`."""
    client = next(iter(clients.values()))
    name = cf.read_calendars(client)["calendar_name"][0]
    rows = rows_of(list(cf.stream_events(client, *WINDOW, calendars=name, rows=10_000)))
    assert len(rows)
    assert set(rows["calendar_name"]) == {name}


def test_no_calendars_are_no_rows(clients: dict[str, Client]) -> None:
    """An empty list of calendars is not all of them, as in `read_events`, and a read of none is complete."""
    (frame,) = cf.stream_events(next(iter(clients.values())), *WINDOW, calendars=[])
    assert (len(frame), frame.attrs["cronofy"]["complete"]) == (0, True)
