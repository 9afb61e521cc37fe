"""One read of one account: looks up its calendars, reads the rows, and adds the names of their calendars."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from cronofy_frames.errors import CronofyError
from cronofy_frames.frames.calendars import calendar_ids, read_calendar_list, with_names
from cronofy_frames.frames.parallel_read import read_query
from cronofy_frames.frames.progress import Progress
from cronofy_frames.frames.query import Query, attach_partial, empty_frame
from cronofy_frames.wire.client import Client


@dataclass(frozen=True)
class AccountRead:
    """A read of an account, the same for each account of a mapping.

    Attributes
    ----------
    query
        The query.
    calendars
        Ids or names of the calendars to read; None is all.
    names
        Whether rows get the names of their calendars.
    workers
        How many requests of the account may be in flight at the same time.
    """

    query: Query
    calendars: list[str] | None = None
    names: bool = False
    workers: int = 1

    def resumed_from(self, resume: Mapping[str, Any] | None) -> AccountRead:
        """Return the read that continues from `.resume` of an error, or this read for None."""
        if resume is None:
            return self
        return replace(self, query=self.query.resumed_from(resume), calendars=resume.get("calendars"))

    def resume_data(self) -> dict[str, Any]:
        """Return plain data from which `resumed_from` restores a read that has not begun."""
        selection = {} if self.calendars is None else {"calendars": self.calendars}
        return {**self.query.resume_data(), **selection}

    def read(self, client: Client, progress: Progress) -> pd.DataFrame:
        """Read an account, and return the frame.

        Raises
        ------
        ApiError, TransportError, KeyboardInterrupt
            With `.partial` and `.resume`.
        """
        if self.query.endpoint.name == "list_calendars":
            return read_calendar_list(client, self.query.extra)
        return self._read_with_names(client, progress) if self.names else self._read_rows(client, progress)

    def _read_rows(self, client: Client, progress: Progress) -> pd.DataFrame:
        if self.calendars == []:  # no ids would be all calendars
            return empty_frame(self.query, client.clock())
        query = self.query if self.calendars is None else self._query_of_calendars(client, self.calendars)
        return read_query(client, query, progress, self.workers)

    def _read_with_names(self, client: Client, progress: Progress) -> pd.DataFrame:
        """Read an account and add the names of calendars; after an error only names that are cached are added."""
        try:
            frame = self._read_rows(client, progress)
        except CronofyError as error:
            if error.partial is not None:
                with_names(error.partial, client, send=False)
            raise
        try:
            return with_names(frame, client, send=True)
        except KeyboardInterrupt as error:
            attach_partial(error, frame, None)
            raise

    def _query_of_calendars(self, client: Client, calendars: list[str]) -> Query:
        try:
            return self.query.of_calendars(calendar_ids(client, calendars))
        except (CronofyError, KeyboardInterrupt) as error:
            attach_partial(error, empty_frame(self.query, client.clock()), self.resume_data())
            raise
