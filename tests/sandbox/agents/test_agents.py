"""Meeting agents of the sandbox: sent to a join URL or set on an event, their callbacks and their resources."""

from typing import Any

import httpx
import pytest

from cronofy_frames.connecting import connect
from cronofy_frames.errors import Invalid, NotFound
from cronofy_frames.sandbox import Sandbox
from cronofy_frames.wire.client import Client
from cronofy_frames.wire.transport import InProcessTransport
from tests.sandbox.caller import WORK, caller
from tests.small import small_box

HOST = "https://sandbox.cronofy.test"
TYPES = ("meeting_agent_activated", "meeting_agent_complete", "meeting_agent_failed")
HOOK = {"type": "webhook", "uri": "https://hook.test/", "interactions": [{"type": name} for name in TYPES]}
TARGET = {"join_url": "https://meet.example.com/a", "on_behalf_of_attendee": {"email": "ann@example.test"}}
LATER = {"scheduling_key": "board", "join_time": "2026-03-05T09:00:00Z"}


@pytest.fixture
def box() -> Sandbox:
    """The small office."""
    return small_box()


@pytest.fixture
def client(box: Sandbox) -> Client:
    """A client with the sandbox's application."""
    return connect(sandbox=box)


def test_an_agent_joins_now_or_later(box: Sandbox, client: Client) -> None:
    """Without a time the agent is in the answer; a scheduled one is accepted, changed by its key, and cancelled."""
    now = client.create_meeting_agent(**TARGET)
    assert now is not None
    assert now["meeting_agent"]["sub"].startswith("agt_")
    assert [resource["category"] for resource in now["meeting_agent"]["resources"]] == ["cronofy"]
    assert client.create_meeting_agent(**TARGET, **LATER) is None
    client.create_meeting_agent(**{**TARGET, "join_url": "https://meet.example.com/b"}, **LATER)
    assert box._world.meeting_agents["board"].join_url == "https://meet.example.com/b"
    client.cancel_meeting_agent(scheduling_key="board")
    with pytest.raises(NotFound):
        client.cancel_meeting_agent(scheduling_key="board")
    with pytest.raises(NotFound):
        client.cancel_meeting_agent(scheduling_key=now["meeting_agent"]["sub"])


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"join_url": "meet"}, "join_url"),
        ({"on_behalf_of_attendee": {}}, "on_behalf_of_attendee.email"),
        ({"scheduling_key": "a"}, "join_time"),
        ({"join_time": "2026-03-05T09:00:00Z"}, "scheduling_key"),
        ({"scheduling_key": "a", "join_time": "soon"}, "join_time"),
        ({"subscriptions": [{"type": "mail"}]}, "subscriptions[0].type"),
        ({"subscriptions": [{**HOOK, "interactions": [{}]}]}, "subscriptions[0].interactions[0].type"),
    ],
)
def test_what_cannot_be_used_is_named(client: Client, given: dict[str, Any], field: str) -> None:
    """A refused field is in the 422, and a user's token is no application's."""
    with pytest.raises(Invalid) as caught:
        client.create_meeting_agent(**{**TARGET, **given})
    assert field in caught.value.fields
    assert caller().post("/v1/meeting_agents", TARGET).status_code == 403


def test_an_agent_of_an_event_reports_what_it_brought(box: Sandbox, client: Client) -> None:
    """Each step is a signed callback with the event; a withdrawn agent does not run."""
    calendar = "cal_ann_work@x"
    body = {"calendar_id": calendar, "event_id": "retro", "summary": "Retro"}
    body |= {"start": "2026-03-05T09:00:00Z", "end": "2026-03-05T10:00:00Z"}
    agent = {"profile_id": "cronofy", "display_name": "Note taker"}
    client.create_event(**body, conferencing={"profile_id": "default"}, meeting_agent=agent, subscriptions=[HOOK])
    client.create_event(**body)  # without meeting_agent the event keeps it
    assert box.run_meeting_agent("retro").display_name == "Note taker"
    activated, complete = box.outbox
    assert activated.json["notification"]["interactions"] == [{"type": "meeting_agent_activated"}]
    assert (activated.json["meeting_agent"]["state"], complete.json["meeting_agent"]["state"]) == (
        "created",
        "complete",
    )
    assert complete.json["event"]["event_id"] == "retro"
    assert complete.json["event"]["conferencing"]["join_url"].startswith("https://")
    assert "Cronofy-HMAC-SHA256" in complete.headers
    assert box.run_meeting_agent("retro", "failed").state == "failed"
    client.create_event(**body, meeting_agent={"profile_id": "none"})
    with pytest.raises(LookupError, match="no event with that id has one"):
        box.run_meeting_agent("retro")
    with pytest.raises(ValueError, match="complete or failed"):
        box.run_meeting_agent("retro", "late")


@pytest.mark.parametrize("agent", [{}, {"profile_id": "robot"}])
def test_an_unknown_agent_of_an_event_is_refused(agent: dict[str, str]) -> None:
    """The profile is cronofy or none."""
    answer = caller().write(WORK, meeting_agent=agent)
    assert list(answer.json["errors"]) == ["meeting_agent.profile_id"]


def test_a_resource_redirects_to_a_file_that_takes_no_token(box: Sandbox, client: Client) -> None:
    """The API answers 302 with the address in header and body; the file wants the signature and no Authorization."""
    client.create_meeting_agent(**TARGET, **LATER, subscriptions=[HOOK])
    agent = box.run_meeting_agent("board")
    path = f"/meeting_agents/{agent.sub}/resources"
    key = {"Authorization": f"Bearer {box.client_secret}"}
    with httpx.Client(transport=InProcessTransport(box), base_url=HOST) as http:
        assert http.get(f"{path}/transcript").status_code == 401
        assert http.get(f"{path}/photo", headers=key).status_code == 404
        answer = http.get(f"{path}/transcript", headers=key)
        assert (answer.status_code, answer.json()["resource"]["download_url"]) == (302, answer.headers["Location"])
        url = answer.headers["Location"]
        assert http.get(url).text == f"transcript of {agent.sub}\n"
        assert http.get(url, headers=key).status_code == 403
        assert http.get(url.partition("?")[0]).status_code == 403
    assert client.download_resource(f"{HOST}{path}/transcript") == f"transcript of {agent.sub}\n".encode()
    assert client.resource_download_url(f"{HOST}{path}/transcript") == url
