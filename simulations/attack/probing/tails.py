"""Laws with a density and longer tails than a Gaussian: Laplace and Student, at any shots and dimensions."""

from __future__ import annotations

import math
from typing import ClassVar

import numpy as np

from simulations.attack.probing.probe import Probe, ProbeLaw, ProbePoint
from simulations.populations.laplace import LaplaceClasses
from simulations.populations.student import StudentClasses
from theory.inheritance import override

LAPLACE = ((1.0, 1.0), (1.0, 0.05), (0.05, 1.0), (0.3, 0.3))
"""Standard deviations relative to that of class 0 along the line: of class 1 there, and of both across it."""


class LaplacePair(ProbeLaw):
    """Independent Laplace coordinates, the means one apart along the first: log-concave, and its tail is
    exponential.

    With centres at the means the error of a class with standard deviation s along the line is
    exp(-1/(sqrt 2 s)) / 2. With drawn centres, at a and 1 + b there: as long as |a|, |b| < 1/2 a query errs
    beyond (1 + a + b)/2, which lies about 1/2 alike to both sides. Chances on either side are on average no
    smaller than in the middle, as the tail is convex: the error is at least that at the means times the
    chance of such centres. Across the line both classes have one law: what is added to the margin there is
    positive as often as negative, which leaves half of that.
    """

    name = "two Laplace classes"
    sentence = "log-concave with exponential tails: a Gaussian exponent is wrong where errors are rare"
    varies = "np"
    variants = len(LAPLACE)
    at_infinity = True
    levels = (0.302, 0.5, 1.5, 4.0, 9.0, 16.0)
    few_levels: ClassVar[tuple[float, ...]] = (2.0, 16.0)

    @override
    def depends_on(self, variant: int, axis: str) -> bool:
        return variant < 2

    @override
    def probe(self, point: ProbePoint) -> Probe | None:
        n, across = point.shots, point.dimension - 1
        other, beside = LAPLACE[point.variant]
        # exp(-1 / (sqrt 2 s)) / 2 is 10^-level.
        std = 1 / (math.sqrt(2) * (point.level * math.log(10) - math.log(2)))
        along = np.array([std, other * std])
        errors = np.exp(-1 / (math.sqrt(2) * along)) / 2
        if math.isfinite(n):
            errors *= math.prod(_within(n, 0.5, each) for each in along) / (2 if across else 1)
        if max(errors) < 1e-60:
            return None
        means = np.zeros((2, point.dimension))
        means[1, 0] = 1.0
        population = LaplaceClasses(means, [[each, *([beside * std] * across)] for each in along])
        return Probe(self.name, point, population, errors, exact=math.isinf(n))


def _within(n: float, reach: float, std: float) -> float:
    """P(a mean of n Laplace variables is within ``reach`` of theirs), from below: by Chernoff's or by
    Chebyshev's inequality, of which the first is exact for one."""
    a = math.sqrt(2) * reach / std
    u = a / (1 + math.hypot(1.0, a))
    beyond = math.exp(-a) if n == 1 else 2 * math.exp(-n * (u * a + math.log1p(-u * u)))
    return max(0.0, 1 - min(beyond, std**2 / (n * reach**2)))


STUDENT = ((4.5, 1.0), (9.0, 1.0), (30.0, 1.0), (9.0, 0.01))
"""Degrees of freedom, and the standard deviation of class 1 relative to class 0."""
ROOM = np.array([1.05, 1.3, 2.0, 4.0, 10.0, 50.0])
"""How far centres may lie from their means, over the root of their mean square distance."""


class StudentPair(ProbeLaw):
    """Two spherical Student classes, the means one apart.

    Whatever the centres, a query errs in a half-space, which begins at most (1 + |a| + |b|)/2 from its mean,
    a and b the displacements of the centres. Along any direction it has one and the same tail, so that for
    every r the error is at least the tail at 1/2 + r times the chance that both displacements are at most r.
    """

    name = "two Student classes"
    sentence = "spherically symmetric with tails like a power, in any dimension"
    varies = "np"
    variants = len(STUDENT)
    at_infinity = True
    levels = (0.7, 2.0, 5.0, 10.0)
    few_levels: ClassVar[tuple[float, ...]] = (2.0,)

    @override
    def depends_on(self, variant: int, axis: str) -> bool:
        return variant in (1, 3)

    @override
    def probe(self, point: ProbePoint) -> Probe | None:
        from scipy.special import stdtr, stdtrit

        n, (df, ratio) = point.shots, STUDENT[point.variant]
        # Scale at which a coordinate passes 1/2 with the wanted probability.
        scale = -0.5 / float(stdtrit(df, 10.0**-point.level))
        scales = scale * np.array([1.0, ratio])
        stds = scales / math.sqrt(1 - 2 / df)
        if math.isinf(n):
            errors = stdtr(df, -0.5 / scales)
        else:
            mean_square = point.dimension * np.max(stds) ** 2 / n
            reach = ROOM * math.sqrt(mean_square)
            near = np.prod([1 - point.dimension * each**2 / n / reach**2 for each in stds], axis=0)
            errors = np.max(near[:, None] * stdtr(df, -(0.5 + reach)[:, None] / scales), axis=0)
        if max(errors) < 1e-60:
            return None
        means = np.zeros((2, point.dimension))
        means[1, 0] = 1.0
        population = StudentClasses(means, [float(each) for each in stds], [df, df])
        return Probe(self.name, point, population, np.array(errors), exact=math.isinf(n))
