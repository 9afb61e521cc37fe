"""Which accounts a sync should read now: those that were notified, then those that change, then all once a day."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import pandas as pd

from cronofy_frames.archive.state import State
from cronofy_frames.archive.times import micros


@dataclass(frozen=True, slots=True)
class Tiers:
    """How long accounts may wait.

    Attributes
    ----------
    often
        Between two reads of an account that changed lately.
    idle
        Between two reads of any other account.
    active
        How long an account counts as changed lately.
    """

    often: timedelta
    idle: timedelta
    active: timedelta


def parse_tiers(often: str, idle: str, active: str) -> Tiers:
    """Return tiers of texts such as "1h" or "7D".

    Raises
    ------
    ValueError
        A text is no duration, has no unit, or is not above zero.
    """
    return Tiers(_parse_duration("often", often), _parse_duration("idle", idle), _parse_duration("active", active))


_DAYS = re.compile(r"(?<=\d)\s*d\b")


def _parse_duration(name: str, text: str) -> timedelta:
    try:
        # a small d is days as well, as in `retain`, and pandas warns of it
        duration = pd.Timedelta(_DAYS.sub("D", text) if isinstance(text, str) else text).to_pytimedelta()
    except (ValueError, TypeError, AttributeError):  # of NaT, the last
        duration = None
    # pandas reads a number without a unit as nanoseconds
    if duration is None or not re.search("[A-Za-z:]", str(text)):
        raise ValueError(f"{name} is a duration with its unit, such as '1h' or '7D'; not {text!r}.")
    if duration <= timedelta(0):
        raise ValueError(f"{name} is a duration above zero; not {text!r}.")
    return duration


def due_labels(state: State, by_archived: Mapping[str, str], now: datetime, tiers: Tiers) -> list[str]:
    """Return the labels of the accounts that are due: notified ones, then new ones, then those read longest ago.

    Parameters
    ----------
    state
        The state of the archive.
    by_archived
        Labels by the label that the archive has for them.
    now
        The time.
    tiers
        How long accounts may wait.
    """
    rows = state.rows(
        "select label, synced_at, seen_at, notified_at from accounts left join notified on notified.sub = accounts.sub"
    )
    known = {label: (synced_at, seen_at, notified_at) for label, synced_at, seen_at, notified_at in rows}
    order: list[tuple[int, int, str]] = []
    time = micros(now)
    for archived, label in by_archived.items():
        synced_at, seen_at, notified_at = known.get(archived, (None, 0, None))
        if notified_at is not None:
            order.append((0, notified_at, label))
        elif synced_at is None:
            order.append((1, 0, label))
        else:
            has_changed = time - seen_at < _micros(tiers.active)
            # a sync as far in the future is of a clock that was wrong, and would not be due until that time
            if abs(time - synced_at) >= _micros(tiers.often if has_changed else tiers.idle):
                order.append((2, synced_at, label))
    return [label for *_, label in sorted(order, key=lambda entry: entry[:2])]


def _micros(duration: timedelta) -> int:
    return duration // timedelta(microseconds=1)
