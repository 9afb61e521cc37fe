"""Data quality report: rows of an events frame that would make counts wrong, and the rows to send to correct them."""

from __future__ import annotations

import copy
import difflib
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from cronofy_frames.frames.bounds import DAYS_AHEAD, Bound
from cronofy_frames.frames.provenance import origin_of, sources_of, windows_of
from cronofy_frames.frames.standard_dtypes import standard_dtypes
from cronofy_frames.intervals.counting import busy_rows
from cronofy_frames.intervals.observation import Accounts, account_labels, accounts_are_known
from cronofy_frames.intervals.spans import Flags
from cronofy_frames.measures.quality_checks import (
    all_day_holds,
    double_bookings,
    duplicates,
    far_away,
    ghosts,
    long_rows,
    missing_zones,
    negative,
    same_meeting,
    without_end,
    without_start,
    without_title,
    zero_length,
)
from cronofy_frames.zones import zone_name

Severity = Literal["note", "warning"]
Find = Callable[[pd.DataFrame], Flags]


@dataclass(frozen=True, slots=True)
class Check:
    """One check of data quality.

    Attributes
    ----------
    name, severity
        Its name; a warning makes numbers wrong, a note is worth knowing.
    message
        What is wrong with the rows.
    find
        Returns the rows as a mask.
    fix
        The function that plans a correction of rows that the application owns; "" where there is none.
    """

    name: str
    severity: Severity
    message: str
    find: Find
    fix: str = ""


def quality(
    events: pd.DataFrame,
    *,
    tz: str | None = None,
    start: Bound | None = None,
    end: Bound | None = None,
    accounts: Accounts = None,
) -> pd.DataFrame:
    """Return data that would mislead an analysis of events; a frame without any gives no rows.

    Deleted and cancelled rows are not checked. The checks: duplicates (another row of the calendar has the same title
    and time), same_meeting (it counts once in each of several accounts), double_bookings, zero_length, negative, no_end
    and no_start (only one of both times), all_day_holds and long_rows (rows of days, and of 12 hours or longer, that
    take time and are not marked as time away), missing_zones (in a frame with zones), ghosts (a series that only its
    organizer accepted, or whose organizer is gone), no_title, far_away (more than 201 days from when it was read),
    incomplete_read, and unknown_read (the frame does not say which window or accounts were read).

    Parameters
    ----------
    events
        A frame of events.
    tz
        The zone that `quality_rows` writes into rows without one.
    start, end, accounts
        The window and the accounts that you pass to the analysis; with them unknown_read is no finding.

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
    events = standard_dtypes(events)
    tz = None if tz is None else zone_name(tz)
    problems = []
    for check, rows in _matches(events, CHECKS):
        if rows.any():
            fix = check.fix if check.fix and len(_rows_to_fix(events, check.name, rows, tz)) else None
            if check.name == "missing_zones" and tz is None:
                fix = None
            labels = json.dumps(events.index[rows].tolist(), ensure_ascii=False, separators=(",", ":"), default=str)
            problems.append((check.name, check.severity, check.message, int(rows.sum()), labels, fix))
    if message := _incomplete(events):
        problems.append(("incomplete_read", "warning", message, 0, "[]", None))
    if message := _unknown(events, start, end, accounts):
        problems.append(("unknown_read", "warning", message, 0, "[]", None))
    report = pd.DataFrame(problems, columns=["check", "severity", "message", "count", "rows", "fix"])
    report = report.astype({name: "int64" if name == "count" else "str" for name in report.columns})
    report.attrs = copy.deepcopy(events.attrs)
    return report


def quality_rows(events: pd.DataFrame, check: str, *, tz: str | None = None) -> pd.DataFrame:
    """Return the rows that a check finds, ready for the function that plans their correction.

    duplicates are the rows for `plan_deletes`: single events of this application, without the one of each set that
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
    known = {check.name: check for check in CHECKS}
    if check in ("incomplete_read", "unknown_read"):
        return events.iloc[:0]
    events = standard_dtypes(events)
    if check not in known:
        near = difflib.get_close_matches(str(check), known, n=3) or list(known)
        raise ValueError(f"{check!r} is not a check; choose from {', '.join(near)}.")
    [(_, rows)] = _matches(events, [known[check]])
    return _rows_to_fix(events, check, rows, None if tz is None else zone_name(tz))


