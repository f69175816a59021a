"""Mutation testing of the attack: which mutants of a bound it refutes, how, and how long that takes.

A constant is lowered by a tenth; where that makes the bound nowhere smaller (it stays true), it is raised by
a tenth instead. A mutant is refused by its units, refuted at a recorded witness, or searched for: with
known laws alone where it is nowhere below another bound of the catalogue, else with everything.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cache
from typing import Literal

import sympy as sp

from simulations.attack.claims import SLACK, strongest
from simulations.attack.hunt import LATTICES, hunt
from simulations.attack.mutants import LOWERED, RAISED, Constant, constants, mutant
from simulations.attack.probes import Table, nowhere_below, table, witnesses
from simulations.attack.recheck import recheck
from simulations.attack.target import Target, upper_bounds
from simulations.runtime.workers import Workers
from theory import catalogue
from theory.bound import Bound
from theory.bound.matrix import MatrixBound
from theory.evaluation.units import MixedUnits, power_of_length

How = Literal["units", "witness", "search", "none", "not smaller"]


@dataclass(frozen=True)
class MutantResult:
    """The result for one mutant.

    how   : units (its terms do not fit), witness or search (refuted there), none (not refuted),
        or "not smaller" (moved either way it is nowhere below the bound itself).
    ratio : the largest error / mutant found; exact says whether it was re-checked in fractions.
    above : a catalogue bound that the mutant is nowhere below on the probes: then nothing can refute it.
    """

    bound: str
    index: int
    constant: Constant
    factor: Fraction
    how: How
    ratio: float = 0.0
    exact: bool = False
    where: str = ""
    above: str = ""
    seconds: float = 0.0

    @property
    def refuted(self) -> bool:
        """Whether units, a known law or a search distinguished the mutant from a bound."""
        return self.how in ("units", "witness", "search")


def attack_mutants(  # noqa: PLR0913 - public: one keyword for each limit of the search
    name: str,
    workers: Workers | None = None,
    *,
    seed: int,
    seconds: float,
    lattices: int = LATTICES,
    only: Callable[[int], bool] = lambda index: True,
    report: Callable[[str], None] = lambda line: None,
) -> Iterator[MutantResult]:
    """Every mutant of the catalogue bound ``name``, in the order in which its constants are written."""
    bound = catalogue.get(name)
    plain = table(bound)
    for index, constant in enumerate(constants(bound)):
        if not only(index):
            continue
        begun = time.perf_counter()
        tried = _at_once(bound, plain, index, constant)
        if tried.how == "none":
            target = Target(name, mutant=(index, tried.factor))
            # Nothing can refute a mutant that lies nowhere below a true bound: for those, known laws are
            # enough.
            more = 0 if tried.above else lattices
            result = hunt(target, workers, seed=seed, seconds=seconds, lattices=more, report=report)
            if result.refuted:
                where = result.best.space if result.best is not None else ""
                tried = replace(
                    tried, how="search", ratio=result.ratio, exact=result.exact is not None, where=where
                )
            elif result.ratio > tried.ratio:
                tried = replace(tried, ratio=result.ratio, exact=result.exact is not None)
        yield replace(tried, seconds=time.perf_counter() - begun)


def _at_once(bound: Bound, plain: Table, index: int, constant: Constant) -> MutantResult:
    """The result of a mutant as far as it can be decided without a search; ``how`` is none where it
    cannot."""
    tried = MutantResult(bound.name, index, constant, LOWERED, "not smaller")
    for factor in (LOWERED, RAISED):
        changed = mutant(bound, index, factor)
        if not units_fit(changed):
            return replace(tried, factor=factor, how="units")
        values = table(changed)
        if not nowhere_below(values, plain):
            return _at_witnesses(changed, values, replace(tried, factor=factor, how="none"))
    return tried


def _at_witnesses(changed: Bound, values: Table, tried: MutantResult) -> MutantResult:
    best, where = 0.0, ""
    for probe in witnesses():
        for claim in probe.claims(changed):
            if claim.ratio <= best or strongest([claim]) is None:
                continue
            if claim.ratio <= 1 + SLACK:
                best, where = claim.ratio, probe.witness
                continue
            exact, _ = recheck(changed, probe.population, probe.shots, claim)
            ratio = claim.ratio if exact is None else exact.ratio
            if ratio > 1 + SLACK:
                return replace(
                    tried, how="witness", ratio=ratio, exact=exact is not None, where=probe.witness
                )
    return replace(tried, ratio=best, where=where, above=_true_bound_below(tried.bound, values))


def _true_bound_below(name: str, values: Table) -> str:
    for other in upper_bounds():
        if other != name and nowhere_below(values, _values_of(other)):
            return other
    return ""


@cache
def _values_of(name: str) -> Table:
    return table(catalogue.get(name))


def units_fit(bound: Bound) -> bool:
    """Whether all terms of the statement have the same units, and the whole has none."""
    statement = bound.sharpens.closed_form if isinstance(bound, MatrixBound) else bound.closed_form
    if _is_without_unit(statement, {}):
        return True
    # A parameter may be called as that of another statement is, which may have a unit.
    return bound.free is not None and _is_without_unit(statement, {bound.free.symbol: sp.S.Zero})


def _is_without_unit(statement: sp.Expr, known: dict[sp.Basic, sp.Expr | None]) -> bool:
    try:
        return power_of_length(statement, known) in (0, None)
    except MixedUnits:
        return False
