"""Cumulants of the margin between Gaussian classes: a quadratic form in the query and the two centres.

With x = (z, m_i, m_j) stacked, M = x'Qx, Q = [[0, 1, -1], [1, -1, 0], [-1, 0, 1]] times the identity. For x
normal with mean mu and covariance C (block diagonal: S_i, S_i/n, S_j/n) and beta = Q mu,
kappa_q = 2^(q-1) (q-1)! [ tr (QC)^q + q beta'C (QC)^(q-2) beta ] for q >= 2, and E M = tr QC + mu'Q mu
(Mathai and Provost 1992). About the mean of class i, beta = (-D, 0, D).
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from theory.array import Floats
from theory.geometry.quadratic import RootAlong

Q = np.array([[0.0, 1.0, -1.0], [1.0, -1.0, 0.0], [-1.0, 0.0, 1.0]])
BETA = np.array([-1.0, 0.0, 1.0])


def _factor(q: int) -> float:
    return 2.0 ** (q - 1) * math.factorial(q - 1)


def along_axes(D: Floats, s_i: Floats, s_j: Floats, shots: float, order: int) -> list[Floats]:
    """Cumulants 0 (unused) to ``order`` of M for classes with variances along common axes.

    D (..., p) differences of the means; s_i, s_j (..., p) variances; shapes broadcast. Answers with shape
    (...).
    """
    share = 0.0 if math.isinf(shots) else 1.0 / shots
    D, s_i, s_j = np.broadcast_arrays(D, s_i, s_j)
    spread = np.stack([s_i, share * s_i, share * s_j], axis=-1)
    return _sums(spread, D**2, np.ones_like(D), order, np.sum)


def isotropic(  # noqa: PLR0913 - the terms of the formula
    square: Floats, s_i: Floats, s_j: Floats, dimension: int, shots: float, order: int
) -> list[Floats]:
    """The same where every coordinate has one variance: ``square`` (...,) is d^2."""
    share = 0.0 if math.isinf(shots) else 1.0 / shots
    square, s_i, s_j = np.broadcast_arrays(square, s_i, s_j)
    spread = np.stack([s_i, share * s_i, share * s_j], axis=-1)[..., None, :]
    weight = np.full(square.shape, float(dimension))[..., None]
    return _sums(spread, square[..., None], weight, order, np.sum)


def _sums(
    spread: Floats, squares: Floats, copies: Floats, order: int, total: Callable[..., Floats]
) -> list[Floats]:
    """spread (..., axes, 3): variances of z, m_i and m_j along an axis; squares (..., axes): D_r^2; copies
    (..., axes): how many axes are like it."""
    step = Q * spread[..., None, :]  # Q C for each axis
    power = step
    vector = np.broadcast_to(BETA, spread.shape)
    sums = [np.zeros(squares.shape[:-1]), total(copies * _trace(step) + squares, axis=-1)]
    for q in range(2, order + 1):
        power = power @ step
        linear = np.sum(BETA * spread * vector, axis=-1)  # beta'C (QC)^(q-2) beta
        vector = (step @ vector[..., None])[..., 0]
        sums.append(_factor(q) * total(copies * _trace(power) + q * squares * linear, axis=-1))
    return sums


def _trace(matrices: Floats) -> Floats:
    traces: Floats = np.trace(matrices, axis1=-2, axis2=-1)
    return traces


def cumulants_about_points(gram: Floats, spread: Floats, dimension: int, order: int) -> list[Floats]:
    """Cumulants of M where z, m_i and m_j are normal about any three points, isotropic with variances
    ``spread`` (..., 3); ``gram`` (..., 3, 3) holds the inner products of the three points."""
    beta = Q @ gram @ Q  # inner products of the rows of Q mu
    step = Q * spread[..., None, :]
    power, chain = step, np.broadcast_to(np.eye(3), step.shape)
    cumulants = [np.zeros(spread.shape[:-1]), dimension * _trace(step) + np.sum(Q * gram, axis=(-2, -1))]
    for q in range(2, order + 1):
        power = power @ step
        linear = np.sum(spread[..., :, None] * chain * beta, axis=(-2, -1))
        chain = chain @ step
        cumulants.append(_factor(q) * (dimension * _trace(power) + q * linear))
    return cumulants


def full(square: float, query: RootAlong, other: RootAlong, shots: float, order: int) -> list[Floats]:
    """Cumulants for one ordered pair with any covariances, whose means are at ``square``, the distance's
    square; ``query`` and ``other`` are roots of both with their parts along the difference.

    From the eigenvalues of A'QA with A = diag(root_i, root_i/sqrt n, root_j/sqrt n): one 3p x 3p problem.
    """
    share = 0.0 if math.isinf(shots) else 1.0 / math.sqrt(shots)
    parts = [(query, 1.0), (query, share), (other, share)]
    blocks = [
        [Q[a, b] * (s * x.root).T @ (t * y.root) for b, (y, t) in enumerate(parts)]
        for a, (x, s) in enumerate(parts)
    ]
    values, vectors = np.linalg.eigh(np.block(blocks))
    beta = np.concatenate([BETA[a] * s * x.along for a, (x, s) in enumerate(parts)])
    linear = (beta @ vectors) ** 2
    cumulants = [np.zeros(()), np.sum(values) + square]
    for q in range(2, order + 1):
        cumulants.append(_factor(q) * np.sum(values ** (q - 2) * (values**2 + q * linear)))
    return cumulants
