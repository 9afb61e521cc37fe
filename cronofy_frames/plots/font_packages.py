"""Scripts of characters, and the packages whose fonts have them."""

from __future__ import annotations

import sys
import unicodedata

EAST_ASIAN = {
    *("CJK", "HIRAGANA", "KATAKANA", "KATAKANA-HIRAGANA", "HANGUL", "BOPOMOFO"),
    *("IDEOGRAPHIC", "FULLWIDTH", "HALFWIDTH"),
}


def script_of(sign: str) -> str:
    """Return the script of a letter, as the first word of its name in Unicode.

    Examples
    --------
    >>> script_of("é"), script_of("会"), script_of("ع")
    ('LATIN', 'CJK', 'ARABIC')
    """
    return unicodedata.name(sign, "UNKNOWN").split()[0]


def where_to_get(script: str, platform: str = sys.platform) -> str:
    """Return how to install a font for a script on a platform.

    Examples
    --------
    >>> where_to_get("HEBREW", "darwin")
    'brew install --cask font-noto-sans-hebrew'
    """
    family = "CJK JP" if script in EAST_ASIAN else script.title()
    if platform == "darwin":
        return f"brew install --cask font-noto-sans-{_slug(family)}"
    if platform in ("win32", "cygwin", "emscripten"):
        return f"install Noto Sans {family} from https://fonts.google.com/noto"
    debian, fedora = ("cjk", "cjk") if script in EAST_ASIAN else ("core", _slug(family))
    return f"apt install fonts-noto-{debian} on Debian or Ubuntu, dnf install google-noto-sans-{fedora}-fonts on Fedora"


def _slug(family: str) -> str:
    return family.lower().replace(" ", "-")
