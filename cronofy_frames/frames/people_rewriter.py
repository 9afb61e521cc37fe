"""Replacement of the addresses and names of people in texts and decoded JSON."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from typing import Any

from cronofy_frames.frames.addresses import is_address, replace_addresses
from cronofy_frames.frames.people_names import Words, is_full_name, normal_text, replace_names, spellings

ADDRESS_KEYS = frozenset({"email"})
NAME_KEY = "display_name"
NAME_BESIDE_ADDRESS = "name"
"""A key that is a person's name only in an object with an address."""

EVENT_IDS = frozenset({"calendar_id", "event_uid", "event_id", "series_identifier", "google_event_id"})
EVENT_TIMES = frozenset({"start", "end", "created", "updated"})


class PeopleRewriter(ABC):
    """Base class that replaces addresses and names of people."""

    @abstractmethod
    def address(self, text: str) -> str:
        """Return the replacement of an address."""

    @abstractmethod
    def name(self, text: str, address: str | None = None) -> str:
        """Return the replacement of a person's name; their address is given where it is known."""

    def text(self, text: str, names: Mapping[Words, str] | None = None) -> str:
        """Return a text with its addresses replaced, and some names.

        Parameters
        ----------
        text
            Any text.
        names
            The names to replace, usually of the people of an event: their words, and the replacements.
        """
        written = replace_addresses(text, self.address)
        if not names:
            return written
        plain = normal_text(written)
        present = {words: new_name for words, new_name in names.items() if all(word in plain for word in words)}
        return replace_names(written, map(len, present), present.get) if present else written

    def value(self, value: Any, names: Mapping[Words, str] | None = None) -> Any:
        """Return decoded JSON with its people replaced: under the keys of people, and in all other texts.

        Sets and arrays, which other tools put into cells, become lists.
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
        """Return the replacements of full names by their words, from pairs of address and name.

        A name of one word is left out, because it may be an ordinary word of a text.
        """
        replacements = {}
        for address, name in people:
            if isinstance(name, str) and not is_address(name) and is_full_name(name):
                new_name = self.name(name, address if isinstance(address, str) else None)
                if new_name != name:
                    replacements.update(dict.fromkeys(spellings(name), new_name))
        return replacements

    def event(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """Return an event of the API with its people replaced; ids and times stay as they are."""
        organizer, attendees = row.get("organizer"), row.get("attendees")
        people = [organizer, *(attendees if isinstance(attendees, list) else [])]
        names = self.names(
            (person.get("email"), person.get("display_name")) for person in people if isinstance(person, Mapping)
        )
        fixed = EVENT_IDS | EVENT_TIMES
        return {name: value if name in fixed else self.value(value, names) for name, value in row.items()}
