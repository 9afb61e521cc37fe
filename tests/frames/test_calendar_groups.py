"""Reads of hundreds of calendars: groups whose addresses stay short give what one request would give."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

import cronofy_frames as cf
from cronofy_frames.frames.calendar_groups import MOST_CHARACTERS, calendar_groups
from cronofy_frames.sandbox import Sandbox
from tests.wide_account import CALENDARS, CHOSEN, addresses_of, client_of, wide_box

WINDOW = ("2026-03-01", "2026-04-01")
Read = Callable[..., pd.DataFrame]


@pytest.fixture(scope="module", params=[3, 100])
def box(request: pytest.FixtureRequest) -> Sandbox:
    """That sandbox, with short pages or long ones; no test changes it."""
    return wide_box(page_size=request.param)


READS: dict[str, tuple[Read, dict[str, Any]]] = {
    "open": (cf.read_events, {}),
    "bounded": (cf.read_events, {"start": WINDOW[0], "end": WINDOW[1]}),
    "deleted": (cf.read_events, {"deleted": True}),
    "moved": (cf.read_events, {"include": ("moved",)}),
    "without managed": (cf.read_events, {"managed": False, "tz": "America/New_York"}),
    "free/busy": (cf.read_free_busy, {"start": WINDOW[0]}),
    "free/busy without ids": (cf.read_free_busy, {"start": WINDOW[0], "include": ()}),
    "free/busy with free": (cf.read_free_busy, {"include": ("ids", "free")}),
}


@pytest.mark.parametrize("workers", [1, 8])
@pytest.mark.parametrize("kind", READS)
def test_hundreds_of_calendars_are_read_like_few(box: Sandbox, kind: str, workers: int) -> None:
    """Rows, order and dtypes are those of a read of all calendars, without the rows of the others."""
    read, arguments = READS[kind]
    with cf.connect(sandbox=box) as client:
        every = read(client, **arguments, workers=1)
    expected = every[every["calendar_id"].isin(CHOSEN)].reset_index(drop=True)
    with client_of(box) as client:
        frame = read(client, **arguments, calendars=[*CHOSEN, *CHOSEN[:3]], workers=workers)
    expected.attrs = frame.attrs
    assert_frame_equal(frame, expected)
    assert 0 < len(frame) < len(every)
    source = frame.attrs["cronofy"]
    assert source["complete"]
    assert set(source["arguments"]["calendar_ids"]) == set(CHOSEN)
    assert source["requests"] == len(addresses_of(client))


def test_few_calendars_are_one_request(box: Sandbox) -> None:
    """What fits into a short address is asked for at once."""
    with client_of(box) as client:
        cf.read_events(client, *WINDOW, calendars=CALENDARS[:40], workers=1, names=False)
        assert len([address for address in addresses_of(client) if "calendar_ids" in address]) == 1


def test_pages_are_as_many_as_they_have_to_be() -> None:
    """Each group is one request where its rows fit into a page, with one worker or several."""
    box = wide_box()
    for workers in (1, 8):
        with client_of(box) as client:
            cf.read_events(client, *WINDOW, calendars=CHOSEN, workers=workers)
            assert len(addresses_of(client)) == len(calendar_groups(CHOSEN))


def test_the_progress_bar_counts_the_groups(capsys: pytest.CaptureFixture[str]) -> None:
    """Each of them is a page at least."""
    with client_of(wide_box()) as client:
        cf.read_events(client, *WINDOW, calendars=CHOSEN, deleted=True, workers=1, progress=True)
    assert f"/{len(calendar_groups(CHOSEN))} [" in capsys.readouterr().err


def test_names_of_hundreds_of_calendars_are_ids(box: Sandbox) -> None:
    """Calendars may be named; the read is that of their ids."""
    names = [f"Calendar {n}" for n in range(7, 250)]
    with client_of(box) as client:
        frame = cf.read_events(client, *WINDOW, calendars=names)
        assert_frame_equal(frame, cf.read_events(client, *WINDOW, calendars=CHOSEN))


@pytest.mark.parametrize("workers", [1, 8])
@pytest.mark.parametrize("number", [1, 2, 3, 5])
@pytest.mark.parametrize("error", [httpx.UnsupportedProtocol, KeyboardInterrupt])
@pytest.mark.parametrize("arguments", [{}, {"deleted": True}])
def test_a_read_that_breaks_goes_on(
    box: Sandbox, number: int, workers: int, error: type[BaseException], arguments: dict[str, Any]
) -> None:
    """`.partial` and the rows of `resume=` are together the whole frame, and it says that it is complete."""
    with client_of(box) as client:
        expected = cf.read_events(client, *WINDOW, calendars=CHOSEN, **arguments, workers=1, names=False)
    broken = client_of(box, {number}, error=error)
    with pytest.raises((cf.CronofyError, KeyboardInterrupt)):
        cf.read_events(broken, *WINDOW, calendars=CHOSEN, **arguments, workers=workers, names=False)
    stopped = cf.last_error()
    assert stopped.partial.attrs["cronofy"]["complete"] is False
    rest = cf.read_events(broken, resume=stopped.resume, workers=workers, names=False)
    assert rest.attrs["cronofy"]["complete"] is True
    assert_frame_equal(cf.concat([stopped.partial, rest]), expected)


def test_accounts_of_a_mapping_are_read_in_groups_too(box: Sandbox) -> None:
    """Several accounts with hundreds of calendars give the rows of each."""
    clients = {"ann": client_of(box), "bob": client_of(box)}
    frame = cf.read_events(clients, *WINDOW, calendars=CHOSEN)
    single = cf.read_events(clients["ann"], *WINDOW, calendars=CHOSEN)
    for label in clients:
        own = frame[frame["account"] == label].drop(columns="account").reset_index(drop=True)
        own.attrs = single.attrs
        assert_frame_equal(own, single)


@pytest.mark.parametrize("page_size", [1, 3, 12])
def test_a_day_of_hundreds_of_calendars_is_divided_into_short_addresses(page_size: int) -> None:
    """Where a day is divided by all calendars of an account, no request names more than an address takes."""
    box = wide_box(page_size=page_size)
    for n in range(300):
        start = datetime(2026, 3, 10, 6 + n % 12, tzinfo=UTC)
        box.add_external_event("Ann", f"dense {n}", start, start + timedelta(hours=1), calendar_id=CALENDARS[n % 250])
    with client_of(box) as client:
        frame = cf.read_events(client, "2026-03-10", "2026-03-11")
        assert_frame_equal(frame, cf.read_events(client, "2026-03-10", "2026-03-11", workers=1))
        assert any("calendar_ids" in address for address in addresses_of(client)) == (page_size < 12)


def test_a_stream_of_hundreds_of_calendars_has_their_rows(box: Sandbox) -> None:
    """Each row once, in frames of the size that was asked for; a frame for all of them says that it is all."""
    with client_of(box) as client:
        expected = cf.read_events(client, *WINDOW, calendars=CHOSEN)
        frames = list(cf.stream_events(client, *WINDOW, calendars=CHOSEN, rows=50))
        (whole,) = cf.stream_events(client, *WINDOW, calendars=CHOSEN)
    assert len(frames) > 1
    assert not any(frame.attrs["cronofy"]["complete"] for frame in frames)
    assert_frame_equal(cf.concat(frames).sort_values("event_uid"), expected.sort_values("event_uid"))
    streamed = whole.sort_values(["start", "calendar_id", "event_uid"]).reset_index(drop=True)
    assert whole.attrs["cronofy"]["complete"]
    streamed.attrs = expected.attrs
    assert_frame_equal(streamed, expected)


@pytest.mark.parametrize("number", [1, 2, 4, 5])
@pytest.mark.parametrize("error", [httpx.UnsupportedProtocol, KeyboardInterrupt])
@pytest.mark.parametrize("rows", [50, 10_000])
def test_a_stream_that_breaks_goes_on(box: Sandbox, number: int, error: type[BaseException], rows: int) -> None:
    """The frames before and those of `resume=` have each row once."""
    broken = client_of(box, {number}, error=error)
    frames: list[pd.DataFrame] = []
    stream = cf.stream_events(broken, *WINDOW, calendars=CHOSEN, rows=rows)
    with pytest.raises((cf.CronofyError, KeyboardInterrupt)):
        frames.extend(stream)
    frames += cf.stream_events(broken, resume=cf.last_error().resume, rows=rows)
    expected = cf.read_events(broken, *WINDOW, calendars=CHOSEN)
    assert sorted(pd.concat(frames)["event_uid"]) == sorted(expected["event_uid"])


def test_a_stream_does_not_go_on_from_a_read_in_windows() -> None:
    """Such a read needs its closing read, which a stream has not: the message says where to pass it."""
    box = wide_box(page_size=3)
    with pytest.raises(cf.CronofyError) as caught:
        cf.read_events(client_of(box, {20}), *WINDOW)
    assert caught.value.resume is not None
    with pytest.raises(ValueError, match=r"pass it to read_events"):
        cf.stream_events(client_of(box), resume=caught.value.resume)


@pytest.mark.parametrize("length", [5, 50, 500, 5_000])
def test_groups_hold_all_ids_in_their_order(length: int) -> None:
    """Each id once, and no group is longer than it may be, unless one id alone is."""
    ids = [f"cal_{number:0{length}}" for number in range(150)]
    groups = calendar_groups([*ids, *ids])
    assert [calendar_id for group in groups for calendar_id in group] == ids
    for group in groups:
        assert len(group) == 1 or len(group) * (length + 22) <= MOST_CHARACTERS + 200


def test_the_wire_says_what_to_do_about_a_long_address() -> None:
    """Endpoints send what they are given; where a server refuses the address, the error names the way to read."""
    with client_of(wide_box()) as client, pytest.raises(cf.ApiError, match=r"414.*fewer.*cronofy_frames\.read_events"):
        client.read_events(tzid="Etc/UTC", calendar_ids=CHOSEN)
