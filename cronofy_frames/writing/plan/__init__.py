"""From a DataFrame to a plan: the calls that each row needs."""
