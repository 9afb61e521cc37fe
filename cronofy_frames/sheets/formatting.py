"""Times, zones and text in files without dtypes: how they are written, and made safe for spreadsheets."""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Hashable
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from cronofy_frames.frames.clock_changes import is_repeated
from cronofy_frames.frames.column_pieces import TEXT
from cronofy_frames.frames.timestamps import to_timezone
from cronofy_frames.zones import zone_name

# what a spreadsheet takes for a formula, also with apostrophes before it; Japanese programs take full-width signs for
# the plain ones, and some drop a line break at the start
FORMULA = r"^'*[=+\-@\t\r\n＝＋－＠]"

_FORMULA_BYTES = np.zeros(256, np.bool_)
_FORMULA_BYTES[[text.encode()[0] for text in "'=+-@\t\r\n＝＋－＠"]] = True

TimeFormatter = Callable[["pd.Series[pd.Timestamp]", bool], "pd.Series[str]"]


def with_index_columns(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a frame with its index as columns, if the index has a name."""
    shown = frame.reset_index() if any(name is not None for name in frame.index.names) else frame
    repeated = shown.columns[shown.columns.duplicated()]
    if len(repeated):
        raise ValueError(f"two columns of the frame are called {repeated[0]!r}: rename one.")
    return shown


def zone_of_times(frame: pd.DataFrame, tz: str | None) -> str | None:
    """Return the zone in which the times of a frame are written; None for a frame without times."""
    zones = [str(dtype.tz) for dtype in frame.dtypes if isinstance(dtype, pd.DatetimeTZDtype)]
    return (zone_name(tz) if tz else zones[0]) if zones else None


def in_one_zone(frame: pd.DataFrame, tz: str | None) -> pd.DataFrame:
    """Return a frame with all times in one zone, and that zone in a column `tzid`; a frame without times as it is.

    Without rows the column is empty too: the headers of start and end then name the zone in brackets, which
    `read_sheet` understands.

    Raises
    ------
    ValueError
        The zone is unknown, or the frame has times and a column `tzid` already.
    """
    frame = with_index_columns(frame)
    zone = zone_of_times(frame, tz)
    if zone is None:
        return frame.copy(deep=False)
    if "tzid" in frame:
        raise ValueError(
            "the frame has a column tzid, and the file needs this name for the zone of its times: rename it."
        )
    shown = to_timezone(frame, zone)
    times = [n for n, dtype in enumerate(frame.dtypes) if isinstance(dtype, pd.DatetimeTZDtype)]
    # after `end` if there is one, else after the first column of times
    position = frame.columns.get_loc("end") if "end" in frame.columns else times[0]
    assert isinstance(position, int)
    shown.insert(position + 1, "tzid", pd.Series(zone, index=frame.index, dtype="str"))
    return shown if len(shown) else _with_zone_in_headers(shown, zone)


def _with_zone_in_headers(frame: pd.DataFrame, zone: str) -> pd.DataFrame:
    """Return a frame without rows with a zone in the headers of start and end, or of its first column of times."""
    times = [name for name, dtype in frame.dtypes.items() if isinstance(dtype, pd.DatetimeTZDtype)]
    bounds = [name for name in times if name in ("start", "end")] or times[:1]
    return frame.rename(columns={name: f"{name} ({zone})" for name in bounds})


def all_day_mask(frame: pd.DataFrame) -> npt.NDArray[np.bool_]:
    """Return which rows are whole days."""
    if "all_day" not in frame.columns:
        return np.zeros(len(frame), np.bool_)
    return frame["all_day"].to_numpy(np.bool_, na_value=False)


def fractional_columns(frame: pd.DataFrame) -> frozenset[Hashable]:
    """Return the columns in which some time has a fraction of a second: all times of such a column are written with it.

    Parts of a frame that are written one after the other need it of the whole frame.
    """
    return frozenset(
        name
        for name, dtype in frame.dtypes.items()
        if isinstance(dtype, pd.DatetimeTZDtype) and _has_fractions(frame[name])
    )


def _has_fractions(times: pd.Series[pd.Timestamp]) -> bool:
    """Return whether a time has microseconds; finer parts are never written."""
    local = times.dt.tz_convert(None).to_numpy()
    return bool((local.astype("M8[us]") != local.astype("M8[s]"))[~np.isnat(local)].any())


def with_time_texts(
    frame: pd.DataFrame, formatter: TimeFormatter, fractional: Container[Hashable] | None = None
) -> pd.DataFrame:
    """Return a frame with its times as text, and those of all-day rows as dates.

    `fractional` has the columns with fractions of a second, if the frame is a part of another.
    """
    shown = frame.copy(deep=False)
    days = all_day_mask(frame)
    with_fractions = fractional_columns(frame) if fractional is None else fractional
    for name in frame.columns:
        if isinstance(frame[name].dtype, pd.DatetimeTZDtype):
            texts = formatter(frame[name], name in with_fractions)
            shown[name] = texts.mask(days, date_texts(frame[name])) if name in ("start", "end") else texts
    return shown


def wall_time_texts(times: pd.Series[pd.Timestamp], fraction: bool | None = None) -> pd.Series[str]:
    """Return wall times as text, with the offset if the wall time is repeated; `fraction` as in `iso_texts`."""
    fraction = _has_fractions(times) if fraction is None else fraction
    texts = _text(times.dt.tz_localize(None), fraction=fraction)
    repeated = has_repeated_wall_time(times)
    return texts.mask(repeated, _with_offset(times, fraction=fraction)) if repeated.any() else texts


def date_texts(times: pd.Series[pd.Timestamp]) -> pd.Series[str]:
    """Return the dates of times in their zone as text."""
    return _series(pc.utf8_slice_codeunits(_arrow_text(times.dt.tz_localize(None), fraction=False), 0, 10), times.index)


def has_repeated_wall_time(times: pd.Series[pd.Timestamp]) -> npt.NDArray[np.bool_]:
    """Return which times have a wall time that clocks in their zone show twice."""
    return is_repeated(pd.DatetimeIndex(times.dt.tz_localize(None)), times.dt.tz)


def iso_texts(times: pd.Series[pd.Timestamp], fraction: bool | None = None) -> pd.Series[str]:
    """Return times as text with their offset; in UTC if the offset has seconds, which ISO 8601 does not allow.

    `fraction` tells whether to write microseconds; by default only if a time has some.
    """
    fraction = _has_fractions(times) if fraction is None else fraction
    texts = pa.array(_with_offset(times, fraction=fraction), pa.large_string(), from_pandas=True)
    return _series(pc.replace_substring(texts, " ", "T"), times.index)


def _with_offset(times: pd.Series[pd.Timestamp], *, fraction: bool) -> pd.Series[str]:
    """Return times with their offset, and a space between date and time."""
    utc = times.dt.tz_convert(None)
    seconds = (times.dt.tz_localize(None) - utc).dt.total_seconds().fillna(0).astype("int64")
    seconds = seconds.where(seconds % 60 == 0, 0)
    offsets, position = np.unique(seconds.to_numpy(), return_inverse=True)
    texts = pa.array([_offset_text(offset) for offset in offsets.tolist()], pa.large_string()).take(position)
    local = _arrow_text(utc + pd.to_timedelta(seconds, unit="s"), fraction=fraction)
    return _series(pc.binary_join_element_wise(local, texts, pa.scalar("", pa.large_string())), times.index)


def _offset_text(seconds: int) -> str:
    minutes = abs(seconds) // 60
    return f"{'-' if seconds < 0 else '+'}{minutes // 60:02}:{minutes % 60:02}"


def _text(local: pd.Series[pd.Timestamp], *, fraction: bool) -> pd.Series[str]:
    return _series(_arrow_text(local, fraction=fraction), local.index)


def _arrow_text(local: pd.Series[pd.Timestamp], *, fraction: bool) -> Any:
    """Return times without a zone as Arrow writes them: 2026-03-04 09:00:00, or with microseconds."""
    return pa.array(local.to_numpy("datetime64[us]" if fraction else "datetime64[s]")).cast(pa.large_string())


def _series(texts: Any, index: pd.Index[Any]) -> pd.Series[str]:
    return pd.Series(TEXT.__from_arrow__(texts), index=index)


def escape_formulas(texts: pd.Series[str]) -> pd.Series[str]:
    """Return texts with an apostrophe before those that a spreadsheet would take for a formula.

    It can be reversed: each text that matches `FORMULA` afterwards has exactly one apostrophe more than before.
    """
    if not _may_be_formulas(texts):
        return texts
    risky = texts.str.match(FORMULA).fillna(value=False).astype(bool)
    return texts.where(~risky, "'" + texts)


def _may_be_formulas(texts: pd.Series[str]) -> bool:
    """Return whether a text starts with the first byte of a formula, which is fast and seldom true."""
    array = pa.array(texts, pa.large_string(), from_pandas=True)
    chunks = array.chunks if isinstance(array, pa.ChunkedArray) else [array]
    return any(_FORMULA_BYTES[first_bytes(chunk)].any() for chunk in chunks)


def first_bytes(texts: Any) -> npt.NDArray[np.uint8]:
    """Return the first byte of each Arrow text that is neither missing nor blank."""
    _, offsets, content = texts.buffers()
    bounds = np.frombuffer(offsets, np.int64)[texts.offset : texts.offset + len(texts) + 1]
    if content is None:
        return np.empty(0, np.uint8)
    first: npt.NDArray[np.uint8] = np.frombuffer(content, np.uint8)[bounds[:-1][bounds[1:] > bounds[:-1]]]
    return first


def without_formulas(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a frame in which neither texts nor names of columns are taken for a formula."""
    shown = frame.copy(deep=False)
    for name, dtype in frame.dtypes.items():
        if dtype == "str":
            shown[name] = escape_formulas(frame[name])
        elif pd.api.types.is_object_dtype(dtype) or isinstance(dtype, pd.CategoricalDtype | pd.StringDtype):
            shown[name] = pd.Series([_escape_text(cell) for cell in frame[name]], index=frame.index, dtype="object")
    shown.columns = pd.Index([escape_formula(str(name)) for name in frame.columns])
    return shown


def escape_formula(text: str) -> str:
    """Return a text with an apostrophe before it if a spreadsheet would take it for a formula."""
    return "'" + text if re.match(FORMULA, text) else text


def _escape_text(value: object) -> object:
    return escape_formula(value) if isinstance(value, str) else value


# characters that XML cannot hold, and the carriage return, which it turns into a line feed
_NOT_IN_XML = "\x00-\x08\x0b-\x1f\ud800-\udfff\ufffe\uffff"
_ESCAPE = rf"[0-9A-Fa-f]{{4}}(?:_|[{_NOT_IN_XML}])"
_SPECIAL = re.compile(rf"[{_NOT_IN_XML}]|_(?=x{_ESCAPE})|(?<=[\ud800-\udfff\ufffe\uffff])x(?={_ESCAPE})")
_LIKE_UNDECODED = re.compile(r"_x(?=x*FFF[EF](?:_|[\ud800-\udfff\ufffe\uffff]))")
_UNDECODED = re.compile(r"_x(x+FFF[EF])(?=_)|_x(FFF[EF])_")


def encode_cell_text(text: str) -> str:
    r"""Return a text as the XML of a spreadsheet holds it (ECMA-376, 22.9.2.19: ST_Xstring).

    A character that XML cannot hold is written as `_xHHHH_`, and so is the underscore before a text that looks like
    such an escape. Programs decode these when they read, except for U+FFFE and U+FFFF: `decode_cell_text` decodes
    them, and a text that looks like one of these two gets one more x.
    """
    if text.isspace():  # otherwise programs would take the cell for a blank one
        return "".join(map(_escape, text))
    if not _SPECIAL.search(text) and "FFF" not in text:
        return text
    return _SPECIAL.sub(lambda match: _escape(match[0]), _LIKE_UNDECODED.sub("_xx", text))


def decode_cell_text(text: str) -> str:
    """Return the text that `encode_cell_text` was given, from what a program reads that decodes `_xHHHH_`.

    Escapes of lone surrogates, which no text of a frame has, stay as they are.
    """
    return _UNDECODED.sub(lambda match: f"_{match[1]}" if match[1] else chr(int(match[2], 16)), text)


def _escape(character: str) -> str:
    return f"_x{ord(character):04X}_"
