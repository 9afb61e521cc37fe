"""Changes: what became known in a period, with what it was before, by how much it moved, and with how much notice."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from cronofy_frames.archive.pruned import saved_beginning
from cronofy_frames.archive.reading import (
    KEY,
    ArchivedAccount,
    all_versions,
    calendar_rows,
    decoded_in_order,
    raws_at,
    with_names,
)
from cronofy_frames.archive.store import Store
from cronofy_frames.archive.versions import OPEN
from cronofy_frames.frames.bounds import Window
from cronofy_frames.schema import EVENTS

_NOT_CONTENT = {
    *("updated", "created", "deleted", "options_delete", "options_update", "options_change_participation_status"),
    *("calendar_name", "provider_name", "calendar_id", "event_uid", "event_id"),
}
_CONTENT = [column.name for column in EVENTS.columns if column.name not in _NOT_CONTENT]
_SHOWN = ["summary", "calendar_name", "organizer_email", "all_day", "recurring"]
_IDENTITY = ["calendar_id", "event_uid", "event_id"]

COLUMNS = (
    *("seen_at", "changed_at", "kind", "summary", "start_before", "end_before", "start", "end", "shift", "notice"),
    *("fields", "calendar_name", "organizer_email", "all_day", "recurring", "calendar_id", "event_uid", "event_id"),
)


def read_changes(store: Store, window: Window, accounts: Sequence[ArchivedAccount]) -> pd.DataFrame:
    """Return the changes that became known in a window, one row each, in the order in which they did."""
    subs = [account.sub for account in accounts]
    versions, dataset = all_versions(store, subs)
    ordered = versions.sort_values([*KEY, "seen_at"], kind="stable")
    groups = ordered.groupby(KEY, sort=False)
    ordered["before"] = groups["position"].shift()
    ordered["state_before"] = groups["state"].shift()
    ordered["began_at"] = _beginnings(store, ordered)
    # not by position, which differs after the files were compacted
    chosen = ordered[_is_inside(ordered["seen_at"], window)].sort_values(["seen_at", "sub", "start", *KEY[1:]])
    has_before = chosen["before"].notna().to_numpy()
    positions = chosen["position"].to_numpy(np.int64)
    previous = chosen["before"].to_numpy(np.float64)[has_before].astype(np.int64)
    raws = raws_at(dataset, subs, [*positions, *previous])
    content = decoded_in_order(raws, window.tz)
    now = content.iloc[: len(positions)].reset_index(drop=True)
    before = content.iloc[len(positions) :].set_axis(np.flatnonzero(has_before)).reindex(now.index)
    chosen = chosen.reset_index(drop=True)
    frame = _change_rows(chosen, now, before, window.tz)
    labels = {account.sub: account.label for account in accounts}
    frame.insert(0, "account", chosen["sub"].map(labels).astype("str"))
    names = [row for account in accounts for row in calendar_rows(store.state, account.sub)]
    frame = with_names(frame, names)
    frame = frame[~_is_first_sight(chosen, now)].reset_index(drop=True)
    return frame if store.state.has_labels else frame.drop(columns="account")


def _beginnings(store: Store, versions: pd.DataFrame) -> pd.Series:
    """Return when the first version of the account of each version was known, also where that was pruned."""
    first = versions.groupby("sub")["seen_at"].transform("min")
    saved = {sub: saved_beginning(store.state, sub) for sub in versions["sub"].unique()}
    known = pd.to_datetime(versions["sub"].map(saved).astype("Int64"), unit="us", utc=True)
    return first.where(known.isna() | (first <= known), known)


def _is_inside(times: pd.Series, window: Window) -> pd.Series:
    inside = pd.Series(data=True, index=times.index)
    if window.start is not None:
        inside &= times >= window.start
    if window.end is not None:
        inside &= times < window.end
    return inside


def _is_first_sight(chosen: pd.DataFrame, now: pd.DataFrame) -> pd.Series:
    """Return which rows are of events that were there before the archive began, and only became visible."""
    is_older = now["created"].dt.tz_convert("UTC") < chosen["began_at"]
    is_first: pd.Series = chosen["before"].isna() & (is_older | (chosen["seen_at"] == chosen["began_at"]))
    return is_first


def _change_rows(chosen: pd.DataFrame, now: pd.DataFrame, before: pd.DataFrame, tz: str) -> pd.DataFrame:
    dtype = pd.DatetimeTZDtype("us", tz)
    is_end = chosen["state"] != OPEN
    changed_at = chosen["claimed_at"].mask(chosen["before"].isna() & now["created"].notna(), now["created"])
    starts = pd.concat([before["start"], now["start"]], axis=1)
    columns: dict[str, Any] = {
        "seen_at": chosen["seen_at"].astype(dtype),
        "changed_at": changed_at.astype(dtype),
        "kind": _kinds(chosen, now, before).astype("str"),
        "start_before": before["start"].astype(dtype),
        "end_before": before["end"].astype(dtype),
        "start": now["start"].mask(is_end),
        "end": now["end"].mask(is_end),
        "shift": (now["start"] - before["start"]).mask(is_end).astype("timedelta64[us]"),
        "notice": (starts.min(axis=1).astype(dtype) - changed_at).astype("timedelta64[us]"),
        "fields": _changed_fields(now, before).mask(is_end | chosen["before"].isna()).astype("str"),
        **{name: now[name] for name in (*_SHOWN, *_IDENTITY)},
    }
    return pd.DataFrame({name: columns[name] for name in COLUMNS})


def _kinds(chosen: pd.DataFrame, now: pd.DataFrame, before: pd.DataFrame) -> pd.Series:
    """Return new, moved, changed, reopened, or how an event ended."""
    is_moved = _differs(now["start"], before["start"]) | _differs(now["end"], before["end"])
    is_new = chosen["before"].isna()
    conditions = [chosen["state"] != OPEN, is_new, chosen["state_before"] != OPEN, is_moved]
    choices: list[Any] = [chosen["state"].to_numpy(object), "new", "reopened", "moved"]
    return pd.Series(np.select(conditions, choices, "changed"), index=chosen.index)


def _changed_fields(now: pd.DataFrame, before: pd.DataFrame) -> pd.Series:
    """Return the names of the columns that differ, with a comma between them."""
    names = np.full(len(now), "", dtype=object)
    for name in _CONTENT:
        names[_differs(now[name], before[name]).to_numpy()] += f", {name}"
    return pd.Series(names, index=now.index, dtype="str").str.removeprefix(", ")


def _differs(now: pd.Series, before: pd.Series) -> pd.Series:
    both_missing = now.isna() & before.isna()
    equal = (now == before).fillna(value=False).astype(bool)
    return ~(equal | both_missing)
