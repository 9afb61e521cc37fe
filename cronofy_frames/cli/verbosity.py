"""How much a command prints on stderr: `--quiet`, `--verbose`, and what libraries log."""

from __future__ import annotations

import functools
import inspect
import logging
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cronofy_frames.cli.base import SUMMARIES, print_note

if TYPE_CHECKING:
    from collections.abc import Callable

Quiet = Annotated[bool, typer.Option("--quiet", help="Print no line about what was written; errors and notes stay.")]
Verbose = Annotated[bool, typer.Option("--verbose", help="Print each request on stderr.")]


class NoteHandler(logging.Handler):
    """Prints what is logged as notes."""

    def emit(self, record: logging.LogRecord) -> None:
        """Print a record as one line on stderr."""
        print_note(record.getMessage())


def set_up_logging() -> None:
    """Print what this package logs as notes, and nothing that matplotlib says about its caches."""
    log = logging.getLogger("cronofy_frames")
    log.addHandler(NoteHandler())
    log.propagate = False
    logging.getLogger("matplotlib").setLevel(logging.ERROR)


def set_verbosity(quiet: bool, verbose: bool) -> None:
    """Print less or more on stderr from now on."""
    if quiet:
        SUMMARIES.disabled = True
    if verbose:
        logging.getLogger("cronofy_frames").setLevel(logging.INFO)


def with_verbosity(command: Callable[..., Any]) -> Callable[..., Any]:
    """Return a command that has the options `--quiet` and `--verbose` too."""

    @functools.wraps(command)
    def run(*args: Any, quiet: bool, verbose: bool, **options: Any) -> Any:
        set_verbosity(quiet, verbose)
        return command(*args, **options)

    options = {"quiet": Quiet, "verbose": Verbose}
    signature = inspect.signature(command, eval_str=True)
    parameters = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=False, annotation=annotation)
        for name, annotation in options.items()
    ]
    run.__signature__ = signature.replace(parameters=[*signature.parameters.values(), *parameters])  # type: ignore[attr-defined]
    # older versions of typer read types from here
    run.__annotations__ = {name: each.annotation for name, each in signature.parameters.items()} | options
    return run
