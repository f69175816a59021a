"""A user's own features: metrics, bounds and the measured error, on real tables and on planted ones."""

from __future__ import annotations

import dataclasses
import json
import math
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer, load_digits, load_wine

import simulations.features.verdict_rows as module
from simulations import cli, measure
from simulations.engines.pool import pool_errors
from simulations.features import FeatureFile, load_features
from simulations.features.assume import parse
from simulations.runtime.randomness import ROOT_SEED
from theory import ClassGeometry, Granted, Setting, catalogue, cdnv
from theory.bound import NotApplicable, PairBound, Value, derived
from theory.quantities import d, lam_i, n, v_i, v_j

pytestmark = pytest.mark.usefixtures("fewer_sweeps")

LOADERS = {"digits": load_digits, "breast_cancer": load_breast_cancer, "wine": load_wine}


@cache
def table(name: str) -> tuple[Any, Any]:
    """Features as in scikit-learn; the tables are standardised so that no column swamps the rest."""
    bunch = LOADERS[name]()
    features = np.asarray(bunch.data, dtype=float)
    if name != "digits":
        features = (features - features.mean(axis=0)) / features.std(axis=0)
    return features, np.asarray(bunch.target)


def stored(tmp_path: Path, **arrays: Any) -> FeatureFile:
    np.savez(tmp_path / "f.npz", **arrays)
    return load_features(tmp_path / "f.npz")


def plain_error(
    features: Any, labels: Any, shots: int, ways: int, episodes: int, seed: int
) -> tuple[float, float]:
    """A loop over episodes, written independently: (mean error, standard error over episodes)."""
    rng = np.random.default_rng(seed)
    names, errors = np.unique(labels), []
    for _ in range(episodes):
        chosen = rng.choice(names, ways, replace=False)
        wrong = query_count = 0
        centres, queries = [], []
        for name in chosen:
            rows = rng.permutation(np.flatnonzero(labels == name))
            centres.append(features[rows[:shots]].mean(axis=0))
            queries.append(features[rows[shots : shots + 5]])
        for c, block in enumerate(queries):
            for query in block:
                gaps = [float(np.sum((query - centre) ** 2)) for centre in centres]
                wrong += any(gap <= gaps[c] for other, gap in enumerate(gaps) if other != c)
                query_count += 1
        errors.append(wrong / query_count)
    return float(np.mean(errors)), float(np.std(errors, ddof=1) / math.sqrt(episodes))


@pytest.mark.sampled(2)
# -- real tables ------------------------------------------------
@pytest.mark.parametrize(("name", "ways"), [("digits", 2), ("digits", 5), ("breast_cancer", 2), ("wine", 3)])
@pytest.mark.parametrize("shots", [1, 5])
def test_measured_error_agrees_with_a_plain_loop(name: str, ways: int, shots: int) -> None:
    """Two independent means: they differ by less than 5 standard errors, and the interval holds ours."""
    features, labels = table(name)
    (estimate,) = pool_errors(features, labels, shots, [ways], work=2e8)
    mean, error = plain_error(features, labels, shots, ways, 1500, seed=5)
    assert abs(estimate.value - mean) < 5 * math.hypot(error, (estimate.high - estimate.low) / 4)
    assert estimate.low - 5 * error < mean < estimate.high + 5 * error


def test_the_plain_loop_distinguishes_wrong_errors() -> None:
    """The control: an engine that gives each query's class one more shot is noticed."""
    features, labels = table("digits")
    (right,) = pool_errors(features, labels, 1, [5], work=2e8)
    (wrong,) = pool_errors(features, labels, 2, [5], work=2e8)
    mean, error = plain_error(features, labels, 1, 5, 1500, seed=5)
    assert not abs(wrong.value - mean) < 5 * math.hypot(error, (right.high - right.low) / 4)


