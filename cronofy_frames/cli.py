"""The library said aloud: parsing and printing, and no knowledge of its own.

Exit codes: 0 done, 1 failed, 2 wrong usage, 3 only a part could be read (what came was written).
pandas and all that stands on it are imported inside the commands: `--help` needs none of it.
"""

from __future__ import annotations

import json
import os
import sys
import warnings
from contextlib import closing
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from cronofy_frames.errors import CronofyError

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

    from cronofy_frames.client import Client
    from cronofy_frames.sandbox import Sandbox

PARTIAL = 3
INTERRUPTED = 130
MOST_NOTES = 20

app = typer.Typer(
    name="cronofy-frames",
    help="Cronofy calendars as tables: read, export, plot; or try it all on an embedded sandbox.",
    epilog="Credentials come from CRONOFY_ACCESS_TOKEN, or CRONOFY_REFRESH_TOKEN with CRONOFY_CLIENT_ID and "
    "CRONOFY_CLIENT_SECRET; CRONOFY_DATA_CENTER is us, de, uk, au, ca or sg. Exit codes: 0 done, 1 failed, 2 wrong "
    "usage, 3 only a part could be read (what came was written).",
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
OnSandbox = Annotated[bool, typer.Option("--sandbox", help="Read an embedded sandbox; needs no account.")]
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
    """Cronofy calendars as tables: read, export, plot; or try it all on an embedded sandbox."""


@app.command()
def calendars(output: Output = None, how: AsFormat = None, sandbox: OnSandbox = False, ics: Ics = None) -> None:
    """List the calendars of the account."""
    from cronofy_frames.reading import read_calendars

    flags = ["calendar_primary", "calendar_readonly", "calendar_deleted"]
    columns = ["calendar_name", "provider_name", "profile_name", *flags, "calendar_id"]
    show(lambda: read_calendars(connected(sandbox, ics)), output, how, columns)


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
) -> None:
    """Read events, one row each."""
    from cronofy_frames.reading import read_events

    def ask() -> pd.DataFrame:
        client = connected(sandbox, ics)
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
) -> None:
    """Read when the account is free or busy, one row for each event."""
    from cronofy_frames.reading import read_free_busy

    def ask() -> pd.DataFrame:
        return read_free_busy(connected(sandbox, ics), since, until, tz=tz, calendars=calendar or None)

    show(ask, output, how, ["start", "end", "free_busy_status", "calendar_id"])


@app.command()
def heatmap(
    output: Annotated[Path, typer.Option("-o", "--output", metavar="FILE", help="A .png, .svg or .pdf file.")] = Path(
        "heatmap.png"
    ),
    since: From = None,
    until: To = None,
    tz: Zone = "UTC",
    calendar: CalendarNames = None,
    sandbox: OnSandbox = False,
    ics: Ics = None,
) -> None:
    """Plot how busy each hour of the week is."""
    from cronofy_frames.printing import draw
    from cronofy_frames.reading import read_free_busy

    if output.suffix.lower() not in (".png", ".svg", ".pdf"):
        fail(f"-o {output}: the suffix must be .png, .svg or .pdf.", 2)
    frame = read(lambda: read_free_busy(connected(sandbox, ics), since, until, tz=tz, calendars=calendar or None))
    typer.echo(f"wrote {draw(frame, output)}", err=True)
    end(frame)


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
) -> None:
    """Call any endpoint and print the answer as JSON, a list over all its pages."""
    from cronofy_frames.rows import Rows

    answer = connected(sandbox, ics).call(name, dict(map(argument, arguments or [])))
    if isinstance(answer, Rows):
        answer = list(answer)
    if answer is not None:
        typer.echo(json.dumps(answer, indent=2, ensure_ascii=False))


