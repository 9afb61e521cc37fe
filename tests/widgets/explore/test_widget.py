"""The explorer, driven as a browser drives it and from Python."""

import json
from base64 import b64decode
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import ipywidgets
import pandas as pd
import pytest
import traitlets
from matplotlib.colors import to_hex

import cronofy_frames as cf
from cronofy_frames.connecting import connect
from cronofy_frames.errors import AuthError, NotFound
from cronofy_frames.plots import new_figure, plot_week
from cronofy_frames.sandbox import Sandbox
from cronofy_frames.tokens import MemoryStore
from cronofy_frames.widgets.explore.date_ranges import SHORTCUTS, file_name, range_text
from cronofy_frames.widgets.explore.widget import Explorer, explore
from cronofy_frames.wire.auth import Tokens
from cronofy_frames.wire.client import Client
from cronofy_frames.wire.faults import Fault
from cronofy_frames.wire.messages import Hosts
from cronofy_frames.wire.transport import InProcessTransport
from tests.pictures import office
from tests.small import HOME, READONLY, WORK, event, small_box, small_office
from tests.widget_browser import Page, RecordingComm, browser_state, enter, page, parts, press, states, visible_parts
from tests.writes import client_of

EVIL = "<img src=x onerror=alert(1)>"
AREA = "</textarea><script>alert(1)</script>"
WEEK = ("2026-03-02", "2026-03-09")
HTML_OURS = {
    *("div", "span", "strong", "style", "img", "a"),
    *("table", "caption", "thead", "tbody", "tr", "th", "td"),
}
FOCUSABLE = ("Button", "Text", "Combobox", "DatePicker", "Checkbox", "Textarea")


def week(client: Any, **more: Any) -> Explorer:
    """Return an explorer of the week that the small office has events in."""
    return explore(client, start=WEEK[0], end=WEEK[1], **more)


def fields(explorer: Explorer) -> Any:
    """Return the explorer's fields."""
    return explorer._fields


def open_tab(explorer: Explorer, tab: str) -> Page:
    """Return what a tab shows."""
    return Page(explorer._tabs.pages[tab].value)


def titles(explorer: Explorer) -> list[str]:
    """Return the titles of the events that are shown."""
    assert explorer.shown is not None
    return explorer.shown["summary"].tolist()


def rerun(explorer: Explorer, client: Any) -> pd.DataFrame:
    """Return what the Python line makes."""
    known: dict[str, Any] = {"cf": cf, "client": client}
    exec(explorer.line, known)
    made: pd.DataFrame = known["events"]
    return made


def sandbox_with_events(*summaries: str, **own: Any) -> Sandbox:
    """Return a sandbox with events of these titles in the week, one after the other."""
    whole, start = small_office(), datetime(2026, 3, 2, tzinfo=UTC)
    for n, summary in enumerate(summaries):
        begin = start + timedelta(minutes=5 * n)
        added = event(f"e{n:04}", begin, begin + timedelta(minutes=30), summary=summary)
        whole.accounts[0].events[added.event_uid] = added
    return small_box(office=whole, **own)


def client_answering(handler: Callable[[httpx.Request], httpx.Response], box: Sandbox | None = None) -> Client:
    """Return a client that a function answers; with a sandbox's token it may pass on to that."""
    planted = Tokens("planted-access", "planted-refresh", client_secret="planted-secret")
    return Client(
        Hosts("https://api.cronofy.com", "https://app.cronofy.com"),
        store=MemoryStore(planted if box is None else Tokens(box.access_token)),
        transport=httpx.MockTransport(handler),
        sleep=lambda _: None,
        **({} if box is None else {"clock": box.now}),
    )


def unknown_token_response(_: httpx.Request) -> httpx.Response:
    """Answer that the token is unknown."""
    return httpx.Response(401)


def three_clients() -> dict[str, Client]:
    """Return three people of the seeded office."""
    return {name.split()[0]: member for name, member in list(office().items())[:3]}


def test_it_reads_once_at_the_start(box: Sandbox) -> None:
    """The first read takes one request each for zone, calendars and events, and tabs take none."""
    client, counted = client_of(box)
    explorer = explore(client)
    assert counted.requests == ["GET /v1/userinfo", "GET /v1/calendars", "GET /v1/events"]
    for tab in ("week", "heatmap", "time_use", "table"):
        explorer.tab = tab
    explorer.search = "review"
    explorer.start = "2026-03-01"
    assert len(counted.requests) == 3
    press(fields(explorer).read)
    assert counted.requests[3:] == ["GET /v1/events"]


def test_a_given_zone_is_not_requested(box: Sandbox) -> None:
    """With tz= the zone of the account is not requested."""
    client, counted = client_of(box)
    assert explore(client, tz="Asia/Tokyo").tz == "Asia/Tokyo"
    assert "GET /v1/userinfo" not in counted.requests


