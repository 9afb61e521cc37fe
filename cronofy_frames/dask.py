"""Events of many accounts as a Dask collection, with one budget of requests for all workers of a cluster.

    import cronofy_frames.dask as cfd
    events = cfd.read_events(["ann@example.test", "ben@example.test"], "2026-03-01", "2026-04-01", freq="MS")

No token travels: a task has the label of an account, and the worker that runs it loads the tokens from a store.
"""

from __future__ import annotations

import inspect
import math
import time
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

import pandas as pd

from cronofy_frames.connecting import connect
from cronofy_frames.errors import CronofyError
from cronofy_frames.fetch.task_reader import READ, TABLES, check_moved, check_options, connect_label, read_task
from cronofy_frames.fetch.tasks import Task, plan_fetch, tasks_of
from cronofy_frames.frames.accounts import combined_error, with_account
from cronofy_frames.frames.bounds import Bound
from cronofy_frames.frames.decoder import empty
from cronofy_frames.frames.extra_columns import extra_types
from cronofy_frames.near_names import near_name
from cronofy_frames.wire.client import Client
from cronofy_frames.wire.pacing import PACE, Pacer

try:
    import dask.dataframe as dd
    import distributed
    from dask import config
    from distributed.diagnostics.plugin import SchedulerPlugin
except ImportError as error:
    raise ImportError('Clusters need Dask: pip install "cronofy-frames[dask]"') from error


def connect_stored(account: str) -> Client:
    """Return the client of a stored account, with the tokens of the machine that runs this function."""
    return connect(account=account)


def read_events(
    accounts: Iterable[str] | pd.DataFrame,
    start: Bound,
    end: Bound,
    *,
    columns: Sequence[str] | None = None,
    tz: str = "UTC",
    freq: str | None = None,
    connect: Callable[[str], Client] = connect_stored,
    pace: tuple[int, int] = PACE,
    **options: Any,
) -> Any:
    """Return events of many accounts as a Dask DataFrame, a partition for each account and period.

    Nothing is read yet. On a cluster all workers share one budget of requests, which the scheduler keeps, and a token
    is renewed by one worker at a time, because a refresh token changes when it is used. Dask does not take the results
    of one call for those of another with the same arguments.

    Parameters
    ----------
    accounts
        Labels of accounts: by default names of stored accounts, as `cronofy_frames.accounts` lists them.
    start, end, tz, freq
        As in `plan_fetch`: the window, its zone, and the periods that a partition has; None is the whole window.
    columns
        The columns to have; selecting columns later does the same.
    connect
        A function that can be pickled, and that returns the client of a label on the worker, with tokens from a store
        that all workers share. By default `cronofy_frames.connect(account=label)`.
    pace
        Requests a second and a minute of the application, on a cluster; elsewhere the pace of the client applies.
    options
        Further arguments of `cronofy_frames.read_events`, such as `deleted=True`.

    Returns
    -------
    dask.dataframe.DataFrame
        `account` and the columns of `cronofy_frames.read_events`, with the same dtypes. Partitions are in the order of
        the accounts and periods, and each event is in one of them. An account that cannot be read is an error of
        `compute`.

    Raises
    ------
    ValueError
        For accounts, bounds, columns, a frequency, `connect` or a pace that make no sense, and for moved events in
        several periods, each of which would have them.
    TypeError
        For an option that the read does not have.

    Examples
    --------
    >>> import cronofy_frames.dask as cfd
    >>> def person(label):
    ...     return cf.connect(sandbox=cf.Sandbox(now="2026-03-02T09:00:00Z"), account=label)
    >>> events = cfd.read_events(["maya.okafor@quillmark.test"], "2026-03-02", "2026-03-16", freq="7D", connect=person)
    >>> events.npartitions, len(events["summary"].compute(scheduler="synchronous")) > 0
    (2, True)
    """
    partition = Partition("events", tz, options, connect, pace)
    return _collection("read_events", partition, accounts, start, end, columns, freq)


def read_free_busy(
    accounts: Iterable[str] | pd.DataFrame,
    start: Bound,
    end: Bound,
    *,
    columns: Sequence[str] | None = None,
    tz: str = "UTC",
    freq: str | None = None,
    connect: Callable[[str], Client] = connect_stored,
    pace: tuple[int, int] = PACE,
    **options: Any,
) -> Any:
    """Return free/busy of many accounts as a Dask DataFrame; arguments and errors are those of `read_events`."""
    partition = Partition("free_busy", tz, options, connect, pace)
    return _collection("read_free_busy", partition, accounts, start, end, columns, freq)


def _collection(
    function: str,
    partition: Partition,
    accounts: Iterable[str] | pd.DataFrame,
    start: Bound,
    end: Bound,
    columns: Sequence[str] | None,
    freq: str | None,
) -> Any:
    if isinstance(accounts, Mapping):
        raise ValueError(
            "clients hold tokens and are not sent to workers: give the labels of stored accounts, and with connect= a "
            "function that returns the client of a label."
        )
    check_options(function, partition.kind, partition.options, inspect.signature(read_events).parameters)
    tasks = tasks_of(plan_fetch(accounts, start, end, tz=partition.tz, freq=freq))
    check_moved(tasks, partition.options)
    meta = partition.meta()
    _check_arguments(partition, columns)
    if columns is not None and (unknown := [name for name in columns if name not in meta]):
        raise ValueError(f"there is no column {unknown[0]!r}.{near_name(str(unknown[0]), meta.columns.astype(str))}")
    from_map: Callable[..., Any] = dd.from_map
    # the text columns are Arrow's already; Dask would convert them to a dtype with another missing value
    with config.set({"dataframe.convert-string": False}):
        frame = from_map(partition, tasks, meta=meta, label=function)
    return frame if columns is None else frame[list(columns)]


