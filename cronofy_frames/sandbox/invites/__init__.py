"""Smart invites of the sandbox."""
