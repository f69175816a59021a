"""Counts of so many draws that weights about 1/n round: rare parts are Poisson, others share the rest."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import chisquare, poisson

from simulations.runtime.arrays import MOST_BINOMIAL, multinomial

EPISODES = 20_000


@pytest.mark.parametrize("place", [0, 1, 2])
@pytest.mark.parametrize("shots", [10**14, 10**16, 10**17])
def test_a_part_of_weight_about_one_in_n_is_poisson(shots: int, place: int) -> None:
    weights = np.insert([0.25, 0.75 - 1.5 / shots], place, 1.5 / shots)
    rng = np.random.default_rng(shots % 97 + place)
    counts = multinomial(rng, shots, weights, EPISODES)
    assert np.all(counts.sum(axis=1) == shots) and np.all(counts >= 0)
    seen = np.bincount(np.minimum(counts[:, place], 6), minlength=7)
    expected = EPISODES * np.append(poisson.pmf(range(6), 1.5), poisson.sf(5, 1.5))
    assert chisquare(seen, expected).pvalue > 1e-6
    quarter = np.delete(counts, place, axis=1)[:, 0]
    z = (quarter / shots - 0.25) / np.sqrt(0.25 * 0.75 / shots)
    assert abs(np.mean(z)) < 5 / np.sqrt(EPISODES) and np.std(z) == pytest.approx(1, abs=0.03)


def test_numpys_own_counts_are_wrong_there() -> None:
    """The control: the same check sees it."""
    shots, rng = 10**17, np.random.default_rng(0)
    counts = rng.multinomial(shots, [0.25, 0.75 - 1.5 / shots, 1.5 / shots], size=EPISODES)[:, 2]
    seen = np.bincount(np.minimum(counts, 6), minlength=7)
    expected = EPISODES * np.append(poisson.pmf(range(6), 1.5), poisson.sf(5, 1.5))
    assert chisquare(seen, expected).pvalue < 1e-9


def test_few_draws_are_numpys() -> None:
    weights = np.array([1e-7, 0.4, 0.6 - 1e-7])
    ours = multinomial(np.random.default_rng(1), MOST_BINOMIAL, weights, 50)
    assert np.array_equal(ours, np.random.default_rng(1).multinomial(MOST_BINOMIAL, weights, size=50))
