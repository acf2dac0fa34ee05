"""The API server in its parts: requests, the store, admission, writes, and what acts beside it."""
