"""Kernels of two classes with a known mean, built to make a U-statistic vary as much as it can."""

from __future__ import annotations

import numpy as np

from simulations.verdicts.coverage.evidence import FIXED, INDEPENDENT, Statement, bound_values, the_bound
from simulations.verdicts.coverage.judge import Scenario
from theory.array import Floats
from theory.assumptions.sampling import DistinctClassesFromPool
from theory.evidence import KernelSample


def additive_kernel(rng: np.random.Generator, replicates: int, classes: int, rate: float) -> Floats:
    """h = (g + g')/2 with g ~ Bernoulli(rate): the U-statistic varies as a mean of floor(l/2) kernels with
    half their variance, the most that a symmetric kernel allows."""
    g = (rng.random((replicates, classes)) < rate).astype(float)
    values: Floats = (g[:, :, None] + g[:, None, :]) / 2
    return values


def kernel_scenario(statement: Statement, classes: int, rate: float) -> Scenario:
    """A kernel that is a mean of one bit a class, of classes drawn independently."""

    def draw(rng: np.random.Generator, replicates: int, failure: float) -> tuple[Floats, Floats]:
        evidence = KernelSample(additive_kernel(rng, replicates, classes, rate), 1.0, FIXED)
        return bound_values(statement, evidence, INDEPENDENT, failure), np.asarray(rate)

    chunk = max(20, min(250, 2_000_000 // classes**2))
    return Scenario(
        the_bound(statement).name, f"additive kernel, rate {rate:g}, l = {classes}", draw, chunk=chunk
    )


def single_pairs_scenario(statement: Statement, rate: float) -> Scenario:
    """l = 2: one pair and one value, where the exponent of Hoeffding's and the kl form is exact."""

    def draw(rng: np.random.Generator, replicates: int, failure: float) -> tuple[Floats, Floats]:
        h = (rng.random(replicates) < rate).astype(float)
        kernel = h[:, None, None] * np.ones((1, 2, 2))
        return bound_values(statement, KernelSample(kernel, 1.0, FIXED), INDEPENDENT, failure), np.asarray(
            rate
        )

    return Scenario(the_bound(statement).name, f"one pair, kernel Bernoulli({rate:g})", draw)


def pool_kernel_scenario(statement: Statement, pool_size: int, classes: int) -> Scenario:
    """A kernel that is a mean of one bit a class, of classes of a finite pool."""
    g = (np.arange(pool_size) % 2).astype(float)

    def draw(rng: np.random.Generator, replicates: int, failure: float) -> tuple[Floats, Floats]:
        chosen = rng.permuted(np.tile(g, (replicates, 1)), axis=1)[:, :classes]
        evidence = KernelSample((chosen[:, :, None] + chosen[:, None, :]) / 2, 1.0, FIXED)
        granted = (DistinctClassesFromPool(pool_size),)
        return bound_values(statement, evidence, granted, failure), np.mean(g)

    return Scenario(the_bound(statement).name, f"additive kernel, {classes} of {pool_size} classes", draw)
