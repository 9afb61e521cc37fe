"""What was found, as people see it: lines of text, a table in a notebook, a frame.

The law of this file: what is shown may hold names that strangers chose, so nothing goes into a page that was not
escaped, and no finding is more than one line.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from html import escape
from typing import TYPE_CHECKING, Literal

from cronofy_frames.text import by_count

if TYPE_CHECKING:
    import pandas as pd

Verdict = Literal["good", "note", "bad"]

CREDENTIALS = "credentials"
COLORS: dict[Verdict, str] = {"good": "46, 160, 67", "note": "212, 147, 13", "bad": "218, 54, 51"}
SHORTEST = 6  # letters: what is shorter is no secret, and stands in many words


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at.

    Attributes
    ----------
    check
        What was looked at, in a word or two.
    verdict
        good; note, where it works and there is something to know; bad, where it does not work.
    found
        What was found.
    fix
        What to do, with a line to copy; "" where there is nothing to do.
    """

    check: str
    verdict: Verdict
    found: str
    fix: str = ""

    def without(self, secrets: Iterable[str]) -> Finding:
        """Return the finding in one line each, without any of these secrets."""
        found, fix = (" ".join(text.split()) for text in (self.found, self.fix))
        for secret in sorted(secrets, key=len, reverse=True):
            if len(secret) >= SHORTEST:
                found, fix = (text.replace(secret, "(hidden)") for text in (found, fix))
        return replace(self, found=found, fix=fix)


@dataclass(frozen=True, slots=True, repr=False)
class Checkup:
    """What `doctor` found. It shows itself as text, and as a table in a notebook.

    Attributes
    ----------
    findings
        What was found, in the order in which things are needed.
    ready
        What to do where nothing is in the way.
    """

    findings: tuple[Finding, ...]
    ready: str = "client = cf.connect()"

    @property
    def well(self) -> bool:
        """Whether nothing is broken."""
        return all(one.verdict != "bad" for one in self.findings)

    @property
    def next_step(self) -> str:
        """What to do next: mend what is broken first, then say who, then go ahead."""
        bad = (one.fix for one in self.findings if one.verdict == "bad")
        who = (one.fix for one in self.findings if one.check == CREDENTIALS and one.verdict == "note")
        return next((fix for fixes in (bad, who) for fix in fixes if fix), self.ready)

    def frame(self) -> pd.DataFrame:
        """Return the findings as a DataFrame: check, verdict, found, fix."""
        import pandas as pd

        rows = [(one.check, one.verdict, one.found, one.fix) for one in self.findings]
        return pd.DataFrame(rows, columns=["check", "verdict", "found", "fix"]).astype("str")

    def __repr__(self) -> str:
        widest = max((len(one.check) for one in self.findings), default=0)
        lines = []
        for one in self.findings:
            lines.append(f"{one.check:{widest}}  {one.verdict:4}  {one.found}")
            if one.fix and one.verdict != "good":
                lines.append(f"{'':{widest}}        fix: {one.fix}")
        return "\n".join([*lines, "", f"{self._summary()} Next: {self.next_step}"])

    def _repr_html_(self) -> str:
        head = "".join(f'<th scope="col" {_CELL}>{name}</th>' for name in ("check", "verdict", "found and fix"))
        rows = "".join(_row(one) for one in self.findings)
        table = '<table style="color:inherit;border-collapse:collapse">'
        last = f"<div><b>{escape(self._summary())}</b> Next: {escape(self.next_step)}</div>"
        return f"{table}<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>{last}"

    def _summary(self) -> str:
        counts = Counter(one.verdict for one in self.findings)
        told = ", ".join(
            f"{counts[verdict]} {_counted(verdict, counts[verdict])}" for verdict in COLORS if counts[verdict]
        )
        return f"{'Nothing is broken' if self.well else 'Something is broken'}: {told}."


_CELL = 'style="text-align:left;vertical-align:top;padding:.15em .6em"'


def _row(one: Finding) -> str:
    fix = f"<br>fix: {escape(one.fix)}" if one.fix else ""
    cells = f"<td {_CELL}>{escape(one.verdict)}</td><td {_CELL}>{escape(one.found)}{fix}</td>"
    color = COLORS[one.verdict]
    return f'<tr style="background:rgba({color}, .12)"><th scope="row" {_CELL}>{escape(one.check)}</th>{cells}</tr>'


def _counted(verdict: Verdict, count: int) -> str:
    return by_count(count, "note") if verdict == "note" else verdict
