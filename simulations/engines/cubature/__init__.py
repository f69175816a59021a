"""Errors that are not rare, as a smooth integral over centres and spreads by replicated lattice rules."""

from simulations.engines.cubature.engine import Cubature

__all__ = ["Cubature"]
