"""Times, zones and text in files without dtypes: how they are written, and made safe for spreadsheets."""

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pandas as pd

from cronofy_frames.frames.clock_changes import is_repeated
from cronofy_frames.frames.timestamps import to_timezone
from cronofy_frames.zones import zone_name

# what a spreadsheet takes for a formula, also with apostrophes before it; Japanese programs take full-width signs for
# the plain ones, and some drop a line break at the start
FORMULA = r"^'*[=+\-@\t\r\n＝＋－＠]"

TimeFormatter = Callable[["pd.Series[pd.Timestamp]"], "pd.Series[str]"]


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


def with_time_texts(frame: pd.DataFrame, formatter: TimeFormatter) -> pd.DataFrame:
    """Return a frame with its times as text, and those of all-day rows as dates."""
    shown = frame.copy(deep=False)
    days = all_day_mask(frame)
    for name in frame.columns:
        if isinstance(frame[name].dtype, pd.DatetimeTZDtype):
            texts = formatter(frame[name])
            shown[name] = texts.mask(days, date_texts(frame[name])) if name in ("start", "end") else texts
    return shown


def wall_time_texts(times: pd.Series[pd.Timestamp]) -> pd.Series[str]:
    """Return wall times as text, with the offset if the wall time is repeated."""
    texts = _text(times.dt.tz_localize(None))
    repeated = has_repeated_wall_time(times)
    return (texts.mask(repeated, iso_texts(times)) if repeated.any() else texts).str.replace("T", " ")


def date_texts(times: pd.Series[pd.Timestamp]) -> pd.Series[str]:
    """Return the dates of times in their zone as text."""
    return _text(times.dt.tz_localize(None)).str.slice(0, 10)


def has_repeated_wall_time(times: pd.Series[pd.Timestamp]) -> npt.NDArray[np.bool_]:
    """Return which times have a wall time that clocks in their zone show twice."""
    return is_repeated(pd.DatetimeIndex(times.dt.tz_localize(None)), times.dt.tz)


def iso_texts(times: pd.Series[pd.Timestamp]) -> pd.Series[str]:
    """Return times as text with their offset; in UTC if the offset has seconds, which ISO 8601 does not allow."""
    utc = times.dt.tz_convert("UTC").dt.tz_localize(None)
    seconds = (times.dt.tz_localize(None) - utc).dt.total_seconds().fillna(0).astype("int64")
    seconds = seconds.where(seconds % 60 == 0, 0)
    minutes = seconds.abs() // 60
    sign = pd.Series(np.where(seconds < 0, "-", "+"), index=times.index, dtype="str")
    hours, rest = (minutes // 60).astype("str").str.zfill(2), (minutes % 60).astype("str").str.zfill(2)
    return _text(utc + pd.to_timedelta(seconds, unit="s")) + sign + hours + ":" + rest


def _text(local: pd.Series[pd.Timestamp]) -> pd.Series[str]:
    whole = (local.dt.microsecond.fillna(0) == 0).all()
    texts = np.datetime_as_string(local.to_numpy("datetime64[s]" if whole else "datetime64[us]"))
    return pd.Series(texts, index=local.index, dtype="str").where(local.notna())


def escape_formulas(texts: pd.Series[str]) -> pd.Series[str]:
    """Return texts with an apostrophe before those that a spreadsheet would take for a formula.

    It can be reversed: each text that matches `FORMULA` afterwards has exactly one apostrophe more than before.
    """
    risky = texts.str.match(FORMULA).fillna(value=False).astype(bool)
    return texts.where(~risky, "'" + texts)


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
