"""Commands of the archive: listen, and the group archive."""

from __future__ import annotations

import sys
import warnings
from contextlib import suppress
from typing import TYPE_CHECKING, Annotated
from urllib.parse import urlsplit

import typer

from cronofy_frames.cli.archive_options import (
    AccountNames,
    ArchiveRows,
    ByAddress,
    Folder,
    FromDay,
    KeepDomain,
    Pseudonyms,
    open_archive,
    pseudonym_key,
)
from cronofy_frames.cli.archive_sync import clients_for
from cronofy_frames.cli.base import (
    PARTIAL,
    UTC,
    AsFormat,
    CalendarNames,
    Ics,
    OnSandbox,
    Output,
    To,
    Zone,
    app,
    fail,
    print_done,
    print_lines,
)
from cronofy_frames.cli.option_names import messages_name_options
from cronofy_frames.text import quantity

if TYPE_CHECKING:
    import pandas as pd

archive_app = typer.Typer(
    name="archive",
    help="Read and keep an archive, the history of calendars that sync writes.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
app.add_typer(archive_app, name="archive")


@app.command()
def listen(
    folder: Folder,
    url: Annotated[
        str | None,
        typer.Option(metavar="URL", help="Open channels to this address, at which Cronofy reaches this computer."),
    ] = None,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port to listen on; 0 takes a free one.")] = 8080,
    host: Annotated[str, typer.Option(help="Address to listen on; other machines reach it on 0.0.0.0.")] = "127.0.0.1",
    path: Annotated[
        str | None,
        typer.Option(help="Path at which notifications arrive, where a proxy changes it. [default: that of --url]"),
    ] = None,
    debounce: Annotated[
        float, typer.Option(min=0, metavar="SECONDS", help="How long to wait, so that many notifications are one read.")
    ] = 5,
    pseudonyms: Pseudonyms = False,
    keep_domain: KeepDomain = False,
    sandbox: OnSandbox = False,
    ics: Ics = None,
    account: AccountNames = None,
) -> None:
    """Receive push notifications, and read the accounts that changed into an archive.

    Cronofy needs an address with https: put a proxy in front of it that has a certificate. Sync the archive once
    before, and every night all the same.
    """
    from cronofy_frames.archive.notifications import notifications
    from cronofy_frames.cli.wsgi_server import open_server

    clients = clients_for(sandbox, ics, account)
    with open_archive(folder, pseudonym_key(pseudonyms), keep_domain=keep_domain or None) as archive:
        received = urlsplit(url or "").path or "/" if path is None else path
        application = notifications(archive, clients, path=received, debounce=debounce)
        with open_server(application, host, port) as server:
            name = f"[{host}]" if ":" in host else host
            print_lines(f"listening at http://{name}:{server.server_port}{received}, until Ctrl-C")
            if url is not None:
                count, total = application.subscribe(url), len(clients) if isinstance(clients, dict) else 1
                rest = f"; {total - count} have to be synced first" if count < total else ""
                print_lines(f"notifications of {quantity(count, 'account')} go to {url}{rest}")
            sys.stdout.flush()
            application.start()
            try:
                with suppress(KeyboardInterrupt):  # which is how it is ended
                    server.serve_forever()
            finally:
                application.close()


@archive_app.command("events")
def archive_events(
    folder: Folder,
    since: FromDay = None,
    until: To = None,
    tz: Zone = None,
    as_of: Annotated[
        str | None, typer.Option("--as-of", metavar="DATE", help="As they were known then. [default: now]")
    ] = None,
    calendar: CalendarNames = None,
    account: AccountNames = None,
    pseudonyms: ByAddress = False,
    output: Output = None,
    row_format: AsFormat = None,
) -> None:
    """Write events, as they stand or as they were known at some time."""
    columns = ["start", "end", "summary", "calendar_name", "location_description", "status"]
    rows = ArchiveRows(folder, output, row_format, columns, pseudonyms, account)
    rows.write(
        lambda archive: archive.events(
            since, until, as_of=as_of, account=account or None, calendars=calendar or None, tz=tz or UTC
        )
    )


@archive_app.command("changes")
def archive_changes(
    folder: Folder,
    since: FromDay = None,
    until: To = None,
    tz: Zone = None,
    account: AccountNames = None,
    pseudonyms: ByAddress = False,
    output: Output = None,
    row_format: AsFormat = None,
) -> None:
    """Write what became known in a period: who moved what, by how much, and with how much notice."""
    columns = ["seen_at", "kind", "summary", "start_before", "start", "shift", "notice", "fields"]
    rows = ArchiveRows(folder, output, row_format, columns, pseudonyms, account)
    rows.write(lambda archive: archive.changes(since, until, account=account or None, tz=tz or UTC))


@archive_app.command("coverage")
def archive_coverage(
    folder: Folder,
    since: FromDay = None,
    until: To = None,
    tz: Zone = None,
    calendar: CalendarNames = None,
    account: AccountNames = None,
    pseudonyms: ByAddress = False,
    output: Output = None,
    row_format: AsFormat = None,
) -> None:
    """List which days of which calendars are known."""
    rows = ArchiveRows(folder, output, row_format, pseudonyms=pseudonyms)
    rows.write(
        lambda archive: archive.coverage(
            since, until, account=account or None, calendars=calendar or None, tz=tz or UTC
        )
    )


@archive_app.command("sql")
def archive_sql(
    folder: Folder,
    query: Annotated[
        str, typer.Argument(help="A query of DuckDB over events, versions, accounts, calendars, coverage.")
    ],
    parameters: Annotated[
        list[str] | None, typer.Option("--param", metavar="TEXT", help="Value of the next ? in the query; repeatable.")
    ] = None,
    output: Output = None,
    row_format: AsFormat = None,
) -> None:
    """Write the result of a query in SQL, which sees the archive and no other file."""
    ArchiveRows(folder, output, row_format).write(lambda archive: archive.sql(query, parameters or None))


@archive_app.command("check")
def archive_check(folder: Folder) -> None:
    """Look whether an archive is whole; the exit code is 1 if it is not."""
    with open_archive(folder) as archive:
        checks = archive.check()
    for name, ok, problem in checks.itertuples(index=False, name=None):
        print_lines(f"{name}: {'ok' if ok else problem}")
    if not checks["ok"].all():
        raise typer.Exit(1)


@archive_app.command("compact")
def archive_compact(folder: Folder) -> None:
    """Make few files of many, which are quicker to read; no version is lost."""
    with open_archive(folder) as archive:
        before, after = archive.compact()[["files", "bytes"]].to_numpy().tolist()
    print_done(f"{before[0]:,} files of {before[1]:,} bytes became {after[0]:,} of {after[1]:,} bytes")


@archive_app.command("accounts")
def archive_accounts(folder: Folder, tz: Zone = None, output: Output = None, row_format: AsFormat = None) -> None:
    """List the accounts of an archive, and when each was synced."""
    rows = ArchiveRows(folder, output, row_format, ["account", "synced_at", "calendars", "events"])
    rows.write(lambda archive: archive.accounts(tz=tz or UTC))


@archive_app.command("forget")
def archive_forget(
    folder: Folder,
    email: Annotated[str, typer.Argument(help="The address of the person, in any of its spellings.")],
    names: Annotated[
        list[str] | None,
        typer.Option("--name", metavar="NAME", help="Further name of the person in any text; repeatable."),
    ] = None,
    delete_account: Annotated[
        bool,
        typer.Option(
            "--delete-account",
            help="Also delete the history of the person's own account; one that is not found is an error.",
        ),
    ] = False,
    account: Annotated[
        list[str] | None,
        typer.Option("--account", metavar="NAME", help="With --delete-account: the account, by its name; repeatable."),
    ] = None,
    pseudonyms: Pseudonyms = False,
    keep_domain: KeepDomain = False,
) -> None:
    """Take a person out of an archive, and out of all later syncs.

    Full names beside the address are taken out of all events; they are printed. The exit code is 3 where exports or
    further accounts may still have the person; they are listed. It is 1 where the address occurs nowhere.
    """
    from cronofy_frames.archive.sync import ArchiveWarning

    key = pseudonym_key(pseudonyms)
    opened = open_archive(folder, key, keep_domain=keep_domain or None)
    with opened as archive, messages_name_options(), warnings.catch_warnings():
        warnings.simplefilter("ignore", ArchiveWarning)  # the error is printed below
        places = archive.forget(email=email, names=names or (), delete_account=delete_account, account=account or None)
    print_places(places)
    if not places.attrs["found"]:
        fail(
            f"{email.strip()} occurs nowhere in the archive: look whether the address is right. It is remembered, so "
            "that no later sync brings it in.",
            1,
        )
    if not places["forgotten"].all():
        raise typer.Exit(PARTIAL)


def print_places(places: pd.DataFrame) -> None:
    """Print the names and the places of a person who was forgotten, and what to do where they may still be."""
    if places.attrs["names"]:
        print_lines(f"names: {'; '.join(places.attrs['names'])}")
    possible = {f"account {label!r}" for label in places.attrs["accounts"]}
    for place, rows, forgotten in places.itertuples(index=False, name=None):
        if forgotten:
            text = quantity(rows, "row")
        elif place in possible:
            text = f"{quantity(rows, 'row')} stay, as it has other profiles; --delete-account --account NAME deletes it"
        else:
            text = "out of reach, delete it"
        print_lines(f"{place}: {text}")


@archive_app.command("prune")
def archive_prune(
    folder: Folder,
    retain: Annotated[
        str, typer.Option("--retain", metavar="PERIOD", help="How long events are kept, such as 3y or 18m.")
    ],
) -> None:
    """Delete the events that ended longer ago than they are kept, with all their versions."""
    with open_archive(folder) as archive:
        deleted = int(archive.prune(retain)["deleted"].sum())
    print_done(f"deleted {quantity(deleted, 'version')}")
