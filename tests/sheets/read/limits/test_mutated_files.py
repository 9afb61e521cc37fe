"""Damaged and hostile files: whatever they hold, they are read or refused with an error of ours."""

from random import Random

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cronofy_frames.errors import FrameError
from cronofy_frames.sheets.read.reader import read_sheet
from tests.mutated_files import FILES, mutated


def reading(content: bytes) -> pd.DataFrame | str:
    """Return the frame of a file, or the message of the error that refuses it; other errors leave."""
    try:
        return read_sheet(content, tz="UTC")
    except ValueError as error:
        if type(error) not in (ValueError, FrameError):
            raise
        return str(error)


@pytest.mark.parametrize("suffix", FILES)
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_the_files_themselves_are_read(suffix: str) -> None:
    """The mutations start from files that are complete."""
    frame = read_sheet(FILES[suffix], tz="UTC", dayfirst=False)
    assert len(frame) >= 2
    assert "summary" in frame


@pytest.mark.parametrize("suffix", FILES)
@pytest.mark.filterwarnings("ignore::UserWarning")
@given(seed=st.integers(0, 2**64))
@settings(max_examples=60, deadline=None)
def test_mutated_files_end_in_a_frame_or_an_error_of_ours(suffix: str, seed: int) -> None:
    """No panic of the library in Rust leaves `read_sheet`, and no error of XML, zip or Arrow."""
    result = reading(mutated(FILES[suffix], Random(seed)))
    assert isinstance(result, str) or result.columns.is_unique
    assert not isinstance(result, str) or result.endswith(".")
