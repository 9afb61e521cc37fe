"""What the commands share: the options, a client for them, and rows on their way out."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from cronofy_frames.errors import SignInError
from cronofy_frames.text import single_line

if TYPE_CHECKING:
    from cronofy_frames.sandbox import Sandbox
    from cronofy_frames.wire.client import Client

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


NOBODY = (
    "nobody is signed in: cronofy-frames login does that, and --sandbox tries it without an account. With a token at "
    "hand: set CRONOFY_ACCESS_TOKEN, or CRONOFY_REFRESH_TOKEN with CRONOFY_CLIENT_ID and CRONOFY_CLIENT_SECRET."
)


def connected(sandbox: bool, ics: Path | None, account: str | None = None, *, alone: bool = False) -> Client:
    """Return a client for what the options say; one without an account only where the application alone will do."""
    from cronofy_frames.connecting import connect

    if ics is not None:
        from cronofy_frames.sandbox import Sandbox

        box = Sandbox(ics=ics)
        tell(box)
        return connect(sandbox=box, account=account)
    try:
        client = connect(sandbox=sandbox, account=account)
    except SignInError as error:
        if error.reason != "missing":
            raise
        nobody()
    if not (alone or client.signed_in):
        nobody()
    return client


def nobody() -> NoReturn:
    """End where somebody would have to be signed in."""
    from cronofy_frames.tokens import HOMELESS, homeless

    fail(f"{NOBODY} {HOMELESS}" if homeless() else NOBODY, 1)


def tell(box: Sandbox) -> None:
    """Say what in an .ics file could not be read as written."""
    for problem in box.problems[:MOST_NOTES]:
        note(", ".join(f"{name} {value}" for name, value in problem.items() if value))
    if (more := len(box.problems) - MOST_NOTES) > 0:
        note(f"and {more} more")


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


def say(text: str, *, err: bool = False) -> None:
    """Print lines, in which names and titles of strangers may be: a terminal shows them and does not obey them."""
    typer.echo(lines(text), err=err)


def lines(text: str) -> str:
    """Return lines as `say` prints them."""
    return "\n".join(map(single_line, text.split("\n")))


def note(text: str) -> None:
    """Print one line of what is only noted."""
    typer.echo(f"note: {single_line(text)}", err=True)


def complain(text: str) -> None:
    """Print one readable line where errors go."""
    typer.echo("error: " + single_line(" ".join(text.split())), err=True)


def fail(text: str, code: int) -> NoReturn:
    """End with one readable line and an exit code."""
    complain(text)
    raise typer.Exit(code)
