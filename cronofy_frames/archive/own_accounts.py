"""Which accounts of an archive are those of a person who is to be forgotten."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from cronofy_frames.archive.forgotten import FORGOTTEN_ADDRESS
from cronofy_frames.archive.reading import ArchivedAccount, Labels, archived_accounts, calendar_rows, chosen_accounts
from cronofy_frames.archive.store import Store
from cronofy_frames.errors import FrameError
from cronofy_frames.frames.addresses import is_address, normal_address
from cronofy_frames.frames.people_names import Words, is_full_name, name_words, spellings
from cronofy_frames.near_names import near_name
from cronofy_frames.text import join_names


def full_names(names: Iterable[str]) -> set[Words]:
    """Return the words of full names, in all their spellings."""
    return {words for name in names if is_full_name(name) for words in spellings(name)}


@dataclass(frozen=True)
class OwnAccounts:
    """The accounts of a person, as far as the archive shows whose they are.

    The rule: an account is the person's if its label is their address or full name, if no profile of it is of another
    address, or if one is of theirs and the label has no other words than their names or their address. An account with
    a profile of theirs and others besides may be that of an assistant: its owner is not known.

    Attributes
    ----------
    sure
        Those that are theirs.
    possible
        Those that have a profile of theirs, and whose owner is not known.
    """

    sure: list[ArchivedAccount]
    possible: list[ArchivedAccount]


def own_accounts(store: Store, email: str, names: Iterable[str], *, with_forgotten: bool) -> OwnAccounts:
    """Return the accounts of a person.

    Parameters
    ----------
    store
        The archive.
    email, names
        The address and the names.
    with_forgotten
        Whether an account is possible that has a profile of a forgotten person, where this person is forgotten.
    """
    owner = _Person(store, email, list(names), with_forgotten=with_forgotten)
    sure, possible = [], []
    for account in archived_accounts(store.state):
        rows = calendar_rows(store.state, account.sub)
        profiles = {name for row in rows if isinstance(name := row.get("profile_name"), str)}
        if owner.owns(account.label, profiles):
            sure.append(account)
        elif owner.may_own(profiles):
            possible.append(account)
    return OwnAccounts(sure, possible)


class _Person:
    """A person by address and names, as labels of accounts and profiles may have them."""

    def __init__(self, store: Store, email: str, names: list[str], *, with_forgotten: bool) -> None:
        self._addresses = {normal_address(email), normal_address(store.privacy.stored_address(email))}
        self._full_names = full_names(names)
        self._words = {word for text in (*names, normal_address(email).partition("@")[0]) for word in name_words(text)}
        self._is_forgotten = with_forgotten and store.privacy.forgotten.has(email)

    def is_named(self, text: str) -> bool:
        """Return whether a text is the address or a full name."""
        return normal_address(text) in self._addresses or name_words(text) in self._full_names

    def owns(self, label: str, profiles: set[str]) -> bool:
        """Return whether an account is theirs."""
        if self.is_named(label):
            return True
        if not any(map(self.is_named, profiles)):
            return False
        words = set() if is_address(label) else set(name_words(label))
        return all(map(self.is_named, profiles)) or bool(words and words <= self._words)

    def may_own(self, profiles: set[str]) -> bool:
        """Return whether a profile is theirs; once they are forgotten, it only shows that it is of such a person."""
        return any(map(self.is_named, profiles)) or (self._is_forgotten and FORGOTTEN_ADDRESS in profiles)


def accounts_to_delete(
    store: Store, email: str, names: Iterable[str], own: OwnAccounts, labels: Labels
) -> list[ArchivedAccount]:
    """Return the accounts whose history is deleted: those that are named, else those that are the person's.

    Raises
    ------
    FrameError
        None is found, or one that is theirs is not named.
    ValueError
        A label that the archive does not have.
    """
    if labels is None:
        return own.sure or _fail_without_account(store, email, names, own)
    chosen = chosen_accounts(store, labels)
    missing = [account.label for account in own.sure if account not in chosen]
    if missing:
        raise FrameError(
            f"the person also has the account {join_names(map(repr, missing))} in this archive, whose history has to "
            "be deleted, too: name all. Nothing is forgotten."
        )
    return chosen


def _fail_without_account(store: Store, email: str, names: Iterable[str], own: OwnAccounts) -> list[ArchivedAccount]:
    labels = [account.label for account in archived_accounts(store.state)]
    if own.possible:
        possible = join_names(repr(account.label) for account in own.possible)
        reason = f"{possible} has a profile of that address and others, or of a forgotten person; where it is theirs, "
        example = own.possible[0].label
    else:
        near = next((text for name in (email.strip(), *names) if (text := near_name(name, filter(None, labels)))), "")
        reason = f"the labels are {join_names(map(repr, labels), most=10) or 'none'}.{near} To delete one of them, "
        example = labels[0] if labels else "label"
    raise FrameError(
        f"no account in this archive is {email.strip()}'s for sure: {reason}give its label, such as "
        f"account={example!r}; where the person has none, leave out delete_account=True. Nothing is forgotten."
    )
