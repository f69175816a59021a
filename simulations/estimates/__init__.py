"""Estimates with their intervals, and every rule that makes an interval."""

from simulations.estimates.estimate import (
    Binomial,
    BoundedMean,
    Effort,
    Estimate,
    Exact,
    IntervalRule,
    Replicates,
    kl,
    kl_lower,
    kl_upper,
)

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
