"""A plan carried out."""

import errno
import json
import os
import stat
from pathlib import Path

import pandas as pd
import pytest

from cronofy_frames import errors
from cronofy_frames.connecting import SANDBOX_HOST
from cronofy_frames.sandbox import Sandbox
from cronofy_frames.tokens import MemoryStore
from cronofy_frames.wire.auth import Tokens
from cronofy_frames.wire.client import Client
from cronofy_frames.wire.faults import Fault
from cronofy_frames.wire.messages import Hosts
from cronofy_frames.wire.transport import InProcessTransport
from cronofy_frames.writing.apply.applying import apply
from cronofy_frames.writing.apply.bulk import write_events
from cronofy_frames.writing.apply.journal import Journal
from cronofy_frames.writing.apply.undoing import undo
from cronofy_frames.writing.plan.planning import plan_events
from cronofy_frames.writing.plan.plans import Plan, Step, load_plan
from tests.small import HOME, READONLY, WORK, small_box, small_office
from tests.writes import client_of, event, events, managed_events, plan_of, remote_events, writes

BATCH = "POST /v1/batch"


def event_sheet() -> pd.DataFrame:
    """Return a sheet of one event."""
    return pd.DataFrame(
        {"summary": ["Kick-off"], "start": ["2026-03-10T09:00:00Z"], "end": ["2026-03-10T10:00:00Z"]}, index=[2]
    )


def test_each_row_has_an_outcome_on_the_index_of_the_sheet(box: Sandbox) -> None:
    """The outcomes have the labels of the plan, and the same columns and dtypes for every plan."""
    client, _ = client_of(box)
    done = apply(plan_of(writes(events(3))), client)
    assert done.index.tolist() == [2, 3, 4]
    assert done["outcome"].tolist() == ["created"] * 3
    assert done["event_id"].tolist() == ["e0000", "e0001", "e0002"]
    columns = ["outcome", "status", "error_key", "error_field", "message", "event_id", "calendar_id", "batch"]
    assert done.columns.tolist() == columns
    empty = apply(plan_of([]), client)
    pd.testing.assert_series_equal(empty.dtypes, done.dtypes)
    assert managed_events(client).keys() == {"e0000", "e0001", "e0002"}


def test_fifty_rows_go_into_a_request(box: Sandbox) -> None:
    """Fifty rows go into a request, and one more request reads the user."""
    client, counted = client_of(box)
    done = apply(plan_of(writes(events(120))), client)
    assert counted.requests == ["GET /v1/userinfo", BATCH, BATCH, BATCH]
    assert done["batch"].value_counts().to_dict() == {1: 50, 2: 50, 3: 20}
    assert done.attrs["cronofy"]["outcomes"] == {"created": 120}


def test_a_refused_row_is_data(box: Sandbox) -> None:
    """A refused row has the outcome failed with the reason, and the other rows are written."""
    client, _ = client_of(box)
    bad = event("bad")
    del bad["summary"]
    done = apply(plan_of(writes([event("a"), bad, event("c", calendar_id=READONLY)])), client)
    assert done["outcome"].tolist() == ["created", "failed", "failed"]
    row = done.loc[3]
    assert (row["status"], row["error_key"], row["error_field"]) == (422, "errors.required", "summary")
    assert "summary" in row["message"]
    assert (done.loc[4, "status"], "read-only" in done.loc[4, "message"]) == (403, True)


def test_failed_rows_can_be_corrected_and_applied_again(box: Sandbox, tmp_path: Path) -> None:
    """A second plan can use the same journal, and only what is left is sent."""
    client, _ = client_of(box)
    bad = event("b", start="2026-03-10T11:00:00Z")
    first = apply(plan_of(writes([event("a"), bad]), client), client, journal=tmp_path / "j")
    assert first["outcome"].tolist() == ["created", "failed"]
    second = apply(plan_of(writes([event("a"), event("b")]), client), client, journal=tmp_path / "j")
    assert second["outcome"].tolist() == ["unchanged", "created"]
    assert managed_events(client).keys() == {"a", "b"}


