"""Probes: extremal laws whose error is known in closed form at any number of shots, ways and dimensions."""
