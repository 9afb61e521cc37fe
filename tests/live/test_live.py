"""A real account: its responses become the same frames as the sandbox's. See README.md beside this file."""

import os
import re
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pandas as pd
import pycronofy
import pytest

import cronofy_frames as cf
from cronofy_frames.diagnostics.live import check_account

pytestmark = pytest.mark.live

ANYWHERE = "203.0.113.1"  # an address reserved for documentation (RFC 5737): a filter that allows it allows every host
EVENT_ID = "cronofy-frames-live-test"
PATIENCE = 60.0  # seconds until a provider has followed


@pytest.fixture
def client(request: pytest.FixtureRequest) -> Iterator[cf.Client]:
    """The client of the account in the environment."""
    if not os.environ.get("CRONOFY_ACCESS_TOKEN"):
        pytest.skip("needs a real account: set CRONOFY_ACCESS_TOKEN, as tests/live/README.md says")
    allowed = request.config.getoption("--allowed-hosts") or ""
    if request.config.getoption("--block-network") and not re.match(f"({allowed.replace(',', ')|(')})", ANYWHERE):
        pytest.skip("the network is blocked: add --allowed-hosts='.*', as tests/live/README.md says")
    with cf.connect() as client:
        yield client


@pytest.fixture
def calendar_id() -> str:
    """The calendar that tests may write to."""
    calendar_id = os.environ.get("CRONOFY_LIVE_CALENDAR_ID")
    if not calendar_id:
        pytest.skip("writes: set CRONOFY_LIVE_CALENDAR_ID to the id of a calendar for tests")
    return calendar_id


@pytest.fixture(scope="module")
def sandbox() -> cf.Client:
    """A sandbox, whose frames have the expected columns and dtypes."""
    return cf.connect(sandbox=True)


def week() -> tuple[str, str]:
    """Return today and a week later."""
    today = datetime.now(UTC).date()
    return today.isoformat(), (today + timedelta(days=7)).isoformat()


def until(condition: Callable[[], bool]) -> bool:
    """Return whether a condition becomes true before the timeout."""
    end = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(2)
    return True


def test_calendars_are_read(client: cf.Client, sandbox: cf.Client) -> None:
    """Calendars have the sandbox's columns and dtypes, and unique ids."""
    frame = cf.read_calendars(client)
    assert frame.dtypes.equals(cf.read_calendars(sandbox).dtypes)
    assert frame["calendar_id"].is_unique
    assert frame["calendar_id"].str.startswith("cal_").all()


def test_the_account_is_known(client: cf.Client) -> None:
    """user_info returns the account of the token, with its profiles."""
    info = client.user_info()
    assert info["cronofy.type"] in ("account", "application_calendar")
    listed = set(cf.read_profiles(client)["profile_id"])
    assert {profile["profile_id"] for profile in info["cronofy.data"]["profiles"]} == listed


def test_events_are_read(client: cf.Client, sandbox: cf.Client) -> None:
    """A week of events has the sandbox's columns and dtypes, overlaps the week, and is complete and sorted."""
    start, end = week()
    frame = cf.read_events(client, start, end, localized=True)
    assert frame.dtypes.equals(cf.read_events(sandbox, start, end, localized=True).dtypes)
    assert (frame["start"] < pd.Timestamp(end, tz="UTC")).all()
    assert (frame["end"] >= pd.Timestamp(start, tz="UTC")).all()
    assert frame["start"].is_monotonic_increasing
    assert frame.attrs["cronofy"]["complete"]


def test_free_busy_is_read(client: cf.Client, sandbox: cf.Client) -> None:
    """A week of free/busy has the sandbox's columns and dtypes and the four documented statuses."""
    start, end = week()
    frame = cf.read_free_busy(client, start, end)
    assert frame.dtypes.equals(cf.read_free_busy(sandbox, start, end).dtypes)
    assert set(frame["free_busy_status"]) <= {"busy", "free", "tentative", "unknown"}


def test_the_official_client_sees_the_same(client: cf.Client) -> None:
    """The official client reads the same events of the week, each once."""
    start, end = week()
    official = pycronofy.Client(
        access_token=os.environ["CRONOFY_ACCESS_TOKEN"],
        data_center=os.environ.get("CRONOFY_DATA_CENTER", "").lower() or None,
    )
    official.request_handler.base_url = client.hosts.api
    rows = official.read_events(from_date=start, to_date=end).all()
    read = client.read_events(from_=start, to=end, include_managed=True)
    assert {(row["calendar_id"], row["event_uid"]) for row in rows} == {
        (row["calendar_id"], row["event_uid"]) for row in read
    }


def test_answers_are_as_the_contract_says(client: cf.Client, tmp_path: Path) -> None:
    """The live check finds no difference; CRONOFY_LIVE_REPORT names the file for what it finds."""
    report = check_account(client)
    report.save(os.environ.get("CRONOFY_LIVE_REPORT") or tmp_path / "live.json")
    assert not report.differences, repr(report)


def test_an_unknown_token_is_refused(client: cf.Client) -> None:
    """An unknown token gets a 401."""
    with cf.connect(base_url=client.hosts.api, access_token="not-a-token", environment={}) as stranger:
        with pytest.raises(cf.AuthError) as caught:
            stranger.user_info()
        assert caught.value.status == 401


def test_days_long_ago_are_refused(client: cf.Client) -> None:
    """A start more than 42 days ago gets a 422."""
    with pytest.raises(cf.Invalid):
        client.read_events(from_="2020-01-01")


def test_an_event_is_written_and_cleaned_up(client: cf.Client, calendar_id: str) -> None:
    """A written event is read again, and after its deletion it is gone."""
    noon = pd.Timestamp.now("UTC").floor("D") + pd.Timedelta(days=14, hours=12)
    start, end = noon.date(), (noon + pd.Timedelta(days=1)).date()

    def present() -> bool:
        frame = cf.read_events(client, start, end, calendars=calendar_id)
        return EVENT_ID in set(frame["event_id"].dropna())

    try:
        client.create_event(
            calendar_id, event_id=EVENT_ID, summary="Test", start=noon, end=noon + pd.Timedelta(minutes=30)
        )
        assert until(present)
    finally:
        client.delete_event(calendar_id, EVENT_ID)
    assert until(lambda: not present())
