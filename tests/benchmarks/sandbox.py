"""CPU for a page of events of the sandbox in process, beside the same page from an application that only has its bytes.

Run it: `python tests/benchmarks/sandbox.py`. What both take is the client's; the rest is the sandbox's.
"""

import time
from collections.abc import Callable, Iterable
from typing import Any

import httpx

import cronofy_frames as cf

PAGES, ROUNDS = 200, 5


def milliseconds(work: Callable[[], object]) -> float:
    """Return the CPU time of a page, the best of several rounds."""
    times = []
    for _ in range(ROUNDS):
        started = time.process_time()
        for _ in range(PAGES):
            work()
        times.append(time.process_time() - started)
    return min(times) / PAGES * 1000


def main() -> None:
    """Print both times and their ratio."""
    box = cf.Sandbox(now="2026-03-02T09:00:00Z", rate_limit=False)
    headers = {"Authorization": f"Bearer {box.access_token}"}
    path = "https://sandbox.test/v1/events?tzid=Etc/UTC&include_managed=true"
    with httpx.Client(transport=httpx.WSGITransport(box), headers=headers) as client:
        first = client.get(path)
        body = first.raise_for_status().content
        further = first.json()["pages"]["next_page"]
        of_sandbox = milliseconds(lambda: client.get(further).raise_for_status())
        of_first = milliseconds(lambda: client.get(path).raise_for_status())

    def constant(_: Any, start_response: Any) -> Iterable[bytes]:
        start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
        return [body]

    with httpx.Client(transport=httpx.WSGITransport(constant), headers=headers) as client:
        of_bytes = milliseconds(lambda: client.get(further).raise_for_status())
    print(f"{'page of the sandbox':24}{of_sandbox:6.2f} ms   {of_sandbox / of_bytes:4.1f} x the same bytes")
    print(f"{'first page, selected':24}{of_first:6.2f} ms   {of_first / of_bytes:4.1f} x")
    print(f"{'the same bytes':24}{of_bytes:6.2f} ms")


if __name__ == "__main__":
    main()
