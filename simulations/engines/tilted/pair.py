"""The exponential tilt of one pair of classes, coordinate by coordinate, in closed form.

In one coordinate, with everything measured from the query's own mean: the query is x ~ N(0, query), its own
centre a ~ N(own_mean, own), the other centre b ~ N(other_mean, other). The margin of the pair is
M = (b - x)^2 - (a - x)^2, summed over coordinates; the query errs where it is not positive. Given the centres
it is linear in x, so

    log E[exp(-t M) | a, b] = -t (b^2 - a^2) + 2 t^2 query (b - a)^2,

a quadratic form: the law of (a, b) tilted by it is again Gaussian. Everything broadcasts.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from simulations.runtime.arrays import constant, like
from theory.array import Array, Floats, array_namespace, to_numpy

INSIDE = 0.995
"""The tilt stays this far within the range where the exponential moment is finite."""
STEPS, DECADES = 40, 12
STRIDE = 3.0
GOLDEN = (5**0.5 - 1) / 2


@dataclass(frozen=True, eq=False)
class Coordinates:
    """One pair of classes (or many, along leading axes): arrays that broadcast to (..., coordinates).

    ``times`` (coordinates,) says how often a coordinate counts: a block of equal coordinates that hold no
    mean is given once with its number, or as several columns of which only the first counts.
    """

    own_mean: Array
    own: Array
    other_mean: Array
    other: Array
    query: Array
    times: Array


@dataclass(frozen=True, eq=False)
class Tilt:
    """The tilted law of the standard scores (u, w) of the two centres: w ~ N(other_mean, other_std^2) and
    u = own_mean - slope w + own_std * normal, by coordinate."""

    other_mean: Array
    other_std: Array
    own_mean: Array
    slope: Array
    own_std: Array

    def _each(self, change: Callable[[Array], Array]) -> Tilt:
        return Tilt(
            change(self.other_mean),
            change(self.other_std),
            change(self.own_mean),
            change(self.slope),
            change(self.own_std),
        )

    def constant(self) -> Tilt:
        """NumPy arrays of one shape that are copied to a GPU once."""
        return self._each(lambda values: constant(to_numpy(values)))

    def beside(self, scores: Array) -> Tilt:
        """In the namespace of ``scores``."""
        return self._each(lambda values: like(values, scores))

    def of(self, j: int) -> Tilt:
        """That of pair ``j`` of several."""
        return self._each(lambda values: values[j, ...])


def _quadratic(c: Coordinates, t: Array) -> tuple[Array, ...]:
    """(h_uu, h_uw, g_u, g_w): the exponent is -x'Hx/2 + g'x + constant in the scores."""
    xp = array_namespace(c.query + t)
    # In this order no product leaves double precision: t is about the inverse of the noise.
    bend, gap = 4 * t * (t * c.query), c.other_mean - c.own_mean
    own, other = xp.sqrt(c.own), xp.sqrt(c.other)
    h_uu = 1 - (2 * t + bend) * c.own
    h_uw = bend * own * other
    g_u = own * (2 * t * c.own_mean - bend * gap)
    g_w = other * (bend * gap - 2 * t * c.other_mean)
    return h_uu, h_uw, g_u, g_w


def _determinant(c: Coordinates, t: Array) -> Array:
    query, own, other = t * c.query, t * c.own, t * c.other
    return 1 + 2 * (other - own) - 4 * (query * (own + other) + own * other)


def largest(c: Coordinates) -> Array:
    """(...): sup of the t with E exp(-t M) finite, where the determinant of the quadratic form vanishes."""
    # With 1 + one t - bend^2 t^2 = 0; no square of a variance is formed, which might leave double precision.
    one = 2 * (c.other - c.own)
    xp = array_namespace(one + c.query)
    query, own, other = xp.sqrt(c.query), xp.sqrt(c.own), xp.sqrt(c.other)
    bend = 2 * xp.hypot(query * xp.hypot(own, other), own * other)
    root = xp.hypot(one, 2 * bend)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        ends = xp.where(one > 0, (one + root) / 2 / bend / bend, 2 / (root - one))
    # A coordinate without noise divides by zero: no limit.
    return xp.min(ends, axis=-1)


def cumulant(c: Coordinates, t: Array) -> Array:
    """(...): log E exp(-t M) for t (..., 1) below ``largest``."""
    terms = by_coordinate(c, t)
    total: Array = array_namespace(terms).sum(terms, axis=-1)
    return total


def by_coordinate(c: Coordinates, t: Array) -> Array:
    """(..., coordinates): the terms of ``cumulant``."""
    gap, det = c.other_mean - c.own_mean, _determinant(c, t)
    # Completed squares, multiplied out: the terms that cancel are gone, also far off the real line.
    spread = c.query * gap * gap + c.other * c.own_mean**2 + c.own * c.other_mean**2
    means = t * (2 * (t * spread) - gap * (c.other_mean + c.own_mean)) / det
    cumulants: Array = means - 0.5 * c.times * array_namespace(det).log(det)
    return cumulants


def expected_margin(c: Coordinates) -> Array:
    """(...): E M."""
    squares = (c.other_mean - c.own_mean) * (c.other_mean + c.own_mean)
    return array_namespace(squares).sum(squares + c.times * (c.other - c.own), axis=-1)


def saddle(c: Coordinates, steps: int = STEPS) -> Floats:
    """(...): about the t in [0, largest) at which E exp(-t M) is least; any t serves, this one best.

    0 where the expected margin is not positive: such a pair errs often, and nothing is tilted.
    """
    gap, query, both = to_numpy(c.other_mean - c.own_mean), to_numpy(c.query), to_numpy(c.own + c.other)
    size = np.sum(gap * gap + c.times * (both + np.sqrt(query * both)), axis=-1)
    spread = np.sum(query * (gap * gap + c.times * both), axis=-1)
    # Where nothing sets a limit: far beyond the mean over the variance of the margin.
    with np.errstate(divide="ignore", invalid="ignore"):
        free = np.where(spread > 0, np.minimum(1e3 * size / spread, 1e6 / size), 1e6 / size)
    tilted = (to_numpy(expected_margin(c)) > 0) & (size > 0)
    top = np.where(tilted, np.minimum(INSIDE * to_numpy(largest(c)), free), 0.0)
    places = np.where(tilted, _least(c, top, steps), 0.0)
    # Plain draws have cumulant 0. A tilt that is worse is none: the best one lies below all that are tried.
    values: Floats = np.where(to_numpy(cumulant(c, places[..., None])) < 0, places, 0.0)
    return values


def towards_saddle(c: Coordinates, t: Array, most: Array, steps: int) -> Array:
    """(...): ``steps`` of Newton's method from ``t`` towards the least cumulant below ``most`` < ``largest``,
    for own centres about the query's mean. Steps are at most ``STRIDE``-fold: any t below ``most`` serves."""
    xp = array_namespace(c.query + t[..., None])
    both, other = c.query + c.own, c.other - c.own
    square = c.other_mean * c.other_mean
    joint = 4 * (c.query * (c.own + c.other) + c.own * c.other)
    for _ in range(steps):
        at = t[..., None]
        bend = joint * at
        det = 1 + at * (2 * other - bend)
        # Derivatives of det over det; means = square t (2 t both - 1) / det and its derivatives.
        first, second = 2 * (other - bend) / det, -2 * joint / det
        turn = 2 * at * both
        means = square * at * (turn - 1) / det
        slope = square * (2 * turn - 1) / det - means * first
        curve = 4 * square * both / det - 2 * slope * first - means * second
        slopes = xp.sum(slope - 0.5 * c.times * first, axis=-1)
        curves = xp.sum(curve + 0.5 * c.times * (first * first - second), axis=-1)
        moved = t - slopes / xp.where(curves > 0, curves, xp.full_like(curves, math.inf))
        t = xp.minimum(xp.maximum(xp.minimum(moved, STRIDE * t), t / STRIDE), most)
    return t


