"""Bounds on one class with fewer ways than classes: the mean over the subsets, subset by subset."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest

from simulations.populations.gaussian import GaussianClasses
from theory import catalogue
from theory.bound import classes as module
from theory.setting import Setting

NAMES = ("union_moment", "min_distance")


def population(scale: float, classes: int = 7) -> GaussianClasses:
    rng = np.random.default_rng(0)
    means = rng.standard_normal((classes, 4))
    return GaussianClasses(means.tolist(), list((rng.uniform(0.5, 1.5, classes) * scale) ** 2))


def value(bound: Any, p: GaussianClasses, ways: int) -> Any:
    return bound.evaluate(p.geometry(), Setting(5, ways), p.granted())


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("ways", [2, 3, 5, 6])
@pytest.mark.parametrize("scale", [0.05, 0.6])
def test_the_value_is_the_mean_over_subsets(name: str, ways: int, scale: float) -> None:
    bound, whole = catalogue.get(name), population(scale)
    parts = [
        GaussianClasses(whole.means[list(chosen)].tolist(), [whole.covariances[c] for c in chosen])
        for chosen in itertools.combinations(range(whole.classes), ways)
    ]
    expected = np.mean([value(bound, part, ways).value for part in parts])
    assert value(bound, whole, ways).value == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("name", NAMES)
def test_too_many_subsets_fall_back_to_their_means(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    bound, whole = catalogue.get(name), population(0.6)
    sharp = {k: value(bound, whole, k).value for k in (2, 3, 5)}
    monkeypatch.setattr(module, "MOST_SUBSETS", 0)
    loose = {k: value(bound, whole, k).value for k in (2, 3, 5)}
    assert all(sharp[k] <= loose[k] * (1 + 1e-12) for k in sharp)
    assert any(sharp[k] < 0.995 * loose[k] for k in sharp)  # the control: Jensen's gap is there


def test_no_class_counts_more_than_certain_error() -> None:
    """One class amid others is hopeless, the rest are well apart."""
    means = [[0.0, 0.0], [0.2, 0.0], [40.0, 0.0], [0.0, 40.0]]
    p = GaussianClasses(means, [1.0] * 4)
    answer = value(catalogue.get("union_moment"), p, 4)
    assert answer.per_class is not None and max(answer.per_class) <= 1.0
    pairs = value(catalogue.get("exact_moment"), p, 4)
    assert answer.value <= pairs.value


def test_the_optimal_form_is_never_above_the_closed_one() -> None:
    whole = population(0.4, 5)
    for ways in (2, 3, 4, 5):
        closed, optimal = (
            value(catalogue.get(n), whole, ways).value for n in ("union_moment", "union_moment_optimal")
        )
        assert optimal <= closed * (1 + 1e-12)
