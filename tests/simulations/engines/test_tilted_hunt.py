"""Random geometries of the kind that broke engines before: pairs that nearly coincide, scales apart by 1e9,
zero variances, tiny and huge numbers of shots. No interval may miss the bracket of the exact pair
probabilities, and no bound that is proved may be called violated."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from simulations.engines import Budget, Context, Question
from simulations.engines.choose import estimate_ways
from simulations.engines.direct import Direct
from simulations.engines.geometry.subsets import pair_bracket
from simulations.engines.tilted import Tilted
from simulations.engines.tilted.inversion import matrix_probability
from simulations.engines.tilted.pair import Coordinates, saddle
from simulations.populations.gaussian import GaussianClasses
from simulations.populations.laplace import LaplaceClasses
from simulations.populations.mixture import MixtureClasses
from simulations.verdicts.evaluate import evaluate_population
from theory import catalogue

Array = Any
STRICT = 1 - 1e-7
SHOTS = (1.0, 2.0, 5.0, 1e3, 1e9, math.inf)


def geometry(seed: int) -> tuple[Array, list[Array], float]:
    """Means, variances by axis and shots."""
    rng = np.random.default_rng(seed)
    k, p = int(rng.integers(2, 5)), int(rng.integers(1, 5))
    unit = 10.0 ** rng.uniform(-9, 9)
    means = rng.standard_normal((k, p))
    if rng.random() < 0.6:
        means[1] = means[0] + 10.0 ** rng.uniform(-9, -2) * rng.standard_normal(p)
    gaps = np.linalg.norm(means[:, None] - means[None, :], axis=2)
    nearest = np.where(np.eye(k) > 0, np.inf, gaps).min(axis=1)
    spread = nearest * 10.0 ** rng.uniform(-1.2, 0.0, k)
    if rng.random() < 0.3:
        spread = spread * np.where(rng.random(k) < 0.5, 1e-9, 1.0)
    zero = rng.random((k, p)) < rng.choice([0.0, 0.4])
    variances = [unit**2 * np.where(zero[c], 0.0, spread[c] ** 2 * rng.uniform(0.2, 1, p)) for c in range(k)]
    return unit * means, variances, float(rng.choice(SHOTS))


def bracket(means: Array, variances: list[Array], shots: float) -> tuple[float, float] | None:
    """Of the error with all classes, from the eigenvalues of every pair's margin (not the engine's route);
    None where rounding leaves a pair unknown."""
    (k, p), rows = means.shape, []
    for i in range(k):
        row = []
        for j in (c for c in range(k) if c != i):
            offset = means[j] - means[i]
            size = float(np.linalg.norm(offset))
            own, other = variances[i] / size**2, np.diag(np.sqrt(variances[j])) / size
            noise = 0.0 if math.isinf(shots) else 1 / shots
            if not np.any(own) and (not np.any(other) or noise == 0):
                row.append(0.0)
                continue
            c = Coordinates(
                np.zeros(p), own * noise, offset / size, np.diag(other) ** 2 * noise, own, np.ones(p)
            )
            # Where the line of the inversion crosses the axis is no matter of right and wrong.
            chance, gap = matrix_probability(own, offset / size, other, noise, float(saddle(c)))
            if not gap < 1e-8:
                return None
            row.append(min(max(chance, 0.0), 1.0))
        rows.append(row)
    return pair_bracket(np.array(rows), k, k)


@pytest.mark.parametrize("first", range(0, 60, 20))
def test_no_interval_misses_the_bracket_of_exact_pairs(first: int, full: bool) -> None:
    compared = 0
    for seed in range(first, first + (200 if full else 20)):
        means, variances, shots = geometry(seed)
        population = GaussianClasses(means.tolist(), variances)
        estimate = estimate_ways(
            population, Question(shots, (len(means),)), budget=Budget(draws=6e4), confidence=STRICT, seed=seed
        )[0]
        assert 0 <= estimate.low <= estimate.value <= estimate.high <= 1 and math.isfinite(estimate.value)
        known = bracket(means, variances, shots)
        if known is None:
            continue
        compared += 1
        low, high = known
        assert estimate.low <= high * (1 + 1e-6) + 1e-250, (seed, estimate, known)
        assert estimate.high >= low * (1 - 1e-6), (seed, estimate, known)
    assert compared >= 8


def test_two_classes_are_exact_whatever_their_scales() -> None:
    for seed in range(40):
        means, variances, shots = geometry(seed)
        population = GaussianClasses(means.tolist(), variances)
        (estimate,) = Tilted().run(
            population, Question(shots, (2,)), Context(Budget(draws=6e4), seed, 0.95, ())
        )
        assert estimate.exact or len(means) > 2, seed


@pytest.mark.slow
@pytest.mark.parametrize("first", range(0, 24, 8))
def test_no_proved_bound_is_called_violated(first: int, full: bool) -> None:
    proved = {b.name for b in catalogue.about("few_shot_error") if b.provenance.status == "derived"}
    assert proved
    for seed in range(first, first + (60 if full else 8)):
        means, variances, shots = geometry(seed)
        stds = [np.sqrt(v) for v in variances]
        populations: list[Any] = [GaussianClasses(means.tolist(), variances)]
        if all(np.any(s > 0) for s in stds):
            populations.append(LaplaceClasses(means.tolist(), [s.tolist() for s in stds]))
        parts = [
            [(0.5, m.tolist(), float(s[0])), (0.5, m.tolist(), 0.0)] for m, s in zip(means, stds, strict=True)
        ]
        populations.append(MixtureClasses(parts))
        for population in populations:
            for row in evaluate_population(
                population, [min(shots, 50.0)], [len(means)], context=Context(Budget(draws=4e4))
            ):
                wrong = [v.bound for v in row.verdicts if v.outcome == "violated" and v.bound in proved]
                assert not wrong, (seed, population.family, wrong, row.estimate)


def test_the_hunt_would_notice_a_broken_engine() -> None:
    """An error twice too large lies beyond the bracket where pairs hardly overlap."""
    missed = 0
    for seed in range(20):
        means, variances, shots = geometry(seed)
        known = bracket(means, variances, shots)
        if known is None or known[1] < 1e-3:
            continue
        population = GaussianClasses(means.tolist(), variances)
        question = Question(shots, (len(means),))
        (estimate,) = Direct().run(population, question, Context(Budget(draws=2e5), seed, STRICT, ()))
        missed += 2 * estimate.value > known[1] * 1.2
    assert missed >= 3
