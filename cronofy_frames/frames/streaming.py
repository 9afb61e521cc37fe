"""Streaming read of events: frames of some thousand rows one after the other, for exports larger than memory."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from cronofy_frames.errors import CronofyError
from cronofy_frames.frames.account_read import AccountRead
from cronofy_frames.frames.accounts import (
    Calendars,
    Clients,
    accounts_to_resume,
    calendars_argument,
    clients_by_label,
    clock_time,
    combined_error,
    with_account,
)
from cronofy_frames.frames.bounds import Bound
from cronofy_frames.frames.calendars import calendar_ids, with_names
from cronofy_frames.frames.decoder import Decoder
from cronofy_frames.frames.event_queries import EventOptions, events_query
from cronofy_frames.frames.extra_columns import Extra
from cronofy_frames.frames.progress import Progress
from cronofy_frames.frames.query import Query, cut_to_window, empty_frame, with_source
from cronofy_frames.frames.sequential_read import PageIterator
from cronofy_frames.frames.tidy import keys_of
from cronofy_frames.frames.unread_fields import warn_of_unread_fields
from cronofy_frames.recent_error import describe_interrupt, recording_errors
from cronofy_frames.wire.boundary import Boundary
from cronofy_frames.wire.client import Client

ROWS = 10_000

INTERRUPTED = (
    "Interrupted; the frames before are complete. stopped = cf.last_error(); to read the rest, call the same function "
    "with resume=stopped.resume."
)


def stream_events(
    client: Clients,
    start: Bound | None = None,
    end: Bound | None = None,
    *,
    rows: int = ROWS,
    tz: str = "UTC",
    calendars: Calendars = None,
    managed: bool = True,
    deleted: bool = False,
    localized: bool = False,
    modified_since: Bound | None = None,
    include: Sequence[str] = (),
    names: bool = True,
    extra: Extra = None,
    resume: Mapping[str, Any] | None = None,
    progress: bool | None = None,
) -> Iterator[pd.DataFrame]:
    """Read events as a stream of frames, of which only one has to be in memory.

    Source: docs.cronofy.com/developers/api/events/read-events. Pages are read one after the other, and so are accounts
    and the groups into which hundreds of calendars are divided. The frames follow the order in which Cronofy sends the
    rows; the rows of a frame are in the order of `read_events`. An event that Cronofy sends again, because the pages
    moved during the read, is left out: its first version stays. `export` writes such a stream to a file.

    Parameters
    ----------
    client
        One client, or a mapping label -> client, which adds an `account` column first.
    start, end, tz, calendars, managed, deleted, localized, modified_since, include, names, extra, progress
        As in `read_events`.
    rows
        How many rows a frame has, or up to a page more.
    resume
        `.resume` of an error of this function: continues that read, with its options.

    Yields
    ------
    DataFrame
        The columns and dtypes of `read_events`; at least one frame. A frame with only a part of the events has
        `complete` False, and no `start`, `end` and `observed` in its `attrs`.

    Raises
    ------
    ApiError, TransportError
        With `.resume`, after the rows before the error were yielded. The other accounts are read to their end.
    KeyboardInterrupt
        With `.resume`; rows that were not yielded are read again.
    ValueError
        For bounds, a zone, options or `resume` that make no sense; nothing was sent.

    Examples
    --------
    >>> frames = cf.stream_events(client, "2026-03-02", "2026-03-16", rows=100)
    >>> len(cf.read_events(client, "2026-03-02", "2026-03-16")) == sum(map(len, frames))
    True
    """
    if isinstance(rows, bool) or not isinstance(rows, int) or rows < 1:
        raise ValueError(f"rows is a whole number from 1, of rows in a frame; not {rows!r}.")
    options = EventOptions(
        start=start,
        end=end,
        tz=tz,
        managed=managed,
        deleted=deleted,
        localized=localized,
        modified_since=modified_since,
        include=include,
        extra=extra,
    )
    query = events_query(options, clock_time(client))
    to_resume = accounts_to_resume(client, resume)
    read = AccountRead(query, calendars_argument(calendars), names)
    streams = [
        _AccountStream(label, single, read.resumed_from(None if to_resume is None else to_resume[label]), rows=rows)
        for label, single in clients_by_label(client).items()
        if to_resume is None or label in to_resume
    ]
    if any(stream.needs_closing_read for stream in streams):
        raise ValueError("this resume= is of a read that was divided by days: pass it to read_events.")
    return _frames_of(streams, Progress(show=progress), continues=resume is not None)


def _frames_of(streams: list[_AccountStream], progress: Progress, *, continues: bool) -> Iterator[pd.DataFrame]:
    failed: dict[str | None, CronofyError] = {}
    with progress as bar, recording_errors(continues=continues):
        for number, stream in enumerate(streams):
            try:
                for frame in stream.frames(bar):
                    warn_of_unread_fields(frame)
                    yield frame
            except CronofyError as error:
                failed[stream.label] = error
            except KeyboardInterrupt as error:
                remaining = {following.label: following.resume_data() for following in streams[number:]}
                resume = _combined_resume({**_resume_of(failed), **remaining})
                describe_interrupt(error, INTERRUPTED, partial=stream.empty_frame(is_all=False), resume=resume)
                raise
        if failed:
            combined = combined_error(failed)
            combined.resume = _combined_resume(_resume_of(failed))
            raise combined
        if not any(stream.has_yielded for stream in streams):
            yield streams[0].empty_frame(is_all=all(stream.is_complete for stream in streams))


def _resume_of(failed: Mapping[str | None, CronofyError]) -> dict[str | None, Any]:
    return {label: error.resume for label, error in failed.items()}


def _combined_resume(resume: Mapping[str | None, Any]) -> dict[str, Any]:
    """Return `.resume` of one error for all accounts, or that of the single client."""
    return dict(resume[None]) if None in resume else {"accounts": dict(resume)}


class _AccountStream:
    """Stream of the frames of one account.

    Attributes
    ----------
    label
        The label of the account; None for a single client.
    has_yielded
        Whether it has yielded a frame.
    """

    def __init__(self, label: str | None, client: Client, read: AccountRead, *, rows: int) -> None:
        self.label, self.has_yielded = label, False
        self._client, self._read, self._rows = client, read, rows
        self._keys = set[int]()
        self._pages: PageIterator | None = None
        self._resume = read.resume_data()
        self._repeated = 0

    @property
    def _query(self) -> Query:
        return self._read.query

    @property
    def needs_closing_read(self) -> bool:
        """Whether it resumes a read that was divided by days, which ends with a read of what changed meanwhile."""
        return self._query.since is not None

    def frames(self, progress: Progress) -> Iterator[pd.DataFrame]:
        """Yield the frames; before an error is raised, the rows before it are yielded."""
        failure: CronofyError | None = None
        decoder, pages_before = self._query.new_decoder(), 0
        try:
            if self._read.calendars == []:
                return  # no ids would be all calendars
            if self._read.calendars is not None:
                query = self._query.of_calendars(calendar_ids(self._client, self._read.calendars))
                self._read = replace(self._read, query=query, calendars=None)
            pages = self._pages = PageIterator.of_client(self._client, self._query)
            for page in pages:
                with Boundary(self._query.call, f"a page of {self._query.endpoint.name} could not be read"):
                    decoder.add(page)
                progress.step(pages.total)
                if decoder.rows_read >= self._rows and not pages.is_last:
                    yield self._frame(decoder, pages, is_all=False)
                    pages_before += decoder.pages_read
                    decoder, self._resume = self._query.new_decoder(), pages.resume_data(pages_before) or self._resume
        except CronofyError as error:
            failure = error
            pages_read = pages_before + decoder.pages_read
            error.resume = self._resume if self._pages is None else self._pages.resume_data(pages_read, error)
        if decoder.rows_read and self._pages is not None:
            yield self._frame(decoder, self._pages, is_all=failure is None and not self.has_yielded)
        if failure is not None:
            raise failure
        if self._pages is not None:
            self._pages.warn_of_missing()

    def resume_data(self) -> dict[str, Any]:
        """Return plain data from which the rows that were not yielded are read."""
        return self._resume

    @property
    def is_complete(self) -> bool:
        """Whether all pages were fetched, after the last frame."""
        return self._pages is None or self._pages.complete

    def empty_frame(self, *, is_all: bool) -> pd.DataFrame:
        """Return a frame without rows; `is_all` says whether there are none."""
        frame = empty_frame(self._query, self._client.clock())
        frame.attrs["cronofy"]["complete"] = is_all
        return self._with_label(frame)

    def _frame(self, decoder: Decoder, pages: PageIterator, *, is_all: bool) -> pd.DataFrame:
        """Return the rows of a decoder as a frame, without those that were yielded before."""
        new = self._without_repeats(decoder.frame())
        counts = {**decoder.unread_record(), "repeated": self._repeated}
        frame = with_source(cut_to_window(new, self._query), self._query, pages, self._client.clock(), counts)
        source = frame.attrs["cronofy"]
        source["pages"] = decoder.pages_read
        if not is_all:
            source["complete"] = False
            for bound in ("start", "end", "observed"):
                source.pop(bound, None)
        self.has_yielded = True
        return self._with_label(with_names(frame, self._client, send=True) if self._read.names else frame)

    def _without_repeats(self, frame: pd.DataFrame) -> pd.DataFrame:
        keys = [
            hash(key) if all(isinstance(part, str) for part in key) else None
            for key in keys_of(frame, self._query.table)
        ]
        is_new = np.array([key is None or key not in self._keys for key in keys], np.bool_)
        self._keys.update(key for key in keys if key is not None)
        self._repeated += len(frame) - int(is_new.sum())
        return frame if is_new.all() else frame[is_new].reset_index(drop=True)

    def _with_label(self, frame: pd.DataFrame) -> pd.DataFrame:
        return frame if self.label is None else with_account(frame, self.label)
