"""Notebook widgets: user interfaces over functions that do the work."""
