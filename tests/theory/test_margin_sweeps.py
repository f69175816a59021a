"""Margins of stored features: against the enumeration of every support, in blocks, left out, and in
interval."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import combinations

import numpy as np
import pytest

from simulations.populations import from_spec
from tests.theory.helpers_jackknife import ends_covered
from theory import ClassGeometry, Setting, catalogue
from theory.assumptions import BoundedKurtosis, FiniteMoments, Granted
from theory.bound import NotApplicable, Value
from theory.geometry.margins import central, sweeps

GRANTED = Granted([BoundedKurtosis(), FiniteMoments()])
CLASSES, SAMPLES, SHOTS = 3, 5, 2


def pool(seed: int = 0, offset: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    means = np.array([[0.0, 0.0, 0.0], [2.0, 0.5, 0.0], [0.0, 2.5, 1.0]])
    features = means[:, None, :] + 0.7 * rng.normal(size=(CLASSES, SAMPLES, 3)) + offset
    return features.reshape(-1, 3), np.repeat(np.arange(CLASSES), SAMPLES)


def margins(features: np.ndarray, i: int, j: int) -> Iterator[float]:
    """Every query of class i, every support of both classes that does not hold it: plain loops."""
    groups = features.reshape(CLASSES, -1, 3)
    count = groups.shape[1]
    for q in range(count):
        for own in combinations(range(count), SHOTS):
            if q in own:
                continue
            for other in combinations(range(count), SHOTS):
                z = groups[i, q]
                near = np.sum((z - groups[i][list(own)].mean(axis=0)) ** 2)
                far = np.sum((z - groups[j][list(other)].mean(axis=0)) ** 2)
                yield float(far - near)


def every_support(sizes: list[int], shots: int, supports: int, seed: int, *, apart: bool) -> sweeps.Supports:
    """All supports in place of drawn ones, and each sample a group of its own."""
    counts, kept, queries = [], [], []
    for size in sizes:
        chosen = list(combinations(range(size), shots))
        in_support = np.zeros((len(chosen), size))
        for row, support in enumerate(chosen):
            in_support[row, list(support)] = 1.0
        out = np.concatenate([np.zeros((1, size)), np.eye(size)])
        counts.append(in_support)
        queries.append(1 - out)
        kept.append(1.0 * ((out @ in_support.T) == 0))
    return sweeps.Supports(counts, kept, queries, apart)


def of(values: list[float]) -> np.ndarray:
    weights = np.full(len(values), 1 / len(values))
    return np.asarray(central.of_values(np.array(values), weights, 8))


def test_all_supports_give_the_moments_of_all_margins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweeps, "draw", every_support)
    features, labels = pool()
    geometry = ClassGeometry.from_features(features, labels)
    moments = geometry.margin_moments(SHOTS, 8)
    assert moments is not None
    unit = geometry.unit**2
    for i in range(CLASSES):
        for j in range(CLASSES):
            if i != j:
                expected = of([value / unit for value in margins(features, i, j)])
                assert moments[:, i, j] == pytest.approx(expected, rel=1e-4)


def test_a_group_left_out_is_as_if_it_were_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweeps, "draw", every_support)
    features, labels = pool()
    whole = ClassGeometry.from_features(features, labels)
    views = whole.left_out(SHOTS)
    assert len(views) == SAMPLES
    keep = np.tile(np.arange(SAMPLES) != 3, CLASSES)
    few = features[keep]
    unit = whole.unit**2
    moments = views[3].margin_moments(SHOTS, 8)
    assert moments is not None
    for i, j in ((0, 1), (2, 0)):
        expected = of([value / unit for value in margins(few, i, j)])
        assert moments[:, i, j] == pytest.approx(expected, rel=1e-4)


def test_every_rung_bounds_the_error_of_the_pool_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweeps, "draw", every_support)
    for seed in range(4):
        features, labels = pool(seed)
        geometry = ClassGeometry.from_features(features, labels)
        wrong = [
            np.mean(np.array(list(margins(features, i, j))) <= 0)
            for i in range(CLASSES)
            for j in range(CLASSES)
            if i != j
        ]
        for name in ("margin_order_4", "margin_order_6", "margin_order_8"):
            answer = catalogue.get(name).evaluate(geometry, Setting(SHOTS, 2), GRANTED)
            assert isinstance(answer, Value)
            assert answer.value >= np.mean(wrong) * (1 - 1e-6), name


def test_drawn_supports_are_near_all_of_them_and_the_seed_decides() -> None:
    features, labels = pool()
    expected = of(list(margins(features, 0, 1)))
    estimates = []
    for seed in range(12):
        geometry = ClassGeometry.from_features(features, labels, seed=seed)
        moments = geometry.margin_moments(SHOTS, 2)
        assert moments is not None
        estimates.append(moments[1:, 0, 1] * np.array([geometry.unit**2, geometry.unit**4]))
    again = ClassGeometry.from_features(features, labels, seed=3).margin_moments(SHOTS, 2)
    assert again is not None
    assert np.array_equal(again[1:, 0, 1] * np.array([geometry.unit**2, geometry.unit**4]), estimates[3])
    spread = np.std(estimates, axis=0, ddof=1) / math.sqrt(len(estimates))
    assert np.all(np.abs(np.mean(estimates, axis=0) - expected[1:3]) < 5 * spread)


def test_a_query_in_its_own_support_would_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: with queries held against supports that contain them the margins come out too large."""

    def careless(sizes: list[int], shots: int, supports: int, seed: int, *, apart: bool) -> sweeps.Supports:
        return every_support(sizes, shots, supports, seed, apart=False)

    monkeypatch.setattr(sweeps, "draw", careless)
    features, labels = pool()
    geometry = ClassGeometry.from_features(features, labels)
    moments = geometry.margin_moments(SHOTS, 1)
    assert moments is not None
    assert moments[1, 0, 1] * geometry.unit**2 > 1.1 * of(list(margins(features, 0, 1)))[1]


