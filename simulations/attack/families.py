"""Laws at which bounds are known to be tight, as search spaces of one to three numbers."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction

from simulations.populations.extremal import (
    midpoint_and_behind,
    noise_of_centres,
    normal_like_atoms,
    point_against_far_draw,
    rare_draw_moves_the_mean,
    scaled,
    simplex_with_steps,
    step_half_way,
)
from simulations.populations.finite_support import FiniteSupport
from simulations.populations.laws import CdnvIsOptimal
from theory.array import Floats

RARE = (0.4, 7.0)
"""Exponents x of probabilities 10^-x."""


@dataclass(frozen=True)
class LawFamily:
    """A named law and the box of its parameters; ``make(shots, *parameters)`` builds a population.

    needs : the assumption that a bound must make for this law to be of interest; any bound if empty.
    """

    name: str
    shots: float
    make: Callable[..., FiniteSupport]
    limits: tuple[tuple[float, float], ...] = (RARE,)
    needs: str = ""

    @property
    def label(self) -> str:
        """How it is called in reports."""
        return f"{self.name}, n = {'inf' if math.isinf(self.shots) else int(self.shots)}"

    def box(self) -> list[tuple[float, float]]:
        """Ends of every coordinate of a search vector."""
        return list(self.limits)

    def whole(self) -> list[bool]:
        """Which coordinates are whole numbers."""
        return [False] * len(self.limits)

    def decode(self, vector: Floats, steps: int = 1) -> FiniteSupport:
        """The population at a search vector; ``steps`` is how fine its lattice is."""
        return self.make(self.shots, *map(float, vector))


def families() -> Iterator[LawFamily]:
    """Every known law at 1 to 4 and 10 shots and, where its ties are with means, at infinitely many."""
    yield LawFamily("a step to the midpoint", math.inf, _step)
    yield LawFamily("a simplex of 3 with steps", math.inf, _simplex_3)
    yield LawFamily("a simplex of 4 with steps", math.inf, _simplex_4)
    for n in (1, 2, 3, 4, 10):
        yield LawFamily("a rare draw moves the mean", n, _moved_mean)
        room = math.log10(n)
        yield LawFamily("a point mass against a far draw", n, _far_draw, ((room + 0.1, 7.0),))
        yield LawFamily("noise of both centres", n, _both_far, ((room + 0.7, 7.0),))
        yield LawFamily("a step to the midpoint", n, _step)
        for dimension, make in ((2, _optimal_2), (4, _optimal_4)):
            if dimension == 4 and n == 10:
                continue  # nine atoms have 43,758 centres of ten draws
            law = ((1.7, 7.0), (1.0, float(dimension)), (0.0, 3.0))
            yield LawFamily(f"the law of cdnv_is_optimal in dimension {dimension}", n, make, law)
    for count in (1, 2, 3):
        behind = ((0.05, 2.0), (0.7, 6.0)) * count
        name = f"the midpoint and {count} place{'s' if count > 1 else ''} behind the mean"
        yield LawFamily(name, math.inf, _behind, ((1.0, 7.0), *behind), needs="FiniteMoments")
    tail = ((3.0, 9.0), (-0.5, 0.5), (-0.3, 0.2), (-0.3, 0.2))
    for n in (1, 2, 3, 4):
        yield LawFamily("atoms like a normal tail", n, _normal_like, tail, needs="SubGaussian")


def _decimal(value: float) -> Fraction:
    """Four significant digits: short enough to be written down exactly."""
    return Fraction(f"{value:.3e}")


def _step(shots: float, x: float) -> FiniteSupport:
    q = _decimal(10.0**-x)
    return scaled(step_half_way(q), 2 * (1 - q))


def _far_draw(shots: float, x: float) -> FiniteSupport:
    return point_against_far_draw(_decimal(10.0**-x), int(shots))


def _normal_like(shots: float, tilt: float, query: float, own: float, other: float) -> FiniteSupport:
    """Probabilities of a normal tail; ``query``, ``own`` and ``other`` are added to their logarithms."""
    n = int(shots)
    h = n * Fraction(f"{tilt / n:.2f}")
    all_back = -(float(h) ** 2) / (2 * n * n)
    one, two = (_decimal(min(math.exp(all_back + shift), 0.95)) for shift in (own, other))
    return normal_like_atoms(h, _decimal(math.exp(-2 * float(h) ** 2 + query)), one, two, n)


def _behind(shots: float, x: float, *places: float) -> FiniteSupport:
    pairs = zip(places[::2], places[1::2], strict=True)
    return midpoint_and_behind(
        _decimal(10.0**-x), [(_decimal(distance), _decimal(10.0**-y)) for distance, y in pairs]
    )


def _moved_mean(shots: float, x: float) -> FiniteSupport:
    return rare_draw_moves_the_mean(_decimal(10.0**-x))


def _both_far(shots: float, x: float) -> FiniteSupport:
    return noise_of_centres(_decimal(10.0**-x), int(shots))


def _simplex_3(shots: float, x: float) -> FiniteSupport:
    return simplex_with_steps(2 * _decimal(10.0**-x / 2), 3)


def _simplex_4(shots: float, x: float) -> FiniteSupport:
    return simplex_with_steps(3 * _decimal(10.0**-x / 3), 4)


def _optimal(shots: float, dimension: int, x: float, v_i: float, v_j: float) -> FiniteSupport:
    return CdnvIsOptimal(_decimal(10.0**-x), dimension, int(shots), v_i=_decimal(v_i), v_j=_decimal(v_j))


def _optimal_2(shots: float, x: float, v_i: float, v_j: float) -> FiniteSupport:
    return _optimal(shots, 2, x, v_i, v_j)


def _optimal_4(shots: float, x: float, v_i: float, v_j: float) -> FiniteSupport:
    return _optimal(shots, 4, x, v_i, v_j)
