"""``margins.pair_probability`` for many variances at once, to about 1e-9 where it is below a half (and to
1e-7 on a line where it is below 1e-25).

A centre far out, as one Student draw may be, leaves an integrand that falls slowly and turns fast along a
vertical line. So the contour bends from the saddle point to the side where exp(s square) falls, as far as
the nearest pole there leaves room.
"""

from __future__ import annotations

import math

import numpy as np

from theory.array import Floats

NODES, MORE_NODES, GRID, REFINEMENTS = 64, 144, 17, 4
SERVES = 8
"""Dimensions from which the fewer nodes are enough."""
BEND = 0.7
"""Of the contour far out: the cotangent of its angle with the real axis, and its share of the width over the
distance of a pole."""
SPAN = 60.0
LEAST_EXPONENT = -700.0
PIECE = 256


def wrong_pairs(dimension: int, distance: float, query: Floats, own: Floats, other: Floats) -> Floats:
    """(points,): P(M <= 0) for spherical classes of variances ``query``, ``own`` and ``other`` (points,), all
    positive, M the squared distance to the other centre less that to the own."""
    errors = np.empty(query.shape)
    for start in range(0, len(query), PIECE):
        rows = slice(start, start + PIECE)
        errors[rows] = _piece(dimension, distance, query[rows], own[rows], other[rows])
    return errors


def _piece(p: int, distance: float, query: Floats, own: Floats, other: Floats) -> Floats:
    # In units of the spread, so that no square leaves double precision.
    unit = query + own + other
    query, own, other, square = query / unit, own / unit, other / unit, distance**2 / unit
    product, gap = query * (own + other) + own * other, other - own
    root = np.sqrt(gap * gap + 4 * product)
    larger = (np.abs(gap) + root) / 2
    smaller = product / larger
    a, b = np.where(gap >= 0, larger, smaller), np.where(gap >= 0, smaller, larger)
    mean = p * gap + square
    lower = mean > 0
    # The margin mirrored where its mean is negative: then s < 0 is on the side of the small tail.
    side = np.where(lower, -1.0, 1.0)
    pole = np.where(lower, b, a)

    def cumulant(s: Floats) -> Floats:
        up, down = 1 - 2 * a * s, 1 + 2 * b * s
        both = up * down  # its angle is between those of the two, which have different signs
        return -0.5 * p * np.log(both) + s * square * (1 + 2 * s * (query + own)) / both

    scale = np.sqrt(2 * p * (a * a + b * b) + 4 * square * (query + other))
    end = 1 / (2 * pole)
    low, high = np.log(np.minimum(end, 1 / scale)) - 12.0, np.log(end) - 1e-9
    steps = np.linspace(0.0, 1.0, GRID)[:, None]
    columns = np.arange(len(query))
    for _ in range(REFINEMENTS):
        grid = low + (high - low) * steps
        t = np.exp(grid)
        best = np.argmin(cumulant(side * t) - grid, axis=0)
        low, high = grid[np.maximum(best - 1, 0), columns], grid[np.minimum(best + 1, GRID - 1), columns]
    t = np.exp((low + high) / 2)
    saddle = side * t
    top = cumulant(saddle)
    step = 1e-3 * np.minimum(t, end - t)
    bend = (cumulant(saddle - step) - 2 * top + cumulant(saddle + step)) / step**2
    width = 1 / np.sqrt(np.maximum(bend, 0.0) + 1 / saddle**2)
    nodes = NODES if p >= SERVES else MORE_NODES
    u = np.linspace(0.0, math.asinh(40.0 * 10 ** (34 / (2 * p + 2))), nodes)[:, None]
    bent = _bend(a, b, saddle, width)
    s = saddle + width * (1j * np.sinh(u) + bent * (np.cosh(u) - 1))
    # Where the probability leaves double precision rounding alone decides the terms, which then are not used.
    seen = top > LEAST_EXPONENT
    exponents = np.where(seen, cumulant(s) - top, 0.0)
    with np.errstate(under="ignore"):
        terms = np.real(np.exp(exponents) / s * (np.cosh(u) - 1j * bent * np.sinh(u)))
    terms[0] /= 2
    total = side * np.sum(terms, axis=0) * float(u[1, 0]) * width / math.pi
    tail = np.where(seen, np.clip(total * np.exp(np.clip(top, LEAST_EXPONENT, SPAN)), 0.0, 1.0), 0.0)
    return np.where(lower, tail, 1 - tail)


def _bend(a: Floats, b: Floats, saddle: Floats, width: Floats) -> Floats:
    """To the right where ``a`` is the larger: there the poles 0 and 1/(2 a) lie, and to the left 0 and
    -1/(2 b)."""
    way = np.where(a > b, 1.0, -1.0)
    room = 1 / (2 * np.maximum(a, b)) - way * saddle
    return np.asarray(way * BEND * np.minimum(1.0, width / room))
