"""A sheet that LibreOffice has converted is the same sheet: a plan of it changes nothing."""

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from cronofy_frames.frames.reading import read_events
from cronofy_frames.sheets import export, read_sheet
from cronofy_frames.wire.client import Client
from cronofy_frames.writing.apply.applying import apply
from cronofy_frames.writing.plan.planning import plan_events
from tests.small import WORK, small_box
from tests.writes import client_of

SOFFICE = shutil.which("soffice")
ROWS = 20
TITLES = ["Plan", "=SUM(A1)", "Ünïté – 5 €", "1:30", "Mon 04/05/2026", "TRUE"]
TEXTS = ["text", "two\nlines", 'a;b,c"d"', "9-10"]
ZONES = ["Europe/London", "America/New_York", "Asia/Kathmandu"]
FORMATS = ["xlsx", "ods", "csv", "xls"]
Converted = dict[str, Path]


def row(at: int) -> dict[str, Any]:
    """Return an event: every fifth lasts days, and the others hours, some over the change of the clocks."""
    first = pd.Timestamp(2026, 3, 10 + at, tz="Europe/London")
    times = (first, first + pd.Timedelta(days=1 + at % 2)) if at % 5 == 0 else (first, first)
    if at % 5:
        times = (first + pd.Timedelta(hours=22, minutes=at), first + pd.Timedelta(hours=22 + at % 4 + 1))
    return {
        **{"event_id": f"row-{at}", "calendar_id": WORK, "summary": f"{TITLES[at % len(TITLES)]} {at}"},
        **{"start": times[0], "end": times[1], "all_day": at % 5 == 0},
        **{"start_tzid": ZONES[at % len(ZONES)], "end_tzid": ZONES[at % len(ZONES)]},
        **{"description": TEXTS[at % len(TEXTS)], "location_description": "Room 1" if at % 2 else None},
        **{"event_private": at % 3 == 0, "transparency": "transparent" if at % 2 else "opaque"},
    }


@pytest.fixture(scope="module")
def client() -> Client:
    """A client of an account with the events."""
    client, _ = client_of(small_box())
    apply(plan_events(pd.DataFrame([row(at) for at in range(ROWS)]), client=client), client)
    return client


@pytest.fixture(scope="module")
def converted(client: Client, tmp_path_factory: pytest.TempPathFactory) -> Converted:
    """The events as `export` writes them, converted by LibreOffice: the files by their two formats."""
    folder = tmp_path_factory.mktemp("libreoffice")
    events = read_events(client, "2026-03-01", "2026-05-01", tz="Europe/London")
    events = events[events["event_id"].notna()]
    sources = [export(events, folder / f"from_{kind}.{kind}") for kind in ("csv", "xlsx")]
    profile = f"-env:UserInstallation=file://{folder}/profile"
    for target in FORMATS:
        command = [str(SOFFICE), profile, "--headless", "--convert-to", target, "--outdir", folder / target, *sources]
        subprocess.run(command, check=True, capture_output=True, timeout=120)
    return {f"{kind} to {to}": folder / to / f"from_{kind}.{to}" for kind in ("csv", "xlsx") for to in FORMATS}


@pytest.mark.skipif(SOFFICE is None, reason="LibreOffice (soffice) is not installed")
@pytest.mark.filterwarnings("ignore:The file is not UTF-8", "ignore:The texts of the file were saved in a wrong")
@pytest.mark.parametrize("kind", [f"{kind} to {to}" for kind in ("csv", "xlsx") for to in FORMATS])
def test_an_export_that_libreoffice_converted_changes_nothing(client: Client, converted: Converted, kind: str) -> None:
    """All rows are unchanged, read without a question, and without a warning but that about the encoding."""
    frame = read_sheet(converted[kind])
    assert plan_events(frame, client=client).counts() == {"unchanged": ROWS}


@pytest.mark.skipif(SOFFICE is None, reason="LibreOffice (soffice) is not installed")
def test_a_sheet_that_a_person_typed_is_the_same_in_every_format(tmp_path: Path) -> None:
    """Dates, times of day and durations that LibreOffice stores as its own cells are read as in the text."""
    sheet = tmp_path / "typed.csv"
    lines = ["Title,Date,Start time,Duration,Guests", "A,2026-05-04,09:00,0:45,a@x.org", "B,2026-05-05,16:30,1:30,"]
    sheet.write_text("\n".join(lines))
    expected = read_sheet(sheet, tz="Europe/Paris")
    for target in FORMATS:
        profile = f"-env:UserInstallation=file://{tmp_path}/profile"
        command = [str(SOFFICE), profile, "--headless", "--convert-to", target, "--outdir", tmp_path / target, sheet]
        subprocess.run(command, check=True, capture_output=True, timeout=120)
        frame = read_sheet(tmp_path / target / f"typed.{target}", tz="Europe/Paris")
        pd.testing.assert_frame_equal(frame, expected)
