"""Commands that write: plan, apply, undo."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cronofy_frames.cli.base import PARTIAL, Ics, OnSandbox, app, complain, connected, fail
from cronofy_frames.errors import CronofyError, FrameError

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

    from cronofy_frames.client import Client
    from cronofy_frames.writing import Plan

SHOWN = 20


class Conflict(StrEnum):
    """What to do with an event that has changed since."""

    FAIL = "fail"
    SKIP = "skip"
    OVERWRITE = "overwrite"


class Kind(StrEnum):
    """What the rows of a spreadsheet are."""

    EVENTS = "events"
    DELETES = "deletes"
    PERIODS = "periods"


Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would be done, and send nothing.")]
Outcomes = Annotated[
    Path | None,
    typer.Option("-o", "--output", metavar="FILE", help="Write an outcome for every row to this .csv or .xlsx file."),
]


@app.command()
def plan(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A .csv, .xlsx, .ods, .parquet or .json file.")],
    calendar: Annotated[
        str | None, typer.Option("--calendar", metavar="NAME", help="For rows that name none: its name or id.")
    ] = None,
    tz: Annotated[
        str | None, typer.Option("--tz", metavar="ZONE", help="IANA zone of times that have no zone of their own.")
    ] = None,
    dayfirst: Annotated[
        bool | None, typer.Option("--dayfirst/--monthfirst", help="How 03/04/2026 is read.", show_default=False)
    ] = None,
    sheet: Annotated[str | None, typer.Option("--sheet", metavar="NAME", help="Which worksheet.")] = None,
    column: Annotated[
        list[str] | None, typer.Option("--column", metavar="THEIRS=OURS", help="What a column means; repeatable.")
    ] = None,
    key: Annotated[
        list[str] | None,
        typer.Option("--key", metavar="COLUMN", help="What tells rows apart; repeatable. [default: summary and start]"),
    ] = None,
    what: Annotated[Kind, typer.Option("--rows", help="What the rows are.")] = Kind.EVENTS,
    skip_bad: Annotated[bool, typer.Option("--skip-bad", help="Leave out rows with problems.")] = False,
    offline: Annotated[
        bool, typer.Option("--offline", help="Compare with nothing: no account is needed, and undo knows less.")
    ] = False,
    problems: Annotated[
        Path | None, typer.Option("--problems", metavar="FILE", help="Write all problems to this .csv or .xlsx file.")
    ] = None,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="PLAN", help="Where the plan goes. [default: FILE.plan]")
    ] = None,
    sandbox: OnSandbox = False,
    ics: Ics = None,
) -> None:
    """Plan what a spreadsheet does to calendars, and send nothing."""
    from cronofy_frames.sheets import export, read_sheet

    columns = dict(map(_pair, column or []))
    client = None if offline else connected(sandbox, ics)
    rows = read_sheet(file, tz=tz, dayfirst=dayfirst, sheet=sheet, columns=columns or None)
    try:
        made = _planned(what, rows, calendar=calendar, client=client, key=key or None, tz=tz, skip_bad=skip_bad)
    except FrameError as wrong:
        if wrong.problems is None:
            raise
        if problems is not None:
            typer.echo(f"wrote {len(wrong.problems)} problems to {export(wrong.problems, problems)}", err=True)
        _list(wrong.problems)
        fail(str(wrong), 1)
    typer.echo(repr(made))
    typer.echo(f"wrote {made.save(output or file.with_name(file.name + '.plan'))}", err=True)


@app.command()
def apply(
    plan_file: Annotated[Path, typer.Argument(metavar="PLAN", help="A file that `plan` wrote.")],
    journal: Annotated[
        Path | None,
        typer.Option("--journal", metavar="FILE", help="What undo and another try need. [default: PLAN.journal]"),
    ] = None,
    on_conflict: Annotated[
        Conflict, typer.Option("--on-conflict", help="When an event has changed since the plan was made.")
    ] = Conflict.FAIL,
    verify: Annotated[bool, typer.Option("--verify", help="Read back what was written.")] = False,
    output: Outcomes = None,
    yes: Yes = False,
    dry_run: DryRun = False,
    sandbox: OnSandbox = False,
    ics: Ics = None,
) -> None:
    """Carry out a plan, after asking."""
    from cronofy_frames.writing import apply as applied
    from cronofy_frames.writing import load_plan

    made = load_plan(plan_file)
    book = journal or plan_file.with_name(plan_file.name + ".journal")
    typer.echo(repr(made))
    client = connected(sandbox, ics)
    if not dry_run:
        _ask(f"Write {_said(made)} to {_whose(client)}?", yes)
    done = _finished(
        lambda: applied(made, client, journal=book, on_conflict=on_conflict.value, verify=verify, dry_run=dry_run),
        output,
    )
    if not dry_run:
        typer.echo(f"To take it back: cronofy-frames undo {book}", err=True)
        _end(done)


@app.command()
def undo(
    journal: Annotated[Path, typer.Argument(metavar="JOURNAL", help="The file that `apply` wrote.")],
    on_conflict: Annotated[
        Conflict, typer.Option("--on-conflict", help="When somebody has changed an event since.")
    ] = Conflict.OVERWRITE,
    output: Outcomes = None,
    yes: Yes = False,
    dry_run: DryRun = False,
    sandbox: OnSandbox = False,
    ics: Ics = None,
) -> None:
    """Take back what a journal says was written."""
    from cronofy_frames.writing import undo as undone

    client = connected(sandbox, ics)
    if not dry_run:
        first = undone(journal, client, on_conflict=on_conflict.value, dry_run=True)
        _ask(f"Take back {len(first)} rows in {_whose(client)}?", yes)
    done = _finished(lambda: undone(journal, client, on_conflict=on_conflict.value, dry_run=dry_run), output)
    if not dry_run:
        _end(done)


def _planned(
    what: Kind,
    rows: pd.DataFrame,
    *,
    calendar: str | None,
    client: Client | None,
    key: list[str] | None,
    tz: str | None,
    skip_bad: bool,
) -> Plan:
    from cronofy_frames.writing import plan_available_periods, plan_deletes, plan_events

    if what is Kind.DELETES:
        return plan_deletes(rows, calendar=calendar, client=client, skip_bad=skip_bad)
    if what is Kind.PERIODS:
        return plan_available_periods(rows, client=client, key=key, tz=tz, skip_bad=skip_bad)
    return plan_events(rows, calendar=calendar, client=client, key=key, tz=tz, skip_bad=skip_bad)


def _pair(text: str) -> tuple[str, str]:
    theirs, mark, ours = text.rpartition("=")
    if not mark:
        fail(f"--column {text}: say what it means, as in --column 'Was=summary'.", 2)
    return theirs, ours


def _said(made: Plan) -> str:
    counts = {name: count for name, count in made.counts().items() if name in ("create", "update", "delete")}
    return ", ".join(f"{count} to {name}" for name, count in counts.items()) or "nothing"


def _whose(client: Client) -> str:
    who = client.user_info()
    return str(who.get("email") or who.get("name") or who["sub"])


def _ask(question: str, yes: bool) -> None:
    """Go on only when somebody says so."""
    if yes:
        return
    if sys.stdin is None or not sys.stdin.isatty():
        fail(f"{question} Nobody is there to be asked: add --yes, or --dry-run to look first.", 2)
    if not typer.confirm(question, err=True):
        fail("nothing was written.", 1)


def _finished(write: Callable[[], pd.DataFrame], output: Path | None) -> pd.DataFrame:
    """Write rows and say what became of them, of those before it too where it breaks off."""
    try:
        done = write()
    except CronofyError as error:
        if error.partial is None:
            raise
        _report(error.partial, output)
        complain(str(error))
        raise typer.Exit(PARTIAL) from None
    _report(done, output)
    return done


def _report(done: pd.DataFrame, output: Path | None) -> None:
    from cronofy_frames.sheets import export

    counts = done.attrs["cronofy"]["outcomes"]
    typer.echo(", ".join(f"{count} {word}" for word, count in counts.items()) or "no rows")
    wrong = done.loc[done["outcome"] == "failed"]
    for label, row in wrong.head(SHOWN).iterrows():
        typer.echo(f"row {label}: {row['message']}", err=True)
    if len(wrong) > SHOWN:
        typer.echo(f"and {len(wrong) - SHOWN} more: -o FILE has all of them", err=True)
    if output is not None:
        typer.echo(f"wrote {export(done.rename_axis('row'), output)}", err=True)


def _end(done: pd.DataFrame) -> None:
    if done["outcome"].isin(["failed", "not_sent"]).any():
        raise typer.Exit(PARTIAL)


def _list(problems: pd.DataFrame) -> None:
    for one in problems.head(SHOWN).to_dict("records"):
        place = (
            str(one["column"])
            if one["row"] is None or one["row"] != one["row"]
            else f"row {one['row']}, {one['column']}"
        )
        typer.echo(f"{place}: expected {one['expected']}, came {one['came']}", err=True)
    if len(problems) > SHOWN:
        typer.echo(f"and {len(problems) - SHOWN} more: --problems FILE has all of them", err=True)