def _rows_to_fix(events: pd.DataFrame, check: str, mask: Flags, tz: str | None) -> pd.DataFrame:
    """Return the rows of a check in the form that the planning function takes, where there is one."""
    if check == "duplicates":
        return events[mask & _single(events, "options_delete")]
    if check != "missing_zones" or tz is None:
        return events[mask]
    rows = events[mask & _single(events, "options_update") & ~without_title(events)]
    return rows.assign(**{name: rows[name].fillna(tz) for name in ("start_tzid", "end_tzid")})


def _matches(events: pd.DataFrame, checks: Iterable[Check]) -> Iterator[tuple[Check, Flags]]:
    """Yield each check with the mask of the rows that it finds among those that are not deleted or cancelled."""
    busy_rows(events.iloc[:0])  # raises for a frame that has no times
    active = np.flatnonzero(_is_active(events))
    active_events = events.iloc[active]
    for check in checks:
        mask = np.zeros(len(events), np.bool_)
        mask[active] = check.find(active_events)
        yield check, mask


def _is_active(events: pd.DataFrame) -> Flags:
    active = np.ones(len(events), np.bool_)
    if "deleted" in events:
        active &= ~events["deleted"].to_numpy(np.bool_, na_value=False)
    if "status" in events:
        active &= ~events["status"].isin(["cancelled"]).to_numpy(np.bool_)
    return active


def _single(events: pd.DataFrame, option: str) -> Flags:
    """Return which rows are single events of this application, which a plan can change."""
    if "event_id" not in events:
        return np.zeros(len(events), np.bool_)
    key = [name for name in ("account", "calendar_id", "event_id") if name in events]
    single = events["event_id"].notna() & ~events.duplicated(key, keep=False)
    for name, refused in (("recurring", True), (option, False)):
        if name in events:
            single &= ~events[name].eq(refused).fillna(False).astype("bool")
    mask: Flags = single.to_numpy(np.bool_)
    return mask


def _incomplete(events: pd.DataFrame) -> str:
    """Return a message if the read of the frame did not complete, else an empty text."""
    origin = origin_of(events)
    if origin.get("complete", True):
        return ""
    labels = [str(label) for label, source in sources_of(origin).items() if not source.get("complete", True)]
    return f"the read stopped early{': ' + ', '.join(labels) if labels else ''}; continue it with resume="


def _unknown(events: pd.DataFrame, start: Bound | None, end: Bound | None, accounts: Accounts) -> str:
    """Return a message if neither the frame nor the arguments say what was read, else an empty text."""
    if accounts is not None:
        account_labels(events, accounts)  # raises where they do not fit the rows
    bounds = {} if windows_of(origin_of(events)) else {"start=": start, "end=": end}
    unknown = [name for name, bound in bounds.items() if bound is None]
    unknown += [] if accounts_are_known(events, accounts) else ["accounts="]
    if not unknown or not len(events):
        return ""
    return (
        f"the frame does not say what was read, as after merge or pd.concat: give {', '.join(unknown)}, or combine "
        "frames with concat and with_calendars"
    )


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
        "an account further up has the same meeting; it counts once in each",
        same_meeting,
    ),
    Check(
        "double_bookings",
        "warning",
        "they overlap others of the same account: scheduled_hours is more than busy_hours",
        double_bookings,
    ),
    Check("zero_length", "note", "they end when they start and so take no time", zero_length),
    Check("negative", "warning", "they end before they start and are not counted", negative),
    Check("no_end", "warning", "they have a start and no end and are not counted", without_end),
    Check("no_start", "warning", "they have an end and no start and are not counted", without_start),
    Check(
        "all_day_holds",
        "note",
        "all-day rows that take time and are not marked out of office: all_day= decides whether they count",
        all_day_holds,
    ),
    Check(
        "long_rows",
        "note",
        "they take 12 hours or longer and are not marked out of office: they count in full as busy time",
        long_rows,
    ),
    Check(
        "missing_zones",
        "note",
        "they have no time zone while others do: give tz= to fill it in",
        missing_zones,
        "plan_events",
    ),
    Check(
        "ghosts",
        "note",
        "they belong to series that only the organizer accepted, or whose organizer is gone",
        ghosts,
    ),
    Check("no_title", "note", "they have no title, maybe because they are private", without_title),
    Check(
        "far_away",
        "note",
        f"they are more than {DAYS_AHEAD} days from when they were read, where only managed events are complete",
        far_away,
    ),
)
