"""The libraries of the extra `archive`, imported when an archive is opened."""

from __future__ import annotations

import importlib
from types import ModuleType

INSTALL = 'pip install "cronofy-frames[archive]"'


def engine(name: str) -> ModuleType:
    """Return a library of the extra.

    Raises
    ------
    ImportError
        It is not installed; the message has the line that installs it.
    """
    try:
        return importlib.import_module(name)
    except ImportError as missing:
        raise ImportError(f"an archive needs {name}, which is not installed: {INSTALL}", name=name) from missing
