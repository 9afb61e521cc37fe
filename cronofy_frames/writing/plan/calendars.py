"""Which account and which calendar each row goes to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from cronofy_frames.frames.accounts import Clients
from cronofy_frames.frames.reading import read_calendars
from cronofy_frames.sheets.problems import Problems, is_missing, quoted
from cronofy_frames.wire.client import Client
from cronofy_frames.wire.endpoint import OMITTED
from cronofy_frames.writing.plan.accounts import clients_of
from cronofy_frames.writing.plan.cell_parsers import Cells, Unfit, said_text
from cronofy_frames.writing.plan.fields import Body, cells_of, noting, said
from cronofy_frames.writing.plan.start_end import first_of


class Account:
    """One account that rows go to, and its calendars.

    Parameters
    ----------
    client
        Its client; it is asked once for who it is, and once for its calendars.
    """

    def __init__(self, client: Client) -> None:
        self.client = client
        self.info: dict[str, Any] = client.user_info()
        self._listed: dict[str, dict[str, Any]] | None = None
        self._found: dict[str, str | Unfit] = {}

    @property
    def calendars(self) -> dict[str, dict[str, Any]]:
        """Its calendars by their ids; what is not known of one is None."""
        if self._listed is None:
            rows = read_calendars(self.client).to_dict("records")
            plain = [{str(name): None if is_missing(one) else one for name, one in row.items()} for row in rows]
            self._listed = {str(row["calendar_id"]): row for row in plain}
        return self._listed

    def calendar(self, wanted: str) -> str:
        """Return the id of the calendar with this id or name.

        Raises
        ------
        Unfit
            For one that is not there, or that takes no writes.
        """
        if wanted not in self._found:
            try:
                self._found[wanted] = self._writable(wanted)
            except Unfit as error:
                self._found[wanted] = error
        found = self._found[wanted]
        if isinstance(found, Unfit):
            raise found
        return found

    def _writable(self, wanted: str) -> str:
        calendar = self.calendars.get(wanted) or self._named(wanted)
        if calendar["calendar_deleted"]:
            raise Unfit("a calendar that was not deleted", wanted)
        if calendar["calendar_readonly"]:
            raise Unfit("a calendar that can be written to: this one is read-only", wanted)
        if calendar["profile_id"] in self._disconnected():
            raise Unfit(f"a calendar of a connected profile: {calendar['profile_name']} has to be linked again", wanted)
        return str(calendar["calendar_id"])

    def _named(self, name: str) -> dict[str, Any]:
        called = [one for one in self.calendars.values() if one["calendar_name"] == name]
        alive = [one for one in called if not one["calendar_deleted"]]
        if len(alive) > 1:
            ids = ", ".join(f"{one['calendar_id']} ({one['profile_name']})" for one in alive)
            raise Unfit(f"the id of a calendar, as {len(alive)} have this name: {ids}", name)
        if not called:
            names = sorted({one["calendar_name"] for one in self.calendars.values() if not one["calendar_deleted"]})
            raise Unfit(f"the name or id of a calendar, such as {', '.join(names[:10])}", name)
        return (alive or called)[0]

    def _disconnected(self) -> set[str]:
        profiles = (self.info.get("cronofy.data") or {}).get("profiles") or []
        return {one["profile_id"] for one in profiles if one.get("profile_connected") is False}

    @property
    def invites(self) -> bool:
        """Whether it can invite people; an application's own calendar cannot."""
        return self.info.get("cronofy.type") != "application_calendar"

    @property
    def conferencing(self) -> set[str] | None:
        """The ids of its conferencing profiles; None where it does not say."""
        listed = (self.info.get("cronofy.data") or {}).get("conferencing_profiles")
        return {one.get("profile_id") for one in listed} if isinstance(listed, list) else None


class Accounts:
    """The accounts that a sheet goes to, each asked when a row first needs it.

    Parameters
    ----------
    client
        A client, or a mapping label -> client.
    """

    def __init__(self, client: Clients) -> None:
        self.several = isinstance(client, Mapping)
        self.clients = clients_of(client)
        self._asked: dict[str | None, Account] = {}

    def __getitem__(self, label: str | None) -> Account:
        if label not in self._asked:
            self._asked[label] = Account(self.clients[label])
        return self._asked[label]

    def made_for(self, labels: set[str | None]) -> dict[str, Any]:
        """Return which application and whose accounts a plan is for, without any secret."""
        known = {self.clients[label].client_id for label in labels} - {None}
        return {
            "application": known.pop() if len(known) == 1 else None,
            "accounts": {label or "": self[label].info["sub"] for label in sorted(labels, key=str)},
        }


@dataclass(slots=True)
class Places:
    """Where each row goes; None where that is not known.

    Attributes
    ----------
    labels
        The labels of the accounts; None with a single client.
    ids
        The ids of the calendars.
    """

    labels: Cells
    ids: Cells


