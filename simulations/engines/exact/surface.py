"""Phi^-1 of the noncentral chi-square distribution function as a Chebyshev surface: some 50 ns a point.

In the coordinates of ``saddle`` the score is nearly the first one, for every p. Nodes and coefficients are
float64 NumPy; points may live in any array namespace.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Annotated

import numpy as np

from simulations.engines.exact.noncentral import cdf_score
from simulations.engines.exact.saddle import coordinates, inverse, tau_at
from simulations.runtime.arrays import between, constant, like
from theory.array import Array, Floats, Namespace, array_namespace, is_numpy_array, to_numpy

FEWEST_DIMENSIONS = 4
"""Below this the singularity at root = 0 asks for a polynomial of too high a degree."""
LOWEST, HIGHEST = -12.0, 9.0
"""Range of w. Below it F < 1e-32 and is taken as at the edge; above it 1 - F < 1e-16."""
REACH = 10.0
TOLERANCE = 1e-8
"""Largest error of a score that is accepted, checked at points between the nodes."""
PIECE = 4096
"""Points evaluated at a time on the host: twice as many, and every piece costs new pages of memory."""
GPU_PIECE = 1 << 18
"""The same on a GPU, where memory is the limit: 300 MB."""
SIZES = ((8, 10), (14, 18), (18, 24), (26, 40), (40, 60), (52, 70), (64, 96))
"""Numbers of nodes in w and tau, tried in turn from the one that mostly serves."""
SERVES = (100, 48, 24, 16, 6)
"""From these dimensions on the first, second, ... of ``SIZES`` are mostly enough."""


@dataclass(frozen=True, eq=False)
class ScoreSurface:
    """``coefficients`` (in w, in tau); ``low``, ``high`` the range of tau; ``error`` the largest seen."""

    p: int
    low: float
    high: float
    coefficients: Floats
    error: float

    @staticmethod
    def build(p: int, low: float, high: float) -> ScoreSurface:
        """A surface that holds for ``low`` <= shift <= ``high`` at least: the range is widened to round
        numbers so that similar questions share one. Raises ValueError if it is not accurate."""
        return _build(p, float(math.floor(low)), float(math.ceil(max(high, low + 1.0))))

    @staticmethod
    def build_exactly(p: int, low: float, high: float) -> ScoreSurface:
        """As ``build``, for this very range of shift and anew."""
        first = sum(p < enough for enough in SERVES)
        surface = None
        for rows, columns in SIZES[first:]:
            surface = _interpolate(p, low, high, rows, columns)
            if surface.error < TOLERANCE:
                return surface
        assert surface is not None
        if surface.error > 1e-5:
            raise ValueError(f"the distribution surface for p = {p} has error {surface.error:.1e}")
        return surface

    def score(self, root: Annotated[Array, "m"], shift: Annotated[Array, "m"]) -> Annotated[Array, "m"]:
        """Phi^-1(F) for arrays of one shape (m,)."""
        if not is_numpy_array(root):
            count = root.shape[0]
            # A point takes as many numbers as there are coefficients in one row and one column.
            parts = [
                self._score(root[start:stop], shift[start:stop])
                for start in range(0, count, GPU_PIECE)
                for stop in (min(start + GPU_PIECE, count),)
            ]
            return parts[0] if len(parts) == 1 else array_namespace(root).concat(parts)
        # What is computed for a piece stays in the cache, and in memory that all pieces share.
        scores, room = np.empty(root.shape), Room(self.coefficients.shape)
        for start in range(0, root.shape[0], PIECE):
            rows = slice(start, start + PIECE)
            scores[rows] = self._score(root[rows], shift[rows], room)
        return scores

    def _score(self, root: Array, shift: Array, room: Room | None = None) -> Array:
        xp = array_namespace(root, shift)
        w, tau = coordinates(self.p, root, shift)
        y = between((w - LOWEST) * (2 / (HIGHEST - LOWEST)) - 1, -1.0, 1.0)
        s = between((tau - self.low) * (2 / (self.high - self.low)) - 1, -1.0, 1.0)
        rows, columns = self.coefficients.shape
        if room is None:
            inner = like(self.coefficients, root) @ _basis(xp, s, columns)
        else:
            inner = room.inner(to_numpy(self.coefficients), to_numpy(s))
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


class Room:
    """Memory for the pieces of one array on the host: new pages for each cost as much as their numbers."""

    def __init__(self, shape: tuple[int, int]) -> None:
        self.shape = shape
        self._basis, self._inner = (np.empty(count * PIECE) for count in reversed(shape))

    def inner(self, coefficients: Floats, x: Floats) -> Floats:
        """The coefficients' product with the Chebyshev polynomials at ``x``, as ``_basis`` gives them."""
        rows, columns = self.shape
        count = len(x)
        basis = self._basis[: columns * count].reshape(columns, count)
        basis[0], basis[1:2] = 1.0, x
        double = 2 * x
        for k in range(2, columns):
            np.multiply(double, basis[k - 1], out=basis[k])
            basis[k] -= basis[k - 2]
        product: Floats = np.matmul(coefficients, basis, out=self._inner[: rows * count].reshape(rows, count))
        return product


