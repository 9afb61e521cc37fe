"""The same in a shell: a link to open, a line to paste into, and what came of it."""

from __future__ import annotations

import builtins
import getpass
import logging
import os
import queue
import select
import sys
import threading
import webbrowser
from collections.abc import Callable
from typing import Any, TextIO

from cronofy_frames.errors import SignInError
from cronofy_frames.signin.answers import DONE
from cronofy_frames.signin.consent import Consent, Visit
from cronofy_frames.signin.environment import Place, unreachable
from cronofy_frames.signin.listener import PATIENCE
from cronofy_frames.signin.login import Wanted
from cronofy_frames.text import single_line

log = logging.getLogger("cronofy_frames")

TICK = 0.1  # seconds between looks at both the browser and the keyboard

WHERE = "Both stand on the application's page at Cronofy, under Credentials; it is kept only if you sign in."


def write(text: str) -> None:
    """Write a line where it does not mix with a command's output."""
    print("\n".join(map(single_line, text.split("\n"))), file=sys.stderr, flush=True)  # noqa: T201 -- this is the shell's face


def open_page(url: str) -> bool:
    """Open a page in the person's browser, and say whether that may have worked.

    Without a screen the standard library would start a browser of letters in the very shell that waits here.
    """
    shown = any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER"))
    if sys.platform.startswith("linux") and not shown:
        return False
    try:
        return webbrowser.open_new_tab(url)
    except webbrowser.Error:
        return False


class Typed:
    """Lines that a person types, for as long as there may be any.

    Parameters
    ----------
    stream
        Where from.
    """

    def __init__(self, stream: TextIO | None) -> None:
        self._stream = stream
        self._lines: queue.SimpleQueue[str] | None = None

    def line(self, seconds: float) -> str | None:
        """Return a line, None where none came in these seconds, "" at the end of all."""
        if self._stream is None or self._stream.closed:
            return ""
        if self._lines is None and _terminal(self._stream):
            ready = bool(select.select([self._stream], [], [], seconds)[0])
            return self._stream.readline() if ready else None
        try:
            return self._reader().get(timeout=seconds)
        except queue.Empty:
            return None

    def _reader(self) -> queue.SimpleQueue[str]:
        """Return the lines of a thread that reads: pipes may hold half a line, and Windows waits for sockets alone."""
        if self._lines is None:
            self._lines = queue.SimpleQueue()
            threading.Thread(target=self._read, args=(self._lines,), name="cronofy_frames input", daemon=True).start()
        return self._lines

    def _read(self, lines: queue.SimpleQueue[str]) -> None:
        assert self._stream is not None
        try:
            for line in iter(self._stream.readline, ""):
                lines.put(line)
        except (OSError, ValueError):
            log.debug("input cannot be read from")
        lines.put("")


def _terminal(stream: TextIO) -> bool:
    """Return whether lines can be waited for without a thread, which would go on reading afterwards."""
    try:
        return os.name == "posix" and stream.isatty() and stream.fileno() >= 0
    except (OSError, ValueError):
        return False


def ask_missing(
    asking: Wanted,
    *,
    read: Callable[[str], str] | None = None,
    read_secret: Callable[[str], str] | None = None,
    tell: Callable[[str], None] = write,
) -> Wanted:
    """Return what is asked for, with the application that the person types in where it is missing.

    Raises
    ------
    SignInError
        When nothing is typed, or nobody is there to type.
    """
    if not asking.missing:
        return asking
    tell(f"Which application? {WHERE}")

    def answer(ask: Callable[[str], str], name: str) -> str:
        try:
            return ask(name)
        except (EOFError, OSError):
            tell("")  # the question's line has no end yet
            return ""

    # looked up only now, for a notebook's kernel puts its own in their place while a cell runs
    client_id = asking.client_id or answer(read or builtins.input, "client_id: ")
    client_secret = asking.client_secret
    if client_id and not client_secret:
        client_secret = answer(read_secret or getpass.getpass, "client_secret (not shown): ")
    told = asking.given(client_id, client_secret)
    if told.missing:
        raise SignInError(
            "application",
            f"{' and '.join(told.missing)} missing: give them to login(), or set CRONOFY_CLIENT_ID and "
            "CRONOFY_CLIENT_SECRET. To try it without an application: connect(sandbox=True).",
        )
    return told


def run(
    consent: Consent,
    place: Place,
    *,
    what: str = "Open this page and approve",
    tell: Callable[[str], None] = write,
    typed: Callable[[float], str | None] | None = None,
    show: Callable[[str], bool] | None = open_page,
) -> None:
    """Start, say what to do, and wait until it is over; Ctrl-C gives up.

    Parameters
    ----------
    consent
        What is asked for.
    place
        Where this runs.
    what
        What to ask of the person.
    tell
        Writes a line for them.
    typed
        Returns a line that they typed within so many seconds, None for none, "" at the end; by default the keyboard's.
    show
        Opens a page in their browser; None leaves that to them.
    """
    consent.start()
    visit = consent.visit
    assert visit is not None
    listening = visit.listener is not None
    # who holds the port in our place is nobody to send the browser to
    opened = place.near and show is not None and not visit.note and show(consent.url)
    if visit.note:
        tell(visit.note)
    tell(f"{what}{' (it should be open in your browser)' if opened else ''}:\n\n  {consent.url}\n")
    tell(_way(visit, listening=listening))
    try:
        _wait(visit, typed or Typed(sys.stdin).line, tell)
    except KeyboardInterrupt:
        consent.cancel()
        if visit.attempt.wait(PATIENCE) and consent.view.status == "done":
            tell(f"That was too late: {consent.message}")
        else:
            tell("Given up. Nothing was signed in.")
        raise
    finally:
        consent.close()
    if consent.view.status == "done":
        tell(consent.message)


def _way(visit: Visit, *, listening: bool) -> str:
    left = visit.attempt.left
    how_long = f"{left / 60:.0f} minutes" if left >= 90 else f"{left:.0f} seconds"
    if listening:
        return f"Waiting for the browser, up to {how_long}; Ctrl-C gives up. You may also paste the address it ends at:"
    if not visit.redirect_uri:
        return f"Press Enter here when you are done, within {how_long}; Ctrl-C gives up:"
    return (
        f"Afterwards the browser goes to {visit.redirect_uri}{unreachable(visit.redirect_uri)}. Copy that whole "
        f"address and paste it here within {how_long}; Ctrl-C gives up:"
    )


def _wait(visit: Visit, typed: Callable[[float], str | None], tell: Callable[[str], None]) -> None:
    attempt, there, told = visit.attempt, True, None
    while not attempt.view.over:
        line = typed(TICK) if there else None
        if not there:
            attempt.wait(TICK)
        elif line == "":
            there = False
            if visit.listener is None:
                attempt.fail(_nobody())
        elif line is not None and (line.strip() or not visit.redirect_uri):
            attempt.take(line.strip() or DONE)
        error = attempt.view.error
        if error is not None and error is not told and not attempt.view.over:
            told = error
            tell(str(error))


def _nobody() -> SignInError:
    return SignInError("address", "Nobody pasted an address: there is nothing to read from. Try flow='loopback'.")


def prompt(consent: Consent, *, read: Callable[[str], str] | None = None) -> Any:
    """Ask for the address line by line until it is good, where nothing else can bring it.

    It is asked for like a password: a notebook keeps what is typed into its other questions.
    """
    read = read or getpass.getpass
    while not consent.view.over:
        line = read("Paste the address that the browser shows after Approve (not shown): ")
        if line.strip():
            consent.take(line)
    return consent.result()
