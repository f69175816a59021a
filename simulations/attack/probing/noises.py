"""Laws whose noise is spread out: coins across the line, a cube, and atoms like a normal tail."""

from __future__ import annotations

import math
from typing import ClassVar

import numpy as np

from simulations.attack.probing.probe import Probe, ProbeLaw, ProbePoint
from simulations.attack.probing.sparse import Atom, SparseSupport
from simulations.populations.base import Population
from simulations.runtime.arrays import Generator
from theory.assumptions import Assumption, BoundedKurtosis, SubGaussian, SubGaussianAxes
from theory.geometry import ClassMoments
from theory.inheritance import override

MANY_COINS = 1e7
"""Shots beyond which a mean of coins is taken as normal."""


class CoinAcross(ProbeLaw):
    """Class 0 is a fair coin at +-s across the line to class 1, itself a coin at +-w there, one away.

    With a and b the means of n coins in {-1, 1}, a query at +s errs exactly when
    s^2 (a^2 - 2 a) >= 1 + w^2 b^2 - 2 s w b: for each b a binomial probability. Where w is much larger than s
    the product s w b decides, which the variance of the margin has as tr(S_i S_j).
    """

    name = "coins across the line"
    sentence = "variance across the line of the means: query and centres disagree"
    varies = "n"
    levels = (-0.6, -0.3, 0.0, 0.5, 1.0, 2.0)
    ratios: ClassVar[tuple[float, ...]] = (0.0, 0.3, 1.0, 3.0, 10.0, 100.0)
    """w / s; a point mass for 0."""
    variants = len(ratios)

    @override
    def probe(self, point: ProbePoint) -> Probe | None:
        n, ratio = int(point.shots), self.ratios[point.variant]
        # A mean of n coins has standard deviation 1/sqrt n: the product is on the scale where that matters.
        s = math.sqrt(math.sqrt(n) * 10**point.level / max(1.0, ratio))
        w = ratio * s
        errors = np.array([_coin_error(n, s, w), _coin_error(n, w, s)])
        classes = [
            [Atom(0.5, {0: float(c), 1: spread}), Atom(0.5, {0: float(c), 1: -spread})]
            if spread
            else [Atom(1.0, {0: float(c)})]
            for c, spread in enumerate((s, w))
        ]
        return Probe(self.name, point, SparseSupport(classes, 2), errors, exact=False)


def _coin_error(n: int, own: float, other: float) -> float:
    """P(error) of a query of the coin +-``own``; ties that rounding hides, and other centres ten standard
    deviations out, are left out."""
    from scipy.stats import binom

    if own == 0:
        # The query and its own centre stand still, and the other centre is never nearer than one.
        return 0.0
    if n > MANY_COINS:
        return _many_coins_error(n, own, other)
    reach = min(n / 2, 5 * math.sqrt(n) + 1) if other else 0.0
    heads = np.arange(math.ceil(n / 2 - reach), math.floor(n / 2 + reach) + 1) if other else np.array([n / 2])
    b = 2 * heads / n - 1
    under = 1 + (1 + other**2 * b**2 - 2 * own * other * b) / own**2
    # Own heads needed of n: their mean is at most 1 - root (the other root lies beyond the coins, above 1).
    most = np.floor(n * (2 - np.sqrt(np.maximum(under, 0.0))) / 2 - 1e-9)
    most = np.where(under < 0, n, np.minimum(most, n))
    wrong = np.where(most >= 0, binom.cdf(most, n, 0.5), 0.0)
    weights = binom.pmf(heads, n, 0.5) if other else np.ones(1)
    return float(weights @ wrong)


def _many_coins_error(n: float, own: float, other: float) -> float:
    """The same by the normal law, from below.

    A number of heads differs from a normal number of the same mean and variance, on one probability space,
    by less than one and half their square over the deviation (Tusnady's lemma): by so much every threshold is
    moved to the worse side. Ranges of the other centre count by their worse end.
    """
    from scipy.special import ndtr

    edges = np.linspace(-10.0, 10.0, 20_001) if other else np.zeros(2)
    weights = np.diff(ndtr(edges)) if other else np.ones(1)
    root = math.sqrt(n)
    moved = (2 + edges**2) / root
    ends = [other * end / root for end in (edges[:-1] - moved[:-1], edges[1:] + moved[1:])]
    # Convex in the other centre, so that the larger end is the largest of a range.
    apart = np.maximum(*((1 + b**2 - 2 * own * b) / own**2 for b in ends))
    most = -root * apart / (1 + np.sqrt(np.maximum(1 + apart, 0.0)))
    return float(weights @ np.where(apart < -1, 1.0, ndtr(most - (4 + most**2) / root)))


