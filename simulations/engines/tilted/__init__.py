"""Importance sampling of centres by exponential tilts of the margins."""

from simulations.engines.tilted.engine import Tilted

__all__ = ["Tilted"]
