"""Options that the commands of the archive share, and the rows with which an archive answers."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cronofy_frames.cli.base import Format, fail
from cronofy_frames.cli.reads import write_rows

if TYPE_CHECKING:
    import pandas as pd

    from cronofy_frames.archive import Archive

Folder = Annotated[Path, typer.Argument(metavar="ARCHIVE", help="The folder of the archive.")]
AccountNames = Annotated[
    list[str] | None,
    typer.Option("--account", metavar="NAME", help="Only this account; repeatable. [default: all]"),
]
FromDay = Annotated[
    str | None, typer.Option("--from", metavar="DATE", help="First day, or start time. [default: the first known]")
]
Pseudonyms = Annotated[
    bool,
    typer.Option(
        "--pseudonyms", help="Replace people by pseudonyms, with the key in CRONOFY_FRAMES_PSEUDONYM_KEY; for good."
    ),
]
ByAddress = Annotated[
    bool,
    typer.Option(
        "--pseudonyms",
        help="Find accounts of an archive of pseudonyms by address, with the key in CRONOFY_FRAMES_PSEUDONYM_KEY.",
    ),
]
KeepDomain = Annotated[bool, typer.Option("--keep-domain", help="Keep the domain of addresses in pseudonyms.")]
KEY_VARIABLE = "CRONOFY_FRAMES_PSEUDONYM_KEY"


@dataclass(frozen=True)
class ArchiveRows:
    """Rows that an archive answers with, and where they are written.

    Attributes
    ----------
    folder
        The folder of the archive.
    output, row_format
        The file, and its format, as options of the command line.
    columns
        Those of a table; none is all. The account comes before them where the rows may be of several.
    pseudonyms
        Whether the archive is opened with the key in the environment.
    accounts
        The labels of the accounts that are chosen; None is all.
    """

    folder: Path
    output: Path | None
    row_format: Format | None
    columns: Sequence[str] = ()
    pseudonyms: bool = False
    accounts: Sequence[str] | None = None

    def write(self, question: Callable[[Archive], pd.DataFrame]) -> None:
        """Open the archive, ask it, and write the rows."""
        with open_archive(self.folder, pseudonym_key(self.pseudonyms)) as archive:
            columns = self._shown_columns(archive)
            write_rows(lambda: question(archive), self.output, self.row_format, columns)

    def _shown_columns(self, archive: Archive) -> list[str]:
        """Return the columns of a table; none is all."""
        labels = self.accounts or archive.accounts()["account"]
        is_shown = self.columns and "account" not in self.columns and len(set(labels)) > 1
        return ["account", *self.columns] if is_shown else list(self.columns)


def pseudonym_key(is_wanted: bool) -> str | None:
    """Return the key of pseudonyms from the environment; None where there are to be none."""
    if not is_wanted:
        return None
    key = os.environ.get(KEY_VARIABLE)
    return key or fail(f"--pseudonyms needs a key of 16 bytes or more: set {KEY_VARIABLE}.", 2)


def open_archive(folder: Path, key: str | None = None, *, keep_domain: bool | None = None) -> Archive:
    """Return an archive that exists."""
    from cronofy_frames.archive import Archive

    if not folder.is_dir():
        fail(f"{folder} is not an archive: name its folder, or make one with cronofy-frames sync {folder}", 2)
    return Archive(folder, pseudonyms=key, keep_domain=keep_domain)