@pytest.mark.parametrize("status", [429, 500, 503])
def test_transient_failures_are_retried(box: Sandbox, status: int) -> None:
    """Only entries with 429 or 5xx are sent again, after a pause."""
    waits: list[float] = []
    client, counted = client_of(box, Fault("status", "entry", {2, 3}, status=status), waits=waits)
    done = apply(plan_of(writes(events(5))), client)
    assert done["outcome"].tolist() == ["created"] * 5
    assert (counted.batches, waits) == (2, [1.0])


def test_entries_that_never_succeed_fail(box: Sandbox) -> None:
    """After several attempts the row has failed, with the last status."""
    client, counted = client_of(box, Fault("status", "entry", status=503))
    done = apply(plan_of(writes(events(2))), client)
    assert done["outcome"].tolist() == ["failed"] * 2
    assert done["status"].tolist() == [503, 503]
    assert counted.batches == 5


@pytest.mark.parametrize(
    "fault",
    [
        Fault("short", BATCH, {1}),
        Fault("status", BATCH, {1}, status=500),
        Fault("status", BATCH, {1}, status=429, retry_after=3),
        Fault("html", BATCH, {1}, status=502),
        Fault("drop before", BATCH, {1}),
        Fault("drop after", BATCH, {1}),
        Fault("truncate", BATCH, {1}),
        Fault("status", BATCH, {1}, status=401),
    ],
    ids=lambda fault: f"{fault.kind} {fault.status}",
)
def test_a_batch_without_an_answer_is_sent_again(box: Sandbox, fault: Fault) -> None:
    """After any fault each event exists exactly once."""
    client, counted = client_of(box, fault)
    done = apply(plan_of(writes(events(60))), client)
    assert done["outcome"].tolist() == ["created"] * 60
    assert len(managed_events(client)) == 60
    assert counted.batches == 3


def test_a_dead_connection_raises_with_the_outcomes_so_far(box: Sandbox, tmp_path: Path) -> None:
    """`.partial` has the outcomes so far, and the same journal can continue."""
    client, _ = client_of(box, Fault("drop before", BATCH, set(range(3, 99))))
    plan = plan_of(writes(events(200)))
    with pytest.raises(errors.TransportError, match="same journal") as caught:
        apply(plan, client, journal=tmp_path / "j")
    partial = caught.value.partial
    assert partial["outcome"].value_counts().to_dict() == {"created": 100, "not_sent": 100}
    alive, counted = client_of(box)
    done = apply(plan, alive, journal=tmp_path / "j")
    assert done["outcome"].tolist() == ["created"] * 200
    assert counted.batches == 2


def test_refused_credentials_raise_with_the_outcomes_so_far(box: Sandbox) -> None:
    """Nothing more is sent when the token and its renewal are refused."""
    client, counted = client_of(box, Fault("status", BATCH, set(range(2, 99)), status=401))
    with pytest.raises(errors.AuthError) as caught:
        apply(plan_of(writes(events(200))), client)
    assert caught.value.partial["outcome"].value_counts().to_dict() == {"created": 50, "not_sent": 150}
    assert counted.batches == 3  # the second once more after the renewal


def test_the_journal_is_readable_private_and_holds_no_secret(box: Sandbox, tmp_path: Path) -> None:
    """The journal is JSON lines that only the owner can read, without any secret."""
    client, _ = client_of(box)
    apply(plan_of(writes(events(2))), client, journal=tmp_path / "j")
    text = (tmp_path / "j").read_text()
    assert [json.loads(line)["is"] for line in text.splitlines()] == [
        "journal",
        "run",
        "send",
        "send",
        "answer",
        "answer",
        "end",
    ]
    assert stat.S_IMODE((tmp_path / "j").stat().st_mode) == 0o600
    tokens = box.tokens("ann@example.test")
    assert not any(secret in text for secret in (*tokens.values(), box.client_secret))


