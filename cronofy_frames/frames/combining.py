"""Concatenation of frames, and a join with calendars, which keep the provenance in `attrs`.

`pd.concat` and `merge` drop `attrs` that differ, and with them the window and the accounts without rows.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterable, Mapping, Sequence
from functools import reduce
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd

from cronofy_frames.frames.provenance import Bounds, common_part, origin_of, sources_of, union_of, windows_of
from cronofy_frames.frames.standard_dtypes import standard_dtypes, zone_of
from cronofy_frames.frames.tidy import tidy
from cronofy_frames.frames.timestamps import to_timezone
from cronofy_frames.frames.unread_fields import total_unread
from cronofy_frames.schema import EVENTS, FREE_BUSY, Table
from cronofy_frames.text import join_names, single_line

CALENDAR_COLUMNS = ("calendar_name",)

COUNTS = ("rows", "pages", "requests")
WINDOW_ARGUMENTS = ("next_page", "from", "to", "tzid")
"""Arguments that select the time and the page of a read; reads that differ in these alone are alike."""

OF_ONE_READ = ("accounts", "observed", "continued", "stopped_at")
"""Names in the record of a read that a record of several reads does not take over."""

Source = Mapping[str, Any]


def concat(frames: Iterable[pd.DataFrame] | Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Return the rows of several reads as one frame that covers the windows and accounts of all.

    A row that several frames have, such as an event over midnight between two windows, is in the result once, in the
    version that changed last. Time between two windows was not read: analysis counts it neither as free nor as busy. If
    an account was read with different arguments, such as different calendars, only the time that all these reads cover
    counts. The `.partial` of a read together with the frame that `resume=` returned are a complete read.

    Parameters
    ----------
    frames
        Frames of `read_events`, or frames of `read_free_busy`; a mapping label -> frame adds an `account` column.

    Returns
    -------
    DataFrame
        The rows in the order of a read, times in the zone of the first frame (`datetime64[us, tz]`);
        `attrs["cronofy"]` has the windows and accounts. If a frame has no such record, the result has none either, and
        analysis warns.

    Raises
    ------
    ValueError
        For no frames; for frames without `start` and `end`, or with times without a zone; for events together with
        free/busy; for frames with and without accounts; for frames of two accounts without labels; for reads of an
        account with different arguments and no time in common.

    Examples
    --------
    >>> march = cf.read_events(client, "2026-03-02", "2026-03-09")
    >>> april = cf.read_events(client, "2026-04-06", "2026-04-13")
    >>> both = cf.concat([march, april])
    >>> cf.occupancy(both, by="week")["observed_hours"].tolist()
    [168.0, 0.0, 0.0, 0.0, 0.0, 168.0]
    """
    parts = _frames_with_labels(frames)
    if not parts:
        raise ValueError("concat needs at least one frame.")
    origins = [origin_of(part) for part in parts]
    _check_parts(parts, origins)
    zone = zone_of(parts[0]["start"].dt.tz)
    parts = [part if str(part["start"].dt.tz) == zone else to_timezone(part, zone) for part in parts]
    for part in parts:
        part.attrs = {}
    rows = pd.concat([part for part in parts if len(part)] or parts[:1], ignore_index=True)
    combined = tidy(rows, _table_of(rows))
    if all(_is_known(origin) for origin in origins):
        combined.attrs["cronofy"] = _combined_origin(origins, zone, len(combined))
    return combined


def _frames_with_labels(frames: Iterable[pd.DataFrame] | Mapping[str, pd.DataFrame]) -> list[pd.DataFrame]:
    """Return shallow copies of the frames, with an `account` column from the labels of a mapping."""
    if isinstance(frames, pd.DataFrame):
        raise ValueError("concat takes several frames: pass a list, or a mapping label -> frame.")
    if not isinstance(frames, Mapping):
        return [standard_dtypes(frame).copy(deep=False) for frame in frames]
    labelled = []
    for label, frame in frames.items():
        if "account" in frame.columns:
            raise ValueError(f"the frame of {label!r} already has an account column: pass a list of frames.")
        part = standard_dtypes(frame).copy(deep=False)
        part.insert(0, "account", pd.Series(label, index=part.index, dtype="str"))
        source = origin_of(frame)
        part.attrs["cronofy"] = {**source, "accounts": {label: source}} if source else {}
        labelled.append(part)
    return labelled


