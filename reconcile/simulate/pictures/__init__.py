"""A cluster for people to look at: as a tree, as a timeline, as a page."""
