"""Gaussian classes of any covariance and Laplace classes of few coordinates, errors that are not rare.

Given all centres (and, of Laplace classes, the spreads of the query's coordinates) the margins are jointly
Gaussian and P(wrong) is a smooth function of normal scores (``union``): no indicator is sampled. Scores come
from replicated digital nets. Where many shots leave centres little room, or coordinates are few, replicates
agree to a hundredth of what as many plain draws would.

Pitfall and guard: of rare errors plain scores see too little, and replicates would agree on a part of them.
So the sampled sum of the pair events must agree with its exact value where that is known, must be well known
itself, and replicates that one point dominates are refused: the next engine takes over.
"""

from __future__ import annotations

import itertools
import math
import time
from collections.abc import Sequence

import numpy as np

from simulations.engines.base import Budget, Context, Engine, Question, Refused
from simulations.engines.cubature.laws import Laws, laws
from simulations.engines.cubature.nets import uniforms
from simulations.engines.cubature.union import evaluations, overlap
from simulations.engines.forecast import rough
from simulations.engines.pairs import pair_matrix
from simulations.engines.replicates import check_control, skew_allowance
from simulations.estimates import Effort, Estimate, Replicates
from simulations.populations.base import Population
from simulations.populations.gaussian import GaussianClasses
from simulations.populations.laplace import LaplaceClasses
from simulations.runtime.arrays import Generator
from theory.array import Array
from theory.inheritance import override

REPLICATES = 32
"""Half-widths fall about as 1/points of one replicate; with fewer replicates than this no interval holds at
the confidence of verdicts."""
MOST_SCORES, MOST_TAILS = 64, 80
FEWEST_LOG2, MOST_LOG2 = 7, 15
CHEAP = 3.5
"""A score of a net, or a tail, takes about so much less time than a number drawn by another engine."""
BLOCK = 1 << 12
"""Points handled at once."""
ACCURACY = 2e-6
"""Of the quantiles that scores go through."""
GUARD_POWER, WIDEST = 0.05, 0.1
CENTRES, SPREADS, FLAT, RARE, MANY = 3.5e-3, 6e-5, 0.04, 1e-5, 65536
"""For ``expected_width``: measured on random geometries."""


