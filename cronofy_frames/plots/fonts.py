"""Fonts of a picture: those in use, installed ones for what these lack, and a clear refusal where there is none.

The rule: a picture shows every letter, digit and mark of its texts. What the fonts in use lack is drawn with an
installed font that has it; where no font has a letter, the picture is refused with the name of a package to install.
Signs such as emoji are decoration: one that no font has is left out, unless its text has nothing else.
"""

from __future__ import annotations

import difflib
import functools
import re
import unicodedata
from collections.abc import Callable, Iterable
from contextvars import ContextVar
from dataclasses import replace
from pathlib import Path
from typing import ParamSpec

from matplotlib import font_manager
from matplotlib.axes import Axes
from matplotlib.font_manager import FontEntry, FontProperties, fontManager
from matplotlib.text import Text

from cronofy_frames.plots.font_packages import script_of, where_to_get
from cronofy_frames.text import single_line

Font = str | Path
Arguments = ParamSpec("Arguments")

SUFFIXES = (".ttf", ".otf", ".ttc", ".otc")
GENERIC = ("serif", "sans-serif", "sans", "cursive", "fantasy", "monospace")
UNFIT = ("last resort", "lastresort", "blank", "color")  # boxes for every character; bitmaps
# fonts of systems for many scripts; Japanese first, for Chinese signs that stand without others
FIRST = (
    *("Noto Sans CJK JP", "Noto Sans JP", "Hiragino Sans", "Yu Gothic", "Meiryo", "MS Gothic", "Noto Sans CJK SC"),
    *("Noto Sans SC", "PingFang SC", "Microsoft YaHei", "Malgun Gothic", "Apple SD Gothic Neo", "Noto Sans"),
    *("DejaVu Sans", "Segoe UI", "Nirmala UI", "Arial Unicode MS", "Symbola", "Noto Emoji", "Segoe UI Emoji"),
)
JOINERS = "\u200c\u200d"  # they shape the letters beside them, and have no glyph themselves
# of the direction of the text beside them, and of an isolated part; those that turn all that follows are left out
MARKS = "\u200e\u200f\u061c\u2068\u2069"
_LOOSE_JOINERS = re.compile(rf"(?<!\S)[{JOINERS}]+|[{JOINERS}]+(?!\S)")
MOST_NAMED = 5  # characters in a message

_families_in_use: ContextVar[list[str] | None] = ContextVar("families_in_use", default=None)


class MissingFont(ValueError):
    """No installed font has a letter of a text.

    Attributes
    ----------
    characters
        The letters without a font.
    """

    def __init__(self, characters: str, text: str):
        self.characters = characters
        shown = text if len(text) <= 40 else f"{text[:39]}…"
        super().__init__(
            f"no installed font has {characters[:MOST_NAMED]!r} of {single_line(shown)!r}. Install one "
            f"({where_to_get(script_of(characters[0]))}), or give the name or the file of a font that has it as font= "
            "(on the command line: --font)."
        )


def with_own_fonts(plot: Callable[Arguments, Axes]) -> Callable[Arguments, Axes]:
    """Make a plot function draw all texts of its axes with fonts that have their characters."""

    @functools.wraps(plot)
    def plot_with_fonts(*args: Arguments.args, **options: Arguments.kwargs) -> Axes:
        token = _families_in_use.set(list(FontProperties().get_family()))
        try:
            axes = plot(*args, **options)
            set_fonts(axes)
        finally:
            _families_in_use.reset(token)
        return axes

    return plot_with_fonts


def use_font(font: Font | None) -> None:
    """Draw the rest of a picture with a font first, given by the name of its family or by a file."""
    families = _families_in_use.get()
    if font is not None and families is not None:
        families.insert(0, family_of(font))


def families_in_use() -> list[str]:
    """Return the families of the picture that is drawn, in the order in which they are tried; else the configured."""
    families = _families_in_use.get()
    return list(FontProperties().get_family()) if families is None else list(families)


def set_fonts(ax: Axes) -> None:
    """Set the families in use on all texts of axes that have the configured ones, also on labels of later ticks."""
    families, configured = families_in_use(), FontProperties().get_family()
    if families == configured:
        return
    ax.tick_params(which="both", labelfontfamily=families)
    for text in ax.findobj(Text):
        if isinstance(text, Text) and text.get_fontfamily() == configured:
            text.set_fontfamily(families)


def printable(text: str) -> str:
    """Return a text in one line as it can be drawn, and use the fonts that it needs for the rest of the picture.

    Signs that no font has are left out; of a text that has nothing else, their names are returned.

    Raises
    ------
    MissingFont
        If no installed font has a letter, a digit or a mark of the text.
    """
    families = _families_in_use.get()
    families = list(FontProperties().get_family()) if families is None else families
    paths = _paths_of(families)
    absent = {sign for sign in set(text) if _needs_glyph(sign) and not _is_in(paths, sign)}
    lost = _add_families(families, absent) if absent else set()
    if letters := "".join(sign for sign in dict.fromkeys(text) if sign in lost and _is_letter(sign)):
        raise MissingFont(letters, text)
    line = "".join(_as_drawn(sign, lost) for sign in text)
    return " ".join(_LOOSE_JOINERS.sub("", line).split()) or ", ".join(
        unicodedata.name(sign, "").lower() for sign in text if sign in lost
    )


