"""Products of a covariance with a difference of means, as exact as the entries: no condition costs digits.

Where the difference lies along the short axes of a rotated covariance, products of the long ones cancel in
g'Sg. Products of two floats are sums of two floats (Dekker, Numer. Math. 18, 1971), and ``math.fsum`` adds
them up with one rounding.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Annotated

import numpy as np

from theory.array import Array, Floats, to_numpy

SPLITTER = 2.0**27 + 1
UNIT = 2.0**-53
VISIBLE = 3e-13
"""Relative rounding of a plain product from which it is worked out anew."""
SHOWS = 1e-12
"""The same for bounds, which are not as near the error."""


@dataclass(frozen=True, eq=False)
class Gap:
    """A difference of means (p,) as the sum of two floats a coordinate."""

    high: Floats
    low: Floats

    @staticmethod
    def between(start: Floats, end: Floats) -> Gap:
        """``end`` - ``start``, without error (Knuth)."""
        high = end - start
        back = high - end
        return Gap(high, (end - (high - back)) - (start + back))

    @staticmethod
    def of(high: Floats) -> Gap:
        """One float a coordinate."""
        return Gap(high, np.zeros_like(high))

    def __truediv__(self, unit: float) -> Gap:
        return Gap(self.high / unit, self.low / unit)


@dataclass(frozen=True, eq=False)
class Along:
    """g'Sg, and S g (p,)."""

    variance: float
    image: Floats


@dataclass(frozen=True, eq=False)
class RootAlong:
    """A root (p, m) of a covariance, A A' = S, with A'd (m,) of a difference d, which may cancel in it."""

    root: Floats
    along: Floats


@dataclass(frozen=True, eq=False)
class ExactProduct:
    """Vectors (m, p) times a covariance (p, p), over ``unit`` squared, which rounds its result alone."""

    covariance: Floats
    unit: float

    def __call__(self, vectors: Annotated[Array, "m p"]) -> Annotated[Array, "m p"]:
        """(m, p)."""
        rows = to_numpy(vectors)
        sizes, plain = np.abs(rows), rows @ self.covariance
        rounding = UNIT * np.sum(sizes * (sizes @ np.abs(self.covariance)), axis=1)
        variances = np.sum(plain * rows, axis=1)
        for row in np.flatnonzero((rounding > SHOWS * variances) & (rounding > 0)):
            plain[row] = along(self.covariance, Gap.of(rows[row])).image
        return plain / self.unit / self.unit


@dataclass(frozen=True, eq=False)
class AtomsProduct:
    """Vectors (m, p) times the covariance of atoms (K, p) about their mean, with what each spreads by itself
    the same way in every direction: their covariance's entries know short axes less well than they do."""

    noise: Floats
    weights: Floats
    variance: float = 0.0

    def __call__(self, vectors: Annotated[Array, "m p"]) -> Annotated[Array, "m p"]:
        """(m, p)."""
        rows = to_numpy(vectors)
        return ((rows @ self.noise.T) * self.weights) @ self.noise + self.variance * rows


def along(covariance: Annotated[Floats, "p"] | Annotated[Floats, "p p"], gap: Gap) -> Along:
    """Both to nearly all digits, for variances along axes (p,) or a matrix (p, p)."""
    g = gap.high
    if covariance.ndim == 1:
        return Along(float(covariance @ g**2), covariance * g)
    image = covariance @ g
    variance = float(g @ image)
    size = np.abs(g)
    if math.sqrt(len(g)) * UNIT * float(size @ (np.abs(covariance) @ size)) <= VISIBLE * variance:
        return Along(variance, image)
    high, low = _product(covariance, g)
    beside = covariance * gap.low
    rows = [math.fsum(row) for row in np.concatenate([high, low, beside], axis=1).tolist()]
    twice, rest = _product(high, g[:, None])
    # The difference's second part stands on either side of the covariance, or on both.
    terms = (twice, rest, low * g[:, None], 2 * beside * g[:, None], beside * gap.low[:, None])
    return Along(math.fsum(np.concatenate([each.ravel() for each in terms]).tolist()), np.array(rows))


def _product(a: Floats, b: Floats) -> tuple[Floats, Floats]:
    """a b as sums of two floats, by Dekker's halves; entries are far from either end of double precision."""
    high = a * b
    (a_high, a_low), (b_high, b_low) = _halves(a), _halves(b)
    return high, ((a_high * b_high - high) + a_high * b_low + a_low * b_high) + a_low * b_low


def _halves(a: Floats) -> tuple[Floats, Floats]:
    scaled = SPLITTER * a
    high = scaled - (scaled - a)
    return high, a - high
