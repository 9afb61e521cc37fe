"""Scheduling conversations of the sandbox, through the client and as the official Ruby client calls them."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from cronofy_frames.connecting import connect
from cronofy_frames.errors import Invalid, NotFound, TransportError
from cronofy_frames.sandbox import Sandbox
from cronofy_frames.wire.client import Client
from tests.small import small_box

PERIODS = [{"start": "2026-03-05T09:00:00Z", "end": "2026-03-05T17:00:00Z"}]
PAIR = [
    {"participant_id": "@ann", "sub": "acc_ann", "slots": {"choice_method": "auto"}},
    {"email": "guest@example.test"},
]


@pytest.fixture
def box() -> Sandbox:
    """The small office."""
    return small_box()


@pytest.fixture
def client(box: Sandbox) -> Client:
    """Ann's client."""
    return connect(sandbox=box)


def start(client: Client) -> dict[str, Any]:
    """Start a conversation of an hour."""
    made = client.create_scheduling_conversation(
        participants=PAIR, required_duration={"minutes": 60}, available_periods=PERIODS
    )
    conversation: dict[str, Any] = made["scheduling_conversation"]
    return conversation


def test_a_time_is_settled(box: Sandbox, client: Client) -> None:
    """The person whose calendar answers waits, the other chooses among free times, and channels are notified."""
    client.create_notification_channel(callback_url="https://hook.test/", scheduling_conversations={"enabled": True})
    conversation = start(client)
    ann, guest = conversation["participants"]
    assert (ann["status"], ann["possible_actions"]) == ("waiting", {})
    slots = client.conversation_slots(guest["possible_actions"]["slots_list"]["url"])
    assert slots[0]["start"] == "2026-03-05T09:00:00Z"
    assert "2026-03-05T14:00:00Z" not in [slot["start"] for slot in slots]  # she is at a review
    url = guest["possible_actions"]["slots_select"]["url"]
    done = client.select_conversation_slots(url, [{"slot_id": slots[0]["slot_id"]}])["scheduling_conversation"]
    assert done["status"] == "completed"
    assert box.outbox[-1].json["notification"] == {
        "type": "scheduling_conversation_updated",
        "scheduling_conversation_id": conversation["scheduling_conversation_id"],
    }
    with pytest.raises(Invalid, match="slot_ids of the list"):
        client.select_conversation_slots(url, [{"slot_id": "slt_1"}])


def test_it_is_read_by_id_and_by_token(client: Client) -> None:
    """By id it has the form of the page and, beside it, the one that the Ruby SDK reads; by token that of the SDK."""
    conversation = start(client)
    key = conversation["scheduling_conversation_id"]
    read = client.read_scheduling_conversation(scheduling_conversation_id=key)
    assert read == {**conversation, "scheduling_conversation": conversation}
    guest = conversation["participants"][1]
    token = parse_qs(urlsplit(guest["possible_actions"]["slots_list"]["url"]).query)["token"][0]
    by_token = client.read_scheduling_conversation(token=token)
    assert by_token == {"participant": guest, "scheduling_conversation": conversation}
    for unknown in ({"token": "x"}, {"scheduling_conversation_id": "scv_x"}):
        with pytest.raises(NotFound):
            client.read_scheduling_conversation(**unknown)
    with pytest.raises(TransportError, match="no secret was sent"):
        client.conversation_slots("https://evil.test/v1/scheduling_conversations/a/slots")


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"participants": []}, "participants"),
        ({"participants": [*PAIR, {"email": "c@example.test"}]}, "participants"),
        ({"participants": [{}]}, "participants[0].participant_id"),
        ({"participants": [{"sub": "acc_unknown"}]}, "participants[0].sub"),
        ({"required_duration": {}}, "required_duration.minutes"),
        ({"available_periods": None}, "available_periods"),
        ({"tzid": "Mars/Base"}, "tzid"),
    ],
)
def test_what_cannot_be_used_is_named(client: Client, given: dict[str, Any], field: str) -> None:
    """A refused field is in the 422."""
    body = {"participants": PAIR, "required_duration": {"minutes": 60}, "available_periods": PERIODS, **given}
    with pytest.raises(Invalid) as caught:
        client.create_scheduling_conversation(**body)
    assert field in caught.value.fields
