"""Values of random statements in double precision beside many digits: never on the unsafe side.

``pytest --full`` reads 2,000 statements and shots up to 1,024.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from helpers_random_statements import bounds

from simulations.populations.gaussian import GaussianClasses
from theory.assumptions import Granted
from theory.bound import Bound, Value, rounded
from theory.bound.many_digits import in_many_digits
from theory.evaluation.rounding import Rounding
from theory.setting import Setting

POPULATIONS = (
    GaussianClasses([[0.5, 0.2], [2.0, 0.3], [0.5, 2.5]], [0.4, 0.3, 0.6]),
    GaussianClasses([[0.0, 0.0], [1.0, 0.0]], [1e-3, 1e-3]),
    GaussianClasses([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]], [0.05, 1e-9, 0.2]),
    GaussianClasses([[0.0, 0.0], [1.0, 0.0], [3.0, 1.0]], [0.1, 0.1, 0.1]),
)
SHOTS = (1, 2, 5, 20, 100, 171)
MANY = (*SHOTS, 400, 745, 1024)
SLACK, LEAST = 1e-9, 1e-279
"""Of a verdict; and what is 0 beside all that it is compared with."""


def unsafe(bound: Bound, answer: Value, exact: Value) -> bool:
    """Whether the value claims more than the statement, where it claims anything."""
    value, stated = answer.value, exact.value
    if bound.kind == "upper":
        return not value >= min(stated, 1.0) - SLACK * abs(stated) - LEAST
    return math.isfinite(value) and not value <= max(stated, 0.0) * (1 + SLACK) + LEAST


def read(seed: int, count: int, shots: tuple[int, ...]) -> tuple[list[str], int, int]:
    """What claims too much; how many values were compared, and how many of these are put off by over 1 %."""
    choice = np.random.default_rng(seed)
    wrong, compared, off = [], 0, 0
    for place, bound in enumerate(bounds(seed, count)):
        population = POPULATIONS[place % len(POPULATIONS)]
        geometry, granted = population.geometry(), Granted(population.granted())
        for n in choice.choice(shots, 2, replace=False):
            setting = Setting(int(n), int(choice.integers(2, population.classes + 1)))
            answer = bound.evaluate(geometry, setting, granted)
            if not isinstance(answer, Value):
                continue
            exact = in_many_digits(bound, geometry, setting, granted, answer)
            if exact is None:
                continue
            compared += 1
            off += not math.isclose(answer.value, exact.value, rel_tol=0.01, abs_tol=LEAST)
            if unsafe(bound, answer, exact):
                wrong.append(f"{bound.kind} {setting}: {answer.value} for {exact.value}: {bound.statement}")
    return wrong, compared, off


def test_no_value_is_on_the_unsafe_side_of_its_statement(full: bool) -> None:
    count = 2000 if full else 100
    wrong, compared, off = read(1, count, MANY if full else SHOTS)
    print(f"{compared} values of {count} statements, {off} of them put off by over 1 %")
    assert wrong == []
    assert compared >= 1.7 * count and off <= 0.1 * compared


@pytest.mark.slow
@pytest.mark.parametrize("seed", [2, 3])
def test_nor_is_one_of_more_of_them(seed: int) -> None:
    wrong, compared, _ = read(seed, 150, MANY)
    assert wrong == [] and compared >= 240


def without_rounding(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Rounding, "lost", property(lambda rounding: False))


def without_reach(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rounded, "stays", lambda *answers: True)


@pytest.mark.slow
@pytest.mark.parametrize(("sabotage", "seed"), [(without_rounding, 1), (without_reach, 17)])
def test_values_as_double_precision_leaves_them_are_caught(
    sabotage: Callable[[pytest.MonkeyPatch], Any], seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    sabotage(monkeypatch)
    assert read(seed, 60, MANY[-3:])[0] != []
