"""Reading events to a frame, against the official client. Run: python tests/benchmarks/reading.py.

Both read the same served sandbox over loopback, page by page; the official client's rows go through
`pandas.json_normalize` and `pandas.to_datetime`, as its users do it.
"""

import statistics
import time
from collections.abc import Callable

import pandas as pd
import pycronofy

import cronofy_frames as cf
from cronofy_frames.sandbox import serve

RUNS = 5


def seconds(work: Callable[[], object]) -> tuple[float, float]:
    """Return wall and CPU time of one run."""
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - wall, time.process_time() - cpu


def main() -> None:
    """Print medians and ratios of one run."""
    box = cf.Sandbox(now="2026-03-02T09:00:00Z", rate_limit=False)
    with serve(box) as served:
        ours = cf.connect(base_url=served.url, access_token=box.access_token, pace=None, environment={})
        theirs = pycronofy.Client(client_id=box.client_id, access_token=box.access_token)
        theirs.request_handler.base_url = served.url

        def official() -> pd.DataFrame:
            rows = list(theirs.read_events(tzid="Etc/UTC", include_managed=True))
            frame = pd.json_normalize(rows)
            for name in ("start", "end", "created", "updated"):
                frame[name] = pd.to_datetime(frame[name], utc=True, format="ISO8601")
            return frame

        assert len(official()) == len(cf.read_events(ours))
        times = {name: [] for name in ("pycronofy + json_normalize", "cronofy_frames.read_events")}
        for _ in range(RUNS):
            times["pycronofy + json_normalize"].append(seconds(official))
            times["cronofy_frames.read_events"].append(seconds(lambda: cf.read_events(ours)))
    medians = {
        name: [statistics.median(times_of_round) for times_of_round in zip(*each, strict=True)]
        for name, each in times.items()
    }
    for name, (wall, cpu) in medians.items():
        print(f"{name:30} {wall:6.3f} s wall   {cpu:6.3f} s CPU (server included)")
    (wall, _), (own, _) = medians.values()
    print(f"\ncronofy_frames takes {own / wall:.2f} of the official client's time")


if __name__ == "__main__":
    main()
