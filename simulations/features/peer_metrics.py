"""Collapse metrics defined in other publications, corrected for the noise of class means as NC1 to NC4 are.

gnc2        excess energy of the directions u_c of the centred class means: mean over pairs of
            log(r / |u_c - u_c'|), r the distance in a regular simplex, which has the least energy
            (hyperspherical uniformity, logarithmic kernel: Liu, Yu, Weller, Schoelkopf, ICLR 2023, arXiv
            2303.06484)
gnc2_riesz  the same with Riesz's kernel of order 1: mean of r / |u_c - u_c'|, minus 1
gnc2_cv     coefficient of variation of log(1 / |u_c - u_c'|) over pairs
unc3        coefficient of variation over classes of the cosine of a class's weights and its centred mean
            (uniform duality). Both: Wu, Papyan, NeurIPS 2024, arXiv 2405.17767
nc5         mean over classes of |cos| of the class mean and the mean of samples from elsewhere, both about
            the origin of the features (Ammar, Belkhir, Popescu, Manzanera, Franchi, NECO, ICLR 2024)

All are 0 at collapse. Intervals are over samples.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

import numpy as np

from simulations.features.collapse_metrics import (
    Metric,
    around,
    freed_of_noise,
    from_halves,
    quantile,
    simplex,
)
from simulations.features.halves import Halves
from simulations.features.rows import blocks
from simulations.runtime.randomness import stream
from simulations.runtime.row_source import RowSource
from theory.array import Floats

TINY = 1e-300
NEAREST = 1e-12
"""1 - cos of two directions below which they are not distinguished."""


def peer_metrics(
    split: Halves, weights: Floats | None, outside: Outside | None, confidence: float
) -> dict[str, Metric]:
    """All that can be computed; weights (classes, dimension) for unc3, ``outside`` for nc5."""
    metrics = uniformity(split, confidence)
    if weights is not None:
        metrics["unc3"] = uniform_duality(split, weights, confidence)
    if outside is not None:
        metrics["nc5"] = orthogonality(split, outside, confidence)
    return metrics


# -- hyperspherical uniformity ------------------------------------------------------------------------------
def uniformity(split: Halves, confidence: float) -> dict[str, Metric]:
    """gnc2, gnc2_riesz and gnc2_cv. Cosines without the noise of the means; what their own noise of variance
    s^2, estimated from halves, does to the energies, which are convex, is taken off to second order:
    f'' s^2 / 2."""
    classes = len(split.whole)
    ideal = 2 * classes / (classes - 1)
    off = ~np.eye(classes, dtype=bool)
    norms, gaps = simplex(split.whole, split.variances / split.sizes)
    halves = [
        [
            simplex(half, split.variances / count, norms=norms)[1]
            for half, count in zip(pair, counts, strict=True)
        ]
        for pair, counts in zip(split.means, split.counts, strict=True)
    ]
    noise = np.mean([(first - second) ** 2 / 4 for first, second in halves], axis=0)
    whole = _squares(gaps, noise)
    # The noise of a half has twice the variance.
    parts = [[_squares(each, 2 * noise) for each in pair] for pair in halves]

    def energy(kernel: Callable[[Floats], Floats], curvature: Callable[[Floats], Floats]) -> Metric:
        value = float(np.mean(kernel(whole[off])))
        spread = from_halves(np.array([[float(np.mean(kernel(x[off]))) for x in pair] for pair in parts]))
        excess = float(np.mean(0.5 * noise[off] * curvature(whole[off])))
        metric = around(value - excess, spread, confidence, len(parts))
        assert metric.low is not None and metric.high is not None
        return Metric(metric.value, max(metric.low - excess, 0.0), metric.high + excess)

    # Kernels of x = |u_c - u_c'|^2 = 2 - 2 cos, and their second derivatives by the cosine.
    return {
        "gnc2": energy(lambda x: 0.5 * np.log(ideal / x), lambda x: 2 / x**2),
        "gnc2_riesz": energy(lambda x: np.sqrt(ideal / x) - 1, lambda x: 3 * np.sqrt(ideal) * x**-2.5),
        "gnc2_cv": _variation(whole, parts, off, confidence),
    }


def _squares(gaps: Floats, noise: Floats) -> Floats:
    """|u_c - u_c'|^2 from cos + 1/(classes - 1); two directions count as no nearer than their noise."""
    cosines = np.maximum(gaps - 1 / (len(gaps) - 1), -1.0)
    values: Floats = 2 * np.maximum(np.maximum(1 - cosines, np.sqrt(noise)), NEAREST)
    return values


