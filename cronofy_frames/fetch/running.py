"""Run of a fetch: reads the tasks in threads, and writes the rows of each as soon as they are read."""

from __future__ import annotations

import inspect
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

import pandas as pd

from cronofy_frames.errors import CronofyError, FrameError
from cronofy_frames.fetch.manifest import Manifest, unwritable_error
from cronofy_frames.fetch.partitions import check_labels, write_partitions
from cronofy_frames.fetch.shared_rows import SharedRows, WrittenTask
from cronofy_frames.fetch.task_reader import (
    READ,
    Kind,
    canonical_options,
    check_moved,
    check_options,
    connect_label,
    read_task,
)
from cronofy_frames.fetch.tasks import Task, TaskKey, check_written, tasks_of
from cronofy_frames.frames.account_threads import MAX_THREADS, AccountThreads
from cronofy_frames.frames.progress import Progress
from cronofy_frames.local_paths import local_folder
from cronofy_frames.recent_error import describe_interrupt, recording_errors
from cronofy_frames.text import join_names, quantity, single_line
from cronofy_frames.wire.client import Client

REPORT: dict[str, str] = {
    "account": "str",
    "start": "",
    "end": "",
    "outcome": "str",
    "rows": "Int64",
    "pages": "Int64",
    "requests": "Int64",
    "message": "str",
}
"""The columns of a report and their dtypes; times are in the zone of the tasks."""


def run_fetch(
    tasks: pd.DataFrame,
    clients: Mapping[str, Client] | Callable[[str], Client],
    folder: str | os.PathLike[str],
    *,
    kind: Kind = "events",
    workers: int | None = None,
    errors: Literal["raise", "report"] = "raise",
    progress: bool | None = None,
    **options: Any,
) -> pd.DataFrame:
    """Read the tasks of `plan_fetch` and write their rows to Parquet files by account and month.

    The rows of a task are written as soon as they are read, so that memory does not grow with the number of tasks. A
    manifest lists the tasks that are done: after a failure, the same call continues with the others.

    Parquet readers take the folder as one table: `pandas.read_parquet(folder)`, `dask.dataframe.read_parquet`,
    `spark.read.parquet`, or `read_parquet('folder/**/*.parquet')` in DuckDB. The columns `account` and `month` (of
    `start`, as 2026-03; unknown without one) come from the names of its folders. Readers convert names that look like
    numbers or dates, so that such labels are refused.

    Parameters
    ----------
    tasks
        A frame of `plan_fetch`, or some of its rows.
    clients
        A mapping label -> client, or a function that returns the client of a label. Clients from a function are closed
        when their task is done.
    folder
        Where to write: a new folder, or one of an earlier run with the same kind, zone and options. Tasks of another
        plan may add time that the folder lacks: an event over the border of two windows is written once.
    kind
        events or free_busy.
    workers
        How many tasks are read at the same time, at most; None is as many as the rate limit can serve, at most 48.
    errors
        `raise` raises one error after all other tasks are done; `report` only reports them.
    progress
        True or False to show a progress bar or not; None shows one in a terminal or notebook.
    options
        Further arguments of `read_events` or `read_free_busy`, such as `deleted=True`.

    Returns
    -------
    DataFrame
        A row for each task, in the order of `tasks`: account (`str`), start, end (`datetime64[us, tz]`, in the zone of
        the tasks), outcome (`str`: done, skipped because it was done before, failed, not_run), rows, pages, requests
        (`Int64`, NA for tasks that were not read), message (`str`: why the task failed).

    Raises
    ------
    CronofyError
        Tasks failed; `.partial` is the report.
    KeyboardInterrupt
        After Ctrl-C, with the report as `.partial`; `last_error` has it too.
    FrameError
        For tasks or labels that make no sense, moved events in several windows of an account, clients that lack an
        account, and tasks or options that do not fit to what the folder has; nothing was sent. Or the folder cannot be
        written, which ends the run; `.partial` is the report.
    ValueError
        For an unknown `kind` or `errors`, and for `workers` that is not a whole number from 1; nothing was sent.
    TypeError
        For an option that the read does not have, and for clients that are neither a mapping nor a function.

    Examples
    --------
    >>> team = {"ann": client}
    >>> tasks = cf.plan_fetch(team, "2026-03-02", "2026-04-06", freq="MS")
    >>> cf.run_fetch(tasks, team, folder / "march")["outcome"].tolist()
    ['done', 'done']
    >>> cf.run_fetch(tasks, team, folder / "march")["outcome"].tolist()
    ['skipped', 'skipped']
    >>> sorted(pd.read_parquet(folder / "march")["month"].unique())
    ['2026-03', '2026-04']
    """
    chosen = tasks_of(tasks)
    read = _read_function(kind, options)
    _check_choices(errors, workers)
    _check_clients(clients, chosen)
    check_labels(task.account for task in chosen)
    check_moved(chosen, options)
    target = local_folder(folder)
    zone = str(tasks["start"].dt.tz)
    query = {"kind": kind, "tz": zone, "options": canonical_options(kind, options)}
    with Manifest(target, query) as manifest, Progress(show=progress, unit="task") as bar, recording_errors():
        runs = [_TaskRun(task, clients) for task in chosen if task.key not in manifest.done]
        check_moved([*(run.task for run in runs), *_tasks_of_folder(manifest)], options)
        shared = _shared_rows([run.task for run in runs], manifest)

        def read_own(client: Client, task: Task) -> pd.DataFrame:
            return shared.own_rows(read_task(client, task, read, zone, options), task)

        def run_task(position: int) -> None:
            run = runs[position]
            run.run(read_own, target, manifest, shared.since(run.task))
            bar.step(len(runs))

        threads = AccountThreads(dict(enumerate(runs)), run_task, most=MAX_THREADS if workers is None else workers)
        _run_threads(threads, lambda: _report(chosen, runs, zone))
        report = _report(chosen, runs, zone)
        failed = [run for run in runs if run.error is not None]
        if failed and errors == "raise":
            raise _combined_error(failed, report)
    return report


