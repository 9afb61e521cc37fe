"""Problems of a spreadsheet in a terminal: one line each, a table of all, and the next step."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

import typer

from cronofy_frames.cli.base import MOST_LINES, fail, print_done, print_lines
from cronofy_frames.cli.option_names import with_options
from cronofy_frames.text import quantity, single_line

if TYPE_CHECKING:
    from pathlib import Path

    from cronofy_frames.errors import FrameError


def fail_with_problems(error: FrameError) -> NoReturn:
    """End a command whose problems are printed already, with the next step."""
    if error.problems is None:
        fail(with_options(str(error)), 1)
    of_columns = error.problems["row"].isna().any()
    step = "Correct this and plan again" if of_columns else "Correct these rows, or leave them out with --skip-bad"
    count = quantity(len(error.problems), "problem")
    fail(f"{count}, listed above, and no plan was made. {step}; --problems FILE makes a table of them.", 1)


def print_problems(error: FrameError, file: Path | None) -> None:
    """Print the first problems, one line each, and write all of them to a file if one is given."""
    from cronofy_frames.sheets import export

    problems = error.problems
    if problems is None:
        return
    if file is not None:
        print_done(f"wrote {quantity(len(problems), 'problem')} to {export(problems, file)}")
    for problem in problems.head(MOST_LINES).to_dict("records"):
        row, column = problem["row"], problem["column"]
        place = str(column) if row is None or row != row else f"row {row}, {column}"
        text = f"{place}: expected {problem['expected']}, came {problem['came']}"
        print_lines(single_line(with_options(text)), err=True)
    if (more := len(problems) - MOST_LINES) > 0:
        typer.echo(f"and {more} more: --problems FILE has all of them", err=True)
