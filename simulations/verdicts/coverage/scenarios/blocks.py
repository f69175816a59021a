"""Episodes, and maps learned block by block or fold by fold."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import numpy as np

from simulations.verdicts.coverage.adversary import Adversary, worst_adversary
from simulations.verdicts.coverage.evidence import FIXED, INDEPENDENT, Statement, bound_values, the_bound
from simulations.verdicts.coverage.judge import Scenario
from theory.array import Floats
from theory.assumptions.sampling import LearnedFromOtherBlocks
from theory.bound.confidence import ConfidenceBound
from theory.evaluation.evaluate import Scalars, evaluate
from theory.evidence import BlockErrors, EpisodeErrors
from theory.quantities import B_ep, N_blocks, U, k, l
from theory.quantities import failure as failure_symbol
from theory.quantities import tilt as tilt_symbol
from theory.setting import Setting


def chopped_permutations(rng: np.random.Generator, g: Floats, ways: int, permutations: int) -> Floats:
    """(replicates,): average over permutations of the mean over disjoint k-tuples of the tuple's mean."""
    replicates, classes = g.shape
    tuples = classes // ways
    total = np.zeros(replicates)
    for _ in range(permutations):
        total += np.mean(rng.permuted(g, axis=1)[:, : tuples * ways], axis=1)
    return total / permutations


def episode_scenario(statement: Statement, classes: int, ways: int, rate: float) -> Scenario:
    """Every class is hard or easy by itself, and an episode's error is the share of its classes that are
    hard: a sum over the classes, so that a class counts once (for tuples that do see ``tuples``)."""

    def draw(rng: np.random.Generator, replicates: int, failure: float) -> tuple[Floats, Floats]:
        g = (rng.random((replicates, classes)) < rate).astype(float)
        setting = Setting(5, ways)
        if not reads_random_episodes(the_bound(statement)):
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


def reads_random_episodes(bound: ConfidenceBound) -> bool:
    """Whether the number of random episodes occurs in the statement."""
    return B_ep in bound.closed_form.free_symbols


WAYS = 2
"""Classes of a tuple of the adaptive adversary."""


def statement_limit(statement: Statement) -> Callable[[Floats, int, float], Floats]:
    """A progressive statement as a function of (mean, tuples, failure), for an adversary to attack."""
    bound = the_bound(statement)

    def limit(mean: Floats, tuples: int, failure: float) -> Floats:
        chosen = {failure_symbol: failure, tilt_symbol: 1.0}
        values = {U: mean, N_blocks: tuples, k: WAYS, l: WAYS * tuples, **chosen}
        return np.asarray(evaluate(bound.closed_form, Scalars(values)))

    return limit


def progressive_scenario(statement: Statement, tuples: int = 40) -> Scenario:
    """Against the adaptive adversary that is worst for this very statement."""

    @lru_cache(maxsize=4)
    def adversary(failure: float) -> Adversary:
        return worst_adversary(statement_limit(statement), tuples, failure)

    def draw(rng: np.random.Generator, replicates: int, failure: float) -> tuple[Floats, Floats]:
        observed, truth = adversary(failure).simulate(rng, replicates)
        evidence = BlockErrors(observed[:, None], (WAYS * tuples,), WAYS, "progressive")
        granted = (*INDEPENDENT, LearnedFromOtherBlocks("progressive"))
        return bound_values(statement, evidence, granted, failure), truth

    return Scenario(the_bound(statement).name, f"adaptive adversary, {tuples} tuples", draw)


def sign_products(rng: np.random.Generator, replicates: int, folds: int, tuples: int) -> Floats:
    """Errors of K maps on their folds, true mean error 1/2: every map reads the product of the majority
    signs of the other folds, so the measured errors of all folds are too low together. Shape (replicates,
    folds)."""
    signs = np.where(rng.random((replicates, folds, tuples)) < 0.5, -1.0, 1.0)
    mean = signs.mean(axis=2)
    majority = np.where(mean > 0, 1.0, np.where(mean < 0, -1.0, signs[:, :, 0]))
    others = np.prod(majority, axis=1, keepdims=True) * majority
    values: Floats = 0.5 - others * mean / 2
    return values


UNEQUAL = (79,) * 19 + (99,)
"""Folds that make one 40-way tuple each, and one that makes two: as many as floor(l/(K k)) counts a fold."""
UNEQUAL_WAYS = 40


def unequal_folds(rng: np.random.Generator, replicates: int) -> BlockErrors:
    """`sign_products` on folds of 79 classes and one of 99, true mean error 1/2: with probability close to
    1/2 the measured errors on all folds are too low at once."""
    counts = [size // UNEQUAL_WAYS for size in UNEQUAL]
    signs = [np.where(rng.random((replicates, count)) < 0.5, -1.0, 1.0) for count in counts]
    means = np.stack([own.mean(axis=1) for own in signs], axis=1)
    first = np.stack([own[:, 0] for own in signs], axis=1)
    majority = np.where(means == 0, first, np.sign(means))
    others = np.prod(majority, axis=1, keepdims=True) * majority
    return BlockErrors(0.5 - others * means / 2, UNEQUAL, UNEQUAL_WAYS, "folds")


def unequal_folds_scenario(statement: Statement) -> Scenario:
    """The smallest fold's tuples are what counts."""

    def draw(rng: np.random.Generator, replicates: int, failure: float) -> tuple[Floats, Floats]:
        granted = (*INDEPENDENT, LearnedFromOtherBlocks("folds"))
        evidence = unequal_folds(rng, replicates)
        return bound_values(statement, evidence, granted, failure, Setting(1, UNEQUAL_WAYS)), np.asarray(0.5)

    return Scenario(the_bound(statement).name, "products of signs, 19 folds of one tuple, one of two", draw)


def k_fold_scenario(statement: Statement) -> Scenario:
    """Maps learned on nine of ten folds of fair bits; every map errs with probability 1/2."""
    folds, tuples = 10, 10

    def draw(rng: np.random.Generator, replicates: int, failure: float) -> tuple[Floats, Floats]:
        errors = sign_products(rng, replicates, folds, tuples)
        evidence = BlockErrors(errors, (2 * tuples,) * folds, 2, "folds")
        granted = (*INDEPENDENT, LearnedFromOtherBlocks("folds"))
        return bound_values(statement, evidence, granted, failure), np.asarray(0.5)

    return Scenario(the_bound(statement).name, "fair bits and products of signs, 10 folds of 10 tuples", draw)
