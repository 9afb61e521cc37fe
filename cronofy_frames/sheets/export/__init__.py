"""From a DataFrame to a file."""
