"""Controls of the sandbox that act on calendars and profiles."""

import pytest

import cronofy_frames as cf
from tests.small import HOME, small_box

ANN = "ann@example.test"


def test_a_calendar_can_be_revoked_and_granted_again() -> None:
    """A revoked calendar is neither listed nor read; granted again, it has its events."""
    box = small_box()
    client = cf.connect(sandbox=box)
    before = cf.read_events(client)
    box.revoke_calendar(ANN, HOME)
    assert HOME not in set(cf.read_calendars(client)["calendar_id"])
    assert HOME not in set(cf.read_events(client)["calendar_id"])
    with pytest.raises(LookupError, match="is not a calendar of Ann Example"):
        box.revoke_calendar(ANN, HOME)
    box.grant_calendar(ANN, HOME)
    assert cf.read_events(client)["event_uid"].tolist() == before["event_uid"].tolist()
    with pytest.raises(LookupError, match="that was revoked"):
        box.grant_calendar(ANN, HOME)


def test_a_profile_can_lose_its_connection() -> None:
    """A profile is listed as disconnected until it is connected again."""
    box = small_box()
    client = cf.connect(sandbox=box)
    box.connect_profile(ANN, "pro_ann", connected=False)
    assert cf.read_profiles(client)["profile_connected"].tolist() == [False]
    box.connect_profile(ANN, "pro_ann")
    assert cf.read_profiles(client)["profile_connected"].tolist() == [True]
    with pytest.raises(LookupError, match="pro_bob is not a profile"):
        box.connect_profile(ANN, "pro_bob")
