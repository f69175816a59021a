"""Margins of classes with finitely many atoms, by enumeration: exact but for rounding.

Given the query the distances to the two centres are independent, so each class's centres are enumerated once
and never a pair of them.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import chain, combinations
from typing import Annotated

import numpy as np

from theory.array import Floats, Integers, to_numpy, weights_by_place
from theory.geometry.margins import central

MOST_CENTRES = 400_000
MANY, RESOLUTION = 4096, 2.0**-40
UNLIKE = 1e-3
"""Sizes of atoms of one class, at which places are merged no more."""
PIECE = 1 << 20
FEW = 16
"""Counts from which Stirling's series needs no more than its first five terms."""


def compositions(parts: int, total: int) -> Integers:
    """(C(total + parts - 1, parts - 1), parts): all ways to share ``total`` draws among ``parts``."""
    if parts == 1:
        return np.full((1, 1), total)  # however many draws: ``combinations`` would list them
    size = math.comb(total + parts - 1, parts - 1)
    bars = np.fromiter(
        chain.from_iterable(combinations(range(total + parts - 1), parts - 1)), np.int64, size * (parts - 1)
    ).reshape(size, parts - 1)
    ends = np.full((size, 1), total + parts - 1)
    return np.diff(np.concatenate([np.full((size, 1), -1), bars, ends], axis=1), axis=1) - 1


def counts_and_weights(weights: Floats, shots: int) -> tuple[Integers, Floats] | None:
    """How often each part is drawn, (m, parts), and the probability of it (m,); None where m is too large."""
    parts = len(weights)
    if math.comb(shots + parts - 1, parts - 1) > MOST_CENTRES:
        return None
    counts = compositions(parts, shots)
    return counts, multinomial(counts, weights)


def multinomial(
    counts: Annotated[Integers, "m parts"], weights: Annotated[Floats, "parts"]
) -> Annotated[Floats, "m"]:
    """The probabilities of all ways to share a number of draws, to about 1e-12 however many these are.

    Given their sum, independent Poisson counts are multinomial. Logarithms of their probabilities are
    deviances, small near the mean, where differences of the log gamma function lose as many digits as the
    number of draws has (Loader, Fast and accurate computation of binomial probabilities, 2000). What is left
    of rounding is common to all, and goes where they are made to add up to 1.
    """
    logs = multinomial_logs(counts, weights)
    share = np.exp(logs - np.max(logs))
    return np.asarray(share / np.sum(share))


def multinomial_logs(
    counts: Annotated[Integers, "m parts"], weights: Annotated[Floats, "parts"]
) -> Annotated[Floats, "m"]:
    """Logarithms of the same, but for a common term."""
    total = int(np.sum(counts[0]))
    logs = np.zeros(len(counts))
    for column, weight in zip(counts.T, weights, strict=True):
        mean = total * float(weight)
        if total < len(counts):
            # Of three parts and more, every count comes up again and again.
            logs += _poisson_logs(np.arange(total + 1.0), mean)[column]
        else:
            logs += _poisson_logs(column.astype(np.float64), mean)
    return logs


def _poisson_logs(count: Floats, mean: float) -> Floats:
    """(count,): of the probabilities of so many."""
    if mean == 0:
        return np.where(count == 0, 0.0, -np.inf)
    logs = np.full(len(count), -mean)
    for start in range(0, len(count), PIECE):
        some = np.maximum(count[start : start + PIECE], 1.0)
        gap = some - mean
        # Far above the mean, which may be as small as numbers are, no difference of near logarithms is left.
        near = np.log1p(np.minimum(gap, mean) / mean)
        deviance = some * np.where(gap > mean, np.log(some) - math.log(mean), near) - gap
        values = -deviance - _stirling_error(some) - 0.5 * np.log(2 * math.pi * some)
        logs[start : start + PIECE] = np.where(count[start : start + PIECE] > 0, values, -mean)
    return logs


def _stirling_error(count: Floats) -> Floats:
    """log of n! over Stirling's formula, for whole n >= 1."""
    square = count**-2
    series = (1 / 12 - square * (1 / 360 - square * (1 / 1260 - square * (1 / 1680 - square / 1188)))) / count
    few = np.arange(1.0, FEW)
    factorials = np.log([float(math.factorial(int(n))) for n in few])
    exact = factorials - (few + 0.5) * np.log(few) + few - 0.5 * math.log(2 * math.pi)
    small = np.minimum(count, FEW - 1).astype(np.int64) - 1
    return np.where(count < FEW, exact[small], series)


