"""The sequenced availability route: its form, and what official clients send."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pycronofy
import pytest
from hypothesis import given, settings

from cronofy_frames.sandbox import serve
from tests.sandbox.availability.people import application, group, keeper, member_with, period, person, two
from tests.sandbox.bodies import invalid_variants, is_documented
from tests.sandbox.caller import Caller, refusals

PATH = "/v1/sequenced_availability"


def item_body(sequence_id: Any, *people: Any, minutes: int = 60, **more: Any) -> dict[str, Any]:
    """Return one item of a sequence."""
    values = {"sequence_id": sequence_id, "participants": [group(*people)], "required_duration": {"minutes": minutes}}
    return {**values, **more}


def sequence(*items: dict[str, Any], span: str = "09:00-13:00", **more: Any) -> dict[str, Any]:
    """Return the body of a sequence query."""
    return {"sequence": list(items), "query_periods": [period(span)], **more}


def sequence_texts(api: Caller, *items: dict[str, Any], **more: Any) -> list[str]:
    """Return the sequences, each as `s1 09:00 s2 10:30`."""
    answer = api.post(PATH, sequence(*items, **more))
    assert answer.status_code == 200, answer.text
    return [
        " ".join(f"{step['sequence_id']} {step['start'][11:16]}" for step in proposal["sequence"])
        for proposal in answer.json["sequences"]
    ]


STEP = {"start_interval": {"minutes": 60}}


def test_sequences_are_answered_in_the_documented_shape() -> None:
    """Each sequence has every item with id, times and free members, in the order of time."""
    body = sequence(item_body("s1", "a", ordinal=1), item_body("s2", "b", ordinal=2), span="09:00-11:00")
    assert two().post(PATH, body).json == {
        "sequences": [
            {
                "sequence": [
                    {"sequence_id": "s1", **period("09:00-10:00"), "participants": [{"sub": "acc_a"}]},
                    {"sequence_id": "s2", **period("10:00-11:00"), "participants": [{"sub": "acc_b"}]},
                ]
            }
        ]
    }


def test_ordinals_fix_the_order() -> None:
    """Items with an ordinal are in its order, items without one in any order."""
    free = application(person("a"))
    pair = [item_body("x", "a", **STEP), item_body("y", "a", **STEP)]
    assert sequence_texts(free, *pair, span="09:00-11:00") == ["x 09:00 y 10:00", "y 09:00 x 10:00"]
    fixed = [{**ordinal, "ordinal": n} for ordinal, n in zip(pair, (2, 1), strict=True)]
    assert sequence_texts(free, *fixed, span="09:00-11:00") == ["y 09:00 x 10:00"]


def test_gaps_lie_between_the_items() -> None:
    """The minimum of a buffer keeps neighbours apart, the maximum keeps them together."""
    free = application(person("a"))
    apart = item_body(
        "x", "a", ordinal=1, buffer={"after": {"minimum": {"minutes": 30}}}, start_interval={"minutes": 30}
    )
    second = item_body("y", "a", ordinal=2, start_interval={"minutes": 30})
    assert sequence_texts(free, apart, second, span="09:00-11:30") == ["x 09:00 y 10:30"]
    near = item_body(
        "y", "a", ordinal=2, buffer={"before": {"maximum": {"minutes": 30}}}, start_interval={"minutes": 30}
    )
    blocked = application(person("a", "10:00-11:00"))
    assert sequence_texts(blocked, {**apart, "buffer": None}, second)[0] == "x 09:00 y 11:00"
    assert sequence_texts(blocked, {**apart, "buffer": None}, near) == ["x 11:00 y 12:00"]


@pytest.mark.parametrize("name", ["query_periods", "available_periods"])
def test_items_have_periods_of_their_own(name: str) -> None:
    """An item lies in its own periods and in the query periods, under either name."""
    late = item_body("x", "a", **{name: [period("12:00-20:00")]})
    assert sequence_texts(application(person("a")), late) == ["x 12:00"]


def test_items_know_managed_availability() -> None:
    """Members of items have all the options of members."""
    item = item_body(
        "x", member_with("a", managed_availability=True, availability_rule_ids=["week"]), minutes=30, **STEP
    )
    assert sequence_texts(application(keeper(periods=False)), item) == ["x 10:00", "x 11:00"]


def test_nulls_and_numbers_of_clients_are_taken_in_sequences() -> None:
    """start_interval null and an empty buffer (Python client) and an integer id (Ruby client) are accepted."""
    item = item_body(1, "a", start_interval=None, buffer={}, event={"summary": "First"}, ordinal=None)
    answer = application(person("a")).post(PATH, sequence(item, max_results=1))
    assert [row["sequence"][0]["sequence_id"] for row in answer.json["sequences"]] == [1]


BAD_SEQUENCES: list[tuple[dict[str, Any], dict[str, list[str]]]] = [
    ({"sequence": None}, {"sequence": ["errors.required"]}),
    ({"sequence": []}, {"sequence": ["errors.required"]}),
    ({"sequence": [item_body(n, "a") for n in range(11)]}, {"sequence": ["errors.too_many"]}),
    ({"sequence": [item_body("s", "a"), item_body("s", "a")]}, {"sequence": ["errors.duplicate"]}),
    ({"sequence": [item_body(None, "a")]}, {"sequence[0].sequence_id": ["errors.required"]}),
    ({"sequence": [item_body("", "a")]}, {"sequence[0].sequence_id": ["errors.required"]}),
    ({"sequence": [item_body(10**20, "a")]}, {"sequence[0].sequence_id": ["errors.must_be_integer"]}),
    ({"sequence": [item_body("s", "a", ordinal="first")]}, {"sequence[0].ordinal": ["errors.must_be_integer"]}),
    (
        {"sequence": [item_body("s", "a", required_duration=None)]},
        {"sequence[0].required_duration": ["errors.required"]},
    ),
    ({"sequence": [item_body("s", "x")]}, {"sequence[0].participants": ["errors.not_recognized"]}),
    ({"query_periods": None}, {"query_periods": ["errors.required"]}),
]


@pytest.mark.parametrize(("changed", "expected"), BAD_SEQUENCES)
def test_wrong_sequence_is_refused_field_by_field(changed: dict[str, Any], expected: dict[str, list[str]]) -> None:
    """Each invalid field has an error."""
    assert refusals(two().post(PATH, sequence(item_body("s", "a")) | changed)) == expected


SEVERAL = sequence(
    item_body(
        "s1",
        member_with("a", managed_availability=True),
        ordinal=1,
        buffer={"after": {"minimum": {"minutes": 5}}},
        **STEP,
    ),
    item_body("s2", "a", ordinal=2, query_periods=[period("10:00-12:00")]),
)


@settings(max_examples=150)
@given(body=invalid_variants(SEVERAL))
def test_no_value_in_a_sequence_breaks_it(body: dict[str, Any]) -> None:
    """Any value in any field gets a documented response."""
    assert is_documented(application(keeper("10:00-11:00")).post(PATH, body))


def test_both_kinds_of_token_may_ask_for_sequences() -> None:
    """The client secret and a person's access token get the same response, other credentials none."""
    sandbox = two().sandbox
    body = sequence(item_body("s", "a", "b"))
    good = [Caller(sandbox, token).post(PATH, body).json for token in (sandbox.client_secret, sandbox.access_token)]
    assert good[0] == good[1]
    assert good[0]["sequences"]
    bad = [
        Caller(sandbox, token).post(PATH, body).status_code for token in ("", "wrong", sandbox.service_account_token)
    ]
    assert bad == [401, 401, 403]


def test_official_python_client_asks_for_sequences() -> None:
    """Its arguments, with nulls and empty buffers, are accepted."""
    sandbox = two().sandbox
    with serve(sandbox) as served:
        client = pycronofy.Client(sandbox.client_id, sandbox.client_secret, access_token=sandbox.access_token)
        client.request_handler.base_url = served.url
        spread = [{"start": datetime(2026, 3, 2, 9, tzinfo=UTC), "end": datetime(2026, 3, 2, 13, tzinfo=UTC)}]
        arguments = {"participants": {"members": ["acc_a"]}, "required_duration": 60}
        near = {"after": {"minimum": 0, "maximum": 60}}
        items = [
            {"sequence_id": "s1", **arguments, "ordinal": 1, "buffer": near},
            {"sequence_id": "s2", **arguments, "ordinal": 2},
        ]
        sequences = client.sequenced_availability(items, spread)
        assert [item["start"][11:16] for item in sequences[0]["sequence"]] == ["09:00", "11:00"]
    assert served.errors == []
