"""Objects as tables: the columns that kubectl shows."""
