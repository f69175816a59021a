"""False bounds, close to true ones, that an attack must refute: its negative controls."""

from __future__ import annotations

import dataclasses

import sympy as sp

from theory import catalogue
from theory.assumptions import DistinctMeans, FiniteVariance
from theory.bound import Bound, ClassBound, cited
from theory.expressions import MaxOver
from theory.quantities import M4_j, T_i, dir_i, lam_i, n, v_i, v_j

PROVENANCE = cited("planted: false on purpose, a control of the attack")


def planted() -> dict[str, Bound]:
    """By name; each is a catalogue bound with one thing made wrong."""
    sharp, moment = catalogue.get("cdnv_sharp"), catalogue.get("exact_moment")
    spectrum = catalogue.get("min_distance")
    union = ClassBound(
        name="planted_union_dropped",
        title="cdnv_sharp for the nearest class alone",
        statement=MaxOver(sharp.closed_form),
        assumptions=(FiniteVariance(), DistinctMeans()),
        provenance=PROVENANCE,
    )
    bounds = (
        _twin(sharp, "planted_constant_lowered", 4 * lam_i, sp.Rational(95, 100) * 4 * lam_i),
        _twin(sharp, "planted_shots_lowered", (v_i + v_j) / n, sp.Rational(95, 100) * (v_i + v_j) / n),
        _twin(moment, "planted_query_term_dropped", dir_i, sp.S.Zero),
        _twin(moment, "planted_fourth_moment_dropped", M4_j, sp.S.Zero),
        _twin(spectrum, "planted_largest_eigenvalue", T_i, lam_i),
        union,
    )
    return {bound.name: bound for bound in bounds}


def _twin(bound: Bound, name: str, old: sp.Expr, new: sp.Expr) -> Bound:
    statement = bound.closed_form.subs(old, new)
    if statement == bound.closed_form:
        raise ValueError(f"{old} does not occur in {bound.name}")
    return dataclasses.replace(
        bound,
        name=name,
        title=f"{bound.name} with {new} in place of {old}",
        statement=statement,
        where=(),
        provenance=PROVENANCE,
    )
