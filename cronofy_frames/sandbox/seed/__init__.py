"""Seed data of the sandbox: a small office and its calendars."""