def test_it_begins_with_the_current_week(client: Client) -> None:
    """Without days it shows the week of the client's clock, from Monday, in the zone of the account."""
    explorer = explore(client)
    assert (explorer.start, explorer.end, explorer.tz) == (date(2026, 3, 2), date(2026, 3, 9), "Europe/London")
    pd.testing.assert_frame_equal(explorer.events, cf.read_events(client, *WEEK, tz="Europe/London"))
    assert explorer.status.text == "3 events, Mon 2 Mar 2026 to Sun 8 Mar 2026, Europe/London."
    assert (explorer.status.kind, explorer.problem) == ("good", None)
    assert repr(explorer) == "<Explorer: 3 events, Mon 2 Mar 2026 to Sun 8 Mar 2026, Europe/London>"


def test_the_clock_decides_the_current_week(client: Client) -> None:
    """Today is in the selected zone: late on a Sunday in London is Monday in Tokyo."""
    explorer = explore(client, tz="Asia/Tokyo", clock=lambda: datetime(2026, 3, 15, 20, tzinfo=UTC))
    assert (explorer.today, explorer.start) == (date(2026, 3, 16), date(2026, 3, 16))


def test_open_ends_are_those_of_cronofy(client: Client) -> None:
    """With a single bound the other end is open."""
    explorer = explore(client, start="2026-03-05")
    assert (explorer.end, titles(explorer)) == (None, ["review", "dentist", "retreat"])
    assert explorer.line == 'events = cf.read_events(client, "2026-03-05", tz="Europe/London")'
    explorer = explore(client, end="2026-03-05")
    assert explorer.line == 'events = cf.read_events(client, end="2026-03-05", tz="Europe/London")'


@pytest.mark.parametrize("bad", [{"start": "March"}, {"start": "2026-03-02 09:00"}, {"tz": "Mars"}])
def test_invalid_arguments_are_raised_at_once(client: Client, bad: dict[str, str]) -> None:
    """They are raised where `explore` is called."""
    with pytest.raises(ValueError, match=r"start is|a time zone is"):
        explore(client, **bad)


@pytest.mark.parametrize("bad", [None, {}, {"Ann": "token"}])
def test_only_clients_are_explored(bad: Any) -> None:
    """Anything but a client or a mapping of clients is an error that says so."""
    with pytest.raises((TypeError, ValueError), match="client"):
        explore(bad)


def test_calendars_are_offered_by_name_under_their_profile(box: Sandbox, client: Client) -> None:
    """Deleted calendars are left out, read-only ones are marked, and all are selected at first."""
    box.accounts[0].profiles[0].calendars[1].calendar_deleted = True
    explorer = week(client)
    choices = [row.option for row in fields(explorer).calendars.rows]
    assert [(option.text, option.group) for option in choices] == [
        ("Work", "Google · ann@example.test"),
        ("Holidays (read-only)", "Google · ann@example.test"),
    ]
    assert explorer.calendars == (WORK, READONLY)
    assert "calendars=" not in explorer.line


def test_selected_calendars_are_read(client: Client) -> None:
    """Boxes and the trait agree, and Read reads the selected calendars."""
    explorer = week(client)
    work, home, _ = (row.box for row in fields(explorer).calendars.rows)
    enter(work, value=False)
    assert explorer.calendars == (HOME, READONLY)
    assert titles(explorer) == ["standup", "review", "dentist"]
    assert explorer.status.text.startswith("Press Read for ")
    press(fields(explorer).read)
    assert titles(explorer) == ["dentist"]
    assert explorer.line.endswith(f', tz="Europe/London", calendars=["{HOME}", "{READONLY}"])')
    explorer.calendars = [WORK]
    assert (work.value, home.value) == (True, False)
    explorer.read()
    assert titles(explorer) == ["standup", "review"]


def test_without_calendars_nothing_is_read(client: Client) -> None:
    """The status line says so, and the previous events stay."""
    explorer = week(client)
    before = titles(explorer)
    press(fields(explorer).calendars.none)
    explorer.read()
    assert (explorer.status.text, explorer.status.kind) == ("No calendar is selected: select at least one.", "bad")
    assert titles(explorer) == before
    pd.testing.assert_frame_equal(rerun(explorer, client), explorer.shown)


def test_days_outside_the_window_are_explained(client: Client) -> None:
    """The message has the days that Cronofy returns."""
    explorer = week(client)
    explorer.start = "2025-01-01"
    explorer.read()
    assert explorer.status.kind == "bad"
    assert "Cronofy returns 42 days back and 201 ahead: choose days from" in explorer.status.text
    assert ".fields" not in explorer.status.text


def test_unknown_calendars_are_refused(client: Client) -> None:
    """The error names the unknown calendar."""
    with pytest.raises(traitlets.TraitError, match="cal_lost"):
        week(client).calendars = ["cal_lost"]


