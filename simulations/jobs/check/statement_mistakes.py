"""Mistakes that a bound's author can make and that can be told without evaluating it, one line each."""

from __future__ import annotations

from collections.abc import Iterable

from simulations.plugins.nearest import nearest_quantity
from simulations.populations.base import Population
from theory import catalogue
from theory.assumptions import Granted
from theory.bound import Bound
from theory.evaluation.units import MixedUnits, power_of_length
from theory.quantities import lookup
from theory.setting import Setting

NEEDS = {
    "variances": "FiniteVariance",
    "largest_eigenvalues": "FiniteVariance",
    "directional_variances": "FiniteVariance",
    "trace_products": "FiniteVariance",
    "squared_traces": "FiniteVariance",
    "top_eigenvalue_sums": "FiniteVariance",
    "cross_variances": "FiniteVariance",
    "fourth_moments": "FiniteFourthMoment",
    "third_moments_along": "FiniteFourthMoment",
    "directional_fourth_moments": "BoundedKurtosis",
    "distances": "DistinctMeans",
}
"""Fields of a geometry, and the assumption without which they need not exist (or may be divided by 0)."""


def problems(bound: Bound) -> list[str]:
    """What is wrong with the statement and its hypotheses as written; empty when nothing is."""
    found = []
    if bound.name in catalogue.names():
        found.append(f"`{bound.name}` is the name of a catalogue entry; choose another")
    if bound.kind != "upper" or bound.about != "few_shot_error":
        return [*found, f"{bound.name}: only upper bounds on few_shot_error are checked; set kind and about"]
    granted = {assumption.name for assumption in Granted(bound.assumptions)}
    free = set() if bound.free is None else {bound.free.symbol}
    for symbol in sorted(bound.closed_form.free_symbols - free, key=str):
        entry = lookup(symbol)
        if entry is None:
            found.append(f"{bound.name}: `{symbol}` is not a quantity; {nearest_quantity(str(symbol))}")
            continue
        needed = entry.field if entry.source == "granted" else NEEDS.get(entry.field)
        if needed is not None and needed not in granted and entry.name != "s":
            found.append(
                f"{bound.name}: uses `{symbol}` ({entry.meaning}), which its assumptions don't grant; "
                f"add {needed}()"
            )
    if not found:
        found += _dimension_problem(bound)
    return found


def _dimension_problem(bound: Bound) -> list[str]:
    try:
        power = power_of_length(bound.closed_form)
    except MixedUnits as wrong:
        return [f"{bound.name}: {wrong}; a bound on an error is invariant under scaling"]
    if power not in (0, None):
        return [
            f"{bound.name}: scales like length^{power}, but a bound on an error has no unit; "
            f"divide by d**{power}"
        ]
    return []


def unsatisfied(bound: Bound, populations: Iterable[Population]) -> list[str]:
    """Assumptions of the bound that none of the populations satisfies, at any number of shots asked."""
    pool = [(population.geometry(), population.granted(), population.classes) for population in populations]
    found = []
    for assumption in bound.assumptions:
        settings = [Setting(shots, 2) for shots in (1, 10, float("inf"))]
        if all(
            assumption.refusal(geometry, setting, granted) is not None
            for geometry, granted, _ in pool
            for setting in settings
        ):
            found.append(
                f"{bound.name}: no population here satisfies {assumption.name}; give it a `holds` test, or "
                "put a population that does into the file"
            )
    return found
