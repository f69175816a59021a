"""Estimates with their intervals, and every rule that makes an interval."""

from simulations.estimates.by_class import moved_within, resolved
from simulations.estimates.episodes import Episodes
from simulations.estimates.estimate import Effort, Estimate
from simulations.estimates.rules import (
    Binomial,
    BoundedMean,
    Bracket,
    Disagreement,
    Exact,
    IntervalRule,
    Replicates,
    Within,
    from_plain,
    kl,
    kl_lower,
    kl_upper,
    to_plain,
)

__all__ = [
    "Binomial",
    "BoundedMean",
    "Bracket",
    "Disagreement",
    "Effort",
    "Episodes",
    "Estimate",
    "Exact",
    "IntervalRule",
    "Replicates",
    "Within",
    "from_plain",
    "kl",
    "kl_lower",
    "kl_upper",
    "moved_within",
    "resolved",
    "to_plain",
]
