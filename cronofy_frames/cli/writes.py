"""Commands that write: plan, apply, undo."""

from __future__ import annotations

import sys
import warnings
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cronofy_frames.cli.base import (
    MOST_LINES,
    PARTIAL,
    STANDARD_OUTPUT,
    AccountName,
    Ics,
    OnSandbox,
    app,
    fail,
    print_done,
    print_error,
    print_lines,
    print_note,
    print_rest,
)
from cronofy_frames.cli.calendar_names import complete_calendar
from cronofy_frames.cli.clients import client_for
from cronofy_frames.cli.option_names import messages_name_options, with_options
from cronofy_frames.cli.sheet_problems import fail_with_problems, print_problems
from cronofy_frames.cli.undo_preview import default_journal, parse_which, print_preview
from cronofy_frames.errors import CronofyError, FrameError
from cronofy_frames.text import quantity, shorten, single_line

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

    from cronofy_frames.wire.client import Client
    from cronofy_frames.writing.plan.plans import Plan


class ConflictPolicy(StrEnum):
    """What to do with an event that has changed since it was planned or written."""

    FAIL = "fail"
    SKIP = "skip"
    OVERWRITE = "overwrite"


class LastDayOption(StrEnum):
    """Whether the end of whole days is their last day, or the day after."""

    INCLUDED = "included"
    EXCLUDED = "excluded"


class RowKind(StrEnum):
    """What the rows of a spreadsheet are."""

    EVENTS = "events"
    DELETES = "deletes"
    PERIODS = "periods"


Yes = Annotated[bool, typer.Option("--yes", help="Do not ask for confirmation.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Show what would be done, and send nothing.")]
Outcomes = Annotated[
    Path | None,
    typer.Option("-o", "--output", metavar="FILE", help="Write the outcome of every row to this .csv or .xlsx file."),
]


@app.command()
def plan(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A .csv, .xlsx, .ods, .parquet, .json or .ndjson file.")],
    calendar: Annotated[
        str | None,
        typer.Option(
            "--calendar",
            metavar="NAME",
            help="Calendar of rows that name none, by name or id.",
            autocompletion=complete_calendar,
        ),
    ] = None,
    tz: Annotated[str | None, typer.Option("--tz", metavar="ZONE", help="IANA time zone of times without one.")] = None,
    dayfirst: Annotated[
        bool | None, typer.Option("--dayfirst/--monthfirst", help="How to read 03/04/2026.", show_default=False)
    ] = None,
    last_day: Annotated[
        LastDayOption | None,
        typer.Option(
            "--last-day", help="Whether events of days are still on the day of their end.", show_default=False
        ),
    ] = None,
    overnight: Annotated[
        bool, typer.Option("--overnight", help="A row from 22:00 to 06:00 on one date ends on the next day.")
    ] = False,
    sheet: Annotated[str | None, typer.Option("--sheet", metavar="NAME", help="Worksheet to read.")] = None,
    header: Annotated[
        int | None, typer.Option("--header", metavar="N", help="Number of the row with the headers.")
    ] = None,
    encoding: Annotated[
        str | None, typer.Option("--encoding", metavar="NAME", help="Encoding of a text file, such as cp1252.")
    ] = None,
    fold: Annotated[
        int | None,
        typer.Option("--fold", metavar="0|1", help="Which one a time is that clocks show twice.", min=0, max=1),
    ] = None,
    max_cells: Annotated[
        int, typer.Option("--max-cells", metavar="N", help="Cells that the file may have, blank ones included.")
    ] = 10_000_000,
    max_bytes: Annotated[
        int, typer.Option("--max-bytes", metavar="N", help="Bytes that the file may have, unpacked.")
    ] = 500_000_000,
    column: Annotated[
        list[str] | None,
        typer.Option(
            "--column",
            metavar="THEIRS=OURS",
            help="Meaning of a column of the file, as in --column Thema=summary; --column Thema= leaves it out. "
            "Repeatable. Meanings are summary, start, end, start_date, start_time, end_date, end_time, duration, "
            "all_day, location_description, description, attendees, calendar and others.",
        ),
    ] = None,
    key: Annotated[
        list[str] | None,
        typer.Option(
            "--key", metavar="COLUMN", help="Column that identifies a row; repeatable. [default: summary and start]"
        ),
    ] = None,
    row_kind: Annotated[RowKind, typer.Option("--rows", help="What the rows are.")] = RowKind.EVENTS,
    skip_bad: Annotated[bool, typer.Option("--skip-bad", help="Leave out rows with problems.")] = False,
    offline: Annotated[
        bool,
        typer.Option("--offline", help="Do not compare with the calendars: no account is needed, and undo knows less."),
    ] = False,
    problems: Annotated[
        Path | None, typer.Option("--problems", metavar="FILE", help="Write all problems to this .csv or .xlsx file.")
    ] = None,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="PLAN", help="File of the plan. [default: FILE.plan]")
    ] = None,
    sandbox: OnSandbox = False,
    ics: Ics = None,
    account: AccountName = None,
) -> None:
    """Plan changes from a spreadsheet; send nothing."""
    from cronofy_frames.sheets import read_sheet

    target = output or file.with_name(file.name + ".plan")
    if target == STANDARD_OUTPUT:
        fail("-o -: a plan cannot go to standard output, because apply reads it from a file: name one.", 2)
    for option, path in (("-o", target), ("--problems", problems)):
        if path is not None and path.resolve() == file.resolve():
            fail(f"{option} {path} is the spreadsheet itself, which would be overwritten: name another file.", 2)
    _check_writable(problems, "--problems")
    if calendar is not None and row_kind is RowKind.PERIODS:
        fail("--calendar does not apply to periods: they belong to the account.", 2)
    columns = dict(map(_parse_column, column or []))
    client = None if offline else client_for(sandbox, ics, account, zone=tz)
    with messages_name_options():
        rows = read_sheet(
            file,
            tz=tz,
            dayfirst=dayfirst,
            last_day=None if last_day is None else last_day.value,
            overnight=overnight,
            sheet=sheet,
            header=header,
            encoding=encoding,
            fold=fold,
            columns=columns or None,
            max_cells=max_cells,
            max_bytes=max_bytes,
        )
        options = PlanOptions(calendar=calendar, client=client, key=key or None, tz=tz)
        refused: FrameError | None = None
        try:
            made = _plan_rows(row_kind, rows, options, skip_bad=False)
        except FrameError as error:
            refused = error
            if skip_bad:
                made = _plan_rows(row_kind, rows, options, skip_bad=True)
    if refused is not None:
        print_problems(refused, problems)
        if not skip_bad:
            fail_with_problems(refused)
    print_lines(repr(made))
    print_done(f"wrote {made.save(target)}")


