"""Search spaces: every vector of the box is a valid finite-support population.

Coordinates are whole numbers in the global search, so that ties and degenerate geometry (coincident atoms,
collinear classes, point masses) are common there and not an accident; the local search may use finer
ones. Weights are multiples of a power of ten. Everything is exact, and a TOML file stores it without loss.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from simulations.populations.finite_support import FiniteSupport
from theory.array import Floats

REACH = 6
RAREST = 16.0
"""Atoms have weights down to e^-16: bounds are often tight in the limit of rare events."""
GRAINS = 10**9


@dataclass(frozen=True)
class Lattice:
    """``classes`` classes of ``atoms`` atoms each in ``dimension``, asked with ``shots`` draws.

    balanced : the class *means* are on the lattice and the last atom of each class centres it, so that a
        query may tie between two means; else all atoms are, and centres of finitely many draws may tie.
    """

    classes: int
    atoms: int
    dimension: int
    shots: float
    balanced: bool = False

    @property
    def label(self) -> str:
        """How it is called in reports."""
        kind = "means on a lattice" if self.balanced else "atoms on a lattice"
        n = "inf" if math.isinf(self.shots) else str(int(self.shots))
        return f"{self.classes} classes, {self.atoms} atoms, dimension {self.dimension}, n = {n}, {kind}"

    @property
    def places(self) -> int:
        """How many entries of the vector are coordinates; the rest are logits of weights."""
        return self.classes * self.atoms * self.dimension

    def box(self) -> list[tuple[float, float]]:
        """Ends of every coordinate of a search vector."""
        logits = self.classes * self.atoms
        return [(-float(REACH), float(REACH))] * self.places + [(-RAREST, 0.0)] * logits

    def whole(self) -> list[bool]:
        """Which entries the global search keeps whole."""
        return [True] * self.places + [False] * (self.classes * self.atoms)

    def decode(self, vector: Floats, steps: int = 1) -> FiniteSupport:
        """The population of a vector; coordinates are rounded to multiples of 1/``steps``."""
        shape = (self.classes, self.atoms, self.dimension)
        cells = np.rint(np.asarray(vector[: self.places]) * steps).astype(int).reshape(shape)
        logits = np.asarray(vector[self.places :]).reshape(self.classes, self.atoms)
        weights = [exact_weights(row) for row in logits]
        if self.balanced:
            return _balanced(cells, weights)
        return FiniteSupport(
            [[[Fraction(int(x), steps) for x in row] for row in rows] for rows in cells], weights
        )


def exact_weights(logits: Floats) -> list[Fraction]:
    """Softmax in multiples of 1/``GRAINS``; the heaviest atom takes what rounding leaves."""
    shares = np.exp(logits - np.max(logits))
    counts = [max(1, round(float(share))) for share in shares / shares.sum() * GRAINS]
    heaviest = int(np.argmax(counts))
    counts[heaviest] += GRAINS - sum(counts)
    return [Fraction(count, GRAINS) for count in counts]


def _balanced(cells: Floats, weights: Sequence[list[Fraction]]) -> FiniteSupport:
    """Row 0 of each class is its mean, the other rows deviations; the last atom centres them.

    That atom sits at -sum(w x)/w_last: all lengths are multiplied by the product of the last weights, which
    makes every coordinate a decimal number again and changes no error.
    """
    # The heaviest atom is the one that centres, so that it lies near the mean.
    ordered = [sorted(row) for row in weights]
    unit = math.prod((row[-1] for row in ordered), start=Fraction(1))
    points = []
    for rows, row in zip(cells, ordered, strict=True):
        mean = [int(x) * unit for x in rows[0]]
        noise = [[int(x) * unit for x in deviation] for deviation in rows[1:]]
        pull = zip(*noise, strict=True) if noise else [()] * len(mean)
        last = [
            -sum((w * x for w, x in zip(row, column, strict=False)), Fraction()) / row[-1] for column in pull
        ]
        points.append([[m + x for m, x in zip(mean, each, strict=True)] for each in [*noise, last]])
    return FiniteSupport(points, ordered)