def _is_known(origin: Source) -> bool:
    return windows_of(origin) is not None


def _check_parts(parts: Sequence[pd.DataFrame], origins: Sequence[Source]) -> None:
    """Raise for frames whose rows cannot be counted together."""
    for position, part in enumerate(parts, 1):
        if missing := {"start", "end"} - set(part.columns):
            raise ValueError(f"frame {position} has no {' and '.join(sorted(missing))}: pass events or free/busy.")
        if not all(isinstance(part[name].dtype, pd.DatetimeTZDtype) for name in ("start", "end")):
            raise ValueError(f"frame {position} has times without a zone: convert them with dt.tz_localize first.")
    if len({"free_busy_status" in part for part in parts}) > 1:
        raise ValueError("events and free/busy cannot be counted together: read all accounts with the same function.")
    if len({"account" in part for part in parts}) > 1:
        raise ValueError("some frames have an account column and others not: pass a mapping label -> frame.")
    if "account" in parts[0]:
        return
    for (n, first), (m, second) in combinations(enumerate(parts), 2):
        same = _arguments(origins[n]) == _arguments(origins[m]) and _overlap(origins[n], origins[m])
        calendars = [_calendars(first), _calendars(second)]
        # calendars that one read selected are of one account
        is_apart = all(calendars) and calendars[0].isdisjoint(calendars[1] | _named_calendars(origins[n]))
        if same and is_apart and not _is_one_read(origins[n], origins[m]):
            raise ValueError(
                f"frames {n + 1} and {m + 1} were read of the same time and have no calendar in common, so they are of "
                "two accounts: pass a mapping label -> frame, which adds the account column."
            )


def _is_one_read(first: Source, second: Source) -> bool:
    """Return whether one may resume the other, so that they may have different calendars of one account."""
    return any(
        before.get("complete") is False and bool(after.get("continued"))
        for before, after in ((first, second), (second, first))
    )


def _overlap(first: Source, second: Source) -> bool:
    return bool(common_part(windows_of(first) or [], windows_of(second) or []))


def _calendars(frame: pd.DataFrame) -> set[Any]:
    return set(frame["calendar_id"].dropna()) if "calendar_id" in frame else set()


def _named_calendars(source: Source) -> set[Any]:
    return set(dict(source.get("arguments") or {}).get("calendar_ids", ()))


def _arguments(source: Source) -> str:
    """Return the arguments of a read as a text to compare, without its time and page."""
    arguments = {
        name: value for name, value in dict(source.get("arguments") or {}).items() if name not in WINDOW_ARGUMENTS
    }
    return json.dumps(arguments, sort_keys=True, default=str)


def _table_of(frame: pd.DataFrame) -> Table:
    """Return the table of a frame: its key, and its order by the columns that the frame has."""
    table = FREE_BUSY if "free_busy_status" in frame else EVENTS
    order = tuple(name for name in table.order if name in frame)
    has_key = {"calendar_id", "event_uid", "event_id"} <= set(frame.columns)
    return Table(table.name, table.columns, table.key if has_key else (), order)


def _combined_origin(origins: Sequence[Source], zone: str, rows: int) -> dict[str, Any]:
    """Return the record of one read that stands for several."""
    sources: dict[Any, list[Source]] = {}
    for origin in origins:
        for label, source in sources_of(origin).items():
            sources.setdefault(label, []).append({**origin, **source})
    windows = {label: _windows(label, reads) for label, reads in sources.items()}
    accounts = {label: _combined_record(reads, windows[label]) for label, reads in sources.items()}
    all_windows = union_of(window for own in windows.values() for window in own) if sources else _windows(None, origins)
    joined = _combined_record(origins, all_windows) | {"tz": zone, "rows": rows}
    if not accounts:
        return joined
    joined = {name: value for name, value in joined.items() if name not in OF_ONE_READ}
    return joined | {"complete": all(account["complete"] for account in accounts.values()), "accounts": accounts}


