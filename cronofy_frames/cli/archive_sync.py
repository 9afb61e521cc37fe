"""Command sync: reads all accounts into an archive, for cron."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cronofy_frames.cli.archive_options import AccountNames, KeepDomain, Pseudonyms, pseudonym_key
from cronofy_frames.cli.base import PARTIAL, CalendarNames, Ics, OnSandbox, app, print_done, print_error
from cronofy_frames.cli.clients import client_for, fail_without_account
from cronofy_frames.text import by_count, join_names, quantity

if TYPE_CHECKING:
    import pandas as pd

    from cronofy_frames.frames.accounts import Clients

SUMMARY = ("new", "changed", "deleted", "vanished", "reopened")


@app.command()
def sync(
    folder: Annotated[Path, typer.Argument(metavar="ARCHIVE", help="The folder of the archive; a new one is made.")],
    calendar: CalendarNames = None,
    full: Annotated[
        bool | None,
        typer.Option(
            "--full/--changes-only", help="Read the whole window, or no more than what is due. [default: weekly]"
        ),
    ] = None,
    due: Annotated[
        bool,
        typer.Option("--due", help="Read only accounts that were notified, or changed lately; each once a day."),
    ] = False,
    accept_vanished: Annotated[
        bool, typer.Option("--accept-vanished", help="End events even where more than a tenth vanished at once.")
    ] = False,
    tz: Annotated[
        str | None, typer.Option("--tz", metavar="ZONE", help="IANA time zone of a new archive. [default: UTC]")
    ] = None,
    pseudonyms: Pseudonyms = False,
    keep_domain: KeepDomain = False,
    drop: Annotated[
        list[str] | None,
        typer.Option("--drop", metavar="COLUMN", help="Column that a new archive never stores; repeatable."),
    ] = None,
    former: Annotated[
        list[str] | None,
        typer.Option(
            "--former", metavar="NAME", help="Account of the archive that is not read any more, on purpose; repeatable."
        ),
    ] = None,
    sandbox: OnSandbox = False,
    ics: Ics = None,
    account: AccountNames = None,
) -> None:
    """Read what changed in the calendars of all accounts, and keep it in an archive; for cron.

    Prints one line. The exit code is 3 if some accounts failed, and 1 if all did. It is 3, too, if an account of the
    archive is not signed in any more, unless --former or --account say that this is meant.
    """
    from cronofy_frames.archive import Archive
    from cronofy_frames.archive.sync import AbsentWarning, FailureWarning

    clients = clients_for(sandbox, ics, account)
    key = pseudonym_key(pseudonyms)
    opened = Archive(folder, tz=tz, pseudonyms=key, keep_domain=keep_domain or None, drop=drop or ())
    with opened as archive, warnings.catch_warnings():
        for category in (FailureWarning, AbsentWarning):  # what they say is printed below, one by one
            warnings.simplefilter("ignore", category)
        is_all = not account and not sandbox and ics is None
        absent = archive.absent(clients, former=former or None) if is_all and isinstance(clients, Mapping) else []
        if due and isinstance(clients, Mapping):
            clients = {label: clients[label] for label in archive.due(clients)}
            if not clients:
                print_done("no account is due")
                print_absent(absent)
                raise typer.Exit(PARTIAL if absent else 0)
        report = archive.sync(
            clients,
            calendars=calendar or None,
            full=full,
            accept_vanished=accept_vanished,
            former=former or None,
            progress=False,
        )
    failures = report.loc[report["status"] == "failed", ["account", "error"]]
    for name, error in failures.itertuples(index=False, name=None):
        print_error(f"{name}: {error}" if name else str(error))
    print_done(summary_of(report))
    if is_all and not isinstance(clients, Mapping):
        absent = report.attrs["absent"]
    print_absent(absent)
    if len(failures) or absent:
        raise typer.Exit(1 if len(failures) == len(report) else PARTIAL)


def print_absent(labels: Sequence[str]) -> None:
    """Name accounts of an archive that are not signed in, where there are any."""
    if not labels:
        return
    names = join_names((label or "the account without a name" for label in labels), most=10)
    print_error(
        f"{names} {by_count(len(labels), 'is', 'are')} in the archive and not signed in, so that nothing is read: "
        "cronofy-frames login, or leave out on purpose with --former NAME."
    )


def summary_of(report: pd.DataFrame) -> str:
    """Return what a sync did, as one line."""
    counts = report["status"].value_counts()
    done = f"synced {quantity(int(counts.get('synced', 0)), 'account')}"
    others = [
        f"{counts[status]} {text}"
        for status, text in (("failed", "failed"), ("leased", "being synced by another process"))
        if counts.get(status, 0)
    ]
    changes = ", ".join(f"{report[name].sum():,} {name}" for name in SUMMARY)
    return f"{', '.join([done, *others])}: {changes}; {quantity(int(report['requests'].sum()), 'request')}"


def clients_for(sandbox: bool, ics: Path | None, names: list[str] | None) -> Clients:
    """Return the clients of accounts: those that are named, else all that are stored, else that of the environment."""
    if names:
        return {name: client_for(sandbox, ics, name) for name in names}
    if sandbox or ics is not None:
        return client_for(sandbox, ics)
    from cronofy_frames.connecting import connect
    from cronofy_frames.errors import SignInError
    from cronofy_frames.stored_accounts import accounts

    stored = accounts()
    if len(stored):
        return {name: connect(account=name) for name in stored["account"]}
    try:
        client = connect()
    except SignInError as error:
        if error.reason != "missing":
            raise
        fail_without_account()
    return client if client.signed_in else fail_without_account()
