"""Validation of arguments that take one text or several."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from cronofy_frames.text import shorten, single_line


def text_list(name: str, values: Any, takes: str) -> list[str]:
    """Return an argument that takes one text or several as a list.

    Parameters
    ----------
    name
        The name of the argument.
    values
        Its value.
    takes
        What it takes, such as "ids or names of calendars".

    Raises
    ------
    ValueError
        The value is no text, or has items that are no texts.

    Examples
    --------
    >>> text_list("drop", "description", "names of columns")
    ['description']
    """
    if isinstance(values, str):
        return [values]
    is_list = isinstance(values, Iterable) and not isinstance(values, bytes)
    listed = list(values) if is_list else [values]
    if others := [value for value in listed if not isinstance(value, str)]:
        raise ValueError(f"{name} takes {takes}, a text or a list of texts; not {shorten(repr(others[0]), 100)}.")
    return listed


def check_label(label: Any) -> None:
    """Raise for the label of an account that no frame and no file can hold; other values are left to the caller.

    Raises
    ------
    ValueError
        The label has half a character, as an argument or a file name in another encoding has in Python.
    """
    try:
        if isinstance(label, str):
            label.encode()
    except UnicodeEncodeError:
        raise ValueError(
            f"the label '{single_line(label)}' has half a character (a lone surrogate), as a name in another encoding "
            "has: write the label anew."
        ) from None
