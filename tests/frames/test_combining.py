"""Several reads as one frame, and names of calendars: windows and accounts stay known."""

import json
from typing import Any

import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

import cronofy_frames as cf
from cronofy_frames.sandbox import Sandbox
from tests.brute_intervals import office_clients
from tests.cronofy_server import row, rows_client
from tests.event_rows import event, events

MARCH, APRIL = ("2026-03-02", "2026-03-09"), ("2026-04-06", "2026-04-13")


def read(client: cf.Client, window: tuple[str, str], **options: Any) -> pd.DataFrame:
    """Return the events of a week."""
    return cf.read_events(client, *window, tz="Europe/London", **options)


def test_a_hole_between_windows_is_not_observed(client: cf.Client) -> None:
    """Time between two reads is neither free nor busy, in every analysis."""
    both = cf.concat([read(client, APRIL), read(client, MARCH)])
    week = cf.occupancy(both, by="week").set_index("week")
    assert week["observed_hours"].tolist() == [168, 0, 0, 0, 0, 168]
    assert week["share"].isna().tolist() == [False, True, True, True, True, False]
    free = cf.gaps(both)
    hole = pd.Timestamp(MARCH[1], tz="Europe/London"), pd.Timestamp(APRIL[0], tz="Europe/London")
    assert not ((free["start"] < hole[1]) & (free["end"] > hole[0])).any()
    use = cf.time_use(both).set_index("period")["focus_hours"]
    assert (use.iloc[[0, -1]] > 0).all()
    assert use.iloc[1:-1].tolist() == [0, 0, 0, 0]
    assert cf.plot_days(both).get_legend() is not None
    assert cf.plot_timeline(both, by="calendar_id").get_legend() is not None
    week = cf.plot_week(both, week="2026-03-16")
    assert [text.get_text() for text in week.get_legend().get_texts()] == ["not read"]


def test_the_parts_of_a_window_are_the_window(client: cf.Client) -> None:
    """Two reads that touch give the rows and the numbers of one read; an event over the bound stays once."""
    whole = read(client, ("2026-03-02", "2026-03-16"))
    parts = cf.concat(
        [read(client, ("2026-03-02", "2026-03-04 10:10")), read(client, ("2026-03-04 10:10", "2026-03-16"))]
    )
    pd.testing.assert_frame_equal(parts, whole)
    assert len(parts.attrs["cronofy"]["windows"]) == 1
    pd.testing.assert_frame_equal(cf.time_use(parts), cf.time_use(whole))
    json.dumps(parts.attrs)


def test_frames_of_accounts_get_labels(box: Sandbox) -> None:
    """A mapping label -> frame adds the account; each account keeps its own window, and one without rows is free."""
    ann = cf.connect(sandbox=box)
    bob = read(ann, APRIL)
    both = cf.concat({"ann": read(ann, MARCH), "bob": bob.iloc[:0]})
    assert set(both["account"]) == {"ann"}
    hours = cf.occupancy(both, by=["account", "week"]).set_index(["account", "week"])["observed_hours"]
    assert hours.unstack().to_numpy().tolist() == [[168, 0, 0, 0, 0, 0], [0, 0, 0, 0, 0, 168]]
    assert cf.time_use(both, by="account", freq=None)["focus_hours"].iloc[1] == 40
    assert not len(cf.common_free(both, duration="1h"))
    assert len(cf.common_free(both, duration="1h", required=1))
    assert not len(cf.gaps(both))
    with pytest.raises(ValueError, match="already has an account column"):
        cf.concat({"x": both})


def test_frames_of_several_accounts_join(box: Sandbox) -> None:
    """Accounts of all frames are known, each with the windows of its own reads."""
    ann = cf.connect(sandbox=box)
    first = cf.read_events({"ann": ann, "bob": ann}, *MARCH)
    second = cf.read_events({"ann": ann}, *APRIL)
    both = cf.concat([first, second])
    windows = {label: len(source["windows"]) for label, source in both.attrs["cronofy"]["accounts"].items()}
    assert windows == {"ann": 2, "bob": 1}
    assert len(both) == len(first) + len(second) == both.attrs["cronofy"]["rows"]


def test_different_calendars_count_where_both_were_read(client: cf.Client) -> None:
    """Of reads with other calendars only the common time was observed; without any, they are refused."""
    ids = cf.read_calendars(client)["calendar_id"].tolist()[:2]
    first = read(client, ("2026-03-02", "2026-03-16"), calendars=ids[0])
    second = read(client, ("2026-03-09", "2026-03-23"), calendars=ids[1])
    both = cf.concat([first, second])
    assert (both.attrs["cronofy"]["start"][:10], both.attrs["cronofy"]["end"][:10]) == ("2026-03-09", "2026-03-16")
    with pytest.raises(ValueError, match="no time in common"):
        cf.concat([first, read(client, APRIL, calendars=ids[1])])


