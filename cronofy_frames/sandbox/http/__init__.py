"""Requests of the sandbox: routing, bodies, fields, limits, batches."""