def test_a_plan_that_is_done_is_not_done_again(box: Sandbox, tmp_path: Path) -> None:
    """With the same journal nothing is sent again, and the outcomes are those of the first run."""
    client, counted = client_of(box)
    plan = plan_of(writes(events(70)))
    first = apply(plan, client, journal=tmp_path / "j")
    second = apply(plan, client, journal=tmp_path / "j")
    pd.testing.assert_frame_equal(first, second)
    assert counted.batches == 2


def test_rows_that_failed_are_tried_again_with_the_same_journal(tmp_path: Path) -> None:
    """A row that was refused is sent again, because it may be allowed now."""
    box = small_box()
    client, _ = client_of(box, Fault("status", "entry", {1}, status=423))
    plan = plan_of(writes(events(2)))
    assert apply(plan, client, journal=tmp_path / "j")["outcome"].tolist() == ["failed", "created"]
    assert apply(plan, client, journal=tmp_path / "j")["outcome"].tolist() == ["created", "created"]


def test_unchanged_rows_are_not_sent(box: Sandbox) -> None:
    """Rows that are up to date need no request."""
    client, counted = client_of(box)
    apply(plan_of(writes(events(3))), client)
    plan = plan_of(writes([*events(3), event("new")]), client)
    assert plan.counts() == {"unchanged": 3, "create": 1}
    assert apply(plan, client)["outcome"].tolist() == ["unchanged"] * 3 + ["created"]
    assert counted.batches == 2


@pytest.mark.parametrize(
    ("on_conflict", "outcome", "summary"),
    [("fail", "failed", "theirs"), ("skip", "not_sent", "theirs"), ("overwrite", "updated", "ours")],
)
def test_an_event_that_changed_since_the_plan(box: Sandbox, on_conflict: str, outcome: str, summary: str) -> None:
    """A changed event is not written unless on_conflict says so; the other rows are."""
    client, _ = client_of(box)
    apply(plan_of(writes([event("a")])), client)
    plan = plan_of(writes([event("a", summary="ours"), event("b")]), client)
    client.create_event(**event("a", summary="theirs"))
    done = apply(plan, client, on_conflict=on_conflict)  # type: ignore[arg-type]
    assert done["outcome"].tolist() == [outcome, "created"]
    assert managed_events(client)["a"]["summary"] == summary
    assert (done["error_key"].iloc[0] == "changed_since_plan") == (outcome != "updated")


def test_the_same_change_by_another_person_is_no_conflict(box: Sandbox) -> None:
    """The row is unchanged, because the event is already as planned."""
    client, counted = client_of(box)
    plan = plan_of(writes([event("a")]), client)
    client.create_event(**event("a"))
    assert apply(plan, client)["outcome"].tolist() == ["unchanged"]
    assert counted.batches == 0


def test_an_event_that_was_deleted_meanwhile_is_a_conflict(box: Sandbox) -> None:
    """An event that was to be updated and no longer exists is a conflict."""
    client, _ = client_of(box)
    apply(plan_of(writes([event("a")])), client)
    plan = plan_of(writes([event("a", summary="new")]), client)
    client.delete_event(WORK, "a")
    assert apply(plan, client)["outcome"].tolist() == ["failed"]
    assert apply(plan, client, on_conflict="overwrite")["outcome"].tolist() == ["updated"]
    assert managed_events(client)["a"]["summary"] == "new"


def test_a_plan_for_other_accounts_is_refused(box: Sandbox, tmp_path: Path) -> None:
    """Plans and journals name their accounts, and nothing is sent for others."""
    client, _ = client_of(box)
    plan = plan_of(writes(events(1)), client)
    office = small_office()
    office.accounts[0].sub = "acc_ben"
    other, counted = client_of(small_box(office=office))
    with pytest.raises(errors.FrameError, match="acc_ann"):
        apply(plan, other)
    apply(plan_of(writes(events(1))), client, journal=tmp_path / "j")
    with pytest.raises(errors.FrameError, match="journal"):
        apply(plan_of(writes(events(1))), other, journal=tmp_path / "j")
    assert counted.batches == 0


