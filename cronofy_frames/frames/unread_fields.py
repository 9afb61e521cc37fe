"""Unread fields: the fields of Cronofy's rows that no column has, their counts, and a warning of new ones.

The rule: a key that the documentation lacks is counted by its path, as the number of rows that have it. Null values
count, and so do rows that are dropped later, as repeated or outside the window. Each path is reported once in a
process.
"""

from __future__ import annotations

import threading
import warnings
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt
import pandas as pd

from cronofy_frames.caller import caller_level
from cronofy_frames.frames.raw_json import object_entries
from cronofy_frames.frames.row_shape import Path, Values
from cronofy_frames.schema import Table
from cronofy_frames.text import join_names, quantity, single_line

MOST_PATHS = 100  # paths that are counted separately in a read
MOST_DEPTH = 8  # keys of a path
MOST_NAMED = 10  # paths that a warning names

OTHERS = "..."
"""Key of the count of all paths beyond the first `MOST_PATHS` of a read."""

ENTRIES = "[]."  # between the path of a list and a key of its entries

TAKE_EXTRA = {"read_events": "read_events", "free_busy": "read_free_busy", "list_calendars": "read_calendars"}
"""The functions that take `extra=`, by their endpoints."""

Buffer = Any  # an Arrow buffer
Words = npt.NDArray[np.uint64]

_RAW_LIST = msgspec.json.Decoder(list[msgspec.Raw])


class UnreadFieldWarning(UserWarning):
    """Cronofy sent fields that no column has; the message names their paths, and says how to read them."""


class UnreadFields:
    """Counts the fields of a table's rows that no column has.

    Parameters
    ----------
    table
        The table, with its columns and the documented paths that it leaves out.
    read
        The paths that extra columns read.
    """

    def __init__(self, table: Table, read: Collection[Path] = ()) -> None:
        self._is_counted = table.left_out is not None
        self._left_out = frozenset(table.left_out or ())
        self._read = frozenset(read)
        lists = {path.partition(ENTRIES)[0] for path in self._left_out if ENTRIES in path}
        self._lists = [EntryKeys(path, self._entry_keys(path)) for path in sorted(lists)]

    def _entry_keys(self, path: str) -> list[str]:
        prefix = path + ENTRIES
        return [name.removeprefix(prefix) for name in self._left_out if name.startswith(prefix)]

    def record(self, counts: Counter[str], unwatched: int = 0) -> dict[str, dict[str, int]]:
        """Return counts for `attrs`; empty for a table whose fields are not counted.

        Parameters
        ----------
        counts
            The counts by path.
        unwatched
            How many rows have keys that the decoder did not collect; they are counted under `OTHERS`.
        """
        total = counts + Counter({OTHERS: unwatched})
        return {"unread": dict(sorted(total.items()))} if self._is_counted else {}

    def counts_of(
        self, by_path: Mapping[str, Values], watched: Iterable[Path], piece: Mapping[str, Any]
    ) -> Counter[str]:
        """Return the number of rows with each unread field, by path.

        Parameters
        ----------
        by_path
            The values of the rows by their paths.
        watched
            The paths among them that no column of the table reads.
        piece
            The pieces of columns of these rows.
        """
        counts: Counter[str] = Counter()
        for path in watched:
            name = ".".join(path)
            if name in by_path and name not in self._left_out and path not in self._read:
                counts.update(self._field_counts(path, by_path[name]))
        for keys in self._lists:
            if keys.path in by_path:
                text = piece[keys.path].buffers()[2]  # the columns of these lists have the names of their paths
                counts.update(keys.unknown(by_path[keys.path], text))
        return counts

    def _field_counts(self, path: Path, values: Values) -> Counter[str]:
        present = [value for value in values if len(value)]
        if b"{" not in b"".join(present):
            return Counter({".".join(path): len(present)})
        return Counter(chain.from_iterable(set(_leaf_paths(value, path, self._read)) for value in present))


def merge_counts(total: Counter[str], counts: Mapping[str, int]) -> Counter[str]:
    """Return the sum of counts by path; new paths beyond `MOST_PATHS` are counted under `OTHERS`."""
    merged = total.copy()
    for path, count in counts.items():
        is_listed = path in merged or len(merged) < MOST_PATHS
        merged[path if is_listed else OTHERS] += count
    return merged


def _leaf_paths(raw: msgspec.Raw, path: Path, read: Collection[Path]) -> Iterator[str]:
    """Yield the paths of the unread values in an object, at most `MOST_DEPTH` keys deep."""
    if path in read:
        return
    entries = object_entries(raw) if len(path) < MOST_DEPTH else {}
    if not entries:
        yield ".".join(path)
    for name, value in entries.items():
        yield from _leaf_paths(value, (*path, name), read)


