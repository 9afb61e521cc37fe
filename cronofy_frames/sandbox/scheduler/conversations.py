"""Route handlers for scheduling conversations, in which two people settle a time.

Pages: docs.cronofy.com/developers/api-alpha/scheduling-conversations/create, /read, /list-slots (alpha).
"""

from __future__ import annotations

from typing import Any

from cronofy_frames.sandbox.availability.durations import parse_duration, parse_spans
from cronofy_frames.sandbox.availability.query_parsing import parse_query
from cronofy_frames.sandbox.availability.solver import find_openings
from cronofy_frames.sandbox.http.fields import ErrorResponse, RequestFields
from cronofy_frames.sandbox.http.routes import Request, Response, handles
from cronofy_frames.sandbox.model.state import Conversation
from cronofy_frames.sandbox.model.times import instant_at
from cronofy_frames.sandbox.model.world import channel_row

IDENTITIES = ("participant_id", "sub", "email")
MAX_PARTICIPANTS = 2
SLOTS_PATH = "/v1/scheduling_conversations/{scheduling_conversation_id}/slots"


@handles(
    "POST /v1/scheduling_conversations",
    stage="ALPHA",
    note="slots are times at which the participants with a sub are free; no message is sent",
)
def create_conversation(request: Request) -> Response:
    """Start a conversation."""
    fields, world = request.fields, request.world
    participants = fields.nested_list("participants", required=True, max_items=MAX_PARTICIPANTS)
    if participants == []:
        fields.add_error("participants", "required", "participants must have at least one entry")
    for participant in participants or []:
        _check_participant(request, participant)
    parse_duration(fields, "required_duration", required=True)
    fields.require("available_periods")
    parse_spans(fields, "available_periods")
    fields.tzid("tzid")
    fields.text("subject")
    fields.nested_fields("event")
    fields.raise_errors()
    minted = world.mint("conversation", len(world.conversations), world.change_count)
    conversation = Conversation(f"scv_{minted[:24]}", request.account.sub, dict(request.arguments))
    world.conversations[conversation.scheduling_conversation_id] = conversation
    return Response(body={"scheduling_conversation": _conversation_row(request, conversation)})


def _check_participant(request: Request, participant: RequestFields) -> None:
    if not any(participant.has_value(name) for name in IDENTITIES):
        participant.add_error("participant_id", "required", "participant_id, sub or email must be specified")
    sub = participant.text("sub")
    if sub is not None and request.world.account(sub) is None:
        participant.add_error("sub", "not_recognized", "sub must be of an account")
    participant.text("participant_id")
    participant.email("email", required=False)


@handles(
    "GET /v1/scheduling_conversations/{scheduling_conversation_id}",
    stage="ALPHA",
    sureness="our reading",
    note="the object is not wrapped, as the page shows it; scheduling_conversation repeats it for the Ruby SDK",
)
def read_conversation(request: Request) -> Response:
    """Return a conversation, in the form of the page and in that which the Ruby SDK reads."""
    row = _conversation_row(request, _own_conversation(request))
    return Response(body={**row, "scheduling_conversation": row})


@handles("GET /v1/scheduling_conversations", stage="ALPHA", sureness="from SDKs", note="by the token of a participant")
def look_up_conversation(request: Request) -> Response:
    """Return the conversation and the participant of a token."""
    token = request.fields.text("token", required=True, allow_empty=False)
    request.fields.raise_errors()
    for conversation in request.world.conversations.values():
        row = _conversation_row(request, conversation)
        for position, participant in enumerate(row["participants"]):
            if token == _token(request, conversation, position):
                return Response(body={"participant": participant, "scheduling_conversation": row})
    raise ErrorResponse(404)


@handles(f"GET {SLOTS_PATH}", stage="ALPHA", note="the address is that of possible_actions.slots_list")
def list_slots(request: Request) -> Response:
    """Return the times that a participant can choose from."""
    return Response(body={"slots": _slots(request, _own_conversation(request))})


