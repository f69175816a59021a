"""The chance that a Gaussian query errs, given the centres, over the balance weight of the tilts."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from simulations.engines.orthant import cholesky
from simulations.engines.tilted.margins import Margins
from simulations.runtime.arrays import Generator, look_up, special
from theory.array import Array, array_namespace


def weighted_errors(
    margins: Margins, shares: Sequence[Array], rng: Generator, repeats: int = 1
) -> tuple[Array, list[Array]]:
    """The control, and for each number of ways (episodes,): unbiased estimates of P(wrong | centres), over
    sum_j E[exp(-t_j M_j) | centres] (times exp(extra_j), plus exp(plain), where those are given).

    One of the events M_j <= 0 is picked with
    probability proportional to its own, and the margins are drawn given it; (sum of probabilities) times
    (share of subsets that err) over (events that hit) is unbiased for the union and at most that sum, so at
    most ``share[1]`` times the denominator: the result is bounded by ``share[1]``, by Chernoff. The control
    is the sum of the probabilities itself over the denominator.
    """
    mean, joint, t = margins.mean, margins.joint, margins.t
    xp, functions = array_namespace(mean), special(mean)
    half = xp.sqrt(xp.maximum(xp.linalg.diagonal(joint), 0.0))
    still = half <= 0
    safe = xp.where(still, xp.ones_like(half), half)
    sure = xp.where(mean > 0, xp.full_like(mean, math.inf), xp.full_like(mean, -math.inf))
    limit = xp.where(still, sure, mean / (2 * safe))
    logs = functions.log_ndtr(-limit)
    weights = -t * mean + 2 * (t * half) ** 2
    if margins.extra is not None:
        plain = xp.full((mean.shape[0], 1), margins.plain)
        weights = xp.concat([weights + margins.extra, plain], axis=1)
    peak = xp.max(weights, axis=1, keepdims=True)
    bottom = peak[:, 0] + xp.log(xp.sum(xp.exp(weights - peak), axis=1))
    top = xp.max(logs, axis=1, keepdims=True)
    top = xp.where(top > -1e300, top, xp.zeros_like(top))
    tails = xp.exp(logs - top)
    total = xp.sum(tails, axis=1)
    with np.errstate(divide="ignore"):
        value = xp.exp(top[:, 0] + xp.log(total) - bottom)
    others = mean.shape[1]
    if others == 1:
        return value, [value * float(share[1]) for share in shares]
    joint = joint / (safe[:, :, None] * safe[:, None, :])
    factor = cholesky(joint)
    by_ways = [xp.zeros_like(value) for _ in shares]
    for _ in range(repeats):
        count = _hits(limit, tails, xp.exp(top[:, 0]), joint, factor, rng)
        for each, share in zip(by_ways, shares, strict=True):
            each += look_up(share, count) / xp.astype(count, xp.float64)
    return value, [value * each / repeats for each in by_ways]


def _hits(  # noqa: PLR0913 - the terms of the formula
    limit: Array, tails: Array, scale: Array, joint: Array, factor: Array, rng: Generator
) -> Array:
    """(episodes,): events that hit, given that one picked in proportion to ``tails`` does."""
    xp = array_namespace(limit)
    episodes, others = limit.shape
    edges = xp.cumulative_sum(tails, axis=1)
    above = rng.random(episodes)[:, None] * edges[:, -1:] > edges
    pick = xp.minimum(xp.sum(xp.astype(above, xp.int64), axis=1), others - 1)[:, None]
    chosen = xp.take_along_axis(tails, pick, axis=1)[:, 0] * scale
    # The chosen margin given that it is beyond its limit, from the smaller tail.
    beyond = -special(limit).ndtri(xp.maximum(rng.random(episodes) * chosen, 1e-300))
    loose = (factor @ rng.standard_normal((episodes, others, 1)))[:, :, 0]
    where = xp.broadcast_to(pick[:, :, None], (episodes, others, 1))
    column = xp.take_along_axis(joint, where, axis=2)[:, :, 0]
    gap = beyond - xp.take_along_axis(loose, pick, axis=1)[:, 0]
    hit = loose + column * gap[:, None] >= limit
    hit = hit | (xp.arange(others)[None, :] == pick)
    return xp.sum(xp.astype(hit, xp.int64), axis=1)
