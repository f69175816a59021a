"""Estimates with their intervals, and every rule that makes an interval."""

from simulations.estimates.estimate import (
    Binomial,
    BoundedMean,
    Effort,
    Estimate,
    Exact,
    Replicates,
    kl,
    kl_lower,
    kl_upper,
)
from simulations.estimates.rules import IntervalRule

__all__ = [
    "Binomial",
    "BoundedMean",
    "Effort",
    "Estimate",
    "Exact",
    "IntervalRule",
    "Replicates",
    "kl",
    "kl_lower",
    "kl_upper",
]
