"""One account or several: a client, or a mapping label -> client whose accounts are read at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd

from cronofy_frames.argument_types import check_label, text_list
from cronofy_frames.errors import CronofyError, FrameError
from cronofy_frames.frames.account_read import AccountRead
from cronofy_frames.frames.account_threads import AccountThreads
from cronofy_frames.frames.decoder import empty
from cronofy_frames.frames.progress import Progress
from cronofy_frames.frames.query import Query, interrupt_note, require_resume
from cronofy_frames.frames.tidy import tidy
from cronofy_frames.frames.unread_fields import total_unread, warn_of_unread_fields
from cronofy_frames.recent_error import describe_interrupt, recording_errors
from cronofy_frames.text import single_line
from cronofy_frames.wire.client import Client

Clients = Client | Mapping[str, Client]
Calendars = str | Iterable[str] | None


def clients_by_label(clients: Clients) -> dict[str | None, Client]:
    """Return clients by their labels; the label of a single client is None.

    Raises
    ------
    TypeError
        For anything that is not a Client or a mapping of Clients.
    ValueError
        For an empty mapping, and a label that no frame can hold.
    """
    by_label: dict[str | None, Client] = dict(clients.items()) if isinstance(clients, Mapping) else {None: clients}
    for label, client in by_label.items():
        check_label(label)
        if not isinstance(client, Client):
            raise TypeError(f"client is a Client, or a mapping label -> Client; not {type(client).__name__}.")
    if not by_label:
        raise ValueError("the mapping of clients is empty: give at least one label -> client.")
    return by_label


def clock_time(clients: Clients) -> datetime:
    """Return the time by the clock of a client, of several the first."""
    return next(iter(clients_by_label(clients).values())).clock()


def combined_error(errors: Mapping[str | None, CronofyError]) -> CronofyError:
    """Return one error for all accounts that failed: the first, with a message that names each."""
    label, error = next(iter(errors.items()))
    if label is not None:
        others = [f"{name} ({type(other).__name__})" for name, other in errors.items() if name != label]
        also = f" Also failed: {', '.join(others)}." if others else ""
        error.args = (single_line(f"account {label}: {error}{also}"),)
    return error


def read_accounts(
    clients: Clients,
    query: Query,
    *,
    calendars: Calendars = None,
    names: bool = False,
    resume: Mapping[str, Any] | None = None,
    progress: bool | None = None,
    workers: int = 1,
) -> pd.DataFrame:
    """Read one account, or each of a mapping, into one frame.

    Parameters
    ----------
    clients
        A client, or a mapping label -> client, which adds an `account` column first.
    query
        What to ask of each account.
    calendars
        Ids or names of the calendars to read; None is all.
    names
        Whether rows get the names of their calendars.
    resume
        `.resume` of an error: continues that read.
    progress
        Whether to show a progress bar; None decides by where the output goes.
    workers
        How many requests may be on their way at the same time.

    Raises
    ------
    ApiError, TransportError
        With `.partial` and `.resume`; of several accounts the others are read to their end.
    KeyboardInterrupt
        With `.partial` and `.resume`; of several accounts, none is read any further.
    ValueError
        For calendars that are not texts, or `resume` of another read.
    """
    require_workers(workers)
    by_label = clients_by_label(clients)
    read = AccountRead(query, calendars_argument(calendars), names, max(1, workers // len(by_label)))
    with Progress(show=progress) as bar, recording_errors(continues=resume is not None):
        if isinstance(clients, Mapping):
            frame = _read_several(clients, read, resume, bar)
        else:
            frame = read.resumed_from(resume).read(by_label[None], bar)
    warn_of_unread_fields(frame)
    return frame


def require_workers(workers: int) -> None:
    """Raise unless a number of workers is a whole number from 1.

    Raises
    ------
    ValueError
        It is not.
    """
    if isinstance(workers, bool) or not isinstance(workers, int) or workers < 1:
        raise ValueError(f"workers is a whole number from 1, of requests at the same time; not {workers!r}.")


def calendars_argument(calendars: Calendars) -> list[str] | None:
    """Return ids or names of calendars as a list; None is all.

    Raises
    ------
    ValueError
        They are not texts.
    """
    return None if calendars is None else text_list("calendars", calendars, "ids or names of calendars")


def _read_several(
    clients: Mapping[str, Client], read: AccountRead, resume: Mapping[str, Any] | None, progress: Progress
) -> pd.DataFrame:
    """Read several accounts at once; those that fail do not stop the others."""
    to_resume = _to_resume(clients, resume)
    labels = [label for label in clients if to_resume is None or label in to_resume]

    def result_of(label: str) -> pd.DataFrame | CronofyError:
        try:
            return read.resumed_from(None if to_resume is None else to_resume[label]).read(clients[label], progress)
        except CronofyError as error:
            return error
        except ValueError as refused:
            return FrameError(str(refused))

    threads = AccountThreads({label: clients[label] for label in labels}, result_of)
    now = clients[next(iter(clients))].clock
    try:
        threads.run()
    except KeyboardInterrupt as error:
        results = threads.results.copy()  # a thread that could not be woken may still add to it
        frames = _frames_of({label: results[label] for label in labels if label in results})
        combined = _combine(frames, read.query, now=now())
        starts = {label: (to_resume or {}).get(label) or read.resume_data() for label in labels}
        _attach_to_interrupt(error, combined, results, starts)
        raise
    results = {label: threads.results[label] for label in labels}
    failed: dict[str | None, CronofyError] = {
        label: result for label, result in results.items() if isinstance(result, CronofyError)
    }
    combined = _combine(_frames_of(results), read.query, now=now())
    if not failed:
        return combined
    combined.attrs["cronofy"]["complete"] = False
    remaining = {label: error.resume for label, error in failed.items()}
    failure = combined_error(failed)
    failure.partial, failure.resume = combined, {"accounts": remaining}
    raise failure


def _frames_of(results: Mapping[str, pd.DataFrame | CronofyError]) -> dict[str, pd.DataFrame]:
    """Return the frames of accounts: of those that failed the rows before."""
    frames = {
        label: result.partial if isinstance(result, CronofyError) else result for label, result in results.items()
    }
    return {label: frame for label, frame in frames.items() if frame is not None}


def _attach_to_interrupt(
    error: KeyboardInterrupt,
    combined: pd.DataFrame,
    results: Mapping[str, pd.DataFrame | CronofyError],
    starts: Mapping[str, Mapping[str, Any]],
) -> None:
    """Set `.partial` and `.resume` of an interrupt: accounts that were not read to their end go on, or begin."""
    remaining = {}
    for label, start in starts.items():
        result = results.get(label)
        if result is None or isinstance(result, CronofyError):
            remaining[label] = (result.resume if result is not None else None) or start
    combined.attrs["cronofy"]["complete"] = not remaining
    note = interrupt_note(combined, is_all=not remaining)
    describe_interrupt(error, note, partial=combined, resume={"accounts": remaining} if remaining else None)


def accounts_to_resume(clients: Clients, resume: Mapping[str, Any] | None) -> Mapping[str | None, Any] | None:
    """Return what each account continues from, that of a single client under None; None for a new read.

    Raises
    ------
    ValueError
        The data are of a single client and there is a mapping, or the other way round, or the mapping lacks an account.
    """
    if isinstance(clients, Mapping):
        labelled = _to_resume(clients, resume)
        return None if labelled is None else {label: labelled[label] for label in labelled}
    single: Mapping[str | None, Any] | None = None if resume is None else {None: resume}
    return single


def _to_resume(clients: Mapping[str, Client], resume: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    """Return what each account continues from; None for a new read."""
    if resume is None:
        return None
    require_resume(resume)
    if "accounts" not in resume:
        raise ValueError("this resume= is of a single client: pass it together with that client.")
    to_resume: Mapping[str, Any] = resume["accounts"]
    if missing := [label for label in to_resume if label not in clients]:
        raise ValueError(f"this resume= continues {', '.join(missing)}, which the mapping of clients lacks.")
    return to_resume


def with_account(frame: pd.DataFrame, label: str) -> pd.DataFrame:
    """Return a frame with an `account` column first."""
    copy = frame.copy(deep=False)
    copy.insert(0, "account", pd.Series(label, index=copy.index, dtype="str"))
    return copy


def _combine(frames: Mapping[str, pd.DataFrame], query: Query, now: datetime) -> pd.DataFrame:
    """Return the rows of all accounts in one frame, with an `account` column first."""
    # the column is added once, since a frame for each account would take twice as long
    rows = pd.concat(frames.values() or [empty(query.table, query.window.tz, query.extra)], ignore_index=True)
    labels = np.repeat(np.array(list(frames), np.object_), [len(frame) for frame in frames.values()])
    rows.insert(0, "account", pd.Series(labels, dtype="str"))
    combined = tidy(rows, query.table)
    sources = {label: frame.attrs["cronofy"] for label, frame in frames.items()}
    extra = next(
        (source["extra"] for source in sources.values() if "extra" in source), None
    )  # a resumed read has its own
    combined.attrs["cronofy"] = {
        **query.source(now),
        "rows": len(combined),
        "pages": sum(source["pages"] for source in sources.values()),
        "requests": sum(source["requests"] for source in sources.values()),
        "complete": all(source["complete"] for source in sources.values()),
        **total_unread(list(sources.values())),
        "accounts": sources,
        **({"extra": extra} if extra else {}),
    }
    return combined
