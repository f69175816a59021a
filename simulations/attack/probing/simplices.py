"""Means all equally far from each other, and far draws of the others' centres: where a union is forgotten."""

from __future__ import annotations

import math
from typing import ClassVar

import numpy as np

from simulations.attack.probing.probe import Probe, ProbeLaw, ProbePoint
from simulations.attack.probing.sparse import Atom, SparseSupport
from theory.inheritance import override


class CrowdedCorner(ProbeLaw):
    """The means are the corners of a simplex. One of the n draws of class j may lie so far behind the corner
    of class 0 that the centre of class j is that corner; its other draws lie a little behind its own. Queries
    of class 0 lie to two sides of their corner, at a distance far below all others.

    Where more than half of the draws of class 0 are on the other side than the query, its own centre is
    farther from the query than the corner is, and any other class of which one draw is far is nearer. By
    symmetry that has a chance of one half where n is odd, and of half of what a tie leaves where it is even.
    """

    name = "far draws to one corner"
    sentence = "equally distant means, of which all others may meet one: the union over their centres matters"
    varies = "nk"
    levels: ClassVar[tuple[float, ...]] = (0.5, 1.5, 3.0, 5.0)
    few_levels = (1.5,)

    @override
    def probe(self, point: ProbePoint) -> Probe | None:
        n, k, chance = point.shots, point.ways, 10.0**-point.level
        if math.isinf(n) or n > MOST_SHOTS:
            return None
        q = chance / n
        # From its corner, in units of the way to the corner of class 0: the mean stays, the centre arrives.
        far = n / (1 - (n - 1) * q / (1 - q))
        near = q * far / (1 - q)
        side = SIDE * math.sqrt(chance)
        corner = [Atom(0.5, {0: 1.0, k: sign * side}) for sign in (1.0, -1.0)]
        others = [[Atom(1 - q, {j: 1 + near, 0: -near}), Atom(q, {j: 1 - far, 0: far})] for j in range(1, k)]
        one_far = n * q * math.exp((n - 1) * math.log1p(-q))
        some_far = -math.expm1((k - 1) * math.log1p(-one_far))
        errors = np.zeros(k)
        errors[0] = some_far * _more_than_half(int(n))
        return Probe(self.name, point, SparseSupport([corner, *others], k + 1), errors, exact=False)


MOST_SHOTS = 1e6
"""Of more draws a single one moves the own centre by less than rounding does the others."""
SIDE = 0.05
"""How far queries lie from their corner, times the root of the chance of a far draw: their own variance then
adds hardly anything to a bound."""


def _more_than_half(n: int) -> float:
    """P(more than half of n draws are on one given side)."""
    if n % 2:
        return 0.5
    tie = math.exp(math.lgamma(n + 1) - 2 * math.lgamma(n / 2 + 1) - n * math.log(2))
    return (1 - tie) / 2
