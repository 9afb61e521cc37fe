"""Route handlers for availability and sequenced availability.

Pages: docs.cronofy.com/developers/api/scheduling/availability and /sequenced-availability (beta).
"""

from __future__ import annotations

from typing import Any

from cronofy_frames.sandbox.availability.bookable import find_free_places
from cronofy_frames.sandbox.availability.query_parsing import parse_query, parse_sequence_query
from cronofy_frames.sandbox.availability.sequences import ScheduledItem, find_sequences
from cronofy_frames.sandbox.availability.solver import AvailabilityQuery, Opening, find_openings
from cronofy_frames.sandbox.http.routes import Request, Response, handles
from cronofy_frames.sandbox.model.state import Account
from cronofy_frames.sandbox.model.times import instant_at
from cronofy_frames.sandbox.model.world import World


@handles(
    "POST /v1/availability",
    auth="application or user",
    note="a user's token may name every account that authorized the application; bookable_events (beta) takes the "
    "client secret, and no participants",
)
def find_availability(request: Request) -> Response:
    """Return the periods or slots in which every group has enough free members, or bookable events with free places."""
    fields = request.fields
    if fields.has_value("bookable_events"):
        return find_free_places(request)
    query = parse_query(fields, request.world)
    include_statuses = fields.boolean("include_member_statuses")
    fields.raise_errors()
    assert query is not None
    key = "available_periods" if query.response_format == "periods" else "available_slots"
    body: dict[str, Any] = {key: [opening_row(opening) for opening in find_openings(query)]}
    if include_statuses:
        body["member_statuses"] = member_status_rows(query, request.world)
    return Response(body=body)


@handles(
    "POST /v1/sequenced_availability",
    auth="application or user",
    note="the earliest sequence for each first start, at most fifty",
    stage="BETA",
)
def find_sequenced_availability(request: Request) -> Response:
    """Return sequences of meetings that can be held one after the other."""
    query = parse_sequence_query(request.fields, request.world)
    request.fields.raise_errors()
    assert query is not None
    rows = [
        {"sequence": [{"sequence_id": item.sequence_id, **opening_row(item)} for item in sequence]}
        for sequence in find_sequences(query)
    ]
    return Response(body={"sequences": rows})


def opening_row(opening: Opening | ScheduledItem) -> dict[str, Any]:
    """Return a slot or period in its wire form."""
    return {
        "start": instant_at(opening.start),
        "end": instant_at(opening.end),
        "participants": [{"sub": sub} for sub in opening.members],
    }


def member_status_rows(query: AvailabilityQuery, world: World) -> list[dict[str, str]]:
    """Return the sync status of each member's account, each once."""
    subs = dict.fromkeys(member.sub for member in query.members)
    return [{"sub": sub, "sync_status": sync_status(world.account(sub))} for sub in subs]


def sync_status(account: Account | None) -> str:
    """Return the worst sync status of an account's profiles."""
    if account is None or any(not profile.profile_connected for profile in account.profiles):
        return "disconnected"
    return "pending" if any(profile.profile_initial_sync_required for profile in account.profiles) else "active"
