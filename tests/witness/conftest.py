"""Served sandboxes for the official client."""

from collections.abc import Iterator

import pytest

from tests.small import NOW, small_office
from tests.witness.official import ANN, Listening, Stage, serve_stage


@pytest.fixture
def stage() -> Iterator[Stage]:
    """The small office, served, with two rows per page."""
    with serve_stage(Listening(office=small_office(), now=NOW, page_size=2, rate_limit=False), ANN) as running:
        yield running


@pytest.fixture(scope="module")
def large() -> Iterator[Stage]:
    """The seeded office, served, with twenty-five rows per page; it keeps what a test writes."""
    box = Listening(now=NOW, page_size=25, rate_limit=False)
    with serve_stage(box, next(account.sub for account in box.accounts if account.kind == "account")) as running:
        yield running


@pytest.fixture
def office(large: Stage) -> Iterator[Stage]:
    """The seeded office; no internal error may have occurred at the end of each test."""
    yield large
    assert large.served.errors == []


@pytest.fixture(params=["stage", "office"], ids=["small", "seeded"])
def either(request: pytest.FixtureRequest) -> Stage:
    """The small office, then the seeded one."""
    running: Stage = request.getfixturevalue(request.param)
    return running
