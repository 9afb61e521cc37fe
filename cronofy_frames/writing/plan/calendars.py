"""The account and the calendar that each row goes to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from cronofy_frames.frames.accounts import Clients, clients_by_label
from cronofy_frames.frames.calendars import CalendarRow, NoSuchCalendar, find_calendar, is_calendar_id, list_calendars
from cronofy_frames.sheets.problems import Mask, Problems, quote_cell
from cronofy_frames.wire.client import Client
from cronofy_frames.wire.endpoint import OMITTED
from cronofy_frames.writing.plan.accounts import accounts_record, sub_of
from cronofy_frames.writing.plan.cell_parsers import Cells, InvalidCellError, parse_nonblank_text
from cronofy_frames.writing.plan.fields import Body, is_set, parse_column, problem_recorder
from cronofy_frames.writing.plan.start_end import first_present

COLUMNS = ("calendar_id", "calendar", "calendar_name")
"""Columns that name a calendar; the first that has a value counts."""

_ID_EXPECTED = "the id of a calendar, or client= to look up its name"


class TargetAccount:
    """One account that rows go to, with its calendars.

    Parameters
    ----------
    client
        Its client. User information is read when this is made, calendars when they are first needed.
    """

    def __init__(self, client: Client) -> None:
        self.client = client
        self.info: dict[str, Any] = client.user_info()
        sub_of(self.info)
        self._calendars: dict[str, CalendarRow] | None = None
        self._ids: dict[str, str | InvalidCellError] = {}

    @property
    def calendars(self) -> dict[str, CalendarRow]:
        """Its calendars by their ids."""
        if self._calendars is None:
            self._calendars = {str(row["calendar_id"]): row for row in list_calendars(self.client)}
        return self._calendars

    def calendar_id(self, name: str) -> str:
        """Return the id of the calendar with this id or name.

        Raises
        ------
        InvalidCell
            There is no such calendar, or it cannot be written to.
        """
        if name not in self._ids:
            try:
                self._ids[name] = self._writable_id(name)
            except InvalidCellError as error:
                self._ids[name] = error
        result = self._ids[name]
        if isinstance(result, InvalidCellError):
            raise result
        return result

    def _writable_id(self, name: str) -> str:
        try:
            calendar = find_calendar(self.calendars.values(), name)
        except NoSuchCalendar as error:
            raise InvalidCellError(error.expected, name) from None
        if calendar["calendar_deleted"]:
            raise InvalidCellError("a calendar that was not deleted", name)
        if calendar["calendar_readonly"]:
            raise InvalidCellError("a calendar that can be written to; this one is read-only", name)
        if calendar["profile_id"] in self._disconnected_profiles():
            profile = calendar["profile_name"]
            raise InvalidCellError(f"a calendar of a connected profile; {profile} has to be linked again", name)
        return str(calendar["calendar_id"])

    def _disconnected_profiles(self) -> set[str]:
        profiles = (self.info.get("cronofy.data") or {}).get("profiles") or []
        return {profile["profile_id"] for profile in profiles if profile.get("profile_connected") is False}

    @property
    def can_invite(self) -> bool:
        """Whether it can invite people; an application calendar cannot."""
        return self.info.get("cronofy.type") != "application_calendar"

    @property
    def conferencing_profiles(self) -> set[str] | None:
        """The ids of its conferencing profiles; None if the account does not list them."""
        profiles = (self.info.get("cronofy.data") or {}).get("conferencing_profiles")
        return {profile.get("profile_id") for profile in profiles} if isinstance(profiles, list) else None


class TargetAccounts:
    """The accounts that the rows of a frame go to; each is read when a row first needs it.

    Parameters
    ----------
    client
        A client, or a mapping label -> client.
    """

    def __init__(self, client: Clients) -> None:
        self.several = isinstance(client, Mapping)
        self.clients = clients_by_label(client)
        self._accounts: dict[str | None, TargetAccount] = {}

    def __getitem__(self, label: str | None) -> TargetAccount:
        if label not in self._accounts:
            self._accounts[label] = TargetAccount(self.clients[label])
        return self._accounts[label]

    def made_for(self, labels: set[str | None]) -> dict[str, Any]:
        """Return the application and the accounts that a plan is for, without any secret."""
        ordered = sorted(labels, key=str)
        return accounts_record(
            [self.clients[label] for label in ordered], {label: self[label].info["sub"] for label in ordered}
        )


@dataclass(slots=True)
class Destinations:
    """The account and the calendar of each row; None where they are not known.

    Attributes
    ----------
    accounts
        The labels of the accounts; None with a single client.
    calendar_ids
        The ids of the calendars.
    """

    accounts: Cells
    calendar_ids: Cells


# accounts


def read_account_labels(frame: pd.DataFrame, accounts: TargetAccounts | None, problems: Problems) -> Cells:
    """Return the label of each row's account; a label without a client is a problem."""
    if accounts is not None and not accounts.several:
        return np.full(len(frame), None, object)
    if "account" not in frame.columns:
        if accounts is not None and len(frame):
            problems.add_column("account", "a column account, because client= is a mapping", "no such column")
        return np.full(len(frame), None, object)

    def parse(value: Any) -> Any:
        label = parse_nonblank_text(value)
        if accounts is not None and label is not OMITTED and label not in accounts.clients:
            raise InvalidCellError(f"one of the labels of client=: {', '.join(map(str, accounts.clients))}")
        return label

    labels = _read_texts(frame, "account", problems, parse)
    if accounts is not None:
        problems.add_cells(pd.isna(labels), "account", "an account", lambda position: frame["account"].iloc[position])
    return labels


