"""Two thousand rows of a spreadsheet, on a bad day."""

import random
import time
from io import StringIO
from pathlib import Path

import pandas as pd
import pytest

from cronofy_frames.errors import FrameError
from cronofy_frames.sheets import read_sheet
from cronofy_frames.wire.faults import Fault
from cronofy_frames.writing.apply.applying import apply
from cronofy_frames.writing.apply.bulk import write_events
from cronofy_frames.writing.apply.undoing import undo
from cronofy_frames.writing.plan.planning import plan_events
from cronofy_frames.writing.plan.plans import load_plan
from tests import crashing
from tests.crash_office import ALLOW_CHILDREN, Office, office
from tests.small import WORK, small_box
from tests.writes import client_of, managed_events, remote_events

pytestmark = ALLOW_CHILDREN

ROWS = 2_000
BATCH = "POST /v1/batch"

BAD_DAY = (
    Fault("status", BATCH, share=0.10, status=429),
    Fault("status", BATCH, share=0.05, status=500),
    Fault("drop before", BATCH, share=0.03),
    Fault("drop after", BATCH, share=0.03),
    Fault("short", BATCH, share=0.03),
    Fault("status", BATCH, set(range(5, 2_000, 37)), status=401),  # and the renewed token is taken
    Fault("status", "entry POST", share=0.01, status=429),
    Fault("status", "entry POST", share=0.005, status=500),
)


def test_rows_with_problems_are_not_skipped_unless_asked() -> None:
    """By default a bad row keeps the good ones from being sent."""
    client, transport = client_of(small_box())
    rows = pd.DataFrame({"summary": ["good", "bad"], "start": ["2026-03-10T09:00:00Z", "soon"]})
    rows["end"] = "2026-03-10T10:00:00Z"
    with pytest.raises(FrameError, match="soon"):
        write_events(client, rows, calendar=WORK)
    assert transport.batches == 0
    assert write_events(client, rows, calendar=WORK, skip_bad=True)["outcome"].tolist() == ["created", "not_sent"]


def test_written_events_are_read_again_only_to_verify_them() -> None:
    """By default the last request is the one that writes."""
    client, transport = client_of(small_box())
    rows = pd.DataFrame({"summary": ["good"], "start": ["2026-03-10T09:00:00Z"], "end": ["2026-03-10T10:00:00Z"]})
    write_events(client, rows, calendar=WORK)
    assert transport.requests[-1] == BATCH
    write_events(client, rows.assign(summary="better"), calendar=WORK, verify=True)
    assert transport.requests[-1] != BATCH


def spreadsheet() -> str:
    """Return a spreadsheet of which every hundredth row cannot be used."""
    lines = ["Subject,Start Date,Start Time,End Date,End Time,Location"]
    for n in range(ROWS):
        day = pd.Timestamp("2026-04-01") + pd.Timedelta(days=n // 40)
        hour, minute = 8 + n % 40 // 4, n % 4 * 15
        end = "07:00" if n % 100 == 99 else f"{hour:02}:{minute + 10:02}"
        lines.append(f"Slot {n},{day:%Y-%m-%d},{hour:02}:{minute:02},{day:%Y-%m-%d},{end},Room {n % 7}")
    return "\n".join(lines) + "\n"


def kill_midway(setup: Office, size: int) -> None:
    """Kill a process wherever it is when it has added so much to its journal."""
    before = setup.journal.stat().st_size if setup.journal.exists() else 0
    child = setup.child("apply", 10**9, "before")
    while child.is_alive() and not (setup.journal.exists() and setup.journal.stat().st_size > before + size):
        time.sleep(0.001)
    child.kill()
    child.join(60)
    assert child.exitcode == crashing.DIED


def test_thousands_of_rows_and_ten_killed_processes(tmp_path: Path) -> None:
    """Each good row exists exactly once, each bad one is reported, and undo leaves the calendar as it was."""
    sheet = read_sheet(StringIO(spreadsheet()), tz="Europe/Berlin")
    chance = random.Random(1)
    with office(tmp_path, *BAD_DAY, page_size=1000) as setup:
        before = remote_events(setup.client)
        with pytest.raises(FrameError) as caught:
            plan_events(sheet, calendar=WORK, client=setup.client)
        problems = caught.value.problems
        assert problems["row"].tolist() == [n + 2 for n in range(ROWS) if n % 100 == 99]
        plan = plan_events(sheet.drop(problems["row"]), calendar=WORK, client=setup.client)
        assert plan.counts() == {"create": ROWS - ROWS // 100}
        plan.save(setup.plan)
        for death in range(10):
            if death % 2:
                assert setup.dies("apply", chance.randrange(3, 9), chance.choice(["before", "within", "after"]))
            else:
                kill_midway(setup, chance.randrange(10_000, 50_000))
        done = apply(load_plan(setup.plan), setup.client, journal=setup.journal)
        assert done["outcome"].value_counts().to_dict() == {"created": ROWS - ROWS // 100}
        assert done.index.tolist() == sheet.drop(problems["row"]).index.tolist()
        there = managed_events(setup.client)
        assert len(there) == ROWS - ROWS // 100
        assert {row["summary"] for row in there.values()} == set(sheet.drop(problems["row"])["summary"])
        assert sum("event_id" in row for row in setup.client.read_events(include_managed=True)) == len(there)
        undone = undo(setup.journal, setup.client)
        assert undone["outcome"].value_counts().to_dict() == {"deleted": ROWS - ROWS // 100}
        assert remote_events(setup.client) == before


def test_requests_are_rows_by_fifty(tmp_path: Path) -> None:
    """The only other requests read the user and the remote events, once each."""
    sheet = read_sheet(StringIO(spreadsheet()), tz="Europe/Berlin").head(1_000)
    with office(tmp_path, page_size=1000) as setup:
        plan = plan_events(sheet, calendar=WORK, client=setup.client, skip_bad=True)
        requests = len(setup.served.lines)
        apply(plan, setup.client, journal=setup.journal)
        lines = [line.rsplit(" ", 1)[0] for line in list(setup.served.lines)[requests:]]
        assert lines == ["GET /v1/userinfo", "GET /v1/events", *[BATCH] * 20]