def test_the_last_day_is_shown_and_included(client: Client) -> None:
    """The end is exclusive in Python; the field shows the last day, and its label says so."""
    explorer = week(client)
    first, last = fields(explorer).first, fields(explorer).last
    assert (first.value, last.value) == (date(2026, 3, 2), date(2026, 3, 8))
    assert last.description == "Last day (included)"
    enter(last, value={"year": 2026, "month": 2, "date": 9})
    enter(first, value={"year": 2026, "month": 2, "date": 9})
    assert (explorer.start, explorer.end) == (date(2026, 3, 9), date(2026, 3, 10))
    press(fields(explorer).read)
    assert titles(explorer) == ["retreat"]
    explorer.start, explorer.end = None, pd.Timestamp("2026-04-01")
    assert (first.value, last.value) == (None, date(2026, 3, 31))


@pytest.mark.parametrize(
    ("name", "first", "last"),
    [
        ("Today", "2026-03-04", "2026-03-04"),
        ("This week", "2026-03-02", "2026-03-08"),
        ("Last week", "2026-02-23", "2026-03-01"),
        ("This month", "2026-03-01", "2026-03-31"),
        ("Last month", "2026-02-01", "2026-02-28"),
        ("Next 4 weeks", "2026-03-04", "2026-03-31"),
        ("Everything", "None", "None"),
    ],
)
def test_shortcuts_set_both_days(client: Client, name: str, first: str, last: str) -> None:
    """Each shortcut sets the days of its name, relative to today."""
    explorer = week(client)
    press(fields(explorer).shortcuts[name])
    assert (str(fields(explorer).first.value), str(fields(explorer).last.value)) == (first, last)
    press(fields(explorer).read)
    assert explorer.problem is None
    pd.testing.assert_frame_equal(rerun(explorer, client), explorer.shown)


def test_shortcuts_are_right_all_year() -> None:
    """Weeks have seven days from a Monday, months are adjacent, and none begins before Cronofy's window."""
    for today in pd.date_range("2023-12-25", "2025-01-05").date:
        spans = {name: span(today) for name, span in SHORTCUTS.items()}
        for name in ("This week", "Last week"):
            start, end = spans[name]
            assert (start.weekday(), (end - start).days) == (0, 7)
        assert spans["Last week"][1] == spans["This week"][0] <= today < spans["This week"][1]
        assert spans["Last month"][1] == spans["This month"][0] <= today < spans["This month"][1]
        assert spans["This month"][0].day == spans["This month"][1].day == 1
        assert spans["Last month"][0] == max(
            (spans["This month"][0] - timedelta(days=1)).replace(day=1), today - timedelta(days=42)
        )


def test_an_end_before_the_start_is_refused(box: Sandbox) -> None:
    """Read shows the error; the previous events stay."""
    client, counted = client_of(box)
    explorer = week(client)
    explorer.end = "2026-03-02"
    press(fields(explorer).read)
    assert explorer.status.text == "The last day is before the first day: choose another."
    assert (explorer.status.kind, len(counted.requests)) == ("bad", 3)
    assert titles(explorer) == ["standup", "review", "dentist"]


def test_an_unknown_zone_is_refused(box: Sandbox) -> None:
    """It is refused when it is typed and on Read; a known one changes the trait."""
    client, counted = client_of(box)
    explorer = week(client)
    enter(fields(explorer).zone, value="Europe/Londn")
    assert "Europe/London" in explorer.status.text
    assert (explorer.status.kind, explorer.tz) == ("bad", "Europe/London")
    press(fields(explorer).read)
    assert (explorer.status.kind, len(counted.requests)) == ("bad", 3)
    enter(fields(explorer).zone, value=" Europe/Berlin ")
    assert explorer.tz == "Europe/Berlin"
    press(fields(explorer).read)
    assert str(explorer.events["start"].dt.tz) == "Europe/Berlin"
    assert explorer.problem is None
    with pytest.raises(traitlets.TraitError, match="Mars"):
        explorer.tz = "Mars"


@pytest.mark.parametrize(
    "search", ["REVIEW", "ann@example", "ann ex", "", "nothing at all", "É", "a.c", "(x", "[y]", "\\", "$^*+?", "\"'"]
)
def test_the_code_reads_the_same_frame(search: str) -> None:
    """For any search, the Python code gives an equal frame."""
    box = sandbox_with_events("a.c (x) [y] \\ $^*+? \"'", "abc", "Élan", "élan")
    with connect(sandbox=box) as client:
        explorer = week(client)
        enter(fields(explorer).search, value=search)
        pd.testing.assert_frame_equal(rerun(explorer, client), explorer.shown)


@pytest.mark.parametrize(
    ("search", "expected_titles"),
    [
        ("REVIEW", ["review"]),
        ("zOË q", ["a.c (x)"]),
        ("@EXAMPLE.test", ["standup"]),
        ("a.c", ["a.c (x)"]),
        ("(x", ["a.c (x)"]),
        (".*", []),
        ("needs_action", []),
        ("email", []),
        ("room 7", ["abc"]),
        ("bring", ["abc"]),
    ],
)
def test_search_is_literal_and_in_any_case(search: str, expected_titles: list[str]) -> None:
    """Titles, descriptions, locations and people are searched, without a new read."""
    box = sandbox_with_events("a.c (x)", "abc")
    box.accounts[0].events["evt_external_e0001"].location = {"description": "Room 7"}
    box.accounts[0].events["evt_external_e0001"].description = "Bring\nlunch"
    box.accounts[0].events["evt_external_e0000"].attendees = [{"email": "z@x.test", "display_name": "Zoë Q"}]
    client, counted = client_of(box)
    explorer = week(client)
    requests = len(counted.requests)
    explorer.search = search
    assert titles(explorer) == expected_titles
    assert fields(explorer).search.value == search
    assert explorer.status.text.startswith(f"{len(expected_titles)} of 5 events have “{search}”, ")
    assert len(counted.requests) == requests


