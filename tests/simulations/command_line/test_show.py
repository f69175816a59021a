"""The heading of a table of one setting: one line, and what the interval is over."""

from __future__ import annotations

import math

import pytest

from simulations.cli.show import console, row_table
from simulations.engines import Budget, estimate
from simulations.engines.orthant import Orthant
from simulations.estimates import BoundedMean, Effort, Episodes, Estimate, Exact, Replicates
from simulations.populations.simplex_etf import SimplexETF
from simulations.verdicts.evaluate import Row, row_json
from simulations.verdicts.verdict import judge
from theory import Setting, catalogue
from theory.bound import Value

FIVE = SimplexETF(5, 16, cdnv=0.3)


def heading(estimated: Estimate, shots: float, ways: int, capsys: pytest.CaptureFixture[str]) -> str:
    console().print(row_table(Row(Setting(shots, ways), estimated, ())))
    return capsys.readouterr().out.splitlines()[0].strip()


def test_what_an_interval_is_over(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "120")
    integrated = estimate(FIVE, Setting(1, 5), budget=Budget(draws=1e4))
    assert heading(integrated, 1, 5, capsys).endswith("(95 % over replicates, conditional)")
    estimated = estimate(FIVE, Setting(math.inf, 5), budget=Budget(draws=1e4), engine=Orthant())
    assert heading(estimated, math.inf, 5, capsys).endswith("(95 % over episodes, orthant)")
    exact = heading(Estimate.of(0.5, Exact(0.5), "enumeration", Effort(0.0)), 1, 2, capsys)
    assert exact.endswith("0.5 (exact, enumeration)")
    by_episodes = Estimate.of(0.5, BoundedMean(100, 0.5, 0.1), "episodes", Effort(0.0, 100))
    assert heading(by_episodes, 1, 2, capsys).endswith("(95 % over episodes)")
    direct = Estimate.of(0.5, BoundedMean(100, 0.5, 0.1), "direct", Effort(0.0, 100))
    assert heading(direct, 1, 2, capsys).endswith("(95 % over episodes, direct)")


def test_no_observed_error_is_shown_as_an_upper_limit_everywhere(capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing was seen: neither the error nor its share of the bound is 0."""
    none = Estimate.of(0.0, Episodes(1000, 0.0, 0.0, 20), "direct", Effort(0.0, 1000))
    assert not none.resolved and none.formatted() == f"below {none.high:.4g}"
    verdict = judge(catalogue.get("cdnv_sharp"), Value(0.5), none)
    assert verdict.ratio is None and verdict.ratio_below == none.high / 0.5
    assert verdict.shown_ratio() == f"below {none.high / 0.5:.4g}"
    assert "error / bound below" in verdict._repr_html_()
    row = Row(Setting(1, 2), none, (verdict,))
    assert "error below" in heading(none, 1, 2, capsys)
    console().print(row_table(row))
    assert capsys.readouterr().out.splitlines()[-1].split()[-2:] == ["below", f"{none.high / 0.5:.4g}"]
    plain = row_json(row)
    assert plain["error"]["below"] == none.high and plain["bounds"][0]["ratio_below"] == verdict.ratio_below
    exact = Estimate.of(0.0, Exact(0.0), "enumeration", Effort(0.0))
    assert exact.resolved and row_json(Row(Setting(1, 2), exact, ()))["error"]["below"] is None


def test_the_ends_of_an_interval_are_told_apart(capsys: pytest.CaptureFixture[str]) -> None:
    narrow = Estimate.of(0.16061234, Replicates(64, 0.16061234, 1e-8), "conditional", Effort(0.0))
    assert 0 < narrow.high - narrow.low < 1e-8
    low, high = heading(narrow, 1, 5, capsys).partition("[")[2].partition("]")[0].split(", ")
    assert low != high and float(low) == pytest.approx(narrow.low, rel=1e-8)
