"""Reading back the VTIMEZONE components that the package writes."""

from datetime import datetime

from icalendar import Component


def onsets(observance: Component) -> list[datetime]:
    """Return when an observance begins: its DTSTART, and the value of each RDATE line."""
    later = observance.get("RDATE", [])
    lines = later if isinstance(later, list) else [later]
    return [observance["DTSTART"].dt, *(value.dt for line in lines for value in line.dts)]
