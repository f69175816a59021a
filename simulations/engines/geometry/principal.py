"""The axes of a covariance, in which coordinates of small variance keep their digits beside those of large.

Eigenvectors from LAPACK are right to 1e-16 of the longest axis: beside it a short one is noise. Rotations
that make the rows of a root orthogonal (Jacobi's one-sided method; Demmel and Veselic, SIAM J. Matrix Anal.
Appl. 13, 1992) know every entry of the axes to its own size; all disjoint pairs of rows are taken at once.
"""

from __future__ import annotations

from typing import Annotated

import numpy as np

from simulations.engines.base import Refused
from simulations.populations.gaussian import is_graded, root_of
from theory.array import Floats, Integers

MOST_GRADED = 192
"""Dimensions up to which graded covariances are turned: about a second."""
SWEEPS, ORTHOGONAL = 30, 1e-14
"""All pairs are turned at most so often, until the largest correlation between two rows is below this."""


def principal_axes(
    covariance: Annotated[Floats, "p p"],
) -> tuple[Annotated[Floats, "p"], Annotated[Floats, "p p"]]:
    """Variances along orthonormal axes, the columns of the matrix. Raises ``Refused`` where the variances of
    the coordinates are orders of magnitude apart in more dimensions than are served."""
    if not is_graded(np.diag(covariance)):
        values, vectors = np.linalg.eigh(covariance)
        return np.maximum(values, 0.0), vectors
    if len(covariance) > MOST_GRADED:
        raise Refused(f"variances orders of magnitude apart are served in at most {MOST_GRADED} dimensions")
    # From the largest variance to the smallest: small angles, whose sines keep their digits.
    order = np.argsort(-np.diag(covariance), kind="stable")
    rows, turn = root_of(covariance)[order], np.eye(len(covariance))
    for _ in range(SWEEPS):
        if _sweep(rows, turn) < ORTHOGONAL:
            break
    else:
        raise Refused("the axes of a covariance are not found")
    axes = np.empty_like(turn)
    axes[order] = turn.T
    return np.sum(rows**2, axis=1), axes


def _sweep(rows: Floats, turn: Floats) -> float:
    """The largest correlation seen while every two of ``rows`` (p, r) are made orthogonal in place, ``turn``
    (p, p) with them."""
    count, worst = len(rows), 0.0
    places = np.arange(count + count % 2)
    for _ in range(len(places) - 1):
        # A round of a tournament: everybody meets somebody, and all others in turn.
        half = len(places) // 2
        pairs = np.sort(np.stack([places[:half], places[half:][::-1]]), axis=0)
        pairs = pairs[:, pairs[1] < count]
        worst = max(worst, _turn(rows, turn, pairs))
        places = np.concatenate([places[:1], places[-1:], places[1:-1]])
    return worst


def _turn(rows: Floats, turn: Floats, pairs: Integers) -> float:
    """The largest correlation of ``pairs`` (2, count) of rows before they are made orthogonal."""
    one, other = rows[pairs[0]], rows[pairs[1]]
    squares = np.sum(one**2, axis=1), np.sum(other**2, axis=1)
    product = np.sum(one * other, axis=1)
    size = np.sqrt(squares[0]) * np.sqrt(squares[1])
    correlation = np.abs(np.divide(product, size, out=np.zeros_like(size), where=size > 0))
    moved = correlation > 0
    slope = np.divide(squares[1] - squares[0], 2 * product, out=np.zeros_like(size), where=moved)
    tangent = np.where(slope < 0, -1.0, 1.0) / (np.abs(slope) + np.hypot(1.0, slope))
    tangent = np.where(moved, tangent, 0.0)[:, None]
    cosine = 1 / np.hypot(1.0, tangent)
    for matrix in (rows, turn):
        first, second = matrix[pairs[0]], matrix[pairs[1]]
        matrix[pairs[0]] = cosine * (first - tangent * second)
        matrix[pairs[1]] = cosine * (second + tangent * first)
    return float(np.max(correlation, initial=0.0))
