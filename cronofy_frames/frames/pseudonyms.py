"""Pseudonymisation of frames and events: keyed hashes in place of e-mail addresses and names."""

from __future__ import annotations

import json
from collections.abc import Callable, Hashable, Iterable, Mapping
from typing import Any

import pandas as pd

from cronofy_frames.frames.people_names import Words
from cronofy_frames.frames.people_rewriter import EVENT_IDS
from cronofy_frames.frames.pseudonym_key import PseudonymKey
from cronofy_frames.schema import LIST_COLUMNS
from cronofy_frames.text import foreign_frame_text, join_names

ADDRESS_COLUMNS = frozenset({"email", "organizer_email"})
NAME_COLUMNS = {"organizer_display_name": "organizer_email", "display_name": "email", "name": "email"}
"""Columns of names, each with the column of addresses of the same people."""

PERSON_COLUMNS = frozenset({"account"})
TEXT_COLUMNS = frozenset(
    {
        *("summary", "description", "location_description", "location", "calendar_name", "profile_name", "url"),
        *("meeting_url", "conferencing_join_url", "callback_url", "scheduler_public_url"),
    }
)

Change = Callable[[str], str]


def pseudonymise(
    frame: pd.DataFrame, key: bytes | str, *, columns: Iterable[str] | None = None, keep_domain: bool = False
) -> pd.DataFrame:
    """Return a frame with pseudonyms in place of e-mail addresses and the names of people.

    A pseudonym is a keyed hash (HMAC-SHA256) of an address. The same address has the same pseudonym with the same key,
    in every frame and process, so that frames can be joined and people counted. Case, plus-tags (`ann+news@...`) and
    other spellings of a provider (googlemail.com, the dots of Gmail) make no difference. Only with the key can known
    addresses be tried, to find the person of a pseudonym.

    Addresses in other texts, such as descriptions, are replaced, and the full names of the people of an event in its
    title, description and place, in any case and order ("Example, Ann"). Not replaced are the names of people who are
    not invited to the event, first names, initials and telephone numbers; the subject of a meeting can identify people,
    too. Drop `description` and `summary` where that matters. Ids stay as they are.

    Parameters
    ----------
    frame
        Any frame, such as events, attendees, free/busy, calendars, the frame of a plan or of `time_use`.
    key
        At least 16 bytes, or a text of as many bytes in UTF-8: `secrets.token_bytes(32)` makes one. Store it as you
        store passwords, apart from the frame.
    columns
        The columns to change. None is all columns of texts except ids, and the texts of the index and of the column
        labels. All labels of a column `account` are replaced, addresses or not. In a column that is listed here and
        that the toolkit does not know, a value without an address is replaced as a whole.
    keep_domain
        Whether a pseudonym ends with the domain of its address, which `time_use(own_domains=...)` needs to tell
        external attendees from others. The domain of a small organisation can identify a person. Google's rooms and
        shared calendars always keep theirs (calendar.google.com), by which measures recognise rooms.

    Returns
    -------
    DataFrame
        A new frame of the same columns and dtypes: addresses as `p-....@pseudonym.invalid`, names as `Person ...`;
        missing and blank values stay. Pseudonyms that the same key has made stay as they are.

    Raises
    ------
    ValueError
        For anything but a frame, for a key with fewer than 16 bytes, for a column that the frame does not have or has
        twice, and for a listed column of numbers or times.
    TypeError
        For a key that is neither bytes nor text.

    Examples
    --------
    >>> import secrets
    >>> events = cf.read_events(client, "2026-03-02", "2026-03-09")
    >>> hidden = cf.pseudonymise(events, secrets.token_bytes(32))
    >>> hidden["organizer_email"].dropna().str.endswith("@pseudonym.invalid").all()
    np.True_
    >>> hidden["organizer_email"].nunique() == events["organizer_email"].nunique()
    True
    """
    if not isinstance(frame, pd.DataFrame):
        raise ValueError(foreign_frame_text(frame))
    pseudonyms = PseudonymKey(key, keep_domain=keep_domain)
    names = _text_columns(frame) if columns is None else _existing_columns(frame, columns)
    changed = {name: _column(frame, name, pseudonyms, is_listed=columns is not None) for name in names}
    result = frame.copy(deep=False)
    for name, column in changed.items():
        result[name] = column
    if columns is None:
        result.index = _index(frame.index, pseudonyms)
        result.columns = _index(frame.columns, pseudonyms)
    result.attrs = _attrs(frame.attrs, pseudonyms, keeps_labels="account" in frame and "account" not in changed)
    return result


