"""The columns of a frame that become fields of an event, and how their cells are parsed.

A missing cell sets nothing, so the field keeps its remote value. What a blank text means depends on the column: it
empties a description, removes a URL, and sets nothing elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from cronofy_frames import schema
from cronofy_frames.sheets.problems import Mask, Problems, is_missing, python_cell
from cronofy_frames.wire.endpoint import OMITTED
from cronofy_frames.writing.plan import cell_parsers
from cronofy_frames.writing.plan.cell_parsers import Cells, InvalidCellError, Parser, unless_blank
from cronofy_frames.writing.plan.people import NoAddressError, parse_people


@dataclass(frozen=True, slots=True)
class Field:
    """A column: the path of its field on the wire, with dots inside objects, and the parser of its cells."""

    column: str
    path: str
    parser: Parser


FIELDS = (
    Field("summary", "summary", cell_parsers.text_parser(cell_parsers.LONGEST_SUMMARY)),
    Field("description", "description", cell_parsers.text_parser(cell_parsers.LONGEST_DESCRIPTION)),
    Field("location_description", "location.description", cell_parsers.parse_text),
    Field("location_lat", "location.lat", cell_parsers.degrees_parser(90)),
    Field("location_long", "location.long", cell_parsers.degrees_parser(180)),
    Field("url", "url", cell_parsers.parse_removable_url),
    Field("reminders", "reminders", cell_parsers.parse_reminders),
    Field("reminders_create_only", "reminders_create_only", cell_parsers.parse_boolean),
    Field("transparency", "transparency", cell_parsers.choice_parser(cell_parsers.TRANSPARENCIES)),
    Field(
        "extended_transparency",
        "extended_transparency",
        cell_parsers.choice_parser(cell_parsers.EXTENDED_TRANSPARENCIES),
    ),
    Field("event_private", "event_private", cell_parsers.parse_boolean),
    Field("color", "color", cell_parsers.parse_color),
    Field("attendees", "attendees.invite", unless_blank(parse_people)),
    Field("attendees_remove", "attendees.remove", unless_blank(parse_people)),
    Field("conferencing_profile_id", "conferencing.profile_id", cell_parsers.parse_nonblank_text),
    Field(
        "conferencing_provider_description",
        "conferencing.provider_description",
        cell_parsers.parse_nonblank_text,
    ),
    Field("conferencing_join_url", "conferencing.join_url", cell_parsers.parse_nonblank_text),
    Field("meeting_agent", "meeting_agent.profile_id", cell_parsers.parse_meeting_agent),
    Field("meeting_agent_display_name", "meeting_agent.display_name", cell_parsers.parse_nonblank_text),
    Field("subscriptions", "subscriptions", unless_blank(cell_parsers.parse_subscriptions)),
    Field("recurrence", "recurrence", unless_blank(cell_parsers.parse_recurrence)),
    Field("attachments", "attachments", unless_blank(cell_parsers.parse_attachments)),
    Field("tags", "tags", unless_blank(cell_parsers.parse_any_json)),
    Field("event_classes", "event_classes", unless_blank(cell_parsers.parse_any_json)),
    Field("locale", "locale", cell_parsers.parse_locale),
)

# columns that are used elsewhere in a plan, or that reads, plans and outcomes add
_OTHER_COLUMNS = (
    *("all_day", "tzid", "calendar", "account", "options_update", "options_delete", "available_period_id"),
    *("action", "changes", "note", "outcome", "status", "error_key", "error_field", "message", "batch"),
)
KNOWN_COLUMNS = frozenset(
    [
        *(field.column for field in FIELDS),
        *_OTHER_COLUMNS,
        *(name for table in (schema.EVENTS, schema.CALENDARS, schema.AVAILABLE_PERIODS) for name in table.names),
    ]
)

Body = dict[str, Cells]
"""The value of each field of the wire in each row; `OMITTED` if the row does not set it."""


def parse_column(
    column: pd.Series[Any],
    parser: Parser,
    on_invalid: Callable[[int, InvalidCellError, Any], None],
    *,
    rows: Mask | None = None,
) -> Cells:
    """Return the parsed cells of a column; `OMITTED` for missing and for invalid cells.

    Parameters
    ----------
    column
        Cells of any dtype; equal cells are parsed once.
    parser
        Parses one cell.
    on_invalid
        Called for each invalid cell with its position, the error and the cell.
    rows
        The rows to parse; all by default.
    """
    codes, cells = _distinct_cells(column)
    values = np.full(len(cells) + 1, OMITTED, object)
    errors: dict[int, InvalidCellError] = {}
    for code, cell in enumerate(cells):
        try:
            values[code] = parser(cell)
        except InvalidCellError as error:
            errors[code] = error
    if errors:
        invalid = np.isin(codes, list(errors))
        for position in np.flatnonzero(invalid if rows is None else invalid & rows).tolist():
            cell_error, cell = errors[codes[position]], cells[codes[position]]
            on_invalid(position, cell_error, cell if cell_error.actual is OMITTED else cell_error.actual)
    result: Cells = values[codes]
    if rows is not None:
        result[~rows] = OMITTED
    return result


def _distinct_cells(column: pd.Series[Any]) -> tuple[Any, list[Any]]:
    """Return a code for each cell, -1 for a missing one, and the cells that the codes stand for."""
    if column.dtype != object:
        try:
            codes, distinct = pd.factorize(column)
            return codes, [python_cell(cell) for cell in distinct]
        except (TypeError, ValueError, NotImplementedError):
            column = column.astype(object)
    # cells of mixed types get a code each: True and 1 would be equal, and lists have no hash
    codes = np.full(len(column), -1)
    cells: list[Any] = []
    for position, cell in enumerate(column.array):
        if not is_missing(cell):
            codes[position] = len(cells)
            cells.append(python_cell(cell))
    return codes, cells


def problem_recorder(problems: Problems, column: str) -> Callable[[int, InvalidCellError, Any], None]:
    """Return an `on_invalid` for `parse_column` that adds a problem."""
    return lambda position, error, actual: problems.add_cell(position, column, error.expected, actual)


def people_recorder(problems: Problems, column: str) -> Callable[[int, InvalidCellError, Any], None]:
    """Return an `on_invalid` that says how to leave the columns of the file out, for people without an address."""
    headers = ", ".join(f'"{header}": None' for header in problems.headers.get(column, ()))
    advice = f", or columns={{{headers}}} in read_sheet to leave them out" if headers else ""

    def record(position: int, error: InvalidCellError, actual: Any) -> None:
        expected = error.expected + (advice if isinstance(error, NoAddressError) else "")
        problems.add_cell(position, column, expected, actual)

    return record


def read_fields(frame: pd.DataFrame, problems: Problems) -> Body:
    """Parse all columns that become fields of an event, and check fields that depend on each other."""
    by_path: dict[str, Cells] = {}  # by wire path, such as location.lat
    for field in FIELDS:
        if field.column in frame.columns:
            recorder = (people_recorder if field.path.startswith("attendees.") else problem_recorder)(
                problems, field.column
            )
            by_path[field.path] = parse_column(frame[field.column], field.parser, recorder)
    _merge_location(frame, by_path, problems)
    _merge_attendees(by_path, problems)
    _merge_conferencing(by_path, problems)
    _merge_meeting_agent(by_path, problems)
    return {name: cells for name, cells in by_path.items() if "." not in name}


def _merge_location(frame: pd.DataFrame, by_path: dict[str, Cells], problems: Problems) -> None:
    """Join the location columns; a latitude without longitude, or a longitude without latitude, is a problem."""
    names = [name for name in ("description", "lat", "long") if f"location.{name}" in by_path]
    if not names:
        return
    for name, other in (("lat", "long"), ("long", "lat")):
        present, missing = (is_set(by_path.get(f"location.{part}"), len(frame)) for part in (name, other))
        column = f"location_{other}"
        for position in np.flatnonzero(present & ~missing).tolist():
            cell = frame[column].iloc[position] if column in frame.columns else None
            problems.add_cell(position, column, "latitude and longitude, or neither", cell)
    by_path["location"] = merged_parts({name: by_path[f"location.{name}"] for name in names})


def _merge_attendees(by_path: dict[str, Cells], problems: Problems) -> None:
    """Join the columns attendees and attendees_remove; a person in both is a problem."""
    names = [name for name in ("invite", "remove") if f"attendees.{name}" in by_path]
    if len(names) == 2:
        both = (by_path["attendees.invite"] != OMITTED) & (by_path["attendees.remove"] != OMITTED)
        for position in np.flatnonzero(both).tolist():
            invited = {person["email"].casefold() for person in by_path["attendees.invite"][position]}
            for person in by_path["attendees.remove"][position]:
                if person["email"].casefold() in invited:
                    expected = "only people that attendees does not list"
                    problems.add_cell(position, "attendees_remove", expected, person["email"])
    if names:
        by_path["attendees"] = merged_parts({name: by_path[f"attendees.{name}"] for name in names})


def _merge_conferencing(by_path: dict[str, Cells], problems: Problems) -> None:
    """Build the conference of each row; a join URL without a profile comes from a read and is not sent."""
    if "conferencing.profile_id" not in by_path:
        return
    profiles = by_path["conferencing.profile_id"]
    nothing = np.full(len(profiles), OMITTED, object)
    names, urls = (by_path.get(f"conferencing.{name}", nothing) for name in ("provider_description", "join_url"))
    conferences = nothing.copy()
    for position in np.flatnonzero(profiles != OMITTED).tolist():
        conference = {"profile_id": profiles[position]}
        if conference["profile_id"] == "explicit":
            conference |= {} if names[position] is OMITTED else {"provider_description": names[position]}
            conference |= _explicit_join_url(position, urls[position], problems)
        conferences[position] = conference
    by_path["conferencing"] = conferences


def _merge_meeting_agent(by_path: dict[str, Cells], problems: Problems) -> None:
    """Join the columns of meeting agents; an agent needs a conference, and a name needs an agent."""
    names = [name for name in ("profile_id", "display_name") if f"meeting_agent.{name}" in by_path]
    if not names:
        return
    agents = merged_parts({name: by_path[f"meeting_agent.{name}"] for name in names})
    conferences = by_path.get("conferencing", np.full(len(agents), OMITTED, object))
    for position in np.flatnonzero(agents != OMITTED).tolist():
        agent, conference = agents[position], conferences[position]
        if "profile_id" not in agent:
            problems.add_cell(position, "meeting_agent", "yes, because meeting_agent_display_name has a name", None)
        elif agent["profile_id"] == "cronofy" and conference is not OMITTED and conference["profile_id"] == "none":
            expected = "no, because conferencing_profile_id is none and an agent joins an online meeting"
            problems.add_cell(position, "meeting_agent", expected, "cronofy")
    by_path["meeting_agent"] = agents


def _explicit_join_url(position: int, url: Any, problems: Problems) -> dict[str, str]:
    try:
        return {"join_url": cell_parsers.parse_url(url)}
    except InvalidCellError as error:
        expected = f"{error.expected}, because conferencing_profile_id is explicit"
        problems.add_cell(position, "conferencing_join_url", expected, None if url is OMITTED else url)
        return {}


def is_set(cells: Cells | None, count: int) -> Mask:
    """Return which of `count` rows set a field; None stands for a field without a column."""
    return np.zeros(count, np.bool_) if cells is None else cells != OMITTED


def merged_parts(parts: Body) -> Cells:
    """Return an object for each row with the parts that it sets; `OMITTED` if it sets none."""
    columns = [(name, cells.tolist()) for name, cells in parts.items()]
    count = len(columns[0][1])
    objects = np.full(count, OMITTED, object)
    for position in range(count):
        fields = {name: cells[position] for name, cells in columns if cells[position] is not OMITTED}
        if fields:
            objects[position] = fields
    return objects
