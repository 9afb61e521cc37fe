"""Commands that are interrupted: one line on stderr that says what was done and how to go on."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import typer

from cronofy_frames.cli.base import print_error
from cronofy_frames.text import by_count, quantity

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

INTERRUPTED = 130


def with_interrupts(command: Callable[..., Any]) -> Callable[..., Any]:
    """Return a command that ends with one line and exit code 130 after Ctrl-C."""

    @functools.wraps(command)
    def run(*args: Any, **options: Any) -> Any:
        try:
            return command(*args, **options)
        except KeyboardInterrupt as error:
            print_error(interrupt_text(error))
            raise typer.Exit(INTERRUPTED) from None

    return run


def interrupt_text(error: KeyboardInterrupt) -> str:
    """Return what was read or written before an interrupt, and how to go on."""
    partial: pd.DataFrame | None = getattr(error, "partial", None)
    if partial is None:
        return "interrupted. Run the command again."
    source = partial.attrs["cronofy"]
    if "outcomes" in source:
        from cronofy_frames.writing.apply.outcomes import UNKNOWN

        unanswered = int(partial["message"].isin(UNKNOWN).sum())
        return (
            f"interrupted: {unanswered} of {quantity(len(partial), 'row')} {by_count(len(partial), 'has', 'have')} no "
            "response. Run the same command again, with the same journal: no row is written twice."
        )
    return (
        f"interrupted: {quantity(len(partial), 'row')} of {quantity(source['pages'], 'page')} "
        f"{by_count(len(partial), 'was', 'were')} read, and nothing was written. Run the command again; for less at a "
        "time add --from and --to."
    )
