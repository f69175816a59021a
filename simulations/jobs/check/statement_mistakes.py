"""Mistakes that a bound's author can make and that can be told without evaluating it, one line each."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

import sympy as sp

from simulations.populations.base import Population
from theory import catalogue
from theory.assumptions import Granted
from theory.bound import Bound
from theory.expressions import REDUCTIONS
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


def nearest_quantity(name: str) -> str:
    """What to do about a name that is no quantity."""
    owners = [b.name for b in catalogue.STATEMENTS if any(str(symbol) == name for symbol, _ in b.where)]
    if owners:
        return f"{owners[0]} defines it for itself; to use it pass that on: where={owners[0]}.where"
    near = difflib.get_close_matches(name, list(TABLE), n=1, cutoff=0.5)
    return f"did you mean `{near[0]}`?" if near else "theory.quantities holds the table of names"


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
        power = dimension(bound.closed_form)
    except Mixed as wrong:
        return [f"{bound.name}: {wrong}; a bound on an error is invariant under scaling"]
    if power not in (0, None):
        return [
            f"{bound.name}: scales like length^{power}, but a bound on an error has no unit; "
            f"divide by d**{power}"
        ]
    return []


class Mixed(ValueError):
    """Terms of different powers of length are added or compared."""


def dimension(node: sp.Basic, memo: dict[sp.Basic, sp.Expr | None] | None = None) -> sp.Expr | None:
    """Power of length of an expression; None for 0 and infinity, which fit everything. Raises Mixed.

    ``memo`` holds what is known of subexpressions: statements written out repeat themselves many times.
    """
    memo = {} if memo is None else memo
    if node not in memo:
        memo[node] = _dimension(node, memo)
    return memo[node]


def _dimension(node: sp.Basic, memo: dict[sp.Basic, sp.Expr | None]) -> sp.Expr | None:
    if node in (sp.S.Zero, sp.oo) or node in (sp.true, sp.false):
        return None
    if node.is_number:
        return sp.S.Zero
    if node.is_Symbol:
        entry = lookup(node)
        return sp.Integer(entry.power if entry is not None else 0)
    if isinstance(node, sp.Mul):
        powers = [dimension(factor, memo) for factor in node.args]
        return None if None in powers else sp.Add(*powers)
    if isinstance(node, sp.Pow) and node.exp.is_number:
        base = dimension(node.base, memo)
        return None if base is None else base * node.exp
    if isinstance(node, sp.Piecewise):
        for _, condition in node.args:
            dimension(condition, memo)
        return _common([value for value, _ in node.args], memo)
    if isinstance(node, REDUCTIONS):
        return dimension(node.args[0], memo)
    common = _common(node.args, memo)
    if isinstance(
        node,
        sp.Add | sp.Max | sp.Min | sp.Abs | sp.core.relational.Relational | sp.logic.boolalg.BooleanFunction,
    ):
        return common
    if common not in (0, None):
        raise Mixed(f"{node.func.__name__}(...) of a quantity with unit length^{common}")
    return sp.S.Zero


def _common(parts: Iterable[sp.Basic], memo: dict[sp.Basic, sp.Expr | None]) -> sp.Expr | None:
    powers: dict[str, sp.Expr] = {}
    for part in parts:
        power = dimension(part, memo)
        if power is not None:
            powers.setdefault(power, part)
    if len(powers) > 1:
        (first, a), (second, b) = list(powers.items())[:2]
        raise Mixed(f"adds or compares `{a}` (length^{first}) and `{b}` (length^{second})")
    return next(iter(powers), None)


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
