"""Archive: the folder of a history, and everything that can be done with it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime

import pandas as pd

from cronofy_frames.archive.absent import absent_accounts, former_accounts
from cronofy_frames.archive.account_sync import Options
from cronofy_frames.archive.due import due_labels, parse_tiers
from cronofy_frames.archive.forgetting import parse_retain
from cronofy_frames.archive.maintenance import ArchiveMaintenance
from cronofy_frames.archive.push import PushQueue, client_secrets, receive
from cronofy_frames.archive.push_queue import StateQueue
from cronofy_frames.archive.reading import LABELS, Labels, archived_accounts
from cronofy_frames.archive.reads import ArchiveReads
from cronofy_frames.archive.store import Store
from cronofy_frames.archive.sync import sync_accounts
from cronofy_frames.argument_types import text_list
from cronofy_frames.frames.accounts import Calendars, Clients, calendars_argument
from cronofy_frames.local_paths import local_folder


class Archive(ArchiveReads, ArchiveMaintenance):
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
    pseudonyms
        A key of at least 16 bytes with which e-mail addresses and names of people are replaced by pseudonyms before
        anything is stored, as `pseudonymise` does: not the name of a person in a text of an event to which they are not
        invited. It is needed to sync, and to read by the addresses of accounts, and cannot change.
    keep_domain
        Whether pseudonyms keep the domain of their address; None is what the archive does, and False for a new one. It
        cannot change.
    drop
        Columns of events that are not stored, such as "description"; they cannot change.
    retain
        How long events are kept after their end, such as "3y", "18m" or "400d"; `prune` deletes the others.
    clock
        Returns the time now, from which words such as "today" count, and by which accounts are due and events old;
        None is the time of the server, as the last sync knew it. What is stored has the server's time in any case.

    Raises
    ------
    ImportError
        The extra is not installed.
    FrameError
        The folder is something else, or was written by a newer version.
    ValueError
        For another zone than that of the archive, a key that is too short, a column that cannot be dropped, and a
        time to retain that makes no sense.

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
        pseudonyms: bytes | str | None = None,
        keep_domain: bool | None = None,
        drop: Iterable[str] | str = (),
        retain: str | None = None,
        clock: Callable[[], datetime] | None = None,
    ) -> None:
        self._retain = None if retain is None else parse_retain(retain)
        self._store = Store(
            local_folder(folder), tz=tz, clock=clock, pseudonyms=pseudonyms, keep_domain=keep_domain, drop=drop
        )

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

    def sync(
        self,
        clients: Clients,
        *,
        calendars: Calendars = None,
        full: bool | None = None,
        accept_vanished: bool = False,
        former: Labels = None,
        progress: bool | None = None,
    ) -> pd.DataFrame:
        """Read what changed in the calendars of accounts, and keep it.

        The first sync of an account reads the whole window, and so does one a week later. Those between read what
        changed since the last one, deleted and moved events included, calendars that were granted meanwhile, once a
        day what entered at the far end and what is about to leave, and every night the days around today. The sync
        can be repeated at any time: what is known already makes no version.

        An event ends when Cronofy says that it was deleted, or when a complete read of its window and calendar does
        not show it any more. An event that left the window, and one in a calendar that is no longer granted or whose
        profile is disconnected, does not end. Events of your application, which have an event_id, are read at any time
        with the whole window: outside it they end, too, where they are not shown any more.

        Parameters
        ----------
        clients
            One client, or a mapping label -> client. A label always has to be of the same account. Where the archive
            has pseudonyms, all spellings of an address are one label.
        calendars
            Ids or names of the calendars to read; None is all.
        full
            True reads the whole window, False only what is due besides; None reads it once a week.
        accept_vanished
            Whether events are ended where more than a tenth of an account's vanished at once, of those in the window or
            of your application's outside it. By default they are not, the account fails with the numbers, and the rest
            of what was read is kept.
        former
            Labels of accounts in the archive that are not read any more, such as of people who left: their history
            stays, and they do not count as absent.
        progress
            True or False to show a progress bar or not; None shows one in a notebook or terminal.

        Returns
        -------
        DataFrame
            One row for each account: account, status (synced, failed, or leased where another process syncs it),
            reads (which), new, changed, deleted, vanished, reopened, left (the window since the last sync), unseen (in
            calendars that cannot be read now), unchanged, requests, retries, waited (seconds), lag (since the last
            good sync) and error. `attrs["absent"]` has the labels of accounts in the archive that were not among the
            clients, so that nothing was read of them.

        Raises
        ------
        CronofyError
            A single client failed. Of a mapping, accounts that failed are in the report, and do not stop others.
        FrameError
            The folder cannot be written, or pseudonyms need their key; nothing was sent.
        ValueError
            Two labels are spellings of one address, and the archive has pseudonyms.

        Warns
        -----
        ArchiveWarning
            Accounts failed; the last sync was so long ago that days were missed; versions are missing, as of a folder
            that was restored in parts; or a mapping has no client of an account that was not synced for a week.

        Examples
        --------
        >>> archive = cf.Archive(folder / "office.archive")
        >>> report = archive.sync({"ann": client})
        >>> archive.sync({"ann": client})[["account", "new", "changed", "deleted"]].to_dict("records")
        [{'account': 'ann', 'new': 0, 'changed': 0, 'deleted': 0}]
        """
        names = calendars_argument(calendars)
        options = Options(full=full, accept_vanished=accept_vanished)
        return sync_accounts(self._store, clients, names, options, former=former, progress=progress)

    def due(
        self, labels: Iterable[str] | None = None, *, often: str = "1h", idle: str = "1D", active: str = "7D"
    ) -> list[str]:
        """Return the accounts that a sync should read now, so that many accounts fit under the rate limit.

        Accounts that were notified come first, then those that were never read, then those that were read longest ago.
        Nothing is sent: `archive.sync({label: clients[label] for label in archive.due(clients)})`.

        Parameters
        ----------
        labels
            Labels of accounts, such as a mapping of clients; None is all that the archive has.
        often, idle
            How long an account may wait that changed lately, and any other: durations such as "1h" and "1D".
        active
            How long an account counts as changed lately.

        Returns
        -------
        list of str
            Some of the labels.

        Raises
        ------
        ValueError
            For a text that is no duration or has no unit, and two labels that `sync` refuses, as they are spellings of
            one address.
        FrameError
            Labels are addresses, and the archive has pseudonyms and was opened without their key.

        Examples
        --------
        >>> archive = cf.Archive(folder / "due.archive", clock=client.clock)
        >>> archive.due(["ann"])
        ['ann']
        >>> report = archive.sync({"ann": client})
        >>> archive.due(["ann"], often="1h")
        []
        """
        tiers = parse_tiers(often, idle, active)
        state = self._store.state
        if labels is None:
            by_archived = {account.label: account.label for account in archived_accounts(state)}
        else:
            by_archived = self._store.privacy.stored_labels(text_list("labels", labels, LABELS))
        return due_labels(state, by_archived, self._store.now(), tiers)

    def absent(self, labels: Iterable[str], *, former: Labels = None) -> list[str]:
        """Return the accounts of the archive that are not among some, so that their history stops.

        Parameters
        ----------
        labels
            Labels of accounts, such as a mapping of all clients.
        former
            Labels of accounts in the archive that are not read any more, which do not count.

        Returns
        -------
        list of str
            Labels, as the archive has them.

        Raises
        ------
        ValueError
            For a former account that the archive does not have.
        FrameError
            Labels are addresses, and the archive has pseudonyms and was opened without their key.

        Examples
        --------
        >>> archive = cf.Archive(folder / "office.archive")
        >>> report = archive.sync({"ann": client})
        >>> archive.absent(["bob"]), archive.absent(["bob"], former="ann")
        (['ann'], [])
        """
        listed, privacy = text_list("labels", labels, LABELS), self._store.privacy
        for label in listed:
            privacy.require_key_of(label)
        known = {privacy.label(label) for label in listed}
        absent = absent_accounts(self._store, known, former_accounts(self._store, former))
        return [account.label for account in absent]

    @property
    def push(self) -> PushQueue:
        """The accounts that were notified, for `cf.notifications`."""
        return StateQueue(self._store.state, self._store.now, self._store.privacy.by_label)

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
