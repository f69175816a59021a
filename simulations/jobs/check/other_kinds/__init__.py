"""Checks of statements that are not upper bounds on the few-shot error, by kind and subject.

A kind of statement is one function from the bound to findings, entered in ``CHECKS``: the first entry whose
test fits is run.
"""

from __future__ import annotations

from collections.abc import Callable

from simulations.jobs.check.finding import Finding
from simulations.jobs.check.other_kinds.approximations import score_approximation
from simulations.jobs.check.other_kinds.axes import check_axes
from simulations.jobs.check.other_kinds.coverage import check_coverage
from simulations.jobs.check.other_kinds.laws import check_equality_or_lower, check_existence
from simulations.jobs.check.other_kinds.perturbation import check_perturbation
from simulations.plugins.load import Extension
from theory.bound import Bound, ExistenceStatement
from theory.bound.confidence import AxesBound, ConfidenceBound, PairCdnvConfidence

Check = Callable[[Extension, Bound, int, bool], tuple[Finding, ...]]

CHECKS: tuple[tuple[Callable[[Bound], bool], Check], ...] = (
    (lambda b: isinstance(b, ConfidenceBound) and b.kind == "high_probability", check_coverage),
    (lambda b: isinstance(b, PairCdnvConfidence) and b.kind == "upper", check_perturbation),
    (lambda b: isinstance(b, AxesBound) and b.kind == "upper", check_axes),
    (lambda b: isinstance(b, ExistenceStatement), check_existence),
    (lambda b: b.about == "few_shot_error" and b.kind in ("lower", "equality"), check_equality_or_lower),
    (lambda b: str(b.kind) == "approximation", score_approximation),
)


def check_other_kind(extension: Extension, bound: Bound, seed: int, quick: bool) -> tuple[Finding, ...]:
    """The findings about a statement of another kind; where nothing can be checked, one that says so."""
    for fits, check in CHECKS:
        if fits(bound):
            return check(extension, bound, seed, quick)
    return (
        Finding(
            "nothing",
            "not_applicable",
            f"{bound.name}: a statement of kind {bound.kind} about {bound.about} makes no claim about one "
            "population or one sample that could be tested; only its proof supports it",
        ),
    )
