"""Check boxes under headings, of which any number may be chosen: for accounts and for calendars."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import traitlets
from ipywidgets import HTML, Button, Checkbox, HBox, Layout, VBox  # type: ignore[import-untyped]

from cronofy_frames.widgets.parts import closed, plain

HIGHEST = "13em"


@dataclass(frozen=True, slots=True)
class Choice:
    """Something that can be chosen.

    Attributes
    ----------
    key
        What stands for it.
    text
        What it is called.
    group
        The heading that it stands under.
    owner
        Whose it is, to hide all of somebody's.
    """

    key: str
    text: str
    group: str = ""
    owner: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """A choice on the page."""

    choice: Choice
    box: Any
    mark: Any
    line: Any


class Picks(VBox):  # type: ignore[misc]  # ipywidgets has no types
    """Check boxes for choices, grouped.

    Attributes
    ----------
    value
        The keys of those chosen, in the order of the choices.
    """

    value = traitlets.Tuple()

    def __init__(self, name: str) -> None:
        self.name, self.rows = name, list[Row]()
        self._setting = False
        self._title = HTML()
        small = Layout(width="5em")
        self.all = Button(description="All", tooltip=f"Choose all {name}", layout=small)
        self.none = Button(description="None", tooltip=f"Choose no {name}", layout=small)
        self._list = HBox(layout=Layout(max_height=HIGHEST, overflow="auto", flex_flow="row wrap"))
        super().__init__([HBox([self.all, self.none, self._title]), self._list])
        self.all.on_click(lambda _: self._choose(row.choice.key for row in self.rows))
        self.none.on_click(lambda _: self._choose(()))
        self.observe(lambda _: self._show(), "value")
        self._show()

    def fill(self, choices: Sequence[Choice], chosen: Iterable[str]) -> None:
        """Show other choices in place of those before, whose check boxes are closed."""
        old, self.rows = self._list.children, []
        groups: dict[str, list[Choice]] = {}
        for one in choices:
            groups.setdefault(one.group, []).append(one)
        self._list.children = [self._group(name, own) for name, own in groups.items()]
        closed(*old)
        self._choose(chosen)
        self._show()

    def colour(self, colours: Mapping[str, str]) -> None:
        """Give choices the colours that a picture has for them."""
        for row in self.rows:
            row.mark.value = swatch(colours.get(row.choice.key))

    def limit(self, owners: Iterable[str]) -> None:
        """Show only what belongs to these."""
        shown = set(owners)
        for group in self._list.children:
            own = [row for row in self.rows if row.line in group.children]
            group.layout.display = None if any(row.choice.owner in shown for row in own) else "none"

    def _group(self, name: str, own: Sequence[Choice]) -> Any:
        rows = [self._row(one) for one in own]
        self.rows += rows
        lines = [row.line for row in rows]
        if not name:
            return HBox(lines, layout=Layout(flex_flow="row wrap"))
        return VBox([HTML(f"<strong>{escape(name)}</strong>"), *lines], layout=Layout(margin="0 2em 0 0"))

    def _row(self, one: Choice) -> Row:
        box = Checkbox(value=False, description=plain(one.text), indent=False, layout=Layout(width="auto"))
        box.observe(lambda _: self._pressed(), "value")
        mark = HTML(swatch(None))
        return Row(one, box, mark, HBox([mark, box]))

    @traitlets.validate("value")
    def _known(self, proposal: Any) -> tuple[str, ...]:
        return self.ordered(proposal["value"])

    def ordered(self, keys: Iterable[str]) -> tuple[str, ...]:
        """Return keys in the order of the choices, each once.

        Raises
        ------
        TraitError
            For a key that stands for no choice.
        """
        wanted = set(keys)
        if lost := sorted(wanted - {row.choice.key for row in self.rows}):
            raise traitlets.TraitError(f"there is no {lost[0]!r} among the {self.name}.")
        return tuple(dict.fromkeys(row.choice.key for row in self.rows if row.choice.key in wanted))

    def _choose(self, keys: Iterable[str]) -> None:
        self.value = tuple(keys)

    def _pressed(self) -> None:
        """Take over what was ticked: of a choice that is listed twice, the box that was pressed counts."""
        if not self._setting:
            was = set(self.value)
            turned = {row.choice.key for row in self.rows if row.box.value != (row.choice.key in was)}
            self._choose(was ^ turned)

    def _show(self) -> None:
        self._setting = True
        try:
            for row in self.rows:
                row.box.value = row.choice.key in self.value
        finally:
            self._setting = False
        chosen = sum(row.choice.key in self.value for row in self.rows)
        self._title.value = f"{escape(self.name.capitalize())}: {chosen} of {len(self.rows)} chosen"


def swatch(colour: str | None) -> str:
    """Return a dot of a colour, or room for one; it says nothing that is not in words elsewhere."""
    look = f"display:inline-block;width:12px;height:12px;border-radius:50%;background:{colour or 'transparent'}"
    return f'<span aria-hidden="true" style="{look}"></span>'
