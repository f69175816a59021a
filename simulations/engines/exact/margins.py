"""Exact probabilities of one pair's margin, Gaussian classes: inversion of the moment generating function.

For a query z of class i, own centre m_i and other centre m_j the margin is M = |z - m_j|^2 - |z - m_i|^2.
Along an axis on which query, own and other centre have variances q, w, o the pair (z - m_j, z - m_i) is
Gaussian with mean (d, 0) and covariance [[q + o, q], [q, q + w]]; axes are independent, and

    log E exp(s M) = sum over axes of  -1/2 log D(s) + s d^2 (1 + 2 s (q + w)) / D(s),
    D(s) = (1 - 2 s a)(1 + 2 s b),  a - b = o - w,  a b = q o + q w + o w.

Every term is a sum of terms of one sign, so no scale of the variances costs a digit.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, TypeAlias

import numpy as np

from simulations.engines.exact.valley import along_valley
from simulations.populations.gaussian import root_along, root_of
from theory.array import Floats, NumPyArray
from theory.geometry.quadratic import Gap

Cumulant: TypeAlias = Callable[[NumPyArray], NumPyArray]
"""A cumulant generating function of real or complex arguments."""

NODES, STEP = 400, 0.06
"""On the line: at least so many nodes, no farther apart."""
UNKNOWN = 1e-8
"""By how much the exponent of a tail may be off, so that the tail is."""
AGREE = 1e-10
"""Relative difference of two rules up to which the finer is believed."""
FARTHEST, SCAN, NEGLIGIBLE = 84.0, 168, 40.0
"""How far along the line the integrand may be seen, in what number of steps that is looked for, and how
far, in powers of e, it lies below its largest value beyond."""
LEAST_EXPONENT = -760.0
"""Chernoff exponents below this leave double precision."""
SPAN = 60.0
"""Powers of e above 1/deviation that a saddle point is looked for in, where no pole ends the search."""


@dataclass(frozen=True, eq=False)
class PairAxes:
    """Arrays of one length: variances of the query, of its own centre and of the other centre along each
    axis, distances of the means, and how many equal axes each stands for (those but one without a mean)."""

    query: Floats
    own: Floats
    other: Floats
    distance: Floats
    count: Floats

    @staticmethod
    def spherical(dimension: int, distance: float, query: float, own: float, other: float) -> PairAxes:
        """One axis that stands for ``dimension`` equal ones; every number but the count is per axis."""
        one = np.ones(1)
        return PairAxes(query * one, own * one, other * one, distance * one, dimension * one)

    def scaled(self, unit: float) -> PairAxes:
        """Lengths divided by ``unit``."""
        square = unit * unit
        return PairAxes(
            self.query / square, self.own / square, self.other / square, self.distance / unit, self.count
        )


def pair_probability(dimension: int, distance: float, query: float, own: float, other: float) -> float:
    """P(M <= 0) for spherical classes: z ~ N(mu_i, query I), m_i ~ N(mu_i, own I), m_j ~ N(mu_j, other I);
    ``distance`` = |mu_i - mu_j|."""
    return wrong_pair(PairAxes.spherical(dimension, distance, query, own, other))


def wrong_pair(axes: PairAxes) -> float:
    """P(M <= 0), accurate to about 1e-11 relative where it is below a half. Raises ValueError where the
    inversion does not converge."""
    largest = max(float(np.max(axes.distance)), math.sqrt(float(np.max(axes.query + axes.own + axes.other))))
    if largest == 0:
        return 1.0  # every draw is the one point: a tie
    if np.all(axes.query + axes.own == 0):
        return 0.0  # the query is its own centre, and the other centre elsewhere almost surely
    axes = axes.scaled(largest)
    if np.all(axes.own + axes.other == 0):
        return _half_space(axes)
    return _inverted(axes)


def _half_space(axes: PairAxes) -> float:
    """Both centres are the means."""
    squares = axes.distance**2
    return wrong_half_space(float(np.sum(squares)), float(np.sum(axes.query * squares)))


def wrong_half_space(square: float, variance: float) -> float:
    """The query crosses the plane half-way between two means: of their squared distance and the variance of
    the query's product with their difference."""
    from scipy.special import ndtr

    if not variance > 0:
        return 1.0 if square == 0 else 0.0
    return float(ndtr(-square / (2 * math.sqrt(variance))))


