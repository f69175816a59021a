"""Every probe of one law against one bound, then a short climb from the nearest of them."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import product

import numpy as np

from simulations.attack.claims import SLACK, USEFUL, Claim, beside, least_shots
from simulations.attack.probing.grid import SettingAxes, axes, lattice, points
from simulations.attack.probing.probe import Probe, ProbeLaw, ProbePoint, at
from simulations.attack.probing.regimes import Comparison, Regimes
from simulations.attack.probing.results import LawSearch, Nearest, Reach, plainest
from simulations.attack.probing.sparse import SparseSupport
from simulations.attack.recheck import recheck
from simulations.runtime.errors import InputError
from simulations.runtime.randomness import ROOT_SEED, stream
from theory.array import to_numpy
from theory.bound import Bound, Value
from theory.bound.many_digits import put_right
from theory.evaluation.environment import GeometryEnvironment
from theory.evaluation.evaluate import evaluate
from theory.evaluation.missing import MissingQuantity

SURE = 1e-6
"""A ratio this far above 1 is not due to rounding; nearer ones must be confirmed in fractions."""
CLIMB = 40
AFTER = 60
"""Points evaluated after a refutation, which may find a simpler one."""
NEAR = 0.2
"""Ratios above which the climb starts."""


def spread_of(bound: Bound, regimes: Regimes) -> SettingAxes:
    """The axes of the points, within what the bound's assumptions require of shots and ways."""
    only_two = any(a.name == "TwoClasses" for a in bound.assumptions)
    return axes(regimes, least_shots(bound), only_two)


@dataclass(frozen=True)
class SearchLimits:
    """seconds : of processor time after which to stop, for a bound that takes long to evaluate; the points
    come in a drawn order, so that those which are left out are no corner of the search. most : of these
    points; all where it is None."""

    seconds: float = math.inf
    most: int | None = None


NO_LIMITS = SearchLimits()


def search_law(
    bound: Bound,
    law: ProbeLaw,
    spread: SettingAxes,
    comparisons: Sequence[Comparison] = (),
    limits: SearchLimits = NO_LIMITS,
) -> LawSearch:
    """The law at all its points, and a climb in the level (and shots) from the nearest."""
    seconds = limits.seconds
    start = time.process_time()
    state = _State(bound, law, comparisons)
    every = list(points(law, spread))
    after = evaluations = 0
    for index in stream(ROOT_SEED, "probing", law.name).permutation(len(every))[: limits.most]:
        state.ask(every[index])
        evaluations += 1
        after += state.broken is not None
        if after > AFTER or time.process_time() - start > seconds:
            break
    else:
        state.climb(start + seconds)
    state.simplify(spread, start + seconds)
    plain = plainest(state.refutations)
    witness = None if plain is None else at(law, plain.point)
    covers, farthest = lattice(law, spread), state.reach.shots
    if farthest > max((n for n in spread.shots if math.isfinite(n)), default=math.inf):
        covers += f", and from the nearest of these to {farthest:.9g} shots"
    return LawSearch(
        law.name,
        law.sentence,
        covers,
        len(every),
        evaluations,
        state.tried,
        state.applied,
        state.climbed,
        state.nearest,
        state.broken,
        plain,
        None if witness is None else witness.population,
        tuple((below, above) for below, above in state.sides),
        time.process_time() - start,
        state.reach,
    )


