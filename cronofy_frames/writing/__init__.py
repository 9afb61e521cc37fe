"""Rows into calendars: plan, apply, undo."""

from cronofy_frames.writing.applying import apply
from cronofy_frames.writing.bulk import write_events
from cronofy_frames.writing.journal import Journal
from cronofy_frames.writing.planning import plan_available_periods, plan_deletes, plan_events
from cronofy_frames.writing.plans import Plan, load_plan
from cronofy_frames.writing.undoing import undo

__all__ = [
    "Journal",
    "Plan",
    "apply",
    "load_plan",
    "plan_available_periods",
    "plan_deletes",
    "plan_events",
    "undo",
    "write_events",
]
