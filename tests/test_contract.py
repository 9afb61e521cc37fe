"""The contract of answers as data: it fits the columns of frames, and the table of endpoints."""

import pytest

from cronofy_frames import schema
from cronofy_frames.contract import ALWAYS, ENUMERATIONS, MORE_FIELDS, NAMED_LATER, fields_of
from cronofy_frames.schema import EVENTS
from cronofy_frames.wire import api
from cronofy_frames.wire.endpoint import ENDPOINTS

assert api.Api  # fills the table of endpoints
LISTS = [row for row in ENDPOINTS.values() if row.rows and row.table]
TABLES = {table.name: table for table in vars(schema).values() if isinstance(table, schema.Table)}


@pytest.mark.parametrize("name", [row.name for row in LISTS])
def test_each_column_of_a_list_is_a_field(name: str) -> None:
    """With its objects and lists above it, each once; those that come from the list of calendars are not."""
    row = ENDPOINTS[name]
    assert row.table is not None
    paths = [field.path for field in fields_of(name, row.rows, row.table, paged=row.paged)]
    assert len(paths) == len(set(paths))
    named_later = NAMED_LATER.get(row.table.name, ())
    for column in row.table.columns:
        own = f"{row.rows}[]/{column.path.replace('.', '/')}"
        own = own.replace(f"{row.table.unrolled}/", f"{row.table.unrolled}[]/") if row.table.unrolled else own
        assert (own in paths) is (column.name not in named_later)
    assert {path.rpartition("/")[0] for path in paths} <= {"", *paths}


@pytest.mark.parametrize("rules", [ALWAYS, ENUMERATIONS, MORE_FIELDS])
def test_the_rules_are_of_tables_that_there_are(rules: dict[str, object]) -> None:
    """A misspelt name would be a rule that never holds."""
    assert rules.keys() <= TABLES.keys()


def test_fields_have_the_rules_of_their_path() -> None:
    """Whether they are always there, which values they may have, and what they may be."""
    fields = {field.path: field for field in fields_of("read_events", "events", EVENTS, paged=True)}
    assert fields["events[]/start"].kinds == ("time", "date", "object")
    assert (fields["events[]/start"].always, fields["events[]/start"].unless) == (True, "deleted")
    assert "needs_action" in fields["events[]/attendees[]/status"].values
    assert fields["events[]/event_status"].kinds == ("text",)
    assert fields["pages/next_page"].always is False
