"""Commands that read: calendars, events, free-busy, heatmap, call."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cronofy_frames.cli.base import (
    PARTIAL,
    AccountName,
    AsFormat,
    CalendarNames,
    Format,
    From,
    Ics,
    OnSandbox,
    Output,
    To,
    Zone,
    app,
    complain,
    connected,
    fail,
    format_of,
    lines,
)
from cronofy_frames.errors import CronofyError
from cronofy_frames.text import by_count, quantity

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd


PERSONAL = ("user", "service", "user or service")  # what an endpoint wants to see that needs somebody

# what JSON lets through, and a terminal would obey or could not show
_ODD = re.compile("[\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


@app.command()
def calendars(
    output: Output = None,
    how: AsFormat = None,
    sandbox: OnSandbox = False,
    ics: Ics = None,
    account: AccountName = None,
) -> None:
    """List the calendars of the account."""
    from cronofy_frames.frames.reading import read_calendars

    flags = ["calendar_primary", "calendar_readonly", "calendar_deleted"]
    columns = ["calendar_name", "provider_name", "profile_name", *flags, "calendar_id"]
    show(lambda: read_calendars(connected(sandbox, ics, account)), output, how, columns)


@app.command()
def events(
    since: From = None,
    until: To = None,
    tz: Zone = "UTC",
    calendar: CalendarNames = None,
    deleted: Annotated[bool, typer.Option("--deleted", help="Also deleted events.")] = False,
    output: Output = None,
    how: AsFormat = None,
    sandbox: OnSandbox = False,
    ics: Ics = None,
    account: AccountName = None,
) -> None:
    """Read events, one row each."""
    from cronofy_frames.frames.reading import read_events

    def ask() -> pd.DataFrame:
        client = connected(sandbox, ics, account)
        return read_events(client, since, until, tz=tz, calendars=calendar or None, deleted=deleted)

    show(ask, output, how, ["start", "end", "summary", "location_description", "status"])


@app.command("free-busy")
def free_busy(
    since: From = None,
    until: To = None,
    tz: Zone = "UTC",
    calendar: CalendarNames = None,
    output: Output = None,
    how: AsFormat = None,
    sandbox: OnSandbox = False,
    ics: Ics = None,
    account: AccountName = None,
) -> None:
    """Read when the account is free or busy, one row for each event."""
    from cronofy_frames.frames.reading import read_free_busy

    def ask() -> pd.DataFrame:
        return read_free_busy(connected(sandbox, ics, account), since, until, tz=tz, calendars=calendar or None)

    show(ask, output, how, ["start", "end", "free_busy_status", "calendar_id"])


@app.command()
def call(
    name: Annotated[
        str, typer.Argument(help="An endpoint such as read_events, or a route such as 'GET /v1/userinfo'.")
    ],
    arguments: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="KEY=VALUE",
            help="Wire arguments: text, or JSON where it starts with [ or { or is true, false or null; KEY:=VALUE is "
            "always JSON.",
        ),
    ] = None,
    sandbox: OnSandbox = False,
    ics: Ics = None,
    account: AccountName = None,
) -> None:
    """Call any endpoint and print the answer as JSON, a list over all its pages."""
    from cronofy_frames.wire.client import endpoint_named
    from cronofy_frames.wire.paging import Rows

    given, alone = dict(map(argument, arguments or [])), endpoint_named(name).auth not in PERSONAL
    answer = connected(sandbox, ics, account, alone=alone).call(name, given)
    if isinstance(answer, Rows):
        answer = list(answer)
    if answer is not None:
        typer.echo(_ODD.sub(lambda odd: f"\\u{ord(odd[0]):04x}", json.dumps(answer, indent=2, ensure_ascii=False)))


def argument(text: str) -> tuple[str, Any]:
    """Return a key and a value as written on the command line."""
    key, mark, value = text.partition("=")
    if not mark or not key.strip(":"):
        fail(f"{text!r} is not KEY=VALUE.", 2)
    if not key.endswith(":") and value[:1] not in ("[", "{") and value not in ("true", "false", "null"):
        return key, value
    try:
        return key.rstrip(":"), json.loads(value)
    except json.JSONDecodeError as unread:
        fail(f"the value of {key.rstrip(':')} is no JSON: {unread}.", 2)


def read(ask: Callable[[], pd.DataFrame]) -> pd.DataFrame:
    """Return the frame; of a read that breaks, what came, so that it can be written before exit code 3."""
    try:
        return ask()
    except CronofyError as error:
        part: pd.DataFrame | None = error.partial
        if part is None or not len(part):
            raise
        complain(f"{error} Only {quantity(len(part), 'row')} {by_count(len(part), 'was', 'were')} read.")
        return part


def show(ask: Callable[[], pd.DataFrame], output: Path | None, how: Format | None, columns: list[str]) -> None:
    """Read a frame and write it where and how the options say."""
    from cronofy_frames.cli.terminal import table
    from cronofy_frames.sheets import WRITERS, write

    kind = format_of(output, how)
    frame = read(ask)
    content = (
        (table(frame, columns) + "\n").encode() if kind is Format.TABLE else WRITERS[f".{kind.value}"](frame, None)
    )
    if output is not None:
        write(output.expanduser().absolute(), content)
        typer.echo(f"wrote {quantity(len(frame), 'row')} to {output}", err=True)
    else:
        # a byte order mark is for spreadsheets; other programs would take it for a part of the first name
        content = content.removeprefix(b"\xef\xbb\xbf")
        if sys.stdout.isatty():
            content = lines(content.decode().replace("\r\n", "\n")).encode()
        sys.stdout.buffer.write(content)
        sys.stdout.flush()
    end(frame)


def end(frame: pd.DataFrame) -> None:
    """Exit with 3 when a frame is only a part of what was asked for."""
    if not frame.attrs.get("cronofy", {"complete": True})["complete"]:
        raise typer.Exit(PARTIAL)
