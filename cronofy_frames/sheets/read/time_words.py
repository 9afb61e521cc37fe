"""Words in headers for the date, the time of day, the start and the end of an event, in several languages."""

from __future__ import annotations

import re
import unicodedata

_SIDES = {
    "start": "start starts starting begin begins beginning from von ab beginn beginnt anfang debut depuis "
    "inicio inizio comienzo desde van dal dalle",
    "end": "end ends ending to until till finish finishes thru through bis ende endet schluss fin jusqu "
    "hasta fine fim termino einde eind tot al alle",
}
_PARTS = {
    "date": "date dates day datum tag jour datetime fecha data",
    "time": "time times clock uhrzeit zeit heure horaire datetime hora ora tijd",
}
_SIDES_OF_DAYS = {
    "first": "start",
    "last": "end",
    "erster": "start",
    "letzter": "end",
    "premier": "start",
    "dernier": "end",
}
_OTHER_MEANINGS = (
    "from to until till thru through von ab bis de a depuis jusqu fin schluss desde hasta van tot dal dalle al alle "
    "fine fim day tag jour data"
)
_FILLERS = "event of the and at on by local am um und d de l du la le et a del di da e y en"

_SIDE_OF = {word: side for side, words in _SIDES.items() for word in words.split()}
_PARTS_OF = {
    word: frozenset(part for part, words in _PARTS.items() if word in words.split())
    for words in _PARTS.values()
    for word in words.split()
}
_DAYS = {"day", "date", "tag", "jour"}
_COMPOUND = re.compile(rf"({'|'.join(_SIDE_OF)})s?({'|'.join(_PARTS_OF)})")  # Startdatum, Anfangszeit
_SUFFIX = re.compile(r"\s*(?:\(([^()]*)\)|\[([^\[\]]*)\])\s*[:*]?\s*")
_WORD = re.compile(r"[^\W\d_]+")
_PHRASES = {"à": "end", "de": "start"}  # words that are only fillers beside others


def can_mean_else(header: str) -> bool:
    """Return whether all words of a header about times can also be about people, places or names of days."""
    words = _words_of(without_suffix(header).casefold())
    return all(word in _OTHER_MEANINGS.split() or word in _FILLERS.split() for word in words)


def time_name(header: str) -> str | None:
    """Return what a header says of times: start, end, start_date, start_time, end_date or end_time; None for nothing.

    All its words have to be about times, whatever their order: "Begins at", "Date from", "Endzeit", "Heure de début".
    A suffix in brackets does not count. A header that names neither start nor end means the start.
    """
    plain = without_suffix(header).strip(" :*").casefold()
    if plain in _PHRASES:
        return _PHRASES[plain]
    words = _words_of(plain)
    side_of = _SIDE_OF | (_SIDES_OF_DAYS if _DAYS & set(words) else {})
    sides = {side_of[word] for word in words if word in side_of}
    parts = frozenset[str]().union(*(_PARTS_OF.get(word, ()) for word in words))
    is_known = all(word in side_of or word in _PARTS_OF or word in _FILLERS.split() for word in words)
    if not is_known or len(sides) > 1 or not (sides or parts):
        return None
    side = next(iter(sides), "start")
    return f"{side}_{next(iter(parts))}" if len(parts) == 1 else side


def without_suffix(header: str) -> str:
    """Return a header without a suffix in brackets."""
    match = _suffix_match(header)
    return header[: match.start()] if match else header


def suffix_of(header: str) -> str:
    """Return the text of a header's suffix in brackets; "" if it has none."""
    match = _suffix_match(header)
    return (match[1] or match[2] or "").strip() if match else ""


def _suffix_match(header: str) -> re.Match[str] | None:
    return next((match for match in _SUFFIX.finditer(header) if match.start() and match.end() == len(header)), None)


def _words_of(text: str) -> list[str]:
    return [part for word in _WORD.findall(_without_accents(text)) for part in _split_compound(word)]


def _split_compound(word: str) -> tuple[str, ...]:
    match = None if word in _SIDE_OF else _COMPOUND.fullmatch(word)
    return match.groups() if match else (word,)


def _without_accents(text: str) -> str:
    return "".join(letter for letter in unicodedata.normalize("NFKD", text) if not unicodedata.combining(letter))
