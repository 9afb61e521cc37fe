"""Reads the VTIMEZONE components that the package writes."""

from datetime import datetime

from icalendar import Component


def onsets(observance: Component) -> list[datetime]:
    """Return the onsets of an observance: its DTSTART, and the value of each RDATE line."""
    later = observance.get("RDATE", [])
    lines = later if isinstance(later, list) else [later]
    return [observance["DTSTART"].dt, *(value.dt for line in lines for value in line.dts)]
