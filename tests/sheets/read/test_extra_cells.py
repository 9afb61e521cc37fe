"""Extra columns in files."""

from pathlib import Path

import pandas as pd
import pytest

import cronofy_frames as cf


def test_cells_that_are_not_of_their_type_are_problems(tmp_path: Path) -> None:
    """A wall time that clocks show twice, and a text that is no number, are reported with their row."""
    path = tmp_path / "typed.csv"
    path.write_text(
        "summary,start,end,tzid,when,count\n"
        "A,2026-03-02 09:00,2026-03-02 10:00,Europe/London,2026-10-25 01:30,many\n"
        "B,2026-03-02 09:00,2026-03-02 10:00,Europe/London,2026-03-02,2\n"
        "C,2026-03-02 09:00,2026-03-02 10:00,Europe/London,2026-07-02 09:00,3\n"
    )
    with pytest.warns(cf.SheetWarning, match="row 2.*when|when.*row 2"):
        frame = cf.read_sheet(path, extra={"when": "time", "count": "number"})
    assert frame["when"].isna().tolist() == [True, True, False]
    assert frame["when"].iloc[2] == pd.Timestamp("2026-07-02 09:00", tz="Europe/London")
    assert frame["count"].tolist()[1:] == [2.0, 3.0]
    assert len(frame.attrs["cronofy"]["problems"]) == 3
