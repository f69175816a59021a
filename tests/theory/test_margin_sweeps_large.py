"""Margins of many classes: memory of one class's sums, fewer queries where work is limited, and a reason."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest

from theory import ClassGeometry, Setting, catalogue
from theory.assumptions import BoundedKurtosis, FiniteMoments, Granted
from theory.bound import NotApplicable, Value
from theory.geometry.margins import sweeps

GRANTED = Granted([BoundedKurtosis(), FiniteMoments()])


def pool(classes: int, samples: int, dimension: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(5)
    means = rng.normal(size=(classes, 1, dimension))
    features = (means + 0.5 * rng.normal(size=(classes, samples, dimension))).reshape(-1, dimension)
    return features, np.repeat(np.arange(classes), samples)


def test_sums_of_one_class_are_held_at_a_time() -> None:
    """All classes' sums and centres at once took 21 GiB for 1,000 classes: 30 times what is returned."""
    features, labels = pool(100, 6, 48)
    geometry = ClassGeometry.from_features(features, labels)
    assert geometry.means is not None
    tracemalloc.start()
    moments = geometry.margin_moments(1, 8)
    bound = catalogue.get("margin_order_8").evaluate(geometry, Setting(1, 2), GRANTED)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert moments is not None and isinstance(bound, Value)
    stored = moments.nbytes * (1 + len(geometry.left_out(1)))
    assert peak < 6 * stored + (48 << 20), (peak >> 20, stored >> 20)


def test_rows_of_a_ladder_are_those_of_the_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    from theory.bound import blocks

    features, labels = pool(7, 8, 4)
    geometry, setting = ClassGeometry.from_features(features, labels), Setting(1, 3)
    bound = catalogue.get("margin_order_8")
    whole, chosen = bound.certificate(geometry, setting, GRANTED)  # type: ignore[attr-defined]
    monkeypatch.setattr(blocks, "CHUNK", 1)
    assert len(bound._chunks(geometry)) == 7  # type: ignore[attr-defined]
    by_rows, also = bound.certificate(geometry, setting, GRANTED)  # type: ignore[attr-defined]
    assert np.array_equal(whole, by_rows) and np.array_equal(chosen, also)


def test_fewer_queries_are_those_samples_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Against plain loops over the queries that are left, each with every drawn support that lacks it."""
    features, labels = pool(3, 9, 4)
    monkeypatch.setattr(sweeps, "FEWEST_ASKED", 2)
    monkeypatch.setattr(sweeps, "MOST_WORK", 4 * 3**2 * sweeps.FEWEST * (4 + sweeps.POWERS) + 1.0)
    assert sweeps.queries_for([9, 9, 9], 4) == 4
    geometry = ClassGeometry.from_features(features, labels, seed=2)
    moments = geometry.margin_moments(2, 2)
    assert moments is not None
    supports = sweeps.supports_for([9, 9, 9], 4)
    sampled = sweeps.limit_queries(sweeps.draw([9, 9, 9], 2, supports, 2, apart=True), 4, 2)  # type: ignore[arg-type]
    groups = features.reshape(3, 9, 4)
    for i, j in ((0, 1), (2, 0)):
        queries = np.flatnonzero(sampled.is_query[i][0])
        assert len(queries) == 4
        means = []
        for q in queries:
            gaps = [
                np.sum((groups[i, q] - sampled.counts[c] @ groups[c] / 2) ** 2, axis=1)[
                    sampled.counts[c][:, q] == 0 if c == i else slice(None)
                ].mean()
                for c in (i, j)
            ]
            means.append(gaps[1] - gaps[0])
        assert moments[1, i, j] * geometry.unit**2 == pytest.approx(np.mean(means), rel=1e-5)


def test_too_much_work_has_a_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweeps, "MOST_WORK", 1.0)
    features, labels = pool(5, 40, 3)
    geometry = ClassGeometry.from_features(features, labels)
    assert geometry.margin_moments(1, 8) is None and geometry.left_out(1) == []
    for name in ("margin_order_4", "margin_order_8"):
        answer = catalogue.get(name).evaluate(geometry, Setting(1, 2), GRANTED)
        assert isinstance(answer, NotApplicable)
        assert "5 classes in dimension 3" in answer.reason
