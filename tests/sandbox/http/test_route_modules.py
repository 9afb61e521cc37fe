"""The table by which the sandbox's route handlers are loaded."""

import pytest

from cronofy_frames.sandbox.http.route_modules import (
    MODULES,
    MODULES_BY_REQUEST,
    first_segment,
    request_of,
    routes_of_module,
)
from tests.floors import PACKAGE

SANDBOX = PACKAGE / "sandbox"


@pytest.mark.parametrize("module", MODULES)
def test_a_module_is_listed_with_the_requests_that_it_answers(module: str) -> None:
    """The table has the methods and first segments of each module's routes, and no others."""
    listed = {request for request, modules in MODULES_BY_REQUEST.items() if module in modules}
    assert {request_of(spec) for spec in routes_of_module(module)} == listed


def test_every_module_with_handlers_is_listed() -> None:
    """No module of the sandbox has a route handler that requests cannot reach."""
    modules = [path for path in SANDBOX.rglob("*.py") if "\n@handles(" in path.read_text()]
    assert {".".join(path.relative_to(SANDBOX).with_suffix("").parts) for path in modules} == set(MODULES)


@pytest.mark.parametrize(
    ("path", "segment"),
    [
        ("/v1/events", "events"),
        ("/v1/events/pages/x", "events"),
        ("/oauth/token", "oauth"),
        ("/v1x/events", "v1x"),
        ("/v1", "v1"),
        ("/v1/", ""),
        ("/", ""),
        ("//events", ""),
    ],
)
def test_the_first_segment_leaves_the_version_out(path: str, segment: str) -> None:
    """Only a whole `/v1/` at the start is the version."""
    assert first_segment(path) == segment
