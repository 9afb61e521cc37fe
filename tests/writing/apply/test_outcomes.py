"""Outcomes of rows: what a response means, and what users read about it."""

from typing import Any

import pytest

from cronofy_frames.writing.apply.journal_state import EntryResponse
from cronofy_frames.writing.apply.outcomes import NO_RESPONSE, UnsentOutcome, failure, outcome_frame
from cronofy_frames.writing.plan.plans import Plan, Step
from tests.writes import event

UNKNOWN_CALENDAR = {"key": "errors.invalid", "description": "is unknown"}


def step(action: Any = "create", call: str | None = "create_event", note: str | None = None) -> Step:
    """Return the step of a row."""
    return Step(0, 2, action, None, call, event("a"), None, note)


def row_of(
    step: Step, response: EntryResponse | None = None, unsent: UnsentOutcome | None = None, **options: Any
) -> dict[str, Any]:
    """Return the outcome of a plan of one row, without the cells that are missing."""
    responses = {} if response is None else {0: response}
    frame = outcome_frame(Plan([step], kind="events"), responses, {} if unsent is None else {0: unsent}, **options)
    return {
        str(name): value for name, value in frame.iloc[0].dropna().items() if name not in ("event_id", "calendar_id")
    }


@pytest.mark.parametrize(
    ("body", "error_key", "error_field", "message"),
    [
        ({"errors": {"end": [{"key": "errors.x", "description": "required"}]}}, "errors.x", "end", "end: required"),
        ({"errors": {"start": [{"key": "errors.required"}]}}, "errors.required", "start", "start: errors.required"),
        ({"errors": {"start": [{}]}}, None, "start", "start: refused"),
        ({"errors": {"start": ["too early"]}}, "too early", "start", "start: too early"),
        ({"errors": {"start": UNKNOWN_CALENDAR}}, "errors.invalid", "start", "start: is unknown"),
        (
            {"errors": {"start": [UNKNOWN_CALENDAR, {"key": "two"}], "end": [{"key": "three"}]}},
            "errors.invalid",
            "start",
            "start: is unknown; start: two; end: three",
        ),
        ({"errors": {"start": []}}, None, None, "refused"),
        ({"errors": {}}, None, None, "refused"),
        ({"errors": ["start"]}, None, None, "refused"),
        ({"error": "x"}, None, None, "refused"),
        (["start"], None, None, "refused"),
        ("start", None, None, "refused"),
        (None, None, None, "refused"),
        ({"errors": {"a\ud800": ["b\ud800"]}}, "b?", "a?", "a?: b?"),
        ({"errors": {"start": [{"key": ["x"], "description": {"y": 1}}]}}, "['x']", "start", "start: {'y': 1}"),
    ],
)  # fmt: skip
def test_the_errors_of_a_refused_row(body: Any, error_key: Any, error_field: Any, message: str) -> None:
    """The key and field are those of the first error, the message has all of them, whatever shape the body has."""
    assert failure(EntryResponse(422, body, 1)) == {
        "outcome": "failed",
        "error_key": error_key,
        "error_field": error_field,
        "message": message,
    }


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (401, "the credentials were refused"),
        (402, "subscription"),
        (403, "read-only"),
        (404, "does not exist"),
        (423, "does not accept writes"),
        (429, "over the rate limit"),
        (400, "refused"),
        (499, "refused"),
        (500, "the server failed: apply again later"),
        (503, "the server failed: apply again later"),
    ],
)
def test_a_status_without_errors_has_an_advice(status: int, words: str) -> None:
    """Where the body lists no errors the message is about the status."""
    assert words in failure(EntryResponse(status, None, 1))["message"]


@pytest.mark.parametrize(
    ("status", "accepted", "transient", "maybe"),
    [
        (None, False, False, True),
        (199, False, False, False),
        (200, True, False, True),
        (202, True, False, True),
        (299, True, False, True),
        (300, False, False, False),
        (404, False, False, False),
        (428, False, False, False),
        (429, False, True, True),
        (430, False, False, False),
        (499, False, False, False),
        (500, False, True, True),
        (503, False, True, True),
    ],
)
def test_what_a_status_means(status: int | None, accepted: bool, transient: bool, maybe: bool) -> None:
    """A call without a response, or with 429 or 5xx, may have been carried out; another refusal was not."""
    response = EntryResponse(status)
    assert (response.accepted, response.transient, response.maybe_carried_out) == (accepted, transient, maybe)


