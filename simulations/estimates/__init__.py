"""Estimates with their intervals, and every rule that makes an interval."""

from simulations.estimates.estimate import *  # noqa: F403
