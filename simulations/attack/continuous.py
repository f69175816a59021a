"""Continuous families whose error is known (nearly) exactly, as search spaces."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from simulations.populations import Population, from_spec

Array = Any


@dataclass(frozen=True)
class GaussianPair:
    """Two isotropic Gaussians one apart; the vector is log10 of their common standard deviation."""

    dimension: int
    shots: float

    @property
    def label(self) -> str:
        n = "inf" if math.isinf(self.shots) else str(int(self.shots))
        return f"two isotropic Gaussians, dimension {self.dimension}, n = {n}"

    def box(self) -> list[tuple[float, float]]:
        return [(-0.8, 1.0)]

    def whole(self) -> list[bool]:
        return [False]

    def decode(self, vector: Array, steps: int = 1) -> Population:
        std = float(f"{10.0 ** float(vector[0]):.4e}")
        far = [1.0] + [0.0] * (self.dimension - 1)
        means = [[0.0] * self.dimension, far]
        return from_spec({"family": "gaussian", "classes": [{"mean": mean, "std": std} for mean in means]})


def gaussian_pairs() -> Iterator[GaussianPair]:
    for shots in (1, 4, 10):
        for dimension in (1, 4, 32):
            yield GaussianPair(dimension, shots)
