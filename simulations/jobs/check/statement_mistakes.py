"""Mistakes in a bound that can be found without evaluating it, one line each."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import sympy as sp

from simulations.attack.claims import least_shots
from simulations.plugins.load import Extension
from simulations.plugins.nearest import nearest_quantity
from simulations.populations.base import Population, Spec
from theory import catalogue
from theory.assumptions import Assumption, GivenCentres, Granted
from theory.bound import Bound, NotApplicable, Value
from theory.bound.confidence import ConfidenceBound, KernelConfidence
from theory.bound.matrix import MatrixBound
from theory.evaluation.units import MixedUnits, power_of_length
from theory.quantities import TABLE, lookup
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
    """Mistakes in the statement and its hypotheses as written; empty when there are none."""
    mistakes = malformed(bound)
    if mistakes:
        return mistakes
    if bound.name in catalogue.names() and catalogue.get(bound.name) is not bound:
        mistakes.append(f"`{bound.name}` is the name of a catalogue entry; choose another")
    if _in_quantities(bound):
        mistakes += _symbol_problems(bound)
        if not mistakes and bound.about in UNITLESS and not isinstance(bound, KernelConfidence):
            mistakes += _dimension_problem(bound)
    return mistakes


def _in_quantities(bound: Bound) -> bool:
    """Whether the statement is one in named quantities: not in matrices, nor up to unnamed constants."""
    given = any(isinstance(assumption, GivenCentres) for assumption in bound.assumptions)
    return not (isinstance(bound, MatrixBound) or given or bound.kind in ("rate", "impossibility"))


UNITLESS = ("few_shot_error", "cdnv", "axes")
"""What a bound may be about that has no unit of length, and whose symbols all have known ones."""


def malformed(bound: Bound) -> list[str]:
    """Fields that hold something of another kind than they should."""
    mistakes = []
    if not isinstance(bound.assumptions, tuple | list):
        mistakes.append(
            f"{bound.name}: assumptions is not a tuple; write (A(), B()), and (A(),) for one alone"
        )
    else:
        for assumption in bound.assumptions:
            if isinstance(assumption, type):
                mistakes.append(
                    f"{bound.name}: {assumption.__name__} is a class; write {assumption.__name__}()"
                )
            elif not isinstance(assumption, Assumption):
                mistakes.append(
                    f"{bound.name}: {assumption!r} is not an assumption; use those of theory.assumptions or "
                    "derive your own from Assumption"
                )
    signed: Any = bound.nonnegative
    if not (isinstance(signed, tuple | list) and all(isinstance(part, sp.Expr) for part in signed)):
        mistakes.append(f"{bound.name}: nonnegative is not a tuple of expressions; write (x,) for one alone")
    statement: Any = bound.statement
    if isinstance(statement, sp.Rel):
        mistakes.append(f"{bound.name}: the statement is a relation; give its right-hand side alone")
    elif not isinstance(statement, sp.Expr):
        kind = "function" if callable(statement) else type(statement).__name__
        mistakes.append(
            f"{bound.name}: the statement is a {kind}; write a SymPy expression in the symbols of "
            "theory.quantities (a number as sympy.Rational(1, 2))"
        )
    elif statement.has(sp.I, sp.nan, sp.zoo):
        mistakes.append(f"{bound.name}: the statement holds {_not_real(statement)}; a bound is a real number")
    return mistakes


def _not_real(statement: sp.Expr) -> str:
    return next(str(odd) for odd in (sp.I, sp.nan, sp.zoo) if statement.has(odd))


def _symbol_problems(bound: Bound) -> list[str]:
    mistakes = []
    granted = {assumption.name for assumption in Granted(bound.assumptions)}
    free = set() if bound.free is None else {bound.free.symbol}
    # Evidence and named laws bring their moments with them.
    on_evidence = isinstance(bound, ConfidenceBound) or "FollowsLaw" in granted
    for symbol in sorted(bound.closed_form.free_symbols - free, key=str):
        entry = lookup(symbol)
        name = str(symbol)
        if entry is None and name in TABLE:
            mistakes.append(
                f"{bound.name}: `{name}` is a symbol of your own with the name of a quantity; use the "
                f"quantity itself: from theory.quantities import {name}"
            )
        elif entry is None:
            mistakes.append(f"{bound.name}: `{name}` is not a quantity; {nearest_quantity(name)}")
        else:
            needed = entry.field if entry.source == "granted" else NEEDS.get(entry.field)
            if (on_evidence and entry.source != "granted") or entry.name in ("s", "F"):
                continue
            if needed is not None and needed not in granted:
                mistakes.append(
                    f"{bound.name}: uses `{symbol}` ({entry.meaning}), which its assumptions don't grant; "
                    f'add {needed}(), or write implies = ("{needed}",) into an assumption of your own from '
                    "which it follows"
                )
    return mistakes


def answers(bound: Bound, populations: Iterable[tuple[str, Population]]) -> list[str]:
    """Mistakes that show where the bound is evaluated: an exception, a complex number, a NaN."""
    values, setting = [], Setting(max(5, least_shots(bound)), 2)
    for name, population in populations:
        try:
            answer = bound.evaluate(population.geometry(), setting, population.granted())
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as wrong:
            text = " ".join(str(wrong).split())
            return [
                f"{bound.name}: cannot be evaluated on {name}: {type(wrong).__name__}: {text}; correct it"
            ]
        if isinstance(answer, NotApplicable):
            continue
        if not isinstance(answer, Value):
            return [
                f"{bound.name}: answers a {type(answer).__name__} on {name}; return Value or NotApplicable"
            ]
        value: Any = answer.value
        if isinstance(value, complex) or not isinstance(value, int | float):
            return [f"{bound.name}: is {value!r} on {name}; a bound is a real number"]
        if math.isnan(value):
            return [f"{bound.name}: is not a number on {name}; give the case in which it is 0/0 a value"]
        values.append(value)
    if values and all(math.isinf(value) for value in values):
        return [
            f"{bound.name}: has no finite value on any population here (a root or logarithm of a negative "
            "number, or 0/0?); correct the statement"
        ]
    return []


def _dimension_problem(bound: Bound) -> list[str]:
    try:
        power = power_of_length(bound.closed_form)
    except MixedUnits as wrong:
        return [f"{bound.name}: {wrong}; a bound on an error is invariant under scaling"]
    if power not in (0, None):
        divisor = (
            "d" if power == 1 else f"d**({power})" if power < 0 or power != int(power) else f"d**{power}"
        )
        return [
            f"{bound.name}: scales like length^{power}, but a bound on an error has no unit; "
            f"divide by {divisor}"
        ]
    return []


def unsatisfied(bound: Bound, populations: Iterable[Population]) -> list[str]:
    """Assumptions of the bound that none of the populations satisfies, at any number of shots asked."""
    geometries = [
        (population.geometry(), population.granted(), population.classes) for population in populations
    ]
    mistakes = []
    for assumption in bound.assumptions:
        settings = [Setting(shots, 2) for shots in (1, 10, math.inf)]
        if all(
            assumption.refusal(geometry, setting, granted) is not None
            for geometry, granted, _ in geometries
            for setting in settings
        ):
            mistakes.append(
                f"{bound.name}: no population here satisfies {assumption.name}; give it a `holds` test, or "
                "put a population that does into the file"
            )
    return mistakes


def families_alone(extension: Extension) -> list[str]:
    """Families in a file with nothing that could be checked; joining another verb they need no more."""
    if extension.bounds or extension.populations or extension.engines:
        return []
    return [
        f"defines the family {name} but no population of it; add for example {name} = "
        f"{family.__name__}({_arguments(name, family)}).build()"
        for name, family in extension.families.items()
    ]


def _arguments(name: str, family: type[Spec]) -> str:
    others = [
        f"{key}=..." for key, info in family.model_fields.items() if info.is_required() and key != "family"
    ]
    return ", ".join([f"family={name!r}", *others])
