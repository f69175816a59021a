"""Interval rules are known by being defined, so that an engine with a rule of its own works in a sweep."""

from __future__ import annotations

import importlib
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from simulations.engines.base import Engine
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
from simulations.runtime.errors import InputError
from simulations.runtime.workers import Pool

GRID = """
shots = [7]
ways = [2]
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


def test_an_engine_with_its_own_rule_works_in_a_sweep(known: None, tmp_path: Path) -> None:
    plus_minus = own_rule()

    class Guess(Engine):
        name = "guess"
        sharpness = -1

        def refusal(self, population: Any, question: Any, budget: Any) -> str | None:
            return None

        def run(self, population: Any, question: Any, *rest: Any) -> list[Estimate]:
            return [Estimate.of(0.25, plus_minus(0.25, 0.125), self.name, Effort(0.0)) for _ in question.ways]

    importlib.import_module("simulations.engines.choose").add_engine(
        Guess()
    )  # its package has a function so named
    (tmp_path / "grid.toml").write_text(GRID)
    grid = load_grid(tmp_path / "grid.toml")
    workers = Pool(lambda: ThreadPoolExecutor(1), 1)
    with opened(tmp_path / "store") as store:
        assert run(grid, store, workers).failed == 0
        (row,) = records(grid, store)
    workers.drop()
    assert (row["method"], row["error"], row["error_low"], row["error_high"]) == ("guess", 0.25, 0.125, 0.375)


def test_every_rule_is_stored_and_read_back(known: None) -> None:
    from simulations.engines.pool.classes import OverClasses
    from simulations.engines.pool.intervals import Groups
    from simulations.engines.tilted.tally import BoundedGroups
    from simulations.experiments.transfer.experiment import StudentMean

    bounded, replicates = BoundedMean(9, 0.5, 0.1), Replicates(9, 0.5, 0.1, bias=1e-9)
    examples: list[IntervalRule] = [
        Exact(0.5),
        Binomial(3, 10),
        bounded,
        replicates,
        Groups(bounded, replicates, 4),
        OverClasses(9, 0.5, 0.1),
        StudentMean(0.5, 0.1, 9),
        BoundedGroups(9, 0.25, 0.01, 1.0, 0.5, 9.0, 0.02),
        own_rule()(0.5, 0.1),
    ]
    assert {type(rule) for rule in examples} == set(rules.RULES.values())
    for rule in examples:
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
