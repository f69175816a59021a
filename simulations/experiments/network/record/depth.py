"""Collapse across depth: what is measured of the features after every stage of the network. No torch here.

The samples are those whose last features are recorded, so that the last stage can be compared with them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from simulations.experiments.network.record.measures import (
    GRANTED,
    Labelled,
    cdnv_of,
    cdnv_row,
    error_row,
    errors_of,
)
from theory import catalogue
from theory.array import Floats
from theory.bound import Bound, Value
from theory.geometry import ClassGeometry
from theory.setting import Setting

SHOTS = 5
"""Shots of the errors, or as many as the smallest class allows."""
SHOWN = ("source", "fresh", "new")
"""Groups that are followed through the depth: samples trained on, new samples, new classes."""
SHARE = 0.3
"""Share of the multiplications allowed for an epoch's errors that one group at one stage may take."""


def depth_row(stage: str, groups: Mapping[str, Labelled], seed: int, work: float) -> dict[str, Any]:
    """One stage at one epoch as plain data: CDNV, nearest-mean error and tightest bound by group."""
    by_group = {}
    for name, group in groups.items():
        whole = Labelled(np.asarray(group.features, np.float64), group.labels)
        shots = min(SHOTS, whole.smallest - 1)
        (error,) = errors_of(whole, seed, shots=(shots,), work=SHARE * work)
        by_group[name] = {
            "cdnv": cdnv_row(cdnv_of(whole, seed)),
            "error": error_row(error),
            "bound": tightest(whole.geometry(), Setting(error.shots, error.ways)),
        }
    (dimension,) = {int(np.shape(group.features)[1]) for group in groups.values()}
    return {"stage": stage, "dimension": dimension, "groups": by_group}


def tightest(geometry: ClassGeometry, setting: Setting) -> dict[str, Any] | None:
    """Name and value of the least upper bound on the few-shot error, from de-biased moments; None where none
    is below 1. The moments are estimates, so it is a bound only within their uncertainty."""
    values = [
        (answer.value, bound.name)
        for bound in upper_bounds()
        if isinstance(answer := bound.evaluate(geometry, setting, GRANTED), Value) and answer.value < 1
    ]
    if not values:
        return None
    value, name = min(values)
    return {"name": name, "value": float(value)}


def upper_bounds() -> list[Bound]:
    """Those of the catalogue on the few-shot error."""
    return [bound for bound in catalogue.about("few_shot_error") if bound.kind == "upper"]


def in_words(history: Sequence[Mapping[str, Any]]) -> str:
    """The result at the last recorded epoch, in one sentence."""
    last = history[-1]
    first, end = (last["depth"][at]["groups"] for at in (0, -1))
    parts = [
        f"{title} {_mean(first, name)} to {_mean(end, name)}"
        for name, title in (("source", "source samples"), ("fresh", "new samples"), ("new", "new classes"))
        if name in end
    ]
    errors = [each["new"]["error"] for each in (first, end)]
    kept = [place for place in range(1, len(last["depth"])) if _falls(last["depth"], place)]
    where = "at every stage" if len(kept) == len(last["depth"]) - 1 else f"at {len(kept)} of the stages"
    return (
        f"After epoch {last['epoch']} CDNV goes from the first to the last stage from {', '.join(parts)}; "
        f"on new classes it falls {where} after the first, and the {errors[0]['shots']}-shot error goes from "
        f"{errors[0]['value']:.2g} to {errors[1]['value']:.2g}."
    )


def _mean(groups: Mapping[str, Any], name: str) -> str:
    value = groups[name]["cdnv"]["mean"]
    return "undefined" if value is None else f"{value:.2g}"


def _falls(stages: Sequence[Mapping[str, Any]], place: int) -> bool:
    before, here = (stages[at]["groups"]["new"]["cdnv"]["mean"] for at in (place - 1, place))
    return before is not None and here is not None and here < before


def recorded_groups(by_group: Mapping[str, Floats], labels: Mapping[str, Floats]) -> dict[str, Labelled]:
    """The groups of ``SHOWN`` that there are."""
    return {name: Labelled(by_group[name], labels[name]) for name in SHOWN if name in by_group}