def test_a_plan_for_another_application_is_refused(box: Sandbox, tmp_path: Path) -> None:
    """Ids of events belong to an application: another one would write every event a second time."""
    client, _ = client_of(box)
    plan = plan_events(event_sheet(), calendar=WORK, client=client)
    apply(plan, client, journal=tmp_path / "j")
    store = MemoryStore(Tokens(box.access_token))
    hosts = Hosts(SANDBOX_HOST, SANDBOX_HOST)
    with Client(hosts, store=store, client_id="another", transport=InProcessTransport(box)) as other:
        with pytest.raises(errors.FrameError, match=f"plan was made for the application {box.client_id}.*another"):
            apply(plan, other)
        with pytest.raises(errors.FrameError, match=f"journal was made for the application {box.client_id}.*another"):
            undo(tmp_path / "j", other)
    assert len(managed_events(client)) == 1


def test_a_dry_run_sends_nothing(box: Sandbox, tmp_path: Path) -> None:
    """A dry run reports what has changed since, and creates no journal."""
    client, counted = client_of(box)
    plan = plan_of(writes(events(2)), client)
    client.create_event(**event("e0000", summary="theirs"))
    done = apply(plan, client, journal=tmp_path / "j", dry_run=True)
    assert done["outcome"].tolist() == ["failed", "not_sent"]
    assert done["message"].iloc[1] == "would be created"
    assert counted.batches == 0
    assert not (tmp_path / "j").exists()


def test_reading_back_verifies_accepted_rows(box: Sandbox) -> None:
    """Verified is True or False for accepted rows, and missing for the others."""
    client, _ = client_of(box)
    bad = event("bad", end="2026-03-09T10:00:00Z")
    done = apply(
        plan_of([*writes([event("a"), bad]), ("delete_event", {"calendar_id": WORK, "event_id": "x"})]),
        client,
        verify=True,
    )
    assert done["verified"].tolist() == [True, pd.NA, True]
    assert "verified" not in apply(plan_of(writes(events(1))), client)


@pytest.mark.parametrize(("late", "verified"), [(0, True), (1, True), (3, True), (4, False)])
def test_reading_back_waits_for_slow_providers(box: Sandbox, late: int, verified: bool) -> None:
    """Accepted events that are not shown yet are read up to four times, with longer and longer pauses."""
    reads: list[int] = []
    waits: list[float] = []

    def show_late(content: bytes) -> bytes:
        reads.append(1)
        return content if len(reads) > late else content.replace(b"e0000", b"other")

    client, _ = client_of(box, waits=waits, rewritten=("/v1/events", show_late))
    done = apply(plan_of(writes(events(1))), client, verify=True)
    assert done["verified"].tolist() == [verified]
    assert waits == [1.0, 2.0, 4.0][:late]
    assert len(reads) == min(late + 1, 4)


def test_a_deletion_of_an_event_that_others_changed_is_a_conflict(box: Sandbox) -> None:
    """Every field counts for a deletion, since all of it would be lost; a write minds the fields it writes."""
    client, _ = client_of(box)
    for event_id in ("a", "b"):
        client.call("create_event", event(event_id))
    calls = [("delete_event", {"calendar_id": WORK, "event_id": "a"}), ("create_event", event("b", summary="new"))]
    plan = plan_of(calls, client)
    for event_id in ("a", "b"):
        client.call("create_event", event(event_id, description="theirs"))
    done = apply(plan, client)
    assert done["outcome"].tolist() == ["failed", "updated"]
    assert done["error_key"].iloc[0] == "changed_since_plan"
    assert managed_events(client).keys() == {"a", "b"}


