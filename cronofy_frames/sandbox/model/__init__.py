"""State of the sandbox: accounts, calendars, events, tokens, and the clock."""
