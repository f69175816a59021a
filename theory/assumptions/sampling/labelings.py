"""How two labelings of the same features go together."""

from __future__ import annotations

from dataclasses import dataclass

from theory.assumptions import Granted
from theory.assumptions.sampling.base import SampleAssumption
from theory.evidence import Evidence, TwoLabelings
from theory.inheritance import override
from theory.setting import Setting

TOLERANCE = 1e-9
"""Relative tolerance of the shares, which are sums of floating-point weights."""


@dataclass(frozen=True)
class IndependentBalancedLabelings(SampleAssumption):
    """Checked against the shares of the combinations of classes; granting it by name has no effect where they
    contradict it."""

    sentence = "the two labels are independent, and each class of a labeling is as likely as any other of it"

    @override
    def evidence_refusal(self, evidence: Evidence, setting: Setting, granted: Granted) -> str | None:
        if not isinstance(evidence, TwoLabelings):
            return f"needs two labelings: {self.sentence}"
        shares = evidence.shares
        gap = float(evidence.xp.max(evidence.xp.abs(shares * shares.shape[0] * shares.shape[1] - 1)))
        if gap <= TOLERANCE:
            return None
        return (
            "the two labelings are not independent and balanced: the shares of their combinations differ "
            f"from 1/(K1 K2) by up to {100 * gap:.3g} %"
        )
