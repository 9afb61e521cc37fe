"""Names of people in texts: all spellings of a name are found, and nothing that only resembles one."""

import unicodedata

import pytest

from cronofy_frames.frames.people_names import is_full_name, name_words, replace_names, spellings

SPELLINGS = [
    ("Ann Example", "Call Ann Example today", "Call X today"),
    ("Ann Example", "ANN EXAMPLE", "X"),
    ("Ann Example", "Example, Ann", "X"),
    ("Ann Example", "EXAMPLE Ann (2)", "X (2)"),
    ("Ann Example", "Ann\r\n  Example's desk", "X's desk"),
    ("Ann Example", "notes_ann_example.pdf, ann-example", "notes_X.pdf, X"),
    ("Ann Example", "https://meet.test/?name=Ann%20Example&x=Ann+Example", "https://meet.test/?name=X&x=X"),
    ("Ann Example", "Ann&nbsp;Example", "X"),
    ("Ann Example", "\u200fAnn\u200f \u200fExample\u200f", "\u200fX\u200f"),
    ("Ann Example", "\uff21nn Ex\u00adample", "X"),
    ("Zoë Núñez", unicodedata.normalize("NFD", "mit Zoë NÚÑEZ"), "mit X"),
    (unicodedata.normalize("NFD", "Zoë Núñez"), "Zoë Núñez", "X"),
    ("J. R. Smith", "J.R. Smith and j r smith", "X and X"),
    ("Sinéad O'Neill", "O\u2019Neill, Sinéad", "X"),
    ("Ann van der Berg", "van der Berg, Ann", "X"),
    ("STRASSER Max", "max straßer", "X"),
    ("Ann", "Ann's and ANN, not Anna or Joann", "X's and X, not Anna or Joann"),
    ("山田太郎", "山田太郎さんと会議", "Xさんと会議"),
    ("山田太郎", "山田 太郎", "X"),
    ("김철수", unicodedata.normalize("NFD", "김철수님"), "X님"),
    ("अनिल कुमार", "श्री अनिल कुमार।", "श्री X।"),
]


@pytest.mark.parametrize(("name", "text", "expected"), SPELLINGS)
def test_all_spellings_of_a_name_are_found(name: str, text: str, expected: str) -> None:
    """In any case, Unicode form and order, with what may be between the words of a name."""
    words = name_words(name)
    assert replace_names(text, [len(words)], {words: "X"}.get) == expected


@pytest.mark.parametrize(
    "text",
    [
        "Joann Example",
        "Ann Examples",
        "Ann B. Example",
        "Ann: Example",
        "Ann - Example",
        "Ann (Example)",
        "Anné Example",
        "",
        unicodedata.normalize("NFD", "Ánn Example"),
    ],
)
def test_what_only_resembles_a_name_stays(text: str) -> None:
    """Parts of words, words between, and other letters; the text stays as it is, in its Unicode form, too."""
    words = name_words("Ann Example")
    assert replace_names(text, [2, 3], {words: "X"}.get) == text


def test_the_longest_name_is_taken() -> None:
    """Of two names that begin at the same word, the longer one is replaced."""
    names = {name_words("Ann Example"): "short", name_words("Ann Example Jr"): "long"}
    assert replace_names("Ann Example Jr, Ann Example", [2, 3], names.get) == "long, short"


@pytest.mark.parametrize(("name", "is_full"), [("Ann", False), ("Ann-Marie", False), ("山田", False), ("김철수", True)])
def test_full_names_have_several_words(name: str, is_full: bool) -> None:
    """A word with a hyphen is one; characters of scripts without spaces need three."""
    assert is_full_name(name) is is_full
    assert is_full_name(f"{name} Example")


def test_what_is_in_brackets_may_be_missing() -> None:
    """A name is also found without its department, unless one word remains."""
    assert spellings("Example, Ann [Sales]") == [("ann", "example", "sales"), ("ann", "example")]
    assert spellings("Ann (Sales)") == [("ann", "sales")]
    assert spellings("()") == []
