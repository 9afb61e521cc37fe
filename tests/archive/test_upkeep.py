"""Checks of an archive that depend on the system, and on times of any kind."""

from pathlib import Path
from typing import Any

import pytest

from cronofy_frames.archive.upkeep import permission_problems
from tests.archiving import Office, edited_client


def test_modes_say_nothing_where_the_system_has_none(tmp_path: Path) -> None:
    """Windows gives each folder a mode that lets all read, so that every archive there would fail its check."""
    tmp_path.chmod(0o755)
    assert permission_problems(tmp_path, is_posix=False) == []
    assert len(permission_problems(tmp_path, is_posix=True)) == 1
    tmp_path.chmod(0o700)
    assert permission_problems(tmp_path, is_posix=True) == []


@pytest.mark.parametrize(
    "times",
    [
        {"start": "2026-03-04", "end": "2026-03-04T12:00:00Z"},
        {"start": "2026-03-04T12:00:00Z", "end": "2026-03-06"},
        {"start": "9999-12-30", "end": "9999-12-31"},
        {"start": "2026-03-04", "end": "9999-12-31"},
        {"start": "2026-03-04", "end": None},
        {"start": "0001-01-01", "end": "2026-03-04"},
        {"start": "0001-01-01T00:00:00Z", "end": "9999-12-31T00:00:00Z"},
    ],
)
@pytest.mark.filterwarnings("ignore:.* became NaT")
def test_the_index_has_the_times_of_the_versions(team: Office, times: dict[str, Any]) -> None:
    """An archive passes its checks whatever times its events have, before its index is made anew and after."""

    def edit(path: str, _query: str, body: Any) -> Any:
        if path == "/v1/events":
            body["events"] = [{**row, **times} for row in body["events"]]
        return body

    team.archive.sync(edited_client(team.box, edit))
    for _ in range(2):
        assert team.archive.check()["ok"].all()
        team.archive.compact()
