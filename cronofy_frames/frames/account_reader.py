"""Reading one account: a query, its pages, and the frame they become.

A read that breaks, or is interrupted, raises an error with `.partial`, the frame so far, and `.resume`, from which the
read can go on.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Protocol

import pandas as pd

from cronofy_frames.caller import caller_level
from cronofy_frames.errors import CronofyError, Invalid, NotFound
from cronofy_frames.frames.bounds import Window, instant
from cronofy_frames.frames.calendar_groups import ARGUMENT, calendar_groups
from cronofy_frames.frames.decoder import Decoder
from cronofy_frames.frames.extra_columns import ExtraType
from cronofy_frames.frames.progress import Progress
from cronofy_frames.recent_error import describe_interrupt
from cronofy_frames.schema import Table
from cronofy_frames.text import by_count, quantity
from cronofy_frames.wire.boundary import Boundary
from cronofy_frames.wire.client import Client
from cronofy_frames.wire.endpoint import Call, Endpoint
from cronofy_frames.wire.messages import UnusableAddressError
from cronofy_frames.wire.paging import Rows
from cronofy_frames.wire.values import wire_value


@dataclass(frozen=True)
class Query:
    """What a read asks of one account.

    Attributes
    ----------
    endpoint, arguments
        The list endpoint, and its arguments on the wire.
    window
        The time that is asked for, and the zone of the frame.
    cut
        Whether rows outside the window are dropped: the API answers in whole days.
    page
        The address of the page from which a broken read goes on; None for the first page.
    extra
        The types of extra columns by their paths.
    windows
        The arguments and next pages of the windows from which a broken read goes on; None for a read that was not
        divided.
    since
        When a read that was divided has begun, as the wire writes times.
    is_continued
        Whether it goes on with a broken read, whose frame has the rows before.
    """

    endpoint: Endpoint
    arguments: Mapping[str, Any]
    window: Window
    cut: bool = True
    page: str | None = None
    extra: Mapping[str, ExtraType] = field(default_factory=dict)
    windows: Sequence[Mapping[str, Any]] | None = None
    since: str | None = None
    is_continued: bool = False

    @property
    def call(self) -> Call:
        """The call to send; the address of a page holds its arguments."""
        return Call(self.endpoint, self.arguments if self.page is None else {"next_page": self.page})

    @property
    def table(self) -> Table:
        """The columns of the frame."""
        assert self.endpoint.table is not None
        return self.endpoint.table

    def of_calendars(self, calendar_ids: Sequence[str]) -> Query:
        """Return the query of some calendars only."""
        return replace(self, arguments={**self.arguments, ARGUMENT: list(dict.fromkeys(calendar_ids))})

    @property
    def groups(self) -> list[Query]:
        """The queries of groups of calendars that are together this one; mostly only itself."""
        groups = calendar_groups(self.arguments.get(ARGUMENT, ())) if self.page is None else []
        return [self.of_calendars(group) for group in groups] if len(groups) > 1 else [self]

    def resume_data(self, rows: Rows | None) -> dict[str, Any]:
        """Return plain data with which `resumed_from` continues after the pages read so far."""
        return {
            "endpoint": self.endpoint.name,
            "arguments": wire_value(self.arguments),
            "next_page": self.page if rows is None or rows.resume_page is None else rows.resume_page,
            "tz": self.window.tz,
            "start": _iso(self.window.start),
            "end": _iso(self.window.end),
            "cut": self.cut,
            **self._extra_record(),
            **({} if self.windows is None else {"windows": self.windows, "since": self.since}),
        }

    def _extra_record(self) -> dict[str, Any]:
        return {"extra": dict(self.extra)} if self.extra else {}

    def resumed_from(self, resume: Mapping[str, Any]) -> Query:
        """Return the query that continues a broken read.

        Raises
        ------
        ValueError
            The data are those of another function, or of a mapping of clients.
        """
        require_resume(resume)
        if "accounts" in resume:
            raise ValueError("this resume= is of a mapping of clients: pass it together with that mapping.")
        if resume.get("endpoint") != self.endpoint.name:
            raise ValueError(
                f"this resume= is of {resume.get('endpoint')!r}, not of {self.endpoint.name}: pass it to the function "
                "whose error it came with."
            )
        tz = resume["tz"]
        window = Window(tz, instant(resume["start"], tz, "start"), instant(resume["end"], tz, "end"))
        return Query(
            self.endpoint,
            resume["arguments"],
            window,
            resume["cut"],
            resume["next_page"],
            resume.get("extra", {}),
            resume.get("windows"),
            resume.get("since"),
            is_continued=True,
        )

    def source(self, now: datetime) -> dict[str, Any]:
        """Return where a frame comes from, as plain JSON for `attrs`."""
        continued = {} if self.page is None else {"next_page": self.page}
        observed = [_iso(bound) for bound in self.window.observed_at(now)] if self.cut and self.table.key else None
        return {
            "endpoint": self.endpoint.name,
            "arguments": {**wire_value(self.arguments), **continued},
            "tz": self.window.tz,
            "start": _iso(self.window.start),
            "end": _iso(self.window.end),
            **({} if observed is None else {"observed": observed}),
            **self._extra_record(),
            **({"continued": True} if self.is_continued else {}),
            "fetched_at": now.astimezone(UTC).isoformat(timespec="seconds"),
        }


def require_resume(resume: Any) -> None:
    """Raise unless an argument can be `.resume` of an error.

    Raises
    ------
    ValueError
        It is no mapping.
    """
    if not isinstance(resume, Mapping):
        raise ValueError(f"resume is .resume of an error, as cf.last_error() has it; not {resume!r}.")


def _iso(time: pd.Timestamp | None) -> str | None:
    return None if time is None else time.isoformat()


def read_account(client: Client, query: Query, progress: Progress) -> pd.DataFrame:
    """Send a query and return the frame of all its pages.

    Raises
    ------
    ApiError, TransportError
        With `.partial` and `.resume`.
    """
    return read_pages(query, lambda: client.send(query.call), progress, client.clock)


def read_pages(
    query: Query,
    send: Callable[[], Rows],
    progress: Progress,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> pd.DataFrame:
    """Read all pages of an answer into a frame.

    Parameters
    ----------
    query
        What is asked.
    send
        Sends it, and returns the rows.
    progress
        Counts the pages.
    clock
        The time at the server.

    Raises
    ------
    ApiError, TransportError, KeyboardInterrupt
        With `.partial` and `.resume`.
    """
    now = clock()
    assert query.endpoint.rows is not None
    decoder = Decoder(query.table, rows=query.endpoint.rows, tz=query.window.tz, extra=query.extra)
    rows: Rows | None = None
    addresses = [query.page]
    try:
        rows = send()
        for page in rows.raw():
            addresses.append(rows.next_page)
            with Boundary(rows.call, f"a page of {query.endpoint.name} could not be read"):
                decoder.add(page)
            progress.step(rows.total)
        frame = decoder.frame()
    except CronofyError as error:
        partial = with_source(cut_to_window(decoder.frame(), query), query, rows, now, decoder.unread_record())
        _attach_partial(error, partial, query, rows)
        raise
    except KeyboardInterrupt as error:
        # a page counts as read when the decoder has the whole of it
        partial = with_source(cut_to_window(decoder.frame(), query), query, rows, now, decoder.unread_record())
        address = addresses[decoder.pages_read]
        is_all = bool(decoder.pages_read) and address is None
        attach_to_interrupt(error, partial, None if is_all else {**query.resume_data(None), "next_page": address})
        raise
    if not rows.complete:
        warn_of_missing_pages(query, [(rows.pages, rows.total)])
    return with_source(cut_to_window(frame, query), query, rows, now, decoder.unread_record())


def warn_of_missing_pages(query: Query, missing: Sequence[tuple[int, int | None]]) -> None:
    """Warn that answers ended before their last page: of each its pages, and how many it announced."""
    pages, totals = zip(*missing, strict=True)
    of_total = ", and did not say how many there are" if None in totals else f" of {sum(totals)}"
    warnings.warn(
        f"{query.endpoint.name} ended after page {sum(pages)}{of_total}: rows may be missing. Read again.",
        stacklevel=caller_level(),
    )


def attach_to_interrupt(error: KeyboardInterrupt, partial: pd.DataFrame, resume: dict[str, Any] | None) -> None:
    """Set `.partial` and `.resume` of an interrupt, and say in a note how to go on; None if all was read."""
    is_all = resume is None
    partial.attrs["cronofy"]["complete"] = is_all
    describe_interrupt(error, interrupt_note(partial, is_all=is_all), partial=partial, resume=resume)


def interrupt_note(partial: pd.DataFrame, *, is_all: bool) -> str:
    """Return what was read before an interrupt, and how to go on."""
    count = quantity(len(partial), "row")
    if is_all:
        return f"Interrupted after all {count} were read: cf.last_error().partial has them."
    return (
        f"Interrupted: {count} of {quantity(partial.attrs['cronofy']['pages'], 'page')} "
        f"{by_count(len(partial), 'was', 'were')} read. stopped = cf.last_error() has them as stopped.partial; "
        "to read on, call the same function with resume=stopped.resume."
    )


def _attach_partial(error: CronofyError, partial: pd.DataFrame, query: Query, rows: Rows | None) -> None:
    """Set `.partial` and `.resume` of an error; the address of a page that has expired is not kept."""
    partial.attrs["cronofy"]["complete"] = False
    error.partial = partial
    error.resume = query.resume_data(rows)
    error.resume["next_page"] = usable_page(error, query, error.resume["next_page"])


def usable_page(error: CronofyError, query: Query, page: str | None) -> str | None:
    """Return the address from which a read that broke can go on; None where it has expired, and the error says so."""
    if isinstance(error, UnusableAddressError):
        return None
    if isinstance(error, NotFound | Invalid) and page is not None:
        error.args = (
            f"{query.endpoint.name} was answered {error.status} for a further page: its address has expired. "
            "Read again; resume= starts from the first page too.",
        )
        return None
    return page


def cut_to_window(frame: pd.DataFrame, query: Query) -> pd.DataFrame:
    """Return the rows of a frame that overlap the window, if the query asks for that."""
    return query.window.cut(frame) if query.cut and "start" in frame else frame


class ReadCounts(Protocol):
    """How much was read, and whether that was all."""

    @property
    def pages(self) -> int:
        """How many pages were read."""

    @property
    def requests(self) -> int:
        """How many requests were sent."""

    @property
    def complete(self) -> bool:
        """Whether all pages were read."""


def with_source(
    frame: pd.DataFrame, query: Query, rows: ReadCounts | None, now: datetime, counts: Mapping[str, Any] | None = None
) -> pd.DataFrame:
    """Set where a frame comes from in its `attrs`, and return it; plain JSON, so that Parquet keeps it.

    `counts` are further counts of the read.
    """
    frame.attrs["cronofy"] = {
        **query.source(now),
        "rows": len(frame),
        "pages": rows.pages if rows is not None else 0,
        "requests": rows.requests if rows is not None else 0,
        "complete": rows is None or rows.complete,
        **(counts or {}),
    }
    return frame
