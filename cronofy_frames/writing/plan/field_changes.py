"""The fields that differ between two states of an event, as texts for people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from cronofy_frames.frames.timestamps import parse_time
from cronofy_frames.text import shorten

_LONGEST = 60  # characters of a value


class FieldChange(NamedTuple):
    """A field that would change, with its values as text."""

    field: str
    before: str
    after: str


def field_changes(changes: Mapping[str, tuple[Any, Any]], tz: str) -> list[FieldChange]:
    """Return the fields that differ, as texts.

    Parameters
    ----------
    changes
        The earlier and the later value of each field, as `differences` returns them.
    tz
        The zone of times.
    """
    return [_field_change(field, before, after, tz) for field, (before, after) in changes.items()]


def _field_change(field: str, before: Any, after: Any, tz: str) -> FieldChange:
    if field == "attendees":
        return FieldChange(field, *_attendee_texts(before or [], after or []))
    return FieldChange(field, _value_text(field, before, tz), _value_text(field, after, tz))


def _attendee_texts(before: Sequence[str], after: Sequence[str]) -> tuple[str, str]:
    """Return the attendees that are removed and those that are added; those that stay are not shown."""
    removed, added = sorted(set(before) - set(after)), sorted(set(after) - set(before))
    return ", ".join(removed) or "none", ", ".join(added) or "none"


def _value_text(field: str, value: Any, tz: str) -> str:
    if value is None:
        return "nothing"
    if field in ("start", "end") and isinstance(value, str):
        return _local_time_text(value, tz)
    if isinstance(value, str):
        return repr(shorten(value, _LONGEST))
    return shorten(str(value), _LONGEST)


def _local_time_text(text: str, tz: str) -> str:
    time = parse_time(text)
    if not isinstance(time, datetime):
        return text
    local = time.astimezone(ZoneInfo(tz))
    return local.strftime("%Y-%m-%d %H:%M" if not local.second else "%Y-%m-%d %H:%M:%S")


def changes_text(changes: Sequence[FieldChange]) -> str:
    """Return the fields that differ, each with both its values, as text."""
    return "; ".join(f"{change.field}: {change.before} -> {change.after}" for change in changes)
