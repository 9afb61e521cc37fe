"""Read and validate the fields of a request.

Any field may hold a value of any JSON type. A value that cannot be used becomes an entry of the 422 response, in one
list per field, as docs.cronofy.com/developers/api/error-codes shows.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import datetime
from typing import Any, TypeVar
from urllib.parse import urlsplit

from cronofy_frames.sandbox.model.times import InvalidTime, ParsedTime, parse_event_time, parse_time, zone_of

T = TypeVar("T")

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")
_BRACKETED_KEY = re.compile(r"\[([^\[\]]*)\]")
_INTEGERS = range(-(2**31), 2**31)
_MAX_DEPTH = 8


class ErrorResponse(Exception):
    """Answer the request with an error status; nothing has been changed.

    Attributes
    ----------
    status
        The HTTP status.
    body
        The JSON body; None for an empty body.
    text
        A plain text body, in place of JSON.
    """

    def __init__(self, status: int, body: Any = None, *, text: str | None = None) -> None:
        super().__init__(status)
        self.status = status
        self.body = body
        self.text = text


class RequestFields:
    """The fields of a request, or of an object in it, with methods that validate one field each.

    Each method returns the value, or None where the field is missing or invalid; an invalid field adds an error.

    Parameters
    ----------
    values
        The values by wire name.
    path
        Prefix of a field's name in errors, such as `attendees.invite[0].`.
    errors
        Collects the errors; a nested object shares those of its parent.
    """

    def __init__(
        self, values: Mapping[str, Any], *, path: str = "", errors: dict[str, list[dict[str, str]]] | None = None
    ) -> None:
        self.values = values
        self.path = path
        self.errors: dict[str, list[dict[str, str]]] = {} if errors is None else errors

    def __contains__(self, name: str) -> bool:
        return name in self.values

    def add_error(self, name: str, key: str, description: str) -> None:
        """Record that a field is invalid."""
        error = {"key": f"errors.{key.removeprefix('errors.')}", "description": description}
        self.errors.setdefault(self.path + name, []).append(error)

    def raise_errors(self) -> None:
        """Answer with 422 if any field is invalid."""
        if self.errors:
            raise ErrorResponse(422, {"errors": self.errors})

    def has_value(self, name: str) -> bool:
        """Return whether a field is present and not null."""
        return self.values.get(name) is not None

    def require(self, name: str) -> bool:
        """Return whether a field is present and not null; add an error if not."""
        if self.has_value(name):
            return True
        self.add_error(name, "required", f"{name} must be specified")
        return False

    def _is_absent(self, name: str, *, required: bool) -> bool:
        """Return whether a field is missing, with an error if it is required."""
        return not (self.require(name) if required else self.has_value(name))

    def read(self, name: str, parser: Callable[[Any], T], *, required: bool = False) -> T | None:
        """Read a field with a parser that raises `InvalidTime`."""
        if self._is_absent(name, required=required):
            return None
        try:
            return parser(self.values[name])
        except InvalidTime as error:
            self.add_error(name, error.key, f"{name} {error.description}")
            return None

    def text(
        self, name: str, *, required: bool = False, max_length: int | None = None, allow_empty: bool = True
    ) -> str | None:
        """Read a String."""
        value = self.values.get(name)
        if required and (value is None or (value == "" and not allow_empty)):
            self.add_error(name, "required", f"{name} must be specified")
        elif value is None:
            return None
        elif not isinstance(value, str):
            self.add_error(name, "invalid_format", f"{name} must be a string")
        elif max_length is not None and len(value) > max_length:
            self.add_error(name, "too_long", f"{name} must not be longer than {max_length} characters")
        else:
            return value
        return None

    def boolean(self, name: str, *, default: bool | None = False) -> bool | None:
        """Read a Boolean: JSON's, or text in any case, as the official Python client sends it."""
        value = self.values.get(name)
        if value is None or value == "":
            return default
        lower = value.lower() if isinstance(value, str) else value
        if lower is True or lower == "true":
            return True
        if lower is False or lower == "false":
            return False
        self.add_error(name, "must_be_boolean", f"{name} must be true or false")
        return default

    def integer(self, name: str, *, minimum: int, required: bool = False) -> int | None:
        """Read an Integer, also from form text."""
        if self._is_absent(name, required=required):
            return None
        value = self.values[name]
        if isinstance(value, str) and re.fullmatch(r"-?\d{1,10}", value, re.ASCII):
            value = int(value)
        if isinstance(value, int) and not isinstance(value, bool) and value in _INTEGERS and value >= minimum:
            return value
        key = "must_be_integer_greater_than_zero" if minimum == 1 else "must_be_integer"
        self.add_error(name, key, f"{name} must be an integer of at least {minimum}")
        return None

    def choice(self, name: str, allowed: Collection[str], *, required: bool = False) -> str | None:
        """Read a String that must be one of the allowed values."""
        value = self.text(name, required=required)
        if value is not None and value not in allowed:
            self.add_error(name, "not_recognized", f"{name} must be one of {', '.join(allowed)}")
            return None
        return value

    def matching(
        self, name: str, pattern: re.Pattern[str], key: str, description: str, *, required: bool
    ) -> str | None:
        """Read a String that must match a pattern; `key` and `description` are for the error."""
        value = self.text(name, required=required, allow_empty=not required)
        if value is not None and not pattern.fullmatch(value):
            self.add_error(name, key, f"{name} must be {description}")
            return None
        return value

    def email(self, name: str, *, required: bool = True) -> str | None:
        """Read an e-mail address."""
        return self.matching(name, _EMAIL, "invalid_email", "an e-mail address", required=required)

    def web_address(self, name: str, *, required: bool = True) -> str | None:
        """Read an absolute http or https URL."""
        value = self.text(name, required=required, allow_empty=not required)
        if value is not None and not is_web_address(value):
            self.add_error(name, "invalid_url", f"{name} must be an http or https URL")
            return None
        return value

    def time(self, name: str) -> datetime | None:
        """Read a Time."""
        return self.read(name, parse_time)

    def tzid(self, name: str, *, required: bool = False) -> str | None:
        """Read the IANA id of a time zone."""
        zone = self.read(name, zone_of, required=required)
        return None if zone is None else zone.key

    def event_time(self, name: str, *, required: bool = True) -> ParsedTime | None:
        """Read an event time in any of its forms."""
        return self.read(name, parse_event_time, required=required)

    def texts(self, name: str, *, required: bool = False) -> list[str] | None:
        """Read an array of Strings."""
        if self._is_absent(name, required=required):
            return None
        value = self.values[name]
        if isinstance(value, list) and all(isinstance(item, str) for item in value):
            return list(value)
        self.add_error(name, "invalid_format", f"{name} must be an array of strings")
        return None

    def nested_fields(self, name: str, *, required: bool = False) -> RequestFields | None:
        """Read an object; the returned fields add to the same errors."""
        if self._is_absent(name, required=required):
            return None
        value = self.values[name]
        if isinstance(value, dict):
            return RequestFields(value, path=f"{self.path}{name}.", errors=self.errors)
        self.add_error(name, "invalid_format", f"{name} must be an object")
        return None

    def nested_list(
        self, name: str, *, required: bool = False, max_items: int | None = None
    ) -> list[RequestFields] | None:
        """Read an array of objects."""
        if self._is_absent(name, required=required):
            return None
        value = self.values[name]
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            self.add_error(name, "invalid_format", f"{name} must be an array of objects")
        elif max_items is not None and len(value) > max_items:
            self.add_error(name, "too_many", f"{name} must not have more than {max_items} entries")
        else:
            return [
                RequestFields(item, path=f"{self.path}{name}[{position}].", errors=self.errors)
                for position, item in enumerate(value)
            ]
        return None


