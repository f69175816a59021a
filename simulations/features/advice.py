"""What a measurement means, in words: which bound is tightest, which are vacuous and why, and what would
help."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence

import numpy as np

from simulations.features.measurement import Measurement
from simulations.features.tightest import (
    LeftOut,
    contradicted_bounds,
    tightest,
    trusted,
    uppers,
    why_left_out,
)
from simulations.features.words import error_in_words
from simulations.verdicts.chance import above_chance, chance, remark
from simulations.verdicts.evaluate import Row
from simulations.verdicts.verdict import Verdict
from theory import catalogue
from theory.array import to_numpy
from theory.bound import Bound, NotApplicable
from theory.bound.matrix import MatrixBound
from theory.setting import Setting

MOST_SHOTS = 1 << 20
MOST_CLASSES = 32
"""Number of classes beyond which a bound that needs an optimisation for every class takes too long to be
evaluated at many shots."""


def advice(measurement: Measurement) -> list[str]:
    """Plain sentences, one setting after another."""
    values = _Values(measurement)
    return [line for row in measurement.rows for line in _of(measurement, row, values)]


class _Values:
    """Bounds at other numbers of shots; each is computed once."""

    def __init__(self, measurement: Measurement) -> None:
        self.granted = trusted(measurement)
        self.geometry = measurement.geometry
        self.void = contradicted_bounds(measurement)
        uppers = [b for b in catalogue.about("few_shot_error") if b.kind in ("upper", "equality")]
        few = measurement.geometry.classes <= MOST_CLASSES
        # Moments of margins are known only at shots for which there are samples: no help in finding how many
        # it takes.
        self.bounds = [
            b
            for b in uppers
            if b.name not in self.void and not b.reads_margins and (few or not isinstance(b, MatrixBound))
        ]
        self.bounds.sort(key=lambda bound: isinstance(bound, MatrixBound))
        self._known: dict[tuple[str, float, int], float] = {}

    def of(self, bound: Bound, shots: float, ways: int) -> float:
        """Infinite where it does not apply."""
        key = bound.name, shots, ways
        if key not in self._known:
            answer = bound.evaluate(self.geometry, Setting(shots, ways), self.granted)
            self._known[key] = math.inf if isinstance(answer, NotApplicable) else answer.value
        return self._known[key]


def _of(measurement: Measurement, row: Row, values: _Values) -> list[str]:
    ways = row.setting.ways
    where = f"{ways}-way {row.setting.shots_text}-shot"
    above = uppers(row)
    reasons = {v.bound: why_left_out(v, row, measurement) for v in above}
    sound = [v for v in above if reasons[v.bound] is None]
    measured = f"{where}: measured error {error_in_words(row.estimate)} (chance is {chance(ways):.3g}); "
    predicted = _prediction(row)
    if predicted:
        measured = f"{measured[:-2]}, {predicted}; "
    best = tightest(row, measurement)
    if best is None:
        lines = [measured + ("no bound is known to hold." if above else "no bound applies.")]
    else:
        named = f"{best.bound} at {best.value:.4g} ({best.span()})"
        if comparison := remark(best.value, ways):
            lines = [f"{measured}no bound is better than guessing: the tightest is {named}, {comparison}."]
        elif above_chance(best.end, ways):
            lines = [f"{measured}no bound is certain to be better than guessing: the tightest is {named}."]
        else:
            lines = [f"{measured}the tightest bound from estimated moments is {named}."]
    lines += [f"{where}: {text}" for text in _left_out(above, reasons, values.void)]
    useless = [v for v in sound if above_chance(_value(v), ways)]
    if useless:
        vacuous = ", ".join(v.bound for v in useless if v.outcome == "vacuous")
        between = ", ".join(v.bound for v in useless if v.outcome != "vacuous")
        parts = [f"vacuous (1 or more): {vacuous}"] if vacuous else []
        parts += [f"above chance, so guessing does better: {between}"] if between else []
        lines.append(f"{where}: {'; '.join(parts)}. {_cause(measurement, row.setting)}.")
        if len(useless) == len(sound):
            rejected = {v.bound for v in above if reasons[v.bound] is not None}
            lines.append(f"{where}: {_shots_needed(values, row.setting, rejected)}")
    return lines


def _prediction(row: Row) -> str:
    """Predictions of the approximations, which guarantee nothing."""
    predictions = [
        f"{v.value:.3g} by {v.bound}" for v in row.verdicts if v.outcome == "scored" and v.value is not None
    ]
    return f"predicted {', '.join(predictions)}" if predictions else ""


def _value(verdict: Verdict) -> float:
    return math.inf if verdict.value is None else verdict.value


REASONS: dict[LeftOut, str] = {
    "violated": "the measured error contradicts it: it is false, or an assumption that it rests on",
    "undecided": "the data cannot decide whether it holds, and it rests on an assumption that only you grant",
    "below": "the measured error lies above it, within the uncertainty of the estimated moments",
    "void": "the measured error does not refute it, but the data contradict an assumption that it rests on",
    "unknown": "from so few samples nothing is known of how far its moments are off",
}


def _left_out(
    above: Sequence[Verdict], reasons: Mapping[str, LeftOut | None], refuted: Collection[str]
) -> list[str]:
    groups: dict[tuple[LeftOut, bool], list[str]] = {}
    for v in above:
        if (why := reasons[v.bound]) is not None:
            groups.setdefault((why, v.bound in refuted), []).append(f"{v.bound} at {_value(v):.4g}")
    sentences = []
    for (why, contradicted), names in groups.items():
        reason = REASONS[why]
        if contradicted and why == "violated":
            reason = "the measured error contradicts it, and the data an assumption that it rests on"
        label = {"below": "below the error", "unknown": "of unknown uncertainty"}.get(why, why)
        sentences.append(f"{label} and left out of the tightest: {', '.join(names)} ({reason}).")
    return sentences


def _cause(measurement: Measurement, setting: Setting) -> str:
    """Whether the noise of the centres, (v_i + v_j)/n, or that of the query, 4 lam_i, dominates."""
    geometry = measurement.geometry
    keep = to_numpy(geometry.resolved) & ~np.eye(geometry.classes, dtype=bool)
    squares = to_numpy(geometry.squared_distances)[keep]
    variances = to_numpy(geometry.variances)
    support = float((((variances[:, None] + variances[None, :]) / setting.shots)[keep] / squares).mean())
    widest = 4 * to_numpy(geometry.largest_eigenvalues)
    query = float((np.broadcast_to(widest[:, None], keep.shape)[keep] / squares).mean())
    shots = f"{setting.shots_text} sample{'s' if setting.shots > 1 else ''}"
    centres = f"the noise of the centres, each the mean of {shots}"
    spread = "the spread of the query itself"
    (more, most), (less, least) = sorted(((support, centres), (query, spread)), reverse=True)
    times = f" ({more / less:.2g} times {least})" if less > 0 else ""
    return f"The larger part of the bounds is {most}{times}"


def _shots_needed(values: _Values, setting: Setting, rejected: Collection[str]) -> str:
    """Fewest shots at which one of the bounds falls below chance; none of them does at ``setting``."""
    ways, limit = setting.ways, f"chance ({chance(setting.ways):.3g})"
    tried = [bound for bound in values.bounds if bound.name not in rejected]

    def useful(shots: float) -> bool:
        return any(values.of(bound, shots, ways) < chance(ways) for bound in tried)

    if not useful(math.inf) and not useful(MOST_SHOTS):
        return f"no number of shots makes a bound fall below {limit}: classes overlap too much."
    low, high = int(setting.shots), 2 * int(setting.shots)
    while not useful(high) and high < MOST_SHOTS:
        low, high = high, high * 2
    if not useful(high):
        return f"every bound needs more than {MOST_SHOTS} shots to fall below {limit}."
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if useful(middle) else (middle, high)
    value, name = min((values.of(bound, high, ways), bound.name) for bound in tried)
    return f"from {high} shots on a bound falls below {limit}: {name} is {value:.4g} there."