class EntryKeys:
    """Search for unknown keys of the objects in a column of lists.

    The lists stay JSON texts, and to decode each would take longer than the rest of a read. So the closing quotes of
    keys are located in the bytes, where an unescaped quote before a colon always ends a key, and the characters before
    them are compared with the known keys. Lists are decoded only if a key differs.

    Parameters
    ----------
    path
        The path of the lists.
    names
        The known keys of their entries.
    """

    def __init__(self, path: str, names: Iterable[str]) -> None:
        self.path = path
        self._names = set(names)
        self._new: dict[str, bytes] = {}
        self._tails = [_Tail(name) for name in sorted(self._names)]

    def unknown(self, values: Values, text: Buffer) -> Counter[str]:
        """Return the number of lists with each unknown key; `text` has the JSON texts of all lists, joined."""
        counts: Counter[str] = Counter()
        if not self._are_all_known(text):
            for value in values:
                counts.update(self._unknown_in(value))
        return counts

    def _are_all_known(self, text: Buffer) -> bool:
        characters = np.frombuffer(text, np.uint8)
        quotes = np.flatnonzero((characters[:-1] == ord('"')) & (characters[1:] == ord(":")))
        if not len(quotes) or len(characters) < REACH:  # no objects, or spaces before the colons
            return not (characters == ord("{")).any()
        words = np.ndarray((len(characters) - 7,), "<u8", text, strides=(1,))
        before = words[np.maximum(quotes - 8, 0)]
        return sum(tail.count(before, words, quotes) for tail in self._tails) == len(quotes)

    def _unknown_in(self, value: Any) -> set[str]:
        try:
            entries = _RAW_LIST.decode(value) if len(value) else []
        except (msgspec.DecodeError, UnicodeDecodeError):  # not a list
            entries = []
        names = {name for entry in entries for name in object_entries(entry)}
        return {f"{self.path}{ENTRIES}{name}" for name in names - self._names}


REACH = 16
"""How many bytes of a key and of its opening quote are compared, from the end."""


class _Tail:
    """The last bytes of a key and of the quote before it, as numbers of eight bytes to compare."""

    def __init__(self, name: str) -> None:
        tail = f'"{name}'.encode()[-REACH:]
        self._last, self._further = _Word(tail[-8:]), _Word(tail[:-8])

    def count(self, before: Words, words: Words, quotes: Any) -> int:
        """Return how many of the closing quotes end this key; `before` has the eight bytes before each quote."""
        is_end = self._last.is_end_of(before)
        if not self._further.size:
            return int(np.count_nonzero(is_end))
        # a longer key that only ends like this one is not counted, so that its row is decoded
        return int(np.count_nonzero(self._further.is_end_of(words[np.maximum(quotes[is_end] - REACH, 0)])))


class _Word:
    """Up to eight bytes as a number, to compare with the ends of other numbers."""

    def __init__(self, part: bytes) -> None:
        self.size = len(part)
        self._number = np.uint64(int.from_bytes(part, "little"))
        self._shift = np.uint64(max(0, 64 - 8 * len(part)))

    def is_end_of(self, words: Words) -> npt.NDArray[np.bool_]:
        """Return which of the words end with these bytes."""
        return np.asarray(words >> self._shift == self._number)


def total_unread(sources: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, int]]:
    """Return the sum of the counts of several reads, for `attrs`; empty if none of them counted."""
    counted = [source["unread"] for source in sources if isinstance(source.get("unread"), Mapping)]
    total: Counter[str] = Counter()
    for counts in counted:
        total.update(counts)
    return {"unread": dict(sorted(total.items()))} if counted else {}


_REPORTED: set[tuple[str, str]] = set()
_LOCK = threading.Lock()


def warn_of_unread_fields(frame: pd.DataFrame) -> None:
    """Warn of the unread fields of a frame that this process has not reported yet."""
    source = frame.attrs["cronofy"]
    endpoint: str = source["endpoint"]
    read = source.get("extra", {})
    counts = {path: count for path, count in source.get("unread", {}).items() if path not in read}
    with _LOCK:
        new = {path: count for path, count in counts.items() if (endpoint, path) not in _REPORTED}
        _REPORTED.update((endpoint, path) for path in new)
    if new:
        warnings.warn(_text(endpoint, new), UnreadFieldWarning, stacklevel=caller_level())


def _text(endpoint: str, counts: Mapping[str, int]) -> str:
    named = [f"{path} ({quantity(count, 'row')})" for path, count in counts.items()]
    fields = [path for path in counts if ENTRIES not in path and path != OTHERS]
    in_lists = {path.partition(ENTRIES)[0] for path in counts if ENTRIES in path}
    steps = []
    if fields and endpoint in TAKE_EXTRA:
        steps.append(
            f"cf.{TAKE_EXTRA[endpoint]}(..., extra={{{fields[0]!r}: 'text'}}) reads such a field into a column, as "
            f"text, time, number or json (--extra {fields[0]}:text on the command line)."
        )
    elif fields:
        steps.append(f"client.call({endpoint!r}, ...) returns them.")
    steps += [f"The JSON texts in {path} have them." for path in sorted(in_lists)]
    text = f"{endpoint} returned fields that no column has: {join_names(named, MOST_NAMED)}. {' '.join(steps)}"
    return single_line(f"{text} Each is reported once; attrs['cronofy']['unread'] has the counts of each read.")
