"""When people are free together: availability and sequenced availability.

Pages: docs.cronofy.com/developers/api/scheduling/availability and /sequenced-availability (beta).
"""

from __future__ import annotations

from typing import Any

from cronofy_frames.sandbox.availability.durations import time_of
from cronofy_frames.sandbox.availability.requests import found, found_sequences, read_query, read_sequence
from cronofy_frames.sandbox.availability.sequences import Placed
from cronofy_frames.sandbox.availability.solver import Opening, Query
from cronofy_frames.sandbox.http.routes import Question, Reply, answers
from cronofy_frames.sandbox.model.state import Account
from cronofy_frames.sandbox.model.world import World


@answers(
    "POST /v1/availability",
    auth="application or user",
    note="a user's token may ask about everybody who authorized the application; what the documentation leaves open "
    "is listed under assumptions",
)
def availability(question: Question) -> Reply:
    """Answer with the periods or slots in which every group is satisfied."""
    fields = question.fields
    query = read_query(fields, question)
    statuses = fields.boolean("include_member_statuses")
    fields.check()
    assert query is not None
    key = "available_periods" if query.form == "periods" else "available_slots"
    told: dict[str, Any] = {key: [row_of(one) for one in found(query)]}
    if statuses:
        told["member_statuses"] = member_statuses(query, question.world)
    return Reply(body=told)


@answers(
    "POST /v1/sequenced_availability",
    auth="application or user",
    note="from each first start the earliest sequence, at most fifty; what the documentation leaves open is listed "
    "under assumptions",
)
def sequenced_availability(question: Question) -> Reply:
    """Answer with sequences of meetings, each of which can be held as a whole."""
    query = read_sequence(question.fields, question)
    question.fields.check()
    assert query is not None
    sequences = [
        {"sequence": [{"sequence_id": one.sequence_id, **row_of(one)} for one in proposal]}
        for proposal in found_sequences(query)
    ]
    return Reply(body={"sequences": sequences})


def row_of(opening: Opening | Placed) -> dict[str, Any]:
    """Return a slot or period as the wire has it."""
    return {
        "start": time_of(opening.start),
        "end": time_of(opening.end),
        "participants": [{"sub": sub} for sub in opening.members],
    }


def member_statuses(query: Query, world: World) -> list[dict[str, str]]:
    """Return how much each member's calendars can be relied on, everybody once."""
    subs = dict.fromkeys(member.sub for member in query.members)
    return [{"sub": sub, "sync_status": sync_status(world.account(sub))} for sub in subs]


def sync_status(account: Account | None) -> str:
    """Return the worst that is true of any of an account's profiles."""
    if account is None or any(not profile.profile_connected for profile in account.profiles):
        return "disconnected"
    return "pending" if any(profile.profile_initial_sync_required for profile in account.profiles) else "active"
