"""Experiments: learned maps on synthetic classes, and a real network."""
