"""Twelve kinds of Gaussian classes, whose geometry, errors and CDNV are known exactly."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from simulations.populations.random_means import RandomMeans
from simulations.verdicts.coverage.evidence import (
    FIXED,
    INDEPENDENT,
    TWO_WAY,
    Statement,
    bound_values,
    the_bound,
)
from simulations.verdicts.coverage.judge import Scenario
from theory import catalogue
from theory.array import Floats, Integers, to_numpy
from theory.assumptions.sampling import BoundedCdnv, DistinctClassesFromPool
from theory.collapse import cdnv
from theory.evaluation.evaluate import evaluate
from theory.evidence import KernelSample, SourceClasses
from theory.geometry import ClassGeometry

KINDS = 12


@lru_cache(maxsize=1)
def _kinds() -> tuple[ClassGeometry, Floats, Floats]:
    """12 kinds of Gaussian classes of one standard deviation: geometry, 2-way 5-shot errors, CDNV.

    Two classes of one kind are confused half of the time.
    """
    population = RandomMeans(KINDS, 6, std=0.3, seed=7)
    geometry = population.geometry()
    exact = catalogue.get("gaussian_two_class")
    from theory.evaluation.environment import GeometryEnvironment

    granted = population.granted()
    env = GeometryEnvironment(geometry, TWO_WAY, granted)
    errors = to_numpy(env.full(evaluate(exact.closed_form, env, "ij"), "ij")).copy()
    np.fill_diagonal(errors, 0.5)
    return geometry, errors, to_numpy(cdnv(geometry, "half"))


def _draw_kinds(rng: np.random.Generator, replicates: int, classes: int) -> Integers:
    return rng.integers(0, _kinds()[0].classes, (replicates, classes))


def geometry_scenario(statement: Statement, classes: int) -> Scenario:
    """Classes drawn independently of 12 kinds of Gaussians; the truth is their mean pair error."""

    def draw(rng: np.random.Generator, replicates: int, failure: float) -> tuple[Floats, Floats]:
        geometry, errors, _ = _kinds()
        evidence = SourceClasses(geometry, FIXED, _draw_kinds(rng, replicates, classes))
        granted = (*INDEPENDENT, *RandomMeans(KINDS, 6, std=0.3, seed=7).granted())
        return bound_values(statement, evidence, granted, failure), np.asarray(np.mean(errors))

    return Scenario(the_bound(statement).name, f"12 kinds of Gaussian classes, l = {classes}", draw)


def pair_errors_scenario(classes: int, statement: Statement = "pair_certificate") -> Scenario:
    """The pair errors themselves of classes drawn independently of 12 kinds of Gaussians."""

    def draw(rng: np.random.Generator, replicates: int, failure: float) -> tuple[Floats, Floats]:
        _, errors, _ = _kinds()
        kinds = _draw_kinds(rng, replicates, classes)
        evidence = KernelSample(errors[kinds[:, :, None], kinds[:, None, :]], 1.0, FIXED)
        return bound_values(statement, evidence, INDEPENDENT, failure), np.asarray(np.mean(errors))

    return Scenario(the_bound(statement).name, f"12 kinds of Gaussian classes, l = {classes}", draw)


def pool_cdnv_scenario(classes: int) -> Scenario:
    """CDNV of classes drawn without replacement from 12 Gaussians."""

    def draw(rng: np.random.Generator, replicates: int, failure: float) -> tuple[Floats, Floats]:
        geometry, _, values = _kinds()
        pool_size = geometry.classes
        chosen = np.argsort(rng.random((replicates, pool_size)), axis=1)[:, :classes]
        granted = (DistinctClassesFromPool(pool_size), BoundedCdnv(float(values.max())))
        bounds = bound_values("cdnv_new_classes", SourceClasses(geometry, FIXED, chosen), granted, failure)
        return bounds, np.asarray(np.sum(values) / (pool_size * (pool_size - 1)))

    return Scenario("cdnv_new_classes", f"{classes} of 12 Gaussian classes", draw)
