"""Figures: they draw what jobs return."""
