"""Populations on which two bounds are compared: the recorded witnesses, known laws, and drawn lattices."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np

from simulations.attack.claims import Claim, claims, class_errors
from simulations.attack.families import LawFamily, families
from simulations.attack.space import Lattice
from simulations.attack.witness import FOLDER, read
from simulations.populations.base import Population
from simulations.populations.finite_support import FiniteSupport
from simulations.runtime.randomness import ROOT_SEED, stream
from theory.array import Floats
from theory.bound import Bound, Value
from theory.setting import Setting

ALIKE = 1e-12
"""Relative difference that counts as rounding."""
DRAWS = 2
SPACES = tuple(
    Lattice(k, 2, p, n, balanced=math.isinf(n))
    for k in (2, 3)
    for p in (1, 2)
    for n in (1, 2, 3, 4, 10, math.inf)
)


@dataclass(frozen=True, eq=False)
class Probe:
    """A population at some shots with its exact class errors (None where they are sampled); ``witness`` is
    its file name, if it has one."""

    label: str
    population: Population
    shots: float
    errors: Floats | None
    witness: str = ""

    def claims(self, bound: Bound) -> list[Claim]:
        """What the bound claims of its population, beside the exact errors."""
        return claims(bound, self.population, self.shots, self.errors)

    def values(self, bound: Bound) -> dict[int | None, float]:
        """Bounds by query class (None: their mean); empty where it does not apply."""
        setting = Setting(self.shots, self.population.classes)
        answer = bound.evaluate(self.population.geometry(), setting, self.population.granted())
        if not isinstance(answer, Value):
            return {}
        return {None: answer.value, **dict(enumerate(answer.per_class or ()))}


@cache
def witnesses() -> tuple[Probe, ...]:
    """Every witness of the repository, whatever bound it was found for."""
    probes = []
    for path in sorted(FOLDER.glob("*.toml")):
        witness = read(path)
        law = witness.population
        errors = class_errors(law, witness.shots) if isinstance(law, FiniteSupport) else None
        probes.append(Probe(path.stem, law, witness.shots, errors, path.name))
    return tuple(probes)


@cache
def random_probes() -> tuple[Probe, ...]:
    """Known laws and small lattices at random parameters, the same in every process."""
    probes = []
    spaces: list[LawFamily | Lattice] = [*families(), *SPACES]
    for space in spaces:
        rng = stream(ROOT_SEED, "attack", "probes", space.label)
        low, high = np.array(space.box()).T
        for _ in range(DRAWS):
            population = space.decode(low + rng.random(len(low)) * (high - low))
            if population.geometry().coincident_pair is None:
                errors = class_errors(population, space.shots)
                probes.append(Probe(space.label, population, space.shots, errors))
    return tuple(probes)


def everywhere() -> tuple[Probe, ...]:
    """All probes: the recorded witnesses, then known laws and drawn lattices."""
    return (*witnesses(), *random_probes())


def table(bound: Bound) -> list[Mapping[int | None, float]]:
    """The bound's values at every probe, in order."""
    return [probe.values(bound) for probe in everywhere()]


Table = list[Mapping[int | None, float]]


def nowhere_below(one: Table, other: Table) -> bool:
    """Whether ``other`` has a value wherever ``one`` does, and ``one`` is nowhere smaller.

    No probability exceeds 1, so ``other`` counts as 1 where it is more.
    """
    return all(
        query in theirs and value >= theirs[query] * (1 - ALIKE)
        for ours, theirs in zip(one, map(_capped, other), strict=True)
        for query, value in ours.items()
    )


def _capped(values: Mapping[int | None, float]) -> dict[int | None, float]:
    capped = {query: min(value, 1.0) for query, value in values.items()}
    classes = [value for query, value in capped.items() if query is not None]
    if classes:
        capped[None] = min(capped[None], sum(classes) / len(classes))
    return capped
