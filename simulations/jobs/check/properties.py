"""Properties that every bound on an error has, tested on random populations: it is never below the error, and
it does not change under shifts and rotations.

Finite supports are drawn from the attack's spaces, so ties and degenerate geometry are among them; where
a bound's assumptions exclude them, Gaussian pairs of many scales take their place.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from simulations.attack.claims import SLACK, claims, least_shots
from simulations.attack.continuous import gaussian_pairs
from simulations.attack.families import families
from simulations.attack.recheck import recheck
from simulations.attack.search import Space
from simulations.attack.space import Lattice
from simulations.populations import from_spec
from simulations.populations.base import Population
from simulations.populations.finite_support import FiniteSupport
from simulations.runtime.randomness import stream
from theory.bound import Bound, Value
from theory.setting import Setting

DRAWS = 4
TOLERANCE = 1e-6
SPACES: tuple[Lattice, ...] = tuple(
    Lattice(k, atoms, p, n, balanced=math.isinf(n))
    for k in (2, 3)
    for atoms in (2, 3)
    for p in (1, 2, 3)
    for n in (1, 3, 10, math.inf)
)


@dataclass(frozen=True)
class Properties:
    """``applied`` of ``tried`` populations gave the bound a value; ``violations`` are sentences."""

    tried: int
    applied: int
    largest: float
    violations: tuple[str, ...]


def check_properties(bound: Bound, seed: int, draws: int = DRAWS) -> Properties:
    """Sound for the mean and every class, the same after a rotation, a shift and a change of scale."""
    tried = applied = 0
    largest, wrong = 0.0, []
    for space, population in _random_populations(seed, draws, least_shots(bound)):
        tried += 1
        before = _value(bound, population, space.shots)
        if before is None:
            continue
        applied += 1
        for claim in claims(bound, population, space.shots):
            ratio = claim.ratio
            if ratio > 1 + SLACK:
                exact, _ = recheck(bound, population, space.shots, claim)
                ratio = exact.ratio if exact is not None else ratio
            largest = max(largest, ratio)
            if ratio > 1 + SLACK:
                wrong.append(
                    f"{bound.name} = {claim.bound!r} is below the error {claim.error!r} on {space.label}"
                )
        for motion, moved in _equivalent_populations(population):
            after = _value(bound, moved, space.shots)
            if after is not None and not math.isclose(before, after, rel_tol=TOLERANCE, abs_tol=1e-14):
                wrong.append(f"{bound.name} is not invariant: {motion} made {before!r} into {after!r}")
    return Properties(tried, applied, largest, tuple(dict.fromkeys(wrong))[:5])


def _random_populations(seed: int, draws: int, least: float) -> Iterator[tuple[Space, Population]]:
    spaces: list[Any] = [*SPACES, *families(), *gaussian_pairs(least)]
    for space in spaces:
        rng = stream(seed, "properties", space.label)
        low, high = np.array(space.box()).T
        for _ in range(draws):
            population = space.decode(low + rng.random(len(low)) * (high - low))
            if population.geometry().coincident_pair is None:
                yield space, population


def _value(bound: Bound, population: Population, shots: float) -> float | None:
    answer = bound.evaluate(population.geometry(), Setting(shots, population.classes), population.granted())
    # A margin that consists of rounding alone may change arbitrarily under a motion.
    return answer.value if isinstance(answer, Value) and answer.value < 1e12 else None


def _equivalent_populations(population: Population) -> Iterator[tuple[str, Population]]:
    if isinstance(population, FiniteSupport):
        yield "a change of scale", _map_points(population, lambda row: [x * Fraction(37, 2) for x in row])
        yield "a shift", _map_points(population, lambda row: [x + Fraction(7, 3) for x in row])
        if population.dimension > 1:
            yield "a rotation", _map_points(population, _rotate)
    elif population.family == "gaussian":
        classes = [
            {"mean": [18.5 * x + 3.0 for x in each["mean"]], "std": 18.5 * each["std"]}
            for each in population.spec()["classes"]
            if "std" in each
        ]
        if len(classes) == population.classes:
            yield "a change of scale and a shift", from_spec({"family": "gaussian", "classes": classes})


def _map_points(population: FiniteSupport, move: Callable[[list[Fraction]], list[Fraction]]) -> FiniteSupport:
    points = [[move(row) for row in rows] for rows in population.exact_points]
    return FiniteSupport(points, population.exact_weights)


def _rotate(row: list[Fraction]) -> list[Fraction]:
    """An exact rotation in the first plane: 3-4-5."""
    a, b, *rest = row
    return [Fraction(3, 5) * a - Fraction(4, 5) * b, Fraction(4, 5) * a + Fraction(3, 5) * b, *rest]
