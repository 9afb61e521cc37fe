"""Many accounts and long reads at a network's latency. Run: python tests/benchmarks/accounts.py.

A served sandbox answers after a delay and keeps Cronofy's rate limit. Each number of workers is measured in one run, so
that the ratios between them hold for any machine.
"""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import httpx

import cronofy_frames as cf

PAGE_SIZE, LATENCY = 3, 0.15
ACCOUNTS, ACCOUNT_LATENCY = 200, 0.3
WEEK = ("2026-03-02", "2026-03-09")

SERVER = """
import sys, time
import cronofy_frames as cf
from cronofy_frames.sandbox import serve
slow = cf.Fault("slow", seconds=float(sys.argv[2]))
box = cf.Sandbox(now="2026-03-02T09:00:00Z", page_size=int(sys.argv[1]), faults=[slow])
with serve(box) as served:
    print(served.url, box.access_token, flush=True)
    sys.stdin.read()
"""


@contextmanager
def server(page_size: int, latency: float) -> Iterator[tuple[str, str]]:
    """Serve a sandbox in a process of its own; give its address and a token."""
    command = [sys.executable, "-c", SERVER, str(page_size), str(latency)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        url, token = process.stdout.readline().split()
        yield url, token
        process.terminate()


def seconds(work: Callable[[], object]) -> float:
    """Return the wall time of one run."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def long_read() -> None:
    """Print how long some hundred pages take, page after page and in windows."""
    with server(PAGE_SIZE, LATENCY) as (url, token):
        in_a_row = None
        for workers in (1, 4, 8, 16):
            client = cf.connect(base_url=url, access_token=token, environment={})
            cf.usage(reset=True)
            frames = []
            wall = seconds(
                lambda client=client, workers=workers, frames=frames: frames.append(
                    cf.read_events(client, "2026-01-20", "2026-06-01", names=False, workers=workers, progress=False)
                )
            )
            client.close()
            requests, retries = frames[0].attrs["cronofy"]["requests"], int(cf.usage()["retries"].sum())
            in_a_row = in_a_row or (wall, requests)
            print(
                f"{workers:2} workers: {requests} requests in {wall:6.2f} s, {retries} retries; "
                f"{wall / in_a_row[0]:.2f} of the time, {requests / in_a_row[1]:.2f} of the requests in a row"
            )
            time.sleep(60)  # the limit counts by the minute


def many_accounts() -> None:
    """Print how long a page of each of many accounts takes, in eight threads and in as many as the latency needs."""
    with server(1000, ACCOUNT_LATENCY) as (url, token):
        clients = {
            f"account {n}": cf.connect(base_url=url, access_token=token, environment={}) for n in range(ACCOUNTS)
        }

        def read(client: cf.Client) -> object:
            return cf.read_events(client, *WEEK, names=False, workers=1, progress=False)

        with ThreadPoolExecutor(8) as pool:
            eight = seconds(lambda: list(pool.map(read, clients.values())))
        time.sleep(60)
        own = seconds(lambda: cf.read_events(clients, *WEEK, names=False, progress=False))
        print(f"{ACCOUNTS} accounts: {own:.2f} s, {own / eight:.2f} of the time of eight threads ({eight:.2f} s)")
    alone = seconds(lambda: [httpx.Client() for _ in range(10)]) / 10
    shared = seconds(lambda: [cf.connect(access_token="a", environment={}) for _ in range(100)]) / 100
    print(f"a client: {1000 * shared:.2f} ms, {shared / alone:.3f} of one with a TLS context of its own")


if __name__ == "__main__":
    long_read()
    many_accounts()
