"""Comparison of rows that were read with what was known."""

from dataclasses import replace
from typing import Any

import msgspec

from cronofy_frames.archive.comparing import CompleteRead, Counts, VersionComparison, end_version
from cronofy_frames.archive.index import Known
from cronofy_frames.archive.rows import Row, rows_of
from cronofy_frames.archive.versions import DELETED, Version

DAY = 86_400_000_000
START = 20_000 * DAY


def rows(*bodies: dict[str, Any]) -> list[Row]:
    """Return rows of an event in a calendar, with these fields."""
    common = {"calendar_id": "cal_1", "start": "2024-10-04T09:00:00Z", "end": "2024-10-04T10:00:00Z"}
    return rows_of(msgspec.json.encode({"events": [{**common, **body} for body in bodies]}))


def known_after(*bodies: dict[str, Any]) -> dict[tuple[str, str], Known]:
    """Return the index after a first read of rows."""
    comparison = VersionComparison({})
    comparison.add(rows(*bodies))
    versions = comparison.versions(START, Counts())
    return {(version.row.calendar_id, version.key): Known.of(version) for version in versions}


def ended(known: dict[tuple[str, str], Known], *bodies: dict[str, Any]) -> list[str]:
    """Return the keys of the events that a read ends."""
    comparison = VersionComparison(known)
    comparison.add(rows(*bodies))
    return [event.key for event, _ in comparison.deleted_events()]


def versions_of(known: dict[tuple[str, str], Known], *bodies: dict[str, Any]) -> list[Version]:
    """Return the versions that a read makes."""
    comparison = VersionComparison(known)
    comparison.add(rows(*bodies))
    return comparison.versions(START + DAY, Counts())


def test_a_tombstone_matches_by_uid_or_by_own_id() -> None:
    """A tombstone has either id, whatever the event had when it was read."""
    both = known_after({"event_uid": "evt_1", "event_id": "order-1"})
    own = known_after({"event_id": "order-1"})
    assert ended(both, {"event_uid": "evt_1", "deleted": True}) == ["evt_1"]
    assert ended(both, {"event_id": "order-1", "deleted": True}) == ["evt_1"]
    assert ended(own, {"event_id": "order-1", "event_uid": "evt_1", "deleted": True}) == ["id:order-1"]
    assert ended(own, {"event_uid": "evt_2", "deleted": True}) == []
    assert ended(both, {"event_uid": "evt_2", "event_id": "order-1", "deleted": True}) == []


def test_a_tombstone_without_anything_else_ends_an_event() -> None:
    """The smallest tombstone has a calendar, an id and no time."""
    known = known_after({"event_uid": "evt_1", "updated": "2024-10-01T09:00:00Z"})
    assert ended(known, {"event_uid": "evt_1", "deleted": True, "start": None, "end": None}) == ["evt_1"]


def test_a_tombstone_of_the_time_before_a_restoration_ends_nothing() -> None:
    """A tombstone that is older than the content that is known, or that came with it, is of the time before."""
    known = known_after({"event_uid": "evt_1", "updated": "2024-10-03T09:00:00Z"})
    old = {"event_uid": "evt_1", "deleted": True, "updated": "2024-10-02T09:00:00Z"}
    new = {"event_uid": "evt_1", "updated": "2024-10-03T09:00:00Z"}
    assert ended(known, old) == []
    assert ended(known, new, old) == []
    assert ended(known, old, new) == []
    assert ended(known, new, {**old, "updated": "2024-10-04T09:00:00Z"}) == ["evt_1"]
    assert ended(known, new, {**new, "deleted": True}) == ["evt_1"]
    assert [version.state for version in versions_of({}, new, old)] == ["open"]


def test_what_was_made_and_deleted_during_a_read_is_no_version() -> None:
    """Its tombstone finds it by either id, also where it was known without a uid."""
    made = {"event_uid": "evt_1", "event_id": "order-1"}
    by_uid, by_id = {"event_uid": "evt_1", "deleted": True}, {"event_id": "order-1", "deleted": True}
    assert versions_of({}, made, by_uid) == versions_of({}, made, by_id) == []
    known = known_after({"event_id": "order-1"})
    assert versions_of(known, made, by_uid) == []
    assert ended(known, made, by_uid) == ["id:order-1"]


