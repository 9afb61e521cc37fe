"""Time zones as people write them: one meaning is understood, several are a question."""

import pytest

from cronofy_frames.zone_texts import zone_of_text
from cronofy_frames.zones import UnknownZone, zone_names


@pytest.mark.parametrize(
    ("text", "zone"),
    [
        ("ET", "America/New_York"),
        ("Eastern Time (US & Canada)", "America/New_York"),
        ("JST", "Asia/Tokyo"),
        ("CET", "CET"),
        ("z", "UTC"),
        ("+02:00", "Etc/GMT-2"),
        ("-0500", "Etc/GMT+5"),
        ("UTC\u22125", "Etc/GMT+5"),
        ("UTC+0", "UTC"),
        ("w. europe standard time", "Europe/Berlin"),
        ("W. Europe Daylight Time", "Europe/Berlin"),
        ("europe/berlin", "Europe/Berlin"),
        ("America/New York", "America/New_York"),
        ("Berlin", "Europe/Berlin"),
        ("(UTC+01:00) Amsterdam, Berlin, Bern, Rome, Stockholm, Vienna", "Europe/Berlin"),
        ("(UTC+01:00) Amsterdam, Berlin, Bern, Rom, Stockholm, Wien", "Europe/Berlin"),
        ("(UTC-05:00) Eastern Time (US & Canada)", "America/New_York"),
        ("(UTC) Coordinated Universal Time", "UTC"),
        ("(UTC+00:00) Dublin, Edinburgh, Lisbon, London", "Europe/London"),
        ("(GMT+01:00) Central European Time - Berlin", "Europe/Berlin"),
        ("(UTC+08:00) Beijing, Chongqing, Hong Kong, Urumqi", "Asia/Shanghai"),
        ("(UTC+02:00)", "Etc/GMT-2"),
    ],
)
def test_a_text_with_one_meaning_is_understood(text: str, zone: str) -> None:
    """Labels of programs, offsets, cities and abbreviations without a second meaning name their zone."""
    assert zone_of_text(text) == zone


@pytest.mark.parametrize(
    ("text", "meanings"),
    [
        ("EST", ("America/New_York", "America/Panama", "Australia/Sydney")),
        ("mst", ("America/Denver", "America/Phoenix")),
        ("HST", ("Pacific/Honolulu", "America/Adak")),
        ("EDT", ("America/New_York", "Australia/Sydney")),
        ("PST", ("America/Los_Angeles", "Asia/Manila")),
        ("BST", ("Europe/London", "Asia/Dhaka")),
        ("CEST", ("Europe/Berlin", "Europe/Paris", "Europe/Madrid")),
        ("GMT+2", ("Etc/GMT-2", "Europe/Athens", "Europe/Berlin")),
        ("GMT-5", ("Etc/GMT+5", "America/New_York", "America/Chicago")),
        ("+05:30", ("Asia/Kolkata",)),
        ("(UTC+01:00) Bielefeld", ("Etc/GMT-1", "Europe/Berlin", "Europe/London")),
        ("XYZ", ()),
        ("+15:00", ()),
        ("localtime", ()),
    ],
)
def test_a_text_with_several_meanings_is_a_question(text: str, meanings: tuple[str, ...]) -> None:
    """An abbreviation or offset that is a clock of half a year, or of several countries, is answered with its zones."""
    with pytest.raises(UnknownZone) as refused:
        zone_of_text(text)
    assert refused.value.near == meanings
    assert set(meanings) <= zone_names()


def test_every_iana_name_is_itself_unless_people_mean_another_clock() -> None:
    """Of all IANA names only EST, MST and HST are refused, and no other name is changed but those of UTC."""
    others = zone_names() - {"EST", "MST", "HST", "Factory", "localtime", "GMT+0", "GMT-0"}
    assert {name for name in others if zone_of_text(name) != name} == set()
