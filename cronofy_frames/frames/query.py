"""From clients and a question to a frame: pages, several accounts at once, and breaks that lose nothing."""

from __future__ import annotations

import threading
import time
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import msgspec
import pandas as pd

from cronofy_frames.errors import CronofyError, FrameError, Invalid, NotFound
from cronofy_frames.frames.bounds import Window, instant
from cronofy_frames.frames.decoder import Decoder, empty, tidy
from cronofy_frames.schema import Table
from cronofy_frames.wire.client import Client
from cronofy_frames.wire.endpoint import ENDPOINTS, Call, Endpoint
from cronofy_frames.wire.messages import decoded, wire_value
from cronofy_frames.wire.paging import Rows

Clients = Client | Mapping[str, Client]
Calendars = str | Iterable[str] | None

MOST_THREADS = 8


@dataclass(frozen=True)
class Question:
    """What is asked of one account, and what becomes of the answer."""

    endpoint: Endpoint
    arguments: Mapping[str, Any]
    window: Window
    cut: bool = True
    page: str | None = None  # where a broken read goes on

    @property
    def call(self) -> Call:
        """What is sent; a page has its options in its address."""
        return Call(self.endpoint, self.arguments if self.page is None else {"next_page": self.page})

    @property
    def table(self) -> Table:
        """The frame that the answer becomes."""
        assert self.endpoint.table is not None
        return self.endpoint.table

    def resume(self, rows: Rows | None) -> dict[str, Any]:
        """Return plain data from which `resumed` goes on."""
        start, end = _iso(self.window.start), _iso(self.window.end)
        return {
            "endpoint": self.endpoint.name,
            "arguments": wire_value(self.arguments),
            "next_page": rows.next_page if rows is not None else self.page,
            "tz": self.window.tz,
            "start": start,
            "end": end,
            "cut": self.cut,
        }

    def resumed(self, resume: Mapping[str, Any]) -> Question:
        """Return the question that goes on from there."""
        if "accounts" in resume:
            raise ValueError("this resume= is of a mapping of clients: pass it together with that mapping.")
        if resume.get("endpoint") != self.endpoint.name:
            raise ValueError(
                f"this resume= is of {resume.get('endpoint')!r}, not of {self.endpoint.name}: pass it to the function "
                "whose error it came with."
            )
        tz = resume["tz"]
        window = Window(tz, instant(resume["start"], tz, "start"), instant(resume["end"], tz, "end"))
        return Question(self.endpoint, resume["arguments"], window, resume["cut"], resume["next_page"])


def _iso(moment: pd.Timestamp | None) -> str | None:
    return None if moment is None else moment.isoformat()


def collect(
    clients: Clients,
    asked: Question,
    *,
    calendars: Calendars = None,
    resume: Mapping[str, Any] | None = None,
    progress: bool | None = None,
) -> pd.DataFrame:
    """Ask one client, or each of a mapping, and return the frame.

    Raises
    ------
    ApiError, TransportError
        With `.partial` and `.resume`.
    """
    names = _names(calendars)
    for one in clients.values() if isinstance(clients, Mapping) else (clients,):
        if not isinstance(one, Client):
            raise TypeError(f"client is a Client, or a mapping label -> Client; not {type(one).__name__}.")
    with Progress(show=progress) as bar:
        if isinstance(clients, Mapping):
            return _several(clients, asked, names, resume, bar)
        return _one(clients, asked, names, resume, bar)


def _names(calendars: Calendars) -> list[str] | None:
    if calendars is None or isinstance(calendars, str):
        return None if calendars is None else [calendars]
    names = list(calendars) if isinstance(calendars, Iterable) else [calendars]
    if odd := [one for one in names if not isinstance(one, str)]:
        raise ValueError(f"calendars are ids or names, texts; not {odd[0]!r}.")
    return names


def _one(
    client: Client, asked: Question, calendars: list[str] | None, resume: Mapping[str, Any] | None, bar: Progress
) -> pd.DataFrame:
    if resume is not None:
        asked = asked.resumed(resume)
    elif calendars is not None:
        if not calendars:
            return provenance(empty(asked.table, asked.window.tz), asked, None, client.clock())
        asked = _narrowed(client, asked, calendars)
    return collected(asked, lambda: client.send(asked.call), bar, client.clock)


def _narrowed(client: Client, asked: Question, calendars: list[str]) -> Question:
    try:
        ids = calendar_ids(client, calendars)
    except CronofyError as error:
        error.partial, error.resume = (
            provenance(empty(asked.table, asked.window.tz), asked, None, client.clock()),
            None,
        )
        raise
    return replace(asked, arguments={**asked.arguments, "calendar_ids": ids})


