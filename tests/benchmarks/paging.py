"""CPU for 1,000 pages over HTTP, against the official client.

Run it: `python tests/benchmarks/paging.py [--pages 1000] [--rounds 3]`. A server in a process of its own answers at
once, with pages that it has ready: what is measured is the client alone, without what it loads at its first use. The
official client's rows go through `pandas.json_normalize` and `pandas.to_datetime`, as its users do it; they stay in the
order of the pages, while this package's are put in order.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pandas as pd
import pycronofy
from decode import TIMES, put_in_order, write
from memory import measured

import cronofy_frames as cf


async def answer(pages: list[bytes], base: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer the requests of a connection, each for the page that its address names."""
    while head := await reader.readuntil(b"\r\n\r\n"):
        number = int(parse_qs(urlsplit(head.split(b" ")[1].decode()).query).get("page", ["1"])[0])
        more = f"{base}/v1/events?page={number + 1}" if number < len(pages) else ""
        about = json.dumps({"current": number, "total": len(pages), "next_page": more}).encode()
        body = b'{"pages":%b,"events":%b' % (about, pages[number - 1].partition(b'"events":')[2])
        fields = b"HTTP/1.1 200 OK\r\nContent-Type: application/json; charset=utf-8\r\nContent-Length: %d\r\n\r\n"
        writer.write(fields % len(body) + body)


async def serve(path: Path) -> None:
    """Serve the pages of a file, and print the address."""
    pages, base = path.read_bytes().splitlines(), [""]

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await answer(pages, base[0], reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    base[0] = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    print(base[0], flush=True)
    await server.serve_forever()


def official(url: str) -> pd.DataFrame:
    """Read with the official client."""
    client = pycronofy.Client(access_token="token")
    client.request_handler.base_url = url
    frame = pd.json_normalize(list(client.read_events(tzid="Etc/UTC", include_managed=True)))
    for name in TIMES:
        if name in frame:
            frame[name] = pd.to_datetime(frame[name], utc=True, format="ISO8601")
    return frame


def frames(url: str) -> pd.DataFrame:
    """Read with this package."""
    client = cf.connect(base_url=url, access_token="token", pace=None, environment={})
    return cf.read_events(client, names=False, workers=1)


CONTENDERS: dict[str, Callable[[str], pd.DataFrame]] = {
    "pycronofy": official,
    "cf.read_events": frames,
}


def measure(contender: str, urls: Sequence[str], rounds: int) -> dict[str, float]:
    """Return the best of several rounds, each in a fresh process."""
    command = [sys.executable, "-W", "ignore", __file__, "--run", contender, *urls]
    answers: list[dict[str, Any]] = [
        json.loads(subprocess.run(command, check=True, capture_output=True).stdout) for _ in range(rounds)
    ]
    return {name: min(answer[name] for answer in answers) for name in answers[0]}


def run(contender: str, few: str, url: str) -> dict[str, float]:
    """Return the measurements of one contender; what is loaded or built at the first use does not count."""
    CONTENDERS[contender](few)
    return measured(lambda: CONTENDERS[contender](url))


@contextmanager
def serving(path: Path) -> Iterator[str]:
    """Serve the pages of a file in a process of its own, and return the address."""
    with subprocess.Popen(
        [sys.executable, __file__, "--serve", str(path)], stdout=subprocess.PIPE, text=True
    ) as server:
        assert server.stdout is not None
        yield server.stdout.readline().strip()
        server.terminate()


def compare(path: Path, name: str, rounds: int) -> None:
    """Print the lines of the table for the pages of a file."""
    few = path.with_suffix(".few")
    few.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:2]))
    with serving(few) as few_url, serving(path) as url:
        results = {contender: measure(contender, [few_url, url], rounds) for contender in CONTENDERS}
    for contender, result in results.items():
        ratio = results["pycronofy"]["seconds"] / result["seconds"]
        print(f"{name:12}{contender:20}{result['seconds']:8.2f}{result['peak']:9.0f}{ratio:7.1f}x")


def compare_all(count: int, rounds: int) -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as folder:
        paths = {name: Path(folder) / name for name in ("unsorted", "in order")}
        write(paths["unsorted"], 100 * count, localized=False)
        put_in_order(paths["unsorted"], paths["in order"])
        print(f"{count:,} pages of 100 events, {paths['unsorted'].stat().st_size / 1e6:.0f} MB of JSON")
        print(f"{'pages':12}{'contender':20}{'CPU s':>8}{'peak MB':>9}{'CPU':>8}")
        for name, path in paths.items():
            compare(path, name, rounds)


def main() -> None:
    """Compare the contenders, or run one of them, or the server."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, default=1_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--run", nargs=3, metavar=("CONTENDER", "FEW", "URL"), help=argparse.SUPPRESS)
    parser.add_argument("--serve", metavar="PATH", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        asyncio.run(serve(Path(options.serve)))
    elif options.run:
        print(json.dumps(run(*options.run)))
    else:
        compare_all(options.pages, options.rounds)


if __name__ == "__main__":
    main()
