"""Privacy of an archive: what is left out or replaced before anything is stored.

Fields are dropped first, then people get pseudonyms, then those who are forgotten are taken out. The order makes no
difference between a row that is read again and one that was stored before, so that neither makes a version.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import msgspec

from cronofy_frames.archive.forgotten import ForgottenPeople, NameCollector
from cronofy_frames.archive.state import State
from cronofy_frames.argument_types import text_list
from cronofy_frames.errors import FrameError
from cronofy_frames.frames.accounts import Clients, clients_by_label
from cronofy_frames.frames.addresses import is_address
from cronofy_frames.frames.people_names import spellings
from cronofy_frames.frames.pseudonym_key import PseudonymKey
from cronofy_frames.frames.raw_json import replace_invalid_characters
from cronofy_frames.schema import EVENTS
from cronofy_frames.wire.client import Client

_NEEDED = {
    *("start", "end", "all_day", "start_tzid", "end_tzid", "calendar_name", "provider_name", "calendar_id"),
    *("event_uid", "event_id", "updated", "created", "deleted"),
}
_PATHS = {column.name: tuple(column.path.split(".")) for column in EVENTS.columns if column.name not in _NEEDED}


class ArchivePrivacy:
    """What an archive leaves out, and how it replaces people.

    Parameters
    ----------
    state
        The state of the archive, which remembers this.
    pseudonyms
        The key of pseudonyms; None has none.
    keep_domain
        Whether pseudonyms keep the domain of their address; None as they do already, and not in a new archive.
    drop
        Names of columns that are not stored.

    Attributes
    ----------
    is_locked
        Whether the archive has pseudonyms and their key is not known, so that it can only be read.

    Raises
    ------
    ValueError
        A key that is too short, a column that cannot be dropped.
    FrameError
        The archive was made with other ones.
    """

    def __init__(
        self, state: State, *, pseudonyms: bytes | str | None, keep_domain: bool | None, drop: Iterable[str] | str
    ) -> None:
        self._state = state
        self._forgotten: ForgottenPeople | None = None
        fixed = state.setting("pseudonyms") or ""
        keeps = fixed.endswith(" True") if keep_domain is None else keep_domain
        self._key = None if pseudonyms is None else PseudonymKey(pseudonyms, keep_domain=keeps)
        fingerprint = "" if self._key is None else f"{self._key.identifier('archive')} {keeps}"
        names = _checked_columns(text_list("drop", drop, "names of columns"))
        self.is_locked = self._key is None and bool(fixed)
        self._settle("pseudonyms", fingerprint, "pseudonyms and keep_domain")
        self._settle("drop", ",".join(names), "drop")
        self._paths = [_PATHS[name] for name in (state.setting("drop") or "").split(",") if name]

    def _settle(self, name: str, value: str, arguments: str) -> None:
        """Keep a setting of a new archive; later it may be left out, and not changed."""
        fixed = self._state.setting(name) or ""
        if not value or value == fixed:
            return
        if fixed or self._state.row("select 1 from accounts limit 1") is not None:
            raise FrameError(
                f"the archive was made with other {arguments}, and its history cannot have both: use those with which "
                "it was made, or make a new archive."
            )
        with self._state.transaction() as connection:
            connection.execute("insert or replace into settings values (?, ?)", (name, value))

    def require_key(self) -> None:
        """Raise an error where people would be stored by name in an archive of pseudonyms.

        Raises
        ------
        FrameError
            The archive has pseudonyms, and was opened without their key.
        """
        if self.is_locked:
            raise FrameError(
                "the archive has pseudonyms, and was opened without their key, with which it can only be read: open it "
                "with Archive(..., pseudonyms=key)."
            )

    def require_key_of(self, label: str) -> None:
        """Raise an error where the key is needed to find the account of a label.

        Raises
        ------
        FrameError
            The label is an address, and the archive has pseudonyms and was opened without their key.
        """
        if self.is_locked and is_address(label):
            raise FrameError(locked_text(label))

    def label(self, text: str) -> str:
        """Return the label of an account as it is stored: an address gets a pseudonym."""
        return self._key.address(text) if self._key is not None and is_address(text) else text

    def stored_labels(self, labels: Iterable[str]) -> dict[str, str]:
        """Return the labels of accounts by what the archive stores for them.

        The rule: one stored label is one account. Where addresses get pseudonyms, all spellings of an address are one
        label, and of two of them one client would be left out, so that they are refused. Without pseudonyms a label is
        stored as it is, and two labels are two accounts however similar they are.

        Raises
        ------
        FrameError
            A label is an address, and the archive has pseudonyms and was opened without their key.
        ValueError
            Two labels are spellings of one address.
        """
        by_stored: dict[str, str] = {}
        for label in labels:
            self.require_key_of(label)
            other = by_stored.setdefault(self.label(label), label)
            if other != label:
                raise ValueError(
                    f"{other!r} and {label!r} are one address, so that they would have one history: leave one of them "
                    "out, or give the other account another label."
                )
        return by_stored

    def by_label(self, clients: Clients) -> dict[str, Client]:
        """Return clients by their labels as the archive stores them; that of a single client is empty.

        Raises
        ------
        TypeError
            For anything that is not a client or a mapping of clients.
        FrameError
            The archive has pseudonyms, and was opened without their key.
        ValueError
            A label is no text or empty, or two labels are spellings of one address.
        """
        self.require_key()
        by_label = {_label_text(label): client for label, client in clients_by_label(clients).items()}
        return {stored: by_label[label] for stored, label in self.stored_labels(by_label).items()}

    def require_unforgotten(self, *, label: str | None = None, sub: str | None = None) -> None:
        """Raise an error for an account that is forgotten.

        Raises
        ------
        FrameError
            The label is the address or the full name of a forgotten person, or the account is one whose history was
            deleted with its person.
        """
        is_forgotten = label is not None and self.forgotten.is_label_of(label)
        if is_forgotten or (sub is not None and self.forgotten.has_account(sub)):
            raise FrameError("the person of this account is forgotten: leave out the account, and sign it out.")

    def changes(self) -> list[Callable[[dict[str, Any]], dict[str, Any]]]:
        """Return what is done to each row before it is stored, as it is now."""
        self._forgotten = None  # another process may have forgotten someone since
        changes: list[Callable[[dict[str, Any]], dict[str, Any]]] = []
        if self._paths:
            changes.append(self._without_dropped)
        if self._key is not None:
            changes.append(self._key.event)
        if self.has_forgotten:
            changes.append(self.forgotten.event)
        return changes

    def calendar(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """Return a calendar as it is stored; its ids stay."""
        changed = dict(row)
        for name in ("calendar_name", "profile_name"):
            if isinstance(changed.get(name), str):
                text = changed[name] if self._key is None else self._key.text(changed[name])
                changed[name] = self.forgotten.text(text)
        return changed

    @property
    def has_forgotten(self) -> bool:
        """Whether anyone is forgotten."""
        return self._state.row("select 1 from forgotten limit 1") is not None

    @property
    def forgotten(self) -> ForgottenPeople:
        """The people who are forgotten; read again after `changes` and `forget`."""
        # no lock (functools.cached_property has one before Python 3.12): a thread in a transaction would wait for one
        # that reads here, which waits for the transaction
        people = self._forgotten
        if people is None:
            people = self._forgotten = self._read_forgotten()
        return people

    def _read_forgotten(self) -> ForgottenPeople:
        key = self._state.setting("forget_key")
        if key is None:
            return ForgottenPeople(secrets.token_hex(32))
        addresses = [digest for (digest,) in self._state.rows("select hash from forgotten")]
        return ForgottenPeople(key, addresses, dict(self._state.rows("select hash, words from forgotten_names")))

    def stored_address(self, email: str) -> str:
        """Return the address under which a person is stored."""
        return email if self._key is None else self._key.address(email)

    def names_beside(self, email: str, rows: Iterable[Mapping[str, Any]]) -> tuple[set[str], bool]:
        """Return the full names that stored rows have beside an address, and whether they have the address.

        Where they have pseudonyms, there are no names.
        """
        collector = NameCollector([email, self.stored_address(email)])
        for row in rows:
            collector.value(row)
        return (collector.collected if self._key is None else set()), collector.has_address

    def forget(self, email: str, names: Iterable[str], now: int, *, subs: Iterable[str] = ()) -> None:
        """Remember to take out a person, by hashes of their address, their names and their accounts."""
        with self._state.transaction() as connection:
            connection.execute("insert or ignore into settings values ('forget_key', ?)", (secrets.token_hex(32),))
        self._forgotten = None
        people = self.forgotten
        digests = {people.address_hash(text) for text in (email, self.stored_address(email))}
        digests.update(map(people.account_hash, subs))
        lengths = {people.name_hash(words): len(words) for name in names for words in spellings(name)}
        with self._state.transaction() as connection:
            connection.executemany("insert or ignore into forgotten values (?, ?)", [(d, now) for d in digests])
            rows = [(digest, words, now) for digest, words in lengths.items()]
            connection.executemany("insert or ignore into forgotten_names values (?, ?, ?)", rows)
        self._forgotten = None

    def _without_dropped(self, row: dict[str, Any]) -> dict[str, Any]:
        changed = dict(row)
        for *parents, name in self._paths:
            _remove(changed, parents, name)
        return changed


def _remove(row: dict[str, Any], parents: list[str], name: str) -> None:
    """Remove an entry of a row, and an object that has no other."""
    if not parents:
        row.pop(name, None)
        return
    below = row.get(parents[0])
    if isinstance(below, dict):
        rest = dict(below)
        _remove(rest, parents[1:], name)
        row[parents[0]] = rest
        if not rest:
            del row[parents[0]]


def _checked_columns(names: list[str]) -> list[str]:
    for name in names:
        if name not in _PATHS:
            raise ValueError(
                f"drop names columns of events that can be left out, and {name!r} is none. It can have: "
                f"{', '.join(_PATHS)}."
            )
    return sorted(set(names))


def changed_page(page: bytes, changes: Iterable[Callable[[dict[str, Any]], dict[str, Any]]]) -> bytes:
    """Return a page of events as JSON after changes of its rows; a page that cannot be read stays as it is."""
    steps = list(changes)
    if not steps:
        return page
    body = _decode_page(page)
    rows = body.get("events") if isinstance(body, dict) else None
    if not isinstance(rows, list):
        return page  # no rows can be read from it either, which is an error of the read
    return msgspec.json.encode({"events": [_apply_steps(row, steps) for row in rows]})


def _decode_page(page: bytes) -> Any:
    try:
        return msgspec.json.decode(page)
    except (msgspec.DecodeError, UnicodeDecodeError):
        try:
            return msgspec.json.decode(replace_invalid_characters(page)[0])
        except msgspec.DecodeError:
            return None


def _apply_steps(row: Any, steps: Iterable[Callable[[dict[str, Any]], dict[str, Any]]]) -> Any:
    if isinstance(row, dict):
        for step in steps:
            row = step(row)
    return row


def _label_text(label: str | None) -> str:
    if label is not None and (not isinstance(label, str) or not label.strip()):
        raise ValueError(f"the labels of an archive are texts, and not empty; not {label!r}.")
    return label or ""


def locked_text(label: str) -> str:
    """Return why an account is not found by its address where the key of the pseudonyms is not known."""
    return (
        f"the archive has pseudonyms in place of addresses such as {label!r}: open it with Archive(..., "
        "pseudonyms=key), in a shell with --pseudonyms, or give the pseudonym."
    )
