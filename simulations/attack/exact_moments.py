"""The quantities of ``theory.quantities`` for finite-support classes, from rational moments at 400 digits.

Rational where the quantity is; eigenvalues, and with them lam and T, by mpmath. Names without ``_at_l``.
"""

from __future__ import annotations

import math
from fractions import Fraction
from functools import cached_property
from typing import Any

from mpmath import mp, mpf

from simulations.attack.fractions_error import TooMany, margin_moments, nearest_moments
from simulations.populations.finite_support import FiniteSupport
from theory.assumptions import SphericallySymmetric, SubGaussian, SubGaussianAxes
from theory.evaluation.many_digits import NotExact
from theory.quantities import MARGIN_MOMENTS, NEAREST_MOMENTS

Vector = list[Fraction]
DIGITS = 400
"""1 and the smallest number of double precision differ in the 308th."""
CENTRAL = {str(symbol): order for order, symbol in enumerate(MARGIN_MOMENTS[1:], 2)}
NEAREST = {str(symbol): place for place, symbol in enumerate(NEAREST_MOMENTS)}
ENDLESS = mpf(10) ** 120
"""Stands for n = infinity: so few digits that those of 1/n^3 are kept beside 1."""


def number(value: Fraction | int | float) -> mpf:
    """As an mpmath number, without a detour through doubles."""
    if isinstance(value, Fraction):
        return mpf(value.numerator) / mpf(value.denominator)
    return mpf(value)


def dot(a: Vector, b: Vector) -> Fraction:
    """Inner product, in fractions."""
    return sum((x * y for x, y in zip(a, b, strict=True)), Fraction())