@pytest.mark.parametrize(
    ("row", "response", "expected"),
    [
        (step(), EntryResponse(202, None, 3), {"outcome": "created", "status": 202, "batch": 3}),
        (
            step("update", note="new title"),
            EntryResponse(202, None, 3),
            {"outcome": "updated", "status": 202, "batch": 3, "message": "new title"},
        ),
        (
            step("delete", "delete_event"),
            EntryResponse(202, None, 1),
            {"outcome": "deleted", "status": 202, "batch": 1},
        ),
        (
            step(note="a note"),
            EntryResponse(403, None, 1),
            {
                "outcome": "failed",
                "status": 403,
                "batch": 1,
                "message": "the calendar is read-only, or the token's scope does not allow this",
            },
        ),
        (step(), EntryResponse(batch=2), {"outcome": "not_sent", "batch": 2, "message": NO_RESPONSE}),
        (step(), None, {"outcome": "not_sent", "message": "was not reached"}),
        (step("unchanged", note="as it was"), None, {"outcome": "unchanged", "message": "as it was"}),
        (step("skip", None, note="has problems"), None, {"outcome": "not_sent", "message": "has problems"}),
    ],
)
def test_each_row_says_what_became_of_it(row: Step, response: EntryResponse | None, expected: dict[str, Any]) -> None:
    """A row that was answered, sent without a response, not reached, unchanged or left out."""
    assert row_of(row, response) == expected


def test_a_response_counts_more_than_a_decision() -> None:
    """A row that was answered by an earlier run keeps its response; without a status the decision counts."""
    unsent = UnsentOutcome("failed", "changed_since_plan", "has changed")
    decided = {"outcome": "failed", "error_key": "changed_since_plan", "message": "has changed"}
    assert row_of(step(), EntryResponse(202, None, 1), unsent)["outcome"] == "created"
    assert row_of(step(), EntryResponse(batch=1), unsent) == decided
    assert row_of(step(), None, unsent) == decided


@pytest.mark.parametrize(
    ("row", "response", "message"),
    [
        (step(), None, "would be created"),
        (step("update", note="new title"), None, "would be updated; new title"),
        (step("delete", "delete_event"), EntryResponse(batch=1), "would be deleted"),
        (step("unchanged", note="as it was"), None, "as it was"),
        (step("skip", None, note="was not reached"), None, "was not reached"),
        (step(), EntryResponse(404, None, 1), "the calendar or event does not exist, or belongs to another account"),
    ],
)
def test_a_dry_run_says_what_would_be_done(row: Step, response: EntryResponse | None, message: str) -> None:
    """Rows that would be sent say so; what is decided stays."""
    assert row_of(row, response, dry_run=True)["message"] == message


PERIOD = Step(
    0, 2, "create", None, "upsert_available_period", {"available_period_id": "p", "start": "2026", "end": "2026"}
)
EVENT = Step(1, 3, "create", None, "create_event", event("a"))


@pytest.mark.parametrize(
    ("kind", "steps", "ids"),
    [
        ("events", [], ["event_id", "calendar_id"]),
        ("events", [EVENT], ["event_id", "calendar_id"]),
        ("available_periods", [], ["available_period_id"]),
        ("available_periods", [PERIOD], ["available_period_id"]),
        ("undo", [], ["event_id", "calendar_id"]),
        ("undo", [EVENT], ["event_id", "calendar_id"]),
        ("undo", [PERIOD], ["available_period_id"]),
        ("undo", [PERIOD, EVENT], ["event_id", "calendar_id", "available_period_id"]),
    ],
)
def test_the_ids_are_those_of_the_plan(kind: str, steps: list[Step], ids: list[str]) -> None:
    """Events have event_id and calendar_id, periods their id, and an undo of both has all of them."""
    frame = outcome_frame(Plan(steps, kind=kind), {}, {})
    assert [name for name in frame.columns if name.endswith("_id")] == ids


def test_what_was_read_back_is_a_column_of_its_own() -> None:
    """True and False of accepted rows, and missing for the others."""
    frame = outcome_frame(Plan([PERIOD, EVENT], kind="undo"), {}, {}, verified={1: True}, journal="j")
    assert frame["verified"].isna().tolist() == [True, False]
    assert frame["verified"].iloc[1]
    assert "verified" not in outcome_frame(Plan([EVENT], kind="events"), {}, {})
    assert frame.attrs["cronofy"]["rows"] == 2
    assert frame.attrs["cronofy"]["outcomes"] == {"not_sent": 2}
    assert frame.attrs["cronofy"]["journal"] == "j"
