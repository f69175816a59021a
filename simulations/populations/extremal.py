"""Small laws at which bounds are tight or wrong variants of them fail, as finite supports."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from simulations.populations.finite_support import FiniteSupport


def pair_on_a_line(atoms_i: Sequence[tuple[Any, Any]], atoms_j: Sequence[tuple[Any, Any]]) -> FiniteSupport:
    """Two classes on a line from (coordinate, probability) lists."""
    return FiniteSupport(
        [[[x] for x, _ in atoms] for atoms in (atoms_i, atoms_j)],
        [[w for _, w in atoms] for atoms in (atoms_i, atoms_j)],
    )


def step_half_way(q: Fraction) -> FiniteSupport:
    """`constant_is_sharp`'s law: a step to the midpoint with probability q."""
    back = -q / (2 * (1 - q))
    half = Fraction(1, 2)
    return pair_on_a_line([(half, q), (back, 1 - q)], [(1 - half, q), (1 - back, 1 - q)])


def point_against_far_draw(q: Fraction, n: int) -> FiniteSupport:
    """Class i a point mass at 0, class j on {-(n-1), 1}: one far draw puts its centre on 0 (`exact_moment`
    is attained at n = 1, 2)."""
    return pair_on_a_line([(0, 1)], [(Fraction(-(n - 1)), q), (Fraction(1), 1 - q)])


def rare_draw_moves_the_mean(q: Fraction) -> FiniteSupport:
    """Class i at 0 but for a rare atom at 1 that moves its mean, class j a point mass at 0.

    Nearly every query of class i ties, and the margin's mean is negative at few shots.
    """
    return pair_on_a_line([(0, 1 - q), (1, q)], [(0, 1)])


def noise_of_centres(q: Fraction, n: int) -> FiniteSupport:
    """Both classes at rest but for rare far draws that put one centre on the other."""
    return pair_on_a_line(
        [(Fraction(0), 1 - q), (Fraction(n), q)], [(Fraction(1), 1 - q), (Fraction(1 - n), q)]
    )


def simplex_with_steps(q: Fraction, classes: int) -> FiniteSupport:
    """Classes at the corners e_c of a simplex, each stepping half-way to every other with total probability
    q: the union over classes matters."""
    points, weights = [], []
    for c in range(classes):
        rows, row_w = [], []
        for other in range(classes):
            if other != c:
                row = [Fraction(0)] * classes
                row[c], row[other] = Fraction(1, 2), Fraction(1, 2)
                rows.append(row)
                row_w.append(q / (classes - 1))
        row = [Fraction(0)] * classes
        row[c] = Fraction(1)
        rows.append(row)
        row_w.append(1 - q)
        points.append(rows)
        weights.append(row_w)
    return FiniteSupport(points, weights)


def midpoint_and_behind(q: Fraction, behind: Sequence[tuple[Fraction, Fraction]]) -> FiniteSupport:
    """Two mirrored classes on a line, means apart: a query sits at the midpoint with probability ``q``, at
    each distance behind its mean with the given probability, else where the mean needs it.

    With infinite shots the margin takes as many values, the smallest of them 0: the law at which the moment
    ladder is attained. Lengths are scaled so that all coordinates are decimals.
    """
    rest = 1 - q - sum((w for _, w in behind), Fraction())
    if rest <= 0:
        raise ValueError("the probabilities leave nothing for the rest point")
    pull = sum((w * x for x, w in behind), Fraction()) - q / 2
    atoms = [(rest / 2, q), *((-x * rest, w) for x, w in behind), (pull, rest)]
    return pair_on_a_line(atoms, [(rest - x, w) for x, w in atoms])


def scaled(population: FiniteSupport, factor: Fraction) -> FiniteSupport:
    """All lengths times ``factor``, which changes no error."""
    return FiniteSupport(
        [[[x * factor for x in row] for row in rows] for rows in population.exact_points],
        population.exact_weights,
    )


def normal_like_atoms(
    tilt: Fraction, query: Fraction, own: Fraction, other: Fraction, n: int
) -> FiniteSupport:
    """`subgaussian`'s near-extremal law on a line, h = ``tilt``.

    A query at 2h ties when all n draws of both classes lie at -h/n from their means, with probabilities
    ``query``, ``own`` and ``other`` near those that a standard Gaussian tail allows. Every class has one more
    atom, which centres it; lengths are scaled so that all coordinates are decimals.
    """
    back, rest = -tilt / n, 1 - query - own
    unit = rest * (1 - other)
    distance = tilt * (4 + Fraction(2, n))
    atoms_i = [(2 * tilt, query), (back, own), (-(query * 2 * tilt + own * back) / rest, rest)]
    atoms_j = [(distance + back, other), (distance - other * back / (1 - other), 1 - other)]
    return pair_on_a_line([(x * unit, w) for x, w in atoms_i], [(x * unit, w) for x, w in atoms_j])
