"""The people of a measurement: an account in a group each, and the schedule by which each works."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from cronofy_frames.intervals.spans import Micros, Spans, complement, crossings, intersection, runs, union
from cronofy_frames.measures.periods import WorkingTime


@dataclass(frozen=True, slots=True, eq=False)
class People:
    """The people of each group: a person is one account that has rows in a group.

    Attributes
    ----------
    groups
        A row for each group.
    group_of
        For each person, the position of the group in `groups`.
    account_of
        For each person, the position of the account in `labels`.
    labels
        The labels of the accounts; a single None without labels.
    """

    groups: pd.DataFrame
    group_of: Micros
    account_of: Micros
    labels: list[Any]


def people_of(keys: pd.DataFrame, groups: list[str]) -> People:
    """Return the people of rows with these keys: one for each row of keys."""
    account_of = np.zeros(len(keys), np.int64)
    labels: list[Any] = [None]
    if "account" in keys:
        codes, names = pd.factorize(keys["account"], use_na_sentinel=False)
        account_of, labels = codes.astype(np.int64), list(names)
    if not groups:
        return People(pd.DataFrame(index=pd.RangeIndex(1)), np.zeros(len(keys), np.int64), account_of, labels)
    group_of = np.asarray(keys.groupby(groups, dropna=False, observed=True).ngroup(), np.int64)
    return People(keys[groups].drop_duplicates(ignore_index=True), group_of, account_of, labels)


@dataclass(frozen=True, slots=True, eq=False)
class Schedules:
    """When people work: one schedule for each account, and one more for each person with time away.

    Attributes
    ----------
    hours, days
        For each schedule, the working hours without time away, and the days that have such hours.
    of_person
        For each person, the number of the schedule.
    contract
        For each account, the working hours with time away.
    away
        For each person, the time away.
    """

    hours: Spans
    days: Spans
    of_person: Micros
    contract: Spans
    away: Spans


def schedules_of(work: WorkingTime, people: People, away: Spans) -> Schedules:
    """Return the schedules of people: the working time of their accounts, without their own time away.

    Parameters
    ----------
    work
        The working time of each account.
    people
        The people.
    away
        The time away of each person, in any order.
    """
    away = union(away)
    absent = np.unique(away.group)
    own = Spans(np.searchsorted(absent, away.group), away.start, away.end)
    first, last = int(work.hours.start.min(initial=0)), int(work.hours.end.max(initial=0))
    present = complement(own, len(absent), first, last)
    hours = intersection(_select_groups(work.hours, people.account_of[absent]), present)
    days = _select_groups(work.days, people.account_of[absent])
    days = days.take(crossings(days, hours)[1] > 0)
    of_person = people.account_of.copy()
    of_person[absent] = len(people.labels) + np.arange(len(absent))
    return Schedules(
        _append_groups(work.hours, hours, len(people.labels)),
        _append_groups(work.days, days, len(people.labels)),
        of_person,
        work.hours,
        away,
    )


def _select_groups(spans: Spans, groups: Micros) -> Spans:
    """Return the spans of some groups as groups 0, 1, 2 ...; a group may be there several times."""
    first, last = np.searchsorted(spans.group, groups), np.searchsorted(spans.group, groups, "right")
    run, at = runs(first, last - first)
    return Spans(run.astype(np.int64), spans.start[at], spans.end[at])


def _append_groups(spans: Spans, more: Spans, count: int) -> Spans:
    """Return spans of `count` groups followed by those of further groups."""
    group = np.concatenate([spans.group, more.group + count])
    return Spans(group, np.concatenate([spans.start, more.start]), np.concatenate([spans.end, more.end]))


def hours_of_people(schedules: Schedules, first: int, last: int) -> Spans:
    """Return the working hours of each of the people at positions from `first` to before `last`."""
    hours = _select_groups(schedules.hours, schedules.of_person[first:last])
    return Spans(hours.group + first, hours.start, hours.end)