class _State:
    def __init__(self, bound: Bound, law: ProbeLaw, comparisons: Sequence[Comparison]) -> None:
        self.bound, self.law, self.comparisons = bound, law, comparisons
        self.tried = self.applied = self.climbed = 0
        self.nearest: Nearest | None = None
        self.broken: Nearest | None = None
        self.refutations: list[Nearest] = []
        self.reach = Reach()
        self.only_sure = False
        self.sides = [[False, False] for _ in comparisons]

    def ask(self, point: ProbePoint) -> float:
        """The largest conclusive ratio at one point; 0 where there is none."""
        probe = at(self.law, point)
        if probe is None:
            return 0.0
        self.tried += 1
        answer = _value(self.bound, probe)
        if answer is None:
            return 0.0
        self.applied += 1
        self.reach = self.reach.with_point(point.shots, probe.population.classes, probe.population.dimension)
        self._look(probe)
        best, dimension = 0.0, probe.population.dimension
        for claim in _claims(self.bound, answer, probe):
            if 1 + SLACK < claim.ratio <= 1 + SURE and self.only_sure:
                continue
            if claim.ratio > 1 + SLACK and not _beyond_rounding(self.bound, probe, claim):
                continue
            if claim.bound <= USEFUL or claim.ratio > 1 + SLACK:
                best = max(best, claim.ratio)
                if self.nearest is None or claim.ratio > self.nearest.ratio:
                    self.nearest = Nearest(self.law.name, point, dimension, claim, probe.exact)
                if claim.ratio > 1 + SLACK:
                    self.refutations.append(Nearest(self.law.name, point, dimension, claim, probe.exact))
        if best > 1 + SLACK:
            self.broken = self.nearest
        return best

    def _look(self, probe: Probe) -> None:
        """Note on which side of each comparison the probe is."""
        if all(below and above for below, above in self.sides):
            return
        geometry = probe.geometry
        environment = GeometryEnvironment(geometry, probe.setting, probe.granted)
        for comparison, both_sides in zip(self.comparisons, self.sides, strict=True):
            if all(both_sides):
                continue
            difference = comparison.left - comparison.right
            try:
                with geometry.quiet():
                    gap = to_numpy(environment.full(evaluate(difference, environment, "ij"), "ij"))
            except (KeyError, MissingQuantity, ValueError):
                # A comparison of what exists inside a reduction only: a third class, a free parameter.
                both_sides[:] = [True, True]
                continue
            gap = gap[~np.eye(geometry.classes, dtype=bool)]
            both_sides[0] |= bool(np.any(gap < 0))
            both_sides[1] |= bool(np.any(gap > 0))

    def climb(self, until: float) -> None:
        """A pattern search in the level and in the logarithm of the shots, to a processor time."""
        if self.nearest is None or not NEAR < self.nearest.ratio <= 1 + SLACK:
            return
        best, at, step = self.nearest.ratio, self.nearest.point, 1.0
        counts = self.tried, self.applied
        low, high = min(self.law.levels), max(self.law.levels)
        for _ in range(CLIMB):
            moved = [replace(at, level=min(high, max(low, at.level + sign * step))) for sign in (1, -1)]
            if "n" in self.law.varies and math.isfinite(at.shots):
                moved += [
                    replace(at, shots=float(max(1, round(at.shots * 2.0 ** (sign * step)))))
                    for sign in (1, -1)
                ]
            ratio, where = max(((self.ask(point), point) for point in moved), key=lambda pair: pair[0])
            if ratio > best:
                best, at = ratio, where
            else:
                step /= 2
            self.climbed += len(moved)
            if step < 0.05 or best > 1 + SLACK or time.process_time() > until:
                break
        self.tried, self.applied = counts

    def simplify(self, spread: SettingAxes, until: float) -> None:
        """Repeat the simplest refutation at fewer shots and other levels: points come in random order,
        and the search ends soon after the first that refutes."""
        plain = plainest(self.refutations)
        if plain is None or "n" not in self.law.varies:
            return
        counts = self.tried, self.applied
        # Where fractions are needed to distinguish it from rounding it would be no simpler, and takes long.
        self.only_sure = True
        fewer = [shots for shots in spread.shots if shots <= plain.point.shots]
        for shots, level in product(fewer, self.law.levels):
            if time.process_time() > until:
                break
            self.ask(replace(plain.point, shots=shots, level=level))
            self.climbed += 1
        self.tried, self.applied = counts


def _value(bound: Bound, probe: Probe) -> Value | None:
    if probe.geometry.coincident_pair is not None:
        return None
    answer = bound.evaluate(probe.geometry, probe.setting, probe.granted)
    return answer if isinstance(answer, Value) else None


def _claims(bound: Bound, answer: Value, probe: Probe) -> list[Claim]:
    inequalities = beside(answer, probe.errors)
    if any(claim.ratio > 1 + SLACK for claim in inequalities):
        again = put_right(bound, probe.geometry, probe.setting, probe.granted, answer)
        inequalities = beside(again, probe.errors)
    return inequalities


def _beyond_rounding(bound: Bound, probe: Probe, claim: Claim) -> bool:
    """Whether a ratio above 1 is more than rounding: far above, or confirmed in fractions."""
    if claim.ratio > 1 + SURE:
        return True
    if not isinstance(probe.population, SparseSupport):
        return False
    try:
        law = probe.population.as_finite_support()
    except InputError:
        return False
    exact, _ = recheck(bound, law, probe.point.shots, claim)
    return exact is not None and exact.ratio > 1 + SLACK
