"""A misspelt keyword argument is answered with the nearest, on every Python."""

import inspect
import pickle
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest

import cronofy_frames as cf
from cronofy_frames.keyword_suggestions import with_keyword_suggestions
from cronofy_frames.wire.endpoint import ENDPOINTS
from tests.small import small_box

FUNCTIONS = [name for name in cf.__all__ if inspect.isfunction(getattr(cf, name))]


def keywords(function: Callable[..., Any]) -> list[str]:
    """Return the keyword arguments of a function that are longer than a few letters."""
    parameters = inspect.signature(function).parameters.values()
    return [
        parameter.name
        for parameter in parameters
        if parameter.kind is not parameter.POSITIONAL_ONLY and len(parameter.name) > 4 and parameter.name != "error"
    ]


def misspell(name: str) -> str:
    """Return a name with its last letter twice."""
    return f"{name}{name[-1]}"


def takes_any(function: Callable[..., Any]) -> bool:
    """Return whether a function takes any keyword, which it checks itself."""
    return any(parameter.kind is parameter.VAR_KEYWORD for parameter in inspect.signature(function).parameters.values())


CHECKED = [name for name in FUNCTIONS if keywords(getattr(cf, name)) and not takes_any(getattr(cf, name))]


@pytest.mark.parametrize("name", CHECKED)
def test_every_public_function_suggests_its_keywords(name: str) -> None:
    """The message is that of Python 3.13: which function, which argument, and which was meant."""
    function = getattr(cf, name)
    for keyword in keywords(function):
        with pytest.raises(TypeError) as caught:
            function(**{misspell(keyword): None})
        text = f"{name}() got an unexpected keyword argument {misspell(keyword)!r}. Did you mean {keyword!r}?"
        assert str(caught.value) == text


@pytest.mark.parametrize("name", list(ENDPOINTS))
def test_every_endpoint_suggests_its_arguments(name: str) -> None:
    """Before anything is sent."""
    with cf.connect(sandbox=small_box()) as client:
        for keyword in keywords(getattr(client, name)):
            with pytest.raises(TypeError, match=rf"^{name}\(\) got .* Did you mean '{keyword}'\?$"):
                getattr(client, name)(**{misspell(keyword): None})


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda: cf.Sandbox(page_sise=10), "Sandbox.__init__() got an unexpected keyword argument 'page_sise'"),
        (lambda: cf.FileStore(acount="x"), "FileStore.__init__() got an unexpected keyword argument 'acount'"),
        (lambda: pd.DataFrame().cronofy.busy(bye=1), "busy() got an unexpected keyword argument 'bye'"),
    ],
)
def test_constructors_and_methods_suggest_theirs(call: Callable[[], Any], text: str) -> None:
    """Of public classes, and of frames."""
    with pytest.raises(TypeError) as caught:
        call()
    assert str(caught.value).startswith(f"{text}. Did you mean '")


def test_a_keyword_that_is_near_to_none_gets_no_advice() -> None:
    """The message is Python's."""
    with pytest.raises(TypeError) as caught:
        cf.read_events(None, quux=1)
    assert str(caught.value) == "read_events() got an unexpected keyword argument 'quux'"


def test_a_misspelt_endpoint_is_answered_with_the_nearest() -> None:
    """The message itself has the suggestion, which notebooks show, and a traceback has it once."""
    with cf.connect(sandbox=small_box()) as client, pytest.raises(AttributeError) as caught:
        client.reed_events  # noqa: B018 - it is looked up
    assert str(caught.value) == "'Client' object has no attribute 'reed_events'. Did you mean 'read_events'?"
    code = "import cronofy_frames as cf; cf.connect(sandbox=True).reed_events"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, timeout=60)
    assert done.stderr.decode().splitlines()[-1].count("Did you mean") == 1


@pytest.mark.parametrize("name", FUNCTIONS)
def test_functions_are_what_they_were(name: str) -> None:
    """They can be pickled, have their names, and take the place of the function in their module."""
    function = getattr(cf, name)
    assert pickle.loads(pickle.dumps(function)) is function
    assert getattr(sys.modules[function.__module__], name) is function
    assert with_keyword_suggestions(function) is function or sys.version_info >= (3, 13)


def plain(count: int = 1, *, minutes: int = 2) -> tuple[int, int]:
    """Return both arguments."""
    return count, minutes


class Clock:
    """A class with a method of keywords."""

    def __init__(self, *, minutes: int = 0) -> None:
        self.minutes = minutes

    def add(self, *, minutes: int) -> int:
        """Return the minutes and those before."""
        return self.minutes + minutes


def test_a_function_in_a_wrapper_does_what_it_did() -> None:
    """Arguments pass unchanged; a wrong number of them is Python's error; any keyword is for a function to refuse."""
    function = with_keyword_suggestions(plain)
    assert function(3, minutes=4) == plain(3, minutes=4) == (3, 4)
    with pytest.raises(TypeError, match=r"takes from 0 to 1 positional arguments but 2"):
        function(1, 2)
    with pytest.raises(TypeError, match=r"unexpected keyword argument 'minute'. Did you mean 'minutes'\?"):
        function(minute=1)
    assert with_keyword_suggestions(3) == 3


def test_classes_of_others_are_left_alone() -> None:
    """Only methods of this package are changed."""
    add = Clock.add
    assert with_keyword_suggestions(Clock) is Clock
    assert Clock.add is add
    assert Clock(minutes=1).add(minutes=2) == 3
