"""Explore calendars in a notebook: select, read, search, draw, save, and copy Python code that does the same."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

import pandas as pd
import traitlets
from ipywidgets import Layout, VBox  # type: ignore[import-untyped]

from cronofy_frames.errors import CronofyError
from cronofy_frames.frames.accounts import Clients, clients_by_label
from cronofy_frames.frames.bounds import Bound
from cronofy_frames.frames.reading import read_calendars
from cronofy_frames.sheets.export.files import csv_bytes, xlsx_bytes
from cronofy_frames.text import quantity
from cronofy_frames.widgets.explore import views as views
from cronofy_frames.widgets.explore.check_boxes import CheckList
from cronofy_frames.widgets.explore.date_ranges import DAY, SHORTCUTS, file_name, monday, this_week
from cronofy_frames.widgets.explore.layout import ExplorerFields, calendar_names, calendar_options
from cronofy_frames.widgets.explore.query import (
    NOT_READ,
    EventQuery,
    account_zone,
    day_of,
    file_size,
    search_events,
)
from cronofy_frames.widgets.explore.tabs import TABS, Tabs
from cronofy_frames.widgets.parts import (
    close_all,
    collect_warnings,
    disable_while_running,
    download_html,
    report_error,
    safe_callback,
)
from cronofy_frames.zones import zone_name

WIDE = 85  # characters in a line of the field with Python code
FILES: dict[str, Callable[[pd.DataFrame], bytes]] = {"csv": csv_bytes, "xlsx": xlsx_bytes}


def explore(
    client: Clients,
    *,
    start: Bound | None = None,
    end: Bound | None = None,
    tz: str | None = None,
    clock: Callable[[], datetime] | None = None,
) -> Explorer:
    """Explore calendars: select, read, search, draw a week, save, and copy Python code that does the same.

    In a notebook, the last line of a cell shows the widget. It reads once, and again when Read is pressed, in the
    thread of the kernel: a long read is interrupted like a cell.

    Parameters
    ----------
    client
        One client, or a mapping label -> client; then accounts can be selected too.
    start, end
        The first selection of days, end exclusive; without both, this week.
    tz
        The IANA time zone of days and times; by default that of the (first) account, else UTC.
    clock
        Returns the current time; by default the clock of the client.

    Returns
    -------
    Explorer
        `.events` is the frame that was read, `.shown` the rows that match the search, `.line` the code that reads
        them. Setting `.start`, `.search`, `.tab` and so on does the same as the fields; `.read()` is the button.

    Raises
    ------
    ValueError
        For an unknown zone, or bounds that are not days.

    Examples
    --------
    >>> explorer = cf.explore(client, start="2026-03-02", end="2026-03-09")
    >>> print(explorer.line)
    events = cf.read_events(client, "2026-03-02", "2026-03-09", tz="Europe/London")
    """
    explorer = Explorer(client, start=start, end=end, tz=tz, clock=clock)
    explorer.read()
    return explorer


class Explorer(VBox):  # type: ignore[misc]  # ipywidgets has no types
    """The widget that `explore` returns. Its state is in traits, which are not sent to the browser.

    Attributes
    ----------
    accounts
        The labels of the selected accounts, if there are several.
    calendars
        The ids of the selected calendars.
    start, end
        The selected days, end exclusive; None is the end of Cronofy's window.
    tz
        The selected time zone.
    search
        The text to search for in title, description, location, and addresses and names of attendees.
    tab
        The open tab: table, week, heatmap or time_use.
    week
        The Monday of the week that is drawn.
    events
        The frame that was read; None before the first read.
    problem
        The last exception, with its traceback; None after a success.
    status
        The status line: `.text` and `.kind`.
    """

    accounts = traitlets.Tuple()
    calendars = traitlets.Tuple()
    start = traitlets.Any(None, allow_none=True)
    end = traitlets.Any(None, allow_none=True)
    tz = traitlets.Unicode("UTC")
    search = traitlets.Unicode("")
    tab = traitlets.Enum(tuple(TABS), "table")
    week = traitlets.Any(None, allow_none=True)
    events = traitlets.Instance(pd.DataFrame, allow_none=True)
    problem = traitlets.Instance(BaseException, allow_none=True)

    def __init__(
        self,
        client: Clients,
        *,
        start: Bound | None = None,
        end: Bound | None = None,
        tz: str | None = None,
        clock: Callable[[], datetime] | None = None,
    ) -> None:
        by_label = clients_by_label(client)
        self._several = isinstance(client, Mapping)
        self._client = dict(client) if isinstance(client, Mapping) else client
        first = next(iter(by_label.values()))
        self._clock = clock or first.clock
        self._last_query: EventQuery | None = None
        self._last_frame: pd.DataFrame | None = None
        self._calendar_error: CronofyError | None = None
        self._names: dict[str, str] = {}
        self._shown: pd.DataFrame | None = None
        self._notes: list[str] = []
        self._reading = self._are_calendars_listed = False
        self._fields = ExplorerFields([label for label in by_label if label is not None])
        self.status = self._fields.status
        self._tabs = Tabs(self)
        super().__init__(self._fields.page(self._tabs), layout=Layout(width="100%"))
        self.tz, self._zone_note = (zone_name(tz), "") if tz is not None else account_zone(first)
        now = self._clock()
        self.start, self.end = day_of(start, self.tz, "start", now), day_of(end, self.tz, "end", now)
        if start is None and end is None:
            self.start, self.end = this_week(self.today)
        self._connect()
        self._update_fields()

    def __repr__(self) -> str:
        count = "nothing read" if self.events is None else quantity(len(self.events), "event")
        return f"<Explorer: {count}, {self._last_query or self._query()}>"

    @property
    def today(self) -> date:
        """The current date in the selected zone."""
        return pd.Timestamp(self._clock()).tz_convert(self.tz).date()

    @property
    def shown(self) -> pd.DataFrame | None:
        """The events that match the search; None before the first read."""
        return self._shown

    @property
    def line(self) -> str:
        """Python code that reads the events shown, where `client` is the argument of `explore`."""
        if self.events is None:
            return ""
        return NOT_READ if self._last_query is None else self._last_query.code(self._several, self.search)

    def read(self) -> None:
        """Read the selected events; errors are shown in the status line and kept in `problem`."""
        self._reading = True
        try:
            with disable_while_running(self._fields.buttons):
                self._read()
        except (Exception, KeyboardInterrupt) as error:
            report_error(self, error)
            raise
        finally:
            self._reading = False

    def _read(self) -> None:
        query = self._query()
        self.status.say(f"Reading {query} …")
        try:
            with collect_warnings() as self._notes:
                self._check_zone()
                self._list_calendars()
                query = self._query()
                frame = query.read(self._client)
        except CronofyError as error:
            self._report_failure(query, error)
        except ValueError as error:
            self.problem = error
            self.status.say(str(error), "bad")
        else:
            self._show_result(query, frame)

    def close(self) -> None:
        """Close the widget and all its parts."""
        if self.comm is not None:
            super().close()
            close_all(*self.children, self._fields.accounts, self.layout)

    @traitlets.validate("start", "end", "week")
    def _is_day(self, proposal: Any) -> date | None:
        name = proposal["trait"].name
        try:
            day = day_of(proposal["value"], self.tz, name, self._clock())
        except ValueError as error:
            raise traitlets.TraitError(str(error)) from error
        return monday(day) if name == "week" and day is not None else day

    @traitlets.validate("tz")
    def _is_zone(self, proposal: Any) -> str:
        try:
            return zone_name(proposal["value"])
        except ValueError as error:
            raise traitlets.TraitError(str(error)) from error

    @traitlets.validate("accounts", "calendars")
    def _are_options(self, proposal: Any) -> tuple[str, ...]:
        check_list: CheckList = getattr(self._fields, proposal["trait"].name)
        return check_list.in_order(proposal["value"])

    def _query(self) -> EventQuery:
        """Return the query of the current selection."""
        options = [row.option for row in self._fields.calendars.rows]
        labels = [row.option.key for row in self._fields.accounts.rows]
        offered = [option.key for option in options if not self._several or option.owner in self.accounts]
        selected = tuple(key for key in offered if key in self.calendars)
        return EventQuery(
            self.start,
            self.end,
            self.tz,
            None if list(self.accounts) == labels else self.accounts,
            None if list(selected) == offered else selected,
        )

    def _check_zone(self) -> None:
        if (typed := self._fields.zone.value.strip()) != self.tz:
            zone_name(typed)

    def _list_calendars(self) -> None:
        """List the calendars, unless all accounts have been listed before."""
        if self._are_calendars_listed and self._calendar_error is None:
            return
        self._calendar_error = None
        try:
            rows = read_calendars(self._client)
        except CronofyError as error:
            self._calendar_error, rows = error, error.partial
        if rows is None or not len(rows.columns):
            return
        known = {row.option.key for row in self._fields.calendars.rows}
        options = calendar_options(rows)
        self._are_calendars_listed, self._names = True, calendar_names(rows)
        selected = [option.key for option in options if option.key not in known or option.key in self.calendars]
        self._fields.calendars.set_options(options, selected)
        self._update_fields()

    def _show_result(self, query: EventQuery, frame: pd.DataFrame) -> None:
        self.problem = self._calendar_error
        self._set_result(query, frame)
        if self.problem is self._calendar_error:
            self._report_result()

    def _report_result(self) -> None:
        """Show in the status line how many events there are, and what limits them."""
        if self.events is None or self._shown is None:
            return
        count = views.count_text(len(self._shown), len(self.events), self.search)
        complete = self.events.attrs.get("cronofy", {}).get("complete", True)
        parts = [f"{count}, {self._last_query}." if self._last_query else f"{count}."]
        parts += [] if complete else [views.INCOMPLETE]
        parts += [f"Not all calendars could be listed: {self._calendar_error}"] if self._calendar_error else []
        parts += [*filter(None, [self._zone_note]), *self._notes]
        self.status.say(" ".join(parts), "good" if complete and self._calendar_error is None else "bad")

    def _report_failure(self, query: EventQuery, error: CronofyError) -> None:
        """Show the error of a read, and the events read before it if there are any."""
        self.problem = error
        remark = "The previous events are kept. " if self.events is not None else ""
        if error.partial is not None and len(error.partial):
            partial = query.select_calendars(error.partial, self._client)
            self._set_result(query, partial)
            remark = f"Incomplete: {quantity(len(partial), 'event')} were read before the error. "
        self.status.say(" ".join([f"{remark}{query.error_text(error, self.today)}", *self._notes]), "bad")

    def _set_result(self, query: EventQuery, frame: pd.DataFrame) -> None:
        self._last_query, self._last_frame = query, frame
        self._fields.read.button_style = ""
        self.events = frame

    def _on_events(self) -> None:
        """Show the events, which may be a frame that was set from Python."""
        if self.events is not self._last_frame:
            self._last_query, self._last_frame = None, self.events
        self._show()

    def _show(self) -> None:
        """Show the events that match the search, and withdraw the link to a file of other events."""
        with collect_warnings() as notes:
            self._shown = None if self.events is None else search_events(self.events, self.search)
        self._notes += [note for note in notes if note not in self._notes]
        self._fields.link.value = ""
        self._write_code()
        view = self._view
        self._tabs.show(view, self.week if view is None else views.choose_week(view, self.week, self.today))
        self._show_colours()

    @property
    def _view(self) -> views.EventView | None:
        return None if self._shown is None else views.EventView(self._shown, self._names, self.search)

    def _write_code(self) -> None:
        self._fields.line.value = self.line
        self._fields.line.rows = 1 + sum(1 + len(line) // WIDE for line in self.line.split("\n"))

    def _show_colours(self) -> None:
        """Mark calendars and accounts with their colours in the picture of the week."""
        view = self._view
        by_group = {} if view is None or self.week is None else views.colours(view, self.week)
        self._fields.show_colours(by_group, by_account=self._several)

    def _connect(self) -> None:
        fields = self._fields
        traitlets.link((fields.accounts, "value"), (self, "accounts"))
        traitlets.link((fields.calendars, "value"), (self, "calendars"))
        traitlets.link((self._tabs, "tab"), (self, "tab"))
        traitlets.link((self._tabs, "week"), (self, "week"))
        selection = ["accounts", "calendars", "start", "end", "tz"]
        self.observe(safe_callback(self, lambda _: self._on_selection()), selection)
        self.observe(safe_callback(self, lambda _: self._on_search()), "search")
        self.observe(safe_callback(self, lambda _: self._on_events()), "events")
        self.observe(safe_callback(self, lambda _: self._show_colours()), "week")
        fields.first.observe(safe_callback(self, lambda change: self._on_day("start", change["new"])), "value")
        fields.last.observe(safe_callback(self, lambda change: self._on_day("end", change["new"])), "value")
        fields.zone.observe(safe_callback(self, lambda change: setattr(self, "tz", change["new"].strip())), "value")
        fields.search.observe(safe_callback(self, lambda change: setattr(self, "search", change["new"])), "value")
        fields.line.observe(safe_callback(self, lambda _: self._write_code()), "value")
        fields.read.on_click(safe_callback(self, lambda _: self.read()))
        for name, button in fields.shortcuts.items():
            button.on_click(safe_callback(self, lambda _, name=name: self._use_shortcut(name)))
        for suffix, button in fields.exports.items():
            button.on_click(safe_callback(self, lambda _, suffix=suffix: self._export(suffix)))

    def _update_fields(self) -> None:
        self._fields.show_selection(self.start, self.end, self.tz, self.accounts if self._several else [""])

    def _on_selection(self) -> None:
        self._update_fields()
        query = self._query()
        self._fields.read.button_style = "" if query == self._last_query else "primary"
        if not self._reading:
            self.status.say(f"Shown: {query}." if query == self._last_query else f"Press Read for {query}.")

    def _on_day(self, name: str, day: date | None) -> None:
        setattr(self, name, day if day is None or name == "start" else day + DAY)

    def _use_shortcut(self, name: str) -> None:
        self.start, self.end = SHORTCUTS[name](self.today)

    def _on_search(self) -> None:
        self._fields.search.value = self.search
        self._show()
        self._report_result()

    def _export(self, suffix: str) -> None:
        if self._shown is None:
            self.status.say("There are no events to save: press Read first.", "bad")
            return
        query = self._last_query or EventQuery(None, None, self.tz)
        name = file_name(query.start, query.end, suffix)
        try:
            content, count = FILES[suffix](self._shown), quantity(len(self._shown), "event")
        except ValueError as error:
            self.status.say(str(error), "bad")
            return
        self._fields.link.value = download_html(name, content, f"Save {name}: {count}, {file_size(len(content))}")
        self.status.say(f"{name} has {count}: press its link to save it.", "good")