class PreciseMoments:
    """Moments of ``population`` at ``shots``; ``quantity(name, i, j, l, r)`` is an mpmath number."""

    def __init__(self, population: FiniteSupport, shots: float) -> None:
        self.population = population
        self.given_shots = shots
        self._margins: dict[tuple[int, int], list[Fraction]] = {}
        self._nearest: dict[int, dict[int, list[Fraction]]] = {}
        self.shots = ENDLESS if math.isinf(shots) else mpf(int(shots))
        self.classes = population.classes
        self.dimension = population.dimension
        self.noise = [
            [([x - m for x, m in zip(row, mean, strict=True)], w) for row, w in zip(rows, row_w, strict=True)]
            for rows, row_w, mean in zip(
                population.exact_points, population.exact_weights, population.exact_means, strict=True
            )
        ]
        self.covariance = [
            [[sum((w * x[a] * x[b] for x, w in atoms), Fraction()) for b in self.axes] for a in self.axes]
            for atoms in self.noise
        ]

    @property
    def axes(self) -> range:
        """Numbers of the coordinates."""
        return range(self.dimension)

    def variance(self, c: int) -> Fraction:
        """tr S_c."""
        return sum((self.covariance[c][a][a] for a in self.axes), Fraction())

    def difference(self, i: int, j: int) -> Vector:
        """mu_j - mu_i."""
        means = self.population.exact_means
        return [b - a for a, b in zip(means[i], means[j], strict=True)]

    def along(self, c: int, x: Vector, y: Vector) -> Fraction:
        """x'S_c y."""
        return dot(x, [dot(row, y) for row in self.covariance[c]])

    def trace_product(self, a: int, b: int) -> Fraction:
        """tr S_a S_b."""
        return sum(
            (dot(x, y) for x, y in zip(self.covariance[a], self.covariance[b], strict=True)), Fraction()
        )

    def fourth(self, c: int) -> Fraction:
        """E |z|^4 of class c about its mean."""
        return sum((w * dot(x, x) ** 2 for x, w in self.noise[c]), Fraction())

    def third_along(self, c: int, x: Vector) -> Fraction:
        """E |z|^2 z.x of class c about its mean."""
        return sum((w * dot(y, y) * dot(x, y) for y, w in self.noise[c]), Fraction())

    @cached_property
    def eigenvalues(self) -> list[list[Any]]:
        """Descending, for every class."""
        return [
            _eigenvalues([[number(x) for x in row] for row in covariance]) for covariance in self.covariance
        ]

    @cached_property
    def directional_fourth(self) -> list[Any]:
        """Top eigenvalue of the Gram matrix of the atoms' outer products, as the population declares it."""
        return [
            _eigenvalues(
                [[mp.sqrt(number(w * v)) * number(dot(x, y) ** 2) for y, v in atoms] for x, w in atoms]
            )[0]
            for atoms in self.noise
        ]

    def quantity(self, name: str, i: int, j: int, l: int, r: int) -> mpf:
        """Raises NotExact for a quantity unknown here."""
        lead, _, index = name.partition("_")
        single = {"i": i, "j": j, "l": l}.get(index)
        if name in ("n", "n_i", "n_j"):
            return self.shots
        if name in ("k", "p"):
            return mpf(self.classes if name == "k" else self.dimension)
        if single is not None and lead in ("v", "lam", "trS2", "M4", "kap", "T"):
            return self._of_class(lead, single)
        return self._of_pair(name, i, j, l, r)

    def _of_class(self, lead: str, c: int) -> mpf:
        match lead:
            case "v":
                return number(self.variance(c))
            case "lam":
                return self.eigenvalues[c][0]
            case "trS2":
                return number(self.trace_product(c, c))
            case "M4":
                return number(self.fourth(c))
            case "kap":
                return self.directional_fourth[c]
        return sum(self.eigenvalues[c][: self.classes - 1], mpf(0))

    def _of_pair(self, name: str, i: int, j: int, l: int, r: int) -> mpf:
        D = self.difference(i, j)
        match name:
            case "d":
                return mp.sqrt(number(dot(D, D)))
            case "dir_i" | "dir_j":
                return number(self.along(i if name == "dir_i" else j, D, D) / dot(D, D))
            case "trSS":
                return number(self.trace_product(i, j))
            case "Dt_j":
                return number(self.third_along(j, D))
            case "DSD_jl":
                return number(self.along(i, D, self.difference(i, l)))
            case "D_r":
                return number(D[r])
            case "mean_M":
                return number(self.margin(i, j)[1])
        if name in CENTRAL:
            return number(self.margin(i, j)[CENTRAL[name]])
        if name in NEAREST:
            return number(self.nearest(i)[j][NEAREST[name]])
        return self._granted(name, i, j, r)

    def nearest(self, i: int) -> dict[int, list[Fraction]]:
        """For each other class j: how likely it is the nearest, and the moments of M_ij given that. Raises
        NotExact where that would take long."""
        if i not in self._nearest:
            try:
                self._nearest[i] = nearest_moments(
                    self.population, i, self.given_shots, max(NEAREST.values())
                )
            except TooMany as reason:
                raise NotExact(str(reason)) from None
        return self._nearest[i]

    def margin(self, i: int, j: int) -> list[Fraction]:
        """1, the mean and the central moments of the margin M_ij, by enumeration. Raises NotExact where that
        would take long."""
        if (i, j) not in self._margins:
            try:
                self._margins[i, j] = margin_moments(
                    self.population, i, j, self.given_shots, max(CENTRAL.values())
                )
            except TooMany as reason:
                raise NotExact(str(reason)) from None
        return self._margins[i, j]

    def _granted(self, name: str, i: int, j: int, r: int) -> mpf:
        granted = self.population.granted()
        proxy, axes = granted.get("SubGaussian"), granted.get("SubGaussianAxes")
        if name == "sigma" and isinstance(proxy, SubGaussian):
            both = proxy.sigma if isinstance(proxy.sigma, tuple) else (proxy.sigma,) * self.classes
            return mpf(max(both[i], both[j]))
        if name in ("s_r", "g_r") and isinstance(axes, SubGaussianAxes):
            return mpf(axes.proxies[i if name == "s_r" else j][r])
        if name == "s":
            return mpf(1) / self.dimension if granted.get(SphericallySymmetric.__name__) else mpf(1)
        raise NotExact(f"'{name}' has no exact value here")


def _eigenvalues(matrix: list[list[Any]]) -> list[Any]:
    eigenvalues = mp.eigsy(mp.matrix(matrix), eigvals_only=True)
    return sorted((max(value, mpf(0)) for value in eigenvalues), reverse=True)
