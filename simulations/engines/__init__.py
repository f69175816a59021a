"""Engines: one way of estimating the few-shot error per file; ``estimate`` takes the sharpest that fits."""

from simulations.engines.base import Budget, Context, Engine, Question, Refused
from simulations.engines.choose import ENGINES, choose, estimate, estimate_ways

__all__ = [
    "ENGINES",
    "Budget",
    "Context",
    "Engine",
    "Question",
    "Refused",
    "choose",
    "estimate",
    "estimate_ways",
]
