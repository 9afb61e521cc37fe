"""The widget that `explore` returns: select, read, search, draw and save events."""