@pytest.mark.parametrize("name", LOADERS)
def test_real_tables(name: str, tmp_path: Path) -> None:
    features, labels = table(name)
    file = stored(tmp_path, features=features, labels=labels)
    measurement = measure(file, [1, 5], [2])
    classes = len(np.unique(labels))
    assert measurement.geometry.classes == classes
    # The digits come writer by writer, and the wines in an order too: those that follow each other are alike.
    assert [text for text in measurement.warnings if "successive" not in text] == []
    for spread in (*measurement.cdnv.values(), measurement.directional):
        assert spread.mean > 0 and spread.median > 0
        if classes >= 5:
            assert spread.low is not None and spread.high is not None
            assert spread.low < spread.mean < spread.high
        else:
            assert spread.low is None and spread.high is None
    for row in measurement.rows:
        assert len(row.estimate.per_class) == classes
        assert np.mean(row.estimate.per_class) == pytest.approx(row.estimate.value)
        for verdict in row.verdicts:
            assert verdict.outcome != "violated"
            if verdict.outcome == "holds":
                assert verdict.value is not None and row.estimate.low <= verdict.value
    assert measurement.rows[1].estimate.value < measurement.rows[0].estimate.value


def test_the_interval_of_cdnv_is_over_classes(tmp_path: Path) -> None:
    """Against a plain bootstrap of classes written here, to within the noise of 1000 resamples."""
    features, labels = table("digits")
    measurement = measure(stored(tmp_path, features=features, labels=labels), [1], [2])
    values = cdnv(ClassGeometry.from_features(features, labels))
    rng, means = np.random.default_rng(2), []
    for _ in range(4000):
        chosen = rng.integers(0, 10, 10)
        pairs = [values[a, b] for a in chosen for b in chosen if a != b]
        means.append(np.mean(pairs))
    low, high = np.quantile(means, [0.025, 0.975])
    spread = measurement.cdnv["half"]
    assert spread.low is not None and spread.high is not None
    width = high - low
    assert abs(spread.low - low) < 0.15 * width and abs(spread.high - high) < 0.15 * width
    assert spread.mean == pytest.approx(values[~np.eye(10, dtype=bool)].mean())


def test_confidence_widens_the_interval_of_cdnv(tmp_path: Path) -> None:
    features, labels = table("digits")
    file = stored(tmp_path, features=features[:600], labels=labels[:600])
    narrow, wide = (measure(file, [1], [2], confidence=c).cdnv["half"] for c in (0.5, 0.99))
    assert wide.low < narrow.low < narrow.high < wide.high  # type: ignore[operator]


def test_per_class_errors_point_at_the_hard_class() -> None:
    rng = np.random.default_rng(3)
    labels = np.repeat(np.arange(4), 50)
    centres = np.array([[0.0, 0.0], [1.0, 0.0], [30.0, 0.0], [0.0, 30.0]])
    features = rng.standard_normal((200, 2)) + centres[labels]
    (estimate,) = pool_errors(features, labels, 5, [4])
    assert min(estimate.per_class[:2]) > 0.1 and max(estimate.per_class[2:]) == 0.0


# -- support and queries ----------------------------------------
def memorising(samples: int = 40) -> tuple[Any, Any]:
    """Every sample has an axis of its own, and classes do not differ otherwise: knowing a sample is all."""
    labels = np.repeat([0, 1], samples)
    return np.eye(2 * samples), labels


def test_support_is_never_among_the_queries() -> None:
    """A leaked query lies nearer its own centre than any other can: errors would fall below 1."""
    features, labels = memorising()
    for shots in (1, 5, 20, 39):
        (estimate,) = pool_errors(features, labels, shots, [2])
        assert estimate.value == 1.0, shots


def test_a_leaking_engine_would_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """Queries drawn as if no support had been taken."""
    from simulations.engines.pool import draws

    honest = draws.queries

    def leaky(numbers: Any, sizes: Any, excluded: Any, count: int, rng: Any) -> Any:
        return honest(numbers, sizes, excluded[:, :0], count, rng)

    monkeypatch.setattr(draws, "queries", leaky)
    features, labels = memorising()
    (estimate,) = pool_errors(features, labels, 5, [2])
    assert estimate.value < 0.95


# -- estimators -------------------------------------------------
def few_samples(
    per_class: int, classes: int = 40, dimension: int = 20, distance: float = 1.0
) -> tuple[Any, Any, float]:
    """Isotropic classes at the corners of a simplex, in which every pair has the same CDNV."""
    rng = np.random.default_rng(per_class)
    centres = np.zeros((classes, dimension + classes))
    centres[:, :classes] = np.eye(classes) * distance / math.sqrt(2)
    labels = np.repeat(np.arange(classes), per_class)
    noise = np.zeros((len(labels), dimension + classes))
    noise[:, classes:] = rng.standard_normal((len(labels), dimension)) * 2
    return centres[labels] + noise, labels, 4 * dimension / distance**2


