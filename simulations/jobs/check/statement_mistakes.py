"""Mistakes in a bound that can be found without evaluating it, one line each."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterable, Mapping
from typing import Any

import sympy as sp

from simulations.attack.claims import least_shots
from simulations.plugins.load import Extension
from simulations.plugins.nearest import nearest_quantity
from simulations.populations.base import Population, Spec
from simulations.populations.inspected import wrong_values
from simulations.runtime.users_code import file_of, in_users_code, of_user, shown
from theory import catalogue
from theory.assumptions import Assumption, GivenCentres, Granted
from theory.bound import Bound, NotApplicable, Value
from theory.bound.confidence import ConfidenceBound, KernelConfidence
from theory.bound.matrix import MatrixBound
from theory.evaluation.units import MixedUnits, power_of_length
from theory.expressions import ForEveryOther
from theory.geometry import ClassGeometry
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
    mistakes += _malformed_parts(bound)
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


def _malformed_parts(bound: Bound) -> list[str]:
    """The same of what goes with the statement."""
    mistakes = []
    signed: Any = bound.nonnegative
    if not (isinstance(signed, tuple | list) and all(isinstance(part, sp.Expr) for part in signed)):
        mistakes.append(f"{bound.name}: nonnegative is not a tuple of expressions; write (x,) for one alone")
    if not _are_meanings(bound.where):
        mistakes.append(
            f"{bound.name}: `where` is {shown(bound.where)}; write a tuple of pairs (symbol, meaning), as "
            "((K, 4 * lam_i),) for one alone"
        )
    condition: Any = bound.condition
    if not _is_relation(condition):
        mistakes.append(
            f"{bound.name}: `condition` is {shown(condition)}; write a relation, as v_i <= d**2, or several "
            "joined by & and |"
        )
    return mistakes


def _are_meanings(where: object) -> bool:
    """Whether it is a tuple of pairs, each a symbol and an expression."""
    return isinstance(where, tuple | list) and all(
        isinstance(pair, tuple | list)
        and len(pair) == 2
        and isinstance(pair[0], sp.Symbol)
        and isinstance(pair[1], sp.Expr)
        for pair in where
    )


def _is_relation(condition: object) -> bool:
    """Whether it is true of pairs of classes or not, and can be read: no number, and no exact equality."""
    if isinstance(condition, sp.And | sp.Or | ForEveryOther):
        return all(map(_is_relation, condition.args))
    if isinstance(condition, sp.Rel):
        return not isinstance(condition, sp.Equality | sp.Unequality)
    return isinstance(condition, sp.Basic) and condition == sp.true


def _not_real(statement: sp.Expr) -> str:
    return next(str(odd) for odd in (sp.I, sp.nan, sp.zoo) if statement.has(odd))


def _symbol_problems(bound: Bound) -> list[str]:
    mistakes = []
    granted = {assumption.name for assumption in Granted(bound.assumptions)}
    free = set() if bound.free is None else {bound.free.symbol}
    # Evidence and named laws bring their moments with them.
    on_evidence = isinstance(bound, ConfidenceBound) or "FollowsLaw" in granted
    if free - bound.closed_form.free_symbols:
        mistakes.append(
            f"{bound.name}: `free` is {min(map(str, free))}, which the statement does not hold; leave it out"
        )
    symbols = bound.closed_form.free_symbols | bound.write_out(bound.condition).free_symbols
    symbols |= set() if bound.free is None else bound.free.upper.free_symbols
    for symbol in sorted(symbols - free, key=str):
        entry = lookup(symbol)
        name = str(symbol)
        if entry is None and name in TABLE:
            mistakes.append(
                f"{bound.name}: `{name}` is a symbol of your own with the name of a quantity; use the "
                f"quantity itself: from theory.quantities import {name}"
            )
        elif entry is None:
            mistakes.append(f"{bound.name}: `{name}` is not a quantity; {nearest_quantity(name)}")
        elif entry.source in ("evidence", "chosen") and not isinstance(bound, ConfidenceBound):
            mistakes.append(
                f"{bound.name}: uses `{name}` ({entry.meaning}), which no class geometry holds: a "
                f"{type(bound).__name__} can't read it; use a ConfidenceBound"
            )
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
    """That the units of the statement don't fit, or of what is beside it."""
    mistakes = _misfits(bound, {})
    if not mistakes or bound.free is None:
        return mistakes
    free = bound.free.symbol
    # It may be called as the parameter of another statement is, which may have a unit.
    power = next((power for power in (0, 1, 2, -1, -2) if not _misfits(bound, {free: power})), None)
    if power is None:
        return _misfits(bound, {free: 0})
    if power == 0:
        return []
    divisor = "d" if power == 1 else f"d**{power}" if power > 0 else f"d**({power})"
    return [
        f"{bound.name}: `{free}` of `free` has the unit length^{power} here; write {divisor} times a number "
        f"for it, and make that number the free parameter"
    ]


