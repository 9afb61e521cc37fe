"""Data quality checks: each function returns the mask of the rows of an events frame with one kind of problem."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from cronofy_frames.frames.bounds import DAYS_AHEAD
from cronofy_frames.frames.timestamps import NAT
from cronofy_frames.intervals.counting import busy_rows, is_away, micros, takes_time
from cronofy_frames.intervals.spans import Flags, overlapping
from cronofy_frames.measures.meetings import listed_people, meeting_keys, repeats_of_accounts, titles_of

DAY = 86_400_000_000
LONG = DAY // 2  # a timed row of 12 hours is more often a shift, a trip or leave than a meeting


def without_title(events: pd.DataFrame) -> Flags:
    """Return which rows have no title."""
    missing: Flags = titles_of(events).isna().to_numpy(np.bool_)
    return missing if "summary" in events else np.zeros(len(events), np.bool_)


def duplicates(events: pd.DataFrame) -> Flags:
    """Return which rows take time and repeat title and time of another row of the calendar, except the one to keep."""
    keys = meeting_keys(events, "account", "calendar_id", "all_day")
    own = events["event_id"].notna().to_numpy(np.bool_) if "event_id" in events else np.zeros(len(events), np.bool_)
    created = micros(events["created"]) if "created" in events else np.zeros(len(events), np.int64)
    # keep an event of another application if there is one, else the oldest
    order = np.lexsort((np.where(created == NAT, np.iinfo(np.int64).max, created), own))
    # rows that take no time are not counted twice, and must not be the one to keep
    order = order[(takes_time(events, all_day="busy") & keys["title"].notna().to_numpy(np.bool_))[order]]
    again = np.zeros(len(events), np.bool_)
    again[order] = keys.iloc[order].duplicated().to_numpy()
    return again


def same_meeting(events: pd.DataFrame) -> Flags:
    """Return which rows are of a meeting that an earlier account has too: same id, or title, time and organizer."""
    return repeats_of_accounts(events, np.zeros(len(events), np.int64))


def double_bookings(events: pd.DataFrame) -> Flags:
    """Return which rows take time in which another row of the account takes time as well."""
    counted = busy_rows(events, "account" if "account" in events else None, all_day="ignore")
    mask = np.zeros(len(events), np.bool_)
    mask[counted.rows[overlapping(counted.spans)]] = True
    return mask


def _lengths(events: pd.DataFrame) -> Any:
    """Return the lengths of rows, NaN where a time is missing."""
    start, end = micros(events["start"]), micros(events["end"])
    return np.where((start == NAT) | (end == NAT), np.nan, end - start)


def zero_length(events: pd.DataFrame) -> Flags:
    """Return which rows end when they start."""
    mask: Flags = _lengths(events) == 0
    return mask


def negative(events: pd.DataFrame) -> Flags:
    """Return which rows end before they start."""
    mask: Flags = _lengths(events) < 0
    return mask


def _all_day(events: pd.DataFrame) -> Flags:
    if "all_day" not in events:
        return np.zeros(len(events), np.bool_)
    mask: Flags = events["all_day"].to_numpy(np.bool_, na_value=False)
    return mask


def all_day_holds(events: pd.DataFrame) -> Flags:
    """Return which all-day rows take time and are not marked as time away."""
    return takes_time(events, all_day="busy") & _all_day(events) & ~is_away(events)


def long_rows(events: pd.DataFrame) -> Flags:
    """Return which timed rows take time for 12 hours or longer and are not marked as time away."""
    mask: Flags = takes_time(events, all_day="ignore") & (_lengths(events) >= LONG) & ~is_away(events)
    return mask


def without_end(events: pd.DataFrame) -> Flags:
    """Return which rows have a start and no end."""
    mask: Flags = (micros(events["start"]) != NAT) & (micros(events["end"]) == NAT)
    return mask


def without_start(events: pd.DataFrame) -> Flags:
    """Return which rows have an end and no start."""
    mask: Flags = (micros(events["start"]) == NAT) & (micros(events["end"]) != NAT)
    return mask


def missing_zones(events: pd.DataFrame) -> Flags:
    """Return which timed rows have no zone, in a frame where other rows have one."""
    nothing = np.zeros(len(events), np.bool_)
    if not {"start_tzid", "end_tzid"} <= set(events.columns):
        return nothing
    zones = events[["start_tzid", "end_tzid"]]
    requested = events.attrs.get("cronofy", {}).get("arguments", {}).get("localized_times", False)
    localized = requested or bool(zones.notna().any(axis=None))
    missing: Flags = zones.isna().any(axis=1).to_numpy()
    return missing & ~_all_day(events) & (micros(events["start"]) != NAT) if localized else nothing


def ghosts(events: pd.DataFrame) -> Flags:
    """Return which rows are of series that only the organizer accepted, or whose organizer is gone."""
    nothing = np.zeros(len(events), np.bool_)
    if not {"series_identifier", "attendees"} <= set(events.columns):
        return nothing
    key = [name for name in ("account", "calendar_id", "series_identifier") if name in events]
    series = events.groupby(key, dropna=False).ngroup().to_numpy(np.int64)
    listed = listed_people(events.drop(columns="account", errors="ignore"))
    organizer = _organizers(events)
    is_organizer = listed.names.to_numpy(object)[listed.person] == organizer[listed.row]
    people = pd.DataFrame({"series": series[listed.row], "person": listed.person, "status": listed.status})
    guests, organizers = people[listed.attends & ~is_organizer], people[listed.attends & is_organizer]
    # an unknown reply may be a yes
    alone = _all_of(guests["series"], guests["status"].isin(["needs_action", "declined"]))
    gone = _all_of(organizers["series"], organizers["status"] == "declined")
    ghosts = alone | gone
    if organizer.astype("bool").any():
        several = guests.groupby("series")["person"].nunique()
        orphans = _all_of(pd.Series(series), pd.Series(organizer == ""))
        ghosts |= orphans & set(several.index[several > 1])
    mask: Flags = np.isin(series, list(ghosts)) & events["series_identifier"].notna().to_numpy(np.bool_)
    return mask


def _organizers(events: pd.DataFrame) -> Any:
    if "organizer_email" not in events:
        return np.full(len(events), "", object)
    return events["organizer_email"].astype("str").str.strip().str.casefold().fillna("").to_numpy(object)


def _all_of(group: pd.Series[Any], holds: pd.Series[Any]) -> set[int]:
    """Return the groups in which a condition holds for all rows."""
    every = holds.groupby(group.to_numpy()).all()
    return set(every.index[every.astype("bool")])


def far_away(events: pd.DataFrame) -> Flags:
    """Return which rows are so far from the time of the read that Cronofy does not return all events there."""
    read = _read_at(events)
    start = micros(events["start"])
    if read is None:
        return np.zeros(len(events), np.bool_)
    at = int(read.tz_convert(None).to_datetime64().astype("M8[us]").astype(np.int64))
    mask: Flags = (start != NAT) & (np.abs(start - at) > DAYS_AHEAD * DAY)
    return mask


def _read_at(events: pd.DataFrame) -> pd.Timestamp | None:
    """Return when a frame was read; if it does not say, when a row in it last changed."""
    origin = events.attrs.get("cronofy", {})
    sources = [origin, *origin.get("accounts", {}).values()]
    times = [pd.Timestamp(source["fetched_at"]) for source in sources if source.get("fetched_at")]
    if not times:
        times = [events[name].max() for name in ("updated", "created") if name in events and events[name].notna().any()]
    return max(times, default=None)
