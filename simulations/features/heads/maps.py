"""The heads that the command line offers, and the interface that any other head must have."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Protocol

import numpy as np

from simulations.runtime.errors import InputError, printable
from theory.array import Floats, Integers, NumPyArray


class Head(Protocol):
    """``fit`` sees source samples (n, p) and their labels (n,); ``transform`` maps samples (n, p) to (n, q),
    each row by itself. Transformers of scikit-learn are such objects."""

    def fit(self, features: Floats, labels: NumPyArray) -> object:
        """Learn from features (samples, dimension) and labels (samples,); returns itself."""

    def transform(self, features: Annotated[Floats, "samples p"]) -> Annotated[Floats, "samples q"]:
        """The map of features (samples, dimension), row by row."""


class Centre:
    """Less the mean of the source samples. The nearest-mean rule doesn't see it, a following ``l2`` does."""

    mean: Floats

    def fit(
        self, features: Annotated[Floats, "samples p"], labels: Annotated[NumPyArray, "samples"]
    ) -> Centre:
        """Keep the mean of all samples."""
        self.mean = features.mean(axis=0)
        return self

    def transform(self, features: Annotated[Floats, "samples p"]) -> Annotated[Floats, "samples q"]:
        """Features less that mean."""
        mapped: Floats = features - self.mean
        return mapped


class UnitNorm:
    """Every feature scaled to length 1: nothing is fitted."""

    fits = False

    def fit(
        self, features: Annotated[Floats, "samples p"], labels: Annotated[NumPyArray, "samples"]
    ) -> UnitNorm:
        """Nothing is learned."""
        return self

    def transform(self, features: Annotated[Floats, "samples p"]) -> Annotated[Floats, "samples q"]:
        """Features divided by their lengths. Raises InputError on a sample that is zero."""
        lengths = np.linalg.norm(features, axis=1)
        if not np.all(lengths > 0):
            raise InputError("holds a sample that is zero after the map and has no direction", field="--map")
        mapped: Floats = features / lengths[:, None]
        return mapped


class Whiten:
    """(1 - s) S + s (tr S/p) I to the power -1/2, S the covariance within source classes: the nearest-mean
    rule is then that of Mahalanobis distances (linear discriminant analysis with drawn centres).

    The shrinkage s is that of Ledoit and Wolf 2004 (Journal of Multivariate Analysis 88) for the samples less
    their class means.
    """

    root: Floats
    shrinkage: float

    def fit(
        self, features: Annotated[Floats, "samples p"], labels: Annotated[NumPyArray, "samples"]
    ) -> Whiten:
        """Raises InputError where no class has two different samples."""
        _, numbers = np.unique(labels, return_inverse=True)
        centred = features - _class_means(features, numbers)[numbers]
        scale = float(np.sqrt(np.mean(centred**2)))
        if not scale > 0:
            raise InputError("needs source classes with two different samples each to whiten", field="--map")
        covariance, self.shrinkage = ledoit_wolf(centred / scale)
        values, vectors = np.linalg.eigh(covariance)
        # Without shrinkage a covariance of few samples is singular; rounding is all that is cut off here.
        values = np.maximum(values, values[-1] * np.finfo(float).eps * len(values))
        self.root = (vectors / np.sqrt(values)) @ vectors.T / scale
        return self

    def transform(self, features: Annotated[Floats, "samples p"]) -> Annotated[Floats, "samples q"]:
        """Features in coordinates in which the covariance within source classes is the identity."""
        mapped: Floats = features @ self.root
        return mapped

    def fitted_parameters(self) -> dict[str, float]:
        """Numbers that were chosen while fitting, by name."""
        return {"shrinkage": self.shrinkage}


def ledoit_wolf(centred: Annotated[Floats, "n p"]) -> tuple[Floats, float]:
    """Shrunk covariance (p, p) of centred samples (n, p), and the shrinkage in [0, 1].

    With S = X'X/n and m = tr S/p: s = min(b, d)/d, d = |S - m I|^2 and b = (1/n^2) sum over samples of
    |x x' - S|^2, in Frobenius norms.
    """
    samples, size = centred.shape
    covariance = centred.T @ centred / samples
    level = float(np.trace(covariance)) / size
    square = float(np.sum(covariance**2))
    distance = square - size * level**2
    fourth = float(np.sum(np.sum(centred**2, axis=1) ** 2))
    noise = (fourth / samples - square) / samples
    shrinkage = 1.0 if distance <= 0 else min(1.0, max(0.0, noise / distance))
    return (1 - shrinkage) * covariance + shrinkage * level * np.eye(size), shrinkage


def _class_means(features: Floats, numbers: Integers) -> Floats:
    sums = np.zeros((int(numbers.max()) + 1, features.shape[1]))
    np.add.at(sums, numbers, features)
    return sums / np.bincount(numbers)[:, None]


HEADS: dict[str, Callable[[], Head]] = {"centre": Centre, "l2": UnitNorm, "whiten": Whiten}


def parse(text: str) -> list[Head]:
    """Heads by a comma list of names, applied from left to right. Raises InputError on an unknown name."""
    heads: list[Head] = []
    for name in text.split(","):
        if name.strip() not in HEADS:
            raise InputError(
                f"'{printable(name.strip(), 40)}' is not a map; use {', '.join(HEADS)}, or several, by "
                "commas",
                field="--map",
            )
        heads.append(HEADS[name.strip()]())
    return heads
