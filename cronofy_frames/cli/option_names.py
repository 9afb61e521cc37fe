"""Options of the command line in messages of the library, which name arguments in Python."""

from __future__ import annotations

import re
import warnings
from contextlib import contextmanager
from typing import TYPE_CHECKING

from cronofy_frames.cli.base import print_note
from cronofy_frames.errors import CronofyError

if TYPE_CHECKING:
    from collections.abc import Iterator

# arguments in Python, and the options of the command line that stand for them
PYTHON_TO_OPTION = {
    "on_conflict='overwrite'": "--on-conflict overwrite",
    "dayfirst=True or dayfirst=False": "--dayfirst or --monthfirst",
    "dayfirst=True": "--dayfirst",
    "dayfirst=False": "--monthfirst",
    "dayfirst=": "--dayfirst or --monthfirst",
    'last_day="included" or last_day="excluded"': "--last-day included or --last-day excluded",
    "`.problems` lists all, `.partial` has the rest": "--problems FILE lists all",
    "`.problems` lists all": "--problems FILE lists all",
    "overnight=True in read_sheet": "--overnight",
    "overnight=True": "--overnight",
    "skip_bad=True": "--skip-bad",
    "columns={...}": "--column THEIRS=OURS",
    ": Sandbox.problems lists them.": ":",
    "columns= ": "--column ",
    "their row as header=": "their row as --header",
    "encoding=": "--encoding",
    "fold=0 or 1": "--fold 0 or --fold 1",
    "delete_account=True": "--delete-account",
    "account='": "--account '",
    "max_cells=": "--max-cells",
    "max_bytes=": "--max-bytes",
    "calendar=": "--calendar",
    "client=": "an account (without --offline)",
    "sheet=": "--sheet",
    "key=": "--key",
    "tz=": "--tz",
}


# the meanings of columns, in Python
_COLUMN = re.compile(r'"([^"{}]*)": (?:"(\w+)"|None)')
_COLUMNS = re.compile(rf"columns=\{{{_COLUMN.pattern}(?:, {_COLUMN.pattern})*\}}(?: in read_sheet)?")


def with_options(text: str) -> str:
    """Return a message of the library with options of the command line in place of arguments in Python."""
    text = _COLUMNS.sub(_column_options, text)
    for python, option in PYTHON_TO_OPTION.items():
        text = text.replace(python, option)
    return text


def _column_options(match: re.Match[str]) -> str:
    return " ".join(f"--column '{theirs}={ours}'" for theirs, ours in _COLUMN.findall(match[0]))


@contextmanager
def messages_name_options() -> Iterator[None]:
    """Make errors and warnings of the library name options of the command line."""
    try:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            yield
    except (CronofyError, ValueError) as error:
        error.args = (with_options(str(error)), *error.args[1:])
        raise
    finally:
        for warning in caught:
            print_note(with_options(str(warning.message)))
