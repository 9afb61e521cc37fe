"""Lazy imports: names of a package that are loaded when they are first used, by PEP 562.

A package lists the module of each name, so that the use of one name does not wait for the modules of the others. For
editors and type checkers it imports the names under `TYPE_CHECKING`. A name that is also that of a module of the
package cannot be lazy: importing the module would replace the name.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from typing import Any


def lazy_names(package: str, homes: Mapping[str, str]) -> Callable[[str], Any]:
    """Return a `__getattr__` for a package.

    Parameters
    ----------
    package
        The name of the package.
    homes
        The module of each name, relative to the package.
    """

    def load(name: str) -> Any:
        if name not in homes:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        return getattr(importlib.import_module(f"{package}.{homes[name]}"), name)

    return load