def test_what_was_pruned_hides_nothing_else() -> None:
    """An event that ended before the time up to which events were pruned is not new; those after it are."""
    comparison = VersionComparison({}, pruned_before=rows({})[0].end)
    early = {"start": "2024-10-04T08:00:00Z", "end": "2024-10-04T09:00:00Z"}
    comparison.add(rows({"event_uid": "old", **early}, {"event_uid": "new"}))
    counts = Counts()
    assert [version.key for version in comparison.versions(START, counts)] == ["new"]
    assert counts == Counts(new=1)


def test_a_new_event_under_an_old_id_is_another_one() -> None:
    """Where an application deletes an event and writes another one with the same id, the first ends."""
    known = known_after({"event_uid": "evt_1", "event_id": "order-1"})
    again = {"event_uid": "evt_2", "event_id": "order-1"}
    assert ended(known, {"event_uid": "evt_1", "event_id": "order-1", "deleted": True}, again) == ["evt_1"]
    assert [version.key for version in versions_of(known, again)] == ["evt_2"]


def test_an_event_keeps_its_key_when_its_uid_becomes_known() -> None:
    """An event that was read without a uid is the same with one."""
    known = known_after({"event_id": "order-1"})
    versions = versions_of(known, {"event_id": "order-1", "event_uid": "evt_1"})
    assert [version.key for version in versions] == ["id:order-1"]


def test_rows_of_one_read_replace_each_other() -> None:
    """Of several rows of an event, the one that was read last counts."""
    versions = versions_of({}, {"event_uid": "evt_1", "summary": "first"}, {"event_uid": "evt_1", "summary": "last"})
    assert [msgspec.json.decode(version.row.raw)["summary"] for version in versions] == ["last"]


def test_only_events_inside_a_window_can_be_missing() -> None:
    """Events that only touch a window, lack times, or are in another calendar are not missing from it."""
    known = known_after({"event_uid": "evt_1"})
    event = known["cal_1", "evt_1"]
    assert event.start is not None
    window = {"calendar_ids": frozenset({"cal_1"})}

    def missing(other: Known, start: int, end: int) -> int:
        return len(VersionComparison({("cal_1", "evt_1"): other}).missing([CompleteRead(start, end, **window)]))

    start, end = event.start, event.end or 0
    assert missing(event, start - DAY, end + DAY) == 1
    assert missing(event, end, end + DAY) == 0
    assert missing(event, start - DAY, start) == 0
    assert missing(replace(event, start=None), start - DAY, end + DAY) == 0
    assert missing(replace(event, calendar_id="cal_2"), start - DAY, end + DAY) == 0
    whole_day = replace(event, all_day=True, start=START, end=START + DAY)
    assert missing(whole_day, START, START + DAY) == 0
    assert missing(whole_day, START - DAY, START + 2 * DAY) == 1


def test_an_end_has_the_last_content() -> None:
    """The version that ends an event has its last content, and the time that the tombstone claims."""
    known = known_after({"event_uid": "evt_1", "summary": "last"})
    event = known["cal_1", "evt_1"]
    content = rows({"event_uid": "evt_1", "summary": "last"})[0]
    version = end_version(event, content, DELETED, START + DAY, START + 1)
    assert (version.state, version.claimed_at, version.row.raw) == (DELETED, START + 1, content.raw)


def test_of_one_event_that_was_read_twice_the_newest_counts() -> None:
    """Windows that are read at the same time show an event that reaches into both at different times."""
    older = {"event_uid": "evt_1", "summary": "older", "updated": "2024-10-01T09:00:00Z"}
    newer = {"event_uid": "evt_1", "summary": "newer", "updated": "2024-10-01T10:00:00Z"}
    for bodies in ((older, newer), (newer, older)):
        (version,) = versions_of({}, *bodies)
        assert b"newer" in version.row.raw
    same = {**newer, "summary": "read last"}
    (version,) = versions_of({}, newer, same)
    assert b"read last" in version.row.raw
