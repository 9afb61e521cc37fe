"""Commands that write: plan, apply, undo."""

from __future__ import annotations

import sys
import warnings
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cronofy_frames.cli.base import PARTIAL, AccountName, Ics, OnSandbox, app, complain, connected, fail, note, say
from cronofy_frames.errors import CronofyError, FrameError
from cronofy_frames.text import quantity, shorten, single_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import pandas as pd

    from cronofy_frames.wire.client import Client
    from cronofy_frames.writing.plan.plans import Plan

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
        list[str] | None,
        typer.Option("--column", metavar="THEIRS=OURS", help="What a column means, nothing leaves it out; repeatable."),
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
    account: AccountName = None,
) -> None:
    """Plan what a spreadsheet does to calendars, and send nothing."""
    from cronofy_frames.sheets import read_sheet

    target = output or file.with_name(file.name + ".plan")
    for option, other in (("-o", target), ("--problems", problems)):
        if other is not None and other.resolve() == file.resolve():
            fail(f"{option} {other} is the spreadsheet itself, which would be lost: give another file.", 2)
    _writable(problems, "--problems")
    if calendar is not None and what is Kind.PERIODS:
        fail("--calendar has no meaning for periods: they belong to the account.", 2)
    columns = dict(map(_pair, column or []))
    client = None if offline else connected(sandbox, ics, account)
    with _spoken():
        rows = read_sheet(file, tz=tz, dayfirst=dayfirst, sheet=sheet, columns=columns or None)

        def planned(*, skip: bool) -> Plan:
            return _planned(what, rows, calendar=calendar, client=client, key=key or None, tz=tz, skip_bad=skip)

        try:
            made = planned(skip=False)
        except FrameError as wrong:
            _list(wrong, problems)
            if not skip_bad:
                raise
            made = planned(skip=True)
    say(repr(made))
    typer.echo(f"wrote {made.save(target)}", err=True)


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
    account: AccountName = None,
) -> None:
    """Carry out a plan, after asking."""
    from cronofy_frames.writing.apply.applying import apply as applied
    from cronofy_frames.writing.plan.plans import load_plan

    _writable(output, "-o")
    made = load_plan(plan_file)
    book = journal or plan_file.with_name(plan_file.name + ".journal")
    say(repr(made))
    client = connected(sandbox, ics, account)
    if not dry_run:
        _ask(f"{_said(made)} in the calendars of {_whose(client)}?", yes)
    done = _finished(
        lambda: applied(made, client, journal=book, on_conflict=on_conflict.value, verify=verify, dry_run=dry_run),
        output,
    )
    if not dry_run:
        if book.exists():
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
    account: AccountName = None,
) -> None:
    """Take back what a journal says was written."""
    from cronofy_frames.writing.apply.undoing import undo as undone

    _writable(output, "-o")
    client = connected(sandbox, ics, account)
    if not dry_run:
        first = undone(journal, client, on_conflict=on_conflict.value, dry_run=True)
        if not len(first):
            typer.echo("nothing is left to take back")
            return
        _ask(f"Take back {quantity(len(first), 'row')} in the calendars of {_whose(client)}?", yes)
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
    from cronofy_frames.writing.plan.planning import plan_available_periods, plan_deletes, plan_events

    if what is Kind.DELETES:
        return plan_deletes(rows, calendar=calendar, client=client, skip_bad=skip_bad)
    if what is Kind.PERIODS:
        return plan_available_periods(rows, client=client, key=key, tz=tz, skip_bad=skip_bad)
    return plan_events(rows, calendar=calendar, client=client, key=key, tz=tz, skip_bad=skip_bad)


def _pair(text: str) -> tuple[str, str | None]:
    theirs, mark, ours = text.rpartition("=")
    if not mark:
        fail(
            f"--column {text}: say what it means, as in --column 'Was=summary', or --column 'Was=' to leave it out.", 2
        )
    return theirs, ours or None


