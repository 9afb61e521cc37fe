"""Undo: what a journal records is undone."""

import random
from pathlib import Path
from typing import Any

import pytest

from cronofy_frames import errors
from cronofy_frames.sandbox import Sandbox
from cronofy_frames.wire.client import Client
from cronofy_frames.wire.faults import Fault
from cronofy_frames.writing.apply.applying import apply
from cronofy_frames.writing.apply.journal import Journal
from cronofy_frames.writing.apply.restoring import restoring_arguments
from cronofy_frames.writing.apply.undoing import undo
from cronofy_frames.writing.plan.plans import Plan, Step
from tests.small import HOME, WORK, small_box
from tests.writes import client_of, event, events, managed_events, plan_of, remote_events, writes

BATCH = "POST /v1/batch"

RICH = {
    "description": "Bring slides",
    "location": {"description": "Room 1", "lat": "51.5", "long": "-0.12"},
    "url": "https://example.test/a",
    "transparency": "transparent",
    "event_private": True,
    "tzid": "Europe/Paris",
    "attendees": {"invite": [{"email": "bob@example.test", "display_name": "Bob"}]},
    "conferencing": {
        "profile_id": "explicit",
        "provider_description": "Ours",
        "join_url": "https://meet.example.test/1",
    },
}


def deletion(event_id: str) -> tuple[str, dict[str, Any]]:
    """Return the call that deletes an event in the work calendar."""
    return "delete_event", {"calendar_id": WORK, "event_id": event_id}


def test_created_events_are_deleted_and_others_restored(box: Sandbox, tmp_path: Path) -> None:
    """The calendar is as it was, field by field."""
    client, _ = client_of(box)
    apply(
        plan_of(writes([event("a", **RICH), event("b", **RICH), event("day", start="2026-03-12", end="2026-03-14")])),
        client,
    )
    before = remote_events(client)
    changed = {
        "summary": "New",
        "location": {"description": "Room 2"},
        "attendees": {"remove": [{"email": "bob@example.test"}]},
    }
    calls = [
        *writes([event("a", **changed), event("c", **RICH), event("day", start="2026-03-20", end="2026-03-21")]),
        deletion("b"),
    ]
    done = apply(plan_of(calls, client), client, journal=tmp_path / "j")
    assert done["outcome"].tolist() == ["updated", "created", "updated", "deleted"]
    assert remote_events(client) != before
    undone = undo(tmp_path / "j", client)
    assert undone["outcome"].tolist() == ["updated", "deleted", "updated", "created"]
    assert undone.index.tolist() == done.index.tolist()
    assert remote_events(client) == before


@pytest.mark.parametrize("field", [*RICH, "emptied"])
def test_every_field_is_restored(box: Sandbox, tmp_path: Path, field: str) -> None:
    """For any change of one field, undo restores the former value."""
    client, _ = client_of(box)
    # an event without a zone is returned in Etc/UTC, and a zone is no difference from that
    first = event("a", tzid="America/New_York") if field == "tzid" else event("a")
    second = event("a", **{field: RICH.get(field)})
    if field == "emptied":
        nothing = {"description": "", "location": None, "url": None, "conferencing": {"profile_id": "none"}}
        first, second = event("a", **RICH), event("a", **nothing, event_private=False, transparency="opaque")
    client.call("create_event", first)
    before = remote_events(client)
    apply(plan_of(writes([second]), client), client, journal=tmp_path / "j")
    assert remote_events(client) != before
    undo(tmp_path / "j", client)
    assert remote_events(client) == before


def test_external_events_are_restored(box: Sandbox, tmp_path: Path) -> None:
    """An external event is restored by its event_uid; one that was deleted cannot be, and its outcome says so."""
    client, _ = client_of(box)
    before = remote_events(client)
    place = {"calendar_id": WORK, "event_uid": "evt_external_review"}
    moved = {"summary": "Moved", "start": "2026-03-06T14:00:00Z", "end": "2026-03-06T15:00:00Z"}
    apply(plan_of([("update_external_event", {**place, **moved})], client), client, journal=tmp_path / "j")
    assert undo(tmp_path / "j", client)["outcome"].tolist() == ["updated"]
    assert remote_events(client) == before
    apply(plan_of([("delete_external_event", place)], client), client, journal=tmp_path / "j")
    undone = undo(tmp_path / "j", client)
    assert undone["outcome"].tolist() == ["not_sent"]
    assert "cannot be created again" in undone["message"].iloc[0]


