"""Gaussian classes of any covariance, mixtures, Laplace and Student classes, errors from 0.9 to 1e-12.

The centres of query class i are drawn from a mixture over the other classes j of their law tilted by
exp(-t_j M_j), M_j the margin to j and t_j about the saddle point of its cumulant K_j: a quadratic form in the
own centre and that of j, so the tilted law is again Gaussian. Given the centres the query is integrated out
(``union``). Component j has weight exp(K_j)/sum, and the balance weight of an episode is then

    sum_j exp(K_j) / sum_j E[exp(-t_j M_j) | centres],

which needs the margins only. By Chernoff P(wrong | centres) is at most the denominator, so no episode is
worth more than sum_j exp(K_j): the interval for bounded means holds, wherever the tilts look.
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence

import numpy as np

from simulations.engines.base import Budget, Context, Engine, Question, Refused
from simulations.engines.geometry.subsets import pair_bracket, wrong_share_by_rank
from simulations.engines.pairs import class_brackets
from simulations.engines.sampling.forecast import HALF, rough
from simulations.engines.tilted.allocation import by_pilot, by_sums, pilot_size
from simulations.engines.tilted.classes import planned, query_classes, refusal
from simulations.engines.tilted.margins import Margins
from simulations.engines.tilted.query_class import PlainComponent, TiltedClass
from simulations.engines.tilted.tally import FEWEST_EFFECTIVE, GROUPS, BoundedGroups, Stratum, rule
from simulations.engines.tilted.union import weighted_errors
from simulations.estimates import Effort, Estimate, Exact, moved_within, resolved
from simulations.populations.base import Population
from simulations.runtime.arrays import Generator
from simulations.runtime.device import batch
from theory.array import Array, Floats, Integers, to_numpy
from theory.inheritance import override

FEWEST, MOST = 64 * GROUPS, 1_000_000
BATCH = 1 << 18
MOST_CLASSES = 32
ACCURACY, LEAST = 1e-8, 1e-290
COMMON, UNSEEN, HEAVY, TOO_FEW = 0.15, 20.0, 0.3, 0.25
"""For ``expected_width``: measured on random geometries. The last is the share of the fewest effective
episodes that may be forecast: a refusal costs time, a sampler that is passed over costs the answer."""


class Tilted(Engine):
    """``normalizer_factor`` multiplies the normalizers of the tilts; it and ``guard`` off are for negative
    controls alone."""

    name = "tilted"
    rank = 25

    def __init__(self, *, normalizer_factor: float = 1.0, guard: bool = True) -> None:
        self.normalizer_factor, self.guard = normalizer_factor, guard

    @override
    def refusal(self, population: Population, question: Question, budget: Budget) -> str | None:
        if population.classes > MOST_CLASSES:
            return f"the tilted engine serves at most {MOST_CLASSES} classes"
        return refusal(population, question.shots)

    @override
    def expected_width(self, population: Population, question: Question, budget: Budget) -> float | None:
        approximate = rough(population, question.shots, max(question.ways))
        draws_per_episode, relative = planned(population, question.shots)
        episodes = min(max(budget.draws / draws_per_episode, FEWEST), MOST)
        if relative > HEAVY and episodes < TOO_FEW * (1 + relative) * FEWEST_EFFECTIVE:
            # It would refuse.
            return math.inf
        # Of errors that are not rare the query, drawn given that one class wins, adds its part.
        relative += COMMON * approximate.error * max(question.ways)
        return HALF * math.sqrt(relative / episodes) + UNSEEN / episodes

    @override
    @np.errstate(all="ignore")  # what is no number is refused at the end
    def run(
        self,
        population: Population,
        question: Question,
        context: Context,
    ) -> list[Estimate]:
        start = time.perf_counter()
        classes = query_classes(population, question.shots)
        pairs = [pair for pair in (each.exact() for each in classes) if pair is not None]
        exact = np.stack(pairs) if len(pairs) == len(classes) else None
        if exact is not None and question.ways == (2,):
            return [self._two(exact, time.perf_counter() - start)]
        episodes = min(max(context.budget.draws / max(each.draws for each in classes), FEWEST), MOST)
        classes, counts = self._planned(classes, episodes, question, context)
        factors, top = _normalizers(classes)
        shares = [wrong_share_by_rank(population.classes, ways) for ways in question.ways]
        strata = [[Stratum() for _ in classes] for _ in shares]
        controls = [Stratum() for _ in classes]
        for i, (query, count) in enumerate(zip(classes, counts, strict=True)):
            size = GROUPS * max(1, batch(context.budget.device, BATCH) // query.draws // GROUPS)
            chances = _chances(query)
            for turn, done in enumerate(range(0, count, size)):
                where = (self.name, "shots", question.shots, "class", i, "batch", turn)
                rng = context.stream(*where)
                control, rows = self._batch(query, chances, min(size, count - done), shares, rng)
                controls[i].add(control)
                for stratum, values in zip(strata, rows, strict=True):
                    stratum[i].add(values)
        effort = Effort(time.perf_counter() - start, sum(each.count for each in strata[0]))
        scale = math.exp(top) if top > -700 else 0.0
        factors = factors * scale * self.normalizer_factor
        if exact is not None and self.guard:
            _check(controls, exact, factors)
        answers = []
        for stratum, share, ways in zip(strata, shares, question.ways, strict=True):
            bounds = [each.bound(float(share[1])) for each in classes]
            interval_rule, means, by_class = rule(
                stratum,
                factors,
                None if None in bounds else np.array(bounds),
                (0.0, 1.0) if exact is None else _bracket(exact, ways, population.classes),
            )
            _require_enough(interval_rule)
            if exact is not None and interval_rule.value != interval_rule.mean:
                moved = moved_within(means, *class_brackets(exact, ways), interval_rule.value)
                means, by_class = moved, by_class and resolved(moved, np.abs(moved - means))
            answers.append(
                Estimate.of(
                    interval_rule.value,
                    interval_rule,
                    self.name,
                    effort,
                    confidence=context.confidence,
                    seed=context.seed,
                    per_class=tuple(map(float, means)),
                    resolved=by_class,
                )
            )
        return answers

    def _planned(
        self, classes: Sequence[TiltedClass], episodes: float, question: Question, context: Context
    ) -> tuple[list[TiltedClass], list[int]]:
        """The classes, those whose episodes nothing bounds with shares of their components as a pilot shows
        them, and how many episodes each gets. The pilot's values come from random numbers of their own."""
        if all(each.bound(1.0) is not None for each in classes):
            return list(classes), by_sums(_normalizers(classes)[0], episodes)
        size, planned, pilots = pilot_size(len(classes), episodes), [], []
        most = [wrong_share_by_rank(len(classes), max(question.ways))]
        for i, each in enumerate(classes):
            rng = context.stream(self.name, "shots", question.shots, "class", i, "pilot")
            query = each.explored() if isinstance(each, PlainComponent) else each
            _, margins, (_, rows) = self._sampled(query, _chances(query), size, most, rng)
            values = to_numpy(rows[0])
            if isinstance(query, PlainComponent):
                query, values = query.refitted(margins, values)
            planned.append(query)
            pilots.append(values)
        return planned, by_pilot(_normalizers(planned)[0], pilots, episodes)

    def _batch(
        self, query: TiltedClass, chances: Floats, episodes: int, shares: Sequence[Floats], rng: Generator
    ) -> tuple[Floats, list[Floats]]:
        """The control, and for each number of ways (episodes,) values in [0, share[1]], in random order of
        the components."""
        order, _, (control, rows) = self._sampled(query, chances, episodes, shares, rng)
        ordered: list[Floats] = []
        for values in (control, *rows):
            row = np.empty(episodes)
            row[order] = to_numpy(values)
            ordered.append(row)
        return ordered[0], ordered[1:]

    def _sampled(
        self, query: TiltedClass, chances: Floats, episodes: int, shares: Sequence[Floats], rng: Generator
    ) -> tuple[Integers, Margins, tuple[Array, list[Array]]]:
        """A random order of the episodes, which come component by component; their margins and values."""
        edges = np.cumsum(chances)
        picked = np.searchsorted(edges / edges[-1], to_numpy(rng.random(episodes)), side="right")
        picked = np.minimum(picked, len(chances) - 1)
        order = np.argsort(picked, kind="stable")
        margins = query.episodes(np.bincount(picked, minlength=len(chances)), rng)
        return order, margins, weighted_errors(margins, shares, rng)

    def _two(self, exact: Floats, seconds: float) -> Estimate:
        """Two ways are the mean over pairs, to 1e-9."""
        means = exact.mean(axis=1)
        value = float(means.mean())
        return Estimate.of(
            value, Exact(value), self.name, Effort(seconds), per_class=tuple(map(float, means))
        )