def is_web_address(text: str) -> bool:
    """Return whether a text is an absolute http or https URL."""
    try:
        parts = urlsplit(text)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and not re.search(r"\s", text)
    except ValueError:
        return False


def nest_pairs(pairs: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """Return form or query pairs as nested JSON: `a[]=1&b[c]=2` is `{"a": ["1"], "b": {"c": "2"}}`.

    If a plain name occurs twice, the last value counts. A name with malformed brackets is used as it is.
    """
    tree: dict[str, Any] = {}
    for name, value in pairs:
        head, bracket, tail = name.partition("[")
        keys = _BRACKETED_KEY.findall(bracket + tail)
        if not head or len(keys) > _MAX_DEPTH or "".join(f"[{key}]" for key in keys) != bracket + tail:
            tree[name] = value
        else:
            _insert(tree, [head, *keys], value)
    return tree


def _insert(tree: dict[str, Any], keys: list[str], value: str) -> None:
    """Set a value at a path of keys; an empty key means an array."""
    name, *rest = keys
    if not rest:
        tree[name] = value
    elif rest[0] != "":
        branch = tree.setdefault(name, {})
        if isinstance(branch, dict):
            _insert(branch, rest, value)
    else:
        items = tree.setdefault(name, [])
        if isinstance(items, list):
            _append(items, rest[1:], value)


def _append(items: list[Any], keys: list[str], value: str) -> None:
    """Append to an array; a key that the last object already has starts a new object, as in `a[][x]=1&a[][x]=2`."""
    if not keys or keys[0] == "":
        items.append(value)
        return
    if not items or not isinstance(items[-1], dict) or (len(keys) == 1 and keys[0] in items[-1]):
        items.append({})
    _insert(items[-1], keys, value)
