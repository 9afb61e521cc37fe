"""Events of an archive as they stand, or as they were known at some time, in frames like those of a read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Literal

import msgspec
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.dataset as ds

from cronofy_frames.archive.coverage import Days, account_days
from cronofy_frames.archive.file_errors import readable_files
from cronofy_frames.archive.privacy import locked_text
from cronofy_frames.archive.state import State
from cronofy_frames.archive.store import Store
from cronofy_frames.archive.times import micros, time_of
from cronofy_frames.archive.versions import OPEN, UNORDERED
from cronofy_frames.argument_types import text_list
from cronofy_frames.frames.addresses import is_address, normal_address
from cronofy_frames.frames.bounds import Window
from cronofy_frames.frames.calendars import NAME_COLUMNS, NoSuchCalendar, find_calendar
from cronofy_frames.frames.decoder import Decoder
from cronofy_frames.frames.tidy import tidy
from cronofy_frames.near_names import near_name
from cronofy_frames.schema import CALENDARS, EVENTS
from cronofy_frames.text import join_names

By = Literal["seen_at", "updated"]
Labels = str | Iterable[str] | None
LABELS = "labels of accounts"

_PAGE_ROWS = 1_000
_MARGIN = pd.Timedelta(days=2)  # whole days start at the midnights of another zone
KEY = ["sub", "calendar_id", "event_key"]


@dataclass(frozen=True)
class ArchivedAccount:
    """An account of the archive."""

    sub: str
    label: str
    synced_at: int | None


def archived_accounts(state: State) -> list[ArchivedAccount]:
    """Return all accounts of the archive."""
    rows = state.rows("select sub, label, synced_at from accounts order by label")
    return [ArchivedAccount(sub, label, synced_at) for sub, label, synced_at in rows]


def chosen_accounts(store: Store, labels: Labels) -> list[ArchivedAccount]:
    """Return accounts of the archive by their labels; None is all.

    An address may be spelled in any way, also where the archive stores a pseudonym in its place and has the key.

    Raises
    ------
    ValueError
        For a label that it does not have, and a spelling of an address that may be one of several labels.
    """
    accounts = archived_accounts(store.state)
    if labels is None:
        return accounts
    by_label = {account.label: account for account in accounts}
    chosen = []
    for label in text_list("account", labels, LABELS):
        account = by_label.get(label) or by_label.get(store.privacy.label(label))
        if account is None and is_address(label):
            account = _account_of_address(label, accounts)
        if account is None:
            raise _unknown_account(store, label, by_label)
        chosen.append(account)
    return list(dict.fromkeys(chosen))


def _account_of_address(address: str, accounts: Iterable[ArchivedAccount]) -> ArchivedAccount | None:
    """Return the account whose label is another spelling of an address; None where none is.

    Raises
    ------
    ValueError
        Several are.
    """
    normal = normal_address(address)
    same = [account for account in accounts if is_address(account.label) and normal_address(account.label) == normal]
    if len(same) > 1:
        names = join_names(account.label for account in same)
        raise ValueError(f"{address!r} may be several labels of the archive ({names}): give one of these as it is.")
    return same[0] if same else None


def _unknown_account(store: Store, label: str, known: Iterable[str]) -> ValueError:
    if store.privacy.is_locked and is_address(label):
        return ValueError(locked_text(label))
    names = join_names((name or "one without a label" for name in known), most=10) or "none"
    same = [name for name in known if name.casefold() == label.casefold()]
    near = near_name(same[0] if same else label, filter(None, known))
    return ValueError(f"account is a label of the archive ({names}); not {label!r}.{near}")


def calendar_rows(state: State, sub: str) -> list[dict[str, Any]]:
    """Return the calendars of an account that the archive has ever listed."""
    rows = state.rows("select row from calendars where sub = ? order by granted_at, calendar_id", (sub,))
    return [msgspec.json.decode(row) for (row,) in rows]


def calendar_records(state: State, sub: str) -> dict[str, dict[str, Any]]:
    """Return the calendars of an account by their ids."""
    return {row["calendar_id"]: row for row in calendar_rows(state, sub)}


def chosen_calendars(
    state: State, accounts: Sequence[ArchivedAccount], names: Iterable[str] | str | None
) -> dict[str, list[str]] | None:
    """Return the ids of calendars given by id or by name, for each account by its sub; None for all.

    Raises
    ------
    NoSuchCalendar
        For one that no account has.
    """
    if names is None:
        return None
    listed = text_list("calendars", names, "ids or names of calendars")
    if listed and state.row("select 1 from calendars limit 1") is None:
        raise NoSuchCalendar(listed[0], "one after a sync: the archive knows no calendars yet")
    chosen: dict[str, list[str]] = {account.sub: [] for account in accounts}
    missing = dict.fromkeys(("calendar_name", "calendar_deleted", "profile_name"))
    for name in listed:
        failure: NoSuchCalendar | None = None
        for account in accounts:
            rows = [{**missing, **row} for row in calendar_rows(state, account.sub)]
            try:
                chosen[account.sub].append(str(find_calendar(rows, name)["calendar_id"]))
            except NoSuchCalendar as error:
                failure = error
        if failure is not None and not any(chosen.values()):
            raise failure
    return chosen


def current_versions(
    store: Store, subs: Sequence[str], *, as_of: pd.Timestamp | None = None, by: By = "seen_at"
) -> tuple[pd.DataFrame, Any]:
    """Return the version of each event that was the current one, ended ones included, without their content.

    Parameters
    ----------
    store
        The archive.
    subs
        The accounts.
    as_of
        The time; None is now.
    by
        Which of a version's times is compared with it: when we knew, or when the provider says that it changed.

    Returns
    -------
    The versions, with their `position` among all of these accounts; and the dataset that they are in.
    """
    if by not in ("seen_at", "updated"):
        raise ValueError(f'by is "seen_at" (when we knew) or "updated" (what the provider claims); not {by!r}.')
    versions, dataset = all_versions(store, subs)
    moment = "claimed_at" if by == "updated" and as_of is not None else "seen_at"
    if as_of is not None:
        versions = versions[versions[moment] <= as_of]
    ordered = versions.sort_values([moment, "seen_at"], kind="stable")
    return ordered.drop_duplicates(KEY, keep="last"), dataset


def all_versions(store: Store, subs: Sequence[str]) -> tuple[pd.DataFrame, Any]:
    """Return all versions of accounts without their content, with their `position`; and the dataset that has it."""
    dataset = store.versions.dataset()
    names = [*KEY, "state", "seen_at", "claimed_at", "start", "end"]
    with readable_files():
        versions = dataset.to_table(columns=names, filter=_of_accounts(subs)).to_pandas()
    versions["position"] = np.arange(len(versions))
    return versions, dataset


def _of_accounts(subs: Sequence[str]) -> Any:
    return ds.field("sub").isin(pa.array(list(subs), pa.string()))


def raws_at(dataset: Any, subs: Sequence[str], positions: Sequence[int]) -> list[bytes]:
    """Return the raw rows at positions among all versions of accounts; no more than a part of them is in memory."""
    listed = np.asarray(positions, np.int64)
    order = np.argsort(listed, kind="stable")
    ordered, first, raws = listed[order], 0, list[bytes]()
    with readable_files():
        for batch in dataset.to_batches(columns=["raw"], filter=_of_accounts(subs)):
            start, end = np.searchsorted(ordered, [first, first + len(batch)])
            raws += batch["raw"].take(pa.array(ordered[start:end] - first)).to_pylist()
            first += len(batch)
    return [raws[rank] for rank in np.argsort(order, kind="stable")]


def read_archived(
    store: Store,
    window: Window,
    accounts: Sequence[ArchivedAccount],
    *,
    as_of: pd.Timestamp | None,
    by: By,
    calendars: Iterable[str] | str | None,
) -> pd.DataFrame:
    """Return the events that overlap a window, as they stand or as they were known at a time."""
    chosen = chosen_calendars(store.state, accounts, calendars)
    subs = [account.sub for account in accounts]
    versions, dataset = current_versions(store, subs, as_of=as_of, by=by)
    versions = versions[(versions["state"] == OPEN) & _may_overlap(versions, window)]
    if chosen is not None:
        pairs = {(sub, calendar_id) for sub, ids in chosen.items() for calendar_id in ids}
        keys = zip(versions["sub"], versions["calendar_id"], strict=True)
        versions = versions[np.array([key in pairs for key in keys], np.bool_)]
    versions = versions.sort_values("position")
    frame = decoded_in_order(raws_at(dataset, subs, versions["position"].tolist()), window.tz)
    labels = {account.sub: account.label for account in accounts}
    frame.insert(0, "account", pd.Series([labels[sub] for sub in versions["sub"]], dtype="str"))
    names = {account.sub: calendar_records(store.state, account.sub) for account in accounts}
    ids = list(zip(versions["sub"], versions["calendar_id"], strict=True))
    for name in NAME_COLUMNS:
        values = [names[sub].get(calendar_id, {}).get(name) for sub, calendar_id in ids]
        frame[name] = pd.Series(values, index=frame.index, dtype="str")
    frame = window.cut(tidy(frame, EVENTS))
    counts = frame["account"].value_counts()
    sources = {}
    for account in accounts:
        days = account_days(store.state, account.sub, micros_of(as_of), chosen and chosen[account.sub])
        sources[account.label] = _source(window, days, int(counts.get(account.label, 0)), account.synced_at)
    origin = _origin(store, as_of, by)
    if store.state.has_labels:
        return _with_accounts(frame, sources, window, origin)
    frame = frame.drop(columns="account")
    frame.attrs["cronofy"] = {**sources.get("", _source(window, [], 0, None)), **origin}
    return frame


def _may_overlap(versions: pd.DataFrame, window: Window) -> pd.Series:
    overlaps = pd.Series(data=True, index=versions.index)
    if window.end is not None:
        overlaps &= ~(versions["start"] > window.end + _MARGIN)
    if window.start is not None:
        overlaps &= ~(versions["end"] < window.start - _MARGIN)
    return overlaps


def decoded_in_order(raws: Sequence[bytes], tz: str) -> pd.DataFrame:
    """Return raw rows as a frame with a row for each, in their order."""
    decoder = Decoder(UNORDERED, rows="events", tz=tz)
    for first in range(0, len(raws), _PAGE_ROWS):
        decoder.add(b'{"events":[%b]}' % b",".join(raws[first : first + _PAGE_ROWS]))
    return decoder.frame()


def with_names(frame: pd.DataFrame, calendars: Iterable[Mapping[str, Any]]) -> pd.DataFrame:
    """Return rows with the names of their calendars, in the columns that the frame has for them."""
    named = {row["calendar_id"]: row for row in calendars}
    for name in set(NAME_COLUMNS) & set(frame.columns):
        names = {calendar_id: row.get(name) for calendar_id, row in named.items()}
        frame[name] = frame["calendar_id"].map(names).astype(frame[name].dtype)
    return frame


def micros_of(time: pd.Timestamp | None) -> int | None:
    """Return a time in microseconds since 1970."""
    return None if time is None else micros(time)


def _source(window: Window, days: Sequence[Days], rows: int, synced_at: int | None) -> dict[str, Any]:
    """Return where the rows of an account come from, with the time that is known."""
    never = datetime(1970, 1, 1, tzinfo=UTC).isoformat()
    known = [[_midnight(start), _midnight(end)] for start, end in days]
    return {
        "endpoint": "read_events",
        "arguments": {},
        "tz": window.tz,
        "start": _iso(window.start),
        "end": _iso(window.end),
        # an empty list would mean the whole window
        "windows": known or [[never, never]],
        "rows": rows,
        "pages": 0,
        "requests": 0,
        "complete": True,
        "fetched_at": None if synced_at is None else time_of(synced_at).isoformat(timespec="seconds"),
    }


def _origin(store: Store, as_of: pd.Timestamp | None, by: By) -> dict[str, Any]:
    return {"archive": str(store.folder), "as_of": _iso(as_of), "by": by}


def _iso(time: pd.Timestamp | None) -> str | None:
    return None if time is None else time.isoformat()


def _midnight(day: date) -> str:
    return datetime(day.year, day.month, day.day, tzinfo=UTC).isoformat()


def _with_accounts(
    frame: pd.DataFrame, sources: Mapping[str, dict[str, Any]], window: Window, origin: Mapping[str, Any]
) -> pd.DataFrame:
    """Return rows with where those of each account come from."""
    total = _source(window, [], len(frame), None)
    total["windows"] = [days for source in sources.values() for days in source["windows"]]
    total["fetched_at"] = max((source["fetched_at"] or "" for source in sources.values()), default="") or None
    frame.attrs["cronofy"] = {**total, **origin, "accounts": dict(sources)}
    return frame


def accounts_frame(state: State, tz: str) -> pd.DataFrame:
    """Return the accounts of an archive, one row each."""
    rows = state.rows(
        "select label, sub, synced_at, "
        "(select count(*) from calendars where calendars.sub = accounts.sub and revoked_at is null), "
        "(select count(*) from current where current.sub = accounts.sub and state = 'open') "
        "from accounts order by label"
    )
    frame = pd.DataFrame(rows, columns=["account", "sub", "synced_at", "calendars", "events"])
    frame = frame.astype({"account": "str", "sub": "str", "calendars": "int64", "events": "int64"})
    frame["synced_at"] = _times(frame["synced_at"], tz)
    return frame


def calendars_frame(state: State, accounts: Sequence[ArchivedAccount], tz: str) -> pd.DataFrame:
    """Return all calendars that were ever listed, one row each, with when they were granted and taken away."""
    # one decoder for all, as a frame of each account would take ten milliseconds
    decoder = Decoder(CALENDARS, rows="calendars", tz=tz)
    labels, times = list[str](), list[tuple[Any, ...]]()
    for account in accounts:
        rows = state.rows(
            "select row, granted_at, revoked_at, unreadable_since from calendars where sub = ? "
            "order by granted_at, calendar_id",
            (account.sub,),
        )
        decoder.add(b'{"calendars":[%b]}' % ",".join(row[0] for row in rows).encode())
        labels += [account.label] * len(rows)
        times += [row[1:] for row in rows]
    frame = decoder.frame()
    for position, name in enumerate(("granted_at", "revoked_at", "unreadable_since")):
        frame[name] = _times(pd.Series([row[position] for row in times], dtype="object"), tz)
    if state.has_labels:
        frame.insert(0, "account", pd.Series(labels, index=frame.index, dtype="str"))
    return frame


def _times(micros: pd.Series, tz: str) -> pd.Series:
    return pd.to_datetime(micros.astype("Int64"), unit="us", utc=True).astype(pd.DatetimeTZDtype("us", tz))
