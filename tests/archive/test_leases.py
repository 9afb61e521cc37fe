"""Leases of accounts: one holder at a time, and none that outlives its process."""

import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from cronofy_frames.archive.store import Store

HOLDER = """
import sys, time
from pathlib import Path
from cronofy_frames.archive.store import Store
store = Store(Path(sys.argv[1]))
leases = [store.lease(name) for name in ("ann", "bob")]
print([lease.acquire() for lease in leases], flush=True)
time.sleep(600)
"""


@pytest.fixture
def stores(tmp_path: Path) -> list[Store]:
    """An archive that is open twice."""
    return [Store(tmp_path / "a"), Store(tmp_path / "a")]


@pytest.mark.parametrize("other", [0, 1])
def test_an_account_has_one_holder(stores: list[Store], other: int) -> None:
    """Neither another open archive nor another thread of the same one gets it, until it is released."""
    lease = stores[0].lease("ann")
    assert lease.acquire()
    assert not stores[other].lease("ann").acquire()
    second = stores[other].lease("bob")
    assert second.acquire()
    lease.release()
    assert not stores[1 - other].lease("bob").acquire()
    third = stores[other].lease("ann")
    assert third.acquire()
    for held in (second, third):
        held.release()
    assert not list((stores[0].folder / "leases").iterdir())


def test_the_lease_of_a_process_that_was_killed_is_over_at_once(stores: list[Store]) -> None:
    """While the process lives it is held; after a kill, each of its accounts can be read without waiting."""
    command = [sys.executable, "-c", HOLDER, str(stores[0].folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "[True, True]\n"
        assert not stores[0].lease("ann").acquire()
        process.kill()
        process.wait()
    leases = [stores[0].lease("ann"), stores[1].lease("bob")]
    assert [lease.acquire() for lease in leases] == [True, True]
    assert not stores[1].lease("ann").acquire()
    for lease in leases:
        lease.release()
    assert not list((stores[0].folder / "leases").iterdir())


def test_an_archive_that_was_closed_holds_nothing(stores: list[Store]) -> None:
    """Its leases end with it, and one that is released later does no harm."""
    leases = [store.lease("ann") for store in stores]
    assert leases[0].acquire()
    stores[0].close()
    assert leases[1].acquire()
    leases[0].release()
    assert not stores[0].lease("ann").acquire()
    leases[1].release()
    for _ in range(2):
        assert leases[0].acquire()
        assert not leases[1].acquire()
        stores[0].close()


def test_a_lease_is_released_by_any_thread(stores: list[Store]) -> None:
    """The thread that acquired it can acquire it again, and it is held then."""
    lease = stores[0].lease("ann")
    with ThreadPoolExecutor(1) as pool:
        for _ in range(2):
            assert pool.submit(lease.acquire).result()
            assert not stores[1].lease("ann").acquire()
            lease.release()
    assert not list((stores[0].folder / "leases").iterdir())


def test_of_many_threads_one_gets_the_account(stores: list[Store]) -> None:
    """However many try at the same time."""
    start, results = threading.Barrier(8), list[bool]()

    def acquire(store: Store) -> None:
        start.wait()
        results.append(store.lease("ann").acquire())

    threads = [threading.Thread(target=acquire, args=(stores[number % 2],)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == [False] * 7 + [True]