def _windows(label: Any, reads: Sequence[Source]) -> list[Bounds]:
    """Return the windows that an account was read for with all its arguments: the union of equal reads, intersected."""
    by_arguments: dict[str, list[Bounds]] = {}
    for read in reads:
        by_arguments.setdefault(_arguments(read), []).extend(windows_of(read) or [])
    windows = reduce(common_part, [union_of(windows) for windows in by_arguments.values()])
    if not windows:
        account = "" if label is None else f" of {single_line(str(label))}"
        raise ValueError(
            f"the frames{account} were read with different arguments, such as other calendars, and have no time in "
            "common: analyse them one by one."
        )
    return windows


def _combined_record(reads: Sequence[Source], windows: Sequence[Bounds]) -> dict[str, Any]:
    """Return the record of several reads as one, with these windows and the arguments of the latest read."""
    latest = max(reads, key=lambda read: str(read.get("fetched_at", "")))
    joined = copy.deepcopy({name: value for name, value in latest.items() if name not in OF_ONE_READ})
    for name in COUNTS:
        if any(name in read for read in reads):
            joined[name] = sum(read.get(name) or 0 for read in reads)
    joined["start"], joined["end"] = windows[0][0].isoformat(), windows[-1][1].isoformat()
    joined["windows"] = [[start.isoformat(), end.isoformat()] for start, end in windows]
    return joined | total_unread(reads) | _completeness(reads)


def _completeness(reads: Sequence[Source]) -> dict[str, Any]:
    """Return whether all reads are complete, with those that another read resumes, and where the only other stopped."""
    continued = [position for read in reads for position in _positions(read)]
    unfinished = [read for read in reads if not read.get("complete", True) and read.get("stopped_at") not in continued]
    stops = {read.get("stopped_at") for read in unfinished}
    stopped_at = {"stopped_at": stops.pop()} if len(stops) == 1 and None not in stops else {}
    return {"complete": not unfinished, **({"continued": continued} if continued else {}), **stopped_at}


def _positions(read: Source) -> list[str]:
    """Return the positions at which a read, or several as one, continues others."""
    continued = read.get("continued", [])
    return continued if isinstance(continued, list) else [continued]


def with_calendars(
    frame: pd.DataFrame, calendars: pd.DataFrame, *, columns: Iterable[str] = CALENDAR_COLUMNS
) -> pd.DataFrame:
    """Return a frame with columns of its calendars, such as profile_name; rows, index and `attrs` stay as they are.

    `read_events` and `read_free_busy` add the names of calendars themselves. `DataFrame.merge` would add the same
    columns, and drop the window and the accounts without rows.

    Parameters
    ----------
    frame
        A frame with a `calendar_id` column, as read_events and read_free_busy return it.
    calendars
        The calendars, as `read_calendars` returns them.
    columns
        The columns of `calendars` to add before calendar_id; columns that the frame already has are replaced.

    Returns
    -------
    DataFrame
        A new frame; NA for calendars that are not in `calendars`.

    Raises
    ------
    ValueError
        For frames without `calendar_id`, and for a column that `calendars` does not have.

    Examples
    --------
    >>> events = cf.read_events(client, "2026-03-02", "2026-03-09")
    >>> named = cf.with_calendars(events, cf.read_calendars(client), columns=["profile_name"])
    >>> named["profile_name"].notna().all(), named.attrs == events.attrs
    (np.True_, True)
    """
    names = [columns] if isinstance(columns, str) else list(columns)
    key = ["account", "calendar_id"] if "account" in frame and "account" in calendars else ["calendar_id"]
    for name, table in (("frame", frame), ("calendars", calendars)):
        if "calendar_id" not in table:
            raise ValueError(f"{name} has no column calendar_id: pass events or free/busy, and then read_calendars.")
    if missing := [name for name in names if name not in calendars or name in key]:
        choices = join_names(str(name) for name in calendars if name not in key)
        raise ValueError(f"calendars has no column {missing[0]!r} to add: choose from {choices}.")
    named = frame.copy(deep=False)
    listed = calendars[[*key, *names]].drop_duplicates(key, keep="last")
    position = pd.MultiIndex.from_frame(listed[key]).get_indexer(pd.MultiIndex.from_frame(named[key]))
    for name in names:
        values = pd.Series(listed[name].array.take(np.asarray(position), allow_fill=True), index=named.index)
        if name in named:
            named[name] = values
        else:
            named.insert(list(named.columns).index("calendar_id"), name, values)
    named.attrs = copy.deepcopy(frame.attrs)
    return named
