"""Texts for users: one printable line, shortened, and counts with their noun."""

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cronofy_frames.text import by_count, quantity, shorten, single_line

UNSAFE = "Ann\x1b[2J\r\nerror: forged\x07\x9b31m\u202eevil\u2066\u2028\ud800"
TEXTS = st.text(st.characters() | st.sampled_from(UNSAFE))


def is_safe(line: str) -> bool:
    """Return whether a text only prints: no control characters, line separators, direction marks or lone surrogates."""
    unsafe = {char for char in line if unicodedata.category(char) in ("Cc", "Zl", "Zp", "Cs")}
    return not unsafe | set(line) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


@given(TEXTS)
@example(UNSAFE)
def test_a_single_line_is_safe_to_print(text: str) -> None:
    """The result has no control characters, and applying it twice changes nothing."""
    line = single_line(text)
    assert is_safe(line)
    assert len(line.splitlines()) <= 1
    assert single_line(line) == line


@given(TEXTS, st.integers(1, 9))
def test_a_shortened_text_is_safe_and_no_longer_than_asked(text: str, longest: int) -> None:
    """A shortened text is a safe line of at most its length, without outer blanks; only a longer one is cut."""
    line = shorten(text, longest)
    assert is_safe(line)
    assert len(line) <= longest
    assert line == line.strip(" ")
    assert shorten(line, longest) == line


@pytest.mark.parametrize("text", ["Zoë", "日本語", "👩\u200d💻", "עברית\u200f", "  two  blanks "])
def test_ordinary_text_stays_as_it_is(text: str) -> None:
    """Letters of all scripts, emoji, their joiners and blanks are unchanged."""
    assert single_line(text) == text


def test_half_a_character_is_shown_as_its_escape() -> None:
    """A lone surrogate is shown as its escape, so that any stream can print it."""
    assert shorten("half \ud83d", 80) == r"half \ud83d"


def test_a_cut_is_marked_where_it_is() -> None:
    """The ellipsis counts as a character, replaces the missing text, and has no blank before it."""
    assert (shorten("abcd", 4), shorten("abcde", 4), shorten("ab cde", 4)) == ("abcd", "abc…", "ab…")
    assert shorten("abcdefghij", 8, tail=3) == "abcd…hij"
    assert shorten(" a\n\tb  c ", 9) == "a b c"


def test_counts_agree_with_their_words() -> None:
    """One has the singular, zero and more the plural, thousands are separated, irregular plurals can be given."""
    assert [quantity(count, "row") for count in (0, 1, 2, 1200)] == ["0 rows", "1 row", "2 rows", "1,200 rows"]
    assert quantity(3, "entry", "entries") == "3 entries"
    assert [by_count(count, "is", "are") for count in (1, 2)] == ["is", "are"]
