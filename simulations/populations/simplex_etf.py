"""Simplex classes whose degree of collapse is set by the parameter ``cdnv``."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import numpy as np
from pydantic import Field

from simulations.populations.base import Spec, check_size
from simulations.populations.gaussian import GaussianClasses
from simulations.runtime.errors import InputError
from theory.array import Floats
from theory.inheritance import override


class SimplexSpec(Spec):
    """Classes on a simplex equiangular tight frame, with ``cdnv`` or ``std`` for their spread."""

    family: Literal["simplex_etf"]
    count: int = Field(ge=2, le=100_000)
    dimension: int = Field(ge=1, le=1_000_000)
    radius: float = Field(default=1.0, gt=0)
    cdnv: float | None = Field(default=None, ge=0)
    std: float | None = Field(default=None, ge=0)

    @override
    def build(self) -> SimplexETF:
        return SimplexETF(self.count, self.dimension, radius=self.radius, cdnv=self.cdnv, std=self.std)


class SimplexETF(GaussianClasses):
    """``count`` classes N(mu_c, std^2 I) with means at distance ``radius`` from their centroid.

    The collapse level is either ``std`` or ``cdnv`` = std^2 p / d^2 (normalization `half`, the same for
    every pair): 0 is fully collapsed. Raises InputError unless exactly one is given and the dimension is
    at least count - 1.
    """

    family = "simplex_etf"

    def __init__(
        self,
        count: int,
        dimension: int,
        *,
        radius: float = 1.0,
        cdnv: float | None = None,
        std: float | None = None,
    ) -> None:
        if dimension < count - 1:
            raise InputError(
                f"is {dimension}, too few for {count} simplex vertices; use at least {count - 1}",
                field="dimension",
            )
        check_size(count, dimension, "count")
        if (cdnv is None) == (std is None):
            given = "neither is given" if cdnv is None else "both are given"
            raise InputError(f"{given}; give exactly one of cdnv and std", field="cdnv, std")
        distance = radius * np.sqrt(2 * count / (count - 1))
        if std is None:
            std = float(distance * np.sqrt((cdnv or 0.0) / dimension))
        self._parameters = {"count": count, "dimension": dimension, "radius": float(radius)}
        self._parameters |= {"cdnv": float(cdnv)} if cdnv is not None else {"std": float(std)}
        super().__init__(radius * simplex(count, dimension), [std**2] * count)

    @override
    def spec(self) -> dict[str, Any]:
        return {"family": self.family, **self._parameters}


def simplex(count: int, dimension: int) -> Annotated[Floats, "count dimension"]:
    """(count, dimension): unit vectors with pairwise inner products -1/(count-1), in the first
    count - 1 coordinates (Helmert's basis, so exact zeros stay exact)."""
    vertices = np.zeros((count, dimension))
    for r in range(1, count):
        vertices[:r, r - 1] = 1 / np.sqrt(r * (r + 1))
        vertices[r, r - 1] = -r / np.sqrt(r * (r + 1))
    values: Floats = vertices * np.sqrt(count / (count - 1))
    return values
