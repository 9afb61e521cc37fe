"""The examples of a page: blocks of Python with the output shown below them, and blocks that draw a picture.

A block of Python starts with three backticks and `python`, one whose picture the page shows with `{picture}` and the
picture's alternative text. A block of text below is the output.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

DOCS = Path(__file__).parent.parent.parent / "docs"
PAGES = sorted(path for path in DOCS.rglob("*.md") if "generated" not in path.parts)
BLOCK = re.compile(
    r"^```(?:python|\{picture\}(?P<alt>[^\n]*))\n(?P<code>.*?)^```\n(?:\n```text\n(?P<shown>.*?)^```$)?",
    flags=re.DOTALL | re.MULTILINE,
)


@dataclass(frozen=True)
class Example:
    """A block of Python.

    Attributes
    ----------
    code
        The code.
    shown
        The output that the page shows; None where it shows none.
    alt
        The alternative text of its picture; None where it draws none.
    """

    code: str
    shown: str | None
    alt: str | None


def examples_of(text: str) -> list[Example]:
    """Return the examples of a page, in order."""
    return [
        Example(match["code"], match["shown"], match["alt"] if match["alt"] is None else match["alt"].strip())
        for match in BLOCK.finditer(text)
    ]