def read_labels(frame: pd.DataFrame, accounts: Accounts | None, problems: Problems) -> Cells:
    """Return the account of each row; rows of accounts that nobody has a client for are problems."""
    if accounts is not None and not accounts.several:
        return np.full(len(frame), None, object)
    if "account" not in frame.columns:
        if accounts is not None and len(frame):
            problems.add_column("account", "a column account, as client= is a mapping", "no such column")
        return np.full(len(frame), None, object)

    def read(value: Any) -> Any:
        label = said_text(value)
        if accounts is not None and label is not OMITTED and label not in accounts.clients:
            raise Unfit(f"one of {', '.join(map(str, accounts.clients))}, the labels of client=")
        return label

    labels = cells_of(frame["account"], read, noting(problems, "account"))
    labels[labels == OMITTED] = None
    if accounts is not None:
        problems.add_cells(pd.isna(labels), "account", "an account", lambda at: frame["account"].iloc[at])
    return labels


def read_places(frame: pd.DataFrame, calendar: str | None, accounts: Accounts | None, problems: Problems) -> Places:
    """Return where each row goes: its calendar_id, else its calendar or calendar_name, else `calendar`."""
    if calendar is not None and not isinstance(calendar, str):
        raise TypeError(f"calendar= is a calendar's id or name, a text; not {calendar!r}.")
    labels = read_labels(frame, accounts, problems)
    named = {name: _texts(frame, name, problems) for name in ("calendar_id", "calendar", "calendar_name")}
    wanted = first_of(*named.values())
    nowhere = pd.isna(wanted)
    ids = wanted if accounts is None else _looked_up(named, wanted, labels, accounts, problems)
    if accounts is None:
        _refuse_names(named, problems)
    if calendar is not None:
        known = _defaults(calendar, labels, accounts, problems)
        ids[nowhere] = [known.get(label) for label in labels[nowhere].tolist()]
    elif nowhere.any():
        _note_nowhere(frame, nowhere, problems)
    return Places(labels, ids)


def _note_nowhere(frame: pd.DataFrame, nowhere: Any, problems: Problems) -> None:
    words = "a calendar: give calendar=, or a column calendar_id or calendar"
    column = next((name for name in ("calendar_id", "calendar", "calendar_name") if name in frame.columns), None)
    if column is None:
        problems.add_column("calendar", words, "no such column")
    else:
        problems.add_cells(nowhere, column, words, lambda at: frame[column].iloc[at])


def _texts(frame: pd.DataFrame, name: str, problems: Problems) -> Cells:
    if name not in frame.columns:
        return np.full(len(frame), None, object)
    cells = cells_of(frame[name], said_text, noting(problems, name))
    cells[cells == OMITTED] = None
    return cells


def is_id(text: str) -> bool:
    """Return whether a text is a calendar's id and no name."""
    return text.startswith("cal_")


def _refuse_names(named: dict[str, Cells], problems: Problems) -> None:
    """Without a client nothing can be looked up; ids are taken as they are."""
    known = ~pd.isna(named["calendar_id"])
    for name in ("calendar", "calendar_name"):
        rows = ~known & ~pd.isna(named[name])
        if names := sorted({one for one in named[name][rows] if not is_id(one)}):
            problems.add_column(name, "the id of a calendar, or client= to look up its name", quoted(names[0]))
        known |= rows


def _looked_up(named: dict[str, Cells], wanted: Cells, labels: Cells, accounts: Accounts, problems: Problems) -> Cells:
    ids = np.full(len(wanted), None, object)
    columns = list(named)
    for at in np.flatnonzero(~pd.isna(wanted) & ~problems.closed).tolist():
        label = labels[at]
        if label is None and accounts.several:
            continue
        try:
            ids[at] = accounts[label].calendar(wanted[at])
        except Unfit as error:
            column = next(name for name in columns if named[name][at] is not None)
            problems.add_cell(at, column, error.expected, error.came)
    return ids


def _defaults(
    calendar: str, labels: Cells, accounts: Accounts | None, problems: Problems
) -> dict[str | None, str | None]:
    """Return the id of `calendar` in each account."""
    if accounts is None:
        if not is_id(calendar):
            problems.add_column("calendar", "the id of a calendar, or client= to look up its name", quoted(calendar))
        return dict.fromkeys(labels.tolist(), calendar)
    known: dict[str | None, str | None] = {}
    for label in sorted({*labels.tolist()} - ({None} if accounts.several else set()), key=str):
        try:
            known[label] = accounts[label].calendar(calendar)
        except Unfit as error:
            where = f" in the account {label}" if label else ""
            problems.add_column("calendar", f"{error.expected}{where}", quoted(calendar))
    return known


def check_abilities(accounts: Accounts, body: Body, places: Places, problems: Problems) -> None:
    """Note what an account or a calendar cannot do, as far as it says so itself."""
    for at in np.flatnonzero(said(body.get("attendees"), problems) & ~problems.bad).tolist():
        if not accounts[places.labels[at]].invites:
            problems.add_cell(at, "attendees", "no people: an application's own calendar cannot invite any", "people")
    for at in np.flatnonzero(said(body.get("conferencing"), problems) & ~problems.bad).tolist():
        account, profile = accounts[places.labels[at]], body["conferencing"][at]["profile_id"]
        calendar = account.calendars[places.ids[at]]
        known = account.conferencing
        if profile == "integrated" and calendar["calendar_integrated_conferencing_available"] is False:
            words = "another conference: this calendar has none of its own"
            problems.add_cell(at, "conferencing_profile_id", words, profile)
        elif (
            profile not in ("default", "integrated", "none", "explicit") and known is not None and profile not in known
        ):
            words = "default, integrated, none, explicit, or a conferencing profile of the account"
            problems.add_cell(at, "conferencing_profile_id", words, profile)
