"""What `undo` would do, shown before it is confirmed; and the name of a journal."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import typer

from cronofy_frames.cli.base import MOST_LINES, fail, print_lines, print_rest
from cronofy_frames.cli.option_names import with_options
from cronofy_frames.text import join_names, shorten, single_line

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from cronofy_frames.writing.apply.undoing import Which
    from cronofy_frames.writing.plan.plans import Plan

_LONGEST_TITLE = 60


def default_journal(plan_file: Path, plan: Plan) -> Path:
    """Return the journal of a plan file, named after when the plan was made and what is in it.

    Applying the same plan again continues with it, and the plan of next week's sheet, in a file of the same name, gets
    a journal of its own.
    """
    made_at = re.sub(r"[^0-9-]", "", (plan.made_at or "").partition("+")[0].replace("T", "-"))
    return plan_file.with_name(f"{plan_file.name}.{'-'.join(filter(None, [made_at, plan.id[:6]]))}.journal")


def parse_which(text: str) -> Which:
    """Return which plans an option selects."""
    if text in ("last", "all"):
        return text  # type: ignore[return-value]
    if not text.isdecimal():
        fail(f"--which {text}: write last, all, or the number of an applied plan, counted from 1.", 2)
    return int(text)


def print_preview(rows: pd.DataFrame) -> None:
    """Print which plans would be undone, and what would be done with the first rows."""
    numbers = rows.attrs["cronofy"]["undoes"]
    names = join_names([str(number) for number in numbers], MOST_LINES)
    typer.echo(f"Undo of plan {names}:" if len(numbers) == 1 else f"Undo of plans {names}:")
    for label, row in rows.head(MOST_LINES).iterrows():
        print_lines(single_line(f"row {label}: {_row_text(row.dropna())}"))
    print_rest(len(rows) - MOST_LINES)


def _row_text(row: pd.Series[Any]) -> str:
    """Return a row as text: title and start, what would be done, and what has changed since."""
    title = repr(shorten(row["summary"], _LONGEST_TITLE)) if "summary" in row else ""
    start = row["start"].strftime("%Y-%m-%d" if row.get("all_day") else "%Y-%m-%d %H:%M") if "start" in row else ""
    changes = f" (since then: {row['changed_since']})" if "changed_since" in row else ""
    event = " ".join(filter(None, [title, start]))
    return ": ".join(filter(None, [event, with_options(row["message"])])) + changes
