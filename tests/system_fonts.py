"""Whether fonts of this machine have a script, for tests that draw it."""

import pytest

from cronofy_frames.plots.fonts import MissingFont, printable


def has_font(text: str) -> bool:
    """Return whether installed fonts have all letters of a text."""
    try:
        printable(text)
    except MissingFont:
        return False
    return True


def needs_font(text: str) -> pytest.MarkDecorator:
    """Skip a test where no installed font has the letters of a text; .ci/run installs Noto."""
    return pytest.mark.skipif(not has_font(text), reason=f"no installed font has {text!r}: apt install fonts-noto-cjk")
