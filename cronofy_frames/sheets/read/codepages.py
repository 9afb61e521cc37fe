"""Detect the encoding of bytes and decode them.

Bytes that are valid UTF-8 are UTF-8. Otherwise the letters decide: in the right code page they all belong to one
language, and no capital follows a small letter inside a word.
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

# the letters of each language beyond a to z; the first wins a tie, so widely used languages come before others that
# share their letters in another code page
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
_PUNCTUATION = frozenset("’‘‚“”„–—…•€§°«»¿¡·×©®™º½\xa0\xad")

_BEFORE_NO_LETTER = frozenset("£¹²³")
_FINAL_LETTERS = frozenset("ךםןףץς")

_EAST_ASIAN = ("cp932", "gb18030", "cp949", "big5")

_SAMPLE = 20_000
_MISFIT_RATE = 10  # with more than one misfit in so many letters no language fits well


def decode_text(content: bytes) -> tuple[str, str]:
    """Return the text of bytes, and its encoding.

    Raises
    ------
    ValueError
        The bytes are no text.
    """
    encoding = byte_order_mark(content)
    if encoding:
        return _strict(content, encoding), encoding
    try:
        return content.decode(), "utf-8"
    except UnicodeDecodeError:
        if b"\0" in content:
            raise ValueError("it is neither text nor a workbook") from None
    encoding = guess_encoding(content)
    return _strict(content, encoding), encoding


def byte_order_mark(content: bytes) -> str:
    """Return the encoding that a byte order mark tells; "" without one."""
    return next((encoding for mark, encoding in _MARKS if content.startswith(mark)), "")


def start_as_utf8(content: bytes) -> bytes:
    """Return the start of a file as UTF-8 without a byte order mark; unchanged if it has no mark."""
    encoding = byte_order_mark(content)
    return content.decode(encoding, "ignore").encode("utf-8", "replace") if encoding else content


def _strict(content: bytes, encoding: str) -> str:
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        raise ValueError(
            f"its bytes are not {encoding}, although they start like it (byte {error.start} is not)"
        ) from None


def guess_encoding(content: bytes) -> str:
    """Return the code page of bytes that are not UTF-8: by their letters, else by charset-normalizer."""
    sample = b"\n".join(line for line in content.splitlines() if not line.isascii())[:_SAMPLE]
    readable = [page for page in dict.fromkeys(page for page, _ in _LETTERS) if _can_decode(content, page)]
    texts = {page: sample.decode(page, "replace") for page in readable}
    breaks = {page: _count_breaks(text) for page, text in texts.items()}
    letters_of = {page: Counter(_letters_in(text)) for page, text in texts.items()}
    best, fewest = "latin-1", len(sample) + 1
    for page, letters in _LETTERS:
        if page in readable:
            own = frozenset(letters + letters.upper()) | _PUNCTUATION
            misfits = breaks[page] + sum(count for char, count in letters_of[page].items() if char not in own)
            if misfits < fewest:
                best, fewest = page, misfits
    if fewest * _MISFIT_RATE > sum(byte > 127 for byte in sample):
        best = _guess_by_normalizer(sample, [*readable, *_EAST_ASIAN]) or best
    return best


def _can_decode(content: bytes, page: str) -> bool:
    try:
        content.decode(page)
    except UnicodeDecodeError:
        return False
    return True


def _letters_in(text: str) -> list[str]:
    """Return the characters beyond ASCII, without signs in places where no letter would be."""
    return [
        char
        for char, following in itertools.pairwise(f"{text} ")
        if ord(char) > 127 and not (char in _BEFORE_NO_LETTER and not following.isalpha())
    ]


def _count_breaks(text: str) -> int:
    """Count the pairs that no word has: a small letter before a capital, two scripts, a final letter before others."""
    return sum(
        before.isalpha()
        and char.isalpha()
        and ((before.islower() and char.isupper()) or _is_latin(before) != _is_latin(char) or before in _FINAL_LETTERS)
        for before, char in itertools.pairwise(text)
        if ord(before) > 127 or ord(char) > 127
    )


def _is_latin(letter: str) -> bool:
    return ord(letter) < 0x250


def _guess_by_normalizer(sample: bytes, pages: list[str]) -> str | None:
    from charset_normalizer import from_bytes

    best = from_bytes(sample, cp_isolation=pages).best()
    return None if best is None else best.encoding
