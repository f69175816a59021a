"""Random small laws in exact fractions: their moments and errors by plain enumeration, and as Rocq text."""

from __future__ import annotations

import itertools
import math
import random
import re
from fractions import Fraction

Point = tuple[Fraction, ...]
Law = list[tuple[Fraction, Point]]


def random_law(source: random.Random, dimension: int, size: int) -> Law:
    """A law on a coarse grid, so that centres coincide and ties occur."""
    cuts = sorted(source.sample(range(1, 4), size - 1))
    parts = [b - a for a, b in itertools.pairwise([0, *cuts, 4])]
    points = [tuple(Fraction(source.randrange(-2, 3)) for _ in range(dimension)) for _ in parts]
    return [(Fraction(part, 4), point) for part, point in zip(parts, points, strict=True)]


def mean(law: Law) -> Point:
    return tuple(sum((w * z[r] for w, z in law), Fraction(0)) for r in range(len(law[0][1])))


def dot(a: Point, b: Point) -> Fraction:
    return sum((x * y for x, y in zip(a, b, strict=True)), Fraction(0))


def minus(a: Point, b: Point) -> Point:
    return tuple(x - y for x, y in zip(a, b, strict=True))


def noise(law: Law) -> Law:
    centre = mean(law)
    return [(w, minus(z, centre)) for w, z in law]


def covariance(law: Law) -> list[list[Fraction]]:
    size = range(len(law[0][1]))
    return [[sum((w * x[r] * x[s] for w, x in noise(law)), Fraction(0)) for s in size] for r in size]


def trace_product(a: Law, b: Law) -> Fraction:
    left, right = covariance(a), covariance(b)
    size = range(len(left))
    return sum((left[r][s] * right[s][r] for r in size for s in size), Fraction(0))


def along(law: Law, h: Point) -> Fraction:
    matrix = covariance(law)
    return dot(h, tuple(dot(tuple(row), h) for row in matrix))


def centres(law: Law, shots: int) -> Law:
    """The mean of independent draws, atom by atom."""
    mean_law = []
    for draws in itertools.product(law, repeat=shots):
        weight = math.prod((w for w, _ in draws), start=Fraction(1))
        columns = zip(*(z for _, z in draws), strict=True)
        mean_law.append((weight, tuple(sum(x, Fraction(0)) / shots for x in columns)))
    return mean_law


def pair_error(i: Law, j: Law, shots_i: int, shots_j: int, *, ties: bool = True) -> Fraction:
    """P(the query of class i is at least as near the centre of j as its own); nearer, without ties."""
    total = Fraction(0)
    for (w, z), (wa, a), (wb, b) in itertools.product(i, centres(i, shots_i), centres(j, shots_j)):
        to_own, to_other = minus(z, a), minus(z, b)
        other, own = dot(to_other, to_other), dot(to_own, to_own)
        if other < own or (ties and other == own):
            total += w * wa * wb
    return total


NAMES = ("v_i", "trS2_i", "trSS", "M4_i", "d2", "DSD_i", "DSD_j", "Dt_j", "error 1 1", "error 2 1")


def everything(i: Law, j: Law) -> dict[str, Fraction]:
    """The numbers that ``everything`` in ``library/evaluate.v`` shows, from their definitions."""
    difference = minus(mean(j), mean(i))
    own = noise(i)
    values = (
        sum((w * dot(x, x) for w, x in own), Fraction(0)),
        trace_product(i, i),
        trace_product(i, j),
        sum((w * dot(x, x) ** 2 for w, x in own), Fraction(0)),
        dot(difference, difference),
        along(i, difference),
        along(j, difference),
        sum((w * dot(x, x) * dot(difference, x) for w, x in noise(j)), Fraction(0)),
        pair_error(i, j, 1, 1),
        pair_error(i, j, 2, 1),
    )
    return dict(zip(NAMES, values, strict=True))


def fraction(value: Fraction) -> str:
    sign = "- " if value < 0 else ""
    return f"({sign}({abs(value.numerator)}%:Q / {value.denominator}%:Q))"


def table(law: Law) -> str:
    """The law as a term of type ``table``."""
    rows = (f"({fraction(w)}, [:: {'; '.join(map(fraction, z))}])" for w, z in law)
    return f"[:: {'; '.join(rows)}]"


def text(pairs: list[tuple[Law, Law]]) -> str:
    """A file that prints ``everything`` of each pair of laws (of equally many atoms)."""
    lines = [
        "From mathcomp Require Import all_ssreflect all_algebra.",
        "From Collapse.library Require Import evaluate.",
        "Local Open Scope ring_scope.",
    ]
    for i, j in pairs:
        lines.append(f"Eval vm_compute in everything {len(i[0][1])} {len(i)} {table(i)} {table(j)}.")
    return "\n".join(lines) + "\n"


def printed(output: str) -> list[dict[str, Fraction]]:
    """The answers in what the compiler printed."""
    blocks = output.split("seq (int * int)")
    results = []
    for block in blocks:
        pairs = re.findall(r"\(\s*\(?(-?\d+)\)?(?:%Z)?\s*,\s*\(?(-?\d+)\)?(?:%Z)?\s*\)", block)
        if pairs:
            results.append(dict(zip(NAMES, (Fraction(int(a), int(b)) for a, b in pairs), strict=True)))
    return results