def _said(made: Plan) -> str:
    counts = made.counts()
    said = ", ".join(f"{name} {counts[name]}" for name in ("create", "update", "delete") if name in counts)
    return said.capitalize() or "Write nothing"


def _whose(client: Client) -> str:
    who = client.user_info()
    return shorten(str(who.get("email") or who.get("name") or who["sub"]), 100)


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
    would = done.loc[done["message"].str.startswith("would be").fillna(value=False), "message"]
    for label, message in would.head(SHOWN).items():
        say(single_line(f"row {label}: {message}"))
    if len(would) > SHOWN:
        typer.echo(f"and {len(would) - SHOWN} more: -o FILE has all of them", err=True)
    typer.echo(", ".join(f"{count} {word}" for word, count in counts.items()) or "no rows")
    wrong = done.loc[done["outcome"] == "failed"]
    for label, row in wrong.head(SHOWN).iterrows():
        say(single_line(f"row {label}: {row['message']}"), err=True)
    if len(wrong) > SHOWN:
        typer.echo(f"and {len(wrong) - SHOWN} more: -o FILE has all of them", err=True)
    if output is not None:
        typer.echo(f"wrote {export(done.rename_axis('row'), output)}", err=True)


def _end(done: pd.DataFrame) -> None:
    if done["outcome"].isin(["failed", "not_sent"]).any():
        raise typer.Exit(PARTIAL)


def _list(wrong: FrameError, file: Path | None) -> None:
    """Print problems row by row, and write all of them to a file where one was asked for."""
    from cronofy_frames.sheets import export

    problems = wrong.problems
    if problems is None:
        return
    if file is not None:
        typer.echo(f"wrote {quantity(len(problems), 'problem')} to {export(problems, file)}", err=True)
    for one in problems.head(SHOWN).to_dict("records"):
        place = (
            str(one["column"])
            if one["row"] is None or one["row"] != one["row"]
            else f"row {one['row']}, {one['column']}"
        )
        say(single_line(_shell(f"{place}: expected {one['expected']}, came {one['came']}")), err=True)
    if len(problems) > SHOWN:
        typer.echo(f"and {len(problems) - SHOWN} more: --problems FILE has all of them", err=True)


# what is said in Python where a shell has another word for it
WORDS = {
    "dayfirst=True or dayfirst=False": "--dayfirst or --monthfirst",
    "dayfirst=": "--dayfirst or --monthfirst",
    "`.problems` lists all": "--problems FILE lists all",
    "`.problems` has all of them, `.partial` the rest": "--problems FILE lists them once that is said",
    "skip_bad=True": "--skip-bad",
    "columns={...}": "--column THEIRS=OURS",
    "calendar=": "--calendar",
    "client=": "an account (without --offline)",
    "sheet=": "--sheet",
    "key=": "--key",
    "tz=": "--tz",
}


def _shell(text: str) -> str:
    for python, shell in WORDS.items():
        text = text.replace(python, shell)
    return text


@contextmanager
def _spoken() -> Iterator[None]:
    """Let what goes wrong, and what is only noted, speak of options."""
    try:
        with warnings.catch_warnings(record=True) as noted:
            warnings.simplefilter("always")
            yield
    except (CronofyError, ValueError) as error:
        error.args = (_shell(str(error)), *error.args[1:])
        raise
    finally:
        for one in noted:
            note(_shell(str(one.message)))


def _writable(file: Path | None, option: str) -> None:
    """Refuse a file that could not be written, before anything is done that it should tell of."""
    if file is None:
        return
    if file.suffix.lower() not in (".csv", ".xlsx", ".json", ".parquet"):
        fail(f"{option} {file}: the suffix must be .csv, .xlsx, .json or .parquet.", 2)
    if not file.expanduser().absolute().parent.is_dir():
        fail(f"{option} {file}: its folder does not exist.", 2)
