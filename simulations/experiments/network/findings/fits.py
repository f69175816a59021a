"""Slopes of the sweeps over classes and samples, from the recorded runs, at matched training collapse.

CDNV is the median over pairs of classes, as a few pairs dominate the mean. A run is read at the moment when
that of its source samples passes the target: between the two recorded steps on both
sides, linearly in log CDNV. Every seed draws its own classes, samples, weights and order and gives one
slope; the interval is Student's over seeds.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

QUANTITIES = {
    "fresh - source": "gap of CDNV, new samples - source samples",
    "new - fresh": "gap of CDNV, new classes - new samples",
    "new": "CDNV on new classes",
    "error_1": "1-shot error on new classes",
    "error_5": "5-shot error on new classes",
}
FEWEST_SIZES = 3


@dataclass(frozen=True)
class Slope:
    """Log-log slope of one quantity against classes or samples.

    sizes, values : by seed, what the slope was fitted to.
    left_out      : runs that did not reach the target or whose gap is not positive.
    slope, low, high : None where fewer than two seeds have three sizes left.
    """

    study: str
    quantity: str
    sizes: tuple[tuple[int, ...], ...]
    values: tuple[tuple[float, ...], ...]
    left_out: int
    slope: float | None
    low: float | None
    high: float | None

    @property
    def seeds(self) -> int:
        """Seeds with enough sizes for a slope of their own."""
        return sum(len(each) >= FEWEST_SIZES for each in self.sizes)


def at_target(run: Mapping[str, Any], target: float) -> dict[str, float] | None:
    """The measures of a run when its source CDNV first passes ``target``; None when it never does."""
    rows = run["rows"]
    for before, after in pairwise(rows):
        if before["source"] > target >= after["source"] > 0:
            span = math.log(before["source"] / after["source"])
            share = math.log(before["source"] / target) / span
            return {
                name: before[name] + share * (after[name] - before[name])
                for name in ("source", "fresh", "new", "error_1", "error_5", "step")
            } | {"source": target}
    return None


def quantity_of(row: Mapping[str, float], quantity: str) -> float:
    """A single entry, or the difference of two."""
    first, _, second = quantity.partition(" - ")
    return row[first] - (row[second] if second else 0.0)


def slopes(record: Mapping[str, Any], confidence: float = 0.95) -> tuple[Slope, ...]:
    """Every quantity's slope from a recorded study (see ``study.py``)."""
    runs, target = record["runs"], record["target"]
    seeds = sorted({run["seed"] for run in runs})
    fitted = []
    for quantity in QUANTITIES:
        sizes, values, left_out = [], [], 0
        for seed in seeds:
            points = []
            for run in sorted((r for r in runs if r["seed"] == seed), key=lambda r: r["size"]):
                row = at_target(run, target)
                value = math.nan if row is None else quantity_of(row, quantity)
                if value > 0:
                    points.append((run["size"], value))
                else:
                    left_out += 1
            sizes.append(tuple(size for size, _ in points))
            values.append(tuple(value for _, value in points))
        seen = _Points(tuple(sizes), tuple(values), left_out)
        fitted.append(_slope(record["study"], quantity, seen, confidence))
    return tuple(fitted)


@dataclass(frozen=True)
class _Points:
    """Of each seed: sizes, and a quantity's values there; and how many values have no logarithm."""

    sizes: tuple[tuple[int, ...], ...]
    values: tuple[tuple[float, ...], ...]
    left_out: int


def _slope(study: str, quantity: str, points: _Points, confidence: float) -> Slope:
    from scipy.stats import t

    by_run = [
        float(np.polyfit(np.log(s), np.log(v), 1)[0])
        for s, v in zip(points.sizes, points.values, strict=True)
        if len(s) >= FEWEST_SIZES
    ]
    middle = low = high = None
    if len(by_run) > 1:
        middle = float(np.mean(by_run))
        radius = float(t.ppf((1 + confidence) / 2, len(by_run) - 1) * np.std(by_run, ddof=1))
        radius /= math.sqrt(len(by_run))
        low, high = middle - radius, middle + radius
    return Slope(study, quantity, points.sizes, points.values, points.left_out, middle, low, high)
