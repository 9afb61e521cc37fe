"""Look at calendars in a notebook: choose, read, search, see, save, and copy the Python that does the same."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

import pandas as pd
import traitlets
from ipywidgets import Layout, VBox  # type: ignore[import-untyped]

from cronofy_frames.errors import CronofyError
from cronofy_frames.frames.accounts import Clients
from cronofy_frames.frames.bounds import Bound
from cronofy_frames.frames.reading import read_calendars
from cronofy_frames.sheets.export.files import csv_of, xlsx_of
from cronofy_frames.text import quantity
from cronofy_frames.widgets.explore import views as views
from cronofy_frames.widgets.explore.layout import Fields, called, choices
from cronofy_frames.widgets.explore.periods import DAY, SHORTCUTS, file_name, monday, this_week
from cronofy_frames.widgets.explore.query import UNREAD, Asked, checked, day_of, matching, own_zone, weight
from cronofy_frames.widgets.explore.tabs import TABS, Tabs
from cronofy_frames.widgets.parts import closed, download_html, failed, guarded, held, noticed
from cronofy_frames.zones import zone_name

WIDE = 85  # characters of a line where Python is shown
FILES: dict[str, Callable[[pd.DataFrame], bytes]] = {"csv": csv_of, "xlsx": xlsx_of}


def explore(
    client: Clients,
    *,
    start: Bound | None = None,
    end: Bound | None = None,
    tz: str | None = None,
    clock: Callable[[], datetime] | None = None,
) -> Explorer:
    """Look at calendars: choose, read, search, see a week, save, and copy the Python line that does the same.

    In a notebook, the last line of a cell shows it. It reads once, then whenever Read is pressed, in the kernel's own
    thread: a long read is interrupted as any cell is.

    Parameters
    ----------
    client
        One client, or a mapping label -> client, whose accounts can then be chosen too.
    start, end
        The days at first, end exclusive; without both, this week.
    tz
        The IANA zone of days and times; by default the (first) account's own, else UTC.
    clock
        What says when today is; by default the client's.

    Returns
    -------
    Explorer
        `.events` is the frame that was read, `.shown` what the search left of it, `.line` the Python for that.
        Setting `.start`, `.search`, `.tab` and so on does what the fields do; `.read()` is the button.

    Raises
    ------
    ValueError
        For an unknown zone, or days that are none.

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
    """The face of `explore`. Its state lives in traits, of which the browser sees none.

    Attributes
    ----------
    accounts
        The labels chosen, where there are several accounts.
    calendars
        The ids of the calendars chosen.
    start, end
        The days chosen, end exclusive; None is the end of Cronofy's window.
    tz
        The zone chosen.
    search
        What the events shown have in title, description, place, or in an attendee's address or name.
    tab
        table, week, heatmap or time_use.
    week
        The Monday of the week that is drawn.
    events
        The frame that was read; None before that.
    problem
        The exception of what went wrong last, with its traceback; None when all is well.
    status
        The line that says what happens: `.text` and `.kind`.
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
        self._client = checked(client)
        self._several = isinstance(self._client, Mapping)
        first = next(iter(self._client.values())) if isinstance(self._client, Mapping) else self._client
        self._clock = clock or first.clock
        self._source: Asked | None = None
        self._own: pd.DataFrame | None = None
        self._listed: pd.DataFrame | None = None
        self._unlisted: CronofyError | None = None
        self._names: dict[str, str] = {}
        self._shown: pd.DataFrame | None = None
        self._notes: list[str] = []
        self._reading = False
        self._fields = Fields(list(self._client) if isinstance(self._client, Mapping) else [])
        self.status = self._fields.status
        self._tabs = Tabs(self)
        super().__init__(self._fields.page(self._tabs), layout=Layout(width="100%"))
        self.tz, self._hint = (zone_name(tz), "") if tz is not None else own_zone(first)
        self.start, self.end = day_of(start, self.tz, "start"), day_of(end, self.tz, "end")
        if start is None and end is None:
            self.start, self.end = this_week(self.today)
        self._connect()
        self._move_fields()

    def __repr__(self) -> str:
        count = "nothing read" if self.events is None else quantity(len(self.events), "event")
        return f"<Explorer: {count}, {self._source or self._asked()}>"

    @property
    def today(self) -> date:
        """Today, in the zone chosen."""
        return pd.Timestamp(self._clock()).tz_convert(self.tz).date()

    @property
    def shown(self) -> pd.DataFrame | None:
        """The events that the search leaves; None before anything was read."""
        return self._shown

    @property
    def line(self) -> str:
        """Python that makes the frame of the events shown, where `client` is what `explore` was given."""
        if self.events is None:
            return ""
        return UNREAD if self._source is None else self._source.line(self._several, self.search)

    def read(self) -> None:
        """Read the events of what is chosen; what goes wrong is said in the status line and kept in `problem`."""
        self._reading = True
        try:
            with held(self._fields.steady):
                self._read()
        except (Exception, KeyboardInterrupt) as error:
            failed(self, error)
            raise
        finally:
            self._reading = False

    def _read(self) -> None:
        asked = self._asked()
        self.status.say(f"Reading {asked} …")
        try:
            with noticed() as self._notes:
                self._check_zone()
                self._list_calendars()
                asked = self._asked()
                frame = asked.frame(self._client)
        except CronofyError as error:
            self._broke(asked, error)
        except ValueError as wrong:
            self.problem = wrong
            self.status.say(str(wrong), "bad")
        else:
            self._arrived(asked, frame)

    def close(self) -> None:
        """Close it and all its parts."""
        if self.comm is not None:
            super().close()
            closed(*self.children, self._fields.accounts, self.layout)

    # what is chosen

    @traitlets.validate("start", "end", "week")
    def _is_day(self, proposal: Any) -> date | None:
        name = proposal["trait"].name
        try:
            day = day_of(proposal["value"], self.tz, name)
        except ValueError as wrong:
            raise traitlets.TraitError(str(wrong)) from wrong
        return monday(day) if name == "week" and day is not None else day

    @traitlets.validate("tz")
    def _is_zone(self, proposal: Any) -> str:
        try:
            return zone_name(proposal["value"])
        except ValueError as wrong:
            raise traitlets.TraitError(str(wrong)) from wrong

    @traitlets.validate("accounts")
    def _are_accounts(self, proposal: Any) -> tuple[str, ...]:
        return self._fields.accounts.ordered(proposal["value"])

    @traitlets.validate("calendars")
    def _are_calendars(self, proposal: Any) -> tuple[str, ...]:
        return self._fields.calendars.ordered(proposal["value"])

    def _asked(self) -> Asked:
        """Return what a read would ask for."""
        rows = [row.choice for row in self._fields.calendars.rows]
        labels = [row.choice.key for row in self._fields.accounts.rows]
        offered = [one.key for one in rows if not self._several or one.owner in self.accounts]
        chosen = tuple(one for one in offered if one in self.calendars)
        return Asked(
            self.start,
            self.end,
            self.tz,
            None if list(self.accounts) == labels else self.accounts,
            None if list(chosen) == offered else chosen,
        )

    def _check_zone(self) -> None:
        if (typed := self._fields.zone.value.strip()) != self.tz:
            zone_name(typed)

    def _list_calendars(self) -> None:
        """List the calendars, once all accounts have answered not again."""
        if self._listed is not None and self._unlisted is None:
            return
        self._unlisted = None
        try:
            listed = read_calendars(self._client)
        except CronofyError as error:
            self._unlisted, listed = error, error.partial
        if listed is None or not len(listed.columns):
            return
        known = {row.choice.key for row in self._fields.calendars.rows}
        offered = choices(listed)
        self._listed, self._names = listed, called(listed)
        chosen = [one.key for one in offered if one.key not in known or one.key in self.calendars]
        self._fields.calendars.fill(offered, chosen)
        self._move_fields()

    # what was read

    def _arrived(self, asked: Asked, frame: pd.DataFrame) -> None:
        self.problem = self._unlisted
        self._take(asked, frame)
        if self.problem is self._unlisted:
            self._sum_up()

    def _sum_up(self) -> None:
        """Say what is shown, and what of it a person must know."""
        if self.events is None or self._shown is None:
            return
        source = f", {self._source}" if self._source else ""
        have = f"{len(self._shown):,} of {quantity(len(self.events), 'event')} have “{self.search}”"
        told = [f"{have if self.search else quantity(len(self.events), 'event')}{source}."]
        whole = self.events.attrs.get("cronofy", {}).get("complete", True)
        told += [] if whole else [views.INCOMPLETE]
        told += [] if self._unlisted is None else [f"The calendars could not all be listed: {self._unlisted}"]
        told += [*filter(None, [self._hint]), *self._notes]
        self.status.say(" ".join(told), "good" if whole and self._unlisted is None else "bad")

    def _broke(self, asked: Asked, error: CronofyError) -> None:
        """Show what came before a read broke, if anything did."""
        self.problem = error
        kept = "What was there before is kept. " if self.events is not None else ""
        if error.partial is not None and len(error.partial):
            partial = asked.cut(error.partial, self._client)
            self._take(asked, partial)
            kept = f"Incomplete: {quantity(len(partial), 'event')} came before it broke. "
        self.status.say(" ".join([f"{kept}{asked.reason(error, self.today)}", *self._notes]), "bad")

    def _take(self, asked: Asked, frame: pd.DataFrame) -> None:
        self._source, self._own = asked, frame
        self._fields.read.button_style = ""
        self.events = frame

    def _took(self) -> None:
        """Show the events, which may be a frame that somebody set."""
        if self.events is not self._own:
            self._source, self._own = None, self.events
        self._show()

    def _show(self) -> None:
        """Show what the search leaves of the events; a file made of others is no longer offered."""
        with noticed() as notes:
            self._shown = None if self.events is None else matching(self.events, self.search)
        self._notes += [one for one in notes if one not in self._notes]
        self._fields.link.value = ""
        self._write_line()
        view = self._view
        self._tabs.show(view, self.week if view is None else views.week_in(view, self.week, self.today))
        self._colour()

    @property
    def _view(self) -> views.View | None:
        return None if self._shown is None else views.View(self._shown, self._names, self.search)

    def _write_line(self) -> None:
        self._fields.line.value = self.line
        self._fields.line.rows = 1 + sum(1 + len(one) // WIDE for one in self.line.split("\n"))

    def _colour(self) -> None:
        """Give calendars the colours that the week's picture has for them."""
        view = self._view
        found = {} if view is None or self.week is None else views.colours(view, self.week)
        rows = [row.choice for row in self._fields.calendars.rows]
        own = {one.key: one.owner if self._several else one.key for one in rows}
        self._fields.calendars.colour({key: found[name] for key, name in own.items() if name in found})
        self._fields.accounts.colour(found)

    # what the fields do

    def _connect(self) -> None:
        fields = self._fields
        traitlets.link((fields.accounts, "value"), (self, "accounts"))
        traitlets.link((fields.calendars, "value"), (self, "calendars"))
        traitlets.link((self._tabs, "tab"), (self, "tab"))
        traitlets.link((self._tabs, "week"), (self, "week"))
        self.observe(guarded(self, lambda _: self._changed()), ["accounts", "calendars", "start", "end", "tz"])
        self.observe(guarded(self, lambda _: self._searched()), "search")
        self.observe(guarded(self, lambda _: self._took()), "events")
        self.observe(guarded(self, lambda _: self._colour()), "week")
        fields.first.observe(guarded(self, lambda change: self._typed_day("start", change["new"])), "value")
        fields.last.observe(guarded(self, lambda change: self._typed_day("end", change["new"])), "value")
        fields.zone.observe(guarded(self, lambda change: self._typed_zone(change["new"])), "value")
        fields.search.observe(guarded(self, lambda change: setattr(self, "search", change["new"])), "value")
        fields.line.observe(guarded(self, lambda _: self._write_line()), "value")
        fields.read.on_click(guarded(self, lambda _: self.read()))
        for name, button in fields.shortcuts.items():
            button.on_click(guarded(self, lambda _, name=name: self._jump(name)))
        for suffix, button in fields.exports.items():
            button.on_click(guarded(self, lambda _, suffix=suffix: self._export(suffix)))

    def _move_fields(self) -> None:
        fields = self._fields
        fields.first.value = self.start
        fields.last.value = None if self.end is None else self.end - DAY
        fields.zone.value = self.tz
        fields.calendars.limit(self.accounts if self._several else [""])

    def _changed(self) -> None:
        self._move_fields()
        asked = self._asked()
        self._fields.read.button_style = "" if asked == self._source else "primary"
        if not self._reading:
            self.status.say(f"Shown: {asked}." if asked == self._source else f"Press Read for {asked}.")

    def _typed_day(self, name: str, day: date | None) -> None:
        setattr(self, name, day if day is None or name == "start" else day + DAY)

    def _typed_zone(self, text: str) -> None:
        self.tz = text.strip()

    def _jump(self, name: str) -> None:
        self.start, self.end = SHORTCUTS[name](self.today)

    def _searched(self) -> None:
        self._fields.search.value = self.search
        self._show()
        self._sum_up()

    def _export(self, suffix: str) -> None:
        if self._shown is None:
            self.status.say("Nothing was read that could be saved: press Read.", "bad")
            return
        asked = self._source or Asked(None, None, self.tz)
        name = file_name(asked.start, asked.end, suffix)
        try:
            content, count = FILES[suffix](self._shown), quantity(len(self._shown), "event")
        except ValueError as refused:
            self.status.say(str(refused), "bad")
            return
        self._fields.link.value = download_html(name, content, f"Save {name}: {count}, {weight(len(content))}")
        self.status.say(f"{name} has {count}: press its link to save it.", "good")
