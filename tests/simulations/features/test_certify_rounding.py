"""Episodes of certificates: float32 products, with float64 where their rounding could have decided."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from simulations.engines.pool.near_ties import at_least_as_near
from simulations.features.certification import episodes
from simulations.features.certification.checks import ClassRows
from simulations.features.certification.episodes import episode_errors

SHOTS, WAYS = 2, 3


def near_ties() -> list[ClassRows]:
    """Classes by twos, which differ by less than float32 resolves; the last one is larger."""
    rng = np.random.default_rng(0)
    sizes = [14] * 7 + [20]
    means = np.repeat(rng.standard_normal((4, 6)), 2, axis=0)
    own = [mean + 1e-4 * rng.standard_normal((size, 6)) for mean, size in zip(means, sizes, strict=True)]
    features = np.concatenate(own)
    return [ClassRows(features, rows) for rows in np.split(np.arange(len(features)), np.cumsum(sizes)[:-1])]


def by_loops(groups: list[ClassRows], seed: int) -> tuple[Any, Any]:
    """Pair errors and mean errors of tuples, query by query in float64."""
    rng, count = np.random.default_rng(seed), len(groups)
    samples = [group.samples() for group in groups]
    kernel, errors = np.zeros((count, count)), []
    for _ in range(episodes.SPLITS):
        orders = [rng.permutation(len(own)) for own in samples]
        centres = [own[order[:SHOTS]].mean(axis=0) for own, order in zip(samples, orders, strict=True)]
        wrong = {}
        for i, (own, order) in enumerate(zip(samples, orders, strict=True)):
            for j in set(range(count)) - {i}:
                # |q - c_i|^2 - |q - c_j|^2 as a product of differences: nothing cancels.
                apart = centres[j] - centres[i]
                wrong[i, j] = [(q - (centres[i] + centres[j]) / 2) @ apart >= 0 for q in own[order[SHOTS:]]]
                kernel[i, j] += np.mean(wrong[i, j]) / episodes.SPLITS
        for _ in range(episodes.PERMUTATIONS // episodes.SPLITS):
            chopped = rng.permutation(count)[: count // WAYS * WAYS].reshape(-1, WAYS).tolist()
            errors.append([np.mean([_missed(wrong, i, group) for i in group]) for group in chopped])
    return (kernel + kernel.T) / 2, np.array(errors)


def _missed(wrong: dict[tuple[int, int], list[bool]], i: int, group: list[int]) -> float:
    return float(np.mean(np.any([wrong[i, j] for j in group if j != i], axis=0)))


def test_near_ties_are_decided_as_query_by_query(monkeypatch: pytest.MonkeyPatch) -> None:
    groups = near_ties()
    kernel, errors = by_loops(groups, 3)
    results = episode_errors(groups, SHOTS, WAYS, np.random.default_rng(3))
    assert results[2] == len(groups) // WAYS
    np.testing.assert_allclose(results[0], kernel, atol=1e-9)
    np.testing.assert_allclose(results[1], errors, atol=1e-9)
    # Blocks of two rows change nothing; float32 alone is wrong.
    monkeypatch.setattr(episodes, "BLOCK", 12)
    again = episode_errors(groups, SHOTS, WAYS, np.random.default_rng(3))
    np.testing.assert_array_equal(again[1], results[1])
    monkeypatch.setattr(episodes, "UNIT", -1.0)
    blind = episode_errors(groups, SHOTS, WAYS, np.random.default_rng(3))
    assert np.max(np.abs(blind[1] - errors)) > 0.1


def test_near_classes_beside_a_far_one_are_not_tied() -> None:
    """Two classes 1e-6 of the distance to a third apart, and 3e-8 wide, never err; in units of the largest
    distance all their scores once were ties."""
    rng = np.random.default_rng(5)
    features = 1e-8 * rng.standard_normal((36, 4))
    features[12:24, 0] += 1e-6
    features[24:, 1] += 1.0
    groups = [ClassRows(features, rows) for rows in np.split(np.arange(36), 3)]
    kernel, errors, _ = episode_errors(groups, SHOTS, WAYS, np.random.default_rng(1))
    assert not np.any(kernel) and not np.any(errors)
    # Half the samples of the first two classes the other way round: as many errors as of equal classes.
    features[[*range(6), *range(12, 18)], 0] = features[[*range(12, 18), *range(6)], 0]
    assert episode_errors(groups, SHOTS, WAYS, np.random.default_rng(1))[0][0, 1] > 0.2


def test_true_ties_are_errors(monkeypatch: pytest.MonkeyPatch) -> None:
    """Queries at 1 lie in the middle of centres at 0 and 2, wherever these are moved without rounding."""
    line = np.repeat([[0.0], [2.0], [1.0]], 6, axis=0)
    parts = [np.r_[0:6], np.r_[6:12], np.r_[0:3, 6:9, 12:18]]
    expected = by_loops([ClassRows(line, rows) for rows in parts], 3)
    for shift, scale in ((0.0, 1.0), (1e5, 0.25), (0.0, 1e-7), (0.0, 1 / 3)):
        groups = [ClassRows(shift + scale * line, rows) for rows in parts]
        results = episode_errors(groups, SHOTS, WAYS, np.random.default_rng(3))
        np.testing.assert_allclose(results[0], expected[0], atol=1e-12)
        np.testing.assert_allclose(results[1], expected[1], atol=1e-12)
    # The control: ties that are none.
    strictly = lambda query, pairs: ~at_least_as_near(query, [pair[::-1] for pair in pairs])  # noqa: E731 - put in as it is
    monkeypatch.setattr(episodes, "at_least_as_near", strictly)
    fewer = episode_errors(groups, SHOTS, WAYS, np.random.default_rng(3))[0]
    assert np.sum(fewer) < np.sum(expected[0]) - 0.05
