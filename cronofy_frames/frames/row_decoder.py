"""Pages of JSON -> typed rows -> values by path.

The law of this file: one bad value never costs its neighbours. A page is read strictly first, which is
fast; only where that fails are its rows, and then the values of a row, read one by one, and what
cannot be read is left out and counted.
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

# A whole pair, half a pair (the group), or any other escape, so that an escaped backslash is never taken for a start.
_ESCAPE = re.compile(
    rb"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(u[dD][89a-fA-F][0-9a-fA-F]{2})|.)", re.DOTALL
)


@dataclass(slots=True)
class Tally:
    """What could not be read as it came.

    Attributes
    ----------
    unread
        By path in the JSON, how many values were not of the type that belongs there.
    far
        How many times lie in years that frames cannot hold.
    broken
        How many characters were none and became U+FFFD.
    """

    unread: Counter[str] = field(default_factory=Counter)
    far: int = 0
    broken: int = 0

    def add(self, other: Tally) -> None:
        """Take over the counts of another tally."""
        self.unread.update(other.unread)
        self.far += other.far
        self.broken += other.broken

    def sentences(self) -> list[str]:
        """What there is to tell: a sentence for each kind, none where all was well."""
        told = []
        if self.unread:
            paths = ", ".join(f"{path} {count}" for path, count in sorted(self.unread.items()))
            told.append(f"{self.unread.total()} value(s) were not what belongs there and are missing ({paths}).")
        if self.far:
            told.append(f"{self.far} time(s) before the year 2 or after 9998 became NaT.")
        if self.broken:
            told.append(f"{self.broken} character(s) that were none became U+FFFD.")
        return told


@dataclass(frozen=True, slots=True)
class Place:
    """One key of an object: where its values go, what they may be, and the shape of an object there."""

    path: str
    key: str
    type: Any
    shape: Shape | None
    moment: bool

    def absent(self, values: Values) -> bool:
        """Whether no row has a value here."""
        # any() stops at the first value that counts, so that the full look is for rare columns
        return not any(values) and (self.type is msgspec.Raw or values.count(None) == len(values))


@dataclass(frozen=True, slots=True)
class Shape:
    """The objects found at one place: their struct, one without values, and their keys."""

    struct: type[msgspec.Struct]
    blank: msgspec.Struct
    places: tuple[Place, ...]

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
                    # "" is no key of a path, so it can hold what stands at the place itself
                    node[""] = "moment" if column.dtype == "dated" else column.dtype
        return cls._made(tree, at="")

    @classmethod
    def _made(cls, tree: dict[str, Any], *, at: str) -> Shape:
        places = tuple(cls._place(key, node, at=at) for key, node in tree.items())
        names = [f"value{n}" for n in range(len(places))]
        struct = msgspec.defstruct(
            "Row",
            [
                (name, place.type, msgspec.Raw() if place.type is msgspec.Raw else None)
                for name, place in zip(names, places, strict=True)
            ],
            rename={name: place.key for name, place in zip(names, places, strict=True)},
            gc=False,
            kw_only=True,
        )
        return cls(struct, struct(), places)

    @classmethod
    def _place(cls, key: str, node: dict[str, Any], *, at: str) -> Place:
        dtype = node.get("")
        inner = {name: child for name, child in node.items() if name}
        moment = dtype == "moment"
        if not moment and dtype is not None:
            return Place(at + key, key, _LEAVES[dtype], None, moment)
        # docs.cronofy.com/developers/api/data-types: with localized times a moment is {"time", "tzid"}
        shape = cls._made({"time": {"": "text"}, **inner} if moment else inner, at=f"{at}{key}.")
        kind: Any = str | shape.struct | None if moment else shape.struct | None
        return Place(at + key, key, kind, shape, moment)

    def spread(self, rows: Sequence[msgspec.Struct]) -> dict[str, Values]:
        """Return the rows' values by path; a path at which no row has a value is left out."""
        found: dict[str, Values] = {}
        # one flat list: a thousand tuples alive at once would set off the garbage collector again and again
        flat = list(chain.from_iterable(map(msgspec.structs.astuple, rows)))
        for n, place in enumerate(self.places):
            values = flat[n :: len(self.places)]
            if place.absent(values):
                continue
            shape = place.shape
            if shape is None or (place.moment and shape.struct not in set(map(type, values))):
                found[place.path] = values
            elif place.moment:
                blank = shape.blank
                found |= shape.spread([blank if one is None or type(one) is str else one for one in values])
                times = found.pop(f"{place.path}.time", None) or [None] * len(values)
                pairs = zip(values, times, strict=True)
                found[place.path] = [one if type(one) is str else time for one, time in pairs]
            else:
                blank = shape.blank
                found |= shape.spread([blank if one is None else one for one in values])
        return found


