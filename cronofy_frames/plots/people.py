"""Time use of several people in one number: whether it is their sum or their mean."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal

import pandas as pd

from cronofy_frames.frames.provenance import common_part, origin_of, sources_of, windows_of
from cronofy_frames.measures.catalogue import CATALOGUE
from cronofy_frames.plots.language import Language, gettext_noop
from cronofy_frames.plots.metric_words import metric_label
from cronofy_frames.plots.names import account_count, mean_suffix
from cronofy_frames.text import join_names

PerPerson = Literal["person"] | None

SHARES = {metric.name for metric in CATALOGUE if metric.unit == "share"}
SUM = gettext_noop("sum")
WAYS_TO_COMBINE = {
    "longest_free_block": gettext_noop("mean"),
    "median_lead_time": gettext_noop("overall median"),
    **dict.fromkeys(SHARES, gettext_noop("overall share")),
}


def check_per(per: PerPerson) -> None:
    """Refuse other values than "person" and None; those of `time_use` have another meaning."""
    if per in ("meeting", "account"):
        raise ValueError(
            f"per={per!r} is an argument of time_use, which says how attendees_hours counts: pass it there. In "
            "plot_time_use per='person' draws the mean of the accounts."
        )
    if per not in (None, "person"):
        raise ValueError(f"per is 'person' for the mean of the accounts, or None, not {per!r}.")


def people_suffix(use: pd.DataFrame, metrics: Iterable[str], language: Language) -> str:
    """Return the end of a title that says how a result of `time_use` combines several accounts.

    Hours and counts are sums over accounts, shares are of these sums, medians are over all meetings, and the longest
    free block is a mean. Where each group is of one account, nothing is combined.
    """
    groups, count = group_columns(use), account_count(use)
    if "account" in groups or count < 2:
        return ""
    ways: dict[str, list[str]] = {}
    for name in metrics:
        ways.setdefault(WAYS_TO_COMBINE.get(name, SUM), []).append(metric_label(name, language))
    texts = [
        language.gettext(rule) + (f" ({', '.join(names)})" if len(ways) > 1 else "") for rule, names in ways.items()
    ]
    combined = texts[0]
    for text in texts[1:]:
        combined = language.gettext("{first} and {last}", first=combined, last=text)
    # a group, such as a calendar, need not have rows of every account
    if groups:
        return ", " + language.ngettext(
            "{ways} of up to {count} account", "{ways} of up to {count} accounts", count, ways=combined
        )
    return ", " + language.ngettext("{ways} of {count} account", "{ways} of {count} accounts", count, ways=combined)


def mean_of_people(use: pd.DataFrame, metrics: list[str], language: Language) -> tuple[pd.DataFrame, str]:
    """Return a result of `time_use` as the mean of its accounts, and the end of a title that says so.

    With a column `account` it is the mean of the accounts whose value is known. Without one, sums are divided by the
    number of accounts.

    Raises
    ------
    ValueError
        Where the frame does not have what a mean needs: each group's accounts, shares and medians of each account, the
        number of accounts, or all of the window for each of them.
    """
    groups = group_columns(use)
    if "account" in groups:
        return _mean_of_rows(use, [name for name in groups if name != "account"], metrics, language)
    reason = _reason_against_division(use, groups, metrics)
    if reason:
        raise ValueError(f"{reason}: call time_use with by={[*groups, 'account']!r} for the mean of persons.")
    count = max(account_count(use), 1)
    sums = [name for name in metrics if name not in WAYS_TO_COMBINE]
    return use.assign(**{name: use[name] / count for name in sums}), mean_suffix(count, language)


def group_columns(use: pd.DataFrame) -> list[Any]:
    """Return the columns by which a result of `time_use` is grouped."""
    return list(use.columns[: use.columns.get_loc("period")])


def _mean_of_rows(
    use: pd.DataFrame, groups: list[str], metrics: list[str], language: Language
) -> tuple[pd.DataFrame, str]:
    keyed = use.groupby([*groups, "period"], dropna=False, observed=True)[metrics]
    known, table = keyed.count().to_numpy(), keyed.mean().reset_index()
    table.attrs = use.attrs
    most = int(known.max(initial=0))
    if most < 2 or (known == most).all():
        return table, mean_suffix(most, language)
    return table, ", " + language.ngettext("mean of up to {count} account", "mean of up to {count} accounts", most)


def _reason_against_division(use: pd.DataFrame, groups: list[str], metrics: list[str]) -> str:
    """Return why the mean cannot be computed from sums; "" if it can."""
    if not origin_of(use):
        return "the frame does not say of how many accounts it is"
    if account_count(use) < 2:
        return ""
    if groups:
        return f"the frame has sums over accounts by {join_names(groups)}"
    if whole := [name for name in metrics if "overall" in WAYS_TO_COMBINE.get(name, "sum")]:
        return f"{join_names(whole)} is of all accounts together"
    return "" if _all_read_alike(use) else "not all accounts were read for the whole window"


def _all_read_alike(use: pd.DataFrame) -> bool:
    """Return whether each account was read for all of the window, as far as the frame says."""
    origin = origin_of(use)
    known = windows_of(origin)
    own = [windows_of(source) for source in sources_of(origin).values()]
    return known is None or all(windows is None or common_part(windows, known) == known for windows in own)
