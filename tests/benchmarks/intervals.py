"""Busy time and shares of 1,000,000 intervals against plain Python. Run: python tests/benchmarks/intervals.py.

The intervals lie in five years and belong to 1,000 accounts. The loops take the same frame, make numbers of its times
once, and remember what the clock shows at each hour: the best that plain Python does, not what is written first.
"""

import time
from collections import defaultdict
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from cronofy_frames.intervals.operations import busy, gaps
from cronofy_frames.intervals.overlapping import concurrency, conflicts
from cronofy_frames.intervals.shares import occupancy

COUNT, ACCOUNTS, DAYS, TZ = 1_000_000, 1_000, 5 * 365, "Europe/London"
EPOCH, HOUR = datetime(1970, 1, 1, tzinfo=UTC), 3600
FIRST = datetime(2022, 1, 1, tzinfo=ZoneInfo(TZ))


def intervals() -> pd.DataFrame:
    """Return intervals of five minutes to two hours, in the order of their starts."""
    random = np.random.default_rng(1)
    second = np.sort(random.integers(0, DAYS * 86_400, COUNT)) + int(FIRST.timestamp())
    start = pd.DatetimeIndex((second * 1_000_000).view("M8[us]"), tz="UTC").tz_convert(TZ)
    account = "account " + pd.Series(random.integers(0, ACCOUNTS, COUNT)).astype("str")
    length = pd.to_timedelta(random.integers(5, 120, COUNT), unit="min").as_unit("us")
    return pd.DataFrame({"account": account, "start": start, "end": start + length})


def merge_spans(rows: list[tuple[str, float, float]]) -> dict[str, list[list[float]]]:
    """Merge overlapping intervals of each account in a loop."""
    spans_by_account: dict[str, list[list[float]]] = defaultdict(list)
    for account, start, end in sorted(rows):
        own = spans_by_account[account]
        if own and start <= own[-1][1]:
            own[-1][1] = max(own[-1][1], end)
        else:
            own.append([start, end])
    return spans_by_account


def hours_by_cell(union: dict[str, list[list[float]]]) -> dict[tuple[str, int, int], float]:
    """Sum the busy seconds of each account, weekday and hour in a loop; the zone's offsets are whole hours."""
    zone, cells = ZoneInfo(TZ), defaultdict(float)
    known: dict[int, tuple[int, int]] = {}
    for account, own in union.items():
        for start, end in own:
            while start < end:
                hour = int(start // HOUR)
                if hour not in known:
                    wall = (EPOCH + timedelta(hours=hour)).astimezone(zone)
                    known[hour] = wall.weekday(), wall.hour
                until = min(end, (hour + 1) * HOUR)
                cells[account, *known[hour]] += until - start
                start = until
    return cells


def measure(label: str, make: Callable[[], Any], times: int = 3) -> tuple[float, Any]:
    """Print the best time of several rounds, and return it with the result."""
    best, made = float("inf"), None
    for _ in range(times):
        began = time.perf_counter()
        made = make()
        best = min(best, time.perf_counter() - began)
    print(f"{label:60} {best:8.3f} s")
    return best, made


def main() -> None:
    """Print times, and the ratio to the loops."""
    frame = intervals()
    alone = frame.drop(columns="account")
    cells: dict[str, Any] = {"by": ("account", "weekday", "hour"), "start": FIRST, "end": FIRST + timedelta(days=DAYS)}
    print(f"{COUNT:,} intervals, {ACCOUNTS:,} accounts, {DAYS // 365} years\n")
    measure("busy", lambda: busy(alone))
    fast_busy, union = measure("busy by account", lambda: busy(frame, by="account"))
    measure("occupancy of the week's hours", lambda: occupancy(alone))
    measure("occupancy of the week's hours, mean of accounts", lambda: occupancy(frame))
    measure("occupancy of every hour of five years", lambda: occupancy(frame, by=("date", "hour")))
    fast_share, shares = measure("occupancy by account, weekday and hour", lambda: occupancy(frame, **cells))
    measure("gaps by account", lambda: gaps(frame, by="account"))
    measure("gaps by account in working hours", lambda: gaps(frame, by="account", working_hours=("09:00", "17:00")))
    measure("concurrency by account", lambda: concurrency(frame, by="account"))
    measure("conflicts by account", lambda: conflicts(frame, by="account"))

    def rows() -> list[tuple[str, float, float]]:
        return [
            (account, start.timestamp(), end.timestamp())
            for account, start, end in frame.itertuples(index=False, name=None)
        ]

    print()
    slow_rows, plain = measure("loop: rows of the frame as numbers", rows, 1)
    slow_busy, loop_union = measure("loop: busy by account", lambda: merge_spans(plain), 1)
    slow_share, loop_shares = measure("loop: hours by account, weekday and hour", lambda: hours_by_cell(loop_union), 1)
    assert len(union) == sum(map(len, loop_union.values()))
    assert abs(shares["busy_hours"].sum() * HOUR - sum(loop_shares.values())) < ACCOUNTS * 2 * HOUR
    print(f"\nbusy:      {(slow_rows + slow_busy) / fast_busy:4.0f} times faster")
    print(f"occupancy: {(slow_rows + slow_busy + slow_share) / fast_share:4.0f} times faster")


if __name__ == "__main__":
    main()
