"""Sync of one account or several: in threads, each under its lease, and a report of what became known."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import pandas as pd

from cronofy_frames.archive.absent import absence_text, absent_accounts, former_accounts
from cronofy_frames.archive.account_sync import AccountSync, Options, Outcome
from cronofy_frames.archive.accounts import Listing, list_account, register_account
from cronofy_frames.archive.index import lost_text
from cronofy_frames.archive.piece_reader import PieceReader
from cronofy_frames.archive.pieces import LONG_GAP
from cronofy_frames.archive.reading import ArchivedAccount, Labels
from cronofy_frames.archive.store import Store
from cronofy_frames.caller import caller_level
from cronofy_frames.errors import CronofyError
from cronofy_frames.frames.account_threads import AccountThreads
from cronofy_frames.frames.accounts import Clients
from cronofy_frames.frames.bounds import DAYS_BACK
from cronofy_frames.frames.calendars import find_calendar
from cronofy_frames.frames.progress import Progress
from cronofy_frames.recent_error import recording_errors
from cronofy_frames.text import single_line
from cronofy_frames.wire.client import Client
from cronofy_frames.wire.usage import USAGE, EndpointUsage

WORKERS = 8
"""How many requests may be on their way at the same time for one account; several accounts share them."""


class ArchiveWarning(UserWarning):
    """Something is not in an archive; the message says what."""


class FailureWarning(ArchiveWarning):
    """Accounts of a mapping could not be synced, as the report says."""


class AbsentWarning(ArchiveWarning):
    """Accounts of an archive are not among the clients."""


@dataclass
class Result:
    """Result of one account: the outcome, or the error, or neither where another process reads it.

    `requests` are those that further threads sent, beside its `usage`; `listing` has its calendars.
    """

    outcome: Outcome | None = None
    error: CronofyError | ValueError | None = None
    usage: EndpointUsage | None = None
    requests: int = 0
    listing: Listing | None = None

    @property
    def failure(self) -> CronofyError | ValueError | None:
        """The error, also one that stopped after some was stored."""
        return self.outcome.stopped if self.outcome is not None and self.outcome.stopped is not None else self.error

    @property
    def status(self) -> str:
        """synced, failed or leased."""
        if self.failure is not None:
            return "failed"
        return "leased" if self.outcome is None else "synced"


def sync_accounts(
    store: Store,
    clients: Clients,
    names: list[str] | None,
    options: Options,
    *,
    former: Labels = None,
    progress: bool | None,
) -> pd.DataFrame:
    """Sync accounts, and return the report; attrs has the labels of accounts that are absent.

    Raises
    ------
    CronofyError
        A single client failed; of a mapping, the report has the errors.
    FrameError
        The folder cannot be written, or people would be stored by name; nothing was sent.
    ValueError
        The archive has no such former account, or two labels are spellings of one address.
    """
    store.state.require_writable()
    left_out = former_accounts(store, former)
    by_label = store.privacy.by_label(clients)
    workers = max(1, WORKERS // len(by_label))
    with Progress(show=progress) as bar, recording_errors():

        def sync(label: str) -> Result:
            before = USAGE.of_thread()
            try:
                result = _sync_account(store, label, by_label[label], names, options, workers, bar)
            except Exception as error:  # whatever is wrong with one account must not stop the others
                result = Result(error=_as_cronofy_error(error))
            return replace(result, usage=USAGE.of_thread().since(before))

        threads = AccountThreads(by_label, sync)
        threads.run()
        results: Mapping[str, Result] = {label: threads.results[label] for label in by_label}
        if not isinstance(clients, Mapping) and (failure := results[""].failure) is not None:
            raise failure
    _warn_of_gaps(results)
    _warn_of_lost_versions(results)
    _warn_of_failures(results)
    listings = [result.listing for result in results.values() if result.listing is not None]
    labels = by_label if isinstance(clients, Mapping) else ()
    absent = absent_accounts(store, labels, left_out, [listing.sub for listing in listings])
    if isinstance(clients, Mapping) and listings:
        _warn_of_absent(absent, max(listing.answered_at for listing in listings))
    report = _report(results)
    report.attrs["absent"] = [account.label for account in absent]
    return report


def _as_cronofy_error(error: Exception) -> CronofyError | ValueError:
    if isinstance(error, CronofyError | ValueError):
        return error
    wrapped = CronofyError(f"the account could not be synced ({type(error).__name__}: {error}). Sync again.")
    wrapped.__cause__ = error
    return wrapped


def _sync_account(
    store: Store,
    label: str,
    client: Client,
    names: list[str] | None,
    options: Options,
    workers: int,
    bar: Progress,
) -> Result:
    store.privacy.require_unforgotten(label=label)
    listing = list_account(client)
    store.privacy.require_unforgotten(sub=listing.sub)
    register_account(store.state, label, listing.sub)
    store.save_skew(listing.computer_skew)
    chosen = None if names is None else _calendar_ids(listing, names)
    store.step("listed")
    lease = store.lease(listing.sub)
    if not lease.acquire():
        return Result(listing=listing)
    try:
        store.step("leased")
        own = replace(options, calendars=chosen)
        reader = PieceReader(client, workers, bar.step)
        outcome = AccountSync(store, label, client, listing, own, reader=reader).run()
        store.compact_if_many()
        return Result(outcome, requests=reader.requests, listing=listing)
    finally:
        lease.release()


def _calendar_ids(listing: Listing, names: list[str]) -> frozenset[str]:
    missing: dict[str, Any] = {"calendar_name": None, "calendar_deleted": None, "profile_name": None}
    rows = [{**missing, **row} for row in listing.calendars.values()]
    return frozenset(str(find_calendar(rows, name)["calendar_id"]) for name in names)


def _warn_of_gaps(results: Mapping[str, Result]) -> None:
    texts = [
        _gap_text(label, result.outcome)
        for label, result in results.items()
        if result.outcome is not None and (result.outcome.gap or timedelta()) > LONG_GAP
    ]
    if texts:
        warnings.warn(
            f"Cronofy reads {DAYS_BACK} days back, and the last sync was longer ago than is safe. "
            f"{' '.join(texts)} Sync at least once a week.",
            ArchiveWarning,
            stacklevel=caller_level(),
        )


def _warn_of_lost_versions(results: Mapping[str, Result]) -> None:
    outcomes = {label: result.outcome for label, result in results.items() if result.outcome is not None}
    texts = [
        lost_text(single_line(label) if label else "the account", outcome.lost_commits)
        for label, outcome in outcomes.items()
        if outcome.lost_commits
    ]
    if texts:
        warnings.warn(
            f"{' '.join(texts)} All that Cronofy still shows was read again. If you restored the archive from a copy, "
            "restore the whole folder from the same one.",
            ArchiveWarning,
            stacklevel=caller_level(),
        )


def _gap_text(label: str, outcome: Outcome) -> str:
    assert outcome.gap is not None
    name = f"account {single_line(label)}" if label else "the account"
    text = f"{name} was last synced {outcome.gap.days} days ago"
    if outcome.lost is None:
        return f"{text}; no day was missed."
    first, last = outcome.lost[0], outcome.lost[1] - timedelta(days=1)
    return f"{text}: what happened from {first} to {last} is not known, and cannot be read any more."


def _warn_of_absent(absent: list[ArchivedAccount], now: datetime) -> None:
    text = absence_text(absent, now)
    if text:
        warnings.warn(text, AbsentWarning, stacklevel=caller_level())


def _warn_of_failures(results: Mapping[str, Result]) -> None:
    failed = [f"{single_line(label)}: {result.failure}" for label, result in results.items() if result.failure]
    if failed:
        more = f" And {len(failed) - 3} more." if len(failed) > 3 else ""
        warnings.warn(
            f"{len(failed)} of {len(results)} accounts could not be synced. {' '.join(failed[:3])}{more}",
            FailureWarning,
            stacklevel=caller_level(),
        )


COUNTS = ("new", "changed", "deleted", "vanished", "reopened", "left", "unseen", "unchanged")
"""The columns of the report that count events."""


def _report(results: Mapping[str, Result]) -> pd.DataFrame:
    rows = [_report_row(label, result) for label, result in results.items()]
    dtypes = {
        **dict.fromkeys(("account", "status", "reads"), "str"),
        **dict.fromkeys((*COUNTS, "requests", "retries"), "int64"),
        "waited": "float64",
        "lag": "timedelta64[us]",
        "error": "str",
    }
    columns = {name: pd.Series([row[name] for row in rows], dtype=dtype) for name, dtype in dtypes.items()}
    return pd.DataFrame(columns)


def _report_row(label: str, result: Result) -> dict[str, Any]:
    outcome = result.outcome or Outcome()
    counts = outcome.counts
    usage = result.usage or EndpointUsage()
    return {
        "account": label,
        "status": result.status,
        "reads": ", ".join(outcome.reads),
        **{name: getattr(counts, name, 0) for name in COUNTS},
        "left": outcome.left,
        "unseen": outcome.unseen,
        "requests": usage.calls + usage.retries + result.requests,
        "retries": usage.retries,
        "waited": usage.waited,
        "lag": outcome.gap,
        "error": None if result.failure is None else single_line(str(result.failure)),
    }
