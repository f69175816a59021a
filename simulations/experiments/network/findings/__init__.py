"""Findings of the recorded runs: slopes, claims, pictures."""
