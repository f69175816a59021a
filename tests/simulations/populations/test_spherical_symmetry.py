"""Which populations are said to be spherically symmetric: exactly those that are."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from simulations.attack.probing.sparse import Atom, SparseSupport
from simulations.populations import from_spec
from simulations.populations.finite_support import FiniteSupport

Law = list[tuple[float, float]]
"""Weights and places on a line."""
MIRRORED: list[Law] = [
    [(1.0, 3.0)],
    [(0.5, -0.25), (0.5, 1.0)],
    [(0.25, -1.0), (0.5, 0.0), (0.25, 1.0)],
    [(0.25, 2.0), (0.25, 1.0), (0.25, 4.0), (0.25, 3.0)],
]
SKEWED: list[Law] = [
    [(0.25, 0.0), (0.75, 1.0)],
    [(0.5, 0.0), (0.25, 1.0), (0.25, 3.0)],
    [(0.375, -1.0), (0.375, 0.0), (0.25, 1.0)],
]
CASES = [(law, True) for law in MIRRORED] + [(law, False) for law in SKEWED]


def finite(law: Law, dimension: int = 1) -> FiniteSupport:
    rest = [0.0] * (dimension - 1)
    return FiniteSupport([[[9.0, *rest]], [[x, *rest] for _, x in law]], [[1], [Fraction(w) for w, _ in law]])


def mixture(law: Law, dimension: int, stds: list[float]) -> Any:
    rest = [0.0] * (dimension - 1)
    parts = [{"weight": w, "mean": [x, *rest], "std": std} for (w, x), std in zip(law, stds, strict=True)]
    other = [{"weight": 1.0, "mean": [9.0, *rest], "std": 1.0}]
    return from_spec({"family": "mixture", "classes": [{"parts": parts}, {"parts": other}]})


@pytest.mark.parametrize(("law", "symmetric"), CASES)
def test_atoms_on_a_line(law: Law, symmetric: bool) -> None:
    assert ("SphericallySymmetric" in finite(law).granted()) == symmetric
    sparse = SparseSupport([[Atom(1.0, {0: 9.0})], [Atom(w, {0: x}) for w, x in law]], 1)
    assert ("SphericallySymmetric" in sparse.granted()) == symmetric


def test_no_finite_law_in_a_plane_but_points() -> None:
    assert "SphericallySymmetric" in finite(MIRRORED[0], 2).granted()
    assert "SphericallySymmetric" not in finite(MIRRORED[1], 2).granted()
    plane = SparseSupport([[Atom(1.0, {0: 9.0})], [Atom(0.5, {1: 1.0}), Atom(0.5, {1: -1.0})]], 2)
    assert "SphericallySymmetric" not in plane.granted()


@pytest.mark.parametrize(("law", "symmetric"), CASES)
def test_mixtures(law: Law, symmetric: bool) -> None:
    ones = [1.0] * len(law)
    assert ("SphericallySymmetric" in mixture(law, 1, ones).granted()) == symmetric
    about_one_mean: Law = [(w, 2.0) for w, _ in law]
    assert "SphericallySymmetric" in mixture(about_one_mean, 3, [1.0 + i for i in range(len(law))]).granted()
    if len(law) > 1:
        assert "SphericallySymmetric" not in mixture(law, 3, ones).granted()
        assert "SphericallySymmetric" not in mixture(law, 1, [2.0, *ones[1:]]).granted()


@pytest.mark.parametrize(("dimension", "symmetric"), [(1, True), (2, False)])
def test_laplace_classes_on_a_line_alone(dimension: int, symmetric: bool) -> None:
    classes = [{"mean": [3.0 * c] * dimension, "std_per_axis": [1.0] * dimension} for c in (0, 1)]
    population = from_spec({"family": "laplace", "classes": classes})
    assert ("SphericallySymmetric" in population.granted()) == symmetric
