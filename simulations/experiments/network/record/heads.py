"""Heads on the recorded features: fitted on source samples, tried on the new classes. No torch here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from simulations.experiments.network.record.depth import tightest
from simulations.experiments.network.record.measures import (
    Labelled,
    MeasuredError,
    cdnv_of,
    cdnv_row,
    error_row,
    errors_of,
)
from simulations.features.heads import parse
from simulations.features.spread import Spread
from simulations.runtime.errors import InputError
from theory.array import Floats
from theory.setting import Setting

TRIED = ("", "l2", "centre,l2", "whiten", "whiten,l2")
"""Comma lists as ``collapse measure --map`` takes them; none first."""
SHOTS = (1, 5)


@dataclass(frozen=True, eq=False)
class HeadMeasures:
    """The new classes under one head: CDNV, errors, and the tightest bound beside each error.

    fitted : source samples and their classes; fitted_parameters : the numbers that the head chose while
    fitting.
    """

    name: str
    fitted: tuple[int, int]
    fitted_parameters: Mapping[str, float]
    cdnv: Spread
    errors: tuple[MeasuredError, ...]
    bounds: tuple[dict[str, Any] | None, ...]

    def row(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "map": self.name or None,
            "fitted_on": {"samples": self.fitted[0], "classes": self.fitted[1]},
            **self.fitted_parameters,
            "cdnv": cdnv_row(self.cdnv),
            "errors": [error_row(each) for each in self.errors],
            "bounds": list(self.bounds),
        }


def heads_of(groups: Mapping[str, Labelled], seed: int, work: float) -> tuple[HeadMeasures, ...]:
    """Every head of ``TRIED``, fitted on the group ``source`` alone; none without that group."""
    if "source" not in groups:
        return ()
    results = [_under(name, groups["source"], groups["new"], seed, work) for name in TRIED]
    return tuple(each for each in results if each is not None)


def _under(name: str, source: Labelled, new: Labelled, seed: int, work: float) -> HeadMeasures | None:
    """None where a head cannot be applied: early in training a network may map everything to zero."""
    own: Floats
    mapped: Floats
    own, mapped = (np.asarray(each.features, np.float64) for each in (source, new))
    parameters: dict[str, float] = {}
    try:
        for head in parse(name) if name else ():
            head.fit(own, source.labels)
            own, mapped = head.transform(own), head.transform(mapped)
            parameters |= getattr(head, "fitted_parameters", dict)()
    except InputError:
        return None
    under = Labelled(mapped, new.labels)
    errors = errors_of(under, seed, shots=SHOTS, work=work)
    geometry = under.geometry()
    bounds = tuple(tightest(geometry, Setting(each.shots, each.ways)) for each in errors)
    return HeadMeasures(
        name, (len(source.labels), source.classes), parameters, cdnv_of(under, seed), errors, bounds
    )


def in_words(heads: tuple[HeadMeasures, ...], shots: int = 5) -> str:
    """Whether a head lowers the error at ``shots`` (or the most there are), and whether the bound follows."""
    plain, *others = heads
    if not others:
        return "No head can be applied to the features of this network."
    at = max((i for i, each in enumerate(plain.errors) if each.shots <= shots), default=0)
    before, best = plain.errors[at].estimate, min(others, key=lambda each: each.errors[at].estimate.value)
    after = best.errors[at].estimate
    if after.high < before.low:
        tried = f"{best.name} (the best of {len(others)} tried)"
        outcome = f"{tried} lowers the error from {before.value:.2g} to {after.value:.2g}"
    else:
        outcome = f"no head lowers the error of {before.value:.2g} beyond its interval"
    bounds = plain.bounds[at], best.bounds[at]
    follows = ""
    if bounds[0] is not None and bounds[1] is not None:
        verb = "follows it" if bounds[1]["value"] < bounds[0]["value"] else "does not follow it"
        follows = f"; the tightest bound {verb}, {bounds[0]['value']:.2g} to {bounds[1]['value']:.2g}"
    worse = [each.name for each in others if each.errors[at].estimate.low > before.high]
    rest = f"; {' and '.join(worse)} raise{'s' if len(worse) == 1 else ''} it" if worse else ""
    ways, n = plain.errors[at].ways, plain.errors[at].shots
    return f"At {ways} ways and {n} shots {outcome}{follows}{rest}."
