"""Means over the subsets of ``ways`` classes that contain the query's class, without listing them."""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from typing import Annotated

import numpy as np

from theory.array import Array, Floats, array_namespace


@functools.lru_cache(maxsize=64)
def wrong_share_by_rank(classes: int, ways: int) -> Annotated[Floats, "classes"]:
    """(classes,): share of subsets that err when ``r`` other classes lie at least as near, r = 0, 1, ...

    1 - C(C-1-r, k-1)/C(C-1, k-1). Read-only.
    """
    total = math.comb(classes - 1, ways - 1)
    shares = np.array([1 - math.comb(classes - 1 - r, ways - 1) / total for r in range(classes)])
    shares.setflags(write=False)
    return shares


def wrong_probability(
    misses: Annotated[Array, "others ..."], ways: Sequence[int]
) -> Annotated[Array, "k ..."]:
    """(len(ways), ...): mean over subsets of 1 - prod_j (1 - f_j), for independent events of probability
    f_j = ``misses[j]`` (others, ...): query nearer the centre of j than its own.

    1 - e_{k-1}(q)/C(C-1, k-1) with q = 1 - f is written in the f: written in the q it would lose all
    digits of an error near 0. With E_m the mean of the elementary symmetric polynomial,
    1 - E(prod over a random subset) is built by adding classes one by one.
    """
    xp, others = array_namespace(misses), misses.shape[0]
    largest = max(ways) - 1
    # loss[m] = sum over m-subsets S of the classes so far of 1 - prod_{j in S} (1 - f_j).
    loss = [xp.zeros_like(misses[0, ...]) for _ in range(largest + 1)]
    for index in range(others):
        f = misses[index, ...]
        # Sizes from which no wanted one can be reached any more are left alone.
        fewest = max(1, min(ways) - 1 - (others - 1 - index))
        for m in range(min(largest, index + 1), fewest - 1, -1):
            # Subsets that contain the new class: 1 - (1-f)(1-x) = x + f - f x, x the loss without it.
            count = math.comb(index, m - 1)
            loss[m] += (1 - f) * loss[m - 1] + f * count
    return xp.stack([loss[k - 1] / math.comb(others, k - 1) for k in ways])


def overlap_and_wrong(
    misses: Annotated[Array, "others ..."], ways: Sequence[int]
) -> tuple[Annotated[Array, "k ..."], Annotated[Array, "k ..."]]:
    """(len(ways), ...) each: mean over subsets of sum_j f_j - [1 - prod_j (1 - f_j)], and of the bracket.

    Built from positive terms only: adding class f to a subset with loss x adds f x to its overlap.
    """
    xp, others = array_namespace(misses), misses.shape[0]
    largest = max(ways) - 1
    loss = [xp.zeros_like(misses[0, ...]) for _ in range(largest + 1)]
    overlap = [xp.zeros_like(misses[0, ...]) for _ in range(largest + 1)]
    for index in range(others):
        f = misses[index, ...]
        # With ways = classes only the full chain matters.
        fewest = max(1, min(ways) - 1 - (others - 1 - index))
        for m in range(min(largest, index + 1), fewest - 1, -1):
            product = f * loss[m - 1]
            overlap[m] += overlap[m - 1] + product
            loss[m] += loss[m - 1] - product + f * math.comb(index, m - 1)
    counts = {k: math.comb(others, k - 1) for k in ways}
    return (
        xp.stack([overlap[k - 1] / counts[k] for k in ways]),
        xp.stack([loss[k - 1] / counts[k] for k in ways]),
    )


def pair_bracket(exact: Annotated[Floats, "queries others"], ways: int, classes: int) -> tuple[float, float]:
    """What no sampling can change, from pair probabilities ``exact`` (classes, others): mean over subsets of
    the largest and of the sum of them."""
    total = math.comb(classes - 1, ways - 1)
    share = np.array(
        [math.comb(classes - 2 - r, ways - 2) / total for r in range(classes - 1)], dtype=np.float64
    )
    low = float(np.mean(np.sort(exact, axis=1)[:, ::-1] @ share))
    return low, min(1.0, float(np.mean(np.sum(exact, axis=1))) * (ways - 1) / (classes - 1))
