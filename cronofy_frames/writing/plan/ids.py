"""Ids derived from what is in a row, so that the same sheet planned twice is the same events.

The law of this file: an id depends on the values of the key columns and on nothing else: not on the file's format,
the machine, its zone or language, the order of the columns, the place of the row or the calendar's name. The recipe
has a version, for an id that comes out differently makes a second event.
"""

from __future__ import annotations

import base64
import hashlib
import json
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

import numpy as np

from cronofy_frames.wire.endpoint import OMITTED
from cronofy_frames.writing.plan.cell_parsers import Cells, Unfit

PREFIX = "cf1-"
"""What a derived id starts with: the recipe and its version."""

_LENGTH = 26  # characters of five bits: more than enough never to meet

# what places a row is no part of what it is: a calendar that is renamed keeps its events
PLACES = frozenset(
    [
        *("calendar_id", "calendar", "calendar_name", "account", "event_id", "event_uid", "available_period_id"),
        *("tzid", "start_tzid", "end_tzid"),
    ]
)


def key_of(key: str | Sequence[str] | None, default: tuple[str, ...]) -> list[str]:
    """Return the names of the key columns, checked.

    Raises
    ------
    ValueError
        For none, or one that says where a row goes and not what it is.
    """
    names = list(default if key is None else [key] if isinstance(key, str) else key)
    if not names:
        raise ValueError("key= names at least one column; leave it out for the default.")
    if wrong := [name for name in names if name in PLACES]:
        raise ValueError(
            f"key= names columns that tell two rows of a calendar apart, and {wrong[0]} cannot: an id that depends on "
            "it would change with it, and make a second event. Name columns of the row itself."
        )
    return names


def canonical(value: Any) -> Any:
    """Return a cell as it goes into an id; `OMITTED` where nothing is left of it.

    Numbers go in as their text, for a file without types has them so.

    Raises
    ------
    Unfit
        For what has no form that is the same everywhere, such as a list.
    """
    if isinstance(value, str):
        text = (value if value.isascii() else unicodedata.normalize("NFC", value)).strip()
        if len(text) in (4, 5) and text.casefold() in ("true", "false"):
            return text.casefold()
        return text or OMITTED
    if isinstance(value, bool):
        return str(value).casefold()
    if isinstance(value, datetime):
        return _moment(value)
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, int | float | Decimal):
        number = Decimal(str(value))
        if number == 0:
            return "0"
        return f"{number:.0f}" if number.is_finite() and number == number.to_integral_value() else str(value)
    raise Unfit("a text, a number, a date or True or False, as key= names this column")


def _moment(value: datetime) -> str:
    if value.tzinfo is not None:
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ").rjust(20, "0")
    midnight = value.time() == time()
    return value.date().isoformat() if midnight else value.isoformat(timespec="seconds")


def derived(parts: Mapping[str, Cells]) -> Cells:
    """Return the id of each row.

    Parameters
    ----------
    parts
        From each key column to its cells in canonical form.

    Returns
    -------
    array
        The ids; None for rows in which a key column says nothing.
    """
    names = sorted(parts)
    rows = zip(*(parts[name].tolist() for name in names), strict=True)
    ids = np.empty(len(parts[names[0]]), object)
    for at, row in enumerate(rows):
        ids[at] = None if OMITTED in row else _digest(names, row)
    return ids


def derived_id(row: Mapping[str, str]) -> str:
    """Return the id of one row, given in canonical form."""
    names = sorted(row)
    return _digest(names, [row[name] for name in names])


def _digest(names: Sequence[str], values: Sequence[str]) -> str:
    """Return the id of sorted names and their values: a digest of their JSON, in ASCII and without spaces."""
    pairs = ",".join(f"[{_json(name)},{_json(value)}]" for name, value in zip(names, values, strict=True))
    digest = hashlib.sha256(f"[{_json(PREFIX)},[{pairs}]]".encode()).digest()
    return PREFIX + base64.b32encode(digest)[:_LENGTH].decode().lower()


_json: Callable[[str], str] = json.JSONEncoder().encode
