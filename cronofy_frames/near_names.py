"""The nearest of some names to a misspelt name, as the end of a message."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def near_name(name: str, names: Iterable[str]) -> str:
    """Return the nearest of some names as a question with a space before it; empty where none is near."""
    near = difflib.get_close_matches(name, list(names), n=1)
    return f" Did you mean {near[0]!r}?" if near else ""
