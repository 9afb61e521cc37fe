"""Parser for cells with attendees: JSON as reads return it, or text such as "a@x.org; Bob <b@y.org>".

Every word of a text belongs to an address, so that no person is dropped: a part without an address is a problem. People
are separated by semicolons, commas, bars, line breaks or tabs, after an address also by "/", "&" or a word such as
"and", or by nothing. A comma is a part of a name in quotes, or where every name has one and semicolons or line breaks
separate the people, as in "Lee, Ann <a@x.org>; Roy, Bob <b@y.org>".
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from cronofy_frames.writing.plan.cell_parsers import InvalidCellError, parse_json, parse_text

Person = dict[str, str]
"""email, and display_name if it is known."""

_ADDRESS = re.compile(r"[^@\s<>\"]+@[^@\s<>\"]+")
_EXPECTED = "addresses such as 'a@x.org; Bob <b@y.org>', or a JSON list of objects with email"

# `marked` is an address in brackets, `plain` one without; a slash or an ampersand in an address needs the brackets
_TOKEN = re.compile(
    r"""(?P<separator>[;,|\n\r\t\uff1b\uff0c\u3001]+)
    |(?P<space>\s)
    |<\s*(?:mailto:)?(?P<marked>[^@\s<>"]+@[^@\s<>"]+)\s*>
    |\(\s*(?:mailto:)?(?P<in_parentheses>[^@\s<>()"]+@[^@\s<>()"]+)\s*\)
    |"(?P<double>(?:[^"\\]|\\.)*)"|'(?P<single>[^']*)'(?![\w@])
    |\((?P<comment>[^()@]*)\)|(?P<parenthesis>[()])
    |(?:mailto:)?(?P<plain>[\w.!\#$%*+=?^`{}~-](?:[\w.!\#$%*+=?^`{}~'-])*@\w[\w.-]*)
    |(?P<word>[^\s;,|()<\uff1b\uff0c\u3001]+|<)""",
    re.VERBOSE | re.IGNORECASE,
)
_AFTER_ADDRESS = re.compile(r"[ \xa0]*(?:[/&+]|(?:and|und|et|y|e|en|och|og)(?![\w@.]))", re.IGNORECASE)
_BEFORE_MARKED = re.compile(r"\s*<")
_OTHER_PERSON = re.compile(r'(?:^|\s)(?:and|und|et|&|\+|or|oder|ou)(?:\s|$)|[/<>@:"]', re.IGNORECASE)
_LAST_FIRST = re.compile(
    r"""\s*(?P<name>[^;,\n\r\t|<>@"/:()]+,[^;,\n\r\t|<>@"/:()]+)
    [<(](?P<address>[^@\s<>()"]+@[^@\s<>()"]+)[>)]\s*(?:[;\n\r]\s*|$)""",
    re.VERBOSE,
)


class NoAddressError(InvalidCellError):
    """A part of a cell with attendees that has no address."""


def parse_people(value: Any) -> list[Person]:
    """Return the people of a cell; the same address twice counts once.

    Raises
    ------
    InvalidCellError
        The cell is no list of people.
    NoAddressError
        One of them has no address.
    """
    if isinstance(value, str) and value.lstrip()[:1] not in ("[", "{"):
        listed = _parse_list(value)
    else:
        entries = parse_json(value, _EXPECTED)
        if not isinstance(entries, list):
            raise InvalidCellError(_EXPECTED)
        listed = [person for entry in entries for person in _parse_entry(entry)]
    people: dict[str, Person] = {}
    for person in listed:
        people.setdefault(person["email"].casefold(), person)
    return list(people.values())


def _parse_entry(entry: Any) -> list[Person]:
    if isinstance(entry, str):
        return _parse_list(entry)
    if not isinstance(entry, dict) or not isinstance(entry.get("email"), str):
        raise InvalidCellError(_EXPECTED, entry)
    name = entry.get("display_name")
    if not _ADDRESS.fullmatch(entry["email"]):
        raise _without_address(entry["email"])
    return [_person(entry["email"], name if isinstance(name, str) else "")]


def _person(address: str, name: str) -> Person:
    person = {"email": parse_text(address)}
    return {**person, "display_name": parse_text(name)} if name else person


def _without_address(part: str, *, ends_with_comma: bool = False) -> NoAddressError:
    advice = ""
    if ends_with_comma:
        advice = ', or a name with a comma in quotes, as in "Lee, Ann" <a@x.org>'
    elif "@" in part:
        advice = ', of one person; other marks in a name or address need quotes or brackets, as in "A/B" <a&b@x.org>'
    return NoAddressError(f"an address such as bob@example.org{advice}", part)


# text


def _parse_list(text: str) -> list[Person]:
    names_with_comma = _names_with_comma(text)
    if names_with_comma:
        return names_with_comma
    scanner = _Scanner(text)
    scanner.scan()
    return [_person(address, name) for address, name in scanner.people]


def _names_with_comma(text: str) -> list[Person]:
    """Return the people of a text in which each has a name with a comma; none for any other text."""
    if not re.search(r"[;\n\r]", text.strip("\n\r")):
        return []
    people, position = [], 0
    while position < len(text):
        match = _LAST_FIRST.match(text, position)
        if match is None:
            return []
        people.append(_person(match["address"], match["name"].strip()))
        position = match.end()
    return people


@dataclass(slots=True)
class _Scanner:
    """Reads a list of people from left to right.

    Attributes
    ----------
    people
        The addresses so far, each with its name.
    """

    text: str
    people: list[tuple[str, str]] = field(default_factory=list)
    _words: list[str] = field(default_factory=list)  # since the last address or separator
    _start: int = 0  # of these words
    _is_quoted: bool = False
    _follows_address: bool = False

    def scan(self) -> None:
        """Read the text.

        Raises
        ------
        NoAddressError
            A part of it has no address.
        """
        position = 0
        while position < len(self.text):
            match = _TOKEN.match(self.text, position)
            assert match is not None
            position = self._read_token(match)
        self._end_part(position, "")

    def _read_token(self, match: re.Match[str]) -> int:
        """Read a token, and return the position after it."""
        kind, end = match.lastgroup, match.end()
        if kind in ("marked", "in_parentheses"):
            return self._add_address(match[kind], end)
        if kind == "plain":
            return self._add_plain_address(match["plain"].rstrip("."), end)
        if kind in ("double", "single"):
            return self._add_quoted(match[kind], end)
        if kind == "comment":
            self._add_comment(match["comment"].strip())
        elif kind in ("separator", "parenthesis"):
            self._end_part(end, match[0])
        elif kind == "word":
            self._add_word(match["word"])
        return end

    def _add_word(self, word: str) -> None:
        self._words.append(word)
        self._follows_address = False

    def _add_quoted(self, text: str, end: int) -> int:
        if _ADDRESS.fullmatch(text.strip()) and not self._words:
            return self._add_plain_address(text.strip(), end)
        self._add_word(re.sub(r"\\(.)", r"\1", text).strip())
        self._is_quoted = True
        return end

    def _add_plain_address(self, address: str, end: int) -> int:
        if not _BEFORE_MARKED.match(self.text, end):
            return self._add_address(address, end)
        self._add_word(address)  # as the name of the address in brackets
        return end

    def _add_address(self, address: str, end: int) -> int:
        name = " ".join(self._words).strip(" -\u2013")
        if name.casefold() == address.casefold() or not re.search(r"[^\W\d_]", name):
            name = ""
        if not self._is_quoted and _OTHER_PERSON.search(name):
            raise _without_address(self.text[self._start : end].strip())
        self.people.append((address, name))
        after = _AFTER_ADDRESS.match(self.text, end)
        self._start = after.end() if after else end
        self._words, self._is_quoted, self._follows_address = [], False, True
        return self._start

    def _add_comment(self, comment: str) -> None:
        if not self._follows_address:
            self._words.append(f"({comment})")
        elif comment:
            address, name = self.people[-1]
            self.people[-1] = (address, f"{name} ({comment})" if name else comment)

    def _end_part(self, end: int, separator: str) -> None:
        part = self.text[self._start : end - len(separator)].strip()
        if any(re.search(r"\w", word) for word in self._words):
            raise _without_address(part, ends_with_comma="," in separator)
        self._start = end
        self._words, self._is_quoted, self._follows_address = [], False, False
