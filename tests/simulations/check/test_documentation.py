"""Examples in the docstrings of what users derive from run, and every parameter is explained by `help()`."""

from __future__ import annotations

import doctest
import inspect
from typing import Any

import pytest

import simulations.engines.base
import simulations.populations.base
import theory.assumptions.base
from simulations.engines import estimate
from simulations.estimates import Binomial, Effort, Estimate, Exact
from theory.bound import PairBound, derived
from theory.quantities import local


@pytest.mark.parametrize("module", [simulations.engines.base, simulations.populations.base])
def test_the_examples_of_the_bases_run(module: Any) -> None:
    results = doctest.testmod(module)
    assert results.attempted > 5 and results.failed == 0


def test_an_estimate_prints_in_one_line() -> None:
    exact = Estimate.of(0.25, Exact(0.25), "enumeration", Effort(0.01))
    assert str(exact) == "0.25 (exact, enumeration, 0.01 s)"
    text = str(Estimate.of(0.25, Binomial(25, 100), "direct", Effort(0.5, 100)))
    assert text.startswith("0.25 (0.1688 to 0.3466 at confidence 0.95 over episodes, direct, 100 episodes")
    assert "\n" not in text


@pytest.mark.parametrize("function", [estimate, local, derived])
def test_every_parameter_is_explained(function: Any) -> None:
    text = inspect.getdoc(function) or ""
    for name in inspect.signature(function).parameters:
        assert name in text, f"{function.__qualname__} does not explain {name}"


def test_every_field_of_a_bound_is_explained() -> None:
    text = inspect.getdoc(PairBound) or ""
    for name in inspect.signature(PairBound).parameters:
        assert name in text, name


def test_assumptions_say_how_one_is_written() -> None:
    assert "holds" in (inspect.getdoc(theory.assumptions.base.Assumption) or "")


def test_an_assumption_written_for_an_older_version_says_what_to_rename() -> None:
    with pytest.raises(TypeError, match="brings is now called symbol_values; rename it"):
        type("OfAnOlderVersion", (theory.assumptions.base.Assumption,), {"brings": lambda self: {}})
    assert "OfAnOlderVersion" not in theory.assumptions.base.REGISTRY
