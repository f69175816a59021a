"""Engines: ways to estimate the few-shot error, a file or folder each; ``estimate`` takes the sharpest.

What several share lies in ``exact`` (probabilities without sampling), ``sampling`` (points, proposals,
intervals), ``geometry`` (where classes lie) and ``cuda``; ``pool`` serves stored features.
"""

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
