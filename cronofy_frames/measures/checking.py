"""What in a frame of events would mislead whoever counts it, with its rows, and rows that mend it."""

from __future__ import annotations

import copy
import difflib
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from cronofy_frames.frames.bounds import DAYS_AHEAD
from cronofy_frames.frames.timestamps import zone_named
from cronofy_frames.intervals.counting import busy_rows
from cronofy_frames.intervals.spans import Flags
from cronofy_frames.measures.findings import (
    all_day_holds,
    double_bookings,
    duplicates,
    far_away,
    ghosts,
    missing_zones,
    negative,
    same_meeting,
    untitled,
    zero_length,
)

Severity = Literal["note", "warning"]
Find = Callable[[pd.DataFrame], Flags]


@dataclass(frozen=True, slots=True)
class Check:
    """One check.

    Attributes
    ----------
    name, severity
        What it is called; a warning makes numbers wrong, a note is worth knowing.
    message
        What is amiss with so many rows.
    find
        Returns the rows.
    fix
        The plan that mends such rows where they are the application's own; "" where none does.
    """

    name: str
    severity: Severity
    message: str
    find: Find
    fix: str = ""


def quality(events: pd.DataFrame, *, tz: str | None = None) -> pd.DataFrame:
    """Return what would mislead an analysis of events; a frame with nothing amiss gives no rows.

    Deleted and cancelled rows are not looked at. The checks: duplicates (another row of the calendar has the same
    title and time), same_meeting (it counts once in each of several accounts), double_bookings, zero_length,
    negative, all_day_holds (all-day rows that take time), missing_zones (in a frame with zones), ghosts (a series to
    which nobody but its organizer says yes, or whose organizer is gone), no_title, far_away (more than 201 days from
    when it was read) and incomplete_read.

    Parameters
    ----------
    events
        A frame of events.
    tz
        The zone that `quality_rows` gives to rows without one.

    Returns
    -------
    DataFrame
        check; severity (note, or warning where numbers are wrong); message; count; rows, the JSON list of the labels
        of the events' index; fix, the function that takes `quality_rows` of that check, NA where there is none.

    Raises
    ------
    ValueError
        For a frame without start and end, or an unknown zone.

    Examples
    --------
    >>> events = cf.read_events(client, "2026-03-02", "2026-03-09")
    >>> cf.quality(events)[["check", "severity", "count"]].head(1)
                 check severity  count
    0  double_bookings  warning      4
    """
    tz = None if tz is None else zone_named(tz)
    found = []
    for check, rows in _found(events, CHECKS):
        if rows.any():
            fix = check.fix if check.fix and len(_mending(events, check.name, rows, tz)) else None
            if check.name == "missing_zones" and tz is None:
                fix = None
            labels = json.dumps(events.index[rows].tolist(), ensure_ascii=False, separators=(",", ":"), default=str)
            found.append((check.name, check.severity, check.message, int(rows.sum()), labels, fix))
    if lost := _incomplete(events):
        found.append(("incomplete_read", "warning", lost, 0, "[]", None))
    told = pd.DataFrame(found, columns=["check", "severity", "message", "count", "rows", "fix"])
    told = told.astype({name: "int64" if name == "count" else "str" for name in told.columns})
    told.attrs = copy.deepcopy(events.attrs)
    return told


def quality_rows(events: pd.DataFrame, check: str, *, tz: str | None = None) -> pd.DataFrame:
    """Return the rows that a check finds, in the form in which a plan mends them.

    duplicates are the rows for `plan_deletes`: those of this application that are single events, without the one that
    stays. missing_zones with `tz` are rows for `plan_events`: those of this application, with that zone. For all
    other checks they are the rows as they are.

    Parameters
    ----------
    events
        The frame.
    check
        The name of a check, as in `quality`.
    tz
        The zone of rows without one.

    Returns
    -------
    DataFrame
        Rows of the frame, with their labels.

    Raises
    ------
    ValueError
        For an unknown check or zone, or a frame without start and end.

    Examples
    --------
    >>> events = cf.read_events(client, "2026-03-02", "2026-03-09")
    >>> cf.quality_rows(events, "double_bookings")["summary"].tolist()[:2]
    ['All-hands', 'Maya / Daniel']
    """
    known = {one.name: one for one in CHECKS}
    if check == "incomplete_read":
        return events.iloc[:0]
    if check not in known:
        near = difflib.get_close_matches(str(check), known, n=3) or list(known)
        raise ValueError(f"{check!r} is no check; there is {', '.join(near)}.")
    [(_, found)] = _found(events, [known[check]])
    return _mending(events, check, found, None if tz is None else zone_named(tz))


