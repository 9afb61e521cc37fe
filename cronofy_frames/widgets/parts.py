"""Parts that widgets share: status line, tables, pager, download links, pictures, and callbacks that report errors.

Text written by people goes through `escape` (for HTML) or `plain_description` (for descriptions of fields, in which a
notebook would render formulas). Callbacks never print and never raise, because a notebook shows neither.
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

# the kind of a message is also written out, for people who do not see the colour
KIND_PREFIXES: dict[Kind, str] = {"info": "", "good": "Done:", "bad": "Problem:"}
PIXEL_RATIO = 2  # pixels of a picture for each pixel of the page
DPI = 96  # pixels of the page in an inch
LONGEST = 120  # characters of a cell

STYLE = """<style>
.cf-status { padding: 2px 8px; border-left: 4px solid currentColor; line-height: 1.5; overflow-wrap: anywhere }
.cf-good { border-color: #009E73 } .cf-bad { border-color: #D55E00 }
.cf-table { overflow-x: auto; max-width: 100% }
.cf-table:focus-visible { outline: 2px solid currentColor; outline-offset: -2px }
.cf-table table { border-collapse: collapse; font-size: 13px; line-height: 1.4 }
.cf-table caption { text-align: left; padding: 4px 0; caption-side: top }
.cf-table th, .cf-table td { text-align: left; vertical-align: top; padding: 3px 10px 3px 0; max-width: 28em;
  overflow-wrap: break-word; border-bottom: 1px solid rgba(128, 128, 128, 0.35) }
.cf-table td:nth-child(-n+2) { white-space: nowrap }
.cf-picture { max-width: 100%; height: auto; background: white }
.cf-link { text-decoration: underline }
</style>"""


class ReportsErrors(Protocol):
    """A widget with a status line and a place for the last exception."""

    status: Status
    problem: Any


class Status(HTML):  # type: ignore[misc]  # ipywidgets has no types
    """One line about what the widget does, which screen readers read aloud.

    Attributes
    ----------
    text
        The message.
    kind
        info, good or bad.
    """

    text = traitlets.Unicode("")
    kind = traitlets.Enum(tuple(KIND_PREFIXES), "info")

    def say(self, text: str, kind: Kind = "info") -> None:
        """Show a message instead of the last one."""
        self.text, self.kind = text, kind
        self.value = status_html(text, kind)


def status_html(text: str, kind: Kind = "info") -> str:
    """Return a message as HTML: escaped, its kind in words, read aloud when it appears."""
    prefix = f"<strong>{KIND_PREFIXES[kind]}</strong> " if KIND_PREFIXES[kind] else ""
    return f'<div class="cf-status cf-{kind}" role="status" aria-live="polite">{prefix}{escape(text)}</div>'


def style_sheet() -> Any:
    """Return the style of the parts, as a hidden child that each widget has once."""
    return HTML(STYLE, layout=Layout(display="none"))


def plain_description(text: str) -> str:
    """Return a text as the description of a field: in one line, and not rendered as a formula."""
    line = " ".join(text.split()).replace("\\", "\\\u2060")
    return line if line.count("$") < 2 else line.replace("$", "＄")  # one alone is a dollar, two are a formula


def labelled_field(kind: Callable[..., Any], description: str, **options: Any) -> Any:
    """Return a field with its description before it, in full width; it is also the label for screen readers.

    Parameters
    ----------
    kind
        A widget of ipywidgets that has a description, such as `Text`.
    description
        The description.
    options
        Further arguments of that widget.
    """
    style = {"description_width": "initial", **options.pop("style", {})}
    return kind(description=plain_description(description), style=style, **options)


_hidden_fields: set[str] = set()


def hide_from_log(*fields: Any) -> None:
    """Keep what is typed into fields out of the log: at DEBUG, the comm library logs what the page sends."""
    _hidden_fields.update(field.model_id for field in fields)


def _is_loggable(record: logging.LogRecord) -> bool:
    """Return whether a record of the comm library is about another field; its first argument is the id of the field."""
    return not (isinstance(record.args, tuple) and record.args and record.args[0] in _hidden_fields)


logging.getLogger("Comm").addFilter(_is_loggable)


def safe_callback(widget: ReportsErrors, handler: Callable[..., object]) -> Callable[..., None]:
    """Return a callback that never raises: errors go to the status line and to `problem`.

    Parameters
    ----------
    widget
        The widget.
    handler
        The function to call, with the arguments of the callback.
    """

    def callback(*args: Any, **kwargs: Any) -> None:
        try:
            handler(*args, **kwargs)
        except (Exception, KeyboardInterrupt) as error:
            report_error(widget, error)

    return callback


def report_error(widget: ReportsErrors, error: BaseException) -> None:
    """Show an error in the status line, and keep the exception with its traceback."""
    widget.problem = error
    widget.status.say(error_text(error), "bad")


def error_text(error: BaseException) -> str:
    """Return a message for an exception; one that was not raised on purpose refers to its traceback."""
    if isinstance(error, CronofyError | traitlets.TraitError):
        return str(error)
    if isinstance(error, KeyboardInterrupt):
        return "Interrupted. The previous results are kept."
    text = " ".join(str(error).split())
    message = f"{type(error).__name__}: {text}" if text else type(error).__name__
    return f"{message.removesuffix('.')}. The widget's .problem has the traceback."


@contextmanager
def disable_while_running(buttons: Iterable[Any]) -> Iterator[None]:
    """Disable buttons while something runs, so that they are not pressed twice; then enable those that were."""
    enabled = [button for button in buttons if not button.disabled]
    for button in enabled:
        button.disabled = True
    try:
        yield
    finally:
        for button in enabled:
            button.disabled = False


@contextmanager
def collect_warnings() -> Iterator[list[str]]:
    """Collect the texts of warnings, each once: a notebook would not show those of callbacks."""
    texts: list[str] = []
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            yield texts
        finally:
            texts += dict.fromkeys(str(warning.message) for warning in caught)


_HEADING = "text-align:left;white-space:nowrap"  # the style of the page would align headings right


def table_html(frame: pd.DataFrame, caption: str) -> str:
    """Return a page of a frame as an HTML table, escaped, with a caption and column scopes for screen readers.

    Parameters
    ----------
    frame
        The cells, shown as `str` shows them; missing values are empty cells.
    caption
        A description of the table.
    """
    texts = frame.map(lambda value: "" if pd.isna(value) else shorten(str(value), LONGEST))
    with pd.option_context("display.max_colwidth", None):
        table = texts.to_html(index=False, escape=True, border=0, justify="left", max_rows=None, max_cols=None)
    # texts in cells are escaped, so these tags are the table's own
    table = table.replace("<th>Title</th>", f'<th scope="col" style="{_HEADING};min-width:12em">Title</th>')
    table = table.replace("<th>", f'<th scope="col" style="{_HEADING}">')
    table = table.replace("<thead>", f"<caption>{escape(caption)}</caption><thead>", 1)
    return f"{table_opening(caption)}{table}</div>"


def table_opening(caption: str) -> str:
    """Return the opening tag of the box around a table, which the keyboard reaches so that it can be scrolled."""
    return f'<div class="cf-table" tabindex="0" role="region" aria-label="{escape(caption)}">'


def download_html(name: str, content: bytes, text: str) -> str:
    """Return a link that saves a file without a server.

    Parameters
    ----------
    name
        The name of the file.
    content
        The content of the file.
    text
        The text of the link.
    """
    kind = MEDIA_TYPES.get(name.rpartition(".")[2].lower(), "application/octet-stream")
    data = f"data:{kind};base64,{b64encode(content).decode()}"
    look = 'class="cf-link" style="text-decoration:underline"'  # the style of the page would remove the line
    return f'<a {look} download="{escape(name)}" href="{data}">{escape(text)}</a>'


MEDIA_TYPES = {
    "csv": "text/csv;charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "json": "application/json",
}


def picture_html(figure: Any, alt: str) -> str:
    """Return a figure as an image, sharp on high-resolution screens, and clear the figure.

    Parameters
    ----------
    figure
        A matplotlib Figure that pyplot does not manage, such as `plots.new_figure` returns.
    alt
        A description of the picture in words.
    """
    file = BytesIO()
    figure.savefig(file, format="png", dpi=PIXEL_RATIO * DPI)
    width = round(figure.get_size_inches()[0] * DPI)
    figure.clear()
    data = b64encode(file.getvalue()).decode()
    return f'<img class="cf-picture" width="{width}" alt="{escape(alt)}" src="data:image/png;base64,{data}">'


class Pager(HBox):  # type: ignore[misc]  # ipywidgets has no types
    """Buttons for the previous and next page, and which rows are shown.

    Attributes
    ----------
    page
        The number of the page, from 0; kept within the pages that exist.
    total
        The number of rows.
    size
        The number of rows on a page.
    """

    page = traitlets.Int(0)
    total = traitlets.Int(0)

    def __init__(self, noun: str = "rows", size: int = 50, **options: Any) -> None:
        self.size, self.noun = size, noun
        self.previous = Button(description="Previous", tooltip=f"Previous {size} {noun}")
        self.next = Button(description="Next", tooltip=f"Next {size} {noun}")
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
        """The range of rows on the page, in words."""
        if not self.total:
            return f"no {self.noun}"
        return f"{self.noun} {self.rows.start + 1:,} to {self.rows.stop:,} of {self.total:,}"

    @traitlets.validate("page")
    def _clamp_page(self, proposal: Any) -> int:
        return min(max(int(proposal["value"]), 0), self._last_page)

    @property
    def _last_page(self) -> int:
        return max(0, -(-self.total // self.size) - 1)

    def _turn(self, pages: int) -> None:
        self.page += pages

    def _show(self) -> None:
        self.page = min(self.page, self._last_page)
        self.previous.disabled, self.next.disabled = self.page == 0, self.page == self._last_page
        self.label.value = f'<span role="status" aria-live="polite">{escape(self.text)}</span>'


def close_all(*widgets: Any) -> None:
    """Close widgets and all their parts: kernel and browser keep the state of each until it is closed."""
    for widget in widgets:
        parts = [*getattr(widget, "children", ()), getattr(widget, "layout", None), getattr(widget, "style", None)]
        widget.close()
        close_all(*(part for part in parts if isinstance(part, Widget)))
