"""Gaussian classes whose means are drawn: the generic case, with some pairs near and some far."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from pydantic import Field

from simulations.populations.base import Spec, check_size
from simulations.populations.gaussian import GaussianClasses
from simulations.runtime.randomness import stream
from theory.inheritance import override


class RandomMeansSpec(Spec):
    """Gaussian classes with drawn means; ``decay`` makes later axes narrower."""

    family: Literal["random_means"]
    count: int = Field(ge=2, le=100_000)
    dimension: int = Field(ge=1, le=1_000_000)
    seed: int = Field(ge=0)
    spread: float = Field(default=1.0, gt=0)
    std: float = Field(ge=0)
    decay: float = Field(default=0.0, ge=0)

    @override
    def build(self) -> RandomMeans:
        return RandomMeans(
            self.count,
            self.dimension,
            seed=self.seed,
            spread=self.spread,
            std=self.std,
            decay=self.decay,
        )


class RandomMeans(GaussianClasses):
    """Means N(0, spread^2 I / p); noise std per axis proportional to r^-decay, r = 1..p.

    ``std`` is the root mean square over axes, so that v = p std^2 for every ``decay``; 0 is isotropic.
    """

    family = "random_means"

    def __init__(  # noqa: PLR0913 - the parameters of the family
        self,
        count: int,
        dimension: int,
        *,
        seed: int,
        std: float,
        spread: float = 1.0,
        decay: float = 0.0,
    ) -> None:
        check_size(count, dimension, "count")
        self._parameters: dict[str, Any] = {"count": count, "dimension": dimension, "seed": seed}
        self._parameters |= {"spread": float(spread), "std": float(std), "decay": float(decay)}
        means = stream(seed, self.family, "means").standard_normal((count, dimension))
        shape = np.arange(1, dimension + 1, dtype=float) ** (-2 * decay)
        variances = std**2 * shape / shape.mean() if decay > 0 else np.full(dimension, std**2)
        super().__init__(means * spread / np.sqrt(dimension), [variances] * count)

    @override
    def spec(self) -> dict[str, Any]:
        return {"family": self.family, **self._parameters}