def _normalizers(classes: Sequence[TiltedClass]) -> tuple[Floats, float]:
    """(classes,): sums of the normalizers of each class, over e to a power, and that power."""
    peaks = np.array([each.logs.max() for each in classes])
    sums = [float(np.sum(np.exp(each.logs - peak))) for each, peak in zip(classes, peaks, strict=True)]
    return np.array(sums) * np.exp(peaks - peaks.max()), float(peaks.max())


def _chances(query: TiltedClass) -> Floats:
    """(components,): how often each is drawn."""
    chances = np.exp(query.logs - query.logs.max())
    values: Floats = chances / np.sum(chances)
    return values


def _require_enough(interval_rule: BoundedGroups) -> None:
    """Raises ``Refused`` where an interval would say nothing."""
    if not math.isfinite(interval_rule.value):
        raise Refused("lengths too far apart for double precision")
    if interval_rule.says_enough:
        return
    if interval_rule.effective < FEWEST_EFFECTIVE:
        raise Refused(f"{interval_rule.effective:.0f} episodes carry the estimate, too few for an interval")
    raise Refused("too few episodes carry the error of one of the classes")


def _bracket(exact: Floats, ways: int, classes: int) -> tuple[float, float]:
    """With room for what the pair probabilities are known to."""
    low, high = pair_bracket(exact, ways, classes)
    return low * (1 - ACCURACY), high * (1 + ACCURACY) + LEAST


def _check(controls: Sequence[Stratum], exact: Floats, factors: Floats) -> None:
    """Raise ``Refused`` unless the sampled mean of the pair probabilities closes on its exact value."""
    for control, row, factor in zip(controls, exact, factors, strict=True):
        target = float(np.sum(row))
        if not control.closes(target, float(factor)):
            raise Refused(f"the control does not close: {control.mean * factor:.6g}, {target:.6g} exact")
