"""Commands that read: calendars, events, free-busy, call."""

from __future__ import annotations

import json
import re
import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from cronofy_frames.cli.base import (
    PARTIAL,
    STANDARD_OUTPUT,
    AccountName,
    AsFormat,
    CalendarNames,
    Format,
    From,
    Ics,
    OnSandbox,
    Output,
    ReadZone,
    To,
    app,
    choose_format,
    fail,
    print_done,
    print_error,
    printable_lines,
)
from cronofy_frames.cli.calendar_names import with_names_kept
from cronofy_frames.cli.clients import client_and_zone, client_for
from cronofy_frames.errors import CronofyError
from cronofy_frames.text import by_count, quantity

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

    from cronofy_frames.frames.extra_columns import ExtraType
    from cronofy_frames.wire.endpoint import Auth

ACCOUNT_AUTH = ("user", "service", "user or service")  # what endpoints require that need an account


class AuthOption(StrEnum):
    """What a call is sent with: the members of `AUTHS`, in their order."""

    USER = "user"
    SERVICE = "service"
    APPLICATION = "application"
    CLIENT = "client"
    ADMIN = "admin"


ExtraFields = Annotated[
    list[str] | None,
    typer.Option(
        "--extra",
        metavar="PATH[:TYPE]",
        help="Also read this field into a column, as custom.path:text. TYPE is text, time, number or json (default); "
        "repeatable.",
    ),
]
WithNames = Annotated[bool, typer.Option("--names/--no-names", help="Read the names of the calendars too.")]
Workers = Annotated[
    int,
    typer.Option("--workers", metavar="N", help="How many requests may be on their way at the same time."),
]

# JSON allows these, but a terminal would obey them or could not show them
_UNPRINTABLE = re.compile("[\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


@app.command()
def calendars(
    extra: ExtraFields = None,
    output: Output = None,
    row_format: AsFormat = None,
    sandbox: OnSandbox = False,
    ics: Ics = None,
    account: AccountName = None,
) -> None:
    """List the calendars of the account."""
    from cronofy_frames.frames.reading import read_calendars

    flags = ["calendar_primary", "calendar_readonly", "calendar_deleted"]
    types = parse_extra(extra)
    columns = ["calendar_name", "provider_name", "profile_name", *flags, "calendar_id", *types]

    def read_rows() -> pd.DataFrame:
        frame = read_calendars(client_for(sandbox, ics, account), extra=types)
        return frame if sandbox or ics else with_names_kept(frame, account, has_all=True)

    write_rows(read_rows, output, row_format, columns)


@app.command()
def events(
    since: From = None,
    until: To = None,
    tz: ReadZone = None,
    calendar: CalendarNames = None,
    deleted: Annotated[bool, typer.Option("--deleted", help="Include deleted events.")] = False,
    names: WithNames = True,
    extra: ExtraFields = None,
    workers: Workers = 8,
    output: Output = None,
    row_format: AsFormat = None,
    sandbox: OnSandbox = False,
    ics: Ics = None,
    account: AccountName = None,
) -> None:
    """Read events, one row each."""
    from cronofy_frames.frames.reading import read_events

    types = parse_extra(extra)

    def read_rows() -> pd.DataFrame:
        client, zone = client_and_zone(sandbox, ics, account, tz, since)
        frame = read_events(
            client,
            since,
            until,
            tz=zone,
            calendars=calendar or None,
            deleted=deleted,
            names=names,
            extra=types,
            workers=workers,
        )
        return frame if sandbox or ics else with_names_kept(frame, account)

    columns = ["start", "end", "summary", "calendar_name", "location_description", "status", *types]
    write_rows(read_rows, output, row_format, columns)


@app.command("free-busy")
def free_busy(
    since: From = None,
    until: To = None,
    tz: ReadZone = None,
    calendar: CalendarNames = None,
    names: WithNames = True,
    extra: ExtraFields = None,
    workers: Workers = 8,
    output: Output = None,
    row_format: AsFormat = None,
    sandbox: OnSandbox = False,
    ics: Ics = None,
    account: AccountName = None,
) -> None:
    """Read free/busy times of the account, one row for each event."""
    from cronofy_frames.frames.reading import read_free_busy

    types = parse_extra(extra)

    def read_rows() -> pd.DataFrame:
        client, zone = client_and_zone(sandbox, ics, account, tz, since)
        frame = read_free_busy(
            client,
            since,
            until,
            tz=zone,
            calendars=calendar or None,
            names=names,
            extra=types,
            workers=workers,
        )
        return frame if sandbox or ics else with_names_kept(frame, account)

    write_rows(read_rows, output, row_format, ["start", "end", "free_busy_status", "calendar_name", *types])


@app.command()
def call(
    name: Annotated[
        str, typer.Argument(help="An endpoint such as read_events, or a route such as 'GET /v1/userinfo'.")
    ],
    arguments: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="KEY=VALUE",
            help="Arguments under their names in the API: text, or JSON if the value starts with [ or { or is true, "
            "false or null; KEY:=VALUE is always JSON.",
        ),
    ] = None,
    auth: Annotated[
        AuthOption | None,
        typer.Option(
            help="The credentials to send: the account's access token (user, service), the client secret "
            "(application), both halves of the application in the body (client), or the argument api_key (admin). By "
            "default those of the endpoint, or of the known path that a new route lies below.",
        ),
    ] = None,
    impersonate: Annotated[
        str | None,
        typer.Option(metavar="SUB", help="For an organizational unit: the sub of the account that the call acts as."),
    ] = None,
    sandbox: OnSandbox = False,
    ics: Ics = None,
    account: AccountName = None,
) -> None:
    """Call any endpoint and print its response as JSON.

    A list is read over all its pages.
    """
    from cronofy_frames.wire.api import find_endpoint
    from cronofy_frames.wire.endpoint import AUTHS
    from cronofy_frames.wire.paging import Rows

    values = dict(map(parse_argument, arguments or []))
    chosen: Auth | None = None if auth is None else AUTHS[list(AuthOption).index(auth)]
    application_only = find_endpoint(name, chosen).auth not in ACCOUNT_AUTH
    with client_for(sandbox, ics, account, application_only=application_only) as client:
        response = client.call(name, values, auth=chosen, impersonate=impersonate)
        if isinstance(response, Rows):
            response = list(response)
    if response is not None:
        text = json.dumps(response, indent=2, ensure_ascii=False)
        typer.echo(_UNPRINTABLE.sub(lambda match: f"\\u{ord(match[0]):04x}", text))


