"""The searches of a hunt in order: known laws, continuous families, probes, lattices in a drawn order."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from typing import Any

from simulations.attack.claims import claims, least_shots
from simulations.attack.continuous import gaussian_pairs, spheres
from simulations.attack.families import families
from simulations.attack.probing.grid import LAWS
from simulations.attack.probing.unit import ProbeUnit
from simulations.attack.search import SearchResult, Space, search
from simulations.attack.space import Lattice
from simulations.attack.target import Target
from simulations.populations.extremal import step_half_way
from simulations.runtime.randomness import stream
from theory.bound import Bound

FAMILY_EVALUATIONS, GAUSSIAN_EVALUATIONS, LATTICE_EVALUATIONS = 80, 30, 1500
SPHERE_EVALUATIONS = 30
SPHERES_AFTER = 8
"""Lattices searched before the families that must be sampled, whose evaluations cost a hundred times more."""
SMALL_FIRST = 16


@dataclass(frozen=True)
class Unit:
    """One search as a task for the pool."""

    target: Target
    space: Space
    seed: int
    turn: int
    evaluations: int

    @property
    def function(self) -> Callable[..., SearchResult]:
        """The function that a worker calls."""
        return run_unit

    @property
    def arguments(self) -> tuple[Any, ...]:
        """The arguments of that call; picklable."""
        return (self,)

    @property
    def label(self) -> str:
        """Its label on a progress bar."""
        return self.space.label

    @property
    def weight(self) -> float:
        """Its rough cost: the most expensive start first."""
        return float(self.evaluations)


def run_unit(unit: Unit) -> SearchResult:
    """One search, on a stream of its own. Runs in a worker."""
    return search(unit.target.load(), unit.space, unit.seed, (unit.turn,), unit.evaluations)


@dataclass(frozen=True)
class Searches:
    """Which: so many of lattices, and known laws and probes unless they are left out."""

    lattices: int
    known: bool = True
    probes: bool = True


def units(target: Target, bound: Bound, seed: int, searches: Searches) -> Iterator[Unit | ProbeUnit]:
    """Every search in order: known laws, probes far out in shots, classes and dimensions, then lattices;
    later rounds draw new streams."""
    least = least_shots(bound)
    # Proxies along axes are the best ones, too: a law that is extremal for one sub-Gaussian bound is worth
    # trying on the other.
    needed = {assumption.name.removesuffix("Axes") for assumption in bound.assumptions}
    discrete = _applies_to_finite_supports(bound, least)
    known = searches.known
    if known:
        for family in families() if discrete else ():
            if family.shots >= least and (not family.needs or family.needs in needed):
                effort = FAMILY_EVALUATIONS * (3 if family.needs else 1)
                yield Unit(target, family, seed, 0, effort)
        yield from (Unit(target, pair, seed, 0, GAUSSIAN_EVALUATIONS) for pair in gaussian_pairs(least))
    if known and searches.probes:
        yield from (ProbeUnit(target, number) for number in range(len(LAWS)))
    spaces = _lattices(least, seed)
    for turn in range(searches.lattices):
        if turn == SPHERES_AFTER and known:
            yield from (Unit(target, sphere, seed, 0, SPHERE_EVALUATIONS) for sphere in spheres(least))
        if discrete:
            yield Unit(target, spaces[turn % len(spaces)], seed, turn, LATTICE_EVALUATIONS)


def _applies_to_finite_supports(bound: Bound, least: float) -> bool:
    """Whether any finite support can satisfy the assumptions; otherwise searching them is pointless."""
    probe = step_half_way(Fraction(1, 10))
    return any(claims(bound, probe, shots) for shots in {least, max(least, 2), math.inf})


def _lattices(least: float, seed: int) -> Sequence[Lattice]:
    """All spaces of the search: the smallest first, the rest in a drawn order."""
    if math.isinf(least):
        finite: tuple[int, ...] = ()
    else:
        finite = tuple(range(int(least), int(least) + 4))
    most = 6 if least <= 4 else 3
    spaces = [
        Lattice(k, atoms, p, n, balanced=math.isinf(n))
        for k, atoms, p, n in product((2, 3), range(2, most + 1), (1, 2, 3, 4), (*finite, math.inf))
    ]
    spaces.sort(key=lambda space: (space.places, space.shots))
    rest = spaces[SMALL_FIRST:]
    order = stream(seed, "attack", "order of spaces").permutation(len(rest))
    return [*spaces[:SMALL_FIRST], *(rest[index] for index in order)]
