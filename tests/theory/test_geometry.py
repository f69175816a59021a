"""Routes to the geometry agree: closed form, one array, batches; NumPy, array-api-strict, torch."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator
from typing import Any

import array_api_strict
import numpy as np
import pytest

from theory import ClassGeometry, Setting, catalogue, cdnv, directional
from theory.assumptions import BoundedKurtosis, SubGaussian
from theory.bound import Value
from theory.collapse import CDNV, nc1, nc2, nc3, nc4

GRANTED = [BoundedKurtosis(), SubGaussian(3.0)]
FIELDS = (
    "variances",
    "squared_distances",
    "largest_eigenvalues",
    "squared_traces",
    "trace_products",
    "directional_variances",
    "third_moments_along",
    "fourth_moments",
    "directional_fourth_moments",
)


def sample(classes: int = 6, per_class: int = 40, dimension: int = 8, seed: int = 0) -> tuple[Any, Any]:
    """Skewed anisotropic classes, rows shuffled."""
    rng = np.random.default_rng(seed)
    means = rng.normal(size=(classes, dimension)) * 1.5
    noise = rng.exponential(size=(classes, per_class, dimension)) - 1
    scale = rng.uniform(0.2, 0.8, size=(classes, 1, dimension))
    features = (means[:, None] + noise * scale).reshape(-1, dimension)
    labels = np.repeat(np.arange(classes), per_class)
    order = rng.permutation(len(labels))
    return features[order], labels[order]


def torch_tensor(features: Any) -> Any:
    torch = pytest.importorskip("torch", reason="torch is not installed")
    return torch.tensor(features)


NAMESPACES = {"strict": array_api_strict.asarray, "torch": torch_tensor}


@pytest.mark.parametrize("estimator", ["plugin", "debiased"])
@pytest.mark.parametrize("namespace", sorted(NAMESPACES))
def test_every_field_and_bound_is_the_same_in_every_namespace(namespace: str, estimator: str) -> None:
    features, labels = sample()
    here = ClassGeometry.from_features(features, labels, estimator=estimator)
    there = ClassGeometry.from_features(NAMESPACES[namespace](features), labels, estimator=estimator)
    for field in FIELDS:
        value = getattr(there, field)
        assert type(value).__module__.split(".")[0] in (namespace, "array_api_strict")
        np.testing.assert_allclose(np.asarray(value), getattr(here, field), rtol=1e-10, atol=1e-13)
    for name in CDNV:
        one, two = cdnv(here, name), cdnv(there, name)  # type: ignore[arg-type]
        assert type(two) is type(there.variances)
        np.testing.assert_allclose(np.asarray(two), one, rtol=1e-10)
    np.testing.assert_allclose(np.asarray(directional(there)), directional(here), rtol=1e-9)
    for bound in catalogue.STATEMENTS:
        one = bound.evaluate(here, Setting(10, 5), GRANTED)
        two = bound.evaluate(there, Setting(10, 5), GRANTED)
        assert type(one) is type(two), bound.name
        if isinstance(one, Value) and isinstance(two, Value):
            assert two.value == pytest.approx(one.value, rel=1e-8), bound.name


@pytest.mark.parametrize("estimator", ["plugin", "debiased"])
@pytest.mark.parametrize("size", [1, 7, 50, 1000])
def test_batches_are_the_same_as_one_array(size: int, estimator: str) -> None:
    features, labels = sample()

    def batches() -> Iterator[tuple[Any, Any]]:
        for start in range(0, len(labels), size):
            yield features[start : start + size], labels[start : start + size]

    whole = ClassGeometry.from_features(features, labels, estimator=estimator)
    streamed = ClassGeometry.from_batches(batches, estimator=estimator)
    order = [streamed.names.index(name) for name in whole.names]
    for field in FIELDS:
        value, expected = np.asarray(getattr(streamed, field)), np.asarray(getattr(whole, field))
        value = value[order] if value.ndim == 1 else value[np.ix_(order, order)]
        np.testing.assert_allclose(value, expected, rtol=1e-9, atol=1e-13, err_msg=field)


def test_plugin_moments_are_those_of_the_sample_as_a_law() -> None:
    """The sample as a finite-support population has, in closed form, the plug-in geometry."""
    from simulations.populations.finite_support import FiniteSupport

    features, labels = sample(classes=3, per_class=5, dimension=2, seed=3)
    law = FiniteSupport(
        [features[labels == c].tolist() for c in range(3)], [[0.2] * 5 for _ in range(3)]
    ).geometry()
    plugin = ClassGeometry.from_features(features, labels, estimator="plugin")
    for field in FIELDS:
        power = {"variances": 2, "squared_distances": 2, "largest_eigenvalues": 2, "directional_variances": 2}
        scale = (plugin.unit / law.unit) ** power.get(field, 4)
        np.testing.assert_allclose(
            np.asarray(getattr(plugin, field)) * scale,
            getattr(law, field),
            rtol=1e-9,
            atol=1e-12,
            err_msg=field,
        )


@pytest.mark.parametrize("offset", [1e2, 1e4, 1e6])
def test_an_offset_costs_no_digits(offset: float) -> None:
    """On data that is exactly representable with the offset, nothing changes beyond 1e-11."""
    features, labels = sample()
    exact = np.round(features * 2**16) / 2**16
    here = ClassGeometry.from_features(exact, labels)
    there = ClassGeometry.from_features(exact + offset, labels)
    for field in FIELDS:
        np.testing.assert_allclose(
            np.asarray(getattr(there, field)), getattr(here, field), rtol=1e-11, atol=1e-13, err_msg=field
        )


def test_float32_features_are_reduced_in_float64() -> None:
    features, labels = sample()
    single = (features + 100).astype(np.float32)
    one = ClassGeometry.from_features(single, labels)
    two = ClassGeometry.from_features(single.astype(np.float64), labels)
    np.testing.assert_array_equal(np.asarray(one.variances), np.asarray(two.variances))


MOMENTS = ("variances", "squared_distances", "squared_traces", "along")


def estimates(estimator: str, per_class: int, repeats: int) -> dict[str, Any]:
    """Averages over many small samples of one skewed law, and the truth, in raw units."""
    classes, dimension = 3, 4
    rng = np.random.default_rng(7)
    means = rng.normal(size=(classes, dimension))
    scale = rng.uniform(0.5, 1.5, size=(classes, dimension))
    sums: dict[str, list[Any]] = {name: [] for name in MOMENTS}
    labels = np.repeat(np.arange(classes), per_class)
    for _ in range(repeats):
        noise = rng.exponential(size=(classes, per_class, dimension)) - 1
        features = (means[:, None] + noise * scale[:, None]).reshape(-1, dimension)
        geometry = ClassGeometry.from_features(features, labels, estimator=estimator)
        unit = geometry.unit
        sums["variances"].append(np.asarray(geometry.variances) * unit**2)
        sums["squared_distances"].append(np.asarray(geometry.squared_distances) * unit**2)
        sums["squared_traces"].append(np.asarray(geometry.squared_traces) * unit**4)
        along = np.asarray(geometry.directional_variances) * np.asarray(geometry.squared_distances)
        sums["along"].append(along * unit**4)
    gaps = means[:, None] - means[None, :]
    truth = {
        "variances": np.sum(scale**2, axis=1),
        "squared_distances": np.sum(gaps**2, axis=2),
        "squared_traces": np.sum(scale**4, axis=1),
        "along": np.einsum("ijr,ir->ij", gaps**2, scale**2),
    }
    statistics: dict[str, Any] = {}
    for name, values in sums.items():
        stack = np.stack(values)
        error = stack.std(axis=0) / np.sqrt(repeats)
        statistics[name] = (stack.mean(axis=0), error, truth[name])
    return statistics


def worst_z(mean: Any, error: Any, truth: Any, allowance: float) -> float:
    """Largest distance from the truth beyond the allowed relative bias, in standard errors."""
    beyond = np.maximum(np.abs(mean - truth) - allowance * np.abs(truth), 0.0)
    return float(np.max(np.where(error > 0, beyond / np.where(error > 0, error, 1), 0.0)))


def test_the_debiased_estimator_is_unbiased_and_the_plugin_is_not() -> None:
    """v and d^2 exactly; tr S^2 and D'S D to second order in 1/N (5 % at N = 16). The same check fails on
    plug-in moments (negative control)."""
    allowance = {"variances": 0.0, "squared_distances": 0.0, "squared_traces": 0.05, "along": 0.05}
    good = estimates("debiased", 16, 1500)
    bad = estimates("plugin", 16, 1500)
    for name in MOMENTS:
        assert worst_z(*good[name], allowance[name]) < 5, name
        assert worst_z(*bad[name], allowance[name]) > 5, name


def test_plugin_cdnv_is_far_too_small_from_five_samples() -> None:
    """100 classes, p = 512, true CDNV 5.56: about 75 % too small at N = 5, about 20 % at N = 50."""
    rng = np.random.default_rng(11)
    classes, dimension = 60, 512
    means = rng.normal(size=(classes, dimension)) * np.sqrt(1 / (2 * 5.56))
    for per_class, low, high in ((5, 0.6, 0.9), (50, 0.1, 0.3)):
        features = (means[:, None] + rng.normal(size=(classes, per_class, dimension))).reshape(-1, dimension)
        labels = np.repeat(np.arange(classes), per_class)
        plugin = ClassGeometry.from_features(features, labels, estimator="plugin")
        off = ~np.eye(classes, dtype=bool)
        short = 1 - np.asarray(cdnv(plugin))[off].mean() / 5.56
        assert low < short < high
        debiased = ClassGeometry.from_features(features, labels)
        assert np.median(np.asarray(cdnv(debiased))[off & np.asarray(debiased.resolved)]) == pytest.approx(
            5.56, rel=0.25
        )


def test_collapse_metrics_of_a_perfect_simplex() -> None:
    from simulations.populations.simplex_etf import SimplexETF

    geometry = SimplexETF(5, 6, cdnv=0.0).geometry()
    assert nc1(geometry) == pytest.approx(0, abs=1e-12)
    assert nc2(geometry)["norms"] == pytest.approx(0, abs=1e-12)
    assert nc2(geometry)["angles"] == pytest.approx(0, abs=1e-12)
    means = np.asarray(geometry.means)
    weights = (means - means.mean(axis=0)) * 3.7
    assert nc3(geometry, weights) == pytest.approx(0, abs=1e-12)
    assert nc3(geometry, -weights) == pytest.approx(4, abs=1e-12)


def test_nc1_against_its_definition() -> None:
    features, labels = sample()
    geometry = ClassGeometry.from_features(features, labels, estimator="plugin")
    means = np.stack([features[labels == c].mean(axis=0) for c in range(6)])
    within = np.mean([np.cov(features[labels == c].T, bias=True) for c in range(6)], axis=0)
    between = np.cov(means.T, bias=True)
    assert nc1(geometry) == pytest.approx(np.trace(within @ np.linalg.pinv(between)) / 6, rel=1e-8)


def test_nc4_counts_disagreements() -> None:
    features = np.array([[0.0, 0.0], [2.0, 0.0], [0.9, 0.0], [1.1, 0.0]])
    means = np.array([[0.0, 0.0], [2.0, 0.0]])
    weights, bias = np.array([[0.0, 0.0], [1.0, 0.0]]), np.array([0.95, 0.0])
    assert nc4(features, means, weights, bias) == 0.0
    assert nc4(features, means, weights, np.array([1.05, 0.0])) == 0.0
    assert nc4(features, means, weights, np.array([1.5, 0.0])) == 0.25


@pytest.mark.parametrize(
    ("features", "labels", "words"),
    [
        (np.ones((4, 2)), [0, 0, 1], "one label a sample"),
        (np.ones(4), [0, 0, 1, 1], "shape"),
        (np.array([[0.0], [1.0], [np.nan], [2.0]]), [0, 0, 1, 1], "NaN"),
        (np.array([[0.0], [1.0], [np.inf], [2.0]]), [0, 0, 1, 1], "NaN or infinity"),
        (np.array([[0.0], [1.0], [2.0]]), [0, 0, 1], "one sample"),
        (np.array([[0.0], [1.0]]), [0, 0], "at least two classes"),
        (np.array([[0.0], [1.0]]), [0.5, 1.5], "integers or strings"),
    ],
)
def test_bad_features_are_refused(features: Any, labels: Any, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        ClassGeometry.from_features(features, np.asarray(labels))


def test_directional_cdnv_forms_no_square_matrix_a_class() -> None:
    """With fewer samples than dimensions peak memory stays far below classes * p * p numbers."""
    rng = np.random.default_rng(0)
    classes, per_class, dimension = 40, 10, 600
    features = rng.normal(size=(classes * per_class, dimension))
    labels = np.repeat(np.arange(classes), per_class)
    geometry = ClassGeometry.from_features(features, labels, estimator="plugin")
    tracemalloc.start()
    _ = geometry.directional_variances
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 8 * dimension * dimension * 2


def collapsed() -> tuple[Any, Any]:
    """Classes of spread 1e-3, two of them 2e-3 apart and the rest at distances near 1; exact in float64."""
    rng = np.random.default_rng(5)
    means = rng.normal(size=(9, 5))
    means[1] = means[0] + 1e-3
    features = (means[:, None] + 1e-3 * rng.normal(size=(9, 7, 5))).reshape(-1, 5)
    return np.round(features * 2**30) / 2**30, np.repeat(np.arange(9), 7)


@pytest.mark.parametrize("offset", [0.0, 1e4])
def test_moments_along_near_means_keep_their_digits(offset: float) -> None:
    """Fewer rows than classes, where differences are taken of products: against extended precision."""
    features, labels = collapsed()
    computed = ClassGeometry.from_features(features + offset, labels, estimator="plugin")
    exact = features.astype(np.longdouble)
    means = np.stack([exact[labels == c].mean(axis=0) for c in range(9)])
    for i in range(9):
        rows = exact[labels == i] - means[i]
        gaps = rows @ (means - means[i]).T
        squares = np.sum((means - means[i]) ** 2, axis=1)
        squares[i] = 1
        along = np.mean(gaps**2, axis=0) / squares / np.longdouble(computed.unit) ** 2
        np.testing.assert_allclose(computed.directional_variances[i], along.astype(float), rtol=1e-12)


@pytest.mark.parametrize("estimator", ["plugin", "debiased"])
def test_small_pieces_and_narrow_stripes_change_nothing(
    estimator: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every block in many pieces, and the covariances in many passes of few rows."""
    from theory.geometry import blocks, traces

    features, labels = sample(classes=4, per_class=50, dimension=13)
    whole = ClassGeometry.from_features(features, labels, estimator=estimator)
    expected = {field: np.asarray(getattr(whole, field)) for field in FIELDS}
    assert len(list(traces.passes(13, 4))) == 1
    monkeypatch.setattr(blocks, "PIECE", 13 * 11)
    monkeypatch.setattr(blocks, "TALL", 1)
    monkeypatch.setattr(traces, "STRIPES", 4 * 4 * 13 * 5)
    monkeypatch.setattr(traces, "STRIPE_ROWS", 3)
    monkeypatch.setattr(traces, "JOINED", 25)
    assert len(list(traces.passes(13, 4, traces.STRIPES // 4))) > 2
    pieces = ClassGeometry.from_features(features, labels, estimator=estimator)
    for field, value in expected.items():
        np.testing.assert_allclose(getattr(pieces, field), value, rtol=1e-11, atol=1e-13, err_msg=field)


@pytest.mark.parametrize("scale", [2.0**-240, 2.0**-110, 2.0**110, 2.0**240])
def test_no_scale_of_the_features_matters(scale: float) -> None:
    """Not even one at which fourth powers leave the range of a double."""
    features, labels = sample()
    here = ClassGeometry.from_features(features, labels)
    there = ClassGeometry.from_features(features * scale, labels)
    assert there.unit == pytest.approx(here.unit * scale, rel=1e-14)
    for field in FIELDS:
        np.testing.assert_allclose(
            getattr(there, field), getattr(here, field), rtol=1e-11, atol=1e-13, err_msg=field
        )


def test_streaming_holds_a_block_and_the_stripes_at_most() -> None:
    """1000 classes in 768 dimensions, read in batches: means, variances and directional variances."""
    rng = np.random.default_rng(0)
    labels, means = np.repeat(np.arange(1000), 3), rng.standard_normal((1000, 768))

    def batches() -> Iterator[tuple[Any, Any]]:
        for first in range(0, len(labels), 300):
            few = labels[first : first + 300]
            yield means[few] + rng.standard_normal((len(few), 768)), few

    tracemalloc.start()
    geometry = ClassGeometry.from_batches(batches, estimator="plugin")
    _ = geometry.variances, geometry.directional_variances
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 150 * 2**20


def test_rows_in_lists_are_features_too() -> None:
    rows, labels = [[0.0, 1.0], [0.0, 3.0], [4.0, 1.0], [4.0, 5.0]], [0, 0, 1, 1]
    from_lists, same = (ClassGeometry.from_features(given, labels) for given in (rows, np.array(rows)))
    np.testing.assert_array_equal(from_lists.means, same.means)
    np.testing.assert_array_equal(from_lists.variances, same.variances)


def test_what_rounding_leaves_of_a_distance_is_no_distance() -> None:
    """The squared distance of the means of the last two classes is exactly the noise of both: 16/81."""
    features = np.array([1, 1, 1, 0, 1, 1, 0, 0, 0, 1, 0, 1, 0, 0, -1, 1, 0])[:, None]
    labels = np.repeat([0, 1, 2], [4, 9, 4])
    for scale in (1.0, 1 / 3, 1e-8, 7e5):
        geometry = ClassGeometry.from_features(features * scale, labels)
        assert ("1", "2") in geometry.unresolved_pairs
        moved = ClassGeometry.from_features(features * scale + (labels == 2)[:, None] * -0.01 * scale, labels)
        assert ("1", "2") not in moved.unresolved_pairs
