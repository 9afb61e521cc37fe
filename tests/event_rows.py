"""Events as Cronofy sends them, and frames of them."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pandas as pd

from cronofy_frames.frames.decoder import decode
from cronofy_frames.schema import EVENTS, LIST_COLUMNS

MONDAY = datetime(2026, 3, 23, tzinfo=UTC)


def people(*names: str, **replies: str) -> list[dict[str, str]]:
    """Return attendees who accept, and those with another reply."""
    statuses = {**dict.fromkeys(names, "accepted"), **replies}
    return [{"email": name if "@" in name else f"{name}@x.test", "status": reply} for name, reply in statuses.items()]


def event(start: str, end: str, *attendees: dict[str, str], organizer: str = "", **more: Any) -> dict[str, Any]:
    """Return an event as Cronofy sends it; times are UTC, dates are all-day."""
    times = {
        name: f"{text.replace(' ', 'T')}:00Z" if " " in text else text
        for name, text in (("start", start), ("end", end))
    }
    called = {"organizer": {"email": organizer if "@" in organizer else f"{organizer}@x.test"}} if organizer else {}
    standing = {"calendar_id": "cal_1", "participation_status": "accepted", "status": "confirmed"}
    return {**standing, **times, **called, "attendees": list(attendees), "transparency": "opaque", **more}


def events(*rows: dict[str, Any], tz: str = "UTC") -> pd.DataFrame:
    """Return a frame of events, as a read makes it, with `account` where a row has one."""
    rows = tuple({"event_uid": f"evt_{n:04}", **row} for n, row in enumerate(rows))
    frame = decode([json.dumps({"events": list(rows)}).encode()], EVENTS, rows="events", tz=tz)
    accounts = {row["event_uid"]: row["account"] for row in rows if "account" in row}
    if accounts:
        frame.insert(0, "account", frame["event_uid"].map(accounts).astype("str"))
    return frame


def events_from_minutes(rows: list[tuple[int, int, str, bool]], tz: str = "UTC") -> pd.DataFrame:
    """Return events from rows of start minute, length in minutes, label of calendar and account, and is-a-meeting."""
    rows_of_events = []
    for start, length, label, meets in rows:
        times = [(MONDAY + timedelta(minutes=minute)).strftime("%Y-%m-%d %H:%M") for minute in (start, start + length)]
        attendees = people("ann", "bob") if meets else []
        rows_of_events.append(event(*times, *attendees, calendar_id=f"cal_{label}", account=label))
    return events(*rows_of_events, tz=tz)


def with_compact_lists(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a frame whose lists have the same content as JSON without blanks, as a JSON file gives them back."""
    compact = frame.copy()
    for name in LIST_COLUMNS & set(frame.columns):
        texts = [text if pd.isna(text) else compact_json(text) for text in frame[name]]
        compact[name] = pd.Series(texts, index=frame.index, dtype=frame[name].dtype)
    return compact


def compact_json(text: str) -> str:
    """Return a JSON text without blanks and escapes."""
    return json.dumps(json.loads(text), ensure_ascii=False, separators=(",", ":"))
