"""Weaker twins of a high-probability statement, which a test of it must reject."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

import numpy as np
import sympy as sp

from theory.array import Array, Floats, to_numpy
from theory.assumptions import Assumption, Granted
from theory.bound import NotApplicable
from theory.bound.confidence import (
    ConfidenceBound,
    KernelConfidence,
    MapMixtureConfidence,
    PairCdnvConfidence,
)
from theory.evidence import EpisodeErrors, Evidence
from theory.setting import Setting

Stated = Callable[[Mapping[str, float]], Array | NotApplicable]
"""What the statement says of the evidence at hand, with these failure probabilities in place of its own."""
FORGOTTEN = 0.9
"""A share of the failure probability at which its deviation term is next to nothing; the others have room."""
NO_DEVIATION = 1 - 1e-9
"""A total failure probability at which the deviation term vanishes."""


def with_less_deviation(bound: ConfidenceBound, share: float) -> ConfidenceBound:
    """The same statement with this share of what it adds to what was observed; where that has no single
    number, of what it adds to its value with nothing for chance."""
    if isinstance(bound, PairCdnvConfidence):
        return _smaller_radii(bound, share)

    def values(stated: Stated, evidence: Evidence) -> Array | NotApplicable:
        whole = stated({})
        centre: Array | NotApplicable | None = _observed(bound, evidence)
        if centre is None:
            centre = stated({"failure": NO_DEVIATION})
        if isinstance(whole, NotApplicable) or isinstance(centre, NotApplicable):
            return whole
        with np.errstate(invalid="ignore"):
            number, middle = to_numpy(whole), to_numpy(centre)
            return np.where(np.isfinite(number), middle + share * (number - middle), number)

    return _with_values(bound, values)


def without_part(bound: ConfidenceBound, part: sp.Symbol) -> ConfidenceBound:
    """The same statement with next to nothing for one of the failure probabilities that it spends."""
    return _with_values(bound, lambda stated, evidence: stated({str(part.name): FORGOTTEN}))


def _with_values(
    bound: ConfidenceBound, change: Callable[[Stated, Evidence], Array | NotApplicable]
) -> ConfidenceBound:
    def values(
        evidence: Evidence,
        setting: Setting,
        granted: Iterable[Assumption] | Granted = (),
        *,
        at: Mapping[str, float] | None = None,
    ) -> Array | NotApplicable:
        known = Granted(granted)
        return change(
            lambda failures: bound.values(evidence, setting, known, at={**(at or {}), **failures}), evidence
        )

    twin = copy.copy(bound)
    # A frozen dataclass: the method is shadowed on this one copy.
    object.__setattr__(twin, "values", values)
    return twin


def _smaller_radii(bound: ConfidenceBound, share: float) -> ConfidenceBound:
    """Radii stand in the denominator of such a bound, which is infinite where they are large: each that the
    statement names is made smaller by itself, else every logarithm of a failure probability (a radius goes
    like the root of one at most)."""
    part = sp.nsimplify(share)
    radii = {symbol for symbol, _ in bound.where if str(symbol).startswith(("eps", "eta"))}
    if radii:
        where = tuple((s, meaning * part if s in radii else meaning) for s, meaning in bound.where)
        return replace(bound, where=where)
    spent = set(bound.failures)

    def smaller(argument: sp.Expr) -> sp.Expr:
        logarithm = sp.log(argument, evaluate=False)
        return logarithm * part**2 if argument.free_symbols & spent else logarithm

    return replace(bound, statement=bound.closed_form.replace(sp.log, smaller), where=())


def _observed(bound: ConfidenceBound, evidence: Evidence) -> Floats | None:
    """The sample's own value of the quantity that the statement bounds."""
    if isinstance(bound, KernelConfidence | MapMixtureConfidence) or isinstance(evidence, EpisodeErrors):
        return getattr(evidence, "average", None)
    return None
