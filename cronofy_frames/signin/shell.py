"""Sign-in in a shell: a link to open, a prompt for the response, and the result."""

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
from collections.abc import Callable, Mapping
from typing import Any, TextIO

from cronofy_frames.errors import SignInError
from cronofy_frames.signin.answers import NOTHING_TO_PASTE
from cronofy_frames.signin.consent import Consent, RunningAttempt
from cronofy_frames.signin.environment import Place, page_fails_clause
from cronofy_frames.signin.listener import IDLE_LIMIT
from cronofy_frames.signin.login import SignInRequest
from cronofy_frames.text import single_line

log = logging.getLogger("cronofy_frames")

POLL_INTERVAL = 0.1  # seconds between checks of the browser's response and of the input

WHERE_TO_FIND = "Both are on the application's page at Cronofy, under Credentials; they are stored only if you sign in."


def write_line(text: str) -> None:
    """Write a line to standard error, apart from a command's output."""
    print("\n".join(map(single_line, text.split("\n"))), file=sys.stderr, flush=True)  # noqa: T201 -- the interface in a shell


def open_page(
    url: str,
    *,
    environment: Mapping[str, str] | None = None,
    open_tab: Callable[[str], bool] = webbrowser.open_new_tab,
) -> bool:
    """Open a page in the user's browser; return whether that may have worked.

    Without a screen the standard library would start a text browser in the shell that waits here.

    Parameters
    ----------
    url
        The page.
    environment
        Environment variables; by default those of the process.
    open_tab
        Opens a page in a new tab.
    """
    env = os.environ if environment is None else environment
    shown = any(env.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER"))
    if sys.platform.startswith("linux") and not shown:
        return False
    try:
        return open_tab(url)
    except webbrowser.Error:
        return False


class InputLines:
    """Lines of user input.

    Parameters
    ----------
    stream
        The input; None if there is none.
    """

    def __init__(self, stream: TextIO | None) -> None:
        self._stream = stream
        self._lines: queue.SimpleQueue[str] | None = None

    def line(self, seconds: float) -> str | None:
        """Return the next line; None if there is none within these seconds, "" at the end of the input."""
        if self._stream is None or self._stream.closed:
            return ""
        if self._lines is None and _is_terminal(self._stream):
            ready = bool(select.select([self._stream], [], [], seconds)[0])
            return self._stream.readline() if ready else None
        try:
            return self._reader().get(timeout=seconds)
        except queue.Empty:
            return None

    def _reader(self) -> queue.SimpleQueue[str]:
        """Return the lines that a thread reads: a pipe may hold half a line, and Windows can only wait for sockets."""
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
            log.debug("the input cannot be read")
        lines.put("")


def _is_terminal(stream: TextIO) -> bool:
    """Return whether input can be awaited without a thread, which would keep reading afterwards."""
    try:
        return os.name == "posix" and stream.isatty() and stream.fileno() >= 0
    except (OSError, ValueError):
        return False


def ask_missing(
    request: SignInRequest,
    *,
    read: Callable[[str], str] | None = None,
    read_secret: Callable[[str], str] | None = None,
    write: Callable[[str], None] = write_line,
) -> SignInRequest:
    """Return the request with the application; ask the user for what is missing.

    Raises
    ------
    SignInError
        Nothing was entered, or there is no input.
    """
    if not request.missing:
        return request
    write(f"Which application? {WHERE_TO_FIND}")

    def answer(ask: Callable[[str], str], name: str) -> str:
        try:
            return ask(name)
        except (EOFError, OSError):
            write("")  # the line of the question has not ended yet
            return ""

    # looked up only now, because the kernel of a notebook replaces them while a cell runs
    client_id = request.client_id or answer(read or builtins.input, "client_id: ")
    client_secret = request.client_secret
    if client_id and not client_secret:
        client_secret = answer(read_secret or getpass.getpass, "client_secret (not shown): ")
    completed = request.with_application(client_id, client_secret)
    if completed.missing:
        raise SignInError(
            "application",
            f"{' and '.join(completed.missing)} missing: give them to cf.login(), or set CRONOFY_CLIENT_ID and "
            "CRONOFY_CLIENT_SECRET. To try it without an application: cf.connect(sandbox=True), or --sandbox "
            "of other commands.",
        )
    return completed


def run(
    consent: Consent,
    place: Place,
    *,
    instruction: str = "Open this page and approve",
    write: Callable[[str], None] = write_line,
    next_line: Callable[[float], str | None] | None = None,
    open_in_browser: Callable[[str], bool] | None = open_page,
) -> None:
    """Start an attempt, show what to do, and wait until it ends; Ctrl-C cancels it.

    A failure is not shown here: `consent.result` raises it.

    Parameters
    ----------
    consent
        The consent to ask for.
    place
        The environment.
    instruction
        What the user should do.
    write
        Writes a line for the user.
    next_line
        Returns a line of input within so many seconds, None for none, "" at its end; by default of standard input.
    open_in_browser
        Opens a page in the user's browser; None leaves that to the user.
    """
    consent.start()
    running = consent.running
    assert running is not None
    listening = running.listener is not None
    # another program holds the port, to which the browser must not be sent
    opened = place.near and open_in_browser is not None and not running.note and open_in_browser(consent.url)
    if running.note:
        write(running.note)
    write(f"{instruction}{' (it should be open in your browser)' if opened else ''}:\n\n  {consent.url}\n")
    write(_instructions(running, listening=listening))
    try:
        _wait_for_input(running, next_line or InputLines(sys.stdin).line, write)
    except KeyboardInterrupt:
        consent.cancel()
        if running.attempt.wait(IDLE_LIMIT) and consent.view.status == "done":
            write(f"Too late to cancel: {consent.message}")
        else:
            write("Cancelled. No account was signed in.")
        raise
    finally:
        consent.close()
    if consent.view.status == "done":
        write(consent.message)


def _instructions(running: RunningAttempt, *, listening: bool) -> str:
    left = running.attempt.seconds_left
    how_long = f"{left / 60:.0f} minutes" if left >= 90 else f"{left:.0f} seconds"
    if listening:
        return f"Waiting for the browser, up to {how_long}; Ctrl-C cancels. You can also paste the address it ends at:"
    if not running.redirect_uri:
        return f"Press Enter here when you are done, within {how_long}; Ctrl-C cancels:"
    return (
        f"Afterwards the browser goes to {running.redirect_uri}{page_fails_clause(running.redirect_uri)}. Copy the "
        f"whole address and paste it here within {how_long}; Ctrl-C cancels:"
    )


def _wait_for_input(
    running: RunningAttempt, next_line: Callable[[float], str | None], write: Callable[[str], None]
) -> None:
    attempt, has_input, reported = running.attempt, True, None
    while not attempt.view.is_over:
        line = next_line(POLL_INTERVAL) if has_input else None
        if not has_input:
            attempt.wait(POLL_INTERVAL)
        elif line == "":
            has_input = False
            if running.listener is None:
                attempt.fail(_no_input_error())
        elif line is not None and (line.strip() or not running.redirect_uri):
            attempt.take(line.strip() or NOTHING_TO_PASTE)
        error = attempt.view.error
        if error is not None and error is not reported and not attempt.view.is_over:
            reported = error
            write(str(error))


def _no_input_error() -> SignInError:
    return SignInError("address", "No address was pasted: the input has ended. Try flow='loopback'.")


def prompt(consent: Consent, *, read: Callable[[str], str] | None = None) -> Any:
    """Ask for the redirect address until it is valid, and return the result; for an attempt without a listener.

    The input is hidden like a password, because a notebook stores visible input.
    """
    read = read or getpass.getpass
    while not consent.view.is_over:
        line = read("Paste the address that the browser shows after Approve (not shown): ")
        if line.strip():
            consent.take(line)
    return consent.result()
