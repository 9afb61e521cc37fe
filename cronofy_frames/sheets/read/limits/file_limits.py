"""What a file may hold: cells and bytes, with the errors that name the limit and how to lift it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

MAX_CELLS = 10_000_000
MAX_BYTES = 500_000_000

_BYTES_PER_CELL = 60  # of memory, in the library's table and in ours


class LimitExceeded(Exception):
    """A file that is larger than it may be; the message names the limit and how to lift it."""


class Malformed(Exception):
    """A file whose parts contradict its format."""


@dataclass(frozen=True, slots=True)
class FileLimits:
    """How much a file may hold.

    A file of a few kilobytes can stand for tables that no memory holds, and the libraries that read it end the process
    then. So each format is measured first, and what does not fit is refused.

    Attributes
    ----------
    max_cells
        Cells of all tables that are read, blank ones between others included.
    max_bytes
        Bytes of the file and of all that is packed in it.
    """

    max_cells: int = MAX_CELLS
    max_bytes: int = MAX_BYTES

    def __post_init__(self) -> None:
        for name in ("max_cells", "max_bytes"):
            limit = getattr(self, name)
            if not isinstance(limit, int) or isinstance(limit, bool) or limit < 1:
                raise ValueError(f"{name} is a whole number from 1, not {limit!r}.")

    def check_table(self, rows: int, columns: int) -> None:
        """Raise an error if a table has too many cells, those between its first cell and its last one included."""
        if rows * columns > self.max_cells:
            self.refuse_cells(rows * columns, f" ({rows:,} rows and {columns:,} columns)")

    def check_cells(self, count: int) -> None:
        """Raise an error if there are too many cells."""
        if count > self.max_cells:
            self.refuse_cells(count)

    def refuse_cells(self, count: int, shape: str = "") -> NoReturn:
        """Raise the error for too many cells."""
        gigabytes = max(1, round(count * _BYTES_PER_CELL / 1e9))
        raise LimitExceeded(
            f"its tables have {count:,} cells{shape}, more than the limit of {self.max_cells:,}. Delete the cells that "
            "are not needed (often one far below or to the right of the others), or give a larger max_cells= if the "
            f"computer has the memory: about {gigabytes:,} GB."
        )

    def check_bytes(self, count: int, part: str = "it") -> None:
        """Raise an error if a file, or what is packed in it, has too many bytes."""
        if count > self.max_bytes:
            raise LimitExceeded(
                f"{part} has {count:,} bytes or more, more than the limit of {self.max_bytes:,}. Save a file with the "
                "cells that are needed and nothing else, or give a larger max_bytes= if the computer has the memory."
            )

    def read_file(self, path: Path) -> bytes:
        """Return the bytes of a file, and never read much more of it than allowed."""
        with path.open("rb") as file:
            data = file.read(self.max_bytes + 1)
        self.check_bytes(len(data))
        return data


@contextmanager
def library_errors(*, own: type[Exception] | None = None) -> Iterator[None]:
    """Turn every error of a library that reads files into an error of ours.

    A library in Rust panics where it meets a file that it does not expect. That exception is no `Exception`, and its
    class cannot be imported, so that its name has to tell.

    Parameters
    ----------
    own
        An error that the caller expects, and that stays as it is.

    Raises
    ------
    Malformed
        The library failed; the cause is its error.
    """
    try:
        yield
    except (LimitExceeded, Malformed):
        raise
    except MemoryError as error:
        raise Malformed("there is not enough memory for it") from error
    except Exception as error:
        if own is not None and isinstance(error, own):
            raise
        raise Malformed(str(error) or type(error).__name__) from error
    except BaseException as error:
        if type(error).__name__ != "PanicException":
            raise
        raise Malformed("its content is contradictory") from error
