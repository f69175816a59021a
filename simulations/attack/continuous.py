"""Continuous families whose error is known exactly, or within an interval narrow enough for a search."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from simulations.populations import Population, from_spec
from theory.array import Floats


@dataclass(frozen=True)
class GaussianPairSpace:
    """Two isotropic Gaussians one apart; the vector is log10 of their common standard deviation."""

    dimension: int
    shots: float

    @property
    def label(self) -> str:
        """How it is called in reports."""
        return f"two isotropic Gaussians, dimension {self.dimension}, n = {_shots(self.shots)}"

    def box(self) -> list[tuple[float, float]]:
        """Ends of every coordinate of a search vector."""
        # Where centres stand still it takes less noise for a bound to say something.
        return [(-0.8, 1.0) if math.isfinite(self.shots) else (-1.3, 0.3)]

    def whole(self) -> list[bool]:
        """Which coordinates are whole numbers."""
        return [False]

    def decode(self, vector: Floats, steps: int = 1) -> Population:
        """The population at a search vector; ``steps`` is how fine its lattice is."""
        std = _scale(vector[0])
        far = [1.0] + [0.0] * (self.dimension - 1)
        means = [[0.0] * self.dimension, far]
        return from_spec({"family": "gaussian", "classes": [{"mean": mean, "std": std} for mean in means]})


@dataclass(frozen=True)
class Spheres:
    """Spherical classes at the corners of a simplex of side 1, by the radial engine.

    The vector holds log10 of each standard deviation. df : degrees of freedom of Student classes; infinite
    for Gaussian ones.
    """

    classes: int
    dimension: int
    shots: float
    df: float = math.inf

    @property
    def label(self) -> str:
        """How it is called in reports."""
        kind = "Gaussian" if math.isinf(self.df) else f"Student ({self.df:g})"
        return (
            f"{self.classes} spherical {kind} classes, dimension {self.dimension}, n = {_shots(self.shots)}"
        )

    def box(self) -> list[tuple[float, float]]:
        """Ends of every coordinate of a search vector."""
        return [(-1.3, 0.3)] * self.classes

    def whole(self) -> list[bool]:
        """Which coordinates are whole numbers."""
        return [False] * self.classes

    def decode(self, vector: Floats, steps: int = 1) -> Population:
        """The population at a search vector; ``steps`` is how fine its lattice is."""
        rows: list[dict[str, Any]] = []
        for c, exponent in enumerate(vector):
            mean = [0.0] * self.dimension
            mean[c] = math.sqrt(0.5)
            rows.append({"mean": mean, "std": _scale(exponent)})
            if math.isfinite(self.df):
                rows[-1]["df"] = self.df
        return from_spec({"family": "gaussian" if math.isinf(self.df) else "student", "classes": rows})


def _scale(exponent: float) -> float:
    """Four significant digits: the same population when read back from a file."""
    return float(f"{10.0 ** float(exponent):.4e}")


def _shots(shots: float) -> str:
    return "inf" if math.isinf(shots) else str(int(shots))


def gaussian_pairs(least: float = 1) -> Iterator[GaussianPairSpace]:
    """Two isotropic Gaussians at few and many shots and dimensions, ``least`` shots at the least."""
    for shots in _at_least(least, (1, 4, 10)):
        for dimension in (1, 4, 32):
            yield GaussianPairSpace(dimension, shots)


def spheres(least: float = 1) -> Iterator[Spheres]:
    """Unequal spreads, heavy tails, and more than two classes, which the two-class formula does not cover."""
    for shots in _at_least(least, (1, 10)):
        yield Spheres(2, 2, shots)
        yield Spheres(2, 64, shots)
        yield Spheres(2, 8, shots, df=4.5)
        yield Spheres(3, 8, shots)


def _at_least(least: float, shots: Sequence[float]) -> list[float]:
    """Those of ``shots`` that are enough; where none is, the fewest that are, and centres at the means."""
    enough: list[float] = [n for n in shots if n >= least]
    return enough or sorted({float(least), math.inf})
