"""What the server does as its language does it: JSON, numbers, YAML, types, patches."""
