"""The functions that plan the rows of a frame: check each, compare it with the remote state, and return a `Plan`.

A `PlanBuilder` collects problems and notes meanwhile; the finished plan is in `plans`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from cronofy_frames.frames.accounts import Clients
from cronofy_frames.sheets.problems import Mask, Problems
from cronofy_frames.wire.endpoint import OMITTED
from cronofy_frames.writing.plan.calendars import (
    Destinations,
    TargetAccounts,
    read_account_labels,
    read_destinations,
    report_unsupported_fields,
)
from cronofy_frames.writing.plan.cell_parsers import parse_boolean, parse_period_id
from cronofy_frames.writing.plan.comparing import (
    Draft,
    compare,
    expected_event_uid,
    read_remote_by_account,
    report_missing_permission,
)
from cronofy_frames.writing.plan.far_rows import far_row_notes
from cronofy_frames.writing.plan.fields import Body, read_fields
from cronofy_frames.writing.plan.ids import key_columns
from cronofy_frames.writing.plan.plan_builder import PlanBuilder
from cronofy_frames.writing.plan.plans import Plan, Step
from cronofy_frames.writing.plan.remote_state import TARGET_TYPES, Remote, target_of
from cronofy_frames.writing.plan.row_identity import (
    RowIdentities,
    identify_deletions,
    identify_events,
    identify_or_derive,
    report_protected_events,
    report_same_targets,
)
from cronofy_frames.writing.plan.row_notes import with_far_row_notes, with_left_behind_notes
from cronofy_frames.writing.plan.start_end import read_times, zone_of_column
from cronofy_frames.zone_texts import zone_of_text

__all__ = ["plan_available_periods", "plan_deletes", "plan_events"]


def plan_events(
    frame: pd.DataFrame,
    *,
    calendar: str | None = None,
    client: Clients | None = None,
    key: str | Sequence[str] | None = None,
    tz: str | None = None,
    skip_bad: bool = False,
) -> Plan:
    """Plan to write the rows of a frame as events; nothing is sent yet.

    Every row is checked first for everything that Cronofy is known to refuse. A cell with a value sets a field; a
    missing cell (NA) leaves the field as it is. Events are identified by event_id and calendar: the column
    `event_id`, else an id derived from the `key` columns, so that planning the same sheet twice changes nothing. A
    row with the event_uid of an external event, and no event_id, updates that event.

    Source: docs.cronofy.com/developers/api/events/upsert-event.

    Parameters
    ----------
    frame
        A frame of `read_sheet` or `read_events`, or one made by hand: summary, start and end, and any of description,
        all_day, tzid, start_tzid, end_tzid, location_description, location_lat, location_long, url, reminders ("10,
        30"), reminders_create_only, transparency, extended_transparency, event_private, color, attendees ("a@x.org;
        Bob <b@y.org>": the event gets exactly these), attendees_remove, conferencing_profile_id,
        conferencing_provider_description, conferencing_join_url, meeting_agent (yes or no: a bot that records the
        online meeting, BETA), meeting_agent_display_name, subscriptions, recurrence, attachments, tags, event_classes
        (JSON), locale, event_id, event_uid, calendar_id, calendar, account. Other columns are not used.
        Dates, or all_day True, are whole days; the end is the day after the last day.
    calendar
        The id or name of the calendar, for rows that name none.
    client
        Used to compare with the remote state and to look up calendars by name: one client, or a mapping
        label -> client for a frame with a column `account`.
    key
        The columns that tell two events apart; by default summary and start.
    tz
        The zone of wall times without a zone, and the zone of events whose row names none. By default that of the
        column; an event that exists keeps its own.
    skip_bad
        Leave out rows with problems instead of raising.

    Returns
    -------
    Plan
        The plan for `apply`; `Plan.frame` shows it row by row.

    Raises
    ------
    FrameError
        Rows have problems; `.problems` lists all: row, column, expected, came.
    ValueError
        The zone is unknown, two columns have one name, or `key` cannot identify a row.
    ApiError, TransportError
        The remote state cannot be read.

    Examples
    --------
    >>> plan = cf.plan_events(sheet, calendar=primary, client=client)
    >>> plan.counts()
    {'create': 2}
    """
    tz = None if tz is None else zone_of_text(tz)
    key_names = key_columns(key, ("summary", "start"))
    builder = PlanBuilder(frame, client, ("summary", "start", "end"))
    _report_deleted_rows(builder)
    destinations = read_destinations(builder.frame, calendar, builder.accounts, builder.problems)
    times = read_times(builder.frame, builder.problems, tz=tz)
    body = read_fields(builder.frame, builder.problems)
    _report_missing_titles(builder, body)
    identities = identify_events(builder, key_names, times)
    report_same_targets(builder, identities, destinations, key_names)
    if builder.accounts is not None:
        report_unsupported_fields(builder.frame, builder.accounts, body, destinations, builder.problems)
    report_protected_events(builder, identities, "options_update")
    builder.note_columns_and_comparison(body, key_names)
    rows = _PlannedRows(identities, destinations, {**body, **times.event_fields()}, times.zone_assumed)
    steps = _steps(builder, rows, times.tz, skip_bad=skip_bad)
    return builder.plan("events", with_far_row_notes(builder, steps, far_row_notes(times)), times.tz)


def plan_deletes(
    frame: pd.DataFrame, *, calendar: str | None = None, client: Clients | None = None, skip_bad: bool = False
) -> Plan:
    """Plan to delete the events of a frame; nothing is sent yet.

    A row with an event_id deletes an event of this application. A row with the event_uid of an external event, and no
    event_id, deletes that event, which cannot be undone.

    Source: docs.cronofy.com/developers/api/events/delete-event, /delete-external-event.

    Parameters
    ----------
    frame
        Rows with event_id or event_uid, and calendar_id or calendar: a frame of `read_events`, or `Plan.frame()` of
        the plan that created the events.
    calendar
        The id or name of the calendar, for rows that name none.
    client
        Used to read the events, which `undo` needs to restore them: one client, or a mapping label -> client for a
        frame with a column `account`.
    skip_bad
        Leave out rows with problems instead of raising.

    Returns
    -------
    Plan
        The plan for `apply`. Rows whose event does not exist are unchanged.

    Raises
    ------
    FrameError
        Rows have problems; `.problems` lists all.
    ApiError, TransportError
        The remote state cannot be read.

    Examples
    --------
    >>> made = cf.plan_events(sheet, calendar=primary)
    >>> cf.plan_deletes(made.frame()).counts()
    {'delete': 2}
    """
    builder = PlanBuilder(frame, client, ())
    _report_deleted_rows(builder)
    destinations = read_destinations(builder.frame, calendar, builder.accounts, builder.problems)
    identities = identify_deletions(builder)
    report_same_targets(builder, identities, destinations, ())
    report_protected_events(builder, identities, "options_delete")
    if identities.external.any():
        builder.notes.append("deletions of external events cannot be undone")
    tz = zone_of_column(frame, "start")
    rows = _PlannedRows(identities, destinations, {}, np.zeros(len(frame), np.bool_))
    return builder.plan("deletes", _steps(builder, rows, tz, skip_bad=skip_bad), tz)


def plan_available_periods(
    frame: pd.DataFrame,
    *,
    client: Clients | None = None,
    key: str | Sequence[str] | None = None,
    tz: str | None = None,
    skip_bad: bool = False,
) -> Plan:
    """Plan to write the rows of a frame as available periods; nothing is sent yet.

    Source: docs.cronofy.com/developers/api/scheduling/available-periods/upsert.

    Parameters
    ----------
    frame
        Rows with start and end, which are times and not dates; available_period_id, else the id is derived from the
        `key` columns; and any of tzid, start_tzid, end_tzid, account.
    client
        Used to compare with the remote state: one client, or a mapping label -> client for a frame with a column
        `account`.
    key
        The columns that tell two periods apart; by default start and end.
    tz
        The zone of wall times without a zone, and of periods whose row names none; by default that of the column.
    skip_bad
        Leave out rows with problems instead of raising.

    Returns
    -------
    Plan
        The plan for `apply`.

    Raises
    ------
    FrameError
        Rows have problems; `.problems` lists all.
    ValueError
        The zone is unknown, two columns have one name, or `key` cannot identify a row.
    ApiError, TransportError
        The remote state cannot be read.

    Examples
    --------
    >>> cf.plan_available_periods(sheet[["start", "end"]], client=client).counts()
    {'create': 2}
    """
    tz = None if tz is None else zone_of_text(tz)
    key_names = key_columns(key, ("start", "end"))
    builder = PlanBuilder(frame, client, ("start", "end"))
    labels = read_account_labels(builder.frame, builder.accounts, builder.problems)
    destinations = Destinations(labels, np.full(len(frame), "", object))
    times = read_times(builder.frame, builder.problems, tz=tz, timed=True)
    ids = builder.read("available_period_id", parse_period_id)
    external = np.zeros(len(frame), np.bool_)
    identities = identify_or_derive(builder, ids, external, key_names, times, "upsert_available_period")
    report_same_targets(builder, identities, destinations, key_names)
    builder.note_unknown_columns(key_names)
    rows = _PlannedRows(identities, destinations, times.period_fields(), times.zone_assumed)
    return builder.plan("available_periods", _steps(builder, rows, times.tz, skip_bad=skip_bad), times.tz)


def _report_deleted_rows(builder: PlanBuilder) -> None:
    """Add one problem for each deleted row, and silence it: such a row has little more than its ids."""
    deleted = builder.read("deleted", parse_boolean) == True  # noqa: E712 - cell by cell
    builder.problems.add_cells(deleted, "deleted", "an event that was not deleted", builder.cell_getter("deleted"))
    builder.problems.silenced |= deleted


def _report_missing_titles(builder: PlanBuilder, body: Body) -> None:
    """Add a problem for each row without a title."""
    if "summary" in body:
        missing = body["summary"] == OMITTED
        builder.problems.add_cells(missing, "summary", "a title", builder.cell_getter("summary"))


@dataclass(frozen=True, slots=True)
class _PlannedRows:
    """What the rows of a frame ask for.

    Attributes
    ----------
    identities
        The event or period of each row.
    destinations
        The account and calendar of each row.
    body
        The fields that each row sets.
    zone_assumed
        True where neither the row nor tz= names a zone; it is the zone of the column's dtype.
    """

    identities: RowIdentities
    destinations: Destinations
    body: Body
    zone_assumed: Mask


# steps

_ACTIONS = {
    "create_event": "create",
    "delete_event": "delete",
    "update_external_event": "update",
    "delete_external_event": "delete",
    "upsert_available_period": "create",
}
"""The action of each endpoint in a plan that is not compared with the remote state."""

_FIRST_FIELDS = ("summary", "start", "end", "tzid")  # the fields that people look for first


def _steps(builder: PlanBuilder, rows: _PlannedRows, tz: str, *, skip_bad: bool) -> Iterable[Step]:
    """Return the steps of the plan, compared with the remote state if there is a client.

    Raises
    ------
    FrameError
        Rows have problems, and are not to be left out.
    """
    drafts = _drafts(builder, rows)
    if builder.accounts is None:
        builder.raise_problems(skip_bad=skip_bad)
        return (draft.step(_ACTIONS[draft.call]) for draft in drafts)
    if not rows.identities.external.any():
        builder.raise_problems(skip_bad=skip_bad)  # before the calendars are read
    steps = _compare_drafts(builder, builder.accounts, list(drafts), rows.identities, tz)
    builder.raise_problems(skip_bad=skip_bad)  # comparing can find more in external events
    return steps


def _drafts(builder: PlanBuilder, rows: _PlannedRows) -> Iterator[Draft]:
    """Yield the call of each row without problems."""
    identities, destinations = rows.identities, rows.destinations
    first = [name for name in _FIRST_FIELDS if name in rows.body]
    rest = [name for name in rows.body if name not in _FIRST_FIELDS]
    fields = [(name, rows.body[name].tolist()) for name in (*first, *rest)]
    row_labels = list(builder.frame.index)
    for position in np.flatnonzero(~builder.problems.bad).tolist():
        call, calendar_id = identities.calls[position], destinations.calendar_ids[position]
        arguments = {"calendar_id": calendar_id} if calendar_id else {}
        _, id_name = TARGET_TYPES[call]
        arguments[id_name] = identities.ids[position]
        arguments |= {name: cells[position] for name, cells in fields if cells[position] is not OMITTED}
        account, assumed = destinations.accounts[position], bool(rows.zone_assumed[position])
        yield Draft(position, row_labels[position], account, call, arguments, assumed, identities.notes[position])


def _compare_drafts(
    builder: PlanBuilder, accounts: TargetAccounts, drafts: list[Draft], identities: RowIdentities, tz: str
) -> list[Step]:
    """Return the steps of rows compared with the remote state; the rows of external events can get problems."""
    remote_by_account = read_remote_by_account(drafts, accounts)
    steps = []
    for draft in drafts:
        remote = remote_by_account[draft.account].get(target_of(draft.call, draft.arguments))
        step = _compared_step(draft, remote)
        _report_external_event(draft, step, remote, builder.problems)
        if not builder.problems.bad[draft.position]:
            steps.append(step)
    builder.note_invitations(sent=any(step.sends and "attendees" in step.arguments for step in steps))
    return with_left_behind_notes(builder, steps, identities, remote_by_account, tz)


def _compared_step(draft: Draft, remote: Remote | None) -> Step:
    if draft.call.startswith("delete"):
        return draft.step("unchanged" if remote is None else "delete", remote)
    return compare(draft, remote)


def _report_external_event(draft: Draft, step: Step, remote: Remote | None, problems: Problems) -> None:
    """Add a problem if the external event to update does not exist, or one may not be updated or deleted."""
    if draft.call == "update_external_event" and remote is None:
        problems.add_cell(draft.position, "event_uid", expected_event_uid(draft), draft.arguments["event_uid"])
    elif draft.call.endswith("external_event") and remote is not None and step.sends:
        report_missing_permission(draft, remote, problems)
