"""Suggestions of near names for keyword arguments that a function does not have.

Python has such suggestions from 3.13 on. For older versions, functions and methods of the public interface are wrapped
when they are first looked up.
"""

from __future__ import annotations

import functools
import inspect
import sys
from collections.abc import Mapping
from types import FunctionType
from typing import Any

from cronofy_frames.near_names import near_name


def check_keywords(function: str, keywords: Mapping[str, Any], parameters: Mapping[str, inspect.Parameter]) -> None:
    """Raise for the first keyword argument that a function does not have, with the nearest that it has.

    Raises
    ------
    TypeError
        With the message of Python.
    """
    for name in keywords:
        if name not in parameters:
            raise TypeError(
                f"{function}() got an unexpected keyword argument {name!r}.{near_name(name, parameters)}".rstrip(".")
            )


def with_keyword_suggestions(value: Any, *homes: Any) -> Any:
    """Wrap a function, or the methods of a class, so that errors suggest keyword arguments; return it.

    Other values, and functions that take any keyword argument, are returned as they are.

    Parameters
    ----------
    value
        A function, a class or anything else.
    homes
        Modules that have the function under its name, besides the one that defines it. The wrapper replaces it in all
        of them, because it could not be pickled otherwise.
    """
    if inspect.isfunction(value):
        return _wrap_in_place(value, sys.modules[value.__module__], *homes)
    if inspect.isclass(value):
        for owner in value.__mro__:
            if owner.__module__.startswith(f"{__package__}."):
                _wrap_methods(owner)
    return value


def mark_as_checked(function: Any) -> None:
    """Mark a function that checks its keyword arguments itself, so that it is not wrapped."""
    setattr(function, _MARK, True)


_MARK = "_suggests_keywords"


def _wrap_methods(owner: type) -> None:
    for name, member in list(vars(owner).items()):
        if inspect.isfunction(member) and (name == "__init__" or not name.startswith("_")):
            _wrap_in_place(member, owner)


def _wrap_in_place(function: FunctionType, *places: Any) -> Any:
    parameters = inspect.signature(function).parameters
    takes_any = any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters.values())
    if takes_any or vars(function).get(_MARK):
        return function

    @functools.wraps(function)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        check_keywords(function.__qualname__, kwargs, parameters)
        return function(*args, **kwargs)

    mark_as_checked(wrapper)
    for place in places:
        setattr(place, function.__name__, wrapper)
    return wrapper
