"""How files that know no dtypes spell times, zones and texts."""

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pandas as pd

from cronofy_frames.frames.timestamps import to_timezone
from cronofy_frames.zones import zone_name

FORMULA = r"^'*[=+\-@\t\r]"  # what a spreadsheet takes for a formula, and what neutralising makes of it

Spell = Callable[["pd.Series[pd.Timestamp]"], "pd.Series[str]"]


def indexed(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a frame whose index has nothing to lose: one with a name becomes columns."""
    shown = frame.reset_index() if any(name is not None for name in frame.index.names) else frame
    twice = shown.columns[shown.columns.duplicated()]
    if len(twice):
        raise ValueError(f"two columns of the frame are called {twice[0]!r}: rename one.")
    return shown


def zone_of(frame: pd.DataFrame, tz: str | None) -> str | None:
    """Return the zone in which a frame's times are written; None for a frame without times."""
    zones = [str(dtype.tz) for dtype in frame.dtypes if isinstance(dtype, pd.DatetimeTZDtype)]
    return (zone_name(tz) if tz else zones[0]) if zones else None


def zoned(frame: pd.DataFrame, tz: str | None) -> pd.DataFrame:
    """Return a frame with all times in one zone, which a column `tzid` names; one without times as it is.

    Raises
    ------
    ValueError
        For an unknown zone, or a frame that has times and a column `tzid` of its own.
    """
    frame = indexed(frame)
    zone = zone_of(frame, tz)
    if zone is None:
        return frame.copy(deep=False)
    if "tzid" in frame:
        raise ValueError("the frame has a column tzid, which the file needs for the zone of its times: rename it.")
    shown = to_timezone(frame, zone)
    times = [n for n, dtype in enumerate(frame.dtypes) if isinstance(dtype, pd.DatetimeTZDtype)]
    # after `end` where there is one, else after the first time
    place = frame.columns.get_loc("end") if "end" in frame.columns else times[0]
    assert isinstance(place, int)
    shown.insert(place + 1, "tzid", pd.Series(zone, index=frame.index, dtype="str"))
    return shown


def whole_days(frame: pd.DataFrame) -> npt.NDArray[np.bool_]:
    """Return which rows have days as their start and end."""
    if "all_day" not in frame.columns:
        return np.zeros(len(frame), np.bool_)
    return frame["all_day"].to_numpy(np.bool_, na_value=False)


def spelled(frame: pd.DataFrame, spell: Spell) -> pd.DataFrame:
    """Write times out as text, and those of all-day rows as dates."""
    shown = frame.copy(deep=False)
    days = whole_days(frame)
    for name in frame.columns:
        if isinstance(frame[name].dtype, pd.DatetimeTZDtype):
            texts = spell(frame[name])
            shown[name] = texts.mask(days, dates(frame[name])) if name in ("start", "end") else texts
    return shown


def wall(times: pd.Series[pd.Timestamp]) -> pd.Series[str]:
    """Write wall times, with the offset where a wall time comes twice."""
    texts = _text(times.dt.tz_localize(None))
    double = twice(times)
    return (texts.mask(double, iso(times)) if double.any() else texts).str.replace("T", " ")


def dates(times: pd.Series[pd.Timestamp]) -> pd.Series[str]:
    """Write the days of times in their zone."""
    return _text(times.dt.tz_localize(None)).str.slice(0, 10)


def twice(times: pd.Series[pd.Timestamp]) -> npt.NDArray[np.bool_]:
    """Return which times have a wall time that comes twice in their zone."""
    local = times.dt.tz_localize(None)
    only = local.dt.tz_localize(times.dt.tz, ambiguous="NaT", nonexistent="shift_forward")
    return (local.notna() & only.isna()).to_numpy(np.bool_)


def iso(times: pd.Series[pd.Timestamp]) -> pd.Series[str]:
    """Write times with their offset; those of long ago whose offset has seconds, which ISO 8601 has not, in UTC."""
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


def neutral(texts: pd.Series[str]) -> pd.Series[str]:
    """Put an apostrophe before texts that a spreadsheet would take for a formula.

    Reversible: whatever matches afterwards has exactly one apostrophe more than before.
    """
    risky = texts.str.match(FORMULA).fillna(value=False).astype(bool)
    return texts.where(~risky, "'" + texts)


def harmless(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a frame of which no text, nor any column's name, is taken for a formula."""
    shown = frame.copy(deep=False)
    for name, dtype in frame.dtypes.items():
        if dtype == "str":
            shown[name] = neutral(frame[name])
        elif pd.api.types.is_object_dtype(dtype) or isinstance(dtype, pd.CategoricalDtype | pd.StringDtype):
            shown[name] = pd.Series([_guarded(one) for one in frame[name]], index=frame.index, dtype="object")
    shown.columns = pd.Index([harmless_text(str(name)) for name in frame.columns])
    return shown


def harmless_text(text: str) -> str:
    """Return a text as `neutral` makes it."""
    return "'" + text if re.match(FORMULA, text) else text


def _guarded(value: object) -> object:
    return harmless_text(value) if isinstance(value, str) else value


# What XML cannot hold, and the carriage return, which it would turn into a line feed.
_UNFIT = "\x00-\x08\x0b-\x1f\ud800-\udfff\ufffe\uffff"
_CODED = rf"[0-9A-Fa-f]{{4}}(?:_|[{_UNFIT}])"
_SPECIAL = re.compile(rf"[{_UNFIT}]|_(?=x{_CODED})|(?<=[\ud800-\udfff\ufffe\uffff])x(?={_CODED})")
_LIKE_LEFT = re.compile(r"_x(?=x*FFF[EF](?:_|[\ud800-\udfff\ufffe\uffff]))")
_LEFT = re.compile(r"_x(x+FFF[EF])(?=_)|_x(FFF[EF])_")


def cell_text(text: str) -> str:
    r"""Return a text as the XML of a spreadsheet holds it (ECMA-376, 22.9.2.19: ST_Xstring).

    A character that XML cannot hold is written as `_xHHHH_`, and so is the underscore before a text that looks
    like that. Programs decode it when they read; of two that they leave alone, U+FFFE and U+FFFF, `text_of_cell` makes
    characters again, for which a text that looks like those gets one more x.
    """
    if text.isspace():  # nothing else would keep programs from taking the cell for a blank one
        return "".join(map(_code, text))
    if not _SPECIAL.search(text) and "FFF" not in text:
        return text
    return _SPECIAL.sub(lambda found: _code(found[0]), _LIKE_LEFT.sub("_xx", text))


def text_of_cell(text: str) -> str:
    """Return the text that `cell_text` was given, from what a program that decodes `_xHHHH_` reads.

    Halves of surrogate pairs, which no text of a frame has, stay as they are written.
    """
    return _LEFT.sub(lambda found: f"_{found[1]}" if found[1] else chr(int(found[2], 16)), text)


def _code(character: str) -> str:
    return f"_x{ord(character):04X}_"
