"""The error of finite-support classes in rational arithmetic, by plain enumeration. Ties are errors.

Written without the engine's optimisations (no merging, no sorting, no floats), so that it also checks the
engine.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from fractions import Fraction

from simulations.populations.finite_support import FiniteSupport

Centre = tuple[tuple[Fraction, ...], Fraction]
MOST_COMPARISONS = 3_000_000
MOST_PRODUCTS = 200_000
MOST_DIGIT_STEPS = 3e8
"""Limit on single-digit operations in the arithmetic that makes the centres: about a second."""
BITS = 30
"""Bits of a digit of Python's integers."""


class TooMany(ValueError):
    """The enumeration in fractions would take minutes."""


def exact_class_errors(population: FiniteSupport, shots: float) -> list[Fraction]:
    """P(wrong | query of class i) for every class, all classes taking part. Raises TooMany, at once."""
    effort = sum(_digit_steps(population, c, shots) for c in range(population.classes))
    if effort > MOST_DIGIT_STEPS:
        raise TooMany(f"fractions of about {effort:.1e} digits in all")
    centres = [_centres(population, c, shots) for c in range(population.classes)]
    cost = sum(len(a) for a in population.exact_weights) * max(map(len, centres)) ** 2 * len(centres)
    if cost > MOST_COMPARISONS:
        raise TooMany(f"about {cost:.1e} comparisons of fractions")
    return [_class_error(population, centres, i) for i in range(population.classes)]


def margin_moments(population: FiniteSupport, i: int, j: int, shots: float, order: int) -> list[Fraction]:
    """1, the mean and the central moments up to ``order`` of |z - m_j|^2 - |z - m_i|^2 for queries z of
    class i.

    By the binomial theorem from raw moments of the two distances, independent given z. Raises TooMany.
    """
    own, other = _centres(population, i, shots), _centres(population, j, shots)
    if len(population.exact_weights[i]) * (len(own) + len(other)) * order > MOST_PRODUCTS:
        raise TooMany("too many centres for moments in fractions")
    raw = [Fraction()] * (order + 1)
    for atom, weight in zip(population.exact_points[i], population.exact_weights[i], strict=True):
        if weight:
            near, far = (_raw_moments(atom, centres, order) for centres in (own, other))
            for q in range(order + 1):
                raw[q] += weight * _binomial(far, [(-1) ** s * x for s, x in enumerate(near)], q)
    return _about_mean(raw)


def nearest_moments(population: FiniteSupport, i: int, shots: float, order: int) -> dict[int, list[Fraction]]:
    """Of each class j other than i: how likely it is the nearest of these to queries of class i, with ties
    shared equally, and the mean and central moments of M_ij given that: 1, 0, ... where it never is. Raises
    TooMany."""
    others = [j for j in range(population.classes) if j != i]
    centres = {j: _centres(population, j, shots) for j in (i, *others)}
    cost = len(population.exact_weights[i]) * sum(map(len, centres.values())) ** 2
    if cost > MOST_COMPARISONS:
        raise TooMany(f"about {cost:.1e} comparisons of fractions")
    raw = {j: [Fraction()] * (order + 1) for j in others}
    for atom, weight in zip(population.exact_points[i], population.exact_weights[i], strict=True):
        near = [(-1) ** s * x for s, x in enumerate(_raw_moments(atom, centres[i], order))]
        squares = {j: [(_square(atom, place), share) for place, share in centres[j]] for j in others}
        for j in others if weight else ():
            far = [Fraction()] * (order + 1)
            for square, share in squares[j]:
                mass = share * _none_nearer(square, j, squares)
                for q in range(order + 1):
                    far[q] += mass * square**q
            for q in range(order + 1):
                raw[j][q] += weight * _binomial(far, near, q)
    by_class = {}
    for j, moments in raw.items():
        share = moments[0]
        given = (
            _about_mean([x / share for x in moments])
            if share
            else [Fraction(q == 1) for q in range(order + 1)]
        )
        by_class[j] = [share, *given[1:]]
    return by_class


