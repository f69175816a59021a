"""Episodes of certificates: float32 products, with float64 where their rounding could have decided."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

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
    monkeypatch.setattr(episodes, "TIE", -1.0)
    blind = episode_errors(groups, SHOTS, WAYS, np.random.default_rng(3))
    assert np.max(np.abs(blind[1] - errors)) > 0.1