def _variation(whole: Floats, halves: list[list[Floats]], off: Floats, confidence: float) -> Metric:
    classes = len(whole)

    def gaps(squares: Floats) -> Floats:
        kernel = np.where(off, -0.5 * np.log(squares), 0.0)
        return np.where(off, kernel - kernel[off].mean(), 0.0)

    middle = float(np.mean(-0.5 * np.log(whole[off])))
    square = max(float(np.mean(gaps(whole)[off] ** 2)), TINY)
    terms = sum(np.sum(gaps(a) * gaps(b), axis=1) / (classes - 1) for a, b in halves) / len(halves)
    plain = math.sqrt(square) / max(abs(middle), TINY)
    # A pair's noise stands in the means of two classes.
    return freed_of_noise(plain, np.asarray(terms), square, confidence, widened=2.0)


# -- uniform duality -----------------------------------------------------------------------------------------
def uniform_duality(split: Halves, weights: Annotated[Floats, "classes p"], confidence: float) -> Metric:
    """unc3. Noise drops out of products of what two halves say; each is divided by its own length, with
    which it rises and falls."""
    scale = np.linalg.norm(weights, axis=1)
    scale = np.where(scale > 0, scale, 1.0)

    def cosines(means: Floats, counts: Floats) -> Floats:
        squares, _ = simplex(means, split.variances / counts)
        along = np.einsum("cp,cp->c", weights, means - means.mean(axis=0))
        values: Floats = np.clip(along / (scale * np.sqrt(np.maximum(squares, TINY))), -1.0, 1.0)
        return values

    def gaps(means: Floats, counts: Floats) -> Floats:
        values = cosines(means, counts)
        centred: Floats = values - values.mean()
        return centred

    whole = cosines(split.whole, split.sizes)
    square = max(float(np.var(whole)), TINY)
    terms = [
        gaps(a, first) * gaps(b, second)
        for (a, b), (first, second) in zip(split.means, split.counts, strict=True)
    ]
    plain = math.sqrt(square) / max(abs(float(np.mean(whole))), TINY)
    return freed_of_noise(plain, np.mean(terms, axis=0), square, confidence)


# -- samples from elsewhere --------------------------------------------------------------------------------
@dataclass(frozen=True, eq=False)
class Outside:
    """Samples that belong to none of the classes: whole (dimension,), their mean; means (splits, 2,
    dimension) of halves; noise, mean squared error of ``whole``; origin (dimension,), that of the class
    means in ``Halves``. In its unit."""

    whole: Floats
    means: Floats
    noise: float
    origin: Floats

    @staticmethod
    def of(features: RowSource, like: RowSource, split: Halves, seed: int) -> Outside:
        """features (samples, dimension), read once; ``like`` are those that ``split`` comes from."""
        origin = np.asarray(like[:1], dtype=np.float64)[0] / split.scale
        rng, splits = stream(seed, "measure", "outside"), len(split.means)
        samples, dimension = features.shape
        sides = rng.permuted(np.tile(np.arange(samples) < (samples + 1) // 2, (splits, 1)), axis=1)
        chosen = np.concatenate([sides, ~sides]).astype(np.float64)
        shift = np.asarray(features[:1], dtype=np.float64)[0] / split.scale
        sums, square = np.zeros((2 * splits, dimension)), 0.0
        for rows, stored in blocks(features):
            gaps = np.asarray(stored, dtype=np.float64) / split.scale - shift
            sums += chosen[:, rows] @ gaps
            square += float(np.sum(gaps**2))
        drift = (sums[0] + sums[splits]) / samples
        variance = max(square - samples * float(drift @ drift), 0.0) / max(samples - 1, 1)
        counts = np.maximum(chosen.sum(axis=1), 1.0)
        halves = (sums / counts[:, None] + shift).reshape(2, splits, dimension)
        return Outside(drift + shift, np.swapaxes(halves, 0, 1), variance / samples, origin)


def orthogonality(split: Halves, outside: Outside, confidence: float) -> Metric:
    """nc5. Noise drops out of products of what two halves say, and is taken out of the lengths."""
    means = split.whole + outside.origin
    squares = np.sum(means**2, axis=1) - split.variances / split.sizes
    length = math.sqrt(max(float(outside.whole @ outside.whole) - outside.noise, TINY))
    lengths = np.sqrt(np.maximum(squares, TINY)) * length
    plain = means @ outside.whole / lengths
    sides = np.array(
        [
            [(half + outside.origin) @ other / lengths for half, other in zip(pair, others, strict=True)]
            for pair, others in zip(split.means, outside.means, strict=True)
        ]
    )
    square = max(float(np.mean(plain**2)), TINY)
    terms = np.mean(sides[:, 0] * sides[:, 1], axis=0)
    metric = freed_of_noise(float(np.mean(np.abs(plain))), terms, square, confidence)
    # The noise of the other mean is the same for all classes, which their spread does not tell.
    reach = quantile(confidence, len(sides)) * from_halves(np.mean(np.abs(sides), axis=2))
    low, high = (metric.low or 0.0) - reach, (metric.high or 0.0) + reach
    # No cosine exceeds 1, whatever noise did to its length.
    return Metric(min(metric.value, 1.0), max(low, 0.0), min(high, 1.0))
