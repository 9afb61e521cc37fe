"""What widgets share: a status line, tables, a pager, links to download, pictures, callbacks that lose no error.

Whatever a person or a stranger wrote goes through `escape` (for HTML) or `plain` (for the names of fields, in which
a notebook would look for formulas). Callbacks never print and never raise: a notebook shows neither.
"""

from __future__ import annotations

import logging
import warnings
from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from html import escape as escape
from io import BytesIO
from typing import Any, Literal, Protocol

import pandas as pd
import traitlets
from ipywidgets import HTML, Button, HBox, Layout, Widget  # type: ignore[import-untyped]

from cronofy_frames.errors import CronofyError
from cronofy_frames.text import shorten

Kind = Literal["info", "good", "bad"]

# a kind is said in words too, for those who do not see the colour
WORDS: dict[Kind, str] = {"info": "", "good": "Done:", "bad": "Problem:"}
SHARPNESS = 2  # pixels of a picture to one of the page
DPI = 96  # pixels of a page to an inch
LONGEST = 120  # characters of a cell

STYLE = """<style>
.cf-status { padding: 2px 8px; border-left: 4px solid currentColor; line-height: 1.5; overflow-wrap: anywhere }
.cf-good { border-color: #009E73 } .cf-bad { border-color: #D55E00 }
.cf-table { overflow-x: auto; max-width: 100% }
.cf-table table { border-collapse: collapse; font-size: 13px; line-height: 1.4 }
.cf-table caption { text-align: left; padding: 4px 0; caption-side: top }
.cf-table th, .cf-table td { text-align: left; vertical-align: top; padding: 3px 10px 3px 0; max-width: 28em;
  overflow-wrap: break-word; border-bottom: 1px solid rgba(128, 128, 128, 0.35) }
.cf-table td:nth-child(-n+2) { white-space: nowrap }
.cf-picture { max-width: 100%; height: auto; background: white }
.cf-link { text-decoration: underline }
</style>"""


class Face(Protocol):
    """What `guarded` needs of a widget: where it says things, and where it keeps an exception."""

    status: Status
    problem: Any


class Status(HTML):  # type: ignore[misc]  # ipywidgets has no types
    """One line that says what happens, also to those who listen to the page.

    Attributes
    ----------
    text
        What it says.
    kind
        info, good or bad.
    """

    text = traitlets.Unicode("")
    kind = traitlets.Enum(tuple(WORDS), "info")

    def say(self, text: str, kind: Kind = "info") -> None:
        """Show a text, in place of the last one."""
        self.text, self.kind = text, kind
        self.value = said(text, kind)


def said(text: str, kind: Kind = "info") -> str:
    """Return a message as HTML: escaped, its kind in words, read out when it appears."""
    word = f"<strong>{WORDS[kind]}</strong> " if WORDS[kind] else ""
    return f'<div class="cf-status cf-{kind}" role="status" aria-live="polite">{word}{escape(text)}</div>'


def styled() -> Any:
    """Return what gives the parts their looks; a widget has it once, among its children."""
    return HTML(STYLE, layout=Layout(display="none"))


def plain(text: str) -> str:
    """Return a text as the description of a field: in one line, and nothing in it is taken for a formula."""
    line = " ".join(text.split()).replace("\\", "\\\u2060")
    return line if line.count("$") < 2 else line.replace("$", "＄")  # one alone is a dollar, two are a formula


def named(kind: Callable[..., Any], description: str, **options: Any) -> Any:
    """Return a field with its name before it, as wide as the name is; the name is its label for a screen reader.

    Parameters
    ----------
    kind
        A widget of ipywidgets that has a description, such as `Text`.
    description
        The name.
    options
        For that widget.
    """
    style = {"description_width": "initial", **options.pop("style", {})}
    return kind(description=plain(description), style=style, **options)


_unlogged: set[str] = set()


def unlogged(*fields: Any) -> None:
    """Keep what is typed into fields out of the log: at DEBUG, the comm library writes down what the page sends."""
    _unlogged.update(one.model_id for one in fields)


def _harmless(record: logging.LogRecord) -> bool:
    """Return whether a record of the comm library is not about such a field; its first argument says about which."""
    return not (isinstance(record.args, tuple) and record.args and record.args[0] in _unlogged)


logging.getLogger("Comm").addFilter(_harmless)


def guarded(face: Face, handler: Callable[..., object]) -> Callable[..., None]:
    """Return a callback that never raises: what goes wrong is said in the status line and kept in `problem`.

    Parameters
    ----------
    face
        The widget.
    handler
        What to do; it is called with whatever the callback is called with.
    """

    def callback(*given: Any, **named: Any) -> None:
        try:
            handler(*given, **named)
        except (Exception, KeyboardInterrupt) as error:
            failed(face, error)

    return callback


def failed(face: Face, error: BaseException) -> None:
    """Say what went wrong, and keep the exception with its traceback."""
    face.problem = error
    face.status.say(told(error), "bad")


def told(error: BaseException) -> str:
    """Return an exception as a sentence: its own words where it was raised on purpose, else where to find more."""
    if isinstance(error, CronofyError | traitlets.TraitError):
        return str(error)
    if isinstance(error, KeyboardInterrupt):
        return "Interrupted. What was there before is kept."
    text = " ".join(str(error).split())
    what = f"{type(error).__name__}: {text}" if text else type(error).__name__
    return f"{what.removesuffix('.')}. The widget's .problem has the traceback."


