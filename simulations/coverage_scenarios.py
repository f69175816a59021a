"""Populations of classes on which coverage is tested: each exposes the deviation term of one statement.

Every truth is exact: finitely many kinds of classes with known kernel, or laws that cannot be confused.
Bounds come from the statements themselves, evaluated on evidence with a leading axis of replicates.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np

from simulations import coverage_sharp as sharp
from simulations.adaptive_adversary import worst_adversary
from simulations.coverage import Scenario
from simulations.coverage_evidence import FIXED, INDEPENDENT, TWO_WAY, Statement, bound_values, the_bound
from simulations.populations.random_means import RandomMeans
from theory import catalogue
from theory.collapse import cdnv
from theory.evaluate import Scalars, evaluate
from theory.evidence import BlockErrors, EpisodeErrors, KernelSample, SourceClasses, SourceSamples
from theory.geometry import ClassGeometry
from theory.quantities import N_blocks, U
from theory.quantities import failure as failure_symbol
from theory.quantities import tilt as tilt_symbol
from theory.sampling import (
    BoundedCdnv,
    BoundedFeatures,
    DistinctClassesFromPool,
    LearnedFromOtherBlocks,
)
from theory.setting import Setting

Array = Any
KINDS = 12


# -- kernels ------------------------------------------------------------
def additive_kernel(rng: np.random.Generator, replicates: int, classes: int, rate: float) -> Array:
    """h = (g + g')/2 with g ~ Bernoulli(rate): the U-statistic varies as a mean of floor(l/2) kernels with
    half their variance, the most that a symmetric kernel allows."""
    g = (rng.random((replicates, classes)) < rate).astype(float)
    return (g[:, :, None] + g[:, None, :]) / 2


def kernel_scenario(statement: Statement, classes: int, rate: float) -> Scenario:
    def draw(rng: np.random.Generator, replicates: int, failure: float) -> tuple[Array, Array]:
        evidence = KernelSample(additive_kernel(rng, replicates, classes, rate), 1.0, FIXED)
        return bound_values(statement, evidence, INDEPENDENT, failure), np.asarray(rate)

    chunk = max(20, min(250, 2_000_000 // classes**2))
    return Scenario(
        the_bound(statement).name, f"additive kernel, rate {rate:g}, l = {classes}", draw, chunk=chunk
    )


def single_pairs_scenario(statement: Statement, rate: float) -> Scenario:
    """l = 2: one pair and one value, where the exponent of Hoeffding's and the kl form is exact."""

    def draw(rng: np.random.Generator, replicates: int, failure: float) -> tuple[Array, Array]:
        h = (rng.random(replicates) < rate).astype(float)
        kernel = h[:, None, None] * np.ones((1, 2, 2))
        return bound_values(statement, KernelSample(kernel, 1.0, FIXED), INDEPENDENT, failure), np.asarray(
            rate
        )

    return Scenario(the_bound(statement).name, f"one pair, kernel Bernoulli({rate:g})", draw)


def pool_kernel_scenario(statement: Statement, pool: int, classes: int) -> Scenario:
    g = (np.arange(pool) % 2).astype(float)

    def draw(rng: np.random.Generator, replicates: int, failure: float) -> tuple[Array, Array]:
        chosen = rng.permuted(np.tile(g, (replicates, 1)), axis=1)[:, :classes]
        evidence = KernelSample((chosen[:, :, None] + chosen[:, None, :]) / 2, 1.0, FIXED)
        granted = (DistinctClassesFromPool(pool),)
        return bound_values(statement, evidence, granted, failure), np.mean(g)

    return Scenario(the_bound(statement).name, f"additive kernel, {classes} of {pool} classes", draw)


# -- class geometry ------------------------------------------------------------------------------------------
@lru_cache(maxsize=1)
def _kinds() -> tuple[ClassGeometry, Array, Array]:
    """12 kinds of Gaussian classes of one standard deviation: geometry, 2-way 5-shot errors, CDNV.

    Two classes of one kind are confused half of the time.
    """
    population = RandomMeans(KINDS, 6, std=0.3, seed=7)
    geometry = population.geometry()
    exact = catalogue.get("gaussian_two_class")
    from theory.environment import GeometryEnvironment

    granted = population.granted()
    env = GeometryEnvironment(geometry, TWO_WAY, granted)
    errors = np.asarray(env._full(evaluate(exact.closed_form, env, "ij"), "ij")).copy()
    np.fill_diagonal(errors, 0.5)
    return geometry, errors, np.asarray(cdnv(geometry, "half"))


def _draw_kinds(rng: np.random.Generator, replicates: int, classes: int) -> Array:
    return rng.integers(0, _kinds()[0].classes, (replicates, classes))


def geometry_scenario(statement: Statement, classes: int) -> Scenario:
    def draw(rng: np.random.Generator, replicates: int, failure: float) -> tuple[Array, Array]:
        geometry, errors, _ = _kinds()
        evidence = SourceClasses(geometry, FIXED, _draw_kinds(rng, replicates, classes))
        granted = (*INDEPENDENT, *RandomMeans(KINDS, 6, std=0.3, seed=7).granted())
        return bound_values(statement, evidence, granted, failure), np.mean(errors)

    return Scenario(the_bound(statement).name, f"12 kinds of Gaussian classes, l = {classes}", draw)


def pair_errors_scenario(classes: int) -> Scenario:
    def draw(rng: np.random.Generator, replicates: int, failure: float) -> tuple[Array, Array]:
        _, errors, _ = _kinds()
        kinds = _draw_kinds(rng, replicates, classes)
        evidence = KernelSample(errors[kinds[:, :, None], kinds[:, None, :]], 1.0, FIXED)
        return bound_values("pair_certificate", evidence, INDEPENDENT, failure), np.mean(errors)

    return Scenario("pair_certificate", f"12 kinds of Gaussian classes, l = {classes}", draw)


def pool_cdnv_scenario(classes: int) -> Scenario:
    def draw(rng: np.random.Generator, replicates: int, failure: float) -> tuple[Array, Array]:
        geometry, _, values = _kinds()
        pool = geometry.classes
        chosen = np.argsort(rng.random((replicates, pool)), axis=1)[:, :classes]
        granted = (DistinctClassesFromPool(pool), BoundedCdnv(float(values.max())))
        bounds = bound_values("cdnv_new_classes", SourceClasses(geometry, FIXED, chosen), granted, failure)
        return bounds, np.sum(values) / (pool * (pool - 1))

    return Scenario("cdnv_new_classes", f"{classes} of 12 Gaussian classes", draw)


# -- samples ------------------------------------------------------------
def _sphere(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
    normals = rng.standard_normal(shape)
    return normals / np.sqrt(np.sum(normals**2, axis=-1, keepdims=True))


def samples_scenario(statement: Statement, samples: int, noise: float) -> Scenario:
    """Four fixed classes: a mean on the axes of the plane plus a uniform point of a circle."""
    angle = np.arange(4) * math.pi / 2
    means = np.stack([np.cos(angle), np.sin(angle)], axis=1) * (1 - noise)
    gaps = np.sum((means[:, None] - means[None, :]) ** 2, axis=2)
    truth = np.where(gaps > 0, noise**2 / np.where(gaps > 0, gaps, 1), 0.0)

    def draw(rng: np.random.Generator, replicates: int, failure: float) -> tuple[Array, Array]:
        features = means[:, None, :] + noise * _sphere(rng, (replicates, 4, samples, 2))
        granted = (BoundedFeatures(1.0), *INDEPENDENT)
        bounds = bound_values(statement, SourceSamples(features, FIXED), granted, failure)
        return np.where(gaps > 0, bounds, 0.0), truth

    return Scenario(
        the_bound(statement).name, f"4 classes on circles, m = {samples}, spread {noise:g}", draw, chunk=100
    )


def end_to_end_scenario(classes: int, samples: int) -> Scenario:
    """Sixteen kinds far apart: two classes err half of the time when they are of one kind, else never."""
    noise, kinds = 0.05, 16
    means = np.eye(kinds) * (1 - noise)

    def draw(rng: np.random.Generator, replicates: int, failure: float) -> tuple[Array, Array]:
        chosen = means[rng.integers(0, kinds, (replicates, classes))]
        features = chosen[:, :, None, :] + noise * _sphere(rng, (replicates, classes, samples, kinds))
        granted = (BoundedFeatures(1.0), *INDEPENDENT)
        evidence = SourceSamples(features, FIXED)
        return bound_values("transfer_end_to_end", evidence, granted, failure), np.asarray(0.5 / kinds)

    return Scenario(
        "transfer_end_to_end", f"16 kinds on spheres, l = {classes}, m = {samples}", draw, chunk=25
    )


# -- episodes ------------------------------------------------------------
def chopped_permutations(rng: np.random.Generator, g: Array, ways: int, permutations: int) -> Array:
    """(replicates,): average over permutations of the mean over disjoint k-tuples of the tuple's mean."""
    replicates, classes = g.shape
    tuples = classes // ways
    total = np.zeros(replicates)
    for _ in range(permutations):
        total += np.mean(rng.permuted(g, axis=1)[:, : tuples * ways], axis=1)
    return total / permutations


def episode_scenario(statement: Statement, classes: int, ways: int, rate: float) -> Scenario:
    """Classes alike within an episode: all of a tuple's classes err, or none, so a tuple counts once."""

    def draw(rng: np.random.Generator, replicates: int, failure: float) -> tuple[Array, Array]:
        g = (rng.random((replicates, classes)) < rate).astype(float)
        setting = Setting(5, ways)
        if the_bound(statement).name == "episode_certificate":
            average = chopped_permutations(rng, g, ways, 3)
            evidence = EpisodeErrors(average, classes, ways, FIXED)
        else:
            episodes = 200
            order = np.argsort(rng.random((replicates, episodes, classes)), axis=2)[:, :, :ways]
            picked = np.take_along_axis(g[:, None, :], order.reshape(replicates, 1, -1), axis=2)
            # One query an episode: its error is a coin whose mean is the episode's error.
            share = picked.reshape(replicates, episodes, ways).mean(axis=2)
            average = (rng.random((replicates, episodes)) < share).mean(axis=1)
            evidence = EpisodeErrors(average, classes, ways, FIXED, episodes)
        return bound_values(statement, evidence, INDEPENDENT, failure, setting), np.asarray(rate)

    return Scenario(
        the_bound(statement).name, f"hard and easy classes, rate {rate:g}, l = {classes}, {ways}-way", draw
    )


def statement_limit(statement: Statement) -> Callable[[Array, int, float], Array]:
    """A progressive statement as a function of (mean, tuples, failure), for an adversary to attack."""
    bound = the_bound(statement)

    def limit(mean: Array, tuples: int, failure: float) -> Array:
        values = {U: mean, N_blocks: tuples, failure_symbol: failure, tilt_symbol: 1.0}
        return np.asarray(evaluate(bound.closed_form, Scalars(values)))

    return limit


def progressive_scenario(statement: Statement, tuples: int = 40) -> Scenario:
    """Against the adaptive adversary that is worst for this very statement."""

    @lru_cache(maxsize=4)
    def adversary(failure: float) -> Any:
        return worst_adversary(statement_limit(statement), tuples, failure)

    def draw(rng: np.random.Generator, replicates: int, failure: float) -> tuple[Array, Array]:
        observed, truth = adversary(failure).play(rng, replicates)
        evidence = BlockErrors(observed[:, None], (2 * tuples,), 2, "progressive")
        granted = (*INDEPENDENT, LearnedFromOtherBlocks("progressive"))
        return bound_values(statement, evidence, granted, failure), truth

    return Scenario(the_bound(statement).name, f"adaptive adversary, {tuples} tuples", draw)


def sign_products(rng: np.random.Generator, replicates: int, folds: int, tuples: int) -> Array:
    """Errors of K maps on their folds, true mean error 1/2: every map reads the product of the majority
    signs of the other folds, so all folds are lucky together. Shape (replicates, folds)."""
    signs = np.where(rng.random((replicates, folds, tuples)) < 0.5, -1.0, 1.0)
    mean = signs.mean(axis=2)
    majority = np.where(mean > 0, 1.0, np.where(mean < 0, -1.0, signs[:, :, 0]))
    others = np.prod(majority, axis=1, keepdims=True) * majority
    return 0.5 - others * mean / 2


def k_fold_scenario(statement: Statement) -> Scenario:
    folds, tuples = 10, 10

    def draw(rng: np.random.Generator, replicates: int, failure: float) -> tuple[Array, Array]:
        errors = sign_products(rng, replicates, folds, tuples)
        evidence = BlockErrors(errors, (2 * tuples,) * folds, 2, "folds")
        granted = (*INDEPENDENT, LearnedFromOtherBlocks("folds"))
        return bound_values(statement, evidence, granted, failure), np.asarray(0.5)

    return Scenario(the_bound(statement).name, "fair bits and products of signs, 10 folds of 10 tuples", draw)


SCENARIOS: tuple[Scenario, ...] = (
    samples_scenario("cdnv_new_samples", 400, 0.2),
    sharp.two_atoms_scenario("cdnv_new_samples", 400, 0.25),
    samples_scenario("cdnv_new_samples_bernstein", 400, 0.2),
    sharp.two_atoms_scenario("cdnv_new_samples_bernstein", 400, 0.2),
    single_pairs_scenario("u_statistic_hoeffding", 0.9),
    single_pairs_scenario("u_statistic_kl", 0.9505),
    kernel_scenario("u_statistic_hoeffding", 40, 0.5),
    kernel_scenario("u_statistic_kl", 40, 0.5),
    kernel_scenario("u_statistic_kl", 40, 0.05),
    kernel_scenario("u_statistic_bernstein", 200, 0.5),
    pool_kernel_scenario("u_statistic_without_replacement", 40, 20),
    pool_cdnv_scenario(8),
    sharp.additive_pool_scenario("cdnv_new_classes", 40, 20),
    geometry_scenario("pair_bound_new_classes", 24),
    sharp.matching_scenario("pair_bound_new_classes", 40),
    geometry_scenario("exact_moment_new_classes", 24),
    sharp.matching_scenario("exact_moment_new_classes", 40),
    sharp.linear_scenario("linear_maps", 40),
    end_to_end_scenario(16, 300),
    sharp.matching_samples_scenario("transfer_end_to_end", 40, 2000),
    pair_errors_scenario(24),
    episode_scenario("episode_certificate", 40, 2, 0.3),
    episode_scenario("episode_certificate_random", 40, 2, 0.3),
    progressive_scenario("progressive_certificate"),
    progressive_scenario("progressive_certificate_exponential"),
    progressive_scenario("progressive_certificate_mixture"),
    k_fold_scenario("k_fold_certificate"),
    k_fold_scenario("k_fold_certificate_exponential"),
    sharp.phases_scenario("k_fold_certificate_exponential", 0.957, 5.0),
    sharp.halves_scenario("vote_certificate", 0.4),
    sharp.halves_scenario("k_fold_vote_certificate", 0.4),
)
"""At least one for each high-probability statement."""
