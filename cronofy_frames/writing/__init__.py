"""Write the rows of a frame to calendars: plan, apply and undo."""
