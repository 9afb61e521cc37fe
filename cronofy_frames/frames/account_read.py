"""One read of one account: its query, of which calendars, and whether rows get the names of these."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from cronofy_frames.errors import CronofyError
from cronofy_frames.frames.account_reader import Query, interrupt_note, with_source
from cronofy_frames.frames.calendars import calendar_ids, read_calendar_list, with_names
from cronofy_frames.frames.decoder import empty
from cronofy_frames.frames.progress import Progress
from cronofy_frames.frames.unread_fields import UnreadFields
from cronofy_frames.frames.window_reader import read_in_windows
from cronofy_frames.recent_error import describe_interrupt
from cronofy_frames.wire.client import Client


@dataclass(frozen=True)
class AccountRead:
    """What is read of an account, the same for each account of a mapping.

    Attributes
    ----------
    query
        What to ask.
    calendars
        Ids or names of the calendars to read; None is all.
    names
        Whether rows get the names of their calendars.
    workers
        How many requests may be on their way at the same time.
    """

    query: Query
    calendars: list[str] | None = None
    names: bool = False
    workers: int = 1

    def resumed_from(self, resume: Mapping[str, Any] | None) -> AccountRead:
        """Return the read that goes on from `.resume` of an error; None is this one."""
        if resume is None:
            return self
        return replace(self, query=self.query.resumed_from(resume), calendars=resume.get("calendars"))

    def resume_data(self) -> dict[str, Any]:
        """Return plain data with which a read that has not begun is read, with the calendars by id or name."""
        chosen = {} if self.calendars is None else {"calendars": self.calendars}
        return {**self.query.resume_data(None), **chosen}

    def frame(self, client: Client, progress: Progress) -> pd.DataFrame:
        """Read an account."""
        if self.query.endpoint.name == "list_calendars":
            return read_calendar_list(client, self.query.extra)
        return self._frame_with_names(client, progress) if self.names else self._frame(client, progress)

    def _frame(self, client: Client, progress: Progress) -> pd.DataFrame:
        if self.calendars == []:  # no ids would be all calendars
            return self._empty_frame(client)
        query = self.query if self.calendars is None else self._query_of_calendars(client, self.calendars)
        return read_in_windows(client, query, progress, self.workers)

    def _frame_with_names(self, client: Client, progress: Progress) -> pd.DataFrame:
        """Read an account and name the calendars of its rows; a server that just failed is not asked for names."""
        try:
            frame = self._frame(client, progress)
        except CronofyError as error:
            if error.partial is not None:
                with_names(error.partial, client, send=False)
            raise
        try:
            return with_names(frame, client, send=True)
        except KeyboardInterrupt as error:
            describe_interrupt(error, interrupt_note(frame, is_all=True), partial=frame, resume=None)
            raise

    def _query_of_calendars(self, client: Client, calendars: list[str]) -> Query:
        try:
            return self.query.of_calendars(calendar_ids(client, calendars))
        except CronofyError as error:
            error.partial, error.resume = self._empty_frame(client), self.resume_data()
            raise
        except KeyboardInterrupt as error:
            partial = self._empty_frame(client)
            note = interrupt_note(partial, is_all=False)
            describe_interrupt(error, note, partial=partial, resume=self.resume_data())
            raise

    def _empty_frame(self, client: Client) -> pd.DataFrame:
        query = self.query
        frame = empty(query.table, query.window.tz, query.extra)
        return with_source(frame, query, None, client.clock(), UnreadFields(query.table).record(Counter()))
