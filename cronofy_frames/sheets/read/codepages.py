"""Bytes -> text, when nobody says in which encoding.

The law of this file: what is UTF-8 is UTF-8. Of what is not, the letters tell: under the right code page they all
belong to one language, and no capital stands in the middle of a word.
"""

from __future__ import annotations

import codecs
import itertools
from collections import Counter

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)

# The letters of each language beyond a to z; where two fit equally well the first wins, so more widely written ones
# come before those whose letters they share under another code page.
_LETTERS = (
    ("cp1252", "äöüß"),
    ("cp1252", "àâæçéèêëîïôœùûüÿ"),
    ("cp1252", "áéíñóúü"),
    ("cp1252", "ãâáàçéêíóôõú"),
    ("cp1252", "àèéìíîòóùú"),
    ("cp1252", "åäöé"),
    ("cp1252", "æøåé"),
    ("cp1252", "éëïöüáíóúèç"),
    ("cp1250", "ąćęłńóśźż"),
    ("cp1255", "אבגדהוזחטיךכלםמןנסעףפץצקרשת"),
    ("cp1251", "абвгдеёжзийклмнопрстуфхцчшщъыьэюя"),
    ("cp1251", "абвгґдеєжзиіїйклмнопрстуфхцчшщьюя"),
    ("cp1251", "абвгдежзијклљмнњопрстћуфхцчџшђѓќѕ"),
    ("cp1254", "çğıöşüâîûİ"),
    ("cp1250", "áčďéěíňóřšťúůýž"),
    ("cp1250", "áäčďéíĺľňóôŕšťúýž"),
    ("cp1250", "áéíóöőúüű"),
    ("cp1250", "čćđšž"),
    ("cp1250", "ăâîşţ"),
    ("cp1257", "ąčęėįšųūž"),
    ("cp1257", "āčēģīķļņšūž"),
    ("cp1257", "äöüõšž"),
    ("cp1252", "áðéíóúýþæö"),
    ("cp1253", "αβγδεζηθικλμνξοπρσςτυφχψωάέήίόύώϊϋΐΰ"),
    ("cp1256", "ابتثجحخدذرزسشصضطظعغفقكلمنهويىةءآأؤإئپچژگ"),
)
_SIGNS = frozenset("’‘‚“”„–—…•€§°«»¿¡·×©®™º½\xa0\xad")

_BEFORE_NO_LETTER = frozenset("£¹²³")
_LAST = frozenset("ךםןףץς")

_OF_EAST_ASIA = ("cp932", "gb18030", "cp949", "big5")

_SAMPLE = 20_000
_POOR = 10  # with one misfit in so many letters no language fits well


def decoded(content: bytes) -> tuple[str, str]:
    """Return the text of some bytes and the encoding that it was in.

    Raises
    ------
    ValueError
        The bytes are no text.
    """
    encoding = mark_of(content)
    if encoding:
        return _strict(content, encoding), encoding
    try:
        return content.decode(), "utf-8"
    except UnicodeDecodeError:
        if b"\0" in content:
            raise ValueError("it is neither text nor a workbook") from None
    encoding = guessed(content)
    return _strict(content, encoding), encoding


def mark_of(content: bytes) -> str:
    """Return the encoding that the mark at the start of some bytes tells; "" without one."""
    return next((encoding for mark, encoding in _MARKS if content.startswith(mark)), "")


def beginning(content: bytes) -> bytes:
    """Return the start of some bytes as UTF-8, without a mark, as far as a mark tells how to read them."""
    encoding = mark_of(content)
    return content.decode(encoding, "ignore").encode("utf-8", "replace") if encoding else content


def _strict(content: bytes, encoding: str) -> str:
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as broken:
        raise ValueError(f"its bytes are not {encoding}, although they begin so (at byte {broken.start})") from None


def guessed(content: bytes) -> str:
    """Return the code page of bytes that are not UTF-8.

    The letters decide; where they fit no language well, charset-normalizer does.
    """
    sample = b"\n".join(line for line in content.splitlines() if not line.isascii())[:_SAMPLE]
    readable = [page for page in dict.fromkeys(page for page, _ in _LETTERS) if _read(content, page) is not None]
    texts = {page: sample.decode(page, "replace") for page in readable}
    breaks = {page: _breaks(text) for page, text in texts.items()}
    signs = {page: Counter(_signs(text)) for page, text in texts.items()}
    best, fewest = "latin-1", len(sample) + 1
    for page, letters in _LETTERS:
        if page in readable:
            own = frozenset(letters + letters.upper()) | _SIGNS
            misfits = breaks[page] + sum(count for sign, count in signs[page].items() if sign not in own)
            if misfits < fewest:
                best, fewest = page, misfits
    if fewest * _POOR > sum(byte > 127 for byte in sample):
        best = _normalised(sample, [*readable, *_OF_EAST_ASIA]) or best
    return best


def _read(content: bytes, page: str) -> str | None:
    try:
        return content.decode(page)
    except UnicodeDecodeError:
        return None


def _signs(text: str) -> list[str]:
    """Return what a text has beyond ASCII, but for signs that stand where no letter would."""
    return [
        sign
        for sign, after in itertools.pairwise(f"{text} ")
        if ord(sign) > 127 and not (sign in _BEFORE_NO_LETTER and not after.isalpha())
    ]


def _breaks(text: str) -> int:
    """Count what no word has: a capital after a small letter, two scripts, a letter for the end of words before it."""
    return sum(
        before.isalpha()
        and sign.isalpha()
        and ((before.islower() and sign.isupper()) or _latin(before) != _latin(sign) or before in _LAST)
        for before, sign in itertools.pairwise(text)
        if ord(before) > 127 or ord(sign) > 127
    )


def _latin(letter: str) -> bool:
    return ord(letter) < 0x250


def _normalised(sample: bytes, pages: list[str]) -> str | None:
    from charset_normalizer import from_bytes

    found = from_bytes(sample, cp_isolation=pages).best()
    return None if found is None else found.encoding