def collected(
    asked: Question, ask: Callable[[], Rows], bar: Progress, clock: Callable[[], datetime] = lambda: datetime.now(UTC)
) -> pd.DataFrame:
    """Read all pages; a break carries what came before it."""
    now = clock()
    assert asked.endpoint.rows is not None
    decoder = Decoder(asked.table, rows=asked.endpoint.rows, tz=asked.window.tz)
    rows: Rows | None = None
    try:
        rows = ask()
        for page in rows.raw():
            decoder.add(unrolled(page, rows.endpoint) if asked.table.unrolled else page)
            bar.step(rows.total)
        result = decoder.frame()
    except CronofyError as error:
        error.partial = provenance(_finished(decoder.frame(), asked), asked, rows, now)
        error.partial.attrs["cronofy"]["complete"] = False
        error.resume = asked.resume(rows)
        if isinstance(error, NotFound | Invalid) and error.resume["next_page"] is not None:
            error.resume["next_page"] = None
            error.args = (
                f"{asked.endpoint.name} was answered {error.status} for a further page: its address has expired. "
                "Read again; resume= starts from the first page too.",
            )
        raise
    if not rows.complete:
        warnings.warn(
            f"{asked.endpoint.name} ended after page {rows.pages} of {rows.total}: rows may be missing. Read again.",
            stacklevel=5,
        )
    return provenance(_finished(result, asked), asked, rows, now)


def unrolled(page: bytes, endpoint: Endpoint) -> bytes:
    """Return a page with a row for each entry of the list that its table unrolls; a row without any stays one."""
    assert endpoint.table is not None
    name, body = endpoint.table.unrolled, decoded(page)
    rows = body.get(endpoint.rows) if isinstance(body, dict) else None
    if not isinstance(rows, list):
        return page
    flat = [
        {**row, name: entry}
        for row in rows
        if isinstance(row, dict)
        for entry in (row.get(name) if isinstance(row.get(name), list) else None) or [None]
    ]
    return msgspec.json.encode({endpoint.rows: flat})


def _finished(result: pd.DataFrame, asked: Question) -> pd.DataFrame:
    return asked.window.cut(result) if asked.cut and "start" in result else result


def provenance(result: pd.DataFrame, asked: Question, rows: Rows | None, now: datetime) -> pd.DataFrame:
    """Return the frame with `attrs` that say where it came from: plain JSON, so that Parquet keeps them."""
    result.attrs["cronofy"] = {
        **_asked(asked, now),
        "rows": len(result),
        "pages": rows.pages if rows is not None else 0,
        "requests": rows.requests if rows is not None else 0,
        "complete": rows is None or rows.complete,
    }
    return result


def _asked(asked: Question, now: datetime) -> dict[str, Any]:
    resumed = {} if asked.page is None else {"next_page": asked.page}
    return {
        "endpoint": asked.endpoint.name,
        "arguments": {**wire_value(asked.arguments), **resumed},
        "tz": asked.window.tz,
        "start": _iso(asked.window.start),
        "end": _iso(asked.window.end),
        **({"observed": [_iso(one) for one in asked.window.seen_at(now)]} if asked.cut and asked.table.key else {}),
        "fetched_at": now.astimezone(UTC).isoformat(timespec="seconds"),
    }


def _several(
    clients: Mapping[str, Client],
    asked: Question,
    calendars: list[str] | None,
    resume: Mapping[str, Any] | None,
    bar: Progress,
) -> pd.DataFrame:
    """Read several accounts at once; those that fail do not spoil the others."""
    if not clients:
        raise ValueError("the mapping of clients is empty: give at least one label -> client.")
    waiting = _waiting(clients, resume)
    labels = [label for label in clients if waiting is None or label in waiting]

    def read(label: str) -> pd.DataFrame | CronofyError:
        try:
            return _one(clients[label], asked, calendars, waiting[label] if waiting else None, bar)
        except CronofyError as error:
            return error
        except ValueError as wrong:
            return FrameError(str(wrong))

    with ThreadPoolExecutor(max_workers=min(MOST_THREADS, len(labels) or 1)) as threads:
        answers = dict(zip(labels, threads.map(read, labels), strict=True))
    failed = {label: one for label, one in answers.items() if isinstance(one, CronofyError)}
    frames = {label: one.partial if isinstance(one, CronofyError) else one for label, one in answers.items()}
    now = clients[next(iter(clients))].clock()
    together = _together({label: one for label, one in frames.items() if one is not None}, asked, now)
    if failed:
        raise _first_of(failed, together)
    return together


