"""A shell for sign-in tests: it records the printed texts and returns typed lines."""

import re
import threading
from collections.abc import Callable

from cronofy_frames.signin import Place

HERE = Place("a shell on this machine", notebook=False, near=True)
FAR = Place("a shell on another machine", notebook=False, near=False)


class Shell:
    """A shell that records the texts printed to it and gets its input from a function of the printed URL."""

    def __init__(self, line_for: Callable[[str], str | None] = lambda _: None) -> None:
        self.printed: list[str] = []
        self._line_for = line_for

    def write(self, text: str) -> None:
        self.printed.append(text)

    @property
    def text(self) -> str:
        return "\n".join(self.printed)

    @property
    def url(self) -> str:
        match = re.search(r"  (http\S+)", self.text)
        assert match is not None
        return match[1]

    def next_line(self, seconds: float) -> str | None:
        threading.Event().wait(min(seconds, 0.01))
        return self._line_for(self.url)