def _poles(axes: PairAxes) -> tuple[Floats, Floats]:
    """a and b of every axis, without cancellation."""
    product = axes.query * (axes.own + axes.other) + axes.own * axes.other
    gap = axes.other - axes.own
    root = np.sqrt(gap * gap + 4 * product)
    larger = (np.abs(gap) + root) / 2
    smaller = np.divide(product, larger, out=np.zeros_like(larger), where=larger > 0)
    return np.where(gap >= 0, larger, smaller), np.where(gap >= 0, smaller, larger)


def _inverted(axes: PairAxes) -> float:
    a, b = _poles(axes)
    along, squares = axes.query + axes.own, axes.distance**2

    def cumulant(s: NumPyArray) -> NumPyArray:
        s = np.asarray(s)[..., None]
        up, down = 1 - 2 * a * s, 1 + 2 * b * s
        logs = -0.5 * axes.count * (np.log(up) + np.log(down))
        values: Floats = np.sum(logs + s * squares * (1 + 2 * s * along) / (up * down), axis=-1)
        return values

    mean = float(np.sum(axes.count * (a - b) + squares))
    spread = axes.count * (a * a + b * b) + 2 * squares * (axes.query + axes.other)
    scale = math.sqrt(2 * float(np.sum(spread)))
    return _below_zero(_MarginLaw(cumulant, mean, scale, float(np.max(a)), float(np.max(b))))


def wrong_pair_full(
    query: Annotated[Floats, "p p"],
    own: Annotated[Floats, "p p"],
    other: Annotated[Floats, "p p"],
    difference: Annotated[Floats, "p"] | Gap,
) -> float:
    """P(M <= 0) for covariances (p, p) of the query, of its own centre and of the other, which need not share
    axes; ``difference`` (p,) of the means.

    With z = A u, m_i = B v and m_j = d + C w for standard normal u, v, w the margin is |d|^2 + 2 linear'y +
    y'G y, y = (u, v, w), in which u'u has no part: no scales and no number of shots cost digits. Nor do
    conditions: first coordinates of u and w are those that d sees, and no other column of A or C has a part
    along d that would have to cancel. Raises ValueError where a tail hangs on poles that are small beside the
    rounding of the largest: queries far narrower than the other class, whose axes are turned.
    """
    gap = difference if isinstance(difference, Gap) else Gap.of(difference)
    p = len(gap.high)
    near, far, b = root_along(query, gap), root_along(other, gap), root_of(own)
    a, c = near.root, far.root
    across, apart, none = a.T @ b, -a.T @ c, np.zeros((p + 1, p + 1))
    form = np.block(
        [[none, across, apart], [across.T, -b.T @ b, none[1:, :]], [apart.T, none[:, 1:], c.T @ c]]
    )
    poles, turn = np.linalg.eigh(form)
    slopes = turn.T @ np.concatenate([-near.along, np.zeros(p), far.along])
    constant = float(gap.high @ gap.high)

    def cumulant(s: NumPyArray) -> NumPyArray:
        s = np.asarray(s)[..., None]
        rest = 1 - 2 * poles * s
        values: Floats = (
            np.sum(-0.5 * np.log(rest) + 2 * (s * slopes) ** 2 / rest, axis=-1) + s[..., 0] * constant
        )
        return values

    mean = float(np.sum(poles)) + constant
    scale = math.sqrt(2 * float(np.sum(poles**2)) + 4 * float(np.sum(slopes**2)))
    up, down = float(np.max(poles)), -float(np.min(poles))

    def slip(s: float) -> float:
        # Poles are known to a rounding of the largest, however small they are.
        rest = 1 - 2 * poles * s
        moved = s / rest + 4 * s * (s * slopes / rest) ** 2
        return 2.0**-52 * float(np.max(np.abs(poles))) * float(np.sum(np.abs(moved)))

    return _below_zero(_MarginLaw(cumulant, mean, scale, up, down, slip))


