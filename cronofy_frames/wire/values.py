"""Values of arguments in the form that the API takes."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any


def wire_value(value: Any) -> Any:
    """Return a value as JSON of the API.

    Dates, times and durations are translated, also inside lists and mappings; arrays of pandas and NumPy become
    lists; other values stay as they are.

    Raises
    ------
    ValueError
        For a datetime without a zone, and for a missing value such as NaT or NaN.
    """
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return str.__str__(value)  # NumPy's texts are a subclass
    if isinstance(value, datetime):
        return _wire_time(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, timedelta):
        return _wire_duration(value)
    if (isinstance(value, float) and not math.isfinite(value)) or type(value).__name__ == "NAType":
        raise ValueError(f"{value} is a missing value, which the API does not take: leave the argument out.")
    if isinstance(value, Mapping):
        return {str(key): wire_value(item) for key, item in value.items()}
    if hasattr(value, "tolist"):
        return wire_value(_plain_values(value))
    if isinstance(value, list | tuple | set | frozenset):
        return [wire_value(item) for item in value]
    if isinstance(value, int | float):
        return value
    raise ValueError(
        f"the API takes texts, numbers, Booleans, dates, times with a zone, durations, lists and mappings; not a "
        f"{type(value).__name__}."
    )


def _plain_values(array: Any) -> Any:
    """Return the values of an array or a scalar of pandas or NumPy, times as datetime and timedelta."""
    kind = getattr(getattr(array, "dtype", None), "kind", "")
    if type(array).__module__ != "numpy" or kind not in "mM":
        return array.tolist()
    if (array != array).any():  # NaT, of which `tolist` makes None
        raise ValueError("NaT is a missing time, which the API does not take: leave the argument out.")
    return array.astype(f"{kind}8[us]").tolist()  # of nanoseconds `tolist` makes integers


def _wire_time(value: datetime) -> str:
    # /developers/api/data-types: UTC with Z, whole seconds; other fractions are rejected
    if value != value:  # pandas' NaT is a datetime, and the only one that differs from itself
        raise ValueError("NaT is a missing time, which the API does not take: leave the argument out.")
    if value.tzinfo is None or value.utcoffset() is None:
        raise ValueError(
            f"{value.isoformat(sep=' ')} has no time zone, so it is not an instant. Give it its zone: "
            'value.replace(tzinfo=ZoneInfo("Europe/London")), or pandas.Timestamp(value, tz="Europe/London").'
        )
    return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ").rjust(20, "0")


def _wire_duration(value: timedelta) -> dict[str, int]:
    # /developers/api/data-types: hours and minutes, nothing finer
    minutes, rest = divmod(value, timedelta(minutes=1))
    if rest:
        raise ValueError(f"{value} is not a whole number of minutes, as durations are in the API.")
    return {"minutes": int(minutes)}
