"""One search: differential evolution over a space, then Nelder-Mead on a finer grid from its best point."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from simulations.attack.claims import Claim, claims, strongest
from simulations.populations.base import Population
from simulations.runtime.randomness import stream
from theory.array import Floats
from theory.bound import Bound

NOTHING = -1e3
"""Stands for the logarithm of a ratio where the error is 0 or the bound is vacuous."""
FINE = 1000
"""Steps a unit of length in the local search."""


class Space(Protocol):
    """A parametrised set of populations that a search walks through."""

    @property
    def shots(self) -> float:
        """Samples of each class; may be infinite."""

    @property
    def label(self) -> str:
        """How it is called in reports."""

    def box(self) -> list[tuple[float, float]]:
        """Ends of every coordinate of a search vector."""

    def whole(self) -> list[bool]:
        """Which coordinates are whole numbers."""

    def decode(self, vector: Floats, steps: int = 1) -> Population:
        """The population at a search vector; ``steps`` is how fine its lattice is."""


@dataclass(frozen=True)
class SearchResult:
    """The best point of one search. ``path`` holds (evaluations so far, ratio) at each improvement."""

    space: str
    shots: float
    claim: Claim | None
    population: Population | None
    evaluations: int
    path: tuple[tuple[int, float], ...]


@dataclass
class Objective:
    """-log(error / bound) of a vector; remembers the best vector and how it was reached."""

    bound: Bound
    space: Space
    steps: int = 1
    limit: int = 10**9
    evaluations: int = 0
    best: float = NOTHING
    vector: Floats | None = None
    best_steps: int = 1
    path: list[tuple[int, float]] = field(default_factory=list)

    def __call__(self, vector: Floats) -> float:
        """Logarithm of the largest error / bound at a search vector; past the limit of evaluations nothing is
        computed."""
        if self.evaluations >= self.limit:
            return -NOTHING
        self.evaluations += 1
        best = strongest(claims(self.bound, self.space.decode(vector, self.steps), self.space.shots))
        ratio = 0.0 if best is None else best.ratio
        value = math.log(ratio) if 0 < ratio < math.inf else -NOTHING if ratio else NOTHING
        if value > self.best:
            self.best, self.vector, self.best_steps = value, np.array(vector), self.steps
            self.path.append((self.evaluations, ratio))
        return -value

    @property
    def refuted(self) -> bool:
        """Whether an error lay above its bound by more than rounding could do."""
        # A margin well beyond rounding; ratios in between are left to the exact check.
        return self.best > 1e-6


def search(
    bound: Bound, space: Space, seed: int, path: Sequence[object], evaluations: int = 2000
) -> SearchResult:
    """The largest ratio in ``space`` that about ``evaluations`` evaluations find.

    The numbers depend on ``seed`` and ``path`` alone. Stops early at a ratio above 1.
    """
    from scipy.optimize import differential_evolution

    box, whole = space.box(), np.array(space.whole())
    rng = stream(seed, "attack", bound.name, space.label, *path)
    objective = Objective(bound, space, limit=max(1, round(0.75 * evaluations)))
    members = int(np.clip(evaluations // 40, 8, 60))
    low, high = np.array(box).T
    start = low + rng.random((members, len(box))) * (high - low)
    start[:, whole] = np.rint(start[:, whole])
    differential_evolution(
        objective,
        box,
        init=start,
        integrality=whole if whole.any() else None,
        maxiter=max(1, objective.limit // members),
        mutation=(0.4, 0.9),
        recombination=0.7,
        tol=0,
        atol=1e-10,
        polish=False,
        seed=rng,
        callback=lambda *_: objective.refuted or objective.evaluations >= objective.limit,
    )
    objective.limit = evaluations
    if objective.vector is not None and not objective.refuted:
        _refine(objective, np.array(box))
    return _result(objective)


def _refine(objective: Objective, box: Floats) -> None:
    """Nelder-Mead: first the weights alone (ties stay ties), then everything on the finer grid."""
    free = ~np.array(objective.space.whole())
    _descend(objective, box, free, 0.6)
    if not free.all():
        objective.steps = FINE
        _descend(objective, box, np.ones(len(box), dtype=bool), 1.0)


def _descend(objective: Objective, box: Floats, free: Floats, share: float) -> None:
    from scipy.optimize import minimize

    left = int(share * (objective.limit - objective.evaluations))
    if left < 5 or objective.vector is None or objective.refuted:
        return
    base = objective.vector.copy()

    def along(part: Floats) -> float:
        vector = base.copy()
        vector[free] = part
        return objective(vector)

    minimize(
        along,
        base[free],
        method="Nelder-Mead",
        bounds=box[free],
        options={"maxfev": left, "xatol": 1e-6, "fatol": 1e-12, "adaptive": True},
        callback=_stop_when(lambda: objective.refuted),
    )


def _stop_when(done: Callable[[], bool]) -> Callable[..., None]:
    def callback(intermediate_result: object) -> None:
        if done():
            raise StopIteration

    return callback


def _result(objective: Objective) -> SearchResult:
    space = objective.space
    if objective.vector is None:
        return SearchResult(space.label, space.shots, None, None, objective.evaluations, ())
    population = space.decode(objective.vector, objective.best_steps)
    best = strongest(claims(objective.bound, population, space.shots))
    return SearchResult(
        space.label, space.shots, best, population, objective.evaluations, tuple(objective.path)
    )
