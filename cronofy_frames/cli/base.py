"""Options that commands share, the client for them, and output to the terminal."""

from __future__ import annotations

import logging
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from cronofy_frames.cli.calendar_names import complete_calendar
from cronofy_frames.text import single_line

MOST_LINES = 20  # rows that a command prints
PARTIAL = 3
MOST_NOTES = 20
DATES = (
    "2026-03-02, '2026-03-02 09:00', 2026-03, 2026-W10, today, tomorrow, yesterday, monday (of this week), -7d or +2w"
)
UTC = "UTC"  # the zone of days and times where --tz names none

EXIT_CODES = (
    "Exit codes: 0 done, 1 failed, 2 wrong usage, 3 read or written only in part (what was read is written to the "
    "output), 130 interrupted."
)

app = typer.Typer(
    name="cronofy-frames",
    help="Cronofy calendars as tables: read, export, plot, write from spreadsheets; or try it on a sandbox.",
    epilog="Credentials come from `cronofy-frames login`, or from CRONOFY_ACCESS_TOKEN, or CRONOFY_REFRESH_TOKEN with "
    f"CRONOFY_CLIENT_ID and CRONOFY_CLIENT_SECRET; CRONOFY_DATA_CENTER is us, de, uk, au, ca or sg. {EXIT_CODES}",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


class Format(StrEnum):
    """Output format of rows."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"
    NDJSON = "ndjson"
    PARQUET = "parquet"
    XLSX = "xlsx"
    ICS = "ics"


SUMMARIES = logging.getLogger("cronofy_frames.cli")  # disabled by --quiet
BINARY = (Format.PARQUET, Format.XLSX)
STANDARD_OUTPUT = Path("-")


From = Annotated[
    str | None,
    typer.Option("--from", metavar="DATE", help=f"First day, or start time: {DATES}. [default: 42 days ago]"),
]
To = Annotated[
    str | None,
    typer.Option(
        "--to",
        metavar="DATE",
        help="Day after the last day, or end time, as --from; 2026-03 leaves March out. [default: 201 days ahead]",
    ),
]
Zone = Annotated[
    str | None, typer.Option("--tz", metavar="ZONE", help="IANA time zone of days and times. [default: UTC]")
]
ReadZone = Annotated[
    str | None,
    typer.Option(
        "--tz",
        metavar="ZONE",
        help="IANA time zone of days and times. [default: UTC; with --ics that of the file]",
    ),
]
CalendarNames = Annotated[
    list[str] | None,
    typer.Option(
        "--calendar",
        metavar="NAME",
        help="Only this calendar, by name or id; repeatable.",
        autocompletion=complete_calendar,
    ),
]
AsFormat = Annotated[
    Format | None,
    typer.Option(
        "--format",
        help="Output format; ndjson has a row of JSON on each line. [default: by the suffix of -o, else table]",
    ),
]
Output = Annotated[
    Path | None, typer.Option("-o", "--output", metavar="FILE", help="Write to this file; - is standard output.")
]
OnSandbox = Annotated[
    bool, typer.Option("--sandbox", help="Use an embedded sandbox, new each time; no account is needed.")
]
AccountName = Annotated[
    str | None,
    typer.Option("--account", metavar="NAME", help="A signed-in account; with --sandbox, one of its people."),
]
Ics = Annotated[Path | None, typer.Option("--ics", metavar="FILE", help="Use a sandbox that contains this .ics file.")]


def print_version(requested: bool) -> None:
    """Print the version and stop."""
    if requested:
        from importlib.metadata import version

        typer.echo(version("cronofy-frames"))
        raise typer.Exit


@app.callback()
def common(
    _: Annotated[
        bool, typer.Option("--version", callback=print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Cronofy calendars as tables: read, export, plot, write from spreadsheets; or try it on a sandbox."""


def choose_format(output: Path | None, row_format: Format | None) -> Format:
    """Return the format in which to write rows; `output` is None for standard output."""
    suffix = output.suffix[1:].lower() if output is not None else ""
    known = [each.value for each in Format if each is not Format.TABLE]
    if row_format is None and output is not None and suffix not in known:
        fail(
            f"-o {output}: use the suffix {', '.join(f'.{name}' for name in known[:-1])} or .{known[-1]}, or add "
            "--format.",
            2,
        )
    chosen = row_format or Format(suffix or "table")
    if output is None and sys.stdout is None:
        fail("standard output is closed: add -o FILE.", 2)
    if chosen in BINARY and output is None and sys.stdout.isatty():
        fail(f"{chosen.value} is binary and cannot be shown in a terminal: add -o FILE, or use a pipe.", 2)
    return chosen


def print_lines(text: str, *, err: bool = False) -> None:
    """Print lines that may contain names and titles written by others: control characters have no effect."""
    typer.echo(printable_lines(text), err=err)


def printable_lines(text: str) -> str:
    """Return lines as `print_lines` prints them."""
    return "\n".join(map(single_line, text.split("\n")))


def print_done(text: str) -> None:
    """Print on stderr what a command has done, unless `--quiet` is given."""
    if SUMMARIES.isEnabledFor(logging.WARNING):
        print_lines(text, err=True)


def print_rest(count: int) -> None:
    """Print how many more rows there are, if any, and how to see them."""
    if count > 0:
        typer.echo(f"and {count} more: -o FILE has all of them", err=True)


def print_note(text: str) -> None:
    """Print a warning as one line on stderr."""
    typer.echo(f"note: {single_line(text)}", err=True)


def print_error(text: str) -> None:
    """Print an error as one line on stderr."""
    typer.echo("error: " + single_line(" ".join(text.split())), err=True)


def fail(text: str, code: int) -> NoReturn:
    """Print an error and end with an exit code."""
    print_error(text)
    raise typer.Exit(code)
