"""Pages that a decoder has turned into pieces of columns, and the rows that wait for it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import msgspec


@dataclass(frozen=True, slots=True)
class Added:
    """The pages that were added to a decoder; an interrupt never leaves a part of one, as this is replaced as a whole.

    Attributes
    ----------
    pages, rows
        How many pages and rows.
    pieces
        Pieces of the columns, by name.
    pending, pending_bytes
        The rows that are no piece yet, and the size of their pages.
    """

    pages: int = 0
    rows: int = 0
    pieces: tuple[dict[str, Any], ...] = ()
    pending: tuple[msgspec.Struct, ...] = ()
    pending_bytes: int = 0

    def with_page(self, rows: Iterable[msgspec.Struct], size: int) -> Added:
        """Return these and the rows of one more page."""
        pending = (*self.pending, *rows)
        count = self.rows + len(pending) - len(self.pending)
        return Added(self.pages + 1, count, self.pieces, pending, self.pending_bytes + size)

    def with_piece(self, piece: dict[str, Any]) -> Added:
        """Return these with the pending rows as a piece."""
        return Added(self.pages, self.rows, (*self.pieces, piece))