def parse_extra(texts: list[str] | None) -> dict[str, ExtraType]:
    """Return the types of the extra columns of `--extra` by their paths; the library checks both."""
    pairs = (text.partition(":") for text in texts or [])
    return {path: cast("ExtraType", kind if colon else "json") for path, colon, kind in pairs}


def parse_argument(text: str) -> tuple[str, Any]:
    """Return key and value of an argument on the command line."""
    key, equals, value = text.partition("=")
    if not equals or not key.strip(":"):
        fail(f"{text!r} is not KEY=VALUE.", 2)
    if not key.endswith(":") and value[:1] not in ("[", "{") and value not in ("true", "false", "null"):
        return key, value
    try:
        return key.rstrip(":"), json.loads(value)
    except json.JSONDecodeError as error:
        fail(f"the value of {key.rstrip(':')} is not JSON: {error}.", 2)


def read(read_frame: Callable[[], pd.DataFrame]) -> pd.DataFrame:
    """Return a frame; if the read breaks off, report the error and return the rows read before it."""
    try:
        return read_frame()
    except CronofyError as error:
        rows: pd.DataFrame | None = error.partial
        if rows is None or not len(rows):
            raise
        print_error(f"{error} Only {quantity(len(rows), 'row')} {by_count(len(rows), 'was', 'were')} read.")
        return rows


def write_rows(
    read_frame: Callable[[], pd.DataFrame], output: Path | None, row_format: Format | None, columns: list[str]
) -> None:
    """Read a frame and write it to the output, in the format that the options select."""
    from cronofy_frames.cli.terminal import table
    from cronofy_frames.sheets import WRITERS, write_file

    file = None if output == STANDARD_OUTPUT else output
    chosen = choose_format(file, row_format)
    frame = read(read_frame)
    content = (
        (table(frame, columns) + "\n").encode() if chosen is Format.TABLE else WRITERS[f".{chosen.value}"](frame, None)
    )
    if file is not None:
        write_file(file.expanduser().absolute(), content)
    else:
        if chosen is Format.JSON and frame.empty:
            content = b"[]\n"  # other programs count the rows of what is piped to them
        # a byte order mark is for spreadsheets; other programs would read it as part of the first column's name
        content = content.removeprefix(b"\xef\xbb\xbf")
        if sys.stdout.isatty():
            content = printable_lines(content.decode().replace("\r\n", "\n")).encode()
        sys.stdout.buffer.write(content)
        sys.stdout.flush()
    if output is not None:
        print_done(f"wrote {quantity(len(frame), 'row')} to {file or 'standard output'}")
    exit_if_partial(frame)


def exit_if_partial(frame: pd.DataFrame) -> None:
    """End with exit code 3 when a frame is only a part of what was requested."""
    if not frame.attrs.get("cronofy", {"complete": True})["complete"]:
        raise typer.Exit(PARTIAL)