def test_plugin_is_about_three_quarters_too_small_at_five_samples() -> None:
    """Variances shrink by 1 - 1/N and d^2 grows by 2 v/N: the quotient is 0.8/(1 + 2 CDNV/5) of the truth."""
    dimension, samples = 20, 5
    for value in (1.0, 3.0, 5.5):
        distance = math.sqrt(4 * dimension / value)
        features, labels, true = few_samples(samples, dimension=dimension, distance=distance)
        assert true == pytest.approx(value)
        matrix = cdnv(ClassGeometry.from_features(features, labels, estimator="plugin"))
        mean = float(matrix[~np.eye(40, dtype=bool)].mean())
        assert mean / true == pytest.approx(0.8 / (1 + 2 * value / samples), rel=0.1)
    assert mean / true == pytest.approx(0.25, abs=0.03)


def test_debiased_moments_are_unbiased_within_sampling_error() -> None:
    """Variances, squared distances and directional variances over repeated draws: |z| < 4.5."""
    rng = np.random.default_rng(9)
    labels = np.repeat([0, 1, 2], 5)
    means = np.array([[0.0, 0.0, 0.0], [2.0, 0.0, 0.0], [0.0, 1.0, 1.0]])
    stds = np.array([1.0, 0.5, 2.0])
    rows = []
    for _ in range(3000):
        features = means[labels] + rng.standard_normal((15, 3)) * stds
        geometry = ClassGeometry.from_features(features, labels)
        unit = geometry.unit
        rows.append(
            np.concatenate(
                [geometry.variances * unit**2, geometry.squared_distances[np.triu_indices(3, 1)] * unit**2]
            )
        )
    rows_ = np.array(rows)
    truth = np.array([5.25, 5.25, 5.25, 4.0, 2.0, 6.0])
    z = (rows_.mean(axis=0) - truth) / (rows_.std(axis=0) / math.sqrt(len(rows_)))
    assert np.max(np.abs(z)) < 4.5


def test_plugin_moments_fail_the_same_check() -> None:
    rng = np.random.default_rng(9)
    labels = np.repeat([0, 1], 5)
    variances = []
    for _ in range(500):
        features = rng.standard_normal((10, 3)) + 2 * np.eye(3)[labels]
        geometry = ClassGeometry.from_features(features, labels, estimator="plugin")
        variances.append(float(geometry.variances[0]) * geometry.unit**2)
    z = (np.mean(variances) - 3.0) / (np.std(variances) / math.sqrt(len(variances)))
    assert z < -4.5


@pytest.mark.slow
def test_debiased_cdnv_from_five_samples_is_far_nearer(tmp_path: Path) -> None:
    """The quotient keeps a second-order bias; it is a tenth of the plug-in one here."""
    features, labels, true = few_samples(5, distance=math.sqrt(80.0))
    file = stored(tmp_path, features=features, labels=labels)
    debiased = measure(file, [1], [2]).cdnv["half"].median
    plugin = measure(file, [1], [2], estimator="plugin").cdnv["half"].median
    assert abs(debiased - true) < 0.2 * true < abs(plugin - true)


# -- warnings ---------------------------------------------------
def test_warnings_for_few_samples(tmp_path: Path) -> None:
    features, labels, _ = few_samples(8, classes=3, distance=20.0)
    file = stored(tmp_path, features=features, labels=labels)
    (warning,) = measure(file, [1], [2], estimator="plugin").warnings
    assert (
        "plug-in" in warning and "8 samples" in warning and "too small" in warning and "debiased" in warning
    )
    (warning,) = measure(file, [1], [2]).warnings
    assert "8 samples" in warning and "uncertain" in warning
    features, labels, _ = few_samples(250, classes=2, distance=20.0)
    file = stored(tmp_path, features=features, labels=labels)
    assert measure(file, [1], [2], estimator="plugin").warnings == ()


