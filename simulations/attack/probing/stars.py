"""Atomic laws about one class at the origin: where bounds made of second moments are attained."""

from __future__ import annotations

import math
from typing import ClassVar

import numpy as np

from simulations.attack.probing.probe import Probe, ProbeLaw, ProbePoint
from simulations.attack.probing.sparse import Atom, SparseSupport
from theory.inheritance import override

SHARES = (
    (1.0, 0.0, 0.0),
    (0.0, 1.0, 0.0),
    (0.0, 0.0, 1.0),
    (0.5, 0.25, 0.25),
    (0.1, 0.45, 0.45),
)
"""How the error is shared among steps of the query, of its own centre, and of the other centres."""


class Star(ProbeLaw):
    """Class 0 rests at the origin, class j at the unit vector e_j, and three kinds of rare events tie:

    - a query of class 0 lies half-way to some e_j;
    - one of the n draws of class 0 lies at n times a unit vector of one of further axes, so that its centre
      is as far from the origin as the e_j are;
    - one of the n draws of class j lies at -(n-1) e_j, so that its centre is the origin.

    Every event with all other draws at rest is an error, and the events exclude each other: their
    probabilities add to a lower bound that is tight to second order. With two classes this is the law of
    ``cdnv_is_optimal``, for any n and p.
    """

    name = "star of rare steps"
    sentence = "atoms that step half-way, and far draws that move a centre onto another"
    varies = "nkp"
    variants = len(SHARES)
    at_infinity = True
    levels: ClassVar[tuple[float, ...]] = (0.5, 2.0, 4.5, 8.0)
    few_levels = (1.5, 4.0)
    apart: ClassVar[float] = 1.0
    """Distance of the classes from the third on: 1 for all alike."""
    least_axes: ClassVar[int] = 1
    """Axes over which far draws of class 0 are spread: in many of them its largest eigenvalue is small."""

    @override
    def depends_on(self, variant: int, axis: str) -> bool:
        steps, own, other = SHARES[variant]
        return own > 0 if axis == "p" else steps + other > 0

    @override
    def probe(self, point: ProbePoint) -> Probe | None:
        n, k = point.shots, point.ways
        steps, own, other = (share * 10.0**-point.level for share in SHARES[point.variant])
        extra = max(self.least_axes, point.dimension - (k - 1))
        if math.isinf(n):
            if own or other:
                return None
            return self._known_means(point, steps)
        if own > 0 and point.dimension > 400 and k > 2 and steps > 0:
            return None
        q_own, q_other = own / n, other / n
        if steps + q_own > 0.5 or q_other > 0.5:
            return None
        distance = [1.0 if j == 0 else self.apart for j in range(k - 1)]
        near = [j for j in range(k - 1) if distance[j] == 1.0]
        centre = [Atom(1 - steps - q_own, {})]
        centre += [Atom(steps / len(near), {j: 0.5}) for j in near]
        if own > 0:
            centre += [
                Atom(q_own / (2 * extra), {k - 1 + r: sign * n}) for r in range(extra) for sign in (1.0, -1.0)
            ]
        arms = [
            [Atom(1 - q_other, {j: distance[j]}), Atom(q_other, {j: -(n - 1) * distance[j]})]
            for j in range(k - 1)
        ]
        population = SparseSupport([centre, *arms], k - 1 + (extra if own > 0 else 0))
        rest, rest_other = math.log1p(-steps - q_own), math.log1p(-q_other)
        still, one_still = math.exp(n * rest), math.exp(n * rest_other)
        one_far = n * q_other * math.exp((n - 1) * rest_other)
        some_near_still = -math.expm1(len(near) * math.log1p(-one_still)) if one_still < 1 else 1.0
        some_far = -math.expm1((k - 1) * math.log1p(-one_far)) if one_far < 1 else 1.0
        stepped = steps * still * one_still
        moved = n * q_own * still * some_near_still
        met = math.exp((n + 1) * rest) * some_far
        arm = math.exp(rest_other) * one_far * still
        errors = np.array([stepped + moved + met] + [arm] * (k - 1))
        return Probe(self.name, point, population, errors, exact=False)

    def _known_means(self, point: ProbePoint, steps: float) -> Probe:
        """At infinitely many shots the mean of class 0 moves with its steps, which go a little further."""
        k = point.ways
        near = k - 1 if self.apart == 1.0 else 1
        step = 1 / (2 - steps / near)
        centre = [Atom(1 - steps, {}), *(Atom(steps / near, {j: step}) for j in range(near))]
        arms = [[Atom(1.0, {j: 1.0 if j < near else self.apart})] for j in range(k - 1)]
        population = SparseSupport([centre, *arms], k - 1)
        return Probe(self.name, point, population, np.array([steps] + [0.0] * (k - 1)), exact=False)


class UnevenStar(Star):
    """A star whose class 1 is near and whose other classes are fifty times as far away."""

    name = "star of one near and many far classes"
    sentence = "one class is near and the others far: an average over classes hides the near one"
    varies = "k"
    levels = (1.5, 4.0)
    apart = 50.0
    least_axes = 64

    @override
    def depends_on(self, variant: int, axis: str) -> bool:
        return True


class SteppingSimplex(ProbeLaw):
    """``simplex_with_steps``: classes at the corners of a simplex, each stepping half-way to every other."""

    name = "simplex with steps"
    sentence = "every class steps half-way to every other: the union over classes matters"
    varies = "k"
    at_infinity, at_finite = True, False

    @override
    def probe(self, point: ProbePoint) -> Probe | None:
        k, q = point.ways, 10.0**-point.level
        rows = []
        for c in range(k):
            steps = [Atom(q / (k - 1), {c: 0.5, other: 0.5}) for other in range(k) if other != c]
            rows.append([*steps, Atom(1 - q, {c: 1.0})])
        # By symmetry a point half-way is as far from either mean, and all others are farther.
        return Probe(self.name, point, SparseSupport(rows, k), np.full(k, q), exact=True)


class MovedMean(ProbeLaw):
    """``rare_draw_moves_the_mean``: class 0 at 0 but for a rare atom at 1, class 1 a point mass at 0.

    A query at 0 is never nearer to the centre of class 0; one at 1 errs when no draw was at 1.
    """

    name = "rare draw moves the mean"
    sentence = "a rare atom moves a mean, and the mean margin is negative at few shots"
    varies = "n"
    at_infinity = True

    @override
    def probe(self, point: ProbePoint) -> Probe | None:
        q = 10.0**-point.level
        none = 0.0 if math.isinf(point.shots) else math.exp(point.shots * math.log1p(-q))
        population = SparseSupport([[Atom(1 - q, {}), Atom(q, {0: 1.0})], [Atom(1.0, {})]], 1)
        return Probe(self.name, point, population, np.array([1 - q + q * none, none]), exact=True)
