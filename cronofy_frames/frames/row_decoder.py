"""Row decoder: pages of JSON to typed rows, and rows to values by path.

One bad value never costs its neighbours. A page is decoded strictly first, which is fast. Only where that fails are
its rows, and then the values of a row, decoded one by one; what cannot be read is left out and counted.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Annotated, Any

import msgspec

from cronofy_frames.errors import CronofyError, TransportError
from cronofy_frames.schema import Table
from cronofy_frames.text import quantity

Values = Sequence[Any]
"""One value for each row; None where it is missing or null, an empty Raw where a list is missing."""

_LEAVES: dict[str, Any] = {
    "text": str | None,
    "list": msgspec.Raw,
    "time": str | None,
    "bool": bool | None,
    "boolean": bool | None,
    "number": str | float | None,
    "integer": Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)] | None,
}

# a surrogate pair, half a pair (the group), or any other escape, so that an escaped backslash never starts a match
_ESCAPE = re.compile(
    rb"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(u[dD][89a-fA-F][0-9a-fA-F]{2})|.)", re.DOTALL
)


@dataclass(slots=True)
class ReadIssues:
    """Counts of what could not be read as it was sent.

    Attributes
    ----------
    wrong_types
        By path in the JSON, how many values did not have the type of their column.
    out_of_range
        How many times lie in years that frames cannot hold.
    invalid_characters
        How many characters were not valid and became U+FFFD.
    """

    wrong_types: Counter[str] = field(default_factory=Counter)
    out_of_range: int = 0
    invalid_characters: int = 0

    def add(self, other: ReadIssues) -> None:
        """Add the counts of another page."""
        self.wrong_types.update(other.wrong_types)
        self.out_of_range += other.out_of_range
        self.invalid_characters += other.invalid_characters

    def sentences(self) -> list[str]:
        """Return a sentence for each kind of issue; none where there was none."""
        sentences = []
        if self.wrong_types:
            paths = ", ".join(f"{path} {count}" for path, count in sorted(self.wrong_types.items()))
            count = quantity(self.wrong_types.total(), "value")
            sentences.append(f"{count} did not have the type of the column and became missing ({paths}).")
        if self.out_of_range:
            sentences.append(f"{quantity(self.out_of_range, 'time')} before the year 2 or after 9998 became NaT.")
        if self.invalid_characters:
            sentences.append(f"{quantity(self.invalid_characters, 'invalid character')} became U+FFFD.")
        return sentences


@dataclass(frozen=True, slots=True)
class Key:
    """One key of a JSON object.

    Attributes
    ----------
    path, name
        Its path from the row, and its name in the object.
    type
        The type of its values.
    shape
        The shape of the objects among its values; None where there are none.
    is_event_time
        Whether a value may be a text, or an object with time and tzid.
    """

    path: str
    name: str
    type: Any
    shape: Shape | None
    is_event_time: bool

    def is_absent(self, values: Values) -> bool:
        """Return whether no row has a value for this key."""
        # any() stops at the first value that counts, so that the full look is for rare columns
        return not any(values) and (self.type is msgspec.Raw or values.count(None) == len(values))


@dataclass(frozen=True, slots=True)
class Shape:
    """The keys of the JSON objects at one path, and the struct that they are decoded to.

    Attributes
    ----------
    struct, blank
        The struct, and an instance of it without values.
    keys
        The keys, in the order of the struct's fields.
    """

    struct: type[msgspec.Struct]
    blank: msgspec.Struct
    keys: tuple[Key, ...]

    @classmethod
    def of(cls, table: Table) -> Shape:
        """Return the shape of a table's rows."""
        tree: dict[str, Any] = {}
        for column in table.columns:
            for path in (column.path, column.was):
                if path is not None:
                    node = tree
                    for key in path.split("."):
                        node = node.setdefault(key, {})
                    # no key is "", so it can hold the dtype of the path itself
                    node[""] = "moment" if column.dtype == "dated" else column.dtype
        return cls._from_tree(tree, prefix="")

    @classmethod
    def _from_tree(cls, tree: dict[str, Any], *, prefix: str) -> Shape:
        keys = tuple(cls._key(name, node, prefix=prefix) for name, node in tree.items())
        names = [f"value{n}" for n in range(len(keys))]
        struct = msgspec.defstruct(
            "Row",
            [
                (name, key.type, msgspec.Raw() if key.type is msgspec.Raw else None)
                for name, key in zip(names, keys, strict=True)
            ],
            rename={name: key.name for name, key in zip(names, keys, strict=True)},
            gc=False,
            kw_only=True,
        )
        return cls(struct, struct(), keys)

    @classmethod
    def _key(cls, name: str, node: dict[str, Any], *, prefix: str) -> Key:
        dtype = node.get("")
        path = prefix + name
        inner = {child: subtree for child, subtree in node.items() if child}
        is_event_time = dtype == "moment"
        if not is_event_time and dtype is not None:
            return Key(path, name, _LEAVES[dtype], None, is_event_time)
        # docs.cronofy.com/developers/api/data-types: a localized time is {"time", "tzid"}
        shape = cls._from_tree({"time": {"": "text"}, **inner} if is_event_time else inner, prefix=f"{path}.")
        kind: Any = str | shape.struct | None if is_event_time else shape.struct | None
        return Key(path, name, kind, shape, is_event_time)

    def values_by_path(self, rows: Sequence[msgspec.Struct]) -> dict[str, Values]:
        """Return the rows' values by path; a path for which no row has a value is left out."""
        by_path: dict[str, Values] = {}
        # one flat list: a thousand tuples alive at once would set off the garbage collector again and again
        flat = list(chain.from_iterable(map(msgspec.structs.astuple, rows)))
        for n, key in enumerate(self.keys):
            values = flat[n :: len(self.keys)]
            if key.is_absent(values):
                continue
            shape = key.shape
            if shape is None or (key.is_event_time and shape.struct not in set(map(type, values))):
                by_path[key.path] = values
            elif key.is_event_time:
                blank = shape.blank
                objects = [blank if value is None or type(value) is str else value for value in values]
                by_path |= shape.values_by_path(objects)
                times = by_path.pop(f"{key.path}.time", None) or [None] * len(values)
                pairs = zip(values, times, strict=True)
                by_path[key.path] = [value if type(value) is str else time for value, time in pairs]
            else:
                blank = shape.blank
                by_path |= shape.values_by_path([blank if value is None else value for value in values])
        return by_path


