"""What a report may show of keys and values that no contract has."""

import pytest

from cronofy_frames.diagnostics.live.privacy import HIDDEN, Privacy

TEXTS = ["Dinner with Ann Smith", "ann@example.test", "acc_5f2d", "Straße 7"]


@pytest.mark.parametrize("text", ["postponed", "out_of_office", "needs_action", "focus_time"])
def test_identifiers_of_an_api_are_shown(text: str) -> None:
    """Lower case words with underscores."""
    assert Privacy(TEXTS).value(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "ann@example.test",
        "Postponed",
        "two words",
        "acc_5f2d",
        "ann",
        "ann_smith",
        "smith_ann",
        "dinner",
        "4711",
        "",
        "é",
        "a" * 200,
        "https://a.test",
    ],
)
def test_anything_else_is_hidden(text: str) -> None:
    """Also an identifier that is made of words of the account's own texts."""
    assert Privacy(TEXTS).value(text) == HIDDEN


def test_only_the_last_key_of_a_path_is_unknown() -> None:
    """Those above are the contract's."""
    privacy = Privacy(TEXTS)
    assert privacy.path("events[]/options/Ann") == f"events[]/options/{HIDDEN}"
    assert privacy.path("events[]/importance") == "events[]/importance"
