"""The reads of a live check: everything that may be read of an account; nothing is written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from cronofy_frames.contract import fields_of
from cronofy_frames.diagnostics.live.answers import AnswerReader, Read
from cronofy_frames.diagnostics.live.comparison import Comparison
from cronofy_frames.diagnostics.live.paging import paging_differences
from cronofy_frames.diagnostics.live.report import LiveReport
from cronofy_frames.wire.client import Client

EVERYTHING = {"tzid": "Etc/UTC", "include_managed": True, "include_deleted": True}
PLAIN_READS = (
    *("account_information", "profile_information", "list_calendars", "list_notification_channels"),
    *("list_availability_rules",),
)
NOT_A_TOKEN = "cronofy-frames-live-check"


def check_account(client: Client, *, unauthorized: Client | None = None) -> LiveReport:
    """Read all that may be read of an account, and compare it with the contract.

    Parameters
    ----------
    client
        The account's client.
    unauthorized
        A client without valid credentials, to see how it is refused.

    Returns
    -------
    LiveReport
        What differs, and what was seen of the sandbox's assumptions; no text of the account.
    """
    reader = AnswerReader(client)
    by_question = dict(_reads(reader, client))
    if unauthorized is not None:
        by_question["unauthorized"] = AnswerReader(unauthorized).read("user_info")
    comparison = Comparison()
    for read in reader.reads:
        _compare(comparison, read)
    return LiveReport.of(reader, comparison, by_question, client)


def _compare(comparison: Comparison, read: Read) -> None:
    endpoint = read.call.endpoint
    fields = fields_of(endpoint.name, endpoint.rows, endpoint.table, paged=endpoint.paged)
    for answer in read.answers:
        if answer.status == 200:
            comparison.add(endpoint.route, answer.body, fields)
        else:
            comparison.add_texts(answer.body)
    comparison.differences.update(paging_differences(read))


def _reads(reader: AnswerReader, client: Client) -> Iterator[tuple[str, Read]]:
    """Send all reads, and yield them with a name for those that answer a question."""
    yield "user_info", reader.read("user_info")
    for name in PLAIN_READS:
        yield name, reader.read(name)
    yield from _event_reads(reader, client.clock().astimezone(UTC))
    yield from _dependent_reads(reader)
    if client.client_secret:
        yield "members", reader.read("list_organizational_unit_members")
    yield from _availability_reads(reader, client.clock().astimezone(UTC))


def _event_reads(reader: AnswerReader, now: datetime) -> Iterator[tuple[str, Read]]:
    yield "events", reader.read("read_events", **EVERYTHING, include_geo=True, google_event_ids=True)
    yield "events localized", reader.read("read_events", **EVERYTHING, localized_times=True)
    yield "free_busy", reader.read("free_busy", **EVERYTHING, include_ids=True, include_free=True)
    yield "free_busy plain", reader.read("free_busy", tzid="Etc/UTC")
    yield "periods", reader.read("list_available_periods", tzid="Etc/UTC")
    later = (now + timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    yield "empty", reader.read("read_events", tzid="Etc/UTC", last_modified=later)
    yield "past window", reader.read("read_events", tzid="Etc/UTC", **{"from": _day(now, -60)})
    yield "future window", reader.read("read_events", tzid="Etc/UTC", to=_day(now, 230))
    api = reader.api
    yield "unknown page", reader.read("read_events", next_page=f"{api}/v1/events/pages/{NOT_A_TOKEN}")


def _dependent_reads(reader: AnswerReader) -> Iterator[tuple[str, Read]]:
    """Send the reads that need an id from an earlier answer."""
    for profile_id in _ids(reader, "profile_information", "profile_id")[:3]:
        yield "accessible calendars", reader.read("list_accessible_calendars", profile_id=profile_id)
    for rule_id in _ids(reader, "list_availability_rules", "availability_rule_id")[:1]:
        yield "rule", reader.read("read_availability_rule", availability_rule_id=rule_id)
    if _own(reader, "cronofy.type") == "service_account":
        yield "resources", reader.read("list_resources")


def _availability_reads(reader: AnswerReader, now: datetime) -> Iterator[tuple[str, Read]]:
    """Send queries of availability, of which those beyond an assumed limit show whether it is one."""
    sub = _own(reader, "sub")
    if not isinstance(sub, str):
        return
    usual = {
        "participants": [{"members": [{"sub": sub}], "required": "all"}],
        "required_duration": {"minutes": 30},
        "query_periods": [_period(now, 1, 2)],
        "include_member_statuses": True,
    }
    for name, more in _beyond_limits(now).items():
        yield name, reader.read("availability", **{**usual, **more})


def _beyond_limits(now: datetime) -> Mapping[str, dict[str, Any]]:
    short = [_period(now + timedelta(hours=2 * n), 1, 1, minutes=60) for n in range(51)]
    return {
        "availability": {},
        "most days": {"query_periods": [_period(now, 1, 37)]},
        "most periods": {"query_periods": short},
        "longest duration": {"required_duration": {"minutes": 1441}},
        "start interval": {"start_interval": {"minutes": 25}, "response_format": "slots"},
        "most results": {"max_results": 513},
    }


def _period(now: datetime, first: int, last: int, *, minutes: int = 0) -> dict[str, str]:
    start = now.replace(minute=0, second=0, microsecond=0) + timedelta(days=first)
    end = start + timedelta(days=last - first, minutes=minutes)
    return {"start": start.strftime("%Y-%m-%dT%H:%M:%SZ"), "end": end.strftime("%Y-%m-%dT%H:%M:%SZ")}


def _day(now: datetime, days: int) -> str:
    return (now + timedelta(days=days)).date().isoformat()


def _own(reader: AnswerReader, key: str) -> Any:
    first = reader.reads[0].first
    return first.body.get(key) if first is not None and isinstance(first.body, dict) else None


def _ids(reader: AnswerReader, name: str, key: str) -> list[str]:
    reads = [read for read in reader.reads if read.call.endpoint.name == name]
    return [row[key] for read in reads for row in read.rows if isinstance(row.get(key), str)]
