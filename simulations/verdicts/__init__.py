"""Bounds beside what really happens: verdicts, and the coverage of high-probability bounds."""
