"""Few-shot error of stored features, by episodes. Supports are never among the queries.

One sweep draws a support for every class and scores queries against all centres at once; the rank of the
own centre gives the error averaged over all subsets of classes, for every number of ways. Sweeps come in
groups, in which every query is compared with the own centres of all sweeps.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from simulations.engines.base import Question
from simulations.engines.pool.classes import OverClasses, jackknife
from simulations.engines.pool.controls import coefficients, pilots
from simulations.engines.pool.intervals import Groups
from simulations.engines.pool.rows import Rows
from simulations.engines.pool.samples import OverSamples, QueryErrors, blocks_of, deviation, over_samples
from simulations.engines.pool.separation import cannot_err
from simulations.engines.pool.sweeps import GroupResult, Outline, plan, run_group
from simulations.estimates import BoundedMean, Effort, Estimate, Exact, Replicates
from simulations.runtime.randomness import ROOT_SEED
from simulations.runtime.row_source import RowSource
from theory.array import Floats, Integers, NumPyArray
from theory.bound import NotApplicable

__all__ = ["estimates", "pool_errors", "without_error"]
DEFAULT_WORK = 3e10
FEWEST_ERRING = 7
"""Classes with errors, or all where there are fewer, for an interval over classes: of 10 classes at 5 ways
and an error of .01, intervals from 5 or 6 with errors covered in 5 of 8 trials, from 7 on in 95 %."""


def pool_errors(  # noqa: PLR0913 - public: one keyword for each option
    features: RowSource | Rows,
    labels: NumPyArray,
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
    holds the one for new classes, of which the pool's are a sample, and ``over_samples`` the one for fresh
    samples of these classes. ``work`` counts multiplications. Features are an array, or anything with its
    ``shape``, ``dtype`` and rows by slices and by row numbers; or ``Rows.of`` one, which saves two passes
    where several numbers of shots are asked for. Where classes lie so far apart that no query can err,
    whatever the supports, the error is 0 and exact.
    On a GPU the products are made there; draws, and so all numbers, are the same.
    Raises ValueError when a class has fewer than shots + 1 samples.
    """
    start = time.perf_counter()
    names, inverse = np.unique(labels, return_inverse=True)
    order = np.argsort(inverse, kind="stable")
    members: list[Integers] = list(np.split(order, np.cumsum(np.bincount(inverse))[:-1]))
    smallest = min(map(len, members))
    if smallest < shots + 1:
        short = names[int(np.argmin([len(rows) for rows in members]))]
        raise ValueError(f"class {short} has {smallest} samples; {shots} shots and a query need {shots + 1}")
    if not isinstance(features, Rows) and not hasattr(features, "shape"):
        features = np.asarray(features)
    if cannot_err(features.features if isinstance(features, Rows) else features, members):
        sizes = np.array([len(rows) for rows in members])
        return [without_error(sizes, shots, k, confidence, start) for k in ways]
    planned = plan(features, members, Question(shots, tuple(ways)), work, device)

    def run(paths: Sequence[Path]) -> Iterator[GroupResult]:
        return (run_group(planned, seed, *path) for path in paths)

    return estimates(planned.outline, run, seed, confidence, start)


@dataclass(eq=False)
class _Sums:
    """Results of the groups for one number of ways."""

    errors: Floats
    """(groups, classes)"""
    corrections: Floats
    """(groups,)"""
    without: Floats
    """(classes,)"""
    squares: Floats
    """(classes,)"""
    sets_variances: Floats
    """(groups,): over the sets of a group; NaN where it has one."""
    mixed: int = 0

    def variance_over_sets(self) -> float:
        """Variance of the mean error over new draws of the supports of all classes."""
        if np.all(np.isfinite(self.sets_variances)):
            return float(np.mean(self.sets_variances))
        return float(np.var(self.errors.mean(axis=1), ddof=1))


Path = tuple[object, ...]
Run = Callable[[Sequence[Path]], Iterable[GroupResult]]
"""Results of the groups of these streams, in order."""


def estimates(plan: Outline, run: Run, seed: int, confidence: float, start: float) -> list[Estimate]:
    """One estimate a number of ways; ``run`` draws the groups, here or anywhere. ``start``: when the clock
    was at 0."""
    factors = _pilot(plan, run)
    classes, groups = len(plan.sizes), plan.groups
    sums = [
        _Sums(
            np.empty((groups, classes)),
            np.zeros(groups),
            np.zeros(classes),
            np.zeros(classes),
            np.empty(groups),
        )
        for _ in plan.ways
    ]
    for group, result in enumerate(run([(group,) for group in range(groups)])):
        for row, totals in enumerate(sums):
            totals.errors[group] = result.errors[row]
            totals.without += result.without[row] / groups
            totals.squares += result.squares[row] / groups
            totals.mixed += int(result.mixed[row])
            several = plan.sets > 1
            totals.sets_variances[group] = result.effects[row].var(ddof=1) if several else math.nan
            if factors is not None:
                totals.corrections[group] = factors[row] @ result.controls.mean(axis=0)
    production = _Production(Effort(time.perf_counter() - start, groups * plan.sets), confidence, seed)
    return [_of(plan, each, k, production) for each, k in zip(sums, plan.ways, strict=True)]


