"""The library said aloud: parsing and printing, and no knowledge of its own.

Exit codes: 0 done, 1 failed, 2 wrong usage, 3 only a part could be read (what came was written) or written (the
outcomes say which). pandas and all that stands on it are imported inside the commands: `--help` needs none of it.
"""

from __future__ import annotations

import os
import sys
import warnings

import typer

# each brings its commands, in the order of the help
from cronofy_frames.cli import reads, pictures, writes, accounts, checking, serving  # isort: skip
from cronofy_frames.cli.base import app, complain, note, say
from cronofy_frames.errors import CronofyError

__all__ = ["accounts", "checking", "main", "pictures", "reads", "serving", "writes"]

INTERRUPTED = 130


def main() -> None:
    """Run the command line; what goes wrong is said in one line on stderr."""
    warnings.showwarning = lambda message, *_: note(str(message))
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
            say(told)
        else:
            complain(f"{told.rstrip('.')}. Try --help.")
        sys.exit(2)
