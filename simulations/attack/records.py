"""Results of a hunt: the best population at each number of shots, its exact re-check, its path."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction

from simulations.attack.claims import SLACK
from simulations.attack.search import SearchResult


@dataclass(frozen=True)
class ExactRatio:
    """A claim re-checked without floating point; ``ratio`` is rounded once, at the end."""

    error: Fraction
    ratio: float


@dataclass(frozen=True)
class Best:
    """The largest ratio at one number of shots; ``exact`` as in ``Hunt``."""

    result: SearchResult
    ratio: float
    exact: ExactRatio | None
    unchecked: str


@dataclass(frozen=True)
class Hunt:
    """The result for one bound. ``exact`` is None where the re-check is not possible, with a reason."""

    bound: str
    best: SearchResult | None
    exact: ExactRatio | None
    unchecked: str
    searches: int
    evaluations: int
    seconds: float
    seed: int
    by_shots: dict[float, Best] = field(default_factory=dict)
    """The best at each number of shots: bounds that meet at n = infinity differ at few shots."""
    path: tuple[tuple[int, float], ...] = ()

    @property
    def ratio(self) -> float:
        """The largest error / bound; in exact arithmetic where it was re-checked so."""
        if self.exact is not None:
            return self.exact.ratio
        return self.best.claim.ratio if self.best is not None and self.best.claim is not None else 0.0

    @property
    def refuted(self) -> bool:
        """Whether it lies above 1 by more than rounding could do."""
        return self.ratio > 1 + SLACK
