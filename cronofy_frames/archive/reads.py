"""What an archive can be asked: its methods that only read."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from cronofy_frames.archive.busy import free_busy_of
from cronofy_frames.archive.changes import read_changes
from cronofy_frames.archive.coverage import coverage_frame
from cronofy_frames.archive.questions import Parameters, ask
from cronofy_frames.archive.reading import (
    By,
    Labels,
    accounts_frame,
    calendars_frame,
    chosen_accounts,
    chosen_calendars,
    micros_of,
    read_archived,
)
from cronofy_frames.archive.store import Store
from cronofy_frames.argument_types import text_list
from cronofy_frames.frames.accounts import Calendars
from cronofy_frames.frames.bounds import Bound, Window, instant
from cronofy_frames.zones import zone_name


class ArchiveReads:
    """Base class of the archive: its methods that only read, which need no lock and do not wait for a sync."""

    _store: Store

    @property
    def folder(self) -> Path:
        """The folder of the archive."""
        return self._store.folder

    @property
    def tz(self) -> str:
        """The zone of the archive."""
        return self._store.tz

    def events(
        self,
        start: Bound | None = None,
        end: Bound | None = None,
        *,
        as_of: Bound | None = None,
        by: By = "seen_at",
        account: Labels = None,
        calendars: Calendars = None,
        tz: str | None = None,
    ) -> pd.DataFrame:
        """Return events as they stand, or as they were known at some time.

        Parameters
        ----------
        start, end
            Rows that overlap this window, as for `read_events`; by default all.
        as_of
            The time at which they were known, as `start`; a day is its first instant. None is now.
        by
            "seen_at" for what the archive knew at `as_of`; "updated" for what had happened by then, as the provider
            claims, whether or not it was known.
        account
            Labels of accounts, addresses in any spelling; None is all.
        calendars
            Ids or names of calendars; None is all, those that are no longer granted included.
        tz
            The IANA zone of the frame's times, and of naive bounds; None is that of the archive. All-day rows start at
            its midnights.

        Returns
        -------
        DataFrame
            The columns of `read_events`, with `account` first where the archive is of a mapping of clients. `updated`
            and the columns `options_...` are those of when the content last changed. `attrs["cronofy"]` says which
            days are known, so that time that was not observed does not count as free.

        Raises
        ------
        ValueError
            For bounds, a zone, accounts or calendars that make no sense.

        Examples
        --------
        >>> archive = cf.Archive(folder / "team.archive")
        >>> report = archive.sync(client)
        >>> len(archive.events(as_of="2020-01-01"))
        0
        """
        window = Window.of(start, end, tz or self.tz, now=self._store.now())
        return read_archived(
            self._store,
            window,
            chosen_accounts(self._store, account),
            as_of=self._known_at(as_of, window.tz),
            by=by,
            calendars=calendars,
        )

    def changes(
        self,
        start: Bound | None = None,
        end: Bound | None = None,
        *,
        account: Labels = None,
        tz: str | None = None,
    ) -> pd.DataFrame:
        """Return what changed: what was moved by how much, with how much notice, and what is new or has ended.

        Parameters
        ----------
        start, end
            Changes that became known in this window, as for `read_events`; by default all.
        account
            Labels of accounts, addresses in any spelling; None is all.
        tz
            The IANA zone of the frame's times, and of naive bounds; None is that of the archive.

        Returns
        -------
        DataFrame
            One row for each change, in the order in which they became known, those of one sync by start: account (of a
            mapping), seen_at (when the archive knew, by the server's clock), changed_at (when it happened, as the
            provider claims), kind (new, moved, changed, reopened, deleted, vanished), summary, start_before and
            end_before, start and end, shift (of the start), notice (from the change to the earlier of both starts;
            negative for a change afterwards), fields (the columns that changed), calendar_name, organizer_email
            (Cronofy does not say who made a change), all_day, recurring and the ids. What was there before the archive
            began is not new.

        Examples
        --------
        >>> archive = cf.Archive(folder / "team.archive")
        >>> report = archive.sync(client)
        >>> archive.changes("2026-03-01", "2026-04-01")["kind"].tolist()
        []
        """
        window = Window.of(start, end, tz or self.tz, now=self._store.now())
        return read_changes(self._store, window, chosen_accounts(self._store, account))

    def free_busy(
        self,
        start: Bound | None = None,
        end: Bound | None = None,
        *,
        as_of: Bound | None = None,
        account: Labels = None,
        calendars: Calendars = None,
        include: Sequence[str] = ("ids",),
        tz: str | None = None,
    ) -> pd.DataFrame:
        """Return when people were free or busy, from the events of the archive.

        Parameters
        ----------
        start, end
            Rows that overlap this window, as for `read_free_busy`; by default all.
        as_of
            The time at which they were known, as `start`; a day is its first instant. None is now.
        account
            Labels of accounts, addresses in any spelling; None is all.
        calendars
            Ids or names of calendars; None is all.
        include
            ids (event_uid, event_id), free (periods that are free).
        tz
            The IANA zone of the frame's times, and of naive bounds; None is that of the archive. All-day rows start at
            its midnights.

        Returns
        -------
        DataFrame
            The columns of `read_free_busy`. free_busy_status follows from the event: free where it is transparent,
            cancelled or declined, tentative where its status or the reply is, else busy where it is opaque, and
            unknown where nothing says so.

        Examples
        --------
        >>> archive = cf.Archive(folder / "team.archive")
        >>> report = archive.sync(client)
        >>> archive.free_busy("2026-03-02", "2026-03-09")["free_busy_status"].unique().tolist()
        ['busy']
        """
        names = text_list("include", include, "ids, free")
        if unknown := [name for name in names if name not in ("ids", "free")]:
            raise ValueError(f"include takes ids, free; not {', '.join(map(repr, unknown))}.")
        events = self.events(start, end, as_of=as_of, account=account, calendars=calendars, tz=tz)
        return free_busy_of(events, ids="ids" in names, free="free" in names)

    def accounts(self, *, tz: str | None = None) -> pd.DataFrame:
        """Return the accounts of the archive, one row each.

        Parameters
        ----------
        tz
            The IANA zone of its times; None is that of the archive.

        Returns
        -------
        DataFrame
            account (its label), sub, synced_at (when the last good sync began), calendars and events (how many are
            granted, and how many have not ended).

        Examples
        --------
        >>> archive = cf.Archive(folder / "office.archive")
        >>> report = archive.sync({"ann": client})
        >>> archive.accounts()["account"].tolist()
        ['ann']
        """
        return accounts_frame(self._store.state, zone_name(tz or self.tz))

    def calendars(self, *, account: Labels = None, tz: str | None = None) -> pd.DataFrame:
        """Return all calendars that were ever granted, one row each.

        Parameters
        ----------
        account
            Labels of accounts, addresses in any spelling; None is all.
        tz
            The IANA zone of its times; None is that of the archive.

        Returns
        -------
        DataFrame
            The columns of `read_calendars`, then granted_at, revoked_at (NaT while it is granted) and unreadable_since
            (NaT while it can be read: it was not deleted, and its profile is connected and synchronised).

        Examples
        --------
        >>> archive = cf.Archive(folder / "team.archive")
        >>> report = archive.sync(client)
        >>> archive.calendars()["revoked_at"].dropna().empty
        True
        """
        accounts = chosen_accounts(self._store, account)
        return calendars_frame(self._store.state, accounts, zone_name(tz or self.tz))

    def coverage(
        self,
        start: Bound | None = None,
        end: Bound | None = None,
        *,
        as_of: Bound | None = None,
        account: Labels = None,
        calendars: Calendars = None,
        tz: str | None = None,
    ) -> pd.DataFrame:
        """Return which days are known, and which are not.

        A day is known when a sync read it, and either it was over by then, or that was the newest sync: plans for days
        ahead may have changed since. Those whose events were pruned are not known. Days are those of UTC; a window that
        begins or ends within one has a part of it.

        Parameters
        ----------
        start, end
            The days to look at, as for `read_events`; by default from the first to the last that is known.
        as_of
            The time at which they were known, as `start`; None is now.
        account
            Labels of accounts, addresses in any spelling; None is all.
        calendars
            Ids or names of calendars, all of which have to be known; None is those that were ever read, each from its
            first day on and until it was taken away.
        tz
            The IANA zone of the frame's times, and of naive bounds; None is that of the archive.

        Returns
        -------
        DataFrame
            One row for each run of days: account (of a mapping), start, end and known.

        Examples
        --------
        >>> archive = cf.Archive(folder / "team.archive")
        >>> report = archive.sync(client)
        >>> archive.coverage("2026-03-02", "2026-03-09")["known"].tolist()
        [True]
        """
        window = Window.of(start, end, tz or self.tz, now=self._store.now())
        accounts = chosen_accounts(self._store, account)
        return coverage_frame(
            self._store.state,
            [(entry.sub, entry.label) for entry in accounts],
            window,
            as_of=micros_of(self._known_at(as_of, window.tz)),
            calendar_ids=chosen_calendars(self._store.state, accounts, calendars),
        )

    def sql(self, query: str, params: Parameters = None) -> pd.DataFrame:
        """Return the result of an SQL query, run by DuckDB.

        Parameters
        ----------
        query
            The query. Its tables are events (as they stand), versions (all of them, and how they ended), accounts,
            calendars and coverage. It can neither change the archive nor reach files or the network.
        params
            Values for `?` or `$name` in the query: a list, or a mapping.

        Returns
        -------
        DataFrame
            The result. Sums of integers are integers, decimals floats and intervals durations; of columns with one
            name, all but the first have a number.

        Raises
        ------
        FrameError
            The query cannot be run, or a column has intervals of months, which have no fixed length.

        Examples
        --------
        >>> archive = cf.Archive(folder / "team.archive")
        >>> report = archive.sync(client)
        >>> query = "select count(*) as meetings from events where start >= ? and recurring"
        >>> archive.sql(query, ["2026-03-02"]).columns.tolist()
        ['meetings']
        """
        return ask(self._store, query, params)

    def _known_at(self, as_of: Bound | None, tz: str) -> pd.Timestamp | None:
        return instant(as_of, tz, "as_of", now=self._store.now())
