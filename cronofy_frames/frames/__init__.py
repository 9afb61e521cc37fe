"""From an account to a DataFrame: bounds of a read, paging, decoding, several accounts at once."""
