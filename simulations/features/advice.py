"""What a measurement means, in words: which bound is tightest, which say nothing and why, what would help."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence

import numpy as np

from simulations.features.measurement import Measurement
from simulations.verdicts.chance import above_chance, chance, from_above, remark
from simulations.verdicts.evaluate import Row
from simulations.verdicts.verdict import Verdict
from theory import catalogue
from theory.assumptions import BoundedKurtosis, FiniteMoments, Granted
from theory.bound import Bound, NotApplicable
from theory.bound.matrix import MatrixBound
from theory.setting import Setting

MOST_SHOTS = 1 << 20
REJECTED = ("violated", "undecided")
MOST_CLASSES = 32
"""Beyond, a bound that is an optimisation for every class takes too long to be tried at many shots."""


def advice(measurement: Measurement) -> list[str]:
    """Plain sentences, one setting after another."""
    values = _Values(measurement)
    return [line for row in measurement.rows for line in _of(measurement, row, values)]


class _Values:
    """Bounds at other numbers of shots; each is computed once."""

    def __init__(self, measurement: Measurement) -> None:
        sound = [each for each in measurement.granted if each not in measurement.contradicted]
        self.granted = Granted([*sound, BoundedKurtosis(), FiniteMoments()])
        self.geometry = measurement.geometry
        void = Granted(measurement.contradicted)
        uppers = [b for b in catalogue.about("few_shot_error") if b.kind in ("upper", "equality")]
        self.void = {
            bound.name
            for bound in uppers
            if any(each.name in void and each.name not in self.granted for each in bound.assumptions)
        }
        few = measurement.geometry.classes <= MOST_CLASSES
        # Moments of margins are known at shots for which there are samples: no help in telling how many it
        # takes.
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
    above = _uppers(row)
    known = [v for v in above if _is_known(v, row, measurement)]
    sound = [v for v in known if _is_sound(v, row, measurement) and v.bound not in values.void]
    measured = f"{where}: measured error {row.estimate.shown()} (chance is {chance(ways):.3g}); "
    predicted = _prediction(row)
    if predicted:
        measured = f"{measured[:-2]}, {predicted}; "
    if not sound:
        lines = [measured + ("no bound is known to hold." if above else "no bound applies.")]
    else:
        best = min(sound, key=_value)
        named = f"{best.bound} at {_value(best):.4g}{_up_to(measurement, row, best)}"
        if said := remark(_value(best), ways):
            lines = [
                f"{measured}no bound says more than a guess: the tightest that holds is {named} ({said})."
            ]
        else:
            lines = [f"{measured}the tightest bound that holds is {named}."]
    lines += [f"{where}: {text}" for text in _left_out([v for v in known if v not in sound], values.void)]
    useless = [v for v in sound if above_chance(_value(v), ways)]
    if useless:
        vacuous = ", ".join(v.bound for v in useless if v.outcome == "vacuous")
        between = ", ".join(v.bound for v in useless if v.outcome != "vacuous")
        told = [f"vacuous (1 or more): {vacuous}"] if vacuous else []
        told += [f"above chance, so guessing does better: {between}"] if between else []
        lines.append(f"{where}: {'; '.join(told)}. {_cause(measurement, row.setting)}.")
        if len(useless) == len(sound):
            rejected = {v.bound for v in above if v.outcome in REJECTED}
            lines.append(f"{where}: {_shots_needed(values, row.setting, rejected)}")
    return lines


def _up_to(measurement: Measurement, row: Row, verdict: Verdict) -> str:
    """How large the bound may be, of one whose own sampling error is that of all its moments at once."""
    key = (row.setting.shots, row.setting.ways, verdict.bound)
    if verdict.bound not in catalogue.names() or not catalogue.get(verdict.bound).reads_margins:
        return ""
    high = measurement.bound_intervals.get(key, (0.0, math.inf))[1]
    return f" (up to {high:.4g} by its 95 % interval)" if math.isfinite(high) else ""


def _is_known(verdict: Verdict, row: Row, measurement: Measurement) -> bool:
    """Bounds that are least over what moments of margins give come out too low from few samples: without an
    interval nothing is known of how much."""
    if verdict.bound not in catalogue.names() or not catalogue.get(verdict.bound).reads_margins:
        return True
    key = (row.setting.shots, row.setting.ways, verdict.bound)
    return math.isfinite(measurement.bound_intervals.get(key, (0.0, math.inf))[1])


def _is_sound(verdict: Verdict, row: Row, measurement: Measurement) -> bool:
    """A violated bound is no bound here, and of an undecided one the data cannot tell whether it is: unless
    it rests on nothing that the owner vouches for, when it is one by its proof, and lies above the error's
    own interval (that of the verdict is far wider)."""
    if verdict.outcome != "undecided":
        return verdict.outcome not in REJECTED
    vouched = {each.name for each in measurement.granted}
    known = verdict.bound in catalogue.names()
    proved = known and not any(each.name in vouched for each in catalogue.get(verdict.bound).assumptions)
    return proved and verdict.value is not None and verdict.value >= row.estimate.high


def _prediction(row: Row) -> str:
    """What the approximations say, which guarantee nothing."""
    told = [
        f"{v.value:.3g} by {v.bound}" for v in row.verdicts if v.outcome == "scored" and v.value is not None
    ]
    return f"predicted {', '.join(told)}" if told else ""


def _uppers(row: Row) -> list[Verdict]:
    """Verdicts on what bounds the error from above, where it applies."""
    return [v for v in row.verdicts if v.outcome != "not_applicable" and from_above(v.bound)]


def _value(verdict: Verdict) -> float:
    return math.inf if verdict.value is None else verdict.value


def _left_out(above: Sequence[Verdict], void: Collection[str]) -> list[str]:
    reasons = {
        "violated": "the measured error contradicts it",
        "undecided": "the data cannot tell whether it holds",
        "void": "the measured error does not refute it",
    }
    groups: dict[tuple[str, bool], list[str]] = {}
    for v in above:
        if v.outcome in REJECTED or v.bound in void:
            group: str = v.outcome if v.outcome in REJECTED else "void"
            groups.setdefault((group, v.bound in void), []).append(f"{v.bound} at {_value(v):.4g}")
    found = []
    for (group, contradicted), names in groups.items():
        why = reasons[group]
        if contradicted:
            why += (
                f", {'but' if group == 'void' else 'and'} the data contradict an assumption that it rests on"
            )
        elif group == "violated":
            why += ": it is false, or an assumption that it rests on"
        found.append(f"{group} and left out of the tightest: {', '.join(names)} ({why}).")
    return found


def _cause(measurement: Measurement, setting: Setting) -> str:
    """Whether the noise of the centres, (v_i + v_j)/n, or that of the query, 4 lam_i, dominates."""
    geometry = measurement.geometry
    keep = np.asarray(geometry.resolved) & ~np.eye(geometry.classes, dtype=bool)
    squares = np.asarray(geometry.squared_distances)[keep]
    variances = np.asarray(geometry.variances)
    support = float((((variances[:, None] + variances[None, :]) / setting.shots)[keep] / squares).mean())
    widest = 4 * np.asarray(geometry.largest_eigenvalues)
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
