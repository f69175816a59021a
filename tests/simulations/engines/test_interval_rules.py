"""Interval rules are registered by their definition, so that an engine with a rule of its own works in a
sweep."""

from __future__ import annotations

import importlib
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from simulations.engines import estimate
from simulations.engines.base import Engine
from simulations.engines.pool.intervals import Groups
from simulations.estimates import (
    Binomial,
    BoundedMean,
    Effort,
    Estimate,
    Exact,
    IntervalRule,
    Replicates,
    rules,
)
from simulations.jobs.sweep.export import records
from simulations.jobs.sweep.grid import load_grid
from simulations.jobs.sweep.run import run
from simulations.jobs.sweep.store import opened
from simulations.populations import from_spec
from simulations.runtime.errors import InputError
from simulations.runtime.workers import Workers
from theory.setting import Setting

GRID = """
shots = [7]
ways = [3]
bounds = ["cdnv_sharp"]
draws = 1e3
[[populations]]
name = "simplex"
family = "simplex_etf"
count = 3
dimension = 4
cdnv = 0.5
"""


@pytest.fixture
def known() -> Iterator[None]:
    before = dict(rules.RULES)
    yield
    rules.RULES.clear()
    rules.RULES.update(before)


def own_rule() -> type[Any]:
    @dataclass(frozen=True)
    class PlusMinus(IntervalRule):
        middle: float
        half: float

        def interval(self, confidence: float) -> tuple[float, float]:
            return self.middle - self.half, self.middle + self.half

    return PlusMinus


@pytest.mark.slow
def test_an_engine_with_its_own_rule_works_in_a_sweep(known: None, tmp_path: Path) -> None:
    plus_minus = own_rule()
    (tmp_path / "grid.toml").write_text(GRID)
    grid = load_grid(tmp_path / "grid.toml")
    # A value that what is proved of this population allows.
    truth = estimate(from_spec(grid.points[0].spec), Setting(7, 3)).value

    class Guess(Engine):
        name = "guess"
        rank = -1000

        def refusal(self, population: Any, question: Any, budget: Any) -> str | None:
            return None

        def run(self, population: Any, question: Any, *rest: Any) -> list[Estimate]:
            rule = plus_minus(truth, 1e-9)
            return [Estimate.of(truth, rule, self.name, Effort(0.0)) for _ in question.ways]

    importlib.import_module("simulations.engines.choose").add_engine(
        Guess()
    )  # its package has a function so named
    workers = Workers(lambda: ThreadPoolExecutor(1), 1)
    with opened(tmp_path / "store") as store:
        assert run(grid, store, workers).failed == 0
        (row,) = records(grid, store)
        payload = store.payload(next(grid.tasks()).key)
    workers.drop()
    assert "PlusMinus" in json.dumps(payload)
    assert row["method"].startswith("guess") and row["error"] == truth
    assert 0 < row["error_high"] - row["error_low"] <= 2e-9


def test_rules_within_rules_are_stored_and_read_back(known: None) -> None:
    """Those of the package itself are tried one by one in test_intervals."""
    bounded, replicates = BoundedMean(9, 0.5, 0.1), Replicates(9, 0.5, 0.1, bias=1e-9)
    for rule in (Groups(bounded, replicates, 4), Exact(0.5), Binomial(3, 10), own_rule()(0.5, 0.1)):
        again = rules.from_plain(json.loads(json.dumps(rules.to_plain(rule))))
        assert again == rule and again.interval(0.95) == rule.interval(0.95)


def test_what_cannot_be_read_back_is_refused(known: None) -> None:
    with pytest.raises(InputError, match=r"'Unheard' is not known here; load the file"):
        rules.from_plain({"name": "Unheard", "fields": {}})
    with pytest.raises(InputError, match="has other fields"):
        rules.from_plain({"name": "Exact", "fields": {"middle": 1.0}})

    class NoDataclass(IntervalRule):
        def interval(self, confidence: float) -> tuple[float, float]:
            return 0.0, 1.0

    with pytest.raises(TypeError, match="not a dataclass"):
        rules.to_plain(NoDataclass())
    with pytest.raises(TypeError, match="two interval rules are called Exact"):
        type("Exact", (IntervalRule,), {"__module__": "somewhere.else"})


def test_a_bound_whose_square_leaves_double_precision_is_a_bound() -> None:
    """As of 1e-170, the worth of an episode of classes that are never confused."""
    low, high = BoundedMean(1000, 1e-171, 1e-342, 1e-170).interval(0.95)
    again = BoundedMean(1000, 0.1, 0.01, 1.0).interval(0.95)
    assert 0 <= low <= 1e-171 <= high <= 1e-170
    assert high == pytest.approx(again[1] * 1e-170, rel=0.5)