@dataclass(frozen=True)
class _Production:
    """How the estimates of all numbers of ways were made."""

    effort: Effort
    confidence: float
    seed: int


def _of(plan: Outline, sums: _Sums, ways: int, production: _Production) -> Estimate:
    rule = _rule(sums.errors, sums.corrections, plan.top, sums.mixed)
    estimate = _estimate(sums.errors, rule, production)
    spread = deviation(
        QueryErrors(plan.sizes, np.asarray(estimate.per_class), sums.squares),
        plan.shots,
        sums.variance_over_sets(),
        rule.replicates.deviation / math.sqrt(rule.replicates.count),
    )
    fresh = OverSamples(
        estimate.value, spread, blocks_of(plan.sizes, plan.shots, ways), estimate.low, estimate.high
    )
    return replace(
        estimate,
        over_samples=over_samples(estimate, fresh),
        over_classes=_over_classes(estimate, sums.without, ways),
    )


def _pilot(plan: Outline, run: Run) -> Floats | None:
    """(ways, controls) coefficients, from groups of their own."""
    if not plan.controlled:
        return None
    pilot_results = list(run([("pilot", group) for group in range(pilots(plan.sets))]))
    effects = np.stack([each.effects for each in pilot_results], axis=1)
    return coefficients(effects, np.stack([each.controls for each in pilot_results]))


def _rule(errors: Floats, corrections: Floats, top: float, mixed: int) -> Groups:
    """From ``errors`` (groups, classes) and what the controls take from each group's mean (groups,)."""
    plain = errors.mean(axis=1)
    means = plain - corrections
    return Groups(
        BoundedMean(len(plain), float(plain.mean()), float(plain.var(ddof=1)), top),
        Replicates(len(means), min(max(float(means.mean()), 0.0), 1.0), float(means.std(ddof=1))),
        mixed,
    )


def _estimate(errors: Floats, rule: Groups, production: _Production) -> Estimate:
    """The classes' ``errors`` (groups, classes) are scaled to have the corrected mean."""
    value, plain = rule.replicates.mean, rule.bounded.mean
    by_class = errors.mean(axis=0) * (value / plain if plain > 0 else 1.0)
    return Estimate.of(
        value,
        rule,
        "episodes",
        production.effort,
        confidence=production.confidence,
        seed=production.seed,
        per_class=tuple(map(float, by_class)),
    )


def _over_classes(estimate: Estimate, without: Floats, ways: int) -> Estimate | NotApplicable:
    """The same value with its interval over classes."""
    classes = len(without)
    if classes < 2 * ways:
        return NotApplicable(
            f"{classes} classes are too few to tell how {ways}-way errors vary over classes: "
            f"{2 * ways} are needed"
        )
    if not 0 < estimate.value < 1:
        reason = "no error was seen" if estimate.value == 0 else "every query erred"
        return NotApplicable(f"{reason}, which doesn't tell how errors vary over classes")
    erring, fewest = sum(error > 0 for error in estimate.per_class), min(FEWEST_ERRING, classes)
    if erring < fewest or not estimate.resolved:
        # A jackknife over few errors is blind to the classes that would err on other samples: too narrow.
        few = f"errors in {erring} of {classes} classes" if erring < classes else "too few draws with errors"
        return NotApplicable(f"{few} don't tell how errors vary over classes")
    rule = OverClasses(classes, estimate.value, jackknife(without))
    return Estimate.of(
        estimate.value,
        rule,
        estimate.method,
        estimate.effort,
        confidence=estimate.confidence,
        seed=estimate.seed,
        per_class=estimate.per_class,
        resampled="classes",
    )


def without_error(sizes: Integers, shots: int, ways: int, confidence: float, start: float) -> Estimate:
    """The estimate where no query can err, whatever the supports; ``start`` is when the work began."""
    effort = Effort(time.perf_counter() - start)
    estimate = Estimate.of(0.0, Exact(0.0), "separation", effort, per_class=(0.0,) * len(sizes))
    fresh = OverSamples(0.0, 0.0, blocks_of(sizes, shots, ways), 0.0, 0.0)
    return replace(
        estimate,
        over_samples=replace(
            over_samples(replace(estimate, confidence=confidence), fresh), confidence=confidence
        ),
        over_classes=NotApplicable(
            "no error was seen, nor can one be, which doesn't tell how errors vary over classes"
        ),
    )
