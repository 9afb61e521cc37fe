"""A column Zone or Offset: time zones if all its cells are like some, and something else otherwise."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from cronofy_frames.sheets.problems import is_missing
from cronofy_frames.zone_texts import is_like_zone

_WORDS = re.compile(r"(?:(?:utc|gmt|time)[\s_-]*)?(?:zone|offset)", re.IGNORECASE)


def position_of_zones(headers: Sequence[str | None], columns: Sequence[Sequence[Any]]) -> int | None:
    """Return the position of the first column with such a header and with zones in all its cells.

    Parameters
    ----------
    headers
        The headers of the file; None for columns that have another meaning.
    columns
        The cells of each column.
    """
    for position, (header, cells) in enumerate(zip(headers, columns, strict=True)):
        if header is not None and _WORDS.fullmatch(header.strip()) and _are_zones(cells):
            return position
    return None


def _are_zones(cells: Sequence[Any]) -> bool:
    filled = [cell for cell in cells if not is_missing(cell) and str(cell).strip()]
    return bool(filled) and all(isinstance(cell, str) and is_like_zone(cell) for cell in filled)
