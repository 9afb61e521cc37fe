"""Reading the arguments of a request, and saying what is wrong with them.

The law of this file: a value of any JSON type may stand in any field; what cannot be used becomes an
entry of the 422 body, one list for each field, as docs.cronofy.com/developers/api/error-codes shows.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import datetime
from typing import Any, TypeVar
from urllib.parse import urlsplit

from cronofy_frames.sandbox.model.times import Placed, Unreadable, read_placed, read_time, zone_of

T = TypeVar("T")

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")
_STEP = re.compile(r"\[([^\[\]]*)\]")
_INTEGERS = range(-(2**31), 2**31)


class Refused(Exception):
    """The request is answered with this status, and nothing was done.

    Attributes
    ----------
    status
        The HTTP status.
    body
        What the answer says, as JSON; None for an empty body.
    text
        What it says where it is plain text.
    """

    def __init__(self, status: int, body: Any = None, *, text: str | None = None) -> None:
        super().__init__(status)
        self.status = status
        self.body = body
        self.text = text


class Fields:
    """The arguments of one request, read one by one; what is wrong with them is collected.

    Parameters
    ----------
    given
        The arguments under their wire names.
    path
        What stands before a field's name in an error, as in `attendees.invite[0].`.
    errors
        Where errors go; a nested part shares its parent's.
    """

    def __init__(
        self, given: Mapping[str, Any], *, path: str = "", errors: dict[str, list[dict[str, str]]] | None = None
    ) -> None:
        self.given = given
        self.path = path
        self.errors: dict[str, list[dict[str, str]]] = {} if errors is None else errors

    def __contains__(self, name: str) -> bool:
        return name in self.given

    def refuse(self, name: str, key: str, description: str) -> None:
        """Note that a field is wrong."""
        told = {"key": f"errors.{key.removeprefix('errors.')}", "description": description}
        self.errors.setdefault(self.path + name, []).append(told)

    def check(self) -> None:
        """Refuse the request with 422 if anything was wrong."""
        if self.errors:
            raise Refused(422, {"errors": self.errors})

    def need(self, name: str) -> bool:
        """Say whether a required field is there; if not, note that it is missing."""
        if self.given.get(name) is not None:
            return True
        self.refuse(name, "required", f"{name} must be specified")
        return False

    def read(self, name: str, reader: Callable[[Any], T], *, required: bool = False) -> T | None:
        """Read a field with a reader of times; None where it is missing or wrong."""
        if (required and not self.need(name)) or self.given.get(name) is None:
            return None
        try:
            return reader(self.given[name])
        except Unreadable as error:
            self.refuse(name, error.key, f"{name} {error.description}")
            return None

    def text(self, name: str, *, required: bool = False, longest: int | None = None, empty: bool = True) -> str | None:
        """Read a String."""
        value = self.given.get(name)
        if required and (value is None or (value == "" and not empty)):
            self.refuse(name, "required", f"{name} must be specified")
        elif value is None:
            return None
        elif not isinstance(value, str):
            self.refuse(name, "invalid_format", f"{name} must be a string")
        elif longest is not None and len(value) > longest:
            self.refuse(name, "too_long", f"{name} must not be longer than {longest} characters")
        else:
            return value
        return None

    def boolean(self, name: str, *, default: bool | None = False) -> bool | None:
        """Read a Boolean: JSON's, or text in any case, as the official Python client writes it."""
        value = self.given.get(name)
        if value is None or value == "":
            return default
        told = value.lower() if isinstance(value, str) else value
        if told is True or told == "true":
            return True
        if told is False or told == "false":
            return False
        self.refuse(name, "must_be_boolean", f"{name} must be true or false")
        return default

    def integer(self, name: str, *, least: int, required: bool = False) -> int | None:
        """Read an Integer, also from the text of a form."""
        if (required and not self.need(name)) or self.given.get(name) is None:
            return None
        value = self.given[name]
        if isinstance(value, str) and re.fullmatch(r"-?\d{1,10}", value, re.ASCII):
            value = int(value)
        if isinstance(value, int) and not isinstance(value, bool) and value in _INTEGERS and value >= least:
            return value
        key = "must_be_integer_greater_than_zero" if least == 1 else "must_be_integer"
        self.refuse(name, key, f"{name} must be an integer of at least {least}")
        return None

    def choice(self, name: str, allowed: Collection[str], *, required: bool = False) -> str | None:
        """Read one of several words."""
        value = self.text(name, required=required)
        if value is not None and value not in allowed:
            self.refuse(name, "not_recognized", f"{name} must be one of {', '.join(allowed)}")
            return None
        return value

    def matching(self, name: str, pattern: re.Pattern[str], key: str, words: str, *, required: bool) -> str | None:
        """Read a String of a certain form."""
        value = self.text(name, required=required, empty=not required)
        if value is not None and not pattern.fullmatch(value):
            self.refuse(name, key, f"{name} must be {words}")
            return None
        return value

    def email(self, name: str, *, required: bool = True) -> str | None:
        """Read an e-mail address."""
        return self.matching(name, _EMAIL, "invalid_email", "an e-mail address", required=required)

    def web_address(self, name: str, *, required: bool = True) -> str | None:
        """Read an absolute http or https address."""
        value = self.text(name, required=required, empty=not required)
        if value is not None and not is_web_address(value):
            self.refuse(name, "invalid_url", f"{name} must be an http or https URL")
            return None
        return value

    def time(self, name: str) -> datetime | None:
        """Read a Time."""
        return self.read(name, read_time)

    def tzid(self, name: str, *, required: bool = False) -> str | None:
        """Read the IANA id of a zone."""
        zone = self.read(name, zone_of, required=required)
        return None if zone is None else zone.key

    def placed(self, name: str, *, required: bool = True) -> Placed | None:
        """Read an event time in any of its forms."""
        return self.read(name, read_placed, required=required)

    def texts(self, name: str, *, required: bool = False) -> list[str] | None:
        """Read an array of Strings."""
        if (required and not self.need(name)) or self.given.get(name) is None:
            return None
        value = self.given[name]
        if isinstance(value, list) and all(isinstance(one, str) for one in value):
            return list(value)
        self.refuse(name, "invalid_format", f"{name} must be an array of strings")
        return None

    def part(self, name: str, *, required: bool = False) -> Fields | None:
        """Read an object; its fields are read from what is returned."""
        if (required and not self.need(name)) or self.given.get(name) is None:
            return None
        value = self.given[name]
        if isinstance(value, dict):
            return Fields(value, path=f"{self.path}{name}.", errors=self.errors)
        self.refuse(name, "invalid_format", f"{name} must be an object")
        return None

    def parts(self, name: str, *, required: bool = False, most: int | None = None) -> list[Fields] | None:
        """Read an array of objects."""
        if (required and not self.need(name)) or self.given.get(name) is None:
            return None
        value = self.given[name]
        if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
            self.refuse(name, "invalid_format", f"{name} must be an array of objects")
        elif most is not None and len(value) > most:
            self.refuse(name, "too_many", f"{name} must not have more than {most} entries")
        else:
            return [Fields(one, path=f"{self.path}{name}[{n}].", errors=self.errors) for n, one in enumerate(value)]
        return None


