"""Errors that are known from both sides: what refutes lower bounds and equalities."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from simulations.attack.probing.grid import LAWS, points
from simulations.attack.probing.probe import Probe, ProbeLaw, at
from simulations.attack.probing.regimes import read
from simulations.attack.probing.search import spread_of
from simulations.attack.probing.small_steps import SmallSteps
from simulations.attack.probing.sparse import SparseSupport
from simulations.engines.enumeration import error_bounds
from simulations.runtime.randomness import ROOT_SEED, stream
from simulations.verdicts.verdict import ratios
from theory.array import Floats
from theory.bound import Bound, Value
from theory.bound.many_digits import put_right

TWO_SIDED: tuple[ProbeLaw, ...] = (*LAWS, SmallSteps())
POINTS = 160
"""Of each law, in a drawn order."""
UNMET = 24
"""Probes of a law after which a statement that has had no value on any is taken to leave the law out."""
SECONDS = 2.0
"""Of processor time for one law."""
ENUMERATED = 20_000
"""Coordinates of differences up to which a probe is enumerated: some milliseconds."""
CLEAR = 2.0
"""A larger factor makes a refutation no clearer."""
LEAST = 1e-290
"""Below this an error is rounding."""


@dataclass(frozen=True)
class Range:
    """What a statement says at one probe, beside the least and the largest that the error can be.

    where : in words; of one class or of the mean over them.
    """

    where: str
    low: float
    high: float
    value: float

    def excess(self, kind: str) -> float:
        """By what factor a lower bound, or an equality, is off; at most 1 where it may be true."""
        above = self.value / max(self.high, LEAST)
        if kind == "lower":
            return above
        low = self.low if self.low > LEAST else 0.0
        below = float(ratios(np.array([low]), np.array([self.value]))[0])
        return max(above, below)

    def clearness(self, kind: str) -> tuple[float, float]:
        """Sort key; larger is plainer to see: beyond a factor of two numbers that are not tiny are."""
        return min(self.excess(kind), CLEAR), max(self.value - self.high, self.low - self.value)


@dataclass(frozen=True)
class TwoSided:
    """Results over all probes.

    laws, met : how many laws there are, and on how many the statement has a value. applied : probes on which
        it has. excess : the largest. worst : the clearest of those that are off by about as much.
    """

    laws: int
    met: int
    applied: int
    worst: Range | None = None
    excess: float = 0.0

    def with_row(self, row: Sequence[Range], kind: str) -> TwoSided:
        """The same with one more probe, by its claims."""
        worst, excess = self.worst, self.excess
        for each in row:
            excess = max(excess, each.excess(kind))
            if worst is None or each.clearness(kind) > worst.clearness(kind):
                worst = each
        return replace(self, applied=self.applied + 1, worst=worst, excess=excess)


def compare(bound: Bound, laws: Sequence[ProbeLaw] = TWO_SIDED) -> TwoSided:
    """The statement on every law of which it has a value, and where it is farthest off."""
    result = TwoSided(len(laws), 0, 0)
    for law in laws:
        before = result.applied
        for row in ranges(bound, law):
            result = result.with_row(row, bound.kind)
        result = replace(result, met=result.met + (result.applied > before))
    return result


def ranges(bound: Bound, law: ProbeLaw) -> Iterator[list[Range]]:
    """For every probe of the law at which the statement has a value: its claims on the mean and each
    class."""
    start, unmet = time.process_time(), 0
    every = list(points(law, spread_of(bound, read(bound))))
    for index in stream(ROOT_SEED, "probing", "two sides", law.name).permutation(len(every))[:POINTS]:
        probe = at(law, every[index])
        if probe is None or probe.geometry.coincident_pair is not None:
            continue
        answer = bound.evaluate(probe.geometry, probe.setting, probe.granted)
        if not isinstance(answer, Value):
            unmet += 1
            if unmet > UNMET:
                return
            continue
        unmet = -POINTS
        lows, highs = known(probe)
        if bound.kind == "lower" and np.all(highs == 1):
            continue
        row = _row(answer, law, probe, lows, highs)
        if any(each.excess(bound.kind) > 1 for each in row):
            answer = put_right(bound, probe.geometry, probe.setting, probe.granted, answer)
            row = _row(answer, law, probe, lows, highs)
        yield row
        if time.process_time() - start > SECONDS:
            return


def _row(answer: Value, law: ProbeLaw, probe: Probe, lows: Floats, highs: Floats) -> list[Range]:
    where = f"{law.name}, {probe.point.text}"
    row = [Range(where, float(np.mean(lows)), float(np.mean(highs)), answer.value)]
    for c, value in enumerate(answer.per_class or ()):
        row.append(Range(f"{where}, queries of class {c}", float(lows[c]), float(highs[c]), value))
    return row


def known(probe: Probe) -> tuple[Floats, Floats]:
    """The least and the largest that the errors (classes,) can be: alike where the probe is exact or few
    enough to be enumerated."""
    if probe.exact:
        return probe.errors, probe.errors
    if probe.highs is not None:
        return probe.errors, probe.highs
    law, shots = probe.population, probe.point.shots
    if isinstance(law, SparseSupport) and law.centre_work(shots) <= ENUMERATED:
        low, high = error_bounds(law.as_finite_support(), shots, [law.classes])
        return low[0], high[0]
    return probe.errors, np.ones_like(probe.errors)
