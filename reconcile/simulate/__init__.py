"""A cluster in memory: the API server and what acts on it, judged by recordings."""
