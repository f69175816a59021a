"""Margins of stored features against the nearest of the other classes: against the enumeration of every
support, left out, in blocks, and in interval."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import combinations, product

import numpy as np
import pytest

from simulations.populations.finite_support import FiniteSupport
from tests.theory.helpers_jackknife import ends_covered
from theory import ClassGeometry, Setting, catalogue
from theory.assumptions import BoundedKurtosis, FiniteMoments, Granted
from theory.bound import NotApplicable, Value
from theory.geometry.margins import nearest_sweeps, sweeps

GRANTED = Granted([BoundedKurtosis(), FiniteMoments()])
CLASSES, SAMPLES, SHOTS = 4, 4, 2


def pool(seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    means = np.array([[0.0, 0.0], [2.0, 0.5], [0.0, 2.5], [1.5, 1.5]])
    features = means[:, None, :] + 0.7 * rng.normal(size=(CLASSES, SAMPLES, 2))
    return features.reshape(-1, 2), np.repeat(np.arange(CLASSES), SAMPLES)


def by_loops(features: np.ndarray, i: int, ways: int) -> dict[int, list[tuple[float, float]]]:
    """Weight and margin of every outcome where j is the nearest: every query, every support of every class,
    every choice of classes."""
    groups = features.reshape(CLASSES, -1, 2)
    size = groups.shape[1]
    centres = [
        [(set(rows), groups[c][list(rows)].mean(axis=0)) for rows in combinations(range(size), SHOTS)]
        for c in range(CLASSES)
    ]
    outcomes: dict[int, list[tuple[float, float]]] = {j: [] for j in range(CLASSES) if j != i}
    for chosen in combinations(sorted(outcomes), ways - 1):
        for q in range(size):
            own = [float(np.sum((groups[i][q] - m) ** 2)) for rows, m in centres[i] if q not in rows]
            squares = [[float(np.sum((groups[i][q] - m) ** 2)) for _, m in centres[j]] for j in chosen]
            for choice in product(*squares):
                least = min(choice)
                rows = outcomes[chosen[choice.index(least)]]
                rows += [(1.0 / len(own), least - square) for square in own]
    total = math.comb(CLASSES - 2, ways - 2) * size * len(centres[0]) ** (ways - 1)
    return {j: [(weight / total, value) for weight, value in rows] for j, rows in outcomes.items()}


def every_support(sizes: list[int], shots: int, supports: int, seed: int, *, apart: bool) -> sweeps.Supports:
    """All supports of all classes together, in place of drawn ones, and each sample a group of its own."""
    chosen = list(product(*(combinations(range(size), shots) for size in sizes)))
    counts = [np.zeros((len(chosen), size)) for size in sizes]
    avoided = np.ones((1 + sizes[0], len(chosen)))
    for row, subset in enumerate(chosen):
        for c, support in enumerate(subset):
            counts[c][row, list(support)] = 1.0
            avoided[[1 + sample for sample in support], row] = 0.0
    queries = [1 - np.concatenate([np.zeros((1, size)), np.eye(size)]) for size in sizes]
    return sweeps.Supports(counts, [avoided] * len(sizes), queries, apart)


def check(moments: np.ndarray, rows: list[tuple[float, float]], unit: float) -> None:
    share = sum(weight for weight, _ in rows)
    assert moments[0] == pytest.approx(share, rel=1e-6, abs=1e-9)
    if not rows:
        return
    mean = sum(weight * value for weight, value in rows) / share
    central = [sum(w * (x - mean) ** q for w, x in rows) / share for q in range(2, 9)]
    scale = [unit ** (2 * q) for q in range(1, 9)]
    assert moments[1:] * scale == pytest.approx([mean, *central], rel=1e-4, abs=1e-4)


@pytest.mark.parametrize("ways", [3, 4])
def test_all_supports_give_the_moments_of_all_outcomes(ways: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nearest_sweeps, "draw", every_support)
    features, labels = pool()
    geometry = ClassGeometry.from_features(features, labels)
    moments = geometry.nearest_moments(SHOTS, ways, 8)
    assert moments is not None
    for i in (0, 2):
        for j, rows in by_loops(features, i, ways).items():
            check(moments[:, i, j], rows, geometry.unit)


def test_a_group_left_out_is_as_if_it_were_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nearest_sweeps, "draw", every_support)
    features, labels = pool(1)
    whole = ClassGeometry.from_features(features, labels)
    views = whole.left_out_nearest(SHOTS, 3)
    assert len(views) == SAMPLES
    few = features[np.tile(np.arange(SAMPLES) != 2, CLASSES)]
    moments = views[2].nearest_moments(SHOTS, 3, 8)
    assert moments is not None
    for j, rows in by_loops(few, 0, 3).items():
        check(moments[:, 0, j], rows, whole.unit)


def test_a_wrong_share_of_the_subsets_would_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: with the shares of one way more the nearest is too rarely one of the far classes."""
    genuine = nearest_sweeps._shares
    monkeypatch.setattr(nearest_sweeps, "draw", every_support)
    monkeypatch.setattr(nearest_sweeps, "_shares", lambda classes, ways: genuine(classes, ways + 1))
    features, labels = pool()
    geometry = ClassGeometry.from_features(features, labels)
    moments = geometry.nearest_moments(SHOTS, 3, 8)
    assert moments is not None
    with pytest.raises(AssertionError):
        for j, rows in by_loops(features, 0, 3).items():
            check(moments[:, 0, j], rows, geometry.unit)


