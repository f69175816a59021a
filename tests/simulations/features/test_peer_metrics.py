"""Metrics from other papers against plain formulas on exact means, and corrected for noise on samples."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from simulations import FeatureFile, Tracker, cli, measure
from simulations.features.halves import halves
from simulations.features.peer_metrics import Outside, peer_metrics
from simulations.runtime.errors import InputError

pytestmark = pytest.mark.usefixtures("fewer_sweeps")

CLASSES, DIMENSION = 12, 20


def cloud(per_class: int, spread: float, seed: int = 0) -> tuple[Any, list[Any], Any]:
    means = 3 + np.random.default_rng(5).standard_normal((CLASSES, DIMENSION))
    rng = np.random.default_rng([seed, per_class])
    rows = np.repeat(means, per_class, axis=0) + spread * rng.standard_normal(
        (CLASSES * per_class, DIMENSION)
    )
    return rows, np.split(np.arange(len(rows)), CLASSES), means


def plain(means: Any, weights: Any, outside: Any) -> dict[str, float]:
    """As the papers write them, by loops."""
    centred = means - means.mean(axis=0)
    unit = [row / np.linalg.norm(row) for row in centred]
    pairs = [np.linalg.norm(unit[a] - unit[b]) for a in range(len(means)) for b in range(a)]
    logs = [np.log(1 / each) for each in pairs]
    simplex = np.sqrt(2 * len(means) / (len(means) - 1))
    cosines = [w @ u / np.linalg.norm(w) for w, u in zip(weights, unit, strict=True)]
    length = np.linalg.norm(outside)
    return {
        "gnc2": float(np.mean(logs) - np.log(1 / simplex)),
        "gnc2_riesz": float(np.mean([1 / each for each in pairs]) * simplex - 1),
        "gnc2_cv": float(np.std(logs) / abs(np.mean(logs))),
        "unc3": float(np.std(cosines) / np.mean(cosines)),
        "nc5": float(np.mean([abs(m @ outside) / np.linalg.norm(m) / length for m in means])),
    }


def peers_of(rows: Any, members: Any, weights: Any, elsewhere: Any, seed: int = 0) -> dict[str, Any]:
    split = halves(rows, members, seed)
    assert split is not None
    return peer_metrics(split, weights, Outside.of(elsewhere, rows, split, seed), 0.95)


def setting(seed: int) -> tuple[Any, Any]:
    rng = np.random.default_rng(seed)
    return 0.5 * rng.standard_normal(DIMENSION), rng.standard_normal((CLASSES, DIMENSION))


def test_without_noise_they_are_the_plain_formulas() -> None:
    rows, members, means = cloud(4, 1e-7)
    outside, more = setting(3)
    weights = means - means.mean(axis=0) + 0.3 * more
    got = peers_of(rows, members, weights, np.tile(outside, (6, 1)))
    for name, expected in plain(means, weights, outside).items():
        assert got[name].value == pytest.approx(expected, rel=1e-4), name


def test_noise_of_the_means_is_taken_out_and_covered() -> None:
    """8 samples a class: plugged in, each is off by more than what is left of the correction."""
    outside, more = setting(3)
    draws, hits = 24, dict.fromkeys(("gnc2", "gnc2_riesz", "gnc2_cv", "unc3", "nc5"), 0)
    values: dict[str, list[float]] = {name: [] for name in hits}
    plugged: dict[str, list[float]] = {name: [] for name in hits}
    for draw in range(draws):
        rows, members, means = cloud(8, 1.2, draw)
        weights = means - means.mean(axis=0) + 0.3 * more
        elsewhere = outside + np.random.default_rng([draw, 1]).standard_normal((60, DIMENSION))
        truth = plain(means, weights, outside)
        naive = plain(rows.reshape(CLASSES, 8, -1).mean(axis=1), weights, elsewhere.mean(axis=0))
        for name, metric in peers_of(rows, members, weights, elsewhere, draw).items():
            values[name].append(metric.value)
            plugged[name].append(naive[name])
            hits[name] += metric.low <= truth[name] <= metric.high
    for name in hits:
        off, before = (abs(np.mean(each[name]) - truth[name]) for each in (values, plugged))
        error = np.std(values[name]) / np.sqrt(draws)
        assert off < max(0.6 * before, 0.1 * truth[name] + 2 * error), (name, off, before, truth[name])
        assert hits[name] >= 19, (name, hits)


def test_a_simplex_has_the_least_energy() -> None:
    axes = np.eye(CLASSES, DIMENSION)
    members = np.split(np.arange(2 * CLASSES), CLASSES)
    ideal = peers_of(np.repeat(axes, 2, axis=0), members, axes, np.ones((3, DIMENSION)) - axes.sum(axis=0))
    assert all(ideal[name].value == pytest.approx(0, abs=1e-6) for name in ideal), ideal
    bent = axes.copy()
    bent[1] = 0.96 * axes[0] + 0.28 * axes[1]
    worse = peers_of(np.repeat(bent, 2, axis=0), members, axes, np.repeat(bent[:1], 3, axis=0))
    assert all(worse[name].value > 0.01 for name in worse), worse


@pytest.mark.slow
def test_they_reach_measure_the_tracker_and_the_command(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows, _, means = cloud(8, 0.5)
    labels, weights = np.repeat(np.arange(CLASSES), 8), means - means.mean(axis=0)
    elsewhere = np.random.default_rng(0).standard_normal((30, DIMENSION))
    direct = measure(FeatureFile.of(rows, labels, weights=weights), [1], [2], outside=elsewhere)
    assert set(direct.peers) == {"gnc2", "gnc2_riesz", "gnc2_cv", "unc3", "nc5"}
    tracker = Tracker()
    tracker.update(rows, labels)
    tracked = tracker.compute([1], 2, weights=weights)
    assert tracked.gnc2 == pytest.approx(direct.peers["gnc2"].value, rel=0.1)
    assert tracked.flat()["collapse/unc3"] == pytest.approx(direct.peers["unc3"].value, rel=0.3, abs=0.01)
    np.savez(
        tmp_path / "f.npz",
        features=np.concatenate([rows, elsewhere]),
        labels=np.concatenate([labels, np.full(30, 99)]),
        split=np.repeat(["in", "out"], [len(rows), 30]),
        weights=weights,
    )
    command = ["measure", str(tmp_path / "f.npz"), "--shots", "1", "--ways", "2", "--outside", "out"]
    assert cli.main([*command, "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["features"]["classes"] == CLASSES
    assert document["collapse"]["peers"]["nc5"]["value"] == pytest.approx(direct.peers["nc5"].value, rel=1e-6)
    assert cli.main([*command, "--verbose"]) == 0 and "UNC3" in capsys.readouterr().out
    assert cli.main(command) == 0 and "UNC3" not in capsys.readouterr().out
    with pytest.raises(InputError, match="dimension 3"):
        measure(FeatureFile.of(rows, labels), [1], [2], outside=np.ones((4, 3)))


def test_a_half_whose_mean_is_the_common_one_has_no_direction() -> None:
    """Few samples of integers: the centred mean of a half may be exactly 0, and no cosine overflows."""
    features = np.array([1, 1, 1, 0, 1, 1, 0, 0, 0, 1, 0, 1, 0, 0, -1, 1, 0], dtype=float)[:, None]
    labels = np.repeat([0, 1, 2], [4, 9, 4])
    result = measure(FeatureFile.of(features, labels), shots=[1, 2], ways=[2, 3], seed=34)
    for name in ("gnc2", "gnc2_riesz", "gnc2_cv"):
        metric = result.peers[name]
        assert 0 <= metric.value < 1e3 and metric.high is not None and metric.high < 1e6
