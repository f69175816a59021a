"""What is decomposed for each class: its covariance, and the squares of its Gram matrix."""

from __future__ import annotations

from typing import Any

from array_api_compat import device

from theory.array import Array

LARGEST_GRAM = 1500


def eigenvalues(xp: Any, samples: Array, divisor: float, rank: int) -> Array:
    """(rank,): eigenvalues of x'x / divisor in descending order, by the smaller of the two Gram matrices."""
    small = samples @ samples.T if samples.shape[0] < samples.shape[1] else samples.T @ samples
    values = xp.flip(xp.linalg.eigvalsh(small / divisor))[:rank]
    values = xp.where(values > 0, values, xp.zeros_like(values))
    padding = xp.zeros(rank - values.shape[0], dtype=xp.float64, device=device(values))
    return xp.concat([values, padding])


def top_fourth(xp: Any, samples: Array) -> Array:
    """Top eigenvalue of the fourth-moment matrix over all symmetric matrices of norm 1, an upper bound
    on sup over unit h of the mean of (h.x)^4. Power iteration from below is not used: the Gram matrix of
    at most ``LARGEST_GRAM`` samples is decomposed, else its trace-like bound (row sums) is taken."""
    count = int(samples.shape[0])
    gram = (samples @ samples.T) ** 2 / count
    if count <= LARGEST_GRAM:
        return xp.linalg.eigvalsh(gram)[-1]
    return xp.max(xp.sum(gram, axis=1))
