"""Gaussian, Laplace and Student classes of few coordinates, errors that are not rare.

Given all centres (and, where classes are not Gaussian, the spreads of the query) the margins are jointly
Gaussian and P(wrong) is a smooth function of normal scores (``union``): no indicator is sampled. Scores come
from replicated lattice rules. Where many shots leave centres little room, or coordinates are few, replicates
agree to a hundredth of what as many plain draws would. Of Gaussian and Student classes the sum of pair
probabilities is known: rarer errors are regressed on it, as both come from the same few points.

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
from simulations.engines.cubature.laws import Laws, counts, laws
from simulations.engines.cubature.union import evaluations, overlap
from simulations.engines.exact import student_pairs
from simulations.engines.geometry.alike import alike
from simulations.engines.geometry.digits import require_digits
from simulations.engines.pairs import pair_matrix
from simulations.engines.sampling import quasi
from simulations.engines.sampling.forecast import rough
from simulations.engines.sampling.groups import FEWEST_EFFECTIVE
from simulations.engines.sampling.replicates import (
    MOST_SLOPE,
    check_control,
    lean_of_points,
    regressed,
)
from simulations.estimates import Bracket, Effort, Estimate, Replicates, resolved
from simulations.populations.base import Population
from simulations.populations.gaussian import GaussianClasses
from simulations.populations.laplace import LaplaceClasses
from simulations.populations.student import StudentClasses
from simulations.runtime.arrays import Generator
from theory.array import Floats, Integers
from theory.inheritance import override

REPLICATES, PILOT = 32, 8
"""Half-widths fall about as 1/points of one replicate; with fewer replicates than this no interval holds at
the confidence of verdicts."""
MOST_SCORES, MOST_TAILS = quasi.MOST_DIMENSIONS, 80
FEWEST_LOG2, MOST_LOG2 = 10, 15
COMMON = 0.3
"""Sum of pair probabilities beyond which the error hardly moves with it."""
CHEAP = 3.5
"""A score of a lattice, or a tail, takes about so much less time than a number drawn by another engine."""
TOO_NEAR = 1e-290
"""Squares of margins' deviations below it have lost digits; at 0 there are ties, which are errors."""
BLOCK = 1 << 12
"""Points handled at once."""
ACCURACY, ROUNDING = 2e-6, 1e-8
"""Of the quantiles that scores go through, and of pair probabilities where there are none."""
STILL = 100.0
"""Shots from which centres move so little that what the draws of ``union`` add would be seen: overlaps of two
events are then in closed form."""
GUARD_POWER, WIDEST = 0.02, 0.1
UNSEEN = 3.0
"""Points that may have met, at 95 %, what none has met (the rule of three)."""
CENTRES, SPREADS, FLAT, RARE, MANY = 3.5e-3, 6e-5, 0.04, 1e-5, 65536
SCALES, FEW_SHOTS, LEAST_OVERLAP = 3e-4, 2.2e-3, 0.08
"""For ``expected_width``: measured on random geometries."""


