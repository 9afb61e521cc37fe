"""What the sandbox assumes, beside what the answers of a real account show of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal

from cronofy_frames.diagnostics.live.answers import Answer, Read

Result = Literal["agrees", "differs", "not seen"]

LIMIT_HEADER = re.compile(r"rate|limit|quota|throttl|retry-after")

TOMBSTONE_KEYS = {"calendar_id", "event_uid", "event_id", "deleted", "updated"}

WRITE_FIELDS = {"attachments", "color", "event_classes", "locale", "reminders", "subscriptions", "tags"}


@dataclass(frozen=True, slots=True)
class Evidence:
    """What was seen of an assumption: never a text of the account.

    Attributes
    ----------
    text
        What was seen; "" for nothing.
    agrees
        Whether that is what the sandbox does.
    """

    text: str = ""
    agrees: bool = False

    @property
    def result(self) -> Result:
        """agrees, differs or not seen."""
        return ("agrees" if self.agrees else "differs") if self.text else "not seen"


NOT_SEEN = Evidence()

Reads = Mapping[str, Read]
"""Reads by the name of what they find out."""


def observe(topic: str, reads: Reads, headers: Iterable[str]) -> Evidence:
    """Return what reads show of the assumption with a topic."""
    if topic == "limit headers":
        return _limit_headers(headers)
    observer = OBSERVERS.get(topic)
    return NOT_SEEN if observer is None else observer(reads)


def _limit_headers(headers: Iterable[str]) -> Evidence:
    names = sorted(name for name in headers if LIMIT_HEADER.search(name))
    return Evidence(", ".join(names) or "none", not names)


def _status(name: str, *expected: int) -> Callable[[Reads], Evidence]:
    """Return an observer of the status of a read."""

    def observer(reads: Reads) -> Evidence:
        first = _first(reads, name)
        # a refusal of another kind, such as for a missing scope, says nothing about the question
        if first is None or first.status not in (200, 404, 410, 422):
            return NOT_SEEN
        return Evidence(str(first.status), first.status in expected)

    return observer


def _empty_total(reads: Reads) -> Evidence:
    first = _first(reads, "empty")
    if first is None or first.status != 200 or first.rows("events") or not isinstance(first.pages.get("total"), int):
        return NOT_SEEN
    return Evidence(str(first.pages["total"]), first.pages["total"] == 1)


def _page_size(reads: Reads) -> Evidence:
    read = reads.get("events")
    sizes = [len(answer.rows("events")) for answer in read.answers[:-1]] if read is not None else []
    return Evidence(str(max(sizes)), max(sizes) <= 100) if sizes else NOT_SEEN


def _order(reads: Reads) -> Evidence:
    # whole days are left out: which instant they start at depends on the zone of their calendar
    starts = [start for row in _rows(reads, "events") if isinstance(start := row.get("start"), str) and "T" in start]
    if len(starts) < 2:
        return NOT_SEEN
    is_ordered = all(before <= after for before, after in pairwise(starts))
    return Evidence("in this order" if is_ordered else "in another order", is_ordered)


def _tombstones(reads: Reads) -> Evidence:
    deleted = [row for row in _rows(reads, "events") if row.get("deleted") is True]
    if not deleted:
        return NOT_SEEN
    more = any(set(row) - TOMBSTONE_KEYS for row in deleted)
    return Evidence("other fields too" if more else "no other field", not more)


def _managed_uid(reads: Reads) -> Evidence:
    managed = [row for row in _rows(reads, "events") if "event_id" in row]
    has_uid = all("event_uid" in row for row in managed)
    return Evidence("yes" if has_uid else "not all", has_uid) if managed else NOT_SEEN


def _free_rows(reads: Reads) -> Evidence:
    read = reads.get("free_busy plain")
    if read is None or not read.rows:
        return NOT_SEEN
    has_free = any(row.get("free_busy_status") == "free" for row in read.rows)
    return Evidence("some" if has_free else "none", not has_free)


def _unread_fields(reads: Reads) -> Evidence:
    rows = _rows(reads, "events")
    names = sorted(WRITE_FIELDS & _keys(rows))
    return Evidence(", ".join(names) or "none", not names) if rows else NOT_SEEN


def _unauthorized_body(reads: Reads) -> Evidence:
    first = _first(reads, "unauthorized")
    if first is None or first.status != 401:
        return NOT_SEEN
    return Evidence("empty" if first.is_empty else "a body", first.is_empty)


def _keys(rows: Iterable[Mapping[str, Any]]) -> set[str]:
    return {key for row in rows for key in row}


def _rows(reads: Reads, name: str) -> list[dict[str, Any]]:
    read = reads.get(name)
    return [] if read is None else read.rows


def _first(reads: Reads, name: str) -> Answer | None:
    read = reads.get(name)
    return None if read is None else read.first


OBSERVERS: Mapping[str, Callable[[Reads], Evidence]] = {
    "empty total": _empty_total,
    "page size": _page_size,
    "order": _order,
    "tombstones": _tombstones,
    "managed uid": _managed_uid,
    "free rows": _free_rows,
    "write fields": _unread_fields,
    "unauthorized body": _unauthorized_body,
    "past window": _status("past window", 422),
    "future window": _status("future window", 422),
    "unknown page": _status("unknown page", 404),
    "most days": _status("most days", 422),
    "most periods": _status("most periods", 422),
    "longest duration": _status("longest duration", 422),
    "start interval": _status("start interval", 422),
    "most results": _status("most results", 422),
}
"""How each topic of an assumption shows in reads, by topic."""
