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
from theory.bound.base import SECTIONS, About, Bound, Kind, Section, Statement
from theory.bound.classes import ClassBound
from theory.bound.confidence import (
    AxesBound,
    ConfidenceBound,
    KernelConfidence,
    MapMixtureConfidence,
    MeanCdnvConfidence,
    PairCdnvConfidence,
    RateStatement,
    TransferConfidence,
    VoteConfidence,
)
from theory.bound.laws import ExactFormula, ExistenceStatement, LawBound
from theory.bound.matrix import MatrixBound
from theory.bound.pairs import PairBound

__all__ = [
    "SECTIONS",
    "About",
    "AverageBound",
    "AxesBound",
    "Bound",
    "BoundValue",
    "ClassBound",
    "ConfidenceBound",
    "ExactFormula",
    "ExistenceStatement",
    "KernelConfidence",
    "Kind",
    "LawBound",
    "MapMixtureConfidence",
    "MatrixBound",
    "MeanCdnvConfidence",
    "NotApplicable",
    "PairBound",
    "PairCdnvConfidence",
    "Provenance",
    "RateStatement",
    "Section",
    "Statement",
    "TransferConfidence",
    "Value",
    "VoteConfidence",
    "cited",
    "derived",
    "published",
    "published_form",
]
