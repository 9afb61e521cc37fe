"""Widgets that sign a user in."""