def test_a_plan_without_a_client_is_undone_as_far_as_known(box: Sandbox, tmp_path: Path) -> None:
    """What it wrote is deleted, with a note that the former state is unknown; what it deleted stays deleted."""
    client, _ = client_of(box)
    client.call("create_event", event("old"))
    done = apply(plan_of([*writes([event("a")]), deletion("old")]), client, journal=tmp_path / "j")
    assert done["outcome"].tolist() == ["created", "deleted"]
    undone = undo(tmp_path / "j", client)
    assert undone["outcome"].tolist() == ["deleted", "not_sent"]
    assert undone["message"].str.contains("without client=").all()
    assert managed_events(client) == {}


def test_all_plans_of_a_journal_are_undone_together(box: Sandbox, tmp_path: Path) -> None:
    """With which="all" the state before the first plan is restored."""
    client, _ = client_of(box)
    client.call("create_event", event("a", summary="first"))
    before = remote_events(client)
    for calls in ([event("a", summary="second"), event("b")], [event("a", summary="third"), event("c")]):
        apply(plan_of(writes(calls), client), client, journal=tmp_path / "j")
    assert undo(tmp_path / "j", client, which="all")["outcome"].tolist() == ["updated", "deleted", "deleted"]
    assert remote_events(client) == before


def test_plans_that_are_undone_together_are_shown_as_the_last(box: Sandbox, tmp_path: Path) -> None:
    """Times are in the zone of the last plan, and the index has the name that it has there."""
    client, _ = client_of(box)
    for key, tz, name in (("a", "Asia/Tokyo", "first"), ("b", "Europe/Paris", "second")):
        steps = plan_of(writes([event(key)]), client).steps()
        apply(Plan(steps, kind="events", tz=tz, names=[name]), client, journal=tmp_path / "j")
    undone = undo(tmp_path / "j", client, which="all")
    assert undone.index.names == ["second"]
    assert str(undone["start"].dtype) == "datetime64[us, Europe/Paris]"
    assert undone["outcome"].tolist() == ["deleted", "deleted"]


def test_an_undo_that_sends_invitations_says_so(box: Sandbox, tmp_path: Path) -> None:
    """Guests who are restored are invited again; a title that is restored invites nobody."""
    client, _ = client_of(box)
    guests = {"invite": [{"email": "bob@example.test"}]}
    for key in ("a", "b"):
        client.call("create_event", event(key, attendees=guests))
    changes = [event("a", attendees={"remove": [{"email": "bob@example.test"}]}), event("b", summary="New")]
    apply(plan_of(writes(changes), client), client, journal=tmp_path / "j")
    messages = undo(tmp_path / "j", client, dry_run=True)["message"].fillna("")
    assert messages.str.contains("are invited again").tolist() == [True, False]


def test_what_was_created_and_then_deleted_stays_deleted(box: Sandbox, tmp_path: Path) -> None:
    """It did not exist before, and it does not exist now."""
    client, _ = client_of(box)
    before = remote_events(client)
    apply(plan_of(writes([event("a")]), client), client, journal=tmp_path / "j")
    apply(plan_of([deletion("a")], client), client, journal=tmp_path / "j")
    assert undo(tmp_path / "j", client, which="all")["outcome"].tolist() == ["unchanged"]
    assert remote_events(client) == before


def test_a_journal_that_was_undone_can_be_used_again(box: Sandbox, tmp_path: Path) -> None:
    """A second undo does nothing; apply writes again, and that can be undone again."""
    client, counted = client_of(box)
    before, plan = remote_events(client), plan_of(writes(events(3)), client)
    for _ in range(2):
        assert apply(plan, client, journal=tmp_path / "j")["outcome"].tolist() == ["created"] * 3
        assert undo(tmp_path / "j", client)["outcome"].tolist() == ["deleted"] * 3
        assert remote_events(client) == before
    sent = counted.batches
    assert len(undo(tmp_path / "j", client)) == 0
    assert counted.batches == sent == 4


