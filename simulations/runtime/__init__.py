"""Foundations: arrays, randomness, devices, workers, files, errors."""
