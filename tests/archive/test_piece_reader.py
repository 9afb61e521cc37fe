"""Syncs of hundreds of calendars: the pieces are read in groups whose addresses stay short."""

from pathlib import Path

import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

import cronofy_frames as cf
from tests.wide_account import CHOSEN, NOW, addresses_of, client_of, wide_box

COLUMNS = ["calendar_id", "event_uid", "summary", "start", "end", "updated"]


def read_now(client: cf.Client) -> pd.DataFrame:
    """Return what the calendars have."""
    return cf.read_events(client, calendars=CHOSEN, workers=1)[COLUMNS]


def test_a_sync_of_hundreds_of_calendars_has_their_events(tmp_path: Path) -> None:
    """The archive equals a read; a later sync changes nothing, and then only what was edited."""
    box = wide_box(page_size=20)
    archive = cf.Archive(tmp_path / "wide.archive")
    with client_of(box) as client:
        archive.sync(client, calendars=CHOSEN)
        assert_frame_equal(archive.events()[COLUMNS], read_now(client), check_like=True)
        assert archive.sync(client, calendars=CHOSEN)[["new", "changed", "vanished"]].sum().sum() == 0
        box.edit_event("Ann", "evt_external_003", summary="renamed", updated=NOW)
        assert archive.sync(client, calendars=CHOSEN)["changed"].tolist() == [1]


@pytest.mark.parametrize("number", [2, 5])
def test_a_group_that_breaks_moves_no_watermark(tmp_path: Path, number: int) -> None:
    """Nothing of that sync counts as read; the next one is whole again and ends no event."""
    archive = cf.Archive(tmp_path / "wide.archive")
    client = client_of(wide_box(), {number})
    with pytest.raises(cf.CronofyError, match="broken"):
        archive.sync(client, calendars=CHOSEN)
    assert archive.events().empty
    again = archive.sync(client, calendars=CHOSEN)
    assert again["new"].item() == len(archive.events())
    assert_frame_equal(archive.events()[COLUMNS], read_now(client), check_like=True)


def test_a_few_calendars_are_one_request_a_piece(tmp_path: Path) -> None:
    """The groups are as few as addresses allow."""
    archive = cf.Archive(tmp_path / "wide.archive")
    with client_of(wide_box()) as client:
        archive.sync(client, calendars=CHOSEN[:40])
        assert len(addresses_of(client)) == 3  # whole, managed, changes