def test_an_interrupted_undo_continues(tmp_path: Path) -> None:
    """Its error has the outcomes so far, apply refuses the journal, and the second undo sends only what is left."""
    box = small_box()
    client, _ = client_of(box)
    before, plan = remote_events(client), plan_of(writes(events(120)), client)
    apply(plan, client, journal=tmp_path / "j")
    dying, _ = client_of(box, Fault("drop before", BATCH, set(range(2, 99))))
    with pytest.raises(errors.TransportError, match="same journal") as caught:
        undo(tmp_path / "j", dying)
    assert caught.value.partial["outcome"].value_counts().to_dict() == {"not_sent": 70, "deleted": 50}
    alive, counted = client_of(box)
    with pytest.raises(errors.FrameError, match="did not finish"):
        apply(plan, alive, journal=tmp_path / "j")
    assert undo(tmp_path / "j", alive)["outcome"].tolist() == ["deleted"] * 120
    assert counted.batches == 2
    assert remote_events(client) == before


def test_rows_that_undo_could_not_restore_are_tried_again(tmp_path: Path) -> None:
    """A refused row has the outcome failed, and the next undo sends it again."""
    box = small_box()
    client, _ = client_of(box, Fault("status", "entry DELETE", {1}, status=423))
    apply(plan_of(writes(events(2)), client), client, journal=tmp_path / "j")
    assert undo(tmp_path / "j", client)["outcome"].tolist() == ["failed", "deleted"]
    assert undo(tmp_path / "j", client)["outcome"].tolist() == ["deleted"]
    assert managed_events(client) == {}


@pytest.mark.parametrize(
    ("on_conflict", "outcome", "summary"),
    [("overwrite", "updated", "first"), ("skip", "not_sent", "theirs"), ("fail", "failed", "theirs")],
)
def test_an_event_that_was_changed_since(
    box: Sandbox, tmp_path: Path, on_conflict: Any, outcome: str, summary: str
) -> None:
    """It is left as it is by default, and on_conflict decides otherwise; the journal keeps the overwritten state."""
    client, _ = client_of(box)
    client.call("create_event", event("a", summary="first"))
    apply(plan_of(writes([event("a", summary="second")]), client), client, journal=tmp_path / "j")
    client.call("create_event", event("a", summary="theirs"))
    assert undo(tmp_path / "j", client, on_conflict=on_conflict)["outcome"].tolist() == [outcome]
    assert managed_events(client)["a"]["summary"] == summary
    assert ('"summary":"theirs"' in (tmp_path / "j").read_text()) == (outcome == "updated")


def test_periods_are_undone_too(box: Sandbox, tmp_path: Path) -> None:
    """Available periods are deleted and restored like events."""
    client, _ = client_of(box)
    old = {"available_period_id": "old", "start": "2026-03-10T09:00:00Z", "end": "2026-03-10T10:00:00Z"}
    client.call("upsert_available_period", old)
    before = list(client.list_available_periods())
    moved = {**old, "end": "2026-03-10T12:00:00Z"}
    steps = [("upsert_available_period", moved), ("upsert_available_period", {**old, "available_period_id": "new"})]
    done = apply(plan_of(steps, client), client, journal=tmp_path / "j")
    assert done["outcome"].tolist() == ["updated", "created"]
    assert undo(tmp_path / "j", client)["outcome"].tolist() == ["updated", "deleted"]
    assert list(client.list_available_periods()) == before


def test_each_account_is_undone(tmp_path: Path) -> None:
    """The same ids in two accounts are two events."""
    clients = {"ann": client_of(small_box())[0], "ben": client_of(small_box())[0]}
    clients["ben"].call("create_event", event("a", calendar_id=HOME, summary="Ben's"))
    steps = [
        Step(n, n, "create", label, "create_event", event("a", calendar_id=HOME)) for n, label in enumerate(clients)
    ]
    apply(Plan(steps, kind="events"), clients, journal=tmp_path / "j")
    undone = undo(tmp_path / "j", clients)
    assert (undone["account"].tolist(), undone["outcome"].tolist()) == (["ann", "ben"], ["deleted", "deleted"])
    assert managed_events(clients["ann"]) == managed_events(clients["ben"]) == {}


