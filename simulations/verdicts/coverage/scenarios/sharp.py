"""Populations of classes on which a deviation term is nearly needed: a quarter of it would be caught.

Two things make a class or a population extreme: values at the ends of their range only (the concentration
inequalities are then near equality), and chance effects that all estimates share (nothing averages out).
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from simulations.populations.finite_support import FiniteSupport
from simulations.verdicts.coverage.evidence import FIXED, INDEPENDENT, Statement, bound_values, the_bound
from simulations.verdicts.coverage.judge import Scenario
from theory.array import Floats, to_numpy
from theory.assumptions.sampling import (
    BoundedCdnv,
    BoundedFeatures,
    BoundedLinearMaps,
    DistinctClassesFromPool,
    LearnedFromOtherBlocks,
)
from theory.collapse import cdnv
from theory.evidence import BlockErrors, SourceClasses, SourceSamples
from theory.evidence.lineage import Lineage, MapRecord
from theory.geometry import ClassGeometry
from theory.setting import Setting

FIXED_LINEAR = Lineage(feature_map=MapRecord("identity", norm=1.0))
RARE = 0.1464
"""The rate of a rare kind: q (1-q) (1-2q)^2, what a class adds to the variance of the mean of a match of
two, is then at its largest."""


def two_atoms_scenario(statement: Statement, samples: int, share: float) -> Scenario:
    """16 classes, each on the two ends of a diameter: the variance of a sample moves as much as it can, and
    its mean moves with it. Directions are the axes and their opposites; any pair may fail."""
    directions = np.concatenate([np.eye(8), -np.eye(8)])
    variance, mean = 4 * share * (1 - share), 1 - 2 * share
    gaps = mean**2 * np.sum((directions[:, None] - directions[None, :]) ** 2, axis=2)
    truth = np.where(gaps > 0, variance / np.where(gaps > 0, gaps, 1), 0.0)

    def draw(rng: np.random.Generator, replicates: int, failure: float) -> tuple[Floats, Floats]:
        signs = np.where(rng.random((replicates, 16, samples, 1)) < share, -1.0, 1.0)
        evidence = SourceSamples(signs * directions[:, None, :], FIXED)
        granted = (BoundedFeatures(1.0), *INDEPENDENT)
        return np.where(gaps > 0, bound_values(statement, evidence, granted, failure), 0.0), truth

    name = f"16 classes on two atoms, m = {samples}, rate {share:g}"
    return Scenario(the_bound(statement).name, name, draw, chunk=max(10, 20_000 // samples))


def crowded_line_scenario(statement: Statement, classes: int, samples: int, share: float) -> Scenario:
    """Many classes at only two places, on the two ends of the line: among so many, one of each place is
    almost sure to have its sample mean far out, and the pair of these two may fail."""
    signs = np.where(np.arange(classes) % 2 == 0, 1.0, -1.0)
    variance, mean = 4 * share * (1 - share), 1 - 2 * share
    apart = signs[:, None] != signs[None, :]
    truth = np.where(apart, variance / (4 * mean**2), 0.0)

    def draw(rng: np.random.Generator, replicates: int, failure: float) -> tuple[Floats, Floats]:
        atoms = np.where(rng.random((replicates, classes, samples)) < share, -1.0, 1.0)
        evidence = SourceSamples((atoms * signs[:, None])[..., None], FIXED)
        granted = (BoundedFeatures(1.0), *INDEPENDENT)
        return np.where(apart, bound_values(statement, evidence, granted, failure), 0.0), truth

    name = f"{classes} classes at two places of a line, m = {samples}, rate {share:g}"
    return Scenario(the_bound(statement).name, name, draw, chunk=max(10, 500_000 // classes**2))


def _rare_kind(rng: np.random.Generator, replicates: int, classes: int) -> Floats:
    return (rng.random((replicates, classes)) < RARE).astype(int)


def matching_scenario(statement: Statement, classes: int) -> Scenario:
    """Two kinds, one rare, each nearly a point mass, one shot. Two classes of one kind tie unless the query
    and its own support agree on an atom that the other support misses; others are never confused. So the
    pair bound is nearly exact, and its mean hangs on how often the rare kind was drawn."""
    share = 0.01
    atoms, weights = [[0.0], [0.001]], [1 - share, share]
    population = FiniteSupport([atoms, [[1.0 + x] for (x,) in atoms]], [weights, weights])
    geometry = population.geometry()
    truth = _match() * (1 - share * (1 - share))

    def draw(rng: np.random.Generator, replicates: int, failure: float) -> tuple[Floats, Floats]:
        evidence = SourceClasses(geometry, FIXED, _rare_kind(rng, replicates, classes))
        granted = (*INDEPENDENT, *population.granted())
        return bound_values(statement, evidence, granted, failure, Setting(1, 2)), np.asarray(truth)

    return Scenario(the_bound(statement).name, f"two kinds of nearly a point, l = {classes}", draw)


def linear_scenario(statement: Statement, classes: int) -> Scenario:
    """Point masses of two kinds at the ends of the space, seen through the identity: its norm, the radius of
    the inputs and the floor leave the radius of the statement as small as they can."""
    population = FiniteSupport([[[-1.0]], [[1.0]]], [[1], [1]])
    geometry = population.geometry()

    def draw(rng: np.random.Generator, replicates: int, failure: float) -> tuple[Floats, Floats]:
        evidence = SourceClasses(geometry, FIXED_LINEAR, _rare_kind(rng, replicates, classes))
        granted = (*INDEPENDENT, BoundedLinearMaps(1.0, 1.0, 2.0), *population.granted())
        return bound_values(statement, evidence, granted, failure), np.asarray(_match())

    return Scenario(the_bound(statement).name, f"point masses of two kinds, identity, l = {classes}", draw)


def matching_samples_scenario(statement: Statement, classes: int, samples: int) -> Scenario:
    """The same from samples: their variance is 0 and only what the radii add stays of it."""

    def draw(rng: np.random.Generator, replicates: int, failure: float) -> tuple[Floats, Floats]:
        ends = 1.0 - 2.0 * _rare_kind(rng, replicates, classes)
        features = np.broadcast_to(ends[:, :, None, None], (*ends.shape, samples, 1))
        granted = (BoundedFeatures(1.0), *INDEPENDENT)
        return bound_values(statement, SourceSamples(features, FIXED), granted, failure), np.asarray(_match())

    name = f"point masses of two kinds, l = {classes}, m = {samples}"
    return Scenario(the_bound(statement).name, name, draw, chunk=50)


def _match() -> float:
    return RARE**2 + (1 - RARE) ** 2


@lru_cache(maxsize=2)
def _additive_pool(pool_size: int) -> tuple[ClassGeometry, Floats]:
    """Means at equal distances, every other class a point mass: CDNV is a sum of what each class brings."""
    corners = np.eye(pool_size, pool_size + 1)
    points = [
        [(corner + 0.5 * sign * np.eye(pool_size + 1)[-1]).tolist() for sign in (-1, 1)]
        if c % 2
        else [corner.tolist()]
        for c, corner in enumerate(corners)
    ]
    weights = [[0.5, 0.5] if c % 2 else [1] for c in range(pool_size)]
    geometry = FiniteSupport(points, weights).geometry()
    return geometry, to_numpy(cdnv(geometry, "half"))


def additive_pool_scenario(statement: Statement, pool_size: int, classes: int) -> Scenario:
    """CDNV that is a sum of what each class gives, of classes of a finite pool."""

    def draw(rng: np.random.Generator, replicates: int, failure: float) -> tuple[Floats, Floats]:
        geometry, values = _additive_pool(pool_size)
        chosen = np.argsort(rng.random((replicates, pool_size)), axis=1)[:, :classes]
        granted = (DistinctClassesFromPool(pool_size), BoundedCdnv(float(values.max())))
        bounds = bound_values(statement, SourceClasses(geometry, FIXED, chosen), granted, failure)
        return bounds, np.asarray(np.sum(values) / (pool_size * (pool_size - 1)))

    return Scenario(the_bound(statement).name, f"{classes} of {pool_size} classes at equal distances", draw)


@lru_cache(maxsize=2)
def _points_of_pool(points: int, spread: int) -> tuple[ClassGeometry, Floats]:
    """Point masses close to each other, whose CDNV is 0, and classes of one variance: at distance 1 from the
    points and sqrt 2 from each other, so that all other pairs have one and the same CDNV."""
    axes = np.eye(points + 2 * spread)
    near = [[(1e-6 * axes[c]).tolist()] for c in range(points)]
    wide = [
        [(axes[points + 2 * c] + 0.5 * sign * axes[points + 2 * c + 1]).tolist() for sign in (-1, 1)]
        for c in range(spread)
    ]
    geometry = FiniteSupport([*near, *wide], [[1]] * points + [[0.5, 0.5]] * spread).geometry()
    return geometry, to_numpy(cdnv(geometry, "half"))


def points_of_pool_scenario(statement: Statement, pool_size: int, points: int) -> Scenario:
    """Two classes of a pool in which every CDNV is nearly the largest, but for pairs of point masses."""

    def draw(rng: np.random.Generator, replicates: int, failure: float) -> tuple[Floats, Floats]:
        geometry, values = _points_of_pool(points, pool_size - points)
        chosen = np.argsort(rng.random((replicates, pool_size)), axis=1)[:, :2]
        granted = (DistinctClassesFromPool(pool_size), BoundedCdnv(float(values.max())))
        bounds = bound_values(statement, SourceClasses(geometry, FIXED, chosen), granted, failure)
        return bounds, np.asarray(np.sum(values) / (pool_size * (pool_size - 1)))

    name = f"2 of {pool_size} classes, {points} of them point masses"
    return Scenario(the_bound(statement).name, name, draw)


def phases_scenario(statement: Statement, rate: float, tilt: float, folds: int = 10) -> Scenario:
    """One tuple a fold, with a phase on a circle; every map errs where the sum of all phases falls in one
    arc. Given the other folds a map errs with probability ``rate``, yet all folds err together or none."""

    def draw(rng: np.random.Generator, replicates: int, failure: float) -> tuple[Floats, Floats]:
        phases = rng.random((replicates, folds))
        wrong = (np.sum(phases, axis=1) % 1.0 < rate).astype(float)
        errors = np.repeat(wrong[:, None], folds, axis=1)
        evidence = BlockErrors(errors, (2,) * folds, 2, "folds")
        granted = (*INDEPENDENT, LearnedFromOtherBlocks("folds"))
        setting = Setting(5, 2)
        return bound_values(statement, evidence, granted, failure, setting, tilt=tilt), np.asarray(rate)

    name = f"phases that add up, {folds} folds of one tuple, rate {rate:g}, tilt {tilt:g}"
    return Scenario(the_bound(statement).name, name, draw)


def halves_scenario(statement: Statement, rate: float, tuples: int = 20) -> Scenario:
    """Two maps that err on disjoint sets, each of probability ``rate``: where one errs half of the votes are
    wrong, which counts, so the vote errs twice as often as its maps and Markov's inequality is equality."""
    order = next(
        (a.order for a in the_bound(statement).assumptions if isinstance(a, LearnedFromOtherBlocks)),
        "progressive",
    )

    def draw(rng: np.random.Generator, replicates: int, failure: float) -> tuple[Floats, Floats]:
        errors = (rng.random((replicates, 2, tuples)) < rate).mean(axis=2)
        evidence = BlockErrors(errors, (2 * tuples,) * 2, 2, order)
        granted = (*INDEPENDENT, LearnedFromOtherBlocks(order))
        return bound_values(statement, evidence, granted, failure), np.asarray(2 * rate)

    return Scenario(the_bound(statement).name, f"votes of two maps that never err together, {rate:g}", draw)
