"""Spectra of class covariances: all eigenvalues, the largest few, and those that cross-fitting leaves.

The largest eigenvalue of a sample covariance lies above that of the law: its mean does (the largest
eigenvalue is convex), by a factor up to (1 + sqrt(p/N))^2. Cross-fitting takes directions from some samples
and the variance along them from the others: its mean lies below, and is exact where the spectrum is flat.
"""

from __future__ import annotations

from typing import Annotated, TypeGuard

import numpy as np
from scipy.sparse.linalg import eigsh

from theory.array import Array, Namespace, NumPyArray, array_namespace, device, is_numpy_array, to_numpy

EXACT_GRAM, LARGEST_GRAM = 100, 1500
LARGE_WORK, LEAST_SHARE = 2e8, 0.1
"""Multiplications from which a Gram matrix is made of products in float32, where all the eigenvalues that are
asked for are at least this share of the mean one: then what that changes is below 1e-5 of each."""
LANCZOS = 128
"""Size from which a few eigenvalues of a matrix are found by iteration."""
FOLDS, FEW_FOLDS, MANY_SAMPLES = 4, 2, 200
"""Parts that cross-fitting makes of a class; two of one with many samples: its directions are known well."""
NOTHING = 1e-12
"""Share of the largest squared length of a direction below which it is rounding."""
LEAST_CROSSED = 4
"""Samples of a class without which nothing can be crossed."""


def gram(samples: Annotated[Array, "samples p"]) -> Array:
    """x'x or x x', whichever is smaller."""
    return samples @ samples.T if samples.shape[0] < samples.shape[1] else samples.T @ samples


def _large(samples: Array) -> TypeGuard[NumPyArray]:
    work = float(samples.shape[0]) ** 2 * float(samples.shape[1])
    return is_numpy_array(samples) and work > LARGE_WORK


def _single_gram(samples: NumPyArray) -> NumPyArray:
    """``gram`` by products in float32: off by about 1e-7 of the mean eigenvalue, whatever the unit."""
    unit = float(np.max(np.abs(samples))) or 1.0
    product: NumPyArray = to_numpy(gram((samples / unit).astype(np.float32))).astype(np.float64) * unit**2
    return product


def _largest(xp: Namespace, matrix: Array, count: int, accuracy: float) -> tuple[Array, Array]:
    """The ``count`` largest eigenvalues, descending, and their vectors (n, count)."""
    size = int(matrix.shape[0])
    if is_numpy_array(matrix) and size >= LANCZOS and 4 * count <= size:
        # A vector of all ones would be orthogonal to every eigenvector of a centred Gram matrix.
        start = np.random.Generator(np.random.Philox(1)).standard_normal(size)
        values, vectors = eigsh(matrix, k=count, v0=start, tol=accuracy, ncv=min(size, 2 * count + 8))
    else:
        values, vectors = xp.linalg.eigh(matrix)
        values, vectors = values[-min(count, size) :], vectors[:, -min(count, size) :]
    return xp.flip(values), xp.flip(vectors, axis=1)


def summary(
    xp: Namespace, samples: Array, divisor: float, count: int, cross: bool
) -> tuple[Array, Array, Array]:
    """``leading``, ``crossed`` (``leading`` again where ``cross`` is not set) and ``top_fourth``; of samples
    that are fewer than their dimension from one Gram matrix, which is all that costs."""
    if samples.shape[0] >= samples.shape[1]:
        own = leading(xp, samples, divisor, count)
        return own, crossed(xp, samples, count) if cross else own, top_fourth(xp, samples)
    matrix: Array = _single_gram(samples) if _large(samples) else gram(samples)
    own = _leading_of(xp, matrix, divisor, count)
    if _large(samples) and float(own[-1]) * divisor < LEAST_SHARE * float(xp.trace(matrix)) / matrix.shape[0]:
        matrix = gram(samples)
        own = _leading_of(xp, matrix, divisor, count)
    held_out = _crossed_of(xp, matrix, count) if cross else own
    return own, held_out, _top_fourth_of(xp, matrix)


def leading(
    xp: Namespace, samples: Annotated[Array, "samples p"], divisor: float, count: int
) -> Annotated[Array, "count"]:
    """(count,): the largest eigenvalues of x'x / divisor, zeros beyond the rank."""
    return _leading_of(xp, gram(samples), divisor, count)


def _leading_of(xp: Namespace, matrix: Array, divisor: float, count: int) -> Array:
    values, _ = _largest(xp, matrix, min(count, int(matrix.shape[0])), 1e-9)
    values = xp.where(values > 0, values, xp.zeros_like(values)) / divisor
    padding = xp.zeros(count - int(values.shape[0]), dtype=xp.float64, device=device(values))
    return xp.concat([values, padding])


def eigenvalues(
    xp: Namespace, samples: Annotated[Array, "samples p"], divisor: float, rank: int
) -> Annotated[Array, "rank"]:
    """(rank,): eigenvalues of x'x / divisor in descending order, by the smaller of the two Gram matrices."""
    values = xp.flip(xp.linalg.eigvalsh(gram(samples) / divisor))[:rank]
    values = xp.where(values > 0, values, xp.zeros_like(values))
    padding = xp.zeros(rank - values.shape[0], dtype=xp.float64, device=device(values))
    return xp.concat([values, padding])