def test_a_thousand_events_come_in_pages() -> None:
    """A page has fifty rows, the pager says which, and a search shows the first page."""
    box = sandbox_with_events(*(f"event {n:04}" for n in range(1000)), page_size=500)
    with connect(sandbox=box) as client:
        explorer = week(client)
    pager = explorer._tabs.pager
    assert (len(open_tab(explorer, "table").all("tr")), pager.text) == (51, "rows 1 to 50 of 1,003")
    for _ in range(20):
        press(pager.next)
    assert (pager.text, pager.next.disabled) == ("rows 1,001 to 1,003 of 1,003", True)
    assert len(open_tab(explorer, "table").all("tr")) == 4
    explorer.search = "event 09"
    assert pager.text == "rows 1 to 50 of 100"
    assert "event 0900" in open_tab(explorer, "table").text


def test_the_table_has_readable_cells(client: Client) -> None:
    """Times are local, all-day events have dates, attendees are counted, calendars have names."""
    explorer = explore(client, start="2026-03-04", end="2026-03-13")
    shown = open_tab(explorer, "table")
    assert [heading["scope"] for heading in shown.all("th")] == ["col"] * len(shown.all("th"))
    text = " ".join(shown.text.replace("\u00a0", " ").split())
    assert "Wed 4 Mar 2026 09:00 09:15 standup Work" in text
    assert "Mon 9 Mar 2026 Wed 11 Mar 2026 retreat Work" in text
    assert "standup Work 1 confirmed accepted busy" in text
    assert text.startswith("Events, times in Europe/London;")


def test_an_end_on_another_day_has_its_date() -> None:
    """The end of an event has a date if it is not the day of the start."""
    whole, evening = small_office(), datetime(2026, 3, 4, 23, tzinfo=UTC)
    for name, minutes in {"short": 30, "till midnight": 60, "over night": 180}.items():
        added = event(name, evening, evening + timedelta(minutes=minutes))
        whole.accounts[0].events[added.event_uid] = added
    with connect(sandbox=small_box(office=whole)) as client:
        text = " ".join(open_tab(week(client), "table").text.replace("\u00a0", " ").split())
    assert "Wed 4 Mar 2026 23:00 23:30 short" in text
    assert "Wed 4 Mar 2026 23:00 Thu 5 Mar 2026 00:00 till midnight" in text
    assert "Wed 4 Mar 2026 23:00 Thu 5 Mar 2026 02:00 over night" in text


def test_a_week_without_events_is_shown(client: Client) -> None:
    """The table has no rows, the pictures no events, and there is no error."""
    explorer = explore(client, start="2026-05-04", end="2026-05-11")
    assert explorer._tabs.pager.text == "no rows"
    for tab in ("week", "heatmap", "time_use"):
        explorer.tab = tab
        assert len(open_tab(explorer, tab).all("img")) == 1
    assert explorer.problem is None
    assert open_tab(explorer, "time_use").all("table")
    explorer.tab = "heatmap"
    assert open_tab(explorer, "heatmap").all("img")[0]["alt"].endswith("No time is busy.")
    pd.testing.assert_frame_equal(rerun(explorer, client), explorer.shown)


def test_only_the_open_tab_is_drawn(client: Client) -> None:
    """A tab is drawn when it is opened, and again only after its data has changed."""
    explorer = week(client)
    pages = explorer._tabs.pages
    assert [name for name, page in pages.items() if page.value] == ["table"]
    enter(explorer._tabs.bar, selected_index=1)
    assert explorer.tab == "week"
    assert [name for name, page in pages.items() if page.value] == ["table", "week"]
    sent: list[tuple[str, dict[str, Any]]] = []
    pages["week"].comm = RecordingComm(sent, "week")
    explorer.tab = "table"
    explorer.tab = "week"
    assert (sent, explorer._tabs.bar.selected_index) == ([], 1)
    explorer.search = "review"
    assert [name for name, page in pages.items() if page.value] == ["week"]
    assert len(sent) == 1


