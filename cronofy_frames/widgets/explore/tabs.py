"""The tabs of the explorer: only the open one is drawn, and only when its data has changed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import traitlets
from ipywidgets import HTML, Button, HBox, Layout, Tab, VBox  # type: ignore[import-untyped]

from cronofy_frames.widgets.explore import views as views
from cronofy_frames.widgets.explore.date_ranges import DAY, range_text
from cronofy_frames.widgets.explore.views import EventView
from cronofy_frames.widgets.parts import (
    Pager,
    ReportsErrors,
    collect_warnings,
    error_text,
    report_error,
    safe_callback,
    status_html,
)

TABS = {"table": "Table", "week": "Week", "heatmap": "Heatmap", "time_use": "Time use"}


class Tabs(VBox):  # type: ignore[misc]  # ipywidgets has no types
    """A table and pictures of events, on tabs.

    Attributes
    ----------
    tab
        The open tab.
    week
        The Monday of the week that is drawn; None while there is nothing to draw.
    """

    tab = traitlets.Enum(tuple(TABS), "table")
    week = traitlets.Any(None, allow_none=True)

    def __init__(self, widget: ReportsErrors) -> None:
        self._widget = widget
        self._view: EventView | None = None
        self._stale: set[str] = set()
        self._updating = False
        self.pager = Pager("rows")
        self.earlier = Button(description="Previous week", tooltip="Show the previous week")
        self.later = Button(description="Next week", tooltip="Show the next week")
        self.pages = {name: HTML(layout=Layout(width="100%")) for name in TABS}
        above = {"table": [self.pager], "week": [HBox([self.earlier, self.later])]}
        panes = [VBox([*above.get(name, []), page]) for name, page in self.pages.items()]
        self.bar = Tab(panes, titles=tuple(TABS.values()), selected_index=0)
        super().__init__([self.bar], layout=Layout(width="100%"))
        self._connect()

    def _connect(self) -> None:
        self.earlier.on_click(safe_callback(self._widget, lambda _: self._turn(-7)))
        self.later.on_click(safe_callback(self._widget, lambda _: self._turn(7)))
        self.pager.observe(safe_callback(self._widget, lambda _: self._outdate("table")), "page")
        self.bar.observe(safe_callback(self._widget, lambda change: self._open(change["new"])), "selected_index")
        self.observe(safe_callback(self._widget, lambda _: self._on_tab()), "tab")
        self.observe(safe_callback(self._widget, lambda _: self._outdate("week")), "week")

    def show(self, view: EventView | None, week: date | None) -> None:
        """Show events, from the first page on, and a week of them."""
        self._view, self._updating = view, True
        try:
            self.pager.total = 0 if view is None else len(view.events)
            self.pager.page, self.week = 0, week
        finally:
            self._updating = False
        self._outdate(*TABS)

    def _open(self, position: int | None) -> None:
        if position is not None:
            self.tab = list(TABS)[position]

    def _on_tab(self) -> None:
        self.bar.selected_index = list(TABS).index(self.tab)
        self._draw()

    def _turn(self, days: int) -> None:
        if self.week is not None:
            self.week += days * DAY

    def _outdate(self, *names: str) -> None:
        """Empty the tabs whose data has changed, and draw the open one."""
        self._stale |= set(names)
        for name in self._stale - {self.tab}:
            self.pages[name].value = ""
        self._draw()

    def _draw(self) -> None:
        if self.tab in self._stale and not self._updating:
            self._stale.discard(self.tab)
            self.pages[self.tab].value = "" if self._view is None else self._html(self._view)

    def _html(self, view: EventView) -> str:
        """Return the content of the open tab; if it cannot be drawn, the reason."""
        makers: dict[str, Callable[[], str]] = {
            "table": lambda: views.events_table(view, self.pager.rows),
            "week": lambda: self._week_html(view),
            "heatmap": lambda: views.heatmap_picture(view),
            "time_use": lambda: views.time_use_page(view),
        }
        try:
            with collect_warnings() as notes:
                page = makers[self.tab]()
        except ValueError as error:
            return status_html(str(error), "bad")
        except Exception as error:
            report_error(self._widget, error)
            return status_html(error_text(error), "bad")
        return page + "".join(map(status_html, notes))

    def _week_html(self, view: EventView) -> str:
        if self.week is None:
            raise ValueError("There is no week to draw: no events were read.")
        first, end = views.covered_days(view)
        self.earlier.disabled, self.later.disabled = self.week <= first, self.week + 7 * DAY >= end
        week, all_days = range_text(self.week, self.week + 7 * DAY), range_text(first, end)
        # if these are the same, the title of the picture says it
        heading = "" if week == all_days else status_html(f"{week}, of {all_days}")
        return heading + views.week_picture(view, self.week)