def test_a_dry_run_says_what_would_be_done(box: Sandbox, tmp_path: Path) -> None:
    """Nothing is sent and nothing is recorded."""
    client, counted = client_of(box)
    apply(plan_of(writes([event("a")]), client), client, journal=tmp_path / "j")
    noted, sent = (tmp_path / "j").read_bytes(), counted.batches
    would = undo(tmp_path / "j", client, dry_run=True)
    assert (would["outcome"].tolist(), would["message"].tolist()) == (["not_sent"], ["would be deleted"])
    assert ((tmp_path / "j").read_bytes(), counted.batches) == (noted, sent)


def test_what_is_no_journal_is_refused(box: Sandbox, tmp_path: Path) -> None:
    """A missing file, another file, and an unknown on_conflict are refused, each with the next step."""
    client, _ = client_of(box)
    with pytest.raises(FileNotFoundError, match="apply"):
        undo(tmp_path / "none", client)
    (tmp_path / "sheet.csv").write_text("summary,start\nA,2026-03-04\n")
    with pytest.raises(errors.FrameError, match="no journal"):
        undo(tmp_path / "sheet.csv", client)
    with pytest.raises(ValueError, match="on_conflict"):
        undo(Journal(tmp_path / "j"), client, on_conflict="ask")  # type: ignore[arg-type]


def test_fields_of_all_plans_are_restored(box: Sandbox, tmp_path: Path) -> None:
    """One plan changed the description, the next the location, a third the title: undo restores all three."""
    client, _ = client_of(box)
    client.call("create_event", event("a", description="D0", location={"description": "L0"}))
    before = remote_events(client)
    for more in ({"description": "D1"}, {"location": {"description": "L1"}}, {"summary": "S3"}):
        apply(plan_of(writes([event("a", **more)]), client), client, journal=tmp_path / "j")
    undo(tmp_path / "j", client, which="all")
    assert remote_events(client) == before


def test_an_event_that_was_deleted_and_created_again_is_restored_whole(box: Sandbox, tmp_path: Path) -> None:
    """The deletion removed every field, whatever was written afterwards."""
    client, _ = client_of(box)
    client.call("create_event", event("a", **RICH))
    before = remote_events(client)
    apply(plan_of([deletion("a")], client), client, journal=tmp_path / "j")
    apply(plan_of(writes([event("a", summary="New")]), client), client, journal=tmp_path / "j")
    undo(tmp_path / "j", client, which="all")
    assert remote_events(client) == before


@pytest.mark.parametrize("fields", [{"recurrence": {"rules": [{"frequency": "daily", "count": 3}]}}])
def test_a_series_becomes_a_single_event_again(box: Sandbox, tmp_path: Path, fields: dict[str, Any]) -> None:
    """Rules that were added are removed."""
    client, _ = client_of(box)
    client.call("create_event", event("a"))
    before = remote_events(client)
    apply(plan_of(writes([event("a", **fields)]), client), client, journal=tmp_path / "j")
    undo(tmp_path / "j", client)
    assert remote_events(client) == before


def test_a_refused_batch_is_not_undone(tmp_path: Path) -> None:
    """Events that existed before under the same ids stay."""
    box = small_box()
    client, _ = client_of(box)
    apply(plan_of(writes(events(3))), client)
    refused, _ = client_of(box, Fault("status", BATCH, status=403))
    done = apply(plan_of(writes([event("e0000", summary="x"), event("e0001")])), refused, journal=tmp_path / "j")
    assert done["outcome"].tolist() == ["failed", "failed"]
    assert len(undo(tmp_path / "j", client)) == 0
    assert len(managed_events(client)) == 3


def test_an_uncertain_row_is_undone_only_if_it_was_written(tmp_path: Path) -> None:
    """Without a response and a former state only an event that looks as it was written is deleted."""
    box = small_box()
    client, _ = client_of(box)
    client.call("create_event", event("e0000", summary="theirs"))
    lost, _ = client_of(box, Fault("drop before", BATCH))
    with pytest.raises(errors.TransportError):
        apply(plan_of(writes(events(2))), lost, journal=tmp_path / "j")
    undone = undo(tmp_path / "j", client)
    assert undone["outcome"].tolist() == ["not_sent", "deleted"]
    assert "may not have been written" in undone["message"].iloc[0]
    assert managed_events(client).keys() == {"e0000"}


