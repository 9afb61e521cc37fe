"""Rows into calendars: plan, apply, undo."""
