"""A sign-in in a notebook: a link to press, a line that says how it goes, a box to paste into, all at once.

What happens is `signin`'s; this shows it. Views come from the listener's thread as well as from buttons.
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
from cronofy_frames.signin import DONE, Consent, View, Wanted, ask_missing, prompt, unreachable
from cronofy_frames.widgets.parts import Status, guarded, named, styled, unlogged

WIDE = Layout(width="32em", max_width="100%")
LINK = (
    '<a class="jupyter-button mod-primary cf-open" role="button" href="{url}" target="_blank" '
    'rel="noopener noreferrer" style="display:inline-block;width:auto;padding:0 12px;text-decoration:none">{text}</a>'
)
ASIDE = "<div style='line-height:1.5'>{}</div>"
HELD = (
    "Approve there, and this cell goes on by itself. While it waits nothing can be pasted: where the browser does not "
    "come back, interrupt the kernel (■), and paste the address here."
)
WHERE = (
    "Which application? Both stand on its page at Cronofy (app.cronofy.com, or app-de and so on), under Credentials. "
    "The secret is not shown, and leaves this page with Go on. No application yet? Try "
    "<code>cf.connect(sandbox=True)</code>."
)


class ConsentWidget(VBox):  # type: ignore[misc]  # ipywidgets has no types
    """What a person is asked for in a browser, from the link to what came of it.

    Parameters
    ----------
    begin
        Makes the `Consent` for an application that is known.
    press
        What the link says.
    asking
        What is asked for, where an application may have to be typed in first.
    bare
        Whether there may be nothing to paste and nobody to listen, so that the person has to say when it is done.

    Attributes
    ----------
    status
        waiting, finishing, done or failed; "" as long as the application is not known.
    message
        What there is to say.
    client
        What came of it; None as long as nothing has.
    """

    status = traitlets.Unicode("")
    message = traitlets.Unicode("")

    def __init__(
        self,
        begin: Callable[[Wanted | None, Callable[[View], None]], Consent],
        *,
        press: str,
        asking: Wanted | None = None,
        bare: bool = False,
    ) -> None:
        self._begin, self._asking, self._press = begin, asking, press
        self._consent: Consent | None = None
        self._shown: tuple[Any, ...] = ()
        self._took = self._held = False
        self.problem: BaseException | None = None
        self.line = Status()
        self._make(bare=bare)
        self._parts = (self.form, self.link, self.hint, self.pasting, self.stop, self.again)
        super().__init__([styled(), self.line, *self._parts[:4], HBox(self._parts[4:])])
        if asking is not None and asking.missing:
            self._ask()
        else:
            guarded(self._guard, self._begun)()

    def _make(self, *, bare: bool) -> None:
        """Make the parts; which of them show depends on how far it is."""
        self.client_id = named(Text, "client_id", layout=WIDE)
        self.client_secret = named(Password, "client_secret", layout=WIDE)
        self.go_on = Button(description="Go on", button_style="primary")
        self.form = VBox([HTML(ASIDE.format(WHERE)), self.client_id, self.client_secret, self.go_on])
        self.link, self.hint = HTML(), HTML()
        self.paste = named(
            Text, "Address or code", placeholder="http://127.0.0.1:…/?code=…", layout=WIDE, continuous_update=False
        )
        unlogged(self.client_secret, self.paste)
        self.use = Button(description="Use it")
        self.finished = Button(description="I have approved", layout=_shown(bare))
        self.pasting = HBox([self.paste, self.use, self.finished], layout=Layout(flex_flow="row wrap"))
        self.stop, self.again = Button(description="Cancel"), Button(description="Start again", button_style="primary")
        press = partial(guarded, self._guard)
        self.go_on.on_click(press(self._given))
        # Enter and leaving the field both send its value; the button is for those who look for one
        self.paste.observe(press(self._pasted), "value")
        self.use.on_click(press(self._used))
        self.finished.on_click(press(lambda _: self.take(DONE)))
        self.stop.on_click(press(lambda _: self.cancel()))
        self.again.on_click(press(lambda _: self._begun()))

    @property
    def _guard(self) -> Any:
        return _Guard(self)

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {self.status or 'application missing'}>"

    @property
    def client(self) -> Any:
        """What came of it; None as long as nothing has."""
        return None if self._consent is None else self._consent.client

    @property
    def url(self) -> str:
        """The page for the person; "" before there is one."""
        return "" if self._consent is None else self._consent.url

    def start(self) -> None:
        """Begin an attempt; one that is under way is given up."""
        if self._consent is None:
            self._consent = self._begin(self._asking, self._show)
        self._consent.start()

    def _begun(self) -> None:
        """Begin, and show it where that cannot be."""
        try:
            self.start()
        except SignInError as error:
            self.problem = error
            self.status, self.message = "failed", str(error)
            self.line.say(str(error), "bad")
            self._only(self.again)

    def take(self, came: str) -> View:
        """Take the address that the person was sent back to, or the code in it."""
        if self._consent is None:
            raise SignInError("application", "Fill in the application first.")
        return self._consent.take(came)

    def cancel(self) -> None:
        """Give up."""
        if self._consent is not None:
            self._consent.cancel()

    def close(self) -> None:
        """Give up, end the listener, and take the widget away."""
        if self._consent is not None:
            self._consent.close()
        super().close()

    def result(self, timeout: float | None = None) -> Any:
        """Wait for the person, and return what came of it.

        While a cell waits, buttons do not answer in most notebooks. Where nothing can come by itself, the cell
        therefore asks for the address in a line of its own.

        Parameters
        ----------
        timeout
            Seconds to wait at most; None waits as long as the attempt lasts.

        Raises
        ------
        SignInError
            When it failed; `.reason` says why.
        TimeoutError
            When `timeout` is over and the attempt is not: it goes on.
        """
        if self._asking is not None and self._consent is None:
            self._asking = ask_missing(self._asking)
            self.start()
        self.show()
        consent = self._consent
        if consent is None or consent.visit is None:
            raise self.problem or SignInError("application", "Nothing was started: press Start again.")
        self._hold(consent, held=True)
        try:
            if consent.visit.listener is None and not consent.view.over and timeout is None:
                return self._prompted(consent)
            return consent.result(timeout)
        finally:
            self._hold(consent, held=False)

    def _hold(self, consent: Consent, *, held: bool) -> None:
        """Take away, or bring back, what answers nobody while a cell waits."""
        self._held = held
        self._show(consent.view)

    def _prompted(self, consent: Consent) -> Any:
        try:
            return prompt(consent)
        except (EOFError, OSError, RuntimeError):
            # nobody can type where notebooks are run by a machine: then it takes another thread, or time
            return consent.result()

    def show(self) -> None:
        """Show the widget, where it has not been shown yet."""
        if not self._shown:
            self._ipython_display_()

    def _ipython_display_(self) -> None:
        """Show the widget once in a cell: `login` does so itself, and the cell's last line would do it again."""
        shell = get_ipython()
        now = ("shown", getattr(shell, "execution_count", None))
        if now != self._shown:
            self._shown = now
            display(self._repr_mimebundle_(), raw=True)  # type: ignore[no-untyped-call]  # IPython's

    def _ask(self) -> None:
        """Have the application typed in first."""
        self.line.say("Tell which application asks.")
        self._only(self.form)

    def _given(self, _: Any) -> None:
        """Go on with what was typed; the secret leaves the widget at once."""
        secret, self.client_secret.value = self.client_secret.value, ""
        assert self._asking is not None
        told = self._asking.given(self.client_id.value or self._asking.client_id, secret or self._asking.client_secret)
        if told.missing:
            self.line.say(f"Still missing: {' and '.join(told.missing)}.", "bad")
            return
        self._asking = told
        if self._consent is not None:
            self._consent.close()
            self._consent = None
        self._begun()

    def _pasted(self, change: Any) -> None:
        """Use what was pasted; a code leaves the widget at once."""
        came = change["new"]
        if came:
            self._took, self.paste.value = True, ""
            self.take(came)

    def _used(self, _: Any) -> None:
        """Say what to do where there is nothing to use; else leaving the field has done it."""
        if not self._took:
            self.line.say("Paste the address first: the whole one, as the browser shows it after Approve.", "bad")
        self._took = False

    def _show(self, view: View) -> None:
        """Show a view; called by whichever thread brought it."""
        consent = self._consent
        if consent is None or consent.visit is None:
            return
        waiting = view.status == "waiting"
        self.message = consent.message
        if view.status == "done":
            self.line.say(view.text, "good")
        else:
            self.line.say(str(view.error) if view.error is not None else view.text, "bad" if view.error else "info")
        self.link.value = LINK.format(url=escape(consent.url), text=escape(self._press)) if waiting else ""
        self.hint.value = ASIDE.format(escape(self._way(consent))) if waiting else ""
        showing = [self.link, self.hint, *([] if self._held else [self.pasting, self.stop])] if waiting else []
        if view.status == "failed":
            unknown = isinstance(view.error, SignInError) and view.error.reason == "application"
            showing = [self.form] if unknown and self._asking is not None else [self.again]
        if self.form in showing and self._asking is not None:
            self.client_id.value = self._asking.client_id
        self._only(*showing)
        self.status = view.status

    def _only(self, *showing: Any) -> None:
        for one in self._parts:
            one.layout.display = "" if one in showing else "none"

    def _way(self, consent: Consent) -> str:
        visit = consent.visit
        assert visit is not None
        if self._held:
            return HELD if visit.listener is not None else "Approve there; the cell asks for the address below."
        if not visit.redirect_uri:
            return "Answer there, then come back and press “I have approved”."
        if visit.listener is not None:
            return (
                f"{visit.note} Approve there, and this cell goes on by itself. If it does not, paste the address at "
                "which the browser ended."
            ).strip()
        return (
            f"{visit.note} Approve there. The browser then goes to {visit.redirect_uri}"
            f"{unreachable(visit.redirect_uri)}. Copy that whole address and paste it here."
        ).strip()


class _Guard:
    """Where a callback's exception goes: the status line of the widget."""

    def __init__(self, widget: ConsentWidget) -> None:
        self._widget = widget
        self.status = widget.line

    @property
    def problem(self) -> BaseException | None:
        return self._widget.problem

    @problem.setter
    def problem(self, error: BaseException | None) -> None:
        self._widget.problem = error


def _shown(shown: bool) -> Any:
    return Layout(display="" if shown else "none")
