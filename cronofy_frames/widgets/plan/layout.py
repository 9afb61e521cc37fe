"""The parts of a plan's widget, without their behaviour."""

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

from cronofy_frames.widgets.parts import Pager, Status, labelled_field, style_sheet

PAGE_SIZE = 25
AUTO = {"width": "auto"}


class PlanFields:
    """The parts of the widget, by name."""

    def __init__(self) -> None:
        self.head = HTML()
        self.apply = Button(button_style="primary", layout=Layout(**AUTO))
        self.undo = Button(layout=Layout(**AUTO))
        self.save = Button(description="Make CSV", tooltip="Make a CSV file of the outcomes of all rows")
        self.back = Button(description="Back to the plan", tooltip="Show the rows of the plan", layout=Layout(**AUTO))
        self.link = HTML()
        self.question = HTML()
        self.typed = labelled_field(Text, "Type the words", layout=Layout(width="22em"))
        self.yes = Button(layout=Layout(**AUTO))
        self.no = Button(description="Cancel", tooltip="Send nothing")
        self.asking = VBox(
            [self.question, _row(self.typed, self.yes, self.no)],
            layout=Layout(border="1px solid", padding="4px 8px", margin="4px 0"),
        )
        self.progress = labelled_field(IntProgress, "Answered")
        self.stop = Button(description="Stop", tooltip="Stop before the next batch; sent batches are not undone")
        self.running = _row(self.progress, self.stop)
        self.status = Status()
        self.journal = HTML()
        self.filter = labelled_field(ToggleButtons, "Show", style={"button_width": "auto"})
        self.search = labelled_field(
            Text,
            "Search",
            placeholder="in titles, changes, notes and ids, then Enter",
            continuous_update=False,
            layout=Layout(width="28em", max_width="100%"),
        )
        self.pager = Pager("rows", PAGE_SIZE)
        self.table = HTML(layout=Layout(width="100%"))

    @property
    def typed_words(self) -> str:
        """The words in the confirmation field, in lower case."""
        return " ".join(self.typed.value.split()).casefold()

    def show_words_to_type(self, words: str) -> None:
        """Show the confirmation field with the words to type into it; hide it if there are none."""
        self.typed.description = f"Type “{words}”"
        set_visible(self.typed, bool(words))

    def page(self) -> list[Any]:
        """Return the parts from top to bottom; the rows are last, because there are many."""
        return [
            style_sheet(),
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


def set_visible(part: Any, visible: bool) -> None:
    """Show or hide a part."""
    part.layout.display = None if visible else "none"