class Cubature(Engine):
    """``centre_factor`` multiplies the deviations of centres in the negative control alone."""

    name = "cubature"
    rank = 15

    def __init__(self, *, centre_factor: float = 1.0, guard: bool = True) -> None:
        self.centre_factor, self.guard = centre_factor, guard

    @override
    def refusal(self, population: Population, question: Question, budget: Budget) -> str | None:
        if budget.device != "cpu":
            return "the cubature engine works on the host"
        if isinstance(population, GaussianClasses):
            positive = all(float(np.max(value)) > 0 for value in population.covariances)
        elif isinstance(population, LaplaceClasses | StudentClasses):
            positive = bool(np.all(population.stds > 0))
        else:
            return "the cubature engine needs Gaussian, Laplace or Student classes"
        if not positive:
            return "the cubature engine needs positive variances"
        scores = _scores(population, question)
        if scores > MOST_SCORES:
            return f"the cubature engine takes at most {MOST_SCORES} scores, here {scores}"
        if _tails(population.classes, question.ways) > MOST_TAILS:
            return "the cubature engine serves fewer subsets of classes"
        if isinstance(population, StudentClasses):
            return student_pairs.refusal(population, question.shots)
        return None

    @override
    def expected_width(self, population: Population, question: Question, budget: Budget) -> float | None:
        points = REPLICATES << self.log2_points(population, question, budget)
        more = float((MANY / points) ** 0.8)
        if isinstance(population, StudentClasses):
            error = student_pairs.about(population)
            if error < student_pairs.OUTSIDE / student_pairs.LEAST_ACCURACY:
                return math.inf
            if question.ways == (2,):
                return student_pairs.ACCURACY + student_pairs.OUTSIDE / error
            return more * (SCALES + FEW_SHOTS / question.shots**2)
        approximate = rough(population, question.shots, max(question.ways))
        moving = (approximate.given_centres + FLAT * approximate.error) / question.shots
        relative = CENTRES * math.sqrt(moving) * max(1.0, RARE / approximate.error) ** 0.25
        if isinstance(population, LaplaceClasses):
            relative += SPREADS / math.sqrt(approximate.error)
        if relative * more > GUARD_POWER:
            # It would refuse.
            return math.inf
        known = isinstance(population, GaussianClasses)  # then only the overlap is sampled
        overlap_share = min(1.0, max(LEAST_OVERLAP, 2 * approximate.error)) if known else 1.0
        return float(relative * more * overlap_share)

    @override
    @np.errstate(all="ignore")  # what overflows is refused at the end
    def run(self, population: Population, question: Question, context: Context) -> list[Estimate]:
        start = time.perf_counter()
        law, ways = laws(population, question.shots), question.ways
        if law is None:
            raise Refused("the cubature engine needs Gaussian, Laplace or Student classes")
        if isinstance(population, GaussianClasses):
            require_digits(population, question.shots, law.pair_variances, population.unit)
        exact, accuracy = _exact(population, question.shots)
        student = isinstance(population, StudentClasses)
        if student and exact is not None and ways == (2,):
            return [_two_ways(exact, accuracy, Effort(time.perf_counter() - start))]
        kept, place = _alike(population)
        known = exact is not None and (student or float(np.mean(np.sum(exact, axis=1))) < COMMON)
        log2_points, pilot = self.log2_points(population, question, context.budget), PILOT if known else 0
        rows, sums, spikes = [], [], []
        for i in kept:
            rng = context.stream(self.name, "shots", question.shots, "class", i)
            errors, pairs, moments = self._class(law, i, question, log2_points, rng, pilot)
            if known and exact is not None:
                errors = regressed(errors, pairs, float(np.sum(exact[i])), pilot)
            rows.append(errors)
            sums.append(pairs[pilot:])
            spikes.append(moments)
        by_pairs = np.array(sums)[place]
        if self.guard:
            self._check(by_pairs, exact)
        by_ways = np.stack(rows, axis=1)[:, place]
        if not np.all(np.isfinite(by_ways)):
            raise Refused("lengths too far apart for double precision")
        effort = Effort(time.perf_counter() - start, len(kept) * (REPLICATES + pilot) << log2_points)
        # Normal scores go through quantiles, which are splines, unless classes are Gaussian.
        relative = ROUNDING if isinstance(population, GaussianClasses) else ACCURACY
        slip = relative * float(np.mean(by_pairs))
        apart = 0.0
        if student and exact is not None:
            slip += MOST_SLOPE * accuracy * float(np.mean(np.sum(exact, axis=1)))
            apart = float(np.mean(np.abs(np.mean(by_pairs, axis=1) - np.sum(exact, axis=1))))
        points = REPLICATES << log2_points
        # What the sampled pairs lack may be a class that wins alone, or with all others: slopes tell neither.
        slips = [
            slip
            + _unseen(law, by_pairs, exact, k, UNSEEN / points)
            + apart * (k - 2) / (population.classes - 1)
            for k in ways
        ]
        every_class = _sees_every_class(by_pairs, exact, accuracy)
        carried = [
            exact is not None or _carried(np.mean(each, axis=1), np.array(spikes)[place, w, 0], points)
            for w, each in enumerate(by_ways)
        ]
        leans = lean_of_points(np.stack(spikes, axis=1), np.bincount(place), points)
        return [
            _two_ways(exact, accuracy, effort)
            if student and exact is not None and k == 2
            else self._estimate(each, effort, context, off, lean, every_class and seen)
            for k, each, off, lean, seen in zip(ways, by_ways, slips, leans, carried, strict=True)
        ]

    def log2_points(self, population: Population, question: Question, budget: Budget) -> int:
        """Of one replicate of one class."""
        if _points_are_equal(population, question):
            return 0
        each = _scores(population, question) + _tails(population.classes, question.ways)
        points = CHEAP * budget.draws / (len(_alike(population)[0]) * REPLICATES * each)
        return min(max(round(math.log2(max(points, 1.0))), FEWEST_LOG2), MOST_LOG2)

    def _class(  # noqa: PLR0913 - what a class is, and how it is sampled
        self, law: Laws, own: int, question: Question, log2_points: int, rng: Generator, pilot: int
    ) -> tuple[Floats, Floats, Floats]:
        """Replicates (ways, pilot + replicates) of the error of one class, and of the sum of its pair
        probabilities; and (ways, 2) variance and third central moment of a point, less that sum where it is
        known: what overlaps then is sampled."""
        from scipy.special import ndtr, ndtri

        ways, count, points, first = question.ways, pilot + REPLICATES, 1 << log2_points, law.classes - 2
        errors, pairs = np.zeros((len(ways), count)), np.zeros(count)
        about, powers = np.zeros(len(ways)), np.zeros((len(ways), 3))
        moved = quasi.uniforms(rng, max(first + law.scores, 1), count, points)
        for r in range(count):
            for begin in range(0, points, BLOCK):
                uniform = moved(r, begin, min(begin + BLOCK, points))
                scores, weights = law.moved(own, ndtri(uniform[first:]))
                limits, joint = self._margins(law, own, scores)
                tails = ndtr(-limits)
                total = np.sum(tails, axis=0) * weights
                pairs[r] += float(np.sum(total)) / points
                for w, k in enumerate(ways):
                    wrong = _wrong(limits, joint, tails, uniform, k, _closed(law)) * weights
                    errors[w, r] += float(np.sum(wrong)) / points
                    rest = wrong - total * ((k - 1) / len(tails)) if pilot else wrong
                    # About one mean of them: points may be all but equal.
                    about[w] = float(np.mean(rest)) if r == begin == 0 else about[w]
                    powers[w] += [float(np.sum((rest - about[w]) ** power)) for power in (1, 2, 3)]
        mean, square, cube = powers.T / (count * points)
        variance = np.clip(square - mean**2, 0.0, None)
        return errors, pairs, np.stack([variance, cube - 3 * mean * square + 2 * mean**3], axis=1)

    def _margins(self, law: Laws, own: int, scores: Floats) -> tuple[Floats, Floats]:
        """Limits (others, points) and correlations (others, others, points) of the margins given everything
        but the query: another class wins where its variable is beyond the limit."""
        others = law.likeliest_first(own)
        noise = self.centre_factor * law.centres(scores[law.spreads :])
        mine = noise[:, own : own + 1, :]
        rows = law.offsets[own, others] + (noise[:, others, :] - mine)
        beyond = np.sum(rows * (rows / 2 + mine), axis=2)
        spread = law.spread(rows, own, scores[: law.spreads])
        joint = spread @ spread.transpose(0, 2, 1)
        squares = np.einsum("mjj->mj", joint)
        if not float(np.min(squares)) > TOO_NEAR:
            raise Refused("centres coincide, or are too near or too far for double precision")
        size = np.sqrt(squares)
        joint = joint / (size[:, :, None] * size[:, None, :])
        return np.ascontiguousarray((beyond / size).T), np.ascontiguousarray(joint.transpose(1, 2, 0))

    def _check(self, sums: Floats, exact: Floats | None) -> None:
        """Raises ``Refused`` unless the sampled pair sums (classes, replicates) are well known and agree with
        their exact values. Where those are not known (Laplace classes, full covariances at infinitely many
        shots) their spread alone can refuse: agreement is a matter of tests against direct simulation."""
        mean = np.mean(sums, axis=0)
        target = float(np.mean(mean)) if exact is None else float(np.mean(np.sum(exact, axis=1)))
        check_control(mean, target, GUARD_POWER)

    def _estimate(  # noqa: PLR0913 - what is known of the replicates
        self, rows: Floats, effort: Effort, context: Context, slip: float, lean: float, every_class: bool
    ) -> Estimate:
        """From replicates (classes, replicates) of the errors of all classes; the mean may be off by ``slip``
        beside what they show, and leans by ``lean`` (see ``Replicates``). Errors by class are told if the
        points have found ``every_class``."""
        spread = np.mean(rows, axis=0)
        value, deviation = float(np.mean(spread)), float(np.std(spread, ddof=1))
        size = max(value, 1e-300)
        rule = Replicates(REPLICATES, value, deviation, 0.0, 1.0, bias=slip / size, lean=lean / size)
        low, high = rule.interval(0.95)
        if not high - low < WIDEST * value:
            raise Refused("replicates differ too much for an interval")
        errors, room = np.mean(rows, axis=1), 2 * np.std(rows, axis=1, ddof=1) / math.sqrt(REPLICATES)
        return Estimate.of(
            value,
            rule,
            self.name,
            effort,
            confidence=context.confidence,
            seed=context.seed,
            per_class=tuple(map(float, errors)),
            resolved=every_class and resolved(errors, room),
            resampled="replicates",
        )


