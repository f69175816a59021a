"""Statements about episodes, folds, blocks and votes on tuples that err as a whole, at the worst rate."""

from __future__ import annotations

import numpy as np

from simulations.verdicts.coverage.evidence import INDEPENDENT, Statement, bound_values, the_bound
from simulations.verdicts.coverage.judge import Scenario
from simulations.verdicts.coverage.scenarios.worst_rate import joint_errors, of_maps, picked, rate_for
from theory.array import Floats
from theory.assumptions.sampling import LearnedFromOtherBlocks
from theory.evidence import BlockErrors, EpisodeErrors
from theory.quantities import tilt
from theory.setting import Setting

SHARP_TILT = 5.0
"""A tilt at which the limit of one tuple is below 1."""
MANY = 10**6
"""Episodes, or classes, of which there are so many that their number leaves next to no deviation."""


def episode_tuples_scenario(
    statement: Statement, classes: int, ways: int, *, maps: int = 1, episodes: int | None = None
) -> Scenario:
    """One chopped permutation of ``classes`` classes; or so many random ``episodes`` of as many classes as
    ways, which are all one tuple."""
    lineage, granted = picked(maps)
    tuples = classes // ways

    def limits(average: Floats, failure: float) -> Floats:
        evidence = EpisodeErrors(average, classes, ways, lineage, episodes)
        return bound_values(statement, evidence, granted, failure, Setting(5, ways))

    rate = rate_for(limits, tuples)

    def draw(rng: np.random.Generator, replicates: int, failure: float) -> tuple[Floats, Floats]:
        average = joint_errors(rng, replicates, (tuples, ways), rate(failure), maps)
        return limits(average, failure), np.asarray(rate(failure))

    name = f"tuples that err as a whole, l = {classes}, {ways}-way{of_maps(maps)}"
    return Scenario(the_bound(statement).name, name, draw)


def few_episodes_scenario(statement: Statement, episodes: int) -> Scenario:
    """So many classes, all alike, that the draw of the episodes alone decides: each has one query."""
    lineage, granted = picked(1)

    def limits(average: Floats, failure: float) -> Floats:
        evidence = EpisodeErrors(average, MANY, 2, lineage, episodes)
        return bound_values(statement, evidence, granted, failure, Setting(5, 2))

    rate = rate_for(limits, episodes)

    def draw(rng: np.random.Generator, replicates: int, failure: float) -> tuple[Floats, Floats]:
        average = rng.binomial(episodes, rate(failure), replicates) / episodes
        return limits(average, failure), np.asarray(rate(failure))

    name = f"{episodes} episodes of one query, {MANY} classes that are all alike"
    return Scenario(the_bound(statement).name, name, draw)


def _on_blocks(statement: Statement, evidence: BlockErrors, failure: float) -> Floats:
    """The statement on blocks of tuples, at a tilt that one tuple can reach."""
    bound = the_bound(statement)
    granted = (*INDEPENDENT, LearnedFromOtherBlocks(evidence.order))
    at = {"tilt": SHARP_TILT} if tilt in dict(bound.defaults) else {}
    return bound_values(bound, evidence, granted, failure, Setting(5, evidence.ways), **at)


def fold_tuples_scenario(statement: Statement, folds: int, ways: int) -> Scenario:
    """One tuple a fold, and every map errs where the marks of all folds together say so: given the other
    folds with probability ``rate``, whatever they are, yet all folds err together or none."""

    def limits(average: Floats, failure: float) -> Floats:
        errors = np.repeat(average[:, None], folds, axis=1)
        return _on_blocks(statement, BlockErrors(errors, (ways,) * folds, ways, "folds"), failure)

    rate = rate_for(limits, 1)

    def draw(rng: np.random.Generator, replicates: int, failure: float) -> tuple[Floats, Floats]:
        average = joint_errors(rng, replicates, (1, folds * ways), rate(failure))
        return limits(average, failure), np.asarray(rate(failure))

    name = f"marks of all folds that add up, {folds} folds of one tuple, {ways}-way"
    return Scenario(the_bound(statement).name, name, draw)


def block_tuples_scenario(statement: Statement, blocks: int, ways: int) -> Scenario:
    """Blocks of one tuple each, and maps that err independently of each other at the same rate."""

    def limits(average: Floats, failure: float) -> Floats:
        errors = np.repeat(average[:, None], blocks, axis=1)
        return _on_blocks(statement, BlockErrors(errors, (ways,) * blocks, ways, "progressive"), failure)

    rate = rate_for(limits, blocks)

    def draw(rng: np.random.Generator, replicates: int, failure: float) -> tuple[Floats, Floats]:
        average = joint_errors(rng, replicates, (blocks, ways), rate(failure))
        return limits(average, failure), np.asarray(rate(failure))

    name = f"maps that err independently, {blocks} blocks of one {ways}-way tuple"
    return Scenario(the_bound(statement).name, name, draw)


def vote_tuples_scenario(statement: Statement, tuples: int, ways: int, order: str) -> Scenario:
    """Two maps that err on disjoint sets, and so a vote that errs where either does: twice as often."""

    def limits(average: Floats, failure: float) -> Floats:
        errors = np.repeat(average[:, None], 2, axis=1)
        return _on_blocks(statement, BlockErrors(errors, (tuples * ways,) * 2, ways, order), failure)

    rate = rate_for(limits, 2 * tuples, 2.0, 0.5)

    def draw(rng: np.random.Generator, replicates: int, failure: float) -> tuple[Floats, Floats]:
        average = joint_errors(rng, replicates, (2 * tuples, ways), rate(failure))
        return limits(average, failure), np.asarray(2 * rate(failure))

    name = f"votes of two maps that never err together, {tuples} {ways}-way tuples each"
    return Scenario(the_bound(statement).name, name, draw)
