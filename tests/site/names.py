"""A Sphinx role for single backticks in docstrings: a public name is a link to the reference, anything else is code."""

from __future__ import annotations

import re
from typing import Any

from docutils import nodes
from sphinx.domains.python import PyXRefRole

NAME = re.compile(r"[A-Za-z_][\w.]*")
_link = PyXRefRole()


def name_role(role: str, rawtext: str, text: str, lineno: int, inliner: Any, **options: Any) -> Any:
    """Return the nodes of a text in backticks."""
    del role, options
    if NAME.fullmatch(text):
        return _link("py:obj", rawtext, text, lineno, inliner)
    return [nodes.literal(rawtext, text)], []


def setup(app: Any) -> dict[str, bool]:
    """Register the role, which conf.py makes the default."""
    app.add_role("name", name_role)
    return {"parallel_read_safe": True}