class PageDecoder:
    """Decodes the pages of one table to rows.

    Parameters
    ----------
    table
        What the rows become.
    rows
        Key of the list in each page.

    Attributes
    ----------
    shape
        The keys of a row.
    issues
        What could not be read so far.
    """

    def __init__(self, table: Table, *, rows: str) -> None:
        self.shape = Shape.of(table)
        self.issues = ReadIssues()
        self._rows = rows
        self._unrolled = table.unrolled
        self._decoders: dict[Any, msgspec.json.Decoder[Any]] = {}
        self._strict = self._page_decoder(list[self.shape.struct])  # type: ignore[name-defined]
        self._loose = self._page_decoder(list[msgspec.Raw])

    def _page_decoder(self, kind: Any) -> msgspec.json.Decoder[Any]:
        page = msgspec.defstruct("Page", [("rows", kind)], rename={"rows": self._rows}, gc=False)
        return msgspec.json.Decoder(page)

    def decode(self, page: bytes) -> list[msgspec.Struct]:
        """Return the rows of a page: one for each entry of its list, or of the list that the table unrolls.

        Raises
        ------
        TransportError
            The page is not JSON.
        CronofyError
            The page is JSON but has no list of rows, which is not the same as an empty list.
        """
        try:
            return self._decode(page, ReadIssues())
        except (msgspec.DecodeError, UnicodeDecodeError):
            page, invalid = replace_invalid_characters(page)
        try:
            return self._decode(page, ReadIssues(invalid_characters=invalid))
        except msgspec.DecodeError as error:
            raise TransportError(f"The response is not JSON: {error}. Read again.") from error

    def _decode(self, page: bytes, issues: ReadIssues) -> list[msgspec.Struct]:
        if self._unrolled:
            rows = [row for raw in self._raw_rows(page) for row in self._unroll(raw, issues)]
        else:
            try:
                rows = self._strict.decode(page).rows
            except msgspec.ValidationError:
                rows = [self._object(raw, self.shape, self._rows, issues) for raw in self._raw_rows(page)]
        self.issues.add(issues)
        return rows

    def _raw_rows(self, page: bytes) -> list[msgspec.Raw]:
        try:
            rows: list[msgspec.Raw] = self._loose.decode(page).rows
        except msgspec.ValidationError as error:
            body = msgspec.json.decode(page)
            keys = ", ".join(sorted(body)) if isinstance(body, dict) else "none, as it is not an object"
            raise CronofyError(
                f"The response has no list {self._rows!r}; its keys: {keys or 'none'}. Check base_url, and read again."
            ) from error
        return rows

    def _unroll(self, raw: msgspec.Raw, issues: ReadIssues) -> list[msgspec.Struct]:
        """Return a row for each entry of the list that the table unrolls; without entries, a row without one."""
        try:
            values = self._value(raw, dict[str, msgspec.Raw])
        except msgspec.ValidationError:
            issues.wrong_types[self._rows] += 1
            return []
        try:
            entries = self._value(values.get(self._unrolled, msgspec.Raw(b"null")), list[msgspec.Raw] | None) or []
        except msgspec.ValidationError:
            issues.wrong_types[self._unrolled] += 1
            entries = []
        rows = [{**values, self._unrolled: entry} for entry in entries]
        rest = {name: value for name, value in values.items() if name != self._unrolled}
        return [self._from_values(row, self.shape, issues) for row in rows or [rest]]

    def _object(self, raw: msgspec.Raw, shape: Shape, path: str, issues: ReadIssues) -> msgspec.Struct:
        try:
            row: msgspec.Struct = self._value(raw, shape.struct)
        except msgspec.ValidationError:
            row = self._readable_part(raw, shape, path, issues)
        return row

    def _readable_part(self, raw: msgspec.Raw, shape: Shape, path: str, issues: ReadIssues) -> msgspec.Struct:
        """Return the values of an object that can be read; the others are counted."""
        try:
            values = self._value(raw, dict[str, msgspec.Raw])
        except msgspec.ValidationError:
            issues.wrong_types[path] += 1
            return shape.blank
        return self._from_values(values, shape, issues)

    def _from_values(self, values: dict[str, msgspec.Raw], shape: Shape, issues: ReadIssues) -> msgspec.Struct:
        pairs = zip(shape.struct.__struct_fields__, shape.keys, strict=True)
        return shape.struct(
            **{name: self._value_of_key(values[key.name], key, issues) for name, key in pairs if key.name in values}
        )

    def _value_of_key(self, raw: msgspec.Raw, key: Key, issues: ReadIssues) -> Any:
        try:
            return self._value(raw, key.type)
        except msgspec.ValidationError:
            if key.shape is not None:
                return self._object(raw, key.shape, key.path, issues)
            issues.wrong_types[key.path] += 1
            return None

    def _value(self, raw: msgspec.Raw, kind: Any) -> Any:
        decoder = self._decoders.get(kind)
        if decoder is None:
            decoder = self._decoders[kind] = msgspec.json.Decoder(kind)
        return decoder.decode(raw)


def replace_invalid_characters(page: bytes) -> tuple[bytes, int]:
    """Return a page with U+FFFD for each invalid character, and how many there were.

    Half a surrogate pair, and bytes that are not UTF-8, occur where a provider cut a text in the middle.
    """
    text = page.decode("utf-8-sig", "replace")
    invalid = text.count("\ufffd") - page.count("\ufffd".encode())
    half_pairs = 0

    def replace(match: re.Match[bytes]) -> bytes:
        nonlocal half_pairs
        if match[1] is None:
            return match[0]
        half_pairs += 1
        return b"\\ufffd"

    return _ESCAPE.sub(replace, text.encode()), invalid + half_pairs
