"""What the commands share: the options, a client for them, and rows on their way out."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from cronofy_frames.errors import SignInError

if TYPE_CHECKING:
    from cronofy_frames.client import Client
    from cronofy_frames.sandbox import Sandbox

PARTIAL = 3
MOST_NOTES = 20

app = typer.Typer(
    name="cronofy-frames",
    help="Cronofy calendars as tables: read, export, plot, write from spreadsheets; or try it on a sandbox.",
    epilog="Credentials come from `cronofy-frames login`, or from CRONOFY_ACCESS_TOKEN, or CRONOFY_REFRESH_TOKEN with "
    "CRONOFY_CLIENT_ID and CRONOFY_CLIENT_SECRET; CRONOFY_DATA_CENTER is us, de, uk, au, ca or sg. Exit codes: 0 done, "
    "1 failed, 2 wrong usage, 3 only a part could be read (what came was written) or written (the outcomes say which).",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


class Format(StrEnum):
    """How rows are written."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"
    PARQUET = "parquet"
    XLSX = "xlsx"
    ICS = "ics"


BINARY = (Format.PARQUET, Format.XLSX)


From = Annotated[str | None, typer.Option("--from", metavar="DATE", help="First day, or time. [default: 42 days ago]")]
To = Annotated[
    str | None, typer.Option("--to", metavar="DATE", help="Day after the last, or time. [default: 201 days ahead]")
]
Zone = Annotated[str, typer.Option("--tz", metavar="ZONE", help="IANA zone of days and times.")]
CalendarNames = Annotated[
    list[str] | None, typer.Option("--calendar", metavar="NAME", help="Only this calendar, by name or id; repeatable.")
]
AsFormat = Annotated[
    Format | None, typer.Option("--format", help="How to write rows. [default: table, or -o's suffix]")
]
Output = Annotated[Path | None, typer.Option("-o", "--output", metavar="FILE", help="Write to this file.")]
OnSandbox = Annotated[bool, typer.Option("--sandbox", help="Use an embedded sandbox, new each time; needs no account.")]
AccountName = Annotated[
    str | None,
    typer.Option("--account", metavar="NAME", help="Who: a signed-in account, or on a sandbox one of its people."),
]
Ics = Annotated[Path | None, typer.Option("--ics", metavar="FILE", help="A sandbox with this .ics file in it.")]


def version(asked: bool) -> None:
    """Print the version and stop."""
    if asked:
        from importlib.metadata import version as version_of

        typer.echo(version_of("cronofy-frames"))
        raise typer.Exit


@app.callback()
def common(
    _: Annotated[bool, typer.Option("--version", callback=version, is_eager=True, help="Print the version.")] = False,
) -> None:
    """Cronofy calendars as tables: read, export, plot, write from spreadsheets; or try it on a sandbox."""


def connected(sandbox: bool, ics: Path | None, account: str | None = None) -> Client:
    """Return a client for what the options say."""
    from cronofy_frames.connecting import connect

    if ics is not None:
        from cronofy_frames.sandbox import Sandbox

        box = Sandbox(ics=ics)
        tell(box)
        return connect(sandbox=box, account=account)
    try:
        return connect(sandbox=sandbox, account=account)
    except SignInError as error:
        if error.reason != "missing":
            raise
        fail(
            "nobody is signed in: cronofy-frames login does that, and --sandbox tries it without an account. With a "
            "token at hand: set CRONOFY_ACCESS_TOKEN, or CRONOFY_REFRESH_TOKEN with CRONOFY_CLIENT_ID and "
            "CRONOFY_CLIENT_SECRET.",
            1,
        )


def tell(box: Sandbox) -> None:
    """Say what in an .ics file could not be read as written."""
    for problem in box.problems[:MOST_NOTES]:
        typer.echo("note: " + ", ".join(f"{name} {value}" for name, value in problem.items() if value), err=True)
    if (more := len(box.problems) - MOST_NOTES) > 0:
        typer.echo(f"note: and {more} more", err=True)


def format_of(output: Path | None, how: Format | None) -> Format:
    """Return how rows are to be written."""
    suffix = output.suffix[1:].lower() if output is not None else ""
    if how is None and output is not None and suffix not in ("csv", "json", "parquet", "xlsx", "ics"):
        fail(f"-o {output}: the suffix must be .csv, .xlsx, .json, .parquet or .ics, or give --format.", 2)
    kind = how or Format(suffix or "table")
    if output is None and sys.stdout is None:
        fail("standard output is closed: give -o FILE.", 2)
    if kind in BINARY and output is None and sys.stdout.isatty():
        fail(f"{kind.value} is not for reading: give -o FILE, or a pipe.", 2)
    return kind


def complain(text: str) -> None:
    """Print one readable line where errors go."""
    typer.echo("error: " + " ".join(text.split()), err=True)


def fail(text: str, code: int) -> NoReturn:
    """End with one readable line and an exit code."""
    complain(text)
    raise typer.Exit(code)
