"""The query of a read of one account, the provenance of its frame, and the partial frame of its errors.

A read that fails or is interrupted raises an error with `.partial`, the frame of the pages read so far, and `.resume`,
plain data from which the same function continues.
"""

from __future__ import annotations

import hashlib
import json
import warnings
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Protocol

import pandas as pd

from cronofy_frames.caller import caller_level
from cronofy_frames.errors import CronofyError, Invalid, NotFound
from cronofy_frames.frames.bounds import Window, instant
from cronofy_frames.frames.calendar_groups import ARGUMENT, calendar_groups
from cronofy_frames.frames.decoder import Decoder, empty
from cronofy_frames.frames.extra_columns import ExtraType
from cronofy_frames.frames.unread_fields import UnreadFields
from cronofy_frames.recent_error import describe_interrupt
from cronofy_frames.schema import Table
from cronofy_frames.text import by_count, quantity
from cronofy_frames.wire.endpoint import Call, Endpoint
from cronofy_frames.wire.messages import UnusableAddressError
from cronofy_frames.wire.values import wire_value


@dataclass(frozen=True)
class Query:
    """What a read requests of one account.

    Attributes
    ----------
    endpoint, arguments
        The list endpoint, and its arguments under their wire names.
    window
        The time that is read, and the zone of the frame.
    cut
        Whether rows outside the window are dropped, because the API takes whole days.
    page
        The URL of the page from which a read is resumed; None for the first page.
    extra
        The types of extra columns by their paths.
    windows
        The arguments and next pages of the parts from which a read is resumed; None for a read that was not divided.
    since
        When a read that was divided by days began, in the time format of the wire: its closing read starts there.
    is_continued
        Whether this query resumes a read, whose `.partial` has the rows before.
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
        """The call to send; the URL of a page contains its arguments."""
        return Call(self.endpoint, self.arguments if self.page is None else {"next_page": self.page})

    @property
    def table(self) -> Table:
        """The columns of the frame."""
        assert self.endpoint.table is not None
        return self.endpoint.table

    def of_calendars(self, calendar_ids: Sequence[str]) -> Query:
        """Return this query for some calendars only."""
        return replace(self, arguments={**self.arguments, ARGUMENT: list(dict.fromkeys(calendar_ids))})

    @property
    def groups(self) -> list[Query]:
        """Queries for groups of calendars that together give the rows of this one; usually only itself."""
        groups = calendar_groups(self.arguments.get(ARGUMENT, ())) if self.page is None else []
        return [self.of_calendars(group) for group in groups] if len(groups) > 1 else [self]

    def new_decoder(self) -> Decoder:
        """Return a decoder for the pages of this query."""
        return Decoder(self.table, rows=str(self.endpoint.rows), tz=self.window.tz, extra=self.extra)

    def resume_data(self) -> dict[str, Any]:
        """Return the query as plain data, from which `resumed_from` restores it."""
        return {
            "endpoint": self.endpoint.name,
            "arguments": wire_value(self.arguments),
            "next_page": self.page,
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
        """Return the query that resumes a read, from `.resume` of its error.

        Raises
        ------
        ValueError
            The data are of another function, or of a mapping of clients, or no mapping at all.
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
            cut=resume["cut"],
            page=resume["next_page"],
            extra=resume.get("extra", {}),
            windows=resume.get("windows"),
            since=resume.get("since"),
            is_continued=True,
        )

    def source(self, now: datetime) -> dict[str, Any]:
        """Return the provenance of a frame that was read at a time, as plain JSON for `attrs`."""
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
            **({"continued": _resume_position(self.resume_data())} if self.is_continued else {}),
            "fetched_at": now.astimezone(UTC).isoformat(timespec="seconds"),
        }


def _resume_position(resume: Mapping[str, Any]) -> str:
    """Return a hash of the position in a read: that of a partial frame is equal to that of the read that resumes it."""
    position = [resume.get(name) for name in ("endpoint", "start", "end", "next_page", "windows")]
    content = json.dumps(position, sort_keys=True, default=str)
    return hashlib.blake2b(content.encode(), digest_size=8).hexdigest()


def require_resume(resume: Any) -> None:
    """Raise if an argument cannot be `.resume` of an error.

    Raises
    ------
    ValueError
        It is no mapping.
    """
    if not isinstance(resume, Mapping):
        raise ValueError(f"resume is .resume of an error, as cf.last_error() has it; not {resume!r}.")


def _iso(time: pd.Timestamp | None) -> str | None:
    return None if time is None else time.isoformat()


def warn_of_missing_pages(query: Query, missing: Sequence[tuple[int, int | None]]) -> None:
    """Warn that responses ended before their last page; `missing` has the pages read and announced of each."""
    pages, totals = zip(*missing, strict=True)
    of_total = ", and did not say how many there are" if None in totals else f" of {sum(totals)}"
    warnings.warn(
        f"{query.endpoint.name} ended after page {sum(pages)}{of_total}: rows may be missing. Read again.",
        stacklevel=caller_level(),
    )


def attach_partial(
    error: CronofyError | KeyboardInterrupt, partial: pd.DataFrame, resume: dict[str, Any] | None
) -> None:
    """Set `.partial` and `.resume` of an error; an interrupt also gets a note on how to continue.

    Parameters
    ----------
    error
        The error that ends the read.
    partial
        The frame of the pages before it. It is marked as incomplete if there is something to resume.
    resume
        Plain data to continue from; None if all pages were read.
    """
    if resume is not None:
        partial.attrs["cronofy"] |= {"complete": False, "stopped_at": _resume_position(resume)}
    if isinstance(error, KeyboardInterrupt):
        describe_interrupt(error, interrupt_note(partial, is_all=resume is None), partial=partial, resume=resume)
    else:
        error.partial, error.resume = partial, resume


def interrupt_note(partial: pd.DataFrame, *, is_all: bool) -> str:
    """Return a note on what was read before an interrupt, and on how to continue."""
    count = quantity(len(partial), "row")
    if is_all:
        return f"Interrupted after all {count} were read: cf.last_error().partial has them."
    return (
        f"Interrupted: {count} of {quantity(partial.attrs['cronofy']['pages'], 'page')} "
        f"{by_count(len(partial), 'was', 'were')} read. stopped = cf.last_error() has them as stopped.partial; "
        "to read on, call the same function with resume=stopped.resume."
    )


def usable_page(error: BaseException, query: Query, page: str | None) -> str | None:
    """Return the URL of the page from which a failed read can be resumed.

    None where the URL has expired; the message of the error then says so.
    """
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
    """Return the rows of a frame that overlap the window, or all rows if the query does not cut."""
    return query.window.cut(frame) if query.cut and "start" in frame else frame


class ReadCounts(Protocol):
    """How much of a query was read, and whether that is all."""

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
    """Set the provenance of a frame in its `attrs`, and return the frame; plain JSON, so that Parquet keeps it.

    Parameters
    ----------
    frame
        The rows.
    query
        The query that they answer.
    rows
        How much was read; None where nothing had to be read.
    now
        When it was read, by the clock of the client.
    counts
        Further counts of the read.
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


def empty_frame(query: Query, now: datetime) -> pd.DataFrame:
    """Return the frame of a query without rows, for which nothing was read."""
    frame = empty(query.table, query.window.tz, query.extra)
    return with_source(frame, query, None, now, UnreadFields(query.table).record(Counter()))