def _check_choices(errors: Any, workers: Any) -> None:
    if errors not in ("raise", "report"):
        raise ValueError(f"errors is raise or report; not {errors!r}.")
    if workers is not None and (isinstance(workers, bool) or not isinstance(workers, int) or workers < 1):
        raise ValueError(f"workers is a whole number from 1, of tasks at the same time, or None; not {workers!r}.")


def _tasks_of_folder(manifest: Manifest) -> list[Task]:
    return [_written_task(key, line).task for key, line in manifest.done.items()]


def _shared_rows(tasks: list[Task], manifest: Manifest) -> SharedRows:
    """Return which rows each new task writes, after checking that the tasks fit to those of the manifest.

    Raises
    ------
    FrameError
        Their windows overlap, or their labels cannot have folders beside each other.
    """
    written = [_written_task(key, line) for key, line in manifest.done.items()]
    check_written(tasks, [entry.task for entry in written])
    check_labels([entry.task.account for entry in written] + [task.account for task in tasks])
    return SharedRows(tasks, written, [_written_task(key, line) for key, line in manifest.lost.items()])


def _run_threads(threads: AccountThreads[int], report: Callable[[], pd.DataFrame]) -> None:
    """Run all tasks; an error or interrupt that ends the run gets the report as `.partial`."""
    try:
        threads.run()
    except KeyboardInterrupt as error:
        partial = report()
        are_done = partial["outcome"].isin(("done", "skipped"))
        note = (
            f"Interrupted: {are_done.sum()} of {quantity(len(partial), 'task')} are done, and the same call continues "
            "with the others."
        )
        describe_interrupt(error, note, partial=partial, resume=None)
        raise
    except CronofyError as error:
        error.partial = report()
        raise


def _read_function(kind: str, options: Mapping[str, Any]) -> Callable[..., pd.DataFrame]:
    """Return the function that reads a kind, after checking its options.

    Raises
    ------
    ValueError
        The kind is unknown.
    TypeError
        The function has no such option, or the tasks decide it.
    """
    if not isinstance(kind, str) or kind not in READ:
        raise ValueError(f"kind is {' or '.join(READ)}; not {kind!r}.")
    check_options("run_fetch", kind, options, inspect.signature(run_fetch).parameters)
    return READ[kind]


