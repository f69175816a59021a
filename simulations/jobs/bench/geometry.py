"""Geometry of stored features, 100 classes x 500 samples x 512 dimensions, against plain baselines."""

from __future__ import annotations

from typing import Any

import numpy as np

from simulations.jobs.bench.effort import BenchEffort
from simulations.jobs.bench.timing import alternate, peak_bytes
from simulations.runtime.randomness import stream
from theory import collapse
from theory.geometry import ClassGeometry


def measure(effort: BenchEffort) -> dict[str, Any]:
    """Seconds and memory of the geometry of features, each part against its plain baseline."""
    classes, samples, dimension = effort.choose((10, 40, 32), (100, 500, 512), (100, 500, 512))
    rng = stream(0, "bench", "geometry")
    means = rng.standard_normal((classes, 1, dimension))
    cube = (means + rng.standard_normal((classes, samples, dimension))).astype(np.float32)
    features, labels = cube.reshape(-1, dimension), np.repeat(np.arange(classes), samples)

    def plain() -> object:
        data = cube.astype(np.float64)
        mu, v = data.mean(axis=1), data.var(axis=1, ddof=1).sum(axis=1)
        return (v[:, None] + v[None, :]) / 2 / np.maximum(((mu[:, None] - mu[None]) ** 2).sum(axis=2), 1e-12)

    def ours() -> object:
        return collapse.cdnv(ClassGeometry.from_features(features, labels))

    def first_pass() -> object:
        return ClassGeometry.from_features(features, labels, estimator="plugin")

    def directional() -> object:
        return ClassGeometry.from_features(features, labels, estimator="plugin").directional_variances

    def debiased() -> object:
        return ClassGeometry.from_features(features, labels).directional_variances

    def traces() -> object:
        return ClassGeometry.from_features(features, labels, estimator="plugin").trace_products

    def floor() -> object:
        data = features.astype(np.float64)
        mu = data.reshape(classes, samples, dimension).mean(axis=1)
        return mu @ mu.T

    # The work of all directional variances, 2 C^2 N p flops, as one float64 matrix product.
    left, right = features.astype(np.float64), np.ascontiguousarray(means[:, 0].T)

    def product() -> object:
        return left @ right

    # Another array: of one with itself NumPy computes half of the product.
    again = left.copy()

    def square() -> object:
        return left.T @ again

    rounds = effort.choose(1, 2, 5)
    timed = {
        "plain": plain,
        "cdnv": ours,
        "floor": floor,
        "first_pass": first_pass,
        "directional": directional,
        "directional_debiased": debiased,
        "product": product,
        "trace_products": traces,
        "square_product": square,
    }
    seconds = alternate(timed, rounds)
    extra = {name: peak_bytes(timed[name]) / 2**20 for name in ("plain", "cdnv", "directional")}
    return {"shape": [classes, samples, dimension], **_figures(seconds, extra, classes, samples, dimension)}


def _figures(
    seconds: dict[str, float], extra: dict[str, float], classes: int, samples: int, dimension: int
) -> dict[str, Any]:
    """Ratios and rates from times, and peak extra memory in MiB.

    ``directional`` includes the first pass, which finds the means; ``after_means`` leaves it out.
    """
    after = max(seconds["directional"] - seconds["first_pass"], 1e-9)
    flops = 2.0 * classes**2 * samples * dimension
    # Half of each covariance, and half of the products of their entries.
    trace_flops = classes * samples * dimension**2 + float(classes**2 * dimension**2)
    square_rate = 2.0 * classes * samples * dimension**2 / seconds["square_product"]
    return {
        "seconds": seconds,
        "cdnv_over_plain": seconds["cdnv"] / seconds["plain"],
        "cdnv_over_floor": seconds["cdnv"] / seconds["floor"],
        "cdnv_extra_mib": extra["cdnv"],
        "plain_extra_mib": extra["plain"],
        "directional_gflops": flops / seconds["directional"] / 1e9,
        "directional_after_means_gflops": flops / after / 1e9,
        "product_gflops": flops / seconds["product"] / 1e9,
        "directional_over_product": seconds["product"] / seconds["directional"],
        "directional_after_means_over_product": seconds["product"] / after,
        "traces_over_product": trace_flops / seconds["trace_products"] / square_rate,
        "directional_extra_mib": extra["directional"],
    }