def test_several_accounts_are_written() -> None:
    """Each row goes to the client of its account."""
    ann, ben = small_box(), small_box()
    clients = {"ann": client_of(ann)[0], "ben": client_of(ben)[0]}
    steps = [
        Step(n, n, "create", label, "create_event", event(f"{label}-{n}")) for n, label in enumerate(["ann", "ben"] * 2)
    ]
    plan = Plan(steps, kind="events")
    done = apply(plan, clients)
    assert done.columns[0] == "account"
    assert done["outcome"].tolist() == ["created"] * 4
    assert managed_events(clients["ann"]).keys() == {"ann-0", "ann-2"}
    with pytest.raises(errors.FrameError, match="ann, ben"):
        apply(plan, clients["ann"])


def test_outcomes_name_what_was_done(box: Sandbox) -> None:
    """created, updated and deleted are different outcomes."""
    client, _ = client_of(box)
    apply(plan_of(writes([event("a"), event("b")])), client)
    calls = [
        *writes([event("a", summary="new"), event("c", calendar_id=HOME)]),
        ("delete_event", {"calendar_id": WORK, "event_id": "b"}),
    ]
    assert apply(plan_of(calls, client), client)["outcome"].tolist() == ["updated", "created", "deleted"]
    assert {row["summary"] for row in remote_events(client)} >= {"new", "Event c"}
    assert "b" not in managed_events(client)


def test_a_subscription_without_coordinates_compares_the_rest(box: Sandbox) -> None:
    """Coordinates that cannot be read make no difference."""
    place = {"location": {"description": "Pier", "lat": "51.5", "long": "-0.12"}}
    client, _ = client_of(box, Fault("status", "GET /v1/events", {2, 4}, status=402))
    apply(plan_of(writes([event("a", **place)])), client)
    assert list(client.read_events(include_geo=True))
    elsewhere = {"location": {"description": "Bridge", "lat": "50", "long": "1"}}
    plan = plan_of(writes([event("a", **place), event("a", **elsewhere)]), client)
    assert plan.counts() == {"unchanged": 1, "update": 1}


def test_no_rules_are_no_recurrence(box: Sandbox) -> None:
    """An event whose recurrence was removed counts as up to date."""
    client, _ = client_of(box)
    apply(plan_of(writes([event("a", recurrence={"rules": []})])), client)
    assert plan_of(writes([event("a", recurrence={"rules": []})]), client).counts() == {"unchanged": 1}


def test_an_event_that_was_deleted_since_is_written_again(box: Sandbox, tmp_path: Path) -> None:
    """A response in the journal counts only while its event is still as it was written."""
    client, _ = client_of(box)
    plan = plan_of(writes([event("a")]), client)
    apply(plan, client, journal=tmp_path / "j")
    client.delete_event(WORK, "a")
    assert apply(plan, client, journal=tmp_path / "j")["outcome"].tolist() == ["created"]
    assert managed_events(client).keys() == {"a"}
    apply(plan_of([("delete_event", {"calendar_id": WORK, "event_id": "a"})], client), client, journal=tmp_path / "j")
    assert apply(plan, client, journal=tmp_path / "j")["outcome"].tolist() == ["created"]
    assert managed_events(client).keys() == {"a"}


def test_the_latest_plan_in_a_journal_counts(box: Sandbox, tmp_path: Path) -> None:
    """Plans without a client that write x, then y, then x again leave x."""
    client, _ = client_of(box)
    for text in "xyx":
        apply(plan_of(writes([event("a", description=text)])), client, journal=tmp_path / "j")
    assert managed_events(client)["a"]["description"] == "x"


def test_resuming_does_not_overwrite_a_later_edit(box: Sandbox, tmp_path: Path) -> None:
    """A row with a final response is not sent again, even if its event has changed since."""
    client, _ = client_of(box)
    plan = plan_of(writes([event("a")]), client)
    apply(plan, client, journal=tmp_path / "j")
    client.create_event(**event("a", summary="theirs"))
    assert apply(plan, client, journal=tmp_path / "j")["outcome"].tolist() == ["created"]
    assert managed_events(client)["a"]["summary"] == "theirs"


