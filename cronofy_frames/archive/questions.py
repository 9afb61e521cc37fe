"""SQL over an archive: DuckDB in memory, which sees the archive's tables and no file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import count
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from cronofy_frames.archive.coverage import coverage_frame
from cronofy_frames.archive.engines import engine
from cronofy_frames.archive.reading import accounts_frame, archived_accounts, calendars_frame
from cronofy_frames.archive.store import Store
from cronofy_frames.errors import FrameError
from cronofy_frames.frames.bounds import Window
from cronofy_frames.text import single_line

_DAY = 86_400_000_000

Parameters = Sequence[Any] | Mapping[str, Any] | None

VIEWS = """
create view versions as
select labels.account, rows.* exclude (account, hash, raw), decode(rows.raw) as raw
from version_rows as rows join account_rows as labels using (sub);

create view events as
select newest.*, names.calendar_name, names.provider_name
from (
    select * from versions
    qualify row_number() over (partition by sub, calendar_id, event_key order by seen_at desc) = 1
) as newest
left join (select distinct on (account, calendar_id) * from calendar_rows) as names using (account, calendar_id)
where newest.state = 'open';

create view accounts as from account_rows;
create view calendars as from calendar_rows;
create view coverage as from coverage_rows;
"""


TABLES = ("events", "versions", "accounts", "calendars", "coverage")
"""The names of the views."""


def ask(store: Store, query: str, parameters: Parameters) -> pd.DataFrame:
    """Return the result of a query.

    Raises
    ------
    FrameError
        The query cannot be run, or a column of its result has no dtype in pandas.
    """
    table = query_table(store, query, parameters)
    names = _distinct_names(table.column_names)
    columns = [_plain_column(name, column) for name, column in zip(names, table.columns, strict=True)]
    frame: pd.DataFrame = pa.Table.from_arrays(columns, names=names).to_pandas()
    return frame


def _distinct_names(names: Iterable[str]) -> list[str]:
    """Return names of columns of which those that repeat have a number, as DuckDB gives it to frames."""
    distinct: list[str] = []
    for name in names:
        numbered = (f"{name}_{n}" if n else name for n in count())
        distinct.append(next(name for name in numbered if name not in distinct))
    return distinct


def _plain_column(name: str, column: Any) -> Any:
    """Return a column without types of DuckDB that would be objects in a frame: sums of integers, and intervals."""
    if pa.types.is_decimal(column.type):
        try:
            return column.cast(pa.int64() if column.type.scale == 0 else pa.float64())
        except pa.ArrowInvalid:
            return column  # too large for an integer
    return _durations(name, column) if pa.types.is_interval(column.type) else column


def _durations(name: str, column: Any) -> Any:
    """Return a column of intervals as durations.

    Raises
    ------
    FrameError
        An interval has months.
    """
    micros = []
    for interval in column.to_pylist():
        if interval is not None and interval.months:
            raise FrameError(
                f"the column {name!r} has intervals of months, which have no fixed length: select {name}::text for "
                f"their text, or epoch({name}) for seconds."
            )
        micros.append(None if interval is None else interval.days * _DAY + interval.nanoseconds // 1000)
    return pa.array(micros, pa.duration("us"))


def query_table(store: Store, query: str, parameters: Parameters = None) -> Any:
    """Return the result of a query as an Arrow table.

    Raises
    ------
    FrameError
        The query cannot be run.
    """
    if not isinstance(query, str) or not query.strip():
        raise FrameError(f"query is a query in SQL, such as 'select count(*) from events'; not {query!r}.")
    if isinstance(parameters, str | bytes) or not (parameters is None or hasattr(parameters, "__iter__")):
        raise FrameError(f"params is a list for `?` or a mapping for `$name`: give [{parameters!r}].")
    duckdb = engine("duckdb")
    with duckdb.connect(":memory:") as connection:
        connection.execute("set TimeZone = 'UTC'")
        for name, table in _sources(store).items():
            # older versions of DuckDB do not know the texts of pandas
            rows = pa.Table.from_pandas(table, preserve_index=False) if isinstance(table, pd.DataFrame) else table
            connection.register(f"{name}_rows", rows)
        connection.execute(VIEWS)
        for setting in ("enable_external_access = false", "lock_configuration = true"):
            connection.execute(f"set {setting}")
        try:
            result = connection.sql(query, params=_plain_parameters(parameters))
            return pa.table({}) if result is None else result.to_arrow_table()
        except duckdb.Error as error:
            reason = single_line(str(error)).rstrip(".")
            raise FrameError(f"the query could not be run: {reason}. The tables are {', '.join(TABLES)}.") from error


def _plain_parameters(parameters: Parameters) -> Parameters:
    """Return parameters without the scalars of NumPy and pandas, such as a column's largest value."""
    if isinstance(parameters, Mapping):
        return {name: _plain_value(value) for name, value in parameters.items()}
    return None if parameters is None else [_plain_value(value) for value in parameters]


def _plain_value(value: Any) -> Any:
    if value is pd.NA or value is pd.NaT:
        return None
    if isinstance(value, np.datetime64 | np.timedelta64):
        return pd.Series([value]).astype(object).iloc[0]
    return value.item() if isinstance(value, np.generic) else value


def _sources(store: Store) -> dict[str, Any]:
    """Return what the views are made of, by name."""
    accounts = archived_accounts(store.state)
    named = [(account.sub, account.label) for account in accounts]
    return {
        "version": store.versions.dataset(),
        "account": accounts_frame(store.state, "UTC"),
        "calendar": _with_account(calendars_frame(store.state, accounts, "UTC")),
        "coverage": _with_account(coverage_frame(store.state, named, Window("UTC"), as_of=None, calendar_ids=None)),
    }


def _with_account(frame: pd.DataFrame) -> pd.DataFrame:
    """Return rows with a column account, which an archive of a single client has not."""
    if "account" not in frame:
        frame.insert(0, "account", pd.Series("", index=frame.index, dtype="str"))
    return frame