@app.command("sandbox")
def serve_sandbox(
    port: Annotated[int, typer.Option(min=0, max=65535, help="Where to listen on 127.0.0.1; 0 takes a free port.")] = 0,
    now: Annotated[
        str | None, typer.Option(metavar="TIME", help="Where its clock stands still, as in 2026-03-02T09:00Z.")
    ] = None,
    page_size: Annotated[int, typer.Option(min=1, help="Rows a page.")] = 100,
    ics: Ics = None,
    no_rate_limit: Annotated[bool, typer.Option("--no-rate-limit", help="Take requests at any pace.")] = False,
    callbacks_anywhere: Annotated[
        bool, typer.Option("--callbacks-anywhere", help="Post callbacks to any host, not only to this machine.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print where it is as one line of JSON.")] = False,
) -> None:
    """Serve a sandbox that any Cronofy client can talk to."""
    from cronofy_frames.sandbox import Sandbox, serve
    from cronofy_frames.transport import Postman

    postman = Postman(anywhere=callbacks_anywhere)
    box = Sandbox(now=now, page_size=page_size, ics=ics, rate_limit=not no_rate_limit, deliver=postman)
    tell(box)
    with closing(postman), serve(box, port=port) as served:
        names = ("client_id", "client_secret", "access_token", "refresh_token", "service_account_token")
        told = {"url": served.url, **{name: getattr(box, name) for name in names}}
        if as_json:
            typer.echo(json.dumps(told))
        else:
            typer.echo("\n".join(f"{name:22} {value}" for name, value in told.items()))
            typer.echo(
                "\nServing until Ctrl-C. In another shell:\n"
                f"export CRONOFY_API_URL={served.url} CRONOFY_APP_URL={served.url}\n"
                f"export CRONOFY_ACCESS_TOKEN={box.access_token}",
                err=True,
            )
        sys.stdout.flush()
        served.run()


@app.command()
def demo(
    ics: Ics = None,
    tz: Annotated[
        str | None, typer.Option("--tz", metavar="ZONE", help="IANA zone. [default: the account's own]")
    ] = None,
    folder: Annotated[Path, typer.Option("--folder", help="Where events.csv and heatmap.png go.")] = Path(),
) -> None:
    """Read a sandbox, write events.csv and heatmap.png."""
    from cronofy_frames.connecting import connect
    from cronofy_frames.printing import draw, table
    from cronofy_frames.reading import read_calendars, read_events, read_free_busy
    from cronofy_frames.sandbox import Sandbox
    from cronofy_frames.sheets import export

    box = Sandbox(ics=ics)
    tell(box)
    client = connect(sandbox=box)
    who = client.user_info()
    zone = tz or who.get("zoneinfo") or "UTC"
    lists, rows, busy = read_calendars(client), read_events(client, tz=zone), read_free_busy(client, tz=zone)
    typer.echo(
        f"{who.get('name') or who.get('email') or who['sub']}: {len(lists)} calendars, {len(rows)} events and "
        f"{len(busy)} free/busy rows, in {zone}. From {box.now():%Y-%m-%d} on:\n"
    )
    typer.echo(table(rows.loc[rows["end"] > box.now()].head(8), ["start", "end", "summary", "location_description"]))
    typer.echo("")
    for file in (export(rows, folder / "events.csv"), draw(busy, folder / "heatmap.png")):
        typer.echo(f"wrote {file}")


def connected(sandbox: bool, ics: Path | None) -> Client:
    """Return a client for what the options say."""
    from cronofy_frames.connecting import connect

    if ics is not None:
        from cronofy_frames.sandbox import Sandbox

        box = Sandbox(ics=ics)
        tell(box)
        return connect(sandbox=box)
    try:
        return connect(sandbox=sandbox)
    except CronofyError:
        fail(
            "no account is configured: add --sandbox to try it, or set CRONOFY_ACCESS_TOKEN, or CRONOFY_REFRESH_TOKEN "
            "with CRONOFY_CLIENT_ID and CRONOFY_CLIENT_SECRET.",
            1,
        )