def test_bounds_the_error_of_the_pool_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nearest_sweeps, "draw", every_support)
    monkeypatch.setattr(sweeps, "draw", _one_by_one)
    for seed in range(3):
        features, labels = pool(seed)
        geometry = ClassGeometry.from_features(features, labels)
        for ways in (3, 4):
            share = (ways - 1) / (CLASSES - 1)
            wrong = [
                share
                * sum(weight for rows in by_loops(features, i, ways).values() for weight, x in rows if x <= 0)
                for i in range(CLASSES)
            ]
            for order in (4, 8):
                value, summed = (
                    catalogue.get(f"{kind}_order_{order}").evaluate(geometry, Setting(SHOTS, ways), GRANTED)
                    for kind in ("nearest", "margin")
                )
                assert isinstance(value, Value) and isinstance(summed, Value)
                assert np.mean(wrong) * (1 - 1e-6) <= value.value <= summed.value * (1 + 1e-4)


def _one_by_one(sizes: list[int], shots: int, supports: int, seed: int, *, apart: bool) -> sweeps.Supports:
    """All supports of each class on its own."""
    counts = []
    for size in sizes:
        chosen = list(combinations(range(size), shots))
        in_support = np.zeros((len(chosen), size))
        for row, support in enumerate(chosen):
            in_support[row, list(support)] = 1.0
        counts.append(in_support)
    kept = [np.ones((1, len(support_rows))) for support_rows in counts]
    return sweeps.Supports(counts, kept, [np.ones((1, size)) for size in sizes], apart)


@pytest.mark.parametrize(("sizes", "shots"), [([18] * 6, 5), ([18] * 6, 1), ([40, 23, 60], 5), ([12] * 3, 6)])
def test_supports_drawn_together(sizes: list[int], shots: int) -> None:
    """Every support holds ``shots`` samples and each of them as often as any other; one that counts without a
    group has none of its samples, in any class; and every group is avoided by some."""
    sampled = nearest_sweeps.draw(sizes, shots, 400, 3, apart=True)
    assert sampled is not None
    for counts, kept, is_query in zip(sampled.counts, sampled.kept, sampled.is_query, strict=True):
        assert np.all(counts.sum(axis=1) == shots) and np.max(counts) == 1
        assert np.array_equal(kept, sampled.kept[0]) and len(kept) > 10 and np.all(kept.sum(axis=1) > 0)
        out = 1 - is_query[1:]
        assert np.all(out.sum(axis=0) == 1)
        assert not np.any((out @ counts.T) * kept[1:])
    often = np.concatenate(
        [
            np.concatenate(
                [nearest_sweeps.draw(sizes, shots, 40, seed, apart=True).counts[0] for seed in range(60)]
            )  # type: ignore[union-attr]
        ]
    ).mean(axis=0)
    assert np.all(np.abs(often - shots / sizes[0]) < 0.09)


