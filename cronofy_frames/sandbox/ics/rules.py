"""Recurrence rules of a VEVENT: repaired or reported where they are invalid, and how many dates they have."""

from __future__ import annotations

from calendar import monthrange
from datetime import UTC, datetime, time, timedelta
from typing import Any

from cronofy_frames.sandbox.ics.times import as_list, utc_instant

MOST_RECURRENCES = 50_000  # a daily rule of 136 years; more is a mistake, and would take long to expand

_FREQUENCIES = {
    "SECONDLY": timedelta(seconds=1),
    "MINUTELY": timedelta(minutes=1),
    "HOURLY": timedelta(hours=1),
    "DAILY": timedelta(days=1),
    "WEEKLY": timedelta(days=7),
    "MONTHLY": timedelta(days=28),
    "YEARLY": timedelta(days=365),
}
_MOST_DAYS_TRIED = 15_000  # 41 years: the weekdays of all dates repeat after 28 years, or 40 around 2100
_WEEK_DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_MOST_SPREAD = 1_000
_ORDER = list(_FREQUENCIES)
_WEEKS = {"YEARLY": 53, "MONTHLY": 5, "WEEKLY": 1}
_DAYS = {"YEARLY": 366, "MONTHLY": 31, "WEEKLY": 7}


def repair_rules(vevent: Any, problems: list[str]) -> None:
    """Repair the rules of a VEVENT, and leave out those that cannot be read; add a problem for each."""
    if "EXRULE" in vevent:
        problems.append("its EXRULE (withdrawn by RFC 5545) is not applied")
    if "RRULE" not in vevent:
        return
    rules = [rule for rule in as_list(vevent["RRULE"]) if _is_usable(rule, problems)]
    for rule in rules:
        _repair_rule(rule, vevent["DTSTART"].dt, problems)
    if empty := [rule for rule in rules if not has_dates(rule, utc_instant(vevent["DTSTART"].dt))]:
        problems.append("its rule has no date, such as a 30th of February; only its start is taken")
        rules = [rule for rule in rules if rule not in empty]
    vevent.pop("RRULE")
    if rules:
        vevent["RRULE"] = rules[0] if len(rules) == 1 else rules


def _is_usable(rule: Any, problems: list[str]) -> bool:
    if not rule:
        problems.append("its recurrence rule is empty; it is taken as a single event")
        return False
    frequency = str((rule.get("FREQ") or [""])[0]).upper()
    if frequency not in _FREQUENCIES:
        problems.append(f"its recurrence rule has the FREQ {frequency!r}, which is unknown; left out")
        return False
    return True


def _repair_rule(rule: Any, start: Any, problems: list[str]) -> None:
    for name in ("INTERVAL", "COUNT"):
        if name in rule and int(rule[name][0]) < 1:
            problems.append(f"its rule has the {name} {rule[name][0]}; left out")
            rule.pop(name)
    if rule.get("COUNT") and rule.get("UNTIL"):
        problems.append("its rule has both COUNT and UNTIL; UNTIL is taken")
        rule.pop("COUNT")
    if rule.get("UNTIL"):
        rule["UNTIL"] = [_local_until(rule["UNTIL"][0], start)]


def _local_until(until: Any, start: Any) -> Any:
    """Return an UNTIL of the type that DTSTART needs (RFC 5545, 3.3.10).

    Many programs write a time without Z, or a date. Both are local times of DTSTART: a date includes its whole day.
    """
    if not isinstance(start, datetime):
        return until.date() if isinstance(until, datetime) else until
    if not isinstance(until, datetime):
        until = datetime.combine(until, time(23, 59, 59))
    return until if until.tzinfo else until.replace(tzinfo=start.tzinfo).astimezone(UTC)


