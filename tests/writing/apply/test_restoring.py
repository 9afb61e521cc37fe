"""The arguments of the call that restores an event or period."""

from typing import Any

import pytest

from cronofy_frames.writing.apply.restoring import restoring_arguments
from tests.small import WORK
from tests.writes import event

TIMES = {"start": "2026-03-10T09:00:00Z", "end": "2026-03-10T10:00:00Z"}
BEFORE = {**TIMES, "summary": "Before"}
DELETION = ("delete_event", {"calendar_id": WORK, "event_id": "a"})


def restored(before: dict[str, Any], remote: dict[str, Any] | None = BEFORE, **fields: Any) -> dict[str, Any]:
    """Return what restores an event after a call that set some fields, beside its ids, times and title."""
    arguments = restoring_arguments([("create_event", event("a", **fields))], {**BEFORE, **before}, remote)
    return {name: value for name, value in arguments.items() if name not in event("a")}


def people(*names: str) -> list[dict[str, str]]:
    """Return attendees with these names."""
    return [{"email": f"{name}@example.test", "display_name": name.title()} for name in names]


def emails(*names: str) -> list[dict[str, str]]:
    """Return the addresses of these names."""
    return [{"email": f"{name}@example.test"} for name in names]


def test_ids_times_and_title_are_always_written() -> None:
    """The write needs them, and fields that no call has set stay as they are now."""
    before = {**BEFORE, "description": "old", "location": {"description": "old"}, "attendees": people("ann")}
    arguments = restoring_arguments([("create_event", event("a", url="https://x.test"))], before, before)
    assert arguments == {"calendar_id": WORK, "event_id": "a", **TIMES, "summary": "Before", "url": None}
    assert restoring_arguments([("create_event", event("a"))], {**BEFORE, "summary": None}, before)["summary"] == ""


def test_a_deleted_event_is_restored_with_all_fields() -> None:
    """Whether a call of the plan or somebody else deleted it, everything that was there is written again."""
    before = {
        **BEFORE,
        "description": "Text",
        "location": {"description": "Room"},
        "event_private": True,
        "transparency": "opaque",
        "attendees": people("bob"),
        "recurrence": {"rules": [{"frequency": "daily"}]},
        "conferencing": {"join_url": "https://meet.test/1"},
    }
    expected = {
        "calendar_id": WORK,
        "event_id": "a",
        **TIMES,
        "summary": "Before",
        "description": "Text",
        "location": {"description": "Room"},
        "event_private": True,
        "transparency": "opaque",
        "attendees": {"invite": people("bob")},
        "recurrence": {"rules": [{"frequency": "daily"}]},
        "conferencing": {"profile_id": "explicit", "join_url": "https://meet.test/1"},
    }
    assert restoring_arguments([("create_event", event("a", summary="new"))], before, None) == expected
    assert restoring_arguments([DELETION], before, None) == expected
    recreated = restoring_arguments(
        [DELETION, ("create_event", event("a"))], before, {**BEFORE, "url": "https://x.test"}
    )
    assert recreated == {**expected, "url": None}


@pytest.mark.parametrize(
    ("before", "fields", "expected"),
    [
        ({}, {"description": "new"}, {"description": ""}),
        ({"description": "old"}, {"description": "new"}, {"description": "old"}),
        ({}, {"event_private": True}, {"event_private": False}),
        ({"event_private": True}, {"event_private": False}, {"event_private": True}),
        ({}, {"location": {"description": "new"}}, {"location": None}),
        (
            {"location": {"description": "old"}},
            {"location": {"description": "new"}},
            {"location": {"description": "old"}},
        ),
    ],
)
def test_a_field_that_was_set_gets_its_former_value(
    before: dict[str, Any], fields: dict[str, Any], expected: dict[str, Any]
) -> None:
    """A field that had no value gets an empty one."""
    assert restored(before, **fields) == expected


@pytest.mark.parametrize(
    ("before", "fields", "expected"),
    [
        ({"transparency": "opaque"}, {"transparency": "transparent"}, {"transparency": "opaque"}),
        ({"transparency": "unknown"}, {"transparency": "transparent"}, {}),
        ({}, {"transparency": "transparent"}, {}),
        (
            {"transparency": "opaque"},
            {"extended_transparency": "working_elsewhere"},
            {"extended_transparency": "opaque"},
        ),
        (
            {"transparency": "opaque", "extended_transparency": "tentative"},
            {"extended_transparency": "out_of_office"},
            {"extended_transparency": "tentative"},
        ),
        ({"extended_transparency": "unknown"}, {"extended_transparency": "out_of_office"}, {}),
        ({"transparency": "opaque"}, {"extended_transparency": None}, {}),
    ],
)
def test_a_transparency_is_restored(before: dict[str, Any], fields: dict[str, Any], expected: dict[str, Any]) -> None:
    """An extended one that was not set is written as the plain one; one that reads cannot tell is not written."""
    assert restored(before, **fields) == expected


RULES = {"rules": [{"frequency": "weekly"}]}


