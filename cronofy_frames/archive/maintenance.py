"""Maintenance of an archive: checks, compaction, copies, and taking out people and old events."""

from __future__ import annotations

import os
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path

import pandas as pd

from cronofy_frames.archive.forgetting import forget_person, parse_retain, prune_events
from cronofy_frames.archive.reading import Labels
from cronofy_frames.archive.store import KEEP_HOURS, Store
from cronofy_frames.archive.upkeep import check_store, compact_store, export_tables
from cronofy_frames.argument_types import text_list
from cronofy_frames.local_paths import local_folder


class ArchiveMaintenance:
    """Base class of the archive: its methods that keep its folder in order."""

    _store: Store
    _retain: timedelta | None

    def export(self, folder: str | os.PathLike[str]) -> list[Path]:
        """Write the tables of the archive into a new folder, a Parquet file each.

        The archive remembers where: `forget` cannot reach copies, and lists them.

        Parameters
        ----------
        folder
            The folder, which only its owner can read.

        Returns
        -------
        list of Path
            The files: events (as they stand), versions (all of them), accounts, calendars and coverage.

        Raises
        ------
        FrameError
            The folder has files already; it, or the archive, cannot be written.

        Examples
        --------
        >>> archive = cf.Archive(folder / "team.archive")
        >>> report = archive.sync(client)
        >>> [path.name for path in archive.export(folder / "copy")]
        ['events.parquet', 'versions.parquet', 'accounts.parquet', 'calendars.parquet', 'coverage.parquet']
        """
        return export_tables(self._store, local_folder(folder))

    def check(self) -> pd.DataFrame:
        """Look whether the archive is whole.

        Returns
        -------
        DataFrame
            One row for each check: check (state, files, content, repeats, index, permissions), ok, and problem with
            what to do.

        Examples
        --------
        >>> archive = cf.Archive(folder / "team.archive")
        >>> report = archive.sync(client)
        >>> archive.check()["problem"].dropna().tolist()
        []
        """
        return check_store(self._store)

    def compact(self, *, keep_hours: int = KEEP_HOURS) -> pd.DataFrame:
        """Make few files of many, which are quicker to read, and make the index anew. No version is lost.

        Parameters
        ----------
        keep_hours
            Files that are not needed any more are deleted once they are so old, so that a process that began to read
            before can go on; 0 only where no other process uses the archive.

        Returns
        -------
        DataFrame
            moment (before, after), files and bytes.

        Raises
        ------
        ValueError
            keep_hours is no whole number from 0.
        FrameError
            A sync is running, or the folder cannot be written.

        Examples
        --------
        >>> archive = cf.Archive(folder / "team.archive")
        >>> report = archive.sync(client)
        >>> archive.compact()["moment"].tolist()
        ['before', 'after']
        """
        if isinstance(keep_hours, bool) or not isinstance(keep_hours, int) or keep_hours < 0:
            raise ValueError(f"keep_hours is a whole number from 0; not {keep_hours!r}.")
        return compact_store(self._store, keep_hours=keep_hours)

    def forget(
        self,
        *,
        email: str,
        names: str | Iterable[str] = (),
        delete_account: bool = False,
        account: Labels = None,
    ) -> pd.DataFrame:
        """Take a person out of the archive, and out of all later syncs.

        Their address becomes `forgotten@pseudonym.invalid` wherever it is, and their names become "Forgotten": in
        titles, descriptions, places, lists of people and every other text of all events. Their names are those that are
        given, and the full names that the archive has beside their address; in an archive of pseudonyms, which has no
        names, those that are given.

        Names are found as whole words in any case and Unicode form, also as "Example, Ann", and in namesakes. Not
        found are nicknames, initials and spellings that were not given, such as with another accent or a middle name,
        names in attachments or behind links, and a name that the person first has in a later event to which they are
        not invited: call it again with these in `names`.

        All files that held the person are written anew, and old ones are deleted, so that nothing of them can be
        restored: do this while no other process reads. Keyed hashes of address and names are kept, with which the next
        sync knows them. The archive is searched at the end.

        Parameters
        ----------
        email
            The address; all its spellings are meant.
        names
            Further names of the person, such as "Ann Example". A name of one word is taken out wherever that word is.
        delete_account
            Whether the history of the person's own account is deleted, too. Under another label than the address or a
            full name it is known by its profiles. No later sync reads that account. None to be found is an error.
        account
            Labels of the accounts to delete, where the archive does not show whose they are.

        Returns
        -------
        DataFrame
            One row for each place: place, rows (how many held the person) and forgotten. Places are account (deleted),
            versions and calendars; forgotten is False for `account` and a label, an account with a profile of the
            person and others, which stays, as it may be that of an assistant; and for `export` and a folder, which is
            out of reach: delete it. `attrs` has the `names` that were taken out, the labels of such `accounts`, and
            `found`: whether the address occurred anywhere, or was forgotten before.

        Raises
        ------
        ValueError
            It is no address, a name has no words, or there is no such account.
        FrameError
            A sync is running, the folder cannot be written, the person has an account in the archive and it is not to
            be deleted, none is found to delete, or an id holds the address or a full name.

        Warns
        -----
        ArchiveWarning
            The address occurs nowhere. It is remembered all the same, so that no later sync brings it in.

        Examples
        --------
        >>> archive = cf.Archive(folder / "team.archive")
        >>> report = archive.sync(client)
        >>> gone = archive.forget(email="wei.ling.tan@quillmark.test", names=["Wei Ling", "Tan Wei Ling"])
        >>> gone["place"].head(2).tolist()
        ['versions', 'calendars']
        """
        listed = text_list("names", names, "names of the person")
        return forget_person(self._store, email, listed, delete_account=delete_account, account=account)

    def prune(self, retain: str | None = None) -> pd.DataFrame:
        """Delete the events that ended longer ago than events are kept, with all their versions.

        No later sync brings them back, such as those of your application, which Cronofy shows of all time.

        Parameters
        ----------
        retain
            How long events are kept, such as "3y"; None is that of the archive.

        Returns
        -------
        DataFrame
            account, and deleted: how many versions.

        Raises
        ------
        ValueError
            Neither says how long.
        FrameError
            A sync is running, or the folder cannot be written.

        Examples
        --------
        >>> archive = cf.Archive(folder / "team.archive", retain="3y")
        >>> report = archive.sync(client)
        >>> archive.prune()["deleted"].tolist()
        [0]
        """
        period = self._retain if retain is None else parse_retain(retain)
        if period is None:
            raise ValueError("say how long events are kept: prune('3y'), or Archive(..., retain='3y').")
        return prune_events(self._store, period)
