"""Where a line of text may end."""

from __future__ import annotations

import re

# a line may end after a word, and after each Chinese or Japanese sign, but not before signs that end a phrase
_WIDE = "\u2e80-\u9fff\uf900-\ufaff\uff01-\uff9f\U00020000-\U0003ffff"
_OPENING = "「『（【〈《"
_ENDING = "、。，．・：；？！ー」』）】〉》ぁぃぅぇぉっゃゅょァィゥェォッャュョ"
_PIECE = re.compile(rf" ?(?:[{_OPENING}]*[{_WIDE}][{_ENDING}]*|[^ {_WIDE}{_OPENING}]+)")


def pieces_of(text: str, longest: int | None = None) -> list[str]:
    """Return the parts of a line that stay together, of at most so many characters; the space before one belongs to it.

    Examples
    --------
    >>> pieces_of("Talk (5) 会議、")
    ['Talk', ' (5)', ' 会', '議、']
    """
    pieces: list[str] = _PIECE.findall(text)
    if longest is None:
        return pieces
    return [piece[n : n + longest] for piece in pieces for n in range(0, len(piece), longest)]
