"""Fonts of pictures: which are used for a text, and what is refused."""

import warnings
from io import BytesIO
from pathlib import Path

import matplotlib as mpl
import pandas as pd
import pytest
from matplotlib import font_manager
from matplotlib.axes import Axes
from matplotlib.text import Text

from cronofy_frames.plots import new_figure, plot_days, plot_heatmap, plot_time_use, plot_timeline, plot_week
from cronofy_frames.plots.fitted_text import FittedText
from cronofy_frames.plots.font_packages import script_of, where_to_get
from cronofy_frames.plots.fonts import MissingFont, families_in_use, family_of, printable
from tests.pictures import LONDON, clipped_labels, crowd, draw_picture, events, figure_of, key, overlapping_labels, row
from tests.system_fonts import has_font, needs_font

# what a warning says of frames without attrs has tests of its own, in tests/intervals/test_observation.py
pytestmark = pytest.mark.filterwarnings("ignore::cronofy_frames.intervals.observation.AssumedWarning")

DEJAVU = Path(font_manager.findfont("DejaVu Sans"))
BOLD = DEJAVU.with_name("DejaVuSans-Bold.ttf")
TOTO = "\U0001e290"  # a letter of a script that few fonts have
SCRIPTS = {
    "Japanese": "週次の会議",
    "Korean": "주간 회의",
    "Arabic": "اجتماع الفريق",
    "Hebrew": "פגישת צוות",
    "Hindi": "साप्ताहिक बैठक",
    "Thai": "ประชุมทีม",
    "Greek": "Σύσκεψη",
}


def meetings(*titles: str) -> pd.DataFrame:
    """Return an event for each title, each in a calendar of that name, one after the other."""
    return events(
        *(
            row(f"2026-03-02 {8 + n:02}:00", f"2026-03-02 {9 + n:02}:00", summary=title, calendar_id=title)
            for n, title in enumerate(titles)
        )
    )


def fitted(ax: Axes) -> list[str]:
    """Return the texts in the boxes of a week."""
    return [text.get_text() for text in draw_picture(ax).findobj(FittedText)]


def test_text_is_what_a_font_can_write() -> None:
    """Text is one line; signs that no font has are left out."""
    assert printable("  \U0001faea Party \n at\t5 ") == "Party at 5"
    assert printable(LONDON) == LONDON
    assert printable("\u202eevil\u2066\x07 text") == "evil text"


def test_a_text_of_signs_only_is_their_names() -> None:
    """Two calendars of which each has a picture as its name are not the same."""
    with mpl.rc_context({"font.family": ["DejaVu Sans"]}):
        if any(not printable(sign).isascii() for sign in "🍉🥕"):
            pytest.skip("an installed font has these signs")
        assert printable("🍉🥕") == "watermelon, carrot"


def test_signs_that_only_join_or_choose_are_not_refused() -> None:
    """Joiners between letters stay; a family in one sign has neither letters nor spaces too many."""
    assert printable("می\u200cخواهم") == "می\u200cخواهم"
    assert printable("❤\ufe0f Ana") == "❤ Ana"
    assert printable("\U0001f468\u200d\U0001f469 Family").endswith("Family")
    assert "\u200d" not in printable("\U0001f468\u200d\U0001f469 Family") or has_font("\U0001f468")


@pytest.mark.parametrize("text", SCRIPTS.values(), ids=SCRIPTS)
def test_a_script_that_the_font_lacks_is_written_with_another(text: str) -> None:
    """All letters are drawn, in labels, legends and boxes, and matplotlib warns of no missing glyph."""
    if not has_font(text):
        pytest.skip(f"no installed font has {text!r}")
    ax = plot_week(meetings(text, f"{text} (3)", "Plain"), ax=new_figure(), title=text)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert any(text.split()[0][:2] in words for words in fitted(ax))
        for suffix in ("png", "svg", "pdf"):
            figure_of(ax).savefig(BytesIO(), format=suffix)
    assert key(ax) == [*sorted(["Plain", text, f"{text} (3)"])]
    assert not overlapping_labels(ax)
    assert not clipped_labels(ax)


def test_a_script_without_a_font_is_refused_with_a_package() -> None:
    """It is not drawn as boxes; the message has the text, the package and the argument."""
    if has_font(TOTO):
        pytest.skip("an installed font has the script Toto")
    with pytest.raises(MissingFont, match=rf"{TOTO}.*Install one .*(noto|Noto).*font=.*--font") as error:
        plot_week(meetings(f"Talk {TOTO}"), ax=new_figure())
    assert error.value.characters == TOTO


