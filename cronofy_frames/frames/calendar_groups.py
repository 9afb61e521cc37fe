"""Groups of calendars whose ids fit into the address of one request.

A filter by calendars is part of the address, which servers refuse with 414 from some 8,000 characters. So a read of
hundreds of calendars asks for one group after the other, or for several at the same time. Each row is in one calendar,
so that the rows of all groups together are those of one request, whatever else was asked.
"""

from __future__ import annotations

from collections.abc import Sequence

from cronofy_frames.wire.messages import query_of

ARGUMENT = "calendar_ids"

MOST_CHARACTERS = 4_000
"""So many characters of an address may be ids: half of what common servers take."""


def calendar_groups(calendar_ids: Sequence[str]) -> list[list[str]]:
    """Return ids in their order, each once, in groups of at most `MOST_CHARACTERS` in an address; no ids are no group.

    An id that is longer is a group of its own.
    """
    groups: list[list[str]] = []
    length = 0
    for calendar_id in dict.fromkeys(calendar_ids):
        characters = len(query_of({ARGUMENT: [calendar_id]})) + len("&")
        if not groups or length + characters > MOST_CHARACTERS:
            groups.append([])
            length = 0
        groups[-1].append(calendar_id)
        length += characters
    return groups
