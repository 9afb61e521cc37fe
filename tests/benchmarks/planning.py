"""Planning a sheet of 100,000 events without a client. Run: python tests/benchmarks/planning.py.

Each plan is made in a process of its own, so that its peak of memory is its own; what pandas and this package need
for themselves is printed beside it.
"""

import resource
import subprocess
import sys
import time

ROWS = 100_000


def peak() -> float:
    """Return the peak memory of this process, in MB."""
    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return used / (1024 * 1024 if sys.platform == "darwin" else 1024)


def sheet(rows: int):
    """Return events with ten columns: texts, times in a zone, places, reminders, attendees."""
    import pandas as pd

    number = pd.Series(range(rows))
    start = pd.date_range("2026-03-01", periods=rows, freq="13min", tz="Europe/London")
    return pd.DataFrame(
        {
            "summary": "Meeting " + number.astype("str"),
            "description": ("Agenda of meeting " + number.astype("str") + ": what was, what is, what comes next. ") * 3,
            "start": start,
            "end": start + pd.Timedelta(minutes=45),
            "location_description": "Room " + (number % 50).astype("str"),
            "transparency": pd.Series(["opaque", "transparent"], dtype="str").take(number % 2).to_numpy(),
            "event_private": (number % 3 == 0).astype("boolean"),
            "reminders": "10, 30",
            "color": "#49BED8",
            "attendees": "person" + (number % 999).astype("str") + "@example.org; Bob <bob@example.org>",
        }
    )


def measure(rows: int) -> None:
    """Print time and memory of one plan."""
    from cronofy_frames.writing.plan.planning import plan_events

    frame = sheet(rows)
    before, began = peak(), time.perf_counter()
    plan = plan_events(frame, calendar="cal_1")
    print(
        f"{len(plan):,} rows planned in {time.perf_counter() - began:.2f} s, peak {peak():.0f} MB ({before:.0f} before)"
    )


if __name__ == "__main__":
    if sys.argv[1:]:
        measure(int(sys.argv[1]))
    else:
        for _ in range(3):
            subprocess.run([sys.executable, __file__, str(ROWS)], check=True)
