"""Events, calendars, channels and attachments of the sandbox."""