def pseudonymise_event(row: Mapping[str, Any], key: bytes | str, *, keep_domain: bool = False) -> dict[str, Any]:
    """Return an event of the API with pseudonyms in place of e-mail addresses and the names of people.

    The pseudonyms are those that `pseudonymise` writes. Ids and times stay as they are.

    Parameters
    ----------
    row
        An event as decoded JSON, such as a row of `client.read_events`.
    key
        At least 16 bytes.
    keep_domain
        Whether a pseudonym ends with the domain of its address.

    Examples
    --------
    >>> event = {"event_uid": "evt_1", "organizer": {"email": "ann@example.test", "display_name": "Ann Lee"}}
    >>> pseudonymise_event(event, b"sixteen bytes or more")["organizer"]["email"][:2]
    'p-'
    """
    return PseudonymKey(key, keep_domain=keep_domain).event(row)


def _text_columns(frame: pd.DataFrame) -> list[Hashable]:
    """Return the columns that can hold addresses: those of text, lists and objects, but not ids."""
    return [
        name for name, dtype in zip(frame.columns, frame.dtypes, strict=True) if _holds_text(dtype) and not _is_id(name)
    ]


def _holds_text(dtype: Any) -> bool:
    if isinstance(dtype, pd.CategoricalDtype):
        return _holds_text(dtype.categories.dtype)
    if isinstance(dtype, pd.ArrowDtype):  # of lists and records too
        return any(kind in str(dtype.pyarrow_dtype) for kind in ("string", "binary"))
    return bool(pd.api.types.is_string_dtype(dtype) or pd.api.types.is_object_dtype(dtype))


def _is_id(name: Hashable) -> bool:
    text = str(name)
    return text in EVENT_IDS or text == "sub" or text.endswith(("_id", "_uid", "_tzid"))


def _existing_columns(frame: pd.DataFrame, columns: Iterable[str]) -> list[Hashable]:
    names = list(columns) if isinstance(columns, Iterable) and not isinstance(columns, str) else [columns]
    if missing := [name for name in names if name not in frame.columns]:
        raise ValueError(
            f"the frame has no column {missing[0]!r} to pseudonymise: name columns that it has, or leave out columns. "
            f"It has {join_names(map(str, frame.columns))}."
        )
    return list(names)


def _column(frame: pd.DataFrame, name: Hashable, pseudonyms: PseudonymKey, *, is_listed: bool) -> pd.Series[Any]:
    column = frame[name]
    if isinstance(column, pd.DataFrame):
        raise ValueError(f"the frame has {column.shape[1]} columns {name!r}: rename or drop one.")
    text = str(name)
    if is_listed and not _holds_text(column.dtype):
        raise ValueError(
            f"the column {name!r} has the dtype {column.dtype}, which cannot hold pseudonyms: make it text with "
            f"frame[{name!r}].astype(str), or leave it out."
        )
    if text in ADDRESS_COLUMNS:
        return _map(column, pseudonyms.address, pseudonyms)
    if text in NAME_COLUMNS and (text != "name" or "email" in frame):
        return _names(frame, column, NAME_COLUMNS[text], pseudonyms)
    if text in PERSON_COLUMNS:
        return _map(column, pseudonyms.name, pseudonyms)
    if text in LIST_COLUMNS:
        return _map(column, lambda content: _list_text(content, pseudonyms), pseudonyms)
    if text in ("summary", "description", "location_description"):
        return _event_texts(frame, column, pseudonyms)
    if is_listed and text not in TEXT_COLUMNS:
        return _map(column, lambda value: _whole_value(value, pseudonyms), pseudonyms)
    return _map(column, pseudonyms.text, pseudonyms)


def _whole_value(value: str, pseudonyms: PseudonymKey) -> str:
    """Return a value with its addresses replaced, or the pseudonym of the whole value if it has none."""
    written = pseudonyms.text(value)
    return written if written != value else pseudonyms.identifier(value)


def _map(column: pd.Series[Any], change: Change, pseudonyms: PseudonymKey) -> pd.Series[Any]:
    """Return a column of the same dtype with each text changed, and the people in lists and mappings."""
    if isinstance(column.dtype, pd.ArrowDtype) or pd.api.types.is_object_dtype(column.dtype):
        return _column_like(column, [_value(value, change, pseudonyms) for value in column])
    codes, distinct = pd.factorize(column)
    changed = [_value(value, change, pseudonyms) for value in distinct]
    return _column_like(column, [None if code < 0 else changed[code] for code in codes])


def _column_like(column: pd.Series[Any], values: list[Any]) -> pd.Series[Any]:
    """Return values as a column with the name, index and dtype of another; the categories are those of the values."""
    is_category = isinstance(column.dtype, pd.CategoricalDtype)
    dtype: Any = "category" if is_category else column.dtype
    series: pd.Series[Any] = pd.Series(values, index=column.index, dtype=dtype, name=column.name)
    return series


