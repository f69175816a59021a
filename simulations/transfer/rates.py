"""How fast the transfer gap falls with samples and classes: slopes on log axes, with intervals.

The gap is the root mean square over replicates of a difference of two CDNV averages. Replicates fall into
groups; every group gives a slope, and the interval is Student's over groups.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from simulations.estimate import Effort
from simulations.randomness import ROOT_SEED, stream
from simulations.transfer.classes import ClassLaw
from simulations.transfer.maps import FIXED, fit
from simulations.transfer.measures import mean_cdnv, mean_over_pairs, median_cdnv, squared_distances
from theory.quantities import l as classes_symbol
from theory.quantities import m as samples_symbol
from theory.transfer.transfer_rates import transfer_rates

Array = Any
SIZES = (4, 8, 16, 32, 64, 128, 256)
GROUPS = 10
TOLERANCE = 0.05
"""Slopes are regressed at finite sizes: lower-order terms may move them this much."""


@dataclass(frozen=True)
class RateFit:
    """One regression of log gap on log size.

    expected : the slope of the theory, None where none is claimed (learned maps).
    outcome  : holds, violated (interval and tolerance miss it from above: slower than claimed), or reported.
    """

    subject: str
    symbol: str
    sizes: tuple[int, ...]
    gaps: tuple[float, ...]
    slope: float
    low: float
    high: float
    confidence: float
    expected: float | None
    outcome: str
    effort: Effort
    seed: int


def slope_of(gaps: Array, sizes: Sequence[int]) -> float:
    """Least-squares slope of log gap on log size. Raises ValueError on fewer than 6 sizes or a span
    below a factor 64."""
    if len(sizes) < 6 or max(sizes) < 64 * min(sizes):
        raise ValueError("a rate needs at least 6 sizes that span a factor of 64")
    if not np.all(np.isfinite(gaps)) or not np.all(gaps > 0):
        raise ValueError("a gap is not a positive number, so it has no logarithm")
    return float(np.polyfit(np.log(np.asarray(sizes, float)), np.log(gaps), 1)[0])


def fit_rate(
    subject: str,
    symbol: Any,
    sizes: Sequence[int],
    differences: Callable[[int], Array],
    *,
    claimed: bool,
    confidence: float = 0.999,
    seed: int = ROOT_SEED,
) -> RateFit:
    """``differences(size)``: one signed difference a replicate, replicates a multiple of the groups."""
    from scipy.stats import t

    start = time.perf_counter()
    columns = [np.asarray(differences(size), dtype=float) for size in sizes]
    groups = np.array([np.sqrt(np.mean(c.reshape(GROUPS, -1) ** 2, axis=1)) for c in columns])
    slopes = np.array([slope_of(groups[:, g], sizes) for g in range(GROUPS)])
    gaps = [float(np.sqrt(np.mean(c**2))) for c in columns]
    slope = slope_of(np.array(gaps), sizes)
    radius = float(t.ppf((1 + confidence) / 2, GROUPS - 1)) * float(slopes.std(ddof=1)) / math.sqrt(GROUPS)
    expected = float(transfer_rates.exponent(symbol)) if claimed else None
    outcome = "reported"
    if expected is not None:
        outcome = "violated" if slope - radius > expected + TOLERANCE else "holds"
    return RateFit(
        subject=subject,
        symbol=str(symbol),
        sizes=tuple(sizes),
        gaps=tuple(gaps),
        slope=slope,
        low=slope - radius,
        high=slope + radius,
        confidence=confidence,
        expected=expected,
        outcome=outcome,
        effort=Effort(time.perf_counter() - start, sum(len(c) for c in columns)),
        seed=seed,
    )


def samples_gap(law: ClassLaw, map_name: str, classes: int, replicates: int, seed: int) -> Callable:  # type: ignore[type-arg]
    """CDNV of m source samples less that of the classes themselves (fixed identity: exact; else fresh)."""

    def differences(samples: int) -> Array:
        rng = stream(seed, "rates", "m", law.name, map_name, samples)
        source = law.draw(rng, (replicates, classes))
        inputs = source.samples(rng, samples)
        if map_name == "identity":
            truth = mean_over_pairs(source.variances, squared_distances(source.means))
            return mean_cdnv(inputs) - truth
        names = tuple(range(classes))
        feature_map = fit(map_name, inputs, rng, classes=names, draw="source")
        fresh = feature_map.apply(source.samples(rng, 256))
        return median_cdnv(feature_map.apply(inputs)) - median_cdnv(fresh)

    return differences


def classes_gap(
    law: ClassLaw,
    map_name: str,
    samples: int,
    replicates: int,
    seed: int,
    options: dict[str, Any] | None = None,
) -> Callable:  # type: ignore[type-arg]
    """CDNV of l source classes (fresh samples) less that of l new classes."""

    def differences(classes: int) -> Array:
        rng = stream(seed, "rates", "l", law.name, map_name, classes)
        if map_name == "identity":
            both = law.draw(rng, (2 * replicates, classes))
            values = mean_over_pairs(both.variances, squared_distances(both.means))
            return values[:replicates] - values[replicates:]
        source, new = law.draw(rng, (replicates, classes)), law.draw(rng, (replicates, classes))
        inputs = source.samples(rng, samples)
        chosen = fit(
            map_name, inputs, rng, classes=tuple(range(classes)), draw="source", **dict(options or {})
        )
        seen, unseen = (chosen.apply(c.samples(rng, 32)) for c in (source, new))
        if map_name in FIXED:
            return mean_cdnv(seen) - mean_cdnv(unseen)
        return median_cdnv(seen) - median_cdnv(unseen)

    return differences


LAW = ClassLaw(means="sphere", covariance="isotropic", dimension=16, noise=0.5, tail=8.0)
"""Classes on a sphere with a heavy-tailed scale: CDNV averages have a finite variance."""
TARGET = 0.05
"""Training CDNV at which the softmax classifier stops, whatever the number of classes."""
LEARNED_SIZES = {"pca": (8, 16, 32, 64, 128, 256, 512), "lda": (8, 16, 32, 64, 128, 256, 512)}
"""Maps to few dimensions need more classes than that before any two classes are told apart."""


def rate_fits(*, full: bool = False, seed: int = ROOT_SEED) -> list[RateFit]:
    """The fixed maps against m and l, with the claimed slope; learned maps as they are."""
    many = 2000 if full else 200
    some = 100 if full else 20
    found = [
        fit_rate(
            "fixed map (identity), samples",
            samples_symbol,
            SIZES,
            samples_gap(LAW, "identity", 6, many, seed),
            claimed=True,
            seed=seed,
        ),
        fit_rate(
            "fixed map (identity), classes",
            classes_symbol,
            SIZES,
            classes_gap(LAW, "identity", 0, many // 2, seed),
            claimed=True,
            seed=seed,
        ),
    ]
    learned: list[tuple[str, dict[str, Any]]] = [("pca", {}), ("lda", {})]
    if full:
        learned += [("softmax", {"target": TARGET}), ("network", {})]
    for name, options in learned:
        count = 10 if name in ("network", "softmax") else some
        found.append(
            fit_rate(
                f"learned map ({name}), classes",
                classes_symbol,
                LEARNED_SIZES.get(name, SIZES),
                classes_gap(LAW, name, 8, count, seed, options),
                claimed=False,
                seed=seed,
            )
        )
        if name != "softmax":
            found.append(
                fit_rate(
                    f"learned map ({name}), samples",
                    samples_symbol,
                    SIZES,
                    samples_gap(LAW, name, 6, count, seed),
                    claimed=False,
                    seed=seed,
                )
            )
    return found
