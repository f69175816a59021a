"""The whole hunt for one bound: known laws first, then lattices, in rounds of a fixed order.

Searches are handed out in batches of a fixed size and judged in their order, so that the result does not
depend on the number of workers; only ``seconds``, which stops between batches, depends on the machine.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import islice, product
from typing import Any

from simulations.attack.continuous import gaussian_pairs
from simulations.attack.exact_bound import exact_bound
from simulations.attack.exact_moments import NotExact
from simulations.attack.families import families
from simulations.attack.fractions_error import TooMany, exact_class_errors
from simulations.attack.search import SLACK, Claim, Found, Space, claims, search
from simulations.attack.space import Lattice
from simulations.attack.target import Target
from simulations.populations.base import Population
from simulations.populations.extremal import step_half_way
from simulations.populations.finite_support import FiniteSupport
from simulations.randomness import stream
from simulations.workers import Pool
from theory.bound import Bound

BATCH = 4
FAMILY_EVALUATIONS, GAUSSIAN_EVALUATIONS, LATTICE_EVALUATIONS = 80, 30, 1500
LATTICES = 24
SMALL_FIRST = 16


@dataclass(frozen=True)
class Exact:
    """A claim re-checked without floating point; ``ratio`` is rounded once, at the end."""

    error: Fraction
    ratio: float


@dataclass(frozen=True)
class Best:
    """The largest ratio at one number of shots; ``exact`` as in ``Hunt``."""

    found: Found
    ratio: float
    exact: Exact | None
    unchecked: str


@dataclass(frozen=True)
class Hunt:
    """What was found for one bound. ``exact`` is None where the re-check is not possible, with a reason."""

    bound: str
    found: Found | None
    exact: Exact | None
    unchecked: str
    searches: int
    evaluations: int
    seconds: float
    seed: int
    by_shots: dict[float, Best] = field(default_factory=dict)
    """The best at each number of shots: bounds that meet at n = infinity differ at few shots."""
    path: tuple[tuple[int, float], ...] = ()

    @property
    def ratio(self) -> float:
        if self.exact is not None:
            return self.exact.ratio
        return self.found.claim.ratio if self.found is not None and self.found.claim is not None else 0.0

    @property
    def refuted(self) -> bool:
        return self.ratio > 1 + SLACK


@dataclass(frozen=True)
class Unit:
    """One search as a task for the pool."""

    target: Target
    space: Space
    seed: int
    turn: int
    evaluations: int

    @property
    def function(self) -> Callable[..., Found]:
        return run_unit

    @property
    def arguments(self) -> tuple[Any, ...]:
        return (self,)

    @property
    def label(self) -> str:
        return self.space.label

    @property
    def weight(self) -> float:
        return float(self.evaluations)


def run_unit(unit: Unit) -> Found:
    return search(unit.target.load(), unit.space, unit.seed, (unit.turn,), unit.evaluations)


def hunt(
    target: Target,
    pool: Pool | None = None,
    *,
    seed: int,
    lattices: int = LATTICES,
    seconds: float = math.inf,
    known: bool = True,
    report: Callable[[str], None] = lambda line: None,
) -> Hunt:
    """Attack one bound with every known law (unless ``known`` is False) and ``lattices`` more searches.

    Ends at the first refutation that stands in exact arithmetic. Without a pool it runs in this process.
    """
    start, longest = time.perf_counter(), 0.0
    bound = target.load()
    state = _State(bound, seed)
    todo = units(target, bound, seed, lattices, known)
    while batch := list(islice(todo, BATCH)):
        begun = time.perf_counter()
        results = [run_unit(unit) for unit in batch] if pool is None else pool.run(batch)
        if any(state.take(found) for found in results):
            break
        now = time.perf_counter()
        longest = max(longest, now - begun)
        report(f"{bound.name}: {state.searches} searches, largest ratio {state.ratio:.6g}")
        if now - start + longest > seconds:
            break
    return state.result(time.perf_counter() - start)


class _State:
    def __init__(self, bound: Bound, seed: int) -> None:
        self.bound, self.seed = bound, seed
        self.best: Found | None = None
        self.exact: Exact | None = None
        self.unchecked = ""
        self.searches = self.evaluations = 0
        self.by_shots: dict[float, Best] = {}
        self.path: list[tuple[int, float]] = []

    @property
    def ratio(self) -> float:
        return self.path[-1][1] if self.path else 0.0

    def take(self, found: Found) -> bool:
        """Count one search in; True when it refutes the bound (those after it are not looked at)."""
        before = self.evaluations
        self.searches += 1
        self.evaluations += found.evaluations
        if found.claim is None or found.population is None:
            return False
        held = self.by_shots.get(found.shots)
        if held is not None and found.claim.ratio <= held.ratio:
            return False
        exact, unchecked = recheck(self.bound, found.population, found.shots, found.claim)
        ratio = exact.ratio if exact is not None else found.claim.ratio
        if held is None or ratio > held.ratio:
            self.by_shots[found.shots] = Best(found, ratio, exact, unchecked)
        if ratio > self.ratio:
            self.path += [(before + count, r) for count, r in found.path if self.ratio < r < ratio]
            self.path.append((self.evaluations, ratio))
            self.best, self.exact, self.unchecked = found, exact, unchecked
        return ratio > 1 + SLACK

    def result(self, seconds: float) -> Hunt:
        return Hunt(
            self.bound.name,
            self.best,
            self.exact,
            self.unchecked,
            self.searches,
            self.evaluations,
            seconds,
            self.seed,
            dict(sorted(self.by_shots.items())),
            tuple(self.path),
        )


def recheck(bound: Bound, population: Population, shots: float, claim: Claim) -> tuple[Exact | None, str]:
    """The claim's error in fractions and its bound at 60 digits, or None and why that is not possible."""
    if not isinstance(population, FiniteSupport):
        return None, f"classes of family {population.family} have no rational error"
    try:
        errors = exact_class_errors(population, shots)
        value = exact_bound(bound, population, shots, claim.query)
    except (NotExact, TooMany) as reason:
        return None, str(reason)
    error = errors[claim.query] if claim.query is not None else sum(errors, Fraction()) / len(errors)
    ratio = float(error.numerator / (value * error.denominator)) if value > 0 else math.inf
    return Exact(error, ratio if error > 0 else 0.0), ""


