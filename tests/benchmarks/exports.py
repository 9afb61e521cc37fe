"""How fast, and in how much memory above the frame, events become files, beside plain pandas.

Run it: `python tests/benchmarks/exports.py [--events 100000] [--rounds 3]`. Each contender writes the same frame in a
process of its own; the best of the rounds counts. Plain pandas writes neither wall times with their zone nor lists as
lists, and lets a spreadsheet run formulas. Excel workbooks and calendar files have a tenth of the rows.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import icalendar
import pandas as pd
from decode import decoder, write
from memory import measured

import cronofy_frames as cf

SMALL = {".xlsx", ".ics"}  # plain pandas and icalendar need minutes for all rows


def without_zones(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a frame whose times a worksheet can hold."""
    times = frame.select_dtypes("datetimetz").columns
    return frame.assign(**{name: frame[name].dt.tz_localize(None) for name in times})


def plain_calendar(frame: pd.DataFrame, path: Path) -> None:
    """Write summary, times and description of each row with icalendar."""
    calendar = icalendar.Calendar()
    for row in frame[["event_uid", "summary", "start", "end", "description"]].to_dict("records"):
        event = icalendar.Event()
        event.add("uid", row["event_uid"])
        event.add("dtstart", row["start"].to_pydatetime())
        event.add("dtend", row["end"].to_pydatetime())
        for name in ("summary", "description"):
            if isinstance(row[name], str):
                event.add(name, row[name])
        calendar.add_component(event)
    path.write_bytes(calendar.to_ical())


PLAIN: dict[str, Callable[[pd.DataFrame, Path], object]] = {
    ".csv": lambda frame, path: frame.to_csv(path, index=False),
    ".json": lambda frame, path: frame.to_json(path, orient="records", date_format="iso", indent=1),
    ".ndjson": lambda frame, path: frame.to_json(path, orient="records", date_format="iso", lines=True),
    ".parquet": lambda frame, path: frame.to_parquet(path, index=False),
    ".xlsx": lambda frame, path: without_zones(frame).to_excel(path, index=False),
    ".ics": plain_calendar,
}
CONTENDERS: dict[str, Callable[[pd.DataFrame, Path], object]] = {
    "plain": lambda frame, path: PLAIN[path.suffix](frame, path),
    "cf.export": cf.export,
    "cf.export, in 100 frames": lambda frame, path: cf.export(
        (frame.iloc[first : first + len(frame) // 100] for first in range(0, len(frame), len(frame) // 100)), path
    ),
}


def run(contender: str, source: Path, target: Path) -> dict[str, float]:
    """Return CPU seconds and megabytes of one contender; what is loaded at the first use does not count."""
    frame = pd.read_parquet(source)
    if target.suffix in SMALL:
        frame = frame.iloc[: len(frame) // 10]
    write_frame = CONTENDERS[contender]
    write_frame(frame.iloc[:100], target)
    return measured(lambda: write_frame(frame, target))


def measure(contender: str, source: Path, target: Path, rounds: int) -> dict[str, float]:
    """Return the best of several rounds, each in a fresh process."""
    command = [sys.executable, "-W", "ignore", __file__, "--run", contender, str(source), str(target)]
    answers = [json.loads(subprocess.run(command, check=True, capture_output=True).stdout) for _ in range(rounds)]
    return {name: min(answer[name] for answer in answers) for name in answers[0]}


def compare(count: int, rounds: int) -> None:
    """Print the table."""
    print(f"{count:,} events; {count // 10:,} to .xlsx and .ics")
    print(f"{'file':10}{'contender':26}{'CPU s':>8}{'peak MB':>9}{'CPU':>9}")
    with tempfile.TemporaryDirectory() as folder:
        pages, source = Path(folder) / "pages", Path(folder) / "events.parquet"
        write(pages, count, localized=True)
        with pages.open("rb") as file:
            decoder(iter(file)).to_parquet(source)
        for suffix in PLAIN:
            streams = [name for name in CONTENDERS if "frames" not in name or suffix not in SMALL]
            results = {name: measure(name, source, Path(folder) / f"out{suffix}", rounds) for name in streams}
            for name, result in results.items():
                ratio = results["plain"]["seconds"] / result["seconds"]
                print(f"{suffix:10}{name:26}{result['seconds']:8.2f}{result['peak']:9.0f}{ratio:8.1f}x", flush=True)


def main() -> None:
    """Compare all contenders, or run one and print its measurements as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--run", nargs=3, metavar=("CONTENDER", "SOURCE", "TARGET"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.run:
        print(json.dumps(run(options.run[0], Path(options.run[1]), Path(options.run[2]))))
        return
    compare(options.events, options.rounds)


if __name__ == "__main__":
    main()