def _read_texts(frame: pd.DataFrame, name: str, problems: Problems, parser: Any = parse_nonblank_text) -> Cells:
    """Return the texts of a column; None where there is none."""
    if name not in frame.columns:
        return np.full(len(frame), None, object)
    cells = parse_column(frame[name], parser, problem_recorder(problems, name))
    cells[cells == OMITTED] = None
    return cells


# calendars


def read_destinations(
    frame: pd.DataFrame, calendar: str | None, accounts: TargetAccounts | None, problems: Problems
) -> Destinations:
    """Return the destination of each row: its calendar_id, else its calendar or calendar_name, else `calendar`."""
    if calendar is not None and not isinstance(calendar, str):
        raise TypeError(f"calendar= is the id or name of a calendar, a text; not {calendar!r}.")
    labels = read_account_labels(frame, accounts, problems)
    columns = {name: _read_texts(frame, name, problems) for name in COLUMNS}
    names = first_present(*columns.values())
    if accounts is None:
        _report_names_without_client(columns, problems)
        ids = names.copy()
    else:
        ids = _look_up(columns, names, labels, accounts, problems)
    unnamed = pd.isna(names)
    if calendar is not None:
        defaults = _look_up_default(calendar, labels, accounts, problems)
        ids[unnamed] = [defaults.get(label) for label in labels[unnamed].tolist()]
    elif unnamed.any():
        _report_missing_calendars(frame, unnamed, problems)
    return Destinations(labels, ids)


def _report_missing_calendars(frame: pd.DataFrame, unnamed: Mask, problems: Problems) -> None:
    """Add a problem for each row without a calendar."""
    expected = "a calendar: give calendar=, or a column calendar_id or calendar"
    column = next((name for name in COLUMNS if name in frame.columns), None)
    if column is None:
        problems.add_column("calendar", expected, "no such column")
    else:
        problems.add_cells(unnamed, column, expected, lambda position: frame[column].iloc[position])


def _report_names_without_client(columns: Mapping[str, Cells], problems: Problems) -> None:
    """Add a problem for each column with names of calendars: without a client they cannot be looked up."""
    decided = ~pd.isna(columns["calendar_id"])
    for column in ("calendar", "calendar_name"):
        rows = ~decided & ~pd.isna(columns[column])
        names = sorted({text for text in columns[column][rows] if not is_calendar_id(text)})
        if names:
            problems.add_column(column, _ID_EXPECTED, quote_cell(names[0]))
        decided |= rows


def _look_up(
    columns: Mapping[str, Cells], names: Cells, labels: Cells, accounts: TargetAccounts, problems: Problems
) -> Cells:
    """Return the calendar ids of rows that name a calendar."""
    ids = np.full(len(names), None, object)
    for position in np.flatnonzero(~pd.isna(names) & ~problems.silenced).tolist():
        label = labels[position]
        if label is None and accounts.several:
            continue
        try:
            ids[position] = accounts[label].calendar_id(names[position])
        except InvalidCellError as error:
            column = next(column for column in COLUMNS if columns[column][position] is not None)
            problems.add_cell(position, column, error.expected, error.actual)
    return ids


def _look_up_default(
    calendar: str, labels: Cells, accounts: TargetAccounts | None, problems: Problems
) -> dict[str | None, str | None]:
    """Return the id of `calendar` in each account."""
    if accounts is None:
        if not is_calendar_id(calendar):
            problems.add_column("calendar", _ID_EXPECTED, quote_cell(calendar))
        return dict.fromkeys(labels.tolist(), calendar)
    ids: dict[str | None, str | None] = {}
    for label in sorted({*labels.tolist()} - ({None} if accounts.several else set()), key=str):
        try:
            ids[label] = accounts[label].calendar_id(calendar)
        except InvalidCellError as error:
            where = f" in the account {label}" if label else ""
            problems.add_column("calendar", f"{error.expected}{where}", quote_cell(calendar))
    return ids


# fields that an account or a calendar does not support


def report_unsupported_fields(
    frame: pd.DataFrame, accounts: TargetAccounts, body: Body, destinations: Destinations, problems: Problems
) -> None:
    """Add a problem for each row with attendees or conferencing that its account or calendar does not support."""
    for position in np.flatnonzero(is_set(body.get("attendees"), len(frame)) & ~problems.bad).tolist():
        if not accounts[destinations.accounts[position]].can_invite:
            expected = "no attendees: an application calendar cannot invite people"
            problems.add_cell(position, "attendees", expected, frame["attendees"].iloc[position])
    for position in np.flatnonzero(is_set(body.get("conferencing"), len(frame)) & ~problems.bad).tolist():
        account, profile = accounts[destinations.accounts[position]], body["conferencing"][position]["profile_id"]
        calendar = account.calendars[destinations.calendar_ids[position]]
        if (problem := expected_conferencing_profile(account, calendar, profile)) is not None:
            problems.add_cell(position, "conferencing_profile_id", problem, profile)


def expected_conferencing_profile(account: TargetAccount, calendar: Mapping[str, Any], profile: str) -> str | None:
    """Return what conferencing_profile_id should be; None if the account and the calendar support its value."""
    if profile == "integrated":
        available = calendar["calendar_integrated_conferencing_available"] is not False
        return None if available else "another profile: this calendar has no conferencing of its own"
    profiles = account.conferencing_profiles
    if profile in ("default", "none", "explicit") or profiles is None or profile in profiles:
        return None
    return "default, integrated, none, explicit, or a conferencing profile of the account"