@handles(
    f"POST {SLOTS_PATH}",
    stage="ALPHA",
    sureness="our reading",
    note="slots holds a slot_id each; the first of them settles the conversation, which is then completed",
)
def select_slots(request: Request) -> Response:
    """Choose times of the list."""
    conversation = _own_conversation(request)
    entries = request.fields.nested_list("slots", required=True) or []
    ids = [entry.text("slot_id", required=True, allow_empty=False) for entry in entries]
    slots = {slot["slot_id"]: slot for slot in _slots(request, conversation)}
    if not ids or any(slot_id not in slots for slot_id in ids):
        request.fields.add_error("slots", "not_recognized", "slots must have slot_ids of the list")
    request.fields.raise_errors()
    conversation.status, conversation.chosen = "completed", slots[ids[0] or ""]
    _notify(request, conversation)
    return Response(body={"scheduling_conversation": _conversation_row(request, conversation)})


def _own_conversation(request: Request) -> Conversation:
    conversation = request.world.conversations.get(request.path_args["scheduling_conversation_id"])
    if conversation is None or conversation.sub != request.account.sub:
        raise ErrorResponse(404)
    return conversation


def _slots(request: Request, conversation: Conversation) -> list[dict[str, Any]]:
    """Return the free times of the participants with accounts; without any, none."""
    subs = [participant["sub"] for participant in conversation.body["participants"] if participant.get("sub")]
    query = {
        "participants": [{"members": [{"sub": sub} for sub in dict.fromkeys(subs)], "required": "all"}],
        "required_duration": conversation.body["required_duration"],
        "query_periods": conversation.body["available_periods"],
        "response_format": "slots",
    }
    parsed = parse_query(RequestFields(query), request.world) if subs else None
    return [
        {"slot_id": f"slt_{opening.start}", "start": instant_at(opening.start), "end": instant_at(opening.end)}
        for opening in (find_openings(parsed) if parsed is not None else [])
    ]


def _conversation_row(request: Request, conversation: Conversation) -> dict[str, Any]:
    """Return a conversation in its wire form."""
    fields = {name: value for name, value in conversation.body.items() if name in ("tzid", "required_duration")}
    participants = conversation.body["participants"]
    return {
        "scheduling_conversation_id": conversation.scheduling_conversation_id,
        "status": conversation.status,
        **fields,
        "available_periods": conversation.body["available_periods"],
        "participants": [_participant_row(request, conversation, position) for position in range(len(participants))],
        **({} if conversation.chosen is None else {"slots": [conversation.chosen]}),
    }


def _participant_row(request: Request, conversation: Conversation, position: int) -> dict[str, Any]:
    participant = conversation.body["participants"][position]
    slots = participant.get("slots")
    is_auto = isinstance(slots, dict) and "auto" in slots.values()
    waits = is_auto or conversation.status != "in_progress"
    path = SLOTS_PATH.format(scheduling_conversation_id=conversation.scheduling_conversation_id)
    url = f"{request.base_url}{path}?token={_token(request, conversation, position)}"
    return {
        "participant_id": participant.get("participant_id")
        or request.world.mint("participant", conversation.scheduling_conversation_id, position)[:8],
        **{name: participant[name] for name in ("sub", "email", "common_name") if participant.get(name)},
        "slots": {"selection_method": "auto" if is_auto else "manual"},
        "status": "waiting" if waits else "needs_action",
        "possible_actions": {} if waits else {"slots_list": {"url": url}, "slots_select": {"url": url}},
    }


def _token(request: Request, conversation: Conversation, position: int) -> str:
    return request.world.mint_secret("conversation", conversation.scheduling_conversation_id, position)


def _notify(request: Request, conversation: Conversation) -> None:
    """Queue a notification on the channels that include conversations."""
    notification = {
        "type": "scheduling_conversation_updated",
        "scheduling_conversation_id": conversation.scheduling_conversation_id,
    }
    for channel in request.account.channels.values():
        if channel.scheduling_conversations:
            message = {"notification": notification, "channel": channel_row(channel)}
            request.world.queue_callback(channel.callback_url, message)
