"""Report of a live check: plain data without any text of the account, to save and to send."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cronofy_frames.diagnostics.live.answers import AnswerReader, Read
from cronofy_frames.diagnostics.live.assumed import LIMIT_HEADER, observe
from cronofy_frames.diagnostics.live.comparison import Comparison, Difference
from cronofy_frames.diagnostics.live.privacy import Privacy
from cronofy_frames.wire.messages import data_center_of

if TYPE_CHECKING:
    import pandas as pd

    from cronofy_frames.wire.client import Client

FORMAT = "cronofy-frames live check 1"


@dataclass(frozen=True, slots=True, repr=False)
class LiveReport:
    """What real answers have in common with the contract, and what differs.

    It has paths, types, values of enumerations, counts, names of headers and statuses; no text, name, address or id.

    Attributes
    ----------
    differences
        What differs, and how often it was seen.
    data
        All that the file of `save` has, as plain data.
    """

    differences: tuple[tuple[Difference, int], ...]
    data: Mapping[str, Any]

    @classmethod
    def of(
        cls, reader: AnswerReader, comparison: Comparison, by_question: Mapping[str, Read], client: Client
    ) -> LiveReport:
        """Return the report of reads, of which those in `by_question` answer a question of an assumption."""
        privacy = Privacy(comparison.texts)
        differences = Counter[Difference]()
        for difference, count in comparison.differences.items():
            differences[_without_texts(difference, privacy)] += count
        for name in filter(LIMIT_HEADER.search, reader.headers):
            differences[Difference("all", "header", name, "no header about the rate limit")] += reader.headers[name]
        ordered = tuple(sorted(differences.items(), key=lambda item: (item[0].route, item[0].kind, item[0].path)))
        data = {
            "format": FORMAT,
            "data_center": data_center_of(client.hosts.api),
            "checked_on": client.clock().astimezone(UTC).date().isoformat(),
            "reads": _read_rows(reader.reads),
            "differences": [_difference_row(difference, count) for difference, count in ordered],
            "assumptions": _assumption_rows(by_question, reader.headers),
            "fields": _count_rows(comparison.kinds, "types"),
            "enumerations": _count_rows(comparison.values, "values"),
            "headers": dict(sorted(reader.headers.items())),
            "statuses": {str(status): count for status, count in sorted(reader.statuses.items())},
        }
        return cls(ordered, data)

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the report as JSON, and return the file."""
        from cronofy_frames.sheets import write_file

        target = Path(path).expanduser().absolute()
        write_file(target, json.dumps(self.data, indent=1).encode() + b"\n")
        return target

    def frame(self) -> pd.DataFrame:
        """Return the differences as a DataFrame: route, kind, path, expected, seen, count."""
        import pandas as pd

        columns = ["route", "kind", "path", "expected", "seen", "count"]
        return pd.DataFrame(self.data["differences"], columns=columns)

    def assumptions(self) -> pd.DataFrame:
        """Return what the sandbox assumes beside what was seen: question, assumed, seen, result."""
        import pandas as pd

        return pd.DataFrame(self.data["assumptions"], columns=["question", "assumed", "seen", "result"])

    def __repr__(self) -> str:
        results = Counter(row["result"] for row in self.data["assumptions"])
        table = self.frame().to_string(index=False) if self.differences else "nothing differs from the contract"
        counted = ", ".join(f"{count} {result}" for result, count in sorted(results.items()))
        return f"{table}\nassumptions of the sandbox: {counted}"


def _without_texts(difference: Difference, privacy: Privacy) -> Difference:
    """Return a difference without keys and values that may come from the account's texts."""
    if difference.kind == "unknown key":
        return replace(difference, path=privacy.path(difference.path))
    return replace(difference, actual=privacy.value(difference.actual)) if difference.kind == "value" else difference


def _difference_row(difference: Difference, count: int) -> dict[str, Any]:
    return {
        "route": difference.route,
        "kind": difference.kind,
        "path": dotted_path(difference.path),
        "expected": difference.expected,
        "seen": difference.actual,
        "count": count,
    }


def dotted_path(path: str) -> str:
    """Return a path as documentation writes it."""
    return path.replace("/", ".")


def _read_rows(reads: list[Read]) -> list[dict[str, Any]]:
    return [
        {
            "route": read.call.endpoint.route,
            "sureness": read.call.endpoint.sure,
            "arguments": sorted(read.call.arguments),
            "statuses": [answer.status for answer in read.answers],
            "pages": len(read.answers),
            "rows": len(read.rows),
            "more_pages": read.is_cut,
            "error": read.error,
        }
        for read in reads
    ]


def _count_rows(counts: Mapping[tuple[str, str], Counter[str]], name: str) -> list[dict[str, Any]]:
    return [
        {"route": route, "path": dotted_path(path), name: dict(sorted(counter.items()))}
        for (route, path), counter in sorted(counts.items())
    ]


def _assumption_rows(by_question: Mapping[str, Read], headers: Mapping[str, int]) -> list[dict[str, Any]]:
    """Return each assumption of the sandbox beside what was seen of it."""
    from cronofy_frames.sandbox.model.assumptions import ASSUMPTIONS

    rows = []
    for assumption in ASSUMPTIONS:
        evidence = observe(assumption.topic, by_question, headers)
        rows.append(
            {
                "question": assumption.question,
                "assumed": assumption.behaviour,
                "seen": evidence.text,
                "result": evidence.result,
            }
        )
    return rows
