"""Collapse generalizes to new classes: statements about the population from its source classes."""