def crossed(xp: Namespace, samples: Annotated[Array, "samples p"], count: int) -> Annotated[Array, "count"]:
    """(count,): variance (denominator N-1) of held-out samples along the ``count`` leading directions of the
    others, mean over the folds; zeros beyond the directions that there are.

    ``samples`` (N, p) about any centre; every part is centred anew. Fold f holds samples f, f + K, ...
    """
    size = int(samples.shape[0])
    folds = _folds(size)
    total = xp.zeros(count, dtype=xp.float64, device=device(samples))
    for fold in range(folds):
        fold_samples = samples[fold::folds, :]
        rest = xp.concat([samples[f::folds, :] for f in range(folds) if f != fold], axis=0)
        fold_samples, rest = (part - xp.mean(part, axis=0)[None, :] for part in (fold_samples, rest))
        along = _leading(xp, rest, count)
        projected = fold_samples @ along.T
        variances = xp.sum(projected * projected, axis=0) / (int(fold_samples.shape[0]) - 1)
        total[: variances.shape[0]] = total[: variances.shape[0]] + variances / folds
    return total


def _folds(size: int) -> int:
    return FOLDS if 2 * FOLDS <= size < MANY_SAMPLES else FEW_FOLDS


def _crossed_of(xp: Namespace, matrix: Array, count: int) -> Array:
    """``crossed`` from the Gram matrix x x' (N, N): a direction is a combination of the other samples, and
    both its length and what is held out along it are products of samples."""
    size = int(matrix.shape[0])
    folds = _folds(size)
    places = np.arange(size)
    total = xp.zeros(count, dtype=xp.float64, device=device(matrix))
    for fold in range(folds):
        fold_rows, rest = (
            xp.asarray(np.flatnonzero(chosen), device=device(matrix))
            for chosen in (places % folds == fold, places % folds != fold)
        )
        columns = xp.take(matrix, rest, axis=1)
        inner, outer = (_centred(xp, xp.take(columns, rows, axis=0)) for rows in (rest, fold_rows))
        _, top = _largest(xp, inner, min(count, int(inner.shape[0])), 1e-5)
        lengths = xp.sum(top * (inner @ top), axis=0)
        # Directions that rounding alone has made carry no information.
        known = xp.astype(lengths > NOTHING * lengths[0], xp.float64)
        projected = (outer @ top) * (known / xp.sqrt(xp.where(known > 0, lengths, xp.ones_like(lengths))))
        variances = xp.sum(projected * projected, axis=0) / (int(fold_rows.shape[0]) - 1)
        total[: variances.shape[0]] = total[: variances.shape[0]] + variances / folds
    return total


def _centred(xp: Namespace, products: Array) -> Array:
    """Products of two sets of samples, each about its own mean."""
    products = products - xp.mean(products, axis=1)[:, None]
    return products - xp.mean(products, axis=0)[None, :]


def _leading(xp: Namespace, samples: Array, count: int) -> Array:
    """(directions, p): leading eigenvectors of x'x, at most ``count`` and at most the rank."""
    size, dimension = (int(length) for length in samples.shape)
    # Any direction gives a valid lower estimate: these need no more digits than the samples determine.
    _, top = _largest(xp, gram(samples), min(count, size, dimension), 1e-5)
    if size >= dimension:
        return top.T
    rows = top.T @ samples
    lengths = xp.sqrt(xp.sum(rows * rows, axis=1))
    keep = [r for r in range(int(rows.shape[0])) if float(lengths[r]) > 1e-7 * float(lengths[0])]
    if not keep:
        return rows[:0, :]
    return rows[: len(keep), :] / lengths[: len(keep), None]


def top_fourth(xp: Namespace, samples: Array) -> Array:
    """Top eigenvalue of the fourth-moment matrix over all symmetric matrices of norm 1, an upper bound
    on sup over unit h of the mean of (h.x)^4: that of the squared Gram matrix, decomposed when it is small;
    else the largest quotient of Collatz and Wielandt, which is never below the top eigenvalue of a matrix
    of nonnegative numbers; for very many samples its row sums."""
    if int(samples.shape[0]) > LARGEST_GRAM:
        return xp.max(_row_sums(samples))
    return _top_fourth_of(xp, samples @ samples.T)


def _top_fourth_of(xp: Namespace, matrix: Array) -> Array:
    """``top_fourth`` from the Gram matrix x x' (N, N)."""
    count = int(matrix.shape[0])
    squares = matrix * matrix / count
    if count > LARGEST_GRAM:
        return xp.max(xp.sum(squares, axis=1))
    if count <= EXACT_GRAM:
        return xp.linalg.eigvalsh(squares)[-1]
    vector = xp.sum(squares, axis=1)
    most = xp.max(vector)
    vector = vector + 1e-12 * most
    best = most
    for _ in range(500):
        following = squares @ vector
        quotients = following / vector
        best = xp.minimum(best, xp.max(quotients))
        if float(xp.max(quotients) - xp.min(quotients)) <= 1e-9 * float(best):
            break
        vector = following / xp.max(following) + 1e-15
    return best


def _row_sums(samples: Array) -> Array:
    """Row sums of the squared Gram matrix over the count: x'Sx for each row x and S = x'x/count."""
    spread = samples.T @ samples / int(samples.shape[0])
    return array_namespace(samples).sum(samples @ spread * samples, axis=1)
