"""From an iCalendar file to calendars and events of the sandbox."""
