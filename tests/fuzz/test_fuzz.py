"""Whatever bytes come, what leaves the functions of this package is a value or an error of its own."""

import io
import warnings
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pandas as pd
import pytest
from hypothesis import given

from cronofy_frames.errors import CronofyError
from cronofy_frames.frames.reading import read_events
from cronofy_frames.sandbox.ics.parsing import parse_file
from cronofy_frames.sandbox.ics.reader import office_of, suggest_now
from cronofy_frames.sheets import read_sheet
from cronofy_frames.wire.auth import Tokens
from cronofy_frames.wire.client import Client
from cronofy_frames.wire.memory_store import MemoryStore
from cronofy_frames.wire.messages import Hosts
from cronofy_frames.writing.apply.applying import apply
from cronofy_frames.writing.apply.journal import Journal
from cronofy_frames.writing.plan.planning import plan_events
from cronofy_frames.writing.plan.plans import load_plan
from tests.fuzz.documents import ERROR, ICS, PAGE, ROWS, SHEET, document, fuzz_settings
from tests.small import WORK, small_box
from tests.writes import client_of, events, plan_of, writes

HOST = "https://api.example.test"
NOW = datetime(2026, 3, 4, 9, tzinfo=UTC)


def client_answering(status: int, content: bytes) -> Client:
    """Return a client of a server that always answers the same."""
    transport = httpx.MockTransport(lambda _: httpx.Response(status, content=content))
    hosts, store = Hosts(HOST, HOST), MemoryStore(Tokens("token"))
    return Client(hosts, store=store, transport=transport, sleep=lambda _: None, retries=False, clock=lambda: NOW)


@fuzz_settings()
@given(document(PAGE))
def test_pages(content: bytes) -> None:
    """A page becomes a frame with the usual columns, or an error with the rows so far."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            frame = read_events(client_answering(200, content))
        except CronofyError as error:
            frame = error.partial
    assert isinstance(frame, pd.DataFrame)
    assert frame["start"].dtype == "datetime64[us, UTC]"


@fuzz_settings()
@given(document(ERROR))
def test_error_bodies(content: bytes) -> None:
    """The body of an error is in its message, within limits and without control characters."""
    for status in (400, 404, 422, 500):
        with pytest.raises(CronofyError) as caught:
            client_answering(status, content).user_info()
        text = str(caught.value)
        assert len(text) < 1_500
        assert text.isprintable()


@fuzz_settings()
@given(document(SHEET) | document(ROWS))
def test_sheets(content: bytes) -> None:
    """A spreadsheet becomes a frame that can be planned, or is refused with a message."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            frame = read_sheet(io.BytesIO(content), tz="Europe/London")
            plan_events(frame, calendar=WORK, skip_bad=True)
        except ValueError:
            frame = None
    assert frame is None or isinstance(frame, pd.DataFrame)


@fuzz_settings()
@given(document(ICS))
def test_calendar_files(content: bytes) -> None:
    """A calendar file becomes an office, with problems for what cannot be read, or is refused."""
    try:
        file = parse_file(content, name="x.ics")
    except CronofyError:
        return
    office = office_of(file, NOW)
    assert len(office.accounts) == 1
    assert suggest_now(file, NOW).tzinfo is not None


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> tuple[bytes, bytes]:
    """The bytes of a plan and of a journal."""
    folder = tmp_path_factory.mktemp("saved")
    client, _ = client_of(small_box())
    plan = plan_of(writes(events(2)), client)
    apply(plan, client, journal=folder / "j")
    return plan.save(folder / "p").read_bytes(), (folder / "j").read_bytes()


@pytest.mark.parametrize("which", ["plan", "journal"])
def test_plans_and_journals(which: str, saved: tuple[bytes, bytes], tmp_path: Path) -> None:
    """A file that was changed is read, or refused with an error of this package; nothing is written to it then."""
    whole, path = saved[which == "journal"], tmp_path / which

    @fuzz_settings()
    @given(document(whole))
    def read(content: bytes) -> None:
        path.write_bytes(content)
        try:
            if which == "plan":
                load_plan(path).frame()
            else:
                with Journal(path):
                    pass
        except CronofyError:
            assert path.read_bytes() == content

    read()
