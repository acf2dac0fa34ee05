"""What the server warns of in what it takes."""