def tell(box: Sandbox) -> None:
    """Say what in an .ics file could not be read as written."""
    for problem in box.problems[:MOST_NOTES]:
        typer.echo("note: " + ", ".join(f"{name} {value}" for name, value in problem.items() if value), err=True)
    if (more := len(box.problems) - MOST_NOTES) > 0:
        typer.echo(f"note: and {more} more", err=True)


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


def format_of(output: Path | None, how: Format | None) -> Format:
    """Return how rows are to be written."""
    suffix = output.suffix[1:].lower() if output is not None else ""
    if how is None and output is not None and suffix not in ("csv", "json", "parquet"):
        fail(f"-o {output}: the suffix must be .csv, .json or .parquet, or give --format.", 2)
    kind = how or Format(suffix or "table")
    if output is None and sys.stdout is None:
        fail("standard output is closed: give -o FILE.", 2)
    if kind is Format.PARQUET and output is None and sys.stdout.isatty():
        fail("Parquet is not for reading: give -o FILE, or a pipe.", 2)
    return kind


def read(ask: Callable[[], pd.DataFrame]) -> pd.DataFrame:
    """Return the frame; of a read that breaks, what came, so that it can be written before exit code 3."""
    try:
        return ask()
    except CronofyError as error:
        part: pd.DataFrame | None = error.partial
        if part is None or not len(part):
            raise
        complain(f"{error} Only {len(part)} rows were read.")
        return part


def show(ask: Callable[[], pd.DataFrame], output: Path | None, how: Format | None, columns: list[str]) -> None:
    """Read a frame and write it where and how the options say."""
    from cronofy_frames.printing import table
    from cronofy_frames.sheets import WRITERS, write

    kind = format_of(output, how)
    frame = read(ask)
    content = (
        (table(frame, columns) + "\n").encode() if kind is Format.TABLE else WRITERS[f".{kind.value}"](frame, None)
    )
    if output is not None:
        write(output.expanduser().absolute(), content)
        typer.echo(f"wrote {len(frame)} rows to {output}", err=True)
    else:
        # a byte order mark is for spreadsheets; other programs would take it for a part of the first name
        sys.stdout.buffer.write(content.removeprefix(b"\xef\xbb\xbf"))
        sys.stdout.flush()
    end(frame)


def end(frame: pd.DataFrame) -> None:
    """Exit with 3 when a frame is only a part of what was asked for."""
    if not frame.attrs["cronofy"]["complete"]:
        raise typer.Exit(PARTIAL)


def complain(text: str) -> None:
    """Print one readable line where errors go."""
    typer.echo("error: " + " ".join(text.split()), err=True)


def fail(text: str, code: int) -> NoReturn:
    """End with one readable line and an exit code."""
    complain(text)
    raise typer.Exit(code)


def main() -> None:
    """Run the command line; what goes wrong is said in one line on stderr."""
    warnings.showwarning = lambda message, *_: typer.echo(f"note: {message}", err=True)
    try:
        sys.exit(app(standalone_mode=False))
    except CronofyError as error:
        complain(str(error))
        sys.exit(1)
    except BrokenPipeError:
        # whoever read our output has had enough; Python would complain once more while it shuts down
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except OSError as error:
        complain(f"{error.strerror or error}: {error.filename}" if error.filename else str(error))
        sys.exit(1)
    except ValueError as error:
        complain(str(error))
        sys.exit(2)
    except (KeyboardInterrupt, typer.Abort):
        complain("interrupted")
        sys.exit(INTERRUPTED)
    except Exception as error:
        # what the parser of the command line refuses; the class of that is not public in every version of typer
        if not hasattr(error, "format_message"):
            raise
        told = error.format_message()
        if "\n" in told:  # no command at all is answered with the help
            typer.echo(told)
        else:
            complain(f"{told.rstrip('.')}. Try --help.")
        sys.exit(2)
