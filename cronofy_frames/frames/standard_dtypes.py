"""Frames of other origin with the dtypes of a read: times, Booleans, texts and lists as `read_events` returns them.

The rule: a column whose name is in the schema is taken in every dtype that says the same (Arrow, categories, objects,
text Booleans, lists of attendees), and refused with the function that converts it where the values leave a doubt.
"""

from __future__ import annotations

import json
from collections.abc import Hashable
from datetime import timedelta, tzinfo
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from cronofy_frames.schema import EVENTS, FREE_BUSY, Dtype
from cronofy_frames.text import foreign_frame_text, single_line
from cronofy_frames.zones import zone_name, zone_names

DTYPES: dict[str, Dtype] = {column.name: column.dtype for table in (EVENTS, FREE_BUSY) for column in table.columns}

TRUE_TEXTS = frozenset({"true", "yes", "1", "1.0"})
FALSE_TEXTS = frozenset({"false", "no", "0", "0.0"})
MISSING_TEXTS = frozenset({"", "nan", "none", "null", "<na>", "na", "n/a"})


def standard_dtypes(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a frame whose columns of the schema have the dtypes of a read; the frame itself where all have.

    Parameters
    ----------
    frame
        Any frame. Times keep their zone, also where it is a fixed offset; times without a zone stay as they are.

    Raises
    ------
    ValueError
        For anything that is not a DataFrame, two columns of one name, and a value that is neither true nor false in a
        column of Booleans.
    """
    if not isinstance(frame, pd.DataFrame):
        raise ValueError(foreign_frame_text(frame))
    columns: dict[Hashable, Any] = {}
    for name in frame.columns:
        dtype = DTYPES.get(name) if isinstance(name, str) else None
        if dtype is None and name != "account":
            continue
        column = frame[name]
        if isinstance(column, pd.DataFrame):
            raise ValueError(
                f"the frame has {column.shape[1]} columns {name!r}: rename or drop one, as in "
                "frame.loc[:, ~frame.columns.duplicated()]."
            )
        converted = _convert(column, "text" if dtype is None else dtype)
        if converted is not column:
            columns[name] = converted
    return frame.assign(**columns) if columns else frame  # type: ignore[arg-type]


def _convert(column: pd.Series[Any], dtype: Dtype) -> pd.Series[Any]:
    """Return a column in the dtype of a read; the column itself where it has that dtype or cannot be converted."""
    if dtype in ("time", "moment"):
        return _times(column)
    if dtype in ("bool", "boolean", "dated"):
        return column if column.dtype in ("bool", "boolean") else _booleans(column)
    if dtype == "list":
        return column if _is_text(column) else _list_texts(column)
    if dtype == "text" and not _is_text(column) and column.name != "account":
        return column.astype("str")
    is_account = column.name == "account" and isinstance(column.dtype, pd.ArrowDtype | pd.CategoricalDtype)
    return column.astype("str") if is_account else column


def _is_text(column: pd.Series[Any]) -> bool:
    return isinstance(column.dtype, pd.StringDtype)


def _times(column: pd.Series[Any]) -> pd.Series[Any]:
    """Return Arrow timestamps with a zone as pandas holds them."""
    dtype = column.dtype
    if not isinstance(dtype, pd.ArrowDtype) or not pa.types.is_timestamp(dtype.pyarrow_dtype):
        return column
    if dtype.pyarrow_dtype.tz is None:
        return column
    converted: pd.Series[Any] = column.astype(pd.DatetimeTZDtype("us", "UTC")).dt.tz_convert(column.dt.tz)
    return converted


def _booleans(column: pd.Series[Any]) -> pd.Series[Any]:
    """Return Booleans from Arrow, numbers, and texts such as False, no and 0; a missing one stays missing.

    Raises
    ------
    ValueError
        For a value that is neither true nor false.
    """
    texts = column.astype("str").str.strip().str.casefold()
    texts = texts.where(~texts.isin(MISSING_TEXTS))
    doubtful = texts.notna() & ~texts.isin(TRUE_TEXTS | FALSE_TEXTS)
    if doubtful.any():
        first = int(np.flatnonzero(doubtful.to_numpy())[0])
        value, label = column.iloc[first], column.index[first]
        raise ValueError(
            f"{single_line(str(column.name))} holds {value!r} (row {label!r}), which is neither true nor false: write "
            "True or False, as "
            f"frame[{column.name!r}].map({{{value!r}: True}}) does, or read the file with cf.read_sheet."
        )
    return texts.isin(TRUE_TEXTS).astype("boolean").where(texts.notna())


def _list_texts(column: pd.Series[Any]) -> pd.Series[Any]:
    """Return lists, NumPy arrays and Arrow lists as their JSON texts."""
    texts = [_list_text(value, str(column.name)) for value in column.to_numpy(object)]
    return pd.Series(texts, index=column.index, name=column.name, dtype="str")


def _list_text(value: Any, name: str) -> str | None:
    if isinstance(value, str):
        return value
    if not isinstance(value, list | tuple | np.ndarray):
        if pd.isna(value):
            return None
        raise ValueError(
            f"{single_line(name)} holds {value!r}, which is no list: json.dumps() makes the text that reads have, as "
            'in [{"email": "ann@example.org", "status": "accepted"}].'
        )
    entries = [_entry(entry, name) for entry in value if entry is not None]
    return json.dumps(entries, ensure_ascii=False, separators=(",", ":"), default=str)


def _entry(entry: Any, name: str) -> Any:
    """Return an entry of a list; an attendee that is only an address or a name as an object."""
    if name != "attendees" or not isinstance(entry, str):
        return entry
    return {"email" if "@" in entry else "display_name": entry}


def zone_of(zone: tzinfo | None, column: str = "start") -> str:
    """Return the IANA name of the zone of a column of times, of whichever library.

    Raises
    ------
    ValueError
        For a fixed offset, which does not say when clocks change, and for a zone without an IANA name.
    """
    name = getattr(zone, "key", None) or getattr(zone, "zone", None) or _name_of_file(zone)
    if name in zone_names():
        return zone_name(name)
    if zone is not None and zone.utcoffset(None) == timedelta(0) and zone.tzname(None) == "UTC":
        return "UTC"
    raise ValueError(
        f"the times of {single_line(str(column))} are in {single_line(str(zone))}, which is not an IANA zone and does "
        "not say when clocks change: give the place, as in tz='Europe/London', or convert the "
        "frame with cf.to_timezone(frame, 'Europe/London')."
    )


def _name_of_file(zone: tzinfo | None) -> str | None:
    """Return the zone of which dateutil has read the file."""
    path = getattr(zone, "_filename", None)
    parts = path.split("/") if isinstance(path, str) else []
    names = ("/".join(parts[first:]) for first in range(len(parts)))
    return next((name for name in names if name in zone_names()), None)