def units(target: Target, bound: Bound, seed: int, lattices: int, known: bool = True) -> Iterator[Unit]:
    """Every search in order: known laws, then lattices; later rounds draw new streams."""
    least = max([1, *(getattr(a, "shots", 1) for a in bound.assumptions if a.name == "MinimumShots")])
    discrete = _applies_to_finite_supports(bound, least)
    if known:
        for family in families() if discrete else ():
            if family.shots >= least:
                yield Unit(target, family, seed, 0, FAMILY_EVALUATIONS)
        for pair in gaussian_pairs():
            if pair.shots >= least:
                yield Unit(target, pair, seed, 0, GAUSSIAN_EVALUATIONS)
    spaces = _lattices(least, seed)
    for turn in range(lattices if discrete else 0):
        yield Unit(target, spaces[turn % len(spaces)], seed, turn, LATTICE_EVALUATIONS)


def _applies_to_finite_supports(bound: Bound, least: float) -> bool:
    """Whether the assumptions let finite supports in at all; else searching them is a waste."""
    probe = step_half_way(Fraction(1, 10))
    return any(claims(bound, probe, shots) for shots in {least, max(least, 2), math.inf})


def _lattices(least: float, seed: int) -> Sequence[Lattice]:
    """All spaces of the search: the smallest first, the rest in a drawn order."""
    if math.isinf(least):
        finite: tuple[int, ...] = ()
    else:
        finite = tuple(range(int(least), int(least) + 4))
    most = 6 if least <= 4 else 3
    found = [
        Lattice(k, atoms, p, n, balanced=math.isinf(n))
        for k, atoms, p, n in product((2, 3), range(2, most + 1), (1, 2, 3, 4), (*finite, math.inf))
    ]
    found.sort(key=lambda space: (space.places, space.shots))
    rest = found[SMALL_FIRST:]
    order = stream(seed, "attack", "order of spaces").permutation(len(rest))
    return [*found[:SMALL_FIRST], *(rest[index] for index in order)]
