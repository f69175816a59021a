"""The populations that the main job tries every few-shot bound on: a short list chosen to differ.

Each entry is a name, a sentence on its purpose, and the population's plain-data form (what its TOML file
holds), so that any cell of the matrix can be rerun by hand. A new population is one more entry.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from simulations.populations import Population, from_spec
from simulations.runtime.errors import InputError
from simulations.runtime.randomness import ROOT_SEED, stream

SHOTS: tuple[float, ...] = (1, 5, 10, 50)


@dataclass(frozen=True)
class Entry:
    """One population of the matrix. ``shots`` may hold ``math.inf`` (centres at the class means)."""

    name: str
    why: str
    spec: Mapping[str, Any] = field(hash=False)
    shots: tuple[float, ...] = SHOTS
    ways: tuple[int, ...] = (2, 5)

    def build(self) -> Population:
        """The population. Raises InputError where its spec is wrong."""
        return from_spec(self.spec)

    def ways_for(self, classes: int) -> tuple[int, ...]:
        """The numbers of ways asked, none above the number of classes, in increasing order."""
        return tuple(sorted({min(k, classes) for k in self.ways}))


def _finite(*classes: tuple[list[list[float]], list[float]]) -> dict[str, Any]:
    return {
        "family": "finite_support",
        "classes": [{"points": points, "weights": weights} for points, weights in classes],
    }


def _simplex_means(classes: int, dimension: int, distance: float) -> list[list[float]]:
    """Means at mutual ``distance``, along the first axes."""
    return list((np.eye(classes, dimension) * distance / math.sqrt(2)).tolist())


def _gaussian(means: list[list[float]], **shape: object) -> dict[str, Any]:
    return {"family": "gaussian", "classes": [{"mean": mean, **shape} for mean in means]}


def _isotropic(classes: int, dimension: int, distance: float, std: float) -> dict[str, Any]:
    return _gaussian(_simplex_means(classes, dimension, distance), std=std)


def _covariance(dimension: int, decay: float) -> list[list[float]]:
    """A covariance with eigenvalues r^-decay in a random basis."""
    basis, _ = np.linalg.qr(
        stream(ROOT_SEED, "matrix", "basis", dimension).standard_normal((dimension, dimension))
    )
    values = np.arange(1, dimension + 1.0) ** -decay
    matrix = (basis * values) @ basis.T
    return list(((matrix + matrix.T) / 2).tolist())


def _square_lattice() -> dict[str, Any]:
    corners = [[0.0, 0.0], [4.0, 0.0], [0.0, 4.0], [4.0, 4.0], [2.0, 8.0]]
    steps = [[1, 0], [-1, 0], [0, 1], [0, -1], [0, 0]]
    return _finite(*(([[x + a, y + b] for a, b in steps], [0.15, 0.15, 0.15, 0.15, 0.4]) for x, y in corners))


def _wide_and_narrow() -> dict[str, Any]:
    means = _simplex_means(3, 8, 4.0)
    return {
        "family": "gaussian",
        "classes": [{"mean": mean, "std": std} for mean, std in zip(means, (1.2, 0.1, 0.4), strict=True)],
    }


JOINED: dict[str, Entry] = {}
"""Populations of a user's file, by name, for the rest of this process."""


def join(name: str, population: Population) -> None:
    """Enter a population of a user's file.

    Raises InputError where its plain-data form cannot be read back, which workers must do.
    """
    try:
        spec = population.spec()
        again = from_spec(spec)
    except (InputError, NotImplementedError, TypeError, ValueError) as wrong:
        raise InputError(
            f"the plain-data form of population '{name}' cannot be read back ({wrong}); give its class a "
            "Spec whose build() makes it",
            field="spec()",
        ) from None
    ways = tuple(sorted({2, min(5, again.classes)}))
    JOINED[name] = Entry(name, "of the user's file", spec, ways=ways)


def entries() -> tuple[Entry, ...]:
    """The list, in the order of the matrix's columns."""
    return (
        *_at_the_limit(),
        *_round_gaussians(),
        *_shaped_gaussians(),
        *_other_families(),
        *_many_classes(),
        *JOINED.values(),
    )


def _at_the_limit() -> tuple[Entry, ...]:
    """Laws with finitely many atoms, at which bounds are attained, or ties and skewness matter."""
    everywhere = (*SHOTS, math.inf)
    return (
        Entry(
            "sharp two-point law",
            "the law of constant_is_sharp: at infinite shots the constant 4 is attained",
            {"family": "constant_is_sharp", "probability": 0.1},
            shots=everywhere,
        ),
        Entry(
            "optimal law, n = 5",
            "the law of cdnv_is_optimal made for 5 shots: cdnv_optimal nearly attained",
            {"family": "cdnv_is_optimal", "noise": 0.002, "dimension": 2, "shots": 5},
        ),
        Entry(
            "point against rare atom",
            "one dimension, a point mass against a rare far atom: exact_moment is attained at one shot",
            _finite(([[0.0]], [1.0]), ([[0.0], [1.0]], [0.1, 0.9])),
        ),
        Entry(
            "point against coin",
            "a point mass at 0 against atoms at -1 and 1: exact_moment is attained at two shots",
            _finite(([[0.0]], [1.0]), ([[-1.0], [1.0]], [0.05, 0.95])),
            shots=(1, 2, 5, 10, 50),
        ),
        Entry(
            "square lattice", "five classes on a grid: exact ties, which count as errors", _square_lattice()
        ),
        Entry(
            "skewed atoms",
            "rare far atoms in three classes: large third and fourth moments",
            _finite(
                ([[0.0, 0.0], [3.0, 1.0]], [0.98, 0.02]),
                ([[2.0, 0.0], [-1.0, 2.0]], [0.97, 0.03]),
                ([[0.0, 2.0], [2.0, -1.0]], [0.99, 0.01]),
            ),
        ),
        Entry(
            "point masses",
            "complete collapse: no variance, no error",
            _finite(([[0.0, 0.0]], [1.0]), ([[1.0, 0.0]], [1.0]), ([[0.0, 1.0]], [1.0])),
        ),
    )


