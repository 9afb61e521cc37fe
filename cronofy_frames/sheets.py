"""From a frame to a file, for people and programs that have no pandas."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from cronofy_frames.moments import to_timezone, zone_named

FORMULA = r"^'*[=+\-@\t\r]"  # what a spreadsheet takes for a formula, and what neutralising makes of it


def export(frame: pd.DataFrame, path: str | os.PathLike[str], *, tz: str | None = None) -> Path:
    r"""Write a frame to a file; the suffix says how.

    .csv: as RFC 4180 has it, in UTF-8 with a byte order mark, which Excel needs. Times are wall times in one
    zone, which the column `tzid` names, with an offset where the wall time comes twice; all-day rows have
    dates, the end exclusive. Text that a spreadsheet would take for a formula (starting with = + - @, tab or
    carriage return) gets an apostrophe before it. Lists are the JSON text that the frame holds.
    .json: a list of objects; times with their offset, dates for all-day rows, null for missing.
    .parquet: the frame as it is, dtypes and `attrs` included.

    The file is written beside its place and then moved there, so that no half-written one is left.

    Parameters
    ----------
    frame
        Any frame of this package. An index that has a name is written as columns.
    path
        Where; an existing file is replaced.
    tz
        The zone of the times; by default the frame's own.

    Returns
    -------
    Path
        The file, as an absolute path.

    Raises
    ------
    ValueError
        For another suffix, an unknown zone, or a frame that has a column `tzid` and times as well.

    Examples
    --------
    >>> events = cf.read_events(client, "2026-03-02", "2026-03-09", tz="Europe/London")
    >>> cf.export(events, folder / "events.csv").name
    'events.csv'
    """
    target = Path(path).expanduser().absolute()
    if target.suffix.lower() not in WRITERS:
        raise ValueError(f"export writes {', '.join(WRITERS)}; not {target.suffix or 'a file without a suffix'!r}.")
    content = WRITERS[target.suffix.lower()](frame, tz)
    write(target, content)
    return target


def csv_of(frame: pd.DataFrame, tz: str | None = None) -> bytes:
    """Return a frame as CSV, as `export` writes it."""
    frame = indexed(frame)
    shown = _spelled(frame, tz, _wall)
    zone = _zone(frame, tz)
    if zone is not None:
        if "tzid" in shown:
            raise ValueError("the frame has a column tzid, which the file needs for the zone of its times: rename it.")
        times = [n for n, name in enumerate(frame.columns) if isinstance(frame[name].dtype, pd.DatetimeTZDtype)]
        # after `end` where there is one, else after the first time
        place = frame.columns.get_loc("end") if "end" in frame.columns else times[0]
        assert isinstance(place, int)
        shown.insert(place + 1, "tzid", zone)
    for name in shown.columns[shown.dtypes == "str"]:
        shown[name] = neutral(shown[name])
    shown.columns = pd.Index(neutral(pd.Series(shown.columns, dtype="str")))
    return shown.to_csv(index=False, lineterminator="\r\n").encode("utf-8-sig")


def json_of(frame: pd.DataFrame, tz: str | None = None) -> bytes:
    """Return a frame as JSON, as `export` writes it."""
    frame = indexed(frame)
    text: str = _spelled(frame, tz, _iso).to_json(orient="records", force_ascii=False, indent=1)
    return text.encode("utf-8", errors="surrogatepass") + b"\n"


def parquet_of(frame: pd.DataFrame, tz: str | None = None) -> bytes:
    """Return a frame as Parquet, as `export` writes it."""
    frame = indexed(frame)
    shown = frame if tz is None else to_timezone(frame, zone_named(tz))
    content = shown.to_parquet(index=False)
    assert content is not None
    return content


WRITERS: dict[str, Callable[[pd.DataFrame, str | None], bytes]] = {
    ".csv": csv_of,
    ".json": json_of,
    ".parquet": parquet_of,
}


def indexed(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a frame whose index has nothing to lose: one with a name becomes columns."""
    return frame.reset_index() if any(name is not None for name in frame.index.names) else frame


def neutral(texts: pd.Series[str]) -> pd.Series[str]:
    """Put an apostrophe before texts that a spreadsheet would take for a formula.

    Reversible: whatever matches afterwards has exactly one apostrophe more than before.
    """
    risky = texts.str.match(FORMULA).fillna(value=False).astype(bool)
    return texts.where(~risky, "'" + texts)


def _spelled(
    frame: pd.DataFrame, tz: str | None, spell: Callable[[pd.Series[pd.Timestamp]], pd.Series[str]]
) -> pd.DataFrame:
    """Write times out as text, and those of all-day rows as dates."""
    zone = _zone(frame, tz)
    shown = frame.copy(deep=False) if zone is None else to_timezone(frame, zone)
    whole = shown["all_day"] if "all_day" in shown else pd.Series(data=False, index=shown.index)
    for name in shown.columns:
        if isinstance(shown[name].dtype, pd.DatetimeTZDtype):
            texts = spell(shown[name])
            if name in ("start", "end") and whole.any():
                texts = texts.where(~whole, texts.str.slice(0, 10))
            shown[name] = texts
    return shown


def _zone(frame: pd.DataFrame, tz: str | None) -> str | None:
    zones = [str(dtype.tz) for dtype in frame.dtypes if isinstance(dtype, pd.DatetimeTZDtype)]
    return (zone_named(tz) if tz else zones[0]) if zones else None


def _wall(times: pd.Series[pd.Timestamp]) -> pd.Series[str]:
    """Write wall times, with the offset where a wall time comes twice."""
    local = times.dt.tz_localize(None)
    texts = _text(local).str.replace("T", " ")
    twice = local.notna() & local.dt.tz_localize(times.dt.tz, ambiguous="NaT", nonexistent="shift_forward").isna()
    return texts.where(~twice, texts + _offset(times)) if twice.any() else texts


def _iso(times: pd.Series[pd.Timestamp]) -> pd.Series[str]:
    """Write times with their offset."""
    return _text(times.dt.tz_localize(None)) + _offset(times)


def _text(local: pd.Series[pd.Timestamp]) -> pd.Series[str]:
    whole = (local.dt.microsecond.fillna(0) == 0).all()
    texts = np.datetime_as_string(local.to_numpy("datetime64[s]" if whole else "datetime64[us]"))
    return pd.Series(texts, index=local.index, dtype="str").where(local.notna())


def _offset(times: pd.Series[pd.Timestamp]) -> pd.Series[str]:
    minutes = (times.dt.tz_localize(None) - times.dt.tz_convert("UTC").dt.tz_localize(None)).dt.total_seconds() / 60
    size = minutes.abs().fillna(0).astype("int64")
    sign = pd.Series(np.where(minutes < 0, "-", "+"), index=times.index, dtype="str")
    hours, rest = (size // 60).astype("str").str.zfill(2), (size % 60).astype("str").str.zfill(2)
    return (sign + hours + ":" + rest).where(minutes.notna())


def write(target: Path, content: bytes) -> None:
    """Write a file beside its place and move it there, so that no half-written one is left."""
    if not target.parent.is_dir():
        raise FileNotFoundError(f"the folder {target.parent} does not exist: make it, or choose another.")
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        with part.open("wb") as file:
            file.write(content)
        part.replace(target)
    except OSError as refused:
        raise OSError(refused.errno, f"{refused.strerror}; choose another place", str(target)) from refused
    finally:
        part.unlink(missing_ok=True)
