"""From the request's bytes to the response's bytes: the whole flow on one page."""
