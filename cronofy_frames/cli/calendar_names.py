"""The names of calendars that `--calendar` completes in a shell: those of the last read, kept in a private file.

Only names are kept, and only of accounts: a sandbox has other calendars each time. Where the file cannot be written or
read, nothing is completed.
"""

from __future__ import annotations

import os
import re
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from cronofy_frames.errors import CronofyError
from cronofy_frames.text import single_line
from cronofy_frames.tokens.account_document import accounts_folder, file_stem

if TYPE_CHECKING:
    import pandas as pd

FOLDER = "calendars"  # beside the folder of the accounts
COLUMN = "calendar_name"


def complete_calendar(context: typer.Context, incomplete: str) -> list[str]:
    """Return the names that start so, of the account that the command line names."""
    try:
        names = _names_file(context.params.get("account")).read_text(encoding="utf-8").split("\n")
    except (CronofyError, OSError, ValueError):
        return []
    return [_as_word(name) for name in names if name and name.startswith(incomplete)]


def with_names_kept(frame: pd.DataFrame, account: str | None, *, has_all: bool = False) -> pd.DataFrame:
    """Return a frame, and keep the names of its calendars for the shell.

    Parameters
    ----------
    frame
        What was read.
    account
        The name of the account; None for the one that commands use by default.
    has_all
        Whether the frame has all calendars, so that others that were kept exist no more.
    """
    from cronofy_frames.sheets import write_file

    names = {str(name) for name in frame[COLUMN].dropna()}
    with suppress(CronofyError, OSError, ValueError):
        path = _names_file(account)
        if not has_all and path.exists():
            names |= set(path.read_text(encoding="utf-8").split("\n"))
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        shown = sorted(name for name in names if name and single_line(name) == name)
        write_file(path, "\n".join(shown).encode(), private=True)
    return frame


def _names_file(account: str | None) -> Path:
    return accounts_folder().parent / FOLDER / f"{file_stem(account) if account else 'default'}.txt"


def _as_word(name: str) -> str:
    """Return a name as the shell takes it: bash, unlike others, puts a completion on its line as it is."""
    is_bash = os.environ.get("_CRONOFY_FRAMES_COMPLETE", "").endswith("_bash")
    return re.sub(r"([^\w.,:/@%+=-])", r"\\\1", name) if is_bash else name
