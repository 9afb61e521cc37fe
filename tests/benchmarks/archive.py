"""How the tables of versions hold up. Run: python tests/benchmarks/archive.py.

A first commit of 100,000 rows, 1 % of them changed, 1,000 small commits (time, size, reading after them, before and
after compaction), and writers that are killed within a commit. The Delta table stands beside plain Parquet parts that
are written, flushed to disk and listed in SQLite. Then a process reads an archive for a minute, while another one syncs
it.
"""

import os
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq
from deltalake import DeltaTable, write_deltalake

import cronofy_frames as cf

ROWS, CHURN, COMMITS, KILLS = 100_000, 1_000, 1_000, 20
RAW = b'{"calendar_id":"cal_%d","event_uid":"evt_external_%d","summary":"Weekly %d","description":"%s","attendees":%s}'
ATTENDEES = b'[{"email":"ann@example.test","display_name":"Ann","status":"accepted"}]'


def rows(start: int, count: int, version: int) -> pa.Table:
    """Return versions of events: key, times, hash and raw JSON."""
    numbers = range(start, start + count)
    generator = random.Random(version)
    return pa.table(
        {
            "account": pa.array([f"acc_{n % 50}" for n in numbers]),
            "calendar_id": pa.array([f"cal_{n % 100}" for n in numbers]),
            "event_key": pa.array([f"evt_external_{n}" for n in numbers]),
            "seen_at": pa.array([version * 1_000_000] * count, pa.timestamp("us", "UTC")),
            "start": pa.array([n * 60_000_000 for n in numbers], pa.timestamp("us", "UTC")),
            "hash": pa.array([generator.randbytes(16) for _ in numbers], pa.binary()),
            "raw": pa.array([RAW % (n % 100, n, version, b"notes " * 10, ATTENDEES * 4) for n in numbers], pa.binary()),
        }
    )


def seconds(work: Callable[[], object]) -> float:
    """Return the wall time of one run."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def megabytes(folder: Path) -> float:
    """Return the size of all files in a folder."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1e6


class Delta:
    """Versions in a Delta table."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "delta"

    def append(self, table: pa.Table) -> None:
        """Commit rows."""
        write_deltalake(self.folder, table, mode="append")

    def count(self) -> int:
        """Read the key and time of every row."""
        columns = ["account", "event_key", "seen_at", "start"]
        return DeltaTable(self.folder).to_pyarrow_dataset().to_table(columns=columns).num_rows

    def compact(self) -> None:
        """Make few files of many, and delete those that nobody needs any more."""
        table = DeltaTable(self.folder)
        table.optimize.compact()
        table.create_checkpoint()
        table.vacuum(retention_hours=0, enforce_retention_duration=False, dry_run=False)


class Parts:
    """Versions in Parquet files, listed in SQLite."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "parts"
        self.folder.mkdir()
        self.list = sqlite3.connect(self.folder / "list.sqlite", isolation_level=None)
        self.list.execute("pragma journal_mode = wal")
        self.list.execute("create table if not exists parts (name text primary key)")

    def append(self, table: pa.Table) -> None:
        """Write and flush a file, then list it."""
        name = f"{time.time_ns()}.parquet"
        with (self.folder / name).open("wb") as file:
            pq.write_table(table, file, compression="zstd")
            file.flush()
            os.fsync(file.fileno())
        self.list.execute("insert into parts values (?)", (name,))

    def names(self) -> list[str]:
        """Return the files that are listed."""
        return [str(self.folder / name) for (name,) in self.list.execute("select name from parts")]

    def count(self) -> int:
        """Read the key and time of every row."""
        columns = ["account", "event_key", "seen_at", "start"]
        return ds.dataset(self.names()).to_table(columns=columns).num_rows

    def compact(self) -> None:
        """Make one file of many."""
        names = self.names()
        self.append(ds.dataset(names).to_table())
        self.list.executemany("delete from parts where name = ?", [(Path(name).name,) for name in names])
        for name in names:
            Path(name).unlink()


WRITER = """
import sys
from tests.benchmarks.archive import Delta, Path, rows
table = Delta(Path(sys.argv[1]))
number = int(sys.argv[2])
while True:
    table.append(rows(number * 1000, 1000, number))
    number += 1
    print(number, flush=True)
"""


