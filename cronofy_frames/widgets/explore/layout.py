"""What the explorer looks like: its fields, buttons and tabs, without what they do."""

from __future__ import annotations

import functools
import zoneinfo
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

from cronofy_frames.widgets.explore.periods import SHORTCUTS, TOOLTIPS
from cronofy_frames.widgets.explore.picks import Choice, Picks
from cronofy_frames.widgets.parts import Status, named, styled

PROVIDERS = {
    "apple": "Apple",
    "cronofy": "Cronofy",
    "exchange": "Exchange",
    "google": "Google",
    "live_connect": "Outlook.com",
    "office365": "Microsoft 365",
    "outlook_com": "Outlook.com",
}
WORDS = "in title, description, place and attendees, then Enter"


class Fields:
    """The explorer's parts, by name."""

    def __init__(self, accounts: list[str]) -> None:
        self.status = Status()
        self.accounts = Picks("accounts")
        self.accounts.fill([Choice(label, label) for label in accounts], accounts)
        self.calendars = Picks("calendars")
        self.first = named(DatePicker, "First day", tooltip="The first day that is read; empty: as far back as can be")
        self.last = named(
            DatePicker, "Last day (included)", tooltip="The last day that is read; empty: as far ahead as can be"
        )
        self.zone = named(
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
        self.read = Button(description="Read", tooltip="Read the events of the days and calendars chosen")
        self.search = named(
            Text, "Search", placeholder=WORDS, continuous_update=False, layout=Layout(width="32em", max_width="100%")
        )
        self.exports = {
            "csv": Button(description="Make CSV", tooltip="Make a CSV file of the rows in the table"),
            "xlsx": Button(description="Make Excel", tooltip="Make an Excel file of the rows in the table"),
        }
        self.link = HTML()
        self.line = named(Textarea, "The same in Python", continuous_update=False, rows=2, layout=Layout(width="auto"))

    @property
    def steady(self) -> list[Any]:
        """The buttons that a read disables."""
        picks = (self.accounts.all, self.accounts.none, self.calendars.all, self.calendars.none)
        return [self.read, *self.shortcuts.values(), *self.exports.values(), *picks]

    def page(self, tabs: Any) -> list[Any]:
        """Return the parts from top to bottom, with tabs among them."""
        return [
            styled(),
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
    """Return the names of zones that a person may look for: those of places, and UTC."""
    return ("UTC", *sorted(name for name in zoneinfo.available_timezones() if "/" in name and name[:4] != "Etc/"))


def choices(calendars: pd.DataFrame) -> list[Choice]:
    """Return the calendars that are not deleted as choices, grouped by profile."""
    alive = calendars.loc[~calendars["calendar_deleted"].fillna(value=False).astype(bool)]
    return [_choice(row) for row in alive.to_dict("records")]


def _choice(row: dict[Any, Any]) -> Choice:
    name = row["calendar_id"] if pd.isna(row["calendar_name"]) else row["calendar_name"]
    only = row["calendar_readonly"]
    text = f"{name} (read-only)" if not pd.isna(only) and only else name
    provider = row["provider_name"]
    told = [row.get("account"), PROVIDERS.get(provider, provider), row["profile_name"]]
    group = " · ".join(str(one) for one in told if one is not None and not pd.isna(one))
    return Choice(row["calendar_id"], str(text), group, str(row.get("account", "")))


def called(calendars: pd.DataFrame) -> dict[str, str]:
    """Return what calendars are called, by their ids."""
    known = calendars.dropna(subset=["calendar_name"])
    return dict(zip(known["calendar_id"], known["calendar_name"], strict=True))
