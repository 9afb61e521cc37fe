"""Taking people and old events out of an archive: all files are written anew, and old ones are deleted."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import msgspec
import numpy as np
import pandas as pd
import pyarrow as pa

from cronofy_frames.archive.own_accounts import OwnAccounts, accounts_to_delete, full_names, own_accounts
from cronofy_frames.archive.pruned import delete_beginning, save_beginning, save_pruned
from cronofy_frames.archive.reading import ArchivedAccount, Labels, archived_accounts, calendar_rows
from cronofy_frames.archive.rows import rows_of
from cronofy_frames.archive.store import Store
from cronofy_frames.archive.sync import ArchiveWarning
from cronofy_frames.archive.times import micros
from cronofy_frames.archive.upkeep import replace_versions
from cronofy_frames.archive.versions import Version, version_table
from cronofy_frames.caller import caller_level
from cronofy_frames.errors import FrameError
from cronofy_frames.frames.addresses import is_address, normal_address
from cronofy_frames.frames.people_names import Words, has_name, name_words
from cronofy_frames.text import join_names, single_line

DAYS = {"d": 1, "w": 7, "m": 31, "y": 366}
LEAST_DAYS = 60
"""What Cronofy still shows would come back with the next sync."""

MOST_YEARS = 1000
"""No calendar is older, and a date cannot lie much further back."""

_PERIOD = re.compile(r"(\d+)\s*([dwmy])", re.IGNORECASE)


def parse_retain(text: str) -> timedelta:
    """Return how long events are kept.

    Raises
    ------
    ValueError
        It is no number of days, weeks, months or years, so short that events would come back, or too long.

    Examples
    --------
    >>> parse_retain("1y").days
    366
    """
    match = _PERIOD.fullmatch(str(text).strip())
    days = int(match[1]) * DAYS[match[2].lower()] if match else 0
    if days < LEAST_DAYS:
        raise ValueError(
            f"retain is how long events are kept, such as '3y', '18m' or '{LEAST_DAYS}d', which is the least, as "
            f"Cronofy shows younger ones again; not {text!r}."
        )
    if days > MOST_YEARS * DAYS["y"]:
        raise ValueError(f"retain is at most '{MOST_YEARS}y'; not {text!r}. Leave it out to keep all events.")
    return timedelta(days=days)


def forget_person(
    store: Store, email: str, names: Sequence[str], *, delete_account: bool, account: Labels = None
) -> pd.DataFrame:
    """Take out a person, and return where they were, one row for each place; attrs has the names and more.

    The rule: forgetting is never quietly nothing. An account that is to be deleted and is not found is an error before
    anything is changed; an address that occurs nowhere is said, and remembered all the same.

    Raises
    ------
    ValueError
        It is no e-mail address, a name is none, or there is no such account.
    FrameError
        A sync is running, the person has an account in the archive, none is found to delete, or the address or a name
        is in an id.

    Warns
    -----
    ArchiveWarning
        The address occurs nowhere.
    """
    _check_person(email, names)
    if account is not None and not delete_account:
        raise ValueError("account names the account whose history is deleted: add delete_account=True.")
    store.privacy.require_key()
    with store.all_leases():
        learned, has_address = store.privacy.names_beside(email, _rows(store))
        all_names = sorted(learned | {name.strip() for name in names})
        own = own_accounts(store, email, all_names, with_forgotten=delete_account)
        if own.sure and not delete_account:
            raise _undeleted_error(own)
        deleted = accounts_to_delete(store, email, all_names, own, account) if delete_account else []
        is_found = has_address or bool(deleted) or store.privacy.forgotten.has(email)
        store.privacy.forget(email, all_names, micros(store.now()), subs=[entry.sub for entry in deleted])
        places = _take_out(store, deleted)
    addresses = {email, store.privacy.stored_address(email), normal_address(email)}
    _require_gone(store, addresses, full_names(all_names))
    remaining = [entry for entry in own.possible if entry not in deleted]
    frame = _report(places + _out_of_reach(store, remaining))
    frame.attrs.update(names=all_names, found=is_found, accounts=[entry.label for entry in remaining])
    if not is_found:
        _warn_of_nothing(email)
    return frame


def _rows(store: Store) -> Iterator[dict[str, Any]]:
    """Yield all versions of the events of all accounts, and their calendars."""
    for account in archived_accounts(store.state):
        yield from map(msgspec.json.decode, store.versions.of(account.sub)["raw"].to_pylist())
        yield from calendar_rows(store.state, account.sub)


def _undeleted_error(own: OwnAccounts) -> FrameError:
    labels = join_names(repr(account.label) for account in own.sure)
    return FrameError(
        f"the person has the account {labels} in this archive: delete_account=True deletes its whole history, too. "
        "Otherwise nothing is forgotten."
    )


def _take_out(store: Store, deleted: Iterable[ArchivedAccount]) -> list[tuple[str, int, bool]]:
    """Delete accounts, write all others without the people who are forgotten, and return how many rows had them."""
    places = [("account", _delete_account(store, account.sub), True) for account in deleted]
    places.append(("versions", sum(_rewrite(store, entry.sub) for entry in archived_accounts(store.state)), True))
    places.append(("calendars", _rewrite_calendars(store), True))
    store.versions.compact(0)
    store.state.tidy()
    return places


def _out_of_reach(store: Store, remaining: Iterable[ArchivedAccount]) -> list[tuple[str, int, bool]]:
    """Return accounts that may be the person's, and exports."""
    places = [(f"account {account.label!r}", len(store.versions.of(account.sub)), False) for account in remaining]
    exports = store.state.rows("select path from exports order by path")
    return places + [(f"export {path}", 0, False) for (path,) in exports]


