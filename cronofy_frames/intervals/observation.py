"""Which window a frame covers, whose accounts, and which part of the window was not read.

These are the only rules for time without rows: it is free where it was read, and unknown where it was not.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import reduce
from typing import Any

import numpy as np
import pandas as pd

from cronofy_frames.caller import caller_level
from cronofy_frames.frames.bounds import Bound, Window
from cronofy_frames.frames.provenance import Bounds, common_part, origin_of, sources_of, windows_of
from cronofy_frames.intervals.spans import Spans, complement, concatenate_groups
from cronofy_frames.text import single_line

Accounts = Iterable[Any] | None

MOST_LABELS = 5


class AssumedWarning(UserWarning):
    """A frame does not say which window or accounts were read; the message says what the analysis assumed."""


@dataclass(frozen=True, slots=True, eq=False)
class Observation:
    """The window of an analysis, and the part of it that was not read.

    Attributes
    ----------
    window
        From the first to the last instant that counts.
    unread
        For each label, in order, the time of the window that was not read, as group 0, 1, 2 ...
    """

    window: Window
    unread: Spans

    @property
    def bounds(self) -> tuple[int, int]:
        """The window in microseconds UTC."""
        return micro(self.window.start), micro(self.window.end)

    def read(self, groups: int) -> Spans:
        """Return the time that was read of each label."""
        return complement(self.unread, groups, *self.bounds)


def observe(
    frame: pd.DataFrame,
    start: Bound | None,
    end: Bound | None,
    tz: str,
    *,
    labels: list[Any] | None = None,
    accounts: Accounts = None,
    bounds_may_be_wider: bool = False,
) -> Observation:
    """Return what a frame covers, and warn once of all that had to be assumed.

    The window: the bounds given, else those of the read, else from the first row to the last. The accounts: those
    given, else those of the read, else those with rows. Where bounds go beyond what was read, or between two reads
    that `concat` joined, time is unread: neither free nor busy.

    Parameters
    ----------
    frame
        A frame with start, end and, of several accounts, `account`.
    start, end
        The bounds given; naive ones are read in `tz`.
    tz
        The zone of the window.
    labels
        The accounts whose time matters, one for each group of `unread`; None is all of them together, of whom time
        counts as read where each was read.
    accounts
        The accounts given.
    bounds_may_be_wider
        No warning for bounds beyond what was read, because the result shows unread time.

    Warns
    -----
    AssumedWarning
        The frame does not say what was read, and the arguments do not either; or bounds go beyond what was read.

    Raises
    ------
    ValueError
        If there are no rows, no bounds, and the frame does not say what was read.
    """
    origin = trusted_origin(frame)
    first, last = observed_window(frame, start, end, tz)
    window = Window(tz, first, last)
    known = windows_of(origin)
    assumed = _assumed_bounds(known, start, end, window)
    if labels is not None and not accounts_are_known(frame, accounts):
        assumed.append(f"the accounts with rows ({_list_in_words(labels)})")
    if assumed:
        _warn_of_assumptions(assumed)
    unread = _unread(origin, known, window, labels)
    observation = Observation(window, unread)
    if known and len(unread) and not bounds_may_be_wider and not _is_within(window, known):
        _warn_of_bounds(window, known)
    return observation


def observed_window(
    frame: pd.DataFrame, start: Bound | None, end: Bound | None, tz: str
) -> tuple[pd.Timestamp, pd.Timestamp]:
    """Return the bounds given, else those of the read of a frame, else its first to last row.

    Raises
    ------
    ValueError
        If there are no rows, no bounds, and the frame does not say what was read.
    """
    origin = trusted_origin(frame)
    windows = windows_of(origin) or []
    since = _first_present(start, origin.get("start"), *(window[0] for window in windows[:1]), frame["start"].min())
    until = _first_present(end, origin.get("end"), *(window[1] for window in windows[-1:]), frame["end"].max())
    if since is None or until is None:
        raise ValueError("the frame has no rows, and its attrs do not say which window was read: give start= and end=.")
    window = Window.of(since, until, tz)
    assert window.start is not None
    assert window.end is not None
    return window.start, window.end


def trusted_origin(frame: pd.DataFrame) -> Mapping[str, Any]:
    """Return the record of the read of a frame, without the observed window if all rows are elsewhere.

    A read without bounds observes what its clock says; in a sandbox the rows may be of another year.
    """
    origin = origin_of(frame)
    has_bounds = origin.get("start") is not None and origin.get("end") is not None
    windows = windows_of(origin)
    first, last = frame["start"].min(), frame["end"].max()
    if has_bounds or not windows or pd.isna(first) or pd.isna(last):
        return origin
    if first < windows[-1][1] and last > windows[0][0]:
        return origin
    return {name: value for name, value in origin.items() if name not in ("observed", "windows")}


def account_labels(frame: pd.DataFrame, accounts: Accounts) -> list[Any]:
    """Return the accounts without rows: of those given, else of the read.

    Where an account that had rows is missing, the frame was filtered by account since the read, and there are none.

    Raises
    ------
    ValueError
        For accounts given where the frame has no column account, and for rows of an account that is not among them.
    """
    if accounts is not None:
        labels = [accounts] if isinstance(accounts, str) else list(dict.fromkeys(accounts))
        if "account" not in frame:
            raise ValueError("accounts= needs a column account: read with a mapping label -> client to get one.")
        with_rows = frame["account"].unique()
        if others := [label for label in with_rows if label not in labels]:
            raise ValueError(
                f"accounts= does not have {_list_in_words(others)}, of which there are rows: add or filter them."
            )
        return [label for label in labels if label not in set(with_rows)]
    known = set(frame["account"].unique())
    missing = {label: source.get("rows") for label, source in sources_of(origin_of(frame)).items()}
    missing = {label: rows for label, rows in missing.items() if label not in known}
    return [] if any(missing.values()) else list(missing)


def accounts_are_known(frame: pd.DataFrame, accounts: Accounts) -> bool:
    """Return whether the accounts of a frame are those given or those of its read; else only those with rows are."""
    if accounts is not None or "account" not in frame or sources_of(origin_of(frame)):
        return True
    return windows_of(origin_of(frame)) is not None and frame["account"].nunique(dropna=False) <= 1


def read_spans(frame: pd.DataFrame, label: Any = None) -> Spans | None:
    """Return the time that was read, of an account or, without a label, of all together; None where it is not known."""
    origin = trusted_origin(frame)
    known = windows_of(origin)
    if known is None:
        return None
    return _spans_of(_common_windows(origin, known) if label is None else _windows_of_account(origin, known, label))


def micro(instant: pd.Timestamp | None) -> int:
    """Return a bound of a closed window as microseconds UTC."""
    assert instant is not None
    return int(instant.tz_convert(None).to_datetime64().astype("M8[us]").astype(np.int64))


def _assumed_bounds(known: list[Bounds] | None, start: Bound | None, end: Bound | None, window: Window) -> list[str]:
    if known is not None:
        return []
    texts = {"start": window.start, "end": window.end}
    bounds = {"start": start, "end": end}
    return [
        f"{name} {time:%Y-%m-%d %H:%M} {window.tz} (the {'first' if name == 'start' else 'last'} row)"
        for name, time in texts.items()
        if bounds[name] is None and time is not None
    ]


def _warn_of_assumptions(assumed: list[str]) -> None:
    warnings.warn(
        f"the frame does not say what was read, as after merge, join or pd.concat; assumed: {', '.join(assumed)}. Give "
        "start=, end= and accounts=, or combine frames with cf.concat and cf.with_calendars.",
        AssumedWarning,
        stacklevel=caller_level(),
    )


def _warn_of_bounds(window: Window, known: list[Bounds]) -> None:
    first, last = (time.tz_convert(window.tz) for time in (known[0][0], known[-1][1]))
    warnings.warn(
        f"the frame was read from {first:%Y-%m-%d %H:%M} to {last:%Y-%m-%d %H:%M} {window.tz}: time outside counts as "
        "not known, neither free nor busy. Read the whole window, or give a narrower start= and end=.",
        AssumedWarning,
        stacklevel=caller_level(),
    )


def _is_within(window: Window, known: list[Bounds]) -> bool:
    assert window.start is not None
    assert window.end is not None
    return known[0][0] <= window.start and window.end <= known[-1][1]


def _unread(origin: Mapping[str, Any], known: list[Bounds] | None, window: Window, labels: list[Any] | None) -> Spans:
    """Return the part of a window that was not read, of each label."""
    count = 1 if labels is None else len(labels)
    bounds = micro(window.start), micro(window.end)
    if known is None:
        return Spans(*(np.zeros(0, np.int64) for _ in range(3)))
    if labels is None:
        read = [_spans_of(_common_windows(origin, known))]
    else:
        by_label = {label: _spans_of(_windows_of_account(origin, known, label)) for label in dict.fromkeys(labels)}
        read = [by_label[label] for label in labels]
    return complement(concatenate_groups(read), count, *bounds)


def _windows_of_account(origin: Mapping[str, Any], known: list[Bounds], label: Any) -> list[Bounds]:
    source = sources_of(origin).get(label)
    own = windows_of(source) if source else None
    return known if own is None else common_part(own, known)


def _common_windows(origin: Mapping[str, Any], known: list[Bounds]) -> list[Bounds]:
    """Return the time that was read of every account."""
    every = [_windows_of_account(origin, known, label) for label in sources_of(origin)]
    return reduce(common_part, every, known)


def _spans_of(windows: list[Bounds]) -> Spans:
    starts, ends = (np.array([micro(window[n]) for window in windows], np.int64) for n in (0, 1))
    return Spans.of(starts, ends)


def _list_in_words(labels: Iterable[Any]) -> str:
    texts = [single_line(str(label)) for label in labels]
    more = f" and {len(texts) - MOST_LABELS} more" if len(texts) > MOST_LABELS else ""
    return f"{', '.join(texts[:MOST_LABELS])}{more}"


def _first_present(*values: Any) -> Any:
    return next((value for value in values if value is not None and value is not pd.NaT), None)
