"""Spherical Student classes: heavy tails with finite fourth moments (df > 4)."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import Field

from simulations.populations.base import Population, Spec
from simulations.populations.gaussian import GaussianClasses, as_means
from simulations.runtime.arrays import Generator, namespace
from simulations.runtime.errors import InputError
from theory.array import Array, Floats
from theory.assumptions import Assumption, BoundedKurtosis, FiniteMoments, SphericallySymmetric
from theory.geometry import ClassMoments
from theory.geometry.margins import scales
from theory.inheritance import override


class ClassSpec(Spec):
    """One class: mean, standard deviation along every axis, and degrees of freedom (may be infinite)."""

    mean: list[float] = Field(min_length=1)
    std: float = Field(ge=0)
    df: float = Field(allow_inf_nan=True)


class StudentSpec(Spec):
    """Classes of multivariate Student laws."""

    family: Literal["student"]
    classes: list[ClassSpec] = Field(min_length=2)

    @override
    def build(self) -> StudentClasses:
        return StudentClasses(
            [each.mean for each in self.classes],
            [each.std for each in self.classes],
            [each.df for each in self.classes],
        )


LARGEST_DF = 1e6
"""Up to which moments of margins are worked out for a finite df."""


class StudentClasses(Population):
    """Multivariate t with ``df`` degrees of freedom, scaled so that ``std`` is the standard deviation of
    each coordinate; df = inf is the Gaussian limit. Raises InputError when df is not above 4."""

    family = "student"
    few_show_all = True

    def __init__(
        self, means: Sequence[Sequence[float]] | Floats, stds: Sequence[float], dfs: Sequence[float]
    ) -> None:
        self.means = as_means(means)
        self.stds, self.dfs = np.array(stds, dtype=float), np.array(dfs, dtype=float)
        for c, df in enumerate(self.dfs):
            if not df > 4:
                raise InputError(
                    f"df = {df:g}, but fourth moments need df > 4; use a larger df", field=f"classes[{c}].df"
                )

    @property
    def scales(self) -> Annotated[Floats, "classes"]:
        """(classes,): scale of the Gaussian before it is divided by sqrt(chi2/df)."""
        return self.stds * np.sqrt(1 - 2 / self.dfs)

    def _gaussian(self) -> GaussianClasses | None:
        """The same classes where all of them are Gaussian."""
        return GaussianClasses(self.means, list(self.stds**2)) if np.all(np.isinf(self.dfs)) else None

    @override
    def moments(self, unit: float) -> list[ClassMoments]:
        p, by_class = self.dimension, []
        for mean, std, df in zip(self.means, self.stds / unit, self.dfs, strict=True):
            heaviness = 1 + 2 / (df - 4)
            by_class.append(
                ClassMoments(
                    mean=(mean - self.means[0]) / unit,
                    covariance=np.full(p, std**2),
                    fourth=float(std**4 * heaviness * p * (p + 2)),
                    directional_fourth=float(3 * std**4 * heaviness),
                )
            )
        return by_class

    @override
    def margin_moments(self, shots: float, order: int, unit: float) -> Floats | None:
        if np.any((self.dfs <= 2 * order) & (self.stds > 0)):
            return None
        # At a huge finite df central moments of high order are differences lost to rounding.
        if np.any((self.dfs > LARGEST_DF) & np.isfinite(self.dfs) & (self.stds > 0)):
            return None
        rows = zip(self.scales / unit, self.dfs, strict=True)
        variances = [[_scale_moment(scale, df, q) for q in range(order + 1)] for scale, df in rows]
        squares = np.sum(self.all_differences(unit) ** 2, axis=2)
        return scales.margin_moments(variances, squares, self.dimension, shots, order)

    @override
    def assumptions(self) -> Iterable[Assumption]:
        gaussian = self._gaussian()
        if gaussian is not None:
            yield from gaussian.assumptions()
            return
        yield SphericallySymmetric()
        yield BoundedKurtosis()
        # E|z - mu|^q is finite for q below df.
        yield FiniteMoments(math.nextafter(float(np.min(self.dfs)), 0.0))

    @override
    def noise(self, rng: Generator, c: int, shape: tuple[int, ...]) -> Array:
        normals = rng.standard_normal((*shape, self.dimension)) * float(self.scales[c])
        if math.isinf(self.dfs[c]):
            return normals
        return (
            normals * namespace(rng).sqrt(float(self.dfs[c]) / rng.chisquare(self.dfs[c], shape))[..., None]
        )

    @override
    def centre_noise(self, rng: Generator, c: int, shots: int, episodes: int) -> Array:
        # Given the scales of the draws their mean is Gaussian.
        xp = namespace(rng)
        if math.isinf(self.dfs[c]):
            return rng.standard_normal((episodes, self.dimension)) * float(self.scales[c] / math.sqrt(shots))
        inverse = float(self.dfs[c]) / rng.chisquare(self.dfs[c], (episodes, shots))
        spread = float(self.scales[c]) * xp.sqrt(xp.sum(inverse, axis=1)) / shots
        return rng.standard_normal((episodes, self.dimension)) * spread[:, None]

    @property
    @override
    def may_tie(self) -> bool:
        return False

    @override
    def centre_draws(self, shots: int) -> int:
        return self.dimension + 2 * shots

    @override
    def spec(self) -> dict[str, Any]:
        rows = zip(self.means, self.stds, self.dfs, strict=True)
        return {
            "family": self.family,
            "classes": [{"mean": m.tolist(), "std": float(s), "df": float(f)} for m, s, f in rows],
        }


def _scale_moment(scale: float, df: float, q: int) -> float:
    """E s^q of the variance s = scale^2 df / chi2_df of a coordinate given the scale of a draw."""
    if math.isinf(df):
        return float(scale ** (2 * q))  # the Gaussian limit: the scale is no longer random
    if q == 0 or scale == 0:
        return float(q == 0)
    # Gamma(a - q) / Gamma(a) a^q, where a difference of the logarithms would lose all digits of a large a.
    return float(scale ** (2 * q) * math.prod(df / (df - 2 * j) for j in range(1, q + 1)))