@pytest.mark.parametrize("status", [402, 403, 404, 423])
def test_a_batch_that_is_refused_as_a_whole_fails_its_rows(box: Sandbox, status: int) -> None:
    """Its rows have failed, and the other batches are sent."""
    client, _ = client_of(box, Fault("status", BATCH, {2}, status=status))
    done = apply(plan_of(writes(events(120))), client)
    assert done["outcome"].value_counts().to_dict() == {"created": 70, "failed": 50}
    assert set(done.loc[done["outcome"] == "failed", "status"]) == {status}


@pytest.mark.parametrize("status", [413, 422])
def test_a_batch_that_one_row_spoils_is_divided(box: Sandbox, status: int) -> None:
    """Its halves are sent separately, so that the other rows are written."""
    client, counted = client_of(box, Fault("status", BATCH, {1, 2}, status=status))
    done = apply(plan_of(writes(events(8))), client)
    assert done["outcome"].tolist() == ["created"] * 8
    assert counted.batches == 5


def test_one_failing_account_does_not_stop_the_others() -> None:
    """All rows of the others are written, and the error names the account."""
    ann, ben = small_box(), small_box()
    clients = {"ann": client_of(ann, Fault("drop before", BATCH))[0], "ben": client_of(ben)[0]}
    steps = [
        Step(n, n, "create", label, "create_event", event(f"{label}-{n}"))
        for n, label in enumerate(["ann"] * 60 + ["ben"] * 60)
    ]
    with pytest.raises(errors.TransportError, match="account ann") as caught:
        apply(Plan(steps, kind="events"), clients)
    assert caught.value.partial["outcome"].value_counts().to_dict() == {"created": 60, "not_sent": 60}
    assert len(managed_events(clients["ben"])) == 60


def test_outcomes_survive_a_read_that_fails_afterwards(box: Sandbox) -> None:
    """If reading back fails, `.partial` still has what was written."""
    client, _ = client_of(box, Fault("drop before", "GET /v1/events"))
    with pytest.raises(errors.TransportError) as caught:
        apply(plan_of(writes(events(2))), client, verify=True)
    assert caught.value.partial["outcome"].tolist() == ["created", "created"]


def test_missing_pages_are_no_proof_of_deletion() -> None:
    """An event on a page that was not read is not taken for a deleted one."""
    box = small_box(page_size=2)
    client, _ = client_of(box)
    apply(plan_of(writes(events(5))), client)

    def cut(content: bytes) -> bytes:
        body = json.loads(content)
        body["pages"].pop("next_page", None)
        return json.dumps(body).encode()

    client, _ = client_of(box, rewritten=("/v1/events", cut))
    with pytest.raises(errors.TransportError, match="not fully known"):
        plan_of(writes(events(5)), client)


def test_an_uncertain_row_that_was_rewritten_by_the_provider_is_sent_again(box: Sandbox, tmp_path: Path) -> None:
    """Providers correct titles and drop zones, which is no conflicting change."""
    dying, _ = client_of(box, Fault("drop after", BATCH))
    calls = [event(f"e{n}", summary=f"  Event {n} ", tzid="Europe/Paris") for n in range(3)]
    client, _ = client_of(box)
    plan = plan_of(writes(calls), client)
    with pytest.raises(errors.TransportError):
        apply(plan, dying, journal=tmp_path / "j")
    for entry in box._world.accounts[0].events.values():
        entry.summary = (entry.summary or "").strip()
        if entry.event_id:
            entry.start_tzid = entry.end_tzid = "Etc/UTC"
    assert apply(plan, client, journal=tmp_path / "j")["outcome"].tolist() == ["created"] * 3