def _exact(population: Population, shots: float) -> tuple[Floats | None, float]:
    """Pair probabilities (classes, others), where they are known, and how well the mean of their sums is.
    Raises ``Refused`` where those of Student classes, which no plain score finds, are not."""
    if isinstance(population, GaussianClasses):
        return pair_matrix(population, shots), 0.0
    if not isinstance(population, StudentClasses):
        return None, 0.0
    known = student_pairs.student_pairs(population, int(shots))
    if not known.accuracy <= student_pairs.LEAST_ACCURACY:
        raise Refused("the pair probabilities of these Student classes are not known")
    return known.values, known.accuracy


def _carried(means: Floats, variances: Floats, points: int) -> bool:
    """Whether enough points of each class carry its error."""
    return bool(np.all(variances * FEWEST_EFFECTIVE <= points * means**2))


def _sees_every_class(sums: Floats, exact: Floats | None, accuracy: float) -> bool:
    """Whether the sampled pair sums (classes, replicates) close on their exact values, known to ``accuracy``
    of their mean, class by class: where the points miss one, its error is what a slope makes of nothing."""
    targets = np.mean(sums, axis=1) if exact is None else np.sum(exact, axis=1)
    if exact is not None and not _exact_by_class(targets, accuracy):
        return False
    try:
        for row, target in zip(sums, targets, strict=True):
            check_control(row, float(target), GUARD_POWER)
    except Refused:
        return False
    return True