class _TaskRun:
    """The run of one task.

    Attributes
    ----------
    task
        The task.
    line
        Its line in the manifest; None until it is done.
    error
        Why the task failed; None if it did not.
    """

    def __init__(self, task: Task, clients: Mapping[str, Client] | Callable[[str], Client]) -> None:
        self.task = task
        self.line: dict[str, Any] | None = None
        self.error: CronofyError | None = None
        self._clients = clients
        self._client: Client | None = None

    def interrupt(self) -> None:
        """End the requests in flight."""
        client = self._client
        if client is not None:
            client.interrupt()

    def run(
        self,
        read: Callable[[Client, Task], pd.DataFrame],
        folder: Path,
        manifest: Manifest,
        since: pd.Timestamp | None,
    ) -> None:
        """Read the rows, write them, and add the task to the manifest; if they cannot be read, set `error`.

        Raises
        ------
        FrameError
            The rows cannot be written, which ends the run.
        """
        try:
            with self._open_client() as client:
                frame = read(client, self.task)
        except CronofyError as error:
            self.error = error
            return
        except (ValueError, LookupError) as error:  # such as a calendar that this account does not have
            has_only_key = isinstance(error, KeyError)
            text = f"the function for clients raised KeyError({error})" if has_only_key else str(error)
            self.error = FrameError(text)
            return
        source = frame.attrs["cronofy"]
        counts = {name: source[name] for name in ("pages", "requests", "fetched_at")}
        line = {"since": None if since is None else since.isoformat(), "rows": len(frame), **counts}
        try:
            line["files"] = write_partitions(frame, self.task, folder)
            manifest.add(self.task, line)
        except OSError as error:
            raise unwritable_error(folder, error) from error
        self.line = line

    @contextmanager
    def _open_client(self) -> Iterator[Client]:
        if isinstance(self._clients, Mapping):
            self._client = self._clients[self.task.account]
            yield self._client
            return
        with connect_label(self._clients, self.task.account) as client:
            self._client = client
            yield client


def _check_clients(clients: Any, tasks: list[Task]) -> None:
    """Raise for clients that cannot read the tasks.

    Raises
    ------
    TypeError
        The clients are neither a mapping nor a function.
    FrameError
        The mapping lacks accounts.
    """
    if not isinstance(clients, Mapping):
        if not callable(clients):
            raise TypeError(
                "clients is a mapping label -> client, or a function that returns the client of a label; not a "
                f"{type(clients).__name__}: give {{label: client}}."
            )
    elif unknown := sorted({task.account for task in tasks if task.account not in clients}):
        raise FrameError(f"the mapping of clients lacks {join_names(unknown)}: add them, or leave their tasks out.")


def _written_task(key: TaskKey, line: Mapping[str, Any]) -> WrittenTask:
    account, start, end = key
    return WrittenTask(Task(account, pd.Timestamp(start), pd.Timestamp(end), is_first=True), _since(line))


def _since(line: Mapping[str, Any]) -> pd.Timestamp | None:
    return None if line.get("since") is None else pd.Timestamp(line["since"])


def _report(tasks: list[Task], runs: list[_TaskRun], tz: str) -> pd.DataFrame:
    by_key = {run.task.key: run for run in runs}
    report = pd.DataFrame([_outcome(task, by_key.get(task.key)) for task in tasks], columns=list(REPORT))
    for name in ("start", "end"):
        report[name] = report[name].astype(pd.DatetimeTZDtype("us", tz))
    return report.astype({name: dtype for name, dtype in REPORT.items() if dtype})


def _outcome(task: Task, run: _TaskRun | None) -> dict[str, Any]:
    line = (run.line if run is not None else None) or {}
    outcome, message = "skipped", None
    if run is not None:
        outcome = "done" if run.line is not None else "failed" if run.error is not None else "not_run"
        message = None if run.error is None else single_line(str(run.error))
    counts = {name: line.get(name) for name in ("rows", "pages", "requests")}
    return {
        "account": task.account,
        "start": task.start,
        "end": task.end,
        "outcome": outcome,
        **counts,
        "message": message,
    }


def _combined_error(failed: list[_TaskRun], report: pd.DataFrame) -> CronofyError:
    """Return one error for all failed tasks: the first, with a message that counts them."""
    first = failed[0]
    assert first.error is not None
    accounts = list(dict.fromkeys(run.task.account for run in failed))
    first.error.args = (
        single_line(
            f"{len(failed)} of {quantity(len(report), 'task')} failed, of {join_names(accounts)}; the first: "
            f"{first.error} The others are written; the same call runs only those that failed."
        ),
    )
    first.error.partial, first.error.resume = report, None
    return first.error
