"""The heading of a table of one setting: one line, and what the interval is over."""

from __future__ import annotations

import math

import pytest

from simulations.cli.show import console, row_table
from simulations.engines import Budget, estimate
from simulations.estimates import BoundedMean, Effort, Estimate, Exact
from simulations.populations.simplex_etf import SimplexETF
from simulations.verdicts.evaluate import Row
from theory import Setting

FIVE = SimplexETF(5, 16, cdnv=0.3)


def heading(found: Estimate, shots: float, ways: int, capsys: pytest.CaptureFixture[str]) -> str:
    console().print(row_table(Row(Setting(shots, ways), found, ())))
    return capsys.readouterr().out.splitlines()[0].strip()


def test_what_an_interval_is_over(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "120")
    integrated = estimate(FIVE, Setting(1, 5), budget=Budget(draws=1e4))
    assert heading(integrated, 1, 5, capsys).endswith("(95 % over replicates, conditional)")
    drawn = estimate(FIVE, Setting(math.inf, 5), budget=Budget(draws=1e4))
    assert heading(drawn, math.inf, 5, capsys).endswith("(95 % over episodes, radial)")
    exact = heading(Estimate.of(0.5, Exact(0.5), "enumeration", Effort(0.0)), 1, 2, capsys)
    assert exact.endswith("0.5 (exact, enumeration)")
    by_episodes = Estimate.of(0.5, BoundedMean(100, 0.5, 0.1), "episodes", Effort(0.0, 100))
    assert heading(by_episodes, 1, 2, capsys).endswith("(95 % over episodes)")
    direct = Estimate.of(0.5, BoundedMean(100, 0.5, 0.1), "direct", Effort(0.0, 100))
    assert heading(direct, 1, 2, capsys).endswith("(95 % over episodes, direct)")
