"""The explorer's tabs: only the one that is open is drawn, and only when what it shows has changed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import traitlets
from ipywidgets import HTML, Button, HBox, Layout, Tab, VBox  # type: ignore[import-untyped]

from cronofy_frames.widgets.explore import views as views
from cronofy_frames.widgets.explore.periods import DAY, spelled
from cronofy_frames.widgets.explore.views import View
from cronofy_frames.widgets.parts import Face, Pager, failed, guarded, noticed, said, told

TABS = {"table": "Table", "week": "Week", "heatmap": "Heatmap", "time_use": "Time use"}


class Tabs(VBox):  # type: ignore[misc]  # ipywidgets has no types
    """A table and pictures of events.

    Attributes
    ----------
    tab
        The one that is open.
    week
        The Monday of the week that is drawn; None while there is nothing to draw.
    """

    tab = traitlets.Enum(tuple(TABS), "table")
    week = traitlets.Any(None, allow_none=True)

    def __init__(self, face: Face) -> None:
        self._face = face
        self._view: View | None = None
        self._stale: set[str] = set()
        self._still = False
        self.pager = Pager("rows")
        self.earlier = Button(description="Previous week", tooltip="Show the week before")
        self.later = Button(description="Next week", tooltip="Show the week after")
        self.pages = {name: HTML(layout=Layout(width="100%")) for name in TABS}
        above = {"table": [self.pager], "week": [HBox([self.earlier, self.later])]}
        panes = [VBox([*above.get(name, []), page]) for name, page in self.pages.items()]
        self.bar = Tab(panes, titles=tuple(TABS.values()), selected_index=0)
        super().__init__([self.bar], layout=Layout(width="100%"))
        self._connect()

    def _connect(self) -> None:
        self.earlier.on_click(guarded(self._face, lambda _: self._turn(-7)))
        self.later.on_click(guarded(self._face, lambda _: self._turn(7)))
        self.pager.observe(guarded(self._face, lambda _: self._outdate("table")), "page")
        self.bar.observe(guarded(self._face, lambda change: self._open(change["new"])), "selected_index")
        self.observe(guarded(self._face, lambda _: self._opened()), "tab")
        self.observe(guarded(self._face, lambda _: self._outdate("week")), "week")

    def show(self, view: View | None, week: date | None) -> None:
        """Show events, from their first page on, and a week of them."""
        self._view, self._still = view, True
        try:
            self.pager.total = 0 if view is None else len(view.events)
            self.pager.page, self.week = 0, week
        finally:
            self._still = False
        self._outdate(*TABS)

    def _open(self, at: int | None) -> None:
        if at is not None:
            self.tab = list(TABS)[at]

    def _opened(self) -> None:
        self.bar.selected_index = list(TABS).index(self.tab)
        self._draw()

    def _turn(self, days: int) -> None:
        if self.week is not None:
            self.week += days * DAY

    def _outdate(self, *names: str) -> None:
        """Empty tabs whose data have changed, and draw the one that is open."""
        self._stale |= set(names)
        for name in self._stale - {self.tab}:
            self.pages[name].value = ""
        self._draw()

    def _draw(self) -> None:
        if self.tab in self._stale and not self._still:
            self._stale.discard(self.tab)
            self.pages[self.tab].value = "" if self._view is None else self._drawn(self._view)

    def _drawn(self, view: View) -> str:
        """Return what the open tab shows; what cannot be drawn is said in its place."""
        kinds: dict[str, Callable[[], str]] = {
            "table": lambda: views.table_of(view, self.pager.rows),
            "week": lambda: self._weekly(view),
            "heatmap": lambda: views.heatmap_of(view),
            "time_use": lambda: views.time_use_of(view),
        }
        try:
            with noticed() as notes:
                page = kinds[self.tab]()
        except ValueError as refused:
            return said(str(refused), "bad")
        except Exception as error:
            failed(self._face, error)
            return said(told(error), "bad")
        return page + "".join(map(said, notes))

    def _weekly(self, view: View) -> str:
        if self.week is None:
            raise ValueError("There is no week to draw: nothing was read.")
        first, end = views.seen(view)
        self.earlier.disabled, self.later.disabled = self.week <= first, self.week + 7 * DAY >= end
        here, whole = spelled(self.week, self.week + 7 * DAY), spelled(first, end)
        told = "" if here == whole else said(f"{here}, of {whole}")  # the picture says the week as well
        return told + views.week_of(view, self.week)