def test_blocks_offsets_and_namespaces_change_nothing() -> None:
    import array_api_strict as strict

    features, labels = pool()
    plain = ClassGeometry.from_features(features, labels).margin_moments(SHOTS, 8)
    assert plain is not None

    def batches() -> Iterator[tuple[np.ndarray, np.ndarray]]:
        for start in range(0, len(features), 4):
            yield features[start : start + 4], labels[start : start + 4]

    streamed = ClassGeometry.from_batches(batches).margin_moments(SHOTS, 8)
    assert streamed == pytest.approx(plain, rel=1e-4)
    far = ClassGeometry.from_features(features + 1e4, labels).margin_moments(SHOTS, 8)
    assert far == pytest.approx(plain, rel=1e-3, abs=1e-6)
    other = ClassGeometry.from_features(strict.asarray(features), labels).margin_moments(SHOTS, 8)
    assert np.asarray(other) == pytest.approx(plain, rel=1e-4)


def test_too_few_samples_are_not_applicable() -> None:
    features, labels = pool()
    geometry = ClassGeometry.from_features(features, labels)
    for shots in (SAMPLES, math.inf):
        assert geometry.margin_moments(shots, 8) is None
        answer = catalogue.get("margin_order_8").evaluate(geometry, Setting(shots, 2), GRANTED)
        assert isinstance(answer, NotApplicable)
    assert geometry.left_out(SAMPLES - 1) == []


def covered(scales: Sequence[float], repeats: int) -> list[tuple[float, float]]:
    """Share of draws of 18 samples a class whose interval of the order-8 bound holds the exact one, from
    above and from below, where each of ``scales`` multiplies the jackknife's deviation."""
    rng = np.random.default_rng(8)
    means = rng.normal(size=(6, 6))
    classes = [{"mean": mean.tolist(), "std": 0.45} for mean in means]
    population = from_spec({"family": "gaussian", "classes": classes})
    bound, setting = catalogue.get("margin_order_8"), Setting(5, 2)
    truth = bound.evaluate(population.geometry(), setting, population.granted())
    assert isinstance(truth, Value)

    def draw(seed: int) -> ClassGeometry:
        features = (means[:, None, :] + 0.45 * rng.normal(size=(6, 18, 6))).reshape(-1, 6)
        return ClassGeometry.from_features(features, np.repeat(np.arange(6), 18), seed=seed)

    geometries = map(draw, range(repeats))
    return ends_covered(
        bound, setting, GRANTED, truth.value, geometries, lambda geometry: geometry.left_out(5), scales
    )


def test_the_jackknife_covers_the_exact_bound(full: bool) -> None:
    """At 95 % each end is missed by 2.5 %; of 30 draws (400 with --full) a share of .85 would be missed with
    probability below .001. A tenth of the deviation covers far less often."""
    repeats = 400 if full else 30
    (above, below), tenth = covered((1.0, 0.1), repeats)
    assert above >= 0.85 and below >= 0.85
    assert tenth[0] < 0.85
