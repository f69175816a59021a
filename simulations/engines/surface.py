"""Phi^-1 of the noncentral chi-square distribution function as a Chebyshev surface: some 50 ns a point.

In the coordinates y = root - soft/root - sqrt(shift^2 + p) (root^2 the argument, shift^2 the
noncentrality) and ``shift`` the score is nearly linear for every p; the second term of y sends the
singular point root = 0 to minus infinity. Nodes and coefficients are float64 NumPy; points may live in
any array namespace.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from array_api_compat import array_namespace

from simulations.engines.noncentral import cdf_score

Array = Any
FEWEST_DIMENSIONS = 16
"""Below this the singularity at root = 0 is too near for a polynomial."""
LOWEST, HIGHEST = -12.0, 9.0
"""Range of y. Below it F < 1e-32 and is taken as at the edge; above it 1 - F < 1e-16."""
REACH = 10.0
TOLERANCE = 1e-8
"""Largest error of a score that is accepted, checked at points between the nodes."""


@dataclass(frozen=True, eq=False)
class ScoreSurface:
    """``coefficients`` (in y, in shift); ``low``, ``high`` the range of shift; ``error`` the largest seen."""

    p: int
    soft: float
    low: float
    high: float
    coefficients: Array
    error: float

    @staticmethod
    def build(p: int, low: float, high: float) -> ScoreSurface:
        """A surface that holds for ``low`` <= shift <= ``high`` at least: the range is widened to round
        numbers so that similar questions share one. Raises ValueError if it is not accurate."""
        return _build(p, float(math.floor(low)), float(math.ceil(max(high, low + 1.0))))

    @staticmethod
    def build_exactly(p: int, low: float, high: float) -> ScoreSurface:
        """As ``build``, for this very range and anew."""
        sizes = [(24, 12), (32, 20), (44, 32), (64, 48), (96, 64)]
        surface = None
        for rows, columns in sizes:
            surface = _interpolate(p, low, high, rows, columns)
            if surface.error < TOLERANCE:
                return surface
        assert surface is not None
        if surface.error > 1e-5:
            raise ValueError(f"the distribution surface for p = {p} has error {surface.error:.1e}")
        return surface

    def score(self, root: Array, shift: Array) -> Array:
        """Phi^-1(F) for arrays of one shape (m,)."""
        xp = array_namespace(root, shift)
        y = root - self.soft / root - xp.sqrt(shift * shift + self.p)
        y = xp.clip((y - LOWEST) * (2 / (HIGHEST - LOWEST)) - 1, -1.0, 1.0)
        s = xp.clip((shift - self.low) * (2 / (self.high - self.low)) - 1, -1.0, 1.0)
        rows, columns = self.coefficients.shape
        coefficients = self.coefficients if xp is np else _to(xp, self.coefficients, root)
        inner = coefficients @ _basis(xp, s, columns)
        # Clenshaw in y with coefficients that depend on the point.
        double = 2 * y
        next_, after = inner[rows - 1, ...], None
        for row in range(rows - 2, 0, -1):
            value = double * next_
            value += inner[row, ...]
            if after is not None:
                value -= after
            next_, after = value, next_
        result = y * next_ + inner[0, ...]
        return result if after is None else result - after


@lru_cache(maxsize=32)
def _build(p: int, low: float, high: float) -> ScoreSurface:
    return ScoreSurface.build_exactly(p, low, high)


def forget() -> None:
    """Drop the surfaces and quantiles kept from earlier questions (to time a first one)."""
    _build.cache_clear()
    _quantile.cache_clear()


def _soft(p: int) -> float:
    return min(p / 8, 4.0)


def _basis(xp: Any, x: Array, count: int) -> Array:
    rows = [xp.ones_like(x), x]
    for _ in range(2, count):
        rows.append(2 * x * rows[-1] - rows[-2])
    return xp.stack(rows[:count])


def _to(xp: Any, values: Array, like: Array) -> Array:
    from array_api_compat import device

    return xp.asarray(values, dtype=xp.float64, device=device(like))


def _interpolate(p: int, low: float, high: float, rows: int, columns: int) -> ScoreSurface:
    y, to_y = _nodes(rows)
    s, to_s = _nodes(columns)
    values = cdf_score(p, *_spread(p, low, high, y, s)).reshape(rows, columns)
    coefficients = to_y @ values @ to_s.T
    surface = ScoreSurface(p, _soft(p), low, high, coefficients, 0.0)
    middle_y, middle_s = (
        np.cos(np.arange(1, rows, 3) * math.pi / rows),
        np.cos(np.arange(1, columns, 2) * math.pi / columns),
    )
    root, shift = _spread(p, low, high, middle_y, middle_s)
    error = float(np.max(np.abs(surface.score(root, shift) - cdf_score(p, root, shift))))
    return ScoreSurface(p, _soft(p), low, high, _trim(coefficients), error)


def _spread(p: int, low: float, high: float, y: Array, s: Array) -> tuple[Array, Array]:
    """Roots and shifts of the tensor grid of coordinates in [-1, 1]."""
    soft = _soft(p)
    shift = low + (s + 1) * (high - low) / 2
    reach = (LOWEST + (y + 1) * (HIGHEST - LOWEST) / 2)[:, None] + np.sqrt(shift**2 + p)[None, :]
    root = (reach + np.sqrt(reach**2 + 4 * soft)) / 2
    # Near root = 0 the sum cancels; the product of the two roots of the quadratic is -soft.
    root = np.where(reach < 0, 2 * soft / (np.sqrt(reach**2 + 4 * soft) - reach), root)
    return root.ravel(), np.broadcast_to(shift, root.shape).ravel()


def _nodes(count: int) -> tuple[Array, Array]:
    """Chebyshev points of the first kind and the matrix from values to coefficients."""
    angles = (np.arange(count) + 0.5) * math.pi / count
    matrix = np.cos(np.outer(np.arange(count), angles)) * (2 / count)
    matrix[0] /= 2
    return np.cos(angles), matrix


def _trim(coefficients: Array) -> Array:
    """Drop trailing rows and columns that sum to less than a tenth of the tolerance."""
    size = np.abs(coefficients)
    rows, columns = size.shape
    while rows > 2 and size[rows - 1 :].sum() < TOLERANCE / 10:
        rows -= 1
    while columns > 2 and size[:, columns - 1 :].sum() < TOLERANCE / 10:
        columns -= 1
    return coefficients[:rows, :columns]


@dataclass(frozen=True, eq=False)
class ChiQuantile:
    """The quantile of a chi variate (root of chi-square), a polynomial in the normal score up to +-10."""

    degrees: int
    coefficients: Array

    @staticmethod
    def build(degrees: int) -> ChiQuantile:
        return _quantile(degrees)

    @staticmethod
    def build_exactly(degrees: int) -> ChiQuantile:
        """As ``build``, anew."""
        from scipy.special import gammainccinv, gammaincinv, ndtr

        x, to = _nodes(96)
        g = REACH * x
        lower, upper = gammaincinv(degrees / 2, ndtr(g)), gammainccinv(degrees / 2, ndtr(-g))
        coefficients = to @ np.sqrt(2 * np.where(g < 0, lower, upper))
        size = np.cumsum(np.abs(coefficients[::-1]))[::-1]
        return ChiQuantile(degrees, coefficients[: max(2, int(np.sum(size > 1e-10)))])

    def __call__(self, score: Array) -> Array:
        xp = array_namespace(score)
        x = xp.clip(score / REACH, -1.0, 1.0)
        double = 2 * x
        next_ = xp.full_like(x, float(self.coefficients[-1]))
        after = xp.zeros_like(x)
        for coefficient in self.coefficients[-2:0:-1]:
            next_, after = double * next_ - after + float(coefficient), next_
        return xp.maximum(x * next_ - after + float(self.coefficients[0]), xp.zeros_like(x))


@lru_cache(maxsize=256)
def _quantile(degrees: int) -> ChiQuantile:
    return ChiQuantile.build_exactly(degrees)
