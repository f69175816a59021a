"""Makers of false bounds, one for each shape, shared by two files."""

from __future__ import annotations

from typing import Any

import sympy as sp

from theory.assumptions import Assumption, DistinctMeans, FiniteFourthMoment, FiniteVariance
from theory.bound import AverageBound, ClassBound, PairBound, derived

FALSE = derived("false on purpose")
SECOND = (FiniteVariance(), DistinctMeans())
FOURTH = (FiniteFourthMoment(), DistinctMeans())
Assumed = tuple[Assumption, ...]


def pair(name: str, title: str, statement: sp.Expr, assumptions: Assumed = SECOND, **more: Any) -> PairBound:
    return PairBound(
        name=name, title=title, statement=statement, assumptions=assumptions, provenance=FALSE, **more
    )


def one_class(
    name: str, title: str, statement: sp.Expr, assumptions: Assumed = SECOND, **more: Any
) -> ClassBound:
    return ClassBound(
        name=name, title=title, statement=statement, assumptions=assumptions, provenance=FALSE, **more
    )


def average(
    name: str, title: str, statement: sp.Expr, assumptions: Assumed = SECOND, **more: Any
) -> AverageBound:
    return AverageBound(
        name=name, title=title, statement=statement, assumptions=assumptions, provenance=FALSE, **more
    )