def test_pictures_have_alt_texts(client: Client) -> None:
    """The alt text has the days, hours and numbers."""
    explorer = week(client)
    explorer.tab = "week"
    (image,) = open_tab(explorer, "week").all("img")
    assert image["alt"].startswith("Calendar of the week Mon 2 Mar 2026 to Sun 8 Mar 2026, Europe/London.")
    assert "Tue 3 Mar: none, Wed 4 Mar: 1, Thu 5 Mar: 1, Fri 6 Mar: 1, Sat 7 Mar: none" in image["alt"]
    explorer.tab = "heatmap"
    (image,) = open_tab(explorer, "heatmap").all("img")
    assert "Busiest: Thursday 14:00, 100 %; Friday 08:00, 100 %; Wednesday 09:00, 25 %." in image["alt"]
    assert "Never busy: Monday, Tuesday, Saturday, Sunday." in image["alt"]
    explorer.tab = "time_use"
    (image,) = open_tab(explorer, "time_use").all("img")
    assert "Hours in all: 2.2 busy, 2.2 scheduled" in image["alt"]
    assert len(open_tab(explorer, "time_use").all("table")) == 1


def test_pictures_of_a_search_are_marked(client: Client) -> None:
    """A remark says that only matching events count."""
    explorer = week(client)
    explorer.tab, explorer.search = "time_use", "review"
    assert open_tab(explorer, "time_use").text.startswith("Only events with “review” count here")


def test_a_picture_that_cannot_be_drawn_is_explained(client: Client) -> None:
    """The message is in place of the picture, and is no error of the explorer."""
    explorer = week(client)
    nothing = explorer.events[:0].copy()
    nothing.attrs.clear()
    explorer.events = nothing
    for tab in ("week", "heatmap", "time_use"):
        explorer.tab = tab
        assert open_tab(explorer, tab).text.startswith("Problem: ")
        assert open_tab(explorer, tab).all("img") == []
    assert explorer.problem is None


def test_weeks_stay_within_the_read(client: Client) -> None:
    """Previous and next change the week and its picture, within the days that were read."""
    explorer = explore(client, start="2026-02-25", end="2026-03-18")
    explorer.tab = "week"
    assert explorer.week == date(2026, 3, 2)
    press(explorer._tabs.later)
    assert explorer.week == date(2026, 3, 9)
    assert "Mon 9 Mar: 1, Tue 10 Mar: 1, Wed 11 Mar: 1" in open_tab(explorer, "week").all("img")[0]["alt"]
    press(explorer._tabs.later)
    assert (explorer._tabs.later.disabled, explorer._tabs.earlier.disabled) == (True, False)
    explorer.week = "2026-02-26"
    assert (explorer.week, explorer._tabs.earlier.disabled) == (date(2026, 2, 23), True)
    explorer.read()
    assert explorer.week == date(2026, 2, 23)


@pytest.mark.parametrize("several", [False, True])
def test_calendars_have_the_colours_of_the_weeks_picture(several: bool) -> None:
    """A calendar, or its account, is marked with its colour in the legend of the picture."""
    client: Any = three_clients() if several else three_clients()["Maya"]
    explorer = week(client, tz="Europe/London")
    listed = cf.read_calendars(three_clients()["Maya"])
    labels = dict(zip(listed["calendar_id"], listed["calendar_name"], strict=True))
    ax = plot_week(explorer.shown, ax=new_figure(), week=explorer.week, labels=None if several else labels)
    legend = ax.get_legend()
    assert legend is not None
    patches = zip(legend.get_texts(), legend.get_patches(), strict=True)
    key = {text.get_text(): to_hex(patch.get_facecolor()) for text, patch in patches}
    for row in fields(explorer).calendars.rows:
        style = Page(row.mark.value).all("span")[0]["style"].lower()
        name = row.option.owner if several else row.option.text
        assert f"background:{key.get(name, 'transparent')}" in style
    assert len(set(key) & {"Maya", "Daniel", "Lena", "Calendar", "Personal", "Family"}) == 3


def test_several_accounts_can_be_selected() -> None:
    """A mapping has a list of accounts, which shows and hides their calendars."""
    clients = three_clients()
    explorer = week(clients, tz="Europe/London")
    assert explorer.accounts == ("Maya", "Daniel", "Lena")
    assert explorer.line == 'events = cf.read_events(client, "2026-03-02", "2026-03-09", tz="Europe/London")'
    pd.testing.assert_frame_equal(rerun(explorer, clients), explorer.shown)
    enter(fields(explorer).accounts.rows[0].box, value=False)
    assert explorer.accounts == ("Daniel", "Lena")
    shown = [
        box.description for box in visible_parts(fields(explorer).calendars) if isinstance(box, ipywidgets.Checkbox)
    ]
    own = [row.option.text for row in fields(explorer).calendars.rows if row.option.owner != "Maya"]
    assert shown == own
    press(fields(explorer).read)
    assert set(explorer.events["account"]) == {"Daniel", "Lena"}
    pd.testing.assert_frame_equal(rerun(explorer, clients), explorer.shown)
    explorer.calendars = explorer.calendars[:-2]
    explorer.search = "e"
    explorer.read()
    pd.testing.assert_frame_equal(rerun(explorer, clients), explorer.shown)
    explorer.accounts = []
    explorer.read()
    assert explorer.status.text == "No account is selected: select at least one."