@pytest.mark.parametrize(
    ("before", "fields", "expected"),
    [
        ({"recurrence": RULES}, {"recurrence": {"rules": []}}, {"recurrence": RULES}),
        ({}, {"recurrence": RULES}, {"recurrence": {"rules": []}}),
        ({}, {"recurrence": {"rules": []}}, {}),
        ({}, {"recurrence": None}, {}),
    ],
)
def test_a_series_is_restored(before: dict[str, Any], fields: dict[str, Any], expected: dict[str, Any]) -> None:
    """A single event that a call made a series is a single one again."""
    assert restored(before, **fields) == expected


@pytest.mark.parametrize(
    ("before", "remote", "attendees", "expected"),
    [
        # invited by the call: removed, whether the read shows them already or not
        ([], ["bob"], {"invite": emails("bob")}, {"remove": emails("bob")}),
        ([], [], {"invite": emails("bob")}, {"remove": emails("bob")}),
        ([], [], {"invite": [{"email": "BOB@example.test"}]}, {"remove": emails("bob")}),
        # there before and now: neither invited again, which would send mail, nor removed
        (["bob"], ["bob"], {"invite": emails("bob")}, None),
        # removed by the call: invited again, even where the read still shows them
        (["bob"], [], {"invite": [], "remove": emails("bob")}, {"invite": people("bob")}),
        (["bob"], ["bob"], {"invite": [], "remove": emails("bob")}, {"invite": people("bob")}),
        # gone since, though the call did not remove them
        (["bob", "eve"], ["bob"], {"invite": []}, {"invite": people("eve")}),
        # others of today are removed too
        (["bob"], ["bob", "eve"], {"invite": []}, {"remove": emails("eve")}),
    ],
)
def test_attendees_are_restored(
    before: list[str], remote: list[str], attendees: dict[str, Any], expected: dict[str, Any] | None
) -> None:
    """Those of before are invited where they are missing, and all others are removed."""
    now = {**BEFORE, "attendees": people(*remote)}
    fields = restored({"attendees": people(*before)}, now, attendees=attendees)
    assert fields == ({} if expected is None else {"attendees": expected})


JOINED = {"join_url": "https://meet.test/1", "provider_name": "Meet"}
EXPLICIT = {"profile_id": "explicit", "join_url": "https://meet.test/1", "provider_description": "Meet"}


@pytest.mark.parametrize(
    ("before", "remote", "conferencing", "expected"),
    [
        (None, None, {"profile_id": "default"}, {"profile_id": "none"}),  # it may still be in creation
        (None, JOINED, {"profile_id": "default"}, {"profile_id": "none"}),
        (None, JOINED, {"profile_id": "none"}, {"profile_id": "none"}),
        (None, JOINED, {}, {"profile_id": "none"}),
        (None, None, {"profile_id": "none"}, None),
        (None, None, {}, None),
        (JOINED, None, {"profile_id": "none"}, EXPLICIT),
        ({"pending": True}, None, {"profile_id": "default"}, {"profile_id": "none"}),
    ],
)
def test_a_conference_is_restored(before: Any, remote: Any, conferencing: Any, expected: Any) -> None:
    """A former conference keeps its join URL, as an explicit one; where there was none, the new one is ended."""
    fields = restored({"conferencing": before}, {**BEFORE, "conferencing": remote}, conferencing=conferencing)
    assert fields == ({} if expected is None else {"conferencing": expected})


@pytest.mark.parametrize(
    ("read", "fields", "expected"),
    [
        ("2026-03-10", {}, "2026-03-10"),
        ({"time": "2026-03-10T09:00:00Z", "tzid": "Etc/UTC"}, {}, "2026-03-10T09:00:00Z"),
        (
            {"time": "2026-03-10T09:00:00Z", "tzid": "Etc/UTC"},
            {"tzid": "Europe/Paris"},
            {"time": "2026-03-10T09:00:00Z", "tzid": "Etc/UTC"},
        ),
        (
            {"time": "2026-03-10T09:00:00Z", "tzid": "Etc/UTC"},
            {"start": {"time": "2026-03-10T10:00:00+01:00", "tzid": "Europe/Paris"}},
            {"time": "2026-03-10T09:00:00Z", "tzid": "Etc/UTC"},
        ),
        (
            {"time": "2026-03-10T10:00:00+01:00", "tzid": "Europe/Paris"},
            {},
            {"time": "2026-03-10T10:00:00+01:00", "tzid": "Europe/Paris"},
        ),
    ],
)
def test_times_are_written_as_they_were_read(read: Any, fields: dict[str, Any], expected: Any) -> None:
    """Reads give UTC to events without a zone, which is only written back if a call has set another zone."""
    before = {**BEFORE, "start": read, "end": read}
    arguments = restoring_arguments([("create_event", event("a", **fields))], before, before)
    assert (arguments["start"], arguments["end"]) == (expected, expected)


def test_a_period_is_its_id_and_times() -> None:
    """A period has no other fields."""
    calls = [("upsert_available_period", {"available_period_id": "p", **TIMES, "tzid": "Europe/Paris"})]
    assert restoring_arguments(calls, {"start": "2026-03-11", "end": "2026-03-12"}, None) == {
        "available_period_id": "p",
        "start": "2026-03-11",
        "end": "2026-03-12",
    }