class Cubature(Engine):
    """``spoiled`` multiplies the deviations of centres in the negative control alone."""

    name = "cubature"
    rank = 15

    def __init__(self, *, spoiled: float = 1.0, guard: bool = True) -> None:
        self.spoiled, self.guard = spoiled, guard

    @override
    def refusal(self, population: Population, question: Question, budget: Budget) -> str | None:
        if budget.device != "cpu":
            return "the cubature engine works on the host"
        if isinstance(population, GaussianClasses):
            positive = all(float(np.max(value)) > 0 for value in population.covariances)
        elif isinstance(population, LaplaceClasses):
            positive = bool(np.all(population.stds > 0))
        else:
            return "the cubature engine needs Gaussian or Laplace classes"
        if not positive:
            return "the cubature engine needs positive variances"
        scores = _scores(population, question)
        if scores > MOST_SCORES:
            return f"the cubature engine takes at most {MOST_SCORES} scores, here {scores}"
        if _tails(population.classes, question.ways) > MOST_TAILS:
            return "the cubature engine serves fewer subsets of classes"
        return None

    @override
    def expected_width(self, population: Population, question: Question, budget: Budget) -> float | None:
        found, laplace = rough(population, question.shots), isinstance(population, LaplaceClasses)
        moving = (found.given_centres + FLAT * found.error) / question.shots
        relative = CENTRES * math.sqrt(moving) * max(1.0, RARE / found.error) ** 0.25
        if laplace:
            relative += SPREADS / math.sqrt(found.error)
        points = REPLICATES << self.log2_points(population, question, budget)
        width = relative * (MANY / points) ** 0.8
        # It would refuse.
        return width if 2 * width < WIDEST else math.inf

    @override
    def run(self, population: Population, question: Question, context: Context) -> list[Estimate]:
        start = time.perf_counter()
        law = laws(population, question.shots)
        if law is None:
            raise Refused("the cubature engine needs Gaussian or Laplace classes")
        log2_points = self.log2_points(population, question, context.budget)
        rows, sums = [], []
        for i in range(law.classes):
            rng = context.stream(self.name, "shots", question.shots, "class", i)
            errors, pairs = self._class(law, i, question.ways, log2_points, rng)
            rows.append(errors)
            sums.append(pairs)
        if self.guard:
            self._check(population, question.shots, np.array(sums))
        found = np.stack(rows, axis=1)
        if not np.all(np.isfinite(found)):
            raise Refused("lengths too far apart for double precision")
        effort = Effort(time.perf_counter() - start, found.shape[1] * REPLICATES << log2_points)
        return [self._estimate(each, effort, context) for each in found]

    def log2_points(self, population: Population, question: Question, budget: Budget) -> int:
        """Of one replicate of one class."""
        each = _scores(population, question) + _tails(population.classes, question.ways)
        numbers = population.classes * REPLICATES * each
        points = CHEAP * budget.draws / numbers
        return min(max(round(math.log2(max(points, 1.0))), FEWEST_LOG2), MOST_LOG2)

    def _class(
        self, law: Laws, own: int, ways: Sequence[int], log2_points: int, rng: Generator
    ) -> tuple[Array, Array]:
        """Replicates (ways, replicates) of the error of one class, and (replicates,) of the sum of its pair
        probabilities."""
        from scipy.special import ndtr, ndtri

        errors, pairs = np.zeros((len(ways), REPLICATES)), np.zeros(REPLICATES)
        points, first = 1 << log2_points, law.classes - 2
        scores = first + law.spread_scores + law.centre_scores
        moved = uniforms(rng, max(scores, 1), REPLICATES, log2_points)
        for begin in range(0, points, BLOCK):
            for r in range(REPLICATES):
                uniform = moved(r, begin, min(begin + BLOCK, points))
                limits, joint = self._margins(law, own, ndtri(uniform[first:]))
                tails = ndtr(-limits)
                pairs[r] += float(np.sum(tails)) / points
                for w, k in enumerate(ways):
                    errors[w, r] += float(np.sum(_wrong(limits, joint, tails, uniform, k))) / points
        return errors, pairs

    def _margins(self, law: Laws, own: int, scores: Array) -> tuple[Array, Array]:
        """Limits (others, points) and correlations (others, others, points) of the margins given everything
        but the query: another class wins where its variable is beyond the limit."""
        others = [j for j in range(law.classes) if j != own]
        noise = self.spoiled * law.centres(scores[law.spread_scores :])
        mine = noise[:, own : own + 1, :]
        rows = law.offsets[own, others] + (noise[:, others, :] - mine)
        beyond = np.sum(rows * (rows / 2 + mine), axis=2)
        spread = law.spread(rows, own, scores[: law.spread_scores])
        joint = spread @ spread.transpose(0, 2, 1)
        size = np.sqrt(np.maximum(np.einsum("mjj->mj", joint), 1e-300))
        joint = joint / (size[:, :, None] * size[:, None, :])
        return np.ascontiguousarray((beyond / size).T), np.ascontiguousarray(joint.transpose(1, 2, 0))

    def _check(self, population: Population, shots: float, sums: Array) -> None:
        """Raises ``Refused`` unless the sampled pair sums (classes, replicates) are well known and agree with
        their exact values."""
        mean = np.mean(sums, axis=0)
        exact = pair_matrix(population, shots) if isinstance(population, GaussianClasses) else None
        target = float(np.mean(mean)) if exact is None else float(np.mean(np.sum(exact, axis=1)))
        check_control(mean, target, GUARD_POWER)

    def _estimate(self, rows: Array, effort: Effort, context: Context) -> Estimate:
        """From replicates (classes, replicates) of the errors of all classes."""
        spread = np.mean(rows, axis=0)
        value, deviation = float(np.mean(spread)), float(np.std(spread, ddof=1))
        bias = ACCURACY + skew_allowance(spread) / max(value, 1e-300)
        rule = Replicates(REPLICATES, value, deviation, 0.0, 1.0, bias)
        low, high = rule.interval(0.95)
        if not high - low < WIDEST * value:
            raise Refused("replicates differ too much for an interval")
        return Estimate.of(
            value,
            rule,
            self.name,
            effort,
            confidence=context.confidence,
            seed=context.seed,
            per_class=tuple(map(float, np.mean(rows, axis=1))),
            resampled="replicates",
        )


def _scores(population: Population, question: Question) -> int:
    """Coordinates of the net."""
    k, p = population.classes, population.dimension
    centres = 0 if math.isinf(question.shots) else k * p
    return k - 2 + centres + (p if isinstance(population, LaplaceClasses) else 0)


def _tails(classes: int, ways: Sequence[int]) -> int:
    """How many tails a point takes."""
    return sum(math.comb(classes - 1, k - 1) * evaluations(k - 1) for k in ways)


def _wrong(limits: Array, joint: Array, tails: Array, uniform: Array, ways: int) -> Array:
    """(points,): mean of P(wrong) over the subsets of ``ways`` classes."""
    others = len(limits)
    total = np.sum(tails, axis=0) * ((ways - 1) / others)
    if ways == 2:
        return total
    subsets = list(itertools.combinations(range(others), ways - 1))
    for subset in subsets:
        chosen = list(subset)
        total = total - overlap(limits[chosen], joint[np.ix_(chosen, chosen)], uniform) / len(subsets)
    return total
