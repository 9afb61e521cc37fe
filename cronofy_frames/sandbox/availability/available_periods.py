"""Route handlers for single available periods.

Pages: docs.cronofy.com/developers/api/scheduling/available-periods/upsert, /read, /delete, /bulk-delete.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from cronofy_frames.sandbox.availability.durations import parse_instant_and_tzid
from cronofy_frames.sandbox.availability.rules import parse_id
from cronofy_frames.sandbox.http.fields import RequestFields
from cronofy_frames.sandbox.http.paging import page_slice, pages_row, stored_page
from cronofy_frames.sandbox.http.routes import Request, Response, handles
from cronofy_frames.sandbox.model.json_rows import wire_time
from cronofy_frames.sandbox.model.state import AvailablePeriod
from cronofy_frames.sandbox.model.times import instant_of, parse_time_or_date, zone_of
from cronofy_frames.zones import ETC_UTC

PAGES_PATH = "/v1/available_periods/pages"


@dataclass(frozen=True, slots=True)
class PeriodsListing:
    """Result of a read, stored so that its pages can be requested."""

    sub: str
    ids: list[str]
    localized: bool
    token_seed: str  # page tokens are derived from it
    path: str = PAGES_PATH


@handles("POST /v1/available_periods", batch=True, note="the time zone of a time without tzid is UTC")
def upsert_available_period(request: Request) -> Response:
    """Create or change a period."""
    fields = request.fields
    available_period_id = parse_id(fields, "available_period_id")
    start, end = (fields.read(name, parse_instant_and_tzid, required=True) for name in ("start", "end"))
    if start is not None and end is not None and end[0] <= start[0]:
        fields.add_error("end", "invalid_time_pair", "end must be after start")
    fields.raise_errors()
    assert available_period_id is not None
    assert start is not None
    assert end is not None
    tzids = (tzid or ETC_UTC for _, tzid in (start, end))
    period = AvailablePeriod(available_period_id, start[0], end[0], *tzids)
    request.account.available_periods[available_period_id] = period
    return Response(202)


@handles(
    "GET /v1/available_periods",
    note="ordered by start, end, id; periods that start before to and end on or after from; tzid defaults to UTC",
)
def read_available_periods(request: Request) -> Response:
    """Return the first page of periods."""
    fields, account, world = request.fields, request.account, request.world
    localized = bool(fields.boolean("localized_times"))
    periods = _select_periods(fields, list(account.available_periods.values()))
    fields.raise_errors()
    ids = [period.available_period_id for period in periods]
    token_seed = world.mint("available periods", account.sub, localized, *ids, world.change_count)
    return _page(request, PeriodsListing(account.sub, ids, localized, token_seed), 1)


@handles("GET /v1/available_periods/pages/{token}", note="tokens do not age; a token of another account is 404")
def read_available_periods_page(request: Request) -> Response:
    """Return a further page of periods."""
    return _page(request, *stored_page(request, PeriodsListing, PAGES_PATH))


@handles("DELETE /v1/available_periods", batch=True, note="an unknown id is accepted")
def delete_available_periods(request: Request) -> Response:
    """Delete one period, or all of them."""
    fields, periods = request.fields, request.account.available_periods
    delete_all = fields.has_value("delete_all")
    if delete_all == fields.has_value("available_period_id"):
        description = "either available_period_id or delete_all must be specified"
        fields.add_error("available_period_id", "required", description)
        fields.raise_errors()
    if delete_all and not fields.boolean("delete_all", default=None) and not fields.errors:
        fields.add_error("delete_all", "must_be_boolean", "delete_all must be true")
    available_period_id = None if delete_all else fields.text("available_period_id", required=True, allow_empty=False)
    fields.raise_errors()
    if delete_all:
        periods.clear()
    else:
        periods.pop(available_period_id or "", None)
    return Response(202)


@handles(
    "DELETE /v1/available_periods/{available_period_id}",
    sureness="our reading",
    note="accepted from the PHP SDK, whose body names no period; an unknown id is accepted",
)
def delete_named_period(request: Request) -> Response:
    """Delete the period that the path names."""
    request.account.available_periods.pop(request.path_args["available_period_id"], None)
    return Response(202)


def _select_periods(fields: RequestFields, periods: list[AvailablePeriod]) -> list[AvailablePeriod]:
    """Return the periods between `from` and `to`, in order."""
    zone = fields.read("tzid", zone_of) or ZoneInfo(ETC_UTC)
    bounds = [fields.read(name, parse_time_or_date) for name in ("from", "to")]
    first, last = (None if bound is None else instant_of(bound, zone) for bound in bounds)
    if first is not None and last is not None and last < first:
        fields.add_error("to", "invalid_time_pair", "to must not be before from")
    selected = [
        period for period in periods if (last is None or period.start < last) and (first is None or period.end >= first)
    ]
    return sorted(selected, key=lambda period: (period.start, period.end, period.available_period_id))


def _page(request: Request, listing: PeriodsListing, number: int) -> Response:
    """Return one page, without periods that were deleted since the read."""
    periods = request.account.available_periods
    ids = page_slice(listing.ids, number, request.world.settings.page_size)
    existing = [periods[period_id] for period_id in ids if period_id in periods]
    rows = [_period_row(period, localized=listing.localized) for period in existing]
    return Response(body={"pages": pages_row(request, listing, number, len(listing.ids)), "available_periods": rows})


def _period_row(period: AvailablePeriod, *, localized: bool) -> dict[str, Any]:
    return {
        "available_period_id": period.available_period_id,
        "start": wire_time(period.start, period.start_tzid, localized=localized),
        "end": wire_time(period.end, period.end_tzid, localized=localized),
    }
