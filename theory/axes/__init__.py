"""The axes of two labelings of the same features."""
