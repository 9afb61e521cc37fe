"""Rewriting of the people in texts and JSON: their addresses, their names, and both in other texts."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from typing import Any

from cronofy_frames.frames.addresses import is_address, replace_addresses
from cronofy_frames.frames.people_names import Words, is_full_name, normal_text, replace_names, spellings

ADDRESS_KEYS = frozenset({"email"})
NAME_KEY = "display_name"
NAME_BESIDE_ADDRESS = "name"
"""A key that many things have; it is a person's name beside an address."""

EVENT_IDS = frozenset({"calendar_id", "event_uid", "event_id", "series_identifier", "google_event_id"})
EVENT_TIMES = frozenset({"start", "end", "created", "updated"})


class PeopleRewriter(ABC):
    """Writes something else in place of addresses and names of people."""

    @abstractmethod
    def address(self, text: str) -> str:
        """Return what is written instead of an address."""

    @abstractmethod
    def name(self, text: str, address: str | None = None) -> str:
        """Return what is written instead of the name of a person, whose address may be known."""

    def text(self, text: str, names: Mapping[Words, str] | None = None) -> str:
        """Return a text with its addresses rewritten, and the names of people that are given.

        Parameters
        ----------
        text
            Any text.
        names
            The words of the names of people of its event, and what is written instead.
        """
        written = replace_addresses(text, self.address)
        if not names:
            return written
        plain = normal_text(written)
        present = {words: instead for words, instead in names.items() if all(word in plain for word in words)}
        return replace_names(written, map(len, present), present.get) if present else written

    def value(self, value: Any, names: Mapping[Words, str] | None = None) -> Any:
        """Return decoded JSON with its people rewritten: those that keys name, and those in other texts.

        Sets and arrays, as other tools have them in a cell, become lists.
        """
        if isinstance(value, str):
            return self.text(value, names)
        if isinstance(value, bytes):
            return self.text(value.decode(errors="surrogateescape"), names).encode(errors="surrogateescape")
        if isinstance(value, Mapping):
            return self._mapping(value, names)
        if isinstance(value, list | tuple | set | frozenset):
            return [self.value(item, names) for item in value]
        is_array = getattr(value, "ndim", 0) > 0
        return [self.value(item, names) for item in value.tolist()] if is_array else value

    def _mapping(self, value: Mapping[Any, Any], names: Mapping[Words, str] | None) -> dict[Any, Any]:
        address = next((value[key] for key in ADDRESS_KEYS if isinstance(value.get(key), str)), None)
        return {
            self.text(key) if isinstance(key, str) else key: self._entry(key, item, address, names)
            for key, item in value.items()
        }

    def _entry(self, key: Any, item: Any, address: str | None, names: Mapping[Words, str] | None) -> Any:
        if not isinstance(item, str) or not item.strip():
            return self.value(item, names)
        if key in ADDRESS_KEYS:
            return self.address(item)
        is_name = key == NAME_KEY or (key == NAME_BESIDE_ADDRESS and address is not None)
        return self.name(item, address) if is_name else self.text(item, names)

    def names(self, people: Iterable[tuple[Any, Any]]) -> dict[Words, str]:
        """Return what is written instead of full names, by their words, from pairs of address and name.

        A name of one word is left out: it could be any word of a text.
        """
        named = {}
        for address, name in people:
            if isinstance(name, str) and not is_address(name) and is_full_name(name):
                instead = self.name(name, address if isinstance(address, str) else None)
                if instead != name:
                    named.update(dict.fromkeys(spellings(name), instead))
        return named

    def event(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """Return an event of the API with its people rewritten; ids and times stay as they are."""
        organizer, attendees = row.get("organizer"), row.get("attendees")
        people = [organizer, *(attendees if isinstance(attendees, list) else [])]
        names = self.names(
            (person.get("email"), person.get("display_name")) for person in people if isinstance(person, Mapping)
        )
        fixed = EVENT_IDS | EVENT_TIMES
        return {name: value if name in fixed else self.value(value, names) for name, value in row.items()}
