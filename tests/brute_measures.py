"""Time use counted minute by minute, for random calendars of several people: slow, plain, and without arrays.

`python -m tests.brute_measures 2000` compares as many calendars as it is told to.
"""

import json
import random
import sys
from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import UTC, date, timedelta
from typing import Any

import numpy as np
import pandas as pd

import cronofy_frames as cf
from cronofy_frames.frames.decoder import decode
from cronofy_frames.schema import EVENTS
from tests.brute_intervals import (
    NIGHTS,
    Minutes,
    Night,
    common_spans,
    instant,
    runs,
    spans_of,
    wall_times,
    working_minutes,
)

LENGTH = 7200
WEEK = {day: [(540, 1020)] for day in range(5)}
FOCUS = 90
COUNTED = (
    *("scheduled_hours", "busy_hours", "conflict_hours", "meetings", "meeting_hours", "solo_hours"),
    *("after_hours_meetings", "weekend_meeting_hours", "conflicting_meeting_hours", "attendees_hours", "after_hours"),
    *("weekend_hours", "away_hours", "focus_hours", "longest_free_block"),
)


@dataclass
class Row:
    """A row of a person's calendar, in minutes."""

    label: str
    start: int
    end: int
    uid: str
    people: int
    takes: bool
    away: bool


@dataclass
class Case:
    """A random calendar: its rows, and the minutes that were read of each person."""

    night: Night
    rows: list[Row]
    read: dict[str, Minutes]
    frame: pd.DataFrame


def random_case(seed: int) -> Case:
    """Return the calendar of a number."""
    draw = random.Random(seed)
    night = draw.choice(NIGHTS)
    labels = ["ann", "bob", "cy"][: draw.randint(1, 3)]
    rows, read, frames = [], {}, {}
    shared = [(f"evt_s{n}", *random_span(draw)) for n in range(4)]
    for label in labels:
        own = [(f"evt_{label}{n}", *random_span(draw)) for n in range(draw.randint(0, 9))]
        mine = [random_row(draw, label, *span) for span in [*own, *draw.sample(shared, draw.randint(0, 4))]]
        windows = random_windows(draw)
        read[label] = {minute for start, end in windows for minute in range(start, end)}
        mine = [row for row in mine if any(row.start < end and row.end > start for start, end in windows)]
        rows += mine
        frames[label] = frame_of(night, mine, windows)
    return Case(night, rows, read, cf.concat(frames))


def random_span(draw: random.Random) -> tuple[int, int]:
    """Return start and end of a row, often at a round time so that rows touch."""
    step = draw.choice([1, 30])
    start = draw.randrange(0, LENGTH - 1500, step)
    return start, start + draw.choice([step, 30, 60, 90, 240, 1440])


def random_row(draw: random.Random, label: str, uid: str, start: int, end: int) -> Row:
    """Return a row of a kind: alone or with others, away, or taking no time."""
    away = draw.random() < 0.15
    people = 0 if away else draw.choice([0, 2, 3])
    return Row(label, start, end, uid, people, draw.random() > 0.1, away)


def random_windows(draw: random.Random) -> list[tuple[int, int]]:
    """Return one window, or two with a hole between them."""
    start, end = draw.randrange(1500, 2500), draw.randrange(4800, 5700)
    if draw.random() < 0.5:
        return [(start, end)]
    hole = sorted(draw.sample(range(start + 1, end), 2))
    return [(start, hole[0]), (hole[1], end)]


def frame_of(night: Night, rows: list[Row], windows: list[tuple[int, int]]) -> pd.DataFrame:
    """Return the frame that a read of these windows gives."""
    texts = [
        {
            "calendar_id": "cal_1",
            "event_uid": row.uid,
            "summary": row.uid,
            "start": wire(night, row.start),
            "end": wire(night, row.end),
            "organizer": {"email": "p0@x.test"},
            "attendees": [{"email": f"p{n}@x.test", "status": "accepted"} for n in range(row.people)],
            "transparency": "opaque" if row.takes else "transparent",
            **({"extended_transparency": "out_of_office"} if row.away else {}),
        }
        for row in rows
    ]
    frame = decode([json.dumps({"events": texts}).encode()], EVENTS, rows="events", tz=night.tz)
    bounds = [[instant(night, minute).isoformat() for minute in window] for window in windows]
    origin = {"endpoint": "read_events", "arguments": {}, "tz": night.tz, "rows": len(frame), "windows": bounds}
    frame.attrs["cronofy"] = {**origin, "start": bounds[0][0], "end": bounds[-1][1]}
    return frame