def _value(value: Any, change: Change, pseudonyms: PseudonymKey) -> Any:
    """Return a cell with its text changed; blank texts stay."""
    if isinstance(value, str):
        return change(value) if value.strip() else value
    return pseudonyms.value(value)


def _names(
    frame: pd.DataFrame, column: pd.Series[Any], address_column: str, pseudonyms: PseudonymKey
) -> pd.Series[Any]:
    """Return a column of names as pseudonyms that match those of their addresses."""
    addresses: Any = frame[address_column] if address_column in frame else [None] * len(frame)
    values = [
        pseudonyms.name(name, address if isinstance(address, str) and address else None)
        if isinstance(name, str) and name.strip()
        else name
        for name, address in zip(column, addresses, strict=True)
    ]
    return _column_like(column, values)


def _event_texts(frame: pd.DataFrame, column: pd.Series[Any], pseudonyms: PseudonymKey) -> pd.Series[Any]:
    """Return a column of texts of events, with addresses and the full names of the people of each event replaced."""
    absent = [None] * len(frame)
    emails, names = (frame.get(name, absent) for name in ("organizer_email", "organizer_display_name"))
    lists = frame.get("attendees", absent)
    known: dict[tuple[Any, Any, str], dict[Words, str]] = {}
    values = []
    for text, email, name, listed in zip(column, emails, names, lists, strict=True):
        if not isinstance(text, str):
            values.append(text)
            continue
        people = (email, name, listed if isinstance(listed, str) else json.dumps(listed, default=str))
        if people not in known:
            known[people] = pseudonyms.names([(email, name), *_people(people[2])])
        values.append(pseudonyms.text(text, known[people]))
    return _column_like(column, values)


def _people(listed: str) -> list[tuple[Any, Any]]:
    """Return the address and name of each person of a JSON list."""
    people = _decode_json(listed)
    entries = people if isinstance(people, list) else []
    return [(entry.get("email"), entry.get("display_name")) for entry in entries if isinstance(entry, dict)]


def _list_text(content: str, pseudonyms: PseudonymKey) -> str:
    """Return the JSON text of a list with pseudonyms; other texts, as in a sheet, are changed like any text."""
    decoded = _decode_json(content)
    if not isinstance(decoded, list | dict):
        return pseudonyms.text(content)
    changed = pseudonyms.value(decoded)
    return content if changed == decoded else json.dumps(changed, ensure_ascii=False, separators=(",", ":"))


def _decode_json(content: str) -> Any:
    try:
        return json.loads(content)
    except ValueError:
        return None


def _index(index: pd.Index, pseudonyms: PseudonymKey) -> pd.Index:
    """Return an index with pseudonyms in its levels of texts."""
    if isinstance(index, pd.MultiIndex):
        levels = [
            pd.Index(_level(index.get_level_values(number).to_series(), name, pseudonyms)).rename(name)
            for number, name in enumerate(index.names)
        ]
        return pd.MultiIndex.from_arrays(levels, names=index.names)
    return (
        pd.Index(_level(index.to_series(), index.name, pseudonyms)).rename(index.name)
        if _holds_text(index.dtype)
        else index
    )


def _level(values: pd.Series[Any], name: Hashable, pseudonyms: PseudonymKey) -> pd.Series[Any]:
    if not _holds_text(values.dtype) or _is_id(name):
        return values
    label = "" if name is None else name
    return _column(values.to_frame(label), label, pseudonyms, is_listed=False)


def _attrs(attrs: Mapping[Hashable, Any], pseudonyms: PseudonymKey, *, keeps_labels: bool) -> dict[Hashable, Any]:
    """Return the `attrs` of a frame with pseudonyms; the labels of accounts are those of the column `account`."""
    changed = {name: _attribute(value, pseudonyms) for name, value in attrs.items()}
    origin = changed.get("cronofy")
    if isinstance(origin, dict) and isinstance(origin.get("accounts"), dict):
        labels = list(attrs["cronofy"]["accounts"])
        if not keeps_labels:
            labels = [pseudonyms.name(label) if isinstance(label, str) else label for label in labels]
        origin["accounts"] = dict(zip(labels, origin["accounts"].values(), strict=True))
    return changed


def _attribute(value: Any, pseudonyms: PseudonymKey) -> Any:
    if isinstance(value, dict):
        return {
            pseudonyms.text(name) if isinstance(name, str) else name: _attribute(item, pseudonyms)
            for name, item in value.items()
        }
    if isinstance(value, list):
        return [_attribute(item, pseudonyms) for item in value]
    return pseudonyms.text(value) if isinstance(value, str) else value
