"""Helpers of widget tests: the browser's side of the messages, and the content of the page."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

from comm.base_comm import BaseComm
from ipywidgets import Widget

from cronofy_frames.widgets.signin.widget import ConsentWidget


def states() -> dict[str, dict[str, Any]]:
    """Return the state of every open widget, as a browser gets it."""
    state: dict[str, dict[str, Any]] = Widget.get_manager_state()["state"]
    return state


def browser_state(*widgets: Any) -> str:
    """Return the whole state of widgets and their parts, as text."""
    return "\n".join(json.dumps(part.get_state(), default=str) for part in parts(*widgets))


def parts(*widgets: Any) -> Iterator[Any]:
    """Yield widgets and their parts, including titles, layouts and styles."""
    for widget in widgets:
        yield widget
        held = [getattr(widget, name, None) for name in ("layout", "style")]
        yield from parts(*getattr(widget, "children", ()), *(part for part in held if isinstance(part, Widget)))


def visible_parts(widget: Any) -> list[Any]:
    """Return the visible parts of a widget; of tabs only the open one."""
    if getattr(getattr(widget, "layout", None), "display", None) == "none":
        return []
    below = getattr(widget, "children", ())
    if hasattr(widget, "selected_index"):
        below = [below[widget.selected_index]]
    return [widget, *(part for child in below for part in visible_parts(child))]


def press(button: Any) -> None:
    """Press a button as a browser does; a disabled button cannot be pressed."""
    assert not button.disabled, button.description
    send_message(button, {"method": "custom", "content": {"event": "click"}})


def enter(field: Any, **state: Any) -> None:
    """Change a field as a browser does."""
    send_message(field, {"method": "update", "state": state})


def send_message(widget: Any, data: dict[str, Any]) -> None:
    """Send a widget a message from the browser."""
    widget.comm.handle_msg({"content": {"data": data}, "buffers": []})


def wait_for_status(widget: ConsentWidget) -> str:
    """Wait until a sign-in has ended and the widget shows it, and return its status."""
    consented = widget._consent
    assert consented is not None
    assert consented.running is not None
    changed = threading.Event()
    widget.observe(lambda _: changed.set(), "status")
    assert consented.running.attempt.wait(20)
    # the thread that ends the attempt changes the widget a moment later
    while widget.status in ("waiting", "finishing") and changed.wait(20):
        changed.clear()
    return widget.status


class RecordingComm(BaseComm):
    """A comm that records the messages sent to the browser.

    Attributes
    ----------
    sent
        What was sent, in order: the state of `update` messages.
    """

    def __init__(self, sent: list[tuple[str, dict[str, Any]]], name: str) -> None:
        self.sent, self.name = sent, name
        super().__init__(target_name="jupyter.widget")

    def publish_msg(self, msg_type: str, data: Any = None, **_: Any) -> None:
        """Record a message."""
        if msg_type == "comm_msg" and data["method"] == "update":
            self.sent.append((self.name, data["state"]))


class Page(HTMLParser):
    """The elements and texts of HTML, as a browser parses them.

    Attributes
    ----------
    elements
        Each element's name and attributes.
    text
        All that is written.
    """

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.text = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Record an element."""
        self.elements.append((tag, {name: value or "" for name, value in attrs}))

    def handle_data(self, data: str) -> None:
        """Record a text."""
        self.text += data

    def all(self, tag: str) -> list[dict[str, str]]:
        """Return the attributes of all elements of a name."""
        return [attributes for name, attributes in self.elements if name == tag]


def page(*widgets: Any) -> Page:
    """Return the HTML of widgets and their parts."""
    return Page("\n".join(part.value for part in parts(*widgets) if type(part).__name__ in ("HTML", "Status")))
