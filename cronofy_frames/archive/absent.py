"""Accounts of an archive that a sync does not read, so that their history stops.

The rule: an account is absent if neither its label nor its sub is among the clients, and it is not named as a former
one. Clients may be some of many on purpose, as accounts are synced in turn, so that only an account that was not synced
for a week is a cause for a warning. A sync of all accounts that are signed in names every absent account.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

from cronofy_frames.archive.reading import ArchivedAccount, Labels, archived_accounts, chosen_accounts
from cronofy_frames.archive.store import Store
from cronofy_frames.archive.times import time_of
from cronofy_frames.text import single_line

LONGEST = timedelta(days=7)
"""How long an account may be absent without a warning."""

MOST_NAMED = 3


def former_accounts(store: Store, labels: Labels) -> list[ArchivedAccount]:
    """Return accounts of the archive that are not read any more; None is none.

    Raises
    ------
    ValueError
        For a label that it does not have.
    """
    return [] if labels is None else chosen_accounts(store, labels)


def absent_accounts(
    store: Store, labels: Collection[str], former: Collection[ArchivedAccount], subs: Collection[str] = ()
) -> list[ArchivedAccount]:
    """Return the accounts of the archive that are absent.

    Parameters
    ----------
    store
        The archive.
    labels
        Labels of clients, as the archive has them.
    former
        Accounts that are not read any more.
    subs
        The subs of clients, as far as they are known.
    """
    accounts = archived_accounts(store.state)
    left_out = {account.sub for account in former} | set(subs)
    return [account for account in accounts if account.label not in labels and account.sub not in left_out]


def absence_text(absent: Iterable[ArchivedAccount], now: datetime) -> str:
    """Return which accounts are absent for so long that it is a cause for a warning; empty where none is."""
    gaps = [(account, now - time_of(account.synced_at)) for account in absent if account.synced_at is not None]
    texts = [
        f"{single_line(account.label) or 'the account without a label'} was last synced {gap.days} days ago"
        for account, gap in gaps
        if gap > LONGEST
    ]
    if not texts:
        return ""
    more = f", and {len(texts) - MOST_NAMED} more" if len(texts) > MOST_NAMED else ""
    return (
        f"accounts in the archive are not among the clients, so that their history stops: "
        f"{', '.join(texts[:MOST_NAMED])}{more}. Add their clients; or name accounts that are not read any more in "
        "former=."
    )
