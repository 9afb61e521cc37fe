"""Command line interface: parses options, calls the library, and prints results.

Exit codes: 0 done, 1 failed, 2 wrong usage, 3 read or written only in part (what was read is written to the output, and
the outcomes list what was written), 130 interrupted. pandas is imported inside the commands, because `--help` does not
need it.
"""

from __future__ import annotations

import atexit
import gc
import os
import sys
import warnings
from io import TextIOWrapper

import typer

# each module registers its commands, in the order of the help
from cronofy_frames.cli import reads, pictures, writes, archive_sync, archive, accounts, diagnostics, serving  # isort: skip
from cronofy_frames.cli.archive import archive_app
from cronofy_frames.cli.base import EXIT_CODES, app, print_error, print_lines, print_note
from cronofy_frames.cli.interrupts import INTERRUPTED, with_interrupts
from cronofy_frames.cli.verbosity import set_up_logging, with_verbosity
from cronofy_frames.errors import CronofyError

__all__ = ["accounts", "archive", "archive_sync", "diagnostics", "main", "pictures", "reads", "serving", "writes"]

LIBRARIES_OF_EXTRAS = frozenset({"dask", "deltalake", "distributed", "duckdb", "keyring"})
"""Libraries that may be missing; the error has the line that installs them."""

if app.registered_callback is not None and app.registered_callback.callback is not None:
    app.registered_callback.callback = with_verbosity(app.registered_callback.callback)
for command in [*app.registered_commands, *archive_app.registered_commands]:
    command.epilog = command.epilog or EXIT_CODES
    assert command.callback is not None
    command.callback = with_verbosity(with_interrupts(command.callback))


def os_error_text(error: OSError) -> str:
    """Return an error of the file system in words; those that this package raises have their own text."""
    if not error.filename:
        return str(error)
    if isinstance(error, FileNotFoundError):
        return f"the file {error.filename} does not exist: check its name and folder."
    return f"{error.strerror or error}: {error.filename}"


def set_up_output() -> None:
    """Let characters that an output cannot encode be printed as their codes, as on Windows into a pipe."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def main() -> None:
    """Run the command line; report an error as one line on stderr."""
    # A command ends soon: looking for garbage among what libraries load, also when Python ends, would take a fifth of
    # its time.
    gc.set_threshold(100_000)
    atexit.register(gc.freeze)
    set_up_logging()
    set_up_output()
    warnings.showwarning = lambda message, *_: print_note(str(message))
    try:
        sys.exit(app(standalone_mode=False))
    except CronofyError as error:
        print_error(str(error))
        sys.exit(1)
    except BrokenPipeError:
        # the reader of our output stopped reading; without this Python would report it again while it shuts down
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except OSError as error:
        print_error(os_error_text(error))
        sys.exit(1)
    except ValueError as error:
        print_error(str(error))
        sys.exit(2)
    except (KeyboardInterrupt, typer.Abort):
        print_error("interrupted")
        sys.exit(INTERRUPTED)
    except ImportError as error:
        if error.name not in LIBRARIES_OF_EXTRAS:
            raise
        print_error(str(error))
        sys.exit(1)
    except Exception as error:
        # errors of the option parser; their class is not public in every version of typer
        if not hasattr(error, "format_message"):
            raise
        message = error.format_message()
        if "\n" in message:  # without a command, the message is the whole help
            print_lines(message)
        else:
            print_error(f"{message.rstrip('.')}. Try --help.")
        sys.exit(2)
