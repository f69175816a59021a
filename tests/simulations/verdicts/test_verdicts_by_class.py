"""A bound that is claimed for queries of each class is judged for each class, wherever errors are exact."""

from __future__ import annotations

import dataclasses
import json
import math
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from simulations import cli
from simulations.estimates import Binomial, Effort, Estimate, Exact
from simulations.features.verdict_rows import _soften
from simulations.jobs.check.checked import CheckedBound
from simulations.jobs.sweep.export import records
from simulations.jobs.sweep.grid import load_grid
from simulations.jobs.sweep.store import StoredResult, opened
from simulations.jobs.sweep.tasks import compute, payload_refusal
from simulations.verdicts.evaluate import Row, verdict_json
from simulations.verdicts.verdict import ROUNDING, judge
from theory import Setting, catalogue
from theory.bound import Value

UPPER = catalogue.get("cdnv_sharp")
POPULATION = """
family = "finite_support"
[[classes]]
points = [[0.0], [0.51]]
weights = [0.98, 0.02]
[[classes]]
points = [[0.6], [1.4]]
weights = [0.5, 0.5]
"""
"""A query of class 0 at .51 is nearer the other mean, so that its error is .02; class 1 never errs."""
OWN = """
from theory.assumptions import DistinctMeans, FiniteVariance
from theory.bound import PairBound, derived
from theory.quantities import d, lam_i

half = PairBound(
    name="half_of_sharp",
    statement=2 * lam_i / d**2,
    assumptions=(FiniteVariance(), DistinctMeans()),
    provenance=derived("a test"),
)
"""
GRID = 'shots = ["inf"]\nways = [2]\nbounds = ["half_of_sharp"]\n[[populations]]\nname = "steps"\n'


def exact(*errors: float) -> Estimate:
    mean = sum(errors) / len(errors)
    return Estimate.of(mean, Exact(mean), "test", Effort(0.0), per_class=errors)


def test_a_class_above_its_own_bound_is_a_violation() -> None:
    verdict = judge(UPPER, Value(0.2, (0.01, 0.39)), exact(0.02, 0.0))
    assert (verdict.outcome, verdict.queries) == ("violated", 0)
    assert verdict.value == 0.2 and verdict.ratio == pytest.approx(0.05)
    assert verdict.reason == "for queries of class 0 it is 0.01, the exact error 0.02"
    assert verdict_json(verdict)["reason"] == verdict.reason
    assert "violated" in verdict._repr_html_() and "class 0" in verdict._repr_html_()


def test_rounding_sampling_and_means_alone_are_none() -> None:
    """The controls: within the tolerance of the mean, no exact errors, no claim for each class."""
    within = judge(UPPER, Value(0.2, (0.02 - ROUNDING / 10, 0.38)), exact(0.02, 0.0))
    beyond = judge(UPPER, Value(0.2, (0.02 - ROUNDING / 2, 0.38)), exact(0.02, 0.0))
    assert (within.outcome, beyond.outcome) == ("holds", "violated")
    sampled = Estimate.of(0.01, Binomial(100, 10_000), "test", Effort(0.0), per_class=(0.02, 0.0))
    assert judge(UPPER, Value(0.2, (0.01, 0.39)), sampled).outcome == "holds"
    assert judge(UPPER, Value(0.2), exact(0.02, 0.0)).outcome == "holds"
    guess = next(bound for bound in catalogue.about("few_shot_error") if bound.kind == "approximation")
    assert judge(guess, Value(0.2, (0.01, 0.39)), exact(0.02, 0.0)).outcome == "scored"


def test_rounding_in_a_class_without_noise_is_none() -> None:
    """A bound of 0 comes out as -7e-17 where another class is spread out, and no query of it errs."""
    assert judge(UPPER, Value(0.39, (-7e-17, 0.78)), exact(0.0, 0.095)).outcome == "holds"
    assert judge(UPPER, Value(0.39, (0.0, 0.78)), exact(1e-9, 0.095)).outcome == "violated"


def test_a_vacuous_mean_hides_no_class() -> None:
    for mean in (1.5, math.inf):
        verdict = judge(UPPER, Value(mean, (0.01, 2 * mean)), exact(0.02, 0.5))
        assert (verdict.outcome, verdict.queries) == ("violated", 0)
        assert verdict.value == (None if math.isinf(mean) else mean)
        assert judge(UPPER, Value(mean, (0.03, 2 * mean)), exact(0.02, 0.5)).outcome == "vacuous"


