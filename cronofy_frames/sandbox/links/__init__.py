"""Scheduling links of the sandbox."""
