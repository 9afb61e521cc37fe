"""Archive: the folder of a history, and everything that can be done with it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd

from cronofy_frames.archive.account_sync import Options
from cronofy_frames.archive.push import PushQueue, client_secrets, receive
from cronofy_frames.archive.push_queue import StateQueue
from cronofy_frames.archive.reading import By, Labels, accounts_frame, archived_accounts, calendars_frame, read_archived
from cronofy_frames.archive.store import Store
from cronofy_frames.archive.sync import sync_accounts
from cronofy_frames.frames.accounts import Calendars, Clients
from cronofy_frames.frames.bounds import Bound, Window, instant
from cronofy_frames.zones import zone_name


class Archive:
    """The history of calendars in a folder: every version of every event that was read.

    Cronofy reads 42 days back and 201 ahead, and gives no earlier versions. An archive that is synced every day, or
    more often, keeps what it read: all events that were ever in that window, as they stand and as they were known at
    any time. Versions are a Delta table, which DuckDB, Polars, Spark and Dask read too; many processes may read while
    one syncs. It needs the extra: `pip install "cronofy-frames[archive]"`.

    Parameters
    ----------
    folder
        The folder; a new one is created, which only its owner can read.
    tz
        The zone of the archive, fixed when it is created: whole days in its table start at the midnights of this zone.
        Frames may have any other. None is that of the archive, and UTC for a new one.
    clock
        Returns the time at which versions are known; None is the clock of each client.

    Raises
    ------
    ImportError
        The extra is not installed.
    FrameError
        The folder is something else, or was written by a newer version.
    ValueError
        For another zone than that of the archive.

    Examples
    --------
    >>> archive = cf.Archive(folder / "team.archive")
    >>> archive.sync(client)["status"].tolist()
    ['synced']
    >>> events = archive.events("2026-03-02", "2026-03-09", tz="Europe/London")
    >>> len(events) == len(cf.read_events(client, "2026-03-02", "2026-03-09", tz="Europe/London"))
    True
    """

    def __init__(
        self,
        folder: str | os.PathLike[str],
        *,
        tz: str | None = None,
        clock: Callable[[], datetime] | None = None,
    ) -> None:
        self._store = Store(Path(folder), tz=tz, clock=clock)

    def __repr__(self) -> str:
        accounts = len(archived_accounts(self._store.state))
        return f"<Archive {str(self.folder)!r} of {accounts} account{'s' * (accounts != 1)}>"

    def __enter__(self) -> Archive:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the connections to its files."""
        self._store.close()

    @property
    def folder(self) -> Path:
        """The folder of the archive."""
        return self._store.folder

    @property
    def tz(self) -> str:
        """The zone of the archive."""
        return self._store.tz

    def sync(
        self,
        clients: Clients,
        *,
        calendars: Calendars = None,
        full: bool | None = None,
        accept_vanished: bool = False,
        progress: bool | None = None,
    ) -> pd.DataFrame:
        """Read what changed in the calendars of accounts, and keep it.

        The first sync of an account reads the whole window, and so does one a week later. Those between read what
        changed since the last one, deleted and moved events included, calendars that were granted meanwhile, once a
        day what entered at the far end and what is about to leave, and every night the days around today. The sync
        can be repeated at any time: what is known already makes no version.

        An event ends when Cronofy says that it was deleted, or when a complete read of its window and calendar does
        not show it any more. An event that left the window, and one in a calendar that is no longer granted or whose
        profile is disconnected, does not end.

        Parameters
        ----------
        clients
            One client, or a mapping label -> client. A label always has to be of the same account.
        calendars
            Ids or names of the calendars to read; None is all.
        full
            True reads the whole window, False only what is due besides; None reads it once a week.
        accept_vanished
            Whether events are ended where more than a tenth of an account's vanished at once. By default they are not,
            the account fails with the numbers, and the rest of what was read is kept.
        progress
            True or False to show a progress bar or not; None shows one in a notebook or terminal.

        Returns
        -------
        DataFrame
            One row for each account: account, status (synced, failed, or leased where another process syncs it),
            reads (which), new, changed, deleted, vanished, reopened, left (the window since the last sync), unseen (in
            calendars that cannot be read now), unchanged, requests, retries, waited (seconds), lag (since the last
            good sync) and error.

        Raises
        ------
        CronofyError
            A single client failed. Of a mapping, accounts that failed are in the report, and do not stop others.

        Warns
        -----
        ArchiveWarning
            Accounts failed; or the last sync was so long ago that days were missed.

        Examples
        --------
        >>> archive = cf.Archive(folder / "office.archive")
        >>> report = archive.sync({"ann": client})
        >>> archive.sync({"ann": client})[["account", "new", "changed", "deleted"]].to_dict("records")
        [{'account': 'ann', 'new': 0, 'changed': 0, 'deleted': 0}]
        """
        names = [calendars] if isinstance(calendars, str) else None if calendars is None else list(calendars)
        options = Options(full=full, accept_vanished=accept_vanished)
        return sync_accounts(self._store, clients, names, options, progress=progress)

    def events(
        self,
        start: Bound | None = None,
        end: Bound | None = None,
        *,
        as_of: Bound | None = None,
        by: By = "seen_at",
        account: Labels = None,
        calendars: Calendars = None,
        tz: str = "UTC",
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
            Labels of accounts; None is all.
        calendars
            Ids or names of calendars; None is all, those that are no longer granted included.
        tz
            The IANA zone of the frame's times. All-day rows start at its midnights.

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
        >>> len(archive.events(as_of="2020-01-01"))
        0
        """
        now = self._now()
        window = Window.of(start, end, tz, now=now)
        known_at = instant(as_of, window.tz, "as_of", now=now)
        accounts = archived_accounts(self._store.state, account)
        return read_archived(self._store, window, accounts, as_of=known_at, by=by, calendars=calendars)

    def accounts(self, *, tz: str = "UTC") -> pd.DataFrame:
        """Return the accounts of the archive, one row each.

        Parameters
        ----------
        tz
            The IANA zone of its times.

        Returns
        -------
        DataFrame
            account (its label), sub, synced_at (when the last good sync began), calendars and events (how many are
            granted, and how many have not ended).

        Examples
        --------
        >>> cf.Archive(folder / "office.archive").accounts()["account"].tolist()
        ['ann']
        """
        return accounts_frame(self._store.state, zone_name(tz))

    def calendars(self, *, account: Labels = None, tz: str = "UTC") -> pd.DataFrame:
        """Return all calendars that were ever granted, one row each.

        Parameters
        ----------
        account
            Labels of accounts; None is all.
        tz
            The IANA zone of its times.

        Returns
        -------
        DataFrame
            The columns of `read_calendars`, then granted_at, revoked_at (NaT while it is granted) and unreadable_since
            (NaT while it can be read: it was not deleted, and its profile is connected and synchronised).

        Examples
        --------
        >>> cf.Archive(folder / "office.archive").calendars()["revoked_at"].dropna().empty
        True
        """
        accounts = archived_accounts(self._store.state, account)
        return calendars_frame(self._store.state, accounts, zone_name(tz))

    @property
    def push(self) -> PushQueue:
        """The accounts that were notified, for `cf.notifications`."""
        return StateQueue(self._store.state, self._store.clock)

    def notified(
        self,
        header: str | None,
        body: bytes | str,
        *,
        client_secret: str | Iterable[str] | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> int:
        """Check a push notification, and queue its account for the next sync; for a web application of your own.

        `cf.notifications` is such an application. Source: docs.cronofy.com/developers/api/push-notifications.

        Parameters
        ----------
        header
            The header `Cronofy-HMAC-SHA256` of the request.
        body
            The body of the request, exactly as it was received.
        client_secret
            The secret of the application, or of several; None looks up CRONOFY_CLIENT_SECRET.
        environment
            Environment variables; by default those of the process.

        Returns
        -------
        int
            The HTTP status to answer with: 200; 403 where Cronofy did not sign it, 400 where it is no JSON. A
            notification of another account, or one that says of no change, is answered with 200 and has no effect.

        Raises
        ------
        ValueError
            There is no client secret.

        Examples
        --------
        >>> archive = cf.Archive(folder / "team.archive")
        >>> archive.notified("forged", b"{}", client_secret="secret")
        403
        """
        return receive(self.push, header, body, client_secrets(client_secret, environment)).status

    def _now(self) -> datetime:
        return datetime.now(UTC) if self._store.clock is None else self._store.clock()
