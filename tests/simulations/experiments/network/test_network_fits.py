"""Slopes and claims are read off records by their rules: planted ones are found, false ones are not."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from simulations.experiments.network.findings.claims import CLAIMS, change, findings
from simulations.experiments.network.findings.fits import at_target, slopes


def run(seed: int, size: int, new: float, gap: float, target: float = 0.1) -> dict[str, Any]:
    """A run that passes the target half-way between two recorded steps, on a log scale."""
    rows = []
    for step, source in ((10, 2 * target), (40, target / 2)):
        share = {10: -1.0, 40: 1.0}[step]
        rows.append(
            {
                "step": step,
                "source": source,
                "fresh": target + gap * (1 + 0.5 * share),
                "new": new * (1 - 0.3 * share),
                "error_1": new / 2,
                "error_5": new / 4,
            }
        )
    return {"seed": seed, "size": size, "rows": rows}


def record(exponent: float, noise: float, seeds: int = 3) -> dict[str, Any]:
    rng = np.random.default_rng(0)
    runs = []
    for seed in range(seeds):
        for size in (10, 20, 40, 80):
            runs.append(run(seed, size, 2 * size**exponent * np.exp(noise * rng.normal()), 0.5 / size))
    return {"study": "classes", "target": 0.1, "runs": runs}


def test_a_run_is_read_where_it_passes_the_target() -> None:
    reading = at_target(run(0, 10, new=0.6, gap=0.02), 0.1)
    assert reading is not None
    assert reading["step"] == pytest.approx(25) and reading["new"] == pytest.approx(0.6)
    assert reading["fresh"] == pytest.approx(0.12)
    assert at_target(run(0, 10, new=0.6, gap=0.02), 0.01) is None


@pytest.mark.parametrize("exponent", [-0.5, -1.0, 0.25])
def test_planted_slopes_are_found(exponent: float) -> None:
    by_quantity = {each.quantity: each for each in slopes(record(exponent, noise=0.05))}
    for quantity in ("new", "error_1", "error_5"):
        fit = by_quantity[quantity]
        assert fit.seeds == 3 and fit.left_out == 0
        assert fit.low < fit.slope < fit.high and fit.low - 0.1 < exponent < fit.high + 0.1
        assert fit.slope == pytest.approx(exponent, abs=0.1)
    assert by_quantity["fresh - source"].slope == pytest.approx(-1, abs=1e-9)


def test_slope_intervals_cover_the_planted_slope() -> None:
    rng, hit = np.random.default_rng(5), 0
    for _ in range(200):
        runs = [
            run(seed, size, 2 * size**-0.5 * np.exp(0.2 * rng.normal()), 0.1)
            for seed in range(3)
            for size in (10, 20, 40, 80)
        ]
        fit = next(
            f for f in slopes({"study": "classes", "target": 0.1, "runs": runs}) if f.quantity == "new"
        )
        hit += fit.low <= -0.5 <= fit.high
    # 95 % of 200 is 190; below 177 or above 199 happens with probability below 1e-4 in all.
    assert 177 <= hit <= 200


def test_runs_without_a_positive_gap_or_short_of_the_target_are_left_out_and_counted() -> None:
    given = record(-0.5, noise=0.0)
    given["runs"][0]["rows"] = given["runs"][0]["rows"][:1]
    for row in given["runs"][1]["rows"]:
        row["fresh"] = 0.01
    by_quantity = {each.quantity: each for each in slopes(given)}
    assert by_quantity["new"].left_out == 1 and by_quantity["fresh - source"].left_out == 2
    assert by_quantity["fresh - source"].seeds == 2


def test_one_seed_gives_no_interval() -> None:
    fit = slopes(record(-0.5, noise=0.0, seeds=1))[2]
    assert fit.slope is None and fit.low is None


def setting(factors: dict[str, float], order: tuple[float, float, float] = (0.1, 0.2, 0.3)) -> dict[str, Any]:
    rng = np.random.default_rng(2)
    rows = []
    for step, late in ((10, False), (50, False), (100, True)):
        row: dict[str, Any] = {"step": step, "train_error": 0.0 if late else 0.1}
        for name, value in zip(("source", "fresh", "new"), order, strict=True):
            row[name] = value * (factors.get(name, 1.0) if late else 1.0)
        row["error_5"] = 0.02
        for name in ("source", "fresh", "new", "error_5"):
            scale = factors.get(name, 1.0) if late else 1.0
            row[f"{name}_by_class"] = (row[name] * scale * rng.uniform(0.9, 1.1, 40)).tolist()
        rows.append(row)
    bounds = [{"shots": 5, "ways": 5, "error": 0.02, "error_low": 0.015, "values": {"exact_moment": 0.2}}]
    return {"setting": "s", "seed": 0, "rows": rows, "bounds": bounds}


def outcomes(run: dict[str, Any]) -> dict[str, str]:
    rows = findings({"runs": [run]})
    assert [each.claim for each in rows] == list(CLAIMS)
    return {each.claim: each.outcome for each in rows}


def test_claims_that_hold_and_claims_that_fail_are_distinguished() -> None:
    good = outcomes(setting({"source": 0.5, "fresh": 0.5, "new": 0.5, "error_5": 0.5}))
    assert set(good.values()) == {"holds"}
    bad = outcomes(setting({"source": 0.5, "fresh": 1.5, "new": 1.0, "error_5": 1.5}, (0.3, 0.2, 0.1)))
    assert bad["fresh"] == bad["error_5"] == bad["order"] == "fails"
    assert bad["new"] == "undecided" and bad["source"] == "holds"


def test_a_bound_below_the_error_and_a_training_error_above_0_are_seen() -> None:
    run = setting({})
    run["bounds"][0]["values"]["exact_moment"] = 0.014
    run["rows"][-1]["train_error"] = 0.01
    by_claim = outcomes(run)
    assert by_claim["bounds"] == by_claim["zero"] == "fails"


def test_no_change_is_reported_where_all_values_are_zero() -> None:
    ratio, low, high = change([0.0] * 5, [0.0] * 5, 0)
    assert np.isnan(ratio) and low == 0 and high == np.inf
