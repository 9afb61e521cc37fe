"""A sign-in in a notebook: a link to the sign-in page, a status line, and a field to paste the address into.

The logic is in `signin`; this shows its states. They come from the thread of the listener as well as from buttons.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from html import escape
from typing import Any

import traitlets
from IPython import get_ipython
from IPython.display import display
from ipywidgets import HTML, Button, HBox, Layout, Password, Text, VBox  # type: ignore[import-untyped]

from cronofy_frames.errors import SignInError
from cronofy_frames.signin import NOTHING_TO_PASTE, Consent, SignInRequest, View, ask_missing, page_fails_clause, prompt
from cronofy_frames.widgets.parts import Status, hide_from_log, labelled_field, safe_callback, style_sheet

WIDE = Layout(width="32em", max_width="100%")
LINK = (
    '<a class="jupyter-button mod-primary cf-open" role="button" href="{url}" target="_blank" '
    'rel="noopener noreferrer" style="display:inline-block;width:auto;padding:0 12px;text-decoration:none">{text}</a>'
)
ASIDE = "<div style='line-height:1.5'>{}</div>"
WAITING_HINT = (
    "Approve there, and this cell continues by itself. While it waits nothing can be pasted: if the browser does not "
    "come back, interrupt the kernel (■), and paste the address here."
)
APPLICATION_HINT = (
    "Enter the credentials of your application. They are on its page at Cronofy (app.cronofy.com, or app-de and so "
    "on), under Credentials. The secret is not shown, and is removed from this page when you press Continue. No "
    "application yet? Try <code>cf.connect(sandbox=True)</code>."
)


class ConsentWidget(VBox):  # type: ignore[misc]  # ipywidgets has no types
    """A consent page for a person: the link to it, its state, and the result.

    Parameters
    ----------
    begin
        Makes the `Consent` for an application.
    link_text
        The text of the link.
    request
        The sign-in request, if the credentials of the application may have to be entered first.
    has_nothing_to_paste
        Whether the page may return no address, so that the person has to say when it is done.

    Attributes
    ----------
    status
        waiting, finishing, done or failed; "" until the application is known.
    message
        The current message.
    client
        The result; None until there is one.
    """

    status = traitlets.Unicode("")
    message = traitlets.Unicode("")

    def __init__(
        self,
        begin: Callable[[SignInRequest | None, Callable[[View], None]], Consent],
        *,
        link_text: str,
        request: SignInRequest | None = None,
        has_nothing_to_paste: bool = False,
    ) -> None:
        self._begin, self._request, self._link_text = begin, request, link_text
        self._consent: Consent | None = None
        self._displayed_in: tuple[Any, ...] = ()
        self._used_paste = self._waiting = False
        self.problem: BaseException | None = None
        self.line = Status()
        self._make(has_nothing_to_paste=has_nothing_to_paste)
        self._parts = (self.form, self.link, self.hint, self.pasting, self.stop, self.again)
        super().__init__([style_sheet(), self.line, *self._parts[:4], HBox(self._parts[4:])])
        if request is not None and request.missing:
            self._ask()
        else:
            safe_callback(self._guard, self._start_or_report)()

    def _make(self, *, has_nothing_to_paste: bool) -> None:
        """Make the parts; the state decides which are visible."""
        self.client_id = labelled_field(Text, "client_id", layout=WIDE)
        self.client_secret = labelled_field(Password, "client_secret", layout=WIDE)
        self.go_on = Button(description="Continue", button_style="primary")
        self.form = VBox([HTML(ASIDE.format(APPLICATION_HINT)), self.client_id, self.client_secret, self.go_on])
        self.link, self.hint = HTML(), HTML()
        self.paste = labelled_field(
            Text, "Address or code", placeholder="http://127.0.0.1:…/?code=…", layout=WIDE, continuous_update=False
        )
        hide_from_log(self.client_secret, self.paste)
        self.use = Button(description="Use address")
        self.finished = Button(description="I have approved", layout=_visibility(has_nothing_to_paste))
        self.pasting = HBox([self.paste, self.use, self.finished], layout=Layout(flex_flow="row wrap"))
        self.stop, self.again = Button(description="Cancel"), Button(description="Start again", button_style="primary")
        press = partial(safe_callback, self._guard)
        self.go_on.on_click(press(self._submit_application))
        # Enter and leaving the field both send its value; the button is there because people look for one
        self.paste.observe(press(self._on_paste), "value")
        self.use.on_click(press(self._on_use))
        self.finished.on_click(press(lambda _: self.take(NOTHING_TO_PASTE)))
        self.stop.on_click(press(lambda _: self.cancel()))
        self.again.on_click(press(lambda _: self._start_or_report()))

    @property
    def _guard(self) -> Any:
        return _Guard(self)

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {self.status or 'application missing'}>"

    @property
    def client(self) -> Any:
        """The result; None until there is one."""
        return None if self._consent is None else self._consent.client

    @property
    def url(self) -> str:
        """The address of the consent page; "" until there is one."""
        return "" if self._consent is None else self._consent.url

    def start(self) -> None:
        """Start an attempt; one that is running ends."""
        if self._consent is None:
            self._consent = self._begin(self._request, self._show)
        self._consent.start()

    def _start_or_report(self) -> None:
        """Start an attempt, and show the error if it cannot start."""
        try:
            self.start()
        except SignInError as error:
            self.problem = error
            self.status, self.message = "failed", str(error)
            self.line.say(str(error), "bad")
            self._show_only(self.again)

    def take(self, address: str) -> View:
        """Use the address that the browser was sent back to, or the code in it."""
        if self._consent is None:
            raise SignInError("application", "Enter the credentials of the application first.")
        return self._consent.take(address)

    def cancel(self) -> None:
        """End the attempt."""
        if self._consent is not None:
            self._consent.cancel()

    def close(self) -> None:
        """End the attempt and the listener, and close the widget."""
        if self._consent is not None:
            self._consent.close()
        super().close()

    def result(self, timeout: float | None = None) -> Any:
        """Wait for the person, and return the result.

        While a cell waits, buttons do not work in most notebooks. If no listener can receive the answer, the cell asks
        for the address in an input line instead.

        Parameters
        ----------
        timeout
            Seconds to wait at most; None waits as long as the attempt lasts.

        Raises
        ------
        SignInError
            If it failed; `.reason` is the cause.
        TimeoutError
            If `timeout` is over and the attempt still runs: it continues.
        """
        if self._request is not None and self._consent is None:
            self._request = ask_missing(self._request)
            self.start()
        self.show()
        consent = self._consent
        if consent is None or consent.running is None:
            raise self.problem or SignInError("application", "Nothing was started: press Start again.")
        self._set_waiting(consent, waiting=True)
        try:
            if consent.running.listener is None and not consent.view.is_over and timeout is None:
                return self._prompt(consent)
            return consent.result(timeout)
        finally:
            self._set_waiting(consent, waiting=False)

    def _set_waiting(self, consent: Consent, *, waiting: bool) -> None:
        """Hide, or show again, the parts that do not work while a cell waits."""
        self._waiting = waiting
        self._show(consent.view)

    def _prompt(self, consent: Consent) -> Any:
        try:
            return prompt(consent)
        except (EOFError, OSError, RuntimeError):
            # there is no input line when a notebook is run as a job: wait for another thread, or the timeout
            return consent.result()

    def show(self) -> None:
        """Show the widget, unless it is shown already."""
        if not self._displayed_in:
            self._ipython_display_()

    def _ipython_display_(self) -> None:
        """Show the widget once in a cell: `login` does so, and as the last line of the cell it would be shown again."""
        shell = get_ipython()
        cell = ("shown", getattr(shell, "execution_count", None))
        if cell != self._displayed_in:
            self._displayed_in = cell
            display(self._repr_mimebundle_(), raw=True)  # type: ignore[no-untyped-call]  # IPython's

    def _ask(self) -> None:
        """Ask for the credentials of the application first."""
        self.line.say("Enter the credentials of your application.")
        self._show_only(self.form)

    def _submit_application(self, _: Any) -> None:
        """Continue with the credentials that were typed; the secret is removed from the widget at once."""
        secret, self.client_secret.value = self.client_secret.value, ""
        assert self._request is not None
        request = self._request.with_application(
            self.client_id.value or self._request.client_id, secret or self._request.client_secret
        )
        if request.missing:
            self.line.say(f"Still missing: {' and '.join(request.missing)}.", "bad")
            return
        self._request = request
        if self._consent is not None:
            self._consent.close()
            self._consent = None
        self._start_or_report()

    def _on_paste(self, change: Any) -> None:
        """Use what was pasted; the code in it is removed from the widget at once."""
        address = change["new"]
        if address:
            self._used_paste, self.paste.value = True, ""
            self.take(address)

    def _on_use(self, _: Any) -> None:
        """Say what to paste if the field is empty; else leaving the field has used its value."""
        if not self._used_paste:
            self.line.say("Paste the whole address first, as the browser shows it after you approved.", "bad")
        self._used_paste = False

    def _show(self, view: View) -> None:
        """Show a state; called by the thread that brought it."""
        consent = self._consent
        if consent is None or consent.running is None:
            return
        waiting = view.status == "waiting"
        self.message = consent.message
        if view.status == "done":
            self.line.say(view.text, "good")
        else:
            self.line.say(str(view.error) if view.error is not None else view.text, "bad" if view.error else "info")
        self.link.value = LINK.format(url=escape(consent.url), text=escape(self._link_text)) if waiting else ""
        self.hint.value = ASIDE.format(escape(self._instructions(consent))) if waiting else ""
        visible = [self.link, self.hint, *([] if self._waiting else [self.pasting, self.stop])] if waiting else []
        if view.status == "failed":
            unknown = isinstance(view.error, SignInError) and view.error.reason == "application"
            visible = [self.form] if unknown and self._request is not None else [self.again]
        if self.form in visible and self._request is not None:
            self.client_id.value = self._request.client_id
        self._show_only(*visible)
        self.status = view.status

    def _show_only(self, *visible: Any) -> None:
        for part in self._parts:
            part.layout.display = "" if part in visible else "none"

    def _instructions(self, consent: Consent) -> str:
        running = consent.running
        assert running is not None
        if self._waiting:
            return (
                WAITING_HINT if running.listener is not None else "Approve there; the cell asks for the address below."
            )
        if not running.redirect_uri:
            return "Answer there, then come back and press “I have approved”."
        if running.listener is not None:
            return (
                f"{running.note} Approve there, and this cell continues by itself. If not, paste the address at "
                "which the browser ended."
            ).strip()
        return (
            f"{running.note} Approve there. The browser then goes to {running.redirect_uri}"
            f"{page_fails_clause(running.redirect_uri)}. Copy that whole address and paste it here."
        ).strip()


class _Guard:
    """Receives the exception of a callback: shows it in the status line, keeps it in `problem`."""

    def __init__(self, widget: ConsentWidget) -> None:
        self._widget = widget
        self.status = widget.line

    @property
    def problem(self) -> BaseException | None:
        return self._widget.problem

    @problem.setter
    def problem(self, error: BaseException | None) -> None:
        self._widget.problem = error


def _visibility(visible: bool) -> Any:
    return Layout(display="" if visible else "none")