def test_a_compared_plan_counts_if_an_earlier_attempt_did_not_arrive(tmp_path: Path) -> None:
    """The second plan was compared with the remote state, and that state is restored."""
    box = small_box()
    client, _ = client_of(box)
    client.call("create_event", event("a", summary="old"))
    before = remote_events(client)
    lost, _ = client_of(box, Fault("drop before", BATCH))
    with pytest.raises(errors.TransportError):
        apply(plan_of(writes([event("a")])), lost, journal=tmp_path / "j")
    assert apply(plan_of(writes([event("a")]), client), client, journal=tmp_path / "j")["outcome"].tolist() == [
        "updated"
    ]
    assert undo(tmp_path / "j", client)["outcome"].tolist() == ["updated"]
    assert remote_events(client) == before


@pytest.mark.parametrize("on_conflict", ["skip", "fail"])
@pytest.mark.parametrize(
    "more", [{"description": "precious"}, {"attendees": {"invite": [{"email": "b@example.test"}]}}]
)
def test_an_addition_counts_as_a_change(box: Sandbox, tmp_path: Path, on_conflict: Any, more: dict[str, Any]) -> None:
    """Fields that the sheet did not set count too, because a deletion would remove them."""
    client, _ = client_of(box)
    apply(plan_of(writes([event("a")]), client), client, journal=tmp_path / "j")
    client.call("create_event", event("a", **more))
    undone = undo(tmp_path / "j", client, on_conflict=on_conflict)
    assert undone["outcome"].tolist() == ["not_sent" if on_conflict == "skip" else "failed"]
    assert managed_events(client).keys() == {"a"}


def test_skipped_rows_end_an_undo(box: Sandbox, tmp_path: Path) -> None:
    """A row that was skipped on purpose does not keep the undo open."""
    client, _ = client_of(box)
    plan = plan_of(writes([event("a"), event("b")]), client)
    apply(plan, client, journal=tmp_path / "j")
    client.call("create_event", event("a", summary="theirs"))
    undo(tmp_path / "j", client, on_conflict="skip")
    assert apply(plan, client, journal=tmp_path / "j", on_conflict="skip")["outcome"].tolist() == ["created"] * 2
    assert managed_events(client)["a"]["summary"] == "theirs"


def test_events_and_periods_in_one_journal(box: Sandbox, tmp_path: Path) -> None:
    """Each has its own id in the outcomes."""
    client, _ = client_of(box)
    period = {"available_period_id": "p", "start": "2026-03-10T09:00:00Z", "end": "2026-03-10T10:00:00Z"}
    apply(plan_of([*writes([event("a")]), ("upsert_available_period", period)], client), client, journal=tmp_path / "j")
    undone = undo(tmp_path / "j", client)
    assert undone["outcome"].tolist() == ["deleted", "deleted"]
    assert undone["event_id"].tolist()[0] == "a"
    assert undone["available_period_id"].tolist()[1] == "p"


def test_the_organizer_is_not_removed() -> None:
    """Providers list the organizer among the attendees."""
    before = {"start": "2026-03-10T09:00:00Z", "end": "2026-03-10T10:00:00Z", "summary": "A"}
    before["organizer"] = {"email": "me@example.test"}  # type: ignore[assignment]
    now = {**before, "attendees": [{"email": "me@example.test"}, {"email": "bob@example.test"}]}
    fields = event("a", attendees={"invite": [{"email": "bob@example.test"}]})
    undone = restoring_arguments([("create_event", fields)], before, now)
    assert undone["attendees"] == {"remove": [{"email": "bob@example.test"}]}
    lagging = restoring_arguments([("create_event", fields)], before, before)
    assert lagging["attendees"] == {"remove": [{"email": "bob@example.test"}]}
    gone = {**before, "attendees": [{"email": "bob@example.test", "display_name": "Bob"}]}
    deleted = [("delete_event", {"calendar_id": WORK, "event_id": "a"})]
    assert restoring_arguments(deleted, gone, gone)["attendees"] == {
        "invite": [{"email": "bob@example.test", "display_name": "Bob"}]
    }


# which plans


def apply_plans(client: Client, journal: Path, *plans: list[dict[str, Any]]) -> list[Any]:
    """Apply several plans of events with one journal; return the remote state before each, and after the last."""
    states = [remote_events(client)]
    for calls in plans:
        apply(plan_of(writes(calls), client), client, journal=journal)
        states.append(remote_events(client))
    return states