@pytest.mark.parametrize(
    ("platform", "script", "hint"),
    [
        ("linux", "CJK", "apt install fonts-noto-cjk"),
        ("linux", "HIRAGANA", "google-noto-sans-cjk-fonts"),
        ("linux", "ARABIC", "apt install fonts-noto-core"),
        ("linux", "DEVANAGARI", "google-noto-sans-devanagari-fonts"),
        ("darwin", "HANGUL", "brew install --cask font-noto-sans-cjk-jp"),
        ("darwin", "HEBREW", "brew install --cask font-noto-sans-hebrew"),
        ("win32", "THAI", "Noto Sans Thai"),
    ],
)
def test_each_platform_has_its_package(platform: str, script: str, hint: str) -> None:
    """Packages of Debian, Fedora and Homebrew, and a page for Windows."""
    assert hint in where_to_get(script, platform)


def test_the_script_of_a_letter_is_known() -> None:
    """From its name in Unicode."""
    assert [script_of(letter) for letter in "aעあ한"] == ["LATIN", "HEBREW", "HIRAGANA", "HANGUL"]


def test_missing_families_are_skipped() -> None:
    """As in matplotlib, the installed families of the list are used."""
    for families in (["No Such Font", "DejaVu Sans"], ["No Such Font"], ["DejaVu Sans"], ["sans-serif"]):
        with mpl.rc_context({"font.family": families}):
            assert printable("Talk") == "Talk"


@needs_font("会")
def test_a_picture_does_not_change_the_settings() -> None:
    """The fonts that one picture needs are not those of the next one."""
    before = list(mpl.rcParams["font.family"])
    plot_week(meetings("会"), ax=new_figure())
    assert list(mpl.rcParams["font.family"]) == before == families_in_use()


PLOTS = {
    "heatmap": (plot_heatmap, crowd(3, 2)),
    "days": (plot_days, crowd(3, 2)),
    "timeline": (plot_timeline, crowd(3, 1)),
    "week": (plot_week, crowd(3, 1)),
}


@pytest.mark.parametrize("name", PLOTS)
@pytest.mark.parametrize("font", ["DejaVu Serif", "dejavu serif", BOLD, str(BOLD)], ids=str)
def test_a_font_is_chosen_by_name_or_file(name: str, font: str | Path) -> None:
    """All texts have it first, those of ticks and of the colour bar too; a bold file is drawn bold."""
    plot, frame = PLOTS[name]
    ax = draw_picture(plot(frame, ax=new_figure(), font=font))
    wanted = BOLD if "Bold" in str(font) else DEJAVU.with_name("DejaVuSerif.ttf")
    for axes in figure_of(ax).axes:
        for text in axes.findobj(Text):
            if text.get_text():
                first = font_manager.FontProperties(family=text.get_fontfamily()[:1])
                assert Path(font_manager.findfont(first)) == wanted, text


def test_time_use_is_written_with_the_font() -> None:
    """Bars of periods have the same argument."""
    from cronofy_frames.measures.use import time_use

    ax = plot_time_use(time_use(crowd(2, 4)), ax=new_figure(), font="DejaVu Serif", locale="de")
    assert {text.get_fontfamily()[0] for text in draw_picture(ax).findobj(Text) if text.get_text()} == {"DejaVu Serif"}


@pytest.mark.parametrize(
    ("font", "message"),
    [
        ("DejaVu Sand", "Did you mean 'DejaVu Sans'"),
        ("Qwertz", "no font 'Qwertz' is installed"),
        ("missing.ttf", "there is no font file"),
        (Path("missing"), "there is no font file"),
        (Path(__file__), "cannot be read as a font"),
    ],
)
def test_an_unknown_font_is_refused(font: str | Path, message: str) -> None:
    """With near names, or the file that is missing or no font."""
    with pytest.raises(ValueError, match=message):
        plot_heatmap(crowd(1, 1), ax=new_figure(), font=font)
    with pytest.raises(ValueError, match=message):
        family_of(font)


def test_right_to_left_titles_are_on_the_right_of_their_box() -> None:
    """Arabic and Hebrew start on the right, where their readers look."""
    ax = draw_picture(plot_week(meetings("اجتماع", "Talk"), ax=new_figure()))
    sides = {text.words: text.get_horizontalalignment() for text in ax.findobj(FittedText)}
    assert sides == {"اجتماع": "right", "Talk": "left"}


def test_letters_are_shaped_and_in_their_order() -> None:
    """Four Arabic letters are joined, and so narrower than apart; they come after the number that follows them."""
    figure = new_figure()
    joined, apart = figure.text(0, 0, "بببب"), figure.text(0, 0, "ب\u200cب\u200cب\u200cب")
    figure.draw_without_rendering()
    assert joined.get_window_extent().width < 0.8 * apart.get_window_extent().width


@needs_font("会")
def test_a_long_japanese_title_is_wrapped() -> None:
    """It has no spaces, and lines end between its signs."""
    title = "来週の製品計画に関する定例会議のための準備打ち合わせ"
    ax = plot_week(events(row("2026-03-02 08:00", "2026-03-02 12:00", summary=title)), ax=new_figure())
    (text,) = fitted(ax)
    assert "\n" in text
    assert text.replace("\n", "") == title
