"""The stages on which the official client plays."""

from collections.abc import Iterator

import pytest

from tests.small import NOW, small_office
from tests.witness.official import ANN, Listening, Stage, serve_stage


@pytest.fixture
def stage() -> Iterator[Stage]:
    """The small office, served, two rows a page."""
    with serve_stage(Listening(office=small_office(), now=NOW, page_size=2, rate_limit=False), ANN) as running:
        yield running


@pytest.fixture(scope="module")
def large() -> Iterator[Stage]:
    """The seeded office, served, twenty-five rows a page; what a test writes in it stays."""
    box = Listening(now=NOW, page_size=25, rate_limit=False)
    with serve_stage(box, next(account.sub for account in box.accounts if account.kind == "account")) as running:
        yield running


@pytest.fixture
def office(large: Stage) -> Iterator[Stage]:
    """The seeded office; nothing may have gone wrong inside at the end of each test."""
    yield large
    assert large.served.errors == []


@pytest.fixture(params=["stage", "office"], ids=["small", "seeded"])
def either(request: pytest.FixtureRequest) -> Stage:
    """One office and then the other."""
    running: Stage = request.getfixturevalue(request.param)
    return running