def test_unresolved_pairs_are_named_and_left_out(tmp_path: Path) -> None:
    """Two classes with one and the same mean beside distinct ones."""
    rng = np.random.default_rng(12)
    labels = np.repeat(["a", "b", "c", "d"], 30)
    centres = {"a": [0, 0, 0], "b": [0, 0, 0], "c": [9, 0, 0], "d": [0, 9, 0]}
    features = rng.standard_normal((120, 3)) + np.array([centres[name] for name in labels])
    same = features[labels == "a"]
    features[labels == "b"] = 2 * same.mean(axis=0) - same
    measurement = measure(stored(tmp_path, features=features, labels=labels), [1], [2])
    assert measurement.geometry.unresolved_pairs == (("a", "b"),)
    assert any("1 pair" in text and "a-b" in text and "left out" in text for text in measurement.warnings)
    values = cdnv(measurement.geometry)
    usable = np.asarray(measurement.geometry.resolved) & ~np.eye(4, dtype=bool)
    assert usable.sum() == 10
    assert measurement.cdnv["half"].mean == pytest.approx(values[usable].mean())
    assert math.isfinite(measurement.cdnv["half"].mean) and measurement.cdnv["half"].mean < 1
    for row in measurement.rows:
        assert all(v.value is None or math.isfinite(v.value) for v in row.verdicts)
        sharp = next(v for v in row.verdicts if v.bound == "cdnv_sharp")
        assert sharp.value is not None and sharp.value > 2 / 12  # the pair counts as 1 in a pair bound
        # Of twelve ordered pairs the two that look alike are told apart by chance, all others surely.
        predicted = next(v for v in row.verdicts if v.bound == "snr_2022")
        assert predicted.value == pytest.approx(2 * 0.5 / 12, abs=1e-3)
        assert row.estimate.value == pytest.approx(predicted.value, rel=0.3)
        assert next(v for v in row.verdicts if v.bound == "cdnv_2022").outcome == "not_applicable"


# -- verdicts ---------------------------------------------------
def false_bound(share: float) -> PairBound:
    """`cdnv_sharp` times ``share``: false when that is too small."""
    return PairBound(
        name="planted",
        statement=share * (4 * lam_i + (v_i + v_j) / n) / d**2,
        assumptions=(),
        provenance=derived("planted by a test"),
    )


