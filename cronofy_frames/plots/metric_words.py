"""Metrics of time use and their units in words."""

from __future__ import annotations

from cronofy_frames.plots.language import Language, gettext_noop

METRICS = {
    "scheduled_hours": gettext_noop("scheduled hours"),
    "busy_hours": gettext_noop("busy hours"),
    "conflict_hours": gettext_noop("conflict hours"),
    "meetings": gettext_noop("meetings"),
    "meeting_hours": gettext_noop("meeting hours"),
    "solo_hours": gettext_noop("solo hours"),
    "after_hours_meetings": gettext_noop("after hours meetings"),
    "weekend_meeting_hours": gettext_noop("weekend meeting hours"),
    "conflicting_meeting_hours": gettext_noop("conflicting meeting hours"),
    "attendees_hours": gettext_noop("attendees hours"),
    "recurring_share": gettext_noop("recurring share"),
    "external_share": gettext_noop("external share"),
    "after_hours": gettext_noop("after hours"),
    "weekend_hours": gettext_noop("weekend hours"),
    "away_hours": gettext_noop("away hours"),
    "focus_hours": gettext_noop("focus hours"),
    "longest_free_block": gettext_noop("longest free block"),
    "back_to_back": gettext_noop("back to back"),
    "median_lead_time": gettext_noop("median lead time"),
    "declined_share": gettext_noop("declined share"),
}
# unit, and length of a period -> the label of the axis of values
UNITS = {
    ("hours", ""): gettext_noop("hours"),
    ("hours", "day"): gettext_noop("hours a day"),
    ("hours", "week"): gettext_noop("hours a week"),
    ("hours", "month"): gettext_noop("hours a month"),
    ("hours", "quarter"): gettext_noop("hours a quarter"),
    ("person-hours", ""): gettext_noop("person-hours"),
    ("person-hours", "day"): gettext_noop("person-hours a day"),
    ("person-hours", "week"): gettext_noop("person-hours a week"),
    ("person-hours", "month"): gettext_noop("person-hours a month"),
    ("person-hours", "quarter"): gettext_noop("person-hours a quarter"),
    ("meetings", ""): gettext_noop("meetings"),
    ("meetings", "day"): gettext_noop("meetings a day"),
    ("meetings", "week"): gettext_noop("meetings a week"),
    ("meetings", "month"): gettext_noop("meetings a month"),
    ("meetings", "quarter"): gettext_noop("meetings a quarter"),
}


def metric_label(metric: str, language: Language) -> str:
    """Return the name of a metric in words."""
    return language.gettext(METRICS[metric])


def unit_label(unit: str, length: str, language: Language, *, per_person: bool) -> str:
    """Return the label of an axis of values: the unit, and the length of the period over which they add up."""
    if unit == "share":
        return "%"
    label = language.gettext(UNITS[unit, length])
    return language.gettext("{quantity} per person", quantity=label) if per_person else label