MOST_AXES = 1 << 17
"""Dimensions of the largest cube."""


class CubePopulation(Population):
    """Class 0 uniform on the corners of a cube of side 2 ``spread``, class 1 a point mass one away along one
    further axis."""

    family = "cube_and_point"

    def __init__(self, dimension: int, spread: float) -> None:
        self.spread = spread
        self.means = np.zeros((2, dimension + 1))
        self.means[1, dimension] = 1.0

    @override
    def moments(self, unit: float) -> list[ClassMoments]:
        p, s = self.dimension - 1, self.spread / unit
        axes = np.full(p + 1, s * s)
        axes[p] = 0.0
        return [
            ClassMoments(self.means[0] / unit, axes, fourth=(p * s * s) ** 2, directional_fourth=3 * s**4),
            ClassMoments(self.means[1] / unit, np.zeros(p + 1), fourth=0.0, directional_fourth=0.0),
        ]

    @override
    def assumptions(self) -> list[Assumption]:
        s = self.spread
        axes = (*([s * s] * (self.dimension - 1)), 0.0)
        return [
            BoundedKurtosis(),
            SubGaussian((s, 0.0)),
            SubGaussianAxes((axes, (0.0,) * self.dimension)),
        ]

    @override
    def noise(self, rng: Generator, c: int, shape: tuple[int, ...]) -> np.ndarray:
        samples = np.zeros((*shape, self.dimension))
        if c == 0:
            signs = rng.integers(0, 2, (*shape, self.dimension - 1)) * 2.0 - 1.0
            samples[..., :-1] = self.spread * signs
        return samples

    @override
    def spec(self) -> dict[str, object]:
        return {"family": self.family, "dimension": self.dimension - 1, "spread": self.spread}


class Cube(ProbeLaw):
    """The corners of a cube against a point mass: the noise of a centre adds up over dimensions.

    With W the sum over axes of (1 - A)^2, A a mean of n signs, an error is W >= p + 1/s^2. Its mean is
    p (1 + 1/n) and its variance p Var (1 - A)^2, so Cantelli's inequality gives a lower bound on the error.
    """

    name = "cube against a point"
    sentence = "noise in very many directions moves the own centre farther than the other class"
    varies = "np"
    threshold = True
    levels = (0.05, 0.3, 1.0)
    times: ClassVar[tuple[int, ...]] = (1, 64)
    """How many times the dimension asked there are: in very many the largest eigenvalue no longer counts."""
    variants = len(times)

    @override
    def probe(self, point: ProbePoint) -> Probe | None:
        n, p = point.shots, point.dimension * self.times[point.variant]
        if p > MOST_AXES:
            return None
        factor = 10.0**point.level
        s = math.sqrt(factor * n / p)
        room = p / n - 1 / s**2
        variance = p * (4 / n + (2 * n - 2) / n**3)
        if room <= 0:
            return None
        error = room**2 / (room**2 + variance)
        return Probe(self.name, point, CubePopulation(p, s), np.array([error, 0.0]), exact=False)


class NormalTail(ProbeLaw):
    """``normal_like_atoms``: probabilities of a normal tail, at a point where a query ties with all draws."""

    name = "atoms like a normal tail"
    sentence = "the near-extremal law of sub-Gaussian bounds, on a line"
    varies = "n"
    variants = 3
    levels = (1.0, 1.5, 2.0, 3.0, 4.0)

    @override
    def probe(self, point: ProbePoint) -> Probe | None:
        n, h = int(point.shots), point.level
        query = math.exp(-2 * h * h + (-0.5, 0.0, 0.5)[point.variant])
        tail = math.exp(-h * h / (2 * n * n))
        own, other = min(tail, 1 - 2 * query), min(tail, 1 - query)
        if (own <= 0.5 and n > 3) or query >= 0.4 or own <= 0:
            return None
        back, rest, apart = -h / n, 1 - query - own, h * (4 + 2 / n)
        centre = [Atom(query, {0: 2 * h}), Atom(own, {0: back})]
        centre.append(Atom(rest, {0: -(query * 2 * h + own * back) / rest}))
        far = [Atom(other, {0: apart + back}), Atom(1 - other, {0: apart - other * back / (1 - other)})]
        error = query * math.exp(n * (math.log(own) + math.log(other)))
        return Probe(self.name, point, SparseSupport([centre, far], 1), np.array([error, 0.0]), exact=False)
