"""The suggestion of a near name where a function does not know a keyword argument.

Python suggests keyword arguments itself from 3.13 on. Before, functions and methods of the public interface are wrapped
when they are first looked up, so that the message is the same.
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
    """Raise for the first keyword argument that a function does not know, with the nearest of those that it knows.

    Raises
    ------
    TypeError
        As Python raises it.
    """
    for name in keywords:
        if name not in parameters:
            raise TypeError(
                f"{function}() got an unexpected keyword argument {name!r}.{near_name(name, parameters)}".rstrip(".")
            )


def with_keyword_suggestions(value: Any, *homes: Any) -> Any:
    """Return a function that suggests keyword arguments; a class gets them for its methods, and is returned.

    What is neither, and a function that takes any keyword, is returned as it is.

    Parameters
    ----------
    value
        A function, a class or anything else.
    homes
        Modules that have the function under its name, beside the one that defines it. The wrapped function takes its
        place in all of them: it could not be pickled otherwise.
    """
    if inspect.isfunction(value):
        return _wrap_in_place(value, sys.modules[value.__module__], *homes)
    if inspect.isclass(value):
        for owner in value.__mro__:
            if owner.__module__.startswith(f"{__package__}."):
                _wrap_methods(owner)
    return value


def mark_as_checked(function: Any) -> None:
    """Note of a function that it checks its keywords itself."""
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
