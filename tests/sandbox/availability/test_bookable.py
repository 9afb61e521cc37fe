"""Bookable events of the sandbox and their registrations."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cronofy_frames.sandbox import Sandbox
from tests.sandbox.bodies import YOGA, invalid_variants, is_documented
from tests.sandbox.caller import NOW, Caller, application, office, refusals

PATH = "/v1/bookable_events"
ANN = {"registration_id": "ann", "status": "accepted", "metadata": {"name": "Ann", "zoneinfo": "Europe/London"}}


def yoga(**options: Any) -> Caller:
    """Return a caller with the client secret, after creating a bookable event of two places."""
    api = application(**options)
    assert api.post(PATH, YOGA).status_code == 200
    return api


def register(api: Caller, registration_id: str, status: str = "accepted", **fields: Any) -> Any:
    """Return the response to a registration."""
    body = {"registration_id": registration_id, "status": status, **fields}
    return api.post(f"{PATH}/yoga_1-a/registrations", body)


def counts(body: dict[str, Any]) -> tuple[int, int]:
    """Return the number of accepted registrations, and of all."""
    return body["registration"]["registered_count"], body["registration"]["total_count"]


def test_creation_is_answered_in_the_documented_shape() -> None:
    """The response is the event itself, without total_count and pages."""
    answer = application().post(PATH, YOGA)
    assert answer.status_code == 200
    assert answer.json == {**YOGA, "registration": {"capacity": 2, "registered_count": 0, "registrations": []}}


def test_reading_has_counts_and_pages() -> None:
    """The counts are those of the accepted and of all registrations, which are in the order of creation."""
    api = yoga()
    register(api, "ann", metadata={"name": "A"})
    register(api, "bob", "pending", metadata={"name": "B"})
    answer = api.get(f"{PATH}/yoga_1-a")
    assert answer.json == {
        **YOGA,
        "registration": {
            "capacity": 2,
            "registered_count": 1,
            "total_count": 2,
            "registrations": [
                {"registration_id": "ann", "status": "accepted", "metadata": {"name": "A"}},
                {"registration_id": "bob", "status": "pending", "metadata": {"name": "B"}},
            ],
            "pages": {"current": 1, "total": 1},
        },
    }


def test_registration_is_answered_with_the_event() -> None:
    """The response to a registration, a change and a removal is that of a read."""
    api = yoga()
    for change in (
        lambda: register(api, "ann", metadata={"name": "A"}),
        lambda: register(api, "ann", "declined"),
        lambda: api.delete(f"{PATH}/yoga_1-a/registrations/ann"),
    ):
        answer = change()
        assert answer.status_code == 200
        assert answer.json == api.get(f"{PATH}/yoga_1-a").json


def test_removed_registration_stays_without_its_metadata() -> None:
    """A removed registration stays listed with metadata null, and can be removed again."""
    api = yoga()
    register(api, "ann", metadata={"email": "ann@example.test"})
    for _ in range(2):
        body = api.delete(f"{PATH}/yoga_1-a/registrations/ann", {"bearer_token": "x"}).json
        assert body["registration"]["registrations"] == [
            {"registration_id": "ann", "status": "removed", "metadata": None}
        ]
        assert counts(body) == (0, 1)


def test_places_end_at_the_capacity() -> None:
    """One accepted registration too many is 422; pending and declined ones take no place, and a removal frees one."""
    api = yoga()
    assert [register(api, name).status_code for name in ("ann", "bob")] == [200, 200]
    assert refusals(register(api, "eve")) == {"registration_id": ["errors.capacity_exceeded"]}
    assert register(api, "ann", metadata={"name": "Ann"}).status_code == 200
    assert counts(register(api, "eve", "pending").json) == (2, 3)
    api.delete(f"{PATH}/yoga_1-a/registrations/bob")
    assert counts(register(api, "eve").json) == (2, 3)
    assert register(api, "bob").status_code == 422


def test_null_capacity_has_no_end() -> None:
    """A capacity of null is unlimited."""
    api = application()
    assert api.post(PATH, {**YOGA, "registration": {"capacity": None}}).json["registration"]["capacity"] is None
    assert {register(api, str(n)).status_code for n in range(300)} == {200}


def test_event_is_changed_by_its_id() -> None:
    """The same id again changes time, status and capacity and keeps the registrations."""
    api = yoga()
    register(api, "ann")
    body = api.post(PATH, {**YOGA, "end": "2026-03-06T14:00:00Z", "registration": {"capacity": 1}}).json
    assert (body["end"], body["registration"]["capacity"]) == ("2026-03-06T14:00:00Z", 1)
    assert [entry["registration_id"] for entry in body["registration"]["registrations"]] == ["ann"]


def test_capacity_is_not_below_what_is_taken() -> None:
    """A capacity below the accepted registrations is refused."""
    api = yoga()
    register(api, "ann")
    register(api, "bob")
    answer = api.post(PATH, {**YOGA, "registration": {"capacity": 1}})
    assert refusals(answer) == {"registration.capacity": ["errors.out_of_range"]}
    assert api.get(f"{PATH}/yoga_1-a").json["registration"]["capacity"] == 2


def test_cancelled_event_takes_nobody() -> None:
    """A cancelled event accepts no registration, and registrations can still be removed."""
    api = yoga()
    register(api, "ann")
    assert api.post(PATH, {**YOGA, "status": "cancelled"}).json["status"] == "cancelled"
    assert refusals(register(api, "bob", "pending")) == {"registration_id": ["errors.not_supported"]}
    assert api.delete(f"{PATH}/yoga_1-a/registrations/ann").status_code == 200


def test_metadata_left_out_stays() -> None:
    """A change of status alone keeps the metadata, null clears it, and a new registration has none."""
    api = yoga()
    register(api, "ann", metadata={"name": "A"})
    for fields, expected in (({}, {"name": "A"}), ({"metadata": None}, None), ({}, None)):
        body = register(api, "ann", "pending", **fields).json
        assert body["registration"]["registrations"][0]["metadata"] == expected


def test_many_registrations_come_in_pages() -> None:
    """next_page is an absolute URL, the pages have every registration once, and the last has no next_page."""
    api = yoga(page_size=2)
    for number in range(5):
        register(api, f"r{number}", "pending")
    body = api.get(f"{PATH}/yoga_1-a").json
    ids, pages = [], []
    while True:
        registration = body["registration"]
        assert counts(body) == (0, 5)
        ids += [entry["registration_id"] for entry in registration["registrations"]]
        pages.append((registration["pages"]["current"], registration["pages"]["total"]))
        if "next_page" not in registration["pages"]:
            break
        address = registration["pages"]["next_page"]
        assert address.startswith(f"http://localhost{PATH}/yoga_1-a/registrations/pages/")
        assert set(address.rpartition("/")[2]) <= set("0123456789abcdef")
        body = api.get(address.removeprefix("http://localhost")).json
    assert ids == [f"r{number}" for number in range(5)]
    assert pages == [(1, 3), (2, 3), (3, 3)]
    assert api.get(f"{PATH}/yoga_1-a/registrations/pages/00").status_code == 404


def test_keys_that_the_node_client_leaks_are_ignored() -> None:
    """The Node client 3.8 repeats path and token in bodies and queries; the path counts."""
    api = yoga()
    leaked = {"bearer_token": "secret", "bookable_event_id": "other"}
    assert register(api, "ann", **leaked).json["bookable_event_id"] == "yoga_1-a"
    assert api.get(f"{PATH}/yoga_1-a", **leaked).json["bookable_event_id"] == "yoga_1-a"
    answer = api.delete(f"{PATH}/yoga_1-a/registrations/ann", {**leaked, "registration_id": "bob"})
    assert answer.json["registration"]["registrations"][0]["registration_id"] == "ann"
    assert api.post(PATH, {**YOGA, "bearer_token": "secret"}).status_code == 200


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"bookable_event_id": None}, {"bookable_event_id": ["errors.required"]}),
        ({"bookable_event_id": "a b"}, {"bookable_event_id": ["errors.invalid_format"]}),
        ({"bookable_event_id": "caf\u00e9"}, {"bookable_event_id": ["errors.invalid_format"]}),
        ({"start": None, "end": None}, {"start": ["errors.required"], "end": ["errors.required"]}),
        ({"start": "2026-03-06"}, {"start": ["errors.invalid_format"]}),
        ({"start": {"time": "2026-03-06T12:30:00Z", "tzid": "Etc/UTC"}}, {"start": ["errors.invalid_format"]}),
        ({"end": YOGA["start"]}, {"end": ["errors.invalid_time_pair"]}),
        ({"status": "tentative"}, {"status": ["errors.not_recognized"]}),
        ({"registration": None}, {"registration": ["errors.required"]}),
        ({"registration": {}}, {"registration.capacity": ["errors.required"]}),
        ({"registration": {"capacity": 0}}, {"registration.capacity": ["errors.must_be_integer_greater_than_zero"]}),
        ({"registration": {"capacity": 257}}, {"registration.capacity": ["errors.out_of_range"]}),
        ({"registration": {"capacity": True}}, {"registration.capacity": ["errors.must_be_integer_greater_than_zero"]}),
    ],
)
def test_wrong_event_is_refused_field_by_field(changed: dict[str, Any], expected: dict[str, list[str]]) -> None:
    """Each invalid field has an error, and nothing is stored."""
    api = application()
    assert refusals(api.post(PATH, {**YOGA, **changed})) == expected
    assert api.get(f"{PATH}/yoga_1-a").status_code == 404


@pytest.mark.parametrize("capacity", [1, 256])
def test_capacity_has_its_range(capacity: int) -> None:
    """The smallest and the largest capacity are accepted."""
    answer = application().post(PATH, {**YOGA, "registration": {"capacity": capacity}})
    assert answer.json["registration"]["capacity"] == capacity


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"registration_id": ""}, {"registration_id": ["errors.required"]}),
        ({"registration_id": "a/b"}, {"registration_id": ["errors.invalid_format"]}),
        ({"status": None}, {"status": ["errors.required"]}),
        ({"status": "removed"}, {"status": ["errors.not_recognized"]}),
        ({"metadata": "Ann"}, {"metadata": ["errors.invalid_format"]}),
    ],
)
def test_wrong_registration_is_refused_field_by_field(changed: dict[str, Any], expected: dict[str, list[str]]) -> None:
    """Each invalid field has an error, and nothing is stored."""
    api = yoga()
    assert refusals(api.post(f"{PATH}/yoga_1-a/registrations", {**ANN, **changed})) == expected
    assert counts(api.get(f"{PATH}/yoga_1-a").json) == (0, 0)


@pytest.mark.parametrize(("levels", "status"), [(15, 200), (16, 422), (900, 422)])
def test_metadata_has_a_depth(levels: int, status: int) -> None:
    """Metadata that is nested too deep for the encoder is refused."""
    nest: Any = {}
    for _ in range(levels):
        nest = {"a": nest}
    assert register(yoga(), "ann", metadata=nest).status_code == status


def test_what_is_not_there_is_404() -> None:
    """Unknown events and registrations are 404."""
    api = yoga()
    for verb, path in (
        ("GET", f"{PATH}/other"),
        ("GET", f"{PATH}/other/registrations/pages/00"),
        ("POST", f"{PATH}/other/registrations"),
        ("DELETE", f"{PATH}/other/registrations/ann"),
        ("DELETE", f"{PATH}/yoga_1-a/registrations/ann"),
    ):
        answer = api.ask(verb, path, json=ANN)
        assert (answer.status_code, answer.data) == (404, b""), path


def test_bookable_events_are_the_application_s_own() -> None:
    """Without the client secret the response is 401, and a person's token is refused."""
    sandbox = yoga().sandbox
    for verb, path in (
        ("POST", PATH),
        ("GET", f"{PATH}/yoga_1-a"),
        ("POST", f"{PATH}/yoga_1-a/registrations"),
        ("DELETE", f"{PATH}/yoga_1-a/registrations/ann"),
        ("GET", f"{PATH}/yoga_1-a/registrations/pages/00"),
    ):
        codes = [Caller(sandbox, token).ask(verb, path).status_code for token in ("", "wrong", sandbox.access_token)]
        assert codes == [401, 401, 403]


@settings(max_examples=150)
@given(
    event=invalid_variants(YOGA),
    registration=invalid_variants(ANN),
    id_=st.text(st.characters(codec="utf-8"), max_size=5),
)
def test_no_value_in_a_bookable_event_breaks_it(event: dict[str, Any], registration: dict[str, Any], id_: str) -> None:
    """Any value in any field or path gets a documented response, and the event can still be read."""
    sandbox = Sandbox(now=NOW, office=office(), rate_limit=False)
    api = Caller(sandbox, sandbox.client_secret)
    api.post(PATH, YOGA)
    assert is_documented(api.post(PATH, event))
    assert is_documented(api.post(f"{PATH}/yoga_1-a/registrations", registration))
    assert is_documented(api.delete(f"{PATH}/yoga_1-a/registrations/x{id_}"))
    body = api.get(f"{PATH}/yoga_1-a").json["registration"]
    assert body["registered_count"] <= (body["capacity"] or 1)