def _waiting(clients: Mapping[str, Client], resume: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    if resume is None:
        return None
    if "accounts" not in resume:
        raise ValueError("this resume= is of a single client: pass it together with that client.")
    waiting: Mapping[str, Any] = resume["accounts"]
    if lost := [label for label in waiting if label not in clients]:
        raise ValueError(f"this resume= goes on with {', '.join(lost)}, which the mapping of clients lacks.")
    return waiting


def _together(frames: Mapping[str, pd.DataFrame], asked: Question, now: datetime) -> pd.DataFrame:
    """Put accounts below each other, with an `account` column first."""
    labelled = []
    for label, one in frames.items():
        copy = one.copy(deep=False)
        copy.insert(0, "account", pd.Series(label, index=copy.index, dtype="str"))
        labelled.append(copy)
    whole = pd.concat(labelled, ignore_index=True) if labelled else empty(asked.table, asked.window.tz)
    whole = tidy(whole, asked.table)
    sources = {label: one.attrs["cronofy"] for label, one in frames.items()}
    whole.attrs["cronofy"] = {
        **_asked(asked, now),
        "rows": len(whole),
        "pages": sum(one["pages"] for one in sources.values()),
        "requests": sum(one["requests"] for one in sources.values()),
        "complete": all(one["complete"] for one in sources.values()),
        "accounts": sources,
    }
    return whole


def _first_of(failed: Mapping[str, CronofyError], partial: pd.DataFrame) -> CronofyError:
    """Return one error for all accounts that failed: the first, naming each."""
    label, error = next(iter(failed.items()))
    others = [f"{name} ({type(one).__name__})" for name, one in failed.items() if name != label]
    also = f" Also failed: {', '.join(others)}." if others else ""
    resume = {name: one.resume for name, one in failed.items()}
    error.args = (f"account {label}: {error}{also}",)
    error.partial = partial
    error.partial.attrs["cronofy"]["complete"] = False
    error.resume = {"accounts": resume}
    return error


def calendar_ids(client: Client, calendars: Sequence[str]) -> list[str]:
    """Return the ids of calendars given by id or by name; names are looked up.

    Raises
    ------
    ValueError
        For one that the account has not, or a name that two calendars have.
    """
    if all(one.startswith("cal_") for one in calendars):
        return list(calendars)
    lists = Question(ENDPOINTS["list_calendars"], {}, Window("UTC"), cut=False)
    listed = collect(client, lists, progress=False)
    return [_calendar_id(listed, one) for one in calendars]


def _calendar_id(listed: pd.DataFrame, wanted: str) -> str:
    if wanted in set(listed["calendar_id"]):
        return wanted
    alive = listed["calendar_deleted"].fillna(value=False).eq(other=False)
    fits = listed.loc[(listed["calendar_name"] == wanted) & alive]
    if len(fits) == 1:
        return str(fits["calendar_id"].iloc[0])
    if len(fits):
        ids = ", ".join(f"{row.calendar_id} ({row.profile_name})" for row in fits.itertuples())
        raise ValueError(f"{len(fits)} calendars are called {wanted!r}: name one by its id, {ids}.")
    if wanted in set(listed["calendar_name"]):
        gone = listed.loc[listed["calendar_name"] == wanted, "calendar_id"].iloc[0]
        raise ValueError(f"the calendar {wanted!r} was deleted; its id is {gone}.")
    names = ", ".join(sorted(listed.loc[alive, "calendar_name"].dropna().unique()))
    raise ValueError(f"no calendar is called {wanted!r} or has that id. There are: {names}.")


class Progress:
    """A bar over all pages of all accounts, or over the rows that are written.

    It is shown when there is more than one and, unless it was asked for, reading takes a while: a bar that
    comes and goes within a blink only leaves its rest in a notebook.
    """

    PATIENCE = 0.5  # seconds

    def __init__(self, *, show: bool | None, unit: str = "page", clock: Callable[[], float] = time.monotonic) -> None:
        self._show, self._unit = show, unit
        self._clock, self._began = clock, clock()
        self._lock = threading.Lock()
        self._bar: Any = None
        self._done = 0

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.close()

    def step(self, total: int | None, count: int = 1) -> None:
        """Count a page, or what else is counted, of `total`."""
        with self._lock:
            self._done += count
            if self._show is False or (total or 0) <= 1:
                return
            if self._bar is None:
                if self._show is None and self._clock() - self._began < self.PATIENCE:
                    return
                self._bar = self._started(total)
            self._bar.update(self._done - self._bar.n)

    def _started(self, total: int | None) -> Any:
        # tqdm looks for a notebook when it is imported, which a read of one page need not wait for
        from tqdm.auto import tqdm

        return tqdm(total=total, unit=self._unit, disable=None if self._show is None else not self._show, leave=False)
