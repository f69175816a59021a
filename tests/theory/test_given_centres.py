"""The formula for given centres against counted queries, and against two classes in closed form."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import binomtest

from theory.few_shot.gaussian_given_centres import error_given_centres

QUERIES = 20_000
LEVEL = 1e-5


def setting(seed: int, classes: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    factor = rng.standard_normal((3, 3)) / 2
    centres = rng.standard_normal((classes, 3)) * 1.5
    return centres[0] + 0.3 * rng.standard_normal(3), factor @ factor.T, centres


def counted(mean: np.ndarray, covariance: np.ndarray, centres: np.ndarray, seed: int) -> int:
    """Queries of class 0 that lie as near to another centre, out of ``QUERIES``."""
    sample = np.random.default_rng(seed).multivariate_normal(mean, covariance, QUERIES)
    squares = ((sample[:, None, :] - centres[None]) ** 2).sum(axis=2)
    return int(np.sum(squares[:, 1:].min(axis=1) <= squares[:, 0]))


@pytest.mark.parametrize("classes", [2, 3, 5])
@pytest.mark.parametrize("seed", range(3))
def test_queries_err_as_often_as_the_formula_says(seed: int, classes: int) -> None:
    """An error that is off by .03 is caught with probability above .99."""
    mean, covariance, centres = setting(seed, classes)
    error = error_given_centres(mean, covariance, centres, 0)
    wrong = counted(mean, covariance, centres, seed)
    assert binomtest(wrong, QUERIES, min(max(error, 1e-9), 1 - 1e-9)).pvalue > LEVEL


def test_a_query_of_another_class_is_caught() -> None:
    mean, covariance, centres = setting(0, 3)
    swapped = error_given_centres(mean, covariance, centres, 1)
    assert binomtest(counted(mean, covariance, centres, 0), QUERIES, swapped).pvalue < LEVEL


def test_two_classes_in_closed_form() -> None:
    """On a line with unit variance the margin is (b^2 - a^2)/2 over |b - a|."""
    error = error_given_centres([0.2], [[1.0]], [[0.0], [3.0]], 0)
    assert error == pytest.approx(0.5 * math.erfc((1.5 - 0.2) / math.sqrt(2)), rel=1e-12)


def test_coincident_centres_are_refused() -> None:
    with pytest.raises(ValueError, match="coincide"):
        error_given_centres([0.0, 0.0], np.eye(2), [[1.0, 0.0], [1.0, 0.0]], 0)
