"""Counts of so many draws that weights about 1/n round: rare parts are Poisson, others share the rest; on the
host by NumPy, on a GPU by the suite's own binomial numbers."""

from __future__ import annotations

import array_api_compat.numpy
import numpy as np
import pytest
from scipy.special import betainc
from scipy.stats import chisquare, poisson

from simulations.runtime.arrays import MOST_BINOMIAL, Draws, Generator, multinomial
from simulations.runtime.gpu.source import PhiloxSource, _middle_quantile
from theory.array import Floats

EPISODES = 10_000


def generator(kind: str, seed: int) -> Generator:
    """NumPy's, or what a GPU's counts are made by, from other uniform numbers."""
    rng = np.random.default_rng(seed)
    if kind == "host":
        return rng
    return Draws(array_api_compat.numpy, PhiloxSource(lambda first, blocks: rng.random(2 * blocks)))


def counted(kind: str, shots: int, weights: Floats, seed: int) -> Floats:
    counts: Floats = np.asarray(multinomial(generator(kind, seed), shots, weights, EPISODES))
    return counts


def poisson_chance(counts: Floats, mean: float) -> float:
    """How surprising so many of each count are, if they are Poisson."""
    seen = np.bincount(np.minimum(counts, 6).astype(int), minlength=7)
    expected = EPISODES * np.append(poisson.pmf(range(6), mean), poisson.sf(5, mean))
    return float(chisquare(seen, expected).pvalue)


CASES = [("host", shots, place) for shots in (10**12, 10**14, 10**17) for place in range(3)]
CASES += [("gpu", 10**12, 1), ("gpu", 10**17, 0), ("gpu", 10**17, 2)]


@pytest.mark.parametrize(("kind", "shots", "place"), CASES)
def test_a_part_of_weight_about_one_in_n_is_poisson(kind: str, shots: int, place: int) -> None:
    weights = np.insert([0.25, 0.75 - 1.5 / shots], place, 1.5 / shots)
    counts = counted(kind, shots, weights, shots % 97 + place)
    # A GPU's are float64, which holds whole numbers up to 2^53.
    assert np.all(abs(counts.sum(axis=1) - shots) <= (np.spacing(float(shots)) if kind == "gpu" else 0))
    assert np.all(counts >= 0)
    assert poisson_chance(counts[:, place], 1.5) > 1e-6
    quarter = np.delete(counts, place, axis=1)[:, 0]
    z = (quarter / shots - 0.25) / np.sqrt(0.25 * 0.75 / shots)
    assert abs(np.mean(z)) < 5 / np.sqrt(EPISODES) and np.std(z) == pytest.approx(1, abs=0.03)
    assert abs(np.mean(z**3)) < 5 * np.sqrt(15 / EPISODES)


@pytest.mark.parametrize("kind", ["host", "gpu"])
def test_two_rare_parts_beside_the_last(kind: str) -> None:
    """Of a part that comes last the sum of the others leaves its rounding: 1e-16 of 1."""
    shots = 10**15
    weights = np.array([0.5, 0.5 - 5e-15, 3e-15, 2e-15])
    counts = counted(kind, shots, weights, 5)
    assert poisson_chance(counts[:, 2], 3.0) > 1e-6 and poisson_chance(counts[:, 3], 2.0) > 1e-6


@pytest.mark.parametrize("total", [2**20 + 2, 2**20 + 3, 10**7 + 1, 10**10])
def test_the_middle_of_many_uniform_numbers(total: int) -> None:
    u = np.append(np.random.default_rng(0).random(2000), [1e-12, 0.5, 1 - 1e-12])
    a = np.full(len(u), float((total + 1) // 2))
    b = total + 1 - a
    np.testing.assert_allclose(betainc(a, b, _middle_quantile(a, b, u, total)), u, rtol=0, atol=1e-11)
    # The control: as if both were alike.
    even = (a + b) / 2
    if total % 2 == 0:
        assert np.max(np.abs(betainc(a, b, _middle_quantile(even, even, u, total)) - u)) > 1e-6


def test_numpys_own_counts_are_wrong_there() -> None:
    """The control: the same check sees it."""
    shots, rng = 10**17, np.random.default_rng(0)
    counts = rng.multinomial(shots, [0.25, 0.75 - 1.5 / shots, 1.5 / shots], size=EPISODES)[:, 2]
    assert poisson_chance(counts, 1.5) < 1e-9


def test_few_draws_are_numpys() -> None:
    weights = np.array([1e-7, 0.4, 0.6 - 1e-7])
    ours = multinomial(np.random.default_rng(1), MOST_BINOMIAL, weights, 50)
    assert np.array_equal(ours, np.random.default_rng(1).multinomial(MOST_BINOMIAL, weights, size=50))
