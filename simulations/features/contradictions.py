"""Constants that a user grants for a data set, compared with the moments of the data.

What is tested follows from the assumption, and its sampling error is allowed for: a warning is wrong with
probability at most ``FALSE_ALARM`` an assumption (lines of the means count as fixed directions).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from simulations.features.kurtosis import peaked
from simulations.runtime.row_source import RowSource
from theory.array import Floats, Integers, to_numpy
from theory.assumptions import Assumption, BoundedKurtosis, EqualIsotropicGaussian, SubGaussian
from theory.geometry import ClassGeometry

FALSE_ALARM = 1e-3
MOST_PRODUCTS = 1e11
"""Products of numbers that the lines between all means may cost."""
MESHES = (0.02, 0.05, 0.1, 0.2, 0.25, 0.33)
"""Fineness of the nets of directions that are tried for the largest eigenvalue."""


def contradictions(
    geometry: ClassGeometry, features: RowSource, members: Sequence[Integers], assumed: Iterable[Assumption]
) -> dict[Assumption, str]:
    """Assumptions that the moments of features (samples, dimension) contradict, with one line for each;
    ``members`` are the row numbers of each class."""
    assumed = list(assumed)
    contradicted: dict[Assumption, str] = {}
    for assumption in assumed:
        if isinstance(assumption, BoundedKurtosis) and assumption.kappa is not None:
            contradiction = peaked(geometry, features, members, assumption.kappa, FALSE_ALARM)
            if contradiction is not None:
                contradicted[assumption] = (
                    f"{assumption} is contradicted by the data: {contradiction}; bounds on it are void"
                )
    proxies = [(each, _constant(each)) for each in assumed if each not in contradicted]
    if all(constant is None for _, constant in proxies):
        return contradicted
    squares = _Squares.of(geometry, features, members)
    for assumption, constant in proxies:
        contradiction = None
        if isinstance(assumption, EqualIsotropicGaussian):
            contradiction = _isotropic(geometry, squares, assumption.std)
        if contradiction is None and constant is not None:
            contradiction = _proxy(geometry, squares, constant)
        if contradiction is not None:
            contradicted[assumption] = (
                f"{assumption} is contradicted by the data: {contradiction}; bounds on it are void"
            )
    return contradicted


def _constant(assumption: Assumption) -> float | tuple[float, ...] | None:
    """The sub-Gaussian proxy that an assumption names, if it does."""
    implied = [assumption, *assumption.implied()]
    return next((each.sigma for each in implied if isinstance(each, SubGaussian)), None)


@dataclass(frozen=True, eq=False)
class _Squares:
    """Sums of squares about the sample mean, in units of length squared.

    counts (classes,); whole (classes,): over all directions; along (classes, classes): along the lines to
    the other sample means, None where that is too much work; widest (classes,): the largest of any direction.
    """

    counts: Floats
    whole: Floats
    along: Floats | None
    widest: Floats

    @staticmethod
    def of(geometry: ClassGeometry, features: RowSource, members: Sequence[Integers]) -> _Squares:
        counts = np.array([float(len(rows)) for rows in members])

        def rows_of(c: int) -> Floats:
            return np.asarray(features[members[c]], dtype=np.float64) / geometry.unit

        means = np.stack([rows_of(c).mean(axis=0) for c in range(len(members))])
        whole = np.array([np.sum((rows_of(c) - mean) ** 2) for c, mean in enumerate(means)])
        along = None
        if features.shape[0] * features.shape[1] * len(members) <= MOST_PRODUCTS:
            along = np.zeros((len(members), len(members)))
            for c, mean in enumerate(means):
                rows = rows_of(c)
                lines = means - mean
                lengths = np.linalg.norm(lines, axis=1)
                along[c] = (
                    np.sum(((rows - mean) @ lines.T) ** 2, axis=0) / np.where(lengths > 0, lengths, 1) ** 2
                )
        divisor = counts if geometry.estimator == "plugin" else counts - 1
        widest = to_numpy(geometry.with_sample_spectra().largest_eigenvalues) * divisor
        square = geometry.unit**2
        return _Squares(counts, whole * square, None if along is None else along * square, widest * square)


def _proxy(geometry: ClassGeometry, squares: _Squares, sigma: float | tuple[float, ...]) -> str | None:
    """A sub-Gaussian class spreads by at most sigma in every direction, so by sqrt(p) sigma in all."""
    classes, p, counts = geometry.classes, geometry.dimension, squares.counts
    if isinstance(sigma, tuple) and len(sigma) != classes:
        return None
    proxies = np.broadcast_to(np.asarray(sigma, dtype=float), (classes,))
    surprise = math.log(6 * classes * classes / FALSE_ALARM)
    # Over sigma^2, each sum is at most the matching sum of squares of independent normal variables.
    nets = [_most(counts, surprise + p * math.log1p(2 / e)) / (1 - 2 * e) for e in MESHES]
    tests = [
        ("on average over directions", squares.whole / p, _most(counts * p, surprise) / p),
        ("in some direction", squares.widest, np.min(nets, axis=0)),
    ]
    if squares.along is not None:
        tests.insert(1, ("towards another class", squares.along.max(axis=1), _most(counts, surprise)))
    for where, squares_about, most in tests:
        over = squares_about > most * proxies**2 * (1 + 1e-9)
        if np.any(over):
            c = int(np.argmax(np.where(over, squares_about / counts, -1.0)))
            spread = math.sqrt(squares_about[c] / (counts[c] - 1))
            return (
                f"class {geometry.names[c]} has a standard deviation of {spread:.3g} {where}, "
                f"which no proxy may be below"
            )
    return None


def _most(terms: Floats, surprise: float) -> Floats:
    """A sum of ``terms`` squares of standard normal variables exceeds this with probability at most
    exp(-surprise) (Laurent and Massart 2000); so does that of sub-Gaussian ones of proxy 1, whose moment
    generating function is no larger (Hsu, Kakade, Zhang 2012)."""
    values: Floats = terms + 2 * np.sqrt(terms * surprise) + 2 * surprise
    return values


def _isotropic(geometry: ClassGeometry, squares: _Squares, std: float) -> str | None:
    """The sum of squares of such a class over std^2 is chi-squared with (N - 1) p degrees of freedom."""
    from scipy.stats import chi2

    freedom = (squares.counts - 1) * geometry.dimension
    statistic = squares.whole / std / std
    tail = np.minimum(chi2.cdf(statistic, freedom), chi2.sf(statistic, freedom))
    c = int(np.argmin(tail))
    if 2 * tail[c] * geometry.classes >= FALSE_ALARM / 2:
        return None
    measured = math.sqrt(squares.whole[c] / freedom[c])
    return f"class {geometry.names[c]} has a standard deviation of {measured:.3g} a coordinate, by its trace"
