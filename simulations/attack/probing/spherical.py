"""Laws that are spherically symmetric about their means and nothing like a Gaussian."""

from __future__ import annotations

import math

import numpy as np

from simulations.attack.probing.probe import Probe, ProbeLaw, ProbePoint
from simulations.attack.probing.sparse import Atom, SparseSupport
from simulations.populations.mixture import MixtureClasses
from theory.inheritance import override

SHARES = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0), (0.5, 0.25, 0.25), (0.0, 0.5, 0.5))
"""How rare events are shared among steps of the query, far draws of its class, and of the other one."""


class MirroredLine(ProbeLaw):
    """The star of rare steps on a line, every step and every far draw to both sides alike: class 0 about 0,
    class 1 about 1.

    A step of 1/2 is half-way to the other mean or away from it; one far draw of class 0 puts its centre at
    1 or -1, both as far from the origin as class 1; one far draw of class 1 puts its centre at 0 or at 2.
    """

    name = "mirrored steps on a line"
    sentence = "on a line every law that is its own mirror image is spherically symmetric"
    varies = "n"
    variants = len(SHARES)
    at_infinity = True
    levels = (0.4, 1.5, 3.0, 6.0)

    @override
    def probe(self, point: ProbePoint) -> Probe | None:
        n = point.shots
        steps, own, other = (share * 10.0**-point.level for share in SHARES[point.variant])
        if math.isinf(n) and (own or other):
            return None
        q, q_other = own / n, other / n
        centre = [Atom(1 - steps - q, {})]
        centre += [Atom(steps / 2, {0: side * 0.5}) for side in (1.0, -1.0)]
        arm = [Atom(1 - q_other, {0: 1.0})]
        if not math.isinf(n):
            centre += [Atom(q / 2, {0: side * n}) for side in (1.0, -1.0)]
            arm += [Atom(q_other / 2, {0: 1 + side * n}) for side in (1.0, -1.0)]
        errors = _errors(n, steps, q, q_other)
        population = SparseSupport([centre, arm], 1)
        return Probe(self.name, point, population, np.array(errors), exact=math.isinf(n))


def _errors(n: float, steps: float, q: float, q_other: float) -> tuple[float, float]:
    """Lower bounds: one event with all other draws at rest."""
    if math.isinf(n):
        return steps / 2, 0.0
    rest, rest_other = math.log1p(-steps - q), math.log1p(-q_other)
    still, still_other = math.exp(n * rest), math.exp(n * rest_other)
    # The query counts as one more draw of its class.
    moved, moved_other = n * q * still, n * q_other * still_other
    once, once_other = n * q * math.exp((n - 1) * rest), n * q_other * math.exp((n - 1) * rest_other)
    of_0 = steps / 2 * still * still_other + moved * still_other + math.exp((n + 1) * rest) * once_other / 2
    of_1 = moved_other * still + math.exp((n + 1) * rest_other) * once / 2
    return of_0, of_1


WIDE = ((0.8, 2), (1.2, 2), (1.7, 2), (1.2, 4), (1.2, 16), (1.2, 64))
"""Half the distance over the standard deviation of the wide part, and the dimension."""


class WidePart(ProbeLaw):
    """Class 0 is at its mean but for a rare Gaussian part around it, so wide that it reaches the other class,
    a point: spherically symmetric in any dimension, with heavier tails than a Student law. Where no draw was
    of the wide part both centres are at their means."""

    name = "rare wide part"
    sentence = "a rare wide part about the same mean: spherically symmetric with heavy tails"
    varies = ""
    variants = len(WIDE)
    at_infinity = True
    levels = (0.3, 1.5, 3.0, 6.0)

    @override
    def probe(self, point: ProbePoint) -> Probe | None:
        from scipy.special import ndtr

        z, dimension = WIDE[point.variant]
        rare = 10.0**-point.level
        origin, mean = [0.0] * dimension, [1.0, *[0.0] * (dimension - 1)]
        parts = [(1 - rare, origin, 0.0), (rare, origin, 0.5 / z)]
        population = MixtureClasses([parts, [(1.0, mean, 0.0)]])
        still = 1.0 if math.isinf(point.shots) else math.exp(point.shots * math.log1p(-rare))
        errors = np.array([rare * ndtr(-z) * still, 0.0])
        return Probe(self.name, point, population, errors, exact=math.isinf(point.shots))


SHELLS = ((64, 0.2, False), (256, 0.1, False), (256, 0.1, True))
"""The dimension, how much farther than needed a far draw lies on the average, and whether both classes have
such draws."""


class RareShell(ProbeLaw):
    """Class 0 rests at its mean but for rare Gaussian draws in many dimensions, about n away: one of them
    puts its centre farther from a query at rest than class 1, which rests one away, and may be alike.

    In so many dimensions such draws have next to no variance along the line of the means.
    """

    name = "rare shell"
    sentence = "spherically symmetric far draws that move the own centre, nearly all of them across the line"
    varies = ""
    variants = len(SHELLS)
    levels = (0.5, 2.0, 5.0)

    @override
    def probe(self, point: ProbePoint) -> Probe | None:
        from scipy.special import chdtrc

        n, (dimension, room, both) = point.shots, SHELLS[point.variant]
        rare = 10.0**-point.level / n
        std = n * (1 + room) / math.sqrt(dimension)
        origin, mean = [0.0] * dimension, [1.0, *[0.0] * (dimension - 1)]
        parts = [[(1 - rare, place, 0.0), (rare, place, std)] for place in (origin, mean)]
        population = MixtureClasses(parts if both else [parts[0], [(1.0, mean, 0.0)]])
        once = n * rare * math.exp((n - 1) * math.log1p(-rare))
        error = (1 - rare) * once * float(chdtrc(dimension, (n / std) ** 2))
        errors = [error * math.exp(n * math.log1p(-rare))] * 2 if both else [error, 0.0]
        return Probe(self.name, point, population, np.array(errors), exact=False)
