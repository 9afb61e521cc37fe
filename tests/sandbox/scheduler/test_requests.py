"""Scheduling requests and members of the sandbox's organizational unit, and acting as one of them."""

from datetime import UTC, datetime
from typing import Any

import pytest

from cronofy_frames.connecting import connect
from cronofy_frames.errors import ApiError, Forbidden, Invalid, NotFound
from cronofy_frames.sandbox import Sandbox
from cronofy_frames.wire.client import Client
from cronofy_frames.wire.messages import Hosts
from cronofy_frames.wire.paging import Rows
from tests.sandbox.caller import Caller, caller, with_scope

NOW = "2026-03-04T09:00:00Z"
GUEST = {"email": "guest@example.test", "display_name": "Guest", "slot_selector": True}
EVENT = {"summary": "Interview", "duration": {"minutes": 45}}
UNIT = "organizational_unit_scheduler"


@pytest.fixture
def box() -> Sandbox:
    """A sandbox with the office of the seed."""
    return Sandbox(now=NOW, seed=0)


@pytest.fixture
def client(box: Sandbox) -> Client:
    """A client with the sandbox's application."""
    return connect(sandbox=box)


def subs_of(box: Sandbox) -> list[str]:
    """Return the subs of the people."""
    return [account.sub for account in box.accounts if account.kind == "account"]


def test_a_request_is_made_read_and_cancelled(box: Sandbox, client: Client) -> None:
    """The answer of a new request is that of the query; unknown ids are left out, and 404 to cancel."""
    host, other, *_ = subs_of(box)
    group = {"name": "Leads", "members": [{"sub": other}], "required": 1}
    made = client.create_scheduling_request(
        host={"sub": host}, recipients=[GUEST], event=EVENT, collaborator_groups=[group]
    )["scheduling_request"]
    assert made["scheduling_request_id"].startswith("srq_")
    assert made["recipients"] == [{**GUEST, "select_url": made["primary_select_url"]}]
    assert (made["duration"], made["collaborator_groups"]) == ({"minutes": 45}, [group])
    ids = [made["scheduling_request_id"], "srq_unknown"]
    assert list(client.query_scheduling_requests(scheduling_request_ids=ids)) == [{"scheduling_request": made}]
    client.cancel_scheduling_request(scheduling_request_id=ids[0])
    (row,) = client.query_scheduling_requests(scheduling_request_ids=ids)
    assert row["scheduling_request"]["slot_selection"] == "cancelled"
    with pytest.raises(NotFound):
        client.cancel_scheduling_request(scheduling_request_id="srq_unknown")


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({}, "host"),
        ({"host": {"sub": "acc_unknown"}}, "host.sub"),
        ({"host": {}}, "host.sub"),
        ({"host_group": {"sub": "sel_1"}}, "host_group.sub"),
        ({"host_group": {"name": "A", "members": [], "required": 1}}, "host_group.required"),
        ({"host": "FIRST", "host_group": {"name": "A"}}, "host_group"),
        ({"host": "FIRST", "recipients": []}, "recipients"),
        ({"host": "FIRST", "recipients": [{}]}, "recipients[0].email"),
        ({"host": "FIRST", "event": {}}, "event.summary"),
        ({"host": "FIRST", "event": {"summary": "a", "duration": {}}}, "event.duration.minutes"),
        ({"host": "FIRST", "collaborator_groups": [{}]}, "collaborator_groups[0].name"),
        ({"host": "FIRST", "tags": [{}]}, "tags[0].value"),
    ],
)
def test_what_cannot_be_used_is_named(box: Sandbox, client: Client, given: dict[str, Any], field: str) -> None:
    """A refused field is in the 422, under its place in the body."""
    filled = {name: {"sub": subs_of(box)[0]} if value == "FIRST" else value for name, value in given.items()}
    with pytest.raises(Invalid) as caught:
        client.create_scheduling_request(**{"recipients": [GUEST], "event": EVENT, **filled})
    assert field in caught.value.fields
    with pytest.raises(Invalid):
        list(client.query_scheduling_requests(scheduling_request_ids=[]))


