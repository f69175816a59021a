"""How wide an interval to expect before anything is drawn: moments of the margins, treated as Gaussian.

Good enough to order engines, not to report: the tests compare the order with measured widths. All widths are
half of a 95 % interval over the error.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from simulations.populations.base import Population
from simulations.populations.gaussian import GaussianClasses
from theory.array import Floats, to_numpy

HALF = 1.96
MOST_LOG = 60.0
MOST_CHANCE = 1 - 1e-9
"""A sure win counts as this, in a product of complements."""


@dataclass(frozen=True)
class Rough:
    """About the error, and the variance of the logarithm of P(wrong | centres) over the centres where errors
    come from."""

    error: float
    centres: float

    @property
    def given_centres(self) -> float:
        """Relative variance of P(wrong | centres) when centres are drawn plainly."""
        return math.expm1(min(self.centres, MOST_LOG))


def rough(population: Population, shots: float, ways: int | None = None) -> Rough:
    """P(margin <= 0) for Gaussian margins with their exact means and variances, as if they were independent:
    their sum over the classes would be above 1 where errors are common, and leave `direct` no variance. Of
    all classes, or of so many ``ways``."""
    # In units of the distance of the means: fourth powers of lengths stay within double precision.
    unit = population.unit
    covariances = _covariances(population, unit)
    noise = 0.0 if math.isinf(shots) else 1 / shots
    traces = [float(np.sum(each if each.ndim == 1 else np.diag(each))) for each in covariances]
    squares = [float(np.sum(each**2)) for each in covariances]
    k, total, worst, spread = population.classes, 0.0, math.inf, 0.0
    most = MOST_CHANCE if ways is None else MOST_CHANCE * (ways - 1) / max(k - 1, 1)
    for i in range(k):
        right = 0.0
        for j in range(k):
            if i == j:
                continue
            d = (population.means[j] - population.means[i]) / unit
            own, other = _along(covariances[i], d), _along(covariances[j], d)
            mean = float(d @ d) + noise * (traces[j] - traces[i])
            query = 4 * (own + noise * (_product(covariances[i], covariances[j]) + squares[i]))
            centre = noise * (own + other) + 2 * noise**2 * (squares[i] + squares[j])
            scale = math.sqrt(query + centre)
            u = mean / scale if scale > 0 else (math.inf if mean > 0 else 0.0)
            right += math.log1p(-most * 0.5 * math.erfc(u / math.sqrt(2)))
            if u < worst:
                worst, spread = u, centre / max(query + 2 * centre, 1e-300)
        total -= math.expm1(right) / k
    # Beyond 1e100 deviations, which weights near 1e-300 reach, the exact value does not matter.
    far = min(max(worst, 0.0), 1e100) if math.isfinite(worst) else 0.0
    return Rough(min(max(total, 1e-300), 1.0), far**2 * spread)


def _covariances(population: Population, unit: float) -> list[Floats]:
    if isinstance(population, GaussianClasses):
        return [each / unit / unit for each in population.covariances]
    return [to_numpy(each.covariance) for each in population.moments(unit)]


def _along(covariance: Floats, d: Floats) -> float:
    """The variance along d; what rounding leaves of none may be negative."""
    return max(float(d @ (covariance * d if covariance.ndim == 1 else covariance @ d)), 0.0)


def _product(first: Floats, second: Floats) -> float:
    """tr(S T)."""
    if first.ndim == 1 and second.ndim == 2:
        first, second = second, first
    if first.ndim == 2 and second.ndim == 1:
        return float(np.diag(first) @ second)
    return float(np.sum(first * second))
