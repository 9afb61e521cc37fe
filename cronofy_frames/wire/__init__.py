"""HTTP client of the Cronofy API: endpoints, requests and responses, paging, retries, tokens."""
