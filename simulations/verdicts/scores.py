"""How well an approximation predicts: predicted over measured, over many settings. It is never said to
hold."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from statistics import median

from simulations.verdicts.verdict import Verdict

FACTOR = 2.0


@dataclass(frozen=True)
class Score:
    """settings : where both the prediction and a measured error are positive, and the error is resolved.

    typical : median of predicted / measured; worst : the one farthest from 1 in ratio, at ``where``.
    within  : share of the settings in which the prediction is within a factor of 2 of the error.
    silent  : settings in which it predicts no error though there is one: they count as not within.
    """

    settings: int
    typical: float | None
    worst: float | None
    where: str
    within: float | None
    silent: int


def score(verdicts: Iterable[tuple[Verdict, str]]) -> Score:
    """Of an approximation's verdicts, each with the words for where it was made. A verdict's ratio is
    measured / predicted; where the prediction is 0 there is none."""
    ratios: list[tuple[float, str]] = []
    silent = 0
    for verdict, where in verdicts:
        if verdict.outcome != "scored":
            continue
        if verdict.value == 0 and verdict.missed:
            silent += 1
        elif verdict.ratio:
            ratios.append((1 / verdict.ratio, where))
    if not ratios:
        return Score(0, None, None, "", None if not silent else 0.0, silent)
    worst, where = max(ratios, key=lambda pair: max(pair[0], 1 / pair[0]))
    near = sum(1 / FACTOR <= ratio <= FACTOR for ratio, _ in ratios)
    total = len(ratios) + silent
    return Score(total, median(ratio for ratio, _ in ratios), worst, where, near / total, silent)
