"""One JupyterLab and one browser for the tests of this folder."""

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.browser.lab import Lab, Server, lacking, serving

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext


# for this folder only: while playwright runs, this thread has an event loop, and other tests run one of theirs
@pytest.fixture(scope="package")
def running(tmp_path_factory: pytest.TempPathFactory) -> "Iterator[tuple[Server, BrowserContext]]":
    """JupyterLab and a browser, as long as tests of this folder run."""
    if lacks := lacking():
        if os.environ.get("CI"):
            pytest.fail(lacks)
        pytest.skip(lacks)
    with serving(tmp_path_factory.mktemp("lab")) as both:
        yield both


@pytest.fixture
def lab(running: "tuple[Server, BrowserContext]") -> Iterator[Lab]:
    """JupyterLab for one test; its pages are closed and its kernels shut down at the end."""
    jupyter_lab = Lab(*running)
    yield jupyter_lab
    jupyter_lab.close()
