"""Tidy frames: each row once, in the order of its table."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from cronofy_frames.schema import Table


def tidy(frame: pd.DataFrame, table: Table) -> pd.DataFrame:
    """Return the frame with each row once, in the table's order.

    Rows with the same key (and the same `account`, where the frame has that column) are the same row: the newest
    `updated` wins, and among equals, or without that column, the one read last. Rows without a complete key all stay.
    Rows that compare equal keep their order; missing values come last.

    Parameters
    ----------
    frame
        A frame of the table, of one read or several.
    table
        Its key and order.

    Returns
    -------
    A new frame on a RangeIndex.
    """
    distinct = _without_repeats(frame, table)
    if table.order and len(distinct) > 1:
        sortable = pa.table({name: pa.array(_sort_key(distinct[name]), from_pandas=True) for name in table.order})
        keys: list[Any] = [(name, "ascending") for name in table.order]
        order = pc.sort_indices(sortable, sort_keys=keys).to_numpy()  # stable, and missing values come last
        if (order[1:] < order[:-1]).any():
            distinct = distinct.take(order)
    return distinct.reset_index(drop=True)


def _sort_key(column: pd.Series[Any]) -> pd.Series[Any]:
    """Return a column to sort by: times in UTC without their zone, of which Arrow before 26 makes pandas 3.1 warn."""
    return column.dt.tz_convert(None) if isinstance(column.dtype, pd.DatetimeTZDtype) else column


def _without_repeats(frame: pd.DataFrame, table: Table) -> pd.DataFrame:
    if not table.key:
        return frame
    parts = ["account", *table.key] if "account" in frame else table.key
    keys = pd.DataFrame({part: _key_part(frame, part) for part in parts}, copy=False)
    repeated = np.flatnonzero(keys.duplicated(keep=False) & keys.notna().all(axis=1))
    if "updated" in frame:
        # as numbers, because a missing time is the smallest number
        updated = frame["updated"].iloc[repeated].dt.tz_convert(None).to_numpy().view(np.int64)
        repeated = repeated[np.argsort(updated, kind="stable")]
    keep = np.ones(len(frame), np.bool_)
    keep[repeated[keys.iloc[repeated].duplicated(keep="last").to_numpy()]] = False
    return frame if keep.all() else frame[keep]


def keys_of(frame: pd.DataFrame, table: Table) -> list[tuple[Any, ...]]:
    """Return the keys of the rows of one account; a missing part is NaN, which equals nothing."""
    return list(zip(*(_key_part(frame, part) for part in table.key), strict=True))


def _key_part(frame: pd.DataFrame, part: str) -> pd.Series[Any]:
    """Return the values of a part of a key: the first that is not missing of "a|b"."""
    name, *others = part.split("|")
    values = frame[name]
    for other in others:
        if values.hasnans:
            values = values.fillna(frame[other])
    return values
