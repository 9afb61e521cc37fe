"""Search for names of people in texts: whole words, in any case, Unicode form and order.

The rule: the words of a name stand one after the other, in any order, so that "Ann Example", "EXAMPLE ann" and
"Example, Ann" are one name. Between two words is white space, a comma or a dot, or a hyphen, an apostrophe, an
underscore or a plus sign. In scripts that put no space between words, each character counts as a word.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection, Iterable
from functools import lru_cache
from itertools import pairwise

Words = tuple[str, ...]
"""The words of a name in one form and in alphabetical order."""

# Thai to Khmer, kana, Han and Hangul, whose names are not set apart, or have endings
_UNSPACED = (
    "\u0e01-\u0eff\u1000-\u109f\u1780-\u17d3\u3041-\u309f\u30a1-\u30fa\u30fc-\u30ff\u3400-\u4dbf\u4e00-\u9fff"
    "\uac00-\ud7a3\uf900-\ufaff\uff66-\uff9f\U00020000-\U0003ffff"
)
# Python does not count marks as parts of words: accents, points of Hebrew and Arabic, vowels of Indian scripts
_MARKS = (
    "\u00ad\u0300-\u036f\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06ed\u0900-\u0963\u0966-\u0dff"
    "\u200c\u200d"
)
_WORD = re.compile(rf"%20|(?i:&nbsp;)|([{_UNSPACED}]|(?:(?![{_UNSPACED}])(?:[^\W_]|[{_MARKS}]))+)")
_SPACE = r"(?:[\s\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]|%20|(?i:&nbsp;))"
_GAP = re.compile(rf"{_SPACE}+|{_SPACE}*[.,\u3001\uff0c]{_SPACE}*|[-'_+`\u2019\u02bc\u2010-\u2013\u00b7\u30fb]")
_UNSPACED_WORD = re.compile(f"[{_UNSPACED}]")
_INVISIBLE = {0x00AD: None, 0x200C: None, 0x200D: None}
_IN_BRACKETS = re.compile(r"\([^()]*\)|\[[^\[\]]*\]|<[^<>]*>")
_FEWEST_UNSPACED = 3


@lru_cache(maxsize=10_000)
def normal_text(text: str) -> str:
    """Return a text in a form that is equal for all cases and Unicode forms."""
    plain = text.translate(_INVISIBLE)
    if plain.isascii():
        return plain.casefold()
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", plain).casefold())


def name_words(name: str) -> Words:
    """Return the words of a name in a form that is equal for all its spellings.

    Examples
    --------
    >>> name_words("Example, ANN") == name_words("Ann Example")
    True
    """
    plain = unicodedata.normalize("NFC", name)
    return tuple(sorted(normal_text(match[1]) for match in _WORD.finditer(plain) if match[1]))


def is_full_name(name: str) -> bool:
    """Return whether a name has enough words not to be mistaken for an ordinary word of a text.

    Examples
    --------
    >>> is_full_name("Ann Example"), is_full_name("Ann"), is_full_name("O'Neill")
    (True, False, False)
    """
    words = name_words(name)
    unspaced = sum(_UNSPACED_WORD.fullmatch(word) is not None for word in words)
    return unspaced >= _FEWEST_UNSPACED or (len(name.split()) > 1 and len(words) > 1)


def spellings(name: str) -> list[Words]:
    """Return the words of a name with and without its parts in brackets, as in "Ann Example (Sales)".

    Examples
    --------
    >>> spellings("Ann Example (Sales)")
    [('ann', 'example', 'sales'), ('ann', 'example')]
    """
    short = _IN_BRACKETS.sub(" ", name)
    names = [name, short] if is_full_name(short) else [name]
    return [words for words in dict.fromkeys(map(name_words, names)) if words]


def replace_names(text: str, lengths: Iterable[int], replacement: Callable[[Words], str | None]) -> str:
    """Return a text with each name in it replaced; the same text where it has none.

    Parameters
    ----------
    text
        Any text.
    lengths
        The numbers of words that names have.
    replacement
        Returns the text that replaces consecutive words; None if they are no name.

    Examples
    --------
    >>> replace_names("Call Example, Ann's office", [2], {("ann", "example"): "Forgotten"}.get)
    "Call Forgotten's office"
    """
    plain = unicodedata.normalize("NFC", text)
    matches = [match for match in _WORD.finditer(plain) if match[1]]
    words = [normal_text(match[1]) for match in matches]
    longest_first = sorted(set(lengths), reverse=True)
    pieces, end, position = list[str](), 0, 0
    while position < len(matches):
        run_length = _run_length(plain, matches[position : position + longest_first[0]])
        for length in longest_first:
            new_text = replacement(tuple(sorted(words[position : position + length]))) if length <= run_length else None
            if new_text is not None:
                pieces += [plain[end : matches[position].start()], new_text]
                position, end = position + length, matches[position + length - 1].end()
                break
        else:
            position += 1
    return "".join([*pieces, plain[end:]]) if pieces else text


def has_name(text: str, names: Collection[Words]) -> bool:
    """Return whether a text contains one of some names.

    Examples
    --------
    >>> has_name("evt_ann_example_7", {name_words("Ann Example")})
    True
    """
    matches: list[Words] = []
    if names:
        replace_names(text, map(len, names), lambda words: matches.append(words) if words in names else None)
    return bool(matches)


def _run_length(text: str, matches: list[re.Match[str]]) -> int:
    """Return how many of the words are separated only as the words of a name may be."""
    for count, (word, following) in enumerate(pairwise(matches), 1):
        gap = text[word.end() : following.start()]
        if gap not in ("", " ") and _GAP.fullmatch(gap) is None:
            return count
    return len(matches)
