"""Availability and scheduling in the sandbox."""
