"""Stream of frames: events as they arrive, some thousand rows at a time, for exports larger than memory."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from cronofy_frames.errors import CronofyError
from cronofy_frames.frames.account_read import AccountRead
from cronofy_frames.frames.account_reader import Query, cut_to_window, with_source
from cronofy_frames.frames.accounts import (
    Calendars,
    Clients,
    accounts_to_resume,
    calendar_names,
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
from cronofy_frames.frames.part_pages import PartPages
from cronofy_frames.frames.progress import Progress
from cronofy_frames.frames.tidy import keys_of
from cronofy_frames.frames.unread_fields import warn_of_unread_fields
from cronofy_frames.recent_error import describe_interrupt, recording_errors
from cronofy_frames.wire.boundary import Boundary
from cronofy_frames.wire.client import Client

ROWS = 10_000


INTERRUPTED = (
    "Interrupted; the frames before are complete. stopped = cf.last_error(); to read on, call the same function with "
    "resume=stopped.resume."
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
    """Read events as a stream of frames, so that no more than one of them is in memory.

    Source: docs.cronofy.com/developers/api/events/read-events. Pages are read one after the other, accounts too; rows
    are in the order in which Cronofy sends them, and in that of `read_events` within a frame. Hundreds of calendars
    are read in groups, one after the other. An event that comes again, as the pages moved meanwhile, is left out: the
    first version stays. `export` writes such a stream to a file.

    Parameters
    ----------
    client
        One client, or a mapping label -> client, which adds an `account` column first.
    start, end, tz, calendars, managed, deleted, localized, modified_since, include, names, extra, progress
        As in `read_events`.
    rows
        How many rows a frame has, or up to a page more.
    resume
        `.resume` of an error of this function: reads on from there, with the options of that read.

    Yields
    ------
    DataFrame
        The columns and dtypes of `read_events`; at least one frame. A frame that is only a part of what was asked for
        does not say in `attrs` which time it covers, and its `complete` is False.

    Raises
    ------
    ApiError, TransportError
        With `.resume`, after the rows before it were yielded. Of several accounts the others are read to their end.
    ValueError
        For bounds, a zone or options that make no sense; nothing was sent.

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
    read = AccountRead(query, calendar_names(calendars), names)
    streams = [
        _AccountStream(label, single, read.resumed_from(None if to_resume is None else to_resume[label]), rows=rows)
        for label, single in clients_by_label(client).items()
        if to_resume is None or label in to_resume
    ]
    if any(stream.needs_closing_read for stream in streams):
        raise ValueError("this resume= is of a read in several windows of time: pass it to read_events.")
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
                resume = _for_all({**_resume_of(failed), **remaining})
                describe_interrupt(error, INTERRUPTED, partial=stream.empty_frame(), resume=resume)
                raise
        if failed:
            combined = combined_error(failed)
            combined.resume = _for_all(_resume_of(failed))
            raise combined
        if not any(stream.has_yielded for stream in streams):
            yield streams[0].empty_frame()


def _resume_of(failed: Mapping[str | None, CronofyError]) -> dict[str | None, Any]:
    return {label: error.resume for label, error in failed.items()}


def _for_all(resume: Mapping[str | None, Any]) -> dict[str, Any]:
    """Return what to resume: that of the single client, or of each account."""
    return dict(resume[None]) if None in resume else {"accounts": dict(resume)}


class _AccountStream:
    """The frames of one account.

    Attributes
    ----------
    label
        The account's; None for a single client.
    has_yielded
        Whether it has yielded a frame.
    """

    def __init__(self, label: str | None, client: Client, read: AccountRead, *, rows: int) -> None:
        self.label, self.has_yielded = label, False
        self._client, self._read, self._rows = client, read, rows
        self._keys = set[int]()
        self._pages: PartPages | None = None
        self._resume = read.resume_data()
        self._repeated = 0

    @property
    def _query(self) -> Query:
        return self._read.query

    @property
    def needs_closing_read(self) -> bool:
        """Whether it goes on from a read in windows of time, which has to ask for changes at its end."""
        return self._query.since is not None

    def frames(self, progress: Progress) -> Iterator[pd.DataFrame]:
        """Yield the frames; after an error what was read before it comes first."""
        failure: CronofyError | None = None
        decoder = self._new_decoder()
        try:
            if self._read.calendars == []:
                return  # no ids would be all calendars
            if self._read.calendars is not None:
                query = self._query.of_calendars(calendar_ids(self._client, self._read.calendars))
                self._read = replace(self._read, query=query, calendars=None)
            pages = self._pages = PartPages(self._client, self._query)
            self._resume = pages.resume_data()
            for page in pages:
                with Boundary(self._query.call, f"a page of {self._query.endpoint.name} could not be read"):
                    decoder.add(page)
                pages.mark_read()
                progress.step(pages.total)
                if decoder.rows_read >= self._rows and not pages.is_last:
                    yield self._frame(decoder, pages, is_all=False)
                    decoder, self._resume = self._new_decoder(), pages.resume_data()
        except CronofyError as error:
            failure = error
            error.resume = self._resume if self._pages is None else self._pages.resume_data_after(error)
        if decoder.rows_read and self._pages is not None:
            yield self._frame(decoder, self._pages, is_all=failure is None and not self.has_yielded)
        if failure is not None:
            raise failure
        if self._pages is not None:
            self._pages.warn_of_missing()

    def resume_data(self) -> dict[str, Any]:
        """Return plain data from which the rows that no frame has had are read."""
        return self._resume

    def empty_frame(self) -> pd.DataFrame:
        """Return a frame without rows."""
        decoder = self._new_decoder()
        return self._with_label(with_source(decoder.frame(), self._query, None, self._client.clock()))

    def _new_decoder(self) -> Decoder:
        query = self._query
        return Decoder(query.table, rows=str(query.endpoint.rows), tz=query.window.tz, extra=query.extra)

    def _frame(self, decoder: Decoder, pages: PartPages, *, is_all: bool) -> pd.DataFrame:
        """Return the rows of a decoder that no frame has had."""
        read = self._without_repeats(decoder.frame())
        counts = {**decoder.unread_record(), "repeated": self._repeated}
        frame = with_source(cut_to_window(read, self._query), self._query, pages, self._client.clock(), counts)
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