def test_the_host_may_be_impersonated(box: Sandbox, client: Client) -> None:
    """With Cronofy-Impersonate no host is given; one as well is refused, and an account outside the unit is 403."""
    sub = subs_of(box)[1]
    made = client.create_scheduling_request(recipients=[GUEST], event=EVENT, impersonate=sub)["scheduling_request"]
    assert box._world.scheduling_requests[made["scheduling_request_id"]].host == sub
    with pytest.raises(Invalid, match="only one of"):
        client.create_scheduling_request(recipients=[GUEST], event=EVENT, impersonate=sub, host={"sub": sub})
    for outside in ("acc_unknown", box.account("service account").sub):
        with pytest.raises(Forbidden, match="not of that unit"):
            client.create_scheduling_request(recipients=[GUEST], event=EVENT, impersonate=outside)


def test_an_internal_application_acts_as_its_members(box: Sandbox) -> None:
    """With the client secret and an account to act as, the calls of a user are that account's."""
    sub = subs_of(box)[1]
    client = connect(sandbox=box, impersonate=sub)
    assert client.call("user_info", auth="application")["sub"] == sub
    other = subs_of(box)[2]
    assert client.call("user_info", auth="application", impersonate=other)["sub"] == other
    with pytest.raises(Forbidden):
        client.user_info()


def test_a_token_of_an_organizational_unit_is_needed() -> None:
    """Without a token it is 401; a user's is 403, with or without an account to act as; one with the scope is taken."""
    api = caller()
    body = {"host": {"sub": "acc_jane"}, "recipients": [GUEST], "event": EVENT}
    header = {"Cronofy-Impersonate": "acc_jane"}
    path = "/v1/scheduling_requests"

    def status(api: Caller, **more: Any) -> int:
        return api.ask("POST", path, json={**body, **more.pop("body", {})}, **more).status_code

    assert status(Caller(api.sandbox, "wrong")) == 401
    assert status(api) == 403
    assert status(api, headers=header) == 403
    unit = with_scope(api, UNIT)
    assert status(unit) == 200
    assert status(unit, headers=header, body={"host": None}) == 200
    assert unit.get("/v1/organizational_unit_members").status_code == 403
    assert Caller(api.sandbox, "wrong").get("/v1/organizational_unit_members").status_code == 401


def test_a_chosen_time_is_sent_to_the_dashboards_address(box: Sandbox, client: Client) -> None:
    """The callback is signed, says that the time was chosen, and holds what the link captured."""
    made = client.create_scheduling_request(host={"sub": subs_of(box)[0]}, recipients=[GUEST], event=EVENT)
    request_id = made["scheduling_request"]["scheduling_request_id"]
    start = datetime(2026, 3, 5, 10, tzinfo=UTC)
    box.choose_time(request_id, start, callback_url="https://hook.test/", captured={"correlation_id": "case-7"})
    (delivery,) = box.outbox
    assert "Cronofy-HMAC-SHA256" in delivery.headers
    assert delivery.json["notification"]["type"] == "scheduling_request_time_chosen"
    row = delivery.json["scheduling_request"]
    assert (row["slot_selection"], row["event"]["end"]) == ("complete", "2026-03-05T10:45:00Z")
    assert row["event"]["metadata"] == {"scheduler": {"correlation_id": "case-7"}}
    assert set(row["recipient_operations"]) == {"view_url", "decline_url", "reschedule_url"}
    with pytest.raises(LookupError, match="is pending"):
        box.choose_time(request_id, start)


def test_members_are_listed_over_pages() -> None:
    """All people of the office are members, page by page; the first is the owner."""
    box = Sandbox(now=NOW, seed=0, page_size=2)
    rows = connect(sandbox=box).list_organizational_unit_members()
    assert isinstance(rows, Rows)
    listed = list(rows)
    assert [row["sub"] for row in listed] == subs_of(box)
    assert rows.pages == -(-len(listed) // 2)
    assert rows.complete
    assert [row["roles"] for row in listed][:2] == [["owner"], ["member"]]
    with pytest.raises(ApiError):
        connect(sandbox=box).call("GET /v1/organizational_unit_members/pages/unknown")


def test_the_header_goes_with_every_page_and_no_renewal() -> None:
    """The account to act as is named to the configured host alone, and a text that is none is refused."""
    with pytest.raises(ValueError, match="impersonate is the sub of an account"):
        Client(Hosts("https://api.cronofy.com", "https://app.cronofy.com"), impersonate="a b")
    with pytest.raises(ValueError, match="leave out impersonate"):
        connect(sandbox=True).call("revoke_authorization", {"token": "x"}, impersonate="acc_1")
