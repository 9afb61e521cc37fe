"""Fields, buttons and tabs of the explorer, without their behaviour."""

from __future__ import annotations

import functools
import zoneinfo
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

import pandas as pd
from ipywidgets import (  # type: ignore[import-untyped]
    HTML,
    Button,
    Combobox,
    DatePicker,
    HBox,
    Layout,
    Text,
    Textarea,
)

from cronofy_frames.widgets.explore.check_boxes import CheckList, CheckOption
from cronofy_frames.widgets.explore.date_ranges import DAY, SHORTCUTS, TOOLTIPS
from cronofy_frames.widgets.parts import Status, labelled_field, style_sheet

PROVIDERS = {
    "apple": "Apple",
    "cronofy": "Cronofy",
    "exchange": "Exchange",
    "google": "Google",
    "live_connect": "Outlook.com",
    "office365": "Microsoft 365",
    "outlook_com": "Outlook.com",
}
SEARCH_HINT = "in title, description, location and attendees, then Enter"


class ExplorerFields:
    """The parts of the explorer, by name."""

    def __init__(self, accounts: list[str]) -> None:
        self.status = Status()
        self.accounts = CheckList("accounts")
        self.accounts.set_options([CheckOption(label, label) for label in accounts], accounts)
        self.calendars = CheckList("calendars")
        self.first = labelled_field(DatePicker, "First day", tooltip="First day to read; empty: as early as possible")
        self.last = labelled_field(
            DatePicker, "Last day (included)", tooltip="Last day to read; empty: as late as possible"
        )
        self.zone = labelled_field(
            Combobox, "Time zone", options=zones(), continuous_update=False, placeholder="such as Europe/London"
        )
        self.shortcuts = {
            name: Button(
                description=name,
                tooltip=TOOLTIPS.get(name, f"Set both days: {name.lower()}"),
                layout=Layout(width="auto"),
            )
            for name in SHORTCUTS
        }
        self.read = Button(description="Read", tooltip="Read the events of these days and calendars")
        self.search = labelled_field(
            Text,
            "Search",
            placeholder=SEARCH_HINT,
            continuous_update=False,
            layout=Layout(width="35em", max_width="100%"),
        )
        self.exports = {
            "csv": Button(description="Make CSV", tooltip="Make a CSV file of the rows in the table"),
            "xlsx": Button(description="Make Excel", tooltip="Make an Excel file of the rows in the table"),
        }
        self.link = HTML()
        self.line = labelled_field(
            Textarea, "The same in Python", continuous_update=False, rows=2, layout=Layout(width="auto")
        )

    @property
    def buttons(self) -> list[Any]:
        """The buttons to disable during a read."""
        selection = (self.accounts.all, self.accounts.none, self.calendars.all, self.calendars.none)
        return [self.read, *self.shortcuts.values(), *self.exports.values(), *selection]

    def show_selection(self, start: date | None, end: date | None, tz: str, owners: Iterable[str]) -> None:
        """Show the selected days and time zone, and the calendars of the selected accounts."""
        self.first.value = start
        self.last.value = None if end is None else end - DAY
        self.zone.value = tz
        self.calendars.show_owners(owners)

    def show_colours(self, colours: Mapping[str, str], *, by_account: bool) -> None:
        """Mark calendars and accounts with the colours of a picture, given by account or by calendar id."""
        options = [row.option for row in self.calendars.rows]
        groups = {option.key: option.owner if by_account else option.key for option in options}
        self.calendars.set_colours({key: colours[group] for key, group in groups.items() if group in colours})
        self.accounts.set_colours(colours)

    def page(self, tabs: Any) -> list[Any]:
        """Return the parts from top to bottom, with the tabs among them."""
        return [
            style_sheet(),
            *([self.accounts] if len(self.accounts.rows) > 1 else []),
            self.calendars,
            _row(self.first, self.last, self.zone),
            _row(*self.shortcuts.values()),
            _row(self.read, self.search),
            self.status,
            tabs,
            _row(*self.exports.values(), self.link),
            self.line,
        ]


def _row(*parts: Any) -> Any:
    return HBox(parts, layout=Layout(flex_flow="row wrap", align_items="center", grid_gap="0 8px", width="100%"))


@functools.cache
def zones() -> tuple[str, ...]:
    """Return names of time zones to choose from: those of places, and UTC."""
    return ("UTC", *sorted(name for name in zoneinfo.available_timezones() if "/" in name and name[:4] != "Etc/"))


def calendar_options(calendars: pd.DataFrame) -> list[CheckOption]:
    """Return the calendars that are not deleted as options, grouped by profile."""
    existing = calendars.loc[~calendars["calendar_deleted"].fillna(value=False).astype(bool)]
    return [_calendar_option(row) for row in existing.to_dict("records")]


def _calendar_option(row: dict[Any, Any]) -> CheckOption:
    name = row["calendar_id"] if pd.isna(row["calendar_name"]) else row["calendar_name"]
    readonly = row["calendar_readonly"]
    text = f"{name} (read-only)" if not pd.isna(readonly) and readonly else name
    provider = row["provider_name"]
    parts = [row.get("account"), PROVIDERS.get(provider, provider), row["profile_name"]]
    group = " · ".join(str(part) for part in parts if part is not None and not pd.isna(part))
    return CheckOption(row["calendar_id"], str(text), group, str(row.get("account", "")))


def calendar_names(calendars: pd.DataFrame) -> dict[str, str]:
    """Return the names of calendars, by their ids."""
    known = calendars.dropna(subset=["calendar_name"])
    return dict(zip(known["calendar_id"], known["calendar_name"], strict=True))
