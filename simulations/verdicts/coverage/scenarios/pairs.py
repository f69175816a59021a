"""One pair of classes and one value of the kernel, at the worst rate: what floor(l/2) counts as one."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np

from simulations.populations.finite_support import FiniteSupport
from simulations.verdicts.coverage.evidence import FIXED, INDEPENDENT, Statement, bound_values, the_bound
from simulations.verdicts.coverage.judge import Scenario
from simulations.verdicts.coverage.scenarios.worst_rate import joint_errors, of_maps, picked, rate_for
from theory.array import Floats, Integers
from theory.assumptions import Assumption
from theory.assumptions.sampling import BoundedFeatures, DistinctClassesFromPool
from theory.evidence import KernelSample, SourceClasses, SourceSamples
from theory.geometry import ClassGeometry
from theory.setting import Setting


def worst_pair_scenario(statement: Statement, *, upper: float = 1.0, maps: int = 1) -> Scenario:
    """Two classes and a kernel that is 0 or ``upper``."""
    lineage, granted = picked(maps)

    def limits(average: Floats, failure: float) -> Floats:
        kernel = upper * average[:, None, None] * np.ones((1, 2, 2))
        return bound_values(statement, KernelSample(kernel, upper, lineage), granted, failure)

    rate = rate_for(limits, 1, upper)

    def draw(rng: np.random.Generator, replicates: int, failure: float) -> tuple[Floats, Floats]:
        average = joint_errors(rng, replicates, (1, 2), rate(failure), maps)
        return limits(average, failure), np.asarray(upper * rate(failure))

    name = f"one pair at the worst rate, kernel 0 or {upper:g}{of_maps(maps)}"
    return Scenario(the_bound(statement).name, name, draw)


def odd_class_scenario(statement: Statement) -> Scenario:
    """Three classes, which make one pair and not two: a kernel that is 0 for two classes of one common kind
    and 1 for all others, so that all three pairs are 0 together far more often than two independent ones."""

    def limits(average: Floats, failure: float) -> Floats:
        kernel = average[:, None, None] * np.ones((1, 3, 3))
        return bound_values(statement, KernelSample(kernel, 1.0, FIXED), INDEPENDENT, failure)

    rate = rate_for(limits, 1)

    def draw(rng: np.random.Generator, replicates: int, failure: float) -> tuple[Floats, Floats]:
        common = rng.random((replicates, 3)) < math.sqrt(1 - rate(failure))
        together = np.sum(common, axis=1)
        # Of three pairs, all or one consist of two classes of the common kind, or none does.
        average = np.select([together == 3, together == 2], [0.0, 2 / 3], 1.0)
        return limits(average, failure), np.asarray(rate(failure))

    return Scenario(the_bound(statement).name, "three classes and one common kind", draw)


def worst_pool_pair_scenario(
    statement: Statement, pool_size: int, *, upper: float = 1.0, maps: int = 1
) -> Scenario:
    """Two classes of a pool, and a kernel that is ``upper`` on a share of its pairs and 0 on the others: on
    other pairs for each map."""
    lineage, assumptions = picked(maps)
    kept = tuple(each for each in assumptions if each.name != "IndependentClasses")
    granted = (*kept, DistinctClassesFromPool(pool_size))
    pairs = math.comb(pool_size, 2)

    def limits(average: Floats, failure: float) -> Floats:
        kernel = upper * average[:, None, None] * np.ones((1, 2, 2))
        return bound_values(statement, KernelSample(kernel, upper, lineage), granted, failure)

    rate = rate_for(limits, 1, upper)

    def draw(rng: np.random.Generator, replicates: int, failure: float) -> tuple[Floats, Floats]:
        ones = math.ceil(rate(failure) * pairs)
        # Which pairs a map takes for errors is drawn with the pair itself: a map's share is what counts.
        wrong = rng.integers(0, pairs, (replicates, maps)) < ones
        return limits(np.min(wrong, axis=1).astype(float), failure), np.asarray(upper * ones / pairs)

    name = f"one of the {pairs} pairs of a pool of {pool_size}, kernel 0 or {upper:g}{of_maps(maps)}"
    return Scenario(the_bound(statement).name, name, draw)


# -- point masses: two classes of one kind tie, which is an error, and others are never confused -----------
def share_of_first(match: float) -> float:
    """The share a of the first of two kinds with a^2 + (1-a)^2 = ``match``, at least 1/2."""
    return (1 + math.sqrt(max(0.0, 2 * match - 1))) / 2


def _kinds_of_pair(rng: np.random.Generator, replicates: int, match: float, maps: int) -> Integers:
    """(replicates, 2): the kinds of two classes through the map, of ``maps``, that tells most pairs apart."""
    kinds = (rng.random((replicates, maps, 2)) >= share_of_first(match)).astype(np.int64)
    best = np.argmin(kinds[:, :, 0] == kinds[:, :, 1], axis=1)
    chosen: Integers = kinds[np.arange(replicates), best]
    return chosen


def matching_pair_scenario(statement: Statement, *, maps: int = 1, samples: int | None = None) -> Scenario:
    """Two classes of two kinds of point mass, from their exact geometry or from ``samples`` of each."""
    lineage, assumptions = picked(maps)
    population = FiniteSupport([[[-1.0]], [[1.0]]], [[1], [1]])
    geometry = population.geometry()
    granted = (*assumptions, *population.granted(), BoundedFeatures(1.0))

    def read(kinds: Integers, failure: float) -> Floats:
        evidence: SourceClasses | SourceSamples
        if samples is None:
            evidence = SourceClasses(geometry, lineage, kinds)
        else:
            ends = 2.0 * kinds[:, :, None, None] - 1.0
            evidence = SourceSamples(np.broadcast_to(ends, (*kinds.shape, samples, 1)), lineage)
        return bound_values(statement, evidence, granted, failure, Setting(5, 2))

    def limits(average: Floats, failure: float) -> Floats:
        # No error: two kinds. An error: one.
        return read(np.stack([0 * average, 1 - average], axis=1).astype(np.int64), failure)

    rate = rate_for(limits, 1)

    def draw(rng: np.random.Generator, replicates: int, failure: float) -> tuple[Floats, Floats]:
        match = max(rate(failure), 0.5)
        return read(_kinds_of_pair(rng, replicates, match, maps), failure), np.asarray(match)

    source = "" if samples is None else f", {samples} samples of each"
    name = f"one pair of two kinds of point mass{source}{of_maps(maps)}"
    return Scenario(the_bound(statement).name, name, draw, chunk=50 if samples else 250)


KINDS = 20


@lru_cache(maxsize=1)
def _points_of_simplex() -> tuple[ClassGeometry, tuple[Assumption, ...]]:
    population = FiniteSupport([[row.tolist()] for row in np.eye(KINDS)], [[1]] * KINDS)
    return population.geometry(), tuple(population.granted())


def many_kinds_scenario(statement: Statement, classes: int, ways: int) -> Scenario:
    """Twenty kinds of point mass, and many ways: the error is nearly ``ways - 1`` times that of a pair."""
    bound = the_bound(statement)
    truth = 1 - (1 - 1 / KINDS) ** (ways - 1)
    geometry, granted = _points_of_simplex()

    def draw(rng: np.random.Generator, replicates: int, failure: float) -> tuple[Floats, Floats]:
        kinds = rng.integers(0, KINDS, (replicates, classes))
        evidence: SourceClasses | KernelSample
        if bound.reads is KernelSample:
            same = (kinds[:, :, None] == kinds[:, None, :]).astype(float)
            evidence = KernelSample(same, 1.0, FIXED)
        else:
            evidence = SourceClasses(geometry, FIXED, kinds)
        limits = bound_values(bound, evidence, (*INDEPENDENT, *granted), failure, Setting(5, ways))
        return limits, np.asarray(truth)

    return Scenario(bound.name, f"{KINDS} kinds of point mass, l = {classes}, {ways}-way", draw, chunk=50)
