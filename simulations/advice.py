"""What a measurement means, in words: which bound is tightest, what makes others vacuous, what would help."""

from __future__ import annotations

import math

import numpy as np

from simulations.measurement import Measurement
from theory import catalogue
from theory.assumptions import BoundedKurtosis, Granted
from theory.bound import NotApplicable
from theory.setting import Setting

MOST_SHOTS = 1 << 20


def advice(measurement: Measurement) -> list[str]:
    """Plain sentences, one setting after another."""
    lines = []
    for row in measurement.rows:
        where = f"{row.setting.ways}-way {row.setting.shots_text}-shot"
        values = {v.bound: v for v in row.verdicts if v.value is not None}
        if not values:
            lines.append(f"{where}: no bound applies.")
            continue
        best = min(values.values(), key=lambda v: v.value if v.value is not None else math.inf)
        lines.append(
            f"{where}: measured error {row.estimate.value:.4g}; the tightest bound is {best.bound} "
            f"at {best.value:.4g}{' (vacuous)' if best.outcome == 'vacuous' else ''}."
        )
        vacuous = [v.bound for v in values.values() if v.outcome == "vacuous"]
        if vacuous:
            lines.append(f"{where}: vacuous: {', '.join(vacuous)}; {_cause(measurement, row.setting)}.")
            needed = _shots_needed(measurement, row.setting)
            if needed:
                lines.append(f"{where}: {needed}")
    return lines


def _cause(measurement: Measurement, setting: Setting) -> str:
    """Whether the support (v/n) or the query (lam) term dominates, over pairs."""
    geometry = measurement.geometry
    keep = np.asarray(geometry.resolved) & ~np.eye(geometry.classes, dtype=bool)
    squares = np.asarray(geometry.squared_distances)[keep]
    variances = np.asarray(geometry.variances)
    support = ((variances[:, None] + variances[None, :]) / setting.shots)[keep] / squares
    query = np.broadcast_to(4 * np.asarray(geometry.largest_eigenvalues)[:, None], keep.shape)[keep] / squares
    if support.mean() > query.mean():
        return f"the centres are noisy (v/n is {support.mean() / query.mean():.2g} times the query's 4 lam)"
    return f"the query itself is spread out (4 lam is {query.mean() / support.mean():.2g} times v/n)"


def _shots_needed(measurement: Measurement, setting: Setting) -> str | None:
    """Fewest shots at which cdnv_optimal or exact_moment falls below 1; None when one does already."""
    granted = Granted([*measurement.granted, BoundedKurtosis()])
    bounds = [catalogue.get(name) for name in ("exact_moment", "cdnv_optimal")]

    def best(shots: float) -> float:
        answers = [b.evaluate(measurement.geometry, Setting(shots, setting.ways), granted) for b in bounds]
        return min((a.value for a in answers if not isinstance(a, NotApplicable)), default=math.inf)

    if best(setting.shots) < 1:
        return None
    if best(math.inf) >= 1:
        return "no number of shots makes exact_moment or cdnv_optimal fall below 1: classes overlap too much."
    low, high = int(setting.shots), int(setting.shots) * 2
    while best(high) >= 1 and high < MOST_SHOTS:
        low, high = high, high * 2
    if best(high) >= 1:
        return f"exact_moment and cdnv_optimal need more than {MOST_SHOTS} shots to fall below 1."
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if best(middle) < 1 else (middle, high)
    return f"from {high} shots on, exact_moment or cdnv_optimal falls below 1."