def _round_gaussians() -> tuple[Entry, ...]:
    """Isotropic classes, from 2 to 512 dimensions."""
    return (
        Entry("isotropic, p = 2", "two round Gaussians", _isotropic(2, 2, 4.0, 0.5)),
        Entry("isotropic, p = 16", "five round Gaussians", _isotropic(5, 16, 4.0, 0.5)),
        Entry(
            "isotropic, p = 128", "round Gaussians, noise in many directions", _isotropic(5, 128, 4.0, 0.3)
        ),
        Entry(
            "isotropic, p = 512",
            "round Gaussians, CDNV of order 1 in 512 dimensions",
            _isotropic(5, 512, 4.0, 0.25),
        ),
        Entry(
            "isotropic, hardly collapsed",
            "classes that overlap: most bounds are vacuous",
            _isotropic(5, 4, 1.5, 0.6),
        ),
    )


def _shaped_gaussians() -> tuple[Entry, ...]:
    """Noise that has directions: along the means, across them, rotated, unequal."""
    spectrum = [round(0.9 * r**-0.7, 6) for r in range(1, 33)]
    return (
        Entry(
            "power-law axes, p = 32",
            "variances fall along the axes",
            _gaussian(_simplex_means(5, 32, 6.0), std_per_axis=spectrum),
        ),
        Entry(
            "noise across, p = 64",
            "noise only across the line of the means: directional bounds gain most",
            _gaussian([[0.0] * 64, [3.0] + [0.0] * 63], std_per_axis=[0.05] + [0.35] * 63),
        ),
        Entry(
            "noise along, p = 8",
            "noise mostly along the line of the means: directional bounds gain nothing",
            _gaussian([[0.0] * 8, [3.0] + [0.0] * 7], std_per_axis=[0.6] + [0.05] * 7),
        ),
        Entry(
            "full covariance, p = 8",
            "a rotated spectrum, shared by four classes",
            _gaussian(_simplex_means(4, 8, 6.0), covariance=_covariance(8, 1.0)),
        ),
        Entry(
            "wide and narrow, p = 8",
            "very different variances: the margin may have a negative mean",
            _wide_and_narrow(),
        ),
    )


def _other_families() -> tuple[Entry, ...]:
    """Heavy tails, skewed axes, more than one clump."""
    return (
        Entry(
            "Student, df = 5",
            "heavy tails: fourth moments barely finite",
            {
                "family": "student",
                "classes": [{"mean": m, "std": 0.4, "df": 5.0} for m in _simplex_means(5, 8, 4.0)],
            },
        ),
        Entry(
            "Laplace, p = 8",
            "longer tails than Gaussian, different along each axis",
            {
                "family": "laplace",
                "classes": [
                    {"mean": m, "std_per_axis": [0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1, 0.1]}
                    for m in _simplex_means(4, 8, 4.0)
                ],
            },
        ),
        Entry(
            "mixture, p = 3",
            "two clumps a class: not unimodal",
            {
                "family": "mixture",
                "classes": [
                    {
                        "parts": [
                            {"weight": 0.8, "mean": [x, 0.0, 0.0], "std": 0.3},
                            {"weight": 0.2, "mean": [x, 1.5, 0.5], "std": 0.2},
                        ]
                    }
                    for x in (0.0, 3.0, 7.0)
                ],
            },
        ),
    )


def _many_classes() -> tuple[Entry, ...]:
    """Many classes: a simplex on its way to collapse, and means at random."""
    return (
        *(
            Entry(
                f"simplex, CDNV {cdnv:g}",
                "ten classes at the vertices of a simplex, " + how,
                {"family": "simplex_etf", "count": 10, "dimension": 32, "cdnv": cdnv},
            )
            for cdnv, how in ((1.0, "scattered"), (0.1, "half collapsed"), (0.01, "nearly collapsed"))
        ),
        Entry(
            "random means, p = 64",
            "twenty classes of random means, unequal distances",
            {"family": "random_means", "count": 20, "dimension": 64, "seed": 1, "std": 0.25, "decay": 0.3},
        ),
        Entry(
            "random means, p = 256",
            "eight classes in 256 dimensions",
            {"family": "random_means", "count": 8, "dimension": 256, "seed": 2, "std": 0.3},
        ),
    )
