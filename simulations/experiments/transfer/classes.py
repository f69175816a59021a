"""Populations of classes: a law over class distributions, from which classes are drawn independently.

Every class has its own mean and covariance, and is Gaussian or uniform on a sphere. Arrays live where the
random numbers are drawn, from sampling to the last reduction.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Literal

import numpy as np

from simulations.runtime.arrays import Generator, look_up, namespace
from simulations.runtime.randomness import stream
from theory.array import Array, Floats, array_namespace
from theory.assumptions import Assumption, FiniteFourthMoment, Gaussian, SphericallySymmetric
from theory.assumptions.sampling import BoundedFeatures, IndependentClasses, IndependentSamples

Means = Literal["gaussian", "sphere", "clusters", "simplex"]
Covariance = Literal["isotropic", "wishart", "low_rank"]


@dataclass(frozen=True)
class ClassLaw:
    """A population of classes in R^dimension.

    means      : gaussian; on a sphere; clusters (8 super-classes, classes scattered about them at a third
                 of their spread); simplex (a vertex of a simplex, jittered by a tenth). All have E|mu|^2 = 1.
    covariance : isotropic; wishart (its own random matrix for every class); low_rank (rank 2).
    noise      : root of the mean total variance of a scattered class (collapse 0).
    collapse   : 0 is scattered, 1 collapsed: standard deviations shrink by 1 - collapse.
    tail       : degrees of freedom of the heavy-tailed scale across classes (v_c is an inverse chi-square
                 multiple, mean kept); infinite for none. At least 3.
    bounded    : samples are uniform on a sphere about the mean (or its affine image), not Gaussian.

    Raises ValueError outside these ranges.
    """

    means: Means = "gaussian"
    covariance: Covariance = "isotropic"
    dimension: int = 16
    noise: float = 1.0
    collapse: float = 0.0
    tail: float = math.inf
    seed: int = 0
    bounded: bool = False

    def __post_init__(self) -> None:
        if not 0 <= self.collapse <= 1:
            raise ValueError(f"collapse lies between 0 and 1, not {self.collapse}")
        if self.means not in ("gaussian", "sphere", "clusters", "simplex"):
            raise ValueError(f"unknown law of the means '{self.means}'")
        if self.covariance not in ("isotropic", "wishart", "low_rank"):
            raise ValueError(f"unknown covariance '{self.covariance}'")
        if self.dimension < 2 or not self.noise >= 0 or not self.tail >= 3:
            raise ValueError("dimension is at least 2, noise not negative, tail at least 3")

    @property
    def name(self) -> str:
        """The law in words; part of the path of its random numbers."""
        tail = "" if math.isinf(self.tail) else f", scale tail {self.tail:g}"
        shape = ", bounded" if self.bounded else ""
        return f"{self.means} means, {self.covariance} covariance{tail}{shape}, collapse {self.collapse:g}"

    @property
    def radius(self) -> float:
        """A norm that no sample exceeds; infinite unless means, scales and samples are all bounded."""
        if not self.bounded or self.covariance != "isotropic" or math.isfinite(self.tail):
            return math.inf
        return 1 + self.noise * (1 - self.collapse) if self.means == "sphere" else math.inf

    def assumptions(self) -> Iterable[Assumption]:
        """What every draw satisfies."""
        yield from (IndependentClasses(), IndependentSamples(), FiniteFourthMoment())
        if not self.bounded:
            yield Gaussian()
        if math.isfinite(self.radius):
            yield BoundedFeatures(self.radius * (1 + 1e-12))
        if self.covariance == "isotropic":
            yield SphericallySymmetric()

    @cached_property
    def _anchors(self) -> Floats:
        """Centres of the super-classes or vertices of the simplex: part of the law, not of a draw."""
        rng = stream(self.seed, "class law", self.means, self.dimension)
        if self.means == "simplex":
            count = self.dimension
            return (np.eye(count) - 1 / count) * math.sqrt(count / (count - 1))
        anchors = rng.standard_normal((8, self.dimension))
        values: Floats = anchors / np.sqrt(np.mean(np.sum(anchors**2, axis=1)))
        return values

    def draw(self, rng: Generator, shape: tuple[int, ...]) -> Classes:
        """Independent classes, ``shape`` is (replicates, classes). ``rng``: NumPy's, or ``arrays.Draws``."""
        xp, p = namespace(rng), self.dimension
        normals = rng.standard_normal((*shape, p))
        if self.means == "gaussian":
            means = normals / math.sqrt(p)
        elif self.means == "sphere":
            means = normals / xp.sqrt(xp.sum(normals**2, axis=-1, keepdims=True))
        else:
            share = 0.1 if self.means == "clusters" else 0.01
            anchor = look_up(self._anchors, rng.integers(0, len(self._anchors), shape))
            means = math.sqrt(1 - share) * anchor + math.sqrt(share / p) * normals
        rank = {"isotropic": p, "wishart": p, "low_rank": min(2, p)}[self.covariance]
        scale = self.noise * (1 - self.collapse) / math.sqrt(p)
        if self.covariance == "isotropic":
            factors = xp.ones((*shape, 1, 1)) * xp.eye(p)
        else:
            factors = rng.standard_normal((*shape, p, rank)) / math.sqrt(rank)
        if math.isfinite(self.tail):
            stretch = (self.tail - 2) / rng.chisquare(self.tail, shape)
            factors = factors * xp.sqrt(stretch)[..., None, None]
        return Classes(means, scale * factors, self.bounded)


@dataclass(frozen=True, eq=False)
class Classes:
    """Drawn classes of covariance A A': means (..., l, p), factors A (..., l, p, q)."""

    means: Array
    factors: Array
    bounded: bool = False

    @property
    def variances(self) -> Annotated[Array, "... classes"]:
        """tr S_c, exact."""
        return array_namespace(self.factors).sum(self.factors * self.factors, axis=(-2, -1))

    def samples(self, rng: Generator, count: int) -> Annotated[Array, "... classes count p"]:
        """``count`` independent samples of every class: (..., l, count, p)."""
        xp = array_namespace(self.factors)
        shape = (*self.means.shape[:-1], count, self.factors.shape[-1])
        normals = rng.standard_normal(shape)
        if self.bounded:
            size = xp.sqrt(xp.sum(normals**2, axis=-1, keepdims=True))
            normals = normals * (math.sqrt(shape[-1]) / size)
        return self.means[..., None, :] + normals @ xp.matrix_transpose(self.factors)