def killed_commits(folder: Path) -> None:
    """Print what is left of a Delta table whose writers are killed at random moments."""
    table = Delta(folder)
    table.append(rows(0, 1_000, 0))
    committed, unreadable, torn = 1, 0, 0
    for kill in range(KILLS):
        command = [sys.executable, "-c", WRITER, str(folder), str(committed)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2]) as writer:
            assert writer.stdout is not None
            writer.stdout.readline()
            time.sleep(random.Random(kill).uniform(0, 0.05))
            writer.send_signal(signal.SIGKILL)
        try:
            count = table.count()
        except Exception as error:  # whatever a torn table raises is the result
            unreadable += 1
            print(error)
            continue
        torn += count % 1_000 != 0
        committed = count // 1_000
    files = len(list(table.folder.glob("*.parquet")))
    listed = len(DeltaTable(table.folder).file_uris())
    print(f"{KILLS} kills: {unreadable} unreadable, {torn} torn, {committed} commits, {files - listed} files left over")


def measure(table: Delta | Parts) -> None:
    """Print how long commits and reads of one kind of table take, and how large it gets."""
    print(type(table).__name__)
    print(f"  first {ROWS:,} rows: {seconds(lambda: table.append(rows(0, ROWS, 0))):.2f} s", end=", ")
    print(f"{megabytes(table.folder):.1f} MB; read {seconds(table.count):.3f} s")
    print(f"  1 % changed: {seconds(lambda: table.append(rows(0, CHURN, 1))):.3f} s", end=", ")
    print(f"{megabytes(table.folder):.1f} MB")
    few = [rows(0, 10, number + 2) for number in range(COMMITS)]
    start = seconds(lambda: [table.append(few[number]) for number in range(100)])
    rest = seconds(lambda: [table.append(few[number]) for number in range(100, COMMITS)])
    print(f"  {COMMITS:,} commits of 10 rows: {start * 10:.1f} ms each of the first hundred,", end=" ")
    print(f"{rest / (COMMITS - 100) * 1e3:.1f} ms of the others, {megabytes(table.folder):.1f} MB")
    print(f"  read {seconds(table.count):.3f} s; compact {seconds(table.compact):.2f} s", end=", then")
    print(f" read {seconds(table.count):.3f} s, {megabytes(table.folder):.1f} MB")


READER = """
import sys, time
import cronofy_frames as cf
archive, end, waits = cf.Archive(sys.argv[1]), time.time() + float(sys.argv[2]), []
while time.time() < end:
    started = time.perf_counter()
    archive.events("2026-03-02", "2026-03-09")
    waits.append(time.perf_counter() - started)
print(len(waits), max(waits))
"""


def beside(folder: Path, duration: float) -> None:
    """Print the longest waits of a process that reads an archive, and of one that syncs it, at the same time."""
    now = datetime(2026, 3, 2, 9, tzinfo=UTC)
    box = cf.Sandbox(now=lambda: now)
    client, archive = cf.connect(sandbox=box), cf.Archive(folder / "archive")
    archive.sync(client)
    uids = archive.events()["event_uid"].dropna().tolist()
    command = [sys.executable, "-c", READER, str(folder / "archive"), str(duration)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as reader:
        waits = []
        while reader.poll() is None:
            now += timedelta(minutes=10)
            box.edit_event(box.accounts[0].sub, random.choice(uids), summary=f"at {now}")
            waits.append(seconds(lambda: archive.sync(client, progress=False)))
        assert reader.stdout is not None
        reads, longest = reader.stdout.readline().split()
    print(f"{duration:.0f} s: {reads} reads, the longest {float(longest):.2f} s;", end=" ")
    print(f"{len(waits)} syncs, the longest {max(waits):.2f} s")


def main() -> None:
    """Measure both kinds."""
    for kind in (Delta, Parts):
        with tempfile.TemporaryDirectory() as name:
            measure(kind(Path(name)))
    with tempfile.TemporaryDirectory() as name:
        killed_commits(Path(name))
    with tempfile.TemporaryDirectory() as name:
        beside(Path(name), 60.0)


if __name__ == "__main__":
    main()
