"""Accounts and calendars of an archive: who they are, what is granted, and what can be read."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from cronofy_frames.archive.state import State
from cronofy_frames.errors import CronofyError, FrameError
from cronofy_frames.wire.client import Client


@dataclass(frozen=True)
class Listing:
    """The calendars of an account as they were listed.

    Attributes
    ----------
    sub
        The account.
    answered_at
        The time at the server.
    calendars
        Their rows by id, with the fields of their profiles.
    readable
        Those that show their events: not deleted, and of a profile that is connected and was synchronised.
    skew, computer_skew
        How far the server's clock was ahead of the client's then, and of this computer's.
    """

    sub: str
    answered_at: datetime
    calendars: Mapping[str, Mapping[str, Any]]
    readable: frozenset[str]
    skew: timedelta = timedelta(0)
    computer_skew: timedelta = timedelta(0)


def list_account(client: Client) -> Listing:
    """Read the calendars and profiles of an account."""
    listed = client.list_calendars()
    by_client, by_computer = client.clock(), datetime.now(UTC)
    answered_at = listed.answered_at or by_client
    body = listed.body
    sub = body.get("sub") if isinstance(body, dict) else None
    profiles = {row.get("profile_id"): row for row in client.profile_information()}
    calendars = {}
    for row in listed:
        if isinstance(row.get("calendar_id"), str):
            calendars[row["calendar_id"]] = {**profiles.get(row.get("profile_id"), {}), **row}
    if not isinstance(sub, str):
        sub = client.user_info().get("sub")
    if not isinstance(sub, str):
        raise CronofyError("the account has no sub, so that its history cannot be kept apart. Check base_url.")
    readable = frozenset(calendar_id for calendar_id, row in calendars.items() if _is_readable(row))
    return Listing(sub, answered_at, calendars, readable, answered_at - by_client, answered_at - by_computer)


def _is_readable(row: Mapping[str, Any]) -> bool:
    is_connected = row.get("profile_connected") is not False and row.get("profile_initial_sync_required") is not True
    return is_connected and row.get("calendar_deleted") is not True


def register_account(state: State, label: str, sub: str) -> None:
    """Add an account, unless it is known.

    Raises
    ------
    FrameError
        The label belongs to another account, or the account has another label.
    """
    by_sub = state.row("select label from accounts where sub = ?", (sub,))
    by_label = state.row("select sub from accounts where label = ?", (label,))
    if by_sub is not None and (by_sub[0] == label or not label):
        return
    if by_label is not None:
        raise FrameError(
            f"{_name(label)} is {by_label[0]} in this archive, and the client is signed in as {sub}: their histories "
            "would mix. Sign in as the same account, or give this one another label: "
            'archive.sync({"label": client}).'
        )
    with state.transaction() as connection:
        if by_sub is None:
            connection.execute("insert into accounts (sub, label) values (?, ?)", (sub, label))
            return
        if not by_sub[0]:
            connection.execute("update accounts set label = ? where sub = ?", (label, sub))
            return
    raise FrameError(
        f"the account {sub} is {by_sub[0]!r} in this archive, not {label!r}: use that label, so that its "
        "history goes on."
    )


def _name(label: str) -> str:
    return f"account {label}" if label else "the account without a label"


def unread_calendars(state: State, sub: str, readable: Iterable[str]) -> frozenset[str]:
    """Return the calendars that can be read and were not read whole since they can."""
    rows = state.rows("select calendar_id from calendars where sub = ? and whole_at is not null", (sub,))
    return frozenset(readable) - {calendar_id for (calendar_id,) in rows}


def save_calendars(connection: sqlite3.Connection, listing: Listing, now: int, whole: Iterable[str]) -> None:
    """Save which calendars are granted and can be read, since when others were not, and which were read whole.

    Parameters
    ----------
    connection
        Within a transaction.
    listing
        The calendars.
    now
        The time, in microseconds.
    whole
        Ids of the calendars that were read whole.
    """
    sub = listing.sub
    _save_absences(connection, listing, now)
    for calendar_id, row in listing.calendars.items():
        is_readable = calendar_id in listing.readable
        connection.execute(
            "insert into calendars (sub, calendar_id, row, granted_at) values (?, ?, ?, ?) on conflict do update set "
            "row = excluded.row, "
            "granted_at = case when revoked_at is null then granted_at else excluded.granted_at end, "
            "revoked_at = null",
            (sub, calendar_id, msgspec.json.encode(row).decode(), now),
        )
        connection.execute(
            "update calendars set unreadable_since = case when ? then null else coalesce(unreadable_since, ?) end, "
            "whole_at = case when ? then whole_at end where sub = ? and calendar_id = ?",
            (is_readable, now, is_readable, sub, calendar_id),
        )
    known = connection.execute("select calendar_id from calendars where sub = ? and revoked_at is null", (sub,))
    revoked = [calendar_id for (calendar_id,) in known.fetchall() if calendar_id not in listing.calendars]
    connection.executemany(
        "update calendars set revoked_at = ?, whole_at = null where sub = ? and calendar_id = ?",
        [(now, sub, calendar_id) for calendar_id in revoked],
    )
    connection.executemany(
        "update calendars set whole_at = ? where sub = ? and calendar_id = ?",
        [(now, sub, calendar_id) for calendar_id in whole],
    )


def _save_absences(connection: sqlite3.Connection, listing: Listing, now: int) -> None:
    """Save the period in which each calendar of a listing could not be read, which the listing overwrites."""
    query = "select calendar_id, row, revoked_at, unreadable_since from calendars where sub = ?"
    for calendar_id, row, revoked_at, unreadable_since in connection.execute(query, (listing.sub,)).fetchall():
        ended: list[tuple[int | None, bool]] = []
        if calendar_id in listing.calendars:
            ended.append((revoked_at, True))
        if calendar_id in listing.readable:
            ended.append((unreadable_since, is_deleted_calendar(row)))
        connection.executemany(
            "insert or replace into absences values (?, ?, ?, ?, ?)",
            [(listing.sub, calendar_id, since, is_away, now) for since, is_away in ended if since is not None],
        )


def is_deleted_calendar(row: str) -> bool:
    """Return whether the saved row of a calendar says that it was deleted."""
    return msgspec.json.decode(row).get("calendar_deleted") is True
