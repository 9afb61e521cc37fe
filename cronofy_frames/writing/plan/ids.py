"""Ids derived from the key columns of a row, so that planning the same sheet twice writes the same events.

An id depends on the values of the key columns and on nothing else: not on the file's format, the machine, its zone or
language, the order of columns or rows, or the calendar's name. The recipe has a version, because a different id
creates a second event.
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
from cronofy_frames.writing.plan.cell_parsers import Cells, InvalidCellError

PREFIX = "cf1-"
"""The start of a derived id: the recipe and its version."""

_LENGTH = 26  # characters of five bits each: enough that two ids never collide

COLUMNS_NOT_IN_KEY = frozenset(
    [
        *("calendar_id", "calendar", "calendar_name", "account", "event_id", "event_uid", "available_period_id"),
        *("tzid", "start_tzid", "end_tzid"),
    ]
)
"""Columns that `key` cannot use: the account, calendar, ids and zones. When they change, it is still the same event."""


def key_columns(key: str | Sequence[str] | None, default: tuple[str, ...]) -> list[str]:
    """Return the names of the key columns.

    Raises
    ------
    ValueError
        There is none, or one of them is in `COLUMNS_NOT_IN_KEY`.
    """
    names = list(default if key is None else [key] if isinstance(key, str) else key)
    if not names:
        raise ValueError("key= needs at least one column; leave it out for the default.")
    if unusable := [name for name in names if name in COLUMNS_NOT_IN_KEY]:
        raise ValueError(
            f"key= cannot use {unusable[0]}: the ids would change with it, and create second events. Name columns that "
            "describe the event, such as summary and start."
        )
    return names


def canonical_text(value: Any) -> Any:
    """Return a cell in the form that goes into an id; `OMITTED` for a blank one.

    Numbers go in as text, because files without types have only text.

    Raises
    ------
    InvalidCellError
        The cell has no form that is the same everywhere, such as a list.
    """
    if isinstance(value, str):
        text = (value if value.isascii() else unicodedata.normalize("NFC", value)).strip()
        if len(text) in (4, 5) and text.casefold() in ("true", "false"):
            return text.casefold()
        return text or OMITTED
    if isinstance(value, bool):
        return str(value).casefold()
    if isinstance(value, datetime):
        return _canonical_time(value)
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, int | float | Decimal):
        number = Decimal(str(value))
        if number == 0:
            return "0"
        return f"{number:.0f}" if number.is_finite() and number == number.to_integral_value() else str(value)
    raise InvalidCellError("a text, a number, a date, or True or False, because key= names this column")


def utc_text(time: datetime) -> str:
    """Return an instant as UTC text with Z."""
    text = time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return text.rjust(len("2026-03-04T09:00:00Z"), "0")  # Linux writes years before 1000 without leading zeros


def _canonical_time(value: datetime) -> str:
    """Return an instant in UTC, a wall time as it is, and a midnight without a zone as its date.

    Readers of spreadsheets return a date as such a midnight.
    """
    if value.tzinfo is not None:
        return utc_text(value)
    midnight = value.time() == time()
    return value.date().isoformat() if midnight else value.isoformat(timespec="seconds")


def derive_ids(parts: Mapping[str, Cells]) -> Cells:
    """Return the id of each row.

    Parameters
    ----------
    parts
        The cells of each key column in canonical form.

    Returns
    -------
    array
        The ids; None for rows in which a key column has no value.
    """
    names = sorted(parts)
    rows = zip(*(parts[name].tolist() for name in names), strict=True)
    ids = np.empty(len(parts[names[0]]), object)
    for position, row in enumerate(rows):
        ids[position] = None if OMITTED in row else _digest(names, row)
    return ids


def derive_id(key: Mapping[str, str]) -> str:
    """Return the id for the values of the key columns, in canonical form."""
    names = sorted(key)
    return _digest(names, [key[name] for name in names])


def _digest(names: Sequence[str], values: Sequence[str]) -> str:
    """Return the id for sorted names and their values: a digest of their JSON, in ASCII and without spaces."""
    pairs = ",".join(f"[{_json(name)},{_json(value)}]" for name, value in zip(names, values, strict=True))
    digest = hashlib.sha256(f"[{_json(PREFIX)},[{pairs}]]".encode()).digest()
    return PREFIX + base64.b32encode(digest)[:_LENGTH].decode().lower()


_json: Callable[[str], str] = json.JSONEncoder().encode
