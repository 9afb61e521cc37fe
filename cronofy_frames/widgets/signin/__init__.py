"""Sign-in in a notebook or a shell: `login` and `authorize`."""