def test_a_reply_is_no_change_of_the_event(box: Sandbox) -> None:
    """An attendee who accepts between plan and apply is no conflict."""
    guests = {"attendees": {"invite": [{"email": "bob@example.test"}]}}
    client, _ = client_of(box)
    apply(plan_of(writes([event("a", **guests)])), client)
    plan = plan_of(writes([event("a", summary="new", **guests)]), client)
    there = next(entry for entry in box._world.accounts[0].events.values() if entry.event_id == "a")
    there.attendees = [{**entry, "status": "accepted"} for entry in there.attendees]
    assert apply(plan, client)["outcome"].tolist() == ["updated"]


@pytest.mark.parametrize("status", ["202", 202.0])
def test_a_status_in_another_type_is_a_status(box: Sandbox, status: object) -> None:
    """A status that a proxy has made a text or a float is still read."""

    def with_status_type(content: bytes) -> bytes:
        return json.dumps({"batch": [{**entry, "status": status} for entry in json.loads(content)["batch"]]}).encode()

    client, _ = client_of(box, rewritten=("/v1/batch", with_status_type))
    assert apply(plan_of(writes(events(1))), client)["outcome"].tolist() == ["created"]


def test_lone_surrogates_in_responses_are_harmless(box: Sandbox) -> None:
    """Remote events and error messages may hold lone surrogates, which no file takes."""
    client, _ = client_of(box, rewritten=("/v1/events", lambda content: content.replace(b"half X", b"half \\ud83d")))
    client.call("create_event", event("a", summary="half X"))
    plan = plan_of(writes([event("a", summary="whole")]), client)
    assert apply(plan, client)["outcome"].tolist() == ["updated"]
    body = b'{"batch":[{"status":422,"data":{"errors":{"start\\ud83d":[{"key":"key\\ud83d","description":"x"}]}}}]}'
    client, _ = client_of(box, rewritten=("/v1/batch", lambda _: body))
    row = apply(plan_of(writes([event("b")])), client).iloc[0]
    assert row[["outcome", "error_key", "error_field", "message"]].tolist() == ["failed", "key?", "start?", "start?: x"]


def test_unchanged_rows_are_compared_again(box: Sandbox, tmp_path: Path) -> None:
    """A row that was unchanged when planned and has changed since gets an outcome that says so."""
    client, _ = client_of(box)
    apply(plan_of(writes([event("a")]), client), client, journal=tmp_path / "j")
    plan = plan_of(writes([event("a"), event("b")]), client)
    undo(tmp_path / "j", client)
    done = apply(plan, client)
    assert done["outcome"].tolist() == ["not_sent", "created"]
    assert "plan again" in done["message"].iloc[0]


def test_progress_counts_rows(box: Sandbox, capsys: pytest.CaptureFixture[str]) -> None:
    """A bar is shown if asked for, and by default none through a pipe."""
    client, _ = client_of(box)
    apply(plan_of(writes(events(60))), client)
    assert capsys.readouterr().err == ""
    apply(plan_of(writes(events(60))), client, progress=True)
    assert "row" in capsys.readouterr().err


def test_labels_are_kept_in_outcomes(box: Sandbox, tmp_path: Path) -> None:
    """The index of the outcomes is that of the frame, with dtype and names."""
    client, _ = client_of(box)
    frame = pd.DataFrame({"summary": ["A", "B"], "start": pd.to_datetime(["2026-04-01T09:00Z", "2026-04-02T09:00Z"])})
    frame["end"] = frame["start"] + pd.Timedelta("1h")
    for index in (
        pd.Index([1, pd.NA], dtype="Int64", name="n"),
        pd.CategoricalIndex(["x", "y"]),
        pd.MultiIndex.from_tuples([("a", 1), ("b", 2)], names=["p", "q"]),
        pd.DatetimeIndex(["2026-01-01", "2026-01-02"]),
        pd.Index([3, 4], dtype="int32"),
    ):
        done = write_events(client, frame.set_axis(index), calendar=WORK)
        pd.testing.assert_index_equal(done.index, index)
    write_events(client, frame.rename_axis("row"), calendar=HOME, journal=tmp_path / "j")
    assert undo(tmp_path / "j", client).index.names == ["row"]


