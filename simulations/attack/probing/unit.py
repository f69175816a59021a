"""The probes of one law as a search of the attack."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from simulations.attack.probing.grid import LAWS
from simulations.attack.probing.regimes import read
from simulations.attack.probing.search import SearchLimits, search_law, spread_of
from simulations.attack.probing.sparse import SparseSupport
from simulations.attack.search import SearchResult
from simulations.attack.target import Target
from simulations.populations.base import Population
from simulations.runtime.errors import InputError

POINTS = 200
"""Number of points of each law that the attack evaluates; `check` evaluates them all."""


@dataclass(frozen=True)
class ProbeUnit:
    """The law number ``number`` of ``LAWS``, as a task for the pool."""

    target: Target
    number: int

    @property
    def function(self) -> Callable[..., SearchResult]:
        """The function that a worker calls."""
        return run_probes

    @property
    def arguments(self) -> tuple[Any, ...]:
        """The arguments of that call; picklable."""
        return (self,)

    @property
    def label(self) -> str:
        """Its label on a progress bar."""
        return LAWS[self.number].name

    @property
    def weight(self) -> float:
        """Its rough cost: the most expensive start first."""
        return float(POINTS)


def run_probes(unit: ProbeUnit) -> SearchResult:
    """The smallest population of the law that refutes the bound and can be written to a file; nothing for a
    bound that stands, whose nearest populations the other searches find with fewer shots and classes."""
    bound, law = unit.target.load(), LAWS[unit.number]
    regimes = read(bound)
    limits = SearchLimits(most=POINTS)
    law_search = search_law(bound, law, spread_of(bound, regimes), regimes.comparisons, limits)
    evaluations = law_search.tried + law_search.climbed
    population = None if law_search.population is None else writable(law_search.population)
    if law_search.witness is None or population is None:
        return SearchResult(law.name, 0.0, None, None, evaluations, ())
    claim = law_search.witness.claim
    return SearchResult(
        law.name,
        law_search.witness.point.shots,
        claim,
        population,
        evaluations,
        ((evaluations, claim.ratio),),
    )


def writable(population: Population) -> Population | None:
    """The population in a form that a file can hold; None where there is none."""
    from simulations.populations.files import FAMILIES

    if isinstance(population, SparseSupport):
        try:
            return population.as_finite_support()
        except InputError:
            return None
    return population if population.family in FAMILIES else None
