"""Bounds on the soft-margin loss of an ordered pair, which is never below the error."""

from __future__ import annotations

from dataclasses import dataclass

import sympy as sp

from theory.assumptions import Granted
from theory.bound.answer import BoundValue, NotApplicable
from theory.bound.pairs import PairBound
from theory.bound.subsets import FROM_BELOW
from theory.expressions import pair_error, soft_error
from theory.geometry import ClassGeometry
from theory.setting import Setting


@dataclass(frozen=True, kw_only=True)
class SoftMarginBound(PairBound):
    """A bound on P(M_ij <= 0) and on the mean of the soft-margin loss (``theory.expressions.margin_loss``),
    which is never less."""

    left_hand_side = sp.Max(pair_error, soft_error)
    for_k_classes = (
        "stated for the soft-margin loss of an ordered pair of classes (i, j), which is 1 where the query is "
        "wrong; the error of k classes is at most its sum over j other than i, averaged over i"
    )

    def _evaluate(
        self, geometry: ClassGeometry, setting: Setting, granted: Granted, at: dict[str, float]
    ) -> BoundValue:
        if self.kind == "equality" or self.kind in FROM_BELOW:
            return NotApplicable("stated for the soft-margin loss, which the error may be far below")
        return super()._evaluate(geometry, setting, granted, at)
