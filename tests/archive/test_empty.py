"""Answers of an archive without rows: they have the columns, dtypes and `attrs` of those with rows."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import cronofy_frames as cf
from tests.archiving import Office, office
from tests.small import WORK

Ask = Callable[..., pd.DataFrame]

QUESTIONS: dict[str, Ask] = {
    "events": lambda archive, **more: archive.events(**more),
    "changes": lambda archive, **more: archive.changes(**more),
    "free_busy": lambda archive, **more: archive.free_busy(**more),
    "coverage": lambda archive, **more: archive.coverage(**more),
    "calendars": lambda archive, **more: archive.calendars(**more),
}
OF_CALENDARS = ("events", "free_busy", "coverage")
OLD = {"start": "2001-01-01", "end": "2001-01-02"}


@pytest.fixture(scope="module", params=["a single client", "a mapping"])
def full(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """An archive with events and changes, of one client or of a mapping."""
    with office(tmp_path_factory.mktemp("full")) as team:
        clients: Any = team.client if request.param == "a single client" else {"ann": team.client}
        team.archive.sync(clients)
        team.clock.move(hours=1)
        team.add("made", days=1)
        team.archive.sync(clients)
        yield team


def assert_shape(frame: pd.DataFrame, expected: pd.DataFrame) -> None:
    """Check that a frame has no rows, and the columns, dtypes and kinds of provenance of another."""
    assert len(frame) == 0
    assert frame.dtypes.to_dict() == expected.dtypes.to_dict()
    assert list(frame.columns) == list(expected.columns)
    assert set(frame.attrs.get("cronofy", {})) == set(expected.attrs.get("cronofy", {}))


@pytest.mark.parametrize("question", QUESTIONS)
def test_no_account_has_the_columns_of_some(full: Office, question: str) -> None:
    """A list of labels may turn out to be empty."""
    ask = QUESTIONS[question]
    assert len(ask(full.archive)) > 0
    assert_shape(ask(full.archive, account=[]), ask(full.archive))


@pytest.mark.parametrize("question", ["events", "changes", "free_busy"])
def test_a_time_without_events_has_the_columns_of_others(full: Office, question: str) -> None:
    """Whatever the window is."""
    ask = QUESTIONS[question]
    assert_shape(ask(full.archive, **OLD), ask(full.archive))


@pytest.mark.parametrize("question", OF_CALENDARS)
@pytest.mark.parametrize("more", [{"calendars": []}, {"calendars": [], "account": []}, {"calendars": WORK, **OLD}])
def test_calendars_without_events_have_the_columns_of_others(full: Office, question: str, more: dict[str, Any]) -> None:
    """A filter by calendars of no rows is no rows."""
    ask = QUESTIONS[question]
    frame = ask(full.archive, **more)
    if question == "coverage" and "start" in more:
        assert frame["known"].tolist() == [False]
        frame = frame[:0]
    assert_shape(frame, ask(full.archive))


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_new_archive_has_the_columns_of_a_single_client(tmp_path: Path, full: Office, question: str) -> None:
    """Nothing says yet that it will be of several."""
    expected = QUESTIONS[question](full.archive).drop(columns="account", errors="ignore")
    expected.attrs["cronofy"] = {name: None for name in expected.attrs.get("cronofy", {}) if name != "accounts"}
    assert_shape(QUESTIONS[question](cf.Archive(tmp_path / "new")), expected)


def test_tables_and_accounts_of_a_new_archive_have_their_columns(tmp_path: Path, full: Office) -> None:
    """In SQL too."""
    new = cf.Archive(tmp_path / "new")
    assert_shape(new.accounts(), full.archive.accounts())
    for table in ("events", "versions", "accounts", "calendars", "coverage"):
        expected = full.archive.sql(f"from {table}")
        assert len(expected) > 0
        assert list(new.sql(f"from {table}").columns) == list(expected.columns)


@pytest.mark.parametrize("question", OF_CALENDARS)
def test_a_calendar_of_a_new_archive_is_a_question(tmp_path: Path, question: str) -> None:
    """Nothing is known of it, so that no rows could be a wrong name as well."""
    with pytest.raises(ValueError, match=r"'Work' cannot be used as a calendar: .* sync"):
        QUESTIONS[question](cf.Archive(tmp_path / "new"), calendars="Work")
