"""How fast is it? Each question compares equal work, both sides in one run."""
