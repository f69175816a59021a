"""Scores of approximations: medians, worst, share within a factor 2; and that they never hold nor are
violated."""

from __future__ import annotations

import pytest

from simulations.populations import from_spec
from simulations.verdicts.evaluate import evaluate_population
from simulations.verdicts.scores import score
from simulations.verdicts.verdict import Verdict
from theory import catalogue


def scored(value: float, error: float, *, missed: bool = False) -> tuple[Verdict, str]:
    ratio = error / value if value else None
    return Verdict("gaussian_margin", "scored", value, ratio, missed=missed), f"error {error}"


def test_a_score_by_hand() -> None:
    total = score([scored(0.1, 0.1), scored(0.3, 0.1), scored(0.01, 0.1), scored(0.15, 0.1)])
    assert total.settings == 4
    assert total.typical == pytest.approx(1.25)
    assert total.worst == pytest.approx(0.1)
    assert total.where == "error 0.1"
    assert total.within == pytest.approx(0.5)


def test_no_prediction_counts_against_it() -> None:
    total = score([scored(0.1, 0.1), scored(0.0, 0.1, missed=True)])
    assert total.silent == 1
    assert total.within == pytest.approx(0.5)


def test_what_is_not_scored_is_left_out() -> None:
    empty = score([(Verdict("gaussian_margin", "not_applicable", None, None, "no"), "")])
    assert empty.settings == 0
    assert empty.within is None


def test_an_approximation_is_scored_and_nothing_else() -> None:
    """A prediction far too small is no violation, one of 1 is not vacuous."""
    atoms = {"points": [[0.0], [3.0]], "weights": [0.9, 0.1]}
    population = from_spec(
        {"family": "finite_support", "classes": [atoms, {"points": [[1.0], [1.2]], "weights": [0.5, 0.5]}]}
    )
    bounds = [bound for bound in catalogue.about("few_shot_error") if bound.kind == "approximation"]
    for row in evaluate_population(population, [1, 5], [2], bounds=bounds):
        for verdict in row.verdicts:
            assert verdict.outcome == "scored"
            assert verdict.value is not None and 0 <= verdict.value <= 1
