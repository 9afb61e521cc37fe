"""The Scheduler of an organizational unit: its requests, its members and conversations."""