def _misfits(bound: Bound, powers: Mapping[sp.Symbol, int]) -> list[str]:
    """The same where symbols have units of their own, as powers of length."""
    known: dict[sp.Basic, sp.Expr | None] = {each: sp.Integer(power) for each, power in powers.items()}
    try:
        power = power_of_length(bound.closed_form, dict(known))
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
    return _misfits_beside(bound, known)


def _misfits_beside(bound: Bound, known: dict[sp.Basic, sp.Expr | None]) -> list[str]:
    """The same of the condition and of the free parameter's upper end."""
    try:
        power_of_length(bound.write_out(bound.condition), dict(known))
    except MixedUnits as wrong:
        return [f"{bound.name}: `condition` {wrong}; what holds in one unit of length has to hold in all"]
    if bound.free is None:
        return []
    try:
        end, own = (power_of_length(each, dict(known)) for each in (bound.free.upper, bound.free.symbol))
    except MixedUnits as wrong:
        return [f"{bound.name}: the upper end of `free` {wrong}"]
    if end is None or end == own:
        return []
    return [
        f"{bound.name}: the upper end of `free` scales like length^{end}, but `{bound.free.symbol}` like "
        f"length^{own}; give both one unit"
    ]


def unsatisfied(bound: Bound, populations: Iterable[Population]) -> list[str]:
    """Assumptions of the bound that none of the populations satisfies, at any number of shots asked."""
    geometries = [
        (population.geometry(), population.granted(), population.classes) for population in populations
    ]
    mistakes = []
    for assumption in bound.assumptions:
        settings = [Setting(shots, 2) for shots in (1, 10, math.inf)]
        reasons = [
            _refusal(assumption, geometry, setting, granted)
            for geometry, granted, _ in geometries
            for setting in settings
        ]
        if None not in reasons:
            mistakes.append(
                f"{bound.name}: no population here satisfies {_with_values(assumption)}; give it a `holds` "
                "test, or put a population that does into the file"
            )
        mistakes += _carried(bound, assumption, geometries)
    return mistakes


def _with_values(assumption: Assumption) -> str:
    """Its name, and what it was made with: a misspelt law is seen there."""
    return shown(assumption) if dataclasses.fields(assumption) else assumption.name


def _refusal(
    assumption: Assumption, geometry: ClassGeometry, setting: Setting, granted: Granted
) -> str | None:
    """Raises InputError where the method of a user's own raises, or answers neither None nor a reason."""
    with in_users_code(assumption, "refusal"):
        reason: object = assumption.refusal(geometry, setting, granted)
    if reason is not None and not (isinstance(reason, str) and reason):
        raise of_user(
            assumption,
            "refusal",
            f"returns {shown(reason)}; return None where it holds, else the reason as a text",
        )
    return reason


def _carried(
    bound: Bound, assumption: Assumption, geometries: Iterable[tuple[ClassGeometry, Granted, int]]
) -> list[str]:
    """What is wrong with values that the populations' own assumption of that name carries, in one line."""
    for geometry, granted, _ in geometries:
        known = granted.get(assumption.name)
        if known is not None and file_of(known) is not None:
            with in_users_code(known, "values"):
                problem = wrong_values(known, geometry)
            if problem is not None:
                return [f"{bound.name}: {known.name} {problem}"]
    return []


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
