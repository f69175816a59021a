"""Shares of weighted distances within limits, without sorting them, against counting them one by one."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from simulations.engines.exact import weighted_counts as ladder

rng = np.random.default_rng(0)
NORMAL = rng.standard_normal((2, 900)) ** 2
CASES: dict[str, tuple[Any, Any]] = {
    "continuous": (NORMAL[0], NORMAL[1, :700]),
    "many ties": (rng.integers(0, 9, 500) * 0.5, rng.integers(0, 9, 400) * 0.5),
    "one limit": (NORMAL[0], np.array([0.5])),
    "equal limits": (NORMAL[0], np.full(50, 0.7)),
    "far apart": (10.0 ** rng.uniform(-300, 290, 600), 10.0 ** rng.uniform(-300, 290, 500)),
    "clustered": (1 + 1e-13 * rng.integers(0, 40, 700), 1 + 1e-13 * rng.integers(0, 40, 600)),
    "whole": (rng.integers(0, 5000, 600), rng.integers(0, 5000, 500)),
    "large whole": (rng.integers(0, 2**61, 600) // 7 * 7, rng.integers(0, 2**61, 500) // 7 * 7),
    "neighbouring whole": (2**60 + rng.integers(0, 30, 600), 2**60 + rng.integers(0, 30, 500)),
    "Python's": (rng.integers(0, 99, 60).astype(object), rng.integers(0, 99, 50).astype(object)),
}
FLOATS = [name for name, (_, limits) in CASES.items() if limits.dtype.kind == "f"]


@pytest.mark.parametrize(
    ("name", "tolerance"),
    [
        (name, tolerance)
        for name in CASES
        for tolerance in (0.0, 1e-12, -1e-12)
        if name in FLOATS or not tolerance
    ],
)
def test_shares_are_those_of_counting(name: str, tolerance: float) -> None:
    distances, limits = CASES[name]
    chance, weight = rng.random(len(distances)), rng.random(len(limits))
    slack = tolerance * (1 + limits) if tolerance else None
    shares, counted_weights = ladder.shares_within([(distances, chance)], limits, weight, slack)
    reach = limits if slack is None else limits + slack
    expected = np.array([chance[np.array(distances <= t, dtype=bool)].sum() for t in reach])
    # Columns come in an order of their own, with their probabilities.
    pairs = sorted(zip(counted_weights, shares[0], strict=True))
    for (w, share), (v, right) in zip(pairs, sorted(zip(weight, expected, strict=True)), strict=True):
        assert w == v and share == pytest.approx(right, rel=1e-12, abs=1e-13)


def test_a_count_table_without_the_final_comparison_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: no look at the limits within a step."""
    distances, limits = CASES["continuous"]
    chance, weight = np.ones(len(distances)), np.ones(len(limits))
    right, _ = ladder.shares_within([(distances, chance)], limits, weight)
    monkeypatch.setattr(
        ladder._Ladder,
        "shares",
        lambda self, d, p: np.cumsum(np.bincount(self.below[self._step(d)], p, len(self.reach))[:-1]),
    )
    wrong, _ = ladder.shares_within([(distances, chance)], limits, weight)
    assert np.any(wrong != right)
