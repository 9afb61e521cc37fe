"""Provenance of a frame: the windows and accounts of its read, in `attrs["cronofy"]`.

A read writes `start` and `end` (the bounds that were requested), `observed` (the window that the response covers) and,
for several accounts, `accounts` with the same for each. `concat` adds `windows`, a list, for a frame of several reads.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

Bounds = tuple[pd.Timestamp, pd.Timestamp]
"""Start and end of a window, end exclusive."""


def origin_of(frame: pd.DataFrame) -> dict[str, Any]:
    """Return the record of the read of a frame; empty if the frame has none."""
    origin = frame.attrs.get("cronofy")
    return origin if isinstance(origin, dict) else {}


def sources_of(origin: Mapping[str, Any]) -> dict[Any, Mapping[str, Any]]:
    """Return the record of each account by its label; empty for a read of a single client."""
    sources = origin.get("accounts")
    return dict(sources) if isinstance(sources, Mapping) else {}


def windows_of(source: Mapping[str, Any]) -> list[Bounds] | None:
    """Return the windows that a read covered, in order and disjoint; None if its record has none.

    In the record of a result of an analysis, `start` and `end` are the bounds of the analysis; windows are cut to them.
    """
    first, last = (_time(source.get(name)) for name in ("start", "end"))
    listed = source.get("windows") or [source.get("observed") or (first, last)]
    windows = [(_time(start) or first, _time(end) or last) for start, end in listed]
    known = [(start, end) for start, end in windows if start is not None and end is not None]
    if len(known) < len(windows):
        return None
    return union_of(
        (start if first is None else max(start, first), end if last is None else min(end, last)) for start, end in known
    )


def union_of(windows: Iterable[Bounds]) -> list[Bounds]:
    """Return windows in order, merged where they overlap or touch."""
    merged: list[Bounds] = []
    for start, end in sorted(window for window in windows if window[0] < window[1]):
        if merged and start <= merged[-1][1]:
            merged[-1] = merged[-1][0], max(merged[-1][1], end)
        else:
            merged.append((start, end))
    return merged


def common_part(first: Iterable[Bounds], second: list[Bounds]) -> list[Bounds]:
    """Return the intersection of two lists of windows."""
    return union_of((max(a, c), min(b, d)) for a, b in first for c, d in second)


def _time(text: Any) -> pd.Timestamp | None:
    return None if text is None else pd.Timestamp(text)


def calendar_names(frame: pd.DataFrame) -> dict[str, str]:
    """Return the names of the calendars of a frame by their ids; the result of an analysis has them in `attrs`.

    Calendars with the same name get a number after it, from the second on: Work, Work (2).
    """
    if not {"calendar_id", "calendar_name"} <= set(frame.columns):
        return dict(origin_of(frame).get("calendar_names") or {})
    named = frame[["calendar_id", "calendar_name"]].dropna().drop_duplicates("calendar_id").sort_values("calendar_id")
    numbers = named.groupby("calendar_name").cumcount()
    return {
        calendar: name if number == 0 else f"{name} ({number + 1})"
        for calendar, name, number in zip(named["calendar_id"], named["calendar_name"], numbers, strict=True)
    }
