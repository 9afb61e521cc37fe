"""Limits of one component, held before it is parsed: the time that parsing takes grows with what a file repeats."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from cronofy_frames.sandbox.ics.lexer import property_name

MOST_CHARACTERS = 200_000
"""Characters of one property; a longer text is cut."""
MOST_LINES = 5_000
"""Lines of one property, such as ATTENDEE."""
MOST_DATES = 20_000
"""Dates that EXDATE or RDATE list; a daily rule has as many in 55 years."""
MOST_RULE_CHARACTERS = 5_000

_DATE_LISTS = ("EXDATE", "RDATE")


def limit_lines(lines: Iterable[str], problems: list[str]) -> Iterator[str]:
    """Yield the property lines of a component within the limits; add a problem for what is left out."""
    line_counts: Counter[str] = Counter()
    date_lists = {name: _DateList(name) for name in _DATE_LISTS}
    for line in lines:
        name = property_name(line)
        line_counts[name] += 1
        if name in date_lists:
            yield from date_lists[name].limit(line)
        elif line_counts[name] <= MOST_LINES:
            yield from _limit_text(line, name, problems)
    problems += [problem for dates in date_lists.values() if (problem := dates.problem)]
    problems += [
        f"it has {count:,} {name} lines; the first {MOST_LINES:,} are read"
        for name, count in line_counts.items()
        if count > MOST_LINES and name not in date_lists
    ]


def _limit_text(line: str, name: str, problems: list[str]) -> Iterator[str]:
    if name == "RRULE" and len(line) > MOST_RULE_CHARACTERS:
        problems.append(f"its RRULE has {len(line):,} characters, more than a rule needs; only the first date is taken")
    elif len(line) <= MOST_CHARACTERS:
        yield line
    else:
        problems.append(f"its {name} has {len(line):,} characters; the first {MOST_CHARACTERS:,} are read")
        # a cut in the middle of an escape would leave a backslash
        yield line[:MOST_CHARACTERS].rstrip("\\")


class _DateList:
    """The dates of all EXDATE or RDATE lines of a component, each once."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._dates: set[tuple[str, str]] = set()
        self._left_out = 0

    @property
    def problem(self) -> str | None:
        """The problem that dates were left out; None if none were."""
        if not self._left_out:
            return None
        total = len(self._dates) + self._left_out
        return (
            f"it has {total:,} {self._name} dates; the first {MOST_DATES:,} are read, so that dates after them can be "
            f"{'shown although they are cancelled' if self._name == 'EXDATE' else 'missing'}"
        )

    def limit(self, line: str) -> Iterator[str]:
        """Yield the line with the dates that no line before has, within the limit."""
        head, _, values = line.rpartition(":")
        dates = [(head, date) for date in dict.fromkeys(values.split(",")) if (head, date) not in self._dates]
        taken = dates[: MOST_DATES - len(self._dates)]
        self._left_out += len(dates) - len(taken)
        self._dates.update(taken)
        if taken:
            yield f"{head}:{','.join(date for _, date in taken)}"