@app.command()
def apply(
    plan_file: Annotated[Path, typer.Argument(metavar="PLAN", help="A file that `plan` wrote.")],
    journal: Annotated[
        Path | None,
        typer.Option(
            "--journal",
            metavar="FILE",
            help="File that undo and a repeated apply need. [default: named after PLAN, and when it was made]",
        ),
    ] = None,
    on_conflict: Annotated[
        ConflictPolicy, typer.Option("--on-conflict", help="What to do with an event changed since it was planned.")
    ] = ConflictPolicy.FAIL,
    verify: Annotated[bool, typer.Option("--verify", help="Read back what was written.")] = False,
    output: Outcomes = None,
    yes: Yes = False,
    dry_run: DryRun = False,
    sandbox: OnSandbox = False,
    ics: Ics = None,
    account: AccountName = None,
) -> None:
    """Carry out a plan, after confirmation."""
    from cronofy_frames.sheets import SheetWarning
    from cronofy_frames.writing.apply.applying import apply as apply_plan
    from cronofy_frames.writing.plan.plans import load_plan

    _check_writable(output, "-o")
    made = load_plan(plan_file)
    journal_file = journal or default_journal(plan_file, made)
    print_lines(repr(made))
    if made.source is not None and (note := made.source.change_note()):
        print_note(note)
    client = client_for(sandbox, ics, account)
    options = {"journal": journal_file, "on_conflict": on_conflict.value, "verify": verify, "dry_run": dry_run}
    if not dry_run:
        _confirm(f"{_summary(made)} in the calendars of {_user_label(client)}?", yes)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SheetWarning)  # the note above says the same
        outcomes = _write(lambda: apply_plan(made, client, **options), output, dry_run=dry_run)  # type: ignore[arg-type]
    if not dry_run:
        if sandbox or ics is not None:
            print_done("This sandbox ends here, with what was written; cronofy-frames sandbox serves one that stays.")
        elif journal_file.exists():
            print_lines(f"To undo this: cronofy-frames undo {journal_file}", err=True)
        _exit_if_failed(outcomes)


@app.command()
def undo(
    journal: Annotated[Path, typer.Argument(metavar="JOURNAL", help="The file that `apply` wrote.")],
    which: Annotated[
        str,
        typer.Option("--which", metavar="last|all|N", help="Plan to undo; N counts the applied plans from 1."),
    ] = "last",
    on_conflict: Annotated[
        ConflictPolicy, typer.Option("--on-conflict", help="What to do with an event changed since it was written.")
    ] = ConflictPolicy.FAIL,
    output: Outcomes = None,
    yes: Yes = False,
    dry_run: DryRun = False,
    sandbox: OnSandbox = False,
    ics: Ics = None,
    account: AccountName = None,
) -> None:
    """Undo the plan that was applied last; again, the one before."""
    from cronofy_frames.writing.apply.undoing import undo as undo_journal

    _check_writable(output, "-o")
    plans = parse_which(which)
    client = client_for(sandbox, ics, account)
    preview = undo_journal(journal, client, which=plans, on_conflict=on_conflict.value, dry_run=True)
    if not len(preview):
        typer.echo("nothing is left to undo")
        return
    print_preview(preview)
    if dry_run:
        _report_counts(preview, output, dry_run=True)
        return
    _confirm(f"Undo {quantity(len(preview), 'row')} in the calendars of {_user_label(client)}?", yes)
    outcomes = _write(lambda: undo_journal(journal, client, which=plans, on_conflict=on_conflict.value), output)
    _exit_if_failed(outcomes)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanOptions:
    """Options of `plan` that all functions of planning share."""

    calendar: str | None
    client: Client | None
    key: list[str] | None
    tz: str | None


