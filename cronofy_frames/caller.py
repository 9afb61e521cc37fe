"""Stack level of the caller outside this package, so that a warning names the user's line."""

from __future__ import annotations

import inspect
from pathlib import Path

_PACKAGE = Path(__file__).parent


def caller_level() -> int:
    """Return the `stacklevel` with which `warnings.warn` names the first caller outside this package."""
    level, frame = 0, inspect.currentframe()
    while frame is not None and frame.f_back is not None and Path(frame.f_code.co_filename).is_relative_to(_PACKAGE):
        level, frame = level + 1, frame.f_back
    return level
