"""Busy time in frames with start and end: vectorised, pure. Intervals are half-open."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

# every zone's offset since 1972 is a multiple of this, so a step lies within one local hour
STEP = pd.Timedelta(minutes=15)

Micros = npt.NDArray[np.int64]


def busy_rows(frame: pd.DataFrame, *, tentative: bool = True) -> pd.DataFrame:
    """Return the rows that take time.

    Events count when they are opaque, neither deleted nor cancelled, and not declined by the account; free/busy
    rows when they are busy. Rows without times and without length take none.

    Parameters
    ----------
    frame
        Events or free/busy.
    tentative
        Whether tentative rows count.
    """
    takes = frame["start"].notna() & frame["end"].notna() & (frame["end"] > frame["start"])
    if "free_busy_status" in frame:
        takes &= frame["free_busy_status"].isin(["busy", "tentative"] if tentative else ["busy"])
    if "transparency" in frame:
        takes &= frame["transparency"].ne("transparent")
        takes &= frame["status"].ne("cancelled") & frame["participation_status"].ne("declined") & ~frame["deleted"]
        if not tentative:
            takes &= frame["status"].ne("tentative") & frame["participation_status"].ne("tentative")
    return frame.loc[takes]


def union(frame: pd.DataFrame) -> tuple[Micros, Micros]:
    """Return starts and ends of the time that any row covers, overlaps counted once, in microseconds UTC."""
    order = np.argsort(_micros(frame["start"]), kind="stable")
    starts, ends = _micros(frame["start"])[order], _micros(frame["end"])[order]
    if not len(starts):
        return starts, ends
    reach = np.maximum.accumulate(ends)
    first = np.concatenate([[True], starts[1:] > reach[:-1]])
    last = np.concatenate([first[1:], [True]])
    return starts[first], reach[last]


def week_occupancy(
    frame: pd.DataFrame, *, start: pd.Timestamp, end: pd.Timestamp, tentative: bool = True
) -> pd.DataFrame:
    """Return the share of time busy for each weekday and hour.

    With an `account` column it is the mean of the accounts' shares.

    Parameters
    ----------
    frame
        Events or free/busy.
    start, end
        The time observed, half-open, in the zone whose weekdays and hours are meant.
    tentative
        Whether tentative rows count.

    Returns
    -------
    DataFrame
        Weekdays 0 (Monday) to 6 down, hours 0 to 23 across, from 0 to 1; NaN where nothing was observed.
    """
    if "account" not in frame or frame["account"].nunique() < 2:
        return _week(busy_rows(frame, tentative=tentative), start, end)
    each = [_week(busy_rows(one, tentative=tentative), start, end) for _, one in frame.groupby("account")]
    return sum(each[1:], each[0]) / len(each)


def _week(frame: pd.DataFrame, start: pd.Timestamp, end: pd.Timestamp) -> pd.DataFrame:
    edges = pd.date_range(start.floor(STEP), end.ceil(STEP), freq=STEP)
    inside = _micros(pd.Series(edges)).clip(_micro(start), _micro(end))
    length = np.diff(inside)
    cells = {
        "weekday": edges[:-1].day_of_week,
        "hour": edges[:-1].hour,
        "length": length,
        "busy": np.diff(_busy_before(frame, inside)),
    }
    sums = pd.DataFrame(cells)[length > 0].groupby(["weekday", "hour"])[["length", "busy"]].sum()
    share = (sums["busy"] / sums["length"]).unstack()
    return share.reindex(index=pd.RangeIndex(7, name="weekday"), columns=pd.RangeIndex(24, name="hour")).astype(
        "float64"
    )


def _busy_before(frame: pd.DataFrame, moments: Micros) -> npt.NDArray[np.float64]:
    """Return how much busy time lies before each moment: a function that rises within busy time and else stands."""
    starts, ends = union(frame)
    if not len(starts):
        return np.zeros(len(moments))
    passed = np.cumsum(ends - starts)
    corners = np.stack([starts, ends], axis=1).ravel()
    heights = np.stack([passed - (ends - starts), passed], axis=1).ravel()
    passed_before: npt.NDArray[np.float64] = np.interp(moments, corners, heights)
    return passed_before


def _micros(times: pd.Series[pd.Timestamp]) -> Micros:
    return times.dt.tz_convert("UTC").dt.tz_localize(None).to_numpy("datetime64[us]").astype("int64")


def _micro(moment: pd.Timestamp) -> int:
    return int(moment.tz_convert("UTC").tz_localize(None).to_datetime64().astype("datetime64[us]").astype("int64"))
