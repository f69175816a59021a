"""Margins against the nearest of the other classes, for classes with finitely many atoms: by enumeration.

Given the query the distances to all centres are independent. So each class's centres are enumerated once, and
where one of them lies at a given distance, the chance that it is the nearest of k - 1 drawn from the other
classes is a mean of products of the others' tails: an elementary symmetric polynomial. Among centres at equal
distances the nearest is picked at random, so that no value depends on the order of the classes.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

import numpy as np

from theory.array import Array, Floats, to_numpy, weights_by_place
from theory.geometry.margins import central
from theory.geometry.margins.atoms import RESOLUTION, centres
from theory.setting import Setting

MOST_PRODUCTS = 1e8
"""Multiplications for all queries and centres: a second or two."""


def nearest_moments(  # noqa: PLR0913 - the laws of all classes, and the setting
    noise: Sequence[Floats],
    weights: Sequence[Floats],
    differences: Floats,
    setting: Setting,
    order: int,
    margins: Sequence[Annotated[Floats, "atoms classes"]] | None = None,
) -> Annotated[Floats, "order+1 classes classes"] | None:
    """(order + 1, classes, classes): how likely class j is the nearest of the others, and of M_ij given that
    the mean and the central moments; mean 1 and no spread where it never is.

    noise[c] (K, p): atoms about their mean; differences (classes, classes, p), [i, j] = mu_j - mu_i. Where
    centres are the means, ``margins`` holds the margin of every atom against every class to more digits than
    squared distances leave. None where a class has too many centres.
    """
    classes, shots, ways = len(noise), setting.shots, setting.ways
    centre_laws = [centres(atoms, share, shots) for atoms, share in zip(noise, weights, strict=True)]
    known = [law for law in centre_laws if law is not None]
    queries = sum(len(share) for share in weights)
    if len(known) < classes:
        return None
    if float(queries) * classes * ways * sum(len(share) for _, share in known) > MOST_PRODUCTS:
        return None
    laws = _Laws(noise, weights, differences, known, margins)
    moments = np.zeros((order + 1, classes, classes))
    moments[1] = 1.0
    for i in range(classes):
        for j, (share, of_margin) in _of_class(i, laws, ways, order).items():
            if share > 0:
                moments[:, i, j] = of_margin
            moments[0, i, j] = share
    return moments


@dataclass(frozen=True, eq=False)
class _Laws:
    """Atoms about the mean and their weights for each class, differences of means, centres about the mean
    with theirs, and where these are the means (atoms, classes) of margins, if known."""

    noise: Sequence[Floats]
    weights: Sequence[Floats]
    differences: Floats
    centres: Sequence[tuple[Floats, Floats]]
    margins: Sequence[Floats] | None

    def squares(self, i: int, a: int, others: Sequence[int]) -> tuple[list[Floats], Floats]:
        """Squared distances of atom ``a`` of class ``i`` to the centres of ``others``, and to those of its
        own class; both less the latter where centres are the means, which no margin depends on."""
        if self.margins is not None:
            return [self.margins[i][a, j, None] for j in others], np.zeros(1)
        query = self.noise[i][a]
        squares = [_squares(self.centres[j][0], self.differences[i, j], query) for j in others]
        return squares, np.sum((self.centres[i][0] - query) ** 2, axis=1)


def _of_class(i: int, laws: _Laws, ways: int, order: int) -> dict[int, tuple[float, Floats]]:
    """For each other class how likely it is the nearest, and the moments (order + 1,) of the margin given
    that."""
    others = [j for j in range(len(laws.noise)) if j != i]
    shares: dict[int, list[float]] = {j: [] for j in others}
    parts: dict[int, list[Floats]] = {j: [] for j in others}
    weights = [laws.centres[j][1] for j in others]
    for a, weight in enumerate(laws.weights[i]):
        squares, own = laws.squares(i, a, others)
        mine = central.of_values(own, laws.centres[i][1], order)
        chances = nearest_chances(squares, weights, ways - 1)
        for j, values, of_values, chance in zip(others, squares, weights, chances, strict=True):
            mass = of_values * chance
            share = float(np.sum(mass))
            if share > 0 and weight > 0:
                shares[j].append(float(weight) * share)
                parts[j].append(_margin(central.of_values(values, mass / share, order), mine))
    by_class: dict[int, tuple[float, Floats]] = {}
    for j in others:
        total = math.fsum(shares[j])
        mixed: Floats = np.zeros(order + 1)
        if total > 0:
            mixed = to_numpy(central.mixed(np.stack(parts[j], axis=1), np.array(shares[j]) / total))
        by_class[j] = (total, mixed)
    return by_class


def _squares(centres: Floats, difference: Floats, query: Floats) -> Floats:
    """Squared distances of a query to the centres of another class. What rounding leaves of a query that lies
    on a centre is no distance: it would be a margin against an own centre that is there too."""
    squares = np.sum((centres + difference - query) ** 2, axis=1)
    sizes = np.sqrt(np.sum(centres**2, axis=1)) + np.linalg.norm(difference) + np.linalg.norm(query)
    return np.where(np.sqrt(squares) > RESOLUTION * sizes, squares, 0.0)


def _margin(other: Array, own: Array) -> Floats:
    """Moments of the margin between two squared distances. What rounding leaves of a tie is no margin: with
    no spread it would prove that a query which always ties never errs."""
    moments = to_numpy(central.difference(other, own))
    if abs(float(moments[1])) <= RESOLUTION * float(other[1] + own[1]):
        moments[1] = 0.0
    return moments


def nearest_chances(squares: Sequence[Floats], weights: Sequence[Floats], ways: int) -> list[Floats]:
    """For each class and each of its values the chance that it is the least, when ``ways`` - 1 of the other
    classes are drawn with it; of T + 1 equal values each is the least with probability 1 / (T + 1)."""
    cells = [_cells(values) for values in squares]
    laws = [_law(values, weight) for values, weight in zip(cells, weights, strict=True)]
    chances = []
    for place, values in enumerate(cells):
        beyond, as_near = [], []
        for ranked, masses, tails in (law for other, law in enumerate(laws) if other != place):
            first = np.searchsorted(ranked, values)
            met = np.append(ranked, math.nan)[first] == values
            beyond.append(tails[first + met])
            as_near.append(np.where(met, np.append(masses, 0.0)[first], 0.0))
        subsets = math.comb(len(cells) - 1, ways - 1)
        chances.append(np.minimum(_least(np.stack(beyond), np.stack(as_near), ways) / subsets, 1.0))
    return chances


def _law(values: Floats, weights: Floats) -> tuple[Floats, Floats, Floats]:
    """The different ``values`` from the least on, their probabilities, and that of each of them or more (and
    0 at the end)."""
    ranked, which = np.unique(values, return_inverse=True)
    masses = weights_by_place(which, weights, len(ranked))
    return ranked, masses, np.append(np.cumsum(masses[::-1])[::-1], 0.0)


def _least(beyond: Floats, as_near: Floats, ways: int) -> Floats:
    """(values,): the sum over all choices of ``ways`` - 1 of the others of E 1 / (T + 1), where none is
    nearer, and T as near; beyond, as_near (others, values): chances that each is.

    1 / (T + 1) is the mean of t^T for uniform t, so the chance is the mean of an elementary symmetric
    polynomial of beyond + t as_near: Gauss and Legendre's rule gives it exactly.
    """
    tied = np.any(as_near > 0, axis=0)
    least = np.empty(beyond.shape[1])
    least[~tied] = _symmetric(beyond[:, ~tied], ways)
    if np.any(tied):
        nodes, shares = np.polynomial.legendre.leggauss(ways // 2 + 1)
        least[tied] = sum(
            share / 2 * _symmetric(beyond[:, tied] + (1 + node) / 2 * as_near[:, tied], ways)
            for node, share in zip(nodes, shares, strict=True)
        )
    return least


def _symmetric(chances: Floats, ways: int) -> Floats:
    """The elementary symmetric polynomial of degree ``ways`` - 1 of ``chances`` (others, values)."""
    sums = np.zeros((ways, chances.shape[1]))
    sums[0] = 1.0
    for each in chances:
        sums[1:] += each * sums[:-1]
    symmetric: Floats = sums[-1]
    return symmetric


def _cells(values: Floats) -> Floats:
    """``values`` to a resolution of their own size: those that are equal but for rounding, as those of a
    lattice are, are equal, and no far class makes near ones equal."""
    digits, power = np.frexp(values)
    return np.ldexp(np.rint(digits / RESOLUTION) * RESOLUTION, power)
