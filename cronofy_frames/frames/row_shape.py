"""Row shape: the keys of a table's rows in JSON, as the struct that they are decoded to, and their values by path."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Annotated, Any

import msgspec

from cronofy_frames.frames.raw_json import object_entries
from cronofy_frames.schema import Table

Values = Sequence[Any]
"""One value for each row; None where it is missing or null, an empty Raw where a list is missing."""

Path = tuple[str, ...]
"""The keys from a row to a value."""

_LEAVES: dict[str, Any] = {
    "text": str | None,
    "list": msgspec.Raw,
    "watched": msgspec.Raw,
    "time": str | None,
    "bool": bool | None,
    "boolean": bool | None,
    "number": str | float | None,
    "integer": Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)] | None,
}


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
    def of(cls, table: Table, watched: Sequence[Path] = ()) -> Shape:
        """Return the shape of a table's rows; `watched` are further keys in its objects, whose values stay JSON.

        Where the table says what it leaves out, a row with any other key does not have this shape.
        """
        tree: dict[str, Any] = {}
        for column in table.columns:
            for path in (column.path, column.was):
                if path is not None:
                    node = tree
                    for key in path.split("."):
                        node = node.setdefault(key, {})
                    # no key is "", so it can hold the dtype of the path itself
                    node[""] = "moment" if column.dtype == "dated" else column.dtype
        for keys in watched:
            node = tree
            for key in keys[:-1]:
                node = node[key]
            node[keys[-1]] = {"": "watched"}
        return cls._from_tree(tree, prefix="", closed=table.left_out is not None)

    @classmethod
    def _from_tree(cls, tree: dict[str, Any], *, prefix: str, closed: bool) -> Shape:
        keys = tuple(cls._key(name, node, prefix=prefix, closed=closed) for name, node in tree.items())
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
            forbid_unknown_fields=closed,
        )
        return cls(struct, struct(), keys)

    @classmethod
    def _key(cls, name: str, node: dict[str, Any], *, prefix: str, closed: bool) -> Key:
        dtype = node.get("")
        path = prefix + name
        inner = {child: children for child, children in node.items() if child}
        is_event_time = dtype == "moment"
        if not is_event_time and dtype is not None:
            return Key(path, name, _LEAVES[dtype], None, is_event_time)
        # docs.cronofy.com/developers/api/data-types: a localized time is {"time", "tzid"}
        subtree = {"time": {"": "text"}, **inner} if is_event_time else inner
        shape = cls._from_tree(subtree, prefix=f"{path}.", closed=closed)
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


def unknown_keys(raw: msgspec.Raw, shape: Shape, prefix: Path = ()) -> Iterator[Path]:
    """Yield the paths of an object's keys that its shape does not have."""
    known = {key.name: key for key in shape.keys}
    for name, value in object_entries(raw).items():
        key = known.get(name)
        if key is None:
            yield (*prefix, name)
        elif key.shape is not None:
            yield from unknown_keys(value, key.shape, (*prefix, name))


def is_watchable(name: str) -> bool:
    """Return whether a key can be a field of a struct, and a part of a path with dots."""
    return bool(name) and name.isprintable() and not set(name) & set('."\\')
