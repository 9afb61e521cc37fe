"""Labels of the pictures of the gallery: none overlaps another, and none is cut off, in any language."""

import pytest

from cronofy_frames.plots import new_figure
from cronofy_frames.plots.canvas import width_in_inches
from cronofy_frames.plots.line_breaks import pieces_of
from tests.catalogues import LANGUAGES
from tests.gallery import PICTURES, WORDS, heatmap, timeline
from tests.pictures import clipped_labels, draw_picture, figure_of, labels, overlapping_labels
from tests.system_fonts import has_font

SCRIPTS = {"ja": "会", "ar": "ع"}


@pytest.mark.parametrize("language", WORDS)
@pytest.mark.parametrize("picture", PICTURES, ids=lambda picture: picture.__name__)
def test_labels_have_room(picture: object, language: str) -> None:
    """With names of twenty people in each script, and words and dates in the language."""
    if not has_font(SCRIPTS.get(language, "a")):
        pytest.skip(f"no installed font has {SCRIPTS[language]!r}: apt install fonts-noto-cjk")
    ax = picture(language, 20, ax=new_figure(), locale=language)  # type: ignore[operator]
    assert not overlapping_labels(ax)
    assert not clipped_labels(ax)


@pytest.mark.parametrize("language", sorted({*LANGUAGES, "en_US"} - {"ja", "de"}))
@pytest.mark.parametrize("people", [1, 5])
def test_words_of_every_language_have_room(language: str, people: int) -> None:
    """A timeline has the longest legend."""
    ax = timeline("de", people, ax=new_figure(), locale=language)
    assert not overlapping_labels(ax)
    assert not clipped_labels(ax)


def test_a_title_has_as_few_lines_as_its_width_needs() -> None:
    """It is measured, and so not wrapped where it fits."""
    ax = heatmap("de", 5, ax=new_figure(), locale="de")
    (title,) = [text for text in labels(draw_picture(ax)) if text.get_text() == ax.get_title("left")]
    assert "\n" not in title.get_text()
    assert title.get_window_extent().x1 < figure_of(ax).bbox.x1


def test_the_width_of_a_text_is_that_of_its_widest_line() -> None:
    """In inches, in the font of labels."""
    assert width_in_inches("Stand-up\n1") == width_in_inches("Stand-up") > width_in_inches("1") > 0
    assert width_in_inches("") == 0


def test_lines_end_after_words_and_between_japanese_signs() -> None:
    """A sign that ends a phrase stays with the one before it; a long word is cut."""
    assert pieces_of("Talk (5) 会議、ー") == ["Talk", " (5)", " 会", "議、ー"]
    assert pieces_of("abcdefgh ij", 4) == ["abcd", "efgh", " ij"]