def test_frames_that_do_not_say_what_was_read_stay_unknown(client: cf.Client) -> None:
    """A frame without attrs makes the result one without, of which analysis warns."""
    march = read(client, MARCH)
    bare = march.copy()
    bare.attrs = {}
    assert cf.concat([march, bare]).attrs == {}
    assert len(cf.concat([march, bare])) == len(march)


@pytest.mark.parametrize(
    ("frames", "message"),
    [
        ([], "at least one frame"),
        (events(event("2026-03-02 09:00", "2026-03-02 10:00")), "several frames"),
        ([pd.DataFrame({"start": []})], "has no end"),
        ([pd.DataFrame({"start": ["x"], "end": ["y"]})], "without a zone"),
    ],
    ids=["none", "a single frame", "no times", "texts"],
)
def test_frames_that_cannot_be_joined_are_refused(frames: Any, message: str) -> None:
    """The message says what to pass."""
    with pytest.raises(ValueError, match=message):
        cf.concat(frames)


def test_kinds_of_frames_are_not_mixed() -> None:
    """Events with free/busy, with and without accounts, and two accounts without labels are refused."""
    ann, bob = list(office_clients().values())[:2]
    march = read(ann, MARCH)
    with pytest.raises(ValueError, match="events and free/busy"):
        cf.concat([march, cf.read_free_busy(ann, *MARCH)])
    with pytest.raises(ValueError, match="others not"):
        cf.concat([march, march.assign(account="ann")])
    with pytest.raises(ValueError, match="two accounts: pass a mapping"):
        cf.concat([march, read(bob, MARCH)])


@pytest.mark.parametrize("workers", [1, 4])
def test_a_broken_read_and_its_continuation_are_of_one_account(workers: int) -> None:
    """Although each part shows other calendars; of two accounts neither goes on with the other."""
    clock = pd.Timestamp("2026-03-02T09:00:00Z").to_pydatetime()
    box = Sandbox(now=clock, page_size=1, seed=1, faults=[cf.Fault("status", "GET /v1/events/pages", {20}, status=501)])
    person = box.accounts[0]
    calendars = [calendar.calendar_id for calendar in person.calendars][:2]
    person.events.clear()
    for day in range(60):
        start = clock + pd.Timedelta(days=day)
        hour = start, start + pd.Timedelta(hours=1)
        box.add_external_event(person.sub, f"day {day}", *hour, calendar_id=calendars[day % 2])
    client = cf.connect(sandbox=box)
    with pytest.raises(cf.ApiError) as stopped:
        cf.read_events(client, workers=workers)
    partial, rest = stopped.value.partial, cf.read_events(client, resume=stopped.value.resume, workers=workers)
    first, second = (
        frame[frame["calendar_id"] == calendar] for frame, calendar in zip((partial, rest), calendars, strict=True)
    )
    assert len(cf.concat([partial, rest])) == 60
    assert len(cf.concat([second, first])) == len(first) + len(second)
    with pytest.raises(ValueError, match="two accounts"):
        cf.concat([first, partial[partial["calendar_id"] == calendars[1]]])


def test_times_are_in_the_zone_of_the_first_frame(client: cf.Client) -> None:
    """All-day rows keep their days, other rows their instants."""
    london, tokyo = read(client, MARCH), cf.read_events(client, *APRIL, tz="Asia/Tokyo")
    both = cf.concat([london, tokyo])
    assert str(both["start"].dt.tz) == both.attrs["cronofy"]["tz"] == "Europe/London"
    assert len(both) == len(london) + len(tokyo)


def test_calendars_add_names_and_nothing_is_lost() -> None:
    """Rows, index, dtypes and attrs stay; an unknown calendar has no name; a second call changes nothing."""
    ann, bob = list(office_clients().values())[:2]
    frame = cf.read_events({"ann": ann, "bob": bob}, *MARCH).iloc[::2]
    calendars = cf.read_calendars({"ann": ann, "bob": bob})
    named = cf.with_calendars(frame, calendars, columns="profile_name")
    assert list(named.columns).index("profile_name") == list(frame.columns).index("calendar_id")
    pd.testing.assert_frame_equal(named.drop(columns="profile_name"), frame)
    assert named.attrs == frame.attrs
    assert named["calendar_name"].notna().all()
    pd.testing.assert_frame_equal(cf.with_calendars(named, calendars), named)
    bare = cf.read_events({"ann": ann, "bob": bob}, *MARCH, names=False).iloc[::2]
    assert cf.with_calendars(bare, calendars)["calendar_name"].tolist() == frame["calendar_name"].tolist()
    some = cf.with_calendars(frame, calendars[calendars["account"] == "ann"], columns=["calendar_name", "profile_name"])
    assert some["profile_name"].notna().tolist() == (frame["account"] == "ann").tolist()
    single = cf.with_calendars(frame[frame["account"] == "ann"], cf.read_calendars(ann))
    assert single["calendar_name"].notna().all()