def test_the_seed_decides_and_namespaces_and_blocks_change_nothing() -> None:
    import array_api_strict as strict

    features, labels = pool()
    plain, again, other = (
        ClassGeometry.from_features(features, labels, seed=seed).nearest_moments(SHOTS, 3, 8)
        for seed in (0, 0, 1)
    )
    assert plain is not None and np.array_equal(plain, again) and not np.array_equal(plain, other)

    def batches() -> Iterator[tuple[np.ndarray, np.ndarray]]:
        for start in range(0, len(features), 3):
            yield features[start : start + 3], labels[start : start + 3]

    streamed = ClassGeometry.from_batches(batches).nearest_moments(SHOTS, 3, 8)
    assert streamed == pytest.approx(plain, rel=1e-4, abs=1e-6)
    elsewhere = ClassGeometry.from_features(strict.asarray(features), labels)
    assert np.asarray(elsewhere.nearest_moments(SHOTS, 3, 8)) == pytest.approx(plain, rel=1e-4, abs=1e-6)


def test_too_few_samples_are_not_applicable_and_plug_in_has_no_interval() -> None:
    features, labels = pool()
    geometry = ClassGeometry.from_features(features, labels)
    for shots in (SAMPLES, math.inf):
        answer = catalogue.get("nearest_order_8").evaluate(geometry, Setting(shots, 3), GRANTED)
        assert isinstance(answer, NotApplicable)
    assert geometry.left_out_nearest(SAMPLES - 1, 3) == []
    plugin = ClassGeometry.from_features(features, labels, estimator="plugin")
    assert plugin.nearest_moments(SHOTS, 3, 2) is not None and plugin.left_out_nearest(SHOTS, 3) == []


def covered(scales: Sequence[float], repeats: int) -> list[tuple[float, float]]:
    """Share of draws of 18 samples a class whose interval of the order-8 bound holds the exact one, from
    above and from below, where each of ``scales`` multiplies the jackknife's deviation."""
    rng = np.random.default_rng(8)
    atoms = (rng.normal(size=(5, 1, 6)) + 0.45 * rng.normal(size=(5, 8, 6))).round(3)
    population = FiniteSupport(atoms.tolist(), [[0.125] * 8] * 5)
    bound, setting = catalogue.get("nearest_order_8"), Setting(2, 4)
    truth = bound.evaluate(population.geometry(), setting, population.granted())
    assert isinstance(truth, Value)

    def draw(seed: int) -> ClassGeometry:
        features = atoms[np.arange(5)[:, None], rng.integers(0, 8, (5, 18))].reshape(-1, 6)
        return ClassGeometry.from_features(features, np.repeat(np.arange(5), 18), seed=seed)

    geometries = map(draw, range(repeats))
    return ends_covered(
        bound,
        setting,
        GRANTED,
        truth.value,
        geometries,
        lambda geometry: geometry.left_out_nearest(2, 4),
        scales,
    )


def test_the_jackknife_covers_the_exact_bound(full: bool) -> None:
    """At 95 % each end is missed by 2.5 %; of 25 draws (400 with --full) a share of .84 would be missed with
    probability below .001. A tenth of the deviation covers far less often."""
    repeats = 400 if full else 25
    (above, below), tenth = covered((1.0, 0.1), repeats)
    assert above >= 0.84 and below >= 0.84
    assert min(tenth) < 0.84
