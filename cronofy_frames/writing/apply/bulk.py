"""Plan and apply in one call."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Literal

import pandas as pd

from cronofy_frames.frames.accounts import Clients
from cronofy_frames.writing.apply.applying import apply
from cronofy_frames.writing.apply.archive_marks import MarkedArchive
from cronofy_frames.writing.apply.journal import Journal
from cronofy_frames.writing.plan.planning import plan_events


def write_events(
    client: Clients,
    frame: pd.DataFrame,
    *,
    calendar: str | None = None,
    key: Sequence[str] | None = None,
    tz: str | None = None,
    skip_bad: bool = False,
    journal: str | os.PathLike[str] | Journal | None = None,
    on_conflict: Literal["fail", "skip", "overwrite"] = "fail",
    verify: bool = False,
    archive: MarkedArchive | None = None,
    progress: bool | None = None,
) -> pd.DataFrame:
    """Write the rows of a frame as events: `plan_events`, compared with the remote state, and `apply` in one call.

    Parameters
    ----------
    client
        One client, or a mapping label -> client for a frame with a column `account`.
    frame
        As for `plan_events`.
    calendar, key, tz, skip_bad
        As for `plan_events`.
    journal, on_conflict, verify, archive, progress
        As for `apply`; without a journal nothing can be undone.

    Returns
    -------
    DataFrame
        The outcome of each row, as `apply` returns it.

    Raises
    ------
    FrameError
        Rows have problems; `.problems` lists all, and nothing was sent.
    ApiError, TransportError
        The credentials are refused, or the service does not respond; `.partial` has the outcomes so far.

    Examples
    --------
    >>> cf.write_events(client, sheet, calendar=primary)["outcome"].tolist()
    ['created', 'created']
    >>> cf.write_events(client, sheet, calendar=primary)["outcome"].tolist()
    ['unchanged', 'unchanged']
    """
    plan = plan_events(frame, calendar=calendar, client=client, key=key, tz=tz, skip_bad=skip_bad)
    return apply(
        plan, client, journal=journal, on_conflict=on_conflict, verify=verify, archive=archive, progress=progress
    )
