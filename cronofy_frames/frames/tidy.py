"""Deduplication and sorting of frames: each row once, in the order of its table."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from cronofy_frames.schema import Table

Positions = npt.NDArray[np.int64]


def tidy(frame: pd.DataFrame, table: Table) -> pd.DataFrame:
    """Return the frame with each row once, in the table's order.

    Rows with the same key (and the same `account`, if the frame has that column) are the same row: the newest `updated`
    wins, and among equals, or without that column, the one read last. Rows without a complete key all stay.

    Rows that are equal in the order of the table are sorted by the label of their account, so that a read that was
    resumed has the same order as one that was not. The sort is stable; missing values come last.

    Parameters
    ----------
    frame
        A frame of the table, of one read or several.
    table
        Its key and order.

    Returns
    -------
    DataFrame
        A new frame with a RangeIndex.
    """
    positions = tidy_positions(frame, table)
    return (frame if positions is None else frame.take(positions)).reset_index(drop=True)


def tidy_positions(frame: pd.DataFrame, table: Table) -> Positions | None:
    """Return the positions of the rows of a tidy frame in their order; None if the frame is tidy already.

    The frame only needs the columns of the key and the order, `updated` and `account`.
    """
    keep = _without_repeats(frame, table)
    if table.order and len(frame) > 1:
        distinct = frame if keep is None else frame.take(keep)
        columns = [*table.order, "account"] if "account" in frame else table.order
        sortable = pa.table({name: pa.array(_sort_key(distinct[name]), from_pandas=True) for name in columns})
        keys: list[Any] = [(name, "ascending") for name in columns]
        # chunks would take half as long again; stable, and missing values come last
        order = pc.sort_indices(sortable.combine_chunks(), sort_keys=keys).to_numpy()
        if (order[1:] < order[:-1]).any():
            return order.view(np.int64) if keep is None else keep[order]
    return keep


def _sort_key(column: pd.Series[Any]) -> pd.Series[Any]:
    """Return a column to sort by; times lose their zone, for which pandas 3.1 warns with Arrow before 26."""
    return column.dt.tz_convert(None) if isinstance(column.dtype, pd.DatetimeTZDtype) else column


def _without_repeats(frame: pd.DataFrame, table: Table) -> Positions | None:
    """Return the positions of the rows that stay; None if all do."""
    if not table.key:
        return None
    parts = ["account", *table.key] if "account" in frame else table.key
    keys = pd.DataFrame({part: _key_part(frame, part) for part in parts}, copy=False)
    candidates = _with_equal_hashes(keys)
    keys = keys.take(candidates)
    repeated = np.flatnonzero(keys.duplicated(keep=False) & keys.notna().all(axis=1))
    if "updated" in frame:
        # as numbers, because a missing time is the smallest number
        updated = frame["updated"].iloc[candidates[repeated]].dt.tz_convert(None).to_numpy().view(np.int64)
        repeated = repeated[np.argsort(updated, kind="stable")]
    dropped = candidates[repeated[keys.iloc[repeated].duplicated(keep="last").to_numpy()]]
    return np.delete(np.arange(len(frame)), dropped) if len(dropped) else None


def _with_equal_hashes(keys: pd.DataFrame) -> Positions:
    """Return the positions of the rows whose key may occur twice, by its hash.

    They are usually few, and a table of all keys would take a third of the memory of the frame.
    """
    rows = zip(*(_values(keys[name]) for name in keys.columns), strict=True)
    hashes = pd.Series(np.fromiter(map(hash, rows), np.int64, len(keys)))
    return np.flatnonzero(hashes.duplicated(keep=False).to_numpy())


def _values(column: pd.Series[Any]) -> Iterable[Any]:
    """Return the values of a column; texts are converted a thousand at a time, to save memory."""
    if column.dtype != "str":
        return column.tolist()
    texts = pa.array(column, from_pandas=True)
    chunks = texts.chunks if isinstance(texts, pa.ChunkedArray) else [texts]
    parts = (chunk[first : first + 1_000] for chunk in chunks for first in range(0, len(chunk), 1_000))
    return chain.from_iterable(part.to_pylist() for part in parts)


def keys_of(frame: pd.DataFrame, table: Table) -> list[tuple[Any, ...]]:
    """Return the keys of the rows of one account; a missing part is NaN, which is not equal to itself."""
    return list(zip(*(_key_part(frame, part) for part in table.key), strict=True))


def _key_part(frame: pd.DataFrame, part: str) -> pd.Series[Any]:
    """Return the values of a part of a key; "a|b" is `a`, or `b` where `a` is missing."""
    name, *others = part.split("|")
    values = frame[name]
    for other in others:
        if values.hasnans:
            values = values.fillna(frame[other])
    return values