def test_a_single_account_has_no_list(client: Client) -> None:
    """Neither a client nor a mapping of one has a list of accounts."""
    assert fields(week(client)).accounts not in visible_parts(week(client))
    explorer = week({"Ann": client})
    assert fields(explorer).accounts not in visible_parts(explorer)
    pd.testing.assert_frame_equal(rerun(explorer, {"Ann": client}), explorer.shown)


def test_one_failed_account_leaves_the_others(client: Client) -> None:
    """The other events are shown as incomplete, and the error is shown and kept."""
    explorer = week({"Ann": client, "Bob": client_answering(unknown_token_response)})
    assert titles(explorer) == ["standup", "review", "dentist"]
    assert explorer.status.kind == "bad"
    assert explorer.status.text.startswith(
        "Incomplete: 3 events were read before the error. account Bob: read_events was"
    )
    assert isinstance(explorer.problem, AuthError)
    assert "Incomplete" in open_tab(explorer, "table").text
    assert {row.option.owner for row in fields(explorer).calendars.rows} == {"Ann"}
    explorer.search = "review"
    assert (explorer.status.kind, "Incomplete" in explorer.status.text) == ("bad", True)
    explorer.search, explorer.accounts = "", ["Ann"]
    press(fields(explorer).read)
    assert titles(explorer) == ["standup", "review", "dentist"]


def test_a_failed_read_keeps_the_previous_events(box: Sandbox) -> None:
    """The error is shown; events, table and code stay; the next read may succeed."""
    client, _ = client_of(box, Fault("status", "GET /v1/events", {2}, status=403))
    explorer = week(client)
    line = explorer.line
    explorer.end = "2026-03-20"
    press(fields(explorer).read)
    assert explorer.status.text.startswith("The previous events are kept. read_events was answered 403")
    assert isinstance(explorer.problem, cf.Forbidden)
    assert (titles(explorer), explorer.line) == (["standup", "review", "dentist"], line)
    assert not fields(explorer).read.disabled
    press(fields(explorer).read)
    assert (titles(explorer)[-1], explorer.problem) == ("retreat", None)


def test_a_partial_read_is_shown(box: Sandbox) -> None:
    """The pages before the error are shown as incomplete."""
    box = sandbox_with_events(*(f"event {n}" for n in range(10)), page_size=5)
    client, _ = client_of(box, Fault("status", "GET /v1/events/pages", {2}, status=404))
    explorer = week(client)
    assert len(explorer.events) == 10
    assert isinstance(explorer.problem, NotFound)
    assert explorer.status.text.startswith(
        "Incomplete: 10 events were read before the error. read_events was answered 404"
    )
    assert "Incomplete" in open_tab(explorer, "table").text


def test_calendars_that_cannot_be_listed_do_not_hide_events(box: Sandbox) -> None:
    """Events are read, the status line says so, and the next read lists the calendars again."""
    client, counted = client_of(box, Fault("status", "GET /v1/calendars", {1}, status=403))
    explorer = week(client)
    assert (titles(explorer), explorer.calendars) == (["standup", "review", "dentist"], ())
    assert "Not all calendars could be listed: list_calendars was answered 403" in explorer.status.text
    press(fields(explorer).read)
    assert explorer.calendars == (WORK, HOME, READONLY)
    assert (explorer.problem, explorer.status.kind) == (None, "good")
    press(fields(explorer).read)
    assert counted.requests.count("GET /v1/calendars") == 2


def test_an_unreadable_zone_is_utc(box: Sandbox) -> None:
    """Times are in UTC, and the status line has the reason."""
    client, _ = client_of(box, Fault("status", "GET /v1/userinfo", {1}, status=403))
    explorer = week(client)
    assert explorer.tz == "UTC"
    assert "Times are in UTC, because the time zone of the account could not be read: user_info" in explorer.status.text


def test_a_refused_token_gives_a_usable_explorer() -> None:
    """It shows the reason, and all its parts can be used."""
    explorer = explore(client_answering(unknown_token_response))
    assert (explorer.events, explorer.shown, explorer.line) == (None, None, "")
    assert isinstance(explorer.problem, AuthError)
    assert explorer.status.kind == "bad"
    for tab in ("week", "heatmap", "time_use"):
        explorer.tab = tab
    explorer.search = "x"
    for button in [part for part in parts(explorer) if isinstance(part, ipywidgets.Button) and not part.disabled]:
        press(button)
    press(fields(explorer).exports["csv"])
    assert explorer.status.text == "There are no events to save: press Read first."


def test_a_read_can_be_interrupted(box: Sandbox) -> None:
    """An interrupt ends a read that a button started; a read from Python raises it."""
    inner, stops = InProcessTransport(box), [False]

    def handle(request: httpx.Request) -> httpx.Response:
        if stops[0]:
            raise KeyboardInterrupt
        return inner.handle_request(request)

    explorer = week(client_answering(handle, box))
    stops[0] = True
    press(fields(explorer).read)
    assert explorer.status.text == "Interrupted. The previous results are kept."
    assert (isinstance(explorer.problem, KeyboardInterrupt), len(titles(explorer))) == (True, 3)
    with pytest.raises(KeyboardInterrupt):
        explorer.read()
    stops[0] = False
    press(fields(explorer).read)
    assert (explorer.problem, explorer.status.kind) == (None, "good")