def test_each_undo_takes_back_the_plan_before(box: Sandbox, tmp_path: Path) -> None:
    """The first undo restores the state before the last plan, the second the state before that one, and so on."""
    client, _ = client_of(box)
    client.call("create_event", event("a", summary="zero"))
    plans = [[event("a", summary="one"), event("b")], [event("a", summary="two")], [event("b", summary="three")]]
    *states, _last = apply_plans(client, tmp_path / "j", *plans)
    for number, state in zip((3, 2, 1), reversed(states), strict=True):
        undone = undo(tmp_path / "j", client)
        assert undone.attrs["cronofy"]["undoes"] == [number]
        assert remote_events(client) == state
    assert len(undo(tmp_path / "j", client)) == 0


def test_a_plan_is_undone_by_its_number(box: Sandbox, tmp_path: Path) -> None:
    """Only the rows of this plan are undone, numbers stay the same afterwards, and an unknown number is refused."""
    client, _ = client_of(box)
    apply_plans(client, tmp_path / "j", [event("a")], [event("b")], [event("c")])
    assert undo(tmp_path / "j", client, which=2)["event_id"].tolist() == ["b"]
    assert managed_events(client).keys() == {"a", "c"}
    assert len(undo(tmp_path / "j", client, which=2)) == 0
    assert undo(tmp_path / "j", client, which=1)["event_id"].tolist() == ["a"]
    with pytest.raises(errors.FrameError, match="none with the number 4") as caught:
        undo(tmp_path / "j", client, which=4)
    assert "3 of 2026" in str(caught.value)
    assert undo(tmp_path / "j", client)["event_id"].tolist() == ["c"]
    for which in (True, "first", 1.5):
        with pytest.raises(ValueError, match="which is last, all or the number"):
            undo(tmp_path / "j", client, which=which)  # type: ignore[arg-type]


def test_what_a_later_plan_wrote_again_is_left(box: Sandbox, tmp_path: Path) -> None:
    """Undoing an earlier plan by its number would take back the later one as well: the row says which to undo first."""
    client, _ = client_of(box)
    apply_plans(client, tmp_path / "j", [event("a"), event("b")], [event("a", summary="second")])
    undone = undo(tmp_path / "j", client, which=1)
    assert undone["outcome"].tolist() == ["failed", "deleted"]
    assert "plan 2" in undone["message"].iloc[0]
    assert managed_events(client)["a"]["summary"] == "second"
    assert undo(tmp_path / "j", client)["outcome"].tolist() == ["updated"]
    assert undo(tmp_path / "j", client)["outcome"].tolist() == ["deleted"]
    assert managed_events(client) == {}


def test_a_row_that_was_left_can_be_undone_later(box: Sandbox, tmp_path: Path) -> None:
    """The other rows are undone, in whatever order; the journal can be used meanwhile."""
    client, _ = client_of(box)
    apply_plans(client, tmp_path / "j", [event("a"), event("b")])
    client.call("create_event", event("a", summary="theirs"))
    for dry_run in (True, False):
        undone = undo(tmp_path / "j", client, dry_run=dry_run)
        assert undone["outcome"].tolist() == ["failed", "not_sent" if dry_run else "deleted"]
        assert undone["changed_since"].iloc[0] == "summary: 'Event a' -> 'theirs'"
        assert undone["changed_since"].isna().tolist() == [False, True]
    assert managed_events(client).keys() == {"a"}
    assert undo(tmp_path / "j", client)["outcome"].tolist() == ["failed"]
    assert undo(tmp_path / "j", client, on_conflict="overwrite")["outcome"].tolist() == ["deleted"]
    assert managed_events(client) == {}


def test_what_others_deleted_stays_deleted(box: Sandbox, tmp_path: Path) -> None:
    """An event that a plan updated and a person deleted is not created again, unless on_conflict is overwrite."""
    client, _ = client_of(box)
    client.call("create_event", event("a", summary="first"))
    apply_plans(client, tmp_path / "j", [event("a", summary="second")])
    client.call(*deletion("a"))
    undone = undo(tmp_path / "j", client)
    assert (undone["outcome"].tolist(), undone["changed_since"].tolist()) == (["failed"], ["deleted"])
    assert "was deleted since" in undone["message"].iloc[0]
    assert managed_events(client) == {}
    undo(tmp_path / "j", client, on_conflict="overwrite")
    assert managed_events(client)["a"]["summary"] == "first"