def _check_arguments(partition: Partition, columns: Sequence[str] | None) -> None:
    """Raise for columns, a function or a pace that would fail on the workers.

    Raises
    ------
    ValueError
        With what the argument takes.
    """
    if columns is not None and not (pd.api.types.is_list_like(columns) and len(columns)):
        raise ValueError(f"columns is a list of at least one name, or None for all; not {columns!r}.")
    if not callable(partition.connect):
        raise ValueError(f"connect is a function that returns the client of a label; not {partition.connect!r}.")
    Pacer().set(partition.pace)


@dataclass(frozen=True, slots=True)
class Partition:
    """Callable that reads a task on a worker; it is pickled, and holds no secret.

    Attributes
    ----------
    kind, tz, options
        The kind of rows, the zone of their times, and further arguments of the read.
    connect
        Returns the client of a label.
    pace
        Requests a second and a minute of the application, for all workers together.
    read_id
        Identifies the read, so that Dask does not take one for another with the same arguments.
    """

    kind: str
    tz: str
    options: Mapping[str, Any]
    connect: Callable[[str], Client]
    pace: tuple[int, int]
    read_id: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "read_id", self.read_id or uuid.uuid4().hex)

    def __dask_tokenize__(self) -> tuple[str, str]:
        """Return the identity of the read; Dask cannot hash every `connect`."""
        return "cronofy_frames", self.read_id

    def __call__(self, task: Task, columns: Sequence[str] | None = None) -> pd.DataFrame:
        """Read a task, and return its rows with the columns of `meta`, or some of them."""
        try:
            with connect_label(self.connect, task.account) as client:
                share_with_cluster(client, task.account, self.pace)
                frame = with_account(read_task(client, task, READ[self.kind], self.tz, self.options), task.account)
        except CronofyError as error:
            combined_error({task.account: error})  # which names the account in the error itself
            raise
        return frame if columns is None else frame[list(columns)]

    def meta(self) -> pd.DataFrame:
        """Return a frame without rows, with the columns and dtypes of every partition."""
        table = TABLES[self.kind]
        return with_account(empty(table, self.tz, extra_types(self.options.get("extra"), table)), "")


def share_with_cluster(client: Client, account: str, pace: tuple[int, int]) -> None:
    """Give a client the rate limiter and the token lock of the cluster, if this process is a worker of one."""
    try:
        distributed.get_worker()
    except ValueError:
        return
    client.pacer = ClusterPacer(f"{client.hosts.api} {client.client_id or account}", pace)
    lock: Callable[[str], AbstractContextManager[Any]] = distributed.Lock
    client.keeper.lock_also(lambda: lock(f"cronofy-frames tokens {client.hosts.api} {account}"))


class ClusterPacer:
    """Rate limiter of a worker: the scheduler says when the next request may be sent.

    Parameters
    ----------
    application
        The key of the budget: the host of the API and the client_id.
    pace
        Requests a second and a minute.
    """

    def __init__(self, application: str, pace: tuple[int, int]) -> None:
        self._application, self._pace = application, pace
        self._cluster: Any = distributed.get_client()
        self._cluster.register_plugin(PacePlugin())

    def wait(self, sleep: Callable[[float], None] = time.sleep, *, patience: float = math.inf) -> float:
        """Wait until the next request of the cluster may be sent, and return the seconds waited."""
        del patience  # the scheduler counts the requests of all workers, and its waits can be believed
        seconds = float(self._send(self._cluster.scheduler.cronofy_frames_reserve))
        if seconds > 0:
            sleep(seconds)
        return seconds

    def slow_down(self) -> None:
        """Halve the rate of all workers for a minute."""
        self._send(self._cluster.scheduler.cronofy_frames_slow_down)

    def _send(self, operation: Any) -> Any:
        return self._cluster.sync(operation, application=self._application, pace=self._pace)


class PacePlugin(SchedulerPlugin):
    """Plugin of the scheduler, with a rate limiter for each application."""

    name = "cronofy-frames-pace"
    idempotent = True

    def __init__(self) -> None:
        self._pacers: dict[str, Pacer] = {}

    def __reduce__(self) -> tuple[Any, ...]:
        return PacePlugin, ()

    async def start(self, scheduler: Any) -> None:
        """Register the handlers that workers call."""
        scheduler.handlers["cronofy_frames_reserve"] = self.reserve
        scheduler.handlers["cronofy_frames_slow_down"] = self.slow_down

    def reserve(self, application: str, pace: tuple[int, int]) -> float:
        """Count the next request of an application, and return the seconds until it may be sent."""
        return self._pacer(application, pace).reserve()

    def slow_down(self, application: str, pace: tuple[int, int]) -> None:
        """Halve the rate of an application for a minute."""
        self._pacer(application, pace).slow_down()

    def _pacer(self, application: str, pace: tuple[int, int]) -> Pacer:
        pacer = self._pacers.setdefault(application, Pacer())
        pacer.set(pace)
        return pacer
