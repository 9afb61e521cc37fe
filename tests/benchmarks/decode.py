"""How fast, and in how much memory, pages of events become a frame, or a file without ever being one.

Run it: `python tests/benchmarks/decode.py [--events 100000] [--rounds 3]`. Each contender reads the same
bytes, page by page from a file, in a process of its own; the best of the rounds counts. The plain way is what
most people write: `json.loads` for each page, `pandas.json_normalize` for all rows, `pandas.to_datetime` for
the columns of times. It neither removes duplicates nor sorts; `plain, tidy` and the decoder do both. `to Parquet`
decodes some thousand rows at a time, and writes them with `cf.export`.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd
from memory import measured

import cronofy_frames as cf
from cronofy_frames.frames.decoder import decode
from cronofy_frames.schema import EVENTS

WORDS = ["review", "planning", "budget", "interview", "lunch", "customer", "design", "roadmap", "offsite"]
WORDS += ["with", "and", "for", "the", "Zoë", "東京", "☕"]
ZONES = ["Europe/Paris", "America/New_York", "Asia/Kolkata", "Etc/UTC"]
REPLIES = ["accepted", "needs_action", "declined", "tentative"]
BUFFER = 2**20  # bytes: with less, reading the file itself takes a tenth of the time of the fastest
TIMES = ["start", "end", "start.time", "end.time", "created", "updated"]


def moment(at: datetime, *, day: bool, zone: str | None) -> Any:
    """Return an event time as the API sends it."""
    if zone is None:
        return f"{at:%Y-%m-%d}" if day else f"{at:%Y-%m-%dT%H:%M:%SZ}"
    local = at.astimezone(ZoneInfo(zone)).isoformat().replace("+00:00", "Z")
    return {"time": f"{at:%Y-%m-%d}" if day else local, "tzid": zone}


def people(chance: random.Random, count: int) -> list[dict[str, Any]]:
    """Return attendees, some without a name."""
    numbers = [chance.randrange(400) for _ in range(count)]
    return [
        {
            "email": f"person.{n}@example.test",
            "display_name": f"Person {n}" if n % 7 else None,
            "status": chance.choice(REPLIES),
        }
        for n in numbers
    ]


def event(chance: random.Random, n: int, *, localized: bool) -> dict[str, Any]:
    """Return an event with the keys, lengths and missing values of a busy office."""
    day = n % 12 == 0
    start = datetime(2026, 3, 1, tzinfo=UTC) + timedelta(minutes=15 * chance.randrange(20_000))
    end = start + (timedelta(days=chance.choice([1, 1, 3])) if day else timedelta(minutes=chance.choice([15, 30, 60])))
    zone = chance.choice(ZONES) if localized else None
    created = start - timedelta(seconds=chance.randrange(9_999_999))
    row: dict[str, Any] = {
        "calendar_id": f"cal_U9uuErStTG@EAAAB_{chance.randrange(12):022x}",
        "event_uid": f"evt_external_{chance.getrandbits(96):024x}",
        "summary": " ".join(chance.choices(WORDS, k=4)),
        "description": " ".join(chance.choices(WORDS, k=chance.choice([0, 0, 10, 30, 60]))),
        "start": moment(start, day=day, zone=zone),
        "end": moment(end, day=day, zone=zone),
        "deleted": False,
        "created": f"{created:%Y-%m-%dT%H:%M:%SZ}",
        "updated": f"{created + timedelta(hours=5):%Y-%m-%dT%H:%M:%SZ}",
        "participation_status": chance.choice(REPLIES),
        "attendees": people(chance, chance.choice([0, 2, 2, 3, 5, 8])),
        "organizer": people(chance, 1)[0],
        "transparency": "transparent" if day else "opaque",
        "extended_transparency": "transparent" if day else "opaque",
        "status": "confirmed",
        "categories": ["Sales"] if n % 9 == 0 else [],
        "recurring": n % 3 == 0,
        "event_private": n % 20 == 0,
        "google_event_id": f"{chance.getrandbits(128):x}",
        "url": f"https://calendar.example.test/event?eid={chance.getrandbits(96):x}",
        "options": {"delete": True, "update": n % 4 != 0, "change_participation_status": True},
    }
    if n % 3 == 0:
        row["series_identifier"] = f"{chance.getrandbits(64):x}"
    if n % 2:
        row["location"] = {"description": f"Room {n % 30}", "lat": "51.5033", "long": "-0.1196"}
    if n % 5 == 0:
        row["event_id"] = f"order-{n}"
    if n % 4 == 0:
        row["meeting_url"] = f"https://meet.example.test/{chance.getrandbits(48):x}"
        row["conferencing"] = {"provider_name": "zoom", "join_url": row["meeting_url"]}
    return row


def write(path: Path, count: int, *, localized: bool) -> None:
    """Write pages of 100 events, one page a line, in no order of time."""
    chance = random.Random(0)
    with path.open("wb") as file:
        for first in range(0, count, 100):
            rows = [event(chance, n, localized=localized) for n in range(first, min(first + 100, count))]
            about = {"current": first // 100 + 1, "total": -(-count // 100)}
            page = {"pages": about, "events": rows}
            file.write(json.dumps(page, ensure_ascii=False, separators=(",", ":")).encode() + b"\n")


def plain(pages: Iterator[bytes]) -> pd.DataFrame:
    """Decode with json_normalize, as described above."""
    rows: list[Any] = []
    for page in pages:
        rows.extend(json.loads(page)["events"])
    frame = pd.json_normalize(rows)
    for name in TIMES:
        if name in frame:
            frame[name] = pd.to_datetime(frame[name], utc=True, format="ISO8601")
    return frame


def decoder(pages: Iterator[bytes]) -> pd.DataFrame:
    """Decode with this package's decoder."""
    return decode(pages, EVENTS, rows="events")


