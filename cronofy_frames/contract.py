"""The fields of answers that are read: their types, which are always there, and the values of enumerations.

Sources: docs.cronofy.com and the official SDKs. The fields of rows are those of `schema`; what is here is what a frame
does not need to know. The sandbox takes its enumerations from here, and the live check compares real answers with it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from cronofy_frames.schema import ATTENDEES, AVAILABILITY, MEMBER_STATUSES, Dtype, Table

TRANSPARENCIES = ("opaque", "transparent", "unknown")
EXTENDED_TRANSPARENCIES = ("opaque", "transparent", "working_elsewhere", "tentative", "out_of_office", "unknown")
STATUSES = ("tentative", "confirmed", "cancelled", "unknown")
REPLIES = ("needs_action", "accepted", "declined", "tentative", "unknown")
FREE_BUSY_STATUSES = ("tentative", "busy", "free", "unknown")
PERMISSION_LEVELS = ("sandbox", "unrestricted")
ACCOUNT_TYPES = ("account", "service_account", "application_calendar")
CALENDAR_TYPES = ("resource", "unknown")
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
SYNC_STATUSES = ("active", "pending", "disconnected")
PROVIDERS = ("apple", "cronofy", "exchange", "google", "live_connect", "office365")
SERVICES = ("cronofy", "exchange", "google", "gsuite", "icloud", "office365", "outlook_com")

KINDS: dict[Dtype, tuple[str, ...]] = {
    "text": ("text",),
    "list": ("list", "object"),
    "time": ("time",),
    "moment": ("time", "date", "object"),
    "dated": ("time", "date", "object"),
    "bool": ("boolean",),
    "boolean": ("boolean",),
    "number": ("number", "integer", "numeric text"),
    "integer": ("integer",),
}
"""What a column may be in JSON."""


@dataclass(frozen=True, slots=True)
class AnswerField:
    """One field of an answer.

    Attributes
    ----------
    path
        Its keys with slashes between, as keys may have dots; `[]` stands for each entry of a list.
    kinds
        What it may be in JSON: text, time, date, numeric text, boolean, integer, number, list, object.
    always
        Whether it is there in every answer and never null.
    values
        The values of an enumeration; empty for any.
    unless
        The flag of the same object that lets the field be left out.
    """

    path: str
    kinds: tuple[str, ...] = ("text",)
    always: bool = False
    values: tuple[str, ...] = ()
    unless: str = ""

    @property
    def parent(self) -> str:
        """The path of the object that it is in."""
        return self.path.rpartition("/")[0]


ALWAYS: Mapping[str, tuple[str, ...]] = {
    "events": ("calendar_id", "event_uid", "start", "end"),
    "free_busy": ("calendar_id", "start", "end", "free_busy_status"),
    "calendars": (
        *("provider_name", "profile_id", "calendar_id", "calendar_name"),
        *("calendar_readonly", "calendar_deleted", "calendar_primary", "permission_level"),
    ),
    "profiles": ("provider_name", "profile_id", "profile_connected", "profile_initial_sync_required"),
    "channels": ("channel_id", "callback_url"),
    "resources": ("email", "name"),
    "accessible_calendars": ("calendar_type", "email"),
    "available_periods": ("available_period_id", "start", "end"),
    "availability_rules": ("availability_rule_id", "tzid", "weekly_periods"),
    "organizational_unit_members": ("sub",),
    "availability": ("start", "end", "participants"),
    "member_statuses": ("sub", "sync_status"),
}
"""The fields that each row of a table has."""

ENUMERATIONS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "events": {
        "status": STATUSES,
        "transparency": TRANSPARENCIES,
        "extended_transparency": EXTENDED_TRANSPARENCIES,
        "participation_status": REPLIES,
        "attendees[]/status": REPLIES,
    },
    "free_busy": {"free_busy_status": FREE_BUSY_STATUSES},
    "calendars": {"provider_name": PROVIDERS, "provider_service": SERVICES, "permission_level": PERMISSION_LEVELS},
    "profiles": {"provider_name": PROVIDERS, "provider_service": SERVICES},
    "accessible_calendars": {"calendar_type": CALENDAR_TYPES},
    "availability_rules": {"weekly_periods[]/day": DAYS},
    "member_statuses": {"sync_status": SYNC_STATUSES},
}

NAMED_LATER = {"events": ("calendar_name", "provider_name"), "free_busy": ("calendar_name",)}
"""Columns that no answer has: they come from the list of calendars."""

MORE_FIELDS: Mapping[str, tuple[AnswerField, ...]] = {
    "events": (
        AnswerField("recurrence", ("object",)),
        AnswerField("series_master", ("object",)),
        AnswerField("conferencing/pending", ("boolean",)),
    ),
    "free_busy": (AnswerField("deleted", ("boolean",)),),
}
"""Fields of rows that frames do not have."""

_PROFILE = "cronofy.data/profiles[]"
_CALENDAR = f"{_PROFILE}/profile_calendars[]"

BODIES: Mapping[str, tuple[AnswerField, ...]] = {
    "user_info": (
        AnswerField("sub", always=True),
        *(AnswerField(name) for name in ("email", "name", "zoneinfo", "application_calendar_id")),
        AnswerField("cronofy.type", always=True, values=ACCOUNT_TYPES),
        AnswerField("cronofy.data", ("object",), always=True),
        AnswerField("cronofy.data/authorization", ("object",), always=True),
        AnswerField("cronofy.data/authorization/scope", always=True),
        AnswerField("cronofy.data/authorization/status", always=True, values=("active",)),
        AnswerField("cronofy.data/authorization/delegated_scope"),
        AnswerField("cronofy.data/service_account", ("object",)),
        AnswerField("cronofy.data/application_calendar", ("object",)),
        AnswerField("cronofy.data/conferencing_profiles", ("list",)),
        AnswerField("cronofy.data/profiles", ("list",)),
        AnswerField(_PROFILE, ("object",)),
        AnswerField(f"{_PROFILE}/provider_name", always=True, values=PROVIDERS),
        AnswerField(f"{_PROFILE}/provider_service", values=SERVICES),
        AnswerField(f"{_PROFILE}/profile_id", always=True),
        *(AnswerField(f"{_PROFILE}/{name}") for name in ("profile_name", "profile_relink_url")),
        AnswerField(f"{_PROFILE}/profile_connected", ("boolean",), always=True),
        AnswerField(f"{_PROFILE}/profile_initial_sync_required", ("boolean",), always=True),
        AnswerField(f"{_PROFILE}/profile_calendars", ("list",), always=True),
        AnswerField(_CALENDAR, ("object",)),
        *(AnswerField(f"{_CALENDAR}/{name}", always=True) for name in ("calendar_id", "calendar_name")),
        *(
            AnswerField(f"{_CALENDAR}/calendar_{name}", ("boolean",), always=name in ("readonly", "deleted", "primary"))
            for name in ("readonly", "deleted", "primary", "integrated_conferencing_available", "attachments_available")
        ),
        AnswerField(f"{_CALENDAR}/permission_level", always=True, values=PERMISSION_LEVELS),
    ),
    "account_information": (
        AnswerField("account", ("object",), always=True),
        AnswerField("account/account_id", always=True),
        *(AnswerField(f"account/{name}") for name in ("email", "name", "default_tzid", "scope", "type")),
    ),
    "read_availability_rule": (
        AnswerField("availability_rule", ("object",), always=True),
        AnswerField("availability_rule/availability_rule_id", always=True),
        AnswerField("availability_rule/tzid", always=True),
        AnswerField("availability_rule/calendar_ids", ("list",)),
        AnswerField("availability_rule/weekly_periods", ("list",), always=True),
    ),
    "list_calendars": (AnswerField("sub"),),
}
"""The fields of answers, or of lists beside their rows."""

LISTS: Mapping[str, Mapping[str, Table]] = {
    "availability": {
        "available_periods": AVAILABILITY,
        "available_slots": AVAILABILITY,
        "member_statuses": MEMBER_STATUSES,
    },
}
"""The lists in answers that have several, of which none need be there."""

PAGES = (
    AnswerField("pages", ("object",), always=True),
    AnswerField("pages/current", ("integer",), always=True),
    AnswerField("pages/total", ("integer",), always=True),
    AnswerField("pages/next_page"),
)


def fields_of(
    name: str, rows: str | None = None, table: Table | None = None, *, paged: bool = False
) -> list[AnswerField]:
    """Return the fields of the answers of an endpoint.

    Parameters
    ----------
    name
        The endpoint's name.
    rows, table, paged
        The key of its list, the columns of a row, and whether it comes in pages, as the table of endpoints has them.
    """
    fields = [*BODIES.get(name, ()), *(PAGES if paged else ())]
    if rows is not None and table is not None:
        fields += _list_fields(rows, table, always=True)
    for key, other in LISTS.get(name, {}).items():
        fields += _list_fields(key, other, always=False)
    return fields


def _list_fields(rows: str, table: Table, *, always: bool) -> Iterator[AnswerField]:
    """Yield the fields of a list of rows, with the list itself."""
    yield AnswerField(rows, ("list",), always)
    yield AnswerField(f"{rows}[]", ("object",))
    for field in _row_fields(table):
        yield AnswerField(f"{rows}[]/{field.path}", field.kinds, field.always, field.values, field.unless)


def _row_fields(table: Table) -> Iterator[AnswerField]:
    """Yield the fields of a row, and the objects and lists that they are in."""
    kinds: dict[str, tuple[str, ...]] = {}
    for column in table.columns:
        if column.name in NAMED_LATER.get(table.name, ()):
            continue
        for path in filter(None, (column.path, column.was)):
            kinds.setdefault(_row_path(path, table), KINDS[column.dtype])
        if column.dtype == "moment":
            kinds[f"{_row_path(column.path, table)}/time"] = ("time", "date")
    if "attendees" in kinds:
        kinds |= {f"attendees[]/{column.path}": KINDS[column.dtype] for column in ATTENDEES.columns[-3:]}
    kinds |= {field.path: field.kinds for field in MORE_FIELDS.get(table.name, ())}
    for path in tuple(kinds):
        for parent in _parents(path):
            kinds.setdefault(parent, ("object",) if parent.endswith("[]") or f"{parent}[]" not in path else ("list",))
    enumerations, always = ENUMERATIONS.get(table.name, {}), ALWAYS.get(table.name, ())
    for path, allowed in kinds.items():
        unless = "deleted" if table.name == "events" and path in ("start", "end") else ""
        yield AnswerField(path, allowed, path in always, enumerations.get(path, ()), unless)


def _row_path(path: str, table: Table) -> str:
    """Return the path of a column with slashes; the list that makes rows of its own is in the answer still."""
    keys = path.split(".")
    if table.unrolled and keys[0] == table.unrolled:
        keys[0] += "[]"
    return "/".join(keys)


def _parents(path: str) -> Iterator[str]:
    """Yield the paths of the objects and lists that a path is in."""
    while path := path.rpartition("/")[0]:
        yield path
        if path.endswith("[]"):
            yield path.removesuffix("[]")