def test_calendars_without_the_column_are_refused(client: cf.Client) -> None:
    """The message names the columns that can be added, and not the key."""
    frame, calendars = read(client, MARCH), cf.read_calendars(client)
    with pytest.raises(ValueError, match="no column 'colour' to add: choose from provider_name"):
        cf.with_calendars(frame, calendars, columns="colour")
    with pytest.raises(ValueError, match=r"no column 'calendar_id' to add: .*calendar_name") as caught:
        cf.with_calendars(frame, calendars, columns="calendar_id")
    assert str(caught.value).count("calendar_id") == 1
    with pytest.raises(ValueError, match="calendars has no column calendar_id"):
        cf.with_calendars(frame, frame[["summary"]])


@pytest.mark.parametrize("labels", [("zoe", "ann"), ("ann", "zoe")])
@pytest.mark.parametrize("broken", [0, 1])
@pytest.mark.parametrize("read", [cf.read_events, cf.read_free_busy])
def test_a_broken_read_of_accounts_is_joined_in_the_order_of_a_whole_one(
    read: Any, labels: tuple[str, str], broken: int
) -> None:
    """Accounts with the same calendar have rows that only the account tells apart: they are in its order."""
    pages = [[row(1), row(2)], [row(2), row(3)], [row(4)]]

    def clients(fails: bool) -> dict[str, cf.Client]:
        first, second = (
            rows_client([*pages[:1], 501, *pages[2:]] if fails and number == broken else pages) for number in (0, 1)
        )
        return dict(zip(labels, (first, second), strict=True))

    expected = read(clients(False), names=False)
    with pytest.raises(cf.CronofyError) as caught:
        read(clients(True), names=False)
    rest = read(clients(False), names=False, resume=caught.value.resume)
    assert_frame_equal(cf.concat([caught.value.partial, rest]), expected)
    assert_frame_equal(cf.concat([rest, caught.value.partial]), expected)
    assert expected["account"].tolist() == ["ann", "zoe"] * 4


def stopped_reads(workers: int, *numbers: int) -> list[pd.DataFrame]:
    """Return the frames of a read that fails at these requests, and is resumed after each failure."""
    faults = [cf.Fault("status", status=403, route="GET /v1/events", times={number}) for number in numbers]
    client = cf.connect(sandbox=Sandbox(now="2026-03-02T09:00:00Z", page_size=2, faults=faults))
    frames, resume = [], None
    for _ in numbers:
        with pytest.raises(cf.Forbidden) as caught:
            cf.read_events(client, "2026-03-02", "2026-03-30", workers=workers, resume=resume)
        frames.append(caught.value.partial)
        resume = caught.value.resume
    return [*frames, cf.read_events(client, resume=resume, workers=workers)]


@pytest.mark.parametrize("workers", [1, 3])
def test_a_read_that_was_resumed_to_its_end_is_complete(workers: int) -> None:
    """In whichever steps its frames are combined; a report asks to continue a read only if a part is missing."""
    first, second, rest = stopped_reads(workers, 3, 6)
    for parts in ([first, second, rest], [rest, cf.concat([second, first])], [first, cf.concat([rest, second])]):
        assert cf.concat(parts).attrs["cronofy"]["complete"]
    for parts in ([first, second], [first, rest], [first]):
        assert not cf.concat(parts).attrs["cronofy"]["complete"]
    other = stopped_reads(workers, 9)[0]
    assert not cf.concat([first, second, other, rest]).attrs["cronofy"]["complete"]
    assert not cf.concat([cf.concat([first, second, other]), rest]).attrs["cronofy"]["complete"]


def test_several_accounts_that_were_resumed_to_their_end_are_complete() -> None:
    """Each account by itself."""
    pages: list[Any] = [[row(1)], [row(2)], 500, [row(4)]]
    clients = {"ann": rows_client([[row(1)]]), "ben": rows_client(pages)}
    with pytest.raises(cf.CronofyError) as caught:
        cf.read_events(clients, *MARCH, names=False)
    pages[2] = [row(3)]
    both = cf.concat([caught.value.partial, cf.read_events(clients, names=False, resume=caught.value.resume)])
    assert both.attrs["cronofy"]["complete"]
    assert all(source["complete"] for source in both.attrs["cronofy"]["accounts"].values())
