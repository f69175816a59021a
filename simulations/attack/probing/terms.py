"""Mutation testing of the probes: for every term of a proved bound, is there a law on which it matters?

A term of a sum is dropped, halved, or (where it lowers the bound) doubled. Where that makes the bound smaller
at some probe it ought to be refuted by one: else there is a kind of law on which the term matters, and the
probes lack it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache

from simulations.attack.mutants import Constant, terms, with_term
from simulations.attack.probing.grid import LAWS, SettingAxes, axes, points
from simulations.attack.probing.probe import Probe, ProbeLaw, at
from simulations.attack.probing.regimes import Regimes, read
from simulations.attack.probing.search import NO_LIMITS, SearchLimits, search_law, spread_of
from simulations.runtime.randomness import ROOT_SEED, stream
from theory.bound import Bound, Value

FACTORS = (Fraction(0), Fraction(1, 2), Fraction(2))
SAMPLE = 60
"""Number of probes of each law on which a changed bound is compared with the original."""
FELT = 1e-6
"""Relative decrease that counts as smaller."""


@dataclass(frozen=True)
class Changed:
    """One term times one factor.

    decrease : the largest relative one over the sampled probes where the bound is informative; 0 where the
        changed bound is nowhere smaller (then it may well be true).
    by : the law that refutes it, empty where none does. ratio : the largest error / changed bound.
    """

    bound: str
    term: Constant
    factor: Fraction
    decrease: float
    by: str = ""
    ratio: float = 0.0

    @property
    def refuted(self) -> bool:
        """Whether some law lies above the changed bound."""
        return bool(self.by)

    @property
    def text(self) -> str:
        """One line: what was changed, by how much the bound falls, and whether that was noticed."""
        what = f"{self.bound}: {self.term} times {self.factor}"
        if not self.decrease:
            return f"{what}: nowhere smaller"
        outcome = f"refuted by {self.by}" if self.by else "NOT refuted"
        return f"{what}: up to {self.decrease:.3g} smaller, {outcome} (ratio {self.ratio:.4g})"


def study(
    bound: Bound,
    laws: Sequence[ProbeLaw] = LAWS,
    factors: Sequence[Fraction] = FACTORS,
    *,
    only: Callable[[Constant], bool] = lambda term: True,
    limits: SearchLimits = NO_LIMITS,
) -> Iterator[Changed]:
    """Every term of ``bound`` times every factor. limits : for one law and one change."""
    sampled = list(_sample(tuple(laws)))
    plain = [_value(bound, probe) for probe in sampled]
    regimes = read(bound)
    spread = spread_of(bound, regimes)
    for term in filter(only, terms(bound)):
        for factor in factors:
            changed = with_term(bound, term, factor)
            change = Changed(bound.name, term, factor, _decrease(changed, sampled, plain))
            if change.decrease:
                change = _probed(change, changed, laws, spread, limits)
            yield change


def _probed(
    change: Changed, changed: Bound, laws: Sequence[ProbeLaw], spread: SettingAxes, limits: SearchLimits
) -> Changed:
    for law in laws:
        searched = search_law(changed, law, spread, limits=limits)
        if searched.nearest is not None and searched.nearest.ratio > change.ratio:
            change = replace(change, ratio=searched.nearest.ratio)
        if searched.broken is not None:
            return replace(change, by=law.name, ratio=searched.broken.ratio)
    return change


def _decrease(changed: Bound, sampled: Sequence[Probe], plain: Sequence[float | None]) -> float:
    largest = 0.0
    for probe, before in zip(sampled, plain, strict=True):
        if before is None or not 0 < before < 1:
            continue
        after = _value(changed, probe)
        if after is not None and after < before * (1 - FELT):
            largest = max(largest, 1 - after / before)
    return largest


def _value(bound: Bound, probe: Probe) -> float | None:
    if probe.geometry.coincident_pair is not None:
        return None
    answer = bound.evaluate(probe.geometry, probe.setting, probe.granted)
    return answer.value if isinstance(answer, Value) else None


@lru_cache(maxsize=4)
def _sample(laws: tuple[ProbeLaw, ...]) -> tuple[Probe, ...]:
    sample: list[Probe] = []
    for law in laws:
        every = list(points(law, axes(Regimes())))
        order = stream(ROOT_SEED, "probing", "terms", law.name).permutation(len(every))
        probes = (at(law, every[index]) for index in order[: 2 * SAMPLE])
        sample += [probe for probe in probes if probe is not None][:SAMPLE]
    return tuple(sample)