def _warn_of_nothing(email: str) -> None:
    warnings.warn(
        f"{single_line(email.strip())} occurs nowhere in the archive: look whether the address is right. It is "
        "remembered, so that no later sync brings it in.",
        ArchiveWarning,
        stacklevel=caller_level(),
    )


def _report(places: list[tuple[str, int, bool]]) -> pd.DataFrame:
    frame = pd.DataFrame(places, columns=["place", "rows", "forgotten"])
    return frame.astype({"place": "str", "rows": "int64", "forgotten": "bool"})


def _check_person(email: str, names: Sequence[str]) -> None:
    if not isinstance(email, str) or not is_address(email):
        raise ValueError(f"email is the address of a person, such as ann@example.org; not {email!r}.")
    for name in names:
        if is_address(name) or not name_words(name):
            raise ValueError(
                f"names are those of the person as texts have them, such as 'Ann Example'; not {name!r}. Forget "
                "another address in a call of its own."
            )


def _delete_account(store: Store, sub: str) -> int:
    """Delete the history of an account, and return how many versions it had."""
    rows = store.versions.of(sub)
    count = len(rows)
    replace_versions(store, sub, rows.slice(0, 0))
    with store.state.transaction() as connection:
        for table in ("accounts", "calendars", "shapes", "reads", "absences", "current", "notified", "channels"):
            connection.execute(f"delete from {table} where sub = ?", (sub,))
        delete_beginning(connection, sub)
    return count


def _rewrite(store: Store, sub: str) -> int:
    """Write the versions of an account without the people who are forgotten; return how many had them."""
    rows = store.versions.of(sub)
    raws = rows["raw"].to_pylist()
    rewritten = [msgspec.json.encode(store.privacy.forgotten.event(msgspec.json.decode(raw))) for raw in raws]
    changed = [n for n, raw in enumerate(raws) if msgspec.json.decode(raw) != msgspec.json.decode(rewritten[n])]
    if not changed:
        return 0
    mended = _rewritten_rows(store, sub, rows.take(changed), [rewritten[n] for n in changed])
    mask = np.zeros(len(raws), np.bool_)
    mask[changed] = True
    replace_versions(store, sub, pa.concat_tables([rows.filter(pa.array(~mask)), mended]))
    return len(changed)


