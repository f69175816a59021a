"""A far query meets a centre that was moved across the line of the means: neither alone is an error."""

from __future__ import annotations

import math
from typing import ClassVar

import numpy as np

from simulations.attack.probing.frequent import at_most, binomial
from simulations.attack.probing.probe import Probe, ProbeLaw, ProbePoint
from simulations.attack.probing.sparse import Atom, SparseSupport
from theory.inheritance import override

SHAPES = ((0.03, 1.0), (0.1, 1.0), (0.3, 1.0), (0.1, 1.2), (0.5, 1.2))
"""Expected far draws of class 1, and how much farther than needed a far query lies: room for its own centre
to move."""
MOST_DRAWS = 12
"""Far draws of class 1 that are counted; more are less likely than rounding."""


class MovedAcross(ProbeLaw):
    """Class 0 has a far atom across the line of the means, class 1 a rarer one much farther out there.

    A far draw of class 1 moves its centre across by t, which is little; a far query of class 0 lies at
    s = (1 + t^2) / (2 t) there, so that it errs as soon as the centre has moved, and never otherwise. With
    rho the chance of a far query and lam the expected number of far draws the error is about rho lam, and
    that is what tr(S_0 S_1) alone gives the variance of the margin: 4 s^2 rho n t^2 (lam / n) = rho lam. The
    squares of both covariances give rho^2 / (4 t^4 n) and about t^4 lam, the least together where
    rho = 2 t^4 sqrt(lam n): then they are to it as 1 to sqrt(lam n).
    """

    name = "far query and moved centre"
    sentence = "a far query errs only where the other centre moved across the line: noise of both classes"
    varies = "n"
    variants = len(SHAPES)
    levels: ClassVar[tuple[float, ...]] = (0.7, 1.5, 3.0, 6.0, 9.0)
    """Decimal logarithms of 1 / rho."""

    @override
    def probe(self, point: ProbePoint) -> Probe | None:
        n, (lam, room) = point.shots, SHAPES[point.variant]
        rho, q = 10.0**-point.level, lam / point.shots
        t = (rho / (2 * math.sqrt(lam * n))) ** 0.25
        s = room * (1 + 1e-9) * _needed((1 - lam) * t, rho)
        if s >= n:
            # One far draw of class 0 would move its own centre beyond the other one.
            return None
        far, rest, near = s * (1 - rho), -s * rho, -lam * t
        centre = [Atom(1 - rho, {1: rest}), Atom(rho, {1: far})]
        arm = [Atom(1 - q, {0: 1.0, 1: near}), Atom(q, {0: 1.0, 1: n * t + near})]
        chance = 0.0
        for count in range(1, MOST_DRAWS + 1):
            apart = far - (count - lam) * t
            # The own centre is farther than the other one where it lies below far - |(1, apart)|.
            below = (count - lam) * t - 1 / (apart + math.hypot(1.0, apart))
            most = math.floor(n * (rho + below / s) * (1 - 1e-12)) if rho + below / s > 0 else -1
            chance += binomial(n, count, q) * (at_most(n, most, rho) if most >= 0 else 0.0)
        return Probe(
            self.name, point, SparseSupport([centre, arm], 2), np.array([rho * chance, 0.0]), exact=False
        )


def _needed(b: float, rho: float) -> float:
    """Distance s between the atoms of class 0 at which a far query, at s (1 - rho), is as far from its own
    centre, at -s rho, as from (1, b)."""
    square, half = rho * (2 - rho), b * (1 - rho)
    return (1 + b * b) / (half + math.sqrt(half**2 + square * (1 + b * b)))
