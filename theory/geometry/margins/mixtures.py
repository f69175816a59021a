"""Margins of mixtures of isotropic Gaussians: normal given the part of the query and the counts of the
supports."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Annotated, TypeAlias

import numpy as np

from theory.array import Floats, to_numpy
from theory.geometry.margins import central
from theory.geometry.margins.atoms import counts_and_weights
from theory.geometry.margins.gaussian import cumulants_about_points

Part: TypeAlias = tuple[Floats, Floats, Floats]
"""Weights (parts,), places (parts, p) and variances (parts,)."""
MOST_PARTS = 2_000_000
PIECE = 1 << 15


def margin_moments(
    parts: Sequence[tuple[Floats, Floats, Floats]], differences: Floats, shots: float, order: int
) -> Annotated[Floats, "order+1 classes classes"] | None:
    """(order + 1, classes, classes) for classes given as (weights, offsets from the class mean, variances).

    None where a pair has more than ``MOST_PARTS`` combinations of a query's part and two supports' counts.
    """
    classes = len(parts)
    centres: list[Part] = []
    for weights, offsets, variances in parts:
        centre = _centres(weights, offsets, variances, shots)
        if centre is None:
            return None
        centres.append(centre)
    moments = np.zeros((order + 1, classes, classes))
    moments[0] = 1.0
    for i in range(classes):
        for j in range(classes):
            if i == j:
                continue
            pair = _pair(parts[i], centres[i], centres[j], differences[i, j], order)
            if pair is None:
                return None
            moments[:, i, j] = pair
    return moments


def _centres(weights: Floats, offsets: Floats, variances: Floats, shots: float) -> Part | None:
    """(probabilities, places, variances) of the centre given the counts of the parts."""
    if math.isinf(shots):
        return np.ones(1), np.zeros((1, offsets.shape[1])), np.zeros(1)
    keep = weights > 0
    draws = counts_and_weights(weights[keep], int(shots))
    if draws is None:
        return None
    counts, share = draws
    return share, counts @ offsets[keep] / shots, counts @ variances[keep] / shots**2


def _pair(query: Part, own: Part, other: Part, D: Floats, order: int) -> Floats | None:
    laws = [(query[0], query[1], query[2]), own, (other[0], other[1] + D, other[2])]
    sizes = [len(law[0]) for law in laws]
    if math.prod(sizes) > MOST_PARTS:
        return None
    grams = [[a[1] @ b[1].T for b in laws] for a in laws]
    moments, shares = [], []
    for start in range(0, math.prod(sizes), PIECE):
        at = np.unravel_index(np.arange(start, min(start + PIECE, math.prod(sizes))), sizes)
        gram = np.stack(
            [np.stack([grams[a][b][at[a], at[b]] for b in range(3)], axis=-1) for a in range(3)], axis=-2
        )
        spread = np.stack([laws[a][2][at[a]] for a in range(3)], axis=-1)
        cumulants = cumulants_about_points(gram, spread, len(D), order)
        moments.append(to_numpy(central.from_cumulants(cumulants)))
        shares.append(math.prod(laws[a][0][at[a]] for a in range(3)))
    return to_numpy(central.mixed(np.concatenate(moments, axis=1), np.concatenate(shares)))
