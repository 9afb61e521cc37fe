"""From a spreadsheet file to a DataFrame."""