def _least(c: Coordinates, top: Floats, steps: int) -> Floats:
    """Golden section in log t for the least cumulant up to ``top``: it is convex in t."""
    low, high = np.full_like(top, -DECADES * np.log(10)), np.zeros_like(top)

    def at(place: Floats) -> Floats:
        return to_numpy(cumulant(c, (np.exp(place) * top)[..., None]))

    left, right = high - GOLDEN * (high - low), low + GOLDEN * (high - low)
    at_left, at_right = at(left), at(right)
    for _ in range(steps):
        down = at_left < at_right
        low, high = np.where(down, low, left), np.where(down, right, high)
        left, right = np.where(down, left, right), np.where(down, left, right)
        fresh = np.where(down, high - GOLDEN * (high - low), low + GOLDEN * (high - low))
        value = at(fresh)
        at_left, at_right = np.where(down, value, at_right), np.where(down, at_left, value)
        left, right = np.where(down, fresh, right), np.where(down, left, fresh)
    middle: Floats = np.exp((low + high) / 2) * top
    return middle


def tilt(c: Coordinates, t: Array) -> Tilt:
    """The tilted law at a feasible t (..., 1)."""
    xp = array_namespace(c.query + t)
    h_uu, h_uw, g_u, g_w = _quadratic(c, t)
    det = _determinant(c, t)
    return Tilt(
        other_mean=(h_uu * g_w - h_uw * g_u) / det,
        other_std=xp.sqrt(h_uu / det),
        own_mean=g_u / h_uu,
        slope=h_uw / h_uu,
        own_std=1 / xp.sqrt(h_uu),
    )
