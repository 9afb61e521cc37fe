"""What the tests of widgets share: a browser's side of the wire, and what a page would show."""

from __future__ import annotations

import json
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

from comm.base_comm import BaseComm
from ipywidgets import Widget

from cronofy_frames.widgets.signin.widget import ConsentWidget


def states() -> dict[str, dict[str, Any]]:
    """Return the state of every widget that is open, as a browser gets it."""
    state: dict[str, dict[str, Any]] = Widget.get_manager_state()["state"]
    return state


def browser_state(*widgets: Any) -> str:
    """Return everything that the browser knows of widgets, and of what they hold."""
    return "\n".join(json.dumps(part.get_state(), default=str) for part in parts(*widgets))


def parts(*widgets: Any) -> Iterator[Any]:
    """Yield widgets and what they hold, also titles, layouts and styles."""
    for widget in widgets:
        yield widget
        held = [getattr(widget, name, None) for name in ("layout", "style")]
        yield from parts(*getattr(widget, "children", ()), *(part for part in held if isinstance(part, Widget)))


def visible_parts(widget: Any) -> list[Any]:
    """Return the parts of a widget that are on the page, with the open tab only."""
    if getattr(getattr(widget, "layout", None), "display", None) == "none":
        return []
    below = getattr(widget, "children", ())
    if hasattr(widget, "selected_index"):
        below = [below[widget.selected_index]]
    return [widget, *(part for child in below for part in visible_parts(child))]


def press(button: Any) -> None:
    """Press a button as a browser does; a disabled one takes no presses."""
    assert not button.disabled, button.description
    send_message(button, {"method": "custom", "content": {"event": "click"}})


def enter(field: Any, **state: Any) -> None:
    """Change a field as a browser does."""
    send_message(field, {"method": "update", "state": state})


def send_message(widget: Any, data: dict[str, Any]) -> None:
    """Send a widget a message from its other side."""
    widget.comm.handle_msg({"content": {"data": data}, "buffers": []})


def wait_for_status(widget: ConsentWidget) -> str:
    """Wait until a sign-in has ended, and return its status."""
    consented = widget._consent
    assert consented is not None
    assert consented.running is not None
    assert consented.running.attempt.wait(20)
    return widget.status


class RecordingComm(BaseComm):
    """Keeps what is sent to the browser.

    Attributes
    ----------
    sent
        What was sent, in order: the state of `update` messages.
    """

    def __init__(self, sent: list[tuple[str, dict[str, Any]]], name: str) -> None:
        self.sent, self.name = sent, name
        super().__init__(target_name="jupyter.widget")

    def publish_msg(self, msg_type: str, data: Any = None, **_: Any) -> None:
        """Keep a message."""
        if msg_type == "comm_msg" and data["method"] == "update":
            self.sent.append((self.name, data["state"]))


class Page(HTMLParser):
    """The elements and texts of some HTML, as a browser reads them.

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
        """Note an element."""
        self.elements.append((tag, {name: value or "" for name, value in attrs}))

    def handle_data(self, data: str) -> None:
        """Note a text."""
        self.text += data

    def all(self, tag: str) -> list[dict[str, str]]:
        """Return the attributes of all elements of a name."""
        return [attributes for name, attributes in self.elements if name == tag]


def page(*widgets: Any) -> Page:
    """Return all HTML of widgets and of what they hold."""
    return Page("\n".join(part.value for part in parts(*widgets) if type(part).__name__ in ("HTML", "Status")))
