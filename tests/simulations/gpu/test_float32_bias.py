"""The direct kernel's float32 loses digits of distances, the same in every episode: its interval says so.

The kernel's own arithmetic (``cuda_reference``) decides pairs of classes given the same centres as float64.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from scipy.stats import norm

from simulations.engines import Context
from simulations.engines.cuda import tables as prepared
from simulations.estimates import Effort
from simulations.populations.gaussian import GaussianClasses
from tests.simulations.gpu import cuda_reference as reference

Array = Any
F = np.float32


def random_classes(rng: np.random.Generator, far: float) -> GaussianClasses:
    """Classes about 1 apart, all but one of them ``far`` from the origin of a kernel that starts there."""
    classes, dimension = int(rng.integers(3, 9)), 12
    means = far * np.ones(dimension) / math.sqrt(dimension) + 0.4 * rng.standard_normal((classes, dimension))
    means[0] = 0.0
    return GaussianClasses(means.tolist(), [rng.choice([0.1, 0.2, 0.3, 0.5]) ** 2] * classes)


def pair_errors(tables: prepared.Tables, noise: Array) -> tuple[Array, Array]:
    """(classes, classes) each, in float64 and as the kernel does: chances that a query of class i is nearer
    to the centre of j, over the centres with ``noise`` (classes, episodes, dimension)."""
    classes, episodes, dimension = noise.shape
    means = np.zeros((classes, dimension))
    means[:, : tables.span] = tables.means
    centres = means[:, None] + noise
    gram = np.einsum("cep,dep->cde", noise, noise).astype(F)
    along = np.einsum("cep,ip->cie", noise, means).astype(F)
    factor, rows = reference._factor(tables, gram, along), np.zeros((classes, episodes, classes - 1))
    for row in range(classes - 1):
        for column in range(row + 1):
            rows[row + 1, :, column] = factor[row][column]
    exact, single = np.zeros((2, classes, classes))
    for i in range(classes):
        for j in set(range(classes)) - {i}:
            away = np.sum((centres[j] - means[i]) ** 2, axis=1) - np.sum((centres[i] - means[i]) ** 2, axis=1)
            apart = np.linalg.norm(centres[j] - centres[i], axis=1)
            exact[i, j] = norm.sf(away / 2 / float(tables.stds[i]) / apart).mean()
            reach = reference.fma(F(2), along[j, j] - along[j, i], tables.squares[i, j])
            limit = F(0.5) * (reach + (gram[j, j] - gram[i, i])) / tables.stds[i]
            single[i, j] = norm.sf(limit / np.linalg.norm(rows[j] - rows[i], axis=1)).mean()
    return exact, single


@pytest.mark.parametrize("shots", [math.inf, 2])
def test_the_loss_is_within_what_is_said(shots: float) -> None:
    rng, worst, served = np.random.default_rng(3), 0.0, 0
    for far in (0.0, 4.0, 8.0, 12.0) * 8:
        population = random_classes(rng, far)
        if prepared.refusal(population) is not None:
            continue
        served += 1
        tables = prepared.tables(population, shots)
        noise = tables.spreads[:, None, None] * rng.standard_normal((population.classes, 60, 12))
        exact, single = pair_errors(tables, noise)
        for right, wrong in zip(exact[exact > 1e-12], single[exact > 1e-12], strict=True):
            assert abs(wrong / right - 1) < tables.bias(right)
            worst = max(worst, abs(wrong / right - 1))
    # The control: float32 it is, and classes much farther off are refused.
    assert served > 12 and worst > 3e-6
    assert "so near" in str(prepared.refusal(random_classes(rng, 40.0)))


def test_the_interval_is_wider_by_it() -> None:
    """Where 1e14 queries leave hardly any sampling error."""
    population = random_classes(np.random.default_rng(4), 8.0)
    tables = prepared.tables(population, 3)
    episodes, classes = 10**12, population.classes
    errors = 10**10
    right = prepared.QUERIES_A_PASS * episodes - errors
    ranks = np.zeros((classes, classes), dtype=np.uint64)
    ranks[:, 0], ranks[:, 1] = right, errors
    # As of queries that err independently, but for a part in a million.
    moments = np.zeros((classes, classes), dtype=np.uint64)
    moments[1, 1] = classes * errors
    effort, context = Effort(0.0, episodes), Context(seed=0, confidence=0.95)
    (estimate,) = prepared.estimates(tables, prepared.Counts(ranks, moments, 1), [2], effort, context)
    relative = tables.bias(estimate.value)
    assert 1e-5 < relative < 1e-2
    assert estimate.high / estimate.value - 1 == pytest.approx(relative, rel=0.2)
    assert 1 - estimate.low / estimate.value == pytest.approx(relative, rel=0.2)
