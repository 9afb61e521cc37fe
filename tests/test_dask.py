"""`cronofy_frames.dask`: events of many accounts as a Dask collection, on a real cluster of processes."""

import doctest
import pickle
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import dask.dataframe as dd
import distributed
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

import cronofy_frames as cf
import cronofy_frames.dask as cfd
from cronofy_frames.sandbox import Sandbox, serve
from cronofy_frames.wire.client import Client
from cronofy_frames.wire.credentials import Tokens
from tests.cluster_clients import connect_to_sandbox, store_accounts

WINDOW = ("2026-03-02", "2026-05-04")
WORKERS = 4


@pytest.fixture(scope="module")
def office() -> Sandbox:
    """A seeded office that keeps Cronofy's own limits, with more pages than they let through in a second."""
    return Sandbox(now="2026-03-02T09:00:00Z", page_size=10)


@pytest.fixture(scope="module")
def people(office: Sandbox) -> dict[str, str]:
    """Labels and e-mail addresses."""
    emails = [str(account.email) for account in office.accounts if account.kind == "account"]
    return {f"person {number}": email for number, email in enumerate(emails)}


@pytest.fixture(scope="module")
def clients(office: Sandbox, people: dict[str, str]) -> dict[str, Client]:
    """Clients in this process, of the same office, without limits."""
    return {label: cf.connect(sandbox=office, account=email) for label, email in people.items()}


def ordered(frame: pd.DataFrame) -> pd.DataFrame:
    """Return rows in an order of their own."""
    frame = frame.sort_values(["account", "start", "calendar_id", "event_uid"]).reset_index(drop=True)
    frame.attrs = {}
    return frame


