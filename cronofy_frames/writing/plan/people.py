"""Addresses of people: JSON as reads give it, or text as people write it into a cell."""

from __future__ import annotations

import email.utils
import re
from typing import Any

from cronofy_frames.writing.plan.cell_parsers import Unfit, json_of, text_of

Person = dict[str, str]
"""email, and display_name where it is known."""

_ADDRESS = re.compile(r"[^@\s<>\"]+@[^@\s<>\"]+")
# what stands between separators; a separator inside quotes is none
_PART = re.compile(r'(?:"(?:[^"\\]|\\.)*"|[^;,\n])+')

_WANTED = "addresses such as 'a@x.org; Bob <b@y.org>', or a JSON list of objects with email"


def people_of(value: Any) -> list[Person]:
    """Read a cell of people: who comes twice counts once.

    Raises
    ------
    Unfit
        Where one is no address.
    """
    if isinstance(value, str) and value.lstrip()[:1] not in ("[", "{"):
        found = [_written(part) for part in _PART.findall(value) if part.strip()]
    else:
        listed = json_of(value, _WANTED)
        if not isinstance(listed, list):
            raise Unfit(_WANTED)
        found = [_entry(one) for one in listed]
    people: dict[str, Person] = {}
    for one in found:
        people.setdefault(one["email"].casefold(), one)
    return list(people.values())


def _written(part: str) -> Person:
    name, address = email.utils.parseaddr(part.strip())
    return _person(address, name, part.strip())


def _entry(entry: Any) -> Person:
    if isinstance(entry, str):
        return _written(entry)
    if not isinstance(entry, dict) or not isinstance(entry.get("email"), str):
        raise Unfit(_WANTED, entry)
    name = entry.get("display_name")
    return _person(entry["email"], name if isinstance(name, str) else "", entry["email"])


def _person(address: str, name: str, came: str) -> Person:
    if not _ADDRESS.fullmatch(address):
        raise Unfit("an address such as bob@example.org", came)
    person = {"email": text_of(address)}
    return {**person, "display_name": text_of(name)} if name else person