@contextmanager
def held(buttons: Iterable[Any]) -> Iterator[None]:
    """Disable buttons while something runs, so that nobody presses twice; those that were disabled stay so."""
    free = [one for one in buttons if not one.disabled]
    for one in free:
        one.disabled = True
    try:
        yield
    finally:
        for one in free:
            one.disabled = False


@contextmanager
def noticed() -> Iterator[list[str]]:
    """Collect the texts of warnings, each once, that a notebook would not show: callbacks have no output."""
    texts: list[str] = []
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            yield texts
        finally:
            texts += dict.fromkeys(str(one.message) for one in caught)


_HEADING = "text-align:left;white-space:nowrap"  # a page's own style aligns headings right


def table_html(frame: pd.DataFrame, caption: str) -> str:
    """Return a page of a frame as an HTML table, escaped, its columns and caption named for screen readers.

    Parameters
    ----------
    frame
        Texts, or what is to be shown as `str` shows it; missing values are empty cells.
    caption
        What the table shows.
    """
    texts = frame.map(lambda value: "" if pd.isna(value) else shorten(str(value), LONGEST))
    with pd.option_context("display.max_colwidth", None):
        table = texts.to_html(index=False, escape=True, border=0, justify="left", max_rows=None, max_cols=None)
    # cells are escaped, so these marks are the table's own
    table = table.replace("<th>Title</th>", f'<th scope="col" style="{_HEADING};min-width:12em">Title</th>')
    table = table.replace("<th>", f'<th scope="col" style="{_HEADING}">')
    table = table.replace("<thead>", f"<caption>{escape(caption)}</caption><thead>", 1)
    return f'<div class="cf-table">{table}</div>'


def download_html(name: str, content: bytes, text: str) -> str:
    """Return a link that saves a file without a server.

    Parameters
    ----------
    name
        The file's name.
    content
        The file.
    text
        What the link says.
    """
    kind = KINDS.get(name.rpartition(".")[2].lower(), "application/octet-stream")
    data = f"data:{kind};base64,{b64encode(content).decode()}"
    look = 'class="cf-link" style="text-decoration:underline"'  # a page's own style takes the line away
    return f'<a {look} download="{escape(name)}" href="{data}">{escape(text)}</a>'


KINDS = {
    "csv": "text/csv;charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "json": "application/json",
}


def picture_html(figure: Any, alt: str) -> str:
    """Return a figure as an image, sharp on dense screens, and let go of what is drawn on it.

    Parameters
    ----------
    figure
        A matplotlib Figure that pyplot does not know, such as `plots.blank()` makes.
    alt
        What it shows, in words.
    """
    file = BytesIO()
    figure.savefig(file, format="png", dpi=SHARPNESS * DPI)
    width = round(figure.get_size_inches()[0] * DPI)
    figure.clear()
    data = b64encode(file.getvalue()).decode()
    return f'<img class="cf-picture" width="{width}" alt="{escape(alt)}" src="data:image/png;base64,{data}">'


class Pager(HBox):  # type: ignore[misc]  # ipywidgets has no types
    """Previous, next, and which rows of how many are shown.

    Attributes
    ----------
    page
        Which page, from 0; kept within what there is.
    total
        How many rows there are.
    size
        How many are on a page.
    """

    page = traitlets.Int(0)
    total = traitlets.Int(0)

    def __init__(self, what: str = "rows", size: int = 50, **options: Any) -> None:
        self.size, self.what = size, what
        self.previous = Button(description="Previous", tooltip=f"Previous {size} {what}")
        self.next = Button(description="Next", tooltip=f"Next {size} {what}")
        self.label = HTML()
        super().__init__([self.previous, self.next, self.label], **options)
        self.previous.on_click(lambda _: self._turn(-1))
        self.next.on_click(lambda _: self._turn(1))
        self.observe(lambda _: self._show(), ["page", "total"])
        self._show()

    @property
    def rows(self) -> slice:
        """The rows of the page, for `iloc`."""
        return slice(self.page * self.size, min((self.page + 1) * self.size, self.total))

    @property
    def text(self) -> str:
        """Which rows are shown, in words."""
        if not self.total:
            return f"no {self.what}"
        return f"{self.what} {self.rows.start + 1:,} to {self.rows.stop:,} of {self.total:,}"

    @traitlets.validate("page")
    def _within(self, proposal: Any) -> int:
        return min(max(int(proposal["value"]), 0), self._last)

    @property
    def _last(self) -> int:
        return max(0, -(-self.total // self.size) - 1)

    def _turn(self, by: int) -> None:
        self.page += by

    def _show(self) -> None:
        if self.page > self._last:
            self.page = self._last
        self.previous.disabled, self.next.disabled = self.page == 0, self.page == self._last
        self.label.value = f'<span role="status" aria-live="polite">{escape(self.text)}</span>'


def closed(*widgets: Any) -> None:
    """Close widgets and all that they hold: each keeps its state in kernel and browser until it is told to go."""
    for one in widgets:
        parts = [*getattr(one, "children", ()), getattr(one, "layout", None), getattr(one, "style", None)]
        one.close()
        closed(*(part for part in parts if isinstance(part, Widget)))
