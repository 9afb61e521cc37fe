"""From a plan to the calendar: batches, journal, outcomes, undo."""
