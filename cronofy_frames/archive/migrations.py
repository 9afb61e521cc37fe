"""The schema of an archive's state, one script for each version of it."""

from __future__ import annotations

MIGRATIONS = (
    """
    create table settings (name text primary key, value text not null) without rowid;
    create table accounts (
        sub text primary key,
        label text not null unique,
        sequence integer not null default 0,  -- of the last commit of versions that `current` has
        seen_at integer not null default 0,  -- of the newest version
        synced_at integer  -- when the last good sync began
    ) without rowid;
    create table calendars (
        sub text not null,
        calendar_id text not null,
        row text not null,  -- as the list of calendars has it, with the fields of its profile
        granted_at integer not null,
        revoked_at integer,  -- null while it is granted
        unreadable_since integer,  -- its profile is disconnected or not yet synchronised, or it was deleted
        whole_at integer,  -- when it was last read whole; null where that has to be done
        primary key (sub, calendar_id)
    ) without rowid;
    create table shapes (
        sub text not null,
        shape text not null,  -- which calendars a sync reads
        watermark integer not null,
        last_day text not null,  -- the day, in UTC, of the last good sync
        whole_at integer not null,
        near_at integer not null,
        primary key (sub, shape)
    ) without rowid;
    create table reads (
        sub text not null,
        first_at integer not null,
        calendars text not null,
        last_at integer not null,
        start text not null,
        end text not null,
        primary key (sub, first_at, calendars)
    ) without rowid;
    create table current (
        sub text not null,
        calendar_id text not null,
        key text not null,
        uid text,
        id text,
        hash blob not null,
        start integer,
        end integer,
        all_day integer not null,
        state text not null,
        claimed_at integer not null,
        seen_at integer not null,
        primary key (sub, calendar_id, key)
    ) without rowid;
    create table leases (
        sub text primary key,
        owner text not null,
        host text not null,
        pid integer not null,
        expires_at real not null
    ) without rowid;
    create table notified (
        sub text primary key,
        changes_since integer,
        notified_at integer not null
    ) without rowid;
    """,
    """
    create table channels (
        channel_id text primary key,
        sub text not null
    ) without rowid;
    """,
    """
    create table if not exists exports (
        path text primary key,
        exported_at integer not null
    ) without rowid;
    """,
    """
    create table forgotten (
        hash text primary key,  -- of an address, with the key in the settings
        forgotten_at integer not null
    ) without rowid;
    """,
    """
    create table forgotten_names (
        hash text primary key,  -- of the words of a name, with the same key
        words integer not null,  -- how many those are
        forgotten_at integer not null
    ) without rowid;
    """,
    """
    drop table leases;
    create table leases (
        sub text primary key,
        owner text not null  -- whose file is locked as long as the process is there
    ) without rowid;
    """,
    """
    create table absences (
        sub text not null,
        calendar_id text not null,
        since integer not null,  -- as revoked_at or unreadable_since of the calendar had it
        is_away integer not null,  -- it was revoked or deleted; else its profile was not connected or synchronised
        until integer not null,  -- when it could be read again; after the key, else SQLite's check takes it for null
        primary key (sub, calendar_id, since, is_away)
    ) without rowid;
    """,
)
"""Each script makes the schema of its number, counted from 1, of the one before."""
