"""When people were free or busy, from the events of an archive."""

from __future__ import annotations

import pandas as pd

from cronofy_frames.schema import FREE_BUSY


def free_busy_of(events: pd.DataFrame, *, ids: bool, free: bool) -> pd.DataFrame:
    """Return the free/busy periods of events, one row each.

    Parameters
    ----------
    events
        Events of an archive.
    ids
        Whether rows have the ids of their events.
    free
        Whether periods that are free are rows, too.
    """
    frame = events.assign(free_busy_status=_statuses(events))
    names = [name for name in ("account", *FREE_BUSY.names) if name in frame]
    frame = frame.loc[(frame["free_busy_status"] != "free") | free, names].reset_index(drop=True)
    if not ids:
        frame[["event_uid", "event_id"]] = pd.NA
        frame = frame.astype({"event_uid": "str", "event_id": "str"})
    frame.attrs["cronofy"] = {**events.attrs["cronofy"], "endpoint": "free_busy", "rows": len(frame)}
    return frame


def _statuses(events: pd.DataFrame) -> pd.Series:
    """Return free, tentative, busy or unknown; the mapping is our reading, that of the sandbox, too."""
    is_free = (
        (events["transparency"] == "transparent")
        | (events["status"] == "cancelled")
        | (events["participation_status"] == "declined")
    )
    names = ("status", "participation_status", "extended_transparency")
    is_tentative = sum((events[name] == "tentative" for name in names), pd.Series(data=False, index=events.index)) > 0
    statuses = pd.Series("unknown", index=events.index, dtype="str")
    statuses = statuses.mask(events["transparency"] == "opaque", "busy")
    return statuses.mask(is_tentative, "tentative").mask(is_free, "free")
