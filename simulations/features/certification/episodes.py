"""Errors of pairs and of episodes of the source classes, with supports drawn anew for every split.

Scores are products in float32; what their rounding could have decided is decided in float64. Samples are read
block by block, and of what is wrong only counts are kept: memory grows neither with the number of samples nor
with that of queries times classes.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from simulations.engines.pool.compare import TINY, UNIT
from simulations.engines.pool.near_ties import at_least_as_near
from simulations.features.certification.checks import BLOCK, ClassRows
from theory.array import Flags, Floats, Integers

SPLITS, FEWEST_SPLITS, MOST_PRODUCTS = 40, 3, 1e11
"""Draws of supports: as many as these multiplications allow."""
PERMUTATIONS = 200


@dataclass(frozen=True, eq=False)
class _Centres:
    """Centres of one split's ``supports`` (one (shots, p) a class): float32 (p, classes) about ``origin`` in
    units of ``scale``, less their ``middle``, and half their squares."""

    supports: list[Floats]
    origin: Floats
    scale: float
    middle: Floats
    quick: Floats
    half: Floats
    reach: float

    @staticmethod
    def of(supports: list[Floats], origin: Floats, scale: float) -> _Centres:
        exact = np.stack([((own - origin) / scale).mean(axis=0) for own in supports])
        middle = exact.mean(axis=0)
        exact -= middle
        half = 0.5 * np.sum(exact**2, axis=1)
        return _Centres(
            supports,
            origin,
            scale,
            middle,
            exact.astype(np.float32).T.copy(),
            half,
            math.sqrt(2 * float(np.max(half))),
        )

    def beaten(self, samples: Floats, c: int) -> Flags:
        """(classes, queries): whether a rival's centre is at least as near to a query, of class ``c``, as its
        own; ``samples`` (queries, p), as they are stored. Ties are errors."""
        points = (samples - self.origin) / self.scale - self.middle
        scores = points.astype(np.float32) @ self.quick
        scores -= self.half.astype(np.float32)
        margins = scores - scores[:, c : c + 1]
        nearer: Flags = margins.T >= 0
        # Of products of p terms and of half squares, as in ``pool.compare``.
        p = points.shape[1]
        sizes = np.sqrt(np.einsum("qp,qp->q", points, points))
        terms = min(p, 4 * math.sqrt(p)) + 8
        doubt = 2.1 * UNIT * terms * self.reach * (sizes + self.reach) + TINY
        np.abs(margins, out=margins)
        margins[:, c] = np.inf
        queries, rivals = np.nonzero(margins <= doubt[:, None])
        step = max(1, BLOCK // p)
        for begin in range(0, len(queries), step):
            q, j = queries[begin : begin + step], rivals[begin : begin + step]
            pairs = (
                (np.stack([own[s] for own in self.supports])[j], self.supports[c][s][None, :])
                for s in range(len(self.supports[c]))
            )
            nearer[j, q] = at_least_as_near(samples[q], pairs)
        nearer[c] = False
        return nearer


def episode_errors(
    groups: Sequence[ClassRows], shots: int, ways: int, rng: np.random.Generator
) -> tuple[Floats, Floats, int]:
    """Pair errors (classes, classes), mean error of each tuple of each chopped permutation of the classes,
    and how many tuples one has.

    Every split draws each class's support anew; queries are its other samples. Ties are errors. The mean
    over splits of a pair's error depends on the two classes only, and is unbiased.
    """
    count = len(groups)
    # float32 holds neither features of any size nor small differences beside a large offset.
    origin = groups[0].samples(slice(1))[0]
    scale = max(_farthest(group, origin) for group in groups) or 1.0
    kernel = np.zeros((count, count))
    episodes = []
    splits = draws_of_supports(groups)
    queries = np.array([len(group) - shots for group in groups])
    for _ in range(splits):
        orders = [rng.permutation(len(group)) for group in groups]
        supports = [group.samples(order[:shots]) for group, order in zip(groups, orders, strict=True)]
        centres = _Centres.of(supports, origin, scale)
        tuples = _tuples(count, ways, max(1, PERMUTATIONS // splits), rng)
        missed = np.zeros((len(tuples), count))
        for c, (group, order) in enumerate(zip(groups, orders, strict=True)):
            rivals, tuple_numbers = _rivals(tuples, c)
            query_places = np.sort(order[shots:])
            step = max(1, BLOCK // group.features.shape[1])
            for start in range(0, len(query_places), step):
                beaten = centres.beaten(group.samples(query_places[start : start + step]), c)
                kernel[c] += beaten.sum(axis=1) / (queries[c] * splits)
                missed[tuple_numbers, c] += _any(beaten, rivals).sum(axis=1)
        episodes.append((missed / queries)[np.arange(len(tuples))[:, None, None], tuples].mean(axis=2))
    return (kernel + kernel.T) / 2, np.concatenate(episodes), count // ways


def _farthest(group: ClassRows, origin: Floats) -> float:
    """Largest difference of a coordinate from ``origin``."""
    return max(float(np.max(np.abs(rows - origin))) for rows in group.blocks())


def _tuples(count: int, ways: int, permutations: int, rng: np.random.Generator) -> Integers:
    """(permutations, tuples, ways): permutations of the classes, chopped; what is left over is left out."""
    whole = count // ways * ways
    return np.stack([rng.permutation(count)[:whole].reshape(-1, ways) for _ in range(permutations)])


def _rivals(tuples: Integers, c: int) -> tuple[Integers, Integers]:
    """(held, ways - 1) the classes that share a tuple with ``c``, and (held,) the permutations that have
    it in one."""
    tuple_numbers, which, _ = np.nonzero(tuples == c)
    own = tuples[tuple_numbers, which]
    return own[own != c].reshape(len(tuple_numbers), tuples.shape[2] - 1), tuple_numbers


def _any(beaten: Flags, rivals: Integers) -> Flags:
    """(permutations, queries): whether some rival beats the own class."""
    any_beaten: Flags = beaten[rivals[:, 0]]
    for other in rivals.T[1:]:
        any_beaten |= beaten[other]
    return any_beaten


def draws_of_supports(groups: Sequence[ClassRows]) -> int:
    """How often supports are drawn: a certificate needs one draw; more only reduce its variance."""
    products = sum(map(len, groups)) * len(groups) * groups[0].features.shape[1]
    return int(min(SPLITS, max(FEWEST_SPLITS, MOST_PRODUCTS / products)))
