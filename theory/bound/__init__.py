"""Bound, its few concrete shapes, and what it answers."""

from theory.bound.answer import (
    BoundValue,
    NotApplicable,
    Provenance,
    Value,
    cited,
    derived,
    published,
    published_form,
)
from theory.bound.averages import AverageBound
from theory.bound.base import About, Bound, Kind
from theory.bound.classes import ClassBound
from theory.bound.laws import ExactFormula, ExistenceStatement, LawBound
from theory.bound.pairs import PairBound

__all__ = [
    "About",
    "AverageBound",
    "Bound",
    "BoundValue",
    "ClassBound",
    "ExactFormula",
    "ExistenceStatement",
    "Kind",
    "LawBound",
    "NotApplicable",
    "PairBound",
    "Provenance",
    "Value",
    "cited",
    "derived",
    "published",
    "published_form",
]