def centres(noise: Floats, weights: Floats, shots: float) -> tuple[Floats, Floats] | None:
    """Deviations of the centre from the class mean (m, p) and their probabilities, for atoms ``noise`` (K,
    p)."""
    keep = weights > 0
    noise, weights = noise[keep], weights[keep]
    if math.isinf(shots):
        return np.zeros((1, noise.shape[1])), np.ones(1)
    draws = counts_and_weights(weights, int(shots))
    if draws is None:
        return None
    counts, share = draws
    places = counts @ noise / shots
    sizes = np.max(np.abs(noise), axis=1)
    if np.min(sizes[sizes > 0], initial=np.inf) < UNLIKE * np.max(sizes):
        return places, share  # what is one place beside the farthest atom may be several beside the nearest
    return _merged(places, share)


def _merged(places: Floats, share: Floats) -> tuple[Floats, Floats]:
    """Centres that coincide but for rounding, as those of a lattice do, counted once where there are many."""
    if len(places) <= MANY:
        return places, share
    cells = np.rint(places / (np.max(np.abs(places)) or 1.0) / RESOLUTION).astype(np.int64)
    # What np.unique(axis=0) does, without its slow comparison of rows as records.
    order = np.lexsort(cells.T[::-1])
    ordered = cells[order]
    fresh = np.concatenate([[True], np.any(ordered[1:] != ordered[:-1], axis=1)])
    which = np.empty(len(cells), np.int64)
    which[order] = np.cumsum(fresh) - 1
    return places[order[fresh]], weights_by_place(which, share)


def margin_moments(
    noise: Sequence[Floats], weights: Sequence[Floats], differences: Floats, shots: float, order: int
) -> Annotated[Floats, "order+1 classes classes"] | None:
    """(order + 1, classes, classes) of M_ij; zero off the mean's row on the diagonal.

    noise[c] (K, p): atoms about their mean; differences (classes, classes, p), [i, j] = mu_j - mu_i.
    None where a class has more than ``MOST_CENTRES`` centres.
    """
    classes = len(noise)
    centre_laws: list[tuple[Floats, Floats]] = []
    laws: dict[tuple[bytes, bytes], tuple[Floats, Floats] | None] = {}
    for atoms, share in zip(noise, weights, strict=True):
        shape = (atoms.tobytes(), share.tobytes())  # classes of a lattice are often moved copies of one
        if shape not in laws:
            laws[shape] = centres(atoms, share, shots)
        law = laws[shape]
        if law is None:
            return None
        centre_laws.append(law)
    moments = np.zeros((order + 1, classes, classes))
    moments[0] = 1.0
    for i in range(classes):
        own = _squares(noise[i], centre_laws[i], order)
        for j in range(classes):
            if i != j:
                other = _squares(noise[i] - differences[i, j], centre_laws[j], order)
                moments[:, i, j] = central.mixed(central.difference(other, own), weights[i])
    return moments


def moments_of_margins(
    margins: Sequence[Annotated[Floats, "atoms classes"]], weights: Sequence[Floats], order: int
) -> Annotated[Floats, "order+1 classes classes"]:
    """The same where centres are the means, from the margin of every atom against every class."""
    classes = len(margins)
    moments = np.zeros((order + 1, classes, classes))
    moments[0] = 1.0
    for i, (rows, share) in enumerate(zip(margins, weights, strict=True)):
        others = np.arange(classes) != i
        moments[:, i, others] = to_numpy(central.of_values(rows[:, others], share, order))
    return moments


def _squares(queries: Floats, law: tuple[Floats, Floats], order: int) -> Floats:
    """(order + 1, queries): moments of |z - m|^2 for each query z (relative to the mean of m's class)."""
    deviations, share = law
    step = max(1, PIECE // max(1, deviations.size))
    parts = []
    for start in range(0, len(queries), step):
        gaps = deviations[:, None, :] - queries[None, start : start + step, :]
        parts.append(to_numpy(central.of_values(np.sum(gaps**2, axis=2), share, order)))
    return np.concatenate(parts, axis=1)