def test_a_plan_that_was_cut_off_or_changed_is_refused(tmp_path: Path) -> None:
    """A file with fewer rows, or with a call that no plan makes, is refused."""
    path = plan_of(writes(events(5))).save(tmp_path / "p")
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:3]))
    with pytest.raises(errors.FrameError, match="incomplete"):
        load_plan(path)
    evil = lines[1].replace(b'"create_event"', b'"bulk_delete_events"')
    path.write_bytes(b"".join([lines[0], evil, *lines[2:]]))
    with pytest.raises(
        errors.FrameError, match="asks for the call bulk_delete_events, which a plan never makes: plan again"
    ):
        load_plan(path)
    with pytest.raises(FileNotFoundError, match="does not exist"):
        load_plan(tmp_path / "none")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"cronofy_frames": "journal"}, "is no plan"),
        ({"version": 99}, "saved by a newer cronofy_frames: upgrade"),
        ({"kind": "wishes"}, "is no plan"),
        ({"notes": "a note"}, "is no plan"),
        ({"tz": "Mars/Olympus"}, "is no plan"),
        ({"rows": 3}, "incomplete"),
    ],
)
def test_the_first_line_of_a_plan_is_checked(tmp_path: Path, changes: dict[str, object], message: str) -> None:
    """A plan of a newer version is not read half, and another file is no plan."""
    path = plan_of(writes(events(2))).save(tmp_path / "p")
    head, *rows = path.read_bytes().splitlines()
    path.write_bytes(b"\n".join([json.dumps({**json.loads(head), **changes}).encode(), *rows]))
    with pytest.raises(errors.FrameError, match=message):
        load_plan(path)


@pytest.mark.parametrize(
    "changes", [{"action": 1}, {"arguments": []}, {"before": "x"}, {"note": 5}, {"account": 1}, {"call": None}]
)
def test_each_line_of_a_plan_is_checked(tmp_path: Path, changes: dict[str, object]) -> None:
    """A row whose cells have other types, or that has no call, is none that a plan has made."""
    path = plan_of(writes(events(2))).save(tmp_path / "p")
    head, row, last = path.read_bytes().splitlines()
    path.write_bytes(b"\n".join([head, json.dumps({**json.loads(row), **changes}).encode(), last]))
    with pytest.raises(errors.FrameError, match=r"p is no plan|which a plan never makes"):
        load_plan(path)


def test_a_full_disk_says_how_to_continue(box: Sandbox, tmp_path: Path) -> None:
    """Nothing is sent that could not be recorded, and the same journal can continue."""
    client, counted = client_of(box)

    def put(file: int, content: bytes) -> int:
        if counted.batches == 1:
            os.write(file, content[:10])
            raise OSError(errno.ENOSPC, "No space left on device")
        return os.write(file, content)

    plan = plan_of(writes(events(120)))
    with pytest.raises(OSError, match="same journal"):
        apply(plan, client, journal=Journal(tmp_path / "j", put=put))
    assert counted.batches == 1
    assert apply(plan, client, journal=tmp_path / "j")["outcome"].tolist() == ["created"] * 120


def test_a_folder_is_no_journal(box: Sandbox, tmp_path: Path) -> None:
    """A folder in place of a file is refused, with a message that asks for a file."""
    client, _ = client_of(box)
    with pytest.raises(IsADirectoryError, match="give a file"):
        apply(plan_of(writes(events(1))), client, journal=tmp_path)


def test_what_is_no_plan_is_refused(box: Sandbox) -> None:
    """A frame has to be planned first."""
    client, _ = client_of(box)
    with pytest.raises(TypeError, match="plan_events"):
        apply(pd.DataFrame(), client)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="on_conflict"):
        apply(plan_of([]), client, on_conflict="ask")  # type: ignore[arg-type]
