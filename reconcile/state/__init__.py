"""Where rules and the wire meet: what is observed, what is desired, what is declared."""
