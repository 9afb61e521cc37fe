"""Limits that hold before a library of another language reads a file."""
