"""Few-shot error of stored features, by episodes. Supports are never among the queries.

One sweep draws a support for every class and scores queries against all centres at once; the rank of the
own centre gives the error averaged over all subsets of classes, for every number of ways. Sweeps come in
groups, in which every query is held against the own centres of all sweeps.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from simulations.engines.pool.classes import OverClasses, jackknife
from simulations.engines.pool.controls import coefficients, pilots
from simulations.engines.pool.intervals import Groups
from simulations.engines.pool.sweeps import Plan, plan, run_group
from simulations.estimates import BoundedMean, Effort, Estimate, Replicates
from simulations.runtime.randomness import ROOT_SEED
from theory.array import Array
from theory.bound import NotApplicable

__all__ = ["pool_errors"]
DEFAULT_WORK = 3e10


def pool_errors(
    features: Array,
    labels: Array,
    shots: int,
    ways: Sequence[int],
    *,
    seed: int = ROOT_SEED,
    confidence: float = 0.95,
    work: float = DEFAULT_WORK,
    device: str = "cpu",
) -> list[Estimate]:
    """k-way n-shot error on a fixed pool of features (samples, dimension), one estimate a number of ways.

    The interval is over episodes for this pool of classes and samples; ``over_classes`` of an estimate
    holds the one for new classes, of which the pool's are a sample. ``work`` counts multiplications.
    On a GPU the products are made there; draws, and so all numbers, are the same.
    Raises ValueError when a class has fewer than shots + 1 samples.
    """
    start = time.perf_counter()
    names, inverse = np.unique(labels, return_inverse=True)
    order = np.argsort(inverse, kind="stable")
    members = np.split(order, np.cumsum(np.bincount(inverse))[:-1])
    smallest = min(map(len, members))
    if smallest < shots + 1:
        short = names[int(np.argmin([len(rows) for rows in members]))]
        raise ValueError(f"class {short} has {smallest} samples; {shots} shots and a query need {shots + 1}")
    planned = plan(np.asarray(features), members, shots, ways, work, device)
    return _run(planned, seed, confidence, start)


def _run(plan: Plan, seed: int, confidence: float, start: float) -> list[Estimate]:
    factors = _pilot(plan, seed)
    classes = len(plan.sizes)
    errors = np.empty((len(plan.ways), plan.groups, classes))
    corrections = np.zeros((len(plan.ways), plan.groups))
    without = np.zeros((len(plan.ways), classes))
    mixed = np.zeros(len(plan.ways), dtype=int)
    for group in range(plan.groups):
        found = run_group(plan, seed, group)
        errors[:, group] = found.errors
        without += found.without / plan.groups
        mixed += found.mixed
        if factors is not None:
            corrections[:, group] = factors @ found.controls.mean(axis=0)
    effort = Effort(time.perf_counter() - start, plan.groups * plan.sets)
    estimates = []
    for row, k in enumerate(plan.ways):
        rule = _rule(errors[row], corrections[row], plan.top, int(mixed[row]))
        made = _estimate(errors[row], rule, effort, confidence, seed)
        over = _over_classes(made, without[row], k)
        estimates.append(replace(made, over_classes=over))
    return estimates


def _pilot(plan: Plan, seed: int) -> Array | None:
    """(ways, controls) coefficients, from groups of their own."""
    if plan.controls is None:
        return None
    found = [run_group(plan, seed, "pilot", group) for group in range(pilots(plan.sets))]
    effects = np.stack([each.effects for each in found], axis=1)
    return coefficients(effects, np.stack([each.controls for each in found]))


def _rule(errors: Array, corrections: Array, top: float, mixed: int) -> Groups:
    """From ``errors`` (groups, classes) and what the controls take from each group's mean (groups,)."""
    plain = errors.mean(axis=1)
    means = plain - corrections
    return Groups(
        BoundedMean(len(plain), float(plain.mean()), float(plain.var(ddof=1)), top),
        Replicates(len(means), min(max(float(means.mean()), 0.0), 1.0), float(means.std(ddof=1))),
        mixed,
    )


def _estimate(errors: Array, rule: Groups, effort: Effort, confidence: float, seed: int) -> Estimate:
    """The classes' ``errors`` (groups, classes) are scaled to have the corrected mean."""
    value, plain = rule.replicates.mean, rule.bounded.mean
    by_class = errors.mean(axis=0) * (value / plain if plain > 0 else 1.0)
    return Estimate.of(
        value,
        rule,
        "episodes",
        effort,
        confidence=confidence,
        seed=seed,
        per_class=tuple(map(float, by_class)),
    )


def _over_classes(made: Estimate, without: Array, ways: int) -> Estimate | NotApplicable:
    """The same value with its interval over classes."""
    classes = len(without)
    if classes < 2 * ways:
        return NotApplicable(
            f"{classes} classes are too few to tell how {ways}-way errors vary over classes: "
            f"{2 * ways} are needed"
        )
    if not 0 < made.value < 1:
        seen = "no error was seen" if made.value == 0 else "every query erred"
        return NotApplicable(f"{seen}, which doesn't tell how errors vary over classes")
    rule = OverClasses(classes, made.value, jackknife(without))
    return Estimate.of(
        made.value,
        rule,
        made.method,
        made.effort,
        confidence=made.confidence,
        seed=made.seed,
        per_class=made.per_class,
        resampled="classes",
    )
