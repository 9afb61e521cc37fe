"""Row decoder: pages of JSON to typed rows, and rows to values by path.

One bad value never costs its neighbours. A page is decoded strictly first, which is fast. Only where that fails are
its rows, and then the values of a row, decoded one by one; what cannot be read is left out and counted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import msgspec

from cronofy_frames.errors import CronofyError, TransportError
from cronofy_frames.frames.raw_json import replace_invalid_characters
from cronofy_frames.frames.row_shape import Key, Path, Shape, is_watchable, unknown_keys
from cronofy_frames.schema import Table
from cronofy_frames.text import quantity

MOST_WATCHED = 100
"""How many keys without a column a decoder learns, before it only counts the rows that have others."""


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
    unwatched_rows
        How many rows have keys that are neither read nor watched.
    extra
        By path and type of an extra column, how many values are not of that type.
    """

    wrong_types: Counter[str] = field(default_factory=Counter)
    out_of_range: int = 0
    invalid_characters: int = 0
    unwatched_rows: int = 0
    extra: Counter[str] = field(default_factory=Counter)

    def add(self, other: ReadIssues) -> None:
        """Add the counts of another page."""
        self.wrong_types.update(other.wrong_types)
        self.out_of_range += other.out_of_range
        self.invalid_characters += other.invalid_characters
        self.extra.update(other.extra)

    def sentences(self) -> list[str]:
        """Return a sentence for each kind of issue; none where there was none."""
        sentences = []
        if self.wrong_types:
            paths = ", ".join(f"{path} {count}" for path, count in sorted(self.wrong_types.items()))
            count = quantity(self.wrong_types.total(), "value")
            sentences.append(f"{count} did not have the type of the column and became missing ({paths}).")
        if self.extra:
            paths = ", ".join(f"{path} {count}" for path, count in sorted(self.extra.items()))
            count = quantity(self.extra.total(), "value")
            sentences.append(
                f"{count} could not be read exactly as the type that extra= asks for, and became missing ({paths}): "
                "json reads any value, and text any number."
            )
        if self.out_of_range:
            sentences.append(f"{quantity(self.out_of_range, 'time')} before the year 2 or after 9998 became NaT.")
        if self.invalid_characters:
            sentences.append(f"{quantity(self.invalid_characters, 'invalid character')} became U+FFFD.")
        return sentences


class PageDecoder:
    """Decodes the pages of one table to rows.

    Parameters
    ----------
    table
        What the rows become.
    rows
        Key of the list in each page.
    watched
        Paths of keys in its objects that have no column, and are decoded nevertheless.

    Attributes
    ----------
    shape
        The keys of a row; another one after a page with new keys.
    watched
        The paths of keys that have no column: those that were given, and those that pages had.
    issues
        What could not be read so far.
    unwatched_rows
        How many rows have keys that are neither read nor watched.
    """

    def __init__(self, table: Table, *, rows: str, watched: Sequence[Path] = ()) -> None:
        self.watched: list[Path] = []
        self.issues = ReadIssues()
        self.unwatched_rows = 0
        self._table = table
        self._rows = rows
        self._unrolled = table.unrolled
        self._decoders: dict[Any, msgspec.json.Decoder[Any]] = {}
        self._loose = _page_decoder(rows, list[msgspec.Raw])
        self._watch(watched)

    def _watch(self, paths: Sequence[Path]) -> None:
        self.watched += paths
        self.shape, self._strict = _shape_and_decoder(self._table, self._rows, tuple(self.watched))

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
            unrolled = [row for raw in self._raw_rows(page) for row in self._unroll(raw, issues)]
            page = msgspec.json.encode({self._rows: unrolled})
        try:
            rows: list[msgspec.Struct] = self._strict.decode(page).rows
        except msgspec.ValidationError:
            rows = self._decode_unusual(page, issues)
        self.issues.add(issues)
        self.unwatched_rows += issues.unwatched_rows
        return rows

    def _decode_unusual(self, page: bytes, issues: ReadIssues) -> list[msgspec.Struct]:
        """Return the rows of a page with new keys, which become watched, or with values of other types."""
        raw_rows = self._raw_rows(page)
        if self._table.left_out is not None:
            unknown = [set(unknown_keys(raw, self.shape)) for raw in raw_rows]
            new = sorted(path for path in set().union(*unknown) if is_watchable(path[-1]))
            if new := new[: MOST_WATCHED - len(self.watched)]:
                self._watch(new)
                with suppress(msgspec.ValidationError):
                    rows: list[msgspec.Struct] = self._strict.decode(page).rows
                    return rows
            issues.unwatched_rows += sum(not paths <= set(new) for paths in unknown)
        return [self._object(raw, self.shape, self._rows, issues) for raw in raw_rows]

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

    def _unroll(self, raw: msgspec.Raw, issues: ReadIssues) -> list[dict[str, msgspec.Raw]]:
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
        return rows or [rest]

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


@lru_cache(maxsize=128)
def _shape_and_decoder(table: Table, rows: str, watched: tuple[Path, ...]) -> tuple[Shape, msgspec.json.Decoder[Any]]:
    """Return the shape of a table's rows and the decoder of its pages, the same ones for all accounts of a mapping."""
    shape = Shape.of(table, watched)
    return shape, _page_decoder(rows, list[shape.struct])  # type: ignore[name-defined]


@lru_cache(maxsize=128)
def _page_decoder(rows: str, kind: Any) -> msgspec.json.Decoder[Any]:
    page = msgspec.defstruct("Page", [("rows", kind)], rename={"rows": rows}, gc=False)
    return msgspec.json.Decoder(page)