def test_a_bound_from_above_of_minus_infinity_is_violated() -> None:
    verdict = judge(UPPER, Value(-math.inf), exact(0.0, 0.0))
    assert (verdict.outcome, verdict.value, verdict.reason) == (
        "violated",
        None,
        "the value is minus infinity",
    )
    assert verdict.shown_value == "minus infinity"
    cell: Any = SimpleNamespace(population="points", row=Row(Setting(5, 2), exact(0.0, 0.0), (verdict,)))
    line = CheckedBound._cell_line(cast(Any, SimpleNamespace(bound=UPPER)), cell, verdict)
    assert line == f"{UPPER.name} is violated on points, 5 shots, 2 ways: the value is minus infinity"
    assert judge(UPPER, Value(math.inf), exact(0.0, 0.0)).outcome == "vacuous"
    below = dataclasses.replace(UPPER, kind="lower")
    assert judge(below, Value(-math.inf), exact(0.0, 0.0)).outcome == "vacuous"


def test_a_statement_that_is_no_number_here_is_not_applicable() -> None:
    verdict = judge(UPPER, Value(math.nan), exact(0.02, 0.5))
    assert verdict.outcome == "not_applicable" and verdict.value is verdict.ratio is None
    assert verdict.reason == "the statement is no number here (0/0?)"


def test_estimated_moments_leave_a_class_undecided() -> None:
    """The interval of a bound is that of its mean: it says nothing about one class."""
    estimate = exact(0.02, 0.0)
    alone = judge(UPPER, Value(0.2, (0.01, 0.39)), estimate)
    assert _soften(alone, lambda confidence: (0.19, 0.21), estimate, 1).outcome == "undecided"
    mean = judge(UPPER, Value(0.005, (0.01, 0.0)), estimate)
    assert mean.queries is None
    assert _soften(mean, lambda confidence: (0.004, 0.006), estimate, 1).outcome == "violated"


def test_evaluate_and_a_sweep_say_the_same(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    own, law, grid = (tmp_path / name for name in ("own.py", "law.toml", "grid.toml"))
    own.write_text(OWN, encoding="utf-8")
    law.write_text(POPULATION, encoding="utf-8")
    grid.write_text(GRID + POPULATION.replace("[[c", "[[populations.c"), encoding="utf-8")
    assert cli.main(["evaluate", str(law), "--shots", "inf", "--with", str(own), "--json"]) == 1
    (row,) = json.loads(capsys.readouterr().out)["results"]
    verdicts = {each["name"]: each for each in row["bounds"]}
    assert [name for name, each in verdicts.items() if each["verdict"] == "violated"] == ["half_of_sharp"]
    assert "class 0" in verdicts["half_of_sharp"]["reason"] and verdicts["half_of_sharp"]["ratio"] < 0.1
    planned = load_grid(grid)
    with opened(tmp_path / "store") as store:
        for task in planned.tasks():
            payload = compute(task.kind, task.key, task.body)["payload"]
            assert payload_refusal(task.kind, 1, payload) is None
            store.add([StoredResult(task.key, task.kind, task.body, payload, None)])
        (line,) = records(planned, store)
    same = ("value", "verdict", "ratio")
    assert {name: line[name] for name in same} == {name: verdicts["half_of_sharp"][name] for name in same}
    why = verdicts["half_of_sharp"]["reason"]
    assert line["reason"] == f"{why}; by one engine, enumeration; `collapse evaluate` asks a second"


def test_what_is_stored_of_classes_is_checked() -> None:
    error = {"value": 0.1, "per_class": [0.2, 0.0]}
    bound = {"value": "inf", "per_class": [0.2, "inf"]}
    assert payload_refusal("error", 1, {"estimates": [error]}) is None
    assert payload_refusal("bound", 1, {"answers": [bound]}) is None
    for kind, key, row in (("error", "estimates", error), ("bound", "answers", bound)):
        for wrong in (["x"], [None], [0.1, [2]], *([[1.5], ["inf"]] if kind == "error" else [])):
            refusal = payload_refusal(kind, 1, {key: [{**row, "per_class": wrong}]})
            assert refusal is not None and "of each class" in refusal


def test_a_violation_of_a_class_changes_no_mean() -> None:
    plain = judge(UPPER, Value(0.2), exact(0.02, 0.0))
    alone = judge(UPPER, Value(0.2, (0.01, 0.39)), exact(0.02, 0.0))
    kept = {"value", "ratio", "ratio_below", "bound", "missed"}
    assert all(getattr(plain, name) == getattr(alone, name) for name in kept)
    assert kept | {"outcome", "reason", "per_class", "queries"} == {
        each.name for each in dataclasses.fields(plain)
    }
