"""Calendar files that `export` writes, read by two programs of others: icalendar and ical.js."""

import json
import shutil
import subprocess
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import icalendar
import pytest

from cronofy_frames.frames.decoder import decode
from cronofy_frames.schema import EVENTS
from cronofy_frames.sheets.export.calendar_file import calendar_bytes

ZONES = (
    *("Europe/London", "Europe/Dublin", "Africa/Casablanca", "Africa/Cairo", "Asia/Kathmandu", "Asia/Gaza"),
    *("Australia/Lord_Howe", "Pacific/Chatham", "Antarctica/Troll", "America/St_Johns", "America/Havana"),
)
ICAL_JS = Path(__file__).parents[3] / ".node/node_modules/ical.js"

SCRIPT = """
const load = await import(process.argv[1] + "/dist/ical.js");
const ICAL = load.default;
const text = (await import("node:fs")).readFileSync(0, "utf-8");
const calendar = new ICAL.Component(ICAL.parse(text));
for (const zone of calendar.getAllSubcomponents("vtimezone")) {
  ICAL.TimezoneService.register(new ICAL.Timezone(zone));
}
const when = time => time.isDate ? time.toString() : time.toUnixTime();
const rows = calendar.getAllSubcomponents("vevent").map(part => new ICAL.Event(part));
console.log(JSON.stringify(rows.map(row => [row.summary, when(row.startDate), when(row.endDate)])));
"""


def rows_of_three_years() -> list[dict[str, Any]]:
    """Return timed events in every zone, some days apart over three years, and a few days."""
    rows = []
    for position, tzid in enumerate(ZONES):
        start = datetime(2025, 1, 3, 7 + position % 12, 30, tzinfo=UTC)
        while start.year < 2028:
            times = {
                name: {"time": f"{time:%Y-%m-%dT%H:%M:%S}Z", "tzid": tzid}
                for name, time in (("start", start), ("end", start + timedelta(minutes=45)))
            }
            rows.append({"summary": f"{tzid} {start:%Y-%m-%d}", **times})
            start += timedelta(days=9, hours=5)
    return [*rows, {"summary": "days", "start": "2026-03-28", "end": "2026-03-31"}]


def expected(rows: list[dict[str, Any]]) -> dict[str, tuple[Any, Any]]:
    """Return start and end of each event by its title: seconds since 1970, or a date."""
    return {row["summary"]: (_moment(row["start"]), _moment(row["end"])) for row in rows}


def _moment(value: Any) -> Any:
    return value if isinstance(value, str) else int(datetime.fromisoformat(value["time"]).timestamp())


@pytest.fixture(scope="module")
def rows() -> list[dict[str, Any]]:
    """The events."""
    return rows_of_three_years()


@pytest.fixture(scope="module")
def content(rows: list[dict[str, Any]]) -> bytes:
    """The calendar file of the events."""
    records = [{"calendar_id": "cal_1", "event_uid": f"evt_{n}", **row} for n, row in enumerate(rows)]
    frame = decode([json.dumps({"events": records}).encode()], EVENTS, rows="events", tz="Europe/London")
    return calendar_bytes(frame)


def test_icalendar_reads_the_instants(rows: list[dict[str, Any]], content: bytes) -> None:
    """Every start and end is the instant, or the day, that it was."""
    read = {}
    for event in icalendar.Calendar.from_ical(content).walk("VEVENT"):
        times = (event["DTSTART"].dt, event["DTEND"].dt)
        read[str(event["SUMMARY"])] = tuple(
            int(time.timestamp()) if isinstance(time, datetime) else date.isoformat(time) for time in times
        )
    assert read == expected(rows)


def test_ical_js_reads_the_instants(rows: list[dict[str, Any]], content: bytes) -> None:
    """ical.js, which Thunderbird uses, takes the first value of an RDATE list only, and reads the same instants."""
    node = shutil.which("node")
    if node is None or not ICAL_JS.is_dir():
        pytest.skip("needs Node and ical.js: npm install --prefix .node ical.js")
    command = [node, "--input-type=module", "--eval", SCRIPT, str(ICAL_JS)]
    done = subprocess.run(command, input=content, capture_output=True, check=True)
    read = {title: (start, end) for title, start, end in json.loads(done.stdout)}
    assert read == expected(rows)