def verdict_of(share: float, file: FeatureFile, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(module, "few_shot_bounds", lambda: (false_bound(share),))
    measurement = measure(file, [1], [2])
    return measurement.rows[0].verdicts[0], measurement


def test_violated_only_beyond_the_uncertainty_of_moments(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Just below the measured error a planted bound is undecided; far below it is violated."""
    rng = np.random.default_rng(6)
    labels = np.repeat([0, 1], 40)
    features = rng.standard_normal((80, 3)) + 2 * np.eye(3)[labels]
    file = stored(tmp_path, features=features, labels=labels)
    whole, measurement = verdict_of(1.0, file, monkeypatch)
    touching = measurement.rows[0].estimate.at(1 - 1e-3).low / whole.value
    barely, _ = verdict_of(0.98 * touching, file, monkeypatch)
    assert barely.outcome == "undecided" and "moments" in barely.reason
    far, _ = verdict_of(touching / 1000, file, monkeypatch)
    assert far.outcome == "violated" and far.reason is None
    true, _ = verdict_of(1.0, file, monkeypatch)
    assert true.outcome in ("holds", "vacuous")


def test_intervals_of_bounds_cover_the_bound(tmp_path: Path) -> None:
    features, labels = table("digits")
    measurement = measure(stored(tmp_path, features=features[:500], labels=labels[:500]), [1], [2])
    assert measurement.bound_intervals
    for (_, _, name), (low, high) in measurement.bound_intervals.items():
        value = next(v.value for v in measurement.rows[0].verdicts if v.bound == name)
        assert low <= value <= high, name
        if name in ("cdnv_sharp", "exact_moment"):
            assert 0.5 * value < low < high < 2 * value


@pytest.mark.slow
# -- options ----------------------------------------------------
def test_normalize_l2(tmp_path: Path) -> None:
    features, labels = table("digits")
    features, labels = features[:300], labels[:300]
    scaled = features / np.linalg.norm(features, axis=1, keepdims=True)
    by_option = measure(stored(tmp_path, features=features, labels=labels), [1], [2], normalize="l2")
    by_hand = measure(stored(tmp_path, features=scaled, labels=labels), [1], [2])
    raw = measure(stored(tmp_path, features=features, labels=labels), [1], [2])
    assert by_option.cdnv["half"].mean == pytest.approx(by_hand.cdnv["half"].mean)
    assert by_option.rows[0].estimate.value == by_hand.rows[0].estimate.value
    assert by_option.cdnv["half"].mean != pytest.approx(raw.cdnv["half"].mean)


@pytest.mark.sampled(2)
@pytest.mark.parametrize("scale", [1e-100, 1e-9, 1e9, 1e100])
def test_nothing_depends_on_the_scale(scale: float, tmp_path: Path) -> None:
    features, labels = table("wine")
    plain = measure(stored(tmp_path, features=features, labels=labels), [1], [2])
    scaled = measure(stored(tmp_path, features=features * scale, labels=labels), [1], [2])
    assert scaled.rows[0].estimate.value == pytest.approx(plain.rows[0].estimate.value, abs=1e-3)
    for name in plain.cdnv:
        assert scaled.cdnv[name].mean == pytest.approx(plain.cdnv[name].mean)
    for a, b in zip(plain.rows[0].verdicts, scaled.rows[0].verdicts, strict=True):
        assert a.value == (None if b.value is None else pytest.approx(b.value, rel=1e-6))


def test_string_labels_are_as_good_as_numbers(tmp_path: Path) -> None:
    features, labels = table("wine")
    names = np.array(["barolo", "grignolino", "barbera"])
    order = np.argsort(names)
    strings = measure(stored(tmp_path, features=features, labels=names[labels]), [1], [3])
    numbers = measure(stored(tmp_path, features=features, labels=np.argsort(order)[labels]), [1], [3])
    assert strings.geometry.names == tuple(names[order])
    assert strings.rows[0].estimate.per_class == numbers.rows[0].estimate.per_class
    assert strings.cdnv["half"].mean == numbers.cdnv["half"].mean
    with_bytes = measure(stored(tmp_path, features=features, labels=names[labels].astype("S")), [1], [3])
    assert with_bytes.geometry.names == strings.geometry.names


def test_undecodable_labels_stay_apart(tmp_path: Path) -> None:
    features, labels = table("wine")
    raw = np.array([b"\xff", b"\xfe", b"\xfd"])[labels]
    assert measure(stored(tmp_path, features=features, labels=raw), [1], [2]).geometry.classes == 3


@pytest.mark.slow
def test_split_picks_the_samples(tmp_path: Path) -> None:
    features, labels = table("digits")
    split = np.where(labels < 5, "source", "new")
    file = stored(tmp_path, features=features, labels=labels, split=split)
    new = measure(file.restrict("new"), [1], [2])
    alone = measure(stored(tmp_path, features=features[labels >= 5], labels=labels[labels >= 5]), [1], [2])
    assert new.geometry.names == ("5", "6", "7", "8", "9")
    assert new.cdnv["half"].mean == pytest.approx(alone.cdnv["half"].mean)
    assert new.rows[0].estimate.value == alone.rows[0].estimate.value
    assert measure(file, [1], [2]).geometry.classes == 10


def collapse_json(capsys: pytest.CaptureFixture[str], *arguments: object) -> Any:
    assert cli.main([*map(str, arguments), "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_assume_is_printed_back_and_used(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    features, labels = table("wine")
    stored(tmp_path, features=features, labels=labels)
    path = tmp_path / "f.npz"
    plain = collapse_json(capsys, "measure", path, "--shots", "5", "--ways", "2")
    vouched = collapse_json(
        capsys,
        "measure",
        path,
        "--shots",
        "5",
        "--ways",
        "2",
        "--assume",
        "SubGaussian=4.0",
        "--assume",
        "SphericallySymmetric",
    )
    assert plain["assumed"] == []
    assert len(vouched["assumed"]) == 2 and "4.0" in vouched["assumed"][0]

    def of(document: Any, name: str) -> Any:
        return next(b for b in document["results"][0]["bounds"] if b["name"] == name)

    assert of(plain, "subgaussian")["verdict"] == "not_applicable"
    assert "SubGaussian" in of(plain, "subgaussian")["reason"]
    assert of(vouched, "subgaussian")["value"] is not None
    assert of(vouched, "cdnv_2022")["value"] < of(plain, "cdnv_2022")["value"]
    assert cli.main(["measure", str(path), "--shots", "5", "--assume", "SubGaussian=4.0"]) in (0, 1)
    assert "granted by you: SubGaussian(sigma=4.0)" in capsys.readouterr().out


def test_a_proxy_is_in_the_units_of_the_features(tmp_path: Path) -> None:
    """The same data in other units, vouched for in those units, has the same bound."""
    features, labels = table("wine")
    values = []
    for scale in (1.0, 1000.0):
        file = stored(tmp_path, features=features * scale, labels=labels)
        measurement = measure(file, [5], [2], assumed=[parse(f"SubGaussian={0.25 * scale}")])
        values.append(next(v.value for v in measurement.rows[0].verdicts if v.bound == "subgaussian"))
    assert values[0] == pytest.approx(values[1])


def test_nc3_and_nc4_need_a_classifier(tmp_path: Path) -> None:
    features, labels = table("wine")
    means = np.stack([features[labels == c].mean(axis=0) for c in range(3)])
    centred = means - means.mean(axis=0)
    ncm = {"weights": means, "bias": -0.5 * np.sum(means**2, axis=1)}
    measurement = measure(stored(tmp_path, features=features, labels=labels, **ncm), [1], [2])
    assert measurement.nc4 == 0.0
    aligned = measure(stored(tmp_path, features=features, labels=labels, weights=7 * centred), [1], [2])
    assert aligned.nc3 == pytest.approx(0.0, abs=1e-12)
    opposite = measure(stored(tmp_path, features=features, labels=labels, weights=-centred), [1], [2])
    assert opposite.nc3 == pytest.approx(4.0)
    assert opposite.nc4 is not None and opposite.nc4 > 0.9
    bare = measure(stored(tmp_path, features=features, labels=labels), [1], [2])
    assert bare.nc3 is None and bare.nc4 is None


def test_nc1_and_nc2_of_a_collapsed_simplex(tmp_path: Path) -> None:
    labels = np.repeat(np.arange(4), 10)
    features = np.eye(4)[labels] + 1e-9 * np.random.default_rng(0).standard_normal((40, 4))
    measurement = measure(stored(tmp_path, features=features, labels=labels), [1])
    assert measurement.nc1 < 1e-12 and measurement.nc2["norms"] < 1e-6 and measurement.nc2["angles"] < 1e-6
    assert measurement.rows[0].estimate.value == 0.0


def test_the_bounds_are_those_of_the_library(tmp_path: Path) -> None:
    features, labels = table("wine")
    measurement = measure(stored(tmp_path, features=features, labels=labels), [5], [2, 3])
    geometry = ClassGeometry.from_features(features, labels, seed=ROOT_SEED)
    from theory.assumptions import BoundedKurtosis, FiniteMoments

    granted = Granted([BoundedKurtosis(), FiniteMoments()])
    for row in measurement.rows:
        for verdict in row.verdicts:
            answer = catalogue.get(verdict.bound).evaluate(geometry, row.setting, granted)
            if isinstance(answer, NotApplicable):
                assert verdict.outcome == "not_applicable"
            else:
                assert isinstance(answer, Value) and verdict.value == answer.value
    assert [row.setting for row in measurement.rows] == [Setting(5, 2), Setting(5, 3)]


def test_the_seed_alone_decides(tmp_path: Path) -> None:
    features, labels = table("wine")
    file = stored(tmp_path, features=features, labels=labels)
    a, b, c = (measure(file, [1], [2], seed=seed) for seed in (1, 1, 2))
    assert a.rows[0].estimate.value == b.rows[0].estimate.value != c.rows[0].estimate.value
    assert a.bound_intervals == b.bound_intervals != c.bound_intervals
    state = np.random.get_state()[1].tolist()  # noqa: NPY002 - the state that must not move
    measure(file, [1], [2])
    assert np.random.get_state()[1].tolist() == state  # noqa: NPY002 - the state that must not move


def test_a_measurement_is_frozen(tmp_path: Path) -> None:
    features, labels = table("wine")
    measurement = measure(stored(tmp_path, features=features, labels=labels), [1], [2])
    with pytest.raises(dataclasses.FrozenInstanceError):
        measurement.nc1 = 0.0  # type: ignore[misc]
