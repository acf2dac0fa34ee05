"""How fast documents are compared, beside every peer, and who is right: `make bench-diff`."""