def _rewritten_rows(store: Store, sub: str, rows: Any, raws: list[bytes]) -> Any:
    """Return rows of versions with other content."""
    contents = rows_of(b'{"events":[%b]}' % b",".join(raws))
    times = {name: rows[name].cast(pa.int64()).to_pylist() for name in ("seen_at", "claimed_at")}
    versions = [
        Version(key, state, content, seen_at, claimed_at)
        for key, state, content, seen_at, claimed_at in zip(
            rows["event_key"].to_pylist(),
            rows["state"].to_pylist(),
            contents,
            times["seen_at"],
            times["claimed_at"],
            strict=True,
        )
    ]
    label = rows["account"][0].as_py()
    table = version_table(versions, account=label, sub=sub, sync=0, tz=store.tz)
    return table.set_column(table.schema.get_field_index("sync"), table.schema.field("sync"), rows["sync"])


def _rewrite_calendars(store: Store) -> int:
    """Write the calendars without the people who are forgotten, and return how many had them."""
    changed = []
    for sub, calendar_id, text in store.state.rows("select sub, calendar_id, row from calendars"):
        row = msgspec.json.decode(text)
        rewritten = store.privacy.calendar(row)
        if rewritten != row:
            changed.append((msgspec.json.encode(rewritten).decode(), sub, calendar_id))
    with store.state.transaction() as connection:
        connection.executemany("update calendars set row = ? where sub = ? and calendar_id = ?", changed)
    return len(changed)


def _require_gone(store: Store, texts: set[str], names: set[Words]) -> None:
    """Look for a person in every file and every row.

    Raises
    ------
    FrameError
        They are still there, which an id of a calendar or event may cause.
    """
    parts = [text.casefold() for text in texts]
    places = [
        str(path.relative_to(store.folder))
        for path in sorted(store.folder.rglob("*"))
        if path.is_file() and _has_any(path.read_bytes().lower().decode("utf-8", "replace"), parts)
    ]
    columns = {*store.versions.columns_with(parts), *store.versions.columns_where(partial(has_name, names=names))}
    places += [f"column {name}" for name in sorted(columns)]
    if places:
        raise FrameError(
            f"the person was taken out, but for {', '.join(places)}: an id of a calendar or an event, or the label of "
            "an account, has the address or a full name. Delete that account: forget(email=..., delete_account=True, "
            "account=...) with its label; or the folder."
        )


def _has_any(text: str, parts: list[str]) -> bool:
    return any(part in text for part in parts)


def prune_events(store: Store, retain: timedelta) -> pd.DataFrame:
    """Delete the events that ended longer ago than they are kept, and return how many versions that were, by account.

    Raises
    ------
    FrameError
        A sync is running.
    """
    before = store.now() - retain
    counts = []
    with store.all_leases():
        save_pruned(store.state, micros(before))
        for account in archived_accounts(store.state):
            counts.append((account.label, _delete_before(store, account.sub, before)))
            with store.state.transaction() as connection:
                day = before.date().isoformat()
                connection.execute("delete from reads where sub = ? and end <= ?", (account.sub, day))
        if any(count for _, count in counts):
            store.versions.compact(0)
            store.state.tidy()
    frame = pd.DataFrame(counts, columns=["account", "deleted"])
    return frame.astype({"account": "str", "deleted": "int64"})


def _delete_before(store: Store, sub: str, before: datetime) -> int:
    """Delete all versions of events whose last one ended before a time, and return how many those are."""
    rows = store.versions.of(sub)
    times = {name: rows[name].to_pandas() for name in ("calendar_id", "event_key", "seen_at", "end")}
    versions = pd.DataFrame(times)
    newest = versions.sort_values("seen_at", kind="stable").groupby(["calendar_id", "event_key"]).tail(1)
    ends = newest["end"].fillna(newest["seen_at"])
    old = newest.loc[ends < pd.Timestamp(before), ["calendar_id", "event_key"]]
    keys = pd.MultiIndex.from_frame(versions[["calendar_id", "event_key"]])
    mask = keys.isin(pd.MultiIndex.from_frame(old))
    if mask.any():
        save_beginning(store.state, sub, int(versions["seen_at"].min().timestamp() * 1_000_000))
        replace_versions(store, sub, rows.filter(pa.array(~mask)))
    return int(mask.sum())