def is_web_address(text: str) -> bool:
    """Say whether a text is an absolute http or https address."""
    try:
        parts = urlsplit(text)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and not re.search(r"\s", text)
    except ValueError:
        return False


def nest(pairs: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """Return form or query pairs as the JSON that they stand for: `a[]=1&b[c]=2` is `{"a": ["1"], "b": {"c": "2"}}`.

    Of a plain name given twice the last counts; a name whose brackets make no sense is taken as it is.
    """
    tree: dict[str, Any] = {}
    for name, value in pairs:
        head, bracket, tail = name.partition("[")
        steps = _STEP.findall(bracket + tail)
        if not head or len(steps) > 8 or "".join(f"[{step}]" for step in steps) != bracket + tail:
            tree[name] = value
        else:
            _plant(tree, [head, *steps], value)
    return tree


def _plant(tree: dict[str, Any], steps: list[str], value: str) -> None:
    name, *rest = steps
    if not rest:
        tree[name] = value
    elif rest[0] != "":
        branch = tree.setdefault(name, {})
        if isinstance(branch, dict):
            _plant(branch, rest, value)
    else:
        listed = tree.setdefault(name, [])
        if isinstance(listed, list):
            _append(listed, rest[1:], value)


def _append(listed: list[Any], steps: list[str], value: str) -> None:
    """Add to an array; a key that the last object has already begins the next object, as in `a[][x]=1&a[][x]=2`."""
    if not steps or steps[0] == "":
        listed.append(value)
        return
    if not listed or not isinstance(listed[-1], dict) or (len(steps) == 1 and steps[0] in listed[-1]):
        listed.append({})
    _plant(listed[-1], steps, value)
