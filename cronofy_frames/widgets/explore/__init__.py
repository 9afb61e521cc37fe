"""Widget that explores the calendars of an account."""
