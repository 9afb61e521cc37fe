"""Findings of the doctor, and its report as text, HTML and a frame.

Findings may contain names from calendars, so everything is escaped in HTML, and each text is a single line.
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

    from cronofy_frames.diagnostics.live.report import LiveReport

Verdict = Literal["good", "note", "bad"]

CREDENTIALS = "credentials"
COLORS: dict[Verdict, str] = {"good": "46, 160, 67", "note": "212, 147, 13", "bad": "218, 54, 51"}
SHORTEST = 6  # characters: a shorter text is not a secret, and occurs in many words


@dataclass(frozen=True, slots=True)
class Finding:
    """Result of one check.

    Attributes
    ----------
    check
        The name of the check.
    verdict
        good; note, where it works and there is something to know; bad, where it does not work.
    found
        What the check found.
    fix
        What to do, with a command to copy; "" where there is nothing to do.
    kind
        The kind of finding, for findings on which code decides; "" for others.
    """

    check: str
    verdict: Verdict
    found: str
    fix: str = ""
    kind: Literal["", "not set up", "cannot send"] = ""

    def without(self, secrets: Iterable[str]) -> Finding:
        """Return the finding as single lines, without any of these secrets."""
        text_found, fix = (" ".join(text.split()) for text in (self.found, self.fix))
        for secret in sorted(secrets, key=len, reverse=True):
            if len(secret) >= SHORTEST:
                text_found, fix = (text.replace(secret, "(hidden)") for text in (text_found, fix))
        return replace(self, found=text_found, fix=fix)


@dataclass(frozen=True, slots=True, repr=False)
class DoctorReport:
    """Report of `doctor`: text in a shell, a table in a notebook.

    Attributes
    ----------
    findings
        The findings, in the order in which things are needed.
    ready
        The next step if nothing has to be fixed.
    live
        The report of the live check, with `save`, `frame` and `assumptions`; None where there was none.
    """

    findings: tuple[Finding, ...]
    ready: str = "client = cf.connect()"
    live: LiveReport | None = None

    @property
    def well(self) -> bool:
        """Whether no finding is bad."""
        return all(finding.verdict != "bad" for finding in self.findings)

    @property
    def next_step(self) -> str:
        """The next step: fix what is bad, then choose credentials, then connect."""
        fixes_of_bad = (finding.fix for finding in self.findings if finding.verdict == "bad")
        fixes_of_credentials = (
            finding.fix for finding in self.findings if finding.check == CREDENTIALS and finding.verdict == "note"
        )
        return next((fix for fixes in (fixes_of_bad, fixes_of_credentials) for fix in fixes if fix), self.ready)

    def frame(self) -> pd.DataFrame:
        """Return the findings as a DataFrame: check, verdict, found, fix."""
        import pandas as pd

        rows = [(finding.check, finding.verdict, finding.found, finding.fix) for finding in self.findings]
        return pd.DataFrame(rows, columns=["check", "verdict", "found", "fix"]).astype("str")

    def __repr__(self) -> str:
        widest = max((len(finding.check) for finding in self.findings), default=0)
        lines = []
        for finding in self.findings:
            lines.append(f"{finding.check:{widest}}  {finding.verdict:4}  {finding.found}")
            if finding.fix and finding.verdict != "good":
                lines.append(f"{'':{widest}}        fix: {finding.fix}")
        return "\n".join([*lines, "", f"{self._summary()} Next: {self.next_step}"])

    def _repr_html_(self) -> str:
        head = "".join(f'<th scope="col" {_CELL}>{name}</th>' for name in ("check", "verdict", "found and fix"))
        rows = "".join(_row(finding) for finding in self.findings)
        table = '<table style="color:inherit;border-collapse:collapse">'
        last = f"<div><b>{escape(self._summary())}</b> Next: {escape(self.next_step)}</div>"
        return f"{table}<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>{last}"

    def _summary(self) -> str:
        counts = Counter(finding.verdict for finding in self.findings)
        counts_text = ", ".join(
            f"{counts[verdict]} {_verdict_noun(verdict, counts[verdict])}" for verdict in COLORS if counts[verdict]
        )
        return f"{'Nothing is broken' if self.well else 'Something is broken'}: {counts_text}."


_CELL = 'style="text-align:left;vertical-align:top;padding:.15em .6em"'


def _row(finding: Finding) -> str:
    fix = f"<br>fix: {escape(finding.fix)}" if finding.fix else ""
    cells = f"<td {_CELL}>{escape(finding.verdict)}</td><td {_CELL}>{escape(finding.found)}{fix}</td>"
    color = COLORS[finding.verdict]
    return f'<tr style="background:rgba({color}, .12)"><th scope="row" {_CELL}>{escape(finding.check)}</th>{cells}</tr>'


def _verdict_noun(verdict: Verdict, count: int) -> str:
    return by_count(count, "note") if verdict == "note" else verdict