def family_of(font: Font) -> str:
    """Return the family of a font, given by its name or by a file.

    Raises
    ------
    ValueError
        If there is no such font; the message has similar names.
    """
    if isinstance(font, Path) or font.lower().endswith(SUFFIXES):
        return _family_of_file(Path(font).expanduser().absolute())
    if font.lower() in GENERIC or _is_installed(font):
        return font
    _find_new_fonts()
    if _is_installed(font):
        return font
    names = {entry.name.lower(): entry.name for entry in fontManager.ttflist if _is_fit(entry)}
    near = [names[name] for name in difflib.get_close_matches(font.lower(), names, n=3, cutoff=0.5)]
    hint = f" Did you mean {' or '.join(map(repr, near))}?" if near else ""
    raise ValueError(
        f"no font {single_line(font)!r} is installed: font is the name of an installed font, or a file such as "
        f"'fonts/NotoSans-Regular.ttf'.{hint}"
    )


def _family_of_file(path: Path) -> str:
    """Return the name of a family that leads to a file, known to matplotlib from now on."""
    if not path.is_file():
        raise ValueError(f"there is no font file {str(path)!r}: font is the name of an installed font, or a file.")
    entry = _entry_of(path) or _add_file(path)
    if entry is None:
        raise ValueError(f"{str(path)!r} cannot be read as a font: give a .ttf, .otf or .ttc file.")
    if _font(entry.name) == entry.fname:
        return entry.name
    # another file of its family is nearer to the normal weight: a name of its own leads to this one
    own = replace(entry, name=f"{entry.name} ({path.name})", weight=400, style="normal")
    if own not in fontManager.ttflist:
        fontManager.ttflist.append(own)
    return own.name


def _entry_of(path: Path) -> FontEntry | None:
    return next((entry for entry in fontManager.ttflist if entry.fname == str(path)), None)


def _add_file(path: Path) -> FontEntry | None:
    try:
        fontManager.addfont(path)
    except (OSError, RuntimeError, NotImplementedError):
        return None
    _nearest_family.cache_clear()
    return _entry_of(path)


def _is_installed(family: str) -> bool:
    return any(entry.name.lower() == family.lower() for entry in fontManager.ttflist)


def _find_new_fonts() -> None:
    """Tell matplotlib of fonts that were installed since it made its list, which it keeps for ever."""
    known = {entry.fname for entry in fontManager.ttflist}
    for path in font_manager.findSystemFonts():
        if path not in known:
            _add_file(Path(path))


def _add_families(families: list[str], absent: set[str]) -> set[str]:
    """Append installed families that have characters which the given ones lack; return those that none has."""
    lost = _append_nearest(families, absent)
    if any(map(_is_letter, lost)):
        _find_new_fonts()
        lost = _append_nearest(families, lost)
    return lost


def _append_nearest(families: list[str], absent: Iterable[str]) -> set[str]:
    lost = set()
    # kana before Chinese signs, so that a Japanese text has one font
    for sign in sorted(absent, key=lambda sign: (script_of(sign) == "CJK", sign)):
        if _is_in(_paths_of(families), sign):
            continue
        family = _nearest_family(sign)
        if family is None:
            lost.add(sign)
        else:
            families.append(family)
    return lost


@functools.lru_cache(maxsize=4096)
def _nearest_family(sign: str) -> str | None:
    """Return the installed family to draw a character with: one for its script, else one for many, else any."""
    own = f"noto sans {script_of(sign)}".lower()
    rank = {own: -1, **{family.lower(): n for n, family in enumerate(FIRST)}}
    names = {entry.name for entry in fontManager.ttflist if _is_fit(entry)}
    order = sorted(names, key=lambda name: (rank.get(name.lower(), len(rank)), "sans" not in name.lower(), name))
    # a sign is decoration: not worth opening hundreds of fonts
    tried = order if _is_letter(sign) else [name for name in order if name.lower() in rank or "symbol" in name.lower()]
    return next((name for name in tried if _is_in(_paths_of([name]), sign)), None)


def _is_fit(entry: FontEntry) -> bool:
    # matplotlib logs a notice on families without the normal weight
    return entry.style == "normal" and entry.weight == 400 and not any(word in entry.name.lower() for word in UNFIT)


def _as_drawn(sign: str, lost: set[str]) -> str:
    if sign in JOINERS + MARKS or (_needs_glyph(sign) and sign not in lost):
        return sign
    return "" if unicodedata.category(sign) == "Cf" or _selects(sign) else " "


def _needs_glyph(sign: str) -> bool:
    return unicodedata.category(sign) not in ("Cc", "Cf", "Cs", "Co", "Cn", "Zs", "Zl", "Zp") and not _selects(sign)


def _selects(sign: str) -> bool:
    """Return whether a character only chooses a look of the one before it."""
    return "\ufe00" <= sign <= "\ufe0f" or "\U000e0100" <= sign <= "\U000e01ef"


def _is_letter(sign: str) -> bool:
    return unicodedata.category(sign)[0] in "LMN"


def _paths_of(families: Iterable[str]) -> list[str]:
    """Return the font files of families; that of matplotlib's default where none of them is installed."""
    paths = [path for family in families if (path := _font(family)) is not None]
    return paths or [font_manager.findfont(FontProperties())]


def _is_in(paths: Iterable[str], sign: str) -> bool:
    return any(_has_code(path, ord(sign)) for path in paths)


@functools.lru_cache(maxsize=65536)
def _has_code(path: str, code: int) -> bool:
    return bool(font_manager.get_font(path).get_char_index(code))


def _font(family: str) -> str | None:
    try:
        return font_manager.findfont(FontProperties(family=[family]), fallback_to_default=False)
    except ValueError:
        return None
