"""Two classes with events that are not rare, or rare only together: the bounds are not small there."""

from __future__ import annotations

import math
from typing import ClassVar

import numpy as np

from simulations.attack.probing.probe import Probe, ProbeLaw, ProbePoint
from simulations.attack.probing.sparse import Atom, SparseSupport
from theory.inheritance import override

RATES = (
    (0.0, 1.0, 0.0, 0.5),
    (1.0, 1.0, 0.0, 0.5),
    (0.2, 1.0, 0.0, 0.5),
    (0.0, 1.0, 1.0, 0.5),
    (0.3, 0.3, 1.0, 0.5),
    (1.0, 0.0, 1.0, 0.5),
    (1.0, 0.0, 0.0, 0.8),
    (1.0, 0.0, 0.0, 1.0),
    (1.0, 0.0, 0.0, 2.5),
    (1.0, 0.3, 0.3, 1.0),
)
"""Steps of the query, expected far draws of its own class, and of the other one, relative to the level; and
how far a step goes: beyond the middle its error is no tie."""


COUNTED = 1e9
"""Shots up to which numbers of draws have their binomial probabilities: beyond 1e16 those are not numbers."""


class FrequentStar(ProbeLaw):
    """Class 0 at the origin, with steps half-way to class 1 at e_1 and far draws along further axes; far
    draws of class 1 move its centre by one towards the origin each.

    Far draws of class 0 lie at n times a unit vector: r of them make a centre with squared norm at least 1,
    unless they cancel, which the last one does with a chance of at most 1 in 2m for m axes. With any number
    r' of far draws of class 1 its centre is |1 - r'| from the origin. Both counts are binomial, and the
    probabilities below hold at any rate.
    """

    name = "star of frequent steps"
    sentence = "the same events where they are not rare: shifts and denominators of a bound matter"
    varies = "np"
    variants = len(RATES)
    at_infinity = True
    levels = (-2.0, -1.0, -0.5, -0.2, 0.0, 0.3)
    """Decimal logarithms of the expected number of events."""
    few_levels: ClassVar[tuple[float, ...]] = (-0.6, -0.1, 0.2)

    @override
    def depends_on(self, variant: int, axis: str) -> bool:
        return axis != "p" or RATES[variant][1] > 0

    @override
    def probe(self, point: ProbePoint) -> Probe | None:
        n, extra = point.shots, max(1, point.dimension - 1)
        step, own, other = (share * 10.0**point.level for share in RATES[point.variant][:3])
        reach, s = RATES[point.variant][3], 0.4 * min(step, 1.0)
        if math.isinf(n):
            return None if own or other else self._known_means(point, s, reach)
        q, q_other = own / n, other / n
        if s + q >= 1 or q_other > 0.7:
            return None
        centre = [Atom(1 - s - q, {}), Atom(s, {0: reach})]
        for axis in range(1, extra + 1) if q else ():
            centre += [Atom(q / (2 * extra), {axis: sign * n}) for sign in (1.0, -1.0)]
        arm = [Atom(1 - q_other, {0: 1.0}), Atom(q_other, {0: -(n - 1)})]
        population = SparseSupport([centre, arm], 1 + (extra if q else 0))
        errors = np.array(_errors(n, extra, s, q, q_other, reach))
        return Probe(self.name, point, population, errors, exact=False)

    def _known_means(self, point: ProbePoint, s: float, reach: float) -> Probe | None:
        """At infinitely many shots the mean of class 0 moves with its steps: steps pass the middle."""
        step = max(reach, 1 / (2 - s))
        if step * s >= 0.5:
            return None
        population = SparseSupport([[Atom(1 - s, {}), Atom(s, {0: step})], [Atom(1.0, {0: 1.0})]], 1)
        return Probe(self.name, point, population, np.array([s, 0.0]), exact=True)


