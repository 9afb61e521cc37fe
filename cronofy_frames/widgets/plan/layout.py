"""What a plan's widget looks like: its parts, without what they do."""

from __future__ import annotations

from typing import Any

from ipywidgets import (  # type: ignore[import-untyped]
    HTML,
    Button,
    HBox,
    IntProgress,
    Layout,
    Text,
    ToggleButtons,
    VBox,
)

from cronofy_frames.widgets.parts import Pager, Status, named, styled

SIZE = 25  # rows of a page
AUTO = {"width": "auto"}


class Fields:
    """The widget's parts, by name."""

    def __init__(self) -> None:
        self.head = HTML()
        self.apply = Button(button_style="primary", layout=Layout(**AUTO))
        self.undo = Button(layout=Layout(**AUTO))
        self.save = Button(description="Make CSV", tooltip="Make a CSV file of what became of each row")
        self.back = Button(description="Back to the plan", tooltip="Show the plan's rows again", layout=Layout(**AUTO))
        self.link = HTML()
        self.question = HTML()
        self.typed = named(Text, "Type the words", layout=Layout(width="22em"))
        self.yes = Button(layout=Layout(**AUTO))
        self.no = Button(description="Cancel", tooltip="Send nothing")
        self.asking = VBox(
            [self.question, _row(self.typed, self.yes, self.no)],
            layout=Layout(border="1px solid", padding="4px 8px", margin="4px 0"),
        )
        self.progress = named(IntProgress, "Answered")
        self.stop = Button(description="Stop", tooltip="Stop before the next batch is sent; what was sent stays")
        self.running = _row(self.progress, self.stop)
        self.status = Status()
        self.journal = HTML()
        self.filter = named(ToggleButtons, "Show", style={"button_width": "auto"})
        self.search = named(
            Text,
            "Search",
            placeholder="in titles, changes, notes and ids, then Enter",
            continuous_update=False,
            layout=Layout(width="28em", max_width="100%"),
        )
        self.pager = Pager("rows", SIZE)
        self.table = HTML(layout=Layout(width="100%"))

    def page(self) -> list[Any]:
        """Return the parts from top to bottom: what it is, what can be done, and the rows, of which there are many."""
        return [
            styled(),
            self.head,
            _row(self.apply, self.undo, self.save, self.back, self.link),
            self.asking,
            self.running,
            self.status,
            self.journal,
            self.filter,
            _row(self.search, self.pager),
            self.table,
        ]


def _row(*parts: Any) -> Any:
    return HBox(parts, layout=Layout(flex_flow="row wrap", align_items="center", width="100%"))


def shown(part: Any, yes: bool) -> None:
    """Show a part or hide it."""
    part.layout.display = None if yes else "none"