def plain_and_tidy(pages: Iterator[bytes]) -> pd.DataFrame:
    """Decode with json_normalize, and put each event once, in the order of the start."""
    frame = plain(pages)
    frame = frame.sort_values("updated", kind="stable").drop_duplicates(["calendar_id", "event_uid"], keep="last")
    name = "start" if "start" in frame else "start.time"
    return frame.sort_values([name, "calendar_id", "event_uid"], kind="stable", ignore_index=True)


def to_parquet(pages: Iterator[bytes]) -> Path:
    """Write pages to a file, some thousand rows at a time."""
    parts = iter(lambda: list(islice(pages, 100)), [])
    with tempfile.TemporaryDirectory() as folder:
        return cf.export((decoder(iter(part)) for part in parts), Path(folder) / "events.parquet")


CONTENDERS: dict[str, Callable[[Iterator[bytes]], Any]] = {
    "plain": plain,
    "plain, tidy": plain_and_tidy,
    "decoder": decoder,
    "to Parquet": to_parquet,
}


def run(contender: str, path: Path) -> dict[str, float]:
    """Return CPU seconds and megabytes of one contender; what is loaded at the first use does not count."""
    with path.open("rb") as file:
        CONTENDERS[contender](islice(file, 2))
    with path.open("rb", buffering=BUFFER) as file:
        return measured(lambda: CONTENDERS[contender](iter(file)))


def measure(contender: str, path: Path, rounds: int) -> dict[str, float]:
    """Return the best of several rounds, each in a fresh process."""
    command = [sys.executable, "-W", "ignore", __file__, "--run", contender, str(path)]
    answers = [json.loads(subprocess.run(command, check=True, capture_output=True).stdout) for _ in range(rounds)]
    return {name: min(answer[name] for answer in answers) for name in answers[0]}


def put_in_order(path: Path, target: Path) -> None:
    """Write the events of a file in the order of their start, as the API sends them."""
    events = [event for page in path.read_bytes().splitlines() for event in json.loads(page)["events"]]
    events.sort(key=lambda event: (_instant(event["start"]), event["calendar_id"], event["event_uid"]))
    pages = ({"pages": {}, "events": events[first : first + 100]} for first in range(0, len(events), 100))
    target.write_text(
        "".join(json.dumps(page, ensure_ascii=False, separators=(",", ":")) + "\n" for page in pages), encoding="utf-8"
    )


def _instant(text: str) -> datetime:
    time = datetime.fromisoformat(text)
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def compare(count: int, rounds: int) -> Iterator[str]:
    """Yield the lines of the table."""
    yield f"{'pages':12}{'contender':14}{'CPU s':>8}{'peak MB':>10}{'kept MB':>10}{'CPU':>9}{'memory':>9}"
    with tempfile.TemporaryDirectory() as folder:
        paths = {name: Path(folder) / name for name in ("unsorted", "in order", "localized")}
        for name, path in paths.items():
            if name == "in order":
                put_in_order(paths["unsorted"], path)
            else:
                write(path, count, localized=name == "localized")
            results = {contender: measure(contender, path, rounds) for contender in CONTENDERS}
            for contender, result in results.items():
                ratios = [results["plain"][unit] / result[unit] for unit in ("seconds", "peak")]
                yield (
                    f"{name:12}{contender:14}{result['seconds']:8.2f}{result['peak']:10.0f}{result['kept']:10.0f}"
                    f"{ratios[0]:8.1f}x{ratios[1]:8.1f}x"
                )
            yield f"{count:,} events, {path.stat().st_size / 1e6:.0f} MB of JSON in pages of 100"


def main() -> None:
    """Compare all contenders, or run one and print its measurements as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--run", nargs=2, metavar=("CONTENDER", "PATH"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.run:
        print(json.dumps(run(options.run[0], Path(options.run[1]))))
        return
    for line in compare(options.events, options.rounds):
        print(line, flush=True)


if __name__ == "__main__":
    main()