def _plan_rows(row_kind: RowKind, rows: pd.DataFrame, options: PlanOptions, *, skip_bad: bool) -> Plan:
    from cronofy_frames.writing.plan.planning import plan_available_periods, plan_deletes, plan_events

    calendar, client, key, tz = options.calendar, options.client, options.key, options.tz
    if row_kind is RowKind.DELETES:
        return plan_deletes(rows, calendar=calendar, client=client, skip_bad=skip_bad)
    if row_kind is RowKind.PERIODS:
        return plan_available_periods(rows, client=client, key=key, tz=tz, skip_bad=skip_bad)
    return plan_events(rows, calendar=calendar, client=client, key=key, tz=tz, skip_bad=skip_bad)


def _parse_column(text: str) -> tuple[str, str | None]:
    theirs, equals, ours = text.rpartition("=")
    if not equals:
        fail(f"--column {text}: write --column '{text}=summary' to rename it, or --column '{text}=' to ignore it.", 2)
    return theirs, ours or None


def _summary(made: Plan) -> str:
    counts = made.counts()
    summary = ", ".join(f"{name} {counts[name]}" for name in ("create", "update", "delete") if name in counts)
    return summary.capitalize() or "Write nothing"


def _user_label(client: Client) -> str:
    user = client.user_info()
    return shorten(str(user.get("email") or user.get("name") or user["sub"]), 100)


def _confirm(question: str, yes: bool) -> None:
    """Ask for confirmation; without it, end the command."""
    if yes:
        return
    if sys.stdin is None or not sys.stdin.isatty():
        fail(f"{question} There is no terminal to confirm this: add --yes, or --dry-run to look first.", 2)
    if not typer.confirm(question, err=True):
        fail("nothing was written.", 1)


def _write(write: Callable[[], pd.DataFrame], output: Path | None, *, dry_run: bool = False) -> pd.DataFrame:
    """Write rows and report their outcomes; if writing breaks off, also those of the rows before."""
    try:
        outcomes = write()
    except CronofyError as error:
        if error.partial is None:
            raise
        _report_outcomes(error.partial, output, dry_run=dry_run)
        print_error(str(error))
        raise typer.Exit(PARTIAL) from None
    _report_outcomes(outcomes, output, dry_run=dry_run)
    return outcomes


def _report_outcomes(outcomes: pd.DataFrame, output: Path | None, *, dry_run: bool) -> None:
    """Print what would be done in a dry run, how many rows have each outcome, and the rows that failed."""
    if dry_run:
        _print_messages(outcomes[outcomes["outcome"] == "not_sent"], err=False)
    _print_messages(outcomes[outcomes["outcome"] == "failed"], err=True)
    _report_counts(outcomes, output, dry_run=dry_run)


def _report_counts(outcomes: pd.DataFrame, output: Path | None, *, dry_run: bool) -> None:
    """Print how many rows have each outcome, and write all of them to a file if one is given."""
    from cronofy_frames.sheets import export

    if dry_run:
        typer.echo(f"dry run of {quantity(len(outcomes), 'row')}: nothing was sent")
    else:
        counts = outcomes.attrs["cronofy"]["outcomes"]
        typer.echo(", ".join(f"{count} {outcome}" for outcome, count in counts.items()) or "no rows")
    if output is not None:
        print_done(f"wrote {export(outcomes.rename_axis('row'), output)}")


def _print_messages(rows: pd.DataFrame, *, err: bool) -> None:
    """Print the messages of the first rows, one line each."""
    for label, message in rows["message"].head(MOST_LINES).items():
        print_lines(single_line(f"row {label}: {with_options(message)}"), err=err)
    print_rest(len(rows) - MOST_LINES)


def _exit_if_failed(outcomes: pd.DataFrame) -> None:
    """End with exit code 3 when some rows were not written."""
    if outcomes["outcome"].isin(["failed", "not_sent"]).any():
        raise typer.Exit(PARTIAL)


def _check_writable(file: Path | None, option: str) -> None:
    """End the command at once if its output file could not be written at its end."""
    if file is None:
        return
    if file.suffix.lower() not in (".csv", ".xlsx", ".json", ".parquet"):
        fail(f"{option} {file}: use the suffix .csv, .xlsx, .json or .parquet.", 2)
    if not file.expanduser().absolute().parent.is_dir():
        fail(f"{option} {file}: its folder does not exist.", 2)