def _closed(law: Laws) -> bool:
    """Whether overlaps of two events are in closed form."""
    return law.shots >= STILL


def _unseen(law: Laws, sums: Floats, exact: Floats | None, ways: int, share: float) -> float:
    """The most by which the mean over classes may be off for overlaps that no point has met, which have at
    most the chance ``share``; ``sums`` (classes, replicates) of the sampled pair probabilities."""
    if ways == 2:
        return 0.0
    spread = np.mean(sums, axis=0)
    # Of scores that are moved to where errors come from, a region may be that much likelier than it is met.
    most = share * law.most_weight * _overlapping(exact, float(np.mean(spread)), 1)
    if not _closed(law):
        return most
    # Two events of a query overlap in closed form: a third is drawn, and so are centres.
    by_draws = share * _overlapping(exact, float(np.mean(spread)), 2) if ways > 3 else 0.0
    if law.scores == 0:
        return by_draws
    if exact is not None:
        # Where centres make two events likely that are not, pair probabilities are missed twice.
        error = 3 * float(np.std(spread, ddof=1)) / math.sqrt(len(spread))
        missed = abs(float(np.mean(np.sum(exact, axis=1)) - np.mean(spread))) + error
        most = min(most, missed / 2)
    return by_draws + most


def _overlapping(exact: Floats | None, total: float, likeliest: int) -> float:
    """Mean over classes of the sum of a query's pair probabilities without so many of the likeliest; where
    they are not known, of ``total``, that sum with them."""
    return total if exact is None else float(np.mean(np.sum(np.sort(exact, axis=1)[:, :-likeliest], axis=1)))


def _two_ways(exact: Floats, accuracy: float, effort: Effort) -> Estimate:
    """Of Student classes."""
    means = np.mean(exact, axis=1)
    value = float(np.mean(means))
    rule = Bracket(value * (1 - accuracy), min(1.0, value * (1 + accuracy)))
    by_class = _exact_by_class(means, accuracy)
    return Estimate.of(
        value, rule, Cubature.name, effort, per_class=tuple(map(float, means)), resolved=by_class
    )


def _exact_by_class(errors: Floats, accuracy: float) -> bool:
    """Whether errors by class are resolved whose mean is known to ``accuracy``."""
    return resolved(errors, np.full(len(errors), accuracy * float(np.sum(errors))))


def _alike(population: Population) -> tuple[list[int], Integers]:
    """``alike`` for spherical classes; others all stand for themselves."""
    if isinstance(population, StudentClasses):
        return alike(population.means, np.stack([population.stds, population.dfs], axis=1))
    variances = population.isotropic_variances if isinstance(population, GaussianClasses) else None
    if variances is None:
        return list(range(population.classes)), np.arange(population.classes)
    return alike(population.means, np.sqrt(variances)[:, None])


def _points_are_equal(population: Population, question: Question) -> bool:
    """Whether nothing is drawn: centres are at their means, and at most two other classes win."""
    return isinstance(population, GaussianClasses) and math.isinf(question.shots) and max(question.ways) <= 3


def _scores(population: Population, question: Question) -> int:
    """Coordinates of the lattice."""
    return population.classes - 2 + sum(counts(population, question.shots))


def _tails(classes: int, ways: Sequence[int]) -> int:
    """How many tails a point takes."""
    return sum(math.comb(classes - 1, k - 1) * evaluations(k - 1) for k in ways)


def _wrong(  # noqa: PLR0913 - what a point is, and how it is taken
    limits: Floats, joint: Floats, tails: Floats, uniform: Floats, ways: int, closed: bool
) -> Floats:
    """(points,): mean of P(wrong) over the subsets of ``ways`` classes."""
    others = len(limits)
    total: Floats = np.sum(tails, axis=0) * ((ways - 1) / others)
    subsets = list(itertools.combinations(range(others), ways - 1)) if ways > 2 else []
    for subset in subsets:
        chosen = list(subset)
        total = total - overlap(limits[chosen], joint[np.ix_(chosen, chosen)], uniform, closed=closed) / len(
            subsets
        )
    return total
