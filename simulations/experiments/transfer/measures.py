"""CDNV and few-shot error of batches of features, in the namespace of the features."""

from __future__ import annotations

from typing import Annotated

from theory.array import Array, array_namespace


def moments(
    features: Annotated[Array, "... classes m p"],
) -> tuple[Annotated[Array, "... classes"], Annotated[Array, "... classes classes"]]:
    """Unbiased variances (..., l) and squared distances (..., l, l) from features (..., l, m, p)."""
    xp = array_namespace(features)
    count = features.shape[-2]
    means = xp.mean(features, axis=-2)
    gap = features - means[..., None, :]
    variances = xp.sum(gap * gap, axis=(-2, -1)) / (count - 1)
    squares = squared_distances(means)
    return variances, squares - (variances[..., :, None] + variances[..., None, :]) / count


def squared_distances(means: Annotated[Array, "... classes p"]) -> Annotated[Array, "... classes classes"]:
    """(..., l, l) from means (..., l, p), by a Gram matrix of centred means: absolute error about 1e-15
    of the largest squared norm, which is far below the sampling error here."""
    xp = array_namespace(means)
    centred = means - xp.mean(means, axis=-2, keepdims=True)
    norms = xp.sum(centred * centred, axis=-1)
    gram = centred @ xp.matrix_transpose(centred)
    return norms[..., :, None] + norms[..., None, :] - 2 * gram


def mean_cdnv(features: Annotated[Array, "... classes m p"]) -> Annotated[Array, "..."]:
    """De-biased CDNV (half) averaged over pairs, (...,); infinite where a pair has no positive distance:
    leaving such a pair out would flatter."""
    return mean_over_pairs(*moments(features))


def median_cdnv(features: Annotated[Array, "... classes m p"]) -> Annotated[Array, "..."]:
    """De-biased CDNV (half), median over pairs, (...,): pairs with no positive distance count as infinite."""
    xp = array_namespace(features)
    values = pair_cdnv(*moments(features))
    count = values.shape[-1]
    flat = xp.reshape(values, (*values.shape[:-2], count * count))
    middle = count + (count * count - count) // 2  # the diagonal is 0 and comes first
    partition = getattr(xp, "partition", None)  # NumPy and CuPy; no other namespace need have it
    places = (middle - 1, middle)
    ordered = xp.sort(flat, axis=-1) if partition is None else partition(flat, places, axis=-1)
    return (ordered[..., places[0]] + ordered[..., places[1]]) / 2


def pair_cdnv(
    variances: Annotated[Array, "... classes"], squares: Annotated[Array, "... classes classes"]
) -> Annotated[Array, "... classes classes"]:
    """(v_i + v_j)/(2 d_ij^2), (..., l, l): 0 on the diagonal, infinite where d^2 is not positive."""
    xp = array_namespace(variances)
    count = variances.shape[-1]
    eye = xp.broadcast_to(xp.eye(count) > 0, squares.shape)
    safe = xp.where(eye, xp.ones_like(squares), squares)
    total = (variances[..., :, None] + variances[..., None, :]) / 2
    bad = safe <= 0
    values = xp.where(bad, xp.full_like(safe, float("inf")), total / xp.where(bad, xp.ones_like(safe), safe))
    return xp.where(eye, xp.zeros_like(values), values)


def mean_over_pairs(
    variances: Annotated[Array, "... classes"], squares: Annotated[Array, "... classes classes"]
) -> Annotated[Array, "..."]:
    """Mean of (v_i + v_j)/(2 d_ij^2) over pairs of distinct classes."""
    values = pair_cdnv(variances, squares)
    count = values.shape[-1]
    return array_namespace(values).sum(values, axis=(-2, -1)) / (count * (count - 1))


def episode_error(
    support: Annotated[Array, "... classes n p"], queries: Annotated[Array, "... classes q p"], ways: int
) -> Annotated[Array, "... tuples"]:
    """k-way error averaged over disjoint tuples of successive classes: (..., tuples).

    support (..., l, n, p), queries (..., l, q, p), independent of each other. A tie is an error.
    """
    xp = array_namespace(support)
    tuples = support.shape[-3] // ways
    if tuples < 1:
        raise ValueError(f"{support.shape[-3]} classes make no {ways}-way episode")
    centres = xp.mean(support, axis=-2)[..., : tuples * ways, :]
    lead, p, q = support.shape[:-3], support.shape[-1], queries.shape[-2]
    centres = xp.reshape(centres, (*lead, tuples, ways, p))
    points = xp.reshape(queries[..., : tuples * ways, :, :], (*lead, tuples, ways * q, p))
    scores = points @ xp.matrix_transpose(centres) - 0.5 * xp.sum(centres * centres, axis=-1)[..., None, :]
    scores = xp.reshape(scores, (*lead, tuples, ways, q, ways))
    own = xp.sum(scores * xp.reshape(xp.eye(ways), (ways, 1, ways)), axis=-1)
    nearer = xp.astype(scores >= own[..., None], xp.float64)
    wrong = xp.astype(xp.sum(nearer, axis=-1) > 1.5, xp.float64)
    return xp.mean(wrong, axis=(-2, -1))