def _mending(events: pd.DataFrame, check: str, found: Flags, tz: str | None) -> pd.DataFrame:
    """Return the rows of a check as a plan takes them, where one does."""
    if check == "duplicates":
        return events[found & _single(events, "options_delete")]
    if check != "missing_zones" or tz is None:
        return events[found]
    rows = events[found & _single(events, "options_update") & ~untitled(events)]
    return rows.assign(**{name: rows[name].fillna(tz) for name in ("start_tzid", "end_tzid")})


def _found(events: pd.DataFrame, checks: Iterable[Check]) -> Iterator[tuple[Check, Flags]]:
    """Yield checks with the rows that each finds, of those that stand."""
    busy_rows(events.iloc[:0])  # raises for a frame that has no times
    stands = np.flatnonzero(_stands(events))
    standing = events.iloc[stands]
    for check in checks:
        found = np.zeros(len(events), np.bool_)
        found[stands] = check.find(standing)
        yield check, found


def _stands(events: pd.DataFrame) -> Flags:
    stands = np.ones(len(events), np.bool_)
    if "deleted" in events:
        stands &= ~events["deleted"].to_numpy(np.bool_, na_value=False)
    if "status" in events:
        stands &= ~events["status"].isin(["cancelled"]).to_numpy(np.bool_)
    return stands


def _single(events: pd.DataFrame, option: str) -> Flags:
    """Return which rows are single events of this application, which a plan may change."""
    if "event_id" not in events:
        return np.zeros(len(events), np.bool_)
    key = [name for name in ("account", "calendar_id", "event_id") if name in events]
    single = events["event_id"].notna() & ~events.duplicated(key, keep=False)
    for name, refused in (("recurring", True), (option, False)):
        if name in events:
            single &= ~events[name].eq(refused).fillna(False).astype("bool")
    found: Flags = single.to_numpy(np.bool_)
    return found


def _incomplete(events: pd.DataFrame) -> str:
    """Return what to say of a frame that is not all of what was asked for; nothing of others."""
    origin = events.attrs.get("cronofy", {})
    if origin.get("complete", True):
        return ""
    lost = [str(label) for label, one in origin.get("accounts", {}).items() if not one.get("complete", True)]
    return f"the read broke off{': ' + ', '.join(lost) if lost else ''}; read on with resume="


CHECKS = (
    Check(
        "duplicates",
        "warning",
        "another row of the same calendar has the same title and time; both are counted",
        duplicates,
        "plan_deletes",
    ),
    Check(
        "same_meeting",
        "note",
        "the same meeting stands in an account above as well; it counts once in each",
        same_meeting,
    ),
    Check(
        "double_bookings",
        "warning",
        "they overlap others of the account: scheduled_hours is more than busy_hours",
        double_bookings,
    ),
    Check("zero_length", "note", "they end when they start and so take no time", zero_length),
    Check("negative", "warning", "they end before they start and are not counted", negative),
    Check("all_day_holds", "note", "all-day rows that take time: all_day= says whether they count", all_day_holds),
    Check(
        "missing_zones",
        "note",
        "they name no zone while others do: give tz= to fill it in",
        missing_zones,
        "plan_events",
    ),
    Check(
        "ghosts",
        "note",
        "they are of series to which only the organizer says yes, or whose organizer is gone",
        ghosts,
    ),
    Check("no_title", "note", "they have no title, maybe because they are private", untitled),
    Check(
        "far_away",
        "note",
        f"they are more than {DAYS_AHEAD} days from when they were read, where only managed events are complete",
        far_away,
    ),
)
