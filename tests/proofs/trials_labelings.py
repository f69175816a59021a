"""Trials of the lemmas about two labelings: random features of every combination of classes."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from finite_space import Space

from proofs.kernel import Instance
from proofs.kernel.lemmas import LEMMAS
from proofs.kernel.model import b
from proofs.kernel.terms import contrast_1, contrast_2, given_1, given_2, reading_1, reading_2, scalar
from theory.expressions import axes_cosine
from theory.quantities import K1, K2, W1, W2, W1_max, W2_max, d1, d2

X, Y = scalar("X", b), scalar("Y", b)


def _labelings(at: Space, rng: np.random.Generator) -> None:
    """Two independent balanced labels of 2 to 4 classes each, features in the plane with two outcomes for
    every combination; the axes of classes 0 and 1 of each."""
    sizes = tuple(int(size) for size in rng.integers(2, 5, 2))
    share = rng.dirichlet(np.ones(2), size=sizes)
    at.weights = (share / (sizes[0] * sizes[1])).ravel()
    first, second = (grid.ravel() for grid in np.indices((*sizes, 2))[:2])
    z = rng.normal(size=(len(at.weights), 2)) * np.exp(rng.normal())
    numbers: dict[object, np.ndarray | float] = {}
    axes = []
    for labels, (x, given, contrast), (K, d, W, worst), size in (
        (first, (reading_1, given_1, contrast_1), (K1, d1, W1, W1_max), sizes[0]),
        (second, (reading_2, given_2, contrast_2), (K2, d2, W2, W2_max), sizes[1]),
    ):
        mean = np.stack([size * at.weights[labels == c] @ z[labels == c] for c in range(size)])
        D = mean[1] - mean[0]
        u = D / np.linalg.norm(D)
        variance = [
            size * at.weights[labels == c] @ ((z[labels == c] - mean[c]) @ u) ** 2 for c in range(size)
        ]
        numbers |= {x: z @ u, given: mean[labels] @ u, contrast: 1.0 * (labels == 1) - (labels == 0)}
        numbers |= {K: size, d: np.linalg.norm(D), W: np.mean(variance) / (D @ D)}
        numbers |= {worst: np.max(variance) / (D @ D)}
        axes.append(u)
    numbers[axes_cosine] = axes[0] @ axes[1]
    at.scalars = {symbol: np.atleast_2d(np.asarray(value, dtype=float)) for symbol, value in numbers.items()}


def _trial(name: str, *arguments: object) -> Callable[[Space, np.random.Generator], Instance]:
    def trial(at: Space, rng: np.random.Generator) -> Instance:
        if name != "mean_of_product":
            _labelings(at, rng)
        return LEMMAS[name](*arguments)

    return trial


LABELINGS = {
    "balanced_contrast": _trial("balanced_contrast", 1),
    "difference_of_means": _trial("difference_of_means", 1),
    "variance_along_axis": _trial("variance_along_axis", 2),
    "mean_at_most_worst": _trial("mean_at_most_worst", 1),
    "mean_of_product": _trial("mean_of_product", X, Y),
}