@dataclass(frozen=True, eq=False)
class _MarginLaw:
    """Of M: its cumulant generating function, mean and deviation, the largest poles 1/(2 s) on both sides;
    and by how much the function may be off at a real s."""

    cumulant: Cumulant
    mean: float
    scale: float
    up: float
    down: float
    slip: Callable[[float], float] = lambda s: 0.0


def _below_zero(law: _MarginLaw) -> float:
    """P(M <= 0).

    The integral runs along the vertical line through the saddle point s < 0 (for the event itself) or s > 0
    (for its complement), with s = saddle + i c sinh(u): the trapezoidal rule in u then converges
    geometrically, relative to the probability itself, however small that is. Where it turns too fast on that
    line, it runs along the bottom of the valley that the saddle point leads to. Raises ValueError where two
    rules do not agree on that either.
    """
    cumulant, lower = law.cumulant, law.mean > 0
    side = -1.0 if lower else 1.0
    pole = law.down if lower else law.up
    end = 1 / (2 * pole) if pole > 0 else math.exp(SPAN) / law.scale
    t = _saddle(lambda value: cumulant(side * value) - np.log(value), end, law.scale)
    saddle = side * t
    top = float(cumulant(np.asarray(saddle)))
    if top < LEAST_EXPONENT:
        return 0.0 if lower else 1.0
    if not law.slip(saddle) <= UNKNOWN:
        raise ValueError("rounding of the poles of a margin's law decides its tail")
    width = 1 / math.sqrt(_bend(cumulant, saddle, end - t) + 1 / saddle**2)

    def exponent(s: NumPyArray) -> NumPyArray:
        values: NumPyArray = cumulant(s) - top - np.log(s)
        return values

    total, gap = _along_line(exponent, saddle, width)
    if gap > AGREE:
        total, gap = along_valley(exponent, saddle, width)
        if gap > AGREE:
            raise ValueError("the inversion of a margin's law does not converge")
    tail = min(1.0, max(0.0, side * total / math.pi * math.exp(min(top, 700.0))))
    return tail if lower else 1 - tail


def _along_line(exponent: Cumulant, saddle: float, width: float) -> tuple[float, float]:
    """Integral of Im exp(exponent) ds over the upper half of the line, and its relative difference from that
    with half the nodes."""
    reach = _reach(exponent, saddle, width)
    nodes = max(NODES, 2 * math.ceil(reach / STEP / 2))
    u = np.linspace(0.0, reach, nodes + 1)
    with np.errstate(under="ignore"):
        terms = np.real(np.exp(exponent(saddle + 1j * width * np.sinh(u)))) * np.cosh(u)
    terms[0] /= 2
    fine, coarse = float(np.sum(terms)), 2 * float(np.sum(terms[::2]))
    return fine * width * u[1], abs(fine - coarse) / abs(fine) if fine else 0.0


def _reach(exponent: Cumulant, saddle: float, width: float) -> float:
    """How far along the line anything is left. Variances that are orders apart leave long stretches on which
    the integrand falls as if there were but few axes."""
    u = np.linspace(0.0, FARTHEST, SCAN + 1)
    sizes = np.real(exponent(saddle + 1j * width * np.sinh(u))) + np.log(np.cosh(u))
    return float(u[min(int(np.flatnonzero(sizes > np.max(sizes) - NEGLIGIBLE)[-1]) + 1, SCAN)])


def _bend(cumulant: Cumulant, s: float, room: float) -> float:
    """Second derivative at ``s``: only the contour's width depends on it."""
    step = 1e-3 * min(abs(s), room)
    values = cumulant(np.array([s - step, s, s + step]))
    bend = float((values[0] - 2 * values[1] + values[2]) / step**2)
    return max(bend, 0.0)


def _saddle(exponent: Cumulant, end: float, scale: float) -> float:
    """Minimum over 0 < t < end of a convex function, by a grid in log t and three refinements."""
    low, high = math.log(min(end, 1 / scale)) - 12.0, math.log(end) - 1e-9
    for _ in range(4):
        grid = np.linspace(low, high, 65)
        with np.errstate(all="ignore"):
            values = exponent(np.exp(grid))
        best = int(np.nanargmin(values))
        low, high = grid[max(best - 1, 0)], grid[min(best + 1, 64)]
    return math.exp((low + high) / 2)