@lru_cache(maxsize=32)
def _build(p: int, low: float, high: float) -> ScoreSurface:
    return ScoreSurface.build_exactly(p, low, high)


def forget() -> None:
    """Drop the surfaces and quantiles kept from earlier questions (to time a first one)."""
    _build.cache_clear()
    _quantile.cache_clear()


def _basis(xp: Namespace, x: Array, count: int) -> Array:
    rows, double = [xp.ones_like(x), x], 2 * x
    for _ in range(2, count):
        rows.append(double * rows[-1])
        rows[-1] -= rows[-3]
    return xp.stack(rows[:count])


def _interpolate(p: int, low: float, high: float, rows: int, columns: int) -> ScoreSurface:
    """For ``low`` <= shift <= ``high``, from so many nodes."""
    # tau falls with w and with shift.
    edges = tau_at(p, LOWEST, low), tau_at(p, HIGHEST, high)
    surface = ScoreSurface(p, edges[1], edges[0], np.zeros((1, 1)), 0.0)
    y, to_y = _nodes(rows)
    s, to_s = _nodes(columns)
    values = cdf_score(p, *_spread(surface, y, s)).reshape(rows, columns)
    surface = replace(surface, coefficients=to_y @ values @ to_s.T)
    middle_y, middle_s = (
        np.cos(np.arange(1, rows, 3) * math.pi / rows),
        np.cos(np.arange(1, columns, 2) * math.pi / columns),
    )
    root, shift = _spread(surface, middle_y, middle_s)
    error = float(np.max(np.abs(to_numpy(surface.score(root, shift)) - cdf_score(p, root, shift))))
    return replace(surface, coefficients=constant(_trim(surface.coefficients).copy()), error=error)


def _spread(surface: ScoreSurface, y: Floats, s: Floats) -> tuple[Floats, Floats]:
    """Roots and shifts of the tensor grid of coordinates in [-1, 1]."""
    w = LOWEST + (y + 1) * (HIGHEST - LOWEST) / 2
    tau = surface.low + (s + 1) * (surface.high - surface.low) / 2
    root, shift = inverse(surface.p, *map(np.ravel, np.meshgrid(w, tau, indexing="ij")))
    return to_numpy(root), to_numpy(shift)


def _nodes(count: int) -> tuple[Floats, Floats]:
    """Chebyshev points of the first kind and the matrix from values to coefficients."""
    angles = (np.arange(count) + 0.5) * math.pi / count
    matrix = np.cos(np.outer(np.arange(count), angles)) * (2 / count)
    matrix[0] /= 2
    return np.cos(angles), matrix


def _trim(coefficients: Floats) -> Floats:
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
    coefficients: Floats

    @staticmethod
    def build(degrees: int) -> ChiQuantile:
        """The quantiles for ``degrees`` degrees of freedom; cached."""
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
        """The quantiles at normal scores of any shape."""
        xp = array_namespace(score)
        x = between(score / REACH, -1.0, 1.0)
        double = 2 * x
        next_ = xp.full_like(x, float(self.coefficients[-1]))
        after = xp.zeros_like(x)
        for coefficient in self.coefficients[-2:0:-1]:
            next_, after = double * next_ - after + float(coefficient), next_
        return xp.maximum(x * next_ - after + float(self.coefficients[0]), xp.zeros_like(x))


@lru_cache(maxsize=256)
def _quantile(degrees: int) -> ChiQuantile:
    return ChiQuantile.build_exactly(degrees)
