"""Names of time zones, and errors for unknown names."""

import pickle
from datetime import UTC
from zoneinfo import ZoneInfo

import pytest

from cronofy_frames.zones import UnknownZone, iana_name, tzid_of, windows_zone, zone_name


@pytest.mark.parametrize(
    ("zone", "name"), [("Europe/London", "Europe/London"), (ZoneInfo("Asia/Tokyo"), "Asia/Tokyo"), (UTC, "UTC")]
)
def test_a_zone_has_its_iana_name(zone: object, name: str) -> None:
    """A name is returned as it is, a ZoneInfo by its key, and UTC as UTC."""
    assert zone_name(zone) == name


@pytest.mark.parametrize("zone", ["europe/london", "Europe.London", "", "../etc/passwd", "\ud800", None, 3, ["UTC"]])
def test_anything_else_is_an_unknown_zone(zone: object) -> None:
    """Names are case-sensitive, and no object or path passes for a name."""
    with pytest.raises(UnknownZone) as refused:
        zone_name(zone)
    assert refused.value.name == zone


def test_an_unknown_zone_carries_the_names_that_resemble_it() -> None:
    """Similar names are an attribute of the error and part of its message, and survive pickling."""
    error = pickle.loads(pickle.dumps(UnknownZone("Europe.London")))
    assert error.near[0] == "Europe/London"
    assert str(error).startswith(
        "a time zone is an IANA name such as Europe/London, not 'Europe.London'. Did you mean "
    )
    assert error.expected.startswith("an IANA zone such as Europe/London (did you mean Europe/London")


def test_a_name_like_no_other_has_no_hint() -> None:
    """If no name is similar, none is suggested."""
    assert UnknownZone("x").expected == "an IANA zone such as Europe/London"


def test_the_api_writes_utc_as_etc_utc() -> None:
    """UTC is sent as Etc/UTC, other names are sent unchanged."""
    assert (tzid_of("UTC"), tzid_of("Europe/Paris")) == ("Etc/UTC", "Europe/Paris")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Romance Standard Time", "Europe/Paris"),
        ("/freeassociation.sourceforge.net/Europe/Berlin", "Europe/Berlin"),
        ("europe/berlin", "Europe/Berlin"),
        ('"tzone://Microsoft/Utc"', "Etc/UTC"),
        ("Bielefeld Time", None),
    ],
)
def test_names_of_calendar_programs_become_iana_names(name: str, expected: str | None) -> None:
    """Windows names, names in another case or after a path, and UTC are understood; others are not guessed."""
    assert iana_name(name) == expected


def test_a_windows_name_has_its_iana_zone() -> None:
    """Only names that Windows uses are translated."""
    assert (windows_zone("W. Europe Standard Time"), windows_zone("Europe/Berlin")) == ("Europe/Berlin", None)