def _errors(  # noqa: PLR0913 - the parameters of the law
    n: float, extra: int, s: float, q: float, q_other: float, reach: float
) -> tuple[float, float]:
    """Lower bounds on the errors of both classes."""
    met = [binomial(n, count, q_other) for count in (0, 1, 2)]
    at_most_one, at_most_two, once = met[0] + met[1], sum(met), met[1]
    none, one = binomial(n, 0, q), binomial(n, 1, q)
    displaced = one + max(0.0, 1 - none - one) * (1 - 1 / (2 * extra))
    no_steps = math.exp(n * math.log1p(-s))
    # At the origin: a displaced centre is farther than the other one (0 or 1 away); or that one is 0 away.
    # With steps that reach farther the displaced centre is farther still.
    at_rest = once + displaced * (at_most_two - once)
    # A query that stepped half-way or beyond, the other centre at e_1: as long as not too many draws stepped
    # too. With the other centre at the origin, where none did. Half-way, also where far draws displaced it.
    most = max(0, math.floor(n * (1 - abs(reach - 1) / reach) * (1 - 1e-15) - 1e-9))
    stepped = met[0] * at_most(n, most, s) + once * no_steps
    if reach == 0.5:
        stepped = max(stepped, at_most_one * displaced)
    # Far out: the own centre does not lie on the query's side.
    far = max(0.0, displaced - n * q / (2 * extra)) * at_most_two
    # A query of class 1 at rest, its own centre at the origin: class 0's, where it is at the origin or has
    # stepped towards the query at most twice as far, is no farther.
    back = (1 - q_other) * once * none * (1.0 if reach <= 2 else no_steps)
    return (1 - s - q) * at_rest + s * stepped + q * far, back


def at_most(n: float, most: int, q: float) -> float:
    """P(at most so many of n draws); from below, by Hoeffding's and Cantelli's inequalities, where SciPy no
    longer has it."""
    from scipy.special import bdtr

    if n <= COUNTED:
        return float(bdtr(min(most, n), int(n), q))
    room = max(0.0, most / n - q)
    spread = q * (1 - q) / n
    return max(-math.expm1(-2 * n * room**2), room**2 / (room**2 + spread) if room else 0.0)


def binomial(n: float, count: int, q: float) -> float:
    """P(count) of n draws with probability q."""
    if count > n:
        return 0.0
    if q == 0:
        return float(count == 0)
    # Ways to choose forty of 1e9 draws are no double, but their logarithm is.
    chosen = math.log(math.comb(int(n), count))
    return math.exp(chosen + count * math.log(q) + (n - count) * math.log1p(-q))


TOGETHER = ((0.0, 1.0, 2), (0.0, 1.0, 4), (1.0, 0.0, 2), (1.0, 1.0, 2))
"""Expected far draws of class 0 and of class 1, relative to the level, and how many it takes: powers
of two, which leave the ties exact."""


class DrawsTogether(ProbeLaw):
    """A centre that several far draws must move together: c of them, each n / c away.

    Class 0 rests at the origin, with far draws at +-n/c along e_2; class 1 at e_1, with far draws at
    1 - n/c there. A query at the origin errs where exactly c draws of class 1 were far, or where far draws of
    class 0 add up to one and class 1's centre is no farther than one. The part of a centre's fourth moment
    that comes from pairs of draws matters here; single rare draws hide it.
    """

    name = "far draws that act together"
    sentence = (
        "a centre moves only when two or four draws are far: the terms of a moment from pairs of draws matter"
    )
    varies = "n"
    variants = len(TOGETHER)
    levels = (-2.0, -1.0, -0.7, -0.4, -0.1, 0.2)
    """Decimal logarithms of the expected number of far draws."""

    @override
    def probe(self, point: ProbePoint) -> Probe | None:
        n, (own, other, needed) = point.shots, TOGETHER[point.variant]
        q, q_other = (share * 10.0**point.level / n for share in (own, other))
        if n < needed or max(q, q_other) > 0.7:
            return None
        centre = [Atom(1 - q, {}), Atom(q / 2, {1: n / needed}), Atom(q / 2, {1: -n / needed})]
        arm = [Atom(1 - q_other, {0: 1.0}), Atom(q_other, {0: 1 - n / needed})]
        met = binomial(n, needed, q_other)
        near = sum(binomial(n, count, q_other) for count in range(2 * needed + 1))
        errors = np.array(
            [
                (1 - q) * (met + _one_sided(n, q, needed) * (near - met)),
                (1 - q_other) * met * binomial(n, 0, q),
            ]
        )
        return Probe(self.name, point, SparseSupport([centre, arm], 2), errors, exact=False)


def _one_sided(n: float, q: float, needed: int) -> float:
    """P(the signs of the far draws add up to ``needed`` or more), with at most forty of them."""
    total = 0.0
    for count in range(needed, 41) if q else ():
        odds = sum(math.comb(count, plus) for plus in range(count + 1) if abs(2 * plus - count) >= needed)
        total += binomial(n, count, q) * odds / 2.0**count
    return total