@pytest.mark.parametrize("year", [1, 2, 20, 202, 9998, 9999])
def test_half_typed_years_break_nothing(client: Client, year: int) -> None:
    """While 2026 is typed the browser sends the year 2: that is an unusual day, but no error."""
    explorer = week(client)
    for field in (fields(explorer).first, fields(explorer).last):
        enter(field, value={"year": year, "month": 2, "date": 9})
    press(fields(explorer).read)
    assert explorer.status.text
    press(fields(explorer).shortcuts["This week"])
    press(fields(explorer).read)
    assert (explorer.problem, len(titles(explorer))) == (None, 3)


def test_warnings_of_a_read_are_shown(box: Sandbox) -> None:
    """The status line has warnings that a notebook does not show for callbacks."""
    inner = InProcessTransport(box)

    def handle(request: httpx.Request) -> httpx.Response:
        answer = inner.handle_request(request)
        return httpx.Response(answer.status_code, content=answer.read().replace(b'"review"', b"7"))

    explorer = week(client_answering(handle, box))
    assert "summary" in explorer.status.text
    assert len(explorer.events) == 3


def test_the_page_shows_a_read_before_it_starts(client: Client) -> None:
    """The status and the disabled button are sent before the read, the result after it."""
    explorer = week(client)
    sent: list[tuple[str, dict[str, Any]]] = []
    for name, part in {"read": fields(explorer).read, "status": explorer.status}.items():
        part.comm = RecordingComm(sent, name)
    press(fields(explorer).read)
    texts = [
        "disabled" if state.get("disabled") else "enabled" if "disabled" in state else Page(state["value"]).text[:7]
        for name, state in sent
        if "disabled" in state or name == "status"
    ]
    assert texts == ["disabled", "Reading", "Done: 3", "enabled"]


def test_a_file_is_made_on_a_press_and_read_back(client: Client, tmp_path: Path) -> None:
    """The link has the rows shown, as cf.export writes them, and the days in its name."""
    explorer = week(client)
    explorer.search = "re"
    for suffix in ("csv", "xlsx"):
        press(fields(explorer).exports[suffix])
        (link,) = Page(fields(explorer).link.value).all("a")
        assert link["download"] == f"events_2026-03-02_2026-03-08.{suffix}"
        path = tmp_path / link["download"]
        path.write_bytes(b64decode(link["href"].partition(";base64,")[2]))
        read_back = cf.read_sheet(path)
        assert read_back["summary"].tolist() == titles(explorer) == ["review"]
        assert read_back["start"].tolist() == explorer.shown["start"].tolist()
        assert explorer.status.text == f"{path.name} has 1 event: press its link to save it."


def test_a_file_of_other_events_is_no_longer_offered(client: Client) -> None:
    """A file is made when its button is pressed, and its link is removed when the events change."""
    explorer = week(client)
    assert fields(explorer).link.value == ""
    for change in (lambda: setattr(explorer, "search", "review"), explorer.read):
        press(fields(explorer).exports["csv"])
        assert fields(explorer).link.value
        change()
        assert fields(explorer).link.value == ""


@pytest.mark.parametrize(
    ("start", "end", "name", "words"),
    [
        (date(2026, 3, 2), date(2026, 3, 9), "events_2026-03-02_2026-03-08.csv", "Mon 2 Mar 2026 to Sun 8 Mar 2026"),
        (date(2026, 3, 2), date(2026, 3, 3), "events_2026-03-02_2026-03-02.csv", "Mon 2 Mar 2026"),
        (None, date(2026, 3, 9), "events_until_2026-03-08.csv", "until Sun 8 Mar 2026"),
        (date(2026, 3, 2), None, "events_from_2026-03-02.csv", "from Mon 2 Mar 2026"),
        (None, None, "events.csv", "all days that Cronofy returns"),
    ],
)
def test_ranges_are_named_by_their_days(start: date | None, end: date | None, name: str, words: str) -> None:
    """File names and texts have the first and the last day."""
    assert (file_name(start, end, "csv"), range_text(start, end)) == (name, words)


def check_no_markup(shown: Page) -> None:
    """Check that a page has no elements but the explorer's, and none that does something."""
    assert {name for name, _ in shown.elements} <= HTML_OURS
    assert not [name for _, attributes in shown.elements for name in attributes if name.startswith("on")]
    assert all(element["src"].startswith("data:image/png;base64,") for element in shown.all("img"))
    assert all(element["href"].startswith("data:text/csv;") for element in shown.all("a"))


