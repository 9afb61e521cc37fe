"""Compare the JSON of an answer with the fields of its contract, and count what differs."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

from cronofy_frames.contract import AnswerField

Kind = Literal["unknown key", "missing key", "type", "value", "paging", "header"]

_TIME = re.compile(r"-?\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)")
_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?")


@dataclass(frozen=True, slots=True)
class Difference:
    """Something in an answer that is not as the contract says.

    Attributes
    ----------
    route
        The route that was answered.
    kind
        What differs.
    path
        Where in the answer.
    expected, actual
        Types, or values of an enumeration; never a text of the account.
    """

    route: str
    kind: Kind
    path: str
    expected: str = ""
    actual: str = ""


def kind_of(value: Any) -> str:
    """Return what a JSON value is, with times, dates and numbers in a text told apart."""
    if value is None:
        return "null"
    names = {bool: "boolean", int: "integer", float: "number", list: "list", dict: "object"}
    if not isinstance(value, str):
        return names.get(type(value), "number")
    forms = (("time", _TIME), ("date", _DATE), ("numeric text", _NUMBER))
    return next((name for name, form in forms if form.fullmatch(value)), "text")


class Comparison:
    """Counts the fields of all answers, and what differs.

    Attributes
    ----------
    differences
        How often each difference was seen.
    kinds
        How often each type was seen, by route and path; fields outside the contract are not among them.
    values
        How often each value of an enumeration was seen, by route and path.
    texts
        The texts of the account: none of them may get into a report.
    """

    def __init__(self) -> None:
        self.differences: Counter[Difference] = Counter()
        self.kinds: dict[tuple[str, str], Counter[str]] = {}
        self.values: dict[tuple[str, str], Counter[str]] = {}
        self.texts: set[str] = set()

    def add(self, route: str, body: Any, fields: Iterable[AnswerField]) -> None:
        """Compare the body of an answer."""
        _Walk(self, route, fields).visit(body, "")

    def add_texts(self, value: Any) -> None:
        """Remember all texts in a value, the keys of unknown objects among them."""
        if isinstance(value, dict):
            for key, entry in value.items():
                self.texts.add(str(key))
                self.add_texts(entry)
        elif isinstance(value, list):
            for entry in value:
                self.add_texts(entry)
        elif isinstance(value, str):
            self.texts.add(value)


class _Walk:
    """A walk through one answer."""

    def __init__(self, comparison: Comparison, route: str, fields: Iterable[AnswerField]) -> None:
        self._comparison, self._route = comparison, route
        self._fields = {field.path: field for field in fields}
        self._children: dict[str, list[AnswerField]] = {}
        for field in self._fields.values():
            self._children.setdefault(field.parent, []).append(field)

    def visit(self, value: Any, path: str) -> None:
        """Compare a value at a path, and all that is in it."""
        if isinstance(value, dict):
            self._visit_object(value, path)
        elif isinstance(value, list):
            for entry in value:
                self._visit_entry(entry, f"{path}[]")
        elif path == "":
            self._report("type", "", "object", kind_of(value))

    def _visit_entry(self, entry: Any, path: str) -> None:
        field = self._fields.get(path)
        if field is not None and not isinstance(entry, dict):
            self._report("type", path, "object", kind_of(entry))
        if field is not None or path in self._children:
            self.visit(entry, path)
        else:
            self._comparison.add_texts(entry)

    def _visit_object(self, value: dict[str, Any], path: str) -> None:
        known = self._children.get(path)
        if known is None:  # the contract says nothing of what is in it
            self._comparison.add_texts(value)
            return
        for field in known:
            if field.always and _key(field) not in value and not value.get(field.unless):
                self._report("missing key", field.path, " or ".join(field.kinds))
        for key, entry in value.items():
            own = f"{path}/{key}" if path else key
            if own in self._fields:
                self._visit_field(self._fields[own], entry)
            else:
                self._report("unknown key", own, actual=kind_of(entry))
                self._comparison.add_texts(entry)

    def _visit_field(self, field: AnswerField, value: Any) -> None:
        kind = kind_of(value)
        self._comparison.kinds.setdefault((self._route, field.path), Counter())[kind] += 1
        if not _is_allowed(kind, field):
            self._report("type", field.path, " or ".join(field.kinds), kind)
        if isinstance(value, str):
            self._visit_text(field, value)
        else:
            self.visit(value, field.path)

    def _visit_text(self, field: AnswerField, value: str) -> None:
        if not field.values:
            self._comparison.texts.add(value)
        elif value in field.values:
            self._comparison.values.setdefault((self._route, field.path), Counter())[value] += 1
        else:
            self._report("value", field.path, ", ".join(field.values), value)

    def _report(self, kind: Kind, path: str, expected: str = "", actual: str = "") -> None:
        self._comparison.differences[Difference(self._route, kind, path, expected, actual)] += 1


def _key(field: AnswerField) -> str:
    return field.path.rpartition("/")[2]


def _is_allowed(kind: str, field: AnswerField) -> bool:
    """Return whether a field may be of a kind; a text may look like anything, and what may be missing may be null."""
    if kind == "null":
        return not field.always
    is_text = kind in ("time", "date", "numeric text") and "text" in field.kinds
    return kind in field.kinds or is_text