def test_a_preview_shows_titles_and_times(box: Sandbox, tmp_path: Path) -> None:
    """As the plan showed them, for what would be deleted and what would be restored."""
    client, _ = client_of(box)
    client.call("create_event", event("a", summary="old"))
    apply_plans(client, tmp_path / "j", [event("a", summary="new"), event("d", start="2026-03-12", end="2026-03-14")])
    would = undo(tmp_path / "j", client, dry_run=True)
    assert would["summary"].tolist() == ["old", "Event d"]
    assert would["start"].dt.strftime("%Y-%m-%d %H:%M").tolist() == ["2026-03-10 09:00", "2026-03-12 00:00"]
    assert would["all_day"].tolist() == [False, True]


def test_a_plan_without_a_client_is_undone_to_the_plan_before(box: Sandbox, tmp_path: Path) -> None:
    """What the second plan replaced is known from the first, and is written again."""
    client, _ = client_of(box)
    for title in ("first", "second"):
        apply(plan_of(writes([event("a", summary=title)])), client, journal=tmp_path / "j")
    undone = undo(tmp_path / "j", client)
    assert undone["outcome"].tolist() == ["updated"]
    assert managed_events(client)["a"]["summary"] == "first"
    undo(tmp_path / "j", client)
    assert managed_events(client) == {}


def test_an_interrupted_undo_of_the_last_plan_continues_with_it(tmp_path: Path) -> None:
    """The repeated undo does not go on to the plan before."""
    box = small_box()
    client, _ = client_of(box)
    apply_plans(client, tmp_path / "j", events(3), [event(f"x{n:03}") for n in range(80)])
    dying, _ = client_of(box, Fault("drop before", BATCH, set(range(2, 99))))
    with pytest.raises(errors.TransportError):
        undo(tmp_path / "j", dying)
    assert undo(tmp_path / "j", client)["outcome"].tolist() == ["deleted"] * 80
    assert managed_events(client).keys() == {"e0000", "e0001", "e0002"}
    assert undo(tmp_path / "j", client)["outcome"].tolist() == ["deleted"] * 3


def test_all_follows_an_interrupted_undo_of_the_last(tmp_path: Path) -> None:
    """Rows that the first undo has deleted are not sent again, and apply can follow."""
    box = small_box()
    client, counted = client_of(box)
    plan = plan_of(writes([event(f"x{n:03}") for n in range(80)]), client)
    apply_plans(client, tmp_path / "j", events(3))
    apply(plan, client, journal=tmp_path / "j")
    dying, _ = client_of(box, Fault("drop before", BATCH, set(range(2, 99))))
    with pytest.raises(errors.TransportError):
        undo(tmp_path / "j", dying)
    sent = counted.batches
    assert undo(tmp_path / "j", client, which="all")["outcome"].tolist() == ["deleted"] * 33
    assert (managed_events(client), counted.batches - sent) == ({}, 1)
    assert apply(plan, client, journal=tmp_path / "j")["outcome"].tolist() == ["created"] * 80


@pytest.mark.parametrize("seed", range(12))
def test_undo_is_the_reverse_of_apply(seed: int, tmp_path: Path) -> None:
    """For random plans over few events, each undo restores the state before the plan that it names."""
    draw = random.Random(seed)
    client, _ = client_of(small_box(rate_limit=False))
    states: list[Any] = []
    for number in range(1, 6):
        names = draw.sample("abcd", draw.randint(1, 4))
        calls = [
            ("create_event", event(name, summary=f"{name}{number}")) if draw.random() < 0.7 else deletion(name)
            for name in names
        ]
        before = remote_events(client)
        done = apply(plan_of(calls, client), client, journal=tmp_path / "j")
        # a plan that changes nothing is not recorded
        states += [] if set(done["outcome"]) == {"unchanged"} else [before]
    while len(undone := undo(tmp_path / "j", client)):
        assert set(undone["outcome"]) <= {"created", "updated", "deleted", "unchanged"}
        (number,) = undone.attrs["cronofy"]["undoes"]
        assert remote_events(client) == states[number - 1]
    assert managed_events(client) == {}
