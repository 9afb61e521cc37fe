"""Parser for cells with attendees: JSON as reads return it, or text such as "a@x.org; Bob <b@y.org>"."""

from __future__ import annotations

import email.utils
import re
from typing import Any

from cronofy_frames.writing.plan.cell_parsers import InvalidCellError, parse_json, parse_text

Person = dict[str, str]
"""email, and display_name if it is known."""

_ADDRESS = re.compile(r"[^@\s<>\"]+@[^@\s<>\"]+")
# the text between separators; a separator in quotes does not count
_PART = re.compile(r'(?:"(?:[^"\\]|\\.)*"|[^;,\n])+')

_EXPECTED = "addresses such as 'a@x.org; Bob <b@y.org>', or a JSON list of objects with email"


def parse_people(value: Any) -> list[Person]:
    """Return the people of a cell; the same address twice counts once.

    Raises
    ------
    InvalidCell
        One of them has no address.
    """
    if isinstance(value, str) and value.lstrip()[:1] not in ("[", "{"):
        listed = [_parse_person(part) for part in _PART.findall(value) if part.strip()]
    else:
        entries = parse_json(value, _EXPECTED)
        if not isinstance(entries, list):
            raise InvalidCellError(_EXPECTED)
        listed = [_parse_entry(entry) for entry in entries]
    people: dict[str, Person] = {}
    for person in listed:
        people.setdefault(person["email"].casefold(), person)
    return list(people.values())


def _parse_person(text: str) -> Person:
    name, address = email.utils.parseaddr(text.strip())
    return _checked_person(address, name, text.strip())


def _parse_entry(entry: Any) -> Person:
    if isinstance(entry, str):
        return _parse_person(entry)
    if not isinstance(entry, dict) or not isinstance(entry.get("email"), str):
        raise InvalidCellError(_EXPECTED, entry)
    name = entry.get("display_name")
    return _checked_person(entry["email"], name if isinstance(name, str) else "", entry["email"])


def _checked_person(address: str, name: str, quoted: str) -> Person:
    if not _ADDRESS.fullmatch(address):
        raise InvalidCellError("an address such as bob@example.org", quoted)
    person = {"email": parse_text(address)}
    return {**person, "display_name": parse_text(name)} if name else person
