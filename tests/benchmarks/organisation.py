"""How long an organisation takes under the rate limit, in virtual time. Run: python tests/benchmarks/organisation.py.

The requests of a sync are counted on the seeded office: the first one, that of the next day, and one on demand after a
notification. The rate limiter of the package then spaces the requests of all accounts on a clock that stands still
until it is asked to wait, with as many requests on their way as the threads allow.
"""

import heapq
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import cronofy_frames as cf
from cronofy_frames.frames.account_threads import MAX_THREADS
from cronofy_frames.wire.pacing import Pacer

ACCOUNTS = (1, 20, 200, 2_000, 10_000, 50_000)
PACES = ((45, 450), (450, 4_500))
LATENCY = 0.3
CHANGED_A_DAY = 0.6
"""The share of accounts that change on a day; the others are read once a day."""
NOTIFICATIONS = 4
"""How many syncs the notifications of a day make of an account that changes, after those close together are one."""


@dataclass
class Costs:
    """The requests of a sync of one account."""

    first: int
    daily: int
    on_demand: int


def measured_costs() -> Costs:
    """Count the requests of a sync on the seeded office, whose people have some 300 events."""
    now = [datetime(2026, 3, 2, 9, tzinfo=UTC)]
    box = cf.Sandbox(now=lambda: now[0])
    client = cf.connect(sandbox=box)
    counts = []
    with tempfile.TemporaryDirectory() as folder, cf.Archive(Path(folder) / "archive") as archive:
        for hours in (0, 24, 1):
            now[0] += timedelta(hours=hours)
            counts.append(int(archive.sync({"person": client})["requests"].iloc[0]))
    return Costs(*counts)


def minutes(requests: int, pace: tuple[int, int], *, threads: int = MAX_THREADS) -> float:
    """Return the minutes of virtual time in which so many requests are answered."""
    now = 0.0
    pacer = Pacer(pace, clock=lambda: now)
    answers: list[float] = []
    for _ in range(requests):
        if len(answers) == threads:
            now = max(now, heapq.heappop(answers))
        now += pacer.reserve()
        heapq.heappush(answers, now + LATENCY)
    return max(answers) / 60


def minutes_of_many(requests: int, pace: tuple[int, int]) -> float:
    """Return the minutes of any number of requests: the rate is steady after some minutes, so the rest is a product."""
    simulated = min(requests, 20 * pace[1])
    return minutes(simulated, pace) + (requests - simulated) / pace[1]


def duration(value: float) -> str:
    """Return minutes as text in the unit that people would use."""
    for unit, length in (("d", 24 * 60), ("h", 60), ("min", 1)):
        if value >= length:
            return f"{value / length:.1f} {unit}"
    return f"{value * 60:.0f} s"


def table(costs: Costs, accounts: Sequence[int] = ACCOUNTS) -> list[list[str]]:
    """Return the rows of the table: how long the requests of each job take, and how often a day polling gets round."""
    rows = []
    for count in accounts:
        changed = round(count * CHANGED_A_DAY)
        jobs = {
            "first": count * costs.first,
            "daily": count * costs.daily,
            "webhooks": count * costs.daily + changed * NOTIFICATIONS * costs.on_demand,
        }
        row = [f"{count:,}"]
        for pace in PACES:
            row += [duration(minutes_of_many(max(1, job), pace)) for job in jobs.values()]
        rows.append(row)
    return rows


def main() -> None:
    """Print the costs and the table."""
    costs = measured_costs()
    print(f"requests of a sync: {costs.first} first, {costs.daily} the next day, {costs.on_demand} on demand")
    heads = [f"{job} at {pace[1]}/min" for pace in PACES for job in ("first read", "daily round", "day of webhooks")]
    print(" | ".join(["accounts", *heads]))
    for row in table(costs):
        print(" | ".join(row))


if __name__ == "__main__":
    main()
