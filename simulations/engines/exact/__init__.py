"""Probabilities that need no sampling: margins of pairs, tails, laws of random scales, counts in limits."""
