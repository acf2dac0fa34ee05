"""What is served, as the server tells it: discovery, schemas, descriptions."""