def test_nothing_is_rendered_as_markup() -> None:
    """Titles, locations, people, calendars, labels and searches are escaped."""
    box = sandbox_with_events(EVIL, AREA, "$\\href{javascript:alert(1)}{x}$")
    ann = box.accounts[0]
    event_ = ann.events["evt_external_e0000"]
    event_.location, event_.description = {"description": EVIL}, AREA
    event_.attendees = [{"email": EVIL, "display_name": AREA, "status": "accepted"}]
    ann.profiles[0].profile_name = EVIL
    ann.profiles[0].calendars[0].calendar_name = f"{EVIL} $x$"
    with connect(sandbox=box) as client:
        explorer = week({AREA: client, "b": client})
    enter(fields(explorer).zone, value=EVIL)
    check_no_markup(page(explorer))
    for tab, search in {"week": AREA, "heatmap": EVIL, "time_use": AREA, "table": ""}.items():
        explorer.tab, explorer.search = tab, search
        check_no_markup(page(explorer))
    press(fields(explorer).exports["csv"])
    check_no_markup(page(explorer))
    assert EVIL in open_tab(explorer, "table").text
    for row in fields(explorer).calendars.rows:
        assert "$" not in row.box.description
        assert not row.box.description_allow_html


def test_the_code_cannot_be_changed(client: Client) -> None:
    """It can be copied, and changes are reverted."""
    explorer = week(client)
    enter(fields(explorer).line, value="import os")
    assert fields(explorer).line.value == explorer.line


def test_events_that_are_set_are_shown(client: Client) -> None:
    """A frame that is set is shown, and the code does not claim to read it."""
    explorer = week(client)
    explorer.events = cf.read_events(client, "2026-03-09", "2026-03-16", tz="Asia/Tokyo")
    assert titles(explorer) == ["retreat"]
    assert "times in Asia/Tokyo" in open_tab(explorer, "table").text
    assert explorer.line == "# these events were set on the explorer: it has not read them"


def test_errors_of_callbacks_are_shown_and_kept(client: Client, capsys: pytest.CaptureFixture[str]) -> None:
    """An invalid frame is an error that is shown and kept; nothing is printed or raised."""
    explorer = week(client)
    explorer.events = pd.DataFrame({"a": [1]})
    assert isinstance(explorer.problem, KeyError)
    assert explorer.problem.__traceback__ is not None
    assert explorer.status.text.startswith("KeyError: ")
    assert explorer.status.text.endswith("The widget's .problem has the traceback.")
    assert capsys.readouterr() == ("", "")
    explorer.read()
    assert (explorer.problem, titles(explorer)) == (None, ["standup", "review", "dentist"])


def test_pressing_makes_no_widgets(client: Client) -> None:
    """A hundred presses make no more widgets, and closing leaves none."""
    before = set(states())
    explorer = week({"Ann": client, "Bob": client})
    count = len(states())
    buttons = [part for part in parts(explorer) if isinstance(part, ipywidgets.Button)]
    for n in range(100):
        explorer.tab = ("week", "heatmap", "time_use")[n // 2] if n < 6 else "table"
        button = buttons[n % len(buttons)]
        if not button.disabled:
            press(button)
    assert len(states()) == count
    explorer.close()
    assert set(states()) == before


def test_everything_has_a_name_for_screen_readers(client: Client) -> None:
    """Each field and button has a text, and can be reached by keyboard."""
    explorer = week({"Ann": client, "Bob": client})
    reached = [part for part in parts(explorer) if type(part).__name__ in FOCUSABLE]
    assert len(reached) > 20
    for part in reached:
        assert part.description.strip(), part
        assert part.tabbable is not False
        assert not getattr(part, "icon", "")
    assert explorer._tabs.bar.titles == ("Table", "Week", "Heatmap", "Time use")


def test_boxes_have_no_tooltips(client: Client) -> None:
    """Jupyter looks for the name of whatever has a tooltip, and boxes have none."""
    assert not [part for part in parts(week(client)) if hasattr(part, "children") and part.tooltip is not None]


def test_no_secret_reaches_the_page(box: Sandbox) -> None:
    """Neither a token nor the secret of the application is in a state, text, code or exception."""
    client, _ = client_of(box, Fault("status", "GET /v1/events", {2}, status=401))
    explorer = week(client)
    explorer.read()
    others = explore(client_answering(unknown_token_response))
    press(fields(explorer).exports["csv"])
    text = (
        browser_state(explorer, others)
        + repr(explorer)
        + explorer.line
        + repr(explorer.problem)
        + json.dumps(states(), default=str)
    )
    tokens = box.tokens("ann@example.test")
    planted = ["planted-access", "planted-refresh", "planted-secret", box.client_secret, *tokens.values()]
    assert [secret for secret in planted if secret in text] == []


def test_only_the_page_shown_is_sent_to_the_browser() -> None:
    """Of a thousand events fifty are sent."""
    box = sandbox_with_events(*(f"event {n:04}" for n in range(1000)), page_size=500)
    with connect(sandbox=box) as client:
        explorer = week(client)
    text = browser_state(explorer)
    assert ("event 0000" in text, "event 0060" in text) == (True, False)