@pytest.fixture(scope="module")
def cluster(office: Sandbox, people: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A client of a cluster of processes, whose workers share a folder of expired tokens; and the served office."""
    home = tmp_path_factory.mktemp("home")
    expired = {
        label: Tokens("expired", office.tokens(email)["refresh_token"], expires_at=datetime(2026, 1, 1, tzinfo=UTC))
        for label, email in people.items()
    }
    store_accounts(home, expired)
    with serve(office) as server:
        environment = {
            "CRONOFY_API_URL": server.url,
            "CRONOFY_CLIENT_ID": office.client_id,
            "CRONOFY_CLIENT_SECRET": office.client_secret,
            "CRONOFY_FRAMES_HOME": str(home),
        }
        with (
            distributed.LocalCluster(
                n_workers=WORKERS,
                threads_per_worker=1,
                processes=True,
                host="127.0.0.1",
                dashboard_address=None,
                env=environment,
                silence_logs=40,
            ) as local,
            distributed.Client(local) as client,
        ):
            yield client, server


def test_workers_share_one_budget_and_one_renewal(cluster: Any, clients: dict[str, Client]) -> None:
    """Four processes get no 429 under Cronofy's limits, renew each token once, and read what one process reads."""
    _, server = cluster
    collection = cfd.read_events(list(clients), *WINDOW, tz="Europe/London", freq="14D", connect=connect_to_sandbox)
    assert collection.npartitions == 5 * len(clients)
    frame = collection.compute()
    statuses = Counter(line.split()[-1] for line in server.lines)
    renewals = [line for line in server.lines if "/oauth/token" in line]
    assert (statuses["429"], len(renewals)) == (0, len(clients))
    assert len(server.lines) > 100
    assert_frame_equal(ordered(frame), ordered(cf.read_events(clients, *WINDOW, tz="Europe/London")))


def test_a_graph_has_no_secret(people: dict[str, str]) -> None:
    """Tokens and the application's secret are not in the pickled graph; the labels of accounts are."""
    secret = {"CRONOFY_CLIENT_SECRET": "secret-of-the-application"}
    collection = cfd.read_events(list(people), *WINDOW, connect=connect_to_sandbox)
    pickled = pickle.dumps(dict(collection.optimize().dask))
    assert b"person 0" in pickled
    for word in [*secret.values(), "access_token", "refresh_token", "client_secret"]:
        assert word.encode() not in pickled


@pytest.mark.usefixtures("cluster")
def test_files_of_a_fetch_are_read_on(clients: dict[str, Client], tmp_path: Path) -> None:
    """Dask reads the folder of `run_fetch` as it is, account and month included."""
    cf.run_fetch(cf.plan_fetch(clients, *WINDOW, freq="MS"), clients, tmp_path)
    frame = dd.read_parquet(tmp_path)
    counts = frame.groupby("account", observed=True)["summary"].size().compute()
    assert counts.sort_index().to_dict() == cf.read_events(clients, *WINDOW)["account"].value_counts().to_dict()


def connect_in_process(account: str) -> Client:
    """Return the client of a person in an office of this process."""
    box = Sandbox(now="2026-03-02T09:00:00Z")
    return cf.connect(sandbox=box, account=None if account == "ann" else account)


def read(**options: Any) -> Any:
    """Return a collection of a person, in two partitions."""
    arguments = {"freq": "7D", "connect": connect_in_process, **options}
    return cfd.read_events(["ann"], "2026-03-02", "2026-03-16", **arguments)


def test_partitions_have_the_columns_of_meta() -> None:
    """The same dtypes without a read, of each partition, and of a few columns, which are all that a task returns."""
    collection = read(tz="Asia/Tokyo", extra={"custom.path": "number"}, columns=["start", "custom.path"])
    assert collection.dtypes.astype(str).to_dict() == {"start": "datetime64[us, Asia/Tokyo]", "custom.path": "Float64"}
    whole = read()
    for part in whole.partitions:
        frame = part.compute(scheduler="synchronous")
        assert_frame_equal(frame.head(0), whole._meta, check_index_type=False)
    (task, *_) = whole[["summary", "account"]].optimize().dask.values()
    assert task().columns.tolist() == ["summary", "account"]


def test_free_busy_is_read_too() -> None:
    """With its own columns, by threads of one process."""
    collection = cfd.read_free_busy(["ann"], "2026-03-02", "2026-03-16", connect=connect_in_process)
    assert collection["free_busy_status"].compute(scheduler="threads").isin(["busy", "tentative"]).all()


def test_each_call_is_a_read_of_its_own() -> None:
    """Dask takes two collections of one name for the same, and an earlier read is not a later one."""
    assert read().dask.keys() != read().dask.keys()


@pytest.mark.parametrize(
    ("options", "error", "text"),
    [
        ({"columns": ["sumary"]}, ValueError, "no column 'sumary'. Did you mean 'summary'"),
        ({"calender": "Work"}, TypeError, r"read_events\(\) got .*'calender'. Did you mean 'calendars'"),
        ({"freq": "6h"}, ValueError, "whole days"),
        ({"extra": {"start": "text"}}, ValueError, "start"),
        ({"columns": "summary"}, ValueError, "columns is a list of at least one name, or None for all; not 'summary'"),
        ({"columns": []}, ValueError, "columns is a list of at least one name"),
        ({"connect": None}, ValueError, "connect is a function that returns the client of a label"),
        ({"include": "moved"}, ValueError, "ann has 2 windows, so that it would come several times"),
        ({"pace": 5}, ValueError, r"pace is \(requests a second, requests a minute\)"),
        ({"pace": (0, 1)}, ValueError, "each at least 1"),
    ],
)
def test_what_makes_no_sense_is_an_error_at_once(options: dict[str, Any], error: type[Exception], text: str) -> None:
    """Before a worker sees it."""
    with pytest.raises(error, match=text):
        read(**options)


def test_any_function_connects() -> None:
    """Also one of a notebook, in which Dask finds nothing to tell it from others; it has to return a client."""
    box = Sandbox(now="2026-03-02T09:00:00Z")
    frame = read(connect=lambda _: cf.connect(sandbox=box))["summary"].compute(scheduler="synchronous")
    assert len(frame) > 0
    with pytest.raises(TypeError, match=r"returned a NoneType for 'ann': return what cf.connect\(\) does"):
        read(connect=lambda _: None).compute(scheduler="synchronous")


def test_clients_do_not_travel() -> None:
    """A mapping of clients is refused with what to give instead."""
    clients: Any = {"ann": connect_in_process("ann")}
    with pytest.raises(ValueError, match="give the labels of stored accounts"):
        cfd.read_events(clients, "2026-03-02", "2026-03-16")


def test_an_account_that_cannot_be_read_is_an_error() -> None:
    """Of compute, with the message of the read; by default accounts are the stored ones."""
    collection = cfd.read_events(["nobody@example.test"], "2026-03-02", "2026-03-16")
    with pytest.raises(cf.CronofyError, match=r"account nobody@example.test: No account is stored"):
        collection.compute(scheduler="synchronous")


def test_the_error_of_a_partition_names_its_account() -> None:
    """Which of many was refused."""
    box = Sandbox(now="2026-03-02T09:00:00Z", faults=[cf.Fault("status", route="GET /v1/events", status=403)])
    with pytest.raises(cf.Forbidden, match="account ann: read_events was answered 403") as caught:
        read(connect=lambda _: cf.connect(sandbox=box)).compute(scheduler="synchronous")
    assert caught.value.__cause__ is not caught.value


def test_its_example_runs() -> None:
    """A reader can copy it."""
    tests = doctest.DocTestFinder(recurse=False).find(cfd.read_events, "read_events", globs={"cf": cf})
    results = [doctest.DocTestRunner(optionflags=doctest.ELLIPSIS).run(test) for test in tests]
    assert sum(result.attempted for result in results) > 0
    assert sum(result.failed for result in results) == 0
