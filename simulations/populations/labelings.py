"""Laws of features with two independent balanced labelings, exact: the laws on which statements about axes
are tested.

A law is made of the moments of its combinations of classes, which is all that such statements read; ``draw``
gives samples of it (normal ones with those moments).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated

import numpy as np

from simulations.runtime.randomness import ROOT_SEED, stream
from theory.array import Floats, Integers
from theory.evidence import TwoLabelings


@dataclass(frozen=True, eq=False)
class LabelledLaw:
    """means (K_1, K_2, p) and covariances (K_1, K_2, p, p) of the combinations of classes, equally likely."""

    name: str
    means: Floats
    covariances: Floats

    @cached_property
    def evidence(self) -> TwoLabelings:
        """Its exact moments."""
        first, second = self.means.shape[:2]
        shares = np.full((first, second), 1 / (first * second))
        return TwoLabelings.from_cells(shares, self.means, self.covariances)

    def points(
        self,
    ) -> tuple[
        Annotated[Floats, "samples p"], Annotated[Integers, "samples"], Annotated[Integers, "samples"]
    ]:
        """Finitely many points with the very mean and covariance of every combination: features (N, p), class
        numbers (N,) in both."""
        first, second, size = self.means.shape
        values, vectors = np.linalg.eigh(self.covariances)
        steps = np.swapaxes(vectors * np.sqrt(size * np.maximum(values, 0))[..., None, :], -1, -2)
        features = self.means[:, :, None] + np.concatenate([steps, -steps], axis=2)
        a, b = (np.repeat(grid.ravel(), 2 * size) for grid in np.indices((first, second)))
        return features.reshape(-1, size), a, b

    def draw(
        self, rng: np.random.Generator, per_cell: int
    ) -> tuple[
        Annotated[Floats, "samples p"], Annotated[Integers, "samples"], Annotated[Integers, "samples"]
    ]:
        """``per_cell`` normal samples of every combination: features (N, p), class numbers (N,) in both."""
        first, second, size = self.means.shape
        values, vectors = np.linalg.eigh(self.covariances)
        root = vectors * np.sqrt(np.maximum(values, 0))[..., None, :]
        noise = rng.standard_normal((first, second, per_cell, size))
        features = self.means[:, :, None] + noise @ np.swapaxes(root, -1, -2)
        a, b = (np.repeat(grid.ravel(), per_cell) for grid in np.indices((first, second)))
        return features.reshape(-1, size), a, b


def additive(first: int, second: int, cosine: float, size: float, dimension: int = 3) -> LabelledLaw:
    """Additive factors without noise, on which the bound is attained at the axis of classes 0 and 1 of both.

    z = A(label 1) + h (1{label 2 = 1} - 1{label 2 = 0}): |h| = size, at that cosine to the axis of A's first
    two classes, which are at distance 2; all other classes lie on a line orthogonal to both.
    """
    means = np.zeros((first, second, dimension))
    means[0, :, 0] -= 1.0
    means[1, :, 0] += 1.0
    step = size * np.array([cosine, np.sqrt(1 - cosine**2), *[0.0] * (dimension - 2)])
    means[:, 0] -= step
    means[:, 1] += step
    # Other classes at places of their own: pairs with them have axes too.
    for c in range(2, first):
        means[c, :, 2] += 0.3 * (c - 1)
    for c in range(2, second):
        means[:, c, 2] -= 0.4 * (c - 1)
    name = f"additive factors, {first} x {second} classes, cosine {cosine:g}"
    return LabelledLaw(name, means, np.zeros((first, second, dimension, dimension)))


def gaussian_factors(  # noqa: PLR0913 - the parameters of the family
    first: int, second: int, dimension: int, noise: float, interaction: float, seed: int = ROOT_SEED
) -> LabelledLaw:
    """z = A(label 1) + B(label 2) + C(both) + normal noise: standard normal A and B, C of size
    ``interaction`` per coordinate, an anisotropic covariance of size ``noise``^2 for each combination."""
    rng = stream(seed, "labelings", first, second, dimension, str(noise), str(interaction))
    means = rng.standard_normal((first, 1, dimension)) + rng.standard_normal((1, second, dimension))
    means = means + interaction * rng.standard_normal((first, second, dimension))
    root = rng.standard_normal((first, second, dimension, dimension)) * noise / np.sqrt(dimension)
    name = f"Gaussian factors, {first} x {second} classes, dimension {dimension}, noise {noise:g}"
    if interaction:
        name += f", interaction {interaction:g}"
    return LabelledLaw(name, means, root @ np.swapaxes(root, -1, -2))


def finite_cells(first: int, second: int, dimension: int, atoms: int, seed: int = ROOT_SEED) -> LabelledLaw:
    """Finite support: each combination is uniform on ``atoms`` random points, some combinations far out."""
    rng = stream(seed, "labelled points", first, second, dimension, atoms)
    points = rng.standard_normal((first, second, atoms, dimension))
    points *= np.exp(rng.normal(size=(first, second, 1, 1)))
    means = points.mean(axis=2)
    off = points - means[:, :, None]
    covariances = np.swapaxes(off, -1, -2) @ off / atoms
    return LabelledLaw(f"points, {first} x {second} classes, dimension {dimension}", means, covariances)


def suite() -> Iterator[LabelledLaw]:
    """The laws on which the main job and ``check`` test every statement about axes."""
    for cosine in (0.0, 0.3, 0.9, 0.999):
        yield additive(2, 2, cosine, 0.4)
    yield additive(2, 5, 0.5, 1.5)
    yield additive(4, 3, 0.7, 0.05)
    for noise in (0.01, 0.1, 0.5, 2.0):
        yield gaussian_factors(3, 4, 8, noise, 0.0)
        yield gaussian_factors(2, 2, 16, noise, 0.3)
    yield gaussian_factors(10, 6, 64, 0.2, 0.1)
    for dimension in (1, 2, 5):
        yield finite_cells(3, 3, dimension, 3)