def _none_nearer(square: Fraction, j: int, squares: dict[int, list[tuple[Fraction, Fraction]]]) -> Fraction:
    """The mean of 1 / (T + 1) where no other class is nearer and T of them are as near: ties are shared
    equally."""
    # chances[T]: probability that T of the classes gone through are as near, and none is nearer
    chances = [Fraction(1)]
    for l, rows in squares.items():
        if l != j:
            beyond = sum((share for x, share in rows if x > square), Fraction())
            as_near = sum((share for x, share in rows if x == square), Fraction())
            chances = [
                beyond * here + as_near * before
                for here, before in zip([*chances, Fraction()], [Fraction(), *chances], strict=True)
            ]
    return sum((chance / (t + 1) for t, chance in enumerate(chances)), Fraction())


def _about_mean(raw: list[Fraction]) -> list[Fraction]:
    """1, the mean and the central moments, from raw moments."""
    mean, order = raw[1], len(raw) - 1
    central = [_binomial(raw, [(-mean) ** s for s in range(order + 1)], q) for q in range(order + 1)]
    return [central[0], mean, *central[2:]]


def _raw_moments(atom: list[Fraction], centres: list[Centre], order: int) -> list[Fraction]:
    moments = [Fraction()] * (order + 1)
    for place, share in centres:
        square, power = _square(atom, place), share
        for q in range(order + 1):
            moments[q] += power
            power *= square
    return moments


def _binomial(one: list[Fraction], other: list[Fraction], q: int) -> Fraction:
    return sum((math.comb(q, s) * one[s] * other[q - s] for s in range(q + 1)), Fraction())


def _class_error(population: FiniteSupport, centres: list[list[Centre]], i: int) -> Fraction:
    wrong = Fraction()
    for atom, weight in zip(population.exact_points[i], population.exact_weights[i], strict=True):
        if weight == 0:
            continue
        others = [
            [(_square(atom, place), share) for place, share in centres[j]]
            for j in range(len(centres))
            if j != i
        ]
        for place, share in centres[i]:
            limit = _square(atom, place)
            right = Fraction(1)
            for rows in others:
                right *= sum((p for square, p in rows if square > limit), Fraction())
            wrong += weight * share * (1 - right)
    return wrong


def _centres(population: FiniteSupport, c: int, shots: float) -> list[Centre]:
    if math.isinf(shots):
        return [(tuple(population.exact_means[c]), Fraction(1))]
    n = int(shots)
    atoms = [
        (point, weight)
        for point, weight in zip(population.exact_points[c], population.exact_weights[c], strict=True)
        if weight > 0
    ]
    centres = []
    for counts in _compositions(len(atoms), n):
        share = Fraction(math.factorial(n))
        place = [Fraction()] * population.dimension
        for (point, weight), count in zip(atoms, counts, strict=True):
            share *= weight**count / Fraction(math.factorial(count))
            place = [x + Fraction(count, n) * y for x, y in zip(place, point, strict=True)]
        centres.append((tuple(place), share))
    return centres


def _digit_steps(population: FiniteSupport, c: int, shots: float) -> float:
    """About how many steps it takes to make a class's centres: a fraction with n factors has n times the
    digits, and reducing it takes the square of that."""
    if math.isinf(shots):
        return 0.0
    weights = [weight for weight in population.exact_weights[c] if weight > 0]
    bits = max(weight.denominator.bit_length() for weight in weights)
    digits = 1 + shots * max(bits, math.log2(shots)) / BITS
    logarithm = math.lgamma(shots + len(weights)) - math.lgamma(len(weights)) - math.lgamma(shots + 1)
    return math.exp(min(logarithm, 300.0)) * (digits**2 + population.dimension)


def _compositions(parts: int, total: int) -> Iterator[tuple[int, ...]]:
    if parts == 1:
        yield (total,)
        return
    for first in range(total + 1):
        for rest in _compositions(parts - 1, total - first):
            yield (first, *rest)


def _square(a: list[Fraction], b: tuple[Fraction, ...]) -> Fraction:
    return sum(((x - y) ** 2 for x, y in zip(a, b, strict=True)), Fraction())
