"""What this process has sent, as a frame."""

from __future__ import annotations

import pandas as pd

from cronofy_frames.wire.usage import USAGE, Usage


def usage(*, reset: bool = False, counted: Usage = USAGE) -> pd.DataFrame:
    """Return what the clients of this process have sent so far, one row for each application and endpoint.

    Cronofy's limits hold for an application. A process that was forked goes on with the counts of its parent.

    Parameters
    ----------
    reset
        Whether the counts begin at zero again after this.
    counted
        The counts; by default those of all clients of the process.

    Returns
    -------
    DataFrame
        application (its client_id; empty where a client has none), endpoint, calls (each page of a list is one),
        retries, waited (seconds for the pace and before retries, of all threads together) and bytes (of the responses,
        unpacked), ordered by application and endpoint.

    Examples
    --------
    >>> cf.usage().columns.tolist()
    ['application', 'endpoint', 'calls', 'retries', 'waited', 'bytes']
    """
    counts = counted.counts(reset=reset)
    values = counts.values()
    return pd.DataFrame(
        {
            "application": pd.Series([application for application, _ in counts], dtype="str"),
            "endpoint": pd.Series([endpoint for _, endpoint in counts], dtype="str"),
            "calls": pd.Series([count.calls for count in values], dtype="int64"),
            "retries": pd.Series([count.retries for count in values], dtype="int64"),
            "waited": pd.Series([count.waited for count in values], dtype="float64"),
            "bytes": pd.Series([count.size for count in values], dtype="int64"),
        }
    )