def wire(night: Night, minute: int) -> str:
    """Return a minute as Cronofy writes it."""
    return (night.base + timedelta(minutes=minute)).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def counted(case: Case, labels: list[str]) -> dict[tuple[date, str], float]:
    """Return each metric of a group of people for each local day, counted minute by minute."""
    clock = wall_times(case.night, LENGTH)
    sums: Counter[tuple[date, str]] = Counter()
    longest: dict[date, list[int]] = defaultdict(list)
    firsts: dict[str, str] = {}
    for uid, label, people, takes in zip(
        case.frame["event_uid"], case.frame["account"], case.frame["attendees"], case.frame["transparency"], strict=True
    ):
        if label in labels and takes == "opaque" and people != "[]":
            firsts.setdefault(uid, label)
    for label in labels:
        read = case.read[label]
        days: dict[date, Minutes] = defaultdict(set)
        for minute in read:
            days[clock[minute].date()].add(minute)
        rows = [row for row in case.rows if row.label == label and row.takes]
        away = {minute for row in rows if row.away for minute in range(row.start, row.end)}
        rows = [row for row in rows if not row.away]
        meetings = [row for row in rows if row.people]
        busy, met = ({minute for row in some for minute in range(row.start, row.end)} for some in (rows, meetings))
        contract = working_minutes(case.night, WEEK, range(LENGTH))
        hours = contract - away
        working_days = {clock[minute].date() for minute in hours}
        blocks = [range(*block) for block in runs((read & hours) - met)]
        free = [range(*block) for block in runs((read & hours) - busy)]
        conflicting = [row for row in meetings if any(overlap(row, other) for other in meetings if other is not row)]
        for day, minutes in days.items():
            works = day in working_days
            spans = {
                "scheduled_hours": sum(len(minutes & set(range(row.start, row.end))) for row in rows),
                "busy_hours": len(minutes & busy),
                "meeting_hours": len(minutes & met),
                "solo_hours": len(minutes & (busy - met)),
                "after_hours": len(minutes & (busy - hours)) if works else 0,
                "weekend_hours": 0 if works else len(minutes & busy),
                "after_hours_meetings": len(minutes & (met - hours)) if works else 0,
                "weekend_meeting_hours": 0 if works else len(minutes & met),
                "away_hours": len(minutes & contract & away),
                "conflicting_meeting_hours": sum(len(minutes & set(range(row.start, row.end))) for row in conflicting),
                "focus_hours": sum(len(minutes & set(block)) for block in blocks if len(block) >= FOCUS),
                "attendees_hours": sum(
                    row.people * len(minutes & set(range(row.start, row.end)))
                    for row in meetings
                    if firsts[row.uid] == label
                ),
            }
            for name, length in spans.items():
                sums[day, name] += length / 60
            sums[day, "meetings"] += len([row for row in meetings if row.start in minutes])
            if minutes & hours:
                longest[day].append(max((len(minutes & set(block)) for block in free), default=0))
    for day, lengths in longest.items():
        sums[day, "longest_free_block"] = sum(lengths) / len(lengths) / 60
    return sums


def overlap(first: Row, second: Row) -> bool:
    """Return whether two rows have a minute in common."""
    return first.start < second.end and second.start < first.end


def compare(seed: int) -> None:
    """Raise an AssertionError if `time_use` and the minutes differ for a random calendar."""
    case = random_case(seed)
    labels = list(case.read)
    for by, groups in ((None, [labels]), ("account", [[label] for label in sorted(labels)])):
        use = cf.time_use(case.frame, by=by, freq="D", focus=f"{FOCUS}min", metrics=COUNTED)
        size = len(use) // len(groups)
        for n, group in enumerate(groups):
            expected = counted(case, group)
            part = use.iloc[n * size : (n + 1) * size]
            for period, row in zip(part["period"], part[list(COUNTED)].to_dict("records"), strict=True):
                day: Any = period.date()
                for name, value in row.items():
                    known = expected.get((day, name), 0.0)
                    if name == "longest_free_block" and (day, name) not in expected:
                        assert np.isnan(value), (seed, by, day, name, value)
                    elif name == "conflict_hours":
                        both = expected.get((day, "scheduled_hours"), 0) - expected.get((day, "busy_hours"), 0)
                        assert abs(value - both) < 1e-9, (seed, by, day, name, value, both)
                    else:
                        assert abs(value - known) < 1e-9, (seed, by, day, name, value, known)


def compare_intervals(seed: int) -> None:
    """Raise an AssertionError if free time, common time or shares and the minutes differ for a random calendar."""
    case = random_case(seed)
    clock = wall_times(case.night, LENGTH)
    taken = {label: taken_minutes(case, label) for label in case.read}
    bounds = [minute for minutes in case.read.values() for minute in (min(minutes), max(minutes) + 1)]
    window = range(min(bounds), max(bounds))
    free = {label: minutes - taken[label] for label, minutes in case.read.items()}
    gaps, hours = cf.gaps(case.frame, by="account"), {"working_hours": ("09:00", "17:00")}
    at_work = cf.gaps(case.frame, by="account", **hours)
    worked = working_minutes(case.night, WEEK, window)
    for label, minutes in free.items():
        assert spans_of(case.night, gaps[gaps["account"] == label]) == runs(minutes), (seed, label)
        assert spans_of(case.night, at_work[at_work["account"] == label]) == runs(minutes & worked), (seed, label)
    every = set.intersection(*case.read.values()) - set().union(*taken.values())
    assert spans_of(case.night, cf.gaps(case.frame)) == runs(every), seed
    required = seed % len(free) + 1
    common = cf.common_free(case.frame, duration="30min", required=required)
    together = [
        (start, end, tuple(sorted(json.loads(names))))
        for (start, end), names in zip(spans_of(case.night, common), common["participants"], strict=True)
    ]
    assert together == common_spans(free, window, required, 30), seed
    shares = cf.occupancy(case.frame, by=["account", "date"])
    for label, day, share, busy, observed in shares.itertuples(index=False):
        minutes = {minute for minute in case.read[label] if clock[minute].date() == day.date()}
        assert abs(observed * 60 - len(minutes)) < 1e-6, (seed, label, day)
        assert abs(busy * 60 - len(minutes & taken[label])) < 1e-6, (seed, label, day)
        assert np.isnan(share) if not minutes else abs(share - len(minutes & taken[label]) / len(minutes)) < 1e-9, seed


def taken_minutes(case: Case, label: str) -> Minutes:
    """Return the minutes that the rows of a person take, those away too."""
    rows = [row for row in case.rows if row.label == label and row.takes]
    return {minute for row in rows for minute in range(row.start, row.end)}


if __name__ == "__main__":
    for number in range(int(sys.argv[1])):
        compare(number)
        compare_intervals(number)
    sys.stdout.write(f"{sys.argv[1]} calendars: no difference\n")
