"""Statements that hold with a stated probability over the draw of classes, samples or episodes.

The failure probability is part of the relation: ``P(error <= statement) >= 1 - failure``. A statement made
of several holds with the sum of their failure probabilities, and says so.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import sympy as sp

from theory.array import Array, floats
from theory.assumptions import Assumption, Granted
from theory.assumptions.sampling import SampleAssumption
from theory.bound.answer import BoundValue, NotApplicable, Value
from theory.bound.base import About, Bound, Kind, Section
from theory.collapse import CDNV
from theory.evaluation.evaluate import evaluate
from theory.evaluation.evidence_environment import EvidenceEnvironment
from theory.evaluation.missing import MissingQuantity
from theory.evidence import BlockErrors, Evidence, KernelSample, SourceClasses, SourceSamples, TwoLabelings
from theory.expressions import (
    Expect,
    Prob,
    axes_cosine,
    mean_kernel,
    mean_map_error,
    transfer_error,
    vote_error,
)
from theory.geometry import ClassGeometry
from theory.inheritance import override
from theory.quantities import failure as total_failure
from theory.setting import Setting

DEFAULT_FAILURE = 0.05


@dataclass(frozen=True, kw_only=True)
class ConfidenceBound(Bound):
    """A bound read off evidence about source classes. Concrete shapes below.

    failures : the failure probabilities that the statement spends; they add up to ``failure``.
    reads    : the kind of evidence.
    defaults : values of other chosen quantities (a tilt) where the caller names none.
    """

    kinds = ("high_probability", "upper", "impossibility")

    kind: Kind = "high_probability"
    failures: tuple[sp.Symbol, ...] = (total_failure,)
    reads: type[Evidence] = KernelSample
    defaults: tuple[tuple[sp.Symbol, float], ...] = ()

    def __post_init__(self) -> None:
        super().__post_init__()
        # Without writing the statement out, which takes seconds for the longest ones.
        used = set(self.statement.free_symbols)
        for symbol, meaning in reversed(self.where):
            used = (used - {symbol}) | meaning.free_symbols if symbol in used else used
        spent = {s for s in used if str(s.name).startswith("failure")}
        if self.kind == "high_probability" and spent != set(self.failures):
            raise ValueError(f"{self.name}: spends {spent} but declares {self.failures}")

    @property
    def failure(self) -> sp.Expr:
        """The failure probability: the sum of the parts."""
        return sp.Add(*self.failures) if self.kind == "high_probability" else sp.S.Zero

    @property
    def claim(self) -> sp.Basic:
        """What holds unless the draw is one of the failures."""
        if self.kind == "impossibility":
            return sp.Ge(self.left_hand_side, self.statement, evaluate=False)
        return sp.Le(self.left_hand_side, self.statement, evaluate=False)

    @property
    def relation(self) -> sp.Basic:
        """The claim with its probability."""
        if self.kind != "high_probability":
            return self.claim
        return sp.Ge(Prob(self.claim), 1 - self.failure, evaluate=False)

    # -- numbers -------------------------------------------------------------------------------------
    def chosen(self, at: Mapping[str, float] | None = None) -> dict[sp.Symbol, float]:
        """Values of the chosen quantities. A total ``failure`` is shared equally among the parts.

        Raises ValueError on an unknown name or a failure probability outside (0, 1).
        """
        at = dict(at or {})
        values: dict[sp.Symbol, float] = dict(self.defaults)
        total = float(at.pop("failure", DEFAULT_FAILURE))
        for symbol in self.failures:
            values[symbol] = float(at.pop(str(symbol.name), total / len(self.failures)))
        for symbol in (s for s, _ in self.defaults):
            values[symbol] = float(at.pop(str(symbol.name), values[symbol]))
        if at:
            raise ValueError(f"{self.name} leaves no choice of '{sorted(at)[0]}'")
        if self.kind == "high_probability":
            spent = [values[symbol] for symbol in self.failures]
            if not all(0 < part < 1 for part in spent) or not sum(spent) < 1:
                raise ValueError(f"a failure probability must lie strictly between 0 and 1, not {sum(spent)}")
        return values

    def values(
        self,
        evidence: Evidence,
        setting: Setting,
        granted: Iterable[Assumption] | Granted = (),
        *,
        at: Mapping[str, float] | None = None,
    ) -> Array | NotApplicable:
        """The statement on ``evidence``: one value a replicate, and a pair where it is about pairs.

        Returns ``NotApplicable(reason)`` outside the hypotheses; infinite where the statement is.
        """
        granted = granted if isinstance(granted, Granted) else Granted(granted)
        reason = self.refusal(evidence, setting, granted)
        if reason is not None:
            return NotApplicable(reason)
        env = EvidenceEnvironment(evidence, setting, granted, self.chosen(at))
        try:
            with env.quiet():
                bounds = evaluate(self.closed_form, env, self.layout)
                bounds = env.xp.asarray(bounds, dtype=env.xp.float64)
                return env.xp.where(env.xp.isnan(bounds), env.xp.full_like(bounds, math.inf), bounds)
        except MissingQuantity as missing:
            return NotApplicable(str(missing))

    def refusal(self, evidence: Evidence, setting: Setting, granted: Granted) -> str | None:
        """Why the statement says nothing about this evidence, or None."""
        if not isinstance(evidence, self.reads):
            return f"a statement about {self.reads.meaning}: it is evaluated on {self.reads.__name__}"
        problem = evidence.problem(setting)
        if problem is not None:
            return problem
        for assumption in self.assumptions:
            if isinstance(assumption, SampleAssumption):
                reason = assumption.evidence_refusal(evidence, setting, granted)
            elif evidence.geometry is not None:
                reason = assumption.refusal(evidence.geometry, setting, granted)
            else:
                reason = None if assumption.name in granted else f"needs {assumption.sentence}"
            if reason is not None:
                return reason
        return None

    def evaluate(
        self,
        geometry: ClassGeometry | Evidence,
        setting: Setting,
        granted: Iterable[Assumption] | Granted = (),
        *,
        at: Mapping[str, float] | None = None,
    ) -> BoundValue:
        """The bound on evidence (without batch axes); ``at`` sets failure probabilities by name."""
        if not isinstance(geometry, Evidence):
            return NotApplicable(
                f"a statement about {self.reads.meaning}: it is evaluated on {self.reads.__name__}, "
                "not on a class geometry"
            )
        values = self.values(geometry, setting, granted, at=at)
        if isinstance(values, NotApplicable):
            return values
        if self.layout != "ij":
            return Value(float(values))
        xp, count = geometry.xp, geometry.class_count
        off = xp.where(xp.eye(count) > 0, xp.zeros_like(values), values)
        rows = xp.sum(off, axis=-1) / (count - 1)
        return Value(float(xp.mean(rows)), floats(rows))


@dataclass(frozen=True, kw_only=True)
class PairCdnvConfidence(ConfidenceBound):
    """About the true CDNV of every two source classes at once."""

    about: About = "cdnv"
    section: Section = "new_samples"
    reads: type[Evidence] = SourceSamples

    layout = "ij"
    left_hand_side = CDNV["half"]


@dataclass(frozen=True, kw_only=True)
class MeanCdnvConfidence(ConfidenceBound):
    """About the CDNV averaged over the classes of a pool, where ``Avg`` is over the source classes."""

    about: About = "cdnv"
    section: Section = "new_classes"
    reads: type[Evidence] = SourceClasses

    left_hand_side = Expect(CDNV["half"])


@dataclass(frozen=True, kw_only=True)
class KernelConfidence(ConfidenceBound):
    """About the mean of a kernel over two new classes."""

    about: About = "mean_kernel"
    section: Section = "new_classes"

    left_hand_side = mean_kernel


@dataclass(frozen=True, kw_only=True)
class TransferConfidence(ConfidenceBound):
    """About the few-shot error averaged over new classes."""

    about: About = "transfer_error"
    section: Section = "transfer"

    left_hand_side = transfer_error


@dataclass(frozen=True, kw_only=True)
class MapMixtureConfidence(ConfidenceBound):
    """About the weighted mean transfer error of several learned maps."""

    about: About = "transfer_error"
    section: Section = "transfer"
    reads: type[Evidence] = BlockErrors

    left_hand_side = mean_map_error


@dataclass(frozen=True, kw_only=True)
class VoteConfidence(ConfidenceBound):
    """About the transfer error of the plurality vote of several learned maps."""

    about: About = "transfer_error"
    section: Section = "transfer"
    reads: type[Evidence] = BlockErrors

    left_hand_side = vote_error


@dataclass(frozen=True, kw_only=True)
class AxesBound(ConfidenceBound):
    """About the angle between axes of two labelings of the same features: |u_1.u_2| for a pair of classes of
    the first labeling and a pair of the second.

    ``values`` has one entry for every such choice, (pairs of the first, pairs of the second); ``evaluate``
    gives their mean.
    """

    kind: Kind = "upper"
    about: About = "axes"
    section: Section = "axes"
    reads: type[Evidence] = TwoLabelings

    left_hand_side = sp.Abs(axes_cosine)

    def evaluate(
        self,
        geometry: ClassGeometry | Evidence,
        setting: Setting,
        granted: Iterable[Assumption] | Granted = (),
        *,
        at: Mapping[str, float] | None = None,
    ) -> BoundValue:
        """The mean of the bound over all pairs of axes."""
        if not isinstance(geometry, TwoLabelings):
            return super().evaluate(geometry, setting, granted, at=at)
        values = self.values(geometry, setting, granted, at=at)
        return values if isinstance(values, NotApplicable) else Value(float(geometry.xp.mean(values)))


@dataclass(frozen=True, kw_only=True)
class RateStatement(Bound):
    """An inequality up to unnamed constants and logarithms: checked as slopes on log axes only."""

    kinds = ("rate",)

    kind: Kind = "rate"
    about: About = "transfer_error"
    section: Section = "transfer"
    left_hand_side = transfer_error

    def exponent(self, symbol: sp.Symbol) -> sp.Expr:
        """The power with which the part that depends on ``symbol`` falls or grows."""
        terms = sp.Add.make_args(sp.expand(self.statement))
        powers = {term.as_powers_dict()[symbol] for term in terms if symbol in term.free_symbols}
        if len(powers) != 1:
            raise ValueError(f"{self.name} has no single power of {symbol}")
        return powers.pop()

    @override
    def evaluate(
        self,
        geometry: ClassGeometry,
        setting: Setting,
        granted: Iterable[Assumption] | Granted = (),
        *,
        at: Mapping[str, float] | None = None,
    ) -> BoundValue:
        return NotApplicable("a rate, up to unnamed constants and logarithms: only slopes can be checked")