def has_dates(rule: Any, start: datetime) -> bool:
    """Return whether a rule has any date: a search for the 30th of February would go on to the year 9999.

    Only a daily rule has to be tried day by day; rules of weeks, months and years end soon, and those of hours and less
    have too many dates to be read.
    """
    if _frequency(rule) != "DAILY":
        return True
    months, month_days = as_list(rule.get("BYMONTH")), as_list(rule.get("BYMONTHDAY"))
    week_days = {str(day).upper()[-2:] for day in as_list(rule.get("BYDAY"))}
    step = timedelta(days=max(1, int(rule.get("INTERVAL", [1])[0])))
    day = start.date()
    for _ in range(_MOST_DAYS_TRIED):
        if day.year >= 9000:
            return False
        from_end = day.day - monthrange(day.year, day.month)[1] - 1
        if (
            (not months or day.month in months)
            and (not month_days or day.day in month_days or from_end in month_days)
            and (not week_days or _WEEK_DAYS[day.weekday()] in week_days)
        ):
            return True
        day += step
    return False


_END = datetime(9000, 1, 1, tzinfo=UTC)


def last_date(rule: Any, start: datetime) -> datetime:
    """Return a time after which a rule has no dates."""
    if until := rule_until(rule):
        return min(until, _END)
    if not rule.get("COUNT"):
        return _END
    # a month has 31 days, and a rule may have no date in some of its periods: leap days come every four or eight years
    longest = _period(rule) * (1.2 if len(rule) == 2 else 8.1)
    days = min(longest / timedelta(days=1) * int(rule["COUNT"][0]), (_END - start).days)
    return start + timedelta(days=days)


def spread_dates(rule: Any, start: datetime, end: datetime) -> list[datetime]:
    """Return times that are spread as the dates of a rule are, from a start to an end."""
    step = _period(rule) / _dates_in_period(rule, _frequency(rule))
    count = min(int((min(end, last_date(rule, start)) - start) / step) + 1, _MOST_SPREAD)
    return [start + n * step for n in range(count)]


def _frequency(rule: Any) -> str:
    return str(rule["FREQ"][0]).upper()


def _period(rule: Any) -> timedelta:
    interval = min(max(1, int(rule.get("INTERVAL", [1])[0])), 10_000)
    return _FREQUENCIES[_frequency(rule)] * interval


def recurrence_count(rule: Any, start: datetime, horizon: datetime) -> float:
    """Return about how many dates a rule has from its start to a time, or how many have to be tried to find them."""
    periods = max(0.0, (min(rule_until(rule) or horizon, horizon) - start) / _period(rule))
    per_period = _dates_in_period(rule, _frequency(rule))
    if rule.get("COUNT"):
        # a set is generated as a whole, even if COUNT takes one date of it
        return min(float(rule["COUNT"][0]) + per_period, (periods + 1) * per_period)
    return periods * per_period


def _dates_in_period(rule: Any, frequency: str) -> float:
    """Return how many dates a rule generates in one period: parts finer than FREQ multiply them."""
    order = _ORDER.index(frequency)
    count = 1.0
    for name, finer_than in (("BYSECOND", "MINUTELY"), ("BYMINUTE", "HOURLY"), ("BYHOUR", "DAILY")):
        if order >= _ORDER.index(finer_than):
            count *= max(1, len(set(as_list(rule.get(name)))))
    return count * _days_in_period(rule, frequency)


def _days_in_period(rule: Any, frequency: str) -> int:
    if frequency not in _DAYS:
        return 1
    months = max(1, len(as_list(rule.get("BYMONTH"))))
    week_days, month_days = len(as_list(rule.get("BYDAY"))), len(as_list(rule.get("BYMONTHDAY")))
    days = max(
        week_days * _WEEKS[frequency],
        month_days * (12 if frequency == "YEARLY" else 1),
        len(as_list(rule.get("BYYEARDAY"))),
        len(as_list(rule.get("BYWEEKNO"))) * max(1, week_days),
        months,
    )
    return min(days, _DAYS[frequency])


def rule_until(rule: Any) -> datetime | None:
    """Return the UNTIL of a recurrence rule."""
    until = rule.get("UNTIL")
    return utc_instant(until[0]) if until else None
