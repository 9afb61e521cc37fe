"""Rows of events as Cronofy sends them: their identity and times, and the hash of their content."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

import msgspec

from cronofy_frames.errors import CronofyError
from cronofy_frames.frames.clock_changes import DAY
from cronofy_frames.frames.raw_json import replace_invalid_characters
from cronofy_frames.frames.timestamps import NAT, instants

VOLATILE = ("updated", "options", "deleted")
"""Fields that change without a change of the event."""

_UNORDERED = ("attendees", "categories")


class _Page(msgspec.Struct):
    events: list[msgspec.Raw]


_PAGE = msgspec.json.Decoder(_Page)
_BODY = msgspec.json.Decoder(dict[str, Any])


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a read.

    Attributes
    ----------
    calendar_id, uid, id
        What tells it from others; `id` is the application's own.
    is_deleted
        Whether it says that the event was deleted.
    updated
        When it last changed, as the provider claims, in microseconds; None where it does not say.
    start, end
        In microseconds, of a date those of its midnight in UTC; None where it has none. The end of a whole day is a
        date, too.
    all_day
        Whether it is given in whole days, which frames have.
    hash
        Of the content, without volatile fields.
    raw
        The JSON as it was sent.
    """

    calendar_id: str
    uid: str | None
    id: str | None
    is_deleted: bool
    updated: int | None
    start: int | None
    end: int | None
    all_day: bool
    hash: bytes
    raw: bytes

    @property
    def key(self) -> str:
        """The key that an event gets which is not known yet."""
        if self.uid is not None:
            return self.uid
        return f"id:{self.id}" if self.id is not None else f"hash:{self.hash.hex()}"


def rows_of(page: bytes) -> list[Row]:
    """Return the rows of a page.

    Raises
    ------
    CronofyError
        It is not JSON, or has no list of events.
    """
    try:
        raws, bodies = _decode_rows(page)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise CronofyError(f"a page of events could not be read: {error}. Sync again.") from error
    times = {name: instants([_time_text(body.get(name)) for body in bodies]) for name in ("start", "end", "updated")}
    micros = {name: [None if micro == NAT else micro for micro in time.micros.tolist()] for name, time in times.items()}
    micros["end"] = [
        end if end is None or not is_date else end // DAY * DAY
        for end, is_date in zip(micros["end"], times["start"].is_date, strict=True)
    ]
    return [
        Row(
            calendar_id=_text(body.get("calendar_id")) or "",
            uid=_text(body.get("event_uid")),
            id=_text(body.get("event_id")),
            is_deleted=body.get("deleted") is True,
            updated=micros["updated"][n],
            start=micros["start"][n],
            end=micros["end"][n],
            all_day=micros["start"][n] is not None and bool(times["start"].is_date[n]),
            hash=content_hash(body),
            raw=bytes(raws[n]),
        )
        for n, body in enumerate(bodies)
    ]


def _decode_rows(page: bytes) -> tuple[list[msgspec.Raw], list[dict[str, Any]]]:
    """Return the rows of a page as JSON and decoded; characters that are not valid are replaced in both."""
    try:
        raws = _PAGE.decode(page).events
        return raws, [_BODY.decode(raw) for raw in raws]
    except (msgspec.DecodeError, UnicodeDecodeError):
        mended, invalid = replace_invalid_characters(page)
        if not invalid:
            raise
    raws = _PAGE.decode(mended).events
    return raws, [_BODY.decode(raw) for raw in raws]


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


def _time_text(value: Any) -> str | None:
    if isinstance(value, dict):
        value = value.get("time")
    return _text(value)


def content_hash(body: dict[str, Any]) -> bytes:
    """Return the hash of an event's content: a missing value is null, and lists of people have no order."""
    content = {name: value for name, value in body.items() if value is not None and name not in VOLATILE}
    for name in _UNORDERED:
        if isinstance(content.get(name), list):
            content[name] = sorted(content[name], key=_canonical)
    return hashlib.blake2b(_canonical(content), digest_size=16).digest()


def _canonical(value: Any) -> bytes:
    return msgspec.json.encode(value, order="sorted")
