"""Check boxes in groups with headings, for accounts and calendars."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import traitlets
from ipywidgets import HTML, Button, Checkbox, HBox, Layout, VBox  # type: ignore[import-untyped]

from cronofy_frames.widgets.parts import close_all, plain_description

HIGHEST = "13em"


@dataclass(frozen=True, slots=True)
class CheckOption:
    """An option with a check box.

    Attributes
    ----------
    key
        Identifies the option.
    text
        The text beside the box.
    group
        The heading over the option.
    owner
        The account that the option belongs to, to hide all options of an account.
    """

    key: str
    text: str
    group: str = ""
    owner: str = ""


@dataclass(frozen=True, slots=True)
class CheckLine:
    """An option with its widgets."""

    option: CheckOption
    box: Any
    mark: Any
    line: Any


class CheckList(VBox):  # type: ignore[misc]  # ipywidgets has no types
    """Check boxes for options, in groups.

    Attributes
    ----------
    value
        The keys of the checked options, in the order of the options.
    """

    value = traitlets.Tuple()

    def __init__(self, name: str) -> None:
        self.name, self.rows = name, list[CheckLine]()
        self._setting = False
        self._title = HTML()
        small = Layout(width="5em")
        self.all = Button(description="All", tooltip=f"Select all {name}", layout=small)
        self.none = Button(description="None", tooltip=f"Select no {name}", layout=small)
        self._list = HBox(layout=Layout(max_height=HIGHEST, overflow="auto", flex_flow="row wrap"))
        super().__init__([HBox([self.all, self.none, self._title]), self._list])
        self.all.on_click(lambda _: self._select(row.option.key for row in self.rows))
        self.none.on_click(lambda _: self._select(()))
        self.observe(lambda _: self._show(), "value")
        self._show()

    def set_options(self, options: Sequence[CheckOption], selected: Iterable[str]) -> None:
        """Replace the options; the check boxes of those before are closed."""
        old, self.rows = self._list.children, []
        groups: dict[str, list[CheckOption]] = {}
        for option in options:
            groups.setdefault(option.group, []).append(option)
        self._list.children = [self._group(name, members) for name, members in groups.items()]
        close_all(*old)
        self._select(selected)
        self._show()

    def set_colours(self, colours: Mapping[str, str]) -> None:
        """Show the colours that a picture uses for the options."""
        for row in self.rows:
            row.mark.value = swatch(colours.get(row.option.key))

    def show_owners(self, owners: Iterable[str]) -> None:
        """Show only the options of these owners."""
        visible = set(owners)
        for group in self._list.children:
            members = [row for row in self.rows if row.line in group.children]
            group.layout.display = None if any(row.option.owner in visible for row in members) else "none"

    def _group(self, name: str, options: Sequence[CheckOption]) -> Any:
        rows = [self._row(option) for option in options]
        self.rows += rows
        lines = [row.line for row in rows]
        if not name:
            return HBox(lines, layout=Layout(flex_flow="row wrap"))
        return VBox([HTML(f"<strong>{escape(name)}</strong>"), *lines], layout=Layout(margin="0 2em 0 0"))

    def _row(self, option: CheckOption) -> CheckLine:
        box = Checkbox(
            value=False, description=plain_description(option.text), indent=False, layout=Layout(width="auto")
        )
        box.observe(lambda _: self._on_tick(), "value")
        mark = HTML(swatch(None))
        return CheckLine(option, box, mark, HBox([mark, box]))

    @traitlets.validate("value")
    def _validate_value(self, proposal: Any) -> tuple[str, ...]:
        return self.in_order(proposal["value"])

    def in_order(self, keys: Iterable[str]) -> tuple[str, ...]:
        """Return keys in the order of the options, each once.

        Raises
        ------
        TraitError
            For a key of no option.
        """
        selected = set(keys)
        if unknown := sorted(selected - {row.option.key for row in self.rows}):
            raise traitlets.TraitError(f"{unknown[0]!r} is not one of the {self.name}.")
        return tuple(dict.fromkeys(row.option.key for row in self.rows if row.option.key in selected))

    def _select(self, keys: Iterable[str]) -> None:
        self.value = tuple(keys)

    def _on_tick(self) -> None:
        """Update the value; of an option that is listed twice, the box that was ticked counts."""
        if not self._setting:
            selected = set(self.value)
            ticked = {row.option.key for row in self.rows if row.box.value != (row.option.key in selected)}
            self._select(selected ^ ticked)

    def _show(self) -> None:
        self._setting = True
        try:
            for row in self.rows:
                row.box.value = row.option.key in self.value
        finally:
            self._setting = False
        count = sum(row.option.key in self.value for row in self.rows)
        self._title.value = f"{escape(self.name.capitalize())}: {count} of {len(self.rows)} selected"


def swatch(colour: str | None) -> str:
    """Return a dot in a colour, or its space without one; screen readers skip it."""
    look = f"display:inline-block;width:12px;height:12px;border-radius:50%;background:{colour or 'transparent'}"
    return f'<span aria-hidden="true" style="{look}"></span>'