class Pages:
    """Reads pages of one table.

    Parameters
    ----------
    table
        What the rows become.
    rows
        Key of the list in each page.
    """

    def __init__(self, table: Table, *, rows: str) -> None:
        self.shape = Shape.of(table)
        self.tally = Tally()
        self._rows = rows
        self._decoders: dict[Any, msgspec.json.Decoder[Any]] = {}
        self._strict = self._page(list[self.shape.struct])  # type: ignore[name-defined]
        self._loose = self._page(list[msgspec.Raw])

    def _page(self, kind: Any) -> msgspec.json.Decoder[Any]:
        page = msgspec.defstruct("Page", [("rows", kind)], rename={"rows": self._rows}, gc=False)
        return msgspec.json.Decoder(page)

    def read(self, page: bytes) -> list[msgspec.Struct]:
        """Return the rows of a page, one for each entry of its list.

        Raises
        ------
        TransportError
            The page is not JSON.
        CronofyError
            The page is JSON but has no list of rows: that is no empty answer.
        """
        try:
            return self._read(page, Tally())
        except (msgspec.DecodeError, UnicodeDecodeError):
            page, broken = _mended(page)
        try:
            return self._read(page, Tally(broken=broken))
        except msgspec.DecodeError as error:
            raise TransportError(f"The answer is not JSON: {error}. Try again.") from error

    def _read(self, page: bytes, tally: Tally) -> list[msgspec.Struct]:
        try:
            rows: list[msgspec.Struct] = self._strict.decode(page).rows
        except msgspec.ValidationError:
            rows = [self._row(raw, self.shape, self._rows, tally) for raw in self._raw_rows(page)]
        self.tally.add(tally)
        return rows

    def _raw_rows(self, page: bytes) -> list[msgspec.Raw]:
        try:
            rows: list[msgspec.Raw] = self._loose.decode(page).rows
        except msgspec.ValidationError as error:
            came = msgspec.json.decode(page)
            keys = ", ".join(sorted(came)) if isinstance(came, dict) else "none, for it is no object"
            raise CronofyError(
                f"The answer has no list under {self._rows!r}; its keys: {keys or 'none'}. "
                "Check that the endpoint called is the one whose rows are expected."
            ) from error
        return rows

    def _row(self, raw: msgspec.Raw, shape: Shape, path: str, tally: Tally) -> msgspec.Struct:
        try:
            row: msgspec.Struct = self._value(raw, shape.struct)
        except msgspec.ValidationError:
            row = self._patiently(raw, shape, path, tally)
        return row

    def _patiently(self, raw: msgspec.Raw, shape: Shape, path: str, tally: Tally) -> msgspec.Struct:
        """Return what can be read of an object, value by value."""
        try:
            keys = self._value(raw, dict[str, msgspec.Raw])
        except msgspec.ValidationError:
            tally.unread[path] += 1
            return shape.blank
        pairs = zip(shape.struct.__struct_fields__, shape.places, strict=True)
        return shape.struct(
            **{name: self._at(keys[place.key], place, tally) for name, place in pairs if place.key in keys}
        )

    def _at(self, raw: msgspec.Raw, place: Place, tally: Tally) -> Any:
        try:
            return self._value(raw, place.type)
        except msgspec.ValidationError:
            if place.shape is not None:
                return self._row(raw, place.shape, place.path, tally)
            tally.unread[place.path] += 1
            return None

    def _value(self, raw: msgspec.Raw, kind: Any) -> Any:
        decoder = self._decoders.get(kind)
        if decoder is None:
            decoder = self._decoders[kind] = msgspec.json.Decoder(kind)
        return decoder.decode(raw)


def _mended(page: bytes) -> tuple[bytes, int]:
    """Return the page with U+FFFD for each character that is none, and how many there were.

    Half a surrogate pair and bytes that are no UTF-8 occur where a provider cut a text in the middle.
    """
    text = page.decode("utf-8-sig", "replace")
    broken = text.count("\ufffd") - page.count("\ufffd".encode())
    halves = 0

    def mend(found: re.Match[bytes]) -> bytes:
        nonlocal halves
        if found[1] is None:
            return found[0]
        halves += 1
        return b"\\ufffd"

    return _ESCAPE.sub(mend, text.encode()), broken + halves
