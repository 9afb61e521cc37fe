"""Pieces of columns: the values of some rows as an array of Arrow or NumPy, by the dtype of the column."""

from __future__ import annotations

import functools
import math
from contextlib import suppress
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from cronofy_frames.frames.row_shape import Values
from cronofy_frames.frames.timestamps import NAT
from cronofy_frames.schema import Dtype

TEXT: Any = pd.StringDtype(na_value=np.nan)
# Arrow's arrays for dtypes whose missing values need a mask, NumPy's for the others, with the value of a missing one
ARROW: dict[Dtype, Any] = {"text": pa.large_string(), "list": pa.large_string(), "boolean": pa.bool_()}
NUMPY: dict[Dtype, Any] = {
    "time": np.int64(NAT),
    "moment": np.int64(NAT),
    "dated": np.False_,
    "bool": np.False_,
    "number": np.float64("nan"),
    "integer": np.int64(0),
}

# pieces of columns are small and live long: in the heap they share pages with Python's own objects, while Arrow's
# default pool would keep pages of its own for them
HEAP = pa.system_memory_pool()


@functools.lru_cache(maxsize=64)
def missing_piece(dtype: Dtype, count: int) -> Any:
    """Return a piece of missing values; columns share it, so that absent columns take no memory."""
    return pa.nulls(count, ARROW[dtype]) if dtype in ARROW else np.full(count, NUMPY[dtype])


def json_texts(values: Values) -> tuple[Any, int]:
    """Return a piece of a column of lists, as JSON texts, and the number of invalid characters in them."""
    values, texts, invalid = valid_texts(values)
    ends = np.zeros(len(values) + 1, np.int64)
    np.cumsum(np.fromiter(map(len, values), np.int64, len(values)), out=ends[1:])
    lengths = np.diff(ends)
    missing = lengths == 0
    missing[[n for n in np.flatnonzero(lengths == 4).tolist() if bytes(values[n]) == b"null"]] = True
    valid = pa.py_buffer(np.packbits(~missing, bitorder="little").tobytes()) if missing.any() else None
    parts = [valid, pa.py_buffer(ends.tobytes()), pa.py_buffer(texts)]
    return pa.Array.from_buffers(pa.large_string(), len(values), parts), invalid


def valid_texts(values: Values) -> tuple[Values, bytes, int]:
    """Return JSON texts with U+FFFD in place of invalid UTF-8, the texts joined, and the number of replacements."""
    texts = b"".join(values)
    if texts.isascii():
        return values, texts, 0
    try:
        texts.decode()  # the JSON reader skips lists without checking their UTF-8
    except UnicodeDecodeError:
        replaced = [bytes(value).decode("utf-8", "replace") for value in values]
        invalid = sum(text.count("\ufffd") for text in replaced) - texts.count("\ufffd".encode())
        values = [text.encode() for text in replaced]
        return values, b"".join(values), invalid
    return values, texts, 0


def numbers_of(values: Values) -> tuple[npt.NDArray[np.float64], int]:
    """Return values as numbers, texts with a number too, and how many values are unreadable or infinite."""
    with suppress(ValueError):  # nearly always every text is a finite number
        numbers = np.array([math.nan if value is None else float(value) for value in values], np.float64)
        if not np.isinf(numbers).any():
            return numbers, 0
    numbers, unreadable = np.full(len(values), np.nan), 0
    for n, value in enumerate(values):
        try:
            number = math.nan if value is None or value == "" else float(value)
        except ValueError:
            number = math.inf
        if math.isinf(number):
            unreadable += 1
        else:
            numbers[n] = number
    return numbers, unreadable
